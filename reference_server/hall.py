"""What follows from what is heard: room, broadcast log and console held together, sessions not yet touched.

`server.py` reads octets and hands them in; what comes out is in the log (for everybody) and in `parting` (who is to
be sent away, and with which words). Nothing here does input or output.
"""

import logging
from collections.abc import Callable
from typing import NamedTuple

from chatproto import NEED_DATA, Chat, Closed, Codec, Join, Joined, Refused, RemoteProtocolError, Service
from reference_server.broadcast import Cursor, Log
from reference_server.console import Console
from reference_server.counters import Counters
from reference_server.history import History
from reference_server.recorder import Recorder
from reference_server.room import Entry, Refusal, Room
from reference_server.session import Session
from reference_server.settings import GROWTH_OCTETS
from spec import display, wire

log = logging.getLogger(__name__)


class Parting(NamedTuple):
    """A session that is to be ended once the turn's entries are sealed.

    Attributes:
        until: the position in the log where its interest ended; 0 if it never joined.
        farewell: a frame for it alone, or no octets.
    """

    session: Session
    until: int
    farewell: bytes


class Hall:
    """The conversation.

    Args:
        console: shows each entry; None for a conversation that is not shown.
        max_body_octets: the largest body accepted.
        wall: the wall clock, nanoseconds since 1970.

    Attributes:
        members: the joined sessions, in the order in which they joined.
        log: what they are to be sent.
        parting: the sessions to be ended.
        counters: of what is said and refused; others count theirs in it, too.
        keepers: told of each entry: the journal, the history.
        recorder: commits the journal; None for none.
        history: what newcomers are shown; None for nothing.
        broken_off: whether `break_off` has ended it.
    """

    def __init__(self, console: Console | None, max_body_octets: int, wall: Callable[[], int]) -> None:
        self.members: dict[Session, Cursor] = {}
        self.log = Log()
        self.parting: list[Parting] = []
        self.counters = Counters()
        self.keepers: list[Callable[[Entry], object]] = []
        self.recorder: Recorder | None = None
        self.history: History | None = None
        self.broken_off = False
        self._newcomers: list[Cursor] = []  # since the last `record`, as far as they have a history
        self._room: Room[Session] = Room()
        self._console = console
        self._codec = Codec(wire.frame(max_body_octets + GROWTH_OCTETS))
        self._wall = wall

    def hear(self, session: Session, octets: bytes) -> None:
        """Takes what a session's socket gave, none for the end of its stream, and all that follows from it."""
        connection = session.connection
        assert connection is not None  # an ending session's octets are discarded, not heard
        if octets:
            connection.receive_data(octets)
        else:
            connection.receive_eof()
        self.resume(session)

    def resume(self, session: Session) -> None:
        """Takes what a session's connection has to hand out, and all that follows from it."""
        connection = session.connection
        assert connection is not None
        try:
            while True:
                if chats := connection.next_chats():  # the fast path: all that a joined member has said since
                    self._relay(session, [text for _, _, text in chats])
                if (event := connection.next_event()) is NEED_DATA:
                    return
                match event:
                    case Chat():
                        self._relay(session, [event.text])
                    case Join():
                        self._join(session, event)
                    case Closed():
                        self.part(session)  # LEAVE-1, LEAVE-3
                    case Joined() | Refused() | Service():
                        raise AssertionError(event)  # no server receives these
        except RemoteProtocolError as error:
            # All good frames ahead of it have been handed out by now (LEAVE-2).
            self.part(session, f"malformed frame: {error}")  # FRAME-4, FRAME-8, BODY-3, JOIN-5

    def _join(self, session: Session, event: Join) -> None:
        assert session.connection is not None
        verdict = self._room.join(session, event, self._wall())
        if isinstance(verdict, Refusal):
            session.connection.send(Refused(verdict.time, verdict.reason))
            self.part(session, f"you cannot join: {verdict.reason}")  # JOIN-5
            return
        session.connection.send(Joined(verdict.time, event.nick))
        start = self._publish(verdict)
        session.cursor = self.members[session] = self.log.follow(start)  # JOIN-3: it begins with its own join
        if self.history is not None:
            self._show_history(session.cursor, verdict)

    def _show_history(self, cursor: Cursor, joined: Entry) -> None:
        """Gives a newcomer its join announcement and the history for itself, in front of all that follows (JOIN-4)."""
        assert self.history is not None
        texts = self.history.texts()
        frames = [self._codec.encode(*joined), *(self._codec.encode(joined.time, joined.nick, text) for text in texts)]
        cursor.private = memoryview(b"".join(frames))
        cursor.position += len(frames[0])
        self._newcomers.append(cursor)

    def _relay(self, session: Session, texts: list[str]) -> None:
        """Chat, all that came in one read: stamped, encoded and appended once, which a talker's burst pays for."""
        time, nick, texts = self._room.chat(session, texts, self._wall())
        self.counters.messages += len(texts)
        self.counters.deliveries += len(texts) * (len(self.members) - 1)
        if self._console is not None or self.keepers:
            for text in texts:
                self._tell(Entry(time, nick, text))
        self.log.append(self._codec.encode_run((time, nick), texts), session.cursor)

    def _publish(self, entry: Entry) -> int:
        """For everybody; returns the entry's position."""
        self._tell(entry)
        return self.log.append(self._codec.encode(*entry))

    def _tell(self, entry: Entry) -> None:
        """Whoever shows or keeps each entry takes it here: the console, the journal, the history."""
        if self._console is not None:
            self._console.write(display.line(*entry))
        for keep in self.keepers:
            keep(entry)

    def record(self) -> bool:
        """Commits what the room heard since the last time to the journal; whether it may be sent."""
        if self.recorder is not None and not self.recorder.commit():
            return False
        self._newcomers.clear()
        return True

    def message(self, text: str) -> bytes:
        """A service message for one session, as a frame (SERVICE-1)."""
        return self._codec.encode(*self._room.service(text, self._wall()))

    def part(self, session: Session, reason: str | None = None) -> None:
        """Ends a session's part in the conversation: it is told why, the others that it left (LEAVE-1)."""
        if session.ending:  # its time-out and its malformed frame came in the same turn
            return
        farewell = b""
        if reason is not None:
            log.info("%r: %s", session, reason)
            farewell = self.message(reason)
            self.counters.refused += 1
        self.parting.append(Parting(session, self._forget(session), farewell))

    def take_parting(self) -> list[Parting]:
        """The sessions to be ended, each once."""
        taken, self.parting = self.parting, []
        return taken

    def lose(self, session: Session) -> None:
        """The same for a session whose socket is dead: there is nobody left to say anything to."""
        cursor = session.cursor
        self._forget(session)
        if cursor is not None:
            self.log.leave(cursor, 0)
        session.cursor = None

    def _forget(self, session: Session) -> int:
        session.ending = True
        session.connection = None  # a half-read body is not kept for a session that is only waited for
        if self.members.pop(session, None) is None:
            return 0  # LEAVE-3: it was never announced; or its leave has been
        return self._publish(self._room.leave(session, self._wall()))

    def close(self, text: str, strangers: list[Session]) -> None:
        """Sends everybody away with one service message, without announcing any leave (LEAVE-1).

        Args:
            strangers: the sessions that have not joined; they get the same message (JOIN-4).
        """
        entry = self._room.service(text, self._wall())
        octets = self._codec.encode(*entry)
        until = self._publish(entry) + len(octets)
        self.parting += [Parting(session, until, b"") for session in self.members]
        self.parting += [Parting(session, 0, octets) for session in strangers]
        for parting in self.parting:
            parting.session.ending = True
            parting.session.connection = None
        self.members.clear()

    def break_off(self, text: str, strangers: list[Session]) -> None:
        """Sends everybody away because what was said in this turn may not be sent; nobody is sent any of it.

        Args:
            strangers: as in `close`. Who joined in this turn has become one again: its join was never announced.
        """
        self.broken_off = True
        farewell = self.message(text)
        for cursor in self._newcomers:
            cursor.private = memoryview(b"")
        until = self.log.end  # what was said in this turn stands behind it, and soon has no reader
        members = [Parting(session, until, farewell) for session in self.members]
        # Those who are leaving already are told too, unless they have been given another reason.
        leaving = [parting._replace(until=until, farewell=parting.farewell or farewell) for parting in self.parting]
        self.parting = [*leaving, *members, *(Parting(session, 0, farewell) for session in strangers)]
        for parting in self.parting:
            parting.session.ending = True
            parting.session.connection = None
        self.members.clear()
