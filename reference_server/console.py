"""What the server prints: never at the price of waiting for a reader.

Standard output may be a pipe that nobody empties, a stopped terminal or a full disk. Lines that find no room are
queued up to a limit; beyond it they are dropped, counted, and the count is printed once there is room again.
"""

import logging
from collections import deque

from reference_server.sinks import Sink

BACKLOG_OCTETS = 1 << 20
FLUSH_OCTETS = 1 << 16  # in one turn: a sink that takes everything must not hold up the sockets


class Console:
    """Lines on their way to a sink.

    Args:
        sink: takes octets without ever blocking.
        encoding: of the lines; characters that it lacks are escaped.
        backlog_octets: how much is kept for a sink that takes nothing.

    Attributes:
        dropped: lines that found no room and that no line has told of yet.
    """

    def __init__(self, sink: Sink, *, encoding: str = "utf-8", backlog_octets: int = BACKLOG_OCTETS) -> None:
        self.dropped = 0
        self._sink: Sink | None = sink
        self._encoding = encoding
        self._limit = backlog_octets
        self._queue: deque[bytes] = deque()
        self._queued = 0

    @property
    def backlog(self) -> int:
        """Octets that the sink has not taken yet."""
        return self._queued

    def write(self, line: str) -> None:
        """Queues one line, without its line break; nothing is printed before `flush`."""
        if self._sink is None:
            return
        octets = f"{line}\n".encode(self._encoding, "backslashreplace")
        if self._queued + len(octets) > self._limit and self._queued:
            self.dropped += 1
            return
        self._tell_dropped()
        self._push(octets)

    def _tell_dropped(self) -> None:
        # In the place where the lines are missing, not at the end of whatever came later.
        if self.dropped:
            self._push(f"--- {self.dropped} lines are missing here ---\n".encode(self._encoding, "backslashreplace"))
            self.dropped = 0

    def _push(self, octets: bytes) -> None:
        self._queue.append(octets)
        self._queued += len(octets)

    def flush(self) -> None:
        """Hands over what the sink takes now; a sink that is broken (EPIPE, a full disk) is given up for good."""
        if not self._queue or self._sink is None:
            return
        octets = self._front()
        try:
            taken = self._sink(octets[:FLUSH_OCTETS])
        except OSError:
            self._give_up()
            return
        self._queued -= taken
        if taken < len(octets):
            self._queue.appendleft(octets[taken:])
        elif not self._queue:
            self._tell_dropped()

    def _front(self) -> bytes:
        # A turn's lines in one write; but not the whole backlog copied anew each turn for a sink that is stuck.
        lines = []
        size = 0
        while self._queue and size < FLUSH_OCTETS:
            lines.append(self._queue.popleft())
            size += len(lines[-1])
        return b"".join(lines)

    def _give_up(self) -> None:
        self._sink = None
        self._queue.clear()
        self._queued = self.dropped = 0


class ConsoleHandler(logging.Handler):
    """Operators' messages through a console: standard error may be the same stopped terminal."""

    def __init__(self, console: Console) -> None:
        super().__init__()
        self.console = console

    def emit(self, record: logging.LogRecord) -> None:
        """Queues a record and tries at once: operators look at it when something goes wrong."""
        try:
            for line in self.format(record).splitlines():
                self.console.write(line)
            self.console.flush()
        except Exception:  # noqa: BLE001  # logging's own rule: a bad record must not stop its program
            self.handleError(record)
