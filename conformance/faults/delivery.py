"""Friendly servers that are odd in how octets come and go."""

import random
import socket
import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from functools import partial

from conformance.faults.base import READ_OCTETS, Server
from conformance.faults.fault import Friend
from conformance.faults.frames import HEADER_OCTETS, Peer


class OctetWise(Friend, Server, oddity="frames go out octet by octet, long ones in small pieces"):
    def write(self, peer: Peer) -> int:
        # A large body octet by octet would take longer than the 5 s in which it is due.
        size = 1 if len(peer.outbox) < 2048 else 1000
        sent = 0
        with suppress(BlockingIOError):
            while sent < min(size * 64, len(peer.outbox)):
                sent += peer.sock.send(peer.outbox[sent : sent + size])
        return sent


class HeaderApart(Friend, Server, oddity="the header and the body of a frame are sent each by itself"):
    def write(self, peer: Peer) -> int:
        sent = peer.sock.send(peer.outbox[:HEADER_OCTETS])
        with suppress(BlockingIOError), memoryview(peer.outbox) as octets:
            sent += peer.sock.send(octets[sent:])
        return sent


class BatchedWrites(Friend, Server, oddity="what is to be sent is collected for 30 ms"):
    flushed = 0.0

    def flush_all(self) -> None:
        if time.monotonic() - self.flushed >= 0.03:
            super().flush_all()
            self.flushed = time.monotonic()


class Lagging(Friend, Server, oddity="whatever comes in is acted on 50 ms later"):
    def setup(self) -> None:
        self.due: deque[tuple[float, Peer, Callable[[], None]]] = deque()

    def postpone(self, peer: Peer, act: Callable[[], None]) -> None:
        self.due.append((time.monotonic() + 0.05, peer, act))

    def receive(self, peer: Peer, chunk: bytes) -> None:
        self.postpone(peer, partial(super().receive, peer, chunk))

    def on_eof(self, peer: Peer) -> None:
        peer.ended = True
        self.watch(peer)
        self.postpone(peer, partial(super().on_eof, peer))

    def on_reset(self, peer: Peer) -> None:
        self.selector.unregister(peer.sock)
        peer.ended = True
        self.postpone(peer, partial(super().on_reset, peer))

    def on_tick(self, now: float) -> None:
        super().on_tick(now)
        while self.due and self.due[0][0] <= now:
            _, peer, act = self.due.popleft()
            if peer in self.peers:
                act()


class TinyBuffers(Friend, Server, oddity="the kernel takes in little at a time, and sends little"):
    def listen(self, host: str, port: int) -> socket.socket:
        listener = super().listen(host, port)
        # Any less, and the kernel passes on no more than some kilobytes a second.
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8192)
        # Less than a segment of the loopback, and each write waits for a delayed acknowledgement.
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 65536)
        return listener


class ReadsSevenOctets(Friend, Server, oddity="a member's octets are read seven at a time"):
    def read(self, peer: Peer) -> bytes:
        return peer.sock.recv(7 if len(peer.inbox) < 2048 else READ_OCTETS)


class ShuffledRecipients(Friend, Server, oddity="each frame goes to its recipients in another order"):
    def members(self) -> list[Peer]:
        members = super().members()
        return random.sample(members, len(members))
