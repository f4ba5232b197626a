"""The server under test: an address, or a command that is started and, should it die, started again."""

import contextlib
import io
import os
import random
import re
import shlex
import signal
import socket
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Self

import psutil

import spec
from conformance.process import born, family, listens

_ERROR = re.compile(r"\S*(?<!\w)\w*(Error|Exception|panic)\b")  # at the begin of a line: not those of a trace
START_SECONDS = 15.0
STOP_SECONDS = 3.0
KILLED_SECONDS = 5.0
KEPT_LINES = 50
KEPT_OCTETS = 4096  # of one line


class TargetError(Exception):
    """The server cannot be reached or started; the message says why, in one line."""


class UsageError(Exception):
    """What the user asked for cannot be understood; the message says what would be."""


def parse_address(text: str) -> tuple[str, int]:
    """Reads `HOST:PORT` or `[HOST]:PORT`.

    Raises:
        UsageError: it is neither, or the port is not from 1 to 65535.
    """
    host, colon, port = text.rpartition(":")
    host = host.removeprefix("[").removesuffix("]") if host.startswith("[") else host
    if not colon or not host or not port.isascii() or not port.isdigit() or not 0 < int(port) < 65536:
        such = f"127.0.0.1:{text}" if text.isascii() and text.isdigit() else "127.0.0.1:5050 or [::1]:5050"
        raise UsageError(f"{text!r} is no address of a server: write HOST:PORT, such as {such}")
    if "/" in text:
        raise UsageError(
            f"{text!r} is no address of a server but one of a page: write HOST:PORT, such as 127.0.0.1:5050"
        )
    if ":" in host and not text.startswith("["):
        raise UsageError(f"{text!r}: put an IPv6 address in brackets, such as [::1]:5050")
    return host, int(port)


def words_of(command: str) -> list[str]:
    """The words of a command line that was given in one.

    Raises:
        UsageError: there is none, or a quotation does not end.
    """
    try:
        words = shlex.split(command, posix=os.name != "nt")
    except ValueError as error:
        raise UsageError(f"--command cannot be read: {error}") from error
    if not words:
        raise UsageError("--command is empty")
    return words


def _exists(pid: int) -> bool:
    try:
        return psutil.pid_exists(pid)
    except OverflowError:  # no system has such numbers
        return False


def free_port() -> int:
    """A TCP port of 127.0.0.1 that nobody listens on, drawn from below those that systems give to outgoing connections.

    Port 0 would give one of those: beside many other runs it is taken again before the server that it is meant for has
    started, and two runs then talk to one server.
    """
    for port in [*random.SystemRandom().sample(range(20_000, 32_768), 20), 0]:
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return int(probe.getsockname()[1])
    raise OSError("no free port")


def reference_command() -> list[str]:
    """The command that starts the reference server of this installation."""
    return [sys.executable, "-P", "-m", "reference_server", "--quiet", "--journal", "none", "--port", "{port}"]


class Target:
    """A server under test.

    Args:
        address: where it listens; None for a command that is given a free port of 127.0.0.1.
        command: starts it; `{port}` in it is replaced.
        pid: its process id, if it was started by somebody else.
        wrapper: words before the command: a program that sets limits and becomes the server.
        listen: told, in a thread, of what the server prints.
    """

    def __init__(
        self,
        address: tuple[str, int] | None = None,
        command: list[str] | None = None,
        pid: int | None = None,
        *,
        wrapper: Sequence[str] = (),
        listen: Callable[[bytes], None] = lambda octets: None,
    ) -> None:
        if address is None and (command is None or not any("{port}" in word for word in command)):
            raise UsageError("give the server's address, or a command with {port} in it")
        self.host, self.port = address if address is not None else ("127.0.0.1", free_port())
        self.command = [word.replace("{port}", str(self.port)) for word in command] if command else None
        self.output: deque[str] = deque(maxlen=KEPT_LINES)
        self.starts = 0
        self._pid = pid
        self._wrapper = list(wrapper)
        self._listen = listen
        self._process: subprocess.Popen[bytes] | None = None
        self._drainer: threading.Thread | None = None
        self._answering: tuple[int, tuple[str, int]] | None = None

    @classmethod
    def of(cls, address: tuple[str, int] | None, command: str | None, pid: int | None) -> Self:
        """The one that a command line names.

        Raises:
            UsageError: the command cannot be read, or has no {port} in it though there is no address; a process is named
                beside it, or there is no such process.
        """
        words = words_of(command) if command is not None else None
        if pid is not None and words is not None:
            raise UsageError("--pid and --command exclude each other: a started server's process is known")
        if pid is not None and not _exists(pid):
            raise UsageError(f"--pid: there is no process {pid}")
        return cls(address, words, pid)

    @property
    def name(self) -> str:
        """The address as a user writes it."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    @property
    def pid(self) -> int | None:
        """The process that is judged, if it is known."""
        return self._process.pid if self._process is not None else self._pid

    @property
    def doubt(self) -> str | None:
        """Why the process that was named may not be the server; None if nothing speaks against it."""
        if self._pid is None or listens(self._pid, self.port) is not False:
            return None
        return f"process {self._pid} does not listen on port {self.port}: is it the server's?"

    @property
    def ended(self) -> int | None:
        """The exit status of a server that was started here and has ended; None otherwise."""
        return self._process.poll() if self._process is not None else None

    def end_within(self, seconds: float) -> int | None:
        """The same, waiting for the end for so many seconds at most."""
        if self._process is not None:
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(seconds)
        return self.ended

    def resolve(self) -> tuple[int, tuple[str, int]]:
        """The address family and the address for a socket: of several, the one that was found to answer.

        Raises:
            TargetError: the host is unknown.
        """
        return self._answering or self._addresses()[0]

    def _addresses(self) -> list[tuple[int, tuple[str, int]]]:
        try:
            found = socket.getaddrinfo(self.host, self.port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError) as error:
            raise TargetError(f"{self.name}: the host is unknown ({error})") from error
        return [(int(family), (str(address[0]), int(address[1]))) for family, _, _, _, address in found]

    def start(self) -> None:
        """Starts the command, if there is one, and waits until somebody listens at the address.

        Raises:
            TargetError: the command cannot be started, ended, or nobody listens within 15 s; or, without a command,
                nobody listens now.
        """
        if self.command is None:
            self._knock(5.0)
            return
        self.stop()
        if self._is_open():
            raise TargetError(f"somebody already listens on {self.name}, so the command was not started")
        # What runs under test is not for `chat-stop` to end: that would be blamed on the server.
        environment = dict(os.environ, PYTHONUNBUFFERED="1", CHAT_UNLISTED="1")
        if self.command[0] == sys.executable:  # one of ours; somebody else's server shall not find our packages
            ours = str(Path(spec.__file__).parents[1])
            environment["PYTHONPATH"] = os.pathsep.join(filter(None, [environment.get("PYTHONPATH"), ours]))
        try:
            self._process = subprocess.Popen(  # noqa: S603  # running the user's server is the purpose
                [*self._wrapper, *self.command],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                env=environment,
                start_new_session=True,
            )
        except OSError as error:
            raise TargetError(f"cannot start {shlex.join(self.command)}: {error.strerror or error}") from error
        self.starts += 1
        self._drainer = threading.Thread(target=self._drain, args=(self._process,), daemon=True)
        self._drainer.start()
        self._await_listener()

    def restart(self) -> bool:
        """Starts a server afresh that was started here; gives whether it listens again."""
        if self.command is None:
            return False
        self.stop()
        until = time.monotonic() + STOP_SECONDS
        while self._is_open() and time.monotonic() < until:
            time.sleep(0.02)  # nothing tells when the system has let go of a port
        try:
            self.start()
        except TargetError:
            return False
        return True

    def stop(self) -> None:
        """Ends what was started here, its descendants included."""
        process, self._process = self._process, None
        if process is None:
            return
        descendants = {pid: born(pid) for pid in family(process.pid)}
        killing = getattr(signal, "SIGKILL", signal.SIGTERM)
        for number, seconds in ((signal.SIGTERM, STOP_SECONDS), (killing, KILLED_SECONDS)):
            with contextlib.suppress(OSError):
                if hasattr(os, "killpg"):
                    os.killpg(process.pid, number)  # the session that it was started in: its descendants too
                else:
                    process.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(seconds)
        for pid, since in descendants.items():
            if since is not None and born(pid) == since:  # one that has left the session; and no other under its number
                with contextlib.suppress(OSError):
                    os.kill(pid, signal.SIGKILL)
        self._last_lines()

    def _last_lines(self) -> None:
        """Waits for what the server has still to print, shortly: somebody may hold the other end for long."""
        if self._drainer is not None:
            self._drainer.join(1.0)

    def _await_listener(self) -> None:
        until = time.monotonic() + START_SECONDS
        while not self._is_open():
            assert self._process is not None
            status = self.ended
            if status is not None:
                self._last_lines()
                raise TargetError(f"the server ended with status {status} before it listened: {self._last_words()}")
            if time.monotonic() >= until:
                raise TargetError(f"the server does not listen on {self.name} within {START_SECONDS:g} s")
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(0.02)  # nothing tells when a stranger's server listens: look again shortly

    def _last_words(self) -> str:
        """The last line that names an error, for some print their version behind it; else the last one."""
        named = [line for line in self.output if _ERROR.match(line)]
        return (named or list(self.output) or ["it printed nothing"])[-1]

    def _is_open(self) -> bool:
        try:
            self._knock(1.0)
        except TargetError:
            return False
        return True

    def _knock(self, seconds: float) -> None:
        problem: OSError | None = None
        for domain, address in self._addresses():  # localhost has two, and many servers listen on one of them
            with socket.socket(domain, socket.SOCK_STREAM) as probe:
                probe.settimeout(seconds)
                try:
                    probe.connect(address)
                except OSError as error:
                    problem = problem or error
                else:
                    self._answering = (domain, address)
                    return
        raise TargetError(f"nobody listens on {self.name}: {(problem and problem.strerror) or problem}") from problem

    def _drain(self, process: subprocess.Popen[bytes]) -> None:
        assert isinstance(process.stdout, io.BufferedReader)
        rest = b""
        with process.stdout, contextlib.suppress(ValueError, OSError):
            # Not line by line: a line may have no end, and many short ones would hold up the run.
            while octets := process.stdout.read1(1 << 16):
                self._listen(octets)
                *lines, rest = (rest[:KEPT_OCTETS] + octets).split(b"\n")
                self._keep(lines)
            self._keep([rest] if rest else [])

    def _keep(self, lines: list[bytes]) -> None:
        self.output.extend(line[:KEPT_OCTETS].decode(errors="replace") for line in lines[-KEPT_LINES:])
