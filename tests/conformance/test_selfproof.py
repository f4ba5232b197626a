"""The suite proves itself: it finds known faults, blames no other requirement, and passes what is odd but right."""

from collections.abc import Iterable

import pytest

from conformance.faults import FAULTS, FRIENDS
from conformance.run import Options, Report, run
from conformance.target import Target, parse_address, reference_command
from conformance.verdict import FAIL
from reference_server import pollers
from tests.conformance.helpers import Servable, serving

# The mistakes that beginners make; each with whether a whole run is made too.
FAMOUS = [
    ("length-in-characters", False),
    ("one-recv-one-message", False),
    ("echoes-to-sender", True),  # of the others a whole run is made by `chat-conformance selftest`
    ("strips-text", False),
    ("keeps-client-time", False),
    ("stall-blocks-all", False),
]
PATIENCE = 2.0  # seconds: above what ROBUST-2 calls a delay (1 s + 20 round trips), and no longer than that takes
TWIN = ["JOIN-2", "RELAY-1"]  # what the plain twin of a check rests on


def judged(address: str, *, only: Iterable[str] = (), skip: Iterable[str] = (), cls: str = "hardened") -> Report:
    """A quick run."""
    return run(
        Target(parse_address(address)),
        Options(only=list(only), skip=list(skip), depth="quick", seed=1, cls=cls, timeout=PATIENCE),
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


@pytest.mark.parametrize("name", [name for name, _ in FAMOUS])
def test_a_fault_is_found_and_blamed_on_nothing_else(name: str) -> None:
    """The mistake's own id fails, and what else fails is what it cannot help breaking; the plain twin passes."""
    fault = FAULTS[name]
    with serving(fault()) as address:
        report = judged(address, only=[*fault.breaks, *TWIN])

    assert report.exit_status == 1
    assert fault.breaks[0] in failed(report), reasons(report)
    assert failed(report) <= set(fault.breaks), reasons(report)


@pytest.mark.parametrize("name", [name for name, whole in FAMOUS if whole])
def test_a_fault_is_the_only_one_in_a_whole_run(name: str) -> None:
    """No other of all the requirements fails for it. ROBUST-4 waits for ten seconds, whatever the server; ROBUST-3 says a
    hundred megabytes."""
    fault = FAULTS[name]
    with serving(fault()) as address:
        report = judged(address, skip=["ROBUST-3", "ROBUST-4"])

    assert report.exit_status == 1
    assert fault.breaks[0] in failed(report), reasons(report)
    assert failed(report) <= set(fault.breaks), reasons(report)


@pytest.mark.parametrize("name", ["thread-per-client"])
def test_a_friendly_server_fails_nothing_of_core(name: str) -> None:
    """Odd, and within its rights."""
    friend: Servable = FRIENDS[name]()  # type: ignore[assignment]
    hardened = {f"{section}-{number}" for section, number in (("ROBUST", 4), ("ROBUST", 3))}
    with serving(friend) as address:
        report = judged(address, skip=hardened, cls="core")

    assert report.verdicts["core"] == "pass", reasons(report)
    assert report.exit_status == 0


@pytest.mark.parametrize("selector", [name for name in pollers.available() if name != "kqueue"])
def test_the_reference_server_is_core_conformant(selector: str) -> None:
    """On select, poll and epoll."""
    target = Target(None, [*reference_command(), "--selector", selector])
    skip = ["ROBUST-4"] if selector == "select" else ["ROBUST-3", "ROBUST-4"]
    report = run(target, Options(cls="core", depth="quick", seed=1, skip=skip, timeout=PATIENCE))

    assert report.verdicts["core"] == "pass", reasons(report)
    assert (report.exit_status, failed(report)) == (0, set())
    assert report.cuts[0] > 100
    assert report.cuts[1] == 0
