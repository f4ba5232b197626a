"""Panes of tmux: in a new session, or within tmux in a new window of the session that one is in."""

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence

from reference_tools.awaiting import FailedError
from spec import display

NAME = "chat-demo"


class Panes:
    """One window with a pane for each command.

    TMUX_TMPDIR and TMUX mean what they mean to tmux.
    """

    def __init__(self) -> None:
        self._window = ""  # its id, once there is a pane
        self._session = ""  # its name, if it is of our making
        self._panes: list[str] = []  # their ids: the server's, then the clients'

    @property
    def kind(self) -> str:
        """Where the demo is, for people."""
        return f"tmux session {self._session}" if self._session else "a new window of this tmux"

    @property
    def to_close(self) -> str:
        """The command that ends it all at once."""
        return f"tmux kill-session -t {self._session}" if self._session else f"tmux kill-window -t {self._window}"

    def open(self, title: str, words: Sequence[str]) -> None:
        """Runs a command in a pane of its own.

        Raises:
            FailedError: tmux says no.
        """
        self._panes.append(self._split(words) if self._window else self._create(words))
        _tmux("select-pane", "-t", self._panes[-1], "-T", display.safe(title).replace("#", "##"))

    def trouble(self) -> str | None:
        """Why the panes are of no use, if they are not."""
        try:
            _tmux("list-panes", "-t", self._window)
        except FailedError:
            return "the pane of the server has closed"
        return None

    def show(self) -> None:
        """Puts the cursor where one types, and shows the session where there is a terminal to show it on."""
        _tmux("select-pane", "-t", self._panes[:2][-1])
        if self._session and sys.stdin.isatty() and sys.stdout.isatty():
            subprocess.run(_words("attach-session", "-t", f"={self._session}"), check=False)  # noqa: S603
            if _is_session(self._session):
                print(f"The demo runs on. To see it: tmux attach -t {self._session}. To end it: chat-stop")
        elif self._session:
            print(f"To see it: tmux attach -t {self._session}")

    def close(self) -> None:
        """Ends all that was opened."""
        if self._window:
            subprocess.run(_words("kill-window", "-t", self._window), check=False, capture_output=True)  # noqa: S603

    def _create(self, words: Sequence[str]) -> str:
        form = ("-P", "-F", "#{window_id} #{pane_id}")
        if os.environ.get("TMUX"):
            made = _tmux("new-window", *form, "-n", NAME, *words)
        else:
            self._session = _free_name()
            columns, lines = shutil.get_terminal_size()
            size = ("-x", str(columns), "-y", str(lines))
            made = _tmux("new-session", "-d", *form, "-s", self._session, *size, "-n", NAME, *words)
        self._window, pane = made.split()
        _tmux("set-option", "-w", "-t", self._window, "pane-border-status", "top")
        _tmux("set-option", "-w", "-t", self._window, "pane-border-format", " #{pane_title} ")
        return pane

    def _split(self, words: Sequence[str]) -> str:
        pane = _tmux("split-window", "-d", "-P", "-F", "#{pane_id}", "-t", self._panes[-1], *words)
        _tmux("select-layout", "-t", self._window, "tiled")  # or the next one would find no space
        return pane


def is_there() -> bool:
    """Whether there is a tmux to be used."""
    return shutil.which("tmux") is not None


def _free_name() -> str:
    name, count = NAME, 1
    while _is_session(name):
        count += 1
        name = f"{NAME}-{count}"
    return name


def _is_session(name: str) -> bool:
    try:
        _tmux("has-session", "-t", f"={name}")
    except FailedError:
        return False
    return True


def _words(*words: str) -> list[str]:
    # A semicolon at the end of a word would end the command; several words are a program and its arguments, no shell's.
    return ["tmux", *(f"{word[:-1]}\\;" if word.endswith(";") else word for word in words)]


def _tmux(*words: str) -> str:
    try:
        done = subprocess.run(_words(*words), capture_output=True, text=True, timeout=30.0, check=False)  # noqa: S603
    except (OSError, subprocess.TimeoutExpired) as error:
        raise FailedError(f"cannot run tmux: {error}") from None
    if done.returncode:
        raise FailedError(f"tmux {words[0]}: {display.safe(done.stderr.strip())}")
    return done.stdout.strip()
