"""FRAME-4 and FRAME-8: headers on which a receiver closes."""

from collections.abc import Iterator
from typing import Any

from hypothesis import strategies as st

from conformance import strategies
from conformance.check import Plan, check
from conformance.octets import HEADER_OCTETS, Out
from conformance.script import (
    Ended,
    Fence,
    Measure,
    Open,
    Script,
    Send,
    cast,
    enter,
    nick,
    plain,
    script,
    sentinel,
)
from conformance.trace import Difference, Trace
from spec.wire import SERVER_MAX_BODY_OCTETS

MALFORMED = [
    "          ",
    "-5        ",
    "+5        ",
    "+12345    ",
    "-         ",
    "1_0       ",
    "0x10      ",
    "0b1       ",
    "0o7       ",
    "12 34     ",
    "1 2       ",
    "        1 ".replace("1 ", "1\t"),
    "\t12       ",
    "12\t       ",
    "12\n       ",
    "12\r\n      ",
    "\n12       ",
    "12\0       ",
    "\0" * 10,
    "12.       ",
    "12.0      ",
    "1e3       ",
    "1,000     ",
    "1'000     ",
    "abcdefghij",
    "12abc     ",
    "12d       ",  # a number to Java's Double.parseDouble(), as with an f; to its Long.decode(), the one below
    "12f       ",
    "#10       ",
    "12L       ",
    "000000012\n",  # `$` of a regular expression also stands in front of a line feed that is the last
    "ff        ",
    "१२    ",  # Devanagari digits, three octets each
    "１２    ",  # full-width digits
    "²³      ",
    "12\u00a0      ",
    "0000000-12",
    "------1234",
    '"12"      ',
]


# The same behind spaces, and between them: whoever passes over those may go on less strictly.
BEHIND_SPACES = [
    header.rstrip(" ").rjust(HEADER_OCTETS) for header in MALFORMED[1:] if header.isascii() and header[-1] == " "
]
BETWEEN_SPACES = [" +12      ", "     -12  ", "  0x10    ", "   1_000  "]

# What isspace(), strip() or trim() of one language or another takes away, besides the space itself.
WHITE = b"\t\n\v\f\r\0\x1c\x1f\x85\xa0"


def closes(trace: Trace) -> list[Difference]:
    """The offender is closed; who waited for that in vain has proven the contrary, if the canary was in time."""
    if not isinstance(trace.expired, Ended):
        return []
    sent = [entry.octets for entry in trace.entries if entry.what == "sent" and entry.who == "evil"]
    expected = f"the connection closed on the header {sent[-1][:HEADER_OCTETS]!r}" if sent else "the connection closed"
    return [Difference("FRAME-4", expected, "it stays open", "evil", "deadline")]


def _offend(octets: bytes, *, inside: bool) -> Script:
    begin = enter("evil") if inside else [Open("evil")]
    return script(begin, Send("evil", (octets,)), Ended("evil"))


def whole(script_: Script) -> Script:
    """The twin: a well-formed header, alone for a while, is waited on and not closed; then its message arrives."""
    message = Out(nick("evil"), plain(1))
    return script(cast("ann", "evil"), Send("evil", (message,), (HEADER_OCTETS,)), sentinel("evil"))


@check("FRAME-4", "malformed-headers", judge=closes, twin=whole, width=20, decided_by="closed", needs=("FRAME-6",))
def malformed_headers(plan: Plan) -> Iterator[Script]:
    """Every other header, before a join and after it, closes the connection as soon as it is complete; in other places of
    the ten octets, before or after."""
    headers = [header.encode() for header in MALFORMED]
    others = [header.encode() for header in BEHIND_SPACES + BETWEEN_SPACES]
    assert {len(octets) for octets in headers + others} == {HEADER_OCTETS}
    for octets in headers:
        for inside in (True, False):
            yield _offend(octets, inside=inside)
    for place, octets in enumerate(others):
        yield _offend(octets, inside=bool(place % 2))


@check("FRAME-4", "digits-and-one-other", judge=closes, twin=whole, width=20, decided_by="closed", needs=("FRAME-6",))
def digits_and_one_other(plan: Plan) -> Iterator[Script]:
    """A well-formed header with one octet that is neither digit nor space, in every place; what some language takes for
    white space, in front of the number, behind it, and last."""
    for octet in WHITE:
        for place in (0, 2, HEADER_OCTETS - 1):
            header = bytearray(b"%10d" % 31 if place == 0 else b"%-10d" % 31)
            header[place] = octet
            yield _offend(bytes(header), inside=bool(place))
    yield _offend(b"31      \r\n", inside=True)
    others = bytes(
        plan.random.sample([octet for octet in range(256) if octet not in b"0123456789 "], plan.pick(3, 8, 60))
    )
    for octet in others:
        for place in range(HEADER_OCTETS):
            header = bytearray(b"%-10d" % 31)
            header[place] = octet
            if place >= 2 or plan.depth != "quick":
                yield _offend(bytes(header), inside=bool(place % 2))


@check(
    "FRAME-4",
    "any-malformed-header",
    judge=closes,
    twin=whole,
    drawn=True,
    quiet=True,
    examples=(10, 32, 300),
    decided_by="closed",
    needs=("FRAME-6",),
)
def any_malformed_header(plan: Plan) -> Any:
    """Drawn headers that are none: numbers in other notations, and well-formed ones with one octet changed."""
    headers = strategies.bad_headers().filter(lambda bad: bad.requirement == "FRAME-4")
    return st.builds(lambda bad, inside: _offend(bad.octets, inside=inside), headers, st.booleans())


# The first of its checks: a server may keep what it has once reserved, and the next of the size costs nothing more.


def _reserves(trace: Trace) -> list[Difference]:
    held = [usage.most for usage in trace.usage if usage.most is not None]
    if len(held) < 2 or max(held) <= held[0] * 1.1 + 64 * 1024 * 1024:
        return []
    return [Difference("FRAME-8", f"about {held[0]} octets of memory", f"{max(held)}", "evil", "process")]


@check("FRAME-8", "reserves-nothing", judge=_reserves, storm=True, decided_by="process")
def reserves_nothing(plan: Plan) -> Iterator[Script]:
    """Headers that announce gigabytes reserve no memory, not even for a moment; judged where the process is known."""
    for length in (b"100000000 ", b"1000000000", b"9999999999"):  # of the largest, no server could get hold at all
        evil = [f"evil{number}" for number in range(10)]
        announce = [step for who in evil for step in (Open(who), Send(who, (length,)))]
        yield script(cast("ann", "bob"), Measure(), announce, Fence(), Measure(wait=False), sentinel("ann"))


@check(
    "FRAME-8",
    "too-large",
    judge=closes,
    scope=["FRAME-4"],
    twin=whole,
    width=20,
    decided_by="closed",
    needs=("FRAME-6",),
)
def too_large(plan: Plan) -> Iterator[Script]:
    """A length beyond every allowed maximum closes the connection as soon as the header is complete."""
    for number in (67_108_865, 100_000_000, 2**31 - 1, 2**31, 2**32 - 1, 2**32, 2**32 + 20, 9_999_999_999):
        for inside in (True, False):
            yield _offend(b"%-10d" % number, inside=inside)
        yield _offend(b"%10d" % number, inside=True)


@check(
    "FRAME-8",
    "modest-maximum",
    clause="SHOULD",
    judge=closes,
    scope=["FRAME-4"],
    width=20,
    decided_by="closed",
    needs=("FRAME-6",),
)
def modest_maximum(plan: Plan) -> Iterator[Script]:
    """By default a length above 1,048,576 closes the connection: a larger body reaches clients that close on it."""
    for number in (SERVER_MAX_BODY_OCTETS + 1, 2_000_000, 67_108_864):
        yield _offend(b"%-10d" % number, inside=True)
