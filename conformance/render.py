"""A run in plain lines, the same on a terminal, in a pipe and in a log."""

from typing import TextIO

from conformance.check import CHECKS
from conformance.run import Options, Report
from conformance.transcript import lines
from conformance.verdict import FAIL, INCONCLUSIVE, NOT_RUN, WARN, CheckResult, RequirementResult
from spec.display import safe
from spec.requirements import Requirement, register

WIDTH = 100


def _short(sentence: str, width: int) -> str:
    return sentence if len(sentence) <= width else sentence[: width - 1].rstrip() + "…"


class Lines:
    """Prints a run as it goes: one line for each requirement when its last check is done, failures beneath."""

    def __init__(self, out: TextIO) -> None:
        self._out = out

    def line(self, text: str = "") -> None:
        """Prints one line, at once, with nothing in it that could drive a terminal."""
        print(safe(text), file=self._out, flush=True)

    def begin(self, target: str, options: Options) -> None:
        """The head of a run, with the seed that repeats it."""
        self.line(f"chat-conformance: {target}, seed {options.seed}, depth {options.depth}")

    def heard(self, row: RequirementResult, result: CheckResult | None) -> None:
        """Told of each check, and of each row when it is complete."""
        if result is None:
            self.row(row)

    def row(self, row: RequirementResult) -> None:
        """The line of a requirement, with what is wrong beneath it."""
        requirement = row.requirement
        examples = sum(check.examples for check in row.checks)
        seconds = sum(check.seconds for check in row.checks)
        head = f"{row.verdict:<12} {requirement.id:<10} "
        if row.verdict in (NOT_RUN, INCONCLUSIVE):
            self.line(f"{head}because: {row.because}")
        else:
            self.line(f"{head}{_short(requirement.sentence, WIDTH - 40)}  ({examples} played, {seconds:.1f} s)")
        for check in row.checks:
            if check.failure is not None:
                self._failure(requirement, check)

    def _failure(self, requirement: Requirement, check: CheckResult) -> None:
        failure = check.failure
        assert failure is not None
        came, of = check.repeats
        self.line(f"    {check.name} ({check.clause}), {came} of {of} times, decided by {check.decided_by}")
        self.line(f"    {requirement.id}: {requirement.sentence}")
        self.line(f"    expected: {failure.expected}")
        self.line(f"    seen:     {failure.seen}   (by {failure.who})")
        if failure.trace is not None:
            for text in lines(failure.trace):
                self.line(f"      {text}")

    def end(self, report: Report) -> None:
        """Rows without a check, the cuts, and the verdicts of the classes."""
        if report.trouble is not None:
            self.line(f"chat-conformance: {report.trouble}")
        else:
            for row in report.results:
                if not row.checks:
                    self.row(row)
        for name, text in report.choices.items():
            self.line(f"{name}: {text}")
        for number, death in enumerate(report.deaths, 1):
            self.line(f"death {number}: the server {death}")
        if sum(report.cuts):
            confirmed, total = report.cuts[0], sum(report.cuts)
            self.line(f"cuts: {total} pieces sent apart, {confirmed} confirmed to have been read apart")
        if any(row.verdict in (FAIL, WARN) for row in report.results) and report.output:
            self.line("the server printed last:")
            for text in report.output[-5:]:
                self.line(f"    {text}")
        if report.known:
            self.line(f"known failures (--baseline): {', '.join(report.known)}")
        if report.stale:
            self.line(f"in the baseline, but they do not fail any more: {', '.join(report.stale)}")
        if report.interrupted:
            self.line("interrupted: what follows is about what had been judged by then")
        self.line(f"{report.duration:.1f} s")
        for cls, verdict in report.verdicts.items():
            self.line(f"{cls}: {verdict}{self._count(report, cls)}")

    def _count(self, report: Report, cls: str) -> str:
        rows = [row for row in report.results if row.requirement.cls == cls]
        counts: dict[str, int] = {}
        for row in rows:
            counts[row.verdict] = counts.get(row.verdict, 0) + 1
        return f" ({', '.join(f'{count} {verdict}' for verdict, count in counts.items())})" if counts else ""


def listing(out: TextIO) -> None:
    """Every requirement with its checks, or with the reason why it has none."""
    printer = Lines(out)
    for row in register().values():
        printer.line(f"{row.id:<10} {row.cls:<9} {'/'.join(row.keywords):<22} {row.role:<7} {_short(row.sentence, 60)}")
        found = [check for check in CHECKS.values() if check.requirement == row.id]
        for check in found:
            printer.line(f"    {check.name:<34} {check.clause:<10} {_short(check.about, 80)}")
        if not found:
            why = {"yes": "no check yet"}.get(row.observable, f"not judged here: observable {row.observable}")
            if row.role == "client":
                why = "not judged on a server: it binds clients"
            printer.line(f"    ({why})")
