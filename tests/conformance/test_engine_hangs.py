"""A server that runs and serves nobody any more: how that is noticed, what it is asked, and what is not run for it."""

import socket
from collections.abc import Callable

import pytest

from conformance.engine import Engine
from conformance.script import Rst, Script, Send, cast, script, sentinel
from conformance.session import Session
from conformance.trace import Difference, Trace
from conformance.verdict import FAIL, NOT_RUN, PASS
from tests.conformance.engines import checking
from tests.conformance.helpers import stage_for
from tests.conformance.stages import Bench, Turn, faithful, judging, late, seen, shut_out

SMALL = script(cast("ann", "bob"), sentinel("ann"))
RESET = script(cast("ann", "bob", "evil"), Rst("evil"), sentinel("ann"))
RUBBISH = script(cast("ann", "bob", "evil"), Send("evil", (b"x" * 10,)), sentinel("ann"))


def are_rubbish(scripts: list[Script]) -> list[bool]:
    """Which of them send it; the others are those who come to see whether they are served."""
    return ["evil" in one.parties for one in scripts]


@pytest.fixture
def bench(monkeypatch: pytest.MonkeyPatch) -> Bench:
    """A session without sockets, of a server that can be started again and whose canary is late."""
    bench = Bench(monkeypatch)
    bench.startable()
    bench.canary.in_time = [False]
    return bench


@pytest.mark.parametrize(
    ("in_time", "turn", "hangs"),
    [
        ([False], shut_out, True),
        ([True], shut_out, False),  # the canary is served
        ([False, True], shut_out, False),  # it was late once
        ([False], faithful, False),  # two who come are served
    ],
)
def test_who_serves_nobody_hangs(bench: Bench, in_time: list[bool], turn: Turn, *, hangs: bool) -> None:
    """Two who come are given a whole wait, also in a hurry; the server is started again, and the canary with it."""
    session = bench.session
    session.hurried = True
    bench.canary.in_time, bench.turns = list(in_time), [turn]
    assert session.hangs() is hangs
    assert session.hung is hangs
    assert bench.target.starts == bench.canary.ends == hangs
    assert [patience for _, patience in bench.played] == [5.0] * (not in_time[0])
    assert [death.partition(",")[0] for death in session.deaths] == ["lets nobody join any more"] * hangs


def test_who_is_not_looked_at_does_not_hang(bench: Bench) -> None:
    """Without a canary nobody knows, and what is gone is gone."""
    bench.turns = [shut_out]
    bench.session.alone = True
    assert not bench.session.hangs()
    bench.session.alone, bench.canary.alive = False, False
    assert not bench.session.hangs()
    bench.canary.alive, bench.session.gone = True, "the server ended"
    assert not bench.session.hangs()
    assert bench.played == []


def test_what_it_hangs_of_is_what_was_played_before(bench: Bench) -> None:
    """The two who come afterwards have nothing to do with it."""
    bench.turns = [late, shut_out]
    bench.session.play(RUBBISH)
    assert bench.session.hangs()
    assert list(bench.session.recent) == bench.session.fatal
    assert are_rubbish(bench.session.fatal) == [True]


def hanging(bench: Bench, requirement: str, *turns: Turn, of: Script = RUBBISH) -> tuple[Engine, object, object]:
    """The engine, verdict and repeats of a check that finds a wait in vain, when the next playings go like this."""
    engine = bench.engine()
    bench.turns = list(turns)
    judge = judging(seen(requirement, "deadline")) if turns[0] is late else None
    found = engine.judge(checking(of, requirement=requirement, **({"judge": judge} if judge else {})))
    return engine, found.verdict, found.repeats


@pytest.mark.parametrize("requirement", ["ROBUST-1", "ROBUST-2", "ROBUST-3", "ROBUST-5", "ROBUST-6", "ROBUST-7"])
def test_who_asks_about_the_others_has_found_it(bench: Bench, requirement: str) -> None:
    """If it hangs again of the same: nothing smaller is looked for, as each try costs a start."""
    _, verdict, repeats = hanging(bench, requirement, late, shut_out, late, shut_out, faithful)
    assert (verdict, repeats) == (FAIL, (2, 2))
    assert are_rubbish(bench.scripts) == [True, False] * 2
    assert (len(bench.played), bench.target.starts) == (4, 2)


def test_a_server_that_is_gone_then_has_failed_once(bench: Bench) -> None:
    """It cannot be asked again. A check of something else says nothing of its own id, and blames what it has sent if that was
    out of the ordinary."""
    bench.target.restarts = [False]
    assert hanging(bench, "ROBUST-1", late, shut_out)[1:] == (FAIL, (1, 1))
    for of, blamed in ((RUBBISH, ["ROBUST-1/in-passing"]), (RESET, ["ROBUST-5/in-passing"]), (SMALL, [])):
        bench.session.gone = None
        engine, verdict, _ = hanging(bench, "RELAY-1", late, shut_out, of=of)
        found = [(one.name, one.decided_by, one.repeats) for one in engine.extra]
        assert (verdict, found) == (NOT_RUN, [(one, "deadline", (1, 1)) for one in blamed])
        assert [one.partition("/")[0] for one in blamed] == list(engine.failed)


@pytest.mark.parametrize(
    ("of", "is_down", "failed", "blamed"),
    [
        (RUBBISH, True, "", ["ROBUST-1/in-passing"]),
        (RUBBISH, True, "NICK-2", ["ROBUST-1/in-passing"]),
        (RESET, True, "", ["ROBUST-5/in-passing"]),
        (RESET, True, "ROBUST-1", []),  # known to be deadly
        (SMALL, True, "", []),  # nothing out of the ordinary
        (RUBBISH, False, "", []),  # somebody listens: the machine may be slow
    ],
)
def test_what_was_played_when_a_server_ended_that_cannot_be_started_again(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, of: Script, *, is_down: bool, failed: str, blamed: list[str]
) -> None:
    """It is blamed at the end of the run, whatever else has failed."""
    bench.target.command, bench.target.restarts = None, [False]
    monkeypatch.setattr(type(bench.session), "is_down", lambda session: is_down)
    engine = bench.engine()
    engine.failed.update(dict.fromkeys(filter(None, [failed]), "some/check"))
    bench.session.play(of)
    bench.canary.begins, bench.canary.alive = [False], False
    assert not bench.session.alive()
    engine.second_look()
    assert [(one.name, one.decided_by, one.repeats) for one in engine.extra] == [
        (one, "closed", (1, 1)) for one in blamed
    ]


def test_what_was_played_at_the_first_end_is_what_is_blamed(bench: Bench) -> None:
    """Whatever it ended of afterwards."""
    bench.session.play(RUBBISH)
    bench.canary.begins, bench.canary.alive = [False, False, True], False
    assert bench.session.alive()
    bench.session.play(RESET)
    bench.canary.begins, bench.canary.alive = [False, False, True], False
    assert bench.session.alive()
    assert len(bench.session.deaths) == 2
    assert bench.session.killing is not None
    assert are_rubbish([bench.session.killing.script]) == [True]
    assert not any(isinstance(step, Rst) for step in bench.session.killing.script.steps)


def test_a_server_that_is_there_has_died_of_nothing(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever refused a connection once."""
    monkeypatch.setattr(type(bench.session), "is_down", lambda session: True)
    bench.target.command = None
    bench.session.killing = faithful(RUBBISH)
    engine = bench.engine()
    engine.second_look()
    assert (engine.extra, bench.session.choices) == ([], {})


def test_a_server_that_was_down_before_anything_was_played(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """Has ended of nothing that is known, which is no error of the suite's."""
    monkeypatch.setattr(type(bench.session), "is_down", lambda session: True)
    bench.target.command, bench.target.restarts = None, [False]
    bench.canary.begins, bench.canary.alive = [False], False
    assert not bench.session.alive()
    engine = bench.engine()
    engine.second_look()
    assert (engine.extra, bench.session.choices) == ([], {})


def test_one_that_was_started_for_the_run_is_asked_instead(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """If it cannot be started any more, nothing is said of what it may have died of."""
    monkeypatch.setattr(type(bench.session), "is_down", lambda session: True)
    bench.target.restarts = [False]
    bench.session.play(RUBBISH)
    bench.canary.begins, bench.canary.alive = [False], False
    assert not bench.session.alive()
    engine = bench.engine()
    engine.second_look()
    assert engine.extra == []


def test_one_that_was_only_found_is_asked_three_times(bench: Bench) -> None:
    """Whether it serves newcomers: nothing can be played again to see whether it was the machine."""
    bench.target.command = None
    bench.turns = [shut_out, shut_out, faithful]
    assert not bench.session.hangs()
    assert len(bench.played) == 3
    bench.target.restarts = [False]
    bench.turns = [shut_out]
    assert bench.session.hangs()
    assert len(bench.played) == 3 + 3


def test_whether_a_server_is_down() -> None:
    """Nobody listens: connections are refused."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        address = listener.getsockname()[:2]
        with stage_for(f"127.0.0.1:{address[1]}") as stage:
            assert not Session(stage).is_down()
    with stage_for(f"127.0.0.1:{address[1]}") as stage:
        assert Session(stage).is_down()


def test_what_was_played_before_it_hung_is_shown(bench: Bench) -> None:
    """Played alone, it came to nothing."""
    bench.target.restarts = [False]
    played: list[Trace] = []

    def noted(one: Script) -> Trace:
        played.append(late(one))
        return played[-1]

    engine = bench.engine()
    bench.turns = [noted, noted, shut_out]
    judge = judging(seen("RELAY-1", "deadline"))
    engine.judge(checking(RUBBISH, SMALL, judge=judge, width=2))
    [extra] = engine.extra
    assert extra.failure is not None
    assert extra.failure.trace is played[0]


def test_what_it_hangs_of_is_asked_at_once(bench: Bench) -> None:
    """By a check that is about something else; then neither that id nor hardened checks are run, for it would hang again."""
    engine, verdict, _ = hanging(bench, "FRAME-4", late, shut_out, late, shut_out, faithful)
    assert verdict is NOT_RUN
    [extra] = engine.extra
    assert (extra.name, extra.verdict) == ("ROBUST-1/in-passing", FAIL)
    assert are_rubbish(bench.scripts) == [True, False] * 2

    bench.canary.in_time = [True]
    because = "ROBUST-1/in-passing failed, and the server would hang again"
    for requirement in ("ROBUST-1", "FRAME-8"):
        found = engine.judge(checking(SMALL, requirement=requirement))
        assert (found.verdict, found.because, found.kept_by) == (NOT_RUN, because, "ROBUST-1")
    assert engine.judge(checking(SMALL, requirement="RELAY-2")).verdict is PASS


def test_what_does_not_hang_again_is_nobodys_failure(bench: Bench) -> None:
    """Neither of a check about the others, nor in passing."""
    for requirement in ("ROBUST-1", "FRAME-4"):
        bench.canary.in_time = [False, False, True]
        engine, verdict, _ = hanging(bench, requirement, late, shut_out, faithful)
        assert (verdict, engine.extra) == (NOT_RUN, [])
        assert not engine.failed


def test_what_was_not_waited_for_is_no_reason_to_ask(bench: Bench) -> None:
    """A frame shows that it was answered, whatever becomes of the canary."""
    bench.turns = [faithful, shut_out]
    found = bench.engine().judge(checking(SMALL, requirement="RELAY-2", judge=judging(seen("RELAY-2"))))
    assert found.verdict is FAIL
    assert bench.target.starts == 0


def test_what_stands_in_the_way_is_not_what_a_check_is_about(bench: Bench) -> None:
    """Something else was waited for in vain."""
    bench.target.restarts, bench.turns = [False], [late, shut_out]
    assert bench.engine().judge(checking(RUBBISH, requirement="ROBUST-1")).verdict is NOT_RUN


def test_a_server_that_hangs_of_what_passes_does_so_of_something_else(bench: Bench) -> None:
    """What is played again has to fail again."""
    bench.turns = [late, shut_out, faithful, shut_out]
    judge = sometimes(seen("ROBUST-1", "deadline"))
    assert bench.engine().judge(checking(RUBBISH, requirement="ROBUST-1", judge=judge)).verdict is NOT_RUN


def sometimes(difference: Difference) -> Callable[[Trace], list[Difference]]:
    """A judge that finds this where a wait was in vain."""
    return lambda trace: [difference] if trace.expired is not None else []


def test_what_nobody_has_asked_for_is_not_blamed(bench: Bench) -> None:
    """With `--only`."""
    bench.target.restarts, bench.turns = [False], [late, shut_out]
    engine = bench.engine(requirements={"RELAY-1"})
    assert engine.judge(checking(RUBBISH, judge=judging(seen("RELAY-1", "deadline")))).verdict is NOT_RUN
    assert engine.extra == []


def test_it_is_asked_once(bench: Bench) -> None:
    """What is known to be deadly need not be found out again."""
    engine = bench.engine()
    engine.failed["ROBUST-5"] = "ROBUST-5/test"
    bench.turns = [late, shut_out, late, shut_out]
    judge = judging(seen("RELAY-1", "deadline"))
    assert engine.judge(checking(RUBBISH, judge=judge)).verdict is NOT_RUN
    assert engine.extra == []
    assert len(bench.played) == 2
