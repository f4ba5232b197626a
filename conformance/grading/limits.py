"""What a server that is graded may use."""

from dataclasses import asdict, dataclass, fields, replace

from conformance.grading.toml import Table

MIB = 1 << 20


@dataclass(frozen=True, slots=True)
class Limits:
    """Limits of one server. `descriptors`, `file_mib`, `cpu_seconds` and `data_mib` are the system's, for each of its
    processes; `processes`, `threads`, `memory_mib` and `disk_mib` are of all together, looked at some times a second;
    `time_seconds` is of the whole run, the suite included.

    Attributes:
        data_mib: how much memory one process may ask for, used or not; it catches what grows between two looks.
        nice: how much less urgent than the suite the server is.
        log_kib: how much of its output is kept.
    """

    time_seconds: float = 600
    cpu_seconds: int = 600
    memory_mib: int = 1024
    data_mib: int = 8192
    processes: int = 256
    threads: int = 2048
    descriptors: int = 1024
    file_mib: int = 64
    disk_mib: int = 256
    log_kib: int = 512
    nice: int = 5


RANGES = {
    "time_seconds": (1, 86400),
    "cpu_seconds": (1, 86400),
    "memory_mib": (16, 1 << 20),
    "data_mib": (16, 1 << 24),
    "processes": (1, 100_000),
    "threads": (1, 1_000_000),
    "descriptors": (16, 1_000_000),
    "file_mib": (0, 1 << 20),
    "disk_mib": (0, 1 << 24),
    "log_kib": (1, 1 << 20),
    "nice": (0, 19),
}


def read_limits(table: Table, default: Limits) -> Limits:
    """The limits of a table; what it does not name is as in `default`.

    Raises:
        UsageError: it names what there is not, or a number is out of its range.
    """
    names = [field.name for field in fields(Limits)]
    table.allow(names, "limit")
    kept = asdict(default)
    kept["time_seconds"] = table.number("time_seconds", default.time_seconds, *RANGES["time_seconds"])
    for name in names:
        if name != "time_seconds":
            kept[name] = table.whole(name, kept[name], *RANGES[name])
    return replace(default, **kept)
