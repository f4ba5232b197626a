"""A server in the charge of a keeper: started, answered, and ended whatever happens to the keeper."""

import contextlib
import os
import subprocess
import sys
import time
from pathlib import Path

import spec
from conformance.grading.job import Job, Outcome
from conformance.grading.judge import marking
from conformance.grading.keeper import END_SECONDS, GRACE_SECONDS, JUDGE_LOG
from conformance.grading.reaper import end_all, marked

SLACK_SECONDS = 30.0  # beyond all that a keeper may take: it hangs, or was stopped


class Charge:
    """One job under way."""

    def __init__(self, job: Job) -> None:
        self.job = job
        self.begun = time.monotonic()
        self._answer = b""
        job.place.mkdir()
        environment = os.environ | marking(job.mark)
        ours = str(Path(spec.__file__).parents[1])
        environment["PYTHONPATH"] = os.pathsep.join(filter(None, [environment.get("PYTHONPATH"), ours]))
        with (job.place / JUDGE_LOG).open("ab") as log:
            self._keeper = subprocess.Popen(  # this suite
                [sys.executable, "-P", "-m", "conformance.grading.keeper"],
                stdin=subprocess.PIPE,  # stays open: its end tells the keeper that we are gone
                stdout=subprocess.PIPE,
                stderr=log,
                env=environment,
                start_new_session=True,  # Ctrl-C is for us; the keepers are told
            )
        assert self._keeper.stdin is not None
        with contextlib.suppress(OSError):  # it has ended at once
            self._keeper.stdin.write(job.as_line())
            self._keeper.stdin.flush()

    def fileno(self) -> int:
        """Becomes readable when there is an answer, or none will come."""
        assert self._keeper.stdout is not None
        return self._keeper.stdout.fileno()

    @property
    def is_overdue(self) -> bool:
        """Whether even the keeper must have failed."""
        most = self.job.limits.time_seconds + GRACE_SECONDS + 2 * END_SECONDS + SLACK_SECONDS
        return time.monotonic() - self.begun > most

    def read(self) -> bool:
        """Reads what is there; whether that was the end."""
        octets = os.read(self.fileno(), 1 << 16)
        self._answer += octets
        return not octets

    def tell_to_stop(self) -> None:
        """Has the keeper end everything; it takes a moment."""
        assert self._keeper.stdin is not None
        with contextlib.suppress(OSError):
            self._keeper.stdin.close()

    def end(self, seconds: float) -> Outcome:
        """The outcome, once all that was started has ended.

        Args:
            seconds: how long the keeper may take for that; then it is ended, too.
        """
        self.tell_to_stop()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._keeper.wait(seconds)
        is_lost = self._keeper.poll() != 0
        if is_lost:
            self._keeper.kill()
            self._keeper.wait()
            # Its orphans have gone to process 1; what they have in their environment still tells them.
            end_all(lambda: marked(self.job.mark), END_SECONDS)
        assert self._keeper.stdout is not None
        with self._keeper.stdout as rest:
            self._answer += rest.read()
        try:
            return Outcome.from_line(self._answer)
        except (ValueError, TypeError):
            seconds = round(time.monotonic() - self.begun, 3)
            return Outcome("the process that kept it has ended or hung; see judge.log", [], seconds)
