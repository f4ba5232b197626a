"""One connection of this protocol, seen from either end, without a socket: octets in, events out, and back."""

from collections import deque
from enum import Enum, auto
from functools import lru_cache
from typing import Any, assert_never

from chatproto._codec import Codec
from chatproto._errors import DO_NOT_SEND, REFUSE_AND_CLOSE, LocalProtocolError, RemoteProtocolError
from chatproto._events import NEED_DATA, Chat, Closed, Event, Join, Joined, NeedData, Refused, Service, announcement
from spec import wire
from spec.nicks import SERVER_NICK
from spec.states import TABLE, Input, State


class Role(Enum):
    """Which end of the connection this is."""

    CLIENT = auto()
    SERVER = auto()


CLIENT, SERVER = Role

# What each role may say (JOIN-1, JOIN-2, JOIN-5, SERVICE-1); in which state is the table's business.
_SAYS: dict[Role, dict[type, Input]] = {
    CLIENT: {Join: Input.JOIN, Chat: Input.CHAT},
    SERVER: {Joined: Input.JOINED, Refused: Input.REFUSED, Chat: Input.CHAT, Service: Input.SERVICE},
}

# The requirement that a wrong use of each breaks.
_WHY: dict[type, str] = {
    Join: "JOIN-1",
    Joined: "JOIN-2",
    Refused: "JOIN-5",
    Chat: "JOIN-1",
    Service: "SERVICE-1",
    Closed: "LEAVE-1",
}

# A legal body grows by so many octets when the server restores its time and nick (FRAME-7).
_GROWTH_OCTETS = wire.CLIENT_MAX_BODY_OCTETS - wire.SERVER_MAX_BODY_OCTETS


class Connection:
    """The protocol of one connection, bound to the state table (spec/states.py): a step without a row is an error.

    Feed it what the socket gives, take events until NEED_DATA, and write out what `send` returns:

        connection.receive_data(octets)            # or receive_eof()
        while (event := connection.next_event()) is not NEED_DATA:
            ...

    The events do not depend on how TCP cut the octets (FRAME-6). A server's verdict on a `Join` is an event that it
    sends: the frames behind the join, and the end of the stream, wait for it. After `Joined` they are handed out;
    after `Refused` all that was received and will be is dropped, malformed or not (JOIN-5, LEAVE-2).

    A client is handed chat and service messages in every state: that they come in order is the server's duty
    (JOIN-3), and a client shows each frame (CLIENT-2). Only its own announcement takes it from JOINING to JOINED.

    Args:
        role: which end this is.
        max_body_octets: the largest body accepted, 1 to 67,108,864 (FRAME-8); None for FRAME-7's number for the role.
            Less than FRAME-7's is not conformant. A server with a larger one sends larger ones, too.

    Raises:
        TypeError: role is no Role, or max_body_octets no whole number.
        ValueError: max_body_octets is out of its range.
    """

    def __init__(self, role: Role, *, max_body_octets: int | None = None) -> None:
        self._definition, outgoing = _definitions(role, max_body_octets)
        self._role = role
        self._incoming = Codec(self._definition)
        self._outgoing = Codec(outgoing)
        self._frames: deque[tuple[str, ...]] = deque()  # whole, not yet handed out
        self._nick: str | None = None
        self._eof = False
        self._error: RemoteProtocolError | None = None  # reached in the stream; the codec's may still lie ahead
        self._enter(State.UNJOINED)

    @property
    def role(self) -> Role:
        """Which end this is."""
        return self._role

    @property
    def state(self) -> State:
        """Where the connection stands, after the events handed out and sent so far."""
        return self._state

    @property
    def nick(self) -> str | None:
        """The nick as the join claims it; None before the join."""
        return self._nick

    def receive_data(self, octets: bytes | bytearray | memoryview) -> None:
        """Takes octets from the peer; no octets are no news (the end of the stream is `receive_eof`).

        Raises:
            LocalProtocolError: the stream has ended already.
            TypeError: they are no octets.
        """
        if self._eof and octets:
            raise LocalProtocolError("octets after the end of the stream", requirement="FRAME-6", remedy=DO_NOT_SEND)
        if self._state is State.REFUSED or self._incoming.error is not None:
            return  # JOIN-5: dropped. FRAME-4: nothing behind a malformed frame can be read
        try:  # noqa: SIM105  # contextlib.suppress() costs more than a short read
            self._frames += self._incoming.decode(octets)
        except RemoteProtocolError:
            pass  # its turn comes when the frames ahead of it are handed out

    def receive_eof(self) -> None:
        """Takes note that the peer's stream has ended: `Closed` follows all whole frames (LEAVE-2)."""
        self._eof = True

    def next_event(self) -> Event | NeedData:
        """The next thing that happened, one a call, or NEED_DATA.

        `Closed` is handed out once; NEED_DATA after it is final.

        Raises:
            RemoteProtocolError: the next frame is malformed. All good frames ahead of it have been handed out. Every
                later call raises it again. If its remedy is `refuse and close`, it stands for a join that could
                not be read, and `send(Refused(...))` is in order (BODY-3, JOIN-5), after which it is not raised any more.
        """
        if self._flowing and self._frames:  # the fast path: no frame can change the state here
            fields = self._frames.popleft()
            if self._role is SERVER or fields[1] != SERVER_NICK:
                return tuple.__new__(Chat, fields)  # half the cost of Chat(*fields), and the same
            return Service(fields[0], fields[2])
        return self._next_step()

    def next_chats(self) -> list[tuple[str, ...]]:
        """The fields of every `Chat` that `next_event` would now hand out one by one: a server's fast path.

        An empty list if the next thing is another, and always for a client: its frames may be service messages.
        """
        if self._role is CLIENT or not self._flowing:
            return []
        chats, self._frames = list(self._frames), deque()
        return chats

    def send(self, event: Event) -> bytes:
        """The octets that say an event, and the step in the state table that saying it is.

        Raises:
            LocalProtocolError: this role never says it, or not in this state, or it cannot be encoded. The state
                is as it was.
            TypeError: it is no event, or a field of it no str. The state is as it was.
        """
        after = self._row_for(event)
        octets = self._outgoing.encode(*self._fields(event))
        if type(event) is Join:  # only now: a join that could not be encoded claims nothing
            self._nick = event.nick
        if type(event) is Refused:
            # JOIN-5, LEAVE-2: nothing behind a refused join is handed out, neither frames nor a malformed one.
            self._frames.clear()
            self._incoming = Codec(self._definition)
            self._error = None
        if after is not self._state:
            self._enter(after)
        return octets

    def _enter(self, state: State) -> None:
        self._state = state
        # Read off the table once a state: whether frames can be handed out without asking it for each.
        inputs = (Input.CHAT,) if self._role is SERVER else (Input.CHAT, Input.SERVICE)
        self._flowing = all(TABLE.get((state, each)) is state for each in inputs)

    def _next_step(self) -> Event | NeedData:
        if self._error is not None:
            raise self._error.with_traceback(None)
        if self._role is SERVER and self._state is State.JOINING:
            return NEED_DATA  # the verdict comes first, also before a malformed frame and the end
        if self._frames:
            return self._read(*self._frames.popleft())
        if self._incoming.error is not None:
            self._fail(self._incoming.error)
        if self._eof and self._state is not State.CLOSED:
            self._walk(Input.CLOSED)
            return Closed(self._incoming.buffered)
        return NEED_DATA

    def _read(self, time: str, nick: str, text: str) -> Event:
        if self._role is SERVER and self._state is State.UNJOINED:
            self._walk(Input.JOIN)
            self._nick = nick
            return Join(time, nick, text)
        if self._role is SERVER or nick != SERVER_NICK:
            return Chat(time, nick, text)  # RELAY-5: with the nick that it claims; whose it is, the room knows
        if self._nick is not None and self._is_own_announcement(text):
            self._walk(Input.JOINED)
            return Joined(time, self._nick)
        return Service(time, text)

    def _fail(self, error: RemoteProtocolError) -> None:
        self._error = error
        if self._role is SERVER and self._state is State.UNJOINED and error.part == "body":
            # BODY-3: as a first frame it is a refused join. So it is a join here, and waits for its refusal.
            error.remedy = REFUSE_AND_CLOSE
            self._walk(Input.JOIN)
        else:
            self._walk(Input.MALFORMED)
        raise error.with_traceback(None)  # it was met in a call before, which is nobody's business here

    def _walk(self, step: Input) -> None:
        self._enter(TABLE[self._state, step])

    def _row_for(self, event: Event) -> State:
        if type(event) not in _WHY:
            raise TypeError(f"not an event: {event!r}")
        step = _SAYS[self._role].get(type(event))
        if step is None:
            raise _illegal(f"a {self._role.name.lower()} never sends {type(event).__name__}", _WHY[type(event)])
        after = TABLE.get((self._state, step))
        if after is None:
            raise _illegal(f"{type(event).__name__} cannot be sent while {self._state.name}", _WHY[type(event)])
        return after

    def _fields(self, event: Event) -> tuple[str, str, str]:
        """The fields of the frame that says it; refuses what would arrive as something else."""
        match event:
            case Join(time, nick, text):
                return time, nick, text
            case Chat(time, nick, text):
                if self._role is SERVER and nick == SERVER_NICK:
                    raise _illegal("a chat frame from Server would be read as a service message", "SERVICE-1")
                return time, nick, text
            case Joined(time, nick):
                if nick is None or nick != self._nick:  # the client waits for the very octets that it asked with
                    raise _illegal(f"the join claims {self._nick!a}, not {nick!a}", "NICK-2")
                return time, SERVER_NICK, announcement(nick)
            case Refused(time, text) | Service(time, text):
                if self._is_own_announcement(text):  # the client would think that it has joined
                    raise _illegal("the text is that of the announcement; send Joined", "SERVICE-1")
                return time, SERVER_NICK, text
            case Closed():
                raise AssertionError(event)  # no role says it, so it has no row
            case _:
                assert_never(event)

    def _is_own_announcement(self, text: str) -> bool:
        return self._state is State.JOINING and self._nick is not None and text == announcement(self._nick)


def _illegal(sentence: str, requirement: str) -> LocalProtocolError:
    return LocalProtocolError(sentence, requirement=requirement, remedy=DO_NOT_SEND)


@lru_cache(maxsize=32, typed=True)  # so that connections with the same limit share a definition, and with it the memos
def _definitions(role: Role, max_body_octets: int | None) -> tuple[Any, Any]:
    """The definitions of what this role receives and of what it sends."""
    if not isinstance(role, Role):
        raise TypeError(f"a role is CLIENT or SERVER, not {role!r}")
    if max_body_octets is None:
        return (wire.TO_SERVER, wire.TO_CLIENT) if role is SERVER else (wire.TO_CLIENT, wire.TO_SERVER)
    if not isinstance(max_body_octets, int) or isinstance(max_body_octets, bool):
        raise TypeError(f"max_body_octets is a whole number, not {max_body_octets!r}")
    # The lower bound is not FRAME-7's: tests and small machines have their reasons, and the docstring its warning.
    if not 1 <= max_body_octets <= wire.LARGEST_MAX_BODY_OCTETS:
        raise ValueError(f"FRAME-8: a maximum of 1 to {wire.LARGEST_MAX_BODY_OCTETS} octets, not {max_body_octets}")
    incoming = wire.frame(max_body_octets)
    if role is CLIENT:
        return incoming, wire.TO_SERVER  # CLIENT-1: whatever it accepts, it sends no more than every server takes
    return incoming, wire.frame(max(wire.CLIENT_MAX_BODY_OCTETS, max_body_octets + _GROWTH_OCTETS))
