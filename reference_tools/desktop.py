"""Windows of a desktop: each command in a terminal of its own.

Tried with xterm on Linux, and with programs that stand in for the others; not yet tried on Windows and macOS.
"""

import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Sequence

from reference_tools.awaiting import FailedError

# What stands before the command; all of them take it as words, so that no shell reads it. {} is the title.
EMULATORS = {
    "x-terminal-emulator": ["-T", "{}", "-e"],  # Debian's name for the one that was chosen
    "gnome-terminal": ["--title", "{}", "--"],
    "konsole": ["-p", "tabtitle={}", "-e"],
    "xfce4-terminal": ["--title", "{}", "-x"],
    "mate-terminal": ["--title", "{}", "-x"],
    "kitty": ["--title", "{}"],
    "alacritty": ["--title", "{}", "-e"],
    "foot": ["--title", "{}"],
    "xterm": ["-T", "{}", "-e"],
}


class Windows:
    """A window for each command.

    Args:
        platform: as `sys.platform` names it.
    """

    kind = "windows of their own"
    to_close = ""

    def __init__(self, platform: str = sys.platform) -> None:
        self._platform = platform
        self._started: list[subprocess.Popen[bytes]] = []

    def open(self, title: str, words: Sequence[str]) -> None:
        """Runs a command in a window of its own.

        Raises:
            FailedError: no window can be opened.
        """
        try:
            self._started.append(_open(self._platform, f"chat {title}", list(words)))
        except OSError as error:
            raise FailedError(f"cannot open a window: {error.strerror or error}") from None

    def trouble(self) -> str | None:
        """Why there is no window, if there is none. Many emulators hand their work over and end at once, with 0."""
        for process in self._started:
            if process.poll():
                return f"{_emulator()} has ended with status {process.returncode}"
        return None

    def show(self) -> None:
        """Nothing: the desktop has shown them."""

    def close(self) -> None:
        """Closes them, as far as they are ours: what an emulator has handed over, `chat-stop` ends."""
        for process in self._started:
            process.terminate()


def is_there(platform: str = sys.platform) -> bool:
    """Whether there is a desktop to open windows on, and a terminal to open."""
    if platform in ("win32", "darwin"):
        return True
    has_display = os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")
    return bool(has_display) and _emulator() is not None


def terminal(title: str, words: Sequence[str], platform: str) -> list[str]:
    """The words that open a terminal with a command in it, on systems other than Windows.

    Raises:
        FailedError: there is no terminal that we know.
    """
    if platform == "darwin":
        # Terminal takes a line for the shell, inside a string of AppleScript: two kinds of quotes, one in the other.
        line = shlex.join(words).replace("\\", "\\\\").replace('"', '\\"')
        return ["osascript", "-e", f'tell application "Terminal" to do script "{line}"']
    name = _emulator()
    if name is None:
        raise FailedError(f"none of these terminals is on PATH: {', '.join(EMULATORS)}")
    return [name, *(word.replace("{}", title) for word in EMULATORS[name]), *words]


def _emulator() -> str | None:
    return next((name for name in EMULATORS if shutil.which(name)), None)


def _open(platform: str, title: str, words: list[str]) -> "subprocess.Popen[bytes]":
    if platform == "win32":
        flags: int = getattr(subprocess, "CREATE_NEW_CONSOLE", 0)
        return subprocess.Popen(words, creationflags=flags)  # noqa: S603
    return subprocess.Popen(  # noqa: S603
        terminal(title, words, platform),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,  # closing the terminal of the demo's caller does not close these
    )
