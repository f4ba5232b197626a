"""The run of many: what is judged next, what is under way, and what has come out."""

import argparse
import contextlib
import os
import secrets
import selectors
import socket
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

from conformance.grading import results
from conformance.grading.charge import Charge
from conformance.grading.forms import write_form
from conformance.grading.job import Job
from conformance.grading.judge import unjudged, write_report
from conformance.grading.plan import Entry, Plan, read_plan
from conformance.grading.results import Result
from conformance.grading.table import Row, line, summary, write_csv
from conformance.target import free_port
from spec.display import safe

LOOK_SECONDS = 0.5
STOP_SECONDS = 20.0
PORT_SECONDS = 75.0  # connections that a server closed keep its port for a minute
LONGEST_TROUBLE = 300  # characters: it may quote what a server has printed
UNDECIDED = ("inconclusive", "not-run")
MATRIX = "conformance.reports.matrix"


def grade(path: Path, out: Path, arguments: argparse.Namespace, say: Callable[[str], None]) -> int:
    """Judges the servers of a file; see `conformance.grading.main`."""
    plan = read_plan(path)
    if arguments.depth is not None:
        plan.run["depth"] = arguments.depth
    jobs = arguments.jobs or plan.jobs or os.cpu_count() or 1
    with results.opened(out, resume=arguments.resume):
        grading = Grading(plan, out.resolve(), jobs, say, keep=arguments.keep)
        try:
            grading.run()
        finally:
            grading.stop()
            rows = grading.write()
        return 0 if all(row.is_judged for row in rows) else 3


class Grading:
    """A grading under way.

    Args:
        jobs: how many servers at once.
        keep: whether scratch folders stay.
    """

    def __init__(self, plan: Plan, out: Path, jobs: int, say: Callable[[str], None], *, keep: bool) -> None:
        self._plan = plan
        self._out = out
        self._jobs = jobs
        self._say = say
        self._keep = keep
        self._results: dict[str, Result] = {}
        self._asked = {entry.name: results.digest(entry, plan.run) for entry in plan.entries}
        self._waiting = [entry for entry in plan.entries if not self._is_done(entry)]
        self._under_way: dict[Charge, Entry] = {}
        self._freed: dict[tuple[str, int], float] = {}  # since when nobody of ours uses a port

    def _is_done(self, entry: Entry) -> bool:
        found = results.done(self._out, entry, self._asked[entry.name])
        if found is not None:
            self._results[entry.name] = found
        return found is not None

    def run(self) -> None:
        """Judges all that wait."""
        if self._results:
            self._say(f"{len(self._results)} of {len(self._plan.entries)} were done before")
        with selectors.DefaultSelector() as selector:
            while self._waiting or self._under_way:
                self._start(selector)
                ready = {key.fileobj for key, _ in selector.select(LOOK_SECONDS)}
                for charge in list(self._under_way):
                    if (charge in ready and charge.read()) or charge.is_overdue:
                        selector.unregister(charge)
                        self._finish(charge)

    def stop(self) -> None:
        """Ends whatever is under way, without a result."""
        for charge in self._under_way:
            charge.tell_to_stop()
        for charge in list(self._under_way):
            charge.end(STOP_SECONDS)
            del self._under_way[charge]

    def _start(self, selector: selectors.BaseSelector) -> None:
        for entry in list(self._waiting):
            if len(self._under_way) >= self._jobs:
                return
            if self._may_start(entry):
                self._waiting.remove(entry)
                charge = Charge(self._job(entry))
                self._under_way[charge] = entry
                selector.register(charge, selectors.EVENT_READ)

    def _may_start(self, entry: Entry) -> bool:
        if entry.lock is None:
            return True
        if any(other.lock == entry.lock for other in self._under_way.values()):
            return False
        freed = self._freed.get(entry.lock)
        if freed is None or entry.command is None or time.monotonic() - freed > PORT_SECONDS:
            return True
        return _can_be_bound(entry.lock[1])

    def _job(self, entry: Entry) -> Job:
        host, port = entry.address or ("127.0.0.1", self._port())
        return Job(
            name=entry.name,
            command=list(entry.command) if entry.command is not None else None,
            host=host,
            port=port,
            out=str(self._out / entry.place),
            source=str(entry.folder) if entry.folder is not None else None,
            environment=dict(entry.environment),
            limits=entry.limits,
            mark=secrets.token_hex(12),
            options=self._plan.run,
            keep=self._keep,
        )

    def _port(self) -> int:
        """A free port that no other server of ours has, or has to have."""
        taken = {charge.job.port for charge in self._under_way}
        taken |= {entry.address[1] for entry in self._plan.entries if entry.address is not None}
        return next(port for port in iter(free_port, 0) if port not in taken)

    def _finish(self, charge: Charge) -> None:
        outcome = charge.end(STOP_SECONDS if not charge.is_overdue else 0)
        entry = self._under_way.pop(charge)
        if entry.lock is not None:
            self._freed[entry.lock] = time.monotonic()
        result = Result(
            entry.name, entry.place, self._asked[entry.name], outcome.trouble, outcome.notes, outcome.seconds
        )
        charge.job.place.mkdir(exist_ok=True)  # a server may have removed it
        if results.report_of(self._out, result) is None:
            write_report(unjudged(charge.job, outcome.trouble or "no report"), charge.job.place)
        results.keep(self._out, result)
        self._results[entry.name] = result
        total = len(self._plan.entries)
        self._say(f"{len(self._results):>{len(str(total))}}/{total}  {line(self._row(result))}")

    def _row(self, result: Result) -> Row:
        data = results.report_of(self._out, result)
        assert data is not None
        # First what the server did beyond its limits: of that, the rest is mostly a consequence.
        troubles = [*_counted(result.notes), result.trouble or data["trouble"] or _undecided(data)]
        said = "; ".join(text[:LONGEST_TROUBLE] for text in dict.fromkeys(filter(None, troubles)))
        verdict, score = data["verdict"], self._plan.points.score(data)
        is_judged = data["trouble"] is None and result.trouble is None
        core, hardened = verdict["core"], verdict["hardened"]
        return Row(result.name, core, hardened, score, result.seconds, said, result.place, is_judged)

    def write(self) -> list[Row]:
        """Writes and says the tables of what there is by now."""
        known = [self._results[entry.name] for entry in self._plan.entries if entry.name in self._results]
        rows = [self._row(result) for result in known]
        write_csv(rows, self._out / "grades.csv")
        lines = summary(rows)
        (self._out / "summary.txt").write_text("\n".join(lines) + "\n", encoding="utf-8", errors="replace")
        reports = [(result.name, results.report_of(self._out, result)) for result in known]
        write_form(MATRIX, reports, self._out / "matrix.html")
        for text in [
            "",
            *lines,
            "",
            f"{safe(str(self._out))}: grades.csv, matrix.html, summary.txt, a folder for each",
        ]:
            self._say(text)
        return rows


def _counted(notes: list[str]) -> list[str]:
    return [f"{note} ({notes.count(note)} times)" if notes.count(note) > 1 else note for note in dict.fromkeys(notes)]


def _undecided(data: dict[str, Any]) -> str | None:
    """Why a class was not decided although nothing in it failed: somebody should look."""
    if "incomplete" not in data["verdict"].values() or any(row["verdict"] == "fail" for row in data["requirements"]):
        return None
    reasons = Counter(str(row.get("because")) for row in data["requirements"] if row["verdict"] in UNDECIDED)
    return "; ".join(f"{count} without a verdict: {reason}" for reason, count in reasons.most_common(1)) or None


def _can_be_bound(port: int) -> bool:
    """Whether a server that does not set SO_REUSEADDR could listen."""
    with socket.socket() as probe, contextlib.suppress(OSError):
        probe.bind(("", port))
        return True
    return False
