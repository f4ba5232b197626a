"""Names of servers as names of folders."""

from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from conformance.grading.folders import folders

ODD = [
    "..",
    ".",
    "",
    "/etc/passwd",
    "a/b",
    "a\\b",
    "a:b",
    "CON",
    "nul.txt",
    "grades.csv",
    "-rf",
    "~",
    "ü",
    "x" * 200,
    "a\nb",
]


def test_plain_names_are_kept() -> None:
    """An instructor finds them by eye."""
    names = ["alice", "team-7_b.v2", "Bob"]
    assert folders(names) == {name: name for name in names}


def test_odd_names() -> None:
    """Each becomes a folder directly within, neither hidden nor an option nor a device nor a file of ours."""
    for name, folder in folders(ODD).items():
        assert Path(folder).name == folder
        assert folder[0].isalnum() or folder[0] == "_"
        assert len(folder) < 80
        assert folder != name
        assert "~" in folder


def test_names_that_differ_by_case() -> None:
    """Some file systems do not tell them apart."""
    assert len({folder.casefold() for folder in folders(["Ann", "ann", "ANN"]).values()}) == 3


@settings(deadline=None, database=None, derandomize=True, max_examples=200)
@given(st.lists(st.text(max_size=8) | st.sampled_from(["a", "A", "a_", "a/", "a?", "_a"]), unique=True))
def test_no_two_share_a_folder(names: list[str]) -> None:
    """Whatever their names."""
    found = folders(names).values()
    assert len({folder.casefold() for folder in found}) == len(names)
