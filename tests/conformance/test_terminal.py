"""Lines on a terminal and in a pipe: their width, their colours, where they break."""

import io
import os

import pytest

from conformance.terminal import PIPE_WIDTH, Look, columns, is_lively

TERMINAL = {"TERM": "xterm-256color"}
COLOURED = Look(40, colours=True)


class Screen(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        """It says so."""
        return True


@pytest.mark.parametrize("environ", [TERMINAL, {"TERM": "xterm", "COLUMNS": "200"}, {}])
def test_a_pipe_is_plain_and_of_a_fixed_width(environ: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever the environment says: what is compared with what was printed before does not change with a window."""
    monkeypatch.setattr("shutil.get_terminal_size", lambda fallback: os.terminal_size((73, 24)))
    assert Look.of(io.StringIO(), environ) == Look(PIPE_WIDTH, colours=False)
    assert not is_lively(io.StringIO(), environ)


@pytest.mark.parametrize(
    ("environ", "colours"),
    [
        (TERMINAL, True),
        (TERMINAL | {"NO_COLOR": "1"}, False),
        (TERMINAL | {"NO_COLOR": ""}, True),
        ({"TERM": "dumb"}, False),
        ({}, False),
    ],
)
def test_colours_on_a_terminal_only(environ: dict[str, str], colours: bool) -> None:
    """`NO_COLOR` counts if it is not empty; a dumb terminal knows no colours, and its cursor does not move."""
    assert Look.of(Screen(), environ).colours is colours
    assert is_lively(Screen(), environ) is (environ.get("TERM", "dumb") != "dumb")


def test_the_width_of_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """As it is, but for one that is too narrow for anything."""
    for wide, width in ((73, 73), (7, 40)):
        monkeypatch.setattr("shutil.get_terminal_size", lambda fallback, wide=wide: os.terminal_size((wide, 24)))
        assert Look.of(Screen(), TERMINAL).width == width
    assert Look(60).narrower(4) == Look(56)


def test_paint_makes_safe_first() -> None:
    """The only escape sequences are its own."""
    assert COLOURED.paint("a\x1b[2J", "red bold") == "\x1b[31;1ma␛[2J\x1b[0m"
    assert COLOURED.paint("a\x1b") == "a␛"
    assert Look().paint("a\x1b", "red") == "a␛"
    assert COLOURED.wrap([("a\x1b", "red")], "\x1b ", "") == ["␛ \x1b[31ma␛\x1b[0m"]


def test_wrapping_breaks_between_words() -> None:
    """Later lines begin with their own indentation; words keep their spaces inside a line; colours do not count."""
    plain = Look(20).wrap([("one two  three ", ""), ("four five six", "red")], "> ", "    ")
    assert plain == ["> one two  three", "    four five six"]
    painted = Look(20, colours=True).wrap([("one two", "red")], "> ", "    ")
    assert painted == ["> \x1b[31mone\x1b[0m\x1b[31m two\x1b[0m"]


@pytest.mark.parametrize("text", ["x" * 95, "a " + "漢" * 50, "é" * 61 + " b", " " * 50, "a\u202e\x1b" * 30, ""])
def test_no_line_is_wider_than_it_may(text: str) -> None:
    """Whatever the words are; nothing is lost but spaces at breaks."""
    found = Look(30).wrap([(text, "")], "  ", "    ")

    assert all(columns(line) <= 30 for line in found)
    joined = "".join(found).replace(" ", "")
    assert len(joined) == len(text.replace(" ", ""))


def test_columns() -> None:
    """Wide characters take two, marks and joiners none."""
    assert [columns(text) for text in ("abc", "漢字", "e\u0301", "")] == [3, 4, 1, 0]
