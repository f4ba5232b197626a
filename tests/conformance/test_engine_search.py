"""How a check's scripts are gone through: in a hurry, side by side, drawn, and in the background."""

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import strategies as st

from conformance import engine as engine_module
from conformance import search as search_module
from conformance.check import Check
from conformance.confirm import Finding, Memo
from conformance.engine import SILENCE, Engine
from conformance.script import Script, burst, cast, plain, script, sentinel
from conformance.trace import Difference, Trace
from conformance.verdict import FAIL, INCONCLUSIVE, NOT_RUN, PASS
from tests.conformance.engines import checking
from tests.conformance.stages import Bench, echoing, faithful, gone, judging, late, seen, shut, stuck

SMALL = script(cast("ann", "bob"), sentinel("ann"))


@pytest.fixture
def bench(monkeypatch: pytest.MonkeyPatch) -> Bench:
    """A session without sockets."""
    return Bench(monkeypatch)


def find(engine: Engine, check: Check) -> tuple[Memo, Finding | None]:
    """What a check finds."""
    return engine._search(check).find(check)


def waits(bench: Bench, engine: Engine, check: Check) -> list[float]:
    """The patience of each playing that a check takes to be searched."""
    bench.played.clear()
    find(engine, check)
    return [patience for _, patience in bench.played]


def talks(count: int) -> list[Script]:
    """So many conversations."""
    return [script(cast("ann", "bob"), burst("ann", plain(number)), sentinel("ann")) for number in range(count)]


# In a hurry.


@pytest.mark.parametrize(("hurried", "plays"), [(False, 1), (True, 2)])
def test_a_short_wait_has_to_stand_a_whole_one(bench: Bench, hurried: bool, plays: int) -> None:
    """Unless it was whole already."""
    engine = bench.engine()
    engine.session.hurried = hurried
    bench.turns = [late]
    found = engine.judge(checking(SMALL, requirement="RELAY-7"))
    assert found.examples == plays
    assert [patience for _, patience in bench.played] == [0.25, 5.0][2 - plays :]
    assert engine.session.hurried


def test_a_whole_wait_that_is_not_in_vain_ends_the_hurry(bench: Bench) -> None:
    """And all is played once more."""
    engine = bench.engine()
    engine.session.hurried = True
    bench.turns = [faithful, late, faithful]
    assert engine.judge(checking(*talks(3), requirement="RELAY-7")).verdict is PASS
    assert [patience for _, patience in bench.played] == [0.25, 0.25, 5.0, 5.0, 5.0, 5.0]
    assert not engine.session.hurried


def test_in_the_brief_rest_of_a_run_there_is_no_time_for_a_whole_wait(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is said of what only a short one shows; what has been proven is."""
    at = [0.0]
    monkeypatch.setattr(engine_module, "time", SimpleNamespace(monotonic=lambda: at[0]))
    engine = bench.engine()
    engine.session.hurried, engine.failed["RELAY-3"], at[0] = True, "RELAY-3/a", 1000.0
    bench.turns = [late]
    found = engine.judge(checking(SMALL, requirement="RELAY-7"))
    assert (found.verdict, found.because) == (NOT_RUN, "RELAY-3/a failed, and the rest of a long run is brief")
    assert [patience for _, patience in bench.played] == [0.25]

    bench.turns = [echoing]
    assert engine.judge(checking(SMALL, requirement="RELAY-2")).verdict is FAIL


def test_what_is_in_the_way_once_more_is_not_looked_into(bench: Bench) -> None:
    """It has failed: no twin is played."""
    check = checking(SMALL, requirement="RELAY-7", twin=lambda one: talks(1)[0])
    for failed, plays in (("RELAY-1", 1), ("RELAY-2", 2)):
        bench.played.clear()
        engine = bench.engine()
        engine.failed[failed] = "some/check"
        bench.turns = [late]
        engine.session.hurried = False
        assert engine.judge(check).verdict is NOT_RUN
        assert len(bench.played) == plays


def test_what_is_known_to_be_broken_needs_no_whole_wait(bench: Bench) -> None:
    """It is in the way again; another requirement does, and so does a failure of the check's own."""
    for failed, requirement, plays in (("RELAY-1", "RELAY-7", 1), ("RELAY-2", "RELAY-7", 2), ("RELAY-2", "RELAY-1", 3)):
        bench.played.clear()
        engine = bench.engine()
        engine.session.hurried = True
        engine.session.suspicions.found.clear()
        engine.failed[failed] = "some/check"
        bench.turns = [late]
        engine.judge(checking(SMALL, requirement=requirement))
        assert len(bench.played) == plays

    engine.failed = {"FRAME-5": "some/check"}
    for width in (1, 3):
        bench.played.clear()
        wrong = checking(SMALL, requirement="RELAY-7", judge=judging(seen("FRAME-5")), scope={"FRAME-5"}, width=width)
        engine.judge(wrong)
        assert len(bench.played) == 1


@pytest.mark.parametrize(
    ("hurried", "failed", "plays"), [(True, "FRAME-5", 1), (True, "FRAME-6", 2), (False, "FRAME-5", 2)]
)
def test_what_is_known_need_not_be_played_alone_in_a_hurry(
    bench: Bench, hurried: bool, failed: str, plays: int
) -> None:
    """What is not known has to fail alone, and so has all where there is no hurry."""
    engine = bench.engine()
    engine.session.hurried, engine.failed = hurried, {failed: "some/check"}
    find(engine, checking(SMALL, judge=judging(seen("FRAME-5")), scope={"FRAME-5"}, width=3))
    assert len(bench.played) == plays


def test_what_is_in_the_way_again_and_again_needs_no_whole_wait(bench: Bench) -> None:
    """It gives no verdict either way; something else in the way does need one, and so does what a check finds wrong."""
    engine = bench.engine()
    engine.session.hurried = True
    bench.turns = [late]
    for number in range(7):
        bench.played.clear()
        _, found = find(engine, checking(SMALL, requirement="RELAY-7"))
        assert found is not None
        assert found.in_the_way is not None
        assert [patience for _, patience in bench.played] == ([0.25, 5.0] if number < 3 else [0.25])

    for requirement, turn in (("RELAY-1", late), ("RELAY-7", shut)):
        bench.turns = [turn]
        assert waits(bench, engine, checking(SMALL, requirement=requirement)) == [0.25, 5.0]


def test_what_is_wrong_again_and_again_needs_a_whole_wait_each_time(bench: Bench) -> None:
    """It may be a verdict."""
    engine = bench.engine()
    engine.session.hurried = True
    bench.turns = [late]
    for _ in range(7):
        assert waits(bench, engine, checking(SMALL)) == [0.25, 5.0]


def test_one_of_several_that_is_known_to_be_broken_is_enough(bench: Bench) -> None:
    """The others may come of it."""
    wrong = judging(seen("RELAY-2"), seen("FRAME-5"))
    engine = bench.engine()
    engine.failed["FRAME-5"] = "some/check"
    _, found = find(engine, checking(SMALL, requirement="RELAY-2", judge=wrong, scope={"FRAME-5", "RELAY-2"}))
    assert found is not None
    assert engine._search(checking(SMALL)).is_known(found)


def test_what_was_proven_in_a_hurry_needs_no_whole_wait(bench: Bench) -> None:
    """It did not rest on one."""
    engine = bench.engine()
    engine.session.hurried = True
    bench.turns = [echoing]
    engine.judge(checking(SMALL, requirement="RELAY-2"))
    assert len(bench.played) == 1 + 3


# All scripts of a check.


def found_in(*numbers: int) -> Callable[[Trace], list[Difference]]:
    """A judge of talks() that finds these wrong."""

    def judge(trace: Trace) -> list[Difference]:
        said = b"".join(getattr(step, "octets", b"") for step in trace.steps)
        return [seen("RELAY-1")] if any(b"hello %d " % number in said for number in numbers) else []

    return judge


def test_scripts_that_stand_twice_are_played_once(bench: Bench) -> None:
    """The first that fails ends the search."""
    assert bench.engine().judge(checking(*talks(3), *talks(3))).examples == 3
    bench.played.clear()
    bench.engine().judge(checking(*talks(9), judge=found_in(4, 7)))
    assert bench.scripts[:5] == talks(5)
    assert bench.scripts[5] != talks(6)[5]


def test_a_check_without_scripts_is_an_error_of_ours(bench: Bench) -> None:
    """Nothing was verified."""
    found = bench.engine().judge(checking())
    assert found.verdict is INCONCLUSIVE
    assert found.because == "an error in the suite: LookupError: the check has no script at this depth"


def test_what_fails_side_by_side_is_played_alone(bench: Bench) -> None:
    """With a short wait; it counts if it fails there too."""
    engine = bench.engine()
    check = checking(*talks(6), width=3, judge=found_in(2))
    memo, found = find(engine, check)
    assert found is not None
    assert found.script == talks(3)[2]
    assert [*bench.played] == [*((one, 5.0) for one in talks(3)), (talks(3)[2], 2.0)]
    assert bench.stage.widths == [3, 1]
    assert memo.check is check


def test_what_fails_side_by_side_alone_lets_all_be_played_alone(bench: Bench) -> None:
    """They may have heard each other's broken frames."""
    bench.turns = [echoing, faithful]
    assert bench.engine().judge(checking(*talks(4), requirement="RELAY-2", width=3)).verdict is PASS
    assert bench.scripts == [talks(1)[0]] * 2 + talks(4)
    assert [width for width in bench.stage.widths if width > 1] == [3]
    assert 0 not in bench.stage.widths

    bench.played.clear()
    bench.turns = [echoing, faithful, faithful, echoing]
    assert bench.engine().judge(checking(*talks(4), requirement="RELAY-2", width=3)).verdict is FAIL


def test_what_a_server_has_died_of_is_looked_for_where_it_lived(bench: Bench) -> None:
    """The third script finds nobody: the first two and itself are played again, one by one, and one of those has done it."""
    bench.startable()
    scripts = talks(5)
    bench.turns[:] = [faithful, faithful, gone, faithful, echoing]
    _, finding = find(bench.engine(), checking(*scripts, scope=frozenset(["JOIN-2", "RELAY-2"])))
    assert finding is not None
    assert (finding.script, finding.trace.began_too_late) == (scripts[1], False)
    assert bench.scripts == [*scripts[:3], *scripts[:2]]


@pytest.mark.parametrize(
    ("requirement", "blamed"), [("ROBUST-1", True), ("ROBUST-5", True), ("ROBUST-7", True), ("RELAY-3", False)]
)
def test_that_nobody_was_there_is_for_those_to_say_who_ask_about_the_others(
    bench: Bench, requirement: str, blamed: bool
) -> None:
    """It does not die again, though that is tried a few times."""
    bench.startable()
    scripts = talks(2)
    bench.turns[:] = [faithful, gone, faithful]
    _, finding = find(bench.engine(), checking(*scripts, requirement=requirement, scope=frozenset(["JOIN-2"])))
    assert (finding is not None and finding.trace.began_too_late) == blamed
    assert len(bench.played) == 2 + 2 * 3


def test_only_the_last_three_are_played_again(bench: Bench) -> None:
    """One by one, however many are played side by side at first."""
    bench.startable()
    scripts = talks(6)
    bench.turns[:] = [*[faithful] * 4, gone, faithful]
    find(bench.engine(), checking(*scripts, requirement="ROBUST-1", scope=frozenset(["JOIN-2"])))
    assert bench.scripts == [*scripts[:5], *scripts[2:5] * 3]
    assert set(bench.stage.widths) == {1}


def test_one_by_one_a_failure_is_played_alone_already(bench: Bench) -> None:
    """Nothing is played again in the search; and passes side by side neither."""
    engine = bench.engine()
    find(engine, checking(*talks(3), judge=found_in(1)))
    assert bench.scripts == talks(2)
    bench.played.clear()
    find(engine, checking(*talks(3), width=3))
    assert bench.scripts == talks(3)


def test_what_is_in_the_way_ends_the_search_too(bench: Bench) -> None:
    """Side by side a failure behind it goes before."""
    bench.turns = [faithful, stuck]
    _, found = find(bench.engine(), checking(*talks(5)))
    assert found is not None
    assert (found.script, found.wrong) == (talks(2)[1], [])
    assert len(bench.played) == 2


def test_of_several_a_failure_goes_before_what_is_in_the_way(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """And the first of those before the others."""
    engine = bench.engine()
    traces = [stuck(talks(1)[0]), stuck(talks(2)[1]), faithful(talks(3)[2])]
    monkeypatch.setattr(engine.session, "play_all", lambda scripts, width, until: traces)
    for judge, number in ((found_in(2), 2), (found_in(), 0)):
        check = checking(*talks(3), judge=judge)
        _, found = find(engine, check)
        assert found is not None
        assert (found.script, bool(found.wrong)) == (talks(3)[number], number == 2)


# Drawn scripts.


def drawing(*scripts: Script, **options: Any) -> Check:
    """A check that draws these."""
    return checking(cases=None, strategy=lambda plan: st.sampled_from(scripts), examples=(6, 7, 8), **options)


def test_as_many_are_drawn_as_the_depth_asks_for(bench: Bench) -> None:
    """Each but once; the seed decides which."""
    asked: list[tuple[int, int]] = []
    seeds = [bench.engine(depth=depth) for depth in ("quick", "standard", "thorough")]

    def explore(strategy: Any, number: int, examples: int, fails: Callable[[Script], bool]) -> Script | None:
        asked.append((number, examples))
        assert not fails(SMALL)
        assert not fails(SMALL)
        return None

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(search_module, "explore", explore)
        assert [engine.judge(drawing(SMALL)).examples for engine in seeds] == [1, 1, 1]
    assert [examples for _, examples in asked] == [6, 7, 8]
    assert len({number for number, _ in asked}) == 1
    assert 0 <= asked[0][0] < 2**64


def test_a_drawn_script_that_fails_is_found(bench: Bench) -> None:
    """It is confirmed as others are."""
    bench.turns = [echoing]
    found = bench.engine().judge(drawing(SMALL, requirement="RELAY-2"))
    assert (found.verdict, found.repeats) == (FAIL, (4, 4))


def test_behind_a_failure_smaller_ones_are_drawn(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """They fail or pass by themselves; the one that is given is the finding."""

    def explore(strategy: Any, number: int, examples: int, fails: Callable[[Script], bool]) -> Script | None:
        assert [fails(one) for one in (*talks(3), SMALL)] == [False, True, True, False]
        return talks(3)[2]

    monkeypatch.setattr(search_module, "explore", explore)
    _, found = find(bench.engine(), drawing(SMALL, judge=found_in(1, 2)))
    assert found is not None
    assert found.script == talks(3)[2]


def test_one_drawn_script_in_the_way_will_do(bench: Bench) -> None:
    """The others are not played: each may cost a whole wait."""
    bench.turns = [stuck]
    found = bench.engine().judge(drawing(*talks(6)))
    assert (found.verdict, found.because) == (NOT_RUN, "a wait ran out, though nothing was owed")
    assert len(bench.played) == 1


def test_a_failure_that_is_late_is_drawn_on(bench: Bench) -> None:
    """What is wrong is not in the way, though a wait ran out in it."""
    bench.turns = [late]
    assert bench.engine().judge(drawing(SMALL)).verdict is FAIL


# In the background.


def behind(*scripts: Script, **options: Any) -> Check:
    """A check whose scripts are played from the begin of the run on."""
    return checking(*scripts, requirement="ROBUST-4", background=True, **options)


def silence(bench: Bench, engine: Engine, turn: Any) -> None:
    """The check of silent connections has been judged."""
    bench.turns = [turn]
    engine.judge(checking(SMALL, requirement="ROBUST-1", name=SILENCE, judge=lambda trace: []))
    bench.turns = [faithful]
    bench.played.clear()


def test_the_background_begins_when_silence_harms_nobody(bench: Bench) -> None:
    """Or nobody asks about that; once."""
    asked = [checking(SMALL, requirement="ROBUST-1", name=SILENCE), behind(SMALL)]
    engine = bench.engine()
    engine.prepare_all(asked)
    assert bench.played == []
    silence(bench, engine, faithful)
    for _ in range(2):
        engine.prepare_all(asked)
        assert bench.scripts == [SMALL]
    assert engine.judge(asked[1]).verdict is PASS
    assert bench.scripts == [SMALL]

    bench.played.clear()
    bench.engine().prepare_all([checking(SMALL, name="ROBUST-1/other"), *asked[1:]])
    assert bench.scripts == [SMALL]


def test_what_does_not_read_begins_when_it_is_known_to_harm_nobody(bench: Bench) -> None:
    """Behind all but the quiet ones, and not where its requirement has failed."""
    before, check = checking(SMALL, requirement="ROBUST-4", name="ROBUST-4/a"), behind(SMALL, storm=True)
    asked = [before, checking(SMALL, name="RELAY-4/quiet", quiet=True), check]
    engine, failing = bench.engine(), bench.engine()
    engine.prepare_all(asked)
    assert bench.played == []
    engine.judge(before)
    failing.judge(before)
    failing.failed["ROBUST-4"] = "ROBUST-4/a"
    bench.played.clear()
    failing.prepare_all(asked)
    assert bench.played == []
    engine.prepare_all(asked)
    assert bench.scripts == [SMALL]


@pytest.mark.parametrize("kind", ["quiet", "background", "last"])
def test_what_need_not_be_over_before_it_begins(bench: Bench, kind: str) -> None:
    """What is judged behind it anyway."""
    options: dict[str, Any] = {kind: True}
    other = checking(SMALL, requirement="RELAY-4", name="RELAY-4/other", storm=True, **options)
    bench.engine().prepare_all([other, behind(SMALL, storm=True)])
    assert len(bench.scripts) == (2 if kind == "background" else 1)


def test_it_does_not_begin_before_the_last_of_the_others_is_over(bench: Bench) -> None:
    """One of them is not enough."""
    others = [checking(SMALL, requirement="ROBUST-4", name=f"ROBUST-4/{name}") for name in ("a", "b")]
    engine = bench.engine()
    for other in others:
        bench.played.clear()
        engine.prepare_all([*others, behind(SMALL, storm=True)])
        assert bench.played == []
        engine.judge(other)
    bench.played.clear()
    engine.prepare_all([*others, behind(SMALL, storm=True)])
    assert bench.scripts == [SMALL]


def test_what_cannot_be_judged_does_not_begin_in_the_background(bench: Bench) -> None:
    """What it needs has failed. Nor does what is no background."""
    engine = bench.engine()
    engine.failed["FRAME-5"] = "FRAME-5/a"
    engine.prepare_all([behind(SMALL, storm=True, needs=("FRAME-5",))])
    assert bench.played == []
    engine.prepare_all([behind(SMALL, storm=True), checking(SMALL, requirement="RELAY-9", quiet=True)])
    assert bench.scripts == [SMALL]


def test_where_silence_harms_the_background_is_not_judged(bench: Bench) -> None:
    """It would be blamed for everything else."""
    engine = bench.engine()
    silence(bench, engine, stuck)
    engine.prepare_all([checking(SMALL, requirement="ROBUST-1", name=SILENCE), behind(SMALL)])
    found = engine.judge(behind(SMALL))
    assert (found.verdict, found.because) == (NOT_RUN, "ROBUST-1/silence did not pass")
    assert bench.played == []


def test_a_failure_in_the_background(bench: Bench) -> None:
    """It is not repeated; the first counts."""
    check = behind(*talks(3), judge=lambda trace: [seen("ROBUST-4", "closed")])
    found = bench.engine().judge(check)
    assert (found.verdict, found.repeats, found.decided_by) == (FAIL, (1, 1), "closed")
    assert found.failure is not None
    assert len(bench.played) == 3


def test_a_death_explains_a_failure_in_the_background(bench: Bench) -> None:
    """It does not touch what passed."""
    engine = bench.engine()
    engine.session.deaths.append("ended with status 1, during FRAME-4/a")
    wrong = behind(SMALL, judge=lambda trace: [seen("ROBUST-4")])
    assert engine.judge(wrong).because == "the server ended with status 1, during FRAME-4/a"
    assert engine.judge(behind(SMALL, name="ROBUST-4/other", decided_by="closed")).verdict is PASS


def test_a_background_without_scripts_was_not_asked_for(bench: Bench) -> None:
    """At this depth."""
    found = bench.engine().judge(behind())
    assert (found.verdict, found.because) == (NOT_RUN, "waited for at depth thorough only")
