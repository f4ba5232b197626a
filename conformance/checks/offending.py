"""FRAME-4 and FRAME-8 once more: headers on which a receiver closes, wherever they stand, and however they arrive."""

from collections.abc import Iterator

from conformance.check import Plan, check
from conformance.checks.malformed import closes, whole
from conformance.octets import HEADER_OCTETS, Out
from conformance.script import (
    Ended,
    Open,
    Script,
    Send,
    Settle,
    cast,
    enter,
    nick,
    plain,
    script,
)

BAD = ("+5        ", "12 34     ", "12abc     ", "          ", "12\n       ")
LARGE = ("67108865  ", "9999999999", " 999999999")


def _words(count: int) -> list[Out]:
    return [Out(nick("evil"), plain(number)) for number in range(count)]


def _behind_words(header: bytes, counts: tuple[int, ...]) -> Iterator[Script]:
    """Behind well-formed messages of the same member, in one write with them or when all have heard them."""
    for count in counts:
        yield script(cast("bob", "evil"), Send("evil", (*_words(count), header)), Ended("evil"))
    apart = [step for word in _words(counts[0]) for step in (Send("evil", (word,)), Settle())]
    yield script(cast("bob", "evil"), apart, Send("evil", (header,)), Ended("evil"))


def _in_pieces(header: bytes, places: tuple[int, ...]) -> Iterator[Script]:
    """Before a join and after it; each piece is read alone."""
    for place in places:
        for begin in (enter("evil"), [Open("evil")]):
            yield script(begin, Send("evil", (header,), (place,)), Ended("evil"))


@check(
    "FRAME-4",
    "anywhere",
    judge=closes,
    twin=whole,
    width=8,
    quiet=True,
    decided_by="closed",
    needs=("FRAME-6", "RELAY-1"),
)
def malformed_anywhere(plan: Plan) -> Iterator[Script]:
    """A header that is none closes the connection behind many well-formed frames, in one write with them, in pieces, and with a
    well-formed frame behind it."""
    for number, text in enumerate(BAD):
        header = text.encode()
        yield from _behind_words(header, ((3, 20), (12, 40))[number % 2])
        yield from _in_pieces(header, ((1, 9), (5,), (2, 3))[number % 3])
        yield script(cast("bob", "evil"), Send("evil", (header, *_words(1))), Ended("evil"))
    for place in range(1, HEADER_OCTETS - 1):  # cut in front of the inner space, and behind it
        header = f"{' ' * (place - 1)}3 3".ljust(HEADER_OCTETS).encode()
        for cut in (place, place + 1):
            yield script(enter("evil"), Send("evil", (header,), (cut,)), Ended("evil"))


@check(
    "FRAME-8",
    "anywhere",
    judge=closes,
    scope=["FRAME-4"],
    twin=whole,
    width=8,
    quiet=True,
    decided_by="closed",
    needs=("FRAME-6", "RELAY-1"),
)
def too_large_anywhere(plan: Plan) -> Iterator[Script]:
    """A length beyond every allowed maximum closes the connection behind well-formed frames, and when it comes in pieces."""
    for number, text in enumerate(LARGE):
        header = text.encode()
        yield from _behind_words(header, (3, 20))
        yield from _in_pieces(header, ((1, 9), (5, 8), (3,))[number])
