"""The options of journal and history, in the process."""

import contextlib
import os
import signal
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from reference_server.cli import main
from reference_server.connections import NOT_RECORDED
from reference_server.journal import Journal
from reference_server.keeping import NO_JOURNAL
from reference_server.options import USAGE
from tests.reference_server.helpers import DEADLINE_S, Client
from tests.reference_server.test_cli import ROOT, started
from tests.reference_server.test_journal import stored

LARGE = "x" * 1_000_000


def texts(path: Path) -> list[str]:
    """Of all that is recorded."""
    return [text for _, _, text in stored(path)]


def test_a_journal_is_kept_and_said(tmp_path: Path) -> None:
    """`--journal FILE`, up to the last words; one that is started again goes on with it."""
    path = tmp_path / "j.db"
    for _ in range(2):
        with started("--journal", str(path)) as server, server.client("alice") as alice:
            assert f"journal: {path}".encode() in server.errors
            server.process.send_signal(signal.SIGTERM)
            assert alice.read().text == "the server is shutting down"
            alice.sock.close()
            assert server.ends() == 0
    assert texts(path) == ["[alice] joined the chat", "the server is shutting down"] * 2
    assert sorted(each.name for each in tmp_path.iterdir()) == ["j.db", "j.db-lock"]


@pytest.mark.skipif(sys.platform != "linux", reason="other systems have other folders for state")
def test_the_default_journal(tmp_path: Path) -> None:
    """In a folder that is made, for its owner alone."""
    command = [sys.executable, "-m", "reference_server", "--port", "0"]
    environment = {**os.environ, "XDG_STATE_HOME": str(tmp_path / "a" / "b")}
    with subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as server:
        assert server.stdout is not None
        assert server.stderr is not None
        server.stdout.readline()
        said = server.stderr.readline() + server.stderr.readline()
        server.send_signal(signal.SIGTERM)
        assert server.wait(DEADLINE_S) == 0
    port = int(said.split(b"127.0.0.1:")[1].split()[0])
    path = tmp_path / "a" / "b" / "chatproto" / f"journal-{port}.db"
    assert f"journal: {path}".encode() in said
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert texts(path) == ["the server is shutting down"]


def test_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`--journal none` keeps nothing anywhere, and is no file of that name."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    with started("--journal", "none") as server, server.client("alice"):
        assert b"journal" not in server.errors
    assert list(tmp_path.iterdir()) == []
    assert not (ROOT / "none").exists()


@pytest.mark.skipif(sys.platform != "linux", reason="other systems have other folders for state")
def test_a_default_that_cannot_be_made(tmp_path: Path) -> None:
    """One line that says what to do, and 3."""
    (tmp_path / "file").write_text("in the way")
    environment = {**os.environ, "XDG_STATE_HOME": str(tmp_path / "file")}
    command = [sys.executable, "-m", "reference_server", "--port", "0"]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, timeout=DEADLINE_S, check=False)
    assert done.returncode == NO_JOURNAL
    assert done.stdout == b""
    assert len(done.stderr.splitlines()) == 1
    assert b"its folder cannot be made" in done.stderr
    assert b"--journal none" in done.stderr


def test_a_journal_that_is_in_use(tmp_path: Path) -> None:
    """The second server says so and ends; with `continue` it serves without, and counts what it did not record."""
    path = str(tmp_path / "j.db")
    with contextlib.closing(Journal(tmp_path / "j.db")):
        command = [sys.executable, "-m", "reference_server", "--port", "0", "--journal", path]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, timeout=DEADLINE_S, check=False)
        assert done.returncode == NO_JOURNAL
        assert b"another server is writing it" in done.stderr
        with started("--journal", path, "--journal-on-error", "continue") as server:
            with server.client("alice"):
                assert b"the chat goes on and is NOT RECORDED" in server.errors
            server.process.send_signal(signal.SIGTERM)
            assert server.ends() == 0
            server.close()
            assert b"entries were not recorded" in server.errors
    assert texts(tmp_path / "j.db") == []


@pytest.mark.skipif(sys.platform == "win32", reason="no limits of files there")
@pytest.mark.parametrize("on_error", ["stop", "continue"])
def test_a_disk_that_is_full(tmp_path: Path, on_error: str) -> None:
    """A limit of the size of files stands in for it. What is received is recorded or, by choice, said not to be."""
    path = tmp_path / "j.db"
    options = ("--quiet", "--journal", str(path), "--journal-on-error", on_error)
    with started(*options, shell="ulimit -f 1000") as server, server.client("alice") as alice:  # of 512 octets each
        with server.client("bob") as bob:
            alice.read()
            bob.say("small")
            assert alice.read().text == "small"
            bob.say(LARGE)
            if on_error == "continue":
                assert alice.read().text == LARGE
                bob.say("small again")
                assert alice.read().text == "small again"
                server.process.send_signal(signal.SIGTERM)
            for client in (alice, bob):
                client.read_until(NOT_RECORDED if on_error == "stop" else "the server is shutting down")
                client.sock.close()
        assert server.ends() == (NO_JOURNAL if on_error == "stop" else 0)
        server.close()
    assert texts(path) == ["[alice] joined the chat", "[bob] joined the chat", "small"]
    assert b"ERROR journal " in server.errors
    assert b"Traceback" not in server.errors
    assert (b" entries were not recorded" in server.errors) == (on_error == "continue")


def test_a_history_outlives_the_server(tmp_path: Path) -> None:
    """`--history N`: the last N of the journal, also after a start; without a journal what it has heard itself."""
    for journal in (str(tmp_path / "j.db"), "none"):
        with started("--history", "2", "--journal", journal) as server, server.client("alice") as alice:
            for text in ("one", "two", "three"):
                alice.say(text)
            with server.client("canary") as canary:
                shown = history(canary, 2)
            assert shown == ["[alice] two", "[alice] three"]
    with started("--history", "1", "--journal", str(tmp_path / "j.db")) as server, server.client("alice") as alice:
        assert history(alice, 1) == ["[alice] three"]
        alice.say("four")
        with server.client("bob") as bob:
            assert history(bob, 1) == ["[alice] four"]


def history(client: Client, count: int) -> list[str]:
    """What a newcomer is shown, without the times."""
    found = [client.read() for _ in range(count)]
    assert all(frame.nick == "Server" and frame.text.startswith("history: ") for frame in found)
    return [frame.text.partition("Z ")[2] for frame in found]


@pytest.mark.parametrize(
    "options",
    [
        ["--journal", ""],
        ["--journal-on-error", "panic"],
        ["--history", "-1"],
        ["--history", "10001"],
        ["--history", "x"],
    ],
)
def test_wrong_options(options: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """One line that says what is wrong, and 2."""
    with pytest.raises(SystemExit) as raised:
        main(options)

    assert raised.value.code == USAGE
    assert len(capsys.readouterr().err.splitlines()) == 1
