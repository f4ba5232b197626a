"""What a codec reads off a definition, and what it refuses to read."""

from typing import Any

import pytest
from construct import Byte, Bytes, GreedyBytes, GreedyString, Prefixed, Struct

from chatproto import Codec
from chatproto._layout import MEMO_ENTRIES, Headers, Lengths, layout_of
from spec import wire
from spec.wire import Decimal, Fields, WireError
from tests.chatproto.helpers import altered

NUMBER = Decimal(10, fill=b" ", maximum=100)
BODY = Fields("a" / GreedyString("utf-8"), separator=b"\0")


class Count(Prefixed):  # type: ignore[type-arg]  # construct has no types of its own
    """A definition whose length counts itself."""

    def __init__(self) -> None:
        super().__init__(NUMBER, BODY, includelength=True)


@pytest.mark.parametrize(
    "definition",
    [
        pytest.param(None, id="no definition"),
        pytest.param({"width": 10}, id="unhashable"),
        pytest.param(Struct("a" / Byte), id="another construct"),
        pytest.param(Prefixed(Byte, BODY), id="a binary length"),
        pytest.param(Prefixed(NUMBER, GreedyBytes), id="another body"),
        pytest.param(Count(), id="a length that counts itself"),
        pytest.param(altered(0, b" ", 9, ["utf-8"], b"\0"), id="no header"),
        pytest.param(altered(4, b"0", 9, ["utf-8"], b"\0"), id="a digit as fill"),
        pytest.param(altered(4, b"ab", 9, ["utf-8"], b"\0"), id="two octets of fill"),
        pytest.param(altered(4, b" ", 9, ["utf-8"], b""), id="no separator"),
        pytest.param(altered(4, b" ", 9, [], b"\0"), id="no fields"),
        pytest.param(altered(4, b" ", 9, ["no-such"], b"\0"), id="an unknown encoding"),
        pytest.param(altered(4, b" ", 9, ["hex"], b"\0"), id="an encoding of octets"),
        pytest.param(Prefixed(NUMBER, Fields("a" / Byte, separator=b"\0")), id="a field that is no string"),
        pytest.param(Prefixed(NUMBER, Fields(GreedyString("utf-8"), separator=b"\0")), id="a field without a name"),
        pytest.param(
            Prefixed(NUMBER, Fields("a" / GreedyString("utf-8"), "a" / GreedyString("utf-8"), separator=b"\0")),
            id="a name twice",
        ),
        pytest.param(Prefixed(NUMBER, Fields("a" / Bytes(3), separator=b"\0")), id="a field of fixed size"),
    ],
)
def test_a_definition_of_another_make_is_refused(definition: Any) -> None:
    """What a codec cannot specialise is a TypeError that says what was expected."""
    with pytest.raises(TypeError, match=r"a codec cannot be made of this definition: expected .+, got "):
        Codec(definition)


def test_everything_is_read_off_the_definition() -> None:
    """An altered definition changes the octets."""
    codec = Codec(altered(4, b"_", 99, ["latin-1"] * 4, b"|"))
    assert codec.encode("é", "b", "", "d") == b"6___\xe9|b||d"
    assert codec.decode(b"_07_\xe9|b||de") == [("é", "b", "", "de")]


def test_named_parts_are_read_through() -> None:
    """Names around the length and the body change nothing."""
    assert Codec(Prefixed("length" / NUMBER, "body" / BODY)).encode("hi") == b"2         hi"


def test_codecs_of_one_definition_share_their_layout() -> None:
    """A second codec costs no second reading of the definition, and finds the memo filled."""
    assert layout_of(wire.TO_SERVER) is layout_of(wire.TO_SERVER)
    assert layout_of(wire.TO_SERVER) is not layout_of(wire.TO_CLIENT)


def test_the_memo_of_headers_read_is_bounded() -> None:
    """A sender who spells lengths in ever new ways (FRAME-3) fills no memory, and is read right all the same."""
    lengths = Lengths(NUMBER)
    spellings = {
        f"{number:0{digits}d}".rjust(end).ljust(10)
        for number in range(101)
        for digits in range(3, 11)
        for end in range(digits, 11)
    }
    spellings |= {f"{number:02d}".rjust(end).ljust(10) for number in range(100) for end in range(2, 11)}
    assert len(spellings) > MEMO_ENTRIES
    for spelling in spellings:
        assert lengths[spelling] == int(spelling)
        assert len(lengths) <= MEMO_ENTRIES


def test_the_memo_keeps_no_malformed_header() -> None:
    """What the definition refuses, it refuses the next time, too."""
    lengths = Lengths(NUMBER)
    for _ in range(2):
        with pytest.raises(WireError):
            lengths["101       "]
    assert not lengths


def test_the_memo_of_headers_built_is_bounded() -> None:
    """Bodies of ever new lengths fill no memory either."""
    headers = Headers(Decimal(10, fill=b" ", maximum=1 << 20))
    for length in range(2 * MEMO_ENTRIES + 1):
        assert headers[length] == b"%-10d" % length
        assert len(headers) <= MEMO_ENTRIES
