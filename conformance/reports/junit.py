"""The report as JUnit XML, which Jenkins, GitLab and the viewers of GitHub read.

A section is a test suite, a check is a test case; a requirement without a check is one too. What JUnit says means here:

- failure: a MUST is broken. A known failure of the baseline is skipped instead, with all that is to be said of it, and
  one that has been mended is a failure, since both decide the exit status in the same way.
- error: no verdict, since the evidence rests on a wait that the canary was late in too, or the suite itself erred. Not the
  server's failure, but the exit status is not 0 either. Of a SHOULD, on which no exit status rests, it is skipped.
- skipped: not run, with the reason.
- passed, with what was seen as output: a SHOULD is unmet. `warnings_fail` makes it a failure, as `--strict` does.
"""

import re
from collections.abc import Iterator
from itertools import groupby
from typing import Any
from xml.etree import ElementTree

from conformance.reports import pages, plain

# What XML 1.0 forbids even as a character reference, and `safe` leaves: the rest of it is what drives a terminal.
_FORBIDDEN = {0xFFFE: "\ufffd", 0xFFFF: "\ufffd"}
# GitLab makes a link to a file of the job of this, wherever it stands in an output.
_ATTACHMENT = re.compile(r"\[(?=\[\s*ATTACHMENT)", re.IGNORECASE)
Element = ElementTree.Element


def render(data: dict[str, Any], *, warnings_fail: bool = False) -> str:
    """The file, with its declaration: to be written as UTF-8.

    Args:
        data: what `conformance.report.as_json` makes.
        warnings_fail: whether an unmet SHOULD is a failure.
    """
    root = _element("testsuites", name="chat-conformance")
    for name, group in groupby(data["requirements"], lambda row: pages.section_of(row["id"])):
        title = f"{name}: {pages.TITLES[name]}" if name in pages.TITLES else name
        cases = [case for row in group for case in _cases(row, data["baseline"], warnings_fail=warnings_fail)]
        root.append(_suite(title, cases, data))
    if data["trouble"] is not None:  # or else a server that nobody could reach would look like one with nothing to test
        case = _case("run", "run", data["duration_seconds"])
        _say(case, "error", data["trouble"], "trouble", [])
        root.insert(0, _suite("run", [case], data))
    _count(root, list(root.iter("testcase")))
    root.set("time", _seconds(data["duration_seconds"]))
    ElementTree.indent(root)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{ElementTree.tostring(root, encoding="unicode")}\n'


def _text(text: Any) -> str:
    """A text of one line without any character that XML, a terminal or GitLab would take for something else."""
    return _ATTACHMENT.sub("[ ", plain.short(text).translate(_FORBIDDEN))


def _lines(lines: list[str]) -> str:
    return "\n".join(map(_text, lines))


def _seconds(seconds: float) -> str:
    return f"{seconds:.3f}"


def _element(tag: str, /, **attributes: Any) -> Element:
    return Element(tag, {name: _text(value) for name, value in attributes.items()})


def _case(section: str, name: str, seconds: float) -> Element:
    return _element("testcase", classname=section, name=name, time=_seconds(seconds))


def _suite(name: str, cases: list[Element], data: dict[str, Any]) -> Element:
    suite = _element("testsuite", name=name)
    _count(suite, cases)
    suite.set("time", _seconds(sum(float(case.attrib["time"]) for case in cases)))
    suite.set("timestamp", _text(data["started"]))
    tool = data["tool"]
    properties = ElementTree.SubElement(suite, "properties")
    for key in ("target", "seed", "depth", "spec"):
        properties.append(_element("property", name=key, value=data[key]))
    properties.append(_element("property", name="tool", value=f"{tool['name']} {tool['version']}"))
    suite.extend(cases)
    return suite


def _count(element: Element, cases: list[Element]) -> None:
    element.set("tests", str(len(cases)))
    for name, tag in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
        element.set(name, str(sum(case.find(tag) is not None for case in cases)))


def _cases(row: dict[str, Any], baseline: dict[str, Any], *, warnings_fail: bool) -> Iterator[Element]:
    # Jenkins takes what is before the last point for a package, GitLab shows the whole beside the name.
    place = f"{pages.section_of(row['id'])}.{row['id']}"
    if not row["checks"]:
        case = _case(place, row["id"], 0)
        _undecided(case, row["verdict"], row["because"], row["keyword"])
        yield case
    for check in row["checks"]:
        case = _case(place, check["name"], check["seconds"])
        _judge(case, row, check, is_known=row["id"] in baseline["known"], warnings_fail=warnings_fail)
        yield case
    if row["id"] in baseline["stale"]:
        case = _case(place, f"{row['id']}/baseline", 0)
        _say(case, "failure", "it is in the baseline, but does not fail any more: take it out", "baseline", [])
        yield case


def _judge(case: Element, row: dict[str, Any], check: dict[str, Any], *, is_known: bool, warnings_fail: bool) -> None:
    verdict = check["verdict"]
    if verdict not in ("fail", "warn"):
        _undecided(case, verdict, check["because"], check["clause"])
        return
    lines = plain.told(row, check) if check["failure"] is not None else []
    message = plain.outcome(check) if check["failure"] is not None else str(check["because"])
    if verdict == "warn" and not warnings_fail:
        output = ElementTree.SubElement(case, "system-out")
        output.text = _lines([f"warning: a {check['clause']} is unmet", *lines])
    elif verdict == "fail" and is_known:
        _say(case, "skipped", f"known failure (baseline): {message}", "baseline", lines)
    else:
        _say(case, "failure", message, check["clause"], lines)


def _undecided(case: Element, verdict: str, because: str | None, keyword: str) -> None:
    if verdict in ("inconclusive", "not-run"):
        is_error = verdict == "inconclusive" and "MUST" in keyword
        _say(case, "error" if is_error else "skipped", because or verdict, verdict, [])


def _say(case: Element, tag: str, message: str, kind: str, lines: list[str]) -> None:
    said = _element(tag, message=message, type=kind)
    said.text = _lines(lines or [message])  # GitLab shows the text alone, others the message alone
    case.append(said)
