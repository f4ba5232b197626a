"""Letting connections in, as many as there are descriptors for; the others are told that the server is full."""

import socket
import sys
from collections.abc import Callable

from reference_server.counters import Counters
from reference_server.guests import FULL
from reference_server.listener import ExhaustedError, Listener, dismiss, log
from reference_server.pollers import READ, Poller
from reference_server.session import Session
from reference_server.timeouts import Timeouts

if sys.platform != "win32":
    import resource

ACCEPTS = 64  # in one turn: a storm of connections must not keep the members waiting (ROBUST-1)
PAUSE_S = 0.5  # after an accept that failed for want of resources; its connection stays ready, and would spin
RESERVED = 16  # the last descriptors are for refusals, so that these can be closed with patience
PATIENT_REFUSALS = 64  # at once; beyond them the refused are closed at once, or a storm of them takes all descriptors


def descriptor_limit() -> int:
    """Descriptors from this number on cannot exist in this process."""
    if sys.platform == "win32":
        return sys.maxsize
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return sys.maxsize if soft == resource.RLIM_INFINITY else soft


class Door:
    """The listening socket in the loop.

    Args:
        listener: where connections come from; closed with the door.
        poller: watches it, and later the sessions.
        make: a session for a socket and its peer's address.
        farewell: the octets of a service message with this text.
        counters: of those refused here.
    """

    def __init__(
        self,
        listener: Listener,
        poller: Poller,
        make: Callable[[socket.socket, str], Session],
        farewell: Callable[[str], bytes],
        counters: Counters,
    ) -> None:
        self.listener = listener
        self._poller = poller
        self._make = make
        self._farewell = farewell
        self._counters = counters
        self._limit = min(poller.limit, descriptor_limit())
        self._reserved = min(RESERVED, self._limit // 4)
        self._pausing: Timeouts[Listener] = Timeouts(PAUSE_S)
        self._open = True
        poller.register(listener.fd, READ)

    def accept(self, now: float, sessions: int) -> list[Session]:
        """The connections that wait, at most ACCEPTS of them.

        Args:
            now: monotonic seconds.
            sessions: how many there are already.

        Returns:
            The new sessions, not yet watched by the poller; `crowded` says which of them are to be refused.
        """
        found: list[Session] = []
        try:
            for _ in range(ACCEPTS):
                accepted = self.listener.accept()
                if accepted is None:
                    break
                session = self._admit(*accepted, sessions + len(found))
                if session is not None:
                    found.append(session)
        except ExhaustedError as error:
            self._turn_away(now, error)
        return found

    def _admit(self, sock: socket.socket, peer: str, sessions: int) -> Session | None:
        if _number(sock, sessions) >= self._limit:
            log.warning("%s: refused, selector %s cannot watch descriptor %d", peer, self._poller.name, sock.fileno())
            self._counters.refused += 1
            dismiss(sock, self._farewell(FULL))
            return None
        session = self._make(sock, peer)
        try:
            session.configure()
        except OSError as error:  # reset already
            log.info("%s: %s", peer, error)
            sock.close()
            return None
        return session

    def crowded(self, session: Session, sessions: int) -> bool:
        """Whether a session stands on one of the last descriptors, and is to be refused."""
        return _number(session.sock, sessions) >= self._limit - self._reserved

    def room(self, used: int) -> int:
        """About how many sessions can be let in.

        Args:
            used: the highest descriptor that is in use already.
        """
        return max(0, self._limit - self._reserved - (2 if sys.platform == "win32" else used + 1))

    def dismiss(self, session: Session, reason: str) -> None:
        """Refuses a session that is not watched yet, without patience."""
        log.info("%r: %s", session, reason)
        self._counters.refused += 1
        dismiss(session.sock, self._farewell(reason))

    def _turn_away(self, now: float, error: ExhaustedError) -> None:
        log.warning("connections are refused: %s", error.strerror)
        try:
            for _ in range(ACCEPTS):
                if not self.listener.turn_away(self._farewell(FULL)):
                    return
                self._counters.refused += 1
        except ExhaustedError:
            self._poller.unregister(self.listener.fd)
            self._pausing.start(self.listener, now)

    def delay(self, now: float) -> float | None:
        """Seconds until it wants to be asked again, None for never."""
        return self._pausing.delay(now)

    def expire(self, now: float) -> None:
        """Ends a pause that is over."""
        for listener in self._pausing.expired(now):
            self._poller.register(listener.fd, READ)

    def close(self) -> None:
        """Lets nobody in any more."""
        if not self._open:
            return
        self._open = False
        if not len(self._pausing):
            self._poller.unregister(self.listener.fd)
        self._pausing.cancel(self.listener)
        self.listener.close()


def _number(sock: socket.socket, sessions: int) -> int:
    """What a limit of descriptors is compared with: on Windows they are no small numbers, so sockets are counted."""
    return sessions + 2 if sys.platform == "win32" else sock.fileno()
