"""ROBUST-6: fifty members at once, and what is left behind when hundreds of connections have come and gone."""

from collections.abc import Iterator

from conformance.check import DELIVERY, Plan, check
from conformance.checks.robustness import AFTERWARDS, SERVED
from conformance.differences import differences
from conformance.octets import Out
from conformance.passing import never_allowed
from conformance.script import (
    Answered,
    Close,
    Entered,
    Fence,
    Fin,
    Measure,
    Open,
    Rst,
    Script,
    Send,
    Step,
    cast,
    nick,
    script,
    sentinel,
)
from conformance.trace import Difference, Trace


def _few(script_: Script) -> Script:
    """The twin of a crowd: its first two."""
    first = script_.parties[:2]
    return script(cast(*first), sentinel(first[0]), sentinel(first[1]))


def _want_of_room(trace: Trace) -> list[Difference]:
    """The room's differences. What no server may ever do, such as sending a message twice, is seen in passing, and has nothing
    to do with how many there are."""
    return [] if any(never_allowed(trace)) else differences(trace)


@check("ROBUST-6", "fifty-members", scope=DELIVERY, judge=_want_of_room, twin=_few, storm=True, last=True)
def fifty_members(plan: Plan) -> Iterator[Script]:
    """Fifty clients are joined at once, the suite's two canaries among them, and each hears each."""
    members = [f"m{number}" for number in range(48)]
    talk = [step for who in members[:: plan.pick(8, 4, 1)] for step in sentinel(who)]
    yield script(cast(*members), talk)


def _holds_more(trace: Trace) -> list[Difference]:
    """What the process holds when those have gone who came meanwhile."""
    if len(trace.usage) < 2 or trace.usage[-1].is_back(trace.usage[0]):
        return []
    seen = f"{trace.usage[-1]} after {len(trace.script.parties)} connections"
    return [Difference("ROBUST-6", f"about {trace.usage[0]}", seen, "ann", "process")]


@check("ROBUST-6", "coming-and-going", judge=_holds_more, storm=True, every_time=True, decided_by="process")
def coming_and_going(plan: Plan) -> Iterator[Script]:
    """Five hundred connections, five at a time, most of which join, and all of which end in order: the process holds what it
    held. It is measured early, as a tenth of what a process holds is the less the fewer it has forgotten before."""
    warm = [step for number in range(20) for step in _group(number)]
    steps = [step for number in range(20, 120) for step in _group(number)]
    yield script(cast("ann", "bob"), warm, Fence(), Measure(), steps, Fence(), Measure(), AFTERWARDS)


def _group(number: int) -> list[Step]:
    """Five connections that overlap; all but one join. Resets are not known to be borne yet, so who has said FIN reads on, but
    not for long: a server may keep its own side open, and descriptors are few."""
    silent, *members = (f"c{number}.{place}" for place in range(5))
    joins = [Send(who, (Out(nick(who)),)) for who in members]
    opened = [Open(who) for who in (silent, *members)]
    before = [Close(f"c{number - 10}.{place}") for place in range(5) if number >= 10]
    return [*opened, *joins, *map(Entered, members), *map(Fin, (silent, *members)), *before]


def _like_the_first(trace: Trace) -> list[Difference]:
    """After many connections a new one is served like the first, and the process holds what it held."""
    return _want_of_room(trace) + _holds_more(trace)


@check(
    "ROBUST-6",
    "five-hundred-connections",
    scope=SERVED | {"ROBUST-6"},
    judge=_like_the_first,
    needs=("ROBUST-1", "ROBUST-5", "ROBUST-7", "NICK-5", "FRAME-4", "RELAY-1"),
    storm=True,
    quiet=True,
    every_time=True,
)
def five_hundred_connections(plan: Plan) -> Iterator[Script]:
    """Five hundred connections one after the other, joined and not, ended by FIN and by RST; then a new one is served."""
    warm: list[Step] = []
    for number in range(100):  # a heap with a collector grows for a while
        warm += _passing(f"w{number}", number)
    steps: list[Step] = []
    for number in range(500):
        steps += _passing(f"c{number}", number)
    yield script(cast("ann", "bob"), warm, Fence(), Measure(), steps, AFTERWARDS, Fence(), Measure())


def _passing(who: str, number: int) -> list[Step]:
    """A connection that comes and goes, of six kinds: two join, one of which is then thrown out; the others do not, or come
    half-way, or are refused. Half of each kind end by a reset."""
    join: list[Step] = [Send(who, (Out(nick(who)),)), Entered(who)]
    kinds: list[list[Step]] = [
        [],
        [Send(who, (Out(nick(who)).octets[:14],))],
        [Send(who, (Out(nick("ann")).octets,)), Answered(who)],
        [*join, Send(who, (b"+17       ",))],
        [Send(who, (Out("Server").octets,)), Answered(who)],
        join,
    ]
    end: Step = Rst(who) if number // len(kinds) % 2 else Close(who)
    return [Open(who), *kinds[number % len(kinds)], end]
