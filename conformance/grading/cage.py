"""Sets limits on itself and becomes the server: `python -I -S cage.py SETTINGS COMMAND…`.

A file of its own, run by its path and importing nothing of ours: it is in front of every start of every server, and a
limit is set by the process that it binds (a hook between fork and exec is not safe in a process with threads).
"""

import contextlib
import json
import os
import signal
import sys
from pathlib import Path
from typing import Any

MIB = 1 << 20
SECONDS_TO_TIDY_UP = 5  # between the signal that a process can handle and the one that it cannot
NOT_STARTED = 127  # as a shell says it
MORE_TASKS = 4096  # of all that the user runs: far above `processes` and `threads`, which are looked after elsewhere


def main() -> int:
    """Returns only if the command cannot be started."""
    settings, command = json.loads(sys.argv[1]), sys.argv[2:]
    _restore_signals()
    try:
        os.chdir(settings["folder"])
        _limit(settings["limits"])
        os.execvpe(command[0], command, settings["environment"])  # noqa: S606  # the user's server
    except OSError as error:
        print(f"cannot start {command[0]}: {error.strerror or error}", file=sys.stderr)
    return NOT_STARTED


def _restore_signals() -> None:
    """Python ignores some, and what is ignored stays so in the server: one that writes too much would never know."""
    for name in ("SIGPIPE", "SIGXFSZ"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), signal.SIG_DFL)


def _limit(limits: dict[str, Any]) -> None:
    try:
        import resource  # not there on every system
    except ImportError:
        return
    seconds = limits["cpu_seconds"]
    tasks = _tasks_of_user() + MORE_TASKS  # against fork bombs that are faster than a look; it does not bind root
    wanted = {
        "RLIMIT_CPU": (seconds, seconds + SECONDS_TO_TIDY_UP),
        # Not the address space: virtual machines and Go reserve gigabytes of it that they never use.
        "RLIMIT_DATA": (limits["data_mib"] * MIB,) * 2,
        "RLIMIT_FSIZE": (limits["file_mib"] * MIB,) * 2,
        "RLIMIT_NOFILE": (limits["descriptors"],) * 2,
        "RLIMIT_NPROC": (tasks, tasks),
        "RLIMIT_CORE": (0, 0),
    }
    for name, (soft, hard) in wanted.items():
        kind = getattr(resource, name, None)
        if kind is None:
            continue
        _, most = resource.getrlimit(kind)
        if most != resource.RLIM_INFINITY:
            soft, hard = min(soft, most), min(hard, most)
        with contextlib.suppress(OSError, ValueError):
            resource.setrlimit(kind, (soft, hard))
    with contextlib.suppress(OSError):
        os.nice(limits["nice"])
    with contextlib.suppress(OSError):  # when memory is short, Linux takes the server and not the suite
        Path("/proc/self/oom_score_adj").write_text("1000", encoding="ascii")


def _tasks_of_user() -> int:
    """Processes and threads of this user: the limit counts them all."""
    count = 0
    for place in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if place.stat().st_uid == os.getuid():
                count += sum(1 for _ in (place / "task").iterdir())
    return count


if __name__ == "__main__":
    sys.exit(main())
