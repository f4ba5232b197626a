"""A real terminal for tests: tmux with a server of its own, whose screen is read until it shows what is expected.

A screen tells nobody when it changes, so it is looked at again and again until a deadline: the one place where a test
may look twice at a thing, with a short rest in between.
"""

import os
import shlex
import shutil
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType, TracebackType
from typing import Self

import pytest

ROOT = Path(__file__).parents[1]
DEADLINE_S = 30.0
_LOOK_S = 0.03

needs_tmux = pytest.mark.skipif(shutil.which("tmux") is None, reason="there is no tmux on this machine")


def python(module: str, *arguments: str) -> list[str]:
    """The command of a module of this tree."""
    return [sys.executable, "-P", "-W", "error", "-m", module, *arguments]


class Tmux:
    """A tmux server with a socket of its own; it and all that runs in it end with the block.

    Args:
        environment: of the commands in it, beside what they need to find this tree.
    """

    def __init__(self, environment: Mapping[str, str] = MappingProxyType({})) -> None:
        # tmux leaves its socket behind, so it gets a folder that goes with the block.
        self._folder = tempfile.TemporaryDirectory(prefix="chat-tmux-", ignore_cleanup_errors=True)
        self._environment = {
            **os.environ,
            "PYTHONPATH": str(ROOT),
            "TZ": "UTC0",
            "LC_ALL": "C.UTF-8",
            "TERM": "xterm-256color",
            **environment,
        }
        self._environment.pop("TMUX", None)

    def __enter__(self) -> Self:
        # Else the server goes with its last screen, and may be on its way out when the next one is asked for.
        self.run("start-server", ";", "set-option", "-g", "exit-empty", "off")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.run("kill-server", check=False)
        self._folder.cleanup()

    def run(self, *words: str, check: bool = True) -> str:
        """Runs a tmux command and gives what it says."""
        done = subprocess.run(
            ["tmux", "-u", "-S", f"{self._folder.name}/socket", "-f", "/dev/null", *words],
            capture_output=True,
            text=True,
            encoding="utf-8",
            env=self._environment,
            cwd=ROOT,
            timeout=DEADLINE_S,
            check=False,
        )
        assert done.returncode == 0 or not check, f"tmux {shlex.join(words)}: {done.stderr}"
        return done.stdout

    def start(self, command: Sequence[str], columns: int = 80, rows: int = 24) -> "Screen":
        """Starts a command on a screen of its own; the exit status is shown below its last line."""
        name = f"s{uuid.uuid4().hex[:8]}"
        # The shell stays, so that the last screen can be read; `read` waits for a key that nobody presses.
        script = f'{shlex.join(command)}; echo "status $?"; read _'
        self.run("new-session", "-d", "-s", name, "-x", str(columns), "-y", str(rows), "sh", "-c", script)
        return Screen(self, name)


class Screen:
    """One terminal."""

    def __init__(self, tmux: Tmux, name: str) -> None:
        self._tmux = tmux
        self.name = name

    def type(self, text: str) -> None:
        """Types characters as they are."""
        self._tmux.run("send-keys", "-t", self.name, "-l", "--", text)

    def press(self, *keys: str) -> None:
        """Presses keys, named as tmux names them: `Enter`, `C-c`."""
        self._tmux.run("send-keys", "-t", self.name, *keys)

    def enter(self, line: str) -> None:
        """Types a line and ends it."""
        if line:
            self.type(line)
        self.press("Enter")

    def paste(self, text: str) -> None:
        """Pastes a text the way a terminal does, in brackets where the program asked for them."""
        self._tmux.run("set-buffer", "--", text)
        self._tmux.run("paste-buffer", "-p", "-r", "-t", self.name)

    def resize(self, columns: int, rows: int) -> None:
        """Changes its size."""
        self._tmux.run("resize-window", "-t", self.name, "-x", str(columns), "-y", str(rows))

    def close(self) -> None:
        """Closes it, as a user closes a window: what runs in it is told by SIGHUP."""
        self._tmux.run("kill-session", "-t", self.name, check=False)

    def text(self, *, styled: bool = False, past: bool = False) -> str:
        """What is on it, lines that the terminal wrapped joined; with its styles, or with what has scrolled off."""
        options = [*(["-e"] if styled else []), *(["-S", "-"] if past else [])]
        lines = self._tmux.run("capture-pane", "-p", "-t", self.name, *options).split("\n")
        return "\n".join(line.rstrip() for line in lines).strip("\n")

    def pid(self) -> int:
        """The process of the shell that its command is a child of."""
        return int(self._tmux.run("display-message", "-p", "-t", self.name, "#{pane_pid}"))

    def title(self) -> str:
        """The title that the program in it has given it."""
        return self._tmux.run("display-message", "-p", "-t", self.name, "#{pane_title}").strip()

    def bell(self) -> str:
        """`1` if its bell has rung, else `0`."""
        return self._tmux.run("display-message", "-p", "-t", self.name, "#{window_bell_flag}").strip()

    def until(self, expected: str | Callable[[str], bool], *, past: bool = False) -> str:
        """Waits until the screen shows a text or satisfies a predicate, and gives it; fails with the last screen.

        A text without line breaks is found also where it is wrapped at a space.
        """
        holds = expected if callable(expected) else _finds(expected)
        deadline = time.monotonic() + DEADLINE_S
        while not holds(text := self.text(past=past)):
            assert time.monotonic() < deadline, f"not on the screen: {expected}\n{text}"
            time.sleep(_LOOK_S)
        return text


def _finds(expected: str) -> Callable[[str], bool]:
    return lambda text: expected in text or expected in " ".join(text.split())
