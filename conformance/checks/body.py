"""BODY and TIME: the three fields of what a server sends, and the times that it takes."""

from collections.abc import Iterator
from typing import Any

from hypothesis import strategies as st

from conformance import strategies
from conformance.check import DELIVERY, Plan, check, ordinary, plainly
from conformance.octets import Out, instant
from conformance.room import Room
from conformance.script import (
    TAG,
    Ended,
    Fence,
    Fin,
    Open,
    Script,
    Send,
    Settle,
    cast,
    nick,
    plain,
    say,
    script,
    sentinel,
)
from conformance.trace import Difference, Trace


@check("BODY-1", "three-fields")
def three_fields(plan: Plan) -> Iterator[Script]:
    """Every body that the server sends has exactly two NUL octets, whatever was said: announcements too."""
    texts = ["", " ", "\\0", "x", plain(1), "[a] joined the chat", "x" * 200]
    yield script(cast("ann", "bob", "carl"), say("ann", *texts), sentinel("ann"), sentinel("bob"))
    if plan.depth != "quick":
        yield script(cast("ann", "bob"), say("ann", *strategies.ASCII_TEXTS), sentinel("ann"))


@check("BODY-2", "utf-8", needs=("FRAME-5",))
def utf_8(plan: Plan) -> Iterator[Script]:
    """Every body that the server sends is UTF-8, also where characters of two to four octets were said."""
    yield script(cast("ann", "bob"), say("ann", *strategies.UNICODE_TEXTS), sentinel("ann"))
    for count in (40, 300, 3000)[: plan.pick(1, 2, 3)]:  # no cut inside a character, wherever a buffer may end
        texts = [f"{TAG}{'x' * shift}{'€😀' * count}" for shift in range(4)]
        yield script(cast("ann", "bob"), say("ann", *texts), sentinel("ann"))


def _late(time: str) -> list[Open | Send | Settle]:
    return [Open("late"), Send("late", (Out(nick("late"), time=time),)), Settle()]


def _in_message_and_join(times: list[str]) -> Iterator[Script]:
    for time in times:
        yield script(cast("ann", "bob"), say("ann", plain(1), time=time), sentinel("ann"))
        yield script(cast("ann"), *_late(time), sentinel("late"))


@check("TIME-2", "any-time-ascii", scope=DELIVERY, twin=plainly, width=4)
def any_time_ascii(plan: Plan) -> Iterator[Script]:
    """Whatever stands in the time field of a frame is accepted, in a join and in a message: nothing, nonsense, any form."""
    yield from _in_message_and_join([time for time in strategies.TIMES if time.isascii()])


@check("TIME-2", "any-time-unicode", scope=DELIVERY, twin=plainly, needs=("FRAME-5",), width=4)
def any_time_unicode(plan: Plan) -> Iterator[Script]:
    """The same beyond ASCII."""
    yield from _in_message_and_join([time for time in strategies.TIMES if not time.isascii()])


@check("TIME-2", "any-time", scope=DELIVERY, twin=plainly, needs=("FRAME-5",), drawn=True, examples=(5, 25, 150))
def any_time(plan: Plan) -> Any:
    """Drawn strings without NUL in the time field."""
    several = st.lists(st.text(strategies.SCALARS, max_size=40), min_size=1, max_size=6)
    return several.map(
        lambda times: script(
            cast("ann", "bob"),
            *(say("ann", plain(number), time=time) for number, time in enumerate(times)),
            sentinel("ann"),
        )
    )


MARK = f"mark{TAG}".encode()


def _framed(body: bytes) -> bytes:
    return b"%-10d" % len(body) + body


def _bodies(name: bytes) -> list[bytes]:
    """Malformed bodies with a mark in them, by which they are known wherever they turn up."""
    bad = [
        b"\xff",
        b"\x80",
        b"\xc3",
        b"\xc0\xaf",
        b"\xe0\x80\xaf",
        b"\xed\xa0\x80",
        b"\xf4\x90\x80\x80",
        b"\xf8\x88\x80\x80\x80",
    ]
    bad += [b"\xe2\x82", b"\xf0\x9f\x98", b"\xfe", b"\xc1\x81"]
    return [
        MARK,
        b"\0" + MARK,
        name + b"\0" + MARK,
        b"\0" + name + b"\0" + MARK + b"\0",
        b"\0" + name + b"\0" + MARK + b"\0more",
        b"\0\0" + name + b"\0" + MARK,
        b"\0" + name + b"\0" + MARK + b"\0\0",
        *(b"\0" + name + b"\0" + MARK + octets for octets in bad),
        *(b"\0" + name + b"\0" + octets + MARK for octets in bad),
        b"\xff\0" + name + b"\0" + MARK,
        b"\0" + name + b"\xff\0" + MARK,
    ]


def _relays_malformed(trace: Trace) -> list[Difference]:
    """Nothing of a malformed body reaches anybody: not its mark, and no frame under the offender's nick or without UTF-8."""
    evil = Room(trace.steps).members["evil"].nick
    mark = next(
        (
            b"mark" + entry.octets.partition(b"mark")[2][: len(TAG)]
            for entry in trace.entries
            if b"mark" in entry.octets
        ),
        None,
    )
    found = []
    for who, frames in trace.frames.items():
        for frame in frames:
            marked = mark is not None and mark in frame.octets
            named = bool(evil) and not frame.is_service and frame.nick == evil
            if (marked or named or frame.problem) and not (who == "evil" and frame.is_service):
                found.append(Difference("BODY-3", "nothing of a malformed body", repr(frame.octets[:80]), who, "frame"))
    return found


def _well_formed(script_: Script) -> Script:
    """The twin: a well-formed message in the same place is relayed."""
    return script(cast("ann", "evil"), say("evil", plain(1)), sentinel("evil"))


@check("BODY-3", "not-relayed", judge=_relays_malformed, twin=_well_formed, width=6, needs=("FRAME-6",))
def malformed_not_relayed(plan: Plan) -> Iterator[Script]:
    """A body with another number of NULs, or that is not UTF-8, is not relayed, whole or in part."""
    bodies = [*_bodies(nick("evil").encode()), b""]
    for body in bodies:
        yield script(cast("ann", "evil"), Send("evil", (_framed(body),)), Fence(), sentinel("ann"), Fence())


def _stays(trace: Trace) -> list[Difference]:
    if not isinstance(trace.expired, Ended):
        return []
    sent = [entry.octets for entry in trace.entries if entry.what == "sent" and entry.who == "evil"]
    return [Difference("BODY-3", f"the connection closed after {sent[-1]!r}", "it stays open", "evil", "deadline")]


@check(
    "BODY-3",
    "closed-as-first-frame",
    clause="MUST",
    judge=_stays,
    twin=_well_formed,
    width=20,
    decided_by="closed",
    needs=("FRAME-5",),
)
def closed_as_first_frame(plan: Plan) -> Iterator[Script]:
    """A malformed body as the first frame is a refused join: the connection is closed."""
    for body in [*_bodies(nick("evil").encode()), b""]:
        yield script(Open("evil"), Send("evil", (_framed(body),)), Ended("evil"))


@check(
    "BODY-3", "closed-after-the-join", clause="SHOULD", judge=_stays, width=20, decided_by="closed", needs=("FRAME-5",)
)
def closed_after_the_join(plan: Plan) -> Iterator[Script]:
    """After the join, a malformed body should close the connection too."""
    for body in [*_bodies(nick("evil").encode())[::4], b""]:
        yield script(cast("evil"), Send("evil", (_framed(body),)), Ended("evil"))


def _not_rfc3339(trace: Trace) -> list[Difference]:
    return [
        Difference("TIME-1", "YYYY-MM-DDThh:mm:ss[.1-6 digits]Z", ascii(frame.time), who, "frame")
        for who, frames in trace.frames.items()
        for frame in frames
        if frame.problem is None and instant(frame.time) is None
    ]


@check("TIME-1", "rfc-3339", twin=ordinary, judge=_not_rfc3339)
def rfc_3339(plan: Plan) -> Iterator[Script]:
    """The time in every frame that the server sends is RFC 3339 UTC: relays, announcements, and what it says of itself."""
    leave = [Fin("carl"), Settle()]
    for time in ("", "yesterday", "2001-01-01T00:00:00Z"):
        talk = [*say("ann", plain(1), time=time), *say("bob", plain(2), time=time)]
        yield script(cast("ann", "bob", "carl"), talk, leave, sentinel("ann"), sentinel("bob"))
    refused = [Open("evil"), Send("evil", (Out("").octets,)), Fence()]
    yield script(cast("ann", "bob"), refused, sentinel("ann"))
    yield script(
        cast("ann", "bob"), say("ann", *(plain(number) for number in range(plan.pick(50, 150, 1200)))), sentinel("ann")
    )
