"""The report as one HTML file: what a student opens, and what is shown in class.

It is whole in itself, asks nothing of any network, can be read without JavaScript and printed.
"""

from itertools import groupby
from typing import Any

from conformance.hints import Hint, hint
from conformance.reports import pages
from conformance.reports.ladder import ladder

_HEADLINES = {
    ("pass", "pass"): "Conformant, core and hardened",
    ("pass", "fail"): "Core-conformant, not hardened",
    ("pass", "incomplete"): "Core-conformant, hardened undecided",
    ("incomplete", "fail"): "Not hardened, core undecided",
}
_WORDS = {"fail": "failed", "warn": "warned", "inconclusive": "inconclusive", "not-run": "not run", "pass": "passed"}


def render(data: dict[str, Any]) -> str:
    """The page of one report.

    Args:
        data: what `conformance.report.as_json` makes, or a report read from a file that obeys its schema.
    """
    rows = data["requirements"]
    failures = _failures(rows)
    return pages.render(
        "report.html",
        "report",
        data=data,
        ids={row["id"] for row in rows},
        headline=headline(data),
        summary=_summary(rows),
        classes=[_class(cls, data) for cls in ("core", "hardened")],
        sections=_sections(rows),
        failures=failures,
        failed={row["id"] for row in failures},
        counts=pages.counted(row["verdict"] for row in rows),
        diagnosis=[_likely(item) for item in data["diagnosis"]],
        ladder=ladder,
        hint=_hint,
    )


def headline(data: dict[str, Any]) -> str:
    """The verdict in a few words, never more than what both classes say."""
    core, hardened = data["verdict"]["core"], data["verdict"]["hardened"]
    if core == "fail":
        return "Not conformant"
    if not any(row["verdict"] in ("pass", "fail", "warn") for row in data["requirements"]):
        return "No verdict"
    return _HEADLINES.get((core, hardened), "Undecided")


def _summary(rows: list[dict[str, Any]]) -> str:
    counts = pages.counted(row["verdict"] for row in rows)
    parts = [f"{count} {_WORDS[verdict]}" for verdict, count in counts.items()]
    return f"Of {len(rows)} requirements, {', '.join(parts)}." if parts else "No requirement was selected."


def _class(cls: str, data: dict[str, Any]) -> dict[str, Any]:
    counts = pages.counted(row["verdict"] for row in data["requirements"] if row["class"] == cls)
    return {"name": cls, "verdict": data["verdict"][cls], "counts": counts, "bar": pages.bar(counts)}


def _sections(rows: list[dict[str, Any]]) -> list[tuple[str, list[dict[str, Any]]]]:
    return [(name, list(group)) for name, group in groupby(rows, lambda row: pages.section_of(row["id"]))]


def _failures(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The rows with something to show, failures before warnings, each with its failed checks."""
    found = [{**row, "failed": [check for check in row["checks"] if check["failure"]]} for row in rows]
    order = pages.VERDICTS.index
    return sorted((row for row in found if row["failed"]), key=lambda row: order(row["verdict"]))


def _likely(item: Any) -> dict[str, Any]:
    """One line of the diagnosis; reports from before there was a likeness have a sentence alone."""
    if isinstance(item, str):
        return {"mistake": item, "likeness": None, "because": [], "ids": []}
    return {"likeness": None, "because": [], "ids": [], **item}


def _hint(identifier: str) -> Hint | None:
    """The hint for a requirement; None for an id of another version, which this one does not know."""
    try:
        return hint(identifier)
    except KeyError:
        return None
