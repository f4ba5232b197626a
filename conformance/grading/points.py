"""Points: what each requirement is worth, and how much of that a verdict earns."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from conformance.grading.toml import Table
from spec.requirements import CLASSES, KEYWORDS, register

SHARES = {"warn": 1.0, "inconclusive": 0.0, "not-run": 0.0}
MOST_POINTS = 1_000_000


@dataclass(frozen=True, slots=True)
class Score:
    """Points earned, of how many, and the ids that failed."""

    points: float
    most: float
    failed: tuple[str, ...]

    @property
    def percent(self) -> float:
        """From 0 to 100; 0 if there is nothing to earn."""
        return 100 * self.points / self.most if self.most else 0.0


@dataclass(frozen=True, slots=True)
class Points:
    """The points of requirements.

    Attributes:
        worth: points by id, section, keyword or class; the first of these that has an entry counts.
        shares: what part of its points a requirement earns that neither passed nor failed.
    """

    worth: Mapping[str, float] = field(default_factory=dict)
    shares: Mapping[str, float] = field(default_factory=lambda: dict(SHARES))

    def of(self, row: Mapping[str, Any]) -> float:
        """What a requirement of a report is worth; 1 where nothing is said."""
        keywords = [word.strip() for word in str(row["keyword"]).split(",")]
        # MUST before MUST NOT before SHOULD …: the strictest clause makes the requirement what it is.
        strictest = min(keywords, key=lambda word: KEYWORDS.index(word) if word in KEYWORDS else len(KEYWORDS))
        identifier = str(row["id"])
        for key in (identifier, identifier.partition("-")[0], strictest, str(row["class"])):
            if key in self.worth:
                return self.worth[key]
        return 1.0

    def score(self, report: Mapping[str, Any]) -> Score:
        """The points that a report earns, over the requirements that were selected."""
        rows = report["requirements"]
        earned = sum(self.of(row) * self._share(row["verdict"]) for row in rows)
        failed = tuple(row["id"] for row in rows if row["verdict"] == "fail")
        return Score(round(earned, 6), round(sum(map(self.of, rows)), 6), failed)

    def _share(self, verdict: str) -> float:
        return 1.0 if verdict == "pass" else self.shares.get(verdict, 0.0)


def read_points(points: Table, shares: Table) -> Points:
    """The points and shares of a file.

    Raises:
        UsageError: a key is no id, section, keyword or class; a number is out of its range.
    """
    rows = register().values()
    points.allow(
        {*CLASSES, *KEYWORDS, *(row.section for row in rows), *(row.id for row in rows)}, "id, section or class"
    )
    shares.allow(SHARES, "verdict")
    return Points(
        {key: points.number(key, 1, 0, MOST_POINTS) for key in points.values},
        {verdict: shares.number(verdict, share, 0, 1) for verdict, share in SHARES.items()},
    )
