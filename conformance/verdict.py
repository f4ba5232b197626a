"""Verdicts, and how those of checks add up to those of requirements and classes."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from conformance.trace import Trace
from spec.requirements import Requirement, register


class Verdict(StrEnum):
    """What a run says of a check or a requirement."""

    PASS = "pass"  # noqa: S105  # no password
    FAIL = "fail"  # a MUST clause is broken
    WARN = "warn"  # only a SHOULD clause is unmet
    INCONCLUSIVE = (
        "inconclusive"  # the evidence rests on a deadline, and the canary was late too; or the suite's own error
    )
    NOT_RUN = "not-run"  # because of something named


SPARED = "other people are on the server (--gentle)"  # why a storm was not run
UNMEASURED = "the server's process is not known, or cannot be measured (--pid)"

PASS, FAIL, WARN, INCONCLUSIVE, NOT_RUN = Verdict
NO_VERDICT = 3  # the exit status of a run without a verdict


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a check failed: in words, and the playing that shows it; of a client, its transcript."""

    expected: str
    seen: str
    who: str
    trace: Trace | None
    entries: tuple[dict[str, Any], ...] = ()


@dataclass(frozen=True, slots=True)
class CheckResult:
    """The outcome of one check.

    Attributes:
        because: why it was not run or is inconclusive; an id or a sentence.
        decided_by: `frame`, `sentinel`, `closed`, `deadline` or `process`; None if it was not run.
        examples: how many scripts were played.
        repeats: how often the failure came back, of how many replays.
        kept_by: the id that has failed, so that it was not run.
        capsule, replay: of a failure: the file that holds it, if files were asked for; the command that plays it again.
    """

    name: str
    requirement: str
    clause: str
    verdict: Verdict
    because: str | None = None
    decided_by: str | None = None
    examples: int = 0
    repeats: tuple[int, int] = (0, 0)
    seconds: float = 0.0
    failure: Failure | None = None
    capsule: str | None = None
    replay: str | None = None
    kept_by: str | None = None


@dataclass(slots=True)
class RequirementResult:
    """The outcome of one requirement, with its checks."""

    requirement: Requirement
    checks: list[CheckResult] = field(default_factory=list)
    because_unchecked: str | None = None

    @property
    def verdict(self) -> Verdict:
        """The worst of its checks; a SHOULD clause can only warn. What was not run through no fault of the server's in this
        matter leaves the word to the others."""
        if not self.checks:
            return NOT_RUN
        asked = self._asked()
        musts = [check.verdict for check in asked if check.clause.startswith("MUST")]
        for verdict in (FAIL, INCONCLUSIVE, NOT_RUN):
            if verdict in musts:
                return verdict
        if any(check.verdict in (FAIL, WARN) for check in self.checks):
            return WARN
        return PASS if musts or any(check.verdict is PASS for check in self.checks) else self.checks[0].verdict

    def _asked(self) -> list[CheckResult]:
        return [check for check in self.checks if not self._abstains(check)] or self.checks

    def _abstains(self, check: CheckResult) -> bool:
        """Whether a check was not run for want of what it takes; or, one of a core requirement, since a hardened one failed:
        what any faithful server does is not told by what an open network needs on top. Then another must have passed."""
        if check.because in (SPARED, UNMEASURED):
            return True
        if check.kept_by is None or self.requirement.cls != "core" or register()[check.kept_by].cls == "core":
            return False
        return any(other.verdict is PASS and other.clause.startswith("MUST") for other in self.checks)

    @property
    def because(self) -> str | None:
        """Why there is no verdict, if there is none."""
        if not self.checks:
            return self.because_unchecked or "no check"
        if self.verdict in (NOT_RUN, INCONCLUSIVE):
            return next((check.because for check in self._asked() if check.verdict is self.verdict), None)
        return None

    @property
    def is_counted(self) -> bool:
        """Whether a class needs it decided: a MUST that can be observed."""
        return self.requirement.is_must and self.requirement.observable == "yes"


def class_verdict(cls: str, results: Iterable[RequirementResult]) -> str:
    """`pass`, `fail` or `incomplete` for the rows of a class."""
    rows = [result for result in results if result.requirement.cls == cls]
    if any(result.verdict is FAIL for result in rows):
        return "fail"
    counted = [result for result in rows if result.is_counted]
    decided = all(result.verdict in (PASS, WARN) for result in counted)
    return "pass" if decided and counted else "incomplete"


def exit_status(cls: str, results: Iterable[RequirementResult], *, strict: bool = False) -> int:
    """The exit status of a run: 1 if a row of the class failed, else 3 if one is undecided or nothing was selected, else 0.

    Args:
        cls: `core`, or `hardened` for both classes.
        strict: whether a warning counts as a failure.
    """
    rows = of_class(cls, results)
    if any(result.verdict is FAIL or (strict and result.verdict is WARN) for result in rows):
        return 1
    decided = any(result.verdict in (PASS, WARN) for result in rows)
    return NO_VERDICT if undecided(rows) or not decided else 0


def of_class(cls: str, results: Iterable[RequirementResult]) -> list[RequirementResult]:
    """The rows that an exit status is about: those of `core`, or, of `hardened`, of both classes."""
    classes = ("core",) if cls == "core" else ("core", "hardened")
    return [result for result in results if result.requirement.cls in classes]


def undecided(results: Iterable[RequirementResult]) -> list[RequirementResult]:
    """Those that have to be decided and are not."""
    return [result for result in results if result.is_counted and result.verdict not in (PASS, WARN, FAIL)]
