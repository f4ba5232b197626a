"""The command `chat-conformance client`: judges a client, with the options of a run that make sense for one."""

import argparse
import os
import sys
from pathlib import Path

from conformance import baseline, outputs
from conformance.arguments import seconds, seed
from conformance.check import DEPTHS
from conformance.clients.launch import Client
from conformance.hints import hint
from conformance.render import Lines
from conformance.reports.github import announce, quiet
from conformance.run import DEFAULT_PATIENCE, Options, new_seed
from conformance.selection import select
from conformance.target import UsageError, words_of
from conformance.terminal import is_lively

_EPILOG = """\
The suite is the server, on a free port of 127.0.0.1, and the client's user: it types lines into its standard input and
reads its standard output and standard error. The client is started anew for each conversation. {nick}, {host} and {port}
in the command are replaced; without {nick} the nick is the first line that is typed. TZ is UTC.

exit status: 0 conformant, 1 a requirement failed, 2 usage, 3 undecided (it cannot be started, or no verdict)
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the options to the parser of the command."""
    parser.epilog = _EPILOG
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    add = parser.add_argument
    add("--command", required=True, metavar="'CMD … {nick} {host} {port}'", help="starts the client")
    add(
        "--pty",
        action=argparse.BooleanOptionalAction,
        help="its standard output is a pseudo-terminal, or (--no-pty) a pipe; default: a pipe, and if nothing comes out of"
        " it before the client ends, a pseudo-terminal",
    )
    add("--class", dest="cls", choices=("core", "hardened"), default="hardened", help="what the exit status is about")
    add("--only", action="append", default=[], metavar="IDS", help="only these ids or sections, such as CLIENT,FRAME-6")
    add("--skip", action="append", default=[], metavar="IDS", help="not these")
    add("--depth", choices=DEPTHS, default="standard", help="how many examples")
    add("--seed", type=seed, metavar="N", help="draws the same examples again")
    add("--timeout", type=seconds, default=DEFAULT_PATIENCE, metavar="S", help="seconds of one wait, at least 5")
    add("--time-limit", type=seconds, metavar="S", help="seconds after which no further check is begun")
    add("--strict", action="store_true", help="a warning fails")
    add("--stop-on-first", action="store_true", help="stop at the first failure")
    add("--baseline", type=Path, metavar="FILE", help="known failures, an id a line; one that is mended fails")
    outputs.add_arguments(parser, capsules=False)


def main(arguments: argparse.Namespace) -> int:
    """Judges a client; gives the exit status.

    Raises:
        UsageError: the options make no sense.
    """
    client, options = _client(arguments), _options(arguments)
    if not select("client", options.only, options.skip):
        raise UsageError("nothing is selected: --only and --skip leave no requirement of a client")
    outputs.check(arguments)
    from conformance.clients.run import judge  # not on every system
    from conformance.report import as_json

    with quiet(os.environ, sys.stdout), _printer() as printer:
        printer.goes_on = outputs.are_wanted(arguments)
        printer.begin(client.name, options)
        report = judge(client, options, printer.heard, printer.begins)
        data = as_json(report)
        printer.end(report, (), hint)
    try:
        outputs.write(arguments, data)
    finally:
        announce(data, os.environ, sys.stdout)
    return report.interrupted or report.exit_status


def _client(arguments: argparse.Namespace) -> Client:
    client = Client(tuple(words_of(arguments.command)), arguments.pty)
    client.check()
    return client


def _options(arguments: argparse.Namespace) -> Options:
    if arguments.timeout < DEFAULT_PATIENCE:
        raise UsageError(f"--timeout is at least {DEFAULT_PATIENCE:g}: the specification gives a client that long")
    return Options(
        cls=arguments.cls,
        only=arguments.only,
        skip=arguments.skip,
        depth=arguments.depth,
        seed=arguments.seed if arguments.seed is not None else new_seed(),
        timeout=arguments.timeout,
        time_limit=arguments.time_limit,
        strict=arguments.strict,
        stop_on_first=arguments.stop_on_first,
        baseline=baseline.read(arguments.baseline) if arguments.baseline is not None else None,
    )


def _printer() -> Lines:
    if not is_lively(sys.stdout):
        return Lines(sys.stdout, "client")
    from conformance.live import Live  # nothing else needs what it is made of

    return Live(sys.stdout, "client")
