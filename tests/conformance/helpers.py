"""What the tests of the suite share: a pure room that plays faithfully, servers in threads, and traces made by hand."""

import contextlib
import socket
import threading
from collections.abc import Callable, Iterable, Iterator
from typing import Protocol

from conformance.octets import Got, Out, Reader
from conformance.script import Close, Fin, Open, Rst, Script, Send
from conformance.stage import Stage
from conformance.trace import Trace

DEADLINE_S = 10.0  # for anything that is sure to happen; a test that waits so long has failed
STAMP = "2026-11-22T10:21:07.123Z"
Said = tuple[str, str]  # nick and text


def heard_by_all(script: Script) -> dict[str, list[Said]]:
    """What a faithful server sends to each party: the specification once more, in a dozen lines and without the model."""
    heard: dict[str, list[Said]] = {}
    nicks: dict[str, str] = {}
    wild: set[str] = set()

    def tell(said: Said, besides: str | None = None) -> None:
        for who in nicks:
            if who != besides:
                heard[who].append(said)

    for step in script.steps:
        if isinstance(step, Open):
            heard[step.who] = []
        elif isinstance(step, Send):
            for part in step.parts:
                if isinstance(part, bytes):
                    wild.add(step.who)
                elif step.who in wild:
                    continue
                elif step.who not in nicks:
                    nicks[step.who] = part.nick
                    tell(("Server", f"[{part.nick}] joined the chat"))
                else:
                    tell((nicks[step.who], part.text), besides=step.who)
        elif isinstance(step, Fin | Rst | Close) and step.who in nicks:
            tell(("Server", f"[{nicks.pop(step.who)}] left the chat"))
    return heard


def received(said: Iterable[Said | bytes]) -> Reader:
    """A reader that has read these frames, or octets as they are."""
    reader = Reader()
    for moment, one in enumerate(said):
        octets = one if isinstance(one, bytes) else Out(one[0], one[1], STAMP).octets
        list(reader.feed(octets, float(moment), 1.79e9 + moment))
    return reader


def trace_of(script: Script, heard: dict[str, list[Said | bytes]] | dict[str, list[Said]]) -> Trace:
    """The trace of a playing in which every step was played and each party received this."""
    trace = Trace(script, performed=len(script.steps))
    for who, said in heard.items():
        reader = received(said)
        trace.frames[who] = reader.frames
        trace.unfinished[who] = reader.unfinished
        if reader.garbage is not None:
            trace.garbage[who] = reader.garbage
    return trace


class Servable(Protocol):
    """A server of the faults package."""

    port: int

    def serve(self) -> None:
        """Serves until it is stopped."""

    def stop(self) -> None:
        """Makes serve() return."""


@contextlib.contextmanager
def serving(server: Servable, expected: type[BaseException] | None = None) -> Iterator[str]:
    """Runs a server in a thread and gives its address; an exception that is its fault itself is expected."""

    def serve() -> None:
        with contextlib.suppress(*([expected] if expected is not None else [])):
            server.serve()

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        yield f"127.0.0.1:{server.port}"
    finally:
        server.stop()
        thread.join(DEADLINE_S)
        assert not thread.is_alive()


class Scripted:
    """A listener on loopback that hands each connection, with its number, to a function in a thread of its own.

    Attributes:
        reads: the sizes that recv() gave, for each connection in the order of acceptance.
        ends: how each connection was seen to end: `fin` or `reset`.
    """

    def __init__(self, handle: Callable[["Scripted", socket.socket, int], None]) -> None:
        self.handle = handle
        self.reads: dict[int, list[int]] = {}
        self.ends: dict[int, str] = {}
        self.changed = threading.Condition()
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=256)
        self.address: tuple[str, int] = self.listener.getsockname()
        self._threads = [threading.Thread(target=self._accept)]
        self._threads[0].start()

    def _accept(self) -> None:
        number = 0
        while True:
            try:
                sock, _ = self.listener.accept()
            except OSError:
                return
            thread = threading.Thread(target=self._serve, args=(sock, number))
            self._threads.append(thread)
            thread.start()
            number += 1

    def _serve(self, sock: socket.socket, number: int) -> None:
        self.reads[number] = []
        with sock, contextlib.suppress(OSError):
            sock.settimeout(DEADLINE_S)
            self.handle(self, sock, number)

    def recv(self, sock: socket.socket, number: int) -> bytes:
        """Reads once, and writes down how much it was or how the stream ended."""
        try:
            octets = sock.recv(65536)
        except ConnectionResetError:
            self._ended(number, "reset")
            return b""
        if octets:
            self.reads[number].append(len(octets))
        else:
            self._ended(number, "fin")
        return octets

    def _ended(self, number: int, how: str) -> None:
        with self.changed:
            self.ends[number] = how
            self.changed.notify_all()

    def wait_for(self, condition: Callable[[], bool]) -> bool:
        """Waits until a condition on the ends is true."""
        with self.changed:
            return self.changed.wait_for(condition, DEADLINE_S)

    def close(self) -> None:
        """Stops accepting and waits for every handler."""
        with contextlib.suppress(OSError):
            self.listener.shutdown(socket.SHUT_RDWR)  # else accept() sleeps on
        self.listener.close()
        for thread in self._threads:
            thread.join(DEADLINE_S)
            assert not thread.is_alive()


@contextlib.contextmanager
def scripted(handle: Callable[[Scripted, socket.socket, int], None]) -> Iterator[Scripted]:
    """A scripted server, ended with the block."""
    server = Scripted(handle)
    try:
        yield server
    finally:
        server.close()


@contextlib.contextmanager
def stage_for(address: str | tuple[str, int], patience: float = 5.0) -> Iterator[Stage]:
    """A stage against an address of IPv4, closed with the block."""
    if isinstance(address, str):
        host, _, port = address.rpartition(":")
        address = (host, int(port))
    stage = Stage(socket.AF_INET, address, patience, "test")
    try:
        yield stage
    finally:
        stage.close()


def ids(found: Iterable[object]) -> set[str]:
    """The requirements of some differences."""
    return {str(getattr(difference, "requirement")) for difference in found}  # noqa: B009  # any of several classes


def texts(frames: Iterable[Got]) -> list[Said]:
    """Nick and text of each frame."""
    return [(frame.nick, frame.text) for frame in frames]
