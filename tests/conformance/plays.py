"""Servers that record, close or keep silent, and playings against them."""

import contextlib
import socket
import struct
from collections.abc import Iterable, Iterator

from conformance.faults import Server
from conformance.faults.frames import Peer as Connection
from conformance.play import play
from conformance.script import (
    Script,
    Step,
    script,
)
from conformance.stage import Stage
from conformance.trace import Trace
from tests.conformance.helpers import serving, stage_for


class Recording(Server):
    """Keeps what each read gave, by the connection's number, and how each connection ended."""

    def setup(self) -> None:
        super().setup()
        self.chunks: dict[int, list[bytes]] = {}
        self.ends: dict[bytes, str] = {}

    def read(self, peer: Connection) -> bytes:
        chunk = super().read(peer)
        self.chunks.setdefault(peer.number, []).append(chunk)
        return chunk

    def on_eof(self, peer: Connection) -> None:
        self.ends[peer.nick] = "fin"
        super().on_eof(peer)

    def on_reset(self, peer: Connection) -> None:
        self.ends[peer.nick] = "reset"
        super().on_reset(peer)


@contextlib.contextmanager
def performing(server: Server, patience: float = 5.0) -> Iterator[Stage]:
    """A stage against a server in a thread, with its canary there."""
    with serving(server) as address, stage_for(address, patience) as stage:
        assert stage.run([stage.pulse.begin(5.0)]) == [True]
        yield stage


def played(stage: Stage, *parts: Step | Iterable[Step] | Script, patience: float | None = None) -> Trace:
    """The trace of one playing."""
    steps = [part.steps if isinstance(part, Script) else part for part in parts]
    [trace] = stage.run([play(stage, script(*steps), patience)])
    return trace


class Deaf(Server):
    """Takes every connection, and says nothing to anybody whose nick begins with `ann`."""

    def service(self, peer: Connection, text: bytes) -> None:
        if not peer.nick.startswith(b"ann"):
            super().service(peer, text)

    def announce(self, about: Connection, recipients: list[Connection], text: bytes) -> None:
        super().announce(about, [peer for peer in recipients if not peer.nick.startswith(b"ann")], text)


class Closing(Server):
    """Closes whoever says so."""

    def on_chat(self, peer: Connection, claimed: bytes, nick: bytes, text: bytes) -> None:
        if text == b"close":
            self.depart(peer)
            self.drop(peer)
        elif text == b"reset":
            peer.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.depart(peer)
            self.drop(peer)
        else:
            super().on_chat(peer, claimed, nick, text)
