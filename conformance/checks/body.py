"""BODY-1, BODY-2 and TIME: the three fields of what a server sends, and the times that it takes."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from hypothesis import strategies as st

from conformance import named, strategies
from conformance.check import DELIVERY, Plan, check, ordinary, plainly
from conformance.octets import HEADER_OCTETS, NOW, Out, instant
from conformance.script import (
    TAG,
    Fence,
    Fin,
    Open,
    Script,
    Send,
    Settle,
    cast,
    enter,
    nick,
    plain,
    say,
    script,
    sentinel,
)
from conformance.trace import Difference, Trace
from spec.wire import SERVER_MAX_BODY_OCTETS


@check("BODY-1", "three-fields")
def three_fields(plan: Plan) -> Iterator[Script]:
    """Every body that the server sends has exactly two NUL octets, whatever was said: announcements too."""
    texts = ["", " ", "\\0", "x", plain(1), "[a] joined the chat", "x" * 200]
    yield script(cast("ann", "bob", "carl"), say("ann", *texts), sentinel("ann"), sentinel("bob"))
    if plan.depth != "quick":
        yield script(cast("ann", "bob"), say("ann", *named.ASCII_TEXTS), sentinel("ann"))


@check("BODY-2", "utf-8", needs=("FRAME-5",))
def utf_8(plan: Plan) -> Iterator[Script]:
    """Every body that the server sends is UTF-8, also where characters of two to four octets were said."""
    yield script(cast("ann", "bob"), say("ann", *named.UNICODE_TEXTS), sentinel("ann"))
    for name in (f"é€{TAG}", f"😀{TAG}", f"{TAG}日本😀"):
        gone = [Fin("carl"), Settle(), *sentinel("ann")]
        yield script(cast("ann", "bob"), enter("carl", name), sentinel("carl", name=name), gone)
    for count in (40, 300, 3000)[: plan.pick(1, 2, 3)]:  # no cut inside a character, wherever a buffer may end
        texts = [f"{TAG}{'x' * shift}{'€😀' * count}" for shift in range(4)]
        yield script(cast("ann", "bob"), say("ann", *texts), sentinel("ann"))


def _late(time: str) -> list[Open | Send | Settle]:
    return [Open("late"), Send("late", (Out(nick("late"), time=time),)), Settle()]


def _in_message_and_join(times: list[str]) -> Iterator[Script]:
    for time in times:
        yield script(cast("ann", "bob"), say("ann", plain(1), time=time), sentinel("ann"))
        yield script(cast("ann"), *_late(time), sentinel("late"))


def _in_the_text(script_: Script) -> Script:
    """The twin: frames as large, but with an empty time and a long text."""

    def moved(part: Out | bytes) -> Out | bytes:
        return Out(part.nick, part.text + part.time, "") if isinstance(part, Out) and part.time != NOW else part

    return Script(
        tuple(
            replace(step, parts=tuple(map(moved, step.parts))) if isinstance(step, Send) else step
            for step in script_.steps
        )
    )


@check("TIME-2", "large", scope=DELIVERY, twin=_in_the_text, needs=("FRAME-6",))
def large_times(plan: Plan) -> Iterator[Script]:
    """A time of thousands of octets, and one of which the body has 1,048,576, in a message and in a join."""
    around = len(Out(nick("late"), plain(1), "").octets) - HEADER_OCTETS
    yield from _in_message_and_join(["t" * size for size in (5000, 70_000, SERVER_MAX_BODY_OCTETS - around)])


@check("TIME-2", "any-time-ascii", scope=DELIVERY, twin=plainly, width=4)
def any_time_ascii(plan: Plan) -> Iterator[Script]:
    """Whatever stands in the time field of a frame is accepted, in a join and in a message: nothing, nonsense, any form."""
    yield from _in_message_and_join([time for time in named.TIMES if time.isascii()])


@check("TIME-2", "any-time-unicode", scope=DELIVERY, twin=plainly, needs=("FRAME-5",), width=4)
def any_time_unicode(plan: Plan) -> Iterator[Script]:
    """The same beyond ASCII."""
    yield from _in_message_and_join([time for time in named.TIMES if not time.isascii()])


@check(
    "TIME-2",
    "any-time",
    scope=DELIVERY,
    twin=plainly,
    needs=("FRAME-5",),
    drawn=True,
    quiet=True,
    examples=(5, 25, 150),
)
def any_time(plan: Plan) -> Any:
    """Drawn strings without NUL in the time field: moments, named times, any text."""
    several = st.lists(strategies.times(), min_size=1, max_size=6)
    return several.map(
        lambda times: script(
            cast("ann", "bob"),
            *(say("ann", plain(number), time=time) for number, time in enumerate(times)),
            sentinel("ann"),
        )
    )


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
    for time in ("", "yesterday", "2001-01-01T00:00:00Z", "2026-11-22T10:21:07+02:00", "2026-11-22T10:21:07.5-05:30"):
        talk = [*say("ann", plain(1), time=time), *say("bob", plain(2), time=time)]
        yield script(cast("ann", "bob", "carl"), talk, leave, sentinel("ann"), sentinel("bob"))
    refused = [Open("evil"), Send("evil", (Out("").octets,)), Fence()]
    yield script(cast("ann", "bob"), refused, sentinel("ann"))
    yield script(
        cast("ann", "bob"), say("ann", *(plain(number) for number in range(plan.pick(50, 150, 1200)))), sentinel("ann")
    )
