"""Reading a journal in whatever state a server has left it."""

import contextlib
import shutil
import sqlite3
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from reference_server import reader as module
from reference_server.journal import Journal, JournalError
from reference_server.reader import Reader
from reference_server.room import Entry
from tests.reference_server.helpers import DEADLINE_S
from tests.reference_server.test_cli import ROOT
from tests.reference_server.test_journal import SOME, _newer, _other, _random

Done = subprocess.CompletedProcess[bytes]
AS_NOBODY = """
import os, sys
from pathlib import Path
from reference_server.cli import main
from reference_server.journal import Journal
if os.geteuid() == 0:
    os.setgroups([])
    os.setgid(65534)
    os.setuid(65534)
"""


def texts(path: Path) -> list[str]:
    """Of all entries, both ways round."""
    with contextlib.closing(Reader(path)) as reader:
        last = reader.last_number()
        rows = list(reader.oldest_first(0, last))
        assert rows == list(reader.newest_first(last))[::-1]
        assert [row.number for row in rows] == list(range(1, last + 1))
    return [row.text for row in rows]


def test_pages_are_seamless(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """However many entries there are."""
    monkeypatch.setattr(module, "PAGE_ENTRIES", 3)
    with contextlib.closing(Journal(tmp_path / "j.db")) as journal:
        for number in range(8):
            assert texts(tmp_path / "j.db") == [str(each) for each in range(number)]
            journal.append([Entry("", "ann", str(number))])


def test_what_comes_meanwhile_waits(tmp_path: Path) -> None:
    """An end was set before reading; what came after it is read from there."""
    with contextlib.closing(Journal(tmp_path / "j.db")) as journal:
        journal.append(SOME)
        with contextlib.closing(Reader(tmp_path / "j.db")) as reader:
            last = reader.last_number()
            journal.append(SOME)
            assert len(list(reader.oldest_first(0, last))) == 2
            assert len(list(reader.oldest_first(last, reader.last_number()))) == 2


def test_since(tmp_path: Path) -> None:
    """Entries with that very stamp are among them, also when the clock was set back in between."""
    times = [
        "2026-01-01T00:00:00.000Z",
        "2026-01-01T00:00:00.001Z",
        "2025-12-31T23:59:59.999Z",
        "2026-01-02T00:00:00.000Z",
    ]
    with contextlib.closing(Journal(tmp_path / "j.db")) as journal:
        journal.append([Entry(time, "ann", "") for time in times])
    with contextlib.closing(Reader(tmp_path / "j.db")) as reader:
        for rows in (reader.oldest_first(0, 4, times[1]), reader.newest_first(4, times[1])):
            assert sorted(row.number for row in rows) == [2, 4]


def test_reading_holds_up_nobody(tmp_path: Path) -> None:
    """A reader in the middle of the file keeps no transaction open: the write-ahead log can be put back into it."""
    with contextlib.closing(Journal(tmp_path / "j.db")) as journal:
        journal.append(SOME)
        with contextlib.closing(Reader(tmp_path / "j.db")) as reader:
            rows = reader.oldest_first(0, 2)
            next(rows)
            journal.append(SOME)
            assert journal._file.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0] == 0  # 1 is "busy"


def killed(folder: Path) -> Path:
    """A journal as a killed server leaves it."""
    path = folder / "j.db"
    with contextlib.closing(Journal(path)) as journal:
        journal.append(SOME)
        journal.append(SOME)
        for each in list(folder.iterdir()):
            shutil.copy(each, folder / f"copy-{each.name}")
    for each in list(folder.iterdir()):
        each.unlink() if not each.name.startswith("copy-") else each.rename(folder / each.name.removeprefix("copy-"))
    assert (folder / "j.db-wal").stat().st_size > 0
    return path


def test_after_a_kill(tmp_path: Path) -> None:
    """What is only in the write-ahead log is read too, and stays for the server."""
    path = killed(tmp_path)
    assert len(texts(path)) == 4
    Journal(path).close()
    assert len(texts(path)) == 4


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that everybody may look into."""
    folder = Path(tempfile.mkdtemp())
    folder.chmod(0o755)
    yield folder
    folder.chmod(0o755)
    shutil.rmtree(folder)


def as_nobody(path: Path, run: str = "sys.exit(main(['log', '--journal', sys.argv[1]]))") -> Done:
    """Reads for somebody who may not write there; root, who may everything, steps down when all is imported."""
    command = [sys.executable, "-c", AS_NOBODY + run, str(path)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, timeout=DEADLINE_S, check=False)


@pytest.mark.skipif(sys.platform == "win32", reason="other permissions")
@pytest.mark.parametrize("state", ["ended", "killed"])
def test_in_a_folder_that_may_not_be_written(open_folder: Path, state: str) -> None:
    """Of a server that has ended there is only the file; one that was killed leaves more."""
    if state == "killed":
        path = killed(open_folder)
    else:
        path = open_folder / "j.db"
        with contextlib.closing(Journal(path)) as journal:
            journal.append([*SOME, *SOME])
    open_folder.chmod(0o555)

    done = as_nobody(path)

    assert done.stderr == b""
    assert len(done.stdout.splitlines()) == 4


@pytest.mark.skipif(sys.platform == "win32", reason="other permissions")
def test_half_a_copy_in_a_folder_that_may_not_be_written(open_folder: Path) -> None:
    """Better than what is in the file alone: it would be read as if nothing were missing."""
    path = killed(open_folder)
    (open_folder / "j.db-shm").unlink()
    open_folder.chmod(0o555)

    done = as_nobody(path)

    assert done.returncode == 1
    assert b"copy it and j.db-wal into a folder that you may write" in done.stderr


@pytest.mark.skipif(sys.platform == "win32", reason="other permissions")
def test_an_unreadable_journal(open_folder: Path) -> None:
    """One line."""
    path = open_folder / "j.db"
    Journal(path).close()
    path.chmod(stat.S_IWUSR)
    open_folder.chmod(0o555)

    done = as_nobody(path)

    assert done.returncode == 1
    assert len(done.stderr.splitlines()) == 1


@pytest.mark.skipif(sys.platform == "win32", reason="other permissions")
@pytest.mark.parametrize(("folder", "file"), [(0o777, 0o444), (0o555, 0o666)])
def test_a_server_notices_at_its_start_that_it_may_not_write(open_folder: Path, folder: int, file: int) -> None:
    """The file, or beside it; not with the first message."""
    path = open_folder / "j.db"
    Journal(path).close()
    for each in open_folder.iterdir():
        each.chmod(file)
    (open_folder / "j.db-lock").unlink()
    open_folder.chmod(folder)

    done = as_nobody(path, "Journal(Path(sys.argv[1]))")

    last = done.stderr.decode().splitlines()[-1]
    assert last.startswith(f"reference_server.journal.JournalError: journal {path}: it ")


@pytest.mark.parametrize("prepare", [lambda path: None, Path.mkdir, Path.touch, _random, _other])
def test_what_is_no_journal(tmp_path: Path, prepare: object) -> None:
    """One line, and nothing is made."""
    path = tmp_path / "j.db"
    prepare(path)  # type: ignore[operator]
    before = sorted(tmp_path.iterdir())

    with pytest.raises(JournalError) as raised:
        Reader(path)

    assert str(raised.value).startswith(f"journal {path}: ")
    assert sorted(tmp_path.iterdir()) == before


def test_a_newer_journal(tmp_path: Path) -> None:
    """It may have columns that we would pass over."""
    _newer(tmp_path / "j.db")
    with pytest.raises(JournalError, match="a newer chat-server's"):
        Reader(tmp_path / "j.db")


def test_damage_is_told(tmp_path: Path) -> None:
    """When the file is opened: by bounds of the number SQLite finds less of this one, without a word."""
    path = tmp_path / "j.db"
    with contextlib.closing(Journal(path)) as journal:
        journal.append([Entry("", "ann", "x" * 100)] * 1000)
    octets = path.read_bytes()
    path.write_bytes(octets[:40_000] + b"\xaa" * 8192 + octets[48_192:])

    with pytest.raises(JournalError, match="it is damaged"):
        Reader(path)


def test_another_programs_lock_is_waited_for_no_longer_than_its_end(tmp_path: Path) -> None:
    """A writer never keeps a reader waiting."""
    Journal(tmp_path / "j.db").close()
    with contextlib.closing(sqlite3.connect(tmp_path / "j.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        assert texts(tmp_path / "j.db") == []
