"""RELAY-4: the times of what a server sends."""

from collections.abc import Iterator
from itertools import pairwise

from conformance.check import Plan, check
from conformance.octets import Got, Out, instant
from conformance.script import (
    TAG,
    Fence,
    Fin,
    Hears,
    Open,
    Quiet,
    Script,
    Send,
    Settle,
    Step,
    burst,
    cast,
    enter,
    nick,
    plain,
    say,
    script,
    sentinel,
)
from conformance.trace import Difference, Trace

OLD_TIMES = [
    "1999-12-31T23:59:59.000Z",
    "2001-01-01T00:00:00Z",
    "yesterday",
    "2099-06-30 12:00:00",
    "2099-06-30T12:00:00.000Z",
]


def _keeps_clients_time(trace: Trace) -> list[Difference]:
    sent = {part.time for step in trace.steps if isinstance(step, Send) for part in step.parts if isinstance(part, Out)}
    return [
        Difference("RELAY-4", "the server's time of receipt", f"the client's own, {frame.time!a}", who, "frame")
        for who, frames in trace.frames.items()
        for frame in frames
        if frame.time in sent and frame.time in OLD_TIMES
    ]


@check("RELAY-4", "not-the-clients-time", judge=_keeps_clients_time)
def not_the_clients_time(plan: Plan) -> Iterator[Script]:
    """The time that a client claims, in its join or in its messages, does not reach anybody."""
    for time in OLD_TIMES:
        join = [*cast("ann"), *cast("bob")]
        yield script(join, say("ann", plain(0), time=time), sentinel("ann"), sentinel("bob"))
        late = Send("carl", (Out(nick("carl"), time=time),))
        yield script(
            cast("ann"), [step if not isinstance(step, Send) else late for step in cast("carl")], sentinel("ann")
        )


def _clock(trace: Trace) -> list[Difference]:
    """Times never decrease on a connection, and stay at a constant distance from our clock that is no time zone's."""
    found = []
    for who, frames in trace.frames.items():
        stamps = [(frame, stamp) for frame in frames if (stamp := instant(frame.time)) is not None]
        for (earlier, before), (later, after) in pairwise(stamps):
            if after < before:
                found.append(Difference("RELAY-4", f"no earlier than {earlier.time}", later.time, who, "frame"))
        found.extend(_zone(who, stamps))
        found.extend(_drift(trace, who, stamps))
    return found


def _zone(who: str, stamps: list[tuple[Got, float]]) -> list[Difference]:
    for frame, stamp in stamps:
        offset = stamp - frame.wall
        quarters = round(offset / 900)
        if quarters and abs(offset - quarters * 900) <= 5:
            hours = f"{quarters / 4:+g} h"
            return [
                Difference("RELAY-4", "the time in UTC, as its Z says", f"{frame.time}, which is {hours}", who, "frame")
            ]
    return []


def _drift(trace: Trace, who: str, stamps: list[tuple[Got, float]]) -> list[Difference]:
    """A stamp is of the moment of receipt: between two frames, it may gain or lose 1 s and the measured delay.

    Frames of other conversations are left out, as nobody has measured their delays; and a frame that came while this process
    was kept from looking counts as come at whatever moment of that time speaks for the server.
    """
    if trace.canary_late or trace.expired is not None:
        return []
    ours = [(frame, stamp - frame.wall) for frame, stamp in stamps if trace.tag in frame.nick + frame.text]
    fastest = max((offset for _, offset in ours), default=0.0)
    slowest = min((offset + frame.unseen for frame, offset in ours), default=0.0)
    change = fastest - slowest
    allowed = 1.0 + max(0.1, 20 * trace.round_trip) + max(_settles(trace), default=0.0)
    if change <= allowed:
        return []
    return [
        Difference("RELAY-4", "the time of receipt", f"times that move {change:.1f} s against our clock", who, "frame")
    ]


@check("RELAY-4", "clock", quiet=True, judge=_clock)
def clock(plan: Plan) -> Iterator[Script]:
    """Times of all frames on a connection never decrease, and follow a clock in UTC."""
    for number in range(plan.pick(2, 3, 6)):
        talk = [step for place in range(20) for who in ("ann", "bob") for step in say(who, plain(f"{number}.{place}"))]
        late = [Send("late", (Out(nick("late")),)), Settle()]  # its time is not that of its connection
        yield script(
            cast("ann", "bob", "carl"), Open("late"), talk, late, sentinel("ann"), sentinel("bob"), sentinel("late")
        )


def _settles(trace: Trace) -> list[float]:
    """How long the waits for frames took: what a stamp may be late by, as far as we can see."""
    return [seconds for number, seconds in trace.waits.items() if isinstance(trace.steps[number], Settle | Hears)]


@check("RELAY-4", "clock-goes-on", quiet=True, judge=_clock, needs=("FRAME-6", "ROBUST-2"))
def clock_goes_on(plan: Plan) -> Iterator[Script]:
    """Over some seconds the times of chat and of announcements, which take turns, go on as our clock does: while others
    come and go, while nobody comes, and with a frame that takes all the time to arrive."""
    slow = Out(nick("carl"), f"slow {TAG}").octets
    turns: list[Step] = [Send("carl", (slow[:4],)), Fence()]
    for turn in range(plan.pick(7, 7, 50)):
        turns += [Quiet(0.1), *_turn(turn)]
    turns += [Quiet(1.4), *burst("ann", plain("later")), Settle(), Quiet(0.1), *_turn("last")]
    yield script(cast("ann", "bob", "carl"), turns, Send("carl", (slow[4:],)), Hears("ann", f"slow {TAG}"))


def _turn(number: int | str) -> list[Step]:
    guest = f"guest{number}"
    return [*burst("ann", plain(number)), Settle(), *enter(guest), Fin(guest), Settle()]
