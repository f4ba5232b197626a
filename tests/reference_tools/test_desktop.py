"""`chat-demo` on a desktop: what it asks a terminal for, and a whole demo with a program that stands in for a terminal."""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from reference_tools import desktop, running
from reference_tools.awaiting import FailedError
from reference_tools.desktop import EMULATORS, Windows, terminal
from tests.reference_tools.processes import DEADLINE_S, chat_stop, register
from tests.reference_tools.screens import await_true

__all__ = ["register"]

WORDS = ["env", "A=b c", "chat-client", "--nick=o'bri\"en;$HOME", "x\\y"]

# Runs what stands behind -e with a pipe for the keyboard and a file for the screen, both named by the title.
FAKE = """#!{python}
import os, subprocess, sys
words = sys.argv[1:]
assert words[0] == "-T" and words[2] == "-e"
place = os.path.join({folder!r}, words[1])
os.mkfifo(place + ".keys")
keys = os.open(place + ".keys", os.O_RDWR)
with open(place + ".screen", "wb") as screen:
    sys.exit(subprocess.run(words[3:], stdin=keys, stdout=screen, stderr=screen).returncode)
"""


@pytest.fixture
def only(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> str:
    """A desktop of Linux with one terminal."""
    name = str(request.param)
    monkeypatch.setattr("shutil.which", lambda program: program if program == name else None)
    return name


@pytest.mark.parametrize("only", EMULATORS, indirect=True)
def test_each_terminal_gets_words(only: str) -> None:
    """The title in one, the command in the rest, as they are: nothing is quoted, as nothing is taken apart."""
    words = terminal("chat ann", WORDS, "linux")
    assert words[0] == only
    assert any("chat ann" in word for word in words)
    assert words[-len(WORDS) :] == WORDS


@pytest.mark.parametrize("only", ["vim"], indirect=True)
def test_no_terminal(only: str) -> None:
    """The ones that would do are named."""
    with pytest.raises(FailedError, match=r"gnome-terminal, konsole.*xterm$"):
        terminal("chat ann", WORDS, "linux")


def test_the_terminal_of_macos() -> None:
    """A line for the shell within a string of AppleScript; taken apart again it is the same words. Not tried there."""
    name, option, script = terminal("chat ann", WORDS, "darwin")
    assert (name, option) == ("osascript", "-e")
    before, after = 'tell application "Terminal" to do script "', '"'
    line = script.removeprefix(before).removesuffix(after)
    assert script == before + line + after
    assert '"' not in re.sub(r"\\.", "", line)  # it does not end before its end
    assert shlex.split(re.sub(r"\\(.)", r"\1", line)) == WORDS


@pytest.mark.parametrize(
    ("platform", "display", "only", "answer"),
    [
        ("win32", None, "", True),
        ("darwin", None, "", True),
        ("linux", None, "xterm", False),
        ("linux", "DISPLAY", "xterm", True),
        ("linux", "WAYLAND_DISPLAY", "foot", True),
        ("linux", "DISPLAY", "", False),
    ],
    indirect=["only"],
)
def test_whether_there_is_a_desktop(
    platform: str, display: str | None, only: str, answer: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On Linux it takes a display and a terminal."""
    for name in ("DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)
    if display is not None:
        monkeypatch.setenv(display, ":0")
    assert desktop.is_there(platform) is answer


def test_windows_of_windows(monkeypatch: pytest.MonkeyPatch) -> None:
    """The command itself in a new console: no shell reads it. Not tried there."""
    asked: dict[str, object] = {}
    monkeypatch.setattr(subprocess, "CREATE_NEW_CONSOLE", 16, raising=False)
    monkeypatch.setattr(subprocess, "Popen", lambda words, **options: asked.update(options, words=words))
    Windows("win32").open("ann", WORDS)
    assert asked == {"words": WORDS, "creationflags": 16}


def demo(*words: str) -> tuple[int, str, str]:
    """Runs the command; its status, its output and its complaints."""
    command = [sys.executable, "-P", "-m", "reference_tools.demo", "--port", "0", *words]
    done = subprocess.run(command, capture_output=True, text=True, timeout=DEADLINE_S, check=False)
    return done.returncode, done.stdout, done.stderr


def stand_in(folder: Path, program: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Puts a program in the place of the terminal that is looked for first."""
    place = folder / "x-terminal-emulator"
    place.write_text(program)
    place.chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")


@pytest.mark.skipif(
    not hasattr(os, "mkfifo"), reason="the program that stands in for a terminal needs pipes with names"
)
@pytest.mark.usefixtures("register")
def test_a_demo_in_windows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A window for the server and one for each client; what one types the others see, until chat-stop ends all."""
    stand_in(tmp_path, FAKE.format(python=sys.executable, folder=str(tmp_path)), monkeypatch)

    def await_text(title: str, text: str) -> None:
        await_true(lambda: (tmp_path / f"chat {title}.screen").read_text(encoding="utf-8"), lambda seen: text in seen)

    names = ["ann", "o'brien", 'a "b" $HOME;']
    status, said, complaints = demo("--in", "windows", "--nicks", ",".join(names))
    try:
        assert (status, complaints) == (0, "")
        assert "in windows of their own.\nTo end it: chat-stop\n" in said
        await_true(lambda: str(len(list(tmp_path.glob("*.screen")))), lambda seen: seen == "4")
        for name in names:
            await_text(name, f"[{name}] joined the chat")
        (tmp_path / "chat o'brien.keys").write_text("hello all\n", encoding="utf-8")
        for title in ("ann", names[2], "server: chat-stop ends it all"):
            await_text(title, "[o'brien] hello all")
    finally:
        assert chat_stop()[0] == 0
    assert running.entries() == []


def test_a_terminal_that_does_not_open(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """For want of a display, say: nobody waits for the server then."""
    stand_in(tmp_path, "#!/bin/sh\nexit 3\n", monkeypatch)
    status, said, complaints = demo("--in", "windows")
    assert (status, said) == (1, "")
    assert complaints == "chat-demo: x-terminal-emulator has ended with status 3\n"
