"""The process that judges one server: `python -P -m conformance.grading.judge`, with its job as a line of standard input.

It writes `report.json` and the other forms of the report, also when it is interrupted (SIGINT); and `server.log`.
"""

import json
import os
import shutil
import signal
import sys
from collections.abc import Callable
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from conformance.grading import cage
from conformance.grading.forms import write_forms
from conformance.grading.job import Job
from conformance.grading.limits import MIB
from conformance.grading.log import BoundedLog
from conformance.report import as_json
from conformance.run import Options, Report, run
from conformance.selection import select
from conformance.target import Target
from conformance.verdict import RequirementResult

REPORT = "report.json"
PASSED_ON = ("PATH", "LANG", "LC_ALL", "TZ", "SYSTEMROOT")  # of our environment, to servers
CUT_SHORT = "the run was cut short, by a limit or from outside"


def main() -> int:
    """0 once the report is written."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
    job = Job.from_line(sys.stdin.buffer.readline())
    try:
        source = prepare(job)
    except OSError as error:
        write_report(unjudged(job, f"its working directory cannot be made: {error}"), job.place)
        return 0
    if source is not None:
        write_report(unjudged(job, source), job.place)
        return 0
    with BoundedLog(job.place / "server.log", job.limits.log_kib * 1024) as log:
        report = run(target_of(job, log.write), Options(**job.options))
    report.target = job.target
    if report.interrupted:
        _explain(report)
    write_report(as_json(report), job.place)
    return 0


def prepare(job: Job) -> str | None:
    """Makes the folders that the server may fill; gives why that cannot be, if the source is too large."""
    for name in ("home", "tmp"):
        (job.scratch / name).mkdir(parents=True)
    if job.source is None:
        (job.scratch / "work").mkdir()
        return None
    if size_of(Path(job.source)) > job.limits.disk_mib * MIB:
        return f"its folder holds more than the {job.limits.disk_mib} MiB of disk_mib"
    shutil.copytree(job.source, job.scratch / "work", symlinks=True)
    return None


def size_of(folder: Path) -> int:
    """Octets of the files below a folder."""
    return sum(path.lstat().st_size for path in folder.rglob("*") if path.is_file() and not path.is_symlink())


def target_of(job: Job, listen: Callable[[bytes], None]) -> Target:
    """The server of a job, to be started within its limits."""
    address = (job.host, job.port)
    if job.command is None:
        return Target(address)
    settings = {
        "folder": str(job.scratch / "work"),
        "limits": asdict(job.limits),
        "environment": environment_of(job),
    }
    wrapper = [sys.executable, "-I", "-S", str(Path(cage.__file__).resolve()), json.dumps(settings)]
    return Target(address, job.command, wrapper=wrapper, listen=listen)


def environment_of(job: Job) -> dict[str, str]:
    """All variables that the server gets: nothing of ours that is none of its business."""
    return {
        **{name: os.environ[name] for name in PASSED_ON if name in os.environ},
        "HOME": str(job.scratch / "home"),
        "TMPDIR": str(job.scratch / "tmp"),
        "PYTHONUNBUFFERED": "1",
        **job.environment,
        **marking(job.mark),
    }


def marking(mark: str) -> dict[str, str]:
    """The variable by which the processes of a job are found again."""
    return {"CHAT_CONFORMANCE_GRADE": mark}


def unjudged(job: Job, trouble: str) -> dict[str, Any]:
    """The report on a server of which nothing is known but the trouble."""
    options = Options(**job.options)
    report = Report(job.target, options, options.seed or 0, datetime.now(UTC), trouble=trouble)
    report.results = [
        RequirementResult(row, because_unchecked=trouble) for row in select("server", options.only, options.skip)
    ]
    return as_json(report)


def write_report(data: dict[str, Any], place: Path) -> None:
    """Writes a report in every form, first as JSON: of that, all the rest can be made again."""
    draft = place / f"{REPORT}.part"
    draft.write_text(json.dumps(data, indent=2, ensure_ascii=True) + "\n", encoding="ascii")
    draft.replace(place / REPORT)
    write_forms(data, place)


def _explain(report: Report) -> None:
    """The user has interrupted nothing: says what happened instead."""
    report.interrupted = 0
    report.trouble = CUT_SHORT
    for row in report.results:
        if row.because_unchecked == "interrupted":
            row.because_unchecked = CUT_SHORT


if __name__ == "__main__":
    sys.exit(main())
