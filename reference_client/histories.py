"""What a nick wrote, kept across starts: one file for each nick, in the user's state folder, readable by the user only.

A nick's file holds nothing of another's: two people who share an account, or one person with two nicks, do not find
each other's words with the arrow keys.
"""

import hashlib
import json
import os
from contextlib import suppress
from pathlib import Path

from reference_tools import folders

MOST = 1_000  # messages that are kept; a file grows to twice as many before it is cut
LONGEST = 10_000  # characters; a longer message is a document, not something to be recalled


def path(nick: str, folder: Path) -> Path:
    """Where the history of a nick is; the name tells nothing and is good for every file system."""
    return folder / f"history-{hashlib.sha256(nick.encode()).hexdigest()[:20]}.jsonl"


class HistoryFile:
    """One JSON string a line, the latest at the end. A file that cannot be read or written is no history."""

    def __init__(self, file: Path) -> None:
        self._file = file

    def load(self) -> list[str]:
        """The messages, the oldest first; cuts the file if it has grown too long."""
        try:
            lines = self._file.read_text(encoding="ascii").splitlines()
        except (OSError, ValueError):
            return []
        if len(lines) > 2 * MOST:
            self._rewrite(lines[-MOST:])
        return [text for text in map(_read, lines[-MOST:]) if text is not None]

    def add(self, text: str) -> None:
        """Keeps a message."""
        if len(text) > LONGEST:
            return
        with suppress(OSError):  # a full disk is no reason not to chat
            folders.make_private(self._file.parent)
            descriptor = os.open(self._file, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
            with open(descriptor, "a", encoding="ascii") as file:  # noqa: PTH123  # the mode has to be given
                file.write(json.dumps(text) + "\n")

    def _rewrite(self, lines: list[str]) -> None:
        with suppress(OSError):
            fresh = self._file.with_suffix(f".{os.getpid()}")
            descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            with open(descriptor, "w", encoding="ascii") as file:  # noqa: PTH123
                file.write("".join(f"{line}\n" for line in lines))
            fresh.replace(self._file)


def _read(line: str) -> str | None:
    try:
        text = json.loads(line)
    except ValueError:  # two clients that wrote at once, or half a line of a full disk
        return None
    return text if isinstance(text, str) else None
