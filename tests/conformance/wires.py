"""What scripted servers do with a connection, and peers against them."""

import contextlib
import socket
import struct
from collections.abc import Callable, Iterator

from conformance.octets import Got
from conformance.peer import Peer
from conformance.playing import Playing, Wait
from conformance.stage import Stage
from tests.conformance.helpers import DEADLINE_S, Scripted, scripted, stage_for

Handle = Callable[[Scripted, socket.socket, int], None]


def reset(sock: socket.socket) -> None:
    """Closes with RST."""
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    sock.close()


def silent(server: Scripted, sock: socket.socket, number: int) -> None:
    """Reads to the end and says nothing."""
    while server.recv(sock, number):
        pass


def echo(server: Scripted, sock: socket.socket, number: int) -> None:
    """Sends back whatever comes, blocking where it has to."""
    while octets := server.recv(sock, number):
        sock.sendall(octets)


@contextlib.contextmanager
def against(handle: Handle) -> Iterator[tuple[Scripted, Stage]]:
    """A scripted server and a stage against it; the stage's connections are closed first."""
    with scripted(handle) as server, stage_for(server.address) as stage:
        yield server, stage


def wait(stage: Stage, condition: Callable[[], bool], seconds: float = DEADLINE_S) -> bool:
    """Turns the stage's loop until a condition is true; gives whether it became so."""

    def playing() -> Playing[bool]:
        return (yield Wait(condition, seconds))

    [met] = stage.run([playing()])
    return met


def connected(stage: Stage, heard: list[Got] | None = None, *, small: bool = False) -> Peer:
    """A peer whose connection stands."""
    peer = stage.peer(heard.append if heard is not None else None, small=small)
    assert wait(stage, lambda: peer.connected)
    return peer
