"""What a run leaves behind in files: the report in every form that was asked for. All derive from the report's data."""

import argparse
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from conformance.arguments import path
from conformance.target import UsageError


def _as_json(data: dict[str, Any]) -> str:
    return json.dumps(data, indent=2, ensure_ascii=True) + "\n"


def _renderer(name: str) -> Callable[[dict[str, Any]], str]:
    def render(data: dict[str, Any]) -> str:
        from importlib import import_module  # a run that asks for no page does not load what makes pages

        made: str = import_module(f"conformance.reports.{name}").render(data)
        return made

    return render


FORMS: dict[str, tuple[str, Callable[[dict[str, Any]], str]]] = {
    "json": ("the report as data", _as_json),
    "junit": ("for continuous integration", _renderer("junit")),
    "html": ("a page for people", _renderer("html")),
    "markdown": ("for issues and summaries", _renderer("markdown")),
    "gradescope": ("results.json for an autograder", _renderer("gradescope")),
}


def add_arguments(parser: argparse.ArgumentParser, *, capsules: bool = True) -> None:
    """Gives a parser an option for each form, and one for capsules where there are any."""
    parser.set_defaults(capsules=None)
    for name, (about, _) in FORMS.items():
        parser.add_argument(f"--{name}", type=path, metavar="FILE", help=f"write the report: {about}")
    if capsules:
        parser.add_argument(
            "--capsules",
            type=path,
            metavar="DIR",
            help="write each failure as a file that `replay` plays, and as a script",
        )


def check(arguments: argparse.Namespace) -> None:
    """Finds out before the run whether its files can be written behind it.

    Raises:
        UsageError: one cannot.
    """
    taken: dict[Path, str] = {}
    for name in FORMS:
        place: Path | None = getattr(arguments, name)
        if place is None:
            continue
        if str(place) == "-":
            raise UsageError(f"--{name}: write the report to a file; standard output has the lines for people")
        with _said(place), place.open("a", encoding="utf-8"):
            pass
        other = taken.setdefault(place.resolve(), name)
        if other != name and place.is_file():
            raise UsageError(f"--{other} and --{name} name the same file {place}")
    if arguments.capsules is not None:
        with _said(arguments.capsules):
            arguments.capsules.mkdir(parents=True, exist_ok=True)


def write(arguments: argparse.Namespace, data: dict[str, Any]) -> None:
    """Writes the files that were asked for, all that can be written.

    Raises:
        UsageError: some cannot.
    """
    problems = []
    for name, (_, render) in FORMS.items():
        place: Path | None = getattr(arguments, name)
        if place is not None:
            try:
                with _said(place):
                    place.write_text(render(data), encoding="utf-8")
            except UsageError as error:
                problems.append(str(error))
    if problems:
        raise UsageError("; ".join(problems))


def are_wanted(arguments: argparse.Namespace) -> bool:
    """Whether files were asked for: a run is worth going on with, though nobody reads its lines any more."""
    return arguments.capsules is not None or any(getattr(arguments, name) is not None for name in FORMS)


class _said:  # noqa: N801  # reads as a statement
    """Says which file it was that could not be written."""

    def __init__(self, place: Path) -> None:
        self._place = place

    def __enter__(self) -> None:
        """Nothing is to be done before."""

    def __exit__(self, kind: object, error: BaseException | None, at: object) -> None:
        if isinstance(error, OSError):
            raise UsageError(f"cannot write {self._place}: {error.strerror}") from error
