"""Which checks are run, and what is made of what they find."""

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

from conformance import engine as engine_module
from conformance.engine import Engine
from conformance.passing import Suspicion
from conformance.process import Usage
from conformance.script import Script, burst, cast, plain, script, sentinel
from conformance.trace import Difference, Trace
from conformance.verdict import FAIL, INCONCLUSIVE, NOT_RUN, PASS, SPARED, UNMEASURED, WARN, Verdict
from tests.conformance.engines import TALK, checking
from tests.conformance.helpers import trace_of
from tests.conformance.stages import Bench, Turn, echoing, faithful, judging, late, losing, seen

SMALL = script(cast("ann", "bob"), sentinel("ann"))


@pytest.fixture
def bench(monkeypatch: pytest.MonkeyPatch) -> Bench:
    """A session without sockets."""
    return Bench(monkeypatch)


def talks(count: int) -> list[Script]:
    """So many conversations."""
    return [script(cast("ann", "bob"), burst("ann", plain(number)), sentinel("ann")) for number in range(count)]


def nobody(bench: Bench, **options: Any) -> Engine:
    """An engine at a server where nobody can join."""
    bench.canary.lived = bench.canary.alive = False
    bench.canary.begins = [False]
    return bench.engine(**options)


# What may be judged.


@pytest.mark.parametrize("requirement", ["JOIN-2", "JOIN-3", "FRAME-1", "FRAME-2", "BODY-1", "BODY-2", "NICK-2"])
def test_what_is_judged_though_nobody_can_join(bench: Bench, requirement: str) -> None:
    """What shows in the frames that come."""
    engine = nobody(bench)
    assert engine.judge(checking(SMALL, requirement=requirement)).verdict is PASS
    engine.failed["JOIN-2"] = "JOIN-2/a"
    found = engine.judge(checking(SMALL, requirement=requirement))
    assert found.verdict is NOT_RUN
    assert found.because == "JOIN-2 failed, and nobody can join and be heard"


def test_what_is_core_stays_decided_when_a_hardened_requirement_fails(bench: Bench) -> None:
    """So what needs it is judged; of two hardened ones the second is undecided."""
    engine = bench.engine()
    engine.failed["FRAME-4"] = "FRAME-4/a"
    kept = engine.judge(checking(SMALL, needs=("FRAME-4",)))
    assert (kept.verdict, kept.kept_by) == (NOT_RUN, "FRAME-4")
    assert engine.undecided == {}
    assert engine.judge(checking(SMALL, requirement="RELAY-2", needs=("RELAY-1",))).verdict is PASS
    engine.judge(checking(SMALL, requirement="FRAME-8", needs=("FRAME-4",)))
    assert engine.undecided == {"FRAME-8": "FRAME-4"}


def test_a_server_that_sends_nothing_is_not_right_in_what_it_sends(bench: Bench) -> None:
    """Not one frame has come, so there was nothing to judge."""
    engine = nobody(bench)
    bench.turns[:] = [lambda asked: trace_of(asked, {})]
    found = engine.judge(checking(SMALL, requirement="BODY-1", judge=lambda trace: []))
    assert (found.verdict, found.because) == (NOT_RUN, "the server has sent no frame")


def test_where_the_canary_lives_a_conversation_may_be_without_frames(bench: Bench) -> None:
    """Of a connection that is thrown out before it joins none is owed."""
    bench.turns[:] = [lambda asked: trace_of(asked, {})]
    assert bench.engine().judge(checking(SMALL, judge=lambda trace: [])).verdict is PASS


@pytest.mark.parametrize(
    ("pid", "tells", "verdict"), [(None, True, NOT_RUN), (4711, False, NOT_RUN), (4711, True, PASS)]
)
def test_what_a_process_shows_is_judged_where_it_can_be_measured(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, pid: int | None, tells: bool, verdict: Verdict
) -> None:
    """Else nothing would have been looked at, and nothing could be wrong."""
    monkeypatch.setattr("conformance.session.usage", lambda pid: Usage(7, 7) if tells else Usage(None, None))
    engine = bench.engine()
    engine.session.stage.pid = pid
    found = engine.judge(checking(SMALL, decided_by="process"))
    assert len(bench.played) == 1  # whatever else is wrong shows
    assert (found.verdict, found.because) == (verdict, UNMEASURED if verdict is NOT_RUN else None)
    assert engine.judge(checking(SMALL)).verdict is PASS


@pytest.mark.parametrize(
    ("turns", "failed", "verdict"),
    [
        ([late, faithful], {}, PASS),  # late once: then all of it is played once more
        ([late, faithful, late, late, faithful], {}, INCONCLUSIVE),
        ([late, faithful], {"FRAME-6": "FRAME-6/a"}, INCONCLUSIVE),
    ],
)
def test_what_was_late_once_is_judged_once_more(
    bench: Bench, turns: list[Turn], failed: dict[str, str], verdict: Verdict
) -> None:
    """The machine may have been busy; not if something is known to be broken."""
    engine = bench.engine()
    engine.failed.update(failed)
    bench.turns[:] = turns
    assert engine.judge(checking(SMALL)).verdict is verdict
    assert engine.session.choices == ({} if failed else {"late once in RELAY-1/test": "judged once more"})


def test_what_was_heard_once_of_nobody_here_is_judged_once_more(bench: Bench) -> None:
    """It may have been of the conversation before, and hide what another script shows."""
    heard = replace(seen("RELAY-1"), is_anonymous=True)
    engine = bench.engine()
    again = engine.judge(checking(SMALL, judge=lambda trace: [heard] if len(bench.played) == 1 else []))
    assert again.verdict is PASS
    assert engine.session.choices == {"heard once in RELAY-1/test": "judged once more"}


def test_what_is_not_judged_while_nobody_can_join(bench: Bench) -> None:
    """All the rest."""
    found = nobody(bench).judge(checking(SMALL))
    assert (found.verdict, found.because, bench.played) == (NOT_RUN, "nobody can join and be heard", [])


def test_where_somebody_can_join_failures_prevent_nothing_by_themselves(bench: Bench) -> None:
    """What rests on nothing is judged."""
    engine = bench.engine()
    engine.failed["JOIN-3"] = "JOIN-3/a"
    assert engine.judge(checking(SMALL)).verdict is PASS


def test_a_run_that_was_stopped_begins_nothing(bench: Bench) -> None:
    """Nor one whose server is gone; the canary is not asked."""
    engine = bench.engine()
    engine.session.gone = "the server ended"
    assert engine.judge(checking(SMALL)).because == "the server ended"
    engine.stopped = "the run stopped at RELAY-2/a"
    assert engine.judge(checking(SMALL)).because == "the run stopped at RELAY-2/a"
    engine.session.gone = None
    assert engine.judge(checking(SMALL)).because == "the run stopped at RELAY-2/a"
    assert (bench.played, bench.canary.waits) == ([], [])


def test_the_time_limit(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """From then on nothing is begun nor looked at again, before it everything."""
    monkeypatch.setattr(engine_module, "time", SimpleNamespace(monotonic=lambda: 100.0))
    bench.session.suspicions.add(Suspicion("FRAME-3/a", SMALL, faithful(SMALL), seen("RELAY-2"), times=3))
    for until, verdict, looks in ((99.0, NOT_RUN, 0), (100.0, NOT_RUN, 0), (100.5, PASS, 1), (None, PASS, 1)):
        engine = bench.engine(until=until, requirements={"RELAY-2"})
        engine.second_look()
        assert len(engine.extra) == looks
        engine.session.suspicions.found["RELAY-2"].times = 1
        found = engine.judge(checking(SMALL))
        engine.session.suspicions.found["RELAY-2"].times = 3
        assert found.verdict is verdict
        assert (found.because == "the time limit of the run") is (verdict is NOT_RUN)


def test_in_a_hurry_what_has_failed_is_not_judged_again(bench: Bench) -> None:
    """Else it is, and may fail otherwise; and what has not failed is, too."""
    engine = bench.engine()
    engine.failed["RELAY-1"] = "RELAY-1/a"
    assert engine.judge(checking(SMALL)).verdict is PASS
    engine.session.hurried = True
    assert engine.judge(checking(SMALL)).because == "RELAY-1/a failed"
    assert engine.judge(checking(SMALL, requirement="RELAY-2")).verdict is PASS


def test_storms_are_for_empty_servers(bench: Bench) -> None:
    """A gentle run leaves them out, and nothing else."""
    engine = bench.engine()
    assert engine.judge(checking(SMALL, storm=True)).verdict is PASS
    engine.session.gentle = True
    assert engine.judge(checking(SMALL, storm=True)).because == SPARED
    assert engine.judge(checking(SMALL)).verdict is PASS


def test_what_needs_something_broken_is_undecided(bench: Bench) -> None:
    """And what needs that is too; each says why. What needs only sound things is judged."""
    engine = bench.engine()
    engine.failed["FRAME-5"] = "FRAME-5/a"
    assert engine.judge(checking(SMALL, needs=("FRAME-6", "FRAME-5"))).because == "FRAME-5 failed"
    assert engine.undecided == {"RELAY-1": "FRAME-5"}
    of_that = checking(SMALL, requirement="RELAY-2", needs=("RELAY-1",))
    assert engine.judge(of_that).because == "FRAME-5 failed, on which RELAY-1 rests"
    assert engine.undecided == {"RELAY-1": "FRAME-5", "RELAY-2": "FRAME-5"}
    behind = engine.judge(checking(SMALL, needs=("RELAY-2",)))
    assert (behind.because, behind.kept_by) == ("FRAME-5 failed, on which RELAY-2 rests", "FRAME-5")
    assert engine.judge(checking(SMALL, requirement="RELAY-3", needs=("FRAME-6",))).verdict is PASS


# What is made of what was found.


def test_the_first_failure_is_remembered(bench: Bench) -> None:
    """Of a requirement; warnings and passes are not."""
    engine = bench.engine()
    bench.turns = [echoing]
    for name, options in (("a", {"clause": "SHOULD"}), ("b", {}), ("c", {})):
        one = checking(SMALL, requirement="RELAY-2", name=f"RELAY-2/{name}", **options)
        assert engine.judge(one).verdict is (WARN if options else FAIL)
    engine.judge(checking(SMALL))
    assert engine.failed == {"RELAY-2": "RELAY-2/b"}


def test_after_a_failure_of_leaves_nobody_waits_for_them(bench: Bench) -> None:
    """Each would cost a whole wait; after another failure, or a pass, they are awaited."""
    engine = bench.engine()
    engine.judge(checking(SMALL, requirement="LEAVE-1"))
    engine.judge(checking(SMALL, requirement="LEAVE-2", judge=judging(seen("LEAVE-2"))))
    assert bench.stage.awaits_leaves
    engine.judge(checking(SMALL, requirement="LEAVE-1", judge=judging(seen("LEAVE-1"))))
    assert not bench.stage.awaits_leaves


def test_the_same_after_leaves_that_were_missed_in_passing(bench: Bench) -> None:
    """Whichever check's playing has shown it."""
    bench.session.suspicions.add(Suspicion("FRAME-3/a", SMALL, faithful(SMALL), seen("LEAVE-1"), times=3))
    bench.engine(requirements={"LEAVE-1"}).second_look()
    assert not bench.stage.awaits_leaves


@pytest.mark.parametrize("kind", ["late", "quiet", "last"])
def test_what_nothing_waits_for_leaves_nothing_undecided(bench: Bench, kind: str) -> None:
    """The other checks of its requirement may have passed, and those that need it have been promised no more."""
    engine = bench.engine()
    engine.failed["FRAME-5"] = "FRAME-5/a"
    options: dict[str, Any] = {kind: True}
    assert engine.judge(checking(SMALL, needs=("FRAME-5",), **options)).because == "FRAME-5 failed"
    assert engine.undecided == {}


def test_a_result_says_how_much_was_played_for_it(bench: Bench) -> None:
    """Not for those before."""
    engine = bench.engine()
    assert engine.judge(checking(*talks(4))).examples == 4
    found = engine.judge(checking(*talks(3), decided_by="closed"))
    assert (found.examples, found.decided_by) == (3, "closed")


def test_a_check_alone_is_alone_to_its_end(bench: Bench) -> None:
    """The next one is not; a pass asks the canary back at the end."""
    alone: list[bool] = []

    def judge(trace: Trace) -> list[Difference]:
        alone.append(engine.session.alone)
        return []

    engine = bench.engine()
    for one in (True, False):
        engine.judge(checking(SMALL, judge=judge, alone=one))
        assert not engine.session.alone
    assert alone == [True, False]
    assert len(bench.canary.waits) == 4


def test_what_needs_no_more_than_a_wait_hurries_the_run(bench: Bench) -> None:
    """A wait in vain does; a frame that is wrong does not."""
    engine = bench.engine()
    bench.turns = [losing]
    assert engine.judge(checking(TALK)).verdict is FAIL
    assert not engine.session.hurried
    bench.turns = [faithful]
    assert engine.judge(checking(SMALL, requirement="RELAY-2")).verdict is PASS
    assert not engine.session.hurried
    bench.turns = [late]
    assert engine.judge(checking(SMALL, requirement="RELAY-3")).verdict is NOT_RUN
    assert engine.session.hurried


def test_what_is_in_the_way_is_the_reason_and_suspected(bench: Bench) -> None:
    """It is no failure."""
    bench.turns = [late]
    engine = bench.engine()
    found = engine.judge(checking(SMALL, requirement="RELAY-7"))
    assert found.verdict is NOT_RUN
    assert str(found.because).startswith("RELAY-1 is in the way: ")
    assert list(engine.session.suspicions.found) == ["RELAY-1"]
    assert engine.failed == {}


# Servers that die of a check, unseen.


def test_a_server_that_died_of_a_check_does_not_pass_it(bench: Bench) -> None:
    """Whether it is gone at the end."""
    bench.canary.begins = [True, False]
    found = bench.engine().judge(checking(SMALL))
    assert (found.verdict, found.because) == (
        NOT_RUN,
        "the server lets nobody join any more, during RELAY-1/test",
    )


def test_a_server_that_died_and_came_back_does_not_pass(bench: Bench) -> None:
    """At the end, or on the way; a death of an earlier check is no matter."""
    bench.startable()
    bench.target.status = 1
    bench.canary.begins = [True, False, False, True]
    engine = bench.engine()
    assert engine.judge(checking(SMALL)).because == "the server ended with status 1, during RELAY-1/test"
    assert engine.judge(checking(SMALL)).verdict is PASS

    bench.canary.begins = [True]

    def dies(one: Script) -> Trace:
        engine.session.deaths.append("died on the way")
        return faithful(one)

    bench.turns = [dies, faithful]
    assert engine.judge(checking(SMALL)).because == "the server died on the way"
    assert engine.judge(checking(SMALL)).verdict is PASS


def test_where_nobody_can_join_the_end_is_not_asked(bench: Bench) -> None:
    """It was so before."""
    assert nobody(bench).judge(checking(SMALL, requirement="FRAME-1")).verdict is PASS
