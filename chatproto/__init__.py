"""The protocol without a socket: octets in, events out, and back.

    >>> from chatproto import CLIENT, NEED_DATA, SERVER, Chat, Connection, Join, Joined
    >>> alice, server = Connection(CLIENT), Connection(SERVER)
    >>> server.receive_data(alice.send(Join(time="", nick="alice")))
    >>> server.next_event()
    Join(time='', nick='alice', text='')
    >>> alice.receive_data(server.send(Joined(time="2026-01-31T12:00:00.000Z", nick="alice")))
    >>> alice.next_event()
    Joined(time='2026-01-31T12:00:00.000Z', nick='alice')
    >>> alice.send(Chat(time="", nick="alice", text="hi"))
    b'9         \\x00alice\\x00hi'
    >>> alice.next_event() is NEED_DATA
    True

`Connection` is one end of one connection: events, roles and the state table (`_connection`, `_events`). `Codec` is
the frames alone, for any definition like those of `spec.wire` (`_codec`, `_layout`). Every error is a `ProtocolError`
with the id of the requirement that is broken (`_errors`).
"""

from chatproto._codec import Codec
from chatproto._connection import CLIENT, SERVER, Connection, Role
from chatproto._errors import LocalProtocolError, ProtocolError, RemoteProtocolError
from chatproto._events import NEED_DATA, Chat, Closed, Event, Join, Joined, NeedData, Refused, Service
from spec.states import State

__all__ = [
    "CLIENT",
    "NEED_DATA",
    "SERVER",
    "Chat",
    "Closed",
    "Codec",
    "Connection",
    "Event",
    "Join",
    "Joined",
    "LocalProtocolError",
    "NeedData",
    "ProtocolError",
    "Refused",
    "RemoteProtocolError",
    "Role",
    "Service",
    "State",
]
