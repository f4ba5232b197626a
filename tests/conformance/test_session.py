"""Other people on the server, and servers that die."""

import re
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

import conformance.checks  # noqa: F401  # registers them
from conformance.confirm import in_passing
from conformance.faults import FAULTS, CrashError, Server
from conformance.faults.frames import Peer
from conformance.octets import left
from conformance.run import Options, Report, add_extra, failures, run
from conformance.script import Fin, Hears, Settle, burst, cast, enter, nick, script, sentinel
from conformance.target import Target
from conformance.trace import Difference, Trace
from conformance.verdict import FAIL, NOT_RUN, PASS, CheckResult, RequirementResult
from spec.requirements import register
from tests.conformance.engines import TALK, Talker, checking, judging
from tests.conformance.helpers import Scripted, scripted, serving

# Other people.


def test_a_gentle_run_leaves_out_storms_and_plays_one_by_one() -> None:
    """Such checks are not run, because of them."""
    seen: list[int] = []

    def watch(trace: Trace) -> list[Any]:
        seen.append(len(engine.session.stage.sockets.serving))
        return []

    with judging(Server(), gentle=True) as engine:
        storm = engine.judge(checking(TALK, storm=True))
        engine.judge(
            checking(
                *[script(cast("ann", "bob"), burst("ann", str(number)), sentinel("ann")) for number in range(6)],
                width=6,
                judge=watch,
            )
        )

    assert storm.verdict is NOT_RUN
    assert "--gentle" in str(storm.because)
    assert max(seen) <= 4


def stranger(how: str) -> Callable[[Talker, Peer], None]:
    """What somebody else does on the server."""

    def speak(server: Talker, peer: Peer) -> None:
        if how == "speaks":
            server.deliver(peer, server.members(), b"", b"bystander", b"good morning")
        elif how == "leaves":
            server.announce(peer, server.members(), b"[bystander] left the chat")
        else:
            server.announce(peer, server.members(), b"the room is open until ten")

    return speak


@pytest.mark.parametrize(("how", "gentle"), [("speaks", True), ("leaves", True), ("notices", None)])
def test_a_stranger_makes_a_run_gentle(how: str, gentle: bool | None) -> None:
    """Unless it was told otherwise; it is recorded. Service messages are no strangers."""

    class Visited(Talker):
        def is_wrong(self, peer: Peer, text: bytes) -> bool:
            stranger(how)(self, peer)
            return False

    with judging(Visited(), gentle=None) as engine, judging(Visited(), gentle=False) as rough:
        results = [engine.judge(checking(TALK)), engine.judge(checking(TALK, storm=True))]
        rough.judge(checking(TALK))

    assert engine.session.gentle is gentle
    assert [result.verdict for result in results] == [PASS, NOT_RUN if gentle else PASS]
    assert ("strangers" in engine.session.choices) is bool(gentle)
    assert rough.session.gentle is False


def test_who_is_played_beside_is_no_stranger() -> None:
    """Under a nick without the characters of the run, and though that conversation is not over yet."""
    going = script(
        cast("ann"), enter("carl", "Serve"), Fin("carl"), Settle(), burst("ann", "gone"), Hears("ann", left("Serva"))
    )
    hearing = script(enter("bob", "Serva"), Hears("bob", "gone"))
    with judging(Server(), gentle=None) as engine:
        hearing_trace, going_trace = engine.session.play_all([hearing, going], 2, lambda trace: False)

    assert left("Serve") in [frame.text for frame in hearing_trace.frames["bob"]]
    assert hearing_trace.entries[-1].at < going_trace.entries[-1].at
    assert (engine.session.gentle, engine.session.choices) == (None, {})


def test_what_is_no_frame_is_no_stranger() -> None:
    """Whoever has written it."""

    class Torn(Talker):
        def is_wrong(self, peer: Peer, text: bytes) -> bool:
            for member in self.members():
                self.send(member, b"13        12:00\0visitor")
            return False

    with judging(Torn(), gentle=None) as engine:
        engine.judge(checking(TALK))

    assert engine.session.gentle is None


def test_a_whole_run_alone_meets_no_strangers() -> None:
    """Whatever nicks the checks use: no storm is left out by mistake."""
    with serving(Server()) as address:
        host, _, port = address.partition(":")
        report = run(Target((host, int(port))), Options(only=["NICK", "RELAY-8"], depth="quick", seed=1))

    assert report.choices == {}
    assert {row.verdict for row in report.results} == {PASS}


# Servers that die.


def against(server: Server, only: list[str], **options: Any) -> Report:
    """A run against a server in a thread."""
    return run(Target(("127.0.0.1", server.port)), Options(only=only, depth="quick", seed=1, **options))


def test_a_server_that_dies_and_is_not_ours_fails_and_is_not_judged_further() -> None:
    """What killed it has failed; the rest is not run, because it is gone."""
    server = FAULTS["bad-header-kills"]()
    with serving(server, CrashError):
        report = against(server, ["JOIN-2", "ROBUST-1", "ROBUST-5"])

    rows = {row.requirement.id: row for row in report.results}
    # Of JOIN-2 what is judged late is not run either.
    expected = {"JOIN-2": NOT_RUN, "ROBUST-1": FAIL, "ROBUST-5": NOT_RUN}
    assert {name: row.verdict for name, row in rows.items()} == expected
    assert "during ROBUST-1/rubbish" in str(rows["ROBUST-5"].because)
    assert report.exit_status == 1
    [broken] = failures(report.results)
    assert broken.repeats == (1, 1)  # it could not be played again


def test_a_server_that_dies_and_is_ours_is_started_again() -> None:
    """The failure comes back, and the later checks are judged."""
    command = [sys.executable, "-m", "conformance.faults", "bad-header-kills", "--port", "{port}"]
    target = Target(None, command)
    report = run(target, Options(only=["ROBUST-1", "ROBUST-2"], depth="quick", seed=1))

    rows = {row.requirement.id: row.verdict for row in report.results}
    assert rows == {"ROBUST-1": FAIL, "ROBUST-2": PASS}, report.results
    assert all(death.startswith("ended with status 1,") for death in report.deaths), report.deaths
    assert target.starts > 1
    assert [one.repeats[0] > 1 for one in failures(report.results)] == [True, True]  # rubbish alone, and before pieces
    assert target.pid is None


def test_a_server_that_closes_everybody_at_once_is_judged() -> None:
    """It accepts and closes: JOIN-2 fails, and that takes no waiting."""

    def slam(server: Scripted, sock: Any, number: int) -> None:
        """Says nothing."""

    with scripted(slam) as server:
        report = run(Target(server.address), Options(only=["JOIN-2", "RELAY-1", "LEAVE-3"], depth="quick"))

    assert {row.requirement.id: row.verdict for row in report.results} == {
        "JOIN-2": FAIL,
        "RELAY-1": NOT_RUN,
        "LEAVE-3": NOT_RUN,
    }
    assert report.exit_status == 1


def test_after_the_first_failure_no_check_is_begun() -> None:
    """If so asked; the reason names it."""
    server = FAULTS["echoes-to-sender"]()
    with serving(server):
        first = against(server, ["RELAY-2", "LEAVE-3"], stop_on_first=True)
        all_ = against(server, ["RELAY-2", "LEAVE-3"])

    assert [row.verdict for row in first.results] == [FAIL, NOT_RUN]
    assert first.results[1].because is not None
    assert re.fullmatch(r"the run stopped at RELAY-2/[a-z-]+ \(--stop-on-first\)", first.results[1].because)
    assert [row.verdict for row in all_.results] == [FAIL, PASS]
    assert nick("ann")


def test_what_is_seen_in_passing_is_told_when_its_row_is_done() -> None:
    """And a row that was told before is told again."""
    told: list[CheckResult | None] = []
    row = RequirementResult(register()["RELAY-1"])
    report = Report("somewhere", Options(), 0, datetime.now(UTC))
    for unjudged in (1, 0):
        seen = Difference("RELAY-1", "x", "y", "ann", "frame")
        extra = [in_passing("RELAY-1", seen, Trace(TALK), (2, 2))]
        add_extra(extra, {"RELAY-1": row}, {"RELAY-1": unjudged}, report, lambda _, result: told.append(result))
        assert extra == []

    assert told == [row.checks[0], row.checks[1], None]
