"""The report as results.json, which an autograder of Gradescope leaves behind.

Of its documented fields those are used that say something here. Every requirement is a test with points of its own;
everything is shown as text, never as HTML, Markdown or colours.
"""

import json
from typing import Any

from conformance.grading.points import Points
from conformance.reports import plain
from conformance.reports.html import headline

VISIBILITIES = ("visible", "hidden", "after_due_date", "after_published")


def render(data: dict[str, Any], points: Points | None = None, visibility: str = "visible") -> str:
    """The file, in ASCII.

    Args:
        data: what `conformance.report.as_json` makes.
        points: what requirements are worth; by default each of them 1.
        visibility: when students see the tests, one of VISIBILITIES. What the suite printed stays the instructor's.

    Raises:
        ValueError: there is no such visibility.
    """
    if visibility not in VISIBILITIES:
        raise ValueError(f"{visibility!r} is none of {', '.join(VISIBILITIES)}")
    worth = points or Points()
    results = {
        "execution_time": round(data["duration_seconds"]),
        "output": "\n".join(_output(data)),
        "output_format": "text",
        "test_output_format": "text",
        "test_name_format": "text",
        "visibility": visibility,
        "stdout_visibility": "hidden",
        "extra_data": {key: plain.short(data[key]) for key in ("seed", "depth", "spec", "started")},
        "tests": [_test(row, worth) for row in data["requirements"]],
    }
    if not data["requirements"]:
        results["score"] = 0.0  # where there are no tests, it has to be said
    return json.dumps(results, indent=2, ensure_ascii=True) + "\n"


def _output(data: dict[str, Any]) -> list[str]:
    verdict = data["verdict"]
    lines = [
        f"{headline(data)}: core {plain.short(verdict['core'])}, hardened {plain.short(verdict['hardened'])}.",
        plain.summary(data),
    ]
    lines += [f"Trouble: {plain.short(data['trouble'])}"] if data["trouble"] is not None else []
    return [*lines, *(f"This looks like: {plain.short(item['mistake'])}" for item in plain.likely(data))]


def _test(row: dict[str, Any], worth: Points) -> dict[str, Any]:
    score = worth.score({"requirements": [row]})
    return {
        "name": f"{plain.short(row['id'])}: {plain.short(row['sentence'], 120)}",
        "name_format": "text",
        "score": score.points,
        "max_score": score.most,
        "status": "passed" if row["verdict"] in ("pass", "warn") else "failed",
        "output": "\n".join(_told(row)),
        "output_format": "text",
        "tags": [plain.short(row["class"])],
    }


def _told(row: dict[str, Any]) -> list[str]:
    lines = [plain.short(row["sentence"]), "", f"{plain.short(row['verdict'])}"]
    if row["because"] is not None:
        lines[-1] += f", because: {plain.short(row['because'])}"
    for check in plain.failed_checks(row):
        lines += ["", *plain.told(row, check)[1:]]
    return lines
