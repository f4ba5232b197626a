"""The command as a process: its exit statuses, its streams, its terminal."""

import io
import json
import os
import pty
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from reference_client import cli
from tests.reference_client.peers import (
    DEADLINE_S,
    ROOT,
    SHOWN,
    TIME,
    Client,
    Server,
    announcement,
    complaint,
    frame,
    joined_line,
)


@pytest.fixture
def server() -> Iterator[Server]:
    """A listening server."""
    with Server() as listening:
        yield listening


def closing_descriptors(*redirections: str) -> list[str]:
    """A wrapper that starts a command with standard descriptors closed."""
    return ["sh", "-c", f'exec "$@" {" ".join(redirections)}', "sh"]


def test_a_pipe_is_delivered_before_the_end(server: Server) -> None:
    """`echo hi | chat-client --nick bot`: join, message, half-close; shows what comes until the end, and exits 0."""
    with Client("--nick", "bot", server.address) as client, server.accept() as peer:
        client.type(b"hi\n")
        client.end_input()
        time, nick, text = peer.read_frame()
        assert (nick, text) == ("bot", "")
        assert len(time) == len(TIME)
        peer.send(announcement("bot"))
        assert peer.read_frame()[1:] == ("bot", "hi")
        assert peer.at_end()
        peer.send(frame("bob", "welcome, bot"))
        peer.close()

        assert client.finish() == (0, [joined_line("bot"), f"{SHOWN} [bob] welcome, bot"], "")


def test_the_nick_is_the_first_line_of_a_pipe(server: Server) -> None:
    """Without --nick a pipe gives it, and is not prompted; its end may come with it."""
    with Client(server.address) as client:
        client.type("jürgen\nhi".encode())
        client.end_input()
        with server.accept() as peer:
            assert peer.let_in() == "jürgen"
            assert peer.read_text() == "hi"
            assert peer.at_end()

        assert client.finish() == (0, [joined_line("jürgen")], "")


def test_a_bad_nick_in_a_pipe(server: Server) -> None:
    """It is told before anything is connected; the status is 2 (NICK-1)."""
    with Client(server.address) as client:
        status, shown, said = client.finish(b"bad\x1b[2Jnick\nhi\n")

    assert (status, shown) == (2, [])
    assert complaint(r"the first line of standard input is no nick: .*\(U\+001B\)", said)
    assert server.nobody_came()


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--nick", ""], "a nick has at least one character"),
        (["--nick", " a"], "neither begins nor ends with white space"),
        (["--nick", "a", "h:x"], "'x' is not a port"),
        (["--ni", "a"], "unrecognized arguments"),
        (["a", "b"], "unrecognized arguments"),
    ],
)
def test_bad_usage(arguments: list[str], sentence: str, capsys: pytest.CaptureFixture[str]) -> None:
    """A bad command line is status 2, with a sentence that says why."""
    with pytest.raises(SystemExit) as end:
        cli.main(arguments)

    assert end.value.code == 2
    assert sentence in capsys.readouterr().err


def test_help_and_version(capsys: pytest.CaptureFixture[str]) -> None:
    """The help says what a user can't guess: own messages are not shown, and what the statuses mean."""
    for option in ("--help", "--version"):
        with pytest.raises(SystemExit) as end:
            cli.main([option])
        assert end.value.code == 0

    out = capsys.readouterr().out
    assert "does not send your own messages back" in out
    assert "3 the server cannot be reached" in out
    assert out.splitlines()[-1].startswith("chat-client ")


def test_refused(server: Server) -> None:
    """The reason is shown as the frame that it is, said in a sentence, and the status is 4 (CLIENT-5)."""
    with Client("--nick", "bot", server.address) as client:
        with server.accept() as peer:
            peer.read_frame()
            peer.send(frame("Server", "taken\x1b[2J"))

        status, shown, said = client.finish()
        assert (status, shown) == (4, [f"{SHOWN} [Server] taken\u241b[2J"])
        assert complaint("the server refused to let bot join: taken\u241b\\[2J", said)


def test_unreachable() -> None:
    """A port where nobody listens is status 3."""
    with socket.create_server(("127.0.0.1", 0)) as bound:
        port = bound.getsockname()[1]
    with Client("--nick", "bot", f"127.0.0.1:{port}") as client:
        status, shown, said = client.finish()

    assert (status, shown) == (3, [])
    assert complaint(rf"cannot connect to 127\.0\.0\.1:{port}: Connection refused", said)


def test_the_server_goes_away(server: Server) -> None:
    """After a shutdown message or without one, it says so, and the status is 1 (CLIENT-5)."""
    with Client("--nick", "bot", server.address) as client:
        with server.accept() as peer:
            peer.let_in()
            peer.send(frame("Server", "shutting down"))

        # Standard input is still open: nothing but the server ends it.
        assert client.line() == joined_line("bot")
        assert client.line() == f"{SHOWN} [Server] shutting down"
        assert client.process.wait() == 1
        _, _, said = client.finish()
        assert complaint("the server closed the connection", said)


def test_malformed(server: Server) -> None:
    """It closes, names what is wrong, and the status is 1 (CLIENT-5)."""
    with Client("--nick", "bot", server.address) as client, server.accept() as peer:
        peer.let_in()
        peer.send(frame("bob", "hi") + b"1_0       ")
        assert peer.at_end()
        status, shown, said = client.finish()

    assert (status, shown) == (1, [joined_line("bot"), f"{SHOWN} [bob] hi"])
    assert complaint("the server sent a malformed frame: FRAME-4: .*b'1_0       '.*", said)


def test_hostile_frames_on_standard_output(server: Server) -> None:
    """One line for each frame, and no octet of it drives a terminal (CLIENT-4)."""
    hostile = "a\n\r\x1b]0;title\x07\x9b2J\u202e\u2028\x7f"
    with Client("--nick", "bot", server.address) as client:
        with server.accept() as peer:
            peer.let_in()
            client.end_input()
            assert peer.at_end()
            peer.send(frame(hostile, hostile, hostile))
        status, shown, _ = client.finish()

    assert (status, len(shown)) == (0, 2)
    assert shown[1].isprintable()
    shape = "a\u240a\u240d\u241b]0;title\u2407\ufffd2J\ufffd\ufffd\u2421"
    assert shown[1] == f"{shape} [{shape}] {shape}"


@pytest.mark.parametrize("stdin", ["/dev/null", "a file", "closed"])
def test_other_standard_inputs(server: Server, stdin: str, tmp_path: Path) -> None:
    """A file is sent whole; nothing to read is an empty input: it joins, and leaves in order."""
    path = tmp_path / "input"
    path.write_bytes(b"".join(b"%d\n" % number for number in range(100)))
    wrapper = closing_descriptors("<&-") if stdin == "closed" else []
    with (
        (path if stdin == "a file" else Path(os.devnull)).open("rb") as file,
        Client("--nick", "bot", server.address, stdin=file, wrapper=wrapper) as client,
    ):
        with server.accept() as peer:
            peer.let_in()
            if stdin == "a file":
                assert [peer.read_text() for _ in range(100)] == list(map(str, range(100)))
            assert peer.at_end()

        assert client.finish() == (0, [joined_line("bot")], "")


def test_closed_outputs(server: Server) -> None:
    """What is shown to nobody never ends up in the socket that would get the free descriptor."""
    with Client("--nick", "bot", server.address, wrapper=closing_descriptors(">&-", "2>&-")) as client:
        with server.accept() as peer:
            peer.let_in()
            client.type(b"\xff\nhi\n")  # a complaint and a message
            client.end_input()
            assert peer.read_text() == "hi"
            assert peer.at_end()

        assert client.finish() == (1, [], "")  # not all was sent


def test_head(server: Server) -> None:
    """`chat-client | head -1` ends quietly although standard input is open."""
    with Client("--nick", "bot", server.address) as client, server.accept() as peer:
        peer.let_in()
        assert client.line() == joined_line("bot")
        assert client.process.stdout is not None
        client.process.stdout.close()
        client.process.stdout = None
        peer.send(frame("bob", "hi"))
        assert peer.at_end()
        peer.close()

        assert client.process.wait() == 0
        assert client.finish() == (0, [], "")


def test_an_interrupt_is_quiet(server: Server) -> None:
    """Ctrl-C leaves at once, without a word, with the status that shells give it."""
    with Client("--nick", "bot", server.address) as client, server.accept() as peer:
        peer.let_in()
        assert client.line() == joined_line("bot")
        client.process.send_signal(signal.SIGINT)

        assert client.finish() == (130, [], "")


def test_the_readers_zone_and_utc(server: Server) -> None:
    """Times are the reader's; UTC on request (CLIENT-3)."""
    for options, expected in (([], "2026-11-22 15:51:07"), (["--utc"], "2026-11-22 10:21:07Z")):
        with Client("--nick", "bot", *options, server.address, TZ="XYZ-5:30") as client:
            with server.accept() as peer:
                peer.let_in()
                peer.send(frame("bob", "hi", "noon"))
            assert client.line() == f"{expected} [Server] [bot] joined the chat"
            assert client.line() == "noon [bob] hi"


def test_json(server: Server) -> None:
    """With --json each frame is one object in one line, flushed as it comes."""
    with Client("--json", "--nick", "bot", server.address) as client, server.accept() as peer:
        peer.let_in()
        assert json.loads(client.line())["type"] == "join"
        peer.send(frame("bob", "hé\n\x1b"))
        assert json.loads(client.line()) == {"type": "chat", "time": TIME, "nick": "bob", "text": "hé\n\x1b"}


@pytest.mark.skipif(not socket.has_ipv6, reason="this Python has no IPv6")
def test_ipv6() -> None:
    """`[::1]:PORT` works."""
    try:
        server = Server("::1")
    except OSError:
        pytest.skip("this machine has no IPv6 loopback")
    with server, Client("--nick", "bot", server.address) as client:
        client.end_input()
        with server.accept() as peer:
            peer.let_in()
            assert peer.at_end()
        assert client.finish() == (0, [joined_line("bot")], "")


class Terminal:
    """The near end of a pseudo-terminal, read until something appears."""

    def __init__(self, descriptor: int) -> None:
        self.raw = io.FileIO(descriptor, "r+")

    def type(self, octets: bytes) -> None:
        """As if it were typed."""
        self.raw.write(octets)

    def until(self, end: str) -> str:
        """What appears up to and with something."""
        octets = b""
        while not octets.endswith(end.encode()):
            octets += self.raw.read(1)
        return octets.decode()


@contextmanager
def on_terminal(*arguments: str, **environment: str) -> Iterator[tuple[Client, Terminal]]:
    """The client with a terminal as all three standard streams."""
    near, far = pty.openpty()
    terminal = Terminal(near)
    with (
        terminal.raw,
        io.FileIO(far, "r+") as end,
        Client(*arguments, stdin=end, stdout=end, stderr=end, **environment) as client,
    ):
        end.close()
        yield client, terminal


def test_a_person_on_a_terminal(server: Server) -> None:
    """Asked for the nick until it is good; Enter alone says nothing; Ctrl-D leaves in order."""
    with on_terminal("--lines", server.address) as (client, terminal):
        terminal.until("Nick: ")
        terminal.type(b" bad\n")
        assert "white space" in terminal.until("Nick: ")
        terminal.type(b"alice\n")
        with server.accept() as peer:
            assert peer.let_in() == "alice"
            terminal.until(f"{joined_line('alice')}\r\n")
            terminal.type(b"\n\nhi\n")
            assert peer.read_text() == "hi"
            peer.send(frame("bob", "hé\x1b[2J"))
            terminal.until(f"{SHOWN} [bob] hé\u241b[2J\r\n")
            terminal.type(b"\x04")
            assert peer.at_end()

        assert client.process.wait() == 0


def test_ctrl_d_instead_of_a_nick(server: Server) -> None:
    """No nick, no conversation."""
    with on_terminal("--lines", server.address) as (client, terminal):
        terminal.until("Nick: ")
        terminal.type(b"\x04")
        terminal.until("chat-client: standard input ended before there was a nick\r\n")
        assert client.process.wait() == 2
    assert server.nobody_came()


@pytest.mark.parametrize(
    ("options", "term"), [(["--lines"], "xterm"), (["--json"], "xterm"), ([], "dumb"), ([], ""), ([], "unknown")]
)
def test_line_by_line_on_a_terminal(server: Server, options: list[str], term: str) -> None:
    """Where it is asked for, and where nobody knows what the terminal can do, nothing is drawn."""
    with on_terminal("--nick", "ann", *options, server.address, TERM=term) as (client, terminal):
        with server.accept() as peer:
            peer.let_in()
            assert "\x1b" not in terminal.until("joined the chat")
            terminal.type(b"\x04")
            assert peer.at_end()
        assert client.process.wait() == 0


LOADED = """
import runpy, sys
try:
    runpy.run_module("reference_client", run_name="__main__", alter_sys=True)
finally:
    assert not {"prompt_toolkit", "wcwidth", "asyncio"} & set(sys.modules)
"""


def test_nobody_who_pipes_pays_for_the_terminal_mode(server: Server) -> None:
    """Without a terminal what draws on one is not even imported; nor is it for --help."""
    with subprocess.Popen(
        [sys.executable, "-c", LOADED, "--nick", "bot", server.address],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        cwd=ROOT,
    ) as process:
        with server.accept() as peer:
            peer.let_in()
            assert peer.at_end()
        assert process.communicate(timeout=DEADLINE_S)[1] == b""
    done = subprocess.run([sys.executable, "-c", LOADED, "--help"], capture_output=True, cwd=ROOT, check=False)
    assert (done.returncode, done.stderr) == (0, b"")


def test_status_of_an_unwritable_standard_error(server: Server) -> None:
    """Nobody to complain to does not change the status."""
    reading, writing = os.pipe()
    os.close(reading)
    with io.FileIO(writing, "w") as nobody, Client("--nick", "bot", server.address, stderr=nobody) as client:
        with server.accept() as peer:
            peer.read_frame()
        assert client.finish(b"")[0] == 4


def test_the_wrappers_are_the_same_command() -> None:
    """`python -m reference_client` names itself as the console script does."""
    with Client("--version", stdin=subprocess.DEVNULL) as client:
        status, shown, said = client.finish()
    assert (status, said) == (0, "")
    assert shown[0].startswith("chat-client ")
