"""Asking for the nick."""

from collections.abc import Iterator

import pytest

from reference_client import asking
from reference_client.asking import NoNickError
from reference_client.lines import Lines, Mark


class Pieces:
    """An input that arrives in given pieces."""

    def __init__(self, *pieces: bytes) -> None:
        self._pieces: Iterator[bytes] = iter(pieces)

    def fileno(self) -> int:
        """Nothing waits for it."""
        raise AssertionError

    def read(self) -> bytes:
        """The next piece, and then the end."""
        return next(self._pieces, b"")

    def close(self) -> None:
        """Nothing."""


def ask(*pieces: bytes, terminal: bool) -> tuple[str | None, list[str], bytes | None]:
    """The nick or None, what was said and prompted, and the line behind the nick."""
    said: list[str] = []
    lines = Lines()
    try:
        nick = asking.ask(Pieces(*pieces), lines, terminal=terminal, prompt=said.append, tell=said.append)
    except NoNickError as error:
        return None, [*said, str(error)], None
    rest = lines.next_line()
    assert not isinstance(rest, Mark)
    return nick, said, rest


def test_a_pipe_gives_the_nick_in_its_first_line() -> None:
    """Nothing is prompted; what comes behind the nick waits to be sent."""
    assert ask(b"al", b"ice\r\nhi\n", terminal=False) == ("alice", [], b"hi")
    assert ask(b"alice", terminal=False) == ("alice", [], None)


@pytest.mark.parametrize(
    ("line", "why"),
    [
        (b"\n", "a nick has at least one character"),
        (b" a\n", "a nick neither begins nor ends with white space"),
        (b"a\tb\n", r"a nick contains no control character or line separator (U+0009)"),
        (b"a\xff\n", "a nick is UTF-8"),
        (b"a" * 65, "a nick has at most 64 characters, not 65"),
        (b"a" * 2_000_000, "a nick has at most 64 characters"),
    ],
)
def test_a_bad_nick(line: bytes, why: str) -> None:
    """A pipe is told and left, a person is told and asked again (NICK-1)."""
    assert ask(line, terminal=False) == (None, [f"the first line of standard input is no nick: {why}"], None)
    asked_twice = ask(line.removesuffix(b"\n") + b"\n", b"alice\n", terminal=True)
    assert asked_twice == ("alice", ["Nick: ", why, "Nick: "], None)


def test_no_nick_at_all() -> None:
    """The end of the input is no answer."""
    for terminal in (True, False):
        nick, said, _ = ask(terminal=terminal)
        assert nick is None
        assert said[-1] == "standard input ended before there was a nick"


def test_an_argument_that_is_not_utf_8() -> None:
    """An argument comes with surrogates in the place of other octets, which no frame can carry (BODY-2)."""
    assert asking.problem("a\udcff") == "a nick is UTF-8"
    assert asking.problem("alice") is None
