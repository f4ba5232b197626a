"""The process that keeps one server: `python -P -m conformance.grading.keeper`, with its job as a line of standard input.

It starts the process that judges, looks after what the server may use, and ends everything: when the judging is over, when
its time is up, and when standard input ends, which it does when the one who gave the job is gone.
"""

import contextlib
import os
import select
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

from conformance.grading.job import Job, Outcome
from conformance.grading.limits import MIB, Limits
from conformance.grading.reaper import Process, adopt_orphans, descendants, end_all, reap_orphans, shared_out

LOOK_SECONDS = 0.2  # between two looks at the server's processes; longer where a look takes long
DISK_SECONDS = 1.0  # between two looks at what it has written
MOST_FILES = 100_000
GRACE_SECONDS = 15.0  # for the judge to write its report when its time is up
END_SECONDS = 10.0
MOST_BREACHES = 3  # a server that is started again may do better; not for ever
JUDGE_LOG = "judge.log"


def main() -> int:
    """Gives the outcome as a line of standard output."""
    job = Job.from_line(sys.stdin.buffer.readline())
    adopt_orphans()
    outcome = Keeper(job).keep()
    with contextlib.suppress(OSError):  # nobody is there to read it
        sys.stdout.buffer.write(outcome.as_line())
        sys.stdout.buffer.flush()
    return 0


class Keeper:
    """Keeps one server, from its start to the end of everything that it has started."""

    def __init__(self, job: Job) -> None:
        self._job = job
        self._notes: list[str] = []
        self._breaches = 0
        self._next_disk = 0.0
        with (job.place / JUDGE_LOG).open("ab") as log:
            self._judge = subprocess.Popen(  # this suite
                [sys.executable, "-P", "-m", "conformance.grading.judge"],
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
            )

    def keep(self) -> Outcome:
        """Has the server judged, and ends all that is left of it."""
        begun = time.monotonic()
        assert self._judge.stdin is not None
        with contextlib.suppress(OSError), self._judge.stdin as told:  # it has ended at once: its log says why
            told.write(self._job.as_line())
        trouble = self._watch(begun + self._job.limits.time_seconds)
        if trouble is None:
            self._note_left()
        left = end_all(lambda: descendants(os.getpid()), END_SECONDS)
        self._judge.wait()
        if left:
            self._notes.append(f"{len(left)} of its processes cannot be ended: {', '.join(map(str, left))}")
        trouble = trouble or self._crash()
        self._tidy_up()
        return Outcome(trouble, self._notes, round(time.monotonic() - begun, 3))

    def _watch(self, until: float) -> str | None:
        """Until the judge has ended; gives why that was before its time, if it was."""
        pause = LOOK_SECONDS
        while self._judge.poll() is None:
            if _is_left_alone(pause):
                return "interrupted"
            begun = time.monotonic()
            trouble = self._look()
            if begun >= until:
                trouble = f"not done within {self._job.limits.time_seconds:g} s"
            if trouble is not None:
                self._cut_short()
                return trouble
            pause = max(LOOK_SECONDS, 10 * (time.monotonic() - begun))
        return None

    def _cut_short(self) -> None:
        """Has the judge write its report on what it knows by now."""
        self._judge.send_signal(signal.SIGINT)
        until = time.monotonic() + GRACE_SECONDS
        while self._judge.poll() is None and time.monotonic() < until and not _is_left_alone(LOOK_SECONDS):
            self._look()

    def _look(self) -> str | None:
        """Ends a server that is beyond its limits; gives what it did, once that is not to go on."""
        reap_orphans(self._judge.pid)
        members = self._members()
        breach = _breach(members, self._job.limits)
        if breach is not None:
            end_all(self._members, END_SECONDS)
            self._breaches += 1
            self._notes.append(breach)
            return f"given up after {self._breaches} times" if self._breaches >= MOST_BREACHES else None
        begun = time.monotonic()
        if begun >= self._next_disk:
            breach = _disk_breach(self._job.scratch, self._job.limits)
            self._next_disk = begun + max(DISK_SECONDS, 20 * (time.monotonic() - begun))
        return breach

    def _members(self) -> list[Process]:
        return [process for process in descendants(os.getpid()) if process.pid != self._judge.pid]

    def _note_left(self) -> None:
        if self._members():
            time.sleep(LOOK_SECONDS)  # what has been killed a moment ago is given the time to end
            if left := self._members():
                self._notes.append(f"left {len(left)} of its processes behind; they were ended")

    def _crash(self) -> str | None:
        if not self._judge.returncode:
            return None
        lines = (self._job.place / JUDGE_LOG).read_text(encoding="utf-8", errors="replace").split("\n")
        last = next((line for line in reversed(lines) if line.strip()), "no message")
        return f"the run itself failed with status {self._judge.returncode}: {last[:200]}"

    def _tidy_up(self) -> None:
        if not self._job.keep:
            with contextlib.suppress(RecursionError):  # folders within folders without end
                shutil.rmtree(self._job.scratch, ignore_errors=True)
        with contextlib.suppress(OSError):
            if not (self._job.place / JUDGE_LOG).stat().st_size:
                (self._job.place / JUDGE_LOG).unlink()


def _is_left_alone(seconds: float) -> bool:
    """Waits; gives whether standard input has ended, as nothing more is said there."""
    return bool(select.select([sys.stdin], [], [], seconds)[0])


def _breach(members: list[Process], limits: Limits) -> str | None:
    """What a server has more of than it may have."""
    threads = sum(process.threads for process in members)
    memory = sum(process.resident for process in members)
    if memory > limits.memory_mib * MIB:
        memory = shared_out(members)  # forked servers share most of theirs
    for amount, unit, most in (
        (len(members), "processes at once", limits.processes),
        (threads, "threads at once", limits.threads),
        (-(-memory // MIB), "MiB of memory", limits.memory_mib),
    ):
        if amount > most:
            return f"ended with {amount} {unit}, of {most} allowed"
    return None


def _disk_breach(folder: Path, limits: Limits) -> str | None:
    """What a server has written more of than it may."""
    octets, files, waiting = 0, 0, [str(folder)]
    while waiting:
        with contextlib.suppress(OSError), os.scandir(waiting.pop()) as entries:
            for entry in entries:
                files += 1
                if files > MOST_FILES:
                    return f"ended with more than {MOST_FILES} files"
                with contextlib.suppress(OSError):
                    # Blocks, not sizes: a file may be mostly hole.
                    octets += entry.stat(follow_symlinks=False).st_blocks * 512
                    if entry.is_dir(follow_symlinks=False):
                        waiting.append(entry.path)
    mebioctets = -(-octets // MIB)
    return (
        f"ended with {mebioctets} MiB of files, of {limits.disk_mib} allowed" if mebioctets > limits.disk_mib else None
    )


if __name__ == "__main__":
    sys.exit(main())
