"""How verdicts of checks add up to those of requirements, of classes, and to an exit status."""

import dataclasses

import pytest

from conformance.verdict import (
    FAIL,
    INCONCLUSIVE,
    NOT_RUN,
    PASS,
    SPARED,
    UNMEASURED,
    WARN,
    CheckResult,
    RequirementResult,
    Verdict,
    class_verdict,
    exit_status,
)
from spec.requirements import Requirement, register

CORE = register()["FRAME-1"]
HARDENED = register()["FRAME-4"]
UNOBSERVABLE = dataclasses.replace(CORE, id="X-1", observable="with the process id")
OPTIONAL = dataclasses.replace(CORE, id="X-2", keywords=("SHOULD",))


def row(requirement: Requirement, *verdicts: Verdict, clauses: str = "") -> RequirementResult:
    """A row with one check for each verdict; `s` in the clauses makes it one of a SHOULD clause."""
    checks = []
    for place, verdict in enumerate(verdicts):
        clause = "SHOULD" if clauses[place : place + 1] == "s" else "MUST"
        checks.append(
            CheckResult(f"{requirement.id}/{place}", requirement.id, clause, verdict, because=f"reason {place}")
        )
    return RequirementResult(requirement, checks)


@pytest.mark.parametrize(
    ("verdicts", "clauses", "sum_"),
    [
        ([PASS], "m", PASS),
        ([PASS, PASS], "mm", PASS),
        ([PASS, FAIL], "mm", FAIL),
        ([INCONCLUSIVE, FAIL], "mm", FAIL),
        ([NOT_RUN, FAIL], "mm", FAIL),
        ([PASS, INCONCLUSIVE], "mm", INCONCLUSIVE),
        ([NOT_RUN, INCONCLUSIVE], "mm", INCONCLUSIVE),
        ([PASS, NOT_RUN], "mm", NOT_RUN),
        ([PASS, WARN], "ms", WARN),
        ([FAIL, WARN], "ms", FAIL),
        ([PASS, NOT_RUN], "ms", PASS),  # the SHOULD clause is undecided, no MUST is
        ([PASS, INCONCLUSIVE], "ms", PASS),
        ([NOT_RUN, PASS], "ms", NOT_RUN),
        ([WARN], "s", WARN),
        ([PASS], "s", PASS),
        ([NOT_RUN], "s", NOT_RUN),
        ([PASS, NOT_RUN], "ss", PASS),
        ([NOT_RUN, INCONCLUSIVE], "ss", NOT_RUN),
        ([], "", NOT_RUN),
    ],
)
def test_a_row_is_the_worst_of_its_must_clauses(verdicts: list[Verdict], clauses: str, sum_: Verdict) -> None:
    """A SHOULD clause can only warn."""
    assert row(CORE, *verdicts, clauses=clauses).verdict is sum_


def test_a_row_says_why_it_has_no_verdict() -> None:
    """The reason of the check that decided; without a check, that there is none; with a verdict, nothing."""
    assert row(CORE, PASS, NOT_RUN).because == "reason 1"
    assert row(CORE, INCONCLUSIVE, NOT_RUN).because == "reason 0"
    assert row(CORE).because == "no check"
    assert RequirementResult(CORE, because_unchecked="nobody listens").because == "nobody listens"
    assert row(CORE, PASS).because is None
    assert row(CORE, FAIL, NOT_RUN).because is None


def test_a_counted_row_is_an_observable_must() -> None:
    """Neither what needs the process id nor a SHOULD alone."""
    counted = [row(one).is_counted for one in (CORE, HARDENED, UNOBSERVABLE, OPTIONAL)]

    assert counted == [True, True, False, False]


@pytest.mark.parametrize(
    ("rows", "core"),
    [
        ([row(CORE, PASS)], "pass"),
        ([row(CORE, WARN, clauses="s")], "pass"),
        ([row(CORE, FAIL)], "fail"),
        ([row(CORE, PASS), row(UNOBSERVABLE, FAIL)], "fail"),
        ([row(CORE, PASS), row(UNOBSERVABLE, NOT_RUN)], "pass"),
        ([row(CORE, PASS), row(OPTIONAL)], "pass"),
        ([row(CORE, NOT_RUN)], "incomplete"),
        ([row(CORE, INCONCLUSIVE)], "incomplete"),
        ([row(CORE, FAIL), row(CORE, NOT_RUN)], "fail"),
        ([row(HARDENED, PASS)], "incomplete"),
        ([row(CORE, PASS), row(HARDENED, FAIL)], "pass"),
        ([row(UNOBSERVABLE, PASS)], "incomplete"),
        ([], "incomplete"),
    ],
)
def test_a_class_passes_when_every_counted_row_is_decided(rows: list[RequirementResult], core: str) -> None:
    """`fail` if a MUST is broken, `pass` if all that can be observed is decided, else `incomplete`; never vacuously."""
    assert class_verdict("core", rows) == core


@pytest.mark.parametrize(
    ("requirement", "others", "because", "kept_by", "sum_"),
    [
        (CORE, [PASS], "of that", "FRAME-4", PASS),
        (CORE, [PASS, FAIL], "of that", "FRAME-4", FAIL),
        (CORE, [PASS, INCONCLUSIVE], "of that", "FRAME-4", INCONCLUSIVE),
        (CORE, [PASS], "of that", "FRAME-6", NOT_RUN),
        (CORE, [PASS], "interrupted", None, NOT_RUN),
        (CORE, [], "of that", "FRAME-4", NOT_RUN),
        (CORE, [NOT_RUN], "of that", "FRAME-4", NOT_RUN),
        (HARDENED, [PASS], "of that", "NICK-5", NOT_RUN),
        (HARDENED, [PASS], UNMEASURED, None, PASS),
        (CORE, [PASS], SPARED, None, PASS),
        (HARDENED, [], UNMEASURED, None, NOT_RUN),
    ],
)
def test_what_was_not_run_for_another_reason_leaves_the_word_to_the_others(
    requirement: Requirement, others: list[Verdict], because: str, kept_by: str | None, sum_: Verdict
) -> None:
    """Core does not rest on hardened requirements, nor anything on a process that nobody knows."""
    found = row(requirement, *others)
    found.checks.append(
        CheckResult("X-1/x", requirement.id, "MUST", NOT_RUN, because=because, decided_by=None, kept_by=kept_by)
    )
    assert found.verdict is sum_
    found.checks.reverse()
    assert found.verdict is sum_


def test_a_clause_that_is_none_does_not_stand_for_the_must() -> None:
    """Of a core requirement only a SHOULD clause was decided."""
    found = row(CORE, PASS, clauses="s")
    found.checks.append(CheckResult("X-1/x", CORE.id, "MUST", NOT_RUN, because="of that", kept_by="FRAME-4"))
    assert found.verdict is NOT_RUN


def test_the_reason_is_of_one_that_was_asked() -> None:
    """Not of what leaves the word to the others."""
    found = row(HARDENED, NOT_RUN)
    found.checks.insert(0, CheckResult("X-1/x", HARDENED.id, "MUST", NOT_RUN, because=UNMEASURED))
    assert found.because == "reason 0"
    del found.checks[1]
    assert found.because == UNMEASURED  # where nobody was asked, that is why


@pytest.mark.parametrize(
    ("rows", "core", "both", "strict"),
    [
        ([row(CORE, PASS), row(HARDENED, PASS)], 0, 0, 0),
        ([row(CORE, PASS), row(HARDENED, FAIL)], 0, 1, 1),
        ([row(CORE, FAIL), row(HARDENED, PASS)], 1, 1, 1),
        ([row(CORE, PASS), row(HARDENED, NOT_RUN)], 0, 3, 3),
        ([row(CORE, NOT_RUN), row(HARDENED, FAIL)], 3, 1, 1),
        ([row(CORE, INCONCLUSIVE)], 3, 3, 3),
        ([row(CORE, PASS, WARN, clauses="ms")], 0, 0, 1),
        ([row(CORE, PASS), row(HARDENED, PASS, WARN, clauses="ms")], 0, 0, 1),
        ([row(CORE, NOT_RUN), row(CORE, PASS, WARN, clauses="ms")], 3, 3, 1),
        ([row(HARDENED, PASS)], 3, 0, 0),  # nothing of the class asked for
        ([row(CORE, PASS), row(UNOBSERVABLE, NOT_RUN)], 0, 0, 0),
        ([row(UNOBSERVABLE, NOT_RUN)], 3, 3, 3),  # nothing decided
        ([row(CORE)], 3, 3, 3),
        ([], 3, 3, 3),
    ],
)
def test_the_exit_status(rows: list[RequirementResult], core: int, both: int, strict: int) -> None:
    """1 if a row of the class failed, else 3 if one is undecided or none was selected, else 0; `strict` fails warnings."""
    assert exit_status("core", rows) == core
    assert exit_status("hardened", rows) == both
    assert exit_status("hardened", rows, strict=True) == strict
