"""However a grading ends, nothing that it has started stays; real processes."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from conformance.grading.charge import Charge
from conformance.grading.job import Job
from conformance.grading.limits import Limits
from conformance.grading.reaper import descendants, marked
from conformance.target import free_port
from tests.conformance.grading.grades import ROOT, servers
from tests.conformance.grading.leftovers import running, until, word

GRADE = """
import argparse, signal, sys
from conformance import grading

signal.signal(signal.SIGINT, signal.default_int_handler)
parser = argparse.ArgumentParser()
grading.add_arguments(parser)
try:
    sys.exit(grading.main(parser.parse_args(), lambda text: print(text, flush=True)))
except KeyboardInterrupt:
    sys.exit(130)
"""


@contextmanager
def started(tmp_path: Path, mark: str) -> Iterator["subprocess.Popen[str]"]:
    """A grading in a process of its own, with a server that is done, and two that would take long."""
    file = servers(tmp_path, {"dies": "", "good": "", "stubborn": ""}, mark, "[run]\ndepth = 'thorough'\njobs = 3")
    command = [sys.executable, "-c", GRADE, str(file), "--out", str(tmp_path / "out")]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, start_new_session=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline().startswith("1/3  dies")
        until(lambda: (tmp_path / "ready" / "good").exists() and (tmp_path / "ready" / "stubborn").exists())
        yield process
        process.stdout.read()


@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 130), (signal.SIGKILL, -signal.SIGKILL)])
def test_a_grading_that_is_ended(tmp_path: Path, number: signal.Signals, status: int) -> None:
    """All servers end with it, also those that ignore signals; even if it cannot do a thing itself. Results stay."""
    mark = word()
    with started(tmp_path, mark) as process:
        keepers = [one.pid for one in descendants(process.pid)]
        process.send_signal(number)
        assert process.wait(30) == status
        until(lambda: running(mark) == [])
        until(lambda: not [pid for pid in keepers if Path(f"/proc/{pid}").exists()])

    assert (tmp_path / "out" / "dies" / "result.json").exists()
    assert not (tmp_path / "out" / "good" / "result.json").exists()
    if number is not signal.SIGKILL:
        assert (tmp_path / "out" / "grades.csv").read_text(encoding="utf-8-sig").count("\n") == 2


def test_a_keeper_that_is_killed(tmp_path: Path) -> None:
    """What it kept is found by what it has in its environment, and ended; it is said so."""
    ready = tmp_path / "ready"
    ready.mkdir()
    command = [sys.executable, "-P", "-m", "tests.conformance.grading.hopeless", "stubborn", "{port}"]
    own = word()
    job = Job(
        name="ann",
        command=command,
        host="127.0.0.1",
        port=free_port(),
        out=str(tmp_path / "ann"),
        source=None,
        environment={"READY": str(ready), "PYTHONPATH": str(ROOT), "OWN": own},
        limits=Limits(),
        mark=word(),
        options={"only": ["JOIN-2"]},
    )
    charge = Charge(job)
    until(lambda: (ready / "stubborn").exists())
    ours = {one.pid for one in descendants(os.getpid()) if one.parent == os.getpid()}
    [keeper] = ours & {one.pid for one in marked(job.mark)}
    os.kill(keeper, signal.SIGKILL)
    outcome = charge.end(10)

    assert outcome.trouble == "the process that kept it has ended or hung; see judge.log"
    assert running(own) == []
    assert running(job.mark) == []
