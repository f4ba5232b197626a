"""What needs seconds, in the background: members that say nothing, connections that do not join, and such as are refused and
go on sending."""

import math
from collections.abc import Iterator

from conformance.check import Plan, check
from conformance.checks.freeing import first_of_who_is_in
from conformance.checks.refusing import ask_for, enter_as, takes
from conformance.octets import Out, announced
from conformance.script import (
    TAG,
    Close,
    Ended,
    Entered,
    Fence,
    Open,
    Quiet,
    Script,
    Send,
    Step,
    burst,
    cast,
    nick,
    plain,
    script,
    sentinel,
)
from conformance.trace import Difference, Trace

SAME_MOMENT = 0.5  # seconds
AT_ONCE = 0.3  # seconds; shorter than anybody's patience


def _thrown_out(trace: Trace) -> list[Difference]:
    """A member that has sent nothing wrong was closed, though the server is there: not all were closed at that moment."""
    if not trace.frames.get("ann"):
        return []
    room = trace.room
    joined = {frame.text for frame in trace.frames["ann"] if frame.is_service}
    return [
        Difference("ROBUST-3", "not thrown out", f"closed after {ended - trace.opened_at[who]:.1f} s", who, "closed")
        for who, ended in trace.ended_at.items()
        if f"[{room.members[who].nick}] joined the chat" in joined and not _all_end(trace, ended)
    ]


def _all_end(trace: Trace, moment: float) -> bool:
    """Whether all that were connected ended in this moment, who had come a moment before among them: then it is the server
    that has gone. Some of them are no proof: what a busy server, or a busy suite, is late with comes at once."""
    there = [other for other, opened in trace.opened_at.items() if opened < moment - SAME_MOMENT]
    there = [other for other in there if trace.ended_at.get(other, moment) > moment - SAME_MOMENT]
    return all(abs(trace.ended_at.get(other, 0.0) - moment) < SAME_MOMENT for other in there)


@check("ROBUST-3", "silent-members", clause="MUST NOT", judge=_thrown_out, background=True, decided_by="deadline")
def silent_members(plan: Plan) -> Iterator[Script]:
    """A member that says nothing is not thrown out: not for its silence, and not when the time to join would be over. At any
    moment there is one who has come two seconds ago, or few more, and shows that the server is there."""
    turns = plan.pick(6, 7, 31)
    talk: list[Step] = []
    for turn in range(turns):
        newcomer = cast(f"late{turn}") if turn % plan.pick(1, 1, 4) == 0 else []
        talk += [Quiet(1.9), *newcomer, *burst("ann", plain(turn))]
    yield script(cast("ann", "silent"), Quiet(1.9), cast("late"), talk, Quiet(0.2))


def _first_behind_its_join(trace: Trace) -> list[Difference]:
    """What the room said before the newcomer asked to join is JOIN-4's business."""
    places = [place for place, step in enumerate(trace.steps) if isinstance(step, Send) and step.who == "late"]
    asked = min((trace.sent_at[place] for place in places if place in trace.sent_at), default=math.inf)
    first = next(iter(trace.frames.get("late", [])), None)
    is_the_rooms = first is not None and (not first.is_service or announced(first.text) is not None)
    return [] if first is not None and is_the_rooms and first.at < asked else first_of_who_is_in(trace)


@check("JOIN-3", "after-some-seconds", judge=_first_behind_its_join, background=True, decided_by="frame")
def first_after_seconds(plan: Plan) -> Iterator[Script]:
    """The announcement of its own join is the first frame also of a client that takes some seconds to join."""
    yield script(cast("ann"), Open("late"), Quiet(5.0), Send("late", (Out(nick("late")),)), Entered("late"))


@check("NICK-5", "held-in-silence", judge=takes("NICK-5"), background=True, decided_by="sentinel")
def held_in_silence(plan: Plan) -> Iterator[Script]:
    """A member that has said nothing for seconds still holds its nick."""
    held = f"Held-{TAG}"
    yield script(cast("bob"), enter_as("ann", held), Quiet(8.0), ask_for(held), sentinel("bob"))


def _never_ends(trace: Trace) -> list[Difference]:
    """A refused connection is still open though it was refused more than five seconds ago, and the others are served."""
    if "evil" in trace.ended or not trace.frames.get("evil") or trace.canary_late or trace.expired is not None:
        return []
    return [Difference("JOIN-5", "a refused connection closed within 5 s", "it stays open", "evil", "deadline")]


@check("JOIN-5", "closed-though-it-sends", judge=_never_ends, background=True, decided_by="closed", needs=("NICK-3",))
def closed_though_it_sends(plan: Plan) -> Iterator[Script]:
    """A refused connection is closed though its client goes on sending."""
    words = Out(nick("ann"), plain("more")).octets
    more = [step for _ in range(20) for step in (Quiet(0.4), Send("evil", (words,)))]
    yield script(cast("ann"), Open("evil"), Send("evil", (Out(f"ev\nil{TAG}").octets,)), more, sentinel("ann"), Fence())


def _impatient(trace: Trace) -> list[Difference]:
    """Closed, although it could still join in time; at once and inside a frame, it is not for its slowness (FRAME-6)."""
    found = []
    for who, ended in trace.ended_at.items():
        waited = ended - trace.opened_at[who]
        at_once = AT_ONCE + 20 * trace.round_trip if who in ("header", "body") else 0.0
        if at_once <= waited < 9.9:
            found.append(
                Difference(
                    "ROBUST-4", "no end for want of a join before 10 s", f"closed after {waited:.1f} s", who, "closed"
                )
            )
    return found


@check("ROBUST-4", "patient", clause="MUST NOT", judge=_impatient, background=True, decided_by="deadline")
def patient(plan: Plan) -> Iterator[Script]:
    """Connections that do not join, silent or inside a header or a body, are not closed for that before 10 s; nor for the time
    of those that had their place before."""
    join = Out(nick("slow")).octets
    before = [step for who in ("first", "second") for step in (Open(who), Fence(), Close(who))]
    opened = [Open("silent"), Open("header"), Send("header", (join[:4],)), Open("body"), Send("body", (join[:14],))]
    yield script(before, Quiet(plan.pick(2.5, 4.0, 7.0)), opened, Quiet(10.0))


def _forgetful(trace: Trace) -> list[Difference]:
    if not isinstance(trace.expired, Ended):
        return []
    return [Difference("ROBUST-4", "an end within 60 s", "it stays open", trace.expired.who, "deadline")]


@check("ROBUST-4", "not-for-ever", clause="SHOULD", judge=_forgetful, background=True, decided_by="closed")
def not_for_ever(plan: Plan) -> Iterator[Script]:
    """A connection that does not join is closed within 60 s; waited for at depth `thorough` only."""
    if plan.depth == "thorough":
        yield script(Open("silent"), Quiet(56.0), Ended("silent"))
