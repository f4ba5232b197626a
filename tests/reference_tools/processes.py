"""Real processes in a register of a test's own."""

import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil
import pytest

from reference_tools import running

DEADLINE_S = 20.0
ROOT = Path(__file__).resolve().parents[2]
SERVER = [sys.executable, "-P", "-m", "reference_server"]
CLIENT = [sys.executable, "-P", "-m", "reference_client"]
IDLE = "import sys; print('up', flush=True); sys.stdin.read()"


@pytest.fixture
def register(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A register that only this test and what it starts know."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    monkeypatch.delenv(running.UNLISTED, raising=False)
    return running.folder()


class Process:
    """A process with pipes for its standard streams."""

    def __init__(self, words: Sequence[str]) -> None:
        self._process = subprocess.Popen(
            list(words),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self.stdin, self.stdout = self._process.stdin, self._process.stdout
        self.pid = self._process.pid
        self.seen = psutil.Process(self.pid)
        self.wait = self._process.wait
        self.kill = self._process.kill
        self.terminate = self._process.terminate

    @property
    def words(self) -> tuple[str, ...]:
        """Its command line, as the system tells."""
        return tuple(self.seen.cmdline())

    @property
    def created(self) -> float:
        """When it began, as the system tells."""
        return self.seen.create_time()

    @property
    def is_up(self) -> bool:
        """Whether it runs."""
        return self._process.poll() is None


@contextmanager
def started(words: Sequence[str], ready: str) -> Iterator[Process]:
    """A process that has printed a line with `ready` in it; it is gone afterwards."""
    process = Process(words)
    watchdog = threading.Timer(DEADLINE_S, process.kill)  # so that no read waits for ever
    watchdog.start()
    try:
        lines: list[str] = []
        while ready not in (line := process.stdout.readline().decode()):
            assert line, lines
            lines.append(line)
        yield process
    finally:
        watchdog.cancel()
        process.kill()
        process.wait()
        with suppress(BrokenPipeError):
            process.stdin.close()
        process.stdout.close()


@contextmanager
def server(*words: str) -> Iterator[tuple[Process, str]]:
    """A reference server on a free port, and its address."""
    with started([*(words or SERVER), "--port", "0"], "---Server Started---") as process:
        yield process, next((entry.about for entry in running.entries() if entry.pid == process.pid), "")


@contextmanager
def client(nick: str, address: str, *words: str) -> Iterator[Process]:
    """A reference client that has joined."""
    with started([*(words or CLIENT), "--nick", nick, address], f"[{nick}] joined") as process:
        yield process


def chat_stop(*words: str) -> tuple[int, list[str], str]:
    """Runs the command; its status, the lines of its output, and its complaints."""
    command = [sys.executable, "-P", "-m", "reference_tools.stop", *words]
    done = subprocess.run(command, capture_output=True, text=True, timeout=DEADLINE_S, check=False)
    return done.returncode, done.stdout.splitlines(), done.stderr
