"""Octets into lines."""

from collections.abc import Iterable

from hypothesis import given, settings
from hypothesis import strategies as st

from reference_client.lines import TOO_LONG, Lines, Mark

MAXIMUM = 5


def cut(pieces: Iterable[bytes], maximum: int = MAXIMUM) -> list[bytes | Mark]:
    """All lines of a whole input that arrives in pieces."""
    lines = Lines(maximum)
    found: list[bytes | Mark] = []
    for piece in [*pieces, None]:
        if piece is None:
            lines.end()
        else:
            lines.feed(piece)
        while (line := lines.next_line()) is not None:
            found.append(line)
        assert lines.buffered <= maximum + 1
    assert lines.number == len(found)
    assert lines.buffered == 0
    return found


def model(octets: bytes) -> list[bytes | Mark]:
    """The same in one go, without a bound on memory."""
    *whole, rest = octets.split(b"\n")
    lines = [line.removesuffix(b"\r") for line in whole] + ([rest] if rest else [])
    return [line if len(line) <= MAXIMUM else TOO_LONG for line in lines]


def test_line_ends() -> None:
    """LF and CR LF end a line, any other CR is text, and the last line needs no end."""
    assert cut([b"a\nb\r\n\n\r\n\rc\r\rd\ne\r"]) == [b"a", b"b", b"", b"", b"\rc\r\rd", b"e\r"]
    assert cut([]) == cut([b""]) == []


def test_a_line_at_the_maximum_is_whole() -> None:
    """The maximum itself is allowed, with either line end and at the end of the input."""
    assert cut([b"12345\n12345\r\n12345"]) == [b"12345"] * 3
    assert cut([b"12345\r", b"\n12345"]) == [b"12345"] * 2
    assert cut([b"12345\r", b"6\n"]) == [TOO_LONG]


def test_a_longer_line_is_marked_and_its_neighbours_are_whole() -> None:
    """Of a line that is too long only the mark is left, once, wherever the octets were cut."""
    for size in (1, 2, 3, 100):
        octets = b"1\n123456\n2\n" + b"9" * 50 + b"\r\n3\n" + b"1" * 6
        pieces = [octets[start : start + size] for start in range(0, len(octets), size)]
        assert cut(pieces) == [b"1", TOO_LONG, b"2", TOO_LONG, b"3", TOO_LONG]


@settings(deadline=None, database=None)
@given(st.lists(st.text("ab\r\n", max_size=12).map(str.encode)))
def test_the_cuts_do_not_matter(pieces: list[bytes]) -> None:
    """However the octets arrive, the lines are those of the whole input, and no more than a line is held."""
    lines = Lines(MAXIMUM)
    found: list[bytes | Mark] = []
    for piece in pieces:
        lines.feed(piece)
        while (line := lines.next_line()) is not None:
            found.append(line)
        assert lines.buffered <= MAXIMUM + 1
    lines.end()
    while (line := lines.next_line()) is not None:
        found.append(line)

    assert found == model(b"".join(pieces))


def test_giving_up_forgets_a_begun_line_only() -> None:
    """Whole lines that wait are still handed out, half a line is not made into one."""
    for begun in (b"", b"hal", b"half a line"):
        lines = Lines(MAXIMUM)
        lines.feed(begun)
        assert lines.next_line() is None
        lines.give_up()
        assert (lines.next_line(), lines.buffered, lines.ended) == (None, 0, True)

    lines.feed(b"a\nb\nc")
    lines.give_up()
    assert [lines.next_line() for _ in range(3)] == [b"a", b"b", None]
