"""The other side of a conversation: a server that does what a test tells it, and the client as a process.

The server speaks through the definition, not through the codec that the client uses.
"""

import os
import re
import socket
import subprocess
import sys
import threading
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self

from spec import wire

DEADLINE_S = 20.0
ROOT = Path(__file__).parents[2]
TIME = "2026-11-22T10:21:07.123Z"
SHOWN = "2026-11-22 10:21:07"


def frame(nick: str, text: str, time: str = TIME) -> bytes:
    """The octets of a frame to a client."""
    octets: bytes = wire.TO_CLIENT.build({"time": time, "nick": nick, "text": text})
    return octets


def announcement(nick: str) -> bytes:
    """The frame that says that a nick has joined."""
    return frame("Server", f"[{nick}] joined the chat")


def joined_line(nick: str) -> str:
    """The line that shows it."""
    return f"{SHOWN} [Server] [{nick}] joined the chat"


class Peer:
    """The server's end of one connection."""

    def __init__(self, connection: socket.socket) -> None:
        self.connection = connection
        connection.settimeout(DEADLINE_S)
        self._reader = connection.makefile("rb")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def read_frame(self) -> tuple[str, str, str]:
        """The next frame of the client, whole."""
        header = self._reader.read(10)
        values: Any = wire.TO_SERVER.parse(header + self._reader.read(int(header)))
        return values.time, values.nick, values.text

    def read_text(self) -> str:
        """The text of the next frame."""
        return self.read_frame()[2]

    def at_end(self) -> bool:
        """Waits for more from the client; whether there is none because it has ended its side."""
        return self._reader.read(1) == b""

    def let_in(self) -> str:
        """Reads the join and announces it; the nick."""
        nick = self.read_frame()[1]
        self.send(announcement(nick))
        return nick

    def send(self, octets: bytes) -> None:
        """Sends octets as they are."""
        self.connection.sendall(octets)

    def reset(self) -> None:
        """Ends the connection with RST."""
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\x00\x00\x00\x00\x00\x00\x00")
        self.close()

    def close(self) -> None:
        """Ends the connection with FIN, if nothing is unread."""
        self._reader.close()
        self.connection.close()


class Server:
    """A listener on a free port of the loopback interface."""

    def __init__(self, host: str = "127.0.0.1") -> None:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self._listener = socket.create_server((host, 0), family=family)
        self._listener.settimeout(DEADLINE_S)
        self.port: int = self._listener.getsockname()[1]
        self.address = f"[{host}]:{self.port}" if ":" in host else f"{host}:{self.port}"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._listener.close()

    def accept(self) -> Peer:
        """The next connection."""
        return Peer(self._listener.accept()[0])

    def nobody_came(self) -> bool:
        """Whether no connection waits to be accepted; to be asked after the client has ended."""
        self._listener.setblocking(False)
        try:
            self._listener.accept()[0].close()
        except BlockingIOError:
            return True
        return False


class Client:
    """The command as a process; killed at the deadline, so that no read of its output waits for ever."""

    def __init__(
        self,
        *arguments: str,
        stdin: int | IO[bytes] = subprocess.PIPE,
        stdout: int | IO[bytes] = subprocess.PIPE,
        stderr: int | IO[bytes] = subprocess.PIPE,
        wrapper: Sequence[str] = (),
        **environment: str,
    ) -> None:
        self.process = subprocess.Popen(
            [*wrapper, sys.executable, "-W", "error", "-m", "reference_client", *arguments],
            stdin=stdin,
            stdout=stdout,
            stderr=stderr,
            bufsize=0,
            cwd=ROOT,
            env=os.environ | {"TZ": "UTC0"} | environment,
        )
        self._watchdog = threading.Timer(DEADLINE_S, self.process.kill)
        self._watchdog.daemon = True
        self._watchdog.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._watchdog.cancel()
        self.process.kill()
        self.process.communicate()

    def type(self, octets: bytes) -> None:
        """Writes to its standard input."""
        assert self.process.stdin is not None
        self.process.stdin.write(octets)

    def end_input(self) -> None:
        """Ends its standard input."""
        assert self.process.stdin is not None
        self.process.stdin.close()

    def line(self) -> str:
        """The next line of its standard output."""
        assert self.process.stdout is not None
        return self.process.stdout.readline().decode().removesuffix("\n")

    def finish(self, octets: bytes | None = None) -> tuple[int, list[str], str]:
        """Gives it the rest of its input and waits for its end: the status, the lines of output, the complaints."""
        if self.process.stdin is not None and self.process.stdin.closed:
            self.process.stdin = None  # communicate() would flush it
        out, err = self.process.communicate(octets)
        self._watchdog.cancel()
        return self.process.returncode, (out or b"").decode().split("\n")[:-1], (err or b"").decode()


def complaint(sentence_pattern: str, said: str) -> bool:
    """Whether standard error holds one complaint of the client, and it is the one expected."""
    return re.fullmatch(f"chat-client: {sentence_pattern}\n", said) is not None
