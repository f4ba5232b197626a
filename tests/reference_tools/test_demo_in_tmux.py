"""`chat-demo` in tmux, for real: people type, others see it, and `chat-stop` ends it."""

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Callable

import pytest

from reference_tools import running
from tests.reference_tools.processes import DEADLINE_S, chat_stop, register, server
from tests.reference_tools.screens import await_screen, await_true, needs_tmux, screen, tmux

__all__ = ["register", "tmux"]

pytestmark = [needs_tmux, pytest.mark.usefixtures("register", "tmux")]

Tmux = Callable[..., str]
DEMO = [sys.executable, "-P", "-m", "reference_tools.demo"]


def demo(*words: str) -> tuple[int, str, str]:
    """Runs the command without a terminal; its status, its output and its complaints."""
    done = subprocess.run(
        [*DEMO, *words], stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=DEADLINE_S, check=False
    )
    return done.returncode, done.stdout, done.stderr


def panes(tmux: Tmux) -> dict[str, str]:
    """The panes by their titles."""
    lines = tmux("list-panes", "-a", "-F", "#{pane_id} #{pane_title}").splitlines()
    return {title.partition(":")[0]: pane for pane, _, title in (line.partition(" ") for line in lines)}


def say(tmux: Tmux, pane: str, text: str) -> None:
    """Types a line."""
    tmux("send-keys", "-t", pane, "-l", text)
    tmux("send-keys", "-t", pane, "Enter")


def test_a_demo(tmux: Tmux) -> None:
    """A server and three clients; what one types the others see; then all are ended, and the session with them."""
    status, said, complaints = demo("--port", "0")
    assert (status, complaints) == (0, "")
    address = re.search(
        r"a server at (127\.0\.0\.1:\d+) and the clients ann, bob, carl, in tmux session chat-demo", said
    )
    assert address is not None
    assert "To end it: chat-stop, or tmux kill-session -t chat-demo\n" in said
    found = panes(tmux)
    assert list(found) == ["server", "ann", "bob", "carl"]
    for nick in ("ann", "bob", "carl"):
        await_screen(found[nick], f"[{nick}] joined the chat")
    await_screen(found["server"], "---Server Started---", "[carl] joined the chat")

    say(tmux, found["ann"], "who is there?")
    for pane in (found["bob"], found["carl"], found["server"]):
        await_screen(pane, "[ann] who is there?")
    say(tmux, found["carl"], "carl, in a pane")
    for pane in (found["ann"], found["bob"]):
        await_screen(pane, "[carl] carl, in a pane")

    assert {entry.command for entry in running.entries()} == {"chat-server", "chat-client"}
    assert chat_stop()[0] == 0
    assert running.entries() == []
    await_true(sessions, lambda seen: seen == "")


def sessions() -> str:
    """The sessions of this tmux; none if it has ended with its last one."""
    done = subprocess.run(["tmux", "list-sessions", "-F", "#S"], capture_output=True, text=True, check=False)
    return done.stdout


def test_nicks_arrive_as_they_were_given(tmux: Tmux) -> None:
    """No shell, tmux or argument parser reads them."""
    names = ["-x", "a b", "o'brien", '"q" $HOME `id`;', "#{pane_id}", "\\;"]
    status, _, complaints = demo("--port", "0", f"--nicks={', '.join(names)}")
    assert (status, complaints) == (0, "")
    lines = tmux("list-panes", "-a", "-F", "#{pane_id}").split()
    assert len(lines) == 1 + len(names)
    for pane, name in zip(lines[1:], names, strict=True):
        await_screen(pane, f"[{name}] joined the chat")
    titles = tmux("list-panes", "-a", "-F", "#{pane_title}").splitlines()
    assert titles[1:] == names


def test_a_port_that_is_taken(tmux: Tmux) -> None:
    """The server's own words, what helps, and no session left behind."""
    with server() as (_, address):
        port = address.rpartition(":")[2]
        status, said, complaints = demo("--port", port)
        assert (status, said) == (1, "")
        assert f"cannot listen on 127.0.0.1 port {port}" in complaints
        assert complaints.endswith("; chat-demo --port 0 takes a free one\n")
        assert sessions() == ""


def test_the_given_port_and_number(tmux: Tmux) -> None:
    """One that was free a moment ago."""
    with server() as (_, address):
        pass
    status, said, _ = demo("--port", address.rpartition(":")[2], "--clients", "2")
    assert (status, f"a server at {address} and the clients ann, bob, in" in said) == (0, True)
    assert list(panes(tmux)) == ["server", "ann", "bob"]


def test_a_second_demo(tmux: Tmux) -> None:
    """It gets a session of its own, and the first one is left as it is."""
    demo("--port", "0", "--clients", "1")
    _, said, _ = demo("--port", "0", "--clients", "1")
    assert "in tmux session chat-demo-2." in said
    assert sessions().split() == ["chat-demo", "chat-demo-2"]


def test_within_tmux(tmux: Tmux) -> None:
    """A new window, shown at once; the one that the command was typed in stays."""
    shell = tmux("new-session", "-d", "-P", "-F", "#{pane_id}", "-s", "mine", "-x", "100", "-y", "40", "sh").strip()
    await_screen(shell, "$" if os.getuid() else "#")
    say(tmux, shell, f"PYTHONPATH={os.environ['PYTHONPATH']} {shlex.join(DEMO)} --port 0 --clients 1")
    await_true(
        lambda: tmux("list-windows", "-t", "mine", "-F", "#{window_name} #{window_panes} #{window_active}"),
        lambda seen: "chat-demo 2 1" in seen,
    )
    await_true(lambda: str(list(panes(tmux))), lambda seen: "'ann'" in seen)
    await_screen(panes(tmux)["ann"], "[ann] joined the chat")
    assert "in a new window of this tmux" in await_screen(shell, "To end it: chat-stop, or tmux kill-window -t @")
    assert sessions() == "mine\n"


def test_on_a_terminal(tmux: Tmux) -> None:
    """The session is attached; when it has ended, or was left, the command ends, and says what runs on."""
    tmux("-L", "outer", "new-session", "-d", "-s", "mine", "-x", "100", "-y", "40", "env", "-u", "TMUX", "sh")
    outer = ["tmux", "-L", "outer"]
    try:
        command = f"{shlex.join(DEMO)} --port 0 --clients 1"
        subprocess.run([*outer, "send-keys", "-t", "mine", command, "Enter"], check=True)

        def shown() -> str:
            return subprocess.run(
                [*outer, "capture-pane", "-p", "-J"], capture_output=True, text=True, check=True
            ).stdout

        await_true(shown, lambda seen: "[ann] joined the chat" in seen and "chat-stop ends it all" in seen)
        tmux("detach-client", "-s", "chat-demo")
        await_true(shown, lambda seen: "The demo runs on. To see it: tmux attach -t chat-demo." in seen)
    finally:
        subprocess.run([*outer, "kill-server"], check=False)


def pane(tmux: Tmux, command: str) -> str:
    """A session that is one pane of a demo with a command of the shell in it; its id."""
    words = [sys.executable, "-P", "-m", "reference_tools.pane", "sh", "-c", command]
    kept = [f"{name}={os.environ[name]}" for name in ("PYTHONPATH", "XDG_STATE_HOME")]
    return tmux("new-session", "-d", "-P", "-F", "#{pane_id}", "-x", "80", "-y", "9", "env", *kept, *words).strip()


def test_a_command_that_fails_keeps_its_pane(tmux: Tmux) -> None:
    """So that its reason can be read, until somebody presses Enter."""
    place = pane(tmux, "echo no room; exit 4")
    assert "no room\nIt has ended with status 4; Enter closes this." in await_screen(place, "Enter closes this")
    tmux("send-keys", "-t", place, "Enter")
    await_true(sessions, lambda seen: seen == "")


def test_a_pane_that_waits_is_ended_too(tmux: Tmux) -> None:
    """By chat-stop, as there is nothing else left in it."""
    await_screen(pane(tmux, "exit 4"), "Enter closes this")
    (waiting,) = running.entries()
    name = f"window of chat-demo {waiting.pid} (waits for Enter)"
    assert chat_stop() == (0, [f"asking {name} to end", f"ended {name}"], "")
    await_true(sessions, lambda seen: seen == "")


@pytest.mark.parametrize("command", ["exit 0", "exit 130", "exit 143", "kill -TERM $$", "kill -INT $$"])
def test_a_command_that_was_ended_closes_its_pane(command: str, tmux: Tmux) -> None:
    """Whoever has ended it knows why."""
    pane(tmux, f"read line; {command}")
    tmux("send-keys", "Enter")
    await_true(sessions, lambda seen: seen == "")


def test_ctrl_c_is_the_commands(tmux: Tmux) -> None:
    """The pane lives on with a command that does something else with it."""
    place = pane(tmux, "trap 'echo caught' INT; echo ready; while :; do sleep 1; done")
    await_screen(place, "ready")
    tmux("send-keys", "-t", place, "C-c")
    await_screen(place, "caught")
    tmux("send-keys", "-t", place, "C-c")
    await_true(lambda: screen(place), lambda shown: shown.count("caught") == 2)
