"""Journal and history, as the command line asks for them."""

import argparse
import logging
from pathlib import Path

from reference_server.hall import Hall
from reference_server.history import MOST_MESSAGES, History
from reference_server.journal import Journal, JournalError, default_path
from reference_server.recorder import CONTINUE, STOP, Recorder
from reference_tools import folders

NO_JOURNAL = 3  # the exit status
NONE = "none"

log = logging.getLogger(__name__)


def add_options(parser: argparse.ArgumentParser) -> None:
    """`--journal`, `--journal-on-error`, `--history`."""
    folder = str(default_path(0).parent).replace("%", "%%")  # argparse formats its helps
    parser.add_argument(
        "--journal",
        type=_file,
        metavar="FILE",
        help=f"where everything said is recorded, or `{NONE}` (journal-PORT.db in {folder})",
    )
    parser.add_argument(
        "--journal-on-error",
        choices=(STOP, CONTINUE),
        default=STOP,
        help="what to do when the journal cannot be written (%(default)s)",
    )
    parser.add_argument(
        "--history",
        type=_count,
        default=0,
        metavar="N",
        help=f"show newcomers the last N messages, at most {MOST_MESSAGES} (%(default)s)",
    )


def _file(text: str) -> str:
    if not text:
        raise argparse.ArgumentTypeError(f"a file, or `{NONE}`, not nothing")
    return text


def _count(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 10 and int(text) <= MOST_MESSAGES):
        raise argparse.ArgumentTypeError(f"the messages for newcomers: 0 to {MOST_MESSAGES}, not {text!r}")
    return int(text)


def begin(hall: Hall, options: argparse.Namespace, port: int) -> Recorder | None:
    """Does what the options say, before anybody has joined.

    Args:
        hall: gets the recorder and the history.
        port: where the server listens; names the journal if nobody else does.

    Returns:
        To be closed in the end; None for no journal.

    Raises:
        JournalError: the journal cannot be used, and the server is to stop for that.
    """
    history = History(options.history) if options.history else None
    recorder = None if options.journal == NONE else _opened(options, port, history)
    if recorder is not None:
        hall.recorder = recorder
        hall.keepers.append(recorder.entries.append)
    if history is not None:
        hall.history = history
        hall.keepers.append(history.keep)
    return recorder


def _opened(options: argparse.Namespace, port: int, history: History | None) -> Recorder:
    try:
        journal = Journal(Path(options.journal) if options.journal else _made_default(port))
        _recall(journal, history, options.history)
    except JournalError as error:
        if options.journal_on_error == STOP:
            raise
        log.error("%s; the chat goes on and is NOT RECORDED (--journal-on-error)", error)
        return Recorder(None, CONTINUE)
    log.info("journal: %s", journal.path)
    return Recorder(journal, options.journal_on_error)


def _recall(journal: Journal, history: History | None, count: int) -> None:
    """Newcomers see also what was said before the server was started again."""
    if history is None:
        return
    try:
        for entry in journal.latest_chat(count):
            history.keep(entry)
    except JournalError:
        journal.close()
        raise


def _made_default(port: int) -> Path:
    path = default_path(port)
    try:
        folders.make_private(path.parent)  # what is said is nobody else's business
    except OSError as error:
        raise JournalError(f"journal {path}: its folder cannot be made ({error.strerror})") from error
    return path
