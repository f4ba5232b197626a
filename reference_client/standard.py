"""Standard input and standard output as the loop needs them: octets, descriptors to wait for, no blocking."""

import io
import os
import select
import socket
import sys
import threading
from typing import Protocol

READ_OCTETS = 65_536

# What a pipe takes without blocking once select() calls it writable; POSIX guarantees 512, Linux and the BSDs do more.
_WRITE_OCTETS = getattr(select, "PIPE_BUF", 512)


class Source(Protocol):
    """Where input comes from."""

    def fileno(self) -> int:
        """What select() waits for."""

    def read(self) -> bytes:
        """Some octets; none at the end of the input. Waits unless select() called it readable.

        Raises:
            OSError: it cannot be read: the terminal is gone, for one.
        """

    def close(self) -> None:
        """Lets go of what the source itself opened."""


class DescriptorSource:
    """Standard input where select() takes any descriptor: terminals, pipes, files, /dev/null."""

    def __init__(self, raw: io.RawIOBase) -> None:
        self._raw = raw

    def fileno(self) -> int:
        """The descriptor itself."""
        return self._raw.fileno()

    def read(self) -> bytes:
        """Some octets; none at the end."""
        while (octets := self._raw.read(READ_OCTETS)) is None:
            # Another process made the shared descriptor non-blocking, or was faster.
            select.select([self.fileno()], [], [])
        return octets

    def close(self) -> None:
        """Nothing: the descriptor is the process's."""


class ThreadSource:
    """Standard input where select() takes sockets only (Windows): a thread reads and writes into a socket pair.

    The pair's own buffers bound what is read ahead. Tried on Linux through the tests; not yet tried on Windows.
    """

    def __init__(self, raw: io.RawIOBase) -> None:
        self._raw = raw
        self._failure: OSError | None = None
        self._near, self._far = socket.socketpair()
        # A daemon: nothing can wake it from a read of a console, and the process must be able to end.
        self.thread = threading.Thread(target=self._pump, name="standard input", daemon=True)
        self.thread.start()

    def fileno(self) -> int:
        """The near end of the pair."""
        return self._near.fileno()

    def read(self) -> bytes:
        """Some octets; none at the end."""
        octets = self._near.recv(READ_OCTETS)
        if not octets and self._failure is not None:
            raise self._failure
        return octets

    def close(self) -> None:
        """Closes the near end; the thread ends at its next write, or with the process."""
        self._near.close()

    def _pump(self) -> None:
        # The pair blocks, so that what is read ahead is bounded by its buffers.
        with self._far:  # its end is what the near end reads as the end of the input
            try:
                while octets := self._raw.read(READ_OCTETS):
                    self._far.sendall(octets)
            except OSError as error:  # or the near end is closed, and nobody will ask
                self._failure = error


class Screen:
    """Standard output: lines are taken at once and written when the descriptor has room.

    A reader that is slow must not stop the client from reading its input: a bot that writes before it reads would
    wait for the client and the client for the bot.

    Args:
        raw: the unbuffered stream.
        encoding: of the octets written; what it cannot carry becomes a question mark.
        selectable: whether select() can wait for it; if not, writing waits.

    Attributes:
        failure: why nothing can be written any more; None while all is well. A pipe whose reader has gone is one.
    """

    def __init__(self, raw: io.RawIOBase, encoding: str = "utf-8", *, selectable: bool = True) -> None:
        self.selectable = selectable
        self.failure: OSError | None = None
        self._raw = raw
        self._encoding = encoding
        self._pending = bytearray()

    @property
    def pending(self) -> int:
        """Octets taken and not yet written."""
        return len(self._pending)

    def fileno(self) -> int:
        """The descriptor to wait for."""
        return self._raw.fileno()

    def show(self, line: str) -> None:
        """Takes one line, without its line break; dropped when there is nobody to read it."""
        if self.failure is None:
            self._pending += line.encode(self._encoding, "replace") + b"\n"
        if not self.selectable:
            self.flush()

    def write_some(self) -> None:
        """Writes as much as never blocks once select() said writable."""
        try:
            written = self._raw.write(self._pending[:_WRITE_OCTETS])
        except OSError as error:
            # What cannot be written now never will be: a reader that has gone, a full disk.
            self.failure = error
            self._pending.clear()
        else:
            del self._pending[: written or 0]  # None: a non-blocking descriptor that has no room after all

    def flush(self) -> None:
        """Writes all that is pending, however long the reader takes."""
        while self._pending:
            if self.selectable:
                select.select([], [self.fileno()], [])
            self.write_some()


def occupy_missing() -> None:
    """Opens the null device in the place of each standard descriptor that is closed.

    The next socket would get that number, and what is meant for the user would go to the server.
    """
    for descriptor in range(3):
        try:
            os.fstat(descriptor)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # takes the lowest free number


def source(platform: str = sys.platform) -> Source:
    """Standard input for a platform, named as in `sys.platform`."""
    raw = _raw(0, sys.stdin)
    return ThreadSource(raw) if platform == "win32" else DescriptorSource(raw)


def screen() -> Screen:
    """Standard output of this process.

    UTF-8, except on a terminal that is set to something else: there the octets of UTF-8 would come out as other
    characters, the C1 controls among them (CLIENT-4).
    """
    encoding = sys.stdout.encoding if sys.stdout is not None and sys.stdout.isatty() else "utf-8"
    return Screen(_raw(1, sys.stdout), encoding, selectable=sys.platform != "win32")


def _raw(descriptor: int, stream: object) -> io.RawIOBase:
    """The unbuffered stream under a standard stream; on Windows it is what speaks UTF-8 with a console."""
    if sys.platform == "win32" and isinstance(stream, io.TextIOWrapper):
        return stream.buffer.raw  # type: ignore[attr-defined, no-any-return]
    # Not sys.stdin.buffer: what it reads ahead would be hidden from select().
    return io.FileIO(descriptor, "r" if descriptor == 0 else "w", closefd=False)
