"""The commands of `chat-conformance` beside `run`: each adds its arguments, and has a function that acts on them."""

import argparse
import difflib
import json
import sys
from collections import Counter
from pathlib import Path
from typing import Any

from conformance import replay
from conformance.arguments import positive
from conformance.check import DEPTHS
from conformance.clients import command as client_command
from conformance.grading import add_arguments as add_grading
from conformance.grading import main as grade
from conformance.render import Lines, listing
from conformance.target import UsageError
from spec.requirements import register


def add(commands: Any) -> None:
    """Adds them all to the subparsers of the command."""
    parser = commands.add_parser("client", help="judge a client: the suite plays the server, and the user")
    client_command.add_arguments(parser)
    parser.set_defaults(act=client_command.main)
    parser = commands.add_parser("list", help="show every requirement and its checks")
    parser.set_defaults(act=_list)
    parser = commands.add_parser("explain", help="say what a requirement means, and the usual mistake")
    parser.add_argument("id", metavar="ID", help="such as FRAME-6")
    parser.set_defaults(act=_explain)
    parser = commands.add_parser("replay", help="play a failure again that a run has left behind")
    replay.add_arguments(parser)
    parser.set_defaults(act=lambda arguments: replay.main(arguments, Lines(sys.stdout).line))
    parser = commands.add_parser("matrix", help="make one page of several reports")
    parser.add_argument("reports", nargs="+", type=Path, metavar="REPORT.json")
    parser.add_argument("--html", type=Path, required=True, metavar="FILE", help="the page")
    parser.set_defaults(act=_matrix)
    parser = commands.add_parser("grade", help="judge many servers, and give them points")
    add_grading(parser)
    parser.set_defaults(act=lambda arguments: grade(arguments, Lines(sys.stdout).line))
    parser = commands.add_parser("vectors", help="write out the test vectors of the specification")
    parser.add_argument("folder", type=Path, metavar="DIR", help="a new or empty folder")
    parser.set_defaults(act=_vectors)
    _add_selftest(commands.add_parser("selftest", help="judge the shipped faulty and friendly servers, or clients"))


def _add_selftest(parser: argparse.ArgumentParser) -> None:
    parser.set_defaults(act=_selftest)
    parser.add_argument(
        "names",
        nargs="*",
        metavar="NAME",
        help="only these; `python -m conformance.faults --list` has all (of clients, `conformance.clients.faults`)",
    )
    parser.add_argument("--clients", action="store_true", help="the shipped clients instead of the servers")
    parser.add_argument("--jobs", type=positive, metavar="N", help="how many at once")
    parser.add_argument("--depth", choices=DEPTHS, default="quick", help="how many examples")
    parser.add_argument("--reports", type=Path, metavar="DIR", help="keep the report on each server")
    parser.add_argument("--sample", type=positive, metavar="N", help="only so many faulty ones, of every requirement")


def _list(arguments: argparse.Namespace) -> int:
    listing(sys.stdout)
    return 0


def _explain(arguments: argparse.Namespace) -> int:
    from conformance.hints import explain, hints

    wanted = arguments.id.upper()
    section = [row.id for row in register().values() if row.section == wanted]
    if section:
        raise UsageError(f"{wanted} is a section: name one of its requirements, {section[0]} to {section[-1]}")
    if wanted not in hints():
        close = difflib.get_close_matches(wanted, hints(), n=1, cutoff=0.5)
        suggestion = f" (did you mean {close[0]}?)" if close else "; `chat-conformance list` shows them all"
        raise UsageError(f"no requirement {arguments.id!r}{suggestion}")
    print(explain(wanted))
    return 0


def _matrix(arguments: argparse.Namespace) -> int:
    from conformance.reports import matrix  # it loads what makes pages

    data = [_report(path) for path in arguments.reports]
    page = matrix.render(list(zip(_names(arguments.reports), data, strict=True)))
    try:
        arguments.html.write_text(page, encoding="utf-8")
    except OSError as error:
        raise UsageError(f"cannot write {arguments.html}: {error.strerror}") from error
    print(f"{arguments.html}: {len(data)} implementations")
    return 0


def _report(path: Path) -> dict[str, Any]:
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise UsageError(f"cannot read {path}: {error.strerror}") from error
    except ValueError as error:
        raise UsageError(f"{path} is no JSON: {error}") from error
    if not isinstance(data, dict) or data.get("tool", {}).get("name") != "chat-conformance" or data.get("schema") != 1:
        raise UsageError(f"{path} is no report of chat-conformance (schema 1)")
    return data


def _names(paths: list[Path]) -> list[str]:
    """The names of the files, or of their folders where many files are called the same, as `grade` leaves them."""
    stems = Counter(path.stem for path in paths)
    return [path.stem if stems[path.stem] == 1 else path.resolve().parent.name for path in paths]


def _vectors(arguments: argparse.Namespace) -> int:
    from spec.vector_files import sources

    folder: Path = arguments.folder
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if any(folder.iterdir()):
            raise UsageError(f"{folder} is not empty")
        for name, text in sources().items():
            place = folder / (f"{name}.md" if name == "README" else f"{name}.toml")
            place.parent.mkdir(exist_ok=True)
            place.write_text(text, encoding="utf-8")
    except OSError as error:
        raise UsageError(f"cannot write {folder}: {error.strerror}") from error
    print(f"{folder}: {len(sources()) - 1} files of vectors, and README.md, which describes them")
    return 0


def _selftest(arguments: argparse.Namespace) -> int:
    from conformance import selftest  # the shipped servers are needed for nothing else
    from conformance.clients import selftest as of_clients

    shipped = of_clients if arguments.clients else selftest
    known, modules = shipped.names(), f"conformance.{'clients.' if arguments.clients else ''}faults"
    for name in arguments.names:
        if name not in known:
            what = "client" if arguments.clients else "server"
            raise UsageError(f"no shipped {what} {name!r}; `python -m {modules} --list` shows them all")
    names = arguments.names or sorted(known)
    if arguments.sample is not None:
        names = shipped.sample(arguments.sample)
    if arguments.reports is not None:
        arguments.reports.mkdir(parents=True, exist_ok=True)
    jobs = arguments.jobs or selftest.default_jobs()
    say = Lines(sys.stdout).line
    return selftest.selftest(names, arguments.depth, jobs, say, arguments.reports, shipped.prove)
