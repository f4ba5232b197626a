"""The loop: wait, accept, read, timers, relay. One thread, non-blocking sockets, everything bounded.

A turn reads at most RECEIVE_OCTETS from each session and goes on to relaying once about TURN_OCTETS were read or are to be
sent, so that nobody falls behind merely because a turn was long; sessions that were not read come first in the next one.
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
from reference_server.door import PATIENT_REFUSALS, Door
from reference_server.guests import FULL
from reference_server.hall import Hall
from reference_server.listener import Listener
from reference_server.pollers import READ, WRITE
from reference_server.session import Session
from reference_server.settings import CONSOLE_RETRY_S, STOP_S, TURN_OCTETS, Settings
from reference_server.status import Status, moment

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
        self.connections = Connections(self._poller, self.hall, settings)
        self._door = Door(listener, self._poller, self.connections.make, self.hall.message, self.hall.counters)
        self.connections.now = clock()
        self._status = Status(self.hall.counters, settings.status_interval_s, self.connections.now)
        self._stop_wanted = False
        self._deadline: float | None = None  # of stopping
        self._stopped = False

    @property
    def room(self) -> int:
        """About how many connections there are descriptors for."""
        return self._door.room(self.waker.fileno())

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
        self._wake()

    def report(self) -> None:
        """Asks for a line of status on the log. Any thread may ask."""
        self._status.ask()
        self._wake()

    def _wake(self) -> None:
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
        if self.hall.broken_off and self._deadline is None:
            self._let_go()
        for console in self._consoles:
            console.flush()
        self._stopped = self._has_stopped()
        self._look_back()

    def _look_back(self) -> None:
        now = self._clock()
        self.hall.counters.turn(now - self.connections.now)
        line = self._status.line(now, lambda: moment(self.hall, self.connections))
        if line is not None:
            log.info("status: %s", line)

    def _patience(self) -> float | None:
        """Seconds that the poller may wait, None for ever."""
        if self.connections.readable or (self._stop_wanted and self._deadline is None):
            return 0.0
        now = self.connections.now
        joining, lingering, held = self.connections.joining, self.connections.lingering, self.connections.held
        delays = [joining.delay(now), lingering.delay(now), held.delay(now)]
        delays += [self._door.delay(now), self._status.delay(now)]
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
            if session.held and mask & READ:  # unasked, so that it is a reset, which may overtake frames (RELAY-1)
                log.info("%r: reset while it was over its rate", session)
                self.connections.drop(session)
                continue
            if mask & READ:
                self.connections.readable[session] = None
            if mask & WRITE and session.blocked:
                self.connections.guarded(session, self.connections.flush)
        return accepting

    def _read(self) -> None:
        # Both are bounded: most of what is read makes more to send, but chat that waits for its rate makes nothing.
        readable, counters = self.connections.readable, self.hall.counters
        enough = counters.octets_in + TURN_OCTETS
        while readable and self.hall.log.open_octets < TURN_OCTETS and counters.octets_in < enough:
            session = next(iter(readable))
            del readable[session]
            self.connections.guarded(session, self._hear)

    def _hear(self, session: Session) -> None:
        if session.held:  # its time has come: what was read before goes first
            session.check()  # not every system call reports a reset that it was not asked for
            self.hall.resume(session)
            self.connections.pace(session)
            return
        octets = session.receive()
        if octets is None:
            return
        self.hall.counters.octets_in += len(octets)
        if not session.ending:
            self.hall.hear(session, octets)
            if session.cursor is not None:
                self.connections.joining.cancel(session)
            if self.settings.rate is not None:
                self.connections.pace(session)
        elif session.deaf:  # all else that an ending session sends is discarded
            self.connections.flush(session)

    def _accept(self) -> None:
        for session in self._door.accept(self.connections.now, len(self.connections)):
            crowded = self._door.crowded(session, len(self.connections))
            reason = FULL if crowded else self.connections.guests.refusal(session.peer)
            if reason is not None and len(self.connections.lingering) >= PATIENT_REFUSALS:
                self._door.dismiss(session, reason)
                continue
            self.connections.add(session, guest=reason is None)
            if reason is not None:
                self.hall.part(session, reason)

    def _expire(self) -> None:
        for session in self.connections.joining.expired(self.connections.now):
            self.hall.part(session, f"no join came within {self.settings.join_timeout_s:g} seconds")  # ROBUST-4
        for session in self.connections.lingering.expired(self.connections.now):
            self.connections.drop(session)
        for session in self.connections.held.expired(self.connections.now):
            self.connections.readable[session] = None  # in its turn, and within the turn's budget
        self._door.expire(self.connections.now)
        if self._stop_wanted and self._deadline is None:
            self._begin_to_stop()

    def _begin_to_stop(self) -> None:
        log.info("stopping; %d connections are told", len(self.connections))
        self._let_go()
        self.hall.close(SHUTTING_DOWN, self.connections.strangers())

    def _let_go(self) -> None:
        self._deadline = self.connections.now + STOP_S
        self._door.close()

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
