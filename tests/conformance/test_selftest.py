"""The suite's proof of itself: what counts as found, and what as blamed."""

from pathlib import Path

import pytest

from conformance.cli import main
from conformance.faults import FAULTS, FRIENDS
from conformance.selftest import MOST_LEFT, SLOW, Proof, left_open, sample, selftest
from conformance.verdict import CheckResult, RequirementResult, Verdict
from spec.requirements import register


def proof(**changes: object) -> Proof:
    """A faulty server that was found for what it breaks, but for the changes."""
    values: dict[str, object] = {
        "name": "x", "breaks": ("RELAY-2",), "warns": (), "failed": ("RELAY-2",), "warned": (), "checks": (),
        "undecided": 0, "seconds": 0.0, "trouble": None,
    }  # fmt: skip
    return Proof(**(values | changes))  # type: ignore[arg-type]


HIDDEN = (("RELAY-1/x", Verdict.NOT_RUN, "FRAME-1 failed"),)
LATE = (*HIDDEN, ("RELAY-2/no-echo", Verdict.INCONCLUSIVE, "late once"))


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
        ({"breaks": (), "failed": (), "undecided": 1, "left": HIDDEN}, "blamed"),
        ({"breaks": (), "failed": (), "undecided": 1, "left": LATE}, "undecided"),
        ({"breaks": (), "failed": ("RELAY-2",), "undecided": 1, "left": LATE}, "blamed"),
        ({"failed": (), "left": HIDDEN}, "survived"),
        ({"failed": (), "left": LATE}, "undecided"),
        ({"left": LATE}, "found"),
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
    assert main(["selftest", "echoes-to-sender", "--jobs", "1"]) == 0
    out = capsys.readouterr().out

    assert "found        echoes-to-sender" in out
    assert "RELAY-2/no-echo                    echoes-to-sender" in out
    assert out.rstrip().endswith("1 found")


LEFT = (HIDDEN * MOST_LEFT, (("RELAY-2/no-echo", Verdict.NOT_RUN, "BODY-1 failed"),))


def shown(name: str, depth: str, reports: object) -> Proof:
    """What is said to have been found of two servers, in a process of its own."""
    return proof(name=name, left=sum(LEFT, ()), failed=("RELAY-2",) if name == "right" else (), checks=("RELAY-2/x",))


def test_what_is_not_as_it_should_be_is_said_again(capsys: pytest.CaptureFixture[str]) -> None:
    """Below the matrix, with the checks that have no verdict, those of what it breaks first; nothing of the others."""
    assert selftest(["right", "wrong"], "quick", 1, print, prove=shown) == 1
    above, _, again, counts = capsys.readouterr().out.split("\n\n")

    assert again.splitlines() == [
        "survived     wrong                            nothing instead of RELAY-2  (0.0 s)",
        "  RELAY-2/no-echo not-run: BODY-1 failed",
        *["  RELAY-1/x not-run: FRAME-1 failed"] * (MOST_LEFT - 1),
        "  and 1 more",
    ]
    assert "wrong" in above
    assert counts == "1 found, 1 survived\n"


def late(name: str, depth: str, reports: Path | None) -> Proof:
    """One that is decided when it is judged for the second time, and one that never is."""
    assert reports is not None
    again = reports / name
    is_first = not again.exists()
    again.touch()
    return proof(name=name, **({} if name == "decided" and not is_first else {"failed": (), "left": LATE}))


def test_what_was_late_is_judged_once_more(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """When all others are done. What is undecided then is not right."""
    assert selftest(["decided"], "quick", 1, print, tmp_path, prove=late) == 0
    assert [line.split()[0] for line in capsys.readouterr().out.splitlines()[:2]] == ["undecided", "found"]

    assert selftest(["never"], "quick", 1, print, tmp_path, prove=late) == 1
    assert capsys.readouterr().out.endswith(
        "  RELAY-2/no-echo inconclusive: late once\n  RELAY-1/x not-run: FRAME-1 failed\n\n1 undecided\n"
    )


def test_what_is_left_open() -> None:
    """Checks of what a server has to be judged by, without a verdict."""
    results = [
        RequirementResult(
            register()[requirement],
            [CheckResult(f"{requirement}/{verdict}", requirement, "MUST", verdict, "late") for verdict in Verdict],
        )
        for requirement in ("RELAY-2", "TIME-3")
    ]
    assert left_open(results) == (
        ("RELAY-2/inconclusive", Verdict.INCONCLUSIVE, "late"),
        ("RELAY-2/not-run", Verdict.NOT_RUN, "late"),
    )


def test_an_unknown_name(capsys: pytest.CaptureFixture[str]) -> None:
    """A name that no shipped server has is a usage error."""
    assert main(["selftest", "nobody"]) == 2
    assert "no shipped server 'nobody'" in capsys.readouterr().err
