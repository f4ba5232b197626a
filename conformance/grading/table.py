"""The table of a grading: CSV for a spreadsheet, lines for people."""

import csv
import statistics
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from conformance.grading.points import Score
from spec.display import safe

COLUMNS = ("name", "core", "hardened", "points", "max", "percent", "failed", "seconds", "trouble", "folder")
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")  # a spreadsheet may read the wide ones so, too


@dataclass(frozen=True, slots=True)
class Row:
    """One server: the verdicts of both classes, its points, and what there is to say."""

    name: str
    core: str
    hardened: str
    score: Score
    seconds: float
    trouble: str
    folder: str
    is_judged: bool


def cell(text: str) -> str:
    """A text as a cell that no spreadsheet takes for a formula."""
    shown = safe(text)
    return f"'{shown}" if shown.lstrip().startswith(_FORMULA) or text.startswith(_FORMULA) else shown


def write_csv(rows: Iterable[Row], path: Path) -> None:
    """Writes the table; in UTF-8 with a signature, without which spreadsheets take it for something else."""
    with path.open("w", encoding="utf-8-sig", errors="replace", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(COLUMNS)
        for row in rows:
            score = row.score
            figures = (number(score.points), number(score.most), f"{score.percent:.1f}")
            texts = (cell(row.trouble), cell(row.folder))
            failed = " ".join(score.failed)
            writer.writerow((cell(row.name), row.core, row.hardened, *figures, failed, f"{row.seconds:.1f}", *texts))


def number(points: float) -> str:
    """Points as people write them: without zeros behind the point."""
    return f"{points:.2f}".rstrip("0").rstrip(".")


def line(row: Row, width: int = 24) -> str:
    """A server in one line."""
    name = safe(row.name)
    shown = name if len(name) <= width else name[: width - 1] + "…"
    verdicts = f"core {row.core:<10}  hardened {row.hardened:<10}"
    points = f"{number(row.score.points):>7} of {number(row.score.most)}  {row.score.percent:5.1f} %"
    return f"{shown:<{width}}  {verdicts}  {points}  {row.seconds:6.1f} s  {safe(row.trouble)}".rstrip()


def summary(rows: list[Row]) -> list[str]:
    """All servers, and what can be said of them together."""
    lines = [*map(line, rows), ""]
    judged = [row for row in rows if row.is_judged]
    passed = {cls: sum(getattr(row, cls) == "pass" for row in rows) for cls in ("core", "hardened")}
    lines.append(
        f"{len(rows)} servers, {len(judged)} judged; pass: core {passed['core']}, hardened {passed['hardened']}"
    )
    if rows:
        percents = [row.score.percent for row in rows]
        lines.append(f"points: mean {statistics.mean(percents):.1f} %, median {statistics.median(percents):.1f} %")
    failed = Counter(identifier for row in rows for identifier in row.score.failed)
    if failed:
        most = sorted(failed.items(), key=lambda one: (-one[1], one[0]))[:10]
        lines.append("failed most: " + ", ".join(f"{identifier} ({count})" for identifier, count in most))
    if unjudged := [safe(row.name) for row in rows if not row.is_judged]:
        lines.append(f"not judged: {', '.join(unjudged)}")
    return lines
