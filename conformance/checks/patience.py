"""ROBUST-3: members that do not read, and what becomes of the others."""

from collections.abc import Iterator

from conformance.check import Plan, check, ordinary
from conformance.checks.freeing import refused
from conformance.checks.nicks import TAKEN
from conformance.checks.ordering import all_read
from conformance.differences import differences
from conformance.octets import Got, Out
from conformance.room import Decided
from conformance.script import (
    TAG,
    Fence,
    Fin,
    Hears,
    Idle,
    Measure,
    Mute,
    Rst,
    Script,
    Send,
    Settle,
    Step,
    Unmute,
    burst,
    cast,
    enter,
    nick,
    plain,
    script,
    sentinel,
)
from conformance.trace import Difference, Trace

MEBIBYTE = 1_048_576
PORTION = 100_000  # octets of one large text
FILLER = "".join(f"{number:07x} " for number in range(125_000))  # a megabyte, no two places of which look alike


def _pile(who: str, octets: int, label: str) -> list[Step]:
    """So many octets of large messages, a short one behind each, taken by the listening members before the next."""
    turns = [
        (f"{_short(label, number)} {FILLER[: PORTION - 80]}", _short(label, number))
        for number in range(octets // PORTION)
    ]
    return [step for texts in turns for step in (*burst(who, *texts), Settle())]


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
    leaves = {number for number in settles if isinstance(trace.steps[number - 1], Fin)}
    early = {number: trace.waits[number] for number in settles if number < muted and number in trace.waits}
    before = [wait for number, wait in early.items() if number not in leaves][3:]
    if not before:
        return []
    allowed = trace.delay_allowed(before)
    # A leave may be announced late: as late as one while all read, and that much more.
    late = max((wait for number, wait in early.items() if number in leaves), default=None)
    for number in settles:
        if number in leaves and late is None:
            continue
        more = late if number in leaves and late is not None else 0.0
        if muted < number < until and trace.waits.get(number, 0.0) > allowed + more:
            seen = f"{trace.waits[number]:.1f} s while one member does not read"
            return [Difference("ROBUST-3", f"a message between others within {allowed:.1f} s", seen, "bob", "deadline")]
    return []


def _visit(who: str) -> list[Step]:
    """Somebody comes, says something, and goes."""
    return [*cast(who), *burst(who, plain(who)), Settle(), Fin(who), Settle()]


@check(
    "ROBUST-3",
    "behind-but-within",
    twin=ordinary,
    clause="MUST",
    judge=_slow_reader,
    needs=("FRAME-7", "RELAY-1", "RELAY-6", "RELAY-8"),
    storm=True,
)
def behind_but_within(plan: Plan) -> Iterator[Script]:
    """A member that does not read for a while, less than 4 MiB behind: nobody is delayed, and it then gets everything."""
    before = [*_pile("ann", 5 * PORTION, "before "), *_visit("early")]
    for size in (MEBIBYTE, 4 * MEBIBYTE - PORTION)[plan.pick(1, 0, 0) :]:
        pile = [Mute("evil"), *_pile("ann", size, "pile "), *_visit("guest"), Unmute("evil"), *sentinel("ann")]
        yield script(cast("ann", "bob", "evil"), before, pile)


@check(
    "ROBUST-3",
    "many-small-frames",
    twin=ordinary,
    clause="MUST",
    judge=_slow_reader,
    needs=("FRAME-6", "FRAME-7", "RELAY-1", "RELAY-6", "RELAY-8"),
    storm=True,
)
def many_small_frames(plan: Plan) -> Iterator[Script]:
    """The same where it is thousands of short frames that wait: it is octets that count, less than 4 MiB, not frames."""

    def burst_of(label: str) -> list[Step]:
        frames = tuple(Out(nick("ann"), plain(f"{label}.{place}")) for place in range(250))
        return [Send("ann", frames), Settle()]

    before = [step for number in range(3) for step in burst_of(f"before {number}")]
    pile = [step for number in range(plan.pick(24, 40, 120)) for step in burst_of(str(number))]
    yield script(cast("ann", "bob", "evil"), before, Mute("evil"), pile, Unmute("evil"), sentinel("ann"))


def _given_up(trace: Trace) -> list[Difference]:
    """What one that did not read for some seconds has not got."""
    idle = next((number for number, step in enumerate(trace.steps) if isinstance(step, Idle)), None)
    if idle is None:
        return []
    how = f", after {trace.waits.get(idle, 0.0):.1f} s without reading, less than 4 MiB behind"
    return [
        Difference("ROBUST-3", found.expected + how, found.seen, "evil", found.decided_by)
        for found in differences(trace)
        if found.who == "evil" and found.requirement in ("RELAY-1", "RELAY-3", "RELAY-6", "FRAME-1", "FRAME-2")
    ]


@check(
    "ROBUST-3",
    "not-for-seconds",
    clause="MUST NOT",
    judge=_given_up,
    needs=("FRAME-7", "RELAY-1", "RELAY-6", "RELAY-8", "ROBUST-2"),
    background=True,
    storm=True,
    decided_by="frame",
)
def not_for_seconds(plan: Plan) -> Iterator[Script]:
    """A member that does not read for some seconds, while octets wait for it and less than 4 MiB do, is not thrown out for
    that: it then gets everything."""
    pile = [Mute("evil"), *_pile("ann", 8 * PORTION, "wait "), Idle(plan.pick(5.6, 5.6, 11.0), 3 * MEBIBYTE // 2)]
    last = f"last {TAG}"
    rest = [Unmute("evil"), *burst("ann", last), Hears("evil", last)]
    yield script(cast("ann", "evil", "bob"), pile, rest)


def _far_behind(trace: Trace) -> list[Difference]:
    """Others delayed, too much held, or a frame skipped: what arrived is the beginning of what was said, and all of it if
    the connection goes on."""
    return _slowed(trace) + _hoarded(trace) + _skipped(trace)


def _skipped(trace: Trace) -> list[Difference]:
    """What ann said and the slow one did not get, though something later came, or though its connection went on."""
    room = trace.room
    if "evil" not in room.members or "ann" not in room.members or not room.members["ann"].said:
        return []
    owed = [item.text for item in room.members["evil"].owed if item.kind == "chat" and item.who == "ann"]
    heard = [frame for frame in trace.frames.get("evil", []) if frame.nick == room.members["ann"].nick]
    got = [frame.text for frame in heard]
    how: Decided = "frame"
    if "evil" in trace.garbage:
        seen = f"{len(got)} frames, then {trace.garbage['evil'][:40]!r}"
    elif got != owed[: len(got)]:
        seen = f"{len(got)} frames, not the first"
    elif len(got) < len(owed) and "evil" not in trace.ended and _has_stopped(trace, heard):
        seen, how = f"{len(got)} frames of {len(owed)}, and then no more", "deadline"
    else:
        return []
    return [Difference("ROBUST-3", "a frame is never skipped", seen, "evil", how)]


def _has_stopped(trace: Trace, heard: list[Got]) -> bool:
    """Whether the wait for what is owed to the slow one ran out, and nothing of it has come in the second half of it: a slow
    server, or a slow path, goes on."""
    if not isinstance(trace.expired, Hears) or trace.expired.who != "evil":
        return False
    return not heard or trace.entries[-1].at - heard[-1].at > trace.waits[trace.performed - 1] / 2


def _hoarded(trace: Trace) -> list[Difference]:
    """More than 64 MiB held for one that does not read. What a heap grows by while all read, as with a collector that has
    not run yet, is not held for anybody: the first measures are of that."""
    muted = next((number for number, step in enumerate(trace.steps) if isinstance(step, Mute)), len(trace.steps))
    before = sum(isinstance(step, Measure) for step in trace.steps[:muted])
    most = [usage.most for usage in trace.usage if usage.most is not None]
    if not 0 < before < len(most):
        return []
    more = max(max(most[before:]) - max(most[:before]), _came_late(trace))
    if more <= 1.1 * 64 * MEBIBYTE + 16 * MEBIBYTE:
        return []
    seen = f"{more // MEBIBYTE} MiB more than while all read"
    return [Difference("ROBUST-3", "at most 64 MiB held for one that does not read", seen, "evil", "process")]


def _came_late(trace: Trace) -> int:
    """Octets that were said while the slow one did not read, and came when it read again: they were held, however much of
    its memory a process had left over to hold them in."""
    return sum(len(frame.body) for frame in trace.frames.get("evil", []) if frame.text.startswith("far "))


@check(
    "ROBUST-3",
    "far-behind",
    twin=ordinary,
    judge=_far_behind,
    needs=("FRAME-7", "RELAY-1", "RELAY-6", "RELAY-8"),
    storm=True,
    alone=True,
    every_time=True,  # a heap may grow at any time; what is held for one that reads later comes each time
)
def far_behind(plan: Plan) -> Iterator[Script]:
    """A member that does not read while 100 MB are said, after as much has been said to all: nobody is delayed, the
    server's memory stays bounded, and what the member gets when it reads again is without a gap: all, if it stays."""
    count = plan.pick(95, 95, 200)
    before = [*_pile("ann", 5 * PORTION, "before "), Measure(), *_large("near", count), Measure(wait=False)]
    pile = [*cast("evil"), Mute("evil"), Fence(), *_large("far", count), Measure(wait=False)]
    heard = [Hears("evil", _short("far", number)) for number in range(4, count, 5)]
    last = f"last {TAG}"
    rest = [Unmute("evil"), *heard, *burst("ann", last), Hears("evil", last), *sentinel("bob")]
    yield script(cast("ann", "bob"), before, pile, rest)


def _throws_out(count: int) -> Script:
    """One who does not read while so many megabytes are said to all, and then goes by a reset. The others came before it and
    after it."""
    pile = [Mute("evil"), Fence(), *_large("far", count)]
    return script(cast("ann", "bob", "evil", "carl"), pile, Rst("evil"), Settle(), sentinel("ann"), sentinel("carl"))


def _still_there(trace: Trace) -> list[Difference]:
    """What those miss who are there to hear it: that one of the others was thrown out, too, is no missing leave."""
    return [found for found in differences(trace) if found.decided_by != "closed"]


@check("LEAVE-1", "far-behind", judge=_still_there, needs=("FRAME-7", "RELAY-1", "ROBUST-5"), storm=True, alone=True)
def leave_of_the_slow(plan: Plan) -> Iterator[Script]:
    """A member that does not read is thrown out when too much waits for it, or else goes by a reset: its leave is announced
    once."""
    yield _throws_out(plan.pick(30, 40, 70))


def _beside(trace: Trace) -> list[Difference]:
    """What the others lose: the slow one may be thrown out."""
    return [found for found in differences(trace) if found.who != "evil"]


@check(
    "RELAY-1",
    "far-behind",
    late=True,
    twin=ordinary,
    judge=_beside,
    needs=("FRAME-7", "ROBUST-3", "ROBUST-5"),
    storm=True,
)
def words_beside_the_slow(plan: Plan) -> Iterator[Script]:
    """While a member that does not read falls behind and is thrown out, all the others hear every word once."""
    yield _throws_out(plan.pick(14, 20, 70))


@check(
    "RELAY-1",
    "speaks-while-behind",
    scope=("RELAY-1", "FRAME-1"),  # what waits may begin inside a frame
    twin=all_read,
    last=True,  # whatever else is said would make the server write
    alone=True,
    needs=("FRAME-7", "RELAY-6", "RELAY-8", "ROBUST-3"),
    storm=True,
)
def speaks_while_behind(plan: Plan) -> Iterator[Script]:
    """A member that does not read for a moment, for which much waits, and that says something itself meanwhile: it then gets
    everything, though nothing more is said."""
    for size in (36, 12)[: plan.pick(1, 2, 2)]:  # more than a system takes off a server's hands, and less than 4 MiB
        pile = [Mute("evil"), *_pile("ann", size * PORTION, "pile ")]
        own = [*burst("evil", plain("own")), Hears("bob", plain("own"))]
        yield script(cast("ann", "bob", "evil"), pile, own, Unmute("evil"), Settle())


@check(
    "NICK-6",
    "after-far-behind",
    scope=TAKEN,
    judge=refused,
    twin=ordinary,
    late=True,
    needs=("LEAVE-1", "FRAME-7", "ROBUST-5"),
    storm=True,
)
def free_of_the_slow(plan: Plan) -> Iterator[Script]:
    """The nick of a member that did not read, and was thrown out or went by a reset, can be taken again."""
    pile = [Mute("evil"), Fence(), *_large("far", plan.pick(10, 20, 70)), Rst("evil"), Settle()]
    back = [*enter("back", nick("evil")), *sentinel("back", name=nick("evil"))]
    yield script(cast("ann", "bob", "evil"), pile, back)


@check(
    "NICK-6",
    "beside-one-far-behind",
    scope=TAKEN,
    judge=refused,
    twin=all_read,
    late=True,
    needs=("LEAVE-1", "FRAME-7"),
    storm=True,
)
def free_beside_the_slow(plan: Plan) -> Iterator[Script]:
    """While a member does not read, and megabytes wait for it, the nick of another that has left can be taken again."""
    pile = [Mute("evil"), *_pile("ann", 36 * PORTION, "pile ")]
    again = [Fin("carl"), Settle(), *enter("back", nick("carl")), *sentinel("back", name=nick("carl"))]
    yield script(cast("ann", "bob", "evil", "carl"), pile, again)


def _short(label: str, number: int) -> str:
    return f"{label} {number} {TAG}"


def _large(label: str, count: int) -> list[Step]:
    """So many messages of a megabyte, a short one behind each, taken before the next."""
    turns = [(f"{_short(label, number)} {FILLER}", _short(label, number)) for number in range(count)]
    return [step for texts in turns for step in (*burst("ann", *texts), Settle())]
