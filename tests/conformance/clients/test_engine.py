"""What may be judged of a client, what was found, and what it is worth. The playing is made up here."""

import random
import time
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Literal

import pytest

import conformance.clients.checks  # noqa: F401  # registers them
from conformance.check import Plan
from conformance.clients.check import CLIENT_CHECKS, ClientCheck, check
from conformance.clients.engine import Engine
from conformance.clients.judging import everything
from conformance.clients.play import Waits
from conformance.clients.session import LONGER, Session
from conformance.clients.steps import Script, Type, token
from conformance.clients.trace import ClientTrace
from conformance.trace import Difference
from conformance.verdict import FAIL, INCONCLUSIVE, NOT_RUN, PASS, WARN, Verdict
from tests.conformance.clients.played import shipped, trace

Wrong = Callable[[Script, float], str | None]  # how a difference is decided, if there is one
BAD = (Type(b"bad\n"),)
GOOD = (Type(b"good\n"),)
SCRIPT = Script(blocks=(GOOD, GOOD, BAD, GOOD))


class MadeUp(Session):
    """A session whose playings are not played."""

    def __init__(self, wrong: Wrong) -> None:
        super().__init__(shipped(), Waits())
        self.wrong = wrong
        self.factors: list[float] = []
        self.scripts: list[Script] = []

    def play(self, script: Script, factor: float = 1.0, *, anew: bool = False) -> ClientTrace:
        self.played += 1
        self.factors.append(factor)
        self.scripts.append(script)
        return trace(script, errors=self.wrong(script, factor) or "")


def judged(made: ClientTrace, control: ClientTrace | None) -> list[Difference]:
    """What the session has made up."""
    decided: Literal["frame", "deadline"] = "deadline" if made.errors == b"deadline" else "frame"
    row = "FRAME-1" if made.errors.startswith(b"other") else "CLIENT-2"
    return [Difference(row, "this", "that", "screen", decided)] if made.errors else []


def a_check(**changes: object) -> ClientCheck:
    """A check of one script."""
    made = ClientCheck("CLIENT-2/x", "CLIENT-2", "MUST", "about", lambda plan: [SCRIPT], judged)
    return replace(made, **changes)  # type: ignore[arg-type]


def is_bad(script: Script, factor: float) -> str | None:
    """A frame shows it whenever the bad block is played."""
    return "frame" if BAD in script.blocks else None


def verdict(wrong: Wrong, **changes: object) -> Verdict:
    """Of one check, with a new engine."""
    return Engine(MadeUp(wrong), 1, "quick").judge(a_check(**changes)).verdict


def test_a_pass() -> None:
    """With how it was decided."""
    result = Engine(MadeUp(lambda script, factor: None), 1, "quick").judge(a_check(decided_by="closed"))
    assert (result.verdict, result.decided_by, result.examples, result.failure) == (PASS, "closed", 1, None)


def test_a_failure_is_shown_by_the_smallest_playing() -> None:
    """And played again, to see how often it comes."""
    session = MadeUp(is_bad)
    result = Engine(session, 1, "quick").judge(a_check())

    assert (result.verdict, result.decided_by, result.repeats) == (FAIL, "frame", (3, 3))
    assert session.scripts[-1].blocks == (BAD,)
    assert result.failure is not None
    assert (result.failure.expected, result.failure.seen) == ("this", "that")


def test_a_should_only_warns() -> None:
    """Its clause has the keyword."""
    assert verdict(is_bad, clause="SHOULD") is WARN


def test_what_comes_now_and_then() -> None:
    """It has been seen: a failure, with how often."""
    times: list[int] = []

    def once(script: Script, factor: float) -> str | None:
        times.append(1)
        return "frame" if len(times) == 1 else None

    result = Engine(MadeUp(once), 1, "quick").judge(a_check())
    assert (result.verdict, result.repeats) == (FAIL, (1, 3))


def test_a_wait_has_to_stand_a_longer_one() -> None:
    """What a slow machine did not bring in time comes then: nobody is blamed."""
    session = MadeUp(lambda script, factor: "deadline" if factor < LONGER else None)
    assert Engine(session, 1, "quick").judge(a_check()).verdict is PASS
    assert session.factors == [1.0, LONGER]

    result = Engine(MadeUp(lambda script, factor: "deadline"), 1, "quick").judge(a_check())
    assert (result.verdict, result.decided_by) == (FAIL, "deadline")


def test_the_twin_has_to_work() -> None:
    """If the plain conversation fails as well, the unusual thing is not to blame."""
    assert verdict(is_bad, twin=lambda script: Script(blocks=(GOOD,))) is FAIL
    assert verdict(is_bad, twin=lambda script: script) is INCONCLUSIVE


def test_the_scope() -> None:
    """Another requirement's difference is in the way, and named."""
    result = Engine(MadeUp(lambda script, factor: "other"), 1, "quick").judge(a_check(scope=frozenset(["CLIENT-2"])))
    assert (result.verdict, result.because) == (NOT_RUN, "FRAME-1: that")
    assert verdict(lambda script, factor: "other") is FAIL


def test_the_control_is_played_beside() -> None:
    """And given to the judge."""
    seen: list[object] = []
    control = Script(blocks=(GOOD,))

    def compared(made: ClientTrace, beside: ClientTrace | None) -> list[Difference]:
        seen.append(beside and beside.script)
        return []

    Engine(MadeUp(is_bad), 1, "quick").judge(a_check(judge=compared, control=lambda script: control))
    assert seen == [control]


def test_needs() -> None:
    """What rests on a check that has failed, or has no verdict, is not run; what was not selected is taken for granted."""
    engine = Engine(MadeUp(is_bad), 1, "quick")
    assert engine.judge(a_check(needs=("CLIENT-1/joins",))).verdict is FAIL
    failed = engine.judge(a_check(name="CLIENT-2/y", needs=("CLIENT-2/x",)))
    unknown = engine.judge(a_check(name="CLIENT-2/z", needs=("CLIENT-2/y",)))

    assert (failed.verdict, failed.because) == (NOT_RUN, "CLIENT-2/x failed")
    assert (unknown.verdict, unknown.because) == (NOT_RUN, "CLIENT-2/y has no verdict")


def test_the_time_limit_and_the_first_failure() -> None:
    """No further check is begun."""
    late = Engine(MadeUp(is_bad), 1, "quick", until=time.monotonic() - 1)
    assert late.judge(a_check()).because == "the time limit of the run"
    stopped = Engine(MadeUp(is_bad), 1, "quick")
    stopped.stopped = "enough"
    assert stopped.judge(a_check()).because == "enough"


def test_an_error_of_our_own_is_no_verdict() -> None:
    """It is told."""

    def broken(made: ClientTrace, control: ClientTrace | None) -> list[Difference]:
        raise ZeroDivisionError("oh")

    result = Engine(MadeUp(is_bad), 1, "quick").judge(a_check(judge=broken))
    assert (result.verdict, result.because) == (INCONCLUSIVE, "an error in the suite: ZeroDivisionError: oh")
    assert verdict(is_bad, cases=lambda plan: []) is INCONCLUSIVE


def test_the_seed_and_the_depth_reach_the_check() -> None:
    """Each check draws by itself: the same seed gives the same."""
    plans: list[tuple[str, float]] = []

    def cases(plan: Plan) -> Iterable[Script]:
        plans.append((plan.depth, plan.random.random()))
        return [SCRIPT]

    for seed, depth in ((1, "quick"), (1, "thorough"), (2, "quick")):
        Engine(MadeUp(lambda script, factor: None), seed, depth).judge(a_check(cases=cases))
    drawn = random.Random("1/CLIENT-2/x").random()

    assert plans[:2] == [("quick", drawn), ("thorough", drawn)]
    assert plans[2][1] != drawn


def test_remarks_are_recorded() -> None:
    """And judged by nobody."""
    session = MadeUp(lambda script, factor: None)
    Engine(session, 1, "quick").judge(a_check(remark=lambda made: {"an empty line": "sent"}))
    assert session.choices == {"an empty line": "sent"}


def test_a_check_has_a_clause_and_a_docstring(monkeypatch: pytest.MonkeyPatch) -> None:
    """And a name of its own."""

    def about(plan: Plan) -> Iterable[Script]:
        """It is said."""
        return []

    def silent(plan: Plan) -> Iterable[Script]:
        return []

    with pytest.raises(ValueError, match="with a clause SHOULD"):
        check("CLIENT-2", "new", everything, clause="SHOULD")(about)
    with pytest.raises(ValueError, match="no requirement CLIENT-9"):
        check("CLIENT-9", "new", everything)(about)
    with pytest.raises(ValueError, match="stands twice"):
        check("CLIENT-1", "joins", everything)(about)
    with pytest.raises(ValueError, match="no docstring"):
        check("CLIENT-1", "new", everything)(silent)
    assert "CLIENT-1/new" not in CLIENT_CHECKS
    assert token(1) != token(2)
