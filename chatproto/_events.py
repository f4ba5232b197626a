"""What is said on a connection: one class for each thing, the same for sending and receiving.

The classes are named tuples because those were measured to be built fastest (benchmarks/README.md, "Events"); a
connection hands out one for every frame. What a tuple must not bring along is its equality: `Join("", "a", "b")` and
`Chat("", "a", "b")` hold the same fields and say different things, so events are equal within their class only.
"""

from enum import Enum, auto
from typing import NamedTuple, TypeVar

_Class = TypeVar("_Class", bound=type)


def _equal(self: tuple[object, ...], other: object) -> bool:
    return type(self) is type(other) and tuple.__eq__(self, other)


def _unequal(self: tuple[object, ...], other: object) -> bool:
    return not _equal(self, other)


def _hash(self: tuple[object, ...]) -> int:
    return hash((type(self), *self))


def _event(cls: _Class) -> _Class:
    """Gives a named tuple the equality of an event: the same class and the same fields."""
    # A common base class would need two classes for each event, for a named tuple admits no other base.
    cls.__eq__ = _equal  # type: ignore[assignment]
    cls.__ne__ = _unequal  # type: ignore[assignment]  # tuple has its own, so it does not follow from __eq__
    cls.__hash__ = _hash  # type: ignore[assignment]
    return cls


@_event
class Join(NamedTuple):
    """A client's first frame: it asks to be joined under a nick (JOIN-1).

    Attributes:
        time: the client's clock (TIME-3), which a server throws away (TIME-2).
        nick: the nick it asks for.
        text: should be empty, and is ignored.
    """

    time: str
    nick: str
    text: str = ""


@_event
class Joined(NamedTuple):
    """The server's yes: the announcement of this connection's own join (JOIN-2, JOIN-3).

    On the wire it is a service message with the text `[NICK] joined the chat`. Other people's are `Service`.
    """

    time: str
    nick: str


@_event
class Refused(NamedTuple):
    """The server's no, and why (JOIN-5). Only ever sent: a client receives a `Service`, for the wire cannot tell."""

    time: str
    reason: str


@_event
class Chat(NamedTuple):
    """A chat frame (RELAY-1). Received from a client, its nick is what the client claims (RELAY-5)."""

    time: str
    nick: str
    text: str


@_event
class Service(NamedTuple):
    """Any other frame whose nick is `Server` (SERVICE-1): other people's joins and leaves, a refusal, a shutdown."""

    time: str
    text: str


@_event
class Closed(NamedTuple):
    """The peer's stream has ended. Only ever received.

    Attributes:
        unfinished: octets of a frame that never became whole, and were dropped (LEAVE-2); 0 after a refusal,
            which drops everything that arrives.
    """

    unfinished: int


def announcement(nick: str) -> str:
    """The text that announces a join (JOIN-2), with the nick octet for octet as it was asked for (NICK-2)."""
    return f"[{nick}] joined the chat"


Event = Join | Joined | Refused | Chat | Service | Closed


class NeedData(Enum):
    """The type of NEED_DATA, an enum so that a type checker can tell it from an event."""

    NEED_DATA = auto()  # nothing to hand out before more octets, the end of the stream, or a verdict


NEED_DATA = NeedData.NEED_DATA
