"""Octets of standard input into lines, with a bound on what is held."""

from enum import Enum, auto
from typing import Final

from spec.wire import SERVER_MAX_BODY_OCTETS


class Mark(Enum):
    """What stands in the place of a line that is not handed out (an enum, so that checkers can narrow it)."""

    TOO_LONG = auto()


TOO_LONG: Final = Mark.TOO_LONG


class Lines:
    """Cuts a stream of octets into lines; pulled one by one, so that whoever is busy leaves the rest unread.

    A line ends with LF or CR LF, which belong to no line; any other CR is text. What stands behind the last line end
    when the input ends is a line too, unless it is empty. Nothing is kept of a line over the maximum.

    Args:
        maximum: the longest line that is handed out, in octets. Nothing longer fits into a body (CLIENT-1).
    """

    def __init__(self, maximum: int = SERVER_MAX_BODY_OCTETS) -> None:
        self.maximum = maximum
        self.number = 0  # of the line handed out last, from 1
        self.ended = False  # end() was called
        self._buffer = bytearray()
        self._scanned = 0  # octets at the front of the buffer that hold no LF: nothing is looked at twice
        self._dropping = False  # the front of the present line was too long and is gone

    @property
    def buffered(self) -> int:
        """Octets held."""
        return len(self._buffer)

    def feed(self, octets: bytes) -> None:
        """Takes the next octets of the stream."""
        self._buffer += octets

    def end(self) -> None:
        """Says that the stream has ended: what is left is the last line."""
        self.ended = True

    def give_up(self) -> None:
        """Says that nobody waits for the rest: whole lines are still handed out, a begun one is forgotten."""
        self.ended = True
        # Half a line that nobody finished is not what the user meant to say.
        del self._buffer[self._buffer.rfind(b"\n") + 1 :]
        self._scanned = 0
        self._dropping = self._dropping and bool(self._buffer)

    def next_line(self) -> bytes | Mark | None:
        """The next whole line without its end, TOO_LONG in the place of one that is, None if none is whole yet."""
        at = self._buffer.find(b"\n", self._scanned)
        if at >= 0:
            return self._take(at + 1)
        if self.ended and (self._buffer or self._dropping):
            return self._take(len(self._buffer))
        self._scanned = len(self._buffer)
        # One octet more than the maximum may yet be the CR of a line that fits.
        if self._dropping or self._scanned > self.maximum + 1:
            self._dropping = True
            self._scanned = 0
            self._buffer.clear()
        return None

    def _take(self, length: int) -> bytes | Mark:
        # Taking from the front of a bytearray does not move the rest, so many lines in one read stay cheap.
        line = bytes(self._buffer[:length])
        if line.endswith(b"\n"):
            line = line[:-1].removesuffix(b"\r")
        too_long = self._dropping or len(line) > self.maximum
        del self._buffer[:length]
        self._scanned = 0
        self._dropping = False
        self.number += 1
        return TOO_LONG if too_long else line
