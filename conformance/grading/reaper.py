"""Finds everything that a process has started, also what hides by a double fork and a session of its own, and ends it.

On Linux a process can ask to be handed the orphans among its descendants (a "subreaper"), which otherwise go to process 1:
so nothing that a server starts ever leaves the tree below the process that keeps it. Elsewhere nothing is found here.
"""

import contextlib
import ctypes
import os
import signal
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

PROC = Path("/proc")
_SET_CHILD_SUBREAPER = 36  # PR_SET_CHILD_SUBREAPER in <linux/prctl.h>
_PAGE = os.sysconf("SC_PAGE_SIZE") if hasattr(os, "sysconf") else 4096


@dataclass(frozen=True, slots=True)
class Process:
    """A process that is running: `resident` octets of memory, those that it shares with others included."""

    pid: int
    parent: int
    threads: int
    resident: int


def adopt_orphans() -> bool:
    """Makes this process the one that orphans among its descendants go to; False where the system has no such thing."""
    try:
        return bool(ctypes.CDLL(None).prctl(_SET_CHILD_SUBREAPER, 1, 0, 0, 0) == 0)
    except (OSError, AttributeError, TypeError):
        return False


def descendants(pid: int) -> list[Process]:
    """What descends from a process, itself not included; no zombies, which hold nothing but their number."""
    children: dict[int, list[int]] = {}
    running: dict[int, Process] = {}
    for number in _numbers():
        octets = _read(f"{PROC}/{number}/stat")
        if octets is None:
            continue  # it ended meanwhile
        fields = octets.rpartition(b")")[2].split()
        process = Process(number, int(fields[1]), int(fields[17]), int(fields[21]) * _PAGE)
        children.setdefault(process.parent, []).append(number)
        if fields[0] not in b"ZX":
            running[number] = process
    found, waiting = [], [pid]
    while waiting:
        for child in children.get(waiting.pop(), []):
            waiting.append(child)
            if child in running:
                found.append(running[child])
    return found


def _numbers() -> list[int]:
    try:
        with os.scandir(PROC) as entries:
            return [int(entry.name) for entry in entries if entry.name.isdecimal()]
    except OSError:
        return []


def _read(path: str) -> bytes | None:
    """What pathlib does, at a fifth of the cost: it is done for every process, some times a second."""
    try:
        descriptor = os.open(path, os.O_RDONLY)
    except OSError:
        return None
    try:
        return os.read(descriptor, 4096)
    except OSError:
        return None
    finally:
        os.close(descriptor)


def end_all(find: Callable[[], Iterable[Process]], seconds: float) -> list[int]:
    """Kills what is found, and again what is found then, as it may have forked meanwhile, until nothing is left.

    Returns:
        the processes that are left all the same when the time is over: none, unless the system does not let go of one.
    """
    until = time.monotonic() + seconds
    while left := [process.pid for process in find()]:
        if time.monotonic() >= until:
            return left
        for pid in left:
            with contextlib.suppress(OSError):
                os.kill(pid, getattr(signal, "SIGKILL", signal.SIGTERM))
        time.sleep(0.005)  # nothing tells of the end of a process that is no child
    return []


def reap_orphans(awaited: int) -> None:
    """Takes note of children that have ended, so that they do not stay as zombies; not of the one that is awaited."""
    while True:
        try:
            ended = os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
        except (OSError, AttributeError):  # no children; no such call on this system
            return
        if ended is None or ended.si_pid == awaited:
            return
        with contextlib.suppress(OSError):
            os.waitpid(ended.si_pid, os.WNOHANG)


def shared_out(processes: Iterable[Process]) -> int:
    """Octets of memory of several processes together, what they share counted once; it costs more than `resident`."""
    total = 0
    for process in processes:
        try:
            lines = (PROC / str(process.pid) / "smaps_rollup").read_text(encoding="ascii", errors="replace")
        except OSError:
            total += process.resident if (PROC / str(process.pid)).exists() else 0
            continue
        total += next((int(line.split()[1]) * 1024 for line in lines.splitlines() if line.startswith("Pss:")), 0)
    return total


def marked(mark: str) -> list[Process]:
    """The processes that have `mark` in the environment that they were started with."""
    found = []
    for place in PROC.glob("[0-9]*/environ"):
        with contextlib.suppress(OSError):
            if mark.encode() in place.read_bytes():
                found.append(Process(int(place.parent.name), 0, 0, 0))
    return found
