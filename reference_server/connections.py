"""The connections of a server: sending to them, ending them, and keeping a mistake with one from all others."""

import logging
import socket
from collections.abc import Callable

from chatproto import SERVER, Connection
from reference_server.guests import Guests
from reference_server.hall import Hall, Parting
from reference_server.pacing import PacedConnection, Pacer
from reference_server.pollers import READ, Poller
from reference_server.session import Session, keep_up
from reference_server.settings import LINGER_S, Settings
from reference_server.timeouts import Timeouts

NOT_RECORDED = "the server is shutting down: it cannot write its journal"

log = logging.getLogger(__name__)


class Connections:
    """Every session between its being accepted and its socket being closed.

    Args:
        poller: is told what each session waits for.
        hall: decides; hears of sessions that are lost here.

    Attributes:
        now: monotonic seconds; whoever runs the loop sets it once a turn.
        sessions: by descriptor.
        readable: those with something to read, in the order in which they are to be read.
        guests: those that were let in.
        joining: runs from the accept to the join (ROBUST-4).
        lingering: runs while a session is being ended.
        held: those that are over their rate, until they may speak again.
    """

    def __init__(self, poller: Poller, hall: Hall, settings: Settings) -> None:
        self.now = 0.0
        self.sessions: dict[int, Session] = {}
        self.readable: dict[Session, None] = {}
        self.guests = Guests(settings.max_clients, settings.max_per_address)
        self.joining: Timeouts[Session] = Timeouts(settings.join_timeout_s)
        self.lingering: Timeouts[Session] = Timeouts(LINGER_S)
        self.held = Pacer()
        self._poller = poller
        self._hall = hall
        self._counters = hall.counters
        self._settings = settings
        self._bearable_octets = settings.bearable_octets
        self._laggards: dict[Session, None] = {}  # whose sockets are full; nobody else has anything still to be sent

    def __len__(self) -> int:
        return len(self.sessions)

    def make(self, sock: socket.socket, peer: str) -> Session:
        """A session for a socket and its peer's address, not yet watched."""
        rate, most = self._settings.rate, self._settings.max_body_octets
        if rate is None:
            return Session(sock, peer, Connection(SERVER, max_body_octets=most))
        return Session(sock, peer, PacedConnection(rate, lambda: self.now, most))

    def add(self, session: Session, *, guest: bool = True) -> None:
        """Watches a new session; its time to join begins. One that is no guest is to be refused."""
        if guest:
            self.guests.enter(session)
        self.sessions[session.fd] = session
        self._poller.register(session.fd, READ)
        self.joining.start(session, self.now)

    def strangers(self) -> list[Session]:
        """Those that have not joined and are not being ended."""
        return [session for session in self.sessions.values() if session.cursor is None and not session.ending]

    def guarded(self, session: Session, action: Callable[[Session], None]) -> None:
        """Does something with one session; whatever goes wrong ends this one and no other (ROBUST-1, ROBUST-5)."""
        if session.closed:
            return
        try:
            action(session)
        except OSError as error:  # RST, EPIPE, a keep-alive that nobody answered
            log.info("%r: %s", session, error)
            self.drop(session)
        except Exception:
            # The only place that catches everything: a mistake made with one connection must not end the others.
            log.exception("%r: a mistake of the server ends this connection", session)
            self.drop(session)

    def relay(self) -> None:
        """Sends what was decided, until nothing new comes of it: a member lost on the way is one more leave."""
        while self._hall.log.open_octets or self._hall.parting:
            if not self._hall.record():  # before anybody is sent it: what a member received, the journal has
                self._hall.break_off(NOT_RECORDED, self.strangers())
            self._hall.log.seal()
            for parting in self._hall.take_parting():
                self._dismiss(parting)
            for session in keep_up(self._hall.members, self._hall.log, self._counters):
                self.guarded(session, self.flush)
            self._throw_out_laggards()
        self._hall.log.trim(self._slowest())

    def flush(self, session: Session) -> None:
        """Sends what is due to one session; when an ending one has been sent everything, our FIN follows."""
        self._counters.octets_out += session.flush(self._hall.log)
        if session.blocked:
            self._laggards[session] = None
        else:
            self._laggards.pop(session, None)
        if session.ending and not session.outbox and not session.mute:
            session.finish()
            self.lingering.start(session, self.now)
        if session.mute and session.deaf:
            self.drop(session)
            return
        self._watch(session)

    def pace(self, session: Session) -> None:
        """Reads a session no more for as long as one of its messages has to wait for its rate."""
        connection = session.connection
        due = connection.due if isinstance(connection, PacedConnection) else None
        if due is None:
            self.release(session)
            return
        session.held = True
        self.held.start(session, due)
        self._watch(session)

    def release(self, session: Session) -> None:
        """Ends that; it need not be held."""
        if session.held:
            session.held = False
            self.held.cancel(session)
            self._watch(session)

    def _watch(self, session: Session) -> None:
        mask = session.wanted()
        if mask != session.mask:
            self._poller.modify(session.fd, mask)
            session.mask = mask

    def _throw_out_laggards(self) -> None:
        for session in list(self._laggards):
            cursor = session.cursor
            if cursor is None:  # it is being ended, which has a time of its own
                continue
            if self._hall.log.behind(cursor) > self._bearable_octets:
                log.warning("%r: thrown out, more than %d octets behind", session, self._bearable_octets)
                self._counters.thrown_out += 1
                self.drop(session, reset=True)  # ROBUST-3: never skipped
            elif self._hall.log.held_by(cursor) > 2 * self._bearable_octets:
                self._hall.log.detach(cursor)

    def _slowest(self) -> int:
        """Where the log is still needed from: all who are not blocked have been sent everything."""
        cursors = [session.cursor for session in self._laggards]
        return min((cursor.position for cursor in cursors if cursor is not None), default=self._hall.log.end)

    def _dismiss(self, parting: Parting) -> None:
        """Begins to end a session: what is due to it, the farewell, our FIN; then it is read until its own FIN.

        Closing at once would reset the connection if something it sent were unread, and so destroy what it was told.
        """
        session, until, farewell = parting
        if session.closed:
            return
        due = self._hall.log.leave(session.cursor, until) if session.cursor is not None else b""
        session.cursor = None
        session.say(due + farewell)
        self.joining.cancel(session)
        self.release(session)  # what it said too fast is lost, and it has to be read until its FIN
        self.lingering.start(session, self.now)
        self.guarded(session, self.flush)

    def drop(self, session: Session, *, reset: bool = False) -> None:
        """Closes a session's socket; if it was a member, the others are told (LEAVE-1)."""
        del self.sessions[session.fd]
        self._poller.unregister(session.fd)
        self.guests.leave(session)
        self.held.cancel(session)
        self.readable.pop(session, None)
        self._laggards.pop(session, None)
        self.joining.cancel(session)
        self.lingering.cancel(session)
        self._hall.lose(session)
        session.close(reset=reset)

    def close(self) -> None:
        """Closes every socket at once, without a word."""
        for session in self.sessions.values():
            session.close()
        self.sessions.clear()
