"""Text into lines of a terminal's width, counted in cells and not in characters.

The library's own `wcwidth.wrap` was tried: it is quadratic in the length of a word (19 s for 200,000 characters), and
one legal message may be a million (FRAME-7).
"""

import re
from collections.abc import Iterator

from wcwidth import iter_graphemes, width

_WORDS = re.compile(" +|[^ ]+")


def cuts(text: str, first: int, rest: int) -> Iterator[tuple[int, int]]:
    """Where the lines of a text begin and end; together they hold all of it, except spaces around the cuts.

    Lines are cut at spaces. A word that is wider than a line begins where it stands and is cut between graphemes. The
    first line is empty if there is no room for a word in it.

    Args:
        text: one line, without control characters.
        first: cells of room in the first line; it may be nothing or less.
        rest: cells of each other line, at least 2: a wide character has to fit.
    """
    if len(text) <= first and text.isascii():  # most of what people say
        yield 0, len(text)
        return
    start = used = solid = 0  # solid: where the last word ended
    room = first
    for match in _WORDS.finditer(text):
        at, end = match.span()
        cells = width(match.group())
        if used + cells <= room:
            used += cells
        elif text[at] == " ":
            yield start, at
            start, used, room = end, 0, rest
        elif cells <= rest:
            yield start, max(start, solid)
            start, used, room = at, cells, rest
        else:
            for cut, cells_before in _inside(match.group(), room - used, rest):
                yield start, at + cut
                start, room, used = at + cut, rest, 0
                cells -= cells_before
            used += cells
        solid = end if text[at] != " " else solid
    if start < len(text) or not text:
        yield start, len(text)


def _inside(word: str, first: int, rest: int) -> Iterator[tuple[int, int]]:
    """The cuts inside a word, each with the cells of the word between it and the one before."""
    at = here = 0
    room = first
    for grapheme in iter_graphemes(word):
        cells = width(grapheme)
        if here + cells > room:
            yield at, here
            here, room = 0, rest
        at += len(grapheme)
        here += cells
