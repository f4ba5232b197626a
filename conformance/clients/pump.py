"""The suite's end of one playing with a client: its connection and its process, all read all the time."""

import contextlib
import errno
import os
import selectors
import socket
import struct
import threading
import time
from collections.abc import Callable
from typing import Literal

from conformance.clients.launch import Client, Program
from conformance.clients.trace import ClientTrace, Entry, What
from conformance.octets import Reader

HOST = "127.0.0.1"
READ_OCTETS = 65536
LOOK_SECONDS = 0.05  # nothing tells on every system when a process has ended: look again
RST = struct.pack("ii", 1, 0)


class Pump:
    """Starts a client against a listener of its own, and records what comes.

    Args:
        trace: is filled.
        stop: set from another thread, it ends every wait.

    Raises:
        TargetError: the client cannot be started.
    """

    def __init__(self, client: Client, trace: ClientTrace, stop: threading.Event | None = None) -> None:
        self.trace = trace
        self._stop = stop or threading.Event()
        self.connection: socket.socket | None = None
        self._reader = Reader()
        self._outgoing = bytearray()
        self._typing = bytearray()
        self._input_ends = False
        self._selector = selectors.DefaultSelector()
        self._listener: socket.socket | None = socket.create_server((HOST, 0))
        self._listener.setblocking(False)
        try:
            self.program = Program(client, trace.script.nick, (HOST, self._listener.getsockname()[1]))
        except BaseException:
            self._listener.close()
            self._selector.close()
            raise
        self._printing = {self.program.output: trace.output, self.program.errors: trace.errors}
        self._selector.register(self._listener, selectors.EVENT_READ, self._accept)
        for descriptor in self._printing:
            self._selector.register(descriptor, selectors.EVENT_READ, self._read_output)
        self.record("started")

    def record(self, what: What, octets: bytes = b"", note: str = "") -> None:
        """Adds an entry to the trace."""
        self.trace.entries.append(Entry(time.monotonic(), what, octets, note))

    def until(self, holds: Callable[[], bool], seconds: float, look: float = LOOK_SECONDS) -> bool:
        """Lets everything happen until something holds; gives whether it did in time."""
        deadline = time.monotonic() + seconds
        while not holds():
            left = deadline - time.monotonic()
            self._turn(min(look, max(0.0, left)))
            if left <= 0 or self._stop.is_set():
                return holds()  # what had come by then was read: a suite that is late itself blames nobody
        return True

    def _turn(self, seconds: float) -> None:
        for key, _ in self._selector.select(seconds):
            if key.fd in self._selector.get_map():  # else it was closed earlier in this turn
                key.data(key.fileobj)

    def send(self, octets: bytes) -> None:
        """Octets to the client, as its window allows."""
        self.record("sent", octets)
        self._outgoing += octets
        self._write_connection()

    def type(self, octets: bytes) -> None:
        """Octets to its standard input, as it reads them."""
        self.record("typed", octets)
        self._typing += octets
        self._write_input(None)

    def end_input(self) -> None:
        """Ends its standard input once all is written."""
        self.record("input-ended")
        self._input_ends = True
        self._write_input(None)

    @property
    def is_idle(self) -> bool:
        """Whether all octets for the client are with the kernel."""
        return not self._outgoing

    def finish(self) -> None:
        """FIN, and no further connection is accepted."""
        self._close_listener()
        if self.connection is not None:
            self.record("closed")
            with contextlib.suppress(OSError):
                self.connection.shutdown(socket.SHUT_WR)

    def reset(self) -> None:
        """RST."""
        self._close_listener()
        if self.connection is not None:
            self.record("aborted")
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RST)
            self._drop()

    def close(self) -> None:
        """Ends the client, and lets go of everything."""
        self.trace.exit = self.program.ended
        self.trace.garbage, self.trace.unfinished = self._reader.garbage, self._reader.unfinished
        for key in list(self._selector.get_map().values()):
            self._selector.unregister(key.fileobj)
        self._selector.close()
        self._close_listener()
        if self.connection is not None:
            self.connection.close()
        self.program.close()

    @property
    def is_over(self) -> bool:
        """Whether the process has ended, and all that it has printed is read."""
        if self.program.ended is None:
            return False
        if not any(entry.what == "exited" for entry in reversed(self.trace.entries)):
            self.record("exited", note=str(self.program.ended))
        return not self._printing

    @property
    def is_heard(self) -> bool:
        """Whether any octet has come."""
        return bool(self._reader.frames or self._reader.unfinished)

    @property
    def is_broken(self) -> bool:
        """Whether nothing more can come from the client's connection."""
        return self.connection is not None and (self.trace.left is not None or self._reader.garbage is not None)

    def _accept(self, _: object) -> None:
        assert self._listener is not None
        with contextlib.suppress(OSError):
            self._begin(self._listener.accept()[0])

    def _begin(self, connection: socket.socket) -> None:
        self._close_listener()  # a client that comes again is another playing's business
        connection.setblocking(False)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.connection = connection
        self.trace.connected = True
        self.record("opened")
        self._selector.register(connection, selectors.EVENT_READ, self._on_connection)

    def _close_listener(self) -> None:
        if self._listener is not None:
            self._forget(self._listener)
            self._listener.close()
            self._listener = None

    def _forget(self, thing: socket.socket | int) -> None:
        with contextlib.suppress(KeyError, ValueError):
            self._selector.unregister(thing)

    def _on_connection(self, _: object) -> None:
        self._write_connection()
        assert self.connection is not None
        try:
            octets = self.connection.recv(READ_OCTETS)
        except BlockingIOError:
            return
        except OSError as error:
            self._client_left("reset" if error.errno == errno.ECONNRESET else "fin")
            self._drop()
            return
        if octets:
            self.record("received", octets)
            self.trace.frames += self._reader.feed(octets, time.monotonic(), time.time())
        else:
            self._client_left("fin")
            self._watch()

    def _client_left(self, how: Literal["fin", "reset"]) -> None:
        if self.trace.left is None:
            self.trace.left = how
            self.record("dropped" if how == "reset" else "left")

    def _drop(self) -> None:
        if self.connection is not None:
            self._forget(self.connection)
            self.connection.close()
        self.connection = None
        self._outgoing.clear()

    def _write_connection(self) -> None:
        if self.connection is None:
            self._outgoing.clear()
            return
        try:
            while self._outgoing:
                del self._outgoing[: self.connection.send(self._outgoing[: READ_OCTETS * 4])]
        except (BlockingIOError, InterruptedError):
            pass
        except OSError:
            self._outgoing.clear()  # the reading side says what happened
        self._watch()

    def _watch(self) -> None:
        assert self.connection is not None
        events = selectors.EVENT_READ if self.trace.left is None else 0
        events |= selectors.EVENT_WRITE if self._outgoing else 0
        self._forget(self.connection)
        if events:
            self._selector.register(self.connection, events, self._on_connection)

    def _read_output(self, descriptor: int) -> None:
        try:
            octets = os.read(descriptor, READ_OCTETS)
        except BlockingIOError:
            return
        except OSError:  # a pseudo-terminal that nobody holds open any more
            octets = b""
        if octets:
            self._printing[descriptor] += octets
            self.record("shown" if descriptor == self.program.output else "said", octets)
        else:
            self._forget(descriptor)
            del self._printing[descriptor]

    def _write_input(self, _: object) -> None:
        descriptor = self.program.input
        if descriptor is None:
            return
        self._forget(descriptor)
        try:
            while self._typing:
                del self._typing[: os.write(descriptor, self._typing[:READ_OCTETS])]
        except (BlockingIOError, InterruptedError):
            self._selector.register(descriptor, selectors.EVENT_WRITE, self._write_input)
        except OSError:  # it has closed its input, or ended
            self._typing.clear()
        if self._input_ends and not self._typing:
            self.program.end_input()
