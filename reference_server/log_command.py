"""`chat-server log`: reads, filters, follows and exports a journal."""

import argparse
import contextlib
import itertools
import json
import os
import re
import select
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from pathlib import Path

from reference_server.journal import JournalError, default_path
from reference_server.options import Parser, within
from reference_server.reader import Reader, Row
from reference_server.settings import Settings
from reference_server.stamps import Stamps
from spec import display, nicks

DONE = 0
FAILED = 1
INTERRUPTED = 130  # as shells have it
# Between two looks at the journal. Each is a search for a key that is not there, some microseconds: what the processes
# share about an SQLite file is memory, and no system tells of a change of that.
FOLLOW_S = 0.2
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
_DURATION = re.compile(r"([0-9]{1,9})([smhdw])", re.ASCII)
_key = lru_cache(nicks.key)


def parser() -> argparse.ArgumentParser:
    """The command line of `chat-server log`."""
    made = Parser("chat-server log", description="Shows what a chat-server has recorded, also while it runs.")
    made.add_argument("--journal", type=Path, metavar="FILE", help="the one that the server said at its start")
    port = Settings().port
    made.add_argument(
        "--port", type=_port, default=port, help="without --journal: the default one of this port (%(default)s)"
    )
    made.add_argument(
        "--format", choices=("text", "jsonl"), default="text", help="lines for people, or JSON (%(default)s)"
    )
    made.add_argument(
        "--since",
        type=_since,
        metavar="TIME",
        help="2026-11-22T10:00:00Z (UTC if no zone), or 90s 15m 2h 7d 1w ago",
    )
    made.add_argument(
        "--nick",
        type=nicks.key,
        action="append",
        help="only this one's entries, compared as the server does; may be repeated",
    )
    made.add_argument("--grep", type=_pattern, metavar="REGEX", help="only entries whose text contains this")
    made.add_argument("-n", type=_count, metavar="N", help="only the last N of them")
    made.add_argument("--follow", "-f", action="store_true", help="go on with what comes, until Ctrl-C")
    return made


def _port(text: str) -> int:
    return within(text, int, 1, 65535, "a port")


def _since(text: str) -> str:
    """A stamp to compare with: they are of one form, so their order is that of the strings."""
    duration = _DURATION.fullmatch(text)
    try:
        if duration:
            moment = datetime.now(UTC) - timedelta(**{_UNITS[duration[2]]: int(duration[1])})
        else:
            moment = datetime.fromisoformat(text)
            moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
        return Stamps().stamp(int((moment - datetime(1970, 1, 1, tzinfo=UTC)) / timedelta(milliseconds=1)) * 1_000_000)
    except (ValueError, OverflowError) as error:
        raise argparse.ArgumentTypeError(
            f"a time such as 2026-11-22T10:00:00Z, or 15m for ago, not {text!r}"
        ) from error


def _pattern(text: str) -> re.Pattern[str]:
    try:
        return re.compile(text)
    except re.error as error:
        raise argparse.ArgumentTypeError(f"a regular expression, not {text!r}: {error}") from error


def _count(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise argparse.ArgumentTypeError(f"how many, not {text!r}")
    return int(text)


def main(arguments: Sequence[str]) -> int:
    """Shows a journal.

    Returns:
        0 when all was shown, its reader has gone, or following was interrupted; 1 if the journal cannot be read or
        the output not be written; 2 for a wrong command line; 130 if it was interrupted before.
    """
    options = parser().parse_args(arguments)
    if sys.stdout is None:  # `>&-`
        return DONE
    sys.stdout.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]  # what its encoding lacks
    path = options.journal or default_path(options.port)
    following = False
    try:
        with contextlib.closing(Reader(path)) as reader:
            last = reader.last_number()
            _print(_recorded(reader, last, options), options.format)
            following = options.follow
            while following:
                last = _next(reader, last, options)
    except KeyboardInterrupt:
        return DONE if following else INTERRUPTED
    except BrokenPipeError:  # `| head`
        _forget_output()
    except (JournalError, OSError) as error:
        _forget_output()
        print(f"chat-server log: {error}", file=sys.stderr)
        return FAILED
    return DONE


def _recorded(reader: Reader, last: int, options: argparse.Namespace) -> Iterable[Row]:
    """What is there and was asked for."""
    if options.n is None:
        return filter(_wanted(options), reader.oldest_first(0, last, options.since or ""))
    found = filter(_wanted(options), reader.newest_first(last, options.since or ""))
    return reversed(list(itertools.islice(found, options.n)))


def _next(reader: Reader, seen: int, options: argparse.Namespace) -> int:
    """Shows what has come; if nothing has, waits a little."""
    last = reader.last_number()
    if last > seen:
        _print(filter(_wanted(options), reader.oldest_first(seen, last, options.since or "")), options.format)
    elif _reader_gone(FOLLOW_S):
        raise BrokenPipeError
    return last


def _wanted(options: argparse.Namespace) -> Callable[[Row], bool]:
    def wanted(row: Row) -> bool:
        return (not options.nick or _key(row.nick) in options.nick) and (
            options.grep is None or options.grep.search(row.text) is not None
        )

    return wanted


def _print(rows: Iterable[Row], form: str) -> None:
    written = _json if form == "jsonl" else _line
    for row in rows:
        print(written(row))
    sys.stdout.flush()


def _line(row: Row) -> str:
    return display.line(row.time, row.nick, row.text)


def _json(row: Row) -> str:
    # Printable ASCII alone: what somebody said drives no terminal in this form either (CLIENT-4).
    return json.dumps({"time": row.time, "nick": row.nick, "text": row.text})


def _reader_gone(seconds: float) -> bool:
    """Waits; at once true if standard output is a pipe whose reader ends: `log --follow | head` must end some time."""
    if not hasattr(select, "poll"):  # Windows
        time.sleep(seconds)
        return False
    poll = select.poll()
    poll.register(sys.stdout.fileno(), 0)  # errors are always told
    return bool(poll.poll(seconds * 1000))


def _forget_output() -> None:
    """What is still in the buffer would raise once more when the interpreter ends."""
    with contextlib.suppress(OSError):
        sys.stdout.flush()
        return
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
