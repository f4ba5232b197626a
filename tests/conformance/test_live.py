"""The live view: what it shows at each moment, that only lines stay, and that the terminal is as it was behind it."""

import os
import re
import select
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any, cast

import pytest

from conformance import cli
from conformance.check import CHECKS
from conformance.clients.check import CLIENT_CHECKS
from conformance.live import Live
from conformance.mishaps import Terminated
from conformance.render import Lines
from conformance.run import Options
from conformance.session import Session
from conformance.verdict import FAIL, NOT_RUN, PASS, CheckResult, RequirementResult
from spec.requirements import register
from tests.conformance.helpers import DEADLINE_S
from tests.conformance.test_report import HOSTILE, failing
from tests.conformance.test_terminal import Screen

COMMAND = [sys.executable, "-m", "conformance", "--depth", "quick", "--no-gentle"]
ONLY = Options(only=["FRAME-1", "FRAME-2", "RELAY-2"])


@pytest.fixture
def screen(monkeypatch: pytest.MonkeyPatch) -> Screen:
    """A terminal with colours, in memory."""
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.delenv("NO_COLOR", raising=False)
    return Screen()


def shown(live: Live) -> list[str]:
    """The lines of the picture of this moment."""
    return [str(cast(Any, text).plain) for text in live.picture().renderables]


def session(**counters: int) -> Session:
    """What the view reads of a session."""
    zeros = {"played": 0, "connections": 0, "frames": 0, "cuts_confirmed": 0}
    return cast(Session, SimpleNamespace(**(zeros | counters)))


def judged(live: Live, identifier: str, *results: CheckResult) -> None:
    """Tells of the checks of a row, and of the row."""
    row = RequirementResult(register()[identifier])
    for result in results:
        row.checks.append(result)
        live.heard(row, result)
    live.heard(row, None)


def test_the_picture_says_how_far_the_run_is(screen: Screen) -> None:
    """A dot for each requirement, by section; the check under way; what was played so far."""
    check = CHECKS["FRAME-1/plain-conversation"]
    with Live(screen) as live:
        live.begin("127.0.0.1:5050", ONLY)
        assert shown(live)[0] == "FRAME ··  RELAY ·"
        live.begins(check, session(played=1234, connections=5, frames=6, cuts_confirmed=7))
        assert shown(live)[0] == "FRAME ▸·  RELAY ·"
        assert shown(live)[1].endswith(f" {check.name}  {check.about}")
        assert "0 of " in shown(live)[2]
        assert "1,234 conversations · 5 connections · 6 frames · 7 cuts confirmed · 0 s" in shown(live)[2]
        judged(live, "FRAME-1", CheckResult("FRAME-1/x", "FRAME-1", "MUST", PASS))
        judged(live, "FRAME-2", failing("x"), failing("x"))
        judged(live, "RELAY-2", CheckResult("RELAY-2/x", "RELAY-2", "MUST", NOT_RUN))
        assert shown(live)[0] == "FRAME ✓✗  RELAY -"
        assert "4 of " in shown(live)[2]


def test_of_a_client_it_shows_the_rows_of_clients(screen: Screen) -> None:
    """And counts the checks of clients."""
    check = CLIENT_CHECKS["CLIENT-2/shows-each-frame"]
    with Live(screen, "client") as live:
        live.begin("client {port}", Options(only=["CLIENT-2", "TIME", "ROBUST"]))
        live.begins(check, session(played=3))
        assert shown(live)[0] == "TIME ·  CLIENT ▸"
        assert shown(live)[1].endswith(f" {check.name}  {check.about}")
        assert shown(live)[2].startswith("0 of 5 checks · 3 conversations")


def test_a_section_and_its_dots_stay_together(screen: Screen, monkeypatch: pytest.MonkeyPatch) -> None:
    """The picture is as wide as the terminal, and a line begins with a section."""
    monkeypatch.setenv("COLUMNS", "40")
    with Live(screen) as live:
        live.begin("127.0.0.1:5050", Options())
        lines = shown(live)[0].split("\n")

    assert len(lines) > 2
    assert all(len(line) <= 40 and re.match(r"[A-Z]+ ·", line) for line in lines)


@pytest.mark.parametrize("text", [*HOSTILE, "[bold]alice[/bold] :smile:"])
def test_hostile_texts_are_neither_obeyed_nor_taken_for_markup(screen: Screen, text: str) -> None:
    """What is printed above the picture is what the plain lines say."""
    plain = Screen()
    row = RequirementResult(register()["FRAME-1"], [failing(text)])
    with Live(screen) as live:
        live.begin("127.0.0.1:5050", ONLY)
        live.heard(row, None)
    Lines(plain).heard(row, None)
    bare = [re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", written.getvalue()).replace("\r", "") for written in (screen, plain)]

    assert bare[1] in bare[0]
    assert not any(control in screen.getvalue() for control in ("\x1b[2J\x1b]", "\x9b", "\u202e", "\x07"))


def test_without_colour_there_is_none(screen: Screen, monkeypatch: pytest.MonkeyPatch) -> None:
    """`NO_COLOR`: the cursor moves, nothing else."""
    monkeypatch.setenv("NO_COLOR", "1")
    with Live(screen) as live:
        live.begin("127.0.0.1:5050", ONLY)
        judged(live, "FRAME-1", failing("x"))

    assert "\x1b[?25l" in screen.getvalue()
    assert not re.search(r"\x1b\[[0-9;]*m", screen.getvalue())


def test_it_is_for_terminals_only(screen: Screen, monkeypatch: pytest.MonkeyPatch) -> None:
    """In a pipe, and on a dumb terminal, there are plain lines."""
    monkeypatch.setattr(sys, "stdout", screen)
    assert type(cli._printer()) is Live
    monkeypatch.setenv("TERM", "dumb")
    assert type(cli._printer()) is Lines
    monkeypatch.undo()
    assert type(cli._printer()) is Lines


def test_the_picture_goes_with_an_exception(screen: Screen) -> None:
    """The cursor is back, and what was still to be printed is."""

    def interrupted() -> None:
        with Live(screen) as live:
            live.begin("127.0.0.1:5050", ONLY)
            live.line("the last words")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()

    assert "the last words" in screen.getvalue()
    assert screen.getvalue().rindex("\x1b[?25h") > screen.getvalue().rindex("\x1b[?25l")


class Terminal:
    """A command on a pseudo-terminal."""

    def __init__(self, words: list[str]) -> None:
        import pty
        import termios

        self.near, self.far = pty.openpty()
        self.modes = termios.tcgetattr(self.far)
        environ = {name: value for name, value in os.environ.items() if name != "NO_COLOR"} | {"TERM": "xterm"}
        self.process = subprocess.Popen(words, stdin=self.far, stdout=self.far, stderr=self.far, env=environ)
        self.written = b""

    def read_until(self, found: Callable[[bytes], bool]) -> None:
        """Reads until what was written is as asked."""
        until = time.monotonic() + 2 * DEADLINE_S
        while not found(self.written):
            ready, _, _ = select.select([self.near], [], [], max(0.0, until - time.monotonic()))
            assert ready, self.written[-500:]
            self.written += os.read(self.near, 65536)

    def close(self) -> None:
        """Ends the command, if it has not, and the terminal."""
        self.process.kill()
        self.process.wait(DEADLINE_S)
        os.close(self.near)
        os.close(self.far)


@pytest.fixture
def terminals() -> Iterator[Callable[..., Terminal]]:
    """Starts commands on pseudo-terminals."""
    if sys.platform == "win32":
        pytest.skip("there are no pseudo-terminals")
    made: list[Terminal] = []

    def start(*words: str) -> Terminal:
        made.append(Terminal([*COMMAND, *words]))
        return made[-1]

    yield start
    for terminal in made:
        terminal.close()


def test_ctrl_c_leaves_the_terminal_sane(faithful: str, terminals: Callable[..., Terminal]) -> None:
    """The cursor is there, the modes are those of before, and the verdicts so far are told."""
    import termios

    terminal = terminals(faithful)
    terminal.read_until(lambda written: b"cuts confirmed" in written)
    terminal.process.send_signal(signal.SIGINT)
    terminal.read_until(lambda written: b"hardened: incomplete" in written)

    assert terminal.process.wait(DEADLINE_S) == 130
    assert b"interrupted: " in terminal.written
    assert terminal.written.rindex(b"\x1b[?25h") > terminal.written.rindex(b"\x1b[?25l")
    assert termios.tcgetattr(terminal.far) == terminal.modes


def test_ctrl_c_is_not_lost_in_the_garbage_collector() -> None:
    """What is raised in a callback of its is only printed: it comes again outside."""
    before = {number: signal.signal(number, cli._stopped) for number in (signal.SIGINT, signal.SIGTERM)}
    passed = []

    def gc_callback(number: signal.Signals) -> None:
        signal.raise_signal(number)
        passed.append(number)

    def interrupted(number: signal.Signals) -> None:
        gc_callback(number)
        threading.Event().wait(DEADLINE_S)

    try:
        with pytest.raises(KeyboardInterrupt):
            interrupted(signal.SIGINT)
        with pytest.raises(Terminated):
            interrupted(signal.SIGTERM)
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    assert passed == [signal.SIGINT, signal.SIGTERM]


def test_only_lines_stay_on_the_screen(echoing: str) -> None:
    """In a real terminal the picture is gone behind the run, and each line of the failure stands once."""
    tmux = shutil.which("tmux")
    if tmux is None:
        pytest.skip("tmux is not installed")
    base = [tmux, "-L", f"chat-{os.getpid()}", "-f", os.devnull]
    words = " ".join([*COMMAND, echoing, "--only", "RELAY-2,JOIN-2", "--seed", "1"])
    try:
        done = f"{' '.join(base)} wait-for -S done; exec cat"
        subprocess.run([*base, "new", "-d", "-x", "90", "-y", "20", f"{words}; {done}"], check=True, timeout=DEADLINE_S)
        subprocess.run([*base, "wait-for", "done"], check=True, timeout=6 * DEADLINE_S)
        captured = subprocess.run(
            [*base, "capture-pane", "-p", "-S", "-"], check=True, capture_output=True, timeout=DEADLINE_S
        )
    finally:
        subprocess.run([*base, "kill-server"], check=False, capture_output=True, timeout=DEADLINE_S)
    text = captured.stdout.decode()

    assert not re.search("▸|conversations ·|[⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏]", text)
    for once in (
        "pass         JOIN-2 ",
        "fail         RELAY-2 ",
        "demands:",
        "core: fail (1 pass, 1 fail, 26 not selected)",
    ):
        assert text.count(once) == 1
    assert "expected: nothing of its own" in text
    assert FAIL in text
