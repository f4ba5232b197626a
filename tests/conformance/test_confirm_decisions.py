"""Of a failure, decision by decision: whose it is, and how often it came back."""

from dataclasses import replace
from typing import Any

import pytest

from conformance import confirm
from conformance.check import plainly
from conformance.differences import differences
from conformance.trace import Difference, Trace
from conformance.verdict import FAIL, INCONCLUSIVE, NOT_RUN, PASS, Verdict
from tests.conformance.confirming import ODD, SMALL, confirming
from tests.conformance.engines import TALK, checking
from tests.conformance.stages import Bench, Turn, echoing, faithful, judging, late, losing, seen, unreadable


@pytest.fixture
def unshrunk(monkeypatch: pytest.MonkeyPatch) -> None:
    """No time for smaller scripts."""
    monkeypatch.setattr(confirm, "SHRINK_SECONDS", 0.0)


# Known causes.


def test_a_requirement_that_failed_before_is_the_likelier_cause(monkeypatch: pytest.MonkeyPatch) -> None:
    """If it is among what is wrong here; its own failure before makes no difference."""
    check = checking(SMALL, requirement="FRAME-3", scope=frozenset(["RELAY-1", "RELAY-2"]))

    known, on = confirming(monkeypatch, check, SMALL, echoing, failed=("RELAY-2",))
    assert (known.verdict, known.because, on.played, known.repeats) == (NOT_RUN, "RELAY-2 failed", [], (0, 0))
    for failed in ((), ("RELAY-1",), ("FRAME-3",)):
        assert confirming(monkeypatch, check, SMALL, echoing, failed=failed)[0].verdict is FAIL


@pytest.mark.parametrize(
    ("requirement", "decided", "failed", "is_blamed"),
    [
        ("ROBUST-3", ["process"], "ROBUST-6", False),
        ("ROBUST-3", ["process"], "ROBUST-5", True),
        ("ROBUST-3", ["process", "frame"], "ROBUST-6", True),
        ("ROBUST-6", ["process"], "ROBUST-6", True),
    ],
)
def test_what_a_process_holds_tells_nothing_more_of_one_that_forgets(
    monkeypatch: pytest.MonkeyPatch, requirement: str, decided: list[str], failed: str, is_blamed: bool
) -> None:
    """Its memory grows with every connection, whatever else is done."""
    wrong = [seen(requirement, how) for how in decided]
    check = checking(SMALL, requirement=requirement, judge=judging(*wrong))
    found, _ = confirming(monkeypatch, check, SMALL, faithful, failed=(failed,))

    assert found.verdict is (FAIL if is_blamed else NOT_RUN)
    assert (found.because == "ROBUST-6 failed, and the process grows for that") is not is_blamed


@pytest.mark.parametrize(
    ("requirement", "octets"),
    [
        ("FRAME-1", b"no header here"),
        ("FRAME-2", b"+5        "),
        ("BODY-1", b"1         \0"),
        ("BODY-2", b"9         \0Server\0\xff"),
    ],
)
def test_what_could_not_be_read_is_a_cause_though_out_of_scope(
    monkeypatch: pytest.MonkeyPatch, requirement: str, octets: bytes
) -> None:
    """Frames that cannot be told apart or cut hide all the rest."""
    turn = unreadable(octets)
    check = checking(SMALL, judge=judging(seen("RELAY-1")))
    assert confirming(monkeypatch, check, SMALL, turn, failed=(requirement,))[0].because == f"{requirement} failed"
    assert confirming(monkeypatch, check, SMALL, turn)[0].verdict is FAIL


def test_what_cannot_be_read_is_one_mistake(monkeypatch: pytest.MonkeyPatch) -> None:
    """A header that is wrong in one way here may have been wrong in another there; but the check of a header says which."""
    turn = unreadable(b"+5        ")
    check = checking(SMALL, judge=judging(seen("RELAY-1")))
    assert confirming(monkeypatch, check, SMALL, turn, failed=("FRAME-1",))[0].because == "FRAME-1 failed"
    assert confirming(monkeypatch, check, SMALL, faithful, failed=("FRAME-1",))[0].verdict is FAIL
    of_headers = checking(SMALL, requirement="FRAME-2", scope=frozenset(["FRAME-2"]))
    assert confirming(monkeypatch, of_headers, SMALL, turn, failed=("FRAME-1",))[0].verdict is FAIL


def test_other_causes_out_of_scope_are_none(monkeypatch: pytest.MonkeyPatch) -> None:
    """An echo beside it explains nothing."""
    check = checking(SMALL, judge=judging(seen("RELAY-1")))
    assert confirming(monkeypatch, check, SMALL, echoing, failed=("RELAY-2",))[0].verdict is FAIL


def test_where_the_order_fails_a_sentinel_proves_nothing(monkeypatch: pytest.MonkeyPatch, unshrunk: None) -> None:
    """Unless something else proves it too."""
    by_sentinel = checking(TALK)
    by_both = checking(TALK, judge=judging(seen("RELAY-1", "sentinel"), seen("RELAY-1", "frame")))

    assert confirming(monkeypatch, by_sentinel, TALK, losing)[0].verdict is FAIL
    doubtful = confirming(monkeypatch, by_sentinel, TALK, losing, failed=("RELAY-6",))[0]
    assert (doubtful.verdict, doubtful.because) == (NOT_RUN, "RELAY-6 failed, and the proof rests on it")
    assert confirming(monkeypatch, by_both, TALK, losing, failed=("RELAY-6",))[0].verdict is FAIL


# How often it comes back.


def test_three_replays_of_what_is_proven_and_one_of_a_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each with a short wait."""
    check = checking(SMALL, requirement="RELAY-2")
    by_frame, on = confirming(monkeypatch, check, SMALL, echoing)
    assert (by_frame.verdict, by_frame.repeats, by_frame.decided_by) == (FAIL, (4, 4), "frame")
    assert on.played == [(SMALL, 2.0)] * 3

    by_wait, on = confirming(monkeypatch, checking(SMALL), SMALL, late)
    assert (by_wait.verdict, by_wait.repeats, by_wait.decided_by) == (FAIL, (2, 2), "deadline")
    assert on.played == [(SMALL, 2.0)]


def test_it_rests_on_waits_if_nothing_else_proves_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """One frame is enough."""
    both = checking(SMALL, judge=judging(seen("RELAY-1", "deadline"), seen("RELAY-1", "frame")))
    assert confirming(monkeypatch, both, SMALL, late)[0].repeats == (2, 2)


def test_a_replay_that_fails_and_waits_in_vain_is_the_last(monkeypatch: pytest.MonkeyPatch) -> None:
    """It cost a wait, though a frame proves it. One that fails without a wait is no last one, nor is any of what has to come
    back every time."""
    both = checking(SMALL, judge=judging(seen("RELAY-1", "deadline"), seen("RELAY-1", "frame")))
    found, on = confirming(monkeypatch, both, SMALL, late, faithful, late, late)
    assert (found.repeats, on.played) == ((3, 3), [(SMALL, 2.0)] * 2)
    each = checking(SMALL, judge=judging(seen("RELAY-1", "deadline"), seen("RELAY-1", "frame")), every_time=True)
    assert confirming(monkeypatch, each, SMALL, late)[0].repeats == (4, 4)
    passing = checking(SMALL, requirement="RELAY-2")  # what `late` leaves out is no concern of it
    assert confirming(monkeypatch, passing, SMALL, echoing, late, echoing, late)[0].repeats == (2, 4)


def test_replays_that_pass_are_counted_too(monkeypatch: pytest.MonkeyPatch) -> None:
    """Seen is seen."""
    check = checking(SMALL, requirement="RELAY-2")
    found, on = confirming(monkeypatch, check, SMALL, echoing, faithful, faithful, faithful)
    assert (found.verdict, found.repeats, len(on.played)) == (FAIL, (1, 4), 3)


@pytest.mark.parametrize(
    ("decided", "every_time", "turns", "verdict"),
    [
        ("process", True, [echoing, echoing, echoing], FAIL),
        ("process", True, [echoing, echoing, faithful], PASS),
        ("process", True, [faithful, faithful, faithful], PASS),
        ("process", False, [faithful, echoing, faithful], FAIL),
        ("frame", True, [faithful, echoing, faithful], FAIL),
    ],
)
def test_what_a_process_holds_has_to_come_back_every_time(
    monkeypatch: pytest.MonkeyPatch,
    unshrunk: None,
    decided: Any,
    *,
    every_time: bool,
    turns: list[Turn],
    verdict: Verdict,
) -> None:
    """If its check says so: a heap that grows once is no leak. What a frame shows need not come back."""

    def judge(trace: Trace) -> list[Difference]:
        return [replace(found, decided_by=decided) for found in differences(trace)]

    check = checking(SMALL, requirement="RELAY-2", judge=judge, every_time=every_time)
    found, _ = confirming(monkeypatch, check, SMALL, echoing, *turns)
    assert (found.verdict, found.decided_by) == (verdict, decided)


def test_a_wait_beside_a_late_canary_is_not_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    """And if no other came back, nothing is known; the canary is asked of waits alone."""
    bench = Bench(monkeypatch)
    bench.canary.in_time = [False]
    found, on = confirming(monkeypatch, checking(SMALL), SMALL, late, bench=bench)
    assert (found.verdict, found.decided_by, len(on.played)) == (INCONCLUSIVE, "deadline", 2)  # two came to see
    assert found.because == "late once and never again, or the canary was late too"
    assert len(bench.canary.trips) == 1

    bench = Bench(monkeypatch)
    bench.canary.in_time = [False]
    by_frame, _ = confirming(monkeypatch, checking(SMALL, requirement="RELAY-2"), SMALL, echoing, bench=bench)
    assert by_frame.repeats == (4, 4)
    assert bench.canary.trips == []


def test_a_replay_that_passes_counts_whatever_the_canary_does(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing was waited for in vain."""
    bench = Bench(monkeypatch)
    bench.canary.in_time = [False]
    check = checking(SMALL, requirement="RELAY-2")
    assert confirming(monkeypatch, check, SMALL, echoing, faithful, bench=bench)[0].repeats == (1, 4)
    assert bench.canary.trips == []


def test_a_failure_that_killed_the_server_is_not_played_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nor made smaller: the evidence is what it is."""
    bench = Bench(monkeypatch)
    bench.canary.begins = [False]
    found, on = confirming(monkeypatch, checking(TALK), TALK, late, bench=bench)
    assert (found.verdict, found.repeats, on.played) == (FAIL, (1, 1), [])


def test_a_server_that_dies_of_a_replay_ends_them(monkeypatch: pytest.MonkeyPatch) -> None:
    """It counts."""
    bench = Bench(monkeypatch)
    bench.canary.begins = [True, False]
    check = checking(SMALL, requirement="RELAY-2")
    found, on = confirming(monkeypatch, check, SMALL, echoing, bench=bench)
    assert (found.repeats, len(on.played)) == ((2, 2), 1)


def test_after_a_restart_nothing_is_made_smaller(monkeypatch: pytest.MonkeyPatch) -> None:
    """But what kills the server is played again, if it can be started again."""
    bench = Bench(monkeypatch)
    bench.startable()
    bench.canary.begins = [False, False, True]
    check = checking(TALK, requirement="RELAY-2")
    found, on = confirming(monkeypatch, check, TALK, echoing, bench=bench)
    assert found.repeats == (4, 4)
    assert on.scripts[-3:] == [on.scripts[-1]] * 3


# What never came back.


def test_what_did_not_come_back_is_laid_at_the_twin_if_that_fails_in_twentyfive(
    monkeypatch: pytest.MonkeyPatch, unshrunk: None
) -> None:
    """A server that loses one message in fifty is found out."""
    check = checking(ODD, requirement="FRAME-3", twin=plainly, scope=frozenset(["RELAY-1"]))
    turns: list[Turn] = [losing, *[faithful] * (2 + 3 + 24), losing]
    blamed, on = confirming(monkeypatch, check, ODD, *turns)
    assert str(blamed.because).startswith("RELAY-1 fails without it")
    assert len(on.played) == 2 + 3 + 25

    own, on = confirming(monkeypatch, check, ODD, losing, faithful)
    assert (own.verdict, own.repeats, len(on.played)) == (FAIL, (1, 4), 2 + 3 + 25)


def test_what_came_back_once_asks_no_twin_again(monkeypatch: pytest.MonkeyPatch, unshrunk: None) -> None:
    """It is the check's own."""
    check = checking(ODD, requirement="FRAME-3", twin=plainly, scope=frozenset(["RELAY-1"]))
    own, on = confirming(monkeypatch, check, ODD, losing, faithful, faithful, losing, faithful)
    assert (own.verdict, own.repeats, len(on.played)) == (FAIL, (2, 4), 5)


def test_what_names_nobody_has_to_come_back(monkeypatch: pytest.MonkeyPatch, unshrunk: None) -> None:
    """Once in 25 more, if not in three: it may have been of another conversation; unless something else was wrong, too."""

    def anonymous(trace: Trace) -> list[Difference]:
        return [replace(found, is_anonymous=True) for found in differences(trace)]

    check = checking(SMALL, requirement="RELAY-2", judge=anonymous)
    lost, on = confirming(monkeypatch, check, SMALL, echoing, faithful)
    assert (lost.verdict, lost.decided_by, len(on.played)) == (INCONCLUSIVE, "frame", 3 + 25)
    assert lost.because == "heard once and never again, of nobody here: it may be of another conversation"

    turns: list[Turn] = [*[faithful] * (3 + 24), echoing, faithful]
    rare, on = confirming(monkeypatch, check, SMALL, echoing, *turns)
    assert (rare.verdict, rare.repeats, len(on.played)) == (FAIL, (2, 26), 3 + 25)
    often, _ = confirming(monkeypatch, check, SMALL, echoing, faithful, echoing, faithful)
    assert (often.verdict, often.repeats) == (FAIL, (2, 4))

    check = checking(SMALL, requirement="RELAY-2", judge=lambda trace: anonymous(trace) + differences(trace))
    named, _ = confirming(monkeypatch, check, SMALL, echoing, faithful)
    assert (named.verdict, named.repeats) == (FAIL, (1, 4))


def test_lateness_that_never_came_back_is_suspected(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is looked at again later."""
    found, on = confirming(monkeypatch, checking(SMALL), SMALL, late, faithful)
    assert (found.verdict, found.failure) == (INCONCLUSIVE, None)
    assert list(on.session.suspicions.found) == ["RELAY-1"]
