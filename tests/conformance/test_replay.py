"""Replays: what a capsule shows is fixed, still failing, fails now and then, or nothing can be said."""

import argparse
import dataclasses
import json
import re
import socket
import sys
from pathlib import Path

import pytest

from conformance import replay
from conformance.capsule import Capsule
from conformance.faults import FAULTS, Server
from conformance.faults.base import CrashError
from conformance.faults.frames import Peer
from conformance.octets import Out
from conformance.replay import Outcome, command_line, judge
from conformance.report import version
from conformance.script import (
    TAG,
    Ended,
    Fence,
    Measure,
    Quiet,
    Rst,
    Script,
    Send,
    cast,
    enter,
    nick,
    plain,
    say,
    script,
    sentinel,
)
from conformance.target import Target, UsageError, free_port, parse_address
from tests.conformance.capsules import capsule
from tests.conformance.helpers import Scripted, scripted, serving

TALK = script(cast("ann", "bob"), sentinel("ann"), sentinel("bob", 1))
FRAME = Out(nick("ann"), plain(1))
CUT = script(cast("ann", "bob"), Send("ann", (FRAME,), (5, 20)), sentinel("ann"))
ECHO, PIECES = capsule("RELAY-2/no-echo", TALK), capsule("FRAME-6/one-cut", CUT)


def written(kept: Capsule, folder: Path) -> Path:
    """The file of a capsule."""
    (folder / "x.json").write_text(json.dumps(kept.as_json()), encoding="ascii")
    return folder / "x.json"


def replayed(kept: Capsule, folder: Path, *words: str) -> tuple[int, list[str]]:
    """The status of the command, and what it said."""
    parser = argparse.ArgumentParser()
    replay.add_arguments(parser)
    said: list[str] = []
    status = replay.main(parser.parse_args([str(written(kept, folder)), *words]), said.append)
    return status, said


def outcome(kept: Capsule, address: str, times: int = 2, patience: float = 0.5) -> Outcome:
    """What comes out of so many playings with short waits."""
    return replay.replay(kept, Target(parse_address(address)), times, patience)


def test_what_is_mended_is_fixed(faithful: str, tmp_path: Path) -> None:
    """Five playings, each as expected: 0."""
    status, said = replayed(ECHO, tmp_path, faithful)

    assert (status, said[-1]) == (0, "fixed: as expected in 5 of 5 playings")
    assert said[0] == f"RELAY-2 (core) demands: {ECHO.sentence}"


def test_what_is_not_still_fails(echoing: str, tmp_path: Path) -> None:
    """The first playing that failed is shown: 1."""
    status, said = replayed(ECHO, tmp_path, echoing, "--times", "2")

    assert (status, said[-1]) == (1, "still failing: 2 of 2 playings")
    assert "expected now: nothing of its own" in said
    assert any(re.search(r"ann +sends .*sentinel 0 ", line) for line in said)


@pytest.mark.parametrize("fault", ["forgets-the-tail", "header-in-one-read", "decodes-each-read"])
def test_pieces(fault: str, faithful: str) -> None:
    """A cut frame, of which the plain twin arrives, is the failure's own."""
    cut = script(cast("ann", "bob"), Send("ann", (Out(nick("ann"), f"é {TAG}"),), (5, 49)), sentinel("ann"))
    kept = capsule("FRAME-6/one-cut", cut)
    with serving(FAULTS[fault]()) as address:
        failing = outcome(kept, address)

    assert (failing.status, failing.failed, failing.in_the_way) == (1, 2, None)
    assert outcome(kept, faithful, patience=5.0).status == 0


class Alternating(Server):
    """Sends members of every second playing their own messages back."""

    def recipients(self, sender: Peer) -> list[Peer]:
        """Odd tags hear themselves."""
        return self.members() if sender.nick[-1:] in b"13579bdfhjlnprtvxz" else super().recipients(sender)


def test_now_and_then(tmp_path: Path) -> None:
    """K of n: 1."""
    with serving(Alternating()) as address:
        status, said = replayed(ECHO, tmp_path, address, "--times", "4")

    assert (status, said[-1]) == (1, "fails now and then: 2 of 4 playings")


def test_the_twin_fails_too() -> None:
    """It is not the unusual octets that break it: no verdict, and the reason names what is in the way."""
    with serving(FAULTS["misses-third-recipient"]()) as address:
        found = outcome(PIECES, address)

    assert (found.status, found.failed) == (3, 2)
    assert found.verdict.startswith("no verdict: RELAY-1 fails without it")


def test_nobody_is_there(tmp_path: Path) -> None:
    """At the address of the capsule; the cure is said."""
    kept = dataclasses.replace(ECHO, target=f"127.0.0.1:{free_port()}")
    status, said = replayed(kept, tmp_path)

    assert status == 3
    assert said[-2].startswith(f"no verdict: nobody listens on {kept.target}")
    assert "--command" in said[-1]
    assert "--command" not in replayed(kept, tmp_path, kept.target)[1][-1]


def test_the_address_of_the_capsule(faithful: str, tmp_path: Path) -> None:
    """It is used when no other is given."""
    kept = dataclasses.replace(ECHO, target=faithful)

    assert replayed(kept, tmp_path, "--times", "1") == (
        0,
        [
            f"RELAY-2 (core) demands: {kept.sentence}",
            "check: RELAY-2/no-echo (MUST)",
            "expected then: this",
            "seen then: that",
            f"playing it on {faithful}, up to 1 times",
            "fixed: as expected in 1 of 1 playings",
        ],
    )


@pytest.mark.parametrize(("name", "status"), [("correct", 0), ("echoes-to-sender", 1)])
def test_a_command(name: str, status: int, tmp_path: Path) -> None:
    """It starts the server on a port of its own."""
    command = f"{sys.executable} -P -m conformance.faults {name} --port {{port}}"

    assert replayed(ECHO, tmp_path, "--command", command, "--times", "2")[0] == status


def test_a_server_that_dies() -> None:
    """It cannot be judged any more: what was played by then counts, and nothing counts as passed."""
    resets = script(cast("ann", "bob"), Rst("bob"), Fence(), sentinel("ann"))
    with serving(FAULTS["reset-of-member-kills"](), CrashError) as address:
        found = outcome(capsule("RELAY-2/no-echo", resets), address)

    assert found.status == 3
    assert found.passed == 0


def silent(server: Scripted, sock: socket.socket, number: int) -> None:
    """Reads, and never answers."""
    while server.recv(sock, number):
        pass


def test_nobody_can_join() -> None:
    """What needs members cannot be seen then; that nobody joins can."""
    with scripted(silent) as server:
        address = f"127.0.0.1:{server.address[1]}"
        assert "nobody can join" in outcome(ECHO, address, 1, 0.2).verdict
        joins = capsule("JOIN-2/announced", script(enter("ann")))
        assert outcome(joins, address, 1, 0.2).status == 1


def test_a_check_that_is_no_more(faithful: str, echoing: str) -> None:
    """The model of the room, or what no server may do, judges in its place by the recorded ids; else there is no verdict."""
    for kept in (
        dataclasses.replace(ECHO, check="RELAY-2/of-old", judge="room"),
        dataclasses.replace(ECHO, check="RELAY-2/in-passing", judge="passing"),
    ):
        assert outcome(kept, faithful).status == 0
        assert outcome(kept, echoing).status == 1
        assert outcome(dataclasses.replace(kept, ids=("RELAY-6",)), echoing).status == 0
    gone = dataclasses.replace(ECHO, check="RELAY-2/of-old", judge="check")
    assert judge(gone) is None
    assert outcome(gone, faithful).verdict == "no verdict: this version has no check RELAY-2/of-old, which judged it"


def test_what_needs_the_process(faithful: str) -> None:
    """Without its id nothing is said to be fixed; nor where nothing was measured."""
    memory = script(cast("ann", "bob"), Measure(), say("ann", "x"), Measure(), sentinel("ann"))
    kept = dataclasses.replace(capsule("RELAY-2/no-echo", memory), decided_by="process")

    assert outcome(kept, faithful).verdict.startswith("no verdict: it is about the server's process")
    without = dataclasses.replace(kept, script=TALK)
    found = replay.replay(without, Target(parse_address(faithful), pid=1), 1, 5.0)
    assert found.verdict == "no verdict: this system does not tell what the server's process holds"


def test_what_could_not_be_played_is_no_pass(faithful: str) -> None:
    """A wait in vain that is no failure of the requirement leaves it open."""
    kept = capsule("RELAY-2/no-echo", script(cast("ann", "bob"), Ended("ann")))
    found = outcome(kept, faithful, 1, 0.2)

    assert (found.status, found.passed, len(found.undecided)) == (3, 0, 1)


@pytest.mark.parametrize(
    ("seconds", "times"),
    [((), 5), ((2.0, 2.0), 5), ((30.0,), 1)],
)
def test_long_ones_are_played_once(seconds: tuple[float, ...], times: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """If no number is asked for."""
    asked: list[int] = []

    def note(kept: Capsule, target: Target, times: int, patience: float) -> Outcome:
        asked.append(times)
        return Outcome(passed=1)

    monkeypatch.setattr(replay, "replay", note)
    monkeypatch.setattr(
        replay, "read", lambda path: capsule("RELAY-2/no-echo", script(TALK.steps, map(Quiet, seconds)))
    )
    monkeypatch.setattr(Target, "start", lambda self: None)
    parser = argparse.ArgumentParser()
    replay.add_arguments(parser)
    for words in ([], ["--times", "7"]):
        assert replay.main(parser.parse_args(["x", "127.0.0.1:9", *words]), lambda line: None) == 0
    assert asked == [times, 7]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["127.0.0.1"], "write HOST:PORT"),
        (["127.0.0.1:9", "--timeout", "1"], "at least 5"),
        (["127.0.0.1:9", "--timeout", "nan"], "at least 5"),
        (["--command", " "], "--command is empty"),
        (["--command", "'x {port}"], "--command cannot be read: No closing quotation"),
        (["--command", "x {port}", "--pid", "7"], "exclude each other"),
        (["--command", "x"], "{port}"),
    ],
)
def test_usage(words: list[str], said: str, tmp_path: Path) -> None:
    """What cannot be understood is said before anything is played."""
    with pytest.raises(UsageError, match=re.escape(said)):
        replayed(ECHO, tmp_path, *words)


def test_no_capsule_is_usage(tmp_path: Path) -> None:
    """One line, and no traceback."""
    parser = argparse.ArgumentParser()
    replay.add_arguments(parser)
    with pytest.raises(UsageError, match="cannot read"):
        replay.main(parser.parse_args([str(tmp_path / "none.json")]), print)


@pytest.mark.parametrize(
    ("failed", "passed", "undecided", "status", "said"),
    [
        (0, 5, [], 0, "fixed: as expected in 5 of 5 playings"),
        (5, 0, [], 1, "still failing: 5 of 5 playings"),
        (2, 3, [], 1, "fails now and then: 2 of 5 playings"),
        (1, 0, ["late", "late"], 1, "still failing: 1 of 1 playings; 2 more without a verdict"),
        (0, 4, ["late"], 3, "no verdict: late"),
        (0, 0, ["late", "late"], 3, "no verdict: late"),
        (0, 0, [], 3, "no verdict: nothing was played"),
    ],
)
def test_verdicts(failed: int, passed: int, undecided: list[str], status: int, said: str) -> None:
    """A playing without a verdict never makes a pass."""
    found = Outcome(failed, passed, undecided)

    assert (found.status, found.verdict) == (status, said)


def test_the_command_line() -> None:
    """For a shell, whatever the names are; and this version is written into every capsule."""
    assert command_line("a b/x.json", "[::1]:5050") == "chat-conformance replay 'a b/x.json' '[::1]:5050'"
    assert command_line("x.json", "h:1", "run {port}") == "chat-conformance replay x.json --command 'run {port}'"
    assert ECHO.tool == version()
    assert isinstance(ECHO.script, Script)
