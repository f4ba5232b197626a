"""Two friendly servers with another transport: threads that block, and asyncio."""

import asyncio
import socket
import threading
import time
from contextlib import suppress
from typing import cast

from conformance.faults.base import READ_OCTETS, TICK_SECONDS
from conformance.faults.fault import Friend
from conformance.faults.frames import Peer
from conformance.faults.room import Room


class ThreadPerClient(Friend, Room, oddity="two threads that block for each client, one to read and one to write"):
    """One lock guards the room; no thread holds it while it waits for a socket."""

    def __init__(self, port: int = 0, host: str = "127.0.0.1") -> None:
        super().__init__()
        self.stopped = False
        self.lock = threading.RLock()
        self.awake: dict[Peer, threading.Condition] = {}
        self.threads: set[threading.Thread] = set()
        self.connections = 0
        self.listener = socket.create_server((host, port), backlog=1024)
        self.listener.settimeout(TICK_SECONDS)
        self.port: int = self.listener.getsockname()[1]

    def stop(self) -> None:
        """Ends serve() within a tick."""
        self.stopped = True

    def serve(self) -> None:
        """Accepts until it is stopped, then closes everything."""
        while not self.stopped:
            try:
                sock, _ = self.listener.accept()
            except OSError:  # nobody came; or ROBUST-5, ROBUST-6
                sock = None
            with self.lock:
                if sock is not None:
                    self.welcome(sock)
                self.on_tick(time.monotonic())
        self.listener.close()
        with self.lock:
            for peer in list(self.peers):
                self.drop(peer)
            threads = list(self.threads)
        for thread in threads:
            thread.join()

    def welcome(self, sock: socket.socket) -> None:
        """Starts the thread of a new connection."""
        sock.setblocking(True)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.connections += 1
        peer = Peer(sock, self.connections)
        peer.deadline = time.monotonic() + self.join_seconds
        self.peers[peer] = None
        self.awake[peer] = threading.Condition(self.lock)
        thread = threading.Thread(target=self.reading, args=(peer,), daemon=True)
        self.threads.add(thread)
        thread.start()

    def on_tick(self, now: float) -> None:
        """Also throws out who is too far behind; in the midst of a fan-out it would change the order (RELAY-7)."""
        super().on_tick(now)
        for peer in self.members():
            if len(peer.outbox) > self.max_backlog:
                self.on_overrun(peer)

    def reading(self, peer: Peer) -> None:
        """The thread that reads; it owns the socket and the thread that writes."""
        writer = threading.Thread(target=self.writing, args=(peer,), daemon=True)
        writer.start()
        while self.read_once(peer):
            pass
        writer.join()
        with self.lock:
            peer.sock.close()
            self.peers.pop(peer, None)
            self.awake.pop(peer)
            self.threads.discard(threading.current_thread())

    def read_once(self, peer: Peer) -> bool:
        """Whether there is more to read."""
        try:
            chunk = peer.sock.recv(READ_OCTETS)
        except OSError:
            with self.lock:
                self.on_reset(peer)
            return False
        with self.lock:
            if chunk:
                self.receive(peer, chunk)
            elif not peer.closing:
                self.on_eof(peer)
        return bool(chunk)

    def writing(self, peer: Peer) -> None:
        """The thread that writes: until the peer is closing and everything is written."""
        while chunk := self.next_chunk(peer):
            with suppress(OSError):  # ROBUST-5: the thread that reads says what happened
                peer.sock.sendall(chunk)
        with suppress(OSError):
            peer.sock.shutdown(socket.SHUT_WR)

    def next_chunk(self, peer: Peer) -> bytes:
        """Waits for something to write; empty if there will be nothing more."""
        with self.lock:
            self.awake[peer].wait_for(lambda: peer.outbox or peer.closing)
            chunk = bytes(peer.outbox[:READ_OCTETS])
            del peer.outbox[:READ_OCTETS]
            return chunk

    def wake(self, peer: Peer) -> None:
        """Tells the thread that writes."""
        self.awake[peer].notify()

    def drop(self, peer: Peer) -> None:
        """Wakes both threads with the end of the stream; they clear up."""
        self.peers.pop(peer, None)
        peer.closing = True
        peer.outbox.clear()
        self.wake(peer)
        with suppress(OSError):
            peer.sock.shutdown(socket.SHUT_RDWR)


class Asyncio(Friend, Room, oddity="asyncio transports, each with a buffer of its own"):
    """The room as the protocol factory of an asyncio server."""

    def __init__(self, port: int = 0, host: str = "127.0.0.1") -> None:
        super().__init__()
        self.stopped = False
        self.transports: dict[Peer, asyncio.Transport] = {}
        self.connections = 0
        self.listener = socket.create_server((host, port), backlog=1024)
        self.port: int = self.listener.getsockname()[1]

    def stop(self) -> None:
        """Ends serve() within a tick."""
        self.stopped = True

    def serve(self) -> None:
        """Runs the event loop until it is stopped."""
        asyncio.run(self.run())

    async def run(self) -> None:
        """Serves, ticks, and closes everything."""
        server = await asyncio.get_running_loop().create_server(lambda: _Link(self), sock=self.listener, backlog=1024)
        while not self.stopped:
            await asyncio.sleep(TICK_SECONDS)
            self.on_tick(time.monotonic())
        server.close()
        for peer in list(self.peers):
            self.drop(peer)
        await asyncio.sleep(0)  # an aborted transport closes its socket in the next turn of the loop
        await asyncio.sleep(0)

    def welcome(self, transport: asyncio.Transport) -> Peer:
        """A connection is there; asyncio has set TCP_NODELAY."""
        self.connections += 1
        peer = Peer(cast(socket.socket, transport.get_extra_info("socket")), self.connections)
        peer.deadline = time.monotonic() + self.join_seconds
        self.peers[peer] = None
        self.transports[peer] = transport
        return peer

    def farewell(self, peer: Peer) -> None:
        """The transport has closed the connection, for whatever reason."""
        self.transports.pop(peer, None)
        self.depart(peer)
        self.peers.pop(peer, None)

    def send(self, peer: Peer, frame: bytes) -> None:
        """Leaves the waiting to the transport."""
        transport = self.transports[peer]
        transport.write(frame)
        if transport.get_write_buffer_size() > self.max_backlog:
            # Later: a leave in the midst of a fan-out would change the order (RELAY-7).
            asyncio.get_running_loop().call_soon(self.on_overrun, peer)

    def wake(self, peer: Peer) -> None:
        """The peer hangs up: the transport writes what it holds, then FIN."""
        transport = self.transports[peer]
        if peer.ended:
            transport.close()
        elif transport.can_write_eof() and not transport.is_closing():
            transport.write_eof()

    def drop(self, peer: Peer) -> None:
        """Closes at once."""
        self.peers.pop(peer, None)
        if transport := self.transports.get(peer):
            transport.abort()


class _Link(asyncio.Protocol):
    """Hands the events of one transport to the room."""

    def __init__(self, room: Asyncio) -> None:
        self.room = room

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.peer = self.room.welcome(cast(asyncio.Transport, transport))

    def data_received(self, data: bytes) -> None:
        self.room.receive(self.peer, data)

    def eof_received(self) -> bool:
        if self.peer.closing:
            self.peer.ended = True
            self.room.wake(self.peer)
        else:
            self.room.on_eof(self.peer)
        return True  # the room closes, when it has said what it has to say

    def connection_lost(self, error: Exception | None) -> None:
        self.room.farewell(self.peer)
