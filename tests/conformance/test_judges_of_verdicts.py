"""The fine print of adding up: rows of which some are decided."""

from dataclasses import replace

import pytest

from conformance.verdict import (
    FAIL,
    INCONCLUSIVE,
    NOT_RUN,
    PASS,
    SPARED,
    WARN,
    RequirementResult,
    Verdict,
    class_verdict,
    exit_status,
)
from tests.conformance.test_verdict import CORE, HARDENED, OPTIONAL, row


@pytest.mark.parametrize(
    ("verdicts", "sum_"),
    [((NOT_RUN, PASS), PASS), ((INCONCLUSIVE, PASS), PASS), ((INCONCLUSIVE, NOT_RUN), INCONCLUSIVE)],
)
def test_a_should_that_one_check_has_decided(verdicts: tuple[Verdict, ...], sum_: Verdict) -> None:
    """In whatever order the checks stand; the first one's verdict if none has."""
    assert row(CORE, *verdicts, clauses="ss").verdict is sum_


@pytest.mark.parametrize(
    ("others", "sum_"),
    [((PASS,), PASS), ((FAIL,), FAIL), ((PASS, INCONCLUSIVE), INCONCLUSIVE), ((NOT_RUN,), NOT_RUN), ((), NOT_RUN)],
)
def test_a_storm_that_was_spared_leaves_the_word_to_the_others(others: tuple[Verdict, ...], sum_: Verdict) -> None:
    """If there are any."""
    spared = replace(row(CORE, NOT_RUN).checks[0], because=SPARED)

    assert RequirementResult(CORE, [spared, *row(CORE, *others).checks]).verdict is sum_


def test_a_class_of_which_a_row_is_undecided() -> None:
    """All of the rows that count have to be decided, and those of the other class do not."""
    decided, undecided = row(CORE, PASS), row(CORE, NOT_RUN)

    assert class_verdict("core", [decided, undecided]) == "incomplete"
    assert class_verdict("core", [decided, row(HARDENED, NOT_RUN), row(OPTIONAL, NOT_RUN)]) == "pass"
    assert class_verdict("core", [decided, row(HARDENED, FAIL)]) == "pass"
    assert class_verdict("hardened", [decided]) == "incomplete"


def test_the_exit_status_of_an_undecided_run() -> None:
    """3, unless a row has failed: also if nothing that was selected has a verdict."""
    assert exit_status("core", [row(CORE, PASS), row(CORE, NOT_RUN)]) == 3
    assert exit_status("core", [row(OPTIONAL, NOT_RUN)]) == 3
    assert exit_status("core", [row(OPTIONAL, WARN)]) == 0
    assert exit_status("core", [row(OPTIONAL, WARN)], strict=True) == 1
    assert exit_status("core", [row(CORE, FAIL), row(CORE, NOT_RUN)]) == 1
    assert exit_status("core", []) == 3
