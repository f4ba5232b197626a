"""Proof that nothing is left of a server: each is given a word in its environment, by which its processes are found."""

import secrets
import socket
import threading
from collections.abc import Callable
from pathlib import Path

from conformance.grading.reaper import marked

DEADLINE_S = 20.0


def word() -> str:
    """A word that no other process has."""
    return f"left-{secrets.token_hex(8)}"


def running(mark: str) -> list[str]:
    """The commands of the processes that have the word in their environment; of zombies there is none."""
    found = []
    for process in marked(mark):
        try:
            found.append(
                Path(f"/proc/{process.pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
            )
        except OSError:
            continue  # it ended meanwhile
    return found


def is_listening(port: int) -> bool:
    """Whether somebody listens at a port of this machine."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def until(condition: Callable[[], object]) -> None:
    """Waits for something that no event tells of.

    Raises:
        TimeoutError: it did not come about.
    """
    never = threading.Event()
    for _ in range(int(DEADLINE_S / 0.02)):
        if condition():
            return
        never.wait(0.02)
    raise TimeoutError
