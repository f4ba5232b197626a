"""Reading a TOML file so that what is wrong in it is named."""

from pathlib import Path

import pytest

from conformance.grading import toml
from conformance.target import UsageError

TEXT = """\
# a comment
top = 1
[run]
depth = "quick"
"quoted key" = 2

[[server]]
name = "ann"
limits = { nice = 1 }
[[server]]
  name = "bob"
  [server.limits]
  nice = 2
[a.'b c']
d = 3
"""


@pytest.mark.parametrize(
    ("key", "line"),
    [
        (("top",), 2),
        (("run",), 3),
        (("run", "depth"), 4),
        (("run", "quoted key"), 5),
        (("server", 0), 7),
        (("server", 0, "name"), 8),
        (("server", 1), 10),
        (("server", 1, "name"), 11),
        (("server", 1, "limits", "nice"), 13),
        (("a", "b c", "d"), 15),
    ],
)
def test_the_line_of_a_key(key: toml.Key, line: int) -> None:
    """Tables, arrays of tables and their tables, quoted and indented keys are found."""
    assert toml.line_of(TEXT, key) == line


def test_the_line_of_what_it_stands_in() -> None:
    """A key of an inline table has the line of that; one that is not there, its table's."""
    assert toml.line_of(TEXT, ("server", 0, "limits", "nice")) == 9
    assert toml.line_of(TEXT, ("server", 1, "command")) == 10
    assert toml.line_of(TEXT, ("nowhere",)) is None


def read(tmp_path: Path, text: str) -> toml.Table:
    """A file with this text."""
    path = tmp_path / "s.toml"
    path.write_text(text, encoding="utf-8")
    return toml.read(path)


@pytest.mark.parametrize("text", ["a = ", "a = 1\na = 2", "[" * 100_000])
def test_what_is_no_toml(tmp_path: Path, text: str) -> None:
    """The file is named."""
    with pytest.raises(UsageError, match=r"s\.toml is no TOML"):
        read(tmp_path, text)


def test_what_cannot_be_read(tmp_path: Path) -> None:
    """A file that is not there, or not text."""
    with pytest.raises(UsageError, match=r"cannot read .*nothing: No such file"):
        toml.read(tmp_path / "nothing")
    (tmp_path / "s.toml").write_bytes(b"\xff")
    with pytest.raises(UsageError, match="is no TOML"):
        toml.read(tmp_path / "s.toml")


@pytest.mark.parametrize("value", ["true", "-1", "11", '"5"', "nan", "[]"])
def test_a_number_out_of_its_range(tmp_path: Path, value: str) -> None:
    """File, line, key and range are named; a truth value is no number."""
    with pytest.raises(UsageError, match=r"s\.toml, line 2: n: a number from 0 to 10 is needed"):
        read(tmp_path, f"\nn = {value}").number("n", 1, 0, 10)


def test_a_whole_number(tmp_path: Path) -> None:
    """A half is none; what is not there is the default."""
    table = read(tmp_path, "n = 1.5\nm = 3")
    with pytest.raises(UsageError, match="a whole number"):
        table.whole("n", 1, 0, 10)
    assert table.whole("m", 1, 0, 10) == 3
    assert table.whole("k", 1, 0, 10) == 1


def test_texts_and_tables(tmp_path: Path) -> None:
    """Each kind is refused where another is needed."""
    table = read(tmp_path, 'n = 1\ns = " "\nw = ["a", 1]\na = [1]\nz = "\\u0000"')
    for act in (table.text, table.words, table.table, table.tables):
        with pytest.raises(UsageError, match="line 1: n: "):
            act("n")
    for key, message in (("s", "a text in quotes"), ("z", "a text in quotes")):
        with pytest.raises(UsageError, match=message):
            table.text(key)
    with pytest.raises(UsageError, match="a list of texts"):
        table.words("w")
    with pytest.raises(UsageError, match="at least one table"):
        table.tables("a")
    with pytest.raises(UsageError, match=r"at least one table \[\[b\]\]"):
        table.tables("b")
    assert table.text("none") is None
    assert table.words("none") == []
    assert table.table("none").values == {}
