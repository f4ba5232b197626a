"""The soak runs, and sees what it is there to see."""

import pytest

from benchmarks.hostile import MALFORMED
from benchmarks.soak import Seen, Witness, judged, thirds
from tests.benchmarks.helpers import ran


def test_a_short_soak_is_flat() -> None:
    """A summary, and exit status 0."""
    done = ran("soak", "--seconds", "2", "--seed", "5")
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.endswith("flat, and nothing lost\n")
    assert "malform" in done.stdout


def test_the_thirds_leave_out_the_beginning() -> None:
    """The first tenth of the time, and what lies between the thirds."""
    early, late = thirds([(float(moment), moment) for moment in range(101)])
    assert (min(early), max(early), min(late), max(late)) == (10, 40, 70, 100)


def run_of(*, memory: float = 0, descriptors: float = 0, latency: float = 0) -> Seen:
    """A hundred seconds that end with so much more than they began with."""
    seen = Seen()
    for moment in range(101):
        share = moment / 100
        seen.samples.append((moment, int(30e6 + memory * share), int(20 + descriptors * share)))
        seen.latencies.append((moment, 0.001 + latency * share))
    return seen


@pytest.mark.parametrize(
    ("seen", "what"),
    [
        (run_of(), []),
        (run_of(memory=1e6, descriptors=5, latency=0.01), []),
        (run_of(memory=60e6), ["resident memory, highest"]),
        (run_of(descriptors=60), ["descriptors, median"]),
        (run_of(latency=1.0), ["latency, median", "latency, p99"]),
    ],
)
def test_growth_is_a_violation(seen: Seen, what: list[str]) -> None:
    """Of memory, descriptors, or latency, beyond what the load itself makes them vary."""
    assert len(judged(seen)) == 5
    assert [violation.partition(":")[0] for violation in seen.violations] == what


def test_a_witness_misses_nothing() -> None:
    """A message that is left out, repeated or overtaken is a violation."""
    for numbers, count in (([0, 1, 2], 0), ([0, 2], 1), ([0, 0], 1), ([0, 2, 1], 2)):
        seen = Seen()
        witness = Witness(0, seen, silent=True)
        for number in numbers:
            witness._count("witness-1", str(number), "0.0")
        assert len(seen.violations) == count


def test_there_is_something_malformed_to_say() -> None:
    """The vectors are found."""
    assert len(MALFORMED) > 100
