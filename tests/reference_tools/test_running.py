"""The register: who notes what, and when an entry is worth nothing."""

import dataclasses
import json
import os
import sys
from pathlib import Path

import psutil
import pytest

from reference_tools import running
from reference_tools.running import Entry, Standing, listed
from tests.reference_tools.processes import DEADLINE_S, IDLE, client, register, server, started

__all__ = ["register"]

pytestmark = pytest.mark.usefixtures("register")


def own() -> Entry:
    """The entry that this very process would make."""
    me = psutil.Process()
    return Entry("chat-server", "here", me.pid, me.create_time(), tuple(me.cmdline()))


def write(entry: Entry) -> Path:
    """Puts an entry into the register, as a process would that has it from somewhere."""
    place = running.folder() / f"{entry.pid}.json"
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_text(json.dumps(dataclasses.asdict(entry)), encoding="ascii")
    return place


def test_a_process_is_listed_as_long_as_it_runs() -> None:
    """What it notes compares equal with what the system tells of it."""
    with listed("chat-server", "127.0.0.1:5050"):
        (entry,) = running.entries()
        assert (entry.command, entry.about, entry.pid) == ("chat-server", "127.0.0.1:5050", os.getpid())
        assert running.standing(entry) is Standing.RUNNING

    assert running.entries() == []


def test_a_process_that_fails_is_struck_out_too() -> None:
    """An exception goes through, and leaves nothing behind."""
    with pytest.raises(RuntimeError), listed("chat-client", ""):
        raise RuntimeError

    assert running.entries() == []


def test_the_folder_is_the_users_own(register: Path) -> None:
    """Nobody else has to know whom one chats with."""
    with listed("chat-client", ""):
        assert register.stat().st_mode & 0o077 == 0


def test_an_unlisted_process_takes_no_note(monkeypatch: pytest.MonkeyPatch) -> None:
    """What runs under a suite or an init system is theirs to end."""
    monkeypatch.setenv("CHAT_UNLISTED", "1")
    with listed("chat-server", ""):
        assert running.entries() == []


def test_no_register_is_no_reason_not_to_run(register: Path, caplog: pytest.LogCaptureFixture) -> None:
    """The user is told what will not work, and the command goes on."""
    register.parent.parent.mkdir(parents=True)
    register.parent.write_text("a file in the place of the folder")
    with listed("chat-server", ""):
        assert "chat-stop will not find this process" in caplog.text


def test_server_and_client_note_themselves() -> None:
    """With what a person knows them by; an orderly end strikes them out."""
    with server() as (process, address), client("ann", address) as chatter:
        found = {entry.pid: (entry.command, entry.about) for entry in running.entries()}
        assert found == {
            process.pid: ("chat-server", address),
            chatter.pid: ("chat-client", f"ann at {address}"),
        }
        assert address.startswith("127.0.0.1:")
        chatter.stdin.close()
        chatter.wait(DEADLINE_S)
        process.terminate()
        assert process.wait(DEADLINE_S) == 0
        assert running.entries() == []


def test_the_entries_of_killed_processes_do_not_pile_up() -> None:
    """The next process strikes them out, and no entry of a living one."""
    with started([sys.executable, "-c", IDLE], "up") as process:
        write(dataclasses.replace(own(), pid=process.pid))
    with started([sys.executable, "-c", IDLE], "up") as process:
        kept = write(dataclasses.replace(own(), pid=process.pid))
        with listed("chat-server", ""):
            assert {entry.pid for entry in running.entries()} == {process.pid, os.getpid()}
        assert kept.exists()


def test_a_number_that_was_given_to_another_program() -> None:
    """Its command line tells, even if it began in the same moment."""
    assert running.standing(own()) is Standing.RUNNING
    assert running.standing(dataclasses.replace(own(), words=("chat-server",))) is Standing.ANOTHER


@pytest.mark.parametrize("seconds", [-3600.0, 3600.0])
def test_a_number_that_was_given_to_the_same_program(seconds: float) -> None:
    """Or the system's clock was set: nobody can say, so it is not ours."""
    other = dataclasses.replace(own(), created=own().created + seconds)
    assert running.standing(other) is Standing.DOUBTFUL
    assert running.standing(dataclasses.replace(own(), created=own().created + 1.0)) is Standing.RUNNING


@pytest.mark.skipif(sys.platform == "win32" or os.getuid() != 0, reason="only root can start another user's process")
def test_a_process_of_another_user() -> None:
    """It is not ours, whatever the entry says, and even if we might end it."""
    with started(["setpriv", "--reuid=65534", sys.executable, "-S", "-c", IDLE], "up") as process:
        entry = Entry("chat-server", "", process.pid, process.created, process.words)
        assert running.standing(entry) is Standing.ANOTHER


def test_a_process_that_has_ended() -> None:
    """Also one that only waits for its parent to take note."""
    with started([sys.executable, "-c", IDLE], "up") as process:
        entry = Entry("chat-server", "", process.pid, process.created, process.words)
        process.stdin.close()
        while process.seen.status() != psutil.STATUS_ZOMBIE:
            assert process.stdout.read() == b""  # the end of its output is the end of it, almost
        assert running.standing(entry) is Standing.GONE
    assert running.standing(entry) is Standing.GONE


@pytest.mark.parametrize(
    "text",
    ["", "no JSON", "[]", "{}", '"é"', '{"command": "chat-server", "about": "", "pid": -1, "created": 0, "words": []}'],
)
@pytest.mark.parametrize("name", ["4711", "-1", "0", "x"])
def test_what_is_no_entry_is_left_out(text: str, name: str, register: Path) -> None:
    """Not everything in a folder is ours, and nothing in it may make a signal go astray."""
    register.mkdir(parents=True)
    (register / f"{name}.json").write_text(text, encoding="utf-8")
    assert running.entries() == []


def test_an_entry_under_another_number_is_none(register: Path) -> None:
    """A copied file is nobody's note about himself."""
    place = write(own())
    place.rename(register / "1.json")
    assert running.entries() == []


def test_only_the_same_entry_is_forgotten() -> None:
    """Another process may have made its own under the number meanwhile."""
    place = write(own())
    running.forget(dataclasses.replace(own(), created=1.0))
    assert place.exists()
    running.forget(own())
    assert not place.exists()
