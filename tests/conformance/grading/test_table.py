"""The table of a grading."""

import csv
from pathlib import Path

import pytest

from conformance.grading.points import Score
from conformance.grading.table import COLUMNS, Row, cell, line, summary, write_csv

SCORE = Score(1.5, 3, ("FRAME-6", "JOIN-2"))


def row(name: str = "ann", trouble: str = "", *, is_judged: bool = True) -> Row:
    """A server that failed two requirements."""
    return Row(name, "fail", "incomplete", SCORE, 12.34, trouble, "ann", is_judged)


@pytest.mark.parametrize("name", ["=cmd()", "+1", "-1", "@x", "\t=1", "\r=1", "  =1", "＝1"])
def test_no_cell_is_a_formula(name: str) -> None:
    """A spreadsheet shows it and does not compute it."""
    assert cell(name).startswith("'")


def test_a_cell_is_one_line_of_visible_text() -> None:
    """Whatever the server has printed."""
    assert cell("a\x1b[31m\nb") == "a␛[31m␊b"
    assert cell("plain = text") == "plain = text"


def test_the_csv(tmp_path: Path) -> None:
    """A line for each server, with any name."""
    names = ['=HYPERLINK("http://x")', 'a,"b"', "ü\u202e\n", "\ud800"]
    write_csv([row(name, "it, died") for name in names], tmp_path / "g.csv")
    with (tmp_path / "g.csv").open(encoding="utf-8-sig", newline="") as file:
        head, *rows = csv.reader(file)

    assert tuple(head) == COLUMNS
    assert [one[0] for one in rows] == ["'" + names[0], names[1], "ü\ufffd␊", "\ufffd"]
    assert rows[0][1:] == ["fail", "incomplete", "1.5", "3", "50.0", "FRAME-6 JOIN-2", "12.3", "it, died", "ann"]


def test_a_line() -> None:
    """Any name is cut to a column, and nothing in it reaches the terminal."""
    shown = line(row("\x1b[2J" + "x" * 100, "died\x07"))

    assert shown.startswith("␛[2J" + "x" * 19 + "… ")
    assert "1.5 of 3   50.0 %" in shown
    assert shown.endswith("died␇")


def test_the_summary() -> None:
    """How many were judged and passed, what they earned, what most of them failed, and who was not judged."""
    text = "\n".join(summary([row(), row("bob", is_judged=False)]))

    assert "2 servers, 1 judged; pass: core 0, hardened 0" in text
    assert "mean 50.0 %, median 50.0 %" in text
    assert "failed most: FRAME-6 (2), JOIN-2 (2)" in text
    assert "not judged: bob" in text
    assert "0 servers, 0 judged" in "\n".join(summary([]))
