"""The command `chat-conformance`."""

import argparse
import contextlib
import os
import shlex
import signal
import sys
from pathlib import Path

from conformance.intruders import check_packages

check_packages()  # before anything imports `spec`, which might be somebody else's

from conformance import baseline  # noqa: E402
from conformance import report as reports  # noqa: E402
from conformance.check import DEPTHS  # noqa: E402
from conformance.render import Lines, listing  # noqa: E402
from conformance.run import DEFAULT_PATIENCE, Options, new_seed, run  # noqa: E402
from conformance.selection import select  # noqa: E402
from conformance.target import Target, UsageError, parse_address, reference_command  # noqa: E402

COMMANDS = ("run", "list", "selftest")


def main(arguments: list[str] | None = None) -> int:
    """Runs the command; gives its exit status: 0, 1 (failed), 2 (usage) or 3 (undecided)."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    if not words or words[0] not in (*COMMANDS, "-h", "--help", "--version"):
        words.insert(0, "run")  # `chat-conformance HOST:PORT` is a run
    parser = _parser()
    options = parser.parse_args(words)
    signal.signal(signal.SIGTERM, _terminated)  # so that a server that was started here is stopped, too
    try:
        status: int = options.act(options)
        sys.stdout.flush()
    except UsageError as error:
        print(f"chat-conformance: {error}", file=sys.stderr)
        return 2
    except BrokenPipeError:  # the reader of our lines has gone; nothing more can be said
        with contextlib.suppress(OSError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except KeyboardInterrupt:
        print("chat-conformance: interrupted", file=sys.stderr)
        return 130
    return status


def _terminated(number: int, frame: object) -> None:
    raise SystemExit(128 + number)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="chat-conformance",
        description="Judges a server of the framed chat protocol against the numbered requirements of its specification.",
        epilog="Exit status: 0 conformant, 1 a requirement failed, 2 usage, 3 undecided (unreachable, or no verdict).",
    )
    parser.add_argument("--version", action="version", version=f"chat-conformance {reports.version()}")
    commands = parser.add_subparsers(metavar="COMMAND", required=True)
    _add_run(commands.add_parser("run", help="judge a server (what is done when no command is given)"))
    lister = commands.add_parser("list", help="show every requirement and its checks")
    lister.set_defaults(act=_list)
    _add_selftest(commands.add_parser("selftest", help="judge the shipped faulty and friendly servers"))
    return parser


def _add_run(parser: argparse.ArgumentParser) -> None:
    parser.set_defaults(act=_run)
    add = parser.add_argument
    add("address", nargs="?", metavar="HOST:PORT", help="the server; without it, the reference server is started")
    add("--command", metavar="'CMD … [{port}]'", help="starts the server, and starts it again when it dies")
    add("--pid", type=_positive_int, help="the server's process: its memory and descriptors are judged too")
    add("--class", dest="cls", choices=("core", "hardened"), default="hardened", help="what the exit status is about")
    add("--only", action="append", default=[], metavar="IDS", help="only these ids or sections, such as FRAME,RELAY-5")
    add("--skip", action="append", default=[], metavar="IDS", help="not these")
    add("--depth", choices=DEPTHS, default="standard", help="how many examples")
    add("--seed", type=_seed, metavar="N", help="draws the same examples again")
    add("--timeout", type=_seconds, default=DEFAULT_PATIENCE, metavar="S", help="seconds of one wait, at least 5")
    add("--time-limit", type=_seconds, metavar="S", help="seconds after which no further check is begun")
    add("--gentle", action=argparse.BooleanOptionalAction, help="spare a server with other people on it")
    add("--strict", action="store_true", help="a warning fails")
    add("--stop-on-first", action="store_true", help="stop at the first failure")
    add("--baseline", type=Path, metavar="FILE", help="known failures, an id a line; one that is mended fails")
    add("--json", type=Path, metavar="FILE", help="write the report")


def _add_selftest(parser: argparse.ArgumentParser) -> None:
    parser.set_defaults(act=_selftest)
    parser.add_argument(
        "names", nargs="*", metavar="NAME", help="only these; `python -m conformance.faults --list` has all"
    )
    parser.add_argument("--jobs", type=_positive_int, metavar="N", help="how many at once")
    parser.add_argument("--depth", choices=DEPTHS, default="quick", help="how many examples")
    parser.add_argument(
        "--sample", type=_positive_int, metavar="N", help="only so many faulty servers, of every requirement"
    )


def _positive_int(text: str) -> int:
    number = int(text)
    if number <= 0:
        raise argparse.ArgumentTypeError(f"{text} is not above 0")
    return number


def _seed(text: str) -> int:
    number = int(text)
    if number < 0:
        raise argparse.ArgumentTypeError(f"{text} is below 0")
    return number


def _seconds(text: str) -> float:
    number = float(text)
    if not 0 < number < 1e6:
        raise argparse.ArgumentTypeError(f"{text} is no number of seconds above 0")
    return number


def _run(arguments: argparse.Namespace) -> int:
    options = Options(
        cls=arguments.cls,
        only=arguments.only,
        skip=arguments.skip,
        depth=arguments.depth,
        seed=arguments.seed if arguments.seed is not None else new_seed(),
        timeout=arguments.timeout,
        time_limit=arguments.time_limit,
        gentle=arguments.gentle,
        strict=arguments.strict,
        stop_on_first=arguments.stop_on_first,
        baseline=baseline.read(arguments.baseline) if arguments.baseline is not None else None,
    )
    if options.timeout < DEFAULT_PATIENCE:
        raise UsageError(f"--timeout is at least {DEFAULT_PATIENCE:g}: the specification gives a server that long")
    if not select("server", options.only, options.skip):
        raise UsageError("nothing is selected: --only and --skip leave no requirement of a server")
    _writable(arguments.json)
    target = _target(arguments)
    printer = Lines(sys.stdout)
    printer.begin(_name(arguments, target), options)
    report = run(target, options, printer.heard)
    printer.end(report)
    if arguments.json is not None:
        reports.write(report, arguments.json)
    return 130 if report.interrupted else report.exit_status


def _writable(path: Path | None) -> None:
    """Finds out before the run that its report could not be written behind it."""
    if path is None:
        return
    try:
        with path.open("a", encoding="ascii"):
            pass
    except OSError as error:
        raise UsageError(f"cannot write {path}: {error.strerror}") from error


def _target(arguments: argparse.Namespace) -> Target:
    address = parse_address(arguments.address) if arguments.address else None
    command = shlex.split(arguments.command, posix=os.name != "nt") if arguments.command else None
    if command is not None and not command:
        raise UsageError("--command is empty")
    if address is None and command is None:
        if arguments.pid is not None:
            raise UsageError("--pid goes with the address of a running server")
        command = reference_command()
    if command is not None and arguments.pid is not None:
        raise UsageError("--pid and --command exclude each other: a started server's process is known")
    return Target(address, command, arguments.pid)


def _name(arguments: argparse.Namespace, target: Target) -> str:
    if arguments.address:
        return target.name
    return f"{target.name} ({'started by --command' if arguments.command else 'the reference server'})"


def _list(arguments: argparse.Namespace) -> int:
    listing(sys.stdout)
    return 0


def _selftest(arguments: argparse.Namespace) -> int:
    from conformance import selftest  # the shipped servers are needed for nothing else

    known = selftest.names()
    for name in arguments.names:
        if name not in known:
            raise UsageError(f"no shipped server {name!r}; `python -m conformance.faults --list` shows them all")
    names = arguments.names or sorted(known)
    if arguments.sample is not None:
        names = selftest.sample(arguments.sample)
    jobs = arguments.jobs or selftest.default_jobs()
    return selftest.selftest(names, arguments.depth, jobs, Lines(sys.stdout).line)
