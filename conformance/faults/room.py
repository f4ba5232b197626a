"""The room, done right and without sockets: who is there, and who is told what.

The upper half of what every faulty server inherits; like the lower one, it is made of hooks.
"""

import re
import time
from collections.abc import Callable
from datetime import UTC, datetime

from conformance.faults.frames import SERVER, Frames, MalformedError, Peer

_FORBIDDEN = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]")  # NICK-1
_OUTER_SPACE = re.compile("[\x20\xa0\u1680\u2000-\u200a\u202f\u205f\u3000]")  # NICK-1


class Room(Frames):
    """Who is there and what they are told; a transport calls receive, on_eof, on_reset and on_tick."""

    max_backlog = 8 * 1_048_576  # ROBUST-3: more than 4 MiB, less than 64
    join_seconds = 20.0  # ROBUST-4: 10 to 60
    linger_seconds = 1.0  # time for the last words to arrive, see hang_up

    def __init__(self) -> None:
        self.peers: dict[Peer, None] = {}  # in the order of connecting
        self.holders: dict[bytes, Peer] = {}  # joined peers by the key of their nick
        self.latest = datetime.min.replace(tzinfo=UTC)
        self.timers: list[tuple[float, Callable[[], None]]] = []
        self.setup()

    def setup(self) -> None:
        """Where a subclass puts state of its own."""

    # What the transport provides.

    def wake(self, peer: Peer) -> None:
        """Something is to be written to the peer, or it is to be closed."""
        raise NotImplementedError

    def drop(self, peer: Peer) -> None:
        """Closes the connection now and forgets it."""
        raise NotImplementedError

    # Joining.

    def on_frame(self, peer: Peer, claimed: bytes, nick: bytes, text: bytes) -> None:
        """A first frame is a join (JOIN-1), every other one chat."""
        if peer.joined:
            self.on_chat(peer, claimed, nick, text)
        else:
            self.on_join(peer, claimed, nick, text)

    def on_join(self, peer: Peer, claimed: bytes, nick: bytes, text: bytes) -> None:
        """Decides on a first frame (JOIN-1: its text is ignored; TIME-2: so is its time)."""
        if problem := self.nick_problem(nick.decode()):
            self.refuse(peer, problem)
        elif self.is_reserved(nick):
            self.refuse(peer, "this nick is the server's own")
        elif self.is_held(nick):
            self.refuse(peer, "this nick is taken")
        else:
            self.admit(peer, nick)

    def nick_problem(self, nick: str) -> str | None:
        """Why a nick is not valid, or None (NICK-1, NICK-3)."""
        if not 1 <= len(nick) <= 64:
            return "a nick has 1 to 64 characters"
        if _FORBIDDEN.search(nick):
            return "a nick has no control characters or line separators"
        if _OUTER_SPACE.match(nick[0]) or _OUTER_SPACE.match(nick[-1]):
            return "a nick neither begins nor ends with white space"
        return None

    def key(self, nick: bytes) -> bytes:
        """What two nicks that compare equal have in common (NICK-4); lower() of bytes folds A-Z alone."""
        return nick.lower()

    def is_reserved(self, nick: bytes) -> bool:
        """Whether it compares equal to `Server` (NICK-4)."""
        return self.key(nick) == self.key(SERVER)

    def is_held(self, nick: bytes) -> bool:
        """Whether a joined peer has it (NICK-5)."""
        return self.key(nick) in self.holders

    def admit(self, peer: Peer, nick: bytes) -> None:
        """Makes an unjoined peer a member and says so."""
        peer.nick, peer.joined, peer.deadline = nick, True, None
        self.holders[self.key(nick)] = peer
        self.announce_join(peer)

    def announce_join(self, peer: Peer) -> None:
        """Tells everybody, the new one included (JOIN-2, JOIN-3)."""
        self.announce(peer, self.members(), b"[%b] joined the chat" % peer.nick)

    def refuse(self, peer: Peer, reason: str) -> None:
        """Says why, to this peer alone, and ends the connection (JOIN-5)."""
        self.dismiss(peer, reason)

    # Relaying.

    def on_chat(self, peer: Peer, claimed: bytes, nick: bytes, text: bytes) -> None:
        """Passes a chat frame on."""
        self.deliver(peer, self.recipients(peer), claimed, self.relayed_nick(peer, nick), self.relayed_text(text))

    def relayed_nick(self, peer: Peer, claimed: bytes) -> bytes:
        """The registered nick, whatever the frame claims (RELAY-5)."""
        return peer.nick

    def relayed_text(self, text: bytes) -> bytes:
        """The text, octet for octet (RELAY-3)."""
        return text

    def recipients(self, sender: Peer) -> list[Peer]:
        """Every member (RELAY-1) but the sender (RELAY-2)."""
        return [peer for peer in self.members() if peer is not sender]

    def members(self) -> list[Peer]:
        """All joined peers (JOIN-4: nobody else)."""
        return [peer for peer in self.peers if peer.joined]

    # The clock.

    def clock(self) -> datetime:
        """Now, UTC."""
        return datetime.now(UTC)

    def stamp(self, claimed: bytes) -> bytes:
        """The server's time for a frame; never earlier than the one before (RELAY-4)."""
        self.latest = max(self.latest, self.clock())
        return self.written(self.latest)

    def written(self, moment: datetime) -> bytes:
        """A time as it is sent (TIME-1), to the millisecond, cut and not rounded."""
        return moment.strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3].encode() + b"Z"

    # Ends.

    def on_eof(self, peer: Peer) -> None:
        """The peer sent FIN: an unfinished frame is dropped (LEAVE-2)."""
        peer.ended = True
        peer.inbox.clear()
        self.depart(peer)
        self.hang_up(peer)

    def on_reset(self, peer: Peer) -> None:
        """The connection is dead (ROBUST-5)."""
        self.depart(peer)
        self.drop(peer)

    def on_malformed(self, peer: Peer, error: MalformedError) -> None:
        """The connection ends here (FRAME-4, FRAME-8, BODY-3), after the whole frames before it (LEAVE-2)."""
        peer.inbox.clear()
        self.depart(peer)
        self.dismiss(peer, str(error))

    def on_overrun(self, peer: Peer) -> None:
        """It reads too slowly for the bound on what is held for it (ROBUST-3)."""
        self.depart(peer)
        self.drop(peer)

    def depart(self, peer: Peer) -> None:
        """Takes a member out of the room and says so; nothing for a connection that never joined (LEAVE-3)."""
        if peer.joined:
            peer.joined = False
            self.release(peer)
            self.announce_leave(peer)

    def release(self, peer: Peer) -> None:
        """Frees its nick (NICK-6)."""
        self.holders.pop(self.key(peer.nick), None)

    def announce_leave(self, peer: Peer) -> None:
        """Tells everybody who is left (LEAVE-1)."""
        self.announce(peer, self.members(), b"[%b] left the chat" % peer.nick)

    def dismiss(self, peer: Peer, reason: str) -> None:
        """Ends a connection with a service message that says why."""
        self.service(peer, reason.encode())
        self.hang_up(peer)

    def hang_up(self, peer: Peer) -> None:
        """Ends a connection when its outbox is empty, or its time is up.

        The transport sends FIN and reads on until the peer's own: closing with octets unread sends RST, which can
        destroy the last words before they are read.
        """
        peer.closing = True
        peer.deadline = time.monotonic() + self.linger_seconds
        self.wake(peer)

    # Sending.

    def announce(self, about: Peer, recipients: list[Peer], text: bytes) -> None:
        """Tells some peers what another did."""
        self.deliver(about, recipients, b"", SERVER, text)

    def deliver(self, about: Peer, recipients: list[Peer], claimed: bytes, nick: bytes, text: bytes) -> None:
        """Sends the same frame to some peers (RELAY-7: to all in one go, so in one order)."""
        frame = self.frame(self.stamp(claimed), nick, text)
        for peer in recipients:
            self.send(peer, frame)

    def service(self, peer: Peer, text: bytes) -> None:
        """Sends one peer a service message (SERVICE-1)."""
        self.send(peer, self.frame(self.stamp(b""), SERVER, text))

    def send(self, peer: Peer, frame: bytes) -> None:
        """Puts a whole frame behind all that is still to be written (RELAY-6, RELAY-8)."""
        peer.outbox += frame
        self.wake(peer)

    # Time passing.

    def later(self, seconds: float, action: Callable[[], None]) -> None:
        """Does something after so many seconds; a transport may be late by a tick."""
        self.timers.append((time.monotonic() + seconds, action))

    def on_tick(self, now: float) -> None:
        """Is called fifty times a second at least, with the monotonic time."""
        due = [action for when, action in self.timers if when <= now]
        self.timers = [timer for timer in self.timers if timer[0] > now]
        for action in due:
            action()
        for peer in list(self.peers):
            if peer.deadline is not None and now >= peer.deadline:  # ROBUST-4, or the end of lingering
                self.drop(peer)
