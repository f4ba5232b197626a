"""Known failures do not count, mended ones do."""

import sys
from pathlib import Path

import pytest

from conformance import baseline
from conformance.cli import main
from conformance.target import UsageError

COMMAND = f"{sys.executable} -P -m conformance.faults echoes-to-sender --port {{port}}"


def test_reading(tmp_path: Path) -> None:
    """One id a line, in any case, with comments and empty lines."""
    file = tmp_path / "known.txt"
    file.write_text("# ours\nrelay-2  # echoes\n\nFRAME-6\n", encoding="utf-8")

    assert baseline.read(file) == {"RELAY-2", "FRAME-6"}


@pytest.mark.parametrize("text", ["RELAY-99\n", "RELAY\n", "FRAME-6 RELAY-2\n"])
def test_what_is_no_id(tmp_path: Path, text: str) -> None:
    """Anything else than an id is a usage error that names it."""
    file = tmp_path / "known.txt"
    file.write_text(text, encoding="utf-8")

    with pytest.raises(UsageError, match=text.strip()):
        baseline.read(file)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    """A missing file is a usage error."""
    with pytest.raises(UsageError, match="cannot read"):
        baseline.read(tmp_path / "none")


@pytest.mark.parametrize(
    ("known", "status", "words"),
    [
        ("", 1, "fail"),
        ("RELAY-2", 0, "known failures (--baseline): RELAY-2"),
        ("RELAY-2\nJOIN-2", 1, "they do not fail any more: JOIN-2"),
    ],
)
def test_the_option(tmp_path: Path, capsys: pytest.CaptureFixture[str], known: str, status: int, words: str) -> None:
    """A server that echoes fails without a baseline, passes with one that says so, and fails with a stale entry."""
    file = tmp_path / "known.txt"
    file.write_text(known, encoding="utf-8")
    options = ["--depth", "quick", "--only", "RELAY-2,JOIN-2", "--baseline", str(file)]

    assert main([*options, "--command", COMMAND]) == status
    assert words in capsys.readouterr().out
