"""The command `chat-conformance`."""

import argparse
import os
import shlex
import signal
import sys
import threading
from types import FrameType

from conformance.intruders import check_packages

check_packages()  # before anything imports `spec`, which might be somebody else's

from conformance import baseline, outputs  # noqa: E402
from conformance import report as reports  # noqa: E402
from conformance.arguments import path, positive, seconds, seed  # noqa: E402
from conformance.capsule import write_all  # noqa: E402
from conformance.check import DEPTHS  # noqa: E402
from conformance.commands import add as add_commands  # noqa: E402
from conformance.hints import hint  # noqa: E402
from conformance.mishaps import INTERRUPTED, TERMINATED, Terminated  # noqa: E402
from conformance.render import Lines  # noqa: E402
from conformance.reports.github import announce, quiet  # noqa: E402
from conformance.run import DEFAULT_PATIENCE, Options, new_seed, run  # noqa: E402
from conformance.selection import select  # noqa: E402
from conformance.target import Target, UsageError, parse_address, reference_command  # noqa: E402
from conformance.terminal import forget, is_lively  # noqa: E402

COMMANDS = ("run", "client", "list", "explain", "replay", "matrix", "grade", "vectors", "selftest")


def main(arguments: list[str] | None = None) -> int:
    """Runs the command; gives its exit status: 0, 1 (failed), 2 (usage) or 3 (undecided)."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    if not words or words[0] not in (*COMMANDS, "-h", "--help", "--version"):
        words.insert(0, "run")  # `chat-conformance HOST:PORT` is a run
    parser = _parser()
    options = parser.parse_args(words)
    signal.signal(signal.SIGTERM, _stopped)  # so that a server that was started here is stopped, too
    if signal.getsignal(signal.SIGINT) is not signal.SIG_IGN:
        signal.signal(signal.SIGINT, _stopped)
    try:
        status: int = options.act(options)
        sys.stdout.flush()
    except UsageError as error:
        print(f"chat-conformance: {error}", file=sys.stderr)
        return 2
    except BrokenPipeError:  # the reader of our lines has gone; nothing more can be said
        forget(sys.stdout)
        return 1
    except Terminated:
        print("chat-conformance: ended by SIGTERM", file=sys.stderr)
        return TERMINATED
    except KeyboardInterrupt:
        print("chat-conformance: interrupted", file=sys.stderr)
        return INTERRUPTED
    return status


def _send(number: int) -> None:
    """Sends a signal to the main thread, and wakes it where the system can."""
    main_thread = threading.main_thread().ident
    if sys.platform != "win32" and main_thread is not None:
        signal.pthread_kill(main_thread, number)
    else:
        signal.raise_signal(number)


def _stopped(number: int, frame: FrameType | None) -> None:
    """Ends the command. An exception in a callback of the garbage collector, and hypothesis has one, is printed and
    forgotten: what arrives there has to come again."""
    if frame is not None and frame.f_code.co_name == "gc_callback":
        threading.Timer(0.02, _send, [number]).start()
    elif number == signal.SIGINT:
        raise KeyboardInterrupt
    else:
        raise Terminated


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="chat-conformance",
        description="Judges a server of the framed chat protocol against the numbered requirements of its specification.",
        epilog="Exit status: 0 conformant, 1 a requirement failed, 2 usage, 3 undecided (unreachable, or no verdict).",
    )
    parser.add_argument("--version", action="version", version=f"chat-conformance {reports.version()}")
    commands = parser.add_subparsers(metavar="COMMAND", required=True)
    _add_run(commands.add_parser("run", help="judge a server (what is done when no command is given)"))
    add_commands(commands)
    return parser


def _add_run(parser: argparse.ArgumentParser) -> None:
    parser.set_defaults(act=_run)
    add = parser.add_argument
    add("address", nargs="?", metavar="HOST:PORT", help="the server; without it, the reference server is started")
    add("--command", metavar="'CMD … [{port}]'", help="starts the server, and starts it again when it dies")
    add("--pid", type=positive, help="the server's process: its memory and descriptors are judged too")
    add("--class", dest="cls", choices=("core", "hardened"), default="hardened", help="what the exit status is about")
    add("--only", action="append", default=[], metavar="IDS", help="only these ids or sections, such as FRAME,RELAY-5")
    add("--skip", action="append", default=[], metavar="IDS", help="not these")
    add("--depth", choices=DEPTHS, default="standard", help="how many examples")
    add("--seed", type=seed, metavar="N", help="draws the same examples again")
    add("--timeout", type=seconds, default=DEFAULT_PATIENCE, metavar="S", help="seconds of one wait, at least 5")
    add("--time-limit", type=seconds, metavar="S", help="seconds after which the run ends: what is left is not run")
    add("--gentle", action=argparse.BooleanOptionalAction, help="spare a server with other people on it")
    add("--strict", action="store_true", help="a warning fails")
    add("--stop-on-first", action="store_true", help="stop at the first failure of the class")
    add("--baseline", type=path, metavar="FILE", help="known failures, an id a line; one that is mended fails")
    outputs.add_arguments(parser)


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
        capsules=arguments.capsules,
        server=_server(arguments),
    )
    if options.timeout < DEFAULT_PATIENCE:
        raise UsageError(f"--timeout is at least {DEFAULT_PATIENCE:g}: the specification gives a server that long")
    if not select("server", options.only, options.skip):
        raise UsageError("nothing is selected: --only and --skip leave no requirement of a server")
    outputs.check(arguments)
    target = _target(arguments)
    with quiet(os.environ, sys.stdout), _printer() as printer:
        printer.goes_on = outputs.are_wanted(arguments)
        printer.begin(_name(arguments, target), options)
        report = run(target, options, printer.heard, printer.begins)
        data = reports.as_json(report)
        printer.end(report, data["diagnosis"], hint)
    if arguments.capsules is not None:
        write_all(report, arguments.capsules)
    try:
        outputs.write(arguments, data)
    finally:
        announce(data, os.environ, sys.stdout)
    return report.interrupted or report.exit_status


def _server(arguments: argparse.Namespace) -> str:
    """The words of a command line that name the same server; the reference server is started by its own command."""
    address = [arguments.address] if arguments.address else []
    command = arguments.command or (None if address else "chat-server --quiet --journal none --port {port}")
    return shlex.join([*address, *(["--command", command] if command else [])])


def _printer() -> Lines:
    if not is_lively(sys.stdout):
        return Lines(sys.stdout)
    from conformance.live import Live  # nothing else needs what it is made of

    return Live(sys.stdout)


def _target(arguments: argparse.Namespace) -> Target:
    address = parse_address(arguments.address) if arguments.address is not None else None
    if address is None and arguments.command is None:
        if arguments.pid is not None:
            raise UsageError("--pid goes with the address of a running server")
        return Target(command=reference_command())
    return Target.of(address, arguments.command, arguments.pid)


def _name(arguments: argparse.Namespace, target: Target) -> str:
    if arguments.address:
        return target.name
    return f"{target.name} ({'started by --command' if arguments.command else 'the reference server'})"
