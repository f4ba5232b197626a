"""What becomes of what was seen in passing."""

import time
from collections.abc import Iterable

import pytest

from conformance.check import CHECKS, Check
from conformance.confirm import Finding, Memo, last_look, second_look, suspected
from conformance.passing import Suspicion
from conformance.script import Script, cast, plain, say, script, sentinel
from conformance.trace import Trace
from conformance.verdict import FAIL, INCONCLUSIVE, NOT_RUN, PASS, CheckResult
from tests.conformance.engines import TALK, checking
from tests.conformance.helpers import Said
from tests.conformance.stages import Bench, Turn, echoing, faithful, heard, judging, late, losing, seen, shut, stuck

ODD = script(cast("ann", "bob"), say("ann", plain(1), header="right"), sentinel("ann"))
SUSPECT_PLAYS, REPLAYS = 25, 3


def suspicion(requirement: str = "RELAY-1", times: int = 2) -> Suspicion:
    """Seen so often in playings of a check of header forms, by a frame that says `this` and `that`."""
    return Suspicion("FRAME-3/test", TALK, faithful(TALK), seen(requirement), times=times)


def looked(bench: Bench, one: Suspicion, *turns: Turn) -> CheckResult | None:
    """What a second look finds, if playings go like that."""
    bench.turns = list(turns) or [faithful]
    return second_look(bench.session, one)


@pytest.fixture
def bench(monkeypatch: pytest.MonkeyPatch) -> Bench:
    """A session without sockets."""
    return Bench(monkeypatch)


# Of one suspicion.


def test_what_was_seen_three_times_need_not_come_back(bench: Bench) -> None:
    """Nothing is played; it was seen so often, of all that was played."""
    bench.session.played = 40
    found = looked(bench, suspicion("RELAY-2", times=3))

    assert found is not None
    assert (found.name, found.requirement, found.clause) == ("RELAY-2/in-passing", "RELAY-2", "MUST NOT")
    assert (found.verdict, found.because, found.decided_by, found.repeats) == (FAIL, None, "frame", (3, 40))
    assert found.failure is not None
    assert (found.failure.expected, found.failure.seen, found.failure.who) == ("this", "that", "bob")
    assert bench.played == []


def test_what_is_certain_need_not_come_back(bench: Bench) -> None:
    """Once is enough."""
    one = suspicion(times=1)
    one.is_certain = True
    found = looked(bench, one)

    assert found is not None
    assert (found.repeats, found.clause, bench.played) == ((1, 0), "MUST", [])
    assert found.failure is not None
    assert found.failure.trace is one.trace


def test_what_was_seen_twice_has_to_come_back(bench: Bench) -> None:
    """In one of twenty-five playings, with short waits."""
    assert looked(bench, suspicion()) is None
    assert bench.played == [(TALK, 2.0)] * SUSPECT_PLAYS


def test_a_join_has_to_come_back_as_that_of_somebody_who_is_in(bench: Bench) -> None:
    """Of a server that lets nobody in any more, it is not the announcement that is missing."""

    def untold(said: dict[str, list[Said]]) -> None:
        said["ann"] = [one for one in said["ann"] if not one[1].startswith("[bob-")]

    assert looked(bench, suspicion("JOIN-2"), shut) is None
    found = looked(bench, suspicion("JOIN-2"), lambda script: heard(script, untold))
    assert found is not None
    assert (found.name, found.decided_by, found.repeats) == ("JOIN-2/in-passing", "deadline", (3, 3))


@pytest.mark.parametrize("made", [1, SUSPECT_PLAYS])
def test_the_first_that_comes_back_is_the_evidence(bench: Bench, made: int) -> None:
    """Nothing more is played."""
    found = looked(bench, suspicion(), *[faithful] * (made - 1), losing)

    assert found is not None
    assert (found.name, found.decided_by, found.repeats) == ("RELAY-1/in-passing", "sentinel", (3, 2 + made))
    assert len(bench.played) == made
    assert found.failure is not None
    assert found.failure.trace is not None
    assert found.failure.seen == "nothing"


def test_another_deviation_is_not_the_same(bench: Bench) -> None:
    """It is about the id that was seen."""
    assert looked(bench, suspicion("RELAY-2"), losing) is None
    assert looked(bench, suspicion("RELAY-1"), echoing) is None


def test_a_wait_beside_a_late_canary_proves_nothing(bench: Bench) -> None:
    """What a frame shows does, whatever the canary does."""
    bench.canary.in_time = [False]
    assert looked(bench, suspicion(), late) is None
    assert len(bench.canary.trips) == SUSPECT_PLAYS

    bench.canary.in_time = [False, True]
    found = looked(bench, suspicion(), late)
    assert found is not None
    assert (found.decided_by, found.repeats) == ("deadline", (3, 4))

    bench.canary.in_time = [False]
    assert looked(bench, suspicion("RELAY-2"), echoing) is not None


def test_of_a_server_that_is_gone_nothing_is_played(bench: Bench) -> None:
    """And one that goes meanwhile is not blamed for that, nor played with any more."""
    bench.session.gone = "the server ended"
    assert looked(bench, suspicion(), losing) is None
    assert bench.played == []

    bench.session.gone = None
    bench.canary.begins = [False]
    assert looked(bench, suspicion(), losing) is None
    assert bench.scripts == [TALK]


# At the very end: what no check has blamed.


def last_looked(bench: Bench, check: Check, *turns: Turn, requirement: str = "RELAY-1") -> CheckResult | None:
    """What a last look finds at what this check has seen, if playings go like that."""
    bench.turns = list(turns)
    return last_look(bench.session, suspicion(requirement), check)


def test_what_nobody_has_blamed_has_to_come_back_twice(bench: Bench) -> None:
    """In three playings, with short waits; no more than it takes is played."""
    check = checking(TALK, requirement="FRAME-3")
    for turns, repeats, plays in (
        ([losing], (3, 3), 2),
        ([losing, faithful, losing], (3, 4), 3),
        ([faithful, losing, losing], (3, 4), 3),
        ([losing, faithful, faithful], None, 3),
        ([faithful, faithful, losing], None, 3),
    ):
        bench.played.clear()
        found = last_looked(bench, check, *turns)
        assert (found.repeats if found is not None else None) == repeats
        assert bench.played == [(TALK, 2.0)] * plays
        assert found is None or (found.name, found.verdict) == ("RELAY-1/in-passing", FAIL)


def test_a_last_look_is_the_checks_own(bench: Bench) -> None:
    """What its judge finds, and where a wait was in vain, what stands in the way."""
    nothing = checking(TALK, requirement="FRAME-3", judge=judging())
    assert last_looked(bench, nothing, losing) is None
    assert last_looked(bench, nothing, late) is not None
    other = checking(TALK, requirement="FRAME-3", judge=judging(seen("RELAY-1")))
    assert last_looked(bench, other, faithful) is not None
    assert last_looked(bench, other, faithful, requirement="RELAY-2") is None
    assert last_looked(bench, checking(TALK), shut, requirement="JOIN-2") is None


def test_a_last_wait_beside_a_late_canary_proves_nothing(bench: Bench) -> None:
    """Nor does a server that is gone."""
    check = checking(TALK, requirement="FRAME-3")
    bench.canary.in_time = [False]
    assert last_looked(bench, check, late) is None
    assert last_looked(bench, check, losing) is not None

    bench.played.clear()
    bench.canary.begins = [False]
    assert last_looked(bench, check, losing) is None
    assert len(bench.played) == 1
    bench.session.gone = "the server ended"
    assert last_looked(bench, check, losing) is None
    assert len(bench.played) == 1


def test_what_a_check_cannot_blame_is_looked_at_last(bench: Bench) -> None:
    """Unless something has failed, or nobody has asked for it."""
    check = next(one for one in CHECKS.values() if one.name == "RELAY-2/no-echo")
    for failed, asked, names in (
        ({}, {"RELAY-1"}, ["RELAY-1/in-passing"]),
        ({}, {"RELAY-2"}, []),
        ({"RELAY-3": "RELAY-3/a"}, {"RELAY-1"}, []),
    ):
        engine = bench.engine(requirements=asked)
        engine.session.suspicions.unexplained = {
            "RELAY-1": [Suspicion(check.name, TALK, faithful(TALK), seen("RELAY-1"))]
        }
        engine.failed.update(failed)
        bench.turns = [losing]
        engine.second_look()
        assert [one.name for one in engine.extra] == names


@pytest.mark.parametrize(
    ("turn", "scope", "is_wondered_at"),
    [
        (echoing, {"RELAY-1"}, True),
        (echoing, {"RELAY-2"}, False),
        (echoing, {"RELAY-1", "RELAY-2"}, False),
        (late, {"RELAY-2"}, False),
        (faithful, {"RELAY-1"}, False),
    ],
)
def test_what_is_beside_the_scope_of_a_check(
    bench: Bench, turn: Turn, scope: set[str], *, is_wondered_at: bool
) -> None:
    """Is written down if it was played to its end, and nothing of its own is wrong."""
    bench.turns = [turn]
    check = checking(TALK, scope=frozenset(scope))
    Memo(check, bench.session).wrong(TALK)
    unexplained = bench.session.suspicions.unexplained
    wondered = {name: [(one.check, one.script) for one in several] for name, several in unexplained.items()}
    assert wondered == ({"RELAY-2": [(check.name, TALK)]} if is_wondered_at else {})


def test_what_is_in_the_way_of_a_conversation_whose_twin_is_right(bench: Bench) -> None:
    """Is written down too; not where the twin fails, nor beside a late canary."""
    plain_one = script(cast("ann", "bob"), sentinel("ann"))

    def in_the_way(twin: Turn, *, canary_late: bool = False) -> dict[str, list[Suspicion]]:
        bench.session.suspicions.unexplained = {}
        check = checking(TALK, requirement="RELAY-7", twin=lambda _: plain_one)
        of = late(TALK)
        of.canary_late = canary_late
        bench.turns = [twin]
        suspected(bench.session, check, Finding(TALK, of, [], "RELAY-1 is in the way"))
        return bench.session.suspicions.unexplained

    assert list(in_the_way(faithful)) == ["RELAY-1"]
    assert in_the_way(late) == {}
    assert in_the_way(faithful, canary_late=True) == {}


# Of a run: what stands in the way of check after check.


def stalls(number: int = 1, **options: object) -> Check:
    """A check of another id in whose conversation a message is late."""
    one = script(cast("ann", "bob"), say("ann", plain(number)), sentinel("ann"))
    return checking(one, requirement="RELAY-7", **options)


def test_what_stands_in_the_way_twice_is_looked_at(bench: Bench) -> None:
    """At once, and judged in passing: what needs it is not judged then."""
    engine = bench.engine()
    bench.turns = [late]

    assert engine.judge(stalls()).verdict is NOT_RUN
    assert (engine.extra, engine.failed) == ([], {})
    engine.judge(stalls(2))
    assert [(one.name, one.verdict) for one in engine.extra] == [("RELAY-1/in-passing", FAIL)]
    assert engine.failed == {"RELAY-1": "RELAY-1/in-passing"}

    assert engine.judge(checking(TALK, requirement="RELAY-3", needs=("RELAY-1",))).because == "RELAY-1 failed"
    engine.judge(stalls(3))
    assert len(engine.extra) == 1


def test_what_did_not_come_back_is_looked_at_when_it_is_seen_again(bench: Bench) -> None:
    """Not before."""
    engine = bench.engine()
    engine.session.suspicions.add(suspicion(times=2))
    engine.judge(checking(needs=()))
    assert len(bench.played) == SUSPECT_PLAYS
    engine.judge(checking(needs=()))
    assert len(bench.played) == SUSPECT_PLAYS

    engine.session.suspicions.found["RELAY-1"].times += 1
    engine.judge(checking(needs=()))
    assert [one.repeats for one in engine.extra] == [(3, SUSPECT_PLAYS)]


def test_it_is_looked_at_where_there_is_no_verdict_alone(bench: Bench) -> None:
    """A check that passes or fails needs no other reason; one that is inconclusive, or not run, does."""
    for turns, verdict, looks in (
        ([faithful], PASS, 0),
        ([echoing], FAIL, 0),
        ([stuck, faithful], NOT_RUN, SUSPECT_PLAYS),
        ([late, faithful, late, late, faithful], INCONCLUSIVE, SUSPECT_PLAYS),
    ):
        bench.canary.in_time = [True]
        engine = bench.engine()
        engine.session.hurried = False
        engine.session.suspicions.found = {"RELAY-3": suspicion("RELAY-3")}
        bench.played.clear()
        bench.turns = list(turns)
        small = script(cast("ann", "bob"), sentinel("ann"))
        result = engine.judge(checking(small, scope=frozenset(["RELAY-1", "RELAY-2"])))
        assert result.verdict is verdict
        assert sum(patience == 2.0 for _, patience in bench.played) >= looks
        assert (("RELAY-3" in engine._looked) is bool(looks)) or verdict is FAIL


def test_what_is_known_or_certain_or_gone_is_not_looked_at(bench: Bench) -> None:
    """Once is too little, what is certain can wait for the end, and what has failed is known."""
    engine = bench.engine()
    certain = suspicion("RELAY-2")
    certain.is_certain = True
    for one in (certain, suspicion("RELAY-3", times=1), suspicion("RELAY-1")):
        engine.session.suspicions.add(one)
    engine.failed["RELAY-1"] = "RELAY-1/test"
    engine._reconsider()
    assert bench.played == []

    engine.failed.clear()
    engine.session.gone = "the server ended"
    engine._reconsider()
    assert bench.played == []

    engine.session.gone = None
    engine._reconsider()
    assert bench.scripts == [TALK] * SUSPECT_PLAYS


def test_a_check_without_the_canary_gives_it_back_for_the_second_look(bench: Bench) -> None:
    """A wait in vain is no evidence without it."""
    engine = bench.engine()
    engine.session.suspicions.add(suspicion(times=1))
    bench.canary.in_time = [False]
    bench.turns = [late]

    assert engine.judge(stalls(alone=True)).verdict is NOT_RUN
    assert engine.extra == []
    assert engine.session.alone is False


# Of a run: at its end.


def at_the_end(bench: Bench, requirements: Iterable[str] = ("RELAY-1", "FRAME-3"), **options: object) -> list[str]:
    """What is judged in passing at the end."""
    engine = bench.engine(requirements=set(requirements), **options)
    engine.second_look()
    assert engine.failed == {one.requirement: one.name for one in engine.extra}
    return [one.name for one in engine.extra]


def test_at_the_end_what_was_seen_once_is_looked_at_too(bench: Bench) -> None:
    """If it is among what was asked for."""
    bench.turns = [losing]
    bench.session.suspicions.add(suspicion(times=1))
    assert at_the_end(bench, ["RELAY-2"]) == []
    assert bench.played == []
    assert at_the_end(bench) == ["RELAY-1/in-passing"]


def test_at_the_end_what_does_not_come_back_is_nothing(bench: Bench) -> None:
    """And the next is looked at."""
    bench.session.suspicions.add(suspicion("RELAY-2", times=1))
    bench.session.suspicions.add(suspicion("RELAY-1", times=3))
    assert at_the_end(bench, ["RELAY-1", "RELAY-2"]) == ["RELAY-1/in-passing"]


def test_at_the_end_no_second_is_looked_at_when_the_run_is_over(bench: Bench) -> None:
    """The time limit may be reached by the look before: of both kinds."""
    check = next(one for one in CHECKS.values() if one.name == "RELAY-2/no-echo")
    bench.session.suspicions.add(suspicion("RELAY-2", times=1))
    bench.session.suspicions.add(suspicion("RELAY-1", times=3))
    bench.session.suspicions.unexplained = {
        "RELAY-3": [Suspicion(check.name, TALK, faithful(TALK), seen("RELAY-3"))] * 2,
    }
    engine = bench.engine()

    def over(one: Script) -> Trace:
        engine.stopped = "the time limit of the run"
        return faithful(one)

    bench.turns = [over]
    engine.second_look()
    assert (engine.extra, len(bench.played)) == ([], SUSPECT_PLAYS)

    engine.stopped, bench.session.suspicions.found = None, {}
    engine.second_look()
    assert (engine.extra, len(bench.played)) == ([], SUSPECT_PLAYS + REPLAYS)


def test_at_the_end_what_no_check_has_blamed_has_to_come_back_twice(bench: Bench) -> None:
    """Once of three is not enough."""
    check = next(one for one in CHECKS.values() if one.name == "RELAY-2/no-echo")
    for turns, names in (([losing, faithful], []), ([faithful, losing], ["RELAY-1/in-passing"])):
        engine = bench.engine()
        one = Suspicion(check.name, TALK, faithful(TALK), seen("RELAY-1"))
        bench.session.suspicions.unexplained = {"RELAY-1": [one]}
        bench.turns = list(turns)
        engine.second_look()
        assert [one.name for one in engine.extra] == names


def test_at_the_end_the_first_explains_the_others(bench: Bench) -> None:
    """What else was seen may come of it."""
    bench.session.suspicions.add(suspicion("RELAY-1", times=3))
    bench.session.suspicions.add(suspicion("RELAY-2", times=3))
    assert at_the_end(bench, ["RELAY-1", "RELAY-2"]) == ["RELAY-1/in-passing"]


def test_at_the_end_of_a_run_with_a_failure_nothing_is_looked_at(bench: Bench) -> None:
    """Nor of one that was stopped, is gentle, lost its server, or is out of time."""
    bench.session.suspicions.add(suspicion(times=3))

    failed = bench.engine(requirements={"RELAY-1"})
    failed.failed["FRAME-3"] = "FRAME-3/test"
    failed.second_look()
    stopped = bench.engine(requirements={"RELAY-1"})
    stopped.stopped = "the run stopped at FRAME-3/test"
    stopped.second_look()
    assert failed.extra + stopped.extra == []

    assert at_the_end(bench, until=time.monotonic() - 1) == []
    bench.session.gentle = True
    assert at_the_end(bench) == []
    bench.session.gentle = None
    bench.session.gone = "the server ended"
    assert at_the_end(bench) == []
    bench.session.gone = None
    assert at_the_end(bench, until=time.monotonic() + 1000) == ["RELAY-1/in-passing"]


# Nobody can join any more.


def shutting(bench: Bench, *turns: Turn, command: bool = True) -> tuple[CheckResult, Bench]:
    """The result of a check at a server that shuts everybody out, but can be started again."""
    bench.startable()
    if not command:
        bench.target.command = None
    bench.turns = list(turns)
    return bench.engine().judge(checking(TALK, requirement="RELAY-7")), bench


def test_a_server_that_shuts_everybody_out_is_started_again(bench: Bench) -> None:
    """And the check judged once more."""
    result, on = shutting(bench, shut, shut, faithful)
    assert result.verdict is PASS
    assert on.target.starts == 1
    assert len(on.played) == 3
    assert result.examples == 3


def test_once_is_enough(bench: Bench) -> None:
    """It is not started again and again for one check."""
    result, on = shutting(bench, shut)
    assert str(result.because).startswith("JOIN-2 is in the way")
    assert on.target.starts == 1


def test_a_server_that_lets_others_in_is_not_started_again(bench: Bench) -> None:
    """It was that conversation alone; nor is one that cannot be, or one that was found broken there."""
    for turns, command in (([shut, faithful], True), ([shut], False)):
        result, on = shutting(bench, *turns, command=command)
        assert (result.verdict, on.target.starts) == (NOT_RUN, 0)

    bench.target.command = ["server"]
    bench.turns = [shut]
    engine = bench.engine()
    engine.failed["JOIN-2"] = "JOIN-2/test"
    engine.judge(checking(TALK, requirement="RELAY-7"))
    engine.judge(checking(TALK, requirement="RELAY-7", needs=("JOIN-2",)))
    assert bench.target.starts == 0


def test_only_joins_in_the_way_shut_out(bench: Bench) -> None:
    """Another requirement, or a failure of joins themselves, is told as it is."""
    bench.startable()
    bench.turns = [late, shut]
    assert bench.engine().judge(checking(TALK, requirement="RELAY-7")).verdict is NOT_RUN
    bench.turns = [shut]
    assert bench.engine().judge(checking(TALK, requirement="JOIN-2", judge=judging(seen("JOIN-2")))).verdict is FAIL
    assert bench.target.starts == 0
