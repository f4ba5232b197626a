"""The journal's file: what is in it, who may write it, and what is said when it cannot be one."""

import contextlib
import sqlite3
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reference_server import journal as module
from reference_server.journal import Journal, JournalError, default_path
from reference_server.room import Entry

LEGAL = st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="\0")
)  # what a field can be (BODY-1, BODY-2)
SOME = [
    Entry("2026-01-01T00:00:00.000Z", nick, text) for nick, text in [("Server", "[ann] joined the chat"), ("ann", "1")]
]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where a journal may be made."""
    return tmp_path / "a journal#?%41.db"


@pytest.fixture
def journal(path: Path) -> Iterator[Journal]:
    """An empty one."""
    with contextlib.closing(Journal(path)) as made:
        yield made


def stored(path: Path) -> list[tuple[str, ...]]:
    """What another program reads, and that the file is sound."""
    with contextlib.closing(sqlite3.connect(path)) as file:
        assert file.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        return file.execute("SELECT time, nick, text FROM entry ORDER BY number").fetchall()


@given(st.lists(st.lists(st.builds(Entry, LEGAL, LEGAL, LEGAL), max_size=3), max_size=3))
@settings(max_examples=25, deadline=None, database=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_what_is_appended_is_there_as_it_was(
    tmp_path_factory: pytest.TempPathFactory, turns: list[list[Entry]]
) -> None:
    """Any legal text, in the order of the calls, while the journal is open and afterwards."""
    path = tmp_path_factory.mktemp("journal") / "j.db"
    expected = [entry for turn in turns for entry in turn]
    with contextlib.closing(Journal(path)) as journal:
        for turn in turns:
            journal.append(turn)
        assert stored(path) == expected
    assert stored(path) == expected


@pytest.mark.parametrize(
    "text", ["\ufeffBOM", "\uffff\U0010ffff", "x" * 1_048_576, "1", " ", "", "'; DROP TABLE entry; --"]
)
def test_texts_to_remember(journal: Journal, path: Path, text: str) -> None:
    """None is cut, trimmed, or taken for a number."""
    journal.append([Entry("", "ann", text)])

    assert stored(path) == [("", "ann", text)]


def test_it_goes_on_where_it_ended(path: Path) -> None:
    """A server that is started again writes behind what was there."""
    for entry in SOME:
        with contextlib.closing(Journal(path)) as journal:
            journal.append([entry])

    assert stored(path) == SOME


def test_it_is_in_wal_mode_and_named(journal: Journal, path: Path) -> None:
    """So that it is read while it is written; and another program can tell what it is."""
    with contextlib.closing(sqlite3.connect(path)) as file:
        found = [
            file.execute(f"PRAGMA {name}").fetchone()[0] for name in ("journal_mode", "application_id", "user_version")
        ]

    assert found == ["wal", 0x63686174, 1]


def test_the_latest_chat_is_without_announcements(journal: Journal) -> None:
    """Oldest first."""
    journal.append([*SOME, *(Entry("", "bob", str(number)) for number in range(5)), *SOME[:1]])

    assert [entry.text for entry in journal.latest_chat(3)] == ["2", "3", "4"]
    assert len(journal.latest_chat(100)) == 6


def test_one_server_a_journal(journal: Journal, path: Path) -> None:
    """By whatever name the second calls it; when the first has ended, another may have it."""
    link = path.with_name("link.db")
    link.symlink_to(path)
    for name in (path, link):
        with pytest.raises(JournalError, match="another server is writing it"):
            Journal(name)
    journal.close()
    Journal(link).close()


def _nothing(path: Path) -> None:
    path.rmdir()


def _random(path: Path) -> None:
    path.write_bytes(b"hello, world! " * 500)


def _other(path: Path) -> None:
    with contextlib.closing(sqlite3.connect(path)) as file:
        file.execute("CREATE TABLE entry (a, b, c)")


def _newer(path: Path) -> None:
    Journal(path).close()
    with contextlib.closing(sqlite3.connect(path)) as file:
        file.execute("PRAGMA user_version = 2")


def _filled(path: Path) -> bytes:
    with contextlib.closing(Journal(path)) as journal:
        journal.append([Entry("", "ann", "x" * 100)] * 1000)
    return path.read_bytes()


def _cut(path: Path) -> None:
    octets = _filled(path)
    path.write_bytes(octets[: len(octets) // 2])


def _overwritten(path: Path) -> None:
    octets = _filled(path)
    path.write_bytes(octets[:40_000] + b"\xaa" * 8192 + octets[48_192:])


@pytest.mark.parametrize(
    ("prepare", "reason"),
    [
        (Path.mkdir, "it is a folder"),
        (_random, "it is no SQLite file"),
        (_other, "it is no journal of a chat-server, and is left as it is"),
        (_newer, "it is a newer chat-server's (schema 2; this one knows 1)"),
        (_cut, "it is damaged"),
        (_overwritten, "it is damaged"),
    ],
)
def test_what_cannot_be_a_journal(path: Path, prepare: Callable[[Path], object], reason: str) -> None:
    """One line with the file and the reason; nothing is changed, or left beside it."""
    prepare(path)
    before = [(each, each.read_bytes()) for each in path.parent.iterdir() if each.is_file()]

    with pytest.raises(JournalError) as raised:
        Journal(path)

    assert str(raised.value).startswith(f"journal {path}: {reason}")
    assert "\n" not in str(raised.value)
    assert [
        (each, each.read_bytes()) for each in path.parent.iterdir() if each.is_file()
    ] == before or "damaged" in reason


@pytest.mark.parametrize(
    ("name", "reason"), [("no/such/j.db", "there is no folder"), ("x" * 300, "File name too long|cannot be opened")]
)
def test_where_no_journal_can_be(tmp_path: Path, name: str, reason: str) -> None:
    """No folder, or a name that the system refuses."""
    with pytest.raises(JournalError, match=reason):
        Journal(tmp_path / name)


@pytest.mark.skipif(sys.platform == "win32", reason="/dev/full")
def test_a_device_is_no_journal() -> None:
    """Whatever it says, it is one of ours."""
    with pytest.raises(JournalError, match="journal /dev/full: "):
        Journal(Path("/dev/full"))


def test_a_locked_file_is_no_journal(path: Path) -> None:
    """Another program has it to itself, at the start; the wait has an end."""
    Journal(path).close()
    with (
        contextlib.closing(sqlite3.connect(path, isolation_level=None)) as other,
        pytest.MonkeyPatch.context() as patch,
    ):
        patch.setattr(module, "WAIT_S", 0.01)
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(JournalError, match="another program holds it locked"):
            Journal(path)


def test_a_turn_is_recorded_whole_or_not_at_all(path: Path) -> None:
    """A lock of another program, a full disk, a mistake of ours: none of the turn's entries is there, all of the others are."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "WAIT_S", 0.01)
        journal = Journal(path)
    with contextlib.closing(journal), contextlib.closing(sqlite3.connect(path, isolation_level=None)) as other:
        journal.append(SOME)
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(JournalError, match="another program holds it locked"):
            journal.append(SOME)
        other.execute("ROLLBACK")
        journal._file.execute("PRAGMA max_page_count = 4")
        with pytest.raises(JournalError, match="there is no room left for it"):
            journal.append([*SOME, Entry("", "ann", "x" * 100_000)])
        with pytest.raises(JournalError, match="NOT NULL"):
            journal.append([*SOME, Entry("", "ann", None)])  # type: ignore[arg-type]
        journal.append(SOME)
        assert stored(path) == [*SOME, *SOME]


@pytest.mark.skipif(sys.platform == "win32", reason="an open file cannot be removed there")
@pytest.mark.parametrize("replaced", [False, True])
def test_a_file_that_is_gone_takes_no_entries(journal: Journal, path: Path, replaced: bool) -> None:
    """SQLite itself would write on into what nobody can open any more."""
    path.rename(path.with_name("old.db"))
    if replaced:
        path.touch()
    with pytest.raises(JournalError, match="it was removed, or another one put into its place"):
        journal.append(SOME)


def test_the_default_is_among_the_users_state(monkeypatch: pytest.MonkeyPatch) -> None:
    """One for each port."""
    assert default_path(5050).name == "journal-5050.db"
    if sys.platform == "linux":
        monkeypatch.setenv("XDG_STATE_HOME", "/some/where")
        assert default_path(1) == Path("/some/where/chatproto/journal-1.db")
