"""Grading: many servers judged with one command, each in processes of its own and within limits.

It is no sandbox: docs/grading.md says what holds, and what to use where more has to hold.
"""

import argparse
import os
from collections.abc import Callable
from pathlib import Path

from conformance.arguments import positive


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Gives a parser the arguments of `chat-conformance grade`."""
    add = parser.add_argument
    add("servers", type=Path, metavar="SERVERS.toml", help="the servers, their limits and the points")
    add("--out", type=Path, required=True, metavar="DIR", help="where reports and tables go; a new or empty folder")
    add("--jobs", type=positive, metavar="N", help="how many servers at once; default: as many as there are processors")
    add("--depth", choices=("quick", "standard", "thorough"), help="how many examples, whatever SERVERS.toml says")
    add("--resume", action="store_true", help="DIR is from an earlier run: judge what has no result there yet")
    add("--keep", action="store_true", help="leave each server's scratch folder, with what it wrote there")


def main(arguments: argparse.Namespace, say: Callable[[str], None]) -> int:
    """Grades servers.

    Args:
        arguments: what `add_arguments` asked for.
        say: told every line of progress and of the summary.

    Returns:
        0 if every server was judged, whatever the verdicts; 3 if one could not be.

    Raises:
        UsageError: SERVERS.toml or the folder is not as it must be.
        KeyboardInterrupt, SystemExit: from outside; everything that was started has ended, the results so far are written.
    """
    if os.name != "posix":
        from conformance.target import UsageError

        raise UsageError("grade needs a POSIX system: it ends what servers have started by sessions and signals")
    from conformance.grading.grade import grade  # the processes of each server import this package too

    return grade(arguments.servers, arguments.out, arguments, say)
