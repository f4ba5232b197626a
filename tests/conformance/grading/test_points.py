"""What a report earns."""

from typing import Any

import pytest

from conformance.grading.points import Points


def row(identifier: str, verdict: str, cls: str = "core", keyword: str = "MUST") -> dict[str, Any]:
    """A requirement as in a report."""
    return {"id": identifier, "class": cls, "keyword": keyword, "verdict": verdict}


def test_each_is_worth_one() -> None:
    """Where nothing is said; a warning earns all, no verdict nothing."""
    rows = [row(f"FRAME-{n}", verdict) for n, verdict in enumerate(["pass", "fail", "warn", "inconclusive", "not-run"])]
    score = Points().score({"requirements": rows})

    assert (score.points, score.most, score.failed) == (2, 5, ("FRAME-1",))
    assert score.percent == 40


def test_the_closest_entry_counts() -> None:
    """The id before the section, that before the strictest keyword, and that before the class."""
    points = Points({"FRAME-1": 16, "FRAME": 8, "SHOULD": 4, "hardened": 2})

    assert points.of(row("FRAME-1", "pass", "hardened", "SHOULD")) == 16
    assert points.of(row("FRAME-2", "pass", "hardened", "SHOULD")) == 8
    assert points.of(row("JOIN-1", "pass", "hardened", "MAY, SHOULD")) == 4
    assert points.of(row("JOIN-1", "pass", "hardened", "SHOULD, MUST NOT")) == 2
    assert points.of(row("JOIN-1", "pass", "core", "MUST")) == 1


@pytest.mark.parametrize(
    ("verdict", "earned"), [("pass", 4), ("fail", 0), ("warn", 2), ("inconclusive", 1), ("not-run", 3)]
)
def test_shares(verdict: str, earned: float) -> None:
    """A verdict that is neither pass nor fail earns its share."""
    points = Points({"core": 4}, {"warn": 0.5, "inconclusive": 0.25, "not-run": 0.75})
    assert points.score({"requirements": [row("JOIN-1", verdict)]}).points == earned


def test_nothing_to_earn() -> None:
    """No division by nothing; and sums of tenths are tenths."""
    assert Points({"core": 0}).score({"requirements": [row("JOIN-1", "pass")]}).percent == 0
    assert Points({"core": 0.1}).score({"requirements": [row(f"JOIN-{n}", "pass") for n in range(3)]}).points == 0.3
