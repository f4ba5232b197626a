"""What a check's outcome is worth: passes, failures, and what is no verdict."""

import random
import time
from collections.abc import Iterable
from typing import Any

import pytest
from hypothesis import strategies as st

import conformance.checks  # noqa: F401  # registers them
from conformance.check import Check, Plan
from conformance.engine import Engine
from conformance.faults import FAULTS, Server
from conformance.faults.frames import Peer
from conformance.octets import Out
from conformance.script import Script, Send, burst, cast, plain, say, script, sentinel
from conformance.selection import checks_for, select
from conformance.session import Session
from conformance.trace import Trace
from conformance.verdict import FAIL, INCONCLUSIVE, NOT_RUN, PASS, WARN
from tests.conformance.engines import TALK, Talker, checking, judging
from tests.conformance.helpers import scripted, stage_for
from tests.conformance.wires import silent

# Pass and fail.


def test_a_faithful_server_passes() -> None:
    """With the number of scripts that were played, and how it was decided."""
    with judging(Server()) as engine:
        result = engine.judge(checking(TALK, script(cast("ann", "bob"), sentinel("bob"))))

    assert (result.verdict, result.examples, result.because, result.failure) == (PASS, 2, None, None)
    assert result.decided_by == "sentinel"
    assert result.seconds > 0


def test_a_failure_is_confirmed_shrunk_and_replayed() -> None:
    """It comes back each time, in a conversation no longer than need be."""
    talk = script(
        cast("ann", "bob", "carl"),
        say("ann", *map(plain, range(8))),
        sentinel("ann"),
        sentinel("bob"),  # whoever of the three is left out: an echo of the last word but one is read before the last
        sentinel("carl"),
    )
    with judging(FAULTS["echoes-to-sender"]()) as engine:
        result = engine.judge(checking(talk, requirement="RELAY-2"))

    assert (result.verdict, result.repeats, result.decided_by) == (FAIL, (4, 4), "frame")
    assert result.failure is not None
    assert result.failure.trace is not None
    assert len(result.failure.trace.script.parties) == 2
    assert (
        len([step for step in result.failure.trace.steps if isinstance(step, Send)]) <= 4
    )  # of fourteen: joins, sentinels
    assert engine.failed == {"RELAY-2": "RELAY-2/test"}


def test_a_should_clause_only_warns() -> None:
    """And does not stand in the way of other checks."""
    with judging(FAULTS["echoes-to-sender"]()) as engine:
        result = engine.judge(checking(TALK, requirement="RELAY-2", clause="SHOULD"))

    assert (result.verdict, engine.failed) == (WARN, {})
    assert result.failure is not None


def test_only_differences_in_its_scope_fail_a_check() -> None:
    """A server that echoes passes a check of lost messages."""
    with judging(FAULTS["echoes-to-sender"]()) as engine:
        assert engine.judge(checking(TALK)).verdict is PASS


def test_scripts_side_by_side_fail_alone_too() -> None:
    """Of many the one that fails is found, though its neighbours hear of it."""

    class Bad(Talker):
        def is_wrong(self, peer: Peer, text: bytes) -> bool:
            return b"bad" in text

    scripts = [
        script(cast("ann", "bob"), burst("ann", f"{number} {'bad' if number == 5 else 'good'}"), sentinel("ann"))
        for number in range(9)
    ]
    with judging(Bad()) as engine:
        result = engine.judge(checking(*scripts, width=4))

    assert result.verdict is FAIL
    assert result.failure is not None
    assert "5 bad" in result.failure.expected


# No verdict.


def broken(*arguments: object) -> Any:
    """An error of the suite's own."""
    raise LookupError("ours")


@pytest.mark.parametrize(
    "options",
    [
        {"cases": broken},
        {"judge": broken},
        {"cases": None, "strategy": broken},
        {"cases": None, "strategy": lambda plan: st.just(TALK), "judge": broken},
        {"requirement": "RELAY-2", "twin": broken, "scope": frozenset(["RELAY-2"])},
        {"cases": lambda plan: [Script((Send("nobody", (Out("x"),)),))]},
    ],
)
def test_an_error_in_the_suite_is_never_a_verdict(options: dict[str, Any]) -> None:
    """It is inconclusive and says what happened; the next check runs."""
    with judging(FAULTS["echoes-to-sender"]()) as engine:
        result = engine.judge(checking(TALK, **options))
        after = engine.judge(checking(TALK))
        left = len(engine.session.stage.sockets.serving)

    assert result.verdict is INCONCLUSIVE
    assert str(result.because).startswith("an error in the suite: ")
    assert "ours" in str(result.because) or "nobody" in str(result.because)
    assert engine.failed == {}
    assert after.verdict is PASS
    assert left == 2  # the canary


def cut_short(*arguments: object) -> Any:
    """A Ctrl-C between two steps that belong together: what is tidied up on its way out cannot be."""
    try:
        raise KeyboardInterrupt
    finally:
        raise LookupError("half a registration")


@pytest.mark.parametrize(
    "options", [{"judge": cut_short}, {"strategy": lambda plan: st.just(TALK), "judge": cut_short}]
)
def test_an_error_does_not_stand_in_the_way_of_a_ctrl_c(options: dict[str, Any]) -> None:
    """Nor does hypothesis, which would play the script again."""
    with judging(Server()) as engine, pytest.raises(KeyboardInterrupt):
        engine.judge(checking(TALK, **options))


def test_a_check_that_plays_nothing_does_not_pass() -> None:
    """Nothing was verified."""
    with judging(Server()) as engine:
        enumerated = engine.judge(checking())
        behind = engine.judge(checking(background=True))

    assert (behind.verdict, enumerated.verdict) == (NOT_RUN, INCONCLUSIVE)
    assert behind.because
    assert "no script" in str(enumerated.because)


def test_behind_the_time_limit_no_check_is_begun() -> None:
    """It is the reason."""
    with judging(Server(), until=time.monotonic() - 1) as engine:
        result = engine.judge(checking(TALK))

    assert (result.verdict, result.because, result.examples) == (NOT_RUN, "the time limit of the run", 0)


def test_a_server_that_answers_nobody_fails_to_announce_joins_and_nothing_else() -> None:
    """It accepts connections and reads: JOIN-2 fails, and no other row passes or fails for it."""
    with scripted(silent) as server, stage_for(server.address, patience=0.05) as stage:
        engine = Engine(Session(stage, None, gentle=False), 1, "quick")
        results = [engine.judge(check) for check in checks_for(select("server")) if not check.background]

    failed = {result.requirement for result in results if result.verdict is FAIL}
    passed = {result.name for result in results if result.verdict is PASS}
    assert failed == {"JOIN-2"}
    assert passed == set()


# Seeds.


def test_the_seed_and_the_name_decide_what_is_drawn() -> None:
    """Selecting one check replays the same scripts; another check draws others."""

    def drawn(seed: int, name: str, *before: Check) -> list[str]:
        seen: list[str] = []

        def watch(trace: Trace) -> list[Any]:
            parts = [part for step in trace.steps if isinstance(step, Send) for part in step.parts]
            seen.extend(part.text for part in parts if isinstance(part, Out) and "number" in part.text)
            return []

        numbers = st.integers(0, 10**9).map(
            lambda number: script(cast("ann", "bob"), burst("ann", f"number {number}"), sentinel("ann"))
        )
        one = checking(cases=None, strategy=lambda plan: numbers, examples=(5, 5, 5), judge=watch, name=name)
        with judging(Server()) as engine:
            engine.seed = seed
            for other in [*before, one]:
                engine.judge(other)
        return seen

    assert drawn(1, "RELAY-1/a") == drawn(1, "RELAY-1/a", checking(TALK))
    assert drawn(1, "RELAY-1/a") != drawn(2, "RELAY-1/a")
    assert drawn(1, "RELAY-1/a") != drawn(1, "RELAY-1/b")


def test_enumerating_checks_are_given_a_generator_of_their_own() -> None:
    """Seeded by the run and the name."""
    plans: list[Plan] = []

    def cases(plan: Plan) -> Iterable[Script]:
        plans.append(plan)
        return [TALK]

    with judging(Server(), depth="standard") as engine:
        engine.judge(checking(cases=cases))

    assert plans[0].depth == "standard"
    assert plans[0].random.random() == random.Random("1/RELAY-1/test").random()
