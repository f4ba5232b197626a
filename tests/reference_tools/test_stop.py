"""`chat-stop`: whom it ends, in which order, and whom it does not touch."""

import dataclasses
import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest

from conformance.target import Target, reference_command
from reference_tools import running, stop
from tests.reference_tools.processes import (
    CLIENT,
    DEADLINE_S,
    IDLE,
    SERVER,
    Process,
    chat_stop,
    client,
    register,
    server,
    started,
)
from tests.reference_tools.test_running import own, write

__all__ = ["register"]

pytestmark = pytest.mark.usefixtures("register")

Output = pytest.CaptureFixture[str]
SCRIPTS = Path(sys.executable).parent


def test_nobody_runs(capsys: Output) -> None:
    """That is no failure: what was wanted is so."""
    assert stop.main([]) == 0
    assert capsys.readouterr() == ("no chat client or server of yours runs on this machine\n", "")


@pytest.mark.parametrize("kind", ["module", "script"])
def test_all_are_ended_clients_first(kind: str) -> None:
    """However they were started; each is asked, and said to have ended."""
    scripts = [[str(SCRIPTS / "chat-server")], [str(SCRIPTS / "chat-client")]]
    host, guest = scripts if kind == "script" else (SERVER, CLIENT)
    if kind == "script" and not (SCRIPTS / "chat-server").exists():
        pytest.skip("the commands are not installed")
    with server(*host) as (one, address), client("ann", address, *guest) as ann, client("bob x", address) as bob:
        status, lines, complaints = chat_stop()
        assert (status, complaints) == (0, "")
        people = {f"chat-client {ann.pid} (ann at {address})", f"chat-client {bob.pid} (bob x at {address})"}
        assert set(lines[:2]) == {f"asking {name} to end" for name in people}
        assert set(lines[2:4]) == {f"ended {name}" for name in people}
        name = f"chat-server {one.pid} ({address})"
        assert lines[4:] == [f"asking {name} to end", f"ended {name}"]
        assert one.wait(DEADLINE_S) == 0
        assert "left the chat" in one.stdout.read().decode()  # asked, not killed: it has seen its clients go
    assert running.entries() == []


def test_dry_run(capsys: Output) -> None:
    """It says whom, and ends nobody."""
    with server() as (process, address):
        assert stop.main(["--dry-run"]) == 0
        assert capsys.readouterr().out == f"would end chat-server {process.pid} ({address})\n"
        assert process.is_up
        assert len(running.entries()) == 1


def test_one_that_does_not_end_is_killed() -> None:
    """After --timeout, which is not the default here; its entry goes with it."""
    with server() as (process, address):
        process.seen.suspend()
        name = f"chat-server {process.pid} ({address})"
        lines = [
            f"asking {name} to end",
            f"killing {name}: it has not ended within 0.1 s",
            f"ended {name}",
        ]
        assert chat_stop("--timeout", "0.1") == (0, lines, "")
        assert process.wait(DEADLINE_S) == -signal.SIGKILL
    assert running.entries() == []


@contextmanager
def bystander(*words: str) -> Iterator[Process]:
    """A process that has nothing to do with us, whatever its arguments."""
    with started([sys.executable, "-c", IDLE, *words], "up") as process:
        yield process


@pytest.mark.parametrize(
    "words",
    [
        ("chat-server",),
        ("-m", "reference_server"),
        ("vim", "chat-server.py"),
        ("grep", "chat-client"),
        ("reference_client", "--nick", "ann"),
    ],
)
def test_a_command_line_that_looks_like_ours(words: tuple[str, ...], capsys: Output) -> None:
    """Names prove nothing: it has taken no note, so it is not ours."""
    with bystander(*words) as process:
        assert stop.main([]) == 0
        assert process.is_up
        assert "no chat client or server" in capsys.readouterr().out


def test_a_program_of_the_same_name(tmp_path: Path) -> None:
    """A student's own server may well be called chat-server."""
    program = tmp_path / "chat-server"
    program.write_text(f"#!{sys.executable}\n{IDLE}\n")
    program.chmod(0o755)
    with started([str(program)], "up") as process:
        assert stop.main([]) == 0
        assert process.is_up


def test_a_number_given_to_another_program(capsys: Output) -> None:
    """The entry is struck out; the program that has the number now is not touched."""
    with bystander() as process:
        place = write(dataclasses.replace(own(), pid=process.pid, created=process.created))
        assert stop.main([]) == 0
        assert process.is_up
        assert not place.exists()
        assert "asking" not in capsys.readouterr().out


def test_a_number_given_to_the_same_program_later(capsys: Output) -> None:
    """Left alone for want of certainty, and said so; the status tells that something still runs."""
    with bystander() as process:
        entry = dataclasses.replace(own(), pid=process.pid, created=1.0, words=process.words)
        place = write(entry)
        assert stop.main([]) == 1
        assert process.is_up
        assert place.exists()
        complaint = f"leaving chat-server {process.pid} (here) alone: it may be another process"
        assert complaint in capsys.readouterr().err


def test_a_number_that_changes_hands_between_two_looks(monkeypatch: pytest.MonkeyPatch) -> None:
    """The look just before the signal is the one that counts."""
    with server() as (process, _):
        (entry,) = running.entries()
        looks = iter([running.Standing.RUNNING])
        told: list[int] = []
        monkeypatch.setattr(running, "standing", lambda entry: next(looks, running.Standing.ANOTHER))
        monkeypatch.setattr(psutil.Process, "terminate", lambda process: told.append(process.pid))
        assert stop.main([]) == 0
        assert (told, entry.pid) == ([], process.pid)


@pytest.mark.skipif(sys.platform == "win32" or os.getuid() != 0, reason="only root can start another user's process")
def test_a_process_of_another_user() -> None:
    """Even root's chat-stop ends only root's."""
    with started(["setpriv", "--reuid=65534", sys.executable, "-S", "-c", IDLE], "up") as process:
        entry = dataclasses.replace(own(), pid=process.pid, created=process.created, words=process.words)
        write(entry)
        assert stop.main([]) == 0
        assert process.is_up


def test_what_cannot_be_ended_is_said(monkeypatch: pytest.MonkeyPatch, capsys: Output) -> None:
    """With the status 1."""

    def forbidden(process: psutil.Process) -> None:
        raise psutil.AccessDenied(process.pid)

    with server() as (process, address):
        monkeypatch.setattr(psutil.Process, "terminate", forbidden)
        assert stop.main([]) == 1
        assert capsys.readouterr().err == f"chat-stop: cannot end chat-server {process.pid} ({address})\n"


def test_a_server_under_test_is_the_suites() -> None:
    """Also the reference server: its end would be blamed on it."""
    target = Target(None, reference_command())
    try:
        target.start()
        assert running.entries() == []
        assert stop.main([]) == 0
        assert target.ended is None
    finally:
        target.stop()


def test_a_server_that_takes_its_time_is_waited_for() -> None:
    """It is not killed while it says good-bye to somebody who does not listen: the status is its own."""
    with server() as (process, address), client("ann", address) as ann:
        ann.seen.suspend()
        (other,) = [entry for entry in running.entries() if entry.pid == ann.pid]
        running.forget(other)  # so that only the server is asked
        status, lines, _ = chat_stop()
        assert (status, len(lines)) == (0, 2)
        assert process.wait(DEADLINE_S) == 0


def test_nothing_in_an_entry_drives_the_terminal(capsys: Output) -> None:
    """A nick is somebody's text."""
    with bystander() as process:
        write(dataclasses.replace(own(), pid=process.pid, about="\x1b[2J", created=1.0, words=process.words))
        stop.main([])
        assert "\x1b" not in capsys.readouterr().err


@pytest.mark.parametrize("words", [["--timeout", "-1"], ["--timeout", "x"], ["--timeout", "nan"], ["--dry"], ["ann"]])
def test_bad_usage(words: list[str], capsys: Output) -> None:
    """One line, and status 2."""
    with pytest.raises(SystemExit) as left:
        stop.main(words)
    assert left.value.code == 2
    said = capsys.readouterr().err
    assert said.startswith("chat-stop: ")
    assert said.count("\n") == 1


def test_twice_at_once() -> None:
    """Two that end the same processes do not get in each other's way."""
    with server() as (process, address), client("ann", address):
        statuses: list[int] = []
        threads = [threading.Thread(target=lambda: statuses.append(chat_stop()[0])) for _ in range(2)]
        for thread in threads:
            thread.start()
        assert process.wait(DEADLINE_S) in (0, -signal.SIGTERM)  # the second of two requests ends a server at once
        for thread in threads:
            thread.join(DEADLINE_S)
        assert statuses == [0, 0]


def test_one_whose_parent_takes_no_note() -> None:
    """It has ended although the system keeps its number: nothing is killed that is dead."""
    parent = f"import subprocess, sys; subprocess.Popen({SERVER} + ['--port', '0']); sys.stdin.read()"
    with started([sys.executable, "-c", parent], "---Server Started---"):
        assert chat_stop("--timeout", "10")[1][-1].startswith("ended chat-server")
    assert running.entries() == []
