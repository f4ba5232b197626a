"""ROBUST: what the judges of delays, of patience and of what a process holds find, and what they let pass."""

import pytest

from conformance.check import CHECKS
from conformance.process import Usage
from conformance.script import (
    Fence,
    Fin,
    Measure,
    Mute,
    Open,
    Script,
    Send,
    Settle,
    Step,
    Unmute,
    burst,
    cast,
    enter,
)
from conformance.trace import Trace
from tests.conformance.conversations import Heard, chat, playing
from tests.conformance.helpers import Said, heard_by_all, trace_of
from tests.conformance.judging import Found, got, judged, trace

MEBIBYTE = 1_048_576
BEFORE = [step for number in range(5) for step in (*burst("ann", f"before {number}"), Settle())]
AFTER = [step for number in range(3) for step in (*burst("ann", f"after {number}"), Settle())]


def waits(script: Script, before: dict[int, float] | list[float], after: list[float], begun: type[Step]) -> Trace:
    """A trace in which the waits of the two members before and after a step took so many seconds; the joins a second."""
    place = next(number for number, step in enumerate(script.steps) if isinstance(step, begun) and step.who == "evil")  # type: ignore[union-attr]
    settles = [number for number, step in enumerate(script.steps) if isinstance(step, Settle)]
    found = trace_of(script, heard_by_all(script))
    early = [number for number in settles if number < place]
    found.waits = dict.fromkeys(early, 1.0) | dict(zip(early[-len(before) :] if before else [], before, strict=True))
    found.waits |= dict(zip([number for number in settles if number > place], after, strict=False))
    return found


STALLED = playing(cast("ann", "bob"), BEFORE, Open("evil"), Send("evil", (b"12",)), AFTER, enter("carl"))
QUICK = [0.01] * 5
SLOWED = [("ROBUST-2", "bob", "deadline")]


@pytest.mark.parametrize(
    ("after", "blamed"),
    [([0.01] * 3, False), ([1.19] * 3, False), ([1.21, 0.0, 0.0], True), ([0.0, 0.0, 1.21], True), ([5.0] * 3, True)],
)
def test_a_delay_by_a_stalled_frame(after: list[float], blamed: bool) -> None:
    """More than a second and twenty times what it took before (protocol.md, "Delays")."""
    assert judged("ROBUST-2/stalled-frame", waits(STALLED, QUICK, after, Open)) == (SLOWED if blamed else [])


def test_delays_that_are_no_stalled_frames() -> None:
    """Before it; where waiting is slow anyway; with nothing to compare; without a stalled frame."""
    exactly = waits(STALLED, [0.05] * 5, [2.0] * 3, Open)
    joins = waits(STALLED, QUICK, [0.0] * 3, Open)
    joins.waits |= {2: 100.0, 5: 100.0}  # two members join
    alone = trace(STALLED)
    alone.waits = {2: 0.01, 5: 0.01, len(STALLED.steps) - 1: 9.0}
    silent = playing(cast("ann", "bob"), BEFORE, Open("evil"), AFTER)

    assert judged("ROBUST-2/stalled-frame", exactly) == []
    assert judged("ROBUST-2/stalled-frame", waits(STALLED, [0.01, 0.01, 0.01, 9.0, 9.0], [0.0] * 3, Open)) == []
    assert judged("ROBUST-2/stalled-frame", joins) == []
    assert judged("ROBUST-2/stalled-frame", alone) == []
    assert judged("ROBUST-2/stalled-frame", waits(silent, QUICK, [9.0] * 3, Open)) == []


@pytest.mark.parametrize(
    ("whole", "stalled", "blamed"), [(0.1, 1.39, False), (0.1, 1.41, True), (1.0, 3.1, False), (5.0, 5.0, False)]
)
def test_the_suites_own_two_are_others_too(whole: float, stalled: float, blamed: bool) -> None:
    """What a fence waits for behind the stall, beside what one took behind as much that was whole."""
    part = Send("evil", (b"12",))
    fenced = playing(cast("ann", "bob"), BEFORE, Open("evil"), part, Fence(), part, Fence(), AFTER, enter("carl"))
    found = waits(fenced, QUICK, [0.0] * 3, Open)
    found.round_trip = 0.01
    first, second = (number for number, step in enumerate(fenced.steps) if isinstance(step, Fence))
    found.waits |= {first: whole, second: stalled}
    slowed = [("ROBUST-2", "canary", "deadline")]
    assert judged("ROBUST-2/stalled-in-a-large-body", found) == (slowed if blamed else [])
    del found.waits[second]
    assert judged("ROBUST-2/stalled-in-a-large-body", found) == []


def test_waits_of_another_kind_are_no_canaries() -> None:
    """Only those for frames count, and those for a member that has joined meanwhile."""
    found = waits(STALLED, QUICK, [0.0] * 3, Open)
    fences = [number for number, step in enumerate(STALLED.steps) if not isinstance(step, Settle)]
    found.waits |= dict.fromkeys(fences, 9.0)

    assert judged("ROBUST-2/stalled-frame", found) == []


def test_the_join_of_the_one_who_stalls() -> None:
    """May take its time: what stalls comes behind it."""
    inside = playing(cast("ann", "bob"), BEFORE, enter("evil"), Send("evil", (b"12",)), AFTER)
    found = waits(inside, QUICK, [9.0, 0.0, 0.0, 0.0], Open)

    assert judged("ROBUST-2/stalled-frame", found) == SLOWED
    assert judged("ROBUST-2/stalled-frame", waits(inside, QUICK, [0.0] * 4, Open)) == []


def test_a_wait_in_vain_is_shown_as_one() -> None:
    """The sentence says whether it ever came back."""
    found = waits(STALLED, QUICK, [5.0] * 3, Open)
    [late] = CHECKS["ROBUST-2/stalled-frame"].judge(found)
    found.expired = STALLED.steps[next(number for number, wait in found.waits.items() if wait == 5.0)]
    [never] = CHECKS["ROBUST-2/stalled-frame"].judge(found)

    assert (late.seen, never.seen) == ("5.0 s", "nothing within 5.0 s")


MUTED = playing(cast("ann", "bob", "evil"), BEFORE, Mute("evil"), AFTER, Unmute("evil"), burst("ann", "x"), Settle())
SLOW = [("ROBUST-3", "bob", "deadline")]
CHECKS_OF_READERS = ["ROBUST-3/behind-but-within", "ROBUST-3/far-behind"]


@pytest.mark.parametrize("check", CHECKS_OF_READERS)
@pytest.mark.parametrize(
    ("before", "after", "found"),
    [
        (QUICK, [1.19] * 3, []),
        (QUICK, [1.21, 0.0, 0.0], SLOW),
        (QUICK, [0.0, 0.0, 1.21], SLOW),
        (QUICK, [0.0, 0.0, 0.0, 9.0], []),  # the slow reader reads again
        ([0.05] * 5, [2.0] * 3, []),
        ([0.05] * 5, [2.05] * 3, SLOW),
        ([0.01, 0.01, 0.01, 9.0, 9.0], [1.21] * 3, SLOW),
    ],
)
def test_a_delay_by_a_slow_reader(check: str, before: list[float], after: list[float], found: Found) -> None:
    """The same, while one member does not read."""
    assert judged(check, waits(MUTED, before, after, Mute)) == found


@pytest.mark.parametrize(("round_trip", "blamed"), [(0.0, True), (0.02, True), (0.5, False)])
def test_a_server_that_pauses_now_and_then(round_trip: float, blamed: bool) -> None:
    """What a message took in the whole run counts, where it took less just before."""
    slow, stalled = waits(MUTED, QUICK, [1.5] * 3, Mute), waits(STALLED, QUICK, [1.5] * 3, Open)
    slow.round_trip = stalled.round_trip = round_trip

    assert judged("ROBUST-3/far-behind", slow) == (SLOW if blamed else [])
    assert judged("ROBUST-2/stalled-frame", stalled) == (SLOWED if blamed else [])


VISITED = playing(
    cast("ann", "bob", "evil", "early", "guest"),
    BEFORE,
    [Fin("early"), Settle()],
    Mute("evil"),
    AFTER,
    [Fin("guest"), Settle()],
    Unmute("evil"),
)


@pytest.mark.parametrize(
    ("early", "late", "blamed"),
    [
        (0.01, 1.2, False),
        (0.01, 1.25, True),
        (1.5, 1.5, False),
        (1.5, 2.7, False),
        (1.5, 2.75, True),
        (None, 4.9, False),
    ],
)
def test_a_leave_that_is_announced_late(early: float | None, late: float, blamed: bool) -> None:
    """As late as while all read: that is the server's way, and no slow reader's doing."""
    first, second = (place + 1 for place, step in enumerate(VISITED.steps) if isinstance(step, Fin))
    found = trace_of(VISITED, heard_by_all(VISITED))
    found.waits = {place: 0.01 for place, step in enumerate(VISITED.steps) if isinstance(step, Settle)}
    found.waits |= {first: early or 0.0, second: late}
    if early is None:
        del found.waits[first]

    assert judged("ROBUST-3/behind-but-within", found) == (SLOW if blamed else [])


@pytest.mark.parametrize("check", CHECKS_OF_READERS)
def test_delays_that_are_no_slow_readers(check: str) -> None:
    """The joins are not compared with, and other waits neither; without a slow reader there is nothing to find."""
    joins = waits(MUTED, QUICK, [0.0] * 3, Mute)
    joins.waits |= {2: 100.0, 5: 100.0, 8: 100.0} | {9: 50.0, 11: 50.0, 13: 50.0}
    fences = waits(MUTED, QUICK, [0.0] * 3, Mute)
    place = MUTED.steps.index(Mute("evil"))
    fences.waits |= {place: 9.0, place + 1: 9.0}
    few = trace_of(MUTED, heard_by_all(MUTED))
    few.waits = {2: 0.01, 5: 0.01, 8: 0.01, place + 2: 9.0}
    awake = playing(cast("ann", "bob", "evil"), BEFORE, AFTER)
    slow = trace_of(awake, heard_by_all(awake))
    slow.waits = {number: 0.01 * number**2 for number, step in enumerate(awake.steps) if isinstance(step, Settle)}

    assert [judged(check, one) for one in (joins, fences, few, slow)] == [[]] * 4


@pytest.mark.parametrize("check", CHECKS_OF_READERS)
def test_waits_that_did_not_come(check: str) -> None:
    """Behind one that ran out nothing was played; what it shows is shown by it."""
    found = waits(MUTED, QUICK, [0.0], Mute)

    assert judged(check, found) == []


def reading(*last: Said | bytes, **changed: list[Said]) -> Found:
    """What is found if the slow one receives this behind the joins, and others something else."""
    heard: Heard = {party: list(frames) for party, frames in heard_by_all(MUTED).items()}
    heard["evil"] = [*heard["evil"][:1], *last]
    heard.update({who: list(said) for who, said in changed.items()})
    return judged("ROBUST-3/behind-but-within", trace_of(MUTED, heard))


SAID = [chat(text) for text in (*(f"before {n}" for n in range(5)), *(f"after {n}" for n in range(3)), "x")]


@pytest.mark.parametrize(
    ("last", "blamed"),
    [
        (SAID, False),
        (SAID[:4] + SAID[5:], True),
        ([*SAID[:4], chat("befor"), *SAID[5:]], True),
        ([SAID[1], SAID[0], *SAID[2:]], True),
        ([*SAID, b"abcdefghijkl"], True),
        ([*SAID, b"+12       " + b"a" * 12], True),
        ([*SAID, b"3         ann"], False),  # what else is wrong is judged elsewhere
    ],
)
def test_what_a_slow_reader_gets_in_the_end(last: list[Said | bytes], blamed: bool) -> None:
    """Everything, whole and in order."""
    found = reading(*last)

    assert {(requirement, who) for requirement, who, _ in found} == ({("ROBUST-3", "evil")} if blamed else set())
    assert len(found) == blamed


def test_what_others_miss_beside_a_slow_reader() -> None:
    """Is RELAY-1's business."""
    assert reading(*SAID, bob=heard_by_all(MUTED)["bob"][:-1]) == []


@pytest.mark.parametrize(
    ("received", "blamed"),
    [
        (SAID, False),
        (SAID[:4], False),  # thrown out: what arrived is the beginning
        ([], False),
        (SAID[1:], True),
        (SAID[:2] + SAID[3:], True),
        ([*SAID[:2], chat("dora's", "dora")], False),
    ],
)
def test_a_gap_in_what_a_slow_reader_gets(received: list[Said], blamed: bool) -> None:
    """Frames are never skipped."""
    found = trace(MUTED, evil=[got(*said) for said in received])

    assert judged("ROBUST-3/far-behind", found) == ([("ROBUST-3", "evil", "frame")] if blamed else [])


def test_a_slow_reader_that_never_came() -> None:
    """Nothing was said, or nobody was there to read it."""
    quiet = playing(cast("ann", "evil"), Mute("evil"))

    assert judged("ROBUST-3/far-behind", trace(quiet, evil=[got(*chat("a"))])) == []
    assert judged("ROBUST-3/far-behind", trace(playing(cast("ann")))) == []


@pytest.mark.parametrize(
    ("before", "held", "blamed"),
    [
        (1, (100, 186), False),
        (1, (100, 187), True),
        (1, (100, 187, 100), True),
        (1, (100, None, 187), True),
        (1, (100,), False),
        (1, (None, 187), False),
        (2, (150, 100, 236), False),  # what it grew by while all read is held for nobody
        (2, (100, 150, 236), False),
        (2, (100, 150, 237), True),
        (2, (100, 500), False),
        (0, (100, 500), False),
    ],
)
def test_memory_held_for_a_slow_reader(before: int, held: tuple[int | None, ...], blamed: bool) -> None:
    """64 MiB, and a tenth of that and 16 MiB as always; sizes in MiB."""
    found = trace(playing(cast("ann", "bob", "evil"), [Measure()] * before, Mute("evil"), Measure(), Unmute("evil")))
    found.usage = [Usage(5, None, size * MEBIBYTE if size is not None else None) for size in held]

    assert judged("ROBUST-3/far-behind", found) == ([("ROBUST-3", "evil", "process")] if blamed else [])


def test_memory_is_not_judged_of_one_that_reads() -> None:
    """Whatever was measured."""
    found = trace(playing(cast("ann", "evil"), Measure(), Measure()))
    found.usage = [Usage(5, None, size * MEBIBYTE) for size in (100, 500)]

    assert judged("ROBUST-3/far-behind", found) == []


def test_what_a_heap_grew_by_once_is_not_held_for_anybody() -> None:
    """What a process holds has to come back in every replay, as what comes late does; a collector runs when it likes."""
    patient = {name for name, check in CHECKS.items() if check.every_time}
    assert patient == {"ROBUST-3/far-behind", "ROBUST-6/coming-and-going", "ROBUST-6/five-hundred-connections"}
