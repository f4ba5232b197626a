"""One connection of the server: a socket, the protocol on it, and the octets that are for it alone."""

import os
import socket
import struct
import sys
from collections.abc import Sequence

from chatproto import SERVER, Connection
from reference_server.broadcast import Buffer, Cursor, Log
from reference_server.counters import Counters
from reference_server.pollers import READ, WRITE

RECEIVE_OCTETS = 65_536  # in one turn: what one member says must not keep the others waiting (ROBUST-1)
KEEPALIVE_IDLE_S = 60
KEEPALIVE_INTERVAL_S = 10
KEEPALIVE_PROBES = 3
_RESET = struct.pack("hh" if sys.platform == "win32" else "ii", 1, 0)  # struct linger: on, 0 seconds
_HAS_SENDMSG = hasattr(socket.socket, "sendmsg")


class Session:
    """What the loop knows of one connection. It moves octets and decides nothing.

    Attributes:
        peer: the other end's address, for operators.
        connection: the protocol; None once nothing more will be read from it.
        cursor: its place in the broadcast log while it is joined, else None.
        outbox: octets for it alone, sent before anything else: a refusal, or what was due when it left.
        ending: nothing more is said to it than what the outbox holds; its input is read and discarded.
        deaf: the peer's FIN came, so there is nothing more to read.
        held: it is over its rate, and not read for a while.
        mute: our FIN went out, so there is nothing more to send.
        blocked: the kernel took less than there was; the poller says when to go on.
        mask: what the poller was last told to wait for.
        closed: the socket is gone.
    """

    __slots__ = (
        "blocked", "closed", "connection", "cursor", "deaf", "ending", "fd", "held", "mask", "mute", "outbox", "peer", "sock",
    )  # fmt: skip

    def __init__(self, sock: socket.socket, peer: str, connection: Connection | None = None) -> None:
        self.sock = sock
        self.fd = sock.fileno()
        self.peer = peer
        self.connection: Connection | None = connection or Connection(SERVER)
        self.cursor: Cursor | None = None
        self.outbox: Buffer = b""
        self.ending = self.deaf = self.held = self.mute = self.blocked = self.closed = False
        self.mask = READ

    def __repr__(self) -> str:
        nick = self.connection.nick if self.connection is not None else None
        return self.peer if nick is None else f"{self.peer} ({nick!a})"

    def configure(self) -> None:
        """Sets the socket's options.

        TCP_USER_TIMEOUT is not among them: Linux counts it while the peer's window is closed, too, and would so
        throw out a client for not reading for a while, which ROBUST-3 forbids (tried: it resets after that time).

        Raises:
            OSError: the connection is dead already, which some systems report here.
        """
        self.sock.setblocking(False)
        self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # else answers wait for an acknowledgement
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)  # so that the nick of a dead peer comes free
        for name, value in (
            ("TCP_KEEPIDLE", KEEPALIVE_IDLE_S),
            ("TCP_KEEPALIVE", KEEPALIVE_IDLE_S),  # macOS's name for it
            ("TCP_KEEPINTVL", KEEPALIVE_INTERVAL_S),
            ("TCP_KEEPCNT", KEEPALIVE_PROBES),
        ):
            option = getattr(socket, name, None)
            if option is not None:
                self.sock.setsockopt(socket.IPPROTO_TCP, option, value)

    def receive(self) -> bytes | None:
        """One read: octets, none if the peer's stream ended, None if there was nothing to read after all.

        Raises:
            OSError: the connection is dead, by a reset for example.
        """
        try:
            octets = self.sock.recv(RECEIVE_OCTETS)
        except (BlockingIOError, InterruptedError):
            return None
        if not octets:
            self.deaf = True
        return octets

    def check(self) -> None:
        """Learns, without reading, whether the connection is dead.

        Raises:
            OSError: it is.
        """
        error = self.sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        if error:
            raise OSError(error, os.strerror(error))

    def say(self, octets: bytes) -> None:
        """Puts octets behind those that are for it alone. Whole frames, so that RELAY-8 holds."""
        self.outbox = memoryview(bytes(self.outbox) + octets)

    def flush(self, log: Log) -> int:
        """Sends what is due and the kernel takes, with one system call; sets `blocked` if something is left.

        Returns:
            How many octets went.

        Raises:
            OSError: the connection is dead.
        """
        sent = 0
        if self.outbox:
            sent = self._send((self.outbox,))
            self.outbox = self.outbox[sent:]
            self.blocked = len(self.outbox) > 0
        elif self.cursor is not None:
            buffers = log.pending(self.cursor)
            if buffers:
                sent = self._send(buffers)
                self.cursor.advance(sent)
            self.blocked = not log.idle(self.cursor)
        else:
            self.blocked = False
        return sent

    def _send(self, buffers: Sequence[Buffer]) -> int:
        try:
            if len(buffers) == 1:
                return self.sock.send(buffers[0])
            if _HAS_SENDMSG:
                return self.sock.sendmsg(buffers)
            return self.sock.send(b"".join(buffers))
        except (BlockingIOError, InterruptedError):
            return 0

    def wanted(self) -> int:
        """The mask to wait for."""
        return (0 if self.deaf or self.held else READ) | (WRITE if self.blocked else 0)

    def finish(self) -> None:
        """Sends our FIN, behind everything sent so far.

        Raises:
            OSError: the connection is dead.
        """
        self.sock.shutdown(socket.SHUT_WR)
        self.mute = True

    def close(self, *, reset: bool = False) -> None:
        """Closes the socket; with a reset, what the kernel still holds for the peer is given up."""
        if reset:
            self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
        self.sock.close()
        self.closed = True
        self.connection = self.cursor = None
        self.outbox = b""


def keep_up(members: dict[Session, Cursor], log: Log, counters: Counters) -> list[Session]:
    """Sends the newest chunk to all who have still to be sent that and nothing else: the fast path of `flush`.

    Every member takes it in every turn but those who spoke in it. What a turn costs beside the system calls is here:
    the loop calls nothing but `send`, and touches as few objects of a member as it can, for after each system call
    they are no longer in the processor's caches. All who keep up share the one object that is their position.

    Returns:
        Those for whom `flush` is to be called, whatever it was that went wrong.
    """
    rest, sent, others = [], 0, 0
    newest, start, end, length = log.newest, log.newest_start, log.end, len(log.newest)
    for session, cursor in members.items():
        if session.blocked:  # the poller says when it can take more
            others += 1
            continue
        if cursor.position == start and not (cursor.own_octets or cursor.private or session.outbox):
            try:
                taken = session.sock.send(newest)
            except OSError:
                taken = 0
            if taken == length:
                cursor.position = end
                continue
            cursor.position = start + taken
            sent += taken
        others += 1
        if cursor.position != end or cursor.private or session.outbox:
            rest.append(session)
    counters.octets_out += sent + length * (len(members) - others)
    return rest
