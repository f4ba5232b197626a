"""`chat-server log`: what is shown, and what its options leave out."""

import contextlib
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from reference_server.cli import main
from reference_server.journal import Journal, default_path
from reference_server.log_command import DONE, FAILED, _since
from reference_server.options import USAGE
from reference_server.room import Entry
from tests.reference_server.helpers import DEADLINE_S
from tests.reference_server.test_cli import ROOT, started

Capture = pytest.CaptureFixture[str]
NOON = "2026-01-01T12:00:00.000Z"
ENTRIES = [
    Entry("2026-01-01T10:00:00.000Z", "Server", "[ann] joined the chat"),
    Entry("2026-01-01T11:00:00.000Z", "ann", "hello\x1b[2J\n\x7f\x9b"),
    Entry(NOON, "Bob", "привет"),
    Entry("2026-01-01T12:00:00.001Z", "ann", "bye [Bob]"),
]
TEXT = [
    "2026-01-01T10:00:00.000Z [Server] [ann] joined the chat",
    "2026-01-01T11:00:00.000Z [ann] hello\u241b[2J\u240a\u2421\ufffd",
    "2026-01-01T12:00:00.000Z [Bob] привет",
    "2026-01-01T12:00:00.001Z [ann] bye [Bob]",
]


@pytest.fixture(autouse=True)
def _buffered(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is written is buffered, as usual: a buffer that cannot be emptied complains when the interpreter ends."""
    monkeypatch.delenv("PYTHONUNBUFFERED", raising=False)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A journal with those entries."""
    with contextlib.closing(Journal(tmp_path / "j.db")) as journal:
        journal.append(ENTRIES)
    return tmp_path / "j.db"


def shown(capsys: Capture, path: Path, *options: str) -> list[str]:
    """The lines of a successful call."""
    assert main(["log", "--journal", str(path), *options]) == DONE
    captured = capsys.readouterr()
    assert captured.err == ""
    return captured.out.split("\n")[:-1]


def test_text(path: Path, capsys: Capture) -> None:
    """As the server's console shows it: nothing drives a terminal (CLIENT-4)."""
    assert shown(capsys, path) == TEXT
    assert shown(capsys, path, "--format", "text") == TEXT


def test_jsonl(path: Path, capsys: Capture) -> None:
    """Lossless, the keys in this order, and nothing but printable ASCII."""
    lines = shown(capsys, path, "--format", "jsonl")

    assert [list(json.loads(line).items()) for line in lines] == [list(entry._asdict().items()) for entry in ENTRIES]
    assert list(json.loads(lines[0])) == ["time", "nick", "text"]
    assert all(line.isascii() and line.isprintable() for line in lines)


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (["--nick", "ann"], [1, 3]),
        (["--nick", "BOB"], [2]),  # NICK-4: as the server compares
        (["--nick", "\uff22ob", "--nick", "server"], [0, 2]),
        (["--nick", "nobody"], []),
        (["--grep", "^hello"], [1]),
        (["--grep", "(?i)BYE|ПРИВЕТ"], [2, 3]),
        (["--grep", "\x1b"], [1]),  # what was said, not what is shown for it
        (["--since", NOON], [2, 3]),
        (["--since", "2026-01-01T12:00:00.001"], [3]),
        (["--since", "2026-01-01T14:30:00+03:00"], [2, 3]),
        (["--since", "2026-01-01"], [0, 1, 2, 3]),
        (["--since", "2027-01-01"], []),
        (["--since", "1w"], []),
        (["-n", "2"], [2, 3]),
        (["-n", "0"], []),
        (["-n", "9"], [0, 1, 2, 3]),
        (["-n", "1", "--nick", "ann", "--grep", "hello"], [1]),
        (["-n", "1", "--since", NOON, "--nick", "bob"], [2]),
    ],
)
def test_filters(path: Path, capsys: Capture, options: list[str], expected: list[int]) -> None:
    """Each, and together: all have to be met, and `-n` counts what is left."""
    assert shown(capsys, path, *options) == [TEXT[index] for index in expected]


@pytest.mark.parametrize(
    ("text", "ago"),
    [
        ("90s", timedelta(seconds=90)),
        ("15m", timedelta(minutes=15)),
        ("2h", timedelta(hours=2)),
        ("7d", timedelta(days=7)),
        ("1w", timedelta(weeks=1)),
    ],
)
def test_ago(text: str, ago: timedelta) -> None:
    """To the millisecond."""
    before = datetime.now(UTC) - ago
    found = datetime.fromisoformat(_since(text))
    assert before - timedelta(milliseconds=1) <= found <= datetime.now(UTC) - ago


def test_the_default_is_that_of_a_port(capsys: Capture, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """5050's if none is named."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    for port, entry in ((5050, ENTRIES[2]), (7, ENTRIES[3])):
        default_path(port).parent.mkdir(parents=True, exist_ok=True)
        with contextlib.closing(Journal(default_path(port))) as journal:
            journal.append([entry])
    for options, line in (([], TEXT[2]), (["--port", "7"], TEXT[3])):
        assert main(["log", *options]) == DONE
        assert capsys.readouterr().out == f"{line}\n"


def test_no_journal(tmp_path: Path, capsys: Capture) -> None:
    """One line and 1."""
    assert main(["log", "--journal", str(tmp_path / "j.db")]) == FAILED
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err == f"chat-server log: journal {tmp_path / 'j.db'}: there is no such file\n"


@pytest.mark.parametrize(
    "options",
    [
        ["--format", "xml"],
        ["--since", "yesterday"],
        ["--since", ""],
        ["--since", "999999999w"],
        ["--grep", "("],
        ["-n", "-1"],
        ["-n", "x"],
        ["--port", "x"],
        ["--port", "0"],
        ["--port", "65536"],
        ["--po", "5050"],
        ["more"],
    ],
)
def test_a_wrong_command_line(options: list[str], capsys: Capture) -> None:
    """One line that says what is wrong, and 2."""
    with pytest.raises(SystemExit) as raised:
        main(["log", *options])

    assert raised.value.code == USAGE
    assert len(capsys.readouterr().err.splitlines()) == 1


@contextlib.contextmanager
def following(path: Path, *options: str) -> Iterator[subprocess.Popen[bytes]]:
    """A process that follows a journal; it is gone in the end."""
    command = [sys.executable, "-m", "reference_server", "log", "--journal", str(path), "--follow", *options]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        try:
            yield process
        finally:
            process.kill()


def read(process: subprocess.Popen[bytes]) -> str:
    """The next line; the test's time-out is the deadline."""
    assert process.stdout is not None
    return process.stdout.readline().decode()


def test_follow_a_running_server(tmp_path: Path) -> None:
    """Line by line, through the filters, over a restart of the server; Ctrl-C is its end."""
    path = tmp_path / "j.db"
    with started("--journal", str(path)) as server, server.client("alice") as alice:
        alice.say("one")
        with server.client("bob"):
            alice.read()  # so that "one" is recorded
        with following(path, "--nick", "alice", "-n", "1") as follower:
            assert read(follower).endswith("Z [alice] one\n")
            alice.say("two")
            assert read(follower).endswith("Z [alice] two\n")
            server.close()
            with started("--journal", str(path)) as again, again.client("alice") as alice_again:
                alice_again.say("three")
                assert read(follower).endswith("Z [alice] three\n")
            follower.send_signal(signal.SIGINT)
            assert follower.wait(DEADLINE_S) == DONE
            assert follower.stderr is not None
            assert follower.stderr.read() == b""


@pytest.mark.skipif(sys.platform == "win32", reason="a pipe there does not tell that its reader has gone")
def test_follow_ends_with_its_reader(path: Path) -> None:
    """`log --follow | head`: at once, not with the next entry, which may never come."""
    with following(path) as follower:
        assert read(follower) == f"{TEXT[0]}\n"
        assert follower.stdout is not None
        follower.stdout.close()
        assert follower.wait(DEADLINE_S) == DONE
        assert follower.stderr is not None
        assert follower.stderr.read() == b""


def test_a_reader_that_has_enough(tmp_path: Path) -> None:
    """`log | head`: no complaint."""
    path = tmp_path / "j.db"
    with contextlib.closing(Journal(path)) as journal:
        journal.append([Entry(NOON, "ann", "x" * 1000)] * 10_000)
    command = [sys.executable, "-m", "reference_server", "log", "--journal", str(path)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert read(process).startswith(NOON)
        assert process.stdout is not None
        process.stdout.close()
        assert process.wait(DEADLINE_S) == DONE
        assert process.stderr is not None
        assert process.stderr.read() == b""


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full")
def test_an_output_that_is_full(path: Path) -> None:
    """One line and 1; a closed one is nobody's loss."""
    command = f'"{sys.executable}" -m reference_server log --journal "{path}"'
    for redirection, status, lines in ((">/dev/full", FAILED, 1), (">&-", DONE, 0)):
        done = subprocess.run(["sh", "-c", f"{command} {redirection}"], cwd=ROOT, capture_output=True, check=False)
        assert (done.returncode, len(done.stderr.splitlines())) == (status, lines)


def test_what_the_encoding_lacks_is_escaped(path: Path) -> None:
    """A terminal with ASCII alone."""
    command = [sys.executable, "-m", "reference_server", "log", "--journal", str(path), "--nick", "bob"]
    environment = {**os.environ, "PYTHONIOENCODING": "ascii"}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, check=True)
    assert done.stdout.decode().split()[2] == "\\u043f\\u0440\\u0438\\u0432\\u0435\\u0442"
