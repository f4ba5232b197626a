"""The loop: wait, accept, read, timers, relay. One thread, non-blocking sockets, everything bounded.

A turn reads at most RECEIVE_OCTETS from each session and goes on to relaying once about TURN_OCTETS are to be sent, so
that nobody falls behind merely because a turn was long; sessions that were not read come first in the next one.
"""

import contextlib
import logging
import socket
import time
from collections.abc import Callable

from reference_server import pollers
from reference_server.connections import Connections
from reference_server.console import Console
from reference_server.delay import Delayed
from reference_server.door import FULL, Door
from reference_server.hall import Hall
from reference_server.listener import Listener
from reference_server.pollers import READ, WRITE
from reference_server.session import Session
from reference_server.settings import CONSOLE_RETRY_S, STOP_S, TURN_OCTETS, Settings

SHUTTING_DOWN = "the server is shutting down"

log = logging.getLogger(__name__)


class Server:
    """A chat server; it listens from the moment it is made and serves while `run` runs.

    Args:
        settings: what it is to be.
        conversation: the console that shows it, None for none.
        consoles: all that are to be flushed every turn.
        clock: seconds, monotonic; for time-outs.
        wall: nanoseconds since 1970; for the stamps of frames (RELAY-4).

    Attributes:
        address: where it listens, with the port that was found for 0.
        selector: the name of the poller, with the one that was found for `auto`.
        hall: the conversation.
        connections: its sessions, joined or not.
        waker: an octet written to it ends a wait, also from another thread or a signal handler.

    Raises:
        ValueError: the selector does not exist here.
        OSError: it cannot listen there.
    """

    def __init__(
        self,
        settings: Settings,
        conversation: Console | None = None,
        consoles: tuple[Console, ...] = (),
        *,
        clock: Callable[[], float] = time.monotonic,
        wall: Callable[[], int] = time.time_ns,
    ) -> None:
        self.settings = settings
        self._consoles = consoles
        self._clock = clock
        self._poller = pollers.make(settings.selector)
        if settings.delay_s:
            self._poller = Delayed(self._poller, settings.delay_s)
        try:
            listener = Listener(settings.host, settings.port)
        except OSError:
            self._poller.close()
            raise
        self.address = listener.address
        self.selector = self._poller.name
        self.hall = Hall(conversation, settings.max_body_octets, wall)
        self._wakes, self.waker = socket.socketpair()
        self._wakes.setblocking(False)
        self.waker.setblocking(False)
        self._poller.register(self._wakes.fileno(), READ)
        self._door = Door(listener, self._poller, self._session, self.hall.message)
        self.connections = Connections(self._poller, self.hall, settings)
        self._stop_wanted = False
        self._deadline: float | None = None  # of stopping
        self._stopped = False

    def _session(self, sock: socket.socket, peer: str) -> Session:
        return Session(sock, peer, self.settings.max_body_octets)

    def run(self) -> None:
        """Serves until it has been told to stop, and has stopped; closes everything."""
        try:
            while not self._stopped:
                self.turn()
        finally:
            self.close()

    def stop(self) -> None:
        """Asks it to stop: everybody is told, and it ends in STOP_S at most. Any thread may ask, and ask again."""
        self._stop_wanted = True
        with contextlib.suppress(OSError):  # full, so that it wakes anyway; or closed
            self.waker.send(b"\x00")

    def turn(self) -> None:
        """One turn: waits until there is something to do, and does all of it that is due now."""
        ready = self._poller.wait(self._patience())
        self.connections.now = self._clock()
        accepting = self._sort(ready)
        self._read()
        if accepting:
            self._accept()
        self._expire()
        self.connections.relay()
        for console in self._consoles:
            console.flush()
        self._stopped = self._has_stopped()

    def _patience(self) -> float | None:
        """Seconds that the poller may wait, None for ever."""
        if self.connections.readable or (self._stop_wanted and self._deadline is None):
            return 0.0
        now = self.connections.now
        delays = [timer.delay(now) for timer in (self.connections.joining, self.connections.lingering, self._door)]
        if any(console.backlog for console in self._consoles):
            delays.append(CONSOLE_RETRY_S)
        if self._deadline is not None:
            delays.append(max(0.0, self._deadline - now))
        return min((delay for delay in delays if delay is not None), default=None)

    def _sort(self, ready: pollers.Ready) -> bool:
        """Flushes the writable sessions, queues the readable ones; returns whether somebody waits at the door."""
        accepting = False
        # Descriptors are turned into sessions before any is closed: its number might be given to a new connection.
        for session, fd, mask in [(self.connections.sessions.get(fd), fd, mask) for fd, mask in ready]:
            if session is None:
                accepting |= fd == self._door.listener.fd
                if fd == self._wakes.fileno():
                    self._wakes.recv(4096)
                continue
            if mask & READ:
                self.connections.readable[session] = None
            if mask & WRITE and session.blocked:
                self.connections.guarded(session, self.connections.flush)
        return accepting

    def _read(self) -> None:
        while self.connections.readable and self.hall.log.open_octets < TURN_OCTETS:
            session = next(iter(self.connections.readable))
            del self.connections.readable[session]
            self.connections.guarded(session, self._hear)

    def _hear(self, session: Session) -> None:
        octets = session.receive()
        if octets is None:
            return
        if not session.ending:
            self.hall.hear(session, octets)
            if session.cursor is not None:
                self.connections.joining.cancel(session)
        elif session.deaf:  # all else that an ending session sends is discarded
            self.connections.flush(session)

    def _accept(self) -> None:
        for session in self._door.accept(self.connections.now, len(self.connections)):
            self.connections.add(session)
            if self._door.crowded(session, len(self.connections)):
                self.hall.part(session, FULL)

    def _expire(self) -> None:
        for session in self.connections.joining.expired(self.connections.now):
            self.hall.part(session, f"no join came within {self.settings.join_timeout_s:g} seconds")  # ROBUST-4
        for session in self.connections.lingering.expired(self.connections.now):
            self.connections.drop(session)
        self._door.expire(self.connections.now)
        if self._stop_wanted and self._deadline is None:
            self._begin_to_stop()

    def _begin_to_stop(self) -> None:
        log.info("stopping; %d connections are told", len(self.connections))
        self._deadline = self.connections.now + STOP_S
        self._door.close()
        self.hall.close(SHUTTING_DOWN, self.connections.strangers())

    def _has_stopped(self) -> bool:
        if self._deadline is None:
            return False
        idle = not len(self.connections) and not any(console.backlog for console in self._consoles)
        return idle or self.connections.now >= self._deadline

    def close(self) -> None:
        """Closes every socket at once, without a word."""
        self._door.close()
        self.connections.close()
        self._poller.close()
        self._wakes.close()
        self.waker.close()
