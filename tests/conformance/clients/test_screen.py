"""What a client has printed, as a person would read it."""

import pytest

from conformance.clients import screen


@pytest.mark.parametrize(
    ("output", "fronts"),
    [
        (b"10:21 [ann] hi\n", ["10:21 "]),
        (b"[ann] hi", [""]),
        (b"\xc2\xb7 <10:21> [ann] hi  \r\n", ["· <10:21> "]),
        (b"10:21 \x1b[36m[ann]\x1b[0m hi\x1b[0m\n", ["10:21 "]),
        (b"1 [ann] hi\n2 [ann] hi\n", ["1 ", "2 "]),
        (b"10:21 [ann] hi there\n", []),
        (b"10:21 ann: hi\n", []),
        (b"10:21 [ann] \nhi\n", []),
        (b"10:21 [ann]  hi\n", []),
    ],
)
def test_shown_as(output: bytes, fronts: list[str]) -> None:
    """A line ends in `[NICK] TEXT`, whatever is in front; colours and white space at its end count for nothing."""
    assert screen.shown_as(output, "ann", "hi") == fronts


def test_has() -> None:
    """Also where colours stand between."""
    assert screen.has(b"x [ann] hi\n", "[ann] hi")
    assert screen.has(b"x \x1b[1m[ann]\x1b[0m hi\n", "[ann] hi")
    assert not screen.has(b"x [bob] hi\n", "[ann] hi")


@pytest.mark.parametrize("text", ["", " ", "\t", "\u200b", "\u202e", "\xa0", "\x1b", "\u0301"])
def test_nobody_sees_it(text: str) -> None:
    """White space, controls and format characters."""
    assert not screen.is_visible(text)
    assert screen.is_visible(f"{text}^")


def test_between() -> None:
    """What the terminal was sent between two words, the first time that both are there."""
    assert screen.between(b"x onea^[btwo y", "one", "two") == "a^[b"
    assert screen.between(b"onea\ntwo", "one", "two") == "a\n"
    assert screen.between(b"one\xff two", "one", "two") == "\udcff "
    assert screen.between(b"two one", "one", "two") is None
    assert screen.between(b"one", "one", "two") is None
