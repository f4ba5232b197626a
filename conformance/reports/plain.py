"""What the plain forms of a report say of a failure: lines of text, with nothing in them that could act on a reader."""

from collections import Counter
from typing import Any

from conformance.entries import conversation
from spec.display import safe

MOST_CHARACTERS = 900  # of one text: what a server says may be long
MOST_LINES = 160  # of one conversation
LINE_CHARACTERS = (
    400  # the width of lines is counted in columns, and a column may hold any number of combining characters
)

_WORDS = {"fail": "failed", "warn": "warned", "inconclusive": "inconclusive", "not-run": "not run", "pass": "passed"}


def short(text: Any, most: int = MOST_CHARACTERS) -> str:
    """A text on one line, made safe, with its end cut off if it is long."""
    shown = str(text)
    return safe(shown if len(shown) <= most else f"{shown[: most - 1]}…")


def summary(data: dict[str, Any]) -> str:
    """How many requirements have which verdict, in one sentence."""
    rows = data["requirements"]
    counts = Counter(row["verdict"] for row in rows)
    parts = ", ".join(f"{counts[verdict]} {word}" for verdict, word in _WORDS.items() if counts[verdict])
    return f"Of {len(rows)} requirements, {parts}." if rows else "No requirement was selected."


def failed_checks(row: dict[str, Any]) -> list[dict[str, Any]]:
    """The checks of a requirement that have a failure to show."""
    return [check for check in row["checks"] if check["failure"] is not None]


def outcome(check: dict[str, Any]) -> str:
    """What was expected and what was seen, on one line."""
    failure = check["failure"]
    return f"expected: {short(failure['expected'])}; seen: {short(failure['seen'])}"


def talk(check: dict[str, Any]) -> list[str]:
    """The lines of the conversation that shows a failure; none if there is none."""
    lines = conversation(check["failure"]["transcript"])
    if len(lines) > MOST_LINES:
        lines = [*lines[: MOST_LINES // 2], "  …", *lines[-(MOST_LINES // 2) :]]
    return [short(line, LINE_CHARACTERS) for line in lines]


def told(row: dict[str, Any], check: dict[str, Any]) -> list[str]:
    """A failure from the requirement's sentence to the command that plays it again."""
    failure = check["failure"]
    came, of = check["repeats"]
    lines = [
        f"{short(row['id'])} ({short(row['class'])}): {short(row['sentence'])}",
        f"check:    {short(check['name'])} ({short(check['clause'])}), {came} of {of} times",
    ]
    lines += [f"at:       {short(failure['who'])}"] if failure["who"] else []
    lines += [f"expected: {short(failure['expected'])}", f"seen:     {short(failure['seen'])}"]
    conversed = talk(check)
    lines += ["", *conversed] if conversed else []
    lines += ["", f"replay:   {short(failure['replay'])}"] if failure.get("replay") else []
    return lines


def likely(data: dict[str, Any]) -> list[dict[str, Any]]:
    """The diagnosis, best first; reports from before there was a likeness have sentences alone."""
    return [item if isinstance(item, dict) else {"mistake": item} for item in data["diagnosis"]]
