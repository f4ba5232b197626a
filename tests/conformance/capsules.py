"""Capsules for tests: of a check's own script, as a run would leave them, without a run."""

import random
from datetime import UTC, datetime

import conformance.checks  # noqa: F401  # registers them
from conformance.capsule import Capsule, of
from conformance.check import CHECKS, Plan
from conformance.run import Options, Report
from conformance.script import Script
from conformance.trace import Entry, Trace
from conformance.verdict import FAIL, CheckResult, Failure, RequirementResult
from spec.requirements import register

TAG = "test0001"


def first_script(check: str) -> Script:
    """The first script of a check."""
    cases = CHECKS[check].cases
    assert cases is not None
    return next(iter(cases(Plan("quick", random.Random(1)))))


def failed(
    check: str, script: Script | None = None, expected: str = "this", seen: str = "that", decided: str = "frame"
) -> CheckResult:
    """A failure of a check, in a playing of its first script if no other is given."""
    trace = Trace((script or first_script(check)).tagged(TAG), TAG)
    trace.performed = len(trace.script.steps)
    trace.entries = [Entry(1.0, "ann", "opened"), Entry(1.1, "ann", "sent", expected.encode())]
    requirement = check.partition("/")[0]
    failure = Failure(expected, seen, "ann", trace)
    return CheckResult(check, requirement, "MUST", FAIL, None, decided, 3, (2, 4), 0.5, failure)


def report(*results: CheckResult, target: str = "127.0.0.1:5050") -> Report:
    """The report of a run that has just found these."""
    found = Report(target, Options(), 17, datetime.now(UTC))
    found.results = [RequirementResult(register()[result.requirement], [result]) for result in results]
    return found


def capsule(check: str, script: Script | None = None, **words: str) -> Capsule:
    """The capsule of such a failure."""
    return of(failed(check, script, **words), report())
