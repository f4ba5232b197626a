"""`chat-server` as a process: its lines, its exit statuses, its signals, and the worst that can be its output."""

import contextlib
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from reference_server.cli import CANNOT_LISTEN, STARTED, main
from reference_server.options import USAGE
from spec import wire
from tests.reference_server.helpers import DEADLINE_S, SELECTORS, Client, frame

ROOT = Path(__file__).parents[2]
LISTENING = re.compile(rb"listening on (?:127\.0\.0\.1|\[::1\]):(\d+)")


class Process:
    """A server process; its standard error is read all the time, its standard output only when asked for."""

    def __init__(self, *options: str, shell: str = "", stdout: int = subprocess.PIPE, prelude: str = "") -> None:
        start = ["-c", f"{prelude}\nimport runpy; runpy.run_module('reference_server', run_name='__main__')"]
        journal = [] if "--journal" in options else ["--journal", "none"]
        run = start if prelude else ["-m", "reference_server"]
        command = [sys.executable, *run, "--port", "0", *journal, *options]
        if shell:
            command = ["sh", "-c", f'{shell}; exec "$@" {"" if stdout == subprocess.PIPE else ">&-"}', "sh", *command]
        self.process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        assert self.process.stderr is not None
        self.errors = b""
        self._more = threading.Condition()
        while not (found := LISTENING.search(self.errors)):
            line = self.process.stderr.readline()
            assert line, self.errors
            self.errors += line
        self.port = int(found[1])
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stderr is not None
        for line in self.process.stderr:
            with self._more:
                self.errors += line
                self._more.notify_all()

    def errors_until(self, pattern: bytes, count: int) -> list[bytes]:
        """What a pattern finds on its standard error, once it is found so many times."""
        with self._more:
            assert self._more.wait_for(lambda: len(re.findall(pattern, self.errors)) >= count, DEADLINE_S), self.errors
            return re.findall(pattern, self.errors)

    def client(self, nick: str | None = None, host: str = "127.0.0.1") -> Client:
        """A new connection."""
        return Client((host, self.port), nick)

    def ends(self) -> int:
        """Its exit status, once it ends by itself."""
        return self.process.wait(DEADLINE_S)

    def output(self) -> list[str]:
        """All that it printed; it must have ended."""
        assert self.process.stdout is not None
        return self.process.stdout.read().decode().splitlines()

    def close(self) -> None:
        """Ends it, however it is."""
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait(DEADLINE_S)
        self._reader.join(DEADLINE_S)
        for stream in (self.process.stdout, self.process.stderr):
            assert stream is not None
            stream.close()


@contextlib.contextmanager
def started(*options: str, shell: str = "", stdout: int = subprocess.PIPE, prelude: str = "") -> Iterator[Process]:
    """A server process that is gone in the end.

    Args:
        shell: commands of the shell that starts it.
        prelude: Python that it runs first.
    """
    process = Process(*options, shell=shell, stdout=stdout, prelude=prelude)
    try:
        yield process
    finally:
        process.close()


def test_a_window_that_is_closed_stops_it_in_order() -> None:
    """SIGHUP; but not a server that is to survive its window."""
    with started() as server, server.client("alice") as alice:
        server.process.send_signal(signal.SIGHUP)
        assert alice.read()[1:] == ("Server", "the server is shutting down")
        alice.sock.close()
        assert server.ends() == 0
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with started() as server, server.client("alice") as alice, server.client("bob") as bob:
            server.process.send_signal(signal.SIGHUP)
            alice.read()
            bob.say("still here")
            assert alice.read().text == "still here"
            server.process.send_signal(signal.SIGTERM)
    finally:
        signal.signal(signal.SIGHUP, before)


@pytest.mark.parametrize("selector", SELECTORS)
def test_a_conversation_and_sigterm(selector: str) -> None:
    """The origin's line first, then a line a frame; a stop is told, announces no leaves and is no failure."""
    with started("--selector", selector) as server, server.client("alice") as alice:
        alice.say("hi \x1b[2J")
        with server.client("bob") as bob:
            alice.read()
            server.process.send_signal(signal.SIGTERM)
            for client in (alice, bob):
                assert client.read()[1:] == ("Server", "the server is shutting down")
                assert client.ends() == "FIN"
        alice.sock.close()
        assert server.ends() == 0
        first, *lines = server.output()
    assert first == STARTED
    assert all(re.match(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z \[", line) for line in lines)
    assert [line[25:] for line in lines] == [
        "[Server] [alice] joined the chat",
        "[alice] hi \u241b[2J",
        "[Server] [bob] joined the chat",
        "[Server] the server is shutting down",
    ]


def test_a_second_signal_ends_it_at_once() -> None:
    """While it waits for somebody who does not close."""
    with started() as server, server.client("alice") as alice:
        server.process.send_signal(signal.SIGINT)
        assert alice.read().text == "the server is shutting down"
        server.process.send_signal(signal.SIGTERM)
        assert server.ends() == -signal.SIGTERM


def test_quiet_prints_the_first_line_alone() -> None:
    """Programs wait for that one."""
    with started("--quiet") as server:
        with server.client("alice"):
            pass
        server.process.send_signal(signal.SIGTERM)
        assert server.ends() == 0
        assert server.output() == [STARTED]


def test_ipv6() -> None:
    """An address in brackets is said on standard error."""
    with started("--host", "::1") as server, server.client("alice", "::1"):
        assert b"listening on [::1]:" in server.errors


def test_an_output_that_nobody_reads_holds_up_nobody() -> None:
    """Beyond the backlog lines are dropped, counted, and the count is printed once there is room."""
    with started() as server, server.client("alice") as alice, server.client("bob") as bob:
        alice.read()
        text = "x" * 60_000
        for number in range(30):
            alice.say(f"{number} {text}")
            assert bob.read().text == f"{number} {text}"
        server.process.send_signal(signal.SIGTERM)
        lines = server.output()
    told = [re.fullmatch(r"--- (\d+) lines are missing here ---", line) for line in lines]
    missing = [int(found[1]) for found in told if found]
    assert missing
    assert sum(missing) + len(lines) - len(missing) == 1 + 2 + 30 + 1  # started, joins, chat, shutdown


def test_a_closed_output_is_not_written_into_a_socket() -> None:
    """`>&-`: the listening socket would get descriptor 1, and its clients the console."""
    with started(shell=":", stdout=subprocess.DEVNULL) as server, server.client("alice") as alice:
        if sys.platform == "linux":
            assert Path(f"/proc/{server.process.pid}/fd/1").readlink() == Path(os.devnull)
        alice.say("to the console")
        with server.client("bob") as bob:
            assert alice.read().text == "[bob] joined the chat"
            bob.say("hi")
            assert alice.read().text == "hi"
        server.process.send_signal(signal.SIGTERM)
        assert server.output() == []


def test_a_reader_that_went_away_ends_nothing() -> None:
    """EPIPE on standard output."""
    with started() as server:
        assert server.process.stdout is not None
        server.process.stdout.close()
        with server.client("alice") as alice, server.client("bob") as bob:
            alice.read()
            for number in range(3):
                alice.say(str(number))
                assert bob.read().text == str(number)


@pytest.mark.parametrize("selector", SELECTORS)
def test_few_descriptors(selector: str) -> None:
    """With 40 of them it serves whom it can, tells the others, and serves again when there is room (ROBUST-1)."""
    with started("--selector", selector, shell="ulimit -n 40") as server:
        clients = [server.client() for _ in range(60)]
        replies = []
        for number, client in enumerate(clients):
            try:
                client.send(frame(f"n{number}"))
                replies.append(client.read().text)
            except (EOFError, OSError):
                replies.append("closed")
        joined = [number for number, reply in enumerate(replies) if reply == f"[n{number}] joined the chat"]
        assert len(joined) >= 10
        assert "the server is full" in replies
        for client in clients[1:]:
            client.sock.close()
        clients[0].read_until(f"[n{joined[-1]}] left the chat")
        with server.client("afterwards"):
            pass
        clients[0].sock.close()
    assert b"Traceback" not in server.errors


def test_the_largest_body() -> None:
    """`--max-body`: of that many octets it is relayed, of one more its header ends the connection (FRAME-8)."""
    largest = wire.SERVER_MAX_BODY_OCTETS + 1000
    with started("--max-body", str(largest)) as server, server.client("alice") as alice, server.client("bob") as bob:
        alice.read()
        bob.send(b"%-10d" % largest + b"\0\0" + b"x" * (largest - 2))
        header = b"%-10d" % (largest + len("2026-01-01T00:00:00.000Z" + "bob"))  # more than other clients read
        assert alice.read_octets(len(header)) == header
        assert alice.read_octets(int(header)).endswith(b"\0bob\0" + b"x" * (largest - 2))
        bob.send(b"%-10d" % (largest + 1))
        assert "FRAME-8" in bob.read().text
        assert bob.ends() == "FIN"


@pytest.mark.parametrize("seconds", [10, 20])
def test_the_time_for_a_join(seconds: int) -> None:
    """`--join-timeout`: who has not joined by then is told so, by a server for which time runs a hundred times as fast."""
    fast = "import time\nreal = time.monotonic\ntime.monotonic = lambda: 100 * real()"
    with started("--join-timeout", str(seconds), prelude=fast) as server, server.client() as idle:
        idle.sock.settimeout(0.05)
        deadline = time.monotonic() + DEADLINE_S
        told = None
        while told is None and time.monotonic() < deadline:
            # A connection wakes it: it would wait as many real seconds.
            with server.client(), contextlib.suppress(TimeoutError):
                told = idle.read()
        assert told is not None
        assert told[1:] == ("Server", f"no join came within {seconds} seconds")
        idle.sock.settimeout(DEADLINE_S)
        assert idle.ends() == "FIN"


@pytest.mark.parametrize(
    "options",
    [
        ["--port", "65536"],
        ["--port", "x"],
        ["--max-body", "1048575"],
        ["--max-body", "67108865"],
        ["--join-timeout", "9.9"],
        ["--join-timeout", "60.1"],
        ["--join-timeout", "nan"],
        ["--delay", "50.1"],
        ["--delay", "-1"],
        ["--selector", "magic"],
        ["--selector", "kqueue" if "kqueue" not in SELECTORS else "epoll"],
        ["--unknown"],
    ],
)
def test_a_wrong_command_line(options: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """One line that says what is wrong, and 2."""
    with pytest.raises(SystemExit) as raised:
        main(options)

    assert raised.value.code == USAGE
    assert len(capsys.readouterr().err.splitlines()) == 1


@pytest.mark.parametrize("host", ["no.such.host.invalid", "127.0.0.1"])
def test_where_it_cannot_listen(host: str) -> None:
    """One line and 1: an unknown host, a port in use."""
    with socket.create_server(("127.0.0.1", 0)) as other:
        command = [sys.executable, "-m", "reference_server", "--host", host, "--port", str(other.getsockname()[1])]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, timeout=DEADLINE_S, check=False)

    assert done.returncode == CANNOT_LISTEN
    assert done.stdout == b""
    assert len(done.stderr.splitlines()) == 1
    assert f"cannot listen on {host}".encode() in done.stderr


def test_the_environment_is_not_needed() -> None:
    """It starts without HOME, PATH and a locale."""
    command = [sys.executable, "-m", "reference_server", "--version"]
    done = subprocess.run(command, cwd=ROOT, env={}, capture_output=True, timeout=DEADLINE_S, check=False)

    assert done.returncode == os.EX_OK
    assert done.stdout.startswith(b"chat-server ")
