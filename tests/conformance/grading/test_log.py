"""The bounded log of what a server prints."""

from pathlib import Path

import pytest

from conformance.grading.log import BoundedLog


def logged(tmp_path: Path, octets: int, *pieces: bytes) -> str:
    """What is in the file of these pieces."""
    with BoundedLog(tmp_path / "log", octets) as log:
        for piece in pieces:
            log.write(piece)
    return (tmp_path / "log").read_text(encoding="utf-8")


@pytest.mark.parametrize("width", [1, 3, 1000])
def test_little_is_kept_whole(tmp_path: Path, width: int) -> None:
    """However it came; nothing in it drives a terminal."""
    text = "one\r\n\x1b[31mzwö\nthree".encode()
    pieces = [text[at : at + width] for at in range(0, len(text), width)]

    assert logged(tmp_path, 1000, *pieces) == "one\n␛[31mzwö\nthree\n"
    assert logged(tmp_path, 24, *pieces) == "one\n␛[31mzwö\nthree\n"
    assert logged(tmp_path, 10) == ""


@pytest.mark.parametrize("width", [1, 7, 1 << 20])
def test_of_much_the_ends_are_kept(tmp_path: Path, width: int) -> None:
    """And it is said how much is missing."""
    text = b"first\n" + b"x" * 100_000 + b"\nlast"
    shown = logged(tmp_path, 20, *(text[at : at + width] for at in range(0, len(text), width)))

    assert shown == f"first\nxxxx\n\n[{len(text) - 20} octets left out]\n\nxxxxx\nlast\n"


def test_what_came_is_there_at_once(tmp_path: Path) -> None:
    """The run may be ended from outside, and nothing of it is lost."""
    with BoundedLog(tmp_path / "log", 100) as log:
        log.write(b"line\nre")
        assert (tmp_path / "log").read_text(encoding="utf-8") == "line\n"


def test_behind_the_end(tmp_path: Path) -> None:
    """Somebody may print on: that is nobody's trouble."""
    log = BoundedLog(tmp_path / "log", 100)
    log.close()
    log.write(b"late\n")
    log.close()

    assert (tmp_path / "log").read_text(encoding="utf-8") == ""
