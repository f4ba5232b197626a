"""What the suite says, drawn: texts, nicks, times, sizes, cuts, and malformed frames.

They are strategies for hypothesis, with the named ones among them; tests hold what they reach.
"""

from collections.abc import Sequence
from itertools import accumulate
from typing import Any, NamedTuple

from hypothesis import strategies as st

from conformance.named import (
    ASCII_TEXTS,
    BAD_NUMBERS,
    BRACKETED,
    BUFFERS,
    LOOK_ALIKES,
    NOT_UTF8,
    TIMES,
    UNICODE_TEXTS,
    every,
)
from conformance.octets import HEADER_OCTETS
from conformance.script import TAG
from spec.nicks import FORBIDDEN, problem
from spec.wire import LARGEST_MAX_BODY_OCTETS, NUL

SCALARS = st.characters(exclude_categories=["Cs"], exclude_characters="\x00")


def texts() -> Any:
    """Short texts of every kind: named ones, plain ones, digits, marks, breaks, look-alikes, any scalar values but NUL."""
    return st.one_of(
        st.sampled_from(ASCII_TEXTS),
        st.sampled_from(UNICODE_TEXTS),
        st.text(SCALARS, max_size=40),
        st.text(st.characters(min_codepoint=1, max_codepoint=126), max_size=40),
        st.text("0123456789 ", min_size=1, max_size=30),
        st.text(st.characters(categories=["Mn", "Me", "Cf"]), min_size=1, max_size=10),
        st.text("\r\n\t \u00a0\u2028", min_size=1, max_size=6),
        st.text(st.characters(min_codepoint=0x10000, exclude_categories=["Cs"]), min_size=1, max_size=10),
        look_alikes(),
    )


def look_alikes() -> Any:
    """Texts that look like a header, a whole frame but for its NULs, an announcement, or a line that a client shows."""
    return st.builds(
        lambda shape, text: shape.format(size=len(text.encode()), text=text),
        st.sampled_from(every(LOOK_ALIKES)),
        st.text(SCALARS, max_size=10),
    )


def sized_texts(sizes: Sequence[int]) -> Any:
    """Texts of as many octets as one of the sizes says, of characters of one to four octets that stand across any border."""

    def text(size: int, scalar: str, shift: int) -> str:
        count, rest = divmod(max(0, size - shift), len(scalar.encode()))
        return "x" * min(size, shift) + scalar * count + "x" * rest

    return st.builds(text, st.sampled_from(sizes), st.sampled_from("xé€😀"), st.integers(0, 3))


def times() -> Any:
    """What a client may put into its time field (TIME-2): named times, any moment in TIME-1's form, any text."""
    moments = st.datetimes().map(lambda moment: f"{moment.isoformat(timespec='milliseconds')}Z")
    return st.one_of(st.sampled_from(TIMES), moments, st.text(SCALARS, max_size=40))


def nicks() -> Any:
    """Valid nicks (NICK-1) of every kind, kept free by the tag somewhere inside."""
    inner = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="".join(FORBIDDEN)), max_size=28)
    plain = st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=28)
    part = st.one_of(plain, inner)
    sides = st.tuples(part, part).map(lambda sides: f"{sides[0]}{TAG}{sides[1]}")
    return st.one_of(sides.filter(lambda nick: problem(nick) is None), bracketed_nicks())


def bracketed_nicks() -> Any:
    """Valid nicks whose brackets and words make their announcements look like those of others; free by the tag."""
    inner = st.text("[] x", max_size=20).map(lambda text: text + TAG)
    return st.builds(str.format, st.sampled_from(BRACKETED), inner).filter(lambda nick: problem(nick) is None)


def header_forms(digits: int = 7) -> Any:
    """Forms of a header for `Out`: spaces, zeros, the number, spaces (FRAME-3).

    Args:
        digits: how many the lengths have at most, 1 to 10; for lengths of so many, every legal header is drawn.
    """
    room = st.integers(0, HEADER_OCTETS - digits)
    return st.tuples(room, room).map(
        lambda drawn: " " * min(drawn) + "0" * abs(drawn[0] - drawn[1]) + f"{{0:<{HEADER_OCTETS - max(drawn)}}}"
    )


class Malformed(NamedTuple):
    """A malformed frame, or a malformed header with nothing behind it: a receiver judges it at once.

    Attributes:
        requirement: `FRAME-4`, `FRAME-8`, `BODY-1` or `BODY-2`, by which the definition in spec.wire refuses it. What a
            server does with a malformed body is judged by BODY-3.
        mistake: what is wrong with it: a key of BAD_NUMBERS or NOT_UTF8, or one in the functions below.
    """

    octets: bytes
    requirement: str
    mistake: str


def _named(kinds: dict[str, list[Any]]) -> Any:
    return st.sampled_from([(kind, one) for kind, several in kinds.items() for one in several])


def bad_headers() -> Any:
    """Ten octets that are no header (FRAME-4): named ones, and legal ones with `one octet` changed; or ten that
    announce what is `too large` for every receiver (FRAME-8)."""

    def change(number: int, form: str, place: int, octet: int) -> Malformed:
        header = form.format(number).encode()
        return Malformed(header[:place] + bytes([octet]) + header[place + 1 :], "FRAME-4", "one octet")

    octet = st.integers(0, 255).filter(lambda octet: octet not in b"0123456789 ")
    large = st.integers(LARGEST_MAX_BODY_OCTETS + 1, 10**HEADER_OCTETS - 1)
    forms = st.sampled_from(["{:<10}", "{:>10}", "{:010}"])
    return st.one_of(
        _named(BAD_NUMBERS).map(lambda bad: Malformed(bad[1].encode().ljust(HEADER_OCTETS), "FRAME-4", bad[0])),
        st.builds(change, st.integers(0, 9_999_999), header_forms(), st.integers(0, HEADER_OCTETS - 1), octet),
        st.builds(lambda number, form: Malformed(form.format(number).encode(), "FRAME-8", "too large"), large, forms),
    )


def bad_bodies() -> Any:
    """Frames with `too few` or `too many` NULs (BODY-1), or three fields one of which is not UTF-8 (BODY-2)."""

    def miscounted(fields: list[str]) -> Malformed:
        return Malformed("\0".join(fields).encode(), "BODY-1", "too few" if len(fields) < 3 else "too many")

    def undecodable(fields: list[str], place: int, bad: tuple[str, bytes], behind: str) -> Malformed:
        octets = [field.encode() for field in fields]
        octets[place] += bad[1] + behind.encode()
        return Malformed(NUL.join(octets), "BODY-2", bad[0])

    few, three, many = (st.lists(texts(), min_size=low, max_size=high) for low, high in ((1, 2), (3, 3), (4, 6)))
    unlike = st.builds(undecodable, three, st.integers(0, 2), _named(NOT_UTF8), texts())
    return st.one_of(few.map(miscounted), many.map(miscounted), unlike).map(
        lambda bad: bad._replace(octets=b"%-10d" % len(bad.octets) + bad.octets)
    )


def cuts(length: int, most: int = 8) -> Any:
    """Offsets at which a stretch of octets is cut."""
    return st.lists(st.integers(1, max(1, length - 1)), min_size=1, max_size=most, unique=True).map(
        lambda offsets: tuple(sorted(offsets))
    )


def splits(frames: Sequence[bytes], most: int = 8) -> Any:
    """Where frames in one stretch are cut (FRAME-6): nowhere, between them, at every octet, near the ends of headers and
    bodies, anywhere; as increasing offsets inside the stretch.

    Args:
        frames: at least one whole frame.
        most: how many cuts, but for those between the frames and at every octet.
    """
    ends = list(accumulate(map(len, frames)))
    steps = (-1, 0, 1, HEADER_OCTETS - 1, HEADER_OCTETS, HEADER_OCTETS + 1)
    near = {start + step for start in (0, *ends) for step in steps} & set(range(1, ends[-1]))
    some = st.lists(st.sampled_from(sorted(near)), min_size=1, max_size=most, unique=True)
    named = st.sampled_from([(), tuple(ends[:-1]), tuple(range(1, ends[-1]))])
    return st.one_of(named, some.map(lambda offsets: tuple(sorted(offsets))), cuts(ends[-1], most))


def body_sizes(largest: int, *, dense: bool) -> list[int]:
    """Lengths of bodies near powers of two and ten and near usual buffer sizes, with and without the header, in order."""
    # Three less or four more: a server whose time has microseconds, or none, sends bodies of that much more or less.
    sizes = {power + step for power in _powers() for step in ((-3, -1, 0, 1, 4) if dense else (0, 1))}
    sizes |= {buffer + step for buffer in BUFFERS for step in (-11, -10, -9, 0)}
    return sorted(size for size in sizes | {largest, largest - 1} if size <= largest)


def text_sizes(largest: int, *, dense: bool) -> list[int]:
    """Lengths of texts near powers of two and ten, in order."""
    sizes = {power + step for power in _powers() for step in ((-1, 0, 1) if dense else (0, 1))}
    return sorted(size for size in sizes if size <= largest)


def _powers() -> list[int]:
    return [2**power for power in range(5, 21)] + [10**power for power in range(2, 7)]
