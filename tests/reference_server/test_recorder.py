"""What a server does when its journal fails, as it chooses."""

import contextlib
import logging
from pathlib import Path

import pytest

from reference_server.journal import Journal
from reference_server.recorder import CONTINUE, STOP, Recorder
from reference_server.room import Entry
from tests.reference_server.test_journal import SOME, stored


def broken(path: Path) -> Journal:
    """A journal with one recorded entry and no room for a large one."""
    journal = Journal(path)
    journal.append(SOME[:1])
    journal._file.execute("PRAGMA max_page_count = 4")
    return journal


LARGE = Entry("", "ann", "x" * 100_000)


def test_a_turn_is_recorded_once(tmp_path: Path) -> None:
    """What was committed is not committed again, and a turn without entries costs nothing."""
    with contextlib.closing(Journal(tmp_path / "j.db")) as journal:
        recorder = Recorder(journal, STOP)
        assert recorder.commit()
        for entry in SOME:
            recorder.entries.append(entry)
            assert recorder.commit()
        assert recorder.commit()
    assert stored(tmp_path / "j.db") == SOME


def test_stop(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Nothing may be sent from the failure on; the file is another server's to have."""
    recorder = Recorder(broken(tmp_path / "j.db"), STOP)
    recorder.entries.append(LARGE)

    assert not recorder.commit()
    assert not recorder.commit()
    assert recorder.failed
    assert "there is no room left for it" in caplog.text
    assert "the server stops" in caplog.text
    Journal(tmp_path / "j.db").close()
    assert stored(tmp_path / "j.db") == SOME[:1]


def test_continue(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """All may be sent; it is said once that nothing is recorded any more, and in the end how much was not."""
    recorder = Recorder(broken(tmp_path / "j.db"), CONTINUE)
    for _ in range(2):
        recorder.entries += [LARGE, *SOME]
        assert recorder.commit()
    recorder.close()

    assert not recorder.failed
    assert recorder.unrecorded == 6
    assert [record.levelno for record in caplog.records] == [logging.ERROR] * 2
    assert "NOT RECORDED from here on" in caplog.text
    assert "6 entries were not recorded" in caplog.text
    assert stored(tmp_path / "j.db") == SOME[:1]  # no entries behind a gap


def test_an_end_without_a_failure_says_nothing(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """And lets another server have the file."""
    Recorder(Journal(tmp_path / "j.db"), CONTINUE).close()
    Journal(tmp_path / "j.db").close()

    assert caplog.records == []
