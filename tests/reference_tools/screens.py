"""A tmux of a test's own, and what its panes show."""

import os
import shutil
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.reference_tools.processes import DEADLINE_S

needs_tmux = pytest.mark.skipif(shutil.which("tmux") is None, reason="tmux is not installed")


@pytest.fixture
def tmux(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., str]]:
    """Runs tmux against a server that is this test's alone, and gives what it prints; that server is gone afterwards."""
    home = tempfile.mkdtemp(prefix="chat")  # the name of a socket may not be long
    monkeypatch.setenv("TMUX_TMPDIR", home)
    monkeypatch.setenv("HOME", home)  # nobody's configuration
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    monkeypatch.delenv("TMUX", raising=False)
    try:
        yield run
    finally:
        subprocess.run(["tmux", "kill-server"], capture_output=True, check=False)
        shutil.rmtree(home)


def run(*words: str) -> str:
    """Runs tmux; fails if it does."""
    done = subprocess.run(["tmux", *words], capture_output=True, text=True, timeout=DEADLINE_S, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def screen(pane: str) -> str:
    """What a pane shows and has shown, its wrapped lines joined: the panes of many clients are small."""
    return run("capture-pane", "-p", "-J", "-S", "-", "-t", pane)


def await_screen(pane: str, *texts: str) -> str:
    """Waits until a pane shows all these texts: tmux tells nobody that a pane has changed, so it is looked at again.

    The client wraps words as wide as its pane is; where it does is not looked at.
    """
    return await_true(lambda: screen(pane), lambda shown: all(text in " ".join(shown.split()) for text in texts))


def await_true(look: Callable[[], str], is_so: Callable[[str], bool]) -> str:
    """Looks again and again until what is seen is so; fails with it at the deadline."""
    pause = threading.Event()
    until = time.monotonic() + DEADLINE_S
    while not is_so(seen := look()):
        assert time.monotonic() < until, seen
        pause.wait(0.05)
    return seen


def path_without(program: str, folder: Path) -> str:
    """A PATH that has everything of the present one but a program."""
    for place in reversed(os.environ["PATH"].split(os.pathsep)):
        for each in Path(place).glob("*"):
            link = folder / each.name
            link.unlink(missing_ok=True)
            link.symlink_to(each)
    (folder / program).unlink(missing_ok=True)
    return str(folder)
