"""What a process of this machine holds: descriptors and memory, where the system tells (Linux's /proc)."""

import contextlib
from dataclasses import dataclass
from pathlib import Path

import psutil


@dataclass(frozen=True, slots=True)
class Usage:
    """Open descriptors, resident memory in octets, and the most that was resident since the last look; None where the
    system does not tell."""

    descriptors: int | None
    resident: int | None
    most: int | None = None

    def __str__(self) -> str:
        return f"{self.descriptors} descriptors and {(self.resident or 0) // 1024} KiB of memory"

    def is_back(self, before: "Usage") -> bool:
        """Whether it is within a tenth of what it was, give or take 5 descriptors and 16 MiB (ROBUST-6)."""
        return _is_within(self.descriptors, before.descriptors, 5) and _is_within(
            self.resident, before.resident, 16 * 1024 * 1024
        )


def usage(pid: int) -> Usage:
    """What the process and its descendants hold now, and have held since this was asked last."""
    descriptors, resident, most = 0, 0, 0
    told = False
    for member in family(pid):
        place = Path("/proc") / str(member)
        try:
            descriptors += len(list((place / "fd").iterdir()))
            status = (place / "status").read_text(encoding="ascii", errors="replace")
        except OSError:
            continue
        told = True
        for line in status.splitlines():
            if line.startswith("VmRSS:"):
                resident += int(line.split()[1]) * 1024
            elif line.startswith("VmHWM:"):
                most += int(line.split()[1]) * 1024
        with contextlib.suppress(OSError):
            (place / "clear_refs").write_text("5", encoding="ascii")  # Linux: the most is counted anew from here on
    return Usage(descriptors, resident, most) if told else Usage(None, None)


def listens(pid: int, port: int) -> bool | None:
    """Whether a process, or a descendant of it, listens on a TCP port; None where that cannot be seen."""
    try:
        served = [one for member in family(pid) for one in psutil.Process(member).net_connections(kind="tcp")]
    except psutil.Error:
        return None
    return any(one.status == psutil.CONN_LISTEN and one.laddr and one.laddr[1] == port for one in served)


def family(pid: int) -> list[int]:
    """A process and its descendants: a server is often started by a shell or a wrapper."""
    children: dict[int, list[int]] = {}
    for place in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = place.read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
        except OSError:
            continue  # it ended meanwhile
        children.setdefault(int(fields[1]), []).append(int(place.parent.name))
    found, waiting = [], [pid]
    while waiting:
        member = waiting.pop()
        found.append(member)
        waiting.extend(children.get(member, []))
    return found


def born(pid: int) -> str | None:
    """When a process began, in the system's own count, so that another under its number is told from it; None if there is
    none, or if it only waits to be taken note of."""
    try:
        fields = (
            (Path("/proc") / str(pid) / "stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
        )
    except OSError:
        return None
    return None if fields[0] == "Z" else fields[19]


def _is_within(now: int | None, before: int | None, slack: int) -> bool:
    return now is None or before is None or now <= before * 1.1 + slack
