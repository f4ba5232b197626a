"""A server in a thread, and clients of plain octets that talk to it.

Written apart from the suite's own engine on purpose: it shall judge the servers that judge the suite.
"""

import contextlib
import re
import socket
import struct
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

from conformance.faults import CrashError

SERVER = b"Server"


class Frame(NamedTuple):
    """What a client has received."""

    time: bytes
    nick: bytes
    text: bytes


class EndedError(AssertionError):
    """The server closed the connection, or is not there."""


class SilenceError(AssertionError):
    """Nothing more came within the deadline."""


def header(length: int) -> bytes:
    """The canonical header."""
    return b"%-10d" % length


def frame(nick: bytes, text: bytes = b"", time: bytes = b"") -> bytes:
    """A well-formed frame, if the fields are."""
    body = b"\0".join((time, nick, text))
    return header(len(body)) + body


class Client:
    """One connection. All that waits has a deadline, `patience` seconds."""

    def __init__(self, port: int, patience: float, receive_octets: int | None = None) -> None:
        self.buffer = bytearray()
        self.patience = patience
        self.sock = socket.socket()
        if receive_octets is not None:
            self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_octets)
        try:
            self.sock.connect(("127.0.0.1", port))
        except OSError as error:
            self.sock.close()
            raise EndedError(f"no connection: {error}") from None
        self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.sock.settimeout(patience)

    def send(self, octets: bytes) -> None:
        try:
            self.sock.sendall(octets)
        except TimeoutError:
            raise SilenceError("the server does not read") from None
        except OSError as error:
            raise EndedError(f"closed while sending: {error}") from None

    def fill(self) -> bool:
        """Reads once; False at the end of the stream."""
        try:
            chunk = self.sock.recv(1 << 20)
        except TimeoutError:
            raise SilenceError(f"nothing behind {bytes(self.buffer[:100])!r}") from None
        except OSError:
            chunk = b""
        self.buffer += chunk
        return bool(chunk)

    def take(self, count: int) -> bytes:
        while len(self.buffer) < count:
            if not self.fill():
                raise EndedError(f"closed behind {bytes(self.buffer[:100])!r}")
        taken = bytes(self.buffer[:count])
        del self.buffer[:count]
        return taken

    def frame(self) -> Frame:
        """The next frame."""
        octets = self.take(10)
        match = re.fullmatch(rb" *([0-9]+) *", octets)
        assert match, f"malformed header {octets!r}"
        fields = self.take(int(match[1])).split(b"\0")
        assert len(fields) == 3, f"malformed body {fields!r}"
        return Frame(*fields)

    def until(self, text: bytes) -> list[Frame]:
        """All frames up to the one with this text, without the service messages that a server may send."""
        frames = [self.frame()]
        deadline = time.monotonic() + 2 * self.patience  # a server may go on ticking for ever
        while frames[-1].text != text:
            if time.monotonic() > deadline:
                raise SilenceError(f"no {text[:100]!r} among {len(frames)} frames")
            frames.append(self.frame())
        pattern = re.compile(rb"\[.*\] (joined|left) the chat", re.DOTALL)
        return [each for each in frames if each.nick != SERVER or pattern.fullmatch(each.text)]

    def ends(self) -> list[Frame]:
        """All frames up to the server's end of the connection; fails if it stays open."""
        frames: list[Frame] = []
        deadline = time.monotonic() + 2 * self.patience
        while self.fill():
            if time.monotonic() > deadline:
                raise SilenceError("the server does not close")
        while self.buffer:
            frames.append(self.frame())
        return frames

    def finish(self) -> None:
        """FIN."""
        with contextlib.suppress(OSError):
            self.sock.shutdown(socket.SHUT_WR)

    def reset(self) -> None:
        """RST."""
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.sock.close()


class Stage:
    """A running server and its clients."""

    def __init__(self, server: Any, patience: float) -> None:
        self.server = server
        self.patience = patience
        self.clients: list[Client] = []

    def connect(self, receive_octets: int | None = None) -> Client:
        client = Client(self.server.port, self.patience, receive_octets)
        self.clients.append(client)
        return client

    def join(self, nick: bytes, text: bytes = b"", receive_octets: int | None = None) -> Client:
        """Connects, joins, and has read its own announcement, which came first."""
        client = self.connect(receive_octets)
        client.send(frame(nick, text))
        assert client.frame()[1:] == (SERVER, b"[%b] joined the chat" % nick)
        return client

    def pair(self) -> tuple[Client, Client]:
        """alice, who has read that bob joined, and bob."""
        alice = self.join(b"alice")
        bob = self.join(b"bob")
        assert [each[1:] for each in alice.until(b"[bob] joined the chat")] == [(SERVER, b"[bob] joined the chat")]
        return alice, bob

    def hurry(self, seconds: float) -> None:
        """From now on the server believes that it is so much later."""
        tick = self.server.on_tick
        self.server.on_tick = lambda now: tick(now + seconds)

    def close(self) -> None:
        for client in self.clients:
            client.sock.close()


_threads: list[threading.Thread] = []


def _serve(server: Any, unexpected: list[BaseException]) -> None:
    try:
        server.serve()
    except CrashError:
        pass  # what the fault is about
    except BaseException as error:  # noqa: BLE001  # handed to the test, which fails with it
        unexpected.append(error)


@contextmanager
def staged(kind: type, patience: float = 5.0) -> Iterator[Stage]:
    """Runs a server of this class in a thread. Whatever but a CrashError ends it fails the test."""
    server = kind()
    unexpected: list[BaseException] = []
    thread = threading.Thread(target=_serve, args=(server, unexpected))
    thread.start()
    _threads.append(thread)
    stage = Stage(server, patience)
    try:
        yield stage
    finally:
        stage.close()
        server.stop()
        if unexpected:
            raise AssertionError("the server fell over") from unexpected.pop()


def join_threads(deadline: float = 5.0) -> None:
    """Waits for the threads of all servers; not after each test, because a tick for each adds up."""
    until = time.monotonic() + deadline
    while _threads:
        thread = _threads.pop()
        thread.join(max(0.0, until - time.monotonic()))
        assert not thread.is_alive(), "a server does not stop"
