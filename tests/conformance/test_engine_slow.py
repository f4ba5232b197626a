"""What an engine does about servers that take long, that stall, or that have died, and what it asks of the background."""

import time
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import strategies as st

from conformance import engine as engine_module
from conformance import search as search_module
from conformance.check import Check
from conformance.passing import Suspicion
from conformance.script import Rst, Script, Settle, burst, cast, plain, script, sentinel
from conformance.stage import OutOfTimeError
from conformance.trace import Trace
from conformance.verdict import FAIL, INCONCLUSIVE, NOT_RUN, PASS
from tests.conformance.engines import checking
from tests.conformance.stages import Bench, Turn, echoing, faithful, judging, late, seen, shut_out, stuck, unreadable

SMALL = script(cast("ann", "bob"), sentinel("ann"))
RESET = script(cast("ann", "bob"), Rst("bob"), Settle())


@pytest.fixture
def bench(monkeypatch: pytest.MonkeyPatch) -> Bench:
    """A session without sockets."""
    return Bench(monkeypatch)


def talks(count: int) -> list[Script]:
    """So many conversations."""
    return [script(cast("ann", "bob"), burst("ann", plain(number)), sentinel("ann")) for number in range(count)]


@pytest.fixture
def clock(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> Callable[[float, Turn], None]:
    """Makes each playing take so many seconds, and end so."""
    at = [100.0]
    monkeypatch.setattr(search_module, "time", SimpleNamespace(monotonic=lambda: at[0]))

    def lasting(seconds: float, turn: Turn = faithful) -> None:
        def play(one: Script) -> Trace:
            at[0] += seconds
            return turn(one)

        bench.turns = [play]

    return lasting


Clock = Callable[..., None]


@pytest.mark.parametrize(
    ("round_trip", "depth", "seconds", "plays"),
    [
        (0.05, "quick", 3.0, 2),
        (0.05, "quick", 2.0, 2),
        (0.05, "quick", 1.5, 3),
        (0.05, "quick", 9.0, 1),
        (0.05, "standard", 3.0, 3),
        (0.05, "thorough", 9.0, 7),
        (0.05, "thorough", 12.0, 5),
        (0.03, "quick", 9.0, 9),
        (0.0, "quick", 9.0, 9),
    ],
)
def test_a_server_whose_answers_take_long_is_asked_less(
    bench: Bench, clock: Clock, round_trip: float, depth: str, seconds: float, plays: int
) -> None:
    """Until the time of a check is over; and it passes."""
    bench.canary.round_trip = round_trip
    clock(seconds)
    found = bench.engine(depth=depth).judge(checking(*talks(9)))

    assert (found.verdict, found.examples, len(bench.played)) == (PASS, plays, plays)


def test_what_is_drawn_is_asked_less_too(bench: Bench, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    """But what was played before is known."""
    known: list[bool] = []
    one, other = talks(2)

    def explore(strategy: Any, number: int, examples: int, fails: Callable[[Script], bool]) -> Script | None:
        known.extend(map(fails, (one, other, one)))
        return None

    monkeypatch.setattr(search_module, "explore", explore)
    for round_trip, expected in ((0.05, [True, False, True]), (0.0, [True, True, True])):
        known.clear()
        bench.canary.round_trip = round_trip
        clock(9.0, late)
        bench.engine().judge(checking(cases=None, strategy=lambda plan: None, examples=(3, 3, 3)))
        assert known == expected


@pytest.mark.parametrize(
    ("failed", "after", "depth", "plays"),
    [
        ("RELAY-2", 30.0, "quick", 2),
        ("RELAY-2", 30.0, "standard", 2),
        ("RELAY-2", 29.0, "standard", 9),
        ("RELAY-2", 299.0, "thorough", 9),
        ("RELAY-2", 300.0, "thorough", 2),
        (None, 1000.0, "quick", 9),
    ],
)
def test_the_rest_of_a_long_run_with_a_failure_is_brief(
    bench: Bench,
    clock: Clock,
    monkeypatch: pytest.MonkeyPatch,
    failed: str | None,
    after: float,
    depth: str,
    plays: int,
) -> None:
    """However fast the server answers: each check plays what fits into a moment. A run without a failure takes its time."""
    at = [0.0]
    monkeypatch.setattr(engine_module, "time", SimpleNamespace(monotonic=lambda: at[0]))
    engine = bench.engine(depth=depth)
    if failed is not None:
        engine.failed[failed] = f"{failed}/test"
    at[0] = after
    clock(0.21)
    found = engine.judge(checking(*talks(9)))

    assert (found.verdict, found.examples) == (PASS, plays)


@pytest.mark.parametrize(
    ("requirement", "deaths", "failed", "plays"),
    [
        ("ROBUST-1", ["ended with status 1"], ["RELAY-2"], 9),
        ("ROBUST-5", ["ended with status 1"], ["RELAY-2"], 9),
        ("ROBUST-5", ["ended with status 1"], ["RELAY-2", "ROBUST-1"], 9),
        ("ROBUST-1", ["ended with status 1"], ["RELAY-2", "ROBUST-1"], 2),
        ("ROBUST-1", [], ["RELAY-2"], 2),
        ("ROBUST-7", ["ended with status 1"], ["RELAY-2"], 2),
    ],
)
def test_what_the_server_has_died_of_is_looked_for_at_length(
    bench: Bench,
    clock: Clock,
    monkeypatch: pytest.MonkeyPatch,
    requirement: str,
    deaths: list[str],
    failed: list[str],
    plays: int,
) -> None:
    """However long the run is: until it is known, everything else may come of it."""
    at = [0.0]
    monkeypatch.setattr(engine_module, "time", SimpleNamespace(monotonic=lambda: at[0]))
    engine = bench.engine()
    engine.failed |= {name: f"{name}/test" for name in failed}
    engine.session.deaths += deaths
    at[0] = 100.0
    clock(0.21)
    limits: list[float | None] = []

    [passes] = bench.turns

    def play(one: Script) -> Trace:
        limits.append(bench.stage.until)
        return passes(one)

    bench.turns = [play]
    check = checking(*talks(9), requirement=requirement, judge=judging())
    assert engine.judge(check).examples == plays
    assert {limit is None for limit in limits} == {plays == 9}


def out_of_time(script: Script) -> Trace:
    """It was given up."""
    raise OutOfTimeError


@pytest.mark.parametrize(
    "options", [{}, {"background": True}, {"cases": None, "strategy": lambda plan: st.just(SMALL)}]
)
@pytest.mark.parametrize(
    ("until", "failed", "given_up_at", "because"),
    [
        (120.0, None, 120.0, "the time limit of the run"),
        (120.0, "RELAY-2", 103.0, "RELAY-2/test failed, and the rest of a long run is brief"),
        (102.0, "RELAY-2", 102.0, "the time limit of the run"),
        (None, "RELAY-2", 103.0, "RELAY-2/test failed, and the rest of a long run is brief"),
    ],
)
def test_a_check_whose_time_is_over_is_not_run(
    bench: Bench,
    monkeypatch: pytest.MonkeyPatch,
    options: dict[str, Any],
    until: float | None,
    failed: str | None,
    given_up_at: float,
    because: str,
) -> None:
    """It is said why: there is a limit for the run, or the rest of it is brief. What is played later has no limit."""
    at = [0.0]
    limits: list[float | None] = []
    monkeypatch.setattr(engine_module, "time", SimpleNamespace(monotonic=lambda: at[0]))
    engine = bench.engine(until=until)
    if failed is not None:
        engine.failed[failed] = f"{failed}/test"
    at[0] = 100.0

    def play(one: Script) -> Trace:
        limits.append(bench.stage.until)
        at[0] = given_up_at
        return out_of_time(one)

    bench.turns = [play]
    found = engine.judge(checking(SMALL, **options))

    assert (found.verdict, found.because) == (NOT_RUN, because)
    assert limits == [given_up_at]
    assert bench.stage.until is None


def test_what_was_found_in_time_is_confirmed_after_it(bench: Bench) -> None:
    """The limit is for the search: a failure is not lost for want of a moment."""
    limits: list[float | None] = []

    def play(one: Script) -> Trace:
        limits.append(bench.stage.until)
        return echoing(one)

    bench.turns = [play]
    until = time.monotonic() + 1000.0
    assert bench.engine(until=until).judge(checking(SMALL, requirement="RELAY-2")).verdict is FAIL
    assert limits[0] == until
    assert set(limits[1:]) == {None}


def test_a_server_that_stalls_is_not_waited_for_at_every_fence(bench: Bench) -> None:
    """Once ROBUST-2 has failed; another failure, or a pass, changes nothing."""
    engine = bench.engine()
    engine.judge(checking(SMALL, requirement="ROBUST-2"))
    engine.judge(checking(SMALL, requirement="ROBUST-3", judge=judging(seen("ROBUST-3"))))
    assert (bench.stage.stalls, bench.stage.fences) == (False, [])

    engine.judge(checking(SMALL, requirement="ROBUST-2", judge=judging(seen("ROBUST-2"))))
    assert (bench.stage.stalls, bench.stage.fences) == (True, [False])


# In the background.


def behind(**options: Any) -> Check:
    """A check whose script is played from the begin of the run on."""
    return checking(SMALL, background=True, **options)


def test_what_is_in_the_way_in_the_background_is_the_reason(bench: Bench) -> None:
    """A wait that ran out is no pass."""
    bench.turns = [stuck]
    found = bench.engine().judge(behind())

    assert (found.verdict, found.because) == (NOT_RUN, "a wait ran out, though nothing was owed")


@pytest.mark.parametrize(
    ("turns", "begins", "verdict", "repeats"),
    [
        ([late, faithful], [True], INCONCLUSIVE, (0, 0)),
        ([late, late], [True], FAIL, (2, 2)),
        ([late, faithful], [True, False], FAIL, (1, 1)),  # nothing can be played any more
    ],
)
def test_a_wait_in_vain_in_the_background_has_to_come_back(
    bench: Bench, turns: list[Turn], begins: list[bool], verdict: str, repeats: tuple[int, int]
) -> None:
    """Alone, where nothing else goes on that could be the reason."""
    bench.turns, bench.canary.begins = turns, begins
    found = bench.engine().judge(behind())

    assert (found.verdict, found.decided_by, found.repeats) == (verdict, "deadline", repeats)


def test_a_wrong_frame_in_the_background_is_proof_enough(bench: Bench) -> None:
    """It is not played again, whatever came late beside it."""
    bench.turns = [echoing, faithful]
    assert bench.engine().judge(behind(requirement="RELAY-2")).verdict is FAIL
    assert bench.scripts == [SMALL]

    bench.played.clear()
    both = judging(seen("RELAY-1", "deadline"), seen("RELAY-1", "frame"))
    assert bench.engine().judge(behind(judge=both)).verdict is FAIL
    assert bench.scripts == [SMALL]


def test_a_wrong_frame_in_the_background_may_come_of_what_has_failed(bench: Bench) -> None:
    """As anywhere else."""
    bench.turns = [unreadable(b"+5        ")]
    engine = bench.engine()
    engine.failed["FRAME-2"] = "FRAME-2/a"
    found = engine.judge(behind(judge=judging(seen("RELAY-1"))))
    assert (found.verdict, found.because) == (NOT_RUN, "FRAME-2 failed")


# What cannot be read.


def given_up(bench: Bench, failed: str, brief: bool, *turns: Turn) -> int:
    """How many of so many checks and one more are played at a server that has failed."""
    engine = bench.engine()
    engine.failed |= {"TIME-2": "TIME-2/test", failed: f"{failed}/test"}  # what failed first may be something else
    engine._brief_from = 0.0 if brief else 1e12
    bench.played.clear()
    for place, turn in enumerate(turns):
        bench.turns = [turn]
        engine.judge(checking(SMALL, name=f"RELAY-1/{place}"))
    bench.turns = [faithful]
    last = engine.judge(checking(SMALL, name="RELAY-1/last"))
    told = "FRAME-2/test failed, and stood in the way of the last 12 checks"
    assert (last.because == told) is (last.verdict is not PASS)
    return len([one for one in bench.scripts if one == SMALL]) - len(turns)


BROKEN = unreadable(b"+5        ")


def test_where_frames_cannot_be_read_again_and_again_a_brief_rest_ends(bench: Bench) -> None:
    """Each of what is left would only be in vain."""
    assert given_up(bench, "FRAME-2", True, *[BROKEN] * 12) == 0
    assert given_up(bench, "FRAME-2", True, *[BROKEN] * 11) == 1
    assert given_up(bench, "FRAME-2", True, *[BROKEN] * 11, faithful, BROKEN) == 1
    assert given_up(bench, "FRAME-2", False, *[BROKEN] * 12) == 1
    assert given_up(bench, "RELAY-2", True, *[echoing] * 12) == 1


# At the end.


def test_at_the_end_consequences_are_looked_at_and_joins_are_not(bench: Bench) -> None:
    """Who cannot get in is judged where it begins."""
    engine = bench.engine(requirements={"JOIN-2", "FRAME-1"})
    for requirement in ("JOIN-2", "FRAME-1"):
        engine.session.suspicions.add(Suspicion("FRAME-3/a", SMALL, faithful(SMALL), seen(requirement), times=3))

    engine.second_look()
    assert [one.name for one in engine.extra] == ["FRAME-1/in-passing"]


@pytest.mark.parametrize(("fatal", "requirement"), [(SMALL, "ROBUST-1"), (RESET, "ROBUST-5")])
def test_at_the_end_what_a_server_died_of_is_played_once_more(bench: Bench, fatal: Script, requirement: str) -> None:
    """Where it dies of it again, that is a failure; where it does not, or nobody has asked for it, it is none."""
    for asked, begins, blamed in (
        ({requirement}, False, True),
        ({requirement}, True, False),
        ({"RELAY-1"}, False, False),
    ):
        bench.session.gone, bench.session.fatal, bench.canary.alive = None, [fatal], True
        bench.canary.begins = [begins]
        bench.played.clear()
        engine = bench.engine(requirements=asked)
        engine.second_look()
        assert [one.name for one in engine.extra] == ([f"{requirement}/in-passing"] if blamed else [])
        assert list(engine.failed) == ([requirement] if blamed else [])
        assert bench.scripts == [fatal] * (requirement in asked)
        assert [(one.decided_by, one.repeats) for one in engine.extra] == [("closed", (2, 2))] * blamed


def test_a_server_that_died_again_and_came_back_has_died(bench: Bench) -> None:
    """Of that, whatever it does now."""
    bench.startable()
    bench.target.status = 1
    bench.session.fatal = [SMALL]
    bench.canary.begins = [True, False, False, True]
    engine = bench.engine(requirements={"ROBUST-1"})
    engine.second_look()

    assert engine.session.alive()
    assert [one.name for one in engine.extra] == ["ROBUST-1/in-passing"]


def test_a_death_that_shows_before_the_next_is_played_is_not_its_own(bench: Bench) -> None:
    """The canary looks before, too."""
    bench.startable()
    bench.target.status = 1
    bench.session.fatal = [SMALL]
    bench.canary.begins = [False, False, True]
    engine = bench.engine(requirements={"ROBUST-1"})
    engine.second_look()

    assert engine.extra == []
    assert len(bench.session.deaths) == 1


def test_at_the_end_of_a_run_with_a_failure_no_death_is_looked_at(bench: Bench) -> None:
    """Nor of one that was stopped."""
    failed, stopped = bench.engine(requirements={"ROBUST-1"}), bench.engine(requirements={"ROBUST-1"})
    bench.session.fatal = [SMALL]
    failed.failed["FRAME-3"] = "FRAME-3/test"
    stopped.stopped = "the run stopped at FRAME-3/test"
    for engine in (failed, stopped):
        engine.second_look()

    assert bench.played == []


def test_of_a_run_without_a_death_nobody_is_started_again(bench: Bench) -> None:
    """Nor of one in which something has failed."""
    session = bench.startable()
    session.gone = "the server ended"
    bench.engine(requirements={"ROBUST-1"}).second_look()
    session.fatal = [SMALL]
    failed = bench.engine(requirements={"ROBUST-1"})
    failed.failed["FRAME-3"] = "FRAME-3/test"
    failed.second_look()

    assert bench.target.starts == 0


def test_of_what_it_may_have_died_of_the_last_that_kills_it_will_do(bench: Bench) -> None:
    """The one that was played last is played first."""
    bench.startable()
    bench.target.status = 1
    bench.session.fatal = [SMALL, RESET]
    bench.canary.begins = [True, False, False, True]
    engine = bench.engine(requirements={"ROBUST-1", "ROBUST-5"})
    engine.second_look()

    assert [one.name for one in engine.extra] == ["ROBUST-5/in-passing"]
    assert bench.scripts == [RESET]


@pytest.mark.parametrize(("turns", "in_time", "is_blamed"), [([faithful], True, False), ([shut_out], False, True)])
def test_a_server_that_hangs_again_is_started_for_that(
    bench: Bench, turns: list[Turn], in_time: bool, is_blamed: bool
) -> None:
    """Though it was given up: what it hangs since is played, and then two come in to talk."""
    session = bench.startable()
    session.gone, session.fatal, session.deaths = "the server hangs", [SMALL], ["hangs, during FRAME-4/a"]
    bench.turns, bench.canary.in_time = turns, [in_time]
    engine = bench.engine(requirements={"ROBUST-1"})
    engine.second_look()

    assert bench.target.starts == 1 + is_blamed  # and, hanging again, once more
    assert bench.session.gone is None
    assert [(one.name, one.decided_by) for one in engine.extra] == [("ROBUST-1/in-passing", "deadline")] * is_blamed


@pytest.mark.parametrize(("turns", "in_time"), [([shut_out], True), ([shut_out, faithful], False)])
def test_a_server_that_serves_on_does_not_hang(bench: Bench, turns: list[Turn], in_time: bool) -> None:
    """Those who are in it, or two who come."""
    bench.session.fatal, bench.session.deaths = [SMALL], ["hangs, during FRAME-4/a"]
    bench.turns, bench.canary.in_time = list(turns), [in_time]
    engine = bench.engine(requirements={"ROBUST-1"})
    engine.second_look()

    assert len(bench.played) == len(turns)
    assert engine.extra == []


def test_a_server_that_cannot_be_started_again_is_not_looked_at(bench: Bench) -> None:
    """It stays as it was judged."""
    session = bench.startable()
    session.gone, session.fatal = "the server hangs", [SMALL]
    bench.target.restarts = [False]
    bench.engine(requirements={"ROBUST-1"}).second_look()

    assert (bench.played, session.gone) == ([], "the server hangs")
