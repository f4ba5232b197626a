"""ROBUST-3 and ROBUST-4: members that do not read, and connections that do not join."""

import statistics
from collections.abc import Iterator

from conformance.check import Plan, check, ordinary
from conformance.differences import differences
from conformance.octets import Out
from conformance.room import Room
from conformance.script import (
    TAG,
    Ended,
    Fence,
    Measure,
    Mute,
    Open,
    Quiet,
    Script,
    Send,
    Settle,
    Step,
    Unmute,
    burst,
    cast,
    nick,
    script,
    sentinel,
)
from conformance.trace import Difference, Trace

MEBIBYTE = 1_048_576


PORTION = 100_000  # octets of one large text


def _pile(who: str, octets: int, label: str) -> list[Step]:
    """So many octets of large messages, each taken by the listening members before the next."""
    count = octets // PORTION
    texts = [f"{label}{number} {TAG} " + "p" * (PORTION - 40) for number in range(count)]
    return [step for text in texts for step in (*burst(who, text), Settle())]


def _slow_reader(trace: Trace) -> list[Difference]:
    """Others were delayed, the slow one was closed while it was less than 4 MiB behind, or a frame was skipped."""
    found = [Difference("ROBUST-3", d.expected, d.seen, d.who, d.decided_by) for d in _slowed(trace)]
    return found + [
        Difference("ROBUST-3", d.expected, d.seen, "evil", d.decided_by)
        for d in differences(trace)
        if d.who == "evil" and d.requirement in ("RELAY-1", "RELAY-3", "RELAY-6", "FRAME-1", "FRAME-2")
    ]


def _slowed(trace: Trace) -> list[Difference]:
    muted = next((number for number, step in enumerate(trace.steps) if isinstance(step, Mute)), len(trace.steps))
    until = next((number for number, step in enumerate(trace.steps) if isinstance(step, Unmute)), len(trace.steps))
    settles = [number for number, step in enumerate(trace.steps) if isinstance(step, Settle)]
    before = [trace.waits[number] for number in settles if number < muted and number in trace.waits][3:]
    if not before:
        return []
    allowed = 1.0 + 20 * statistics.median(before)
    for number in settles:
        if muted < number < until and trace.waits.get(number, 0.0) > allowed:
            seen = f"{trace.waits[number]:.1f} s while one member does not read"
            return [Difference("ROBUST-3", f"a message between others within {allowed:.1f} s", seen, "bob", "deadline")]
    return []


@check(
    "ROBUST-3",
    "behind-but-within",
    twin=ordinary,
    clause="MUST",
    judge=_slow_reader,
    needs=("FRAME-7", "RELAY-1"),
    storm=True,
)
def behind_but_within(plan: Plan) -> Iterator[Script]:
    """A member that does not read for a while, less than 4 MiB behind: nobody is delayed, and it then gets everything."""
    before = _pile("ann", 5 * PORTION, "before ")
    for size in (MEBIBYTE, 3 * MEBIBYTE + MEBIBYTE // 2)[plan.pick(1, 0, 0) :]:
        pile = [Mute("evil"), *_pile("ann", size, "pile "), Unmute("evil"), *sentinel("ann")]
        yield script(cast("ann", "bob", "evil"), before, pile)


def _far_behind(trace: Trace) -> list[Difference]:
    """Others delayed, more than 64 MiB held, or a frame skipped: what arrived is the beginning of what was said."""
    found = _slowed(trace)
    held = [usage.resident for usage in trace.usage if usage.resident is not None]
    if len(held) > 1 and max(held) - held[0] > 1.1 * 64 * MEBIBYTE + 16 * MEBIBYTE:
        seen = f"{(max(held) - held[0]) // MEBIBYTE} MiB more than before"
        found.append(Difference("ROBUST-3", "at most 64 MiB held for one that does not read", seen, "evil", "process"))
    room = Room(trace.steps)
    said = room.members["ann"].said if "ann" in room.members else []
    owed = [item.text for item in room.members["evil"].owed if item.kind == "chat"] if "evil" in room.members else []
    got = [frame.text for frame in trace.frames.get("evil", []) if frame.nick == room.members["ann"].nick]
    if got != owed[: len(got)] and said:
        found.append(
            Difference("ROBUST-3", "a frame is never skipped", f"{len(got)} frames, not the first", "evil", "frame")
        )
    return found


@check("ROBUST-3", "far-behind", twin=ordinary, judge=_far_behind, needs=("FRAME-7", "RELAY-1"), storm=True)
def far_behind(plan: Plan) -> Iterator[Script]:
    """A member that never reads while 100 MB are said: nobody is delayed, the server's memory stays bounded, and what
    the member gets when it reads again is without a gap."""
    before = _pile("ann", 5 * PORTION, "before ")
    pile: list[Step] = [Mute("evil"), Fence(), Measure()]
    texts = tuple(
        Out(nick("ann"), f"far {number} {TAG} " + "q" * 1_000_000) for number in range(plan.pick(100, 100, 150))
    )
    for number, text in enumerate(texts):
        pile += [Send("ann", (text,)), Settle(), *([Measure(wait=False)] if number % 10 == 9 else [])]
    yield script(cast("ann", "bob", "evil"), before, pile, Unmute("evil"), Fence(), Fence(), sentinel("bob"))


def _impatient(trace: Trace) -> list[Difference]:
    """Closed, although it could still join in time."""
    found = []
    for who, ended in trace.ended_at.items():
        waited = ended - trace.opened_at[who]
        if waited < 9.9:
            found.append(
                Difference(
                    "ROBUST-4", "no end for want of a join before 10 s", f"closed after {waited:.1f} s", who, "closed"
                )
            )
    return found


@check("ROBUST-4", "patient", clause="MUST NOT", judge=_impatient, background=True, decided_by="deadline")
def patient(plan: Plan) -> Iterator[Script]:
    """Connections that do not join, silent or inside a header or a body, are not closed for that before 10 s."""
    join = Out(nick("slow")).octets
    opened = [Open("silent"), Open("header"), Send("header", (join[:4],)), Open("body"), Send("body", (join[:14],))]
    yield script(opened, Quiet(10.0))


def _forgetful(trace: Trace) -> list[Difference]:
    if not isinstance(trace.expired, Ended):
        return []
    return [Difference("ROBUST-4", "an end within 60 s", "it stays open", trace.expired.who, "deadline")]


@check("ROBUST-4", "not-for-ever", clause="SHOULD", judge=_forgetful, background=True, decided_by="closed")
def not_for_ever(plan: Plan) -> Iterator[Script]:
    """A connection that does not join is closed within 60 s; waited for at depth `thorough` only."""
    if plan.depth == "thorough":
        yield script(Open("silent"), Quiet(56.0), Ended("silent"))
