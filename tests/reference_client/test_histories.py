"""History across starts."""

import stat
from pathlib import Path

from reference_client import histories
from reference_client.histories import HistoryFile


def test_what_is_added_is_loaded_by_the_next_start(tmp_path: Path) -> None:
    """Any text, the oldest first; readable by its owner only."""
    file = tmp_path / "deeper" / "history"
    texts = ["hi", "two\nlines", "é 😀", "\udcff\x1b"]
    for text in texts:
        HistoryFile(file).add(text)

    assert HistoryFile(file).load() == texts
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700


def test_each_nick_has_its_own(tmp_path: Path) -> None:
    """The file's name is a plain one whatever the nick, and another for every nick."""
    names = {histories.path(nick, tmp_path).name for nick in ("alice", "Alice", "../../etc", "😀", "a" * 64)}
    assert len(names) == 5
    assert all(name.isascii() and "/" not in name and len(name) < 50 for name in names)


def test_bounded(tmp_path: Path) -> None:
    """The file is cut to the latest at the next start, and a document is not kept at all."""
    file = tmp_path / "history"
    history = HistoryFile(file)
    for number in range(2 * histories.MOST + 1):
        history.add(str(number))
    history.add("x" * (histories.LONGEST + 1))

    loaded = history.load()
    assert (len(loaded), loaded[-1]) == (histories.MOST, str(2 * histories.MOST))
    assert len(file.read_text().splitlines()) == histories.MOST
    assert [path.name for path in tmp_path.iterdir()] == ["history"]


def test_a_damaged_or_missing_file_is_no_obstacle(tmp_path: Path) -> None:
    """Bad lines are left out; a folder that cannot be made is no history."""
    file = tmp_path / "history"
    file.write_text('"a"\n{"half\n7\n"b"\n')
    assert HistoryFile(file).load() == ["a", "b"]
    file.write_bytes(b"\xff\n")
    assert HistoryFile(file).load() == []
    nowhere = HistoryFile(file / "below a file")
    nowhere.add("hi")
    assert nowhere.load() == []
