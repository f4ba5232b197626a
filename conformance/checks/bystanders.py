"""ROBUST-1, ROBUST-2 and ROBUST-5 once more: what single connections do, and nobody else must notice."""

from collections.abc import Iterator

from conformance.check import Plan, check, ordinary
from conformance.checks.joining import REFUSED
from conformance.checks.robustness import AFTERWARDS, SERVED, by_fin, delayed, talk, unserved
from conformance.octets import Out
from conformance.script import (
    TAG,
    Answered,
    Close,
    Fence,
    Fin,
    Hears,
    Open,
    Rst,
    Script,
    Send,
    Step,
    burst,
    cast,
    enter,
    nick,
    plain,
    script,
    sentinel,
)
from conformance.trace import Difference, Trace

ALSO_REFUSED = ("Server", f"\u00e9vil {TAG}\u00a0", f"{'é' * 70}{TAG}")


@check("ROBUST-1", "refused-joins", scope=SERVED, judge=unserved, needs=("ROBUST-2",))
def refused_joins(plan: Plan) -> Iterator[Script]:
    """Joins that are refused for their nick, whatever it is: all the others are served on, while the connection is still there
    and behind its end."""
    for number, name in enumerate((*REFUSED, *ALSO_REFUSED)):
        asks = [Open("evil"), Send("evil", (Out(name).octets,)), Answered("evil")]
        end: Step = Close("evil") if number % 2 else Fin("evil")
        yield script(cast("ann", "bob"), asks, sentinel("ann", 0), sentinel("bob", 0), end, AFTERWARDS)


@check("ROBUST-1", "many-silent", scope=SERVED, judge=unserved, needs=("ROBUST-2",), storm=True, quiet=True)
def many_silent(plan: Plan) -> Iterator[Script]:
    """Two dozen connections that send nothing and stay: others can still join and are served on."""
    silent = [Open(f"mute{number}") for number in range(24)]
    yield script(cast("ann", "bob"), silent, Fence(), AFTERWARDS)


def _delayed_by_octets(trace: Trace) -> list[Difference]:
    """Others in the conversation are delayed; or the suite's own two, whose round trips a fence waits for: longer behind the
    part of a body than behind as many octets of a whole one, which takes however long the way takes."""
    fences = [wait for number, wait in trace.waits.items() if isinstance(trace.steps[number], Fence)]
    found = delayed(trace)
    if found or len(fences) < 2:
        return found
    allowed = trace.delay_allowed([trace.round_trip]) + 2 * fences[0]
    if fences[1] <= allowed:
        return []
    expected = f"messages between others within {allowed:.1f} s"
    return [Difference("ROBUST-2", expected, f"{fences[1]:.1f} s", "canary", "deadline")]


@check("ROBUST-2", "stalled-in-a-large-body", twin=ordinary, judge=_delayed_by_octets, decided_by="deadline", late=True)
def stalled_in_a_large_body(plan: Plan) -> Iterator[Script]:
    """A member stalls inside a body of which hundreds of thousands of octets have come: the others talk on without delay, as
    they do behind a whole one."""
    large = Out(nick("evil"), f"{TAG} {'u' * 900_000}").octets
    for size in (300_000, 800_000)[plan.pick(1, 0, 0) :]:
        text = f"{TAG} {'w' * size}"
        whole = [*burst("evil", text), Fence(), Hears("ann", text), Hears("bob", text)]
        stall = [*enter("evil"), *whole, Send("evil", (large[:size],)), Fence()]
        yield script(cast("ann", "bob"), talk("before", 5), stall, talk("after", 4), enter("carl"), sentinel("carl"))


@check("ROBUST-5", "of-the-oldest", scope=SERVED, judge=unserved, twin=by_fin, late=True, alone=True)
def reset_beside_the_oldest(plan: Plan) -> Iterator[Script]:
    """A connection is reset before its join, inside it, or as a member: all who are there are served on, the oldest too."""
    frame = Out(nick("evil"), plain(1)).octets
    for place in (0, 4, 14):
        for begin in ([Open("evil")], enter("evil")):
            part = [Send("evil", (frame[:place],))] if place else []
            turns = [step for turn in ("a", "b", "c") for step in (*sentinel("bob", turn), *sentinel("ann", turn))]
            yield script(cast("ann", "bob"), begin, part, sentinel("ann", "first"), Rst("evil"), turns, AFTERWARDS)
