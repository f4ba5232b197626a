"""Who is in the room under which nick, and what is said in it. Pure: no sockets, no clock.

Everything that happens is a call `(member, event, now)`, and everything that follows is its result: an `Entry`, or a
`Speech` of several, that all members are to receive in the order of the calls, or a `Refusal` for one. Whom an entry
goes to is not decided here: everybody who is in the room, except the member whose chat it is (RELAY-2).
"""

from collections.abc import Hashable
from typing import Generic, NamedTuple, TypeVar

from chatproto import Join
from reference_server.stamps import Stamps
from spec import nicks

Member = TypeVar("Member", bound=Hashable)


class Entry(NamedTuple):
    """One frame for the room, complete: time, nick and text as they stand on the wire."""

    time: str
    nick: str
    text: str


class Speech(NamedTuple):
    """The chat of one member that was taken at one moment: entries that differ in their texts only."""

    time: str
    nick: str
    texts: list[str]


class Refusal(NamedTuple):
    """A no to one connection; nobody else hears of it (JOIN-5)."""

    time: str
    reason: str


class Room(Generic[Member]):
    """The members and their nicks.

    A member is any hashable thing; the server's are its sessions, the tests' are numbers. Calls that have no sense
    (chat of a stranger, a second join) are mistakes of the caller and raise KeyError or ValueError.
    """

    def __init__(self) -> None:
        self._nicks: dict[Member, str] = {}
        self._taken: dict[str, Member] = {}
        self._stamps = Stamps()

    def __len__(self) -> int:
        return len(self._nicks)

    def __contains__(self, member: object) -> bool:
        return member in self._nicks

    def nick(self, member: Member) -> str:
        """The registered nick of a member, as it asked for it (NICK-2)."""
        return self._nicks[member]

    def join(self, member: Member, event: Join, now_ns: int) -> Entry | Refusal:
        """Lets a connection in, or says why not (JOIN-1, JOIN-2, JOIN-5).

        Args:
            member: who asks; not yet in the room.
            event: its first frame. Its text is ignored (JOIN-1), its time thrown away (TIME-2).
            now_ns: the wall clock, nanoseconds since 1970.

        Raises:
            ValueError: the member is already in the room.
        """
        if member in self._nicks:
            raise ValueError(f"already in the room as {self._nicks[member]!r}")
        time = self._stamps.stamp(now_ns)
        reason = self._objection(event.nick)
        if reason is not None:
            return Refusal(time, reason)
        self._nicks[member] = event.nick
        self._taken[nicks.key(event.nick)] = member
        return Entry(time, nicks.SERVER_NICK, f"[{event.nick}] joined the chat")  # JOIN-2

    def _objection(self, nick: str) -> str | None:
        problem = nicks.problem(nick)
        if problem is not None:
            return problem  # NICK-3
        key = nicks.key(nick)
        if key == _SERVER_KEY:
            return f"the nick {nicks.SERVER_NICK} is the server's own"  # NICK-4
        if key in self._taken:
            return "the nick is taken, or looks too much like one that is"  # NICK-5
        return None

    def chat(self, member: Member, texts: list[str], now_ns: int) -> Speech:
        """What a member says, under its registered nick and the server's time.

        What came in one read came at one moment, so it is stamped once. RELAY-5 leaves a choice for frames that
        claim another nick, `Server` included: they are relayed under the registered one, because closing would
        punish a client for a field that carries no information. So the claim does not even come here.

        Raises:
            KeyError: the member is not in the room.
        """
        return Speech(self._stamps.stamp(now_ns), self._nicks[member], texts)  # RELAY-3, RELAY-4

    def leave(self, member: Member, now_ns: int) -> Entry:
        """Lets a member go, however it went; its nick is free at once (LEAVE-1, NICK-6).

        Raises:
            KeyError: the member is not in the room, or no longer.
        """
        nick = self._nicks.pop(member)
        del self._taken[nicks.key(nick)]
        return Entry(self._stamps.stamp(now_ns), nicks.SERVER_NICK, f"[{nick}] left the chat")

    def service(self, text: str, now_ns: int) -> Entry:
        """A service message, to everybody or to one; its text is not mistakable for a join or leave (SERVICE-1)."""
        if text.startswith("["):
            raise ValueError(f"a service message that might be taken for a join or leave: {text!r}")
        return Entry(self._stamps.stamp(now_ns), nicks.SERVER_NICK, text)


_SERVER_KEY = nicks.key(nicks.SERVER_NICK)
