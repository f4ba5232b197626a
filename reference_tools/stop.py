"""The command `chat-stop`: ends the chat clients and servers of this user on this machine."""

import sys
import time
from collections.abc import Callable, Iterable, Sequence

import psutil

from reference_tools import running
from reference_tools.options import ArgumentParser, seconds, write_anything
from reference_tools.running import Entry, Standing
from spec import display

# A client that loses its server first would complain, and try to come back.
ORDER = (running.CLIENT, running.SERVER, running.WINDOW)
DEFAULT_TIMEOUT_S = 5.0  # a server gives itself 2 s to say good-bye
LOOK_S = 0.1  # psutil waits for the parent to take note of an end, and not every parent does: so we look ourselves
KILL_S = 5.0  # what is killed ends at once, unless the system itself holds it

_EPILOG = """\
Ended is only what chat-server and chat-client have noted about themselves when they started, and only after the
process was compared with its note: its user, its command line and when it began. No other program is touched, whatever
it is called. Clients go first, then servers. Each is asked to end (SIGTERM); what has not ended within --timeout is
killed. On Windows there is no asking. Beside the ones that are told to take no note by CHAT_UNLISTED=1 in their
environment, as chat-conformance tells the servers that it judges and ends itself, none is left.

exit status: 0 none of them runs now, 1 some still run, 2 bad usage
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command; gives its exit status."""
    write_anything()
    options = _parser().parse_args(arguments)
    ours, left = _sorted_out(running.entries())
    if not ours:
        print("no chat client or server of yours runs on this machine")
    for command in ORDER:
        group = [entry for entry in ours if entry.command == command]
        if options.dry_run:
            for entry in group:
                print(f"would end {name(entry)}")
        else:
            left += end(group, options.timeout)
    return 1 if left else 0


def end(group: Iterable[Entry], patience_s: float) -> list[Entry]:
    """Asks processes to end, kills those that do not, and says so.

    Args:
        group: entries that were compared with their processes.
        patience_s: what all of them have together before they are killed, in seconds.

    Returns:
        The entries of those that still run.
    """
    asked, left = {}, []
    for entry in group:
        print(f"asking {name(entry)} to end", flush=True)
        process = _told(entry, psutil.Process.terminate)
        if process is not None:
            asked[process] = entry
        elif running.standing(entry) is Standing.RUNNING:
            left.append(entry)
    deaf = _awaited(asked, asked, patience_s)
    for process in deaf:
        print(f"killing {name(asked[process])}: it has not ended within {patience_s:g} s", flush=True)
        _told(asked[process], psutil.Process.kill)
    left += [asked[process] for process in _awaited(deaf, asked, KILL_S)]
    for entry in left:
        _complain(f"cannot end {name(entry)}")
    return left


def name(entry: Entry) -> str:
    """A process as a person knows it, safe to print."""
    return display.safe(f"{entry.command} {entry.pid} ({entry.about})")


def _sorted_out(entries: Iterable[Entry]) -> tuple[list[Entry], list[Entry]]:
    """Those to end, and those that are left alone for want of certainty; what is out of date is struck out."""
    ours, doubtful = [], []
    for entry in entries:
        match running.standing(entry):
            case Standing.RUNNING:
                ours.append(entry)
            case Standing.DOUBTFUL:
                doubtful.append(entry)
                _complain(f"leaving {name(entry)} alone: it {Standing.DOUBTFUL.value}")
            case Standing.GONE | Standing.ANOTHER:
                running.forget(entry)
    return ours, doubtful


def _told(entry: Entry, tell: Callable[[psutil.Process], None]) -> psutil.Process | None:
    """Tells a process something, having looked once more whether it is ours; None if it was not told."""
    try:
        process = psutil.Process(entry.pid)
        # Its number can be given to another process at any moment, so the look is the last thing before the signal;
        # psutil, too, compares the start of the process that it holds before it sends anything.
        if running.standing(entry) is not Standing.RUNNING:
            return None
        tell(process)
    except psutil.Error:
        return None
    return process


def _awaited(
    processes: Iterable[psutil.Process], entries: dict[psutil.Process, Entry], patience_s: float
) -> list[psutil.Process]:
    """Waits for the ends of processes, says them, and gives those that have not ended."""
    waiting = list(processes)
    until = time.monotonic() + patience_s
    while waiting:
        left_s = max(0.0, until - time.monotonic())
        psutil.wait_procs(waiting, timeout=min(LOOK_S, left_s))
        gone = [process for process in waiting if running.standing(entries[process]) is not Standing.RUNNING]
        for process in gone:
            print(f"ended {name(entries[process])}", flush=True)
            running.forget(entries[process])  # what was killed could not do it
        waiting = [process for process in waiting if process not in gone]
        if not left_s:
            break
    return waiting


def _complain(sentence: str) -> None:
    print(f"chat-stop: {sentence}", file=sys.stderr, flush=True)


def _parser() -> ArgumentParser:
    parser = ArgumentParser("chat-stop", "Ends all chat clients and servers of yours on this machine.", _EPILOG)
    parser.add_argument(
        "--timeout",
        type=seconds,
        default=DEFAULT_TIMEOUT_S,
        metavar="S",
        help="seconds that they have to end by themselves (%(default)g)",
    )
    parser.add_argument("--dry-run", action="store_true", help="only say what would be ended")
    return parser


if __name__ == "__main__":
    sys.exit(main())
