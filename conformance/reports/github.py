"""What a run leaves in a workflow of GitHub: annotations, a step summary, and outputs.

`python -P -m conformance.reports.github REPORT.json` does it for a report that was written before.
"""

import contextlib
import json
import os
import secrets
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, TextIO

from conformance.hints import hint
from conformance.reports import plain

MOST_ANNOTATIONS = 10  # of a kind: GitHub shows no more of one step
SUMMARY_OCTETS = 1_048_576  # of all that a step puts there; what is larger is thrown away whole
_MARGIN = 1024

_DATA = str.maketrans({"%": "%25", "\r": "%0D", "\n": "%0A"})
_PROPERTY = _DATA | str.maketrans({":": "%3A", ",": "%2C"})


def annotations(data: dict[str, Any]) -> list[str]:
    """Workflow commands, one line each: an error for what fails, a warning for an unmet SHOULD, a notice for what is known."""
    known = data["baseline"]["known"]
    kinds: dict[str, list[tuple[str, list[str]]]] = {"error": [], "warning": [], "notice": []}
    if data["trouble"] is not None:
        kinds["error"].append(("The server could not be judged", [plain.short(data["trouble"])]))
    for identifier in data["baseline"]["stale"]:
        title = f"{plain.short(identifier)} does not fail any more"
        kinds["error"].append((title, ["It is in the baseline: take it out."]))
    for row in data["requirements"]:
        kind = {"fail": "error", "warn": "warning"}.get(row["verdict"])
        if kind is not None:
            kinds["notice" if row["id"] in known and kind == "error" else kind].append(_annotation(row))
    return [_command(kind, *one) for kind, found in kinds.items() for one in _few(found)]


def summary(data: dict[str, Any], there: int = 0) -> str:
    """The step summary: the report as Markdown.

    Args:
        data: what `conformance.report.as_json` makes.
        there: how many octets the step has put there already.

    Raises:
        ValueError: they leave no room.
    """
    from conformance.reports import markdown  # a run outside of a workflow does not load what makes pages

    room = min(markdown.MOST_OCTETS, SUMMARY_OCTETS - _MARGIN - there)
    if room < markdown.LEAST_OCTETS:
        raise ValueError("what is there already leaves no room")
    return markdown.render(data, room)


def outputs(data: dict[str, Any]) -> list[str]:
    """The outputs of a step, `name=value`: the verdicts of both classes."""
    words = ("pass", "fail", "incomplete")
    return [f"{cls}={data['verdict'][cls]}" for cls in ("core", "hardened") if data["verdict"][cls] in words]


def announce(data: dict[str, Any], environ: Mapping[str, str], out: TextIO) -> None:
    """Does all that, if this is a workflow of GitHub. A file that cannot be written is said, and is nobody's failure.

    Args:
        data: what `conformance.report.as_json` makes.
        environ: GITHUB_ACTIONS says whether it is one; GITHUB_STEP_SUMMARY names the file of the summary.
        out: what the runner reads.
    """
    if environ.get("GITHUB_ACTIONS") != "true":
        return
    for line in annotations(data):
        _print(line, out)
    path = environ.get("GITHUB_STEP_SUMMARY")
    if path:
        try:
            _append_summary(data, Path(path))
        except (OSError, ValueError) as error:
            reason = error.strerror if isinstance(error, OSError) else error
            _print(_command("notice", "No step summary", [plain.short(reason)]), out)


@contextlib.contextmanager
def quiet(environ: Mapping[str, str], out: TextIO) -> Iterator[None]:
    """While this lasts, the runner takes nothing that is printed for a command: a report quotes what servers say."""
    if environ.get("GITHUB_ACTIONS") != "true":
        yield
        return
    token = secrets.token_hex(16)  # nobody who prints can guess it
    _print(f"::stop-commands::{token}", out)
    try:
        yield
    finally:
        _print(f"::{token}::", out)


def main(arguments: list[str], environ: Mapping[str, str] = os.environ) -> int:
    """Announces a report that was written to a file, and appends its verdicts to the file that GITHUB_OUTPUT names.

    Returns:
        0, or 2 if the report cannot be read.
    """
    try:
        (name,) = arguments
        data = json.loads(Path(name).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        print(f"python -m conformance.reports.github REPORT.json: {plain.short(error)}", file=sys.stderr)
        return 2
    announce(data, environ, sys.stdout)
    if environ.get("GITHUB_OUTPUT"):
        with Path(environ["GITHUB_OUTPUT"]).open("a", encoding="utf-8", newline="\n") as file:
            file.writelines(f"{line}\n" for line in outputs(data))
    return 0


def _annotation(row: dict[str, Any]) -> tuple[str, list[str]]:
    lines = [plain.short(row["sentence"])]
    for check in plain.failed_checks(row)[:1]:
        failure = check["failure"]
        lines += [f"expected: {plain.short(failure['expected'])}", f"seen: {plain.short(failure['seen'])}"]
        lines += [f"replay: {plain.short(failure['replay'])}"] if failure.get("replay") else []
    with contextlib.suppress(KeyError):  # an id of another version of the specification
        lines.append(f"the usual mistake: {hint(row['id']).mistake}")
    return f"{plain.short(row['id'])} ({plain.short(row['class'])})", lines


def _few(found: list[tuple[str, list[str]]]) -> list[tuple[str, list[str]]]:
    """As many as are shown; the last of them names the others."""
    if len(found) <= MOST_ANNOTATIONS:
        return found
    shown, rest = found[: MOST_ANNOTATIONS - 1], found[MOST_ANNOTATIONS - 1 :]
    return [*shown, (f"{len(rest)} more", [title for title, _ in rest])]


def _command(kind: str, title: str, lines: list[str]) -> str:
    """One command. Lines are safe already: the only line breaks are those between them."""
    return f"::{kind} title={title.translate(_PROPERTY)}::{chr(10).join(lines).translate(_DATA)}"


def _append_summary(data: dict[str, Any], path: Path) -> None:
    there = path.stat().st_size if path.exists() else 0
    text = ("\n\n" if there else "") + summary(data, there)
    with path.open("a", encoding="utf-8", errors="backslashreplace", newline="\n") as file:
        file.write(text)


def _print(line: str, out: TextIO) -> None:
    encoding = getattr(out, "encoding", None) or "utf-8"
    print(line.encode(encoding, "backslashreplace").decode(encoding), file=out, flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
