"""The register of running servers and clients: each notes itself when it starts, and strikes itself out when it ends.

What runs cannot be told by looking at command lines: `vim chat-server.py` has the name in it, a program of somebody
else may be called so, and `python -m reference_server` may be another project's module. Only the process itself knows;
so it says so, in a file of the user's state folder. The file may outlive its process, and the system gives process ids
out again; so whoever reads the register compares the process with its entry before he does anything to it.
"""

import json
import logging
import os
import platform
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from enum import Enum
from pathlib import Path

import platformdirs
import psutil

from reference_tools import folders

CLIENT, SERVER, WINDOW = "chat-client", "chat-server", "window of chat-demo"
UNLISTED = (
    "CHAT_UNLISTED"  # set in the environment to anything: the process is somebody else's to end, a suite's or init's
)

# Linux counts from the boot and adds the time of the boot, which moves when the clock is set right.
_CLOCK_SLACK_S = 10.0

log = logging.getLogger(__name__)


class Standing(Enum):
    """What an entry is worth now."""

    RUNNING = "runs"
    GONE = "has ended"
    ANOTHER = "another program has its number now"
    DOUBTFUL = "may be another process, as it began at another time"


@dataclass(frozen=True, slots=True)
class Entry:
    """What a process has noted about itself.

    Attributes:
        command: its name as a user knows it, such as `chat-server`.
        about: where it listens, or whom it has joined as; for people.
        pid: its process id.
        created: when it began, in seconds since 1970, as the system tells.
        words: its command line, as the system tells.
    """

    command: str
    about: str
    pid: int
    created: float
    words: tuple[str, ...]


def folder() -> Path:
    """Where the entries of this machine are: a home folder may be shared by several."""
    return platformdirs.user_state_path("chatproto", appauthor=False) / "running" / (platform.node() or "localhost")


@contextmanager
def listed(command: str, about: str) -> Iterator[None]:
    """Has this process in the register as long as the block runs.

    Nothing is raised if that cannot be done: a warning is logged, and the process runs on, only not to be found.
    """
    place = None
    if not os.environ.get(UNLISTED):
        try:
            place = _note(command, about)
        except (OSError, psutil.Error) as error:
            log.warning("chat-stop will not find this process: %s", error)
    try:
        yield
    finally:
        if place is not None:
            with suppress(OSError):
                place.unlink()


def entries() -> list[Entry]:
    """All entries, those that are worth nothing any more included, by process id; what cannot be read is left out."""
    found = [_read(place) for place in folder().glob("*.json")]
    return sorted((entry for entry in found if entry is not None), key=lambda entry: entry.pid)


def standing(entry: Entry) -> Standing:
    """Compares an entry with the process that has its number now."""
    try:
        process = psutil.Process(entry.pid)
        if process.username() != psutil.Process().username() or tuple(process.cmdline()) != entry.words:
            return Standing.ANOTHER
        is_near = abs(process.create_time() - entry.created) <= _CLOCK_SLACK_S
    except psutil.AccessDenied:  # our own processes can be looked at
        return Standing.ANOTHER
    except psutil.NoSuchProcess:  # or it has ended, and its parent has not taken note: that has no command line
        return Standing.GONE
    return Standing.RUNNING if is_near else Standing.DOUBTFUL


def forget(entry: Entry) -> None:
    """Strikes an entry out, unless another process has written its own in its place."""
    place = _place(entry.pid)
    if _read(place) == entry:
        with suppress(OSError):
            place.unlink()


def _note(command: str, about: str) -> Path:
    for entry in entries():  # killed processes leave theirs, and nobody may ever call chat-stop
        if not psutil.pid_exists(entry.pid):
            forget(entry)
    me = psutil.Process()
    entry = Entry(command, about, me.pid, me.create_time(), tuple(me.cmdline()))
    place = _place(me.pid)
    folders.make_private(place.parent)
    draft = place.with_suffix(".new")
    draft.write_text(json.dumps(asdict(entry)) + "\n", encoding="ascii")
    draft.replace(place)  # whoever looks sees a whole entry or none
    return place


def _place(pid: int) -> Path:
    return folder() / f"{pid}.json"


def _read(place: Path) -> Entry | None:
    try:
        told = json.loads(place.read_text(encoding="ascii"))
        entry = Entry(
            str(told["command"]), str(told["about"]), int(told["pid"]), float(told["created"]), tuple(told["words"])
        )
    except (OSError, ValueError, TypeError, KeyError, OverflowError):
        return None  # it was struck out meanwhile, or is none of ours
    return entry if entry.pid > 0 and place.name == f"{entry.pid}.json" else None
