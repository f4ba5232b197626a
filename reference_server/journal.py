"""The journal: all that the room hears, in an SQLite file, committed before anybody is sent it.

The file is in WAL mode, so that `chat-server log` reads while the server writes. A turn of the server's loop is one
transaction: to commit costs much more than a row does.

`synchronous` is NORMAL. What is committed is with the kernel, so a killed process loses nothing, whatever is set. When
the machine itself fails, FULL would keep the last turns too, for an fsync a turn during which nobody is served (0.2 to
8 ms where it was tried); NORMAL may lose those since the last checkpoint but leaves a sound file, and OFF might not.
"""

import contextlib
import sqlite3
from collections.abc import Iterator, Sequence
from pathlib import Path

import platformdirs

from reference_server.room import Entry
from spec import nicks

APPLICATION_ID = 0x63686174  # "chat"; with it file(1) and we ourselves tell a journal from any other database
SCHEMA = 1  # PRAGMA user_version
WAIT_S = 5.0  # at most, for another program that writes to the file, such as one that deletes old entries; all wait
CHECKED_OCTETS = 256 << 20  # up to this size it takes about a second at most to check the whole file when it is opened

_CREATE = """
CREATE TABLE entry (
    number INTEGER PRIMARY KEY,  -- the order in which the room heard them
    time TEXT NOT NULL,          -- the three fields, as they stand on the wire
    nick TEXT NOT NULL,          -- 'Server' for announcements
    text TEXT NOT NULL
)
"""
_INSERT = "INSERT INTO entry (time, nick, text) VALUES (?, ?, ?)"
_LATEST = "SELECT time, nick, text FROM entry WHERE nick <> ? ORDER BY number DESC LIMIT ?"
_REASONS = {
    sqlite3.SQLITE_BUSY: "another program holds it locked",
    sqlite3.SQLITE_CANTOPEN: "it cannot be opened",
    sqlite3.SQLITE_CORRUPT: "it is damaged",
    sqlite3.SQLITE_FULL: "there is no room left for it",
    sqlite3.SQLITE_IOERR: "the disk refuses",
    sqlite3.SQLITE_NOTADB: "it is no SQLite file",
    sqlite3.SQLITE_PERM: "it may not be opened",
    sqlite3.SQLITE_READONLY: "it may not be written",
}


class JournalError(Exception):
    """A journal that cannot be used; one line that says which, and why."""


def default_path(port: int) -> Path:
    """Where the journal of the server on a port is, if nobody says otherwise: in the user's folder for state."""
    return platformdirs.user_state_path("chatproto", appauthor=False) / f"journal-{port}.db"


@contextlib.contextmanager
def told(path: Path) -> Iterator[None]:
    """Turns whatever SQLite raises into a JournalError."""
    try:
        yield
    except sqlite3.Error as error:
        raise _error(path, error) from error
    except OSError as error:  # a folder that may not be looked into, a name that is too long
        raise JournalError(f"journal {path}: {error.strerror}") from error


def _error(path: Path, error: sqlite3.Error) -> JournalError:
    code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR)  # extended: the lower octet is the kind
    reason = _REASONS.get(code & 0xFF)
    return JournalError(f"journal {path}: {reason} ({error})" if reason else f"journal {path}: {error}")


def check(file: sqlite3.Connection, path: Path) -> None:
    """Makes sure that it is a journal that we understand, and sound: some damage looks like a shorter file.

    Raises:
        JournalError: it is another program's, or a newer server's.
        sqlite3.Error: it is no SQLite file, or damaged.
    """
    (application,) = file.execute("PRAGMA application_id").fetchone()
    (schema,) = file.execute("PRAGMA user_version").fetchone()
    if application != APPLICATION_ID:
        raise JournalError(f"journal {path}: it is no journal of a chat-server, and is left as it is")
    if schema > SCHEMA:
        raise JournalError(f"journal {path}: it is a newer chat-server's (schema {schema}; this one knows {SCHEMA})")
    if path.stat().st_size <= CHECKED_OCTETS:
        (found,) = file.execute("PRAGMA quick_check(1)").fetchone()
        if found != "ok":
            raise JournalError(f"journal {path}: it is damaged ({found.splitlines()[-1]})")


class Journal:
    """A journal to write to, made if it is not there. Only one server at a time has it.

    Args:
        path: the file; its folder exists.

    Raises:
        JournalError: it cannot be one.
    """

    def __init__(self, path: Path) -> None:
        with told(path), contextlib.ExitStack() as opened:
            self.path = path.resolve()
            if not self.path.parent.is_dir():
                raise JournalError(f"journal {self.path}: there is no folder {self.path.parent}")
            if self.path.is_dir():
                raise JournalError(f"journal {self.path}: it is a folder")
            self._file = opened.enter_context(contextlib.closing(_connect(self.path)))
            if not _fresh(self._file):
                check(self._file, self.path)  # before anything is made beside what is somebody else's
            opened.enter_context(contextlib.closing(_lock(self.path)))
            _prepare(self._file, self.path)
            self._identity = _identity(self.path)
            self._opened = opened.pop_all()

    def append(self, entries: Sequence[Entry]) -> None:
        """Commits entries behind all others, all of them or none.

        Raises:
            JournalError: none.
        """
        try:
            if _identity(self.path) != self._identity:  # SQLite would go on with a file that has no name any more
                raise JournalError(f"journal {self.path}: it was removed, or another one put into its place")
            self._file.execute("BEGIN IMMEDIATE")
            self._file.executemany(_INSERT, entries)
            self._file.execute("COMMIT")
        except sqlite3.Error as error:
            with contextlib.suppress(sqlite3.Error):
                self._file.rollback()
            raise _error(self.path, error) from error

    def latest_chat(self, count: int) -> list[Entry]:
        """The last entries that are no announcements, the oldest first.

        Raises:
            JournalError: they cannot be read.
        """
        with told(self.path):
            rows = self._file.execute(_LATEST, (nicks.SERVER_NICK, count)).fetchall()
        return [Entry(*row) for row in reversed(rows)]

    def close(self) -> None:
        """Lets another server have it."""
        with contextlib.suppress(
            sqlite3.Error
        ):  # the last checkpoint, on a full disk; the next opening makes up for it
            self._opened.close()


def _identity(path: Path) -> tuple[int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


def _connect(path: Path) -> sqlite3.Connection:
    # Autocommit, so that transactions are where we say. The loop may run in another thread than the start.
    uri = f"{path.as_uri()}?mode=rwc"
    return sqlite3.connect(uri, uri=True, timeout=WAIT_S, isolation_level=None, check_same_thread=False)


def _lock(path: Path) -> sqlite3.Connection:
    """Holds a lock as long as the connection is open, whatever ends the process.

    SQLite's own locks would let two servers write by turns. So a second, always empty file beside the journal is kept
    locked, by SQLite too: it knows how to on every system.
    """
    lock = _connect(path.with_name(f"{path.name}-lock"))
    try:
        lock.execute("PRAGMA busy_timeout = 0")
        lock.execute("PRAGMA journal_mode = MEMORY")  # else there would be a third file
        lock.execute("BEGIN EXCLUSIVE")
    except sqlite3.Error as error:
        lock.close()
        if getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_BUSY:
            raise JournalError(f"journal {path}: another server is writing it") from error
        raise
    return lock


def _fresh(file: sqlite3.Connection) -> bool:
    """Whether nothing was ever made in it."""
    (changes,) = file.execute("PRAGMA schema_version").fetchone()
    return int(changes) == 0


def _prepare(file: sqlite3.Connection, path: Path) -> None:
    (mode,) = file.execute("PRAGMA journal_mode = WAL").fetchone()
    if mode != "wal":
        raise JournalError(f"journal {path}: its file system cannot share memory (WAL), only {mode}")
    file.execute("PRAGMA synchronous = NORMAL")
    file.execute("BEGIN IMMEDIATE")
    if _fresh(file):
        file.execute(_CREATE)
    file.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    file.execute(
        f"PRAGMA user_version = {SCHEMA}"
    )  # it is there already as a rule; that it cannot be written shows now
    file.execute("COMMIT")
