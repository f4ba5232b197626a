"""Reading a journal, whether a server writes it at the moment, has ended, or was killed."""

import contextlib
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from reference_server.journal import JournalError, check, told

PAGE_ENTRIES = 1000
# Those that say that a file in WAL mode cannot be given its shared memory because the folder may not be written.
_NO_SHARED_MEMORY = {sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY}


class Row(NamedTuple):
    """One entry, and its place in the room's order."""

    number: int
    time: str
    nick: str
    text: str


class Reader:
    """A journal to read; it is never changed.

    It is read page by page, no transaction stays open in between: the server can put its write-ahead log back into
    the file only as far as no reader holds on to an older state, and `log | less` may be left open overnight.

    Args:
        path: the file.

    Raises:
        JournalError: there is none, or it cannot be read.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        with told(path):
            if not path.is_file():
                raise JournalError(f"journal {path}: there is no such file")
            self._file = _open(path.resolve())

    def oldest_first(self, above: int, last: int, since: str = "") -> Iterator[Row]:
        """The entries with numbers above one and up to another.

        Args:
            above: 0 for all.
            last: see `last_number`; what comes while we read must not make this endless.
            since: a stamp; entries with an earlier one are passed over.

        Raises:
            JournalError: they cannot be read.
        """
        select = "SELECT * FROM entry WHERE number > ? AND number <= ? AND time >= ? ORDER BY number LIMIT ?"
        while page := self._page(select, above, last, since):
            yield from page
            above = page[-1].number

    def newest_first(self, last: int, since: str = "") -> Iterator[Row]:
        """All entries up to one, from there backwards; see `oldest_first`."""
        select = "SELECT * FROM entry WHERE number <= ? AND time >= ? ORDER BY number DESC LIMIT ?"
        while page := self._page(select, last, since):
            yield from page
            last = page[-1].number - 1

    def _page(self, select: str, *bounds: int | str) -> list[Row]:
        with told(self.path):
            rows = self._file.execute(select, (*bounds, PAGE_ENTRIES)).fetchall()
        return [Row(*row) for row in rows]

    def last_number(self) -> int:
        """The place of the newest entry, 0 if there is none."""
        with told(self.path):
            (number,) = self._file.execute("SELECT ifnull(max(number), 0) FROM entry").fetchone()
        return int(number)

    def close(self) -> None:
        """Closes the file."""
        self._file.close()


def _open(path: Path) -> sqlite3.Connection:
    try:
        return _opened(path, "mode=ro")
    except sqlite3.Error as error:
        if error.sqlite_errorcode & 0xFF not in _NO_SHARED_MEMORY:
            raise
    # The server ended as it should if nothing is left in the write-ahead log: then the file is all, and stays as it is.
    wal = path.with_name(f"{path.name}-wal")
    if wal.exists() and wal.stat().st_size:
        raise JournalError(
            f"journal {path}: copy it and {wal.name} into a folder that you may write, and read it there"
        )
    return _opened(path, "mode=ro&immutable=1")


def _opened(path: Path, query: str) -> sqlite3.Connection:
    with contextlib.ExitStack() as opened:
        file = sqlite3.connect(f"{path.as_uri()}?{query}", uri=True, isolation_level=None)
        opened.callback(file.close)
        check(file, path)
        opened.pop_all()
    return file
