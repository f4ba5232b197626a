"""The report as Markdown, for a step summary, an issue, a comment.

Three things keep a server's text inert. It stands in code spans and fenced blocks, whose fences are longer than any run
of backticks inside, and in which nothing is a link, a mention or a reference. It never begins a line outside of a fence.
And in HTML it is escaped. Only sentences that this installation itself knows stand as they are.
"""

import html
import re
from itertools import groupby
from typing import Any

from conformance.hints import hint
from conformance.mistakes import MISTAKES
from conformance.reports import pages, plain
from conformance.reports.html import headline
from spec.requirements import register

MOST_OCTETS = 900_000  # GitHub takes no summary of more than 1 MiB
LEAST_OCTETS = 32_768  # the verdict fits, whatever a report holds
FEW = 20  # ids in a row, choices

_ID = re.compile(r"[A-Z]+-[0-9]+")
_TICKS = re.compile("`+")
_UNDECIDED = ("inconclusive", "not-run")


def render(data: dict[str, Any], limit: int = MOST_OCTETS) -> str:
    """The document, with a line break at its end.

    Args:
        data: what `conformance.report.as_json` makes.
        limit: how many octets of UTF-8 it may have, from LEAST_OCTETS on; failures that do not fit are only named.
    """
    rows = data["requirements"]
    room = _Room(limit - LEAST_OCTETS // 8)  # so much for the line that names what does not fit
    above = [part for part in (_head(data), _likely(data), _table(rows)) if room.takes(part)]
    below = [part for part in (_undecided(rows), _about(data)) if room.takes(part)]
    failed = sorted(filter(plain.failed_checks, rows), key=lambda row: pages.VERDICTS.index(row["verdict"]))
    told = [(row["id"], _failure(row, data["baseline"]["known"], is_open=row is failed[0])) for row in failed]
    shown = [(identifier, part) for identifier, part in told if room.takes(part)]
    left = [identifier for identifier, part in told if (identifier, part) not in shown]
    title = "## Failures" if any(row["verdict"] == "fail" for row in failed) else "## Warnings"
    parts = [*above, *([title] if failed else []), *(part for _, part in shown)]
    parts += [f"Not shown here, for want of room: {_ids(left)}."] if left else []
    return "\n\n".join([*parts, *below]) + "\n"


class _Room:
    """How many octets are left."""

    def __init__(self, octets: int) -> None:
        self._octets = octets

    def takes(self, part: str) -> bool:
        """Whether there is something, and it fits; then it is counted."""
        octets = len(part.encode(errors="replace")) + 2
        fits = bool(part) and octets <= self._octets
        self._octets -= octets if fits else 0
        return fits


def code(text: Any) -> str:
    """Any text as a code span."""
    shown = plain.short(text)
    if not shown:
        return "(empty)"
    fence = _fence(shown, 1)
    # One space on both sides is taken off again: what has its own, or a backtick there, is given one more.
    pad = " " if shown[0] in " `" or shown[-1] in " `" else ""
    return f"{fence}{pad}{shown}{pad}{fence}" if shown.strip(" ") else f"{fence}{shown}{fence}"


def _fence(text: str, least: int) -> str:
    return "`" * max([least, *(len(run) + 1 for run in _TICKS.findall(text))])


def _block(lines: list[str]) -> str:
    text = "\n".join(lines)
    fence = _fence(text, 3)
    return f"{fence}text\n{text}\n{fence}"


def _id(identifier: str) -> str:
    return identifier if _ID.fullmatch(identifier) else code(identifier).replace("|", "¦")  # a cell ends at each |


def _ids(identifiers: list[str]) -> str:
    more = len(identifiers) - FEW
    return ", ".join(map(_id, identifiers[:FEW])) + (f" and {more} more" if more > 0 else "")


def _head(data: dict[str, Any]) -> str:
    verdict, tool = data["verdict"], data["tool"]
    worst = next((name for name in ("fail", "incomplete") if name in verdict.values()), "pass")
    lines = [
        f"# {pages.SYMBOLS[worst]} {headline(data)}: {code(data['target'])}",
        "",
        f"core {code(verdict['core'])}, hardened {code(verdict['hardened'])}. {plain.summary(data)}",
        "",
        f"Depth {code(data['depth'])}, seed {code(data['seed'])}, {data['duration_seconds']:.1f} s, begun "
        f"{code(data['started'])}, {code(tool['name'])} {code(tool['version'])}, protocol {code(data['spec'])}.",
    ]
    return "\n".join([*lines, "", f"**Trouble:** {code(data['trouble'])}"] if data["trouble"] is not None else lines)


def _likely(data: dict[str, Any]) -> str:
    lines = []
    for item in plain.likely(data)[:FEW]:
        mistake = item["mistake"]
        known = f"**{mistake}**" if mistake in MISTAKES else code(mistake)
        because = ", ".join(code(name) for name in item.get("because", ())[:FEW])
        alike = f"{item['likeness']:.0%} alike" if item.get("likeness") is not None else ""
        aside = ", because of ".join(filter(None, [alike, because]))
        lines.append(f"- {known}{f' ({aside})' if aside else ''}")
    return "\n".join(["## This looks like", "", *lines]) if lines else ""


def _table(rows: list[dict[str, Any]]) -> str:
    lines = ["| section | passed | failed | warned | undecided |", "|---|---|---|---|---|"]
    for name, group in groupby(rows, lambda row: pages.section_of(row["id"])):
        found = list(group)
        cells = [pages.TITLES.get(name) or _id(name), str(sum(row["verdict"] == "pass" for row in found))]
        for verdicts in (("fail",), ("warn",), _UNDECIDED):
            cells.append(_ids([row["id"] for row in found if row["verdict"] in verdicts]))
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines) if rows else ""


def _failure(row: dict[str, Any], known: list[str], *, is_open: bool) -> str:
    identifier, sentence = row["id"], row["sentence"]
    is_ours = identifier in register() and register()[identifier].sentence == sentence
    expected = " (known: it is in the baseline)" if identifier in known else ""
    parts = [
        f"### {pages.SYMBOLS.get(row['verdict'], '·')} {_id(identifier)}{expected}",
        f"> {sentence if is_ours else code(sentence)}",
    ]
    for number, check in enumerate(plain.failed_checks(row)):
        name = html.escape(plain.short(check["name"]))
        opening = "<details open>" if is_open and not number else "<details>"
        parts += [
            f"{opening}<summary><code>{name}</code></summary>",
            _block(plain.told(row, check)[1:]),
            "</details>",
        ]
    return "\n\n".join([*parts, *_hint(identifier)])


def _hint(identifier: str) -> list[str]:
    try:
        found = hint(identifier)
    except KeyError:  # an id of another version of the specification
        return []
    return [f"*The usual mistake.* {found.mistake}", f"*How to see it.* {found.look}"]


def _undecided(rows: list[dict[str, Any]]) -> str:
    lines = [
        f"- {_id(row['id'])} {row['verdict']}: {code(row['because'] or '')}"
        for row in rows
        if row["verdict"] in _UNDECIDED
    ]
    return "\n".join(["## Without a verdict", "", *lines]) if lines else ""


def _about(data: dict[str, Any]) -> str:
    cuts, baseline = data["cuts"], data["baseline"]
    lines = [f"- {code(name)}: {code(text)}" for name, text in list(data["choices"].items())[:FEW]]
    if cuts["total"]:
        lines.append(f"- {cuts['total']} pieces sent apart, {cuts['confirmed']} confirmed to have been read apart")
    if baseline["known"]:
        lines.append(f"- known failures: {_ids(baseline['known'])}")
    if baseline["stale"]:
        lines.append(f"- in the baseline, but they do not fail any more: {_ids(baseline['stale'])}")
    return "\n".join(["## Of the run", "", *lines]) if lines else ""
