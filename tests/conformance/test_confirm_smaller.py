"""How small a failing script is made, and how long that may take."""

from collections.abc import Callable
from types import SimpleNamespace

import pytest

from conformance import confirm
from conformance.script import Script, Send, burst, cast, plain, script, sentinel
from conformance.trace import Difference, Trace
from tests.conformance.confirming import confirming
from tests.conformance.engines import TALK, checking
from tests.conformance.stages import Bench, echoing, faithful, seen

# Smaller.

LONG = script(cast("ann", "bob"), burst("ann", *(plain(number) for number in range(8))), sentinel("ann"))


def says(trace: Trace, text: str) -> bool:
    """Whether somebody says something."""
    return any(text.encode() in step.octets for step in trace.steps if isinstance(step, Send))


def of_text(text: str) -> Callable[[Trace], list[Difference]]:
    """A judge that finds every conversation wrong in which this is said."""
    return lambda trace: [seen("RELAY-1")] if says(trace, text) else []


def test_a_failure_is_made_smaller(monkeypatch: pytest.MonkeyPatch) -> None:
    """Step by step, down to what it takes; that is what is played again and shown."""
    found, on = confirming(monkeypatch, checking(LONG, judge=of_text("hello 5 ")), LONG, faithful)

    smallest = script(cast("ann", "bob"), burst("ann", plain(5)), sentinel("ann"))
    assert on.scripts[-3:] == [smallest] * 3
    assert len(on.played) == 5 + 3  # none, half of eight, of four and of two; one is what it takes
    assert found.failure is not None
    assert found.failure.trace is not None
    assert len(found.failure.trace.steps) == len(smallest.steps)


def test_a_smaller_one_that_never_comes_back_gives_way_to_the_first(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whose replays then count; of one that came back, they are not asked."""
    clock = iter([0.0, 0.0, 99.0])
    monkeypatch.setattr(confirm, "time", SimpleNamespace(monotonic=lambda: next(clock)))
    check = checking(LONG, requirement="RELAY-2")
    found, on = confirming(monkeypatch, check, LONG, echoing, echoing, *[faithful] * 3, echoing, faithful)
    assert on.scripts[-3:] == [LONG] * 3
    assert (len(on.played), found.repeats) == (7, (2, 4))

    clock = iter([0.0, 0.0, 99.0])
    found, on = confirming(monkeypatch, check, LONG, echoing, echoing, faithful, echoing, faithful)
    assert (len(on.played), found.repeats) == (4, (2, 4))
    assert LONG not in on.scripts


def test_a_first_one_that_never_comes_back_is_not_replayed_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    """Six more would say no more than three."""
    monkeypatch.setattr(confirm, "SHRINK_SECONDS", 0.0)
    found, on = confirming(monkeypatch, checking(LONG, requirement="RELAY-2"), LONG, echoing, faithful)
    assert (len(on.played), found.repeats) == (3, (1, 4))


@pytest.mark.parametrize(("requirement", "decided_by"), [("RELAY-1", "deadline"), ("RELAY-2", "frame")])
def test_a_smaller_one_that_fails_otherwise_is_another_failure(
    monkeypatch: pytest.MonkeyPatch, requirement: str, decided_by: str
) -> None:
    """Of another requirement, or by another way to tell."""

    def judge(trace: Trace) -> list[Difference]:
        return [seen("RELAY-1")] if says(trace, "hello 7 ") else [seen(requirement, decided_by)]

    short = script(cast("ann", "bob"), burst("ann", plain(7)), sentinel("ann"))
    check = checking(LONG, judge=judge, scope={"RELAY-1", "RELAY-2"})
    found, on = confirming(monkeypatch, check, LONG, faithful)
    assert found.decided_by == "frame"
    assert on.scripts[-3:] == [short] * 3


@pytest.mark.parametrize(("round_trip", "patience"), [(0.0, 0.3), (0.02, 0.6), (0.1, 3.0), (1.0, 5.0)])
def test_shrinking_waits_shortly(monkeypatch: pytest.MonkeyPatch, round_trip: float, patience: float) -> None:
    """Thirty round trips, but never less than 0.3 s nor more than a wait of repetitions."""
    bench = Bench(monkeypatch)
    bench.canary.round_trip = round_trip
    _, on = confirming(monkeypatch, checking(TALK, requirement="RELAY-2"), TALK, echoing, bench=bench)
    assert on.played[0][1] == pytest.approx(patience)


def test_shrinking_ends_after_four_seconds(monkeypatch: pytest.MonkeyPatch) -> None:
    """With the smallest that was found by then."""
    moments = [100.0]
    monkeypatch.setattr(confirm, "time", SimpleNamespace(monotonic=lambda: moments[0]))

    def second(one: Script) -> Trace:
        moments[0] += 1.0
        return faithful(one)

    def whole(trace: Trace) -> list[Difference]:
        return [seen("RELAY-1")] if all(says(trace, f"hello {number} ") for number in range(8)) else []

    found, on = confirming(monkeypatch, checking(LONG, judge=whole), LONG, second)
    assert len(on.played) == 4 + 3
    assert found.repeats == (4, 4)


def test_shrinking_ends_when_the_server_is_gone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing smaller is looked for."""
    bench = Bench(monkeypatch)
    bench.canary.begins = [True, False]
    found, on = confirming(monkeypatch, checking(LONG, judge=of_text("hello 5 ")), LONG, faithful, bench=bench)
    assert (len(on.played), found.repeats) == (2, (1, 1))  # without all eight it passed
