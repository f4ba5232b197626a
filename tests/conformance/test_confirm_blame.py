"""What is the fault of plain octets, what stands in the way, and what is told and remembered."""

import re
from collections.abc import Callable

import pytest

from conformance.check import Check, plainly
from conformance.confirm import Finding, Memo, blocked, failure, result, suspected, twin_fails
from conformance.differences import differences
from conformance.script import Script, Send, cast, script, sentinel
from conformance.trace import Trace
from conformance.verdict import FAIL, NOT_RUN, PASS, WARN
from tests.conformance.confirming import ODD, SMALL, confirming
from tests.conformance.engines import TALK, checking
from tests.conformance.stages import Bench, echoing, faithful, judging, late, losing, seen, stuck

# The twin.


def twin(bench: Bench, check: Check, of: Script, plays: int = 2) -> str | None:
    """What is said of the twin."""
    return twin_fails(bench.session, check, of, plays)


@pytest.mark.parametrize("twins", [None, lambda script: None, lambda script: script])
def test_without_a_twin_nothing_is_played(
    monkeypatch: pytest.MonkeyPatch, twins: Callable[[Script], Script | None] | None
) -> None:
    """Nor with one that is the script itself."""
    bench = Bench(monkeypatch, losing)
    assert twin(bench, checking(ODD, requirement="FRAME-3", twin=twins), ODD) is None
    assert bench.played == []


def test_the_twin_of_a_server_that_is_gone_is_not_played(monkeypatch: pytest.MonkeyPatch) -> None:
    """It would say nothing."""
    bench = Bench(monkeypatch, losing)
    bench.session.gone = "the server ended"
    assert twin(bench, checking(ODD, requirement="FRAME-3", twin=plainly), ODD) is None
    assert bench.played == []


def test_a_twin_that_passes_is_played_as_often_as_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    """With whole waits."""
    bench = Bench(monkeypatch)
    assert twin(bench, checking(ODD, requirement="FRAME-3", twin=plainly), ODD, plays=7) is None
    assert bench.played == [(plainly(ODD), 5.0)] * 7
    assert bench.session.suspicions.found == {}


def test_a_twin_that_fails_is_to_blame_and_suspected(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever is needed for a delivery; the canary is called back."""
    bench = Bench(monkeypatch, faithful, losing)
    because = twin(bench, checking(ODD, requirement="FRAME-3", twin=plainly), ODD)

    assert str(because).startswith("RELAY-1 fails without it: ")
    assert len(bench.played) == 2
    assert bench.canary.waits == [5.0]
    [one] = bench.session.suspicions.found.values()
    assert (one.check, one.script, one.is_certain) == ("FRAME-3/test", plainly(ODD), False)
    assert one.difference.requirement == "RELAY-1"


def test_the_twin_fails_by_the_scope_or_by_delivery(monkeypatch: pytest.MonkeyPatch) -> None:
    """Another id is no matter of the check's."""
    for scope, blamed in ((["FRAME-3"], False), (["RELAY-2"], True)):
        bench = Bench(monkeypatch, echoing)
        check = checking(ODD, requirement="FRAME-3", twin=plainly, scope=frozenset(scope))
        assert str(twin(bench, check, ODD)).startswith("RELAY-2 fails") is blamed


def test_what_fails_with_and_without_the_unusual_is_the_checks_own(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is broken all the same."""
    bench = Bench(monkeypatch, losing)
    assert twin(bench, checking(ODD, twin=plainly), ODD) is None
    assert len(bench.played) == 1


def test_a_twin_that_is_not_finished_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing was wrong so far."""
    bench = Bench(monkeypatch, stuck)
    because = twin(bench, checking(ODD, requirement="FRAME-3", twin=plainly), ODD)
    assert because == "the same conversation in plain octets was not finished in time"


def test_the_twin_is_played_twice_before_anything_else(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a failure that may be its own."""
    check = checking(ODD, requirement="FRAME-3", twin=plainly, scope=frozenset(["RELAY-1"]))
    blamed, on = confirming(monkeypatch, check, ODD, losing, faithful, losing)
    assert blamed.verdict is NOT_RUN
    assert on.scripts == [plainly(ODD)] * 2

    own, on = confirming(monkeypatch, check, SMALL, late, faithful, faithful, late)
    assert own.verdict is FAIL
    assert on.scripts == [plainly(SMALL)] * 2 + [SMALL]


def test_what_was_played_is_known(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing else is."""
    memo = Memo(checking(SMALL), Bench(monkeypatch).session)
    assert not memo.knows(SMALL)

    memo.wrong(SMALL)
    assert memo.knows(SMALL)
    assert not memo.knows(TALK)


# What is no pass either.


def test_a_complete_trace_is_not_blocked() -> None:
    """Whatever else is wrong in it."""
    assert blocked(checking(TALK), echoing(TALK)) is None
    assert blocked(checking(TALK), faithful(TALK)) is None


def test_a_wait_in_vain_is_in_the_way() -> None:
    """Under the id that explains it; if that is the check's own, nothing explains it."""
    other = blocked(checking(TALK, requirement="RELAY-2"), late(TALK))
    assert re.fullmatch(r"RELAY-1 is in the way: expected .+, seen nothing.*", str(other))
    assert blocked(checking(TALK), late(TALK)) == "a wait ran out, though nothing was owed"
    assert blocked(checking(TALK), stuck(TALK)) == "a wait ran out, though nothing was owed"


def test_what_could_not_be_read_is_in_the_way() -> None:
    """Of the check's own id too; of one to whom nothing is owed it is not."""
    trace = faithful(TALK)
    trace.garbage["bob"] = b"no header here"
    assert str(blocked(checking(TALK, requirement="FRAME-1"), trace)).startswith("FRAME-1 is in the way: ")
    assert str(blocked(checking(TALK), trace)).startswith("FRAME-1 is in the way: ")

    wild = faithful(script(cast("ann"), Send("ann", (b"17",))))
    wild.garbage["ann"] = b"no header here"
    assert blocked(checking(TALK), wild) is None


# Suspicions.


def test_a_well_formed_conversation_is_suspected(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of the first deviation that it shows."""

    def both(one: Script) -> Trace:
        trace = late(one)
        trace.frames["ann"] = echoing(one).frames["ann"]
        return trace

    bench = Bench(monkeypatch)
    suspected(bench.session, checking(TALK), Finding(TALK, both(TALK), []))
    [one] = bench.session.suspicions.found.values()
    assert (one.check, one.script, one.times) == ("RELAY-1/test", TALK, 1)
    assert one.difference.requirement == "RELAY-2"


def test_an_unusual_conversation_is_suspected_only_if_its_twin_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is in the way of the unusual says nothing; what its plain twin shows does."""
    check = checking(ODD, requirement="FRAME-3", twin=plainly)
    for server, suspects in ((faithful, []), (losing, [plainly(ODD)])):
        bench = Bench(monkeypatch, server)
        suspected(bench.session, check, Finding(ODD, late(ODD), []))
        assert [one.script for one in bench.session.suspicions.found.values()] == suspects
        assert bench.scripts == [plainly(ODD)]


def test_what_is_in_the_way_of_a_plain_conversation_is_asked_of_its_twin(monkeypatch: pytest.MonkeyPatch) -> None:
    """If there is one: the twin alone is suspected, as the check sent something unusual elsewhere."""
    bench = Bench(monkeypatch)
    suspected(bench.session, checking(TALK, requirement="FRAME-3", twin=lambda _: SMALL), Finding(TALK, late(TALK), []))
    assert bench.session.suspicions.found == {}


def test_what_is_in_the_way_of_the_unusual_is_looked_at_before_what_was_seen_beside_others(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It has come back; and of what was seen beside others the first alone is written down."""
    bench = Bench(monkeypatch)
    memo = Memo(checking(TALK, requirement="RELAY-3", judge=judging(seen("RELAY-1"), seen("RELAY-2"))), bench.session)
    memo.keep(TALK, faithful(TALK))
    assert list(bench.session.suspicions.unexplained) == ["RELAY-1"]
    suspected(bench.session, checking(ODD, requirement="FRAME-3", twin=plainly), Finding(ODD, late(ODD), []))
    assert [one.script for one in bench.session.suspicions.unexplained["RELAY-1"]] == [ODD, TALK]


def test_raw_octets_and_late_canaries_raise_no_suspicion(monkeypatch: pytest.MonkeyPatch) -> None:
    """A server may do much after the ones, and the machine was slow in the others."""
    bench = Bench(monkeypatch)
    rubbish = script(cast("ann", "bob", "carl"), Send("ann", (b"17",)), sentinel("bob"))
    suspected(bench.session, checking(rubbish), Finding(rubbish, late(rubbish), []))
    assert differences(late(rubbish)) != []
    slow = late(TALK)
    slow.canary_late = True
    suspected(bench.session, checking(TALK), Finding(TALK, slow, []))
    suspected(bench.session, checking(TALK), Finding(TALK, faithful(TALK), []))
    assert bench.session.suspicions.found == {}


# Outcomes.


@pytest.mark.parametrize(("clause", "verdict"), [("MUST", FAIL), ("MUST NOT", FAIL), ("SHOULD", WARN), ("MAY", WARN)])
def test_only_what_must_be_fails(clause: str, verdict: object) -> None:
    """The first deviation is shown, and the first time counts."""
    worst, other = seen("RELAY-1", "closed"), seen("RELAY-2")
    trace = faithful(TALK)
    found = failure(checking(TALK, clause=clause), Finding(TALK, trace, [worst, other]), 1, 3)
    assert (found.verdict, found.decided_by, found.repeats) == (verdict, "closed", (2, 4))
    assert found.failure is not None
    assert (found.failure.expected, found.failure.seen, found.failure.who) == ("this", "that", "bob")
    assert found.failure.trace is trace


def test_a_result_without_a_failure_was_never_repeated() -> None:
    """It names its check."""
    found = result(checking(TALK), PASS, decided="frame")
    assert (found.name, found.requirement, found.clause) == ("RELAY-1/test", "RELAY-1", "MUST")
    assert (found.repeats, found.because, found.failure) == ((0, 0), None, None)


def test_a_finding_rests_on_waits_if_one_ran_out() -> None:
    """However it was decided."""
    assert Finding(TALK, stuck(TALK), []).rests_on_waits
    assert not Finding(TALK, losing(TALK), []).rests_on_waits


# What is remembered.


def test_a_script_is_played_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """The canary is called back behind a failure alone."""
    bench = Bench(monkeypatch, echoing, faithful)
    memo = Memo(checking(TALK, requirement="RELAY-2"), bench.session)
    for _ in range(2):
        assert [one.requirement for one in memo.wrong(TALK, 0.5)] == ["RELAY-2"]
        assert memo.wrong(SMALL) == []
    assert bench.played == [(TALK, 0.5), (SMALL, 5.0)]
    assert len(bench.canary.waits) == 1


def test_what_is_remembered_of_a_script(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is wrong; or, with nothing wrong, what is in the way; or nothing."""
    bench = Bench(monkeypatch)
    memo = Memo(checking(TALK), bench.session)
    memo.keep(TALK, late(TALK))
    found = memo.finding(TALK)
    assert found is not None
    assert (len(found.wrong), found.in_the_way) == (1, None)

    memo.keep(TALK, stuck(TALK))
    found = memo.finding(TALK)
    assert found is not None
    assert (found.wrong, found.in_the_way) == ([], "a wait ran out, though nothing was owed")

    memo.keep(TALK, faithful(TALK))
    assert memo.finding(TALK) is None


def test_a_script_without_anything_unusual_shows_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a check that asks about the unusual."""
    bench = Bench(monkeypatch)
    odd = checking(ODD, requirement="FRAME-3", scope=frozenset(["RELAY-1"]), twin=lambda script: TALK)
    memo = Memo(odd, bench.session)
    assert memo.keep(TALK, losing(TALK)) == []
    assert memo.keep(ODD, losing(ODD)) != []
    assert Memo(checking(TALK), bench.session).keep(TALK, losing(TALK)) != []
