"""The transport of the faulty servers: one thread, one selector loop. Server as it stands is hardened-conformant."""

import selectors
import socket
import time

from conformance.faults.frames import Peer
from conformance.faults.room import Room

READ_OCTETS = 65536
TICK_SECONDS = 0.02


class CrashError(Exception):
    """Raised by a fault that takes the whole server down; nothing catches it."""


class Server(Room):
    """A chat server on a socket of its own.

    Args:
        port: 0 for a free one; `port` of the instance says which.
        host: the address to listen on.
    """

    def __init__(self, port: int = 0, host: str = "127.0.0.1") -> None:
        super().__init__()
        self.stopped = False
        self.connections = 0  # of the server's life
        self.unflushed: dict[Peer, None] = {}
        self.listener = self.listen(host, port)
        self.port: int = self.listener.getsockname()[1]
        self.listener.setblocking(False)
        self.selector = selectors.DefaultSelector()
        self.selector.register(self.listener, selectors.EVENT_READ)

    def listen(self, host: str, port: int) -> socket.socket:
        """Opens the listening socket; its queue has room for a storm of connections (ROBUST-7)."""
        return socket.create_server((host, port), backlog=1024)

    # The loop.

    def serve(self) -> None:
        """Serves until stop() is called, from whichever thread; then closes everything, unannounced (LEAVE-1)."""
        try:
            while not self.stopped:
                self.turn()
        finally:
            self.close()

    def stop(self) -> None:
        """Ends serve() within a tick."""
        self.stopped = True

    def turn(self) -> None:
        """Reads once from each peer that has something, then writes what came of it."""
        soonest = min((when - time.monotonic() for when, _ in self.timers), default=TICK_SECONDS)
        for key, events in self.selector.select(max(0.0, min(TICK_SECONDS, soonest))):
            peer: Peer | None = key.data
            if peer is None:
                self.accept()
            elif peer in self.peers:  # else it was dropped earlier in this turn
                if events & selectors.EVENT_READ:
                    self.on_readable(peer)
                if events & selectors.EVENT_WRITE:
                    self.wake(peer)
        self.on_tick(time.monotonic())
        self.flush_all()

    def close(self) -> None:
        """Closes every socket."""
        for peer in list(self.peers):
            self.drop(peer)
        self.selector.close()
        self.listener.close()

    # Connections.

    def accept(self) -> None:
        """Takes a new connection."""
        try:
            sock, _ = self.listener.accept()
        except OSError:  # ROBUST-5: reset while it waited; ROBUST-6: no descriptor is left
            return
        sock.setblocking(False)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.connections += 1
        peer = Peer(sock, self.connections)
        peer.deadline = time.monotonic() + self.join_seconds
        self.peers[peer] = None
        self.selector.register(sock, selectors.EVENT_READ, peer)
        self.on_connect(peer)

    def on_connect(self, peer: Peer) -> None:
        """A connection is there; it hears nothing before its join is accepted (JOIN-3)."""

    def drop(self, peer: Peer) -> None:
        """Closes the connection now and forgets it."""
        self.peers.pop(peer, None)
        self.unflushed.pop(peer, None)
        if peer.sock.fileno() in self.selector.get_map():
            self.selector.unregister(peer.sock)
        peer.sock.close()

    # Reading.

    def on_readable(self, peer: Peer) -> None:
        """Reads once: a bounded amount, so that nobody is kept waiting (ROBUST-2)."""
        try:
            chunk = self.read(peer)
        except BlockingIOError:
            return
        except OSError:
            self.on_reset(peer)
            return
        if chunk:
            self.receive(peer, chunk)
        elif peer.closing:
            peer.ended = True  # it has seen our FIN, or stopped by itself
            self.wake(peer)
        elif peer.broken:
            self.on_reset(peer)
        else:
            self.on_eof(peer)

    def read(self, peer: Peer) -> bytes:
        """What the kernel has, b"" at the end of the stream."""
        return peer.sock.recv(READ_OCTETS)

    # Writing.

    def wake(self, peer: Peer) -> None:
        """The peer is flushed at the end of this turn, once for all that it is sent in it."""
        if peer in self.peers:  # else it was dropped meanwhile
            self.unflushed[peer] = None

    def flush_all(self) -> None:
        """Flushes all that were woken, and all that this wakes."""
        while self.unflushed:
            peer, _ = self.unflushed.popitem()
            self.flush(peer)

    def flush(self, peer: Peer) -> None:
        """Writes what the kernel takes; the rest waits until the peer is writable (ROBUST-3: and nobody else waits)."""
        if peer.outbox:
            try:
                del peer.outbox[: self.write(peer)]
            except BlockingIOError:
                pass
            except OSError:
                # ROBUST-5: the read side says what happened, after the frames that came before it (LEAVE-2).
                peer.outbox.clear()
                peer.broken = True
        if len(peer.outbox) > self.max_backlog:
            self.on_overrun(peer)
        elif peer.closing and not peer.outbox:
            self.finish(peer)
        else:
            self.watch(peer)

    def write(self, peer: Peer) -> int:
        """Hands the kernel the outbox and says how many octets it took."""
        return peer.sock.send(peer.outbox)

    def finish(self, peer: Peer) -> None:
        """Everything is written: FIN, and the socket is closed when the peer's FIN is there too."""
        if peer.ended:
            self.drop(peer)
            return
        try:
            peer.sock.shutdown(socket.SHUT_WR)
        except OSError:  # it was reset meanwhile
            self.drop(peer)
        else:
            self.watch(peer)

    def watch(self, peer: Peer) -> None:
        """Tells the selector what the peer is waited for; an ended stream is always readable, so no longer for that."""
        events = 0 if peer.ended else selectors.EVENT_READ
        if peer.outbox:
            events |= selectors.EVENT_WRITE
        registered = self.selector.get_map().get(peer.sock)
        if registered is None and events:
            self.selector.register(peer.sock, events, peer)
        elif registered is not None and not events:
            self.selector.unregister(peer.sock)
        elif registered is not None and registered.events != events:
            self.selector.modify(peer.sock, events, peer)
