"""Checks side by side, against a server whose answers take long: what counts, and what is played again."""

import dataclasses
import random
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from conformance import rehearsal as rehearsal_module
from conformance.check import CHECKS, Check, Plan
from conformance.octets import Out
from conformance.rehearsal import scripts_of
from conformance.script import Open, Script, Send, Settle, burst, cast, plain, script, sentinel
from conformance.stage import OutOfTimeError
from conformance.trace import Difference, Trace
from conformance.verdict import FAIL, INCONCLUSIVE, NOT_RUN, PASS
from tests.conformance.engines import checking
from tests.conformance.stages import Bench, Turn, echoing, faithful, stuck


def talks(name: str, count: int) -> list[Script]:
    """So many conversations of one check."""
    return [
        script(cast("ann", "bob"), burst("ann", plain(f"{name} {number}")), sentinel("ann")) for number in range(count)
    ]


def several(*counts: int, **options: Any) -> list[Check]:
    """Checks `RELAY-1/0`, `RELAY-1/1`, … with so many conversations each."""
    return [
        checking(*talks(str(place), count), name=f"RELAY-1/{place}", **options) for place, count in enumerate(counts)
    ]


@pytest.fixture
def bench(monkeypatch: pytest.MonkeyPatch) -> Bench:
    """A session without sockets, with a server whose answers take long."""
    found = Bench(monkeypatch)
    found.canary.round_trip, found.canary.trips = 0.05, [1] * 8
    return found


@pytest.fixture
def lasting(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    """Makes each playing take so many seconds."""
    at = [100.0]
    monkeypatch.setattr(rehearsal_module, "time", SimpleNamespace(monotonic=lambda: at[0]))

    def last(seconds: float) -> None:
        def play(one: Script) -> Trace:
            at[0] += seconds
            return faithful(one)

        bench.turns = [play]

    return last


def wrong_in(name: str, wrong: Turn) -> Turn:
    """Goes wrong in the conversations of one check."""
    return lambda one: wrong(one) if one in talks(name, 9) else faithful(one)


def test_what_passes_side_by_side_is_not_played_again(bench: Bench) -> None:
    """The first of each check, then the second of each; each check says how many it was."""
    checks = several(3, 1, 2)
    engine = bench.engine()
    engine.rehearse(checks)
    first, second, third = (talks(str(place), 3) for place in range(3))

    assert bench.scripts == [first[0], second[0], third[0], first[1], third[1], first[2]]
    assert bench.stage.widths[-1] == 8
    found = [engine.judge(check) for check in checks]
    assert [(one.verdict, one.examples, one.decided_by) for one in found] == [
        (PASS, 3, "sentinel"),
        (PASS, 1, "sentinel"),
        (PASS, 2, "sentinel"),
    ]
    assert len(bench.played) == 6


@pytest.mark.parametrize(("round_trip", "trips"), [(0.03, 8), (0.0, 8), (0.05, 7)])
def test_a_server_whose_answers_take_no_time(bench: Bench, round_trip: float, trips: int) -> None:
    """Is judged check by check; so is one of which that is not known yet."""
    bench.canary.round_trip, bench.canary.trips = round_trip, [1] * trips
    bench.engine().rehearse(several(3))
    assert bench.played == []


def test_once_is_enough(bench: Bench) -> None:
    """What was not played then is played check by check."""
    engine = bench.engine()
    engine.rehearse(several(1))
    engine.rehearse(several(1, 1))
    assert len(bench.played) == 1


@pytest.mark.parametrize(
    "change",
    [
        lambda engine: engine.failed.update({"RELAY-2": "RELAY-2/a"}),
        lambda engine: setattr(engine.session, "hurried", True),
        lambda engine: setattr(engine.session, "gentle", True),
        lambda engine: setattr(engine, "until", 0.0),
        lambda engine: setattr(engine.session, "gone", "dead"),
    ],
)
def test_when_nothing_is_played_side_by_side(bench: Bench, change: Callable[[Any], object]) -> None:
    """Once something has failed, waits are in vain, the run is over, or strangers are there."""
    engine = bench.engine()
    change(engine)
    engine.rehearse(several(3))
    assert bench.played == []


def test_what_cannot_be_judged_is_not_played(bench: Bench) -> None:
    """What was judged before, and what lacks what it needs."""
    engine = bench.engine()
    before, lacking, other = several(1, 1, 1)
    engine.judge(before)
    engine.undecided["FRAME-1"] = "FRAME-6"
    engine.rehearse([before, checking(*talks("1", 1), name="RELAY-1/1", needs=("FRAME-1",)), other])

    assert bench.scripts == [*talks("0", 1), *talks("2", 1)]
    assert lacking.name not in engine._rehearsal.passed  # type: ignore[union-attr]


def test_what_has_passed_is_not_run_where_something_it_needs_fails(bench: Bench) -> None:
    """As if it had not been played."""
    [check] = several(1, needs=("FRAME-1",))
    engine = bench.engine()
    engine.rehearse([check])
    engine.failed["FRAME-1"] = "FRAME-1/a"
    assert (engine.judge(check).verdict, len(bench.played)) == (NOT_RUN, 1)


def test_what_does_not_pass_is_played_again_alone(bench: Bench) -> None:
    """And only that; what was wrong among others is no failure by itself."""
    checks = several(2, 2, scope=frozenset(["RELAY-2"]), requirement="RELAY-2")
    bench.turns = [wrong_in("1", echoing)]
    engine = bench.engine()
    engine.rehearse(checks)
    bench.turns, played = [faithful], len(bench.played)

    assert [engine.judge(check).verdict for check in checks] == [PASS, PASS]
    assert bench.scripts[played:] == talks("1", 2)


def test_what_fails_alone_too_fails(bench: Bench) -> None:
    """It is found by its own playing."""
    checks = several(2, 2, scope=frozenset(["RELAY-2"]), requirement="RELAY-2")
    bench.turns = [wrong_in("1", echoing)]
    engine = bench.engine()
    engine.rehearse(checks)
    assert [engine.judge(check).verdict for check in checks] == [PASS, FAIL]


@pytest.mark.parametrize("wrong", [echoing, stuck])
def test_where_much_is_wrong_nothing_more_is_played(bench: Bench, wrong: Turn) -> None:
    """Of what has passed only what was played to its end counts."""
    checks = several(1, 4, 3, scope=frozenset(["RELAY-2"]), requirement="RELAY-2")
    bench.turns = [wrong_in("1", wrong)]
    engine = bench.engine()
    engine.rehearse(checks)

    assert engine._rehearsal is not None
    assert engine._rehearsal.passed == {"RELAY-1/0": 1}
    assert len(bench.played) == 6  # the third of the third check is not begun


@pytest.mark.parametrize(("depth", "seconds", "plays"), [("quick", 1.0, 4), ("quick", 1.5, 3), ("standard", 1.0, 8)])
def test_how_long_it_takes(
    bench: Bench, lasting: Callable[[float], None], depth: str, seconds: float, plays: int
) -> None:
    """As long as check by check, eight at a time; what has begun by then counts."""
    lasting(seconds)
    [check] = several(9)
    engine = bench.engine(depth=depth)
    engine.rehearse([check])
    assert len(bench.played) == plays
    found = engine.judge(check)
    assert (found.verdict, found.examples, len(bench.played)) == (PASS, plays, plays)


def test_sixteen_checks_have_twice_the_time_of_eight(bench: Bench, lasting: Callable[[float], None]) -> None:
    """As they are played eight at a time."""
    lasting(1.0)
    bench.engine().rehearse(several(*[9] * 16))
    assert len(bench.played) == 8


def test_without_the_canary_nothing_is_begun(bench: Bench) -> None:
    """What is not played has not passed."""

    def dying(one: Script) -> Trace:
        bench.canary.alive = False
        return faithful(one)

    bench.turns = [dying]
    checks = several(2, 1)
    engine = bench.engine()
    engine.rehearse(checks)
    assert (bench.scripts, engine._rehearsal.passed) == (talks("0", 1), {"RELAY-1/0": 1})  # type: ignore[union-attr]


def test_where_nobody_can_join_nothing_is_begun(bench: Bench) -> None:
    """There would be but waits in vain."""
    bench.canary.lived, bench.canary.alive, bench.canary.begins = False, False, [False]
    engine = bench.engine()
    engine.rehearse(several(2, 1))
    assert (bench.played, engine._rehearsal.passed) == ([], {})  # type: ignore[union-attr]


def test_when_the_run_is_over_nobody_is_asked_whether_the_canary_is_there(bench: Bench) -> None:
    """It might take a whole wait."""
    engine = bench.engine()
    engine.stopped = "the run stopped at FRAME-3/test"
    engine.rehearse(several(2, 1))
    assert (bench.played, bench.canary.waits) == ([], [])


def test_the_canary_is_there_though_the_check_before_did_without(bench: Bench) -> None:
    """Its waits prove something only beside others that end."""
    bench.session.alone = True
    bench.engine().rehearse(several(2, 1))
    assert (len(bench.played), bench.session.alone) == (3, False)


def test_the_time_limit_holds_for_it(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was under way then has not passed."""
    limits: list[float | None] = []

    def run(*_: object) -> list[object]:
        limits.append(bench.stage.until)
        raise OutOfTimeError

    monkeypatch.setattr(type(bench.stage), "run", run)
    engine = bench.engine(until=1e12)
    engine.session.stage.pulse.begins = [True]  # type: ignore[attr-defined]
    monkeypatch.setattr(type(engine.session), "alive", lambda session: True)
    engine.rehearse(several(1))
    assert (limits, bench.stage.until) == ([1e12], None)
    assert engine._rehearsal.passed == {}  # type: ignore[union-attr]


def test_an_error_of_the_suites_own_is_found_where_it_is_played_alone(bench: Bench) -> None:
    """It ends what is played side by side, and is no verdict."""

    def broken(trace: Trace) -> list[Difference]:
        raise ArithmeticError("a judge")

    fine, wrong = several(1, 1)
    checks = [fine, dataclasses.replace(wrong, judge=broken)]
    engine = bench.engine()
    engine.rehearse(checks)

    assert engine.session.choices == {"side by side": "an error in the suite: ArithmeticError: a judge"}
    assert bench.stage.until is None
    assert [engine.judge(check).verdict for check in checks] == [PASS, INCONCLUSIVE]


# What can be played beside others.

PLAN = Plan("quick", random.Random(1))


@pytest.mark.parametrize("kind", ["storm", "background", "last", "alone"])
def test_what_measures_or_storms_is_played_alone(kind: str) -> None:
    """It is about everything that goes on."""
    assert scripts_of(dataclasses.replace(checking(*talks("0", 2)), **{kind: True}), PLAN) == []  # type: ignore[arg-type]
    assert scripts_of(checking(*talks("0", 2), *talks("0", 2)), PLAN) == talks("0", 2)


def test_what_takes_room_or_has_nicks_of_its_own_is_played_alone() -> None:
    """Others could not tell its members from strangers."""
    six, seven = (script(*(Open(f"m{number}") for number in range(count))) for count in (6, 7))
    short = script(Open("ann"), Send("ann", (Out("x"),)), Settle())
    raw = script(Open("ann"), Send("ann", (b"x",)), Settle())

    assert scripts_of(checking(six, raw), PLAN) == [six, raw]
    assert scripts_of(checking(six, seven), PLAN) == []
    assert scripts_of(checking(short), PLAN) == []


def test_what_is_drawn_is_what_would_be_drawn(bench: Bench) -> None:
    """One by one: the same scripts, each once."""
    drawing = CHECKS["RELAY-2/conversation"]
    engine = bench.engine()
    engine.rehearse([drawing])
    beside = set(bench.scripts)
    bench.played.clear()

    other = bench.engine()
    bench.canary.round_trip = 0.0
    assert other.judge(drawing).verdict is PASS
    assert set(bench.scripts) == beside != set()


def test_most_checks_can_be_played_beside_others() -> None:
    """Each with all of its scripts, or with none."""
    found = [check for check in CHECKS.values() if scripts_of(check, Plan("quick", random.Random(1)))]
    assert len(found) > 110
    assert sum(check.strategy is not None for check in found) > 15
