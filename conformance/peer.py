"""One connection of the suite: it reads all the time, also while it writes, unless not reading is the attack."""

import contextlib
import errno
import selectors
import socket
import struct
import sys
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

from conformance.octets import Got, Reader
from conformance.trace import Ending

READ_OCTETS = 262_144
READING_BUFFER = 1_048_576  # octets, of one that has not read and does so again
# Of one that will not read, where the system allows: the server's own buffers are sized by these, and are full after
# some tens of thousands of octets instead of millions.
SMALL_BUFFER = 4096  # octets
SMALL_SEGMENT = 1460  # octets, as in an Ethernet
RETIRE_SECONDS = 2.0  # for the server's FIN, which it only SHOULD send (LEAVE-2)
MOST_RETIRED = 100
UNREAD = socket.MSG_TRUNC if sys.platform == "linux" else 0  # the system throws away what nobody looks at; see tcp(7)


@dataclass(slots=True)
class Sockets:
    """The open connections of the suite, and the address that all of them go to.

    Attributes:
        looked: monotonic seconds of the last look at all of them: what is found by the next one was not there then.
        buffer: what each reads into: a fresh one for each read would have to be cleared by the system first.
    """

    family: int
    address: tuple[str, int]
    selector: selectors.BaseSelector = field(default_factory=selectors.DefaultSelector)
    peers: "set[Peer]" = field(default_factory=set)
    retired: "deque[tuple[float, Peer]]" = field(default_factory=deque)
    looked: float = field(default_factory=time.monotonic)
    buffer: bytearray = field(default_factory=lambda: bytearray(READ_OCTETS))

    @property
    def serving(self) -> "set[Peer]":
        """The connections that a playing or the canary still uses."""
        return {peer for peer in self.peers if not peer.retired}

    def bury(self, now: float) -> None:
        """Closes those that have waited long enough for the server's end."""
        while self.retired and (self.retired[0][0] <= now or len(self.retired) > MOST_RETIRED):
            self.retired.popleft()[1].close()


class Peer:
    """One connection of the suite.

    Attributes:
        retired: nobody uses it any more; it waits for the server's end.
        received: octets that have come.
        ended: how the server's side ended, once it has.
    """

    def __init__(self, sockets: Sockets, on_frame: Callable[[Got], None] | None = None, *, small: bool = False) -> None:
        self.reader = Reader()
        self.ended: Ending | None = None
        self.ended_at = 0.0
        self.connected = False
        self.muted = False
        self._sockets = sockets
        self._on_frame = on_frame
        self._out: deque[memoryview] = deque()
        self._finishing = False
        self._finished = False
        self._reset = False
        self.retired = False
        self.received = 0
        self._mask = 0
        self.socket = socket.socket(sockets.family, socket.SOCK_STREAM)
        self.socket.setblocking(False)
        if small:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, SMALL_BUFFER)
            with contextlib.suppress(OSError, AttributeError):  # not everywhere; the buffers are larger there
                self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG, SMALL_SEGMENT)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        code = self.socket.connect_ex(sockets.address)
        if code not in (0, errno.EINPROGRESS, errno.EWOULDBLOCK, getattr(errno, "WSAEWOULDBLOCK", 0)):
            self._end("unreachable")
        sockets.peers.add(self)
        self._watch()

    @property
    def flushed(self) -> bool:
        """Whether the system has taken all that was written, or never will."""
        return self.ended is not None or not self._out

    def write(self, octets: bytes) -> None:
        """Queues octets; they go out while everything else is read."""
        if octets and self.ended is None:
            self._out.append(memoryview(octets))
            self.writable()

    def finish(self) -> None:
        """Ends the writing side once all is written (FIN)."""
        self._finishing = True
        self.writable()

    def abort(self) -> None:
        """Resets the connection (RST)."""
        with contextlib.suppress(OSError):
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.close()

    def close(self) -> None:
        """Closes the socket; with all read, that is a FIN."""
        if self in self._sockets.peers:
            self._sockets.peers.discard(self)
            if self._mask:
                with contextlib.suppress(KeyError):  # a Ctrl-C came between the two
                    self._sockets.selector.unregister(self.socket)
                self._mask = 0
            self.socket.close()

    def retire(self) -> None:
        """Ends in order: FIN, and reading on until the server's own. Closing at once would reset the connection if
        anything were unread, and a server that cannot bear that (ROBUST-5) would die of whatever is judged."""
        self._on_frame = None
        if self.ended is not None or not self.connected or self.muted:
            self.close()
            return
        self.retired = True
        self._sockets.retired.append((time.monotonic() + RETIRE_SECONDS, self))
        self.finish()

    def mute(self, *, muted: bool) -> None:
        """Stops or resumes reading."""
        self.muted = muted
        if not muted and self.ended is None:  # through a small window, megabytes take seconds
            with contextlib.suppress(OSError):
                self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, READING_BUFFER)
        self._watch()

    def readable(self) -> None:
        """Reads what is there, once."""
        buffer, passing = self._sockets.buffer, self.reader.passing
        try:
            if self.retired:
                count = self.socket.recv_into(buffer, len(buffer), UNREAD)
            elif passing:
                count = self.socket.recv_into(buffer, min(passing, len(buffer)), UNREAD)
            else:
                count = self.socket.recv_into(buffer)
        except (BlockingIOError, InterruptedError):
            return
        except OSError:
            self._end("reset" if self.connected else "unreachable")
            return
        if not count:
            self._end("reset" if self._reset else "fin")
            return
        self.received += count
        if self.retired:
            return
        at = time.monotonic()
        for frame in self.reader.feed(memoryview(buffer)[:count], at, time.time(), at - self._sockets.looked):
            if self._on_frame is not None:
                self._on_frame(frame)

    def writable(self) -> None:
        """Writes what the system takes."""
        try:
            if not self.connected and not self._connect():
                return
            while self._out:
                sent = self.socket.send(self._out[0])
                self._out[0] = self._out[0][sent:]
                if not self._out[0]:
                    self._out.popleft()
            if self._finishing:
                self._finishing = False
                self.socket.shutdown(socket.SHUT_WR)
                self._finished = True
        except (BlockingIOError, InterruptedError):
            pass
        except OSError as error:
            self._broken(error)
        self._watch()

    def _connect(self) -> bool:
        if self.socket.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR):
            self._end("unreachable")
            return False
        try:
            self.socket.getpeername()
        except OSError:
            return False  # under way
        self.connected = True
        return True

    def _broken(self, error: OSError) -> None:
        # What the server said before it went may still lie in our buffer: reading finds it, then the end. The system
        # tells of a reset only once, to whoever asks first.
        self._reset = error.errno in (errno.ECONNRESET, errno.EPIPE)
        self._out.clear()
        self._finishing = False
        if self.muted:
            self._end("reset")

    def _end(self, ending: Ending) -> None:
        if self.ended is None:
            self.ended, self.ended_at = ending, time.monotonic()
            self._out.clear()
            self._watch()
            if self.retired or (self._finished and ending == "fin"):  # nothing can come or go any more
                self.close()

    def _watch(self) -> None:
        mask = 0
        if self in self._sockets.peers and self.ended is None:
            if not self.muted:
                mask |= selectors.EVENT_READ
            if self._out or self._finishing or not self.connected:
                mask |= selectors.EVENT_WRITE
        if mask == self._mask:
            return
        if not self._mask:
            self._sockets.selector.register(self.socket, mask, self)
        elif not mask:
            self._sockets.selector.unregister(self.socket)
        else:
            self._sockets.selector.modify(self.socket, mask, self)
        self._mask = mask
