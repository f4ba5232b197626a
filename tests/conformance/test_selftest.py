"""The suite's proof of itself: what counts as found, and what as blamed."""

import pytest

from conformance.cli import main
from conformance.faults import FAULTS, FRIENDS
from conformance.selftest import SLOW, Proof, sample


def proof(**changes: object) -> Proof:
    """A faulty server that was found for what it breaks, but for the changes."""
    values: dict[str, object] = {
        "name": "x", "breaks": ("RELAY-2",), "warns": (), "failed": ("RELAY-2",), "warned": (), "checks": (),
        "undecided": 0, "seconds": 0.0, "trouble": None,
    }  # fmt: skip
    return Proof(**(values | changes))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("changes", "verdict"),
    [
        ({}, "found"),
        ({"failed": ()}, "survived"),
        ({"failed": ("RELAY-1",)}, "wrong reason"),
        ({"failed": ("RELAY-2", "RELAY-1")}, "wrong reason"),
        ({"breaks": ("RELAY-2", "RELAY-1"), "failed": ("RELAY-1",)}, "found"),
        ({"trouble": "it did not start"}, "broken"),
        ({"undecided": 3}, "found"),
        ({"breaks": (), "failed": ()}, "passed"),
        ({"breaks": (), "failed": ("RELAY-2",)}, "blamed"),
        ({"breaks": (), "failed": (), "warned": ("FRAME-2",)}, "blamed"),
        ({"breaks": (), "failed": (), "warned": ("FRAME-2",), "warns": ("FRAME-2",)}, "passed"),
        ({"breaks": (), "failed": (), "undecided": 1}, "blamed"),
        ({"breaks": (), "failed": (), "trouble": "it did not start"}, "broken"),
    ],
)
def test_verdicts(changes: dict[str, object], verdict: str) -> None:
    """A fault has to be found for its own reason; a friend has to be passed in everything; what does not start is broken."""
    assert proof(**changes).verdict == verdict
    assert proof(**changes).is_good == (verdict in ("found", "passed"))


def test_a_sample_has_every_requirement() -> None:
    """A sample holds a faulty server for each requirement that any of them breaks, as many as asked for, and friends."""
    names = sample(64)
    faults = [name for name in names if name in FAULTS]

    assert len(faults) == 64
    assert {FAULTS[name].breaks[0] for name in faults} == {fault.breaks[0] for fault in FAULTS.values()}
    assert sum(name in FRIENDS for name in names) >= 2
    assert sample(64) == names
    assert set(SLOW) <= set(FAULTS)
    alone = {fault.breaks[0] for fault in FAULTS.values()} - {
        FAULTS[name].breaks[0] for name in set(FAULTS) - set(SLOW)
    }
    assert {FAULTS[name].breaks[0] for name in set(sample(44)) & set(SLOW)} == alone


def test_the_command(capsys: pytest.CaptureFixture[str]) -> None:
    """It prints a line for each server and which check has found it, and exits 0 when all is right."""
    assert main(["selftest", "echoes-to-sender", "shuffled-recipients", "--jobs", "2"]) == 0
    out = capsys.readouterr().out

    assert "found        echoes-to-sender" in out
    assert "passed       shuffled-recipients" in out
    assert "RELAY-2/no-echo                    echoes-to-sender" in out
    assert out.rstrip().endswith("1 found, 1 passed")


def test_an_unknown_name(capsys: pytest.CaptureFixture[str]) -> None:
    """A name that no shipped server has is a usage error."""
    assert main(["selftest", "nobody"]) == 2
    assert "no shipped server 'nobody'" in capsys.readouterr().err
