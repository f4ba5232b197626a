"""The suite proves itself: it finds known faults, blames no other requirement, and passes what is odd but right."""

from collections.abc import Iterable

import pytest

from conformance.faults import FAULTS
from conformance.run import Options, Report, run
from conformance.target import Target, parse_address, reference_command
from conformance.verdict import FAIL
from reference_server import pollers
from tests.conformance.helpers import serving

# The mistakes that beginners make. Whole runs against these and friends are made by `chat-conformance selftest`.
FAMOUS = (
    "length-in-characters",
    "one-recv-one-message",
    "echoes-to-sender",
    "strips-text",
    "keeps-client-time",
    "stall-blocks-all",
)
PATIENCE = 2.0  # seconds: above what ROBUST-2 calls a delay (1 s + 20 round trips), and no longer than that takes
TWIN = ["JOIN-2", "RELAY-1"]  # what the plain twin of a check rests on


def judged(address: str, only: Iterable[str]) -> Report:
    """A quick run."""
    return run(
        Target(parse_address(address)),
        Options(only=list(only), depth="quick", seed=1, timeout=PATIENCE),
    )


def failed(report: Report) -> set[str]:
    """The ids that failed."""
    return {row.requirement.id for row in report.results if row.verdict is FAIL}


def reasons(report: Report) -> str:
    """What did not pass, for the message of a test that fails."""
    return "\n".join(
        f"{row.requirement.id} {row.verdict}: {row.because} {row.checks}"
        for row in report.results
        if row.verdict != "pass"
    )


@pytest.mark.parametrize("name", FAMOUS)
def test_a_fault_is_found_and_blamed_on_nothing_else(name: str) -> None:
    """The mistake's own id fails, and what else fails is what it cannot help breaking; the plain twin passes."""
    fault = FAULTS[name]
    with serving(fault()) as address:
        report = judged(address, [*fault.breaks, *TWIN])

    assert report.exit_status == 1
    assert fault.breaks[0] in failed(report), reasons(report)
    assert failed(report) <= set(fault.breaks), reasons(report)


@pytest.mark.skipif("poll" not in pollers.available(), reason="no poll() here")
def test_the_reference_server_is_core_conformant() -> None:
    """On poll(); `make conformance` and `.ci/run` judge it on the others."""
    target = Target(None, [*reference_command(), "--selector", "poll"])
    report = run(target, Options(cls="core", depth="quick", seed=1, skip=["ROBUST-3", "ROBUST-4"], timeout=PATIENCE))

    assert report.verdicts["core"] == "pass", reasons(report)
    assert (report.exit_status, failed(report)) == (0, set())
    assert report.cuts[0] > 100
    assert report.cuts[1] == 0
