"""Copies of the tree, and commands in them."""

import os
from pathlib import Path

import pytest

from tests.mutation.trees import MARK, PARTS, Tree

DEADLINE_S = 30.0


@pytest.fixture
def tree(tmp_path: Path) -> Tree:
    """A copy of a tree of one module."""
    origin = tmp_path / "origin"
    for part in PARTS:
        if part.endswith(".toml"):
            (origin / part).write_text("")
        else:
            (origin / part).mkdir(parents=True)
            (origin / part / "__init__.py").write_text("")
    (origin / "spec/__init__.py").write_text("LIMIT = 1\n")
    return Tree(origin, tmp_path / "copy")


SHOW = "import spec; print(spec.LIMIT)"


def test_a_module_is_broken_for_a_while(tree: Tree) -> None:
    """In the copy alone; texts of one length are told apart within one second."""
    assert tree.run("-c", SHOW, seconds=DEADLINE_S, compiling=True).output == "1\n"
    with tree.broken("spec/__init__.py", "LIMIT = 2\n"):
        assert tree.run("-c", SHOW, seconds=DEADLINE_S).output == "2\n"

    assert tree.run("-c", SHOW, seconds=DEADLINE_S).output == "1\n"
    assert (tree.place.parent / "origin/spec/__init__.py").read_text() == "LIMIT = 1\n"


def test_a_module_is_mended_whatever_happens(tree: Tree) -> None:
    """An error behind it too."""
    with pytest.raises(ZeroDivisionError), tree.broken("spec/__init__.py", ""):
        raise ZeroDivisionError

    assert (tree.place / "spec/__init__.py").read_text() == "LIMIT = 1\n"


def test_a_status_and_what_was_printed(tree: Tree) -> None:
    """On either stream."""
    ran = tree.run("-c", "import sys; print('a', file=sys.stderr); sys.exit(3)", seconds=DEADLINE_S)

    assert (ran.status, ran.output) == (3, "a\n")


LEAVES_ONE = """
import os, subprocess, sys, time
child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)'], start_new_session=True)
print(child.pid, flush=True)
time.sleep(float(sys.argv[1]))
"""


@pytest.mark.parametrize(("seconds", "sleeps", "status"), [(DEADLINE_S, "0", 0), (1.0, "600", None)])
def test_nothing_is_left_behind(tree: Tree, seconds: float, sleeps: str, status: int | None) -> None:
    """Neither by a command that ends nor by one whose time is up, in a session of its own or not."""
    ran = tree.run("-c", LEAVES_ONE, sleeps, seconds=seconds)

    assert ran.status == status
    assert not is_ours(int(ran.output))


def is_ours(pid: int) -> bool:
    """Whether a process is alive and was started in a tree."""
    try:
        return MARK.encode() in (Path("/proc") / str(pid) / "environ").read_bytes()
    except OSError:
        return False  # it has ended


def test_a_digest_of_files(tree: Tree) -> None:
    """Changes with any of them, and with one that appears."""
    names = ("spec/__init__.py", "tests/new.py")
    before = tree.digest(names)
    (tree.place / "tests/new.py").write_text(os.linesep)

    assert tree.digest(names) != before
    assert tree.digest(names[:1]) == tree.digest(names[:1])


def test_tests_run_in_forks(tree: Tree) -> None:
    """One after the other, each with modules of its own; one that hangs is ended, and the next one runs."""
    (tree.place / "spec/requirements.py").write_text("register = list\n")
    (tree.place / "spec/wire.py").write_text("")
    for name in ("warm.py", "__init__.py"):
        (tree.place / "tests/mutation").mkdir(exist_ok=True)
        (tree.place / "tests/mutation" / name).write_text(Path(__file__).with_name(name).read_text())
    (tree.place / "conformance/one.py").write_text("ONE = 1\n")
    (tree.place / "test_one.py").write_text(
        "from conformance.one import ONE\ndef test_one():\n    assert ONE == 1\n    while ONE is True:\n        pass\n"
    )
    with tree.broken("conformance/one.py", "ONE = 2\n"):
        red = tree.test("-q", "test_one.py", seconds=DEADLINE_S)
    with tree.broken("conformance/one.py", "ONE = True\n"):
        hung = tree.test("-q", "test_one.py", seconds=1.0)
    green = tree.test("-q", "test_one.py", seconds=DEADLINE_S)
    tree.close()

    assert (red.status, hung.status, green.status) == (1, None, 0)
    assert "assert 2 == 1" in red.output
