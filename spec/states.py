"""The life of one connection, as a table.

Two rules. Every change of state is a row of TABLE; what has no row does not happen. And this file does not know
which side it is: a client and a server walk the same rows, one seeing as sent what the other sees as received.
"""

from enum import Enum, auto


class State(Enum):
    """Where a connection stands (protocol.md, "Joining, relaying, leaving")."""

    UNJOINED = auto()  # connected; the client's first frame has not come (JOIN-1)
    JOINING = auto()  # the join is there, the server's verdict is not
    JOINED = auto()  # announced (JOIN-2)
    REFUSED = auto()  # the server said no (JOIN-5); what still arrives is dropped
    CLOSED = auto()  # ended, by either side, or by malformed octets


class Input(Enum):
    """What can happen to a connection."""

    JOIN = auto()  # the client's first frame
    JOINED = auto()  # the server announces that this nick joined
    REFUSED = auto()  # the server refuses the join
    CHAT = auto()  # a chat frame, in either direction
    SERVICE = auto()  # a service message that is not this connection's join (SERVICE-1)
    CLOSED = auto()  # the stream of the peer ended, or was closed by us
    MALFORMED = auto()  # octets that cannot be a frame (FRAME-4, FRAME-8, BODY-3)


UNJOINED, JOINING, JOINED, REFUSED, CLOSED = State

TABLE: dict[tuple[State, Input], State] = {
    (UNJOINED, Input.JOIN): JOINING,  # JOIN-1
    (UNJOINED, Input.SERVICE): UNJOINED,  # JOIN-4: a time-out, a shutdown
    (UNJOINED, Input.REFUSED): REFUSED,  # no room
    (JOINING, Input.JOINED): JOINED,  # JOIN-2, JOIN-3
    (JOINING, Input.REFUSED): REFUSED,  # JOIN-5
    (JOINING, Input.SERVICE): JOINING,  # JOIN-4: the client cannot yet tell a refusal from a greeting
    (JOINED, Input.CHAT): JOINED,  # RELAY-1
    (JOINED, Input.SERVICE): JOINED,  # SERVICE-1
    (UNJOINED, Input.CLOSED): CLOSED,  # LEAVE-3
    (JOINING, Input.CLOSED): CLOSED,  # LEAVE-3; to a client: refused
    (JOINED, Input.CLOSED): CLOSED,  # LEAVE-1
    (REFUSED, Input.CLOSED): CLOSED,
    (UNJOINED, Input.MALFORMED): CLOSED,  # FRAME-4, FRAME-8, BODY-3
    (JOINING, Input.MALFORMED): CLOSED,
    (JOINED, Input.MALFORMED): CLOSED,  # LEAVE-1 follows
    (REFUSED, Input.MALFORMED): CLOSED,
}
