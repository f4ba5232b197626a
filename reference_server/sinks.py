"""Ways to write to a descriptor without ever waiting for its reader.

The obvious way, O_NONBLOCK on the descriptor, is wrong: the flag belongs to the open file description, which the
shell and its other programs share, and they would fail with EAGAIN. So each kind of file gets its own way.
"""

import os
import select
import socket
import stat
import sys
import threading
from collections.abc import Callable

Sink = Callable[[bytes], int]
"""Takes octets, returns how many it took, 0 if there is no room; raises OSError if there never will be again."""

PIPE_OCTETS = getattr(select, "PIPE_BUF", 512)  # so many fit into a pipe that is reported writable (POSIX)
ROUNDS = 16  # of so many octets, in one call


def discard(octets: bytes) -> int:
    """The sink for a standard output that is closed."""
    return len(octets)


def for_descriptor(fd: int) -> Sink:
    """The best sink for a descriptor, for as long as the process lives."""
    try:
        kind = os.fstat(fd).st_mode
    except OSError:
        return discard
    if sys.platform == "win32":
        return Threaded(fd)  # consoles and pipes cannot be asked there whether they have room
    if stat.S_ISREG(kind):
        return lambda octets: os.write(fd, octets)  # a file has room, and epoll would refuse to wait for it
    if stat.S_ISSOCK(kind):
        return _socket(fd)
    reopened = _reopen(fd, kind)
    if reopened is not None:
        return lambda octets: _unless_full(os.write, reopened, octets)
    return lambda octets: _asked(fd, octets)


def _reopen(fd: int, kind: int) -> int | None:
    """A new open file description of a pipe or terminal, whose O_NONBLOCK nobody shares; None if there is none."""
    path = os.ttyname(fd) if os.isatty(fd) else f"/proc/self/fd/{fd}"
    if not (stat.S_ISCHR(kind) or stat.S_ISFIFO(kind)):
        return None
    try:
        return os.open(path, os.O_WRONLY | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC)
    except OSError:
        return None  # no /proc, or a terminal that belongs to somebody else


def _socket(fd: int) -> Sink:
    def send(octets: bytes) -> int:
        with socket.socket(fileno=os.dup(fd)) as shared:  # closing the copy leaves the descriptor open
            return _unless_full(shared.send, octets, socket.MSG_DONTWAIT)

    return send


def _unless_full(write: Callable[..., int], *arguments: object) -> int:
    try:
        return write(*arguments)
    except BlockingIOError:
        return 0


def _asked(fd: int, octets: bytes) -> int:
    """Asks before each portion whether it will be taken at once."""
    taken = 0
    for _ in range(ROUNDS):
        if taken == len(octets) or not select.select([], [fd], [], 0)[1]:
            break
        taken += os.write(fd, octets[taken : taken + PIPE_OCTETS])
    return taken


class Threaded:
    """A sink whose writes wait in a thread of their own, one portion at a time.

    A portion counts as taken when it has been written, not before: what has not been taken at the end is lost.
    """

    def __init__(self, fd: int) -> None:
        self._fd = fd
        self._portion = b""
        self._written = 0
        self._error: OSError | None = None
        self._wanted = threading.Semaphore(0)
        threading.Thread(target=self._run, name="console", daemon=True).start()

    def __call__(self, octets: bytes) -> int:
        """See `Sink`. The octets of a call that took none must stand in front of those of the next."""
        if self._error is not None:
            raise self._error
        if self._written:
            taken, self._written = self._written, 0
            return taken
        if not self._portion:
            self._portion = octets
            self._wanted.release()
        return 0

    def _run(self) -> None:
        while self._error is None:
            self._wanted.acquire()
            left = self._portion
            try:
                while left:
                    left = left[os.write(self._fd, left) :]
            except OSError as error:
                self._error = error
            # In this order: in the other, a call in between would see a free sink and hand over the portion again.
            self._written = len(self._portion)
            self._portion = b""
