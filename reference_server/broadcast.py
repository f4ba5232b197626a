"""The broadcast log: what everybody is to receive, kept once.

One append-only stream of octets with absolute positions. What a turn of the server's loop appends is sealed into one
chunk, and each member has a cursor, the position of the next octet to send it. All members who keep up send that very
bytes object: a burst of messages costs a system call per member and turn, and no copying, not a call per member and
message. A partial send only moves the cursor on. A member's own chat stands in the log too; for its author it is a
range that the cursor skips (RELAY-2).

The log keeps what the slowest cursor still needs. Two things bound it: the server throws out a member whose `behind`
is too much (ROBUST-3), and `detach` frees the log of one that is not behind by much but has a long run of its own
octets in front of its cursor.
"""

from bisect import bisect_right
from collections import deque
from collections.abc import Iterator, Sequence

Buffer = bytes | memoryview

MERGED_OCTETS = 65_536  # neighbouring chunks that a laggard keeps alive are merged up to this size
SEND_BUFFERS = 64  # for one sendmsg; POSIX promises 16, all systems in use take 1024
SEND_OCTETS = 1 << 20  # for one call: more than a socket buffer usually takes


class Cursor:
    """How far one member has come in the log.

    Attributes:
        position: of the next octet to send; beyond `Log.end` if only own octets are left to skip.
        own: ranges `(start, stop)` ahead of the position that are skipped, ascending, disjoint, not adjacent.
        own_octets: their sum.
        private: octets to be sent before those at the position: a newcomer's history, or what `Log.detach` copied.
    """

    __slots__ = ("own", "own_octets", "position", "private")

    def __init__(self, position: int) -> None:
        self.position = position
        self.own: deque[tuple[int, int]] = deque()
        self.own_octets = 0
        self.private: Buffer = b""

    def skip(self, start: int, stop: int) -> None:
        """Marks a range behind all others as the member's own."""
        if start == self.position:
            self.position = stop
            return
        self.own_octets += stop - start
        if self.own and self.own[-1][1] == start:
            start = self.own.pop()[0]  # a burst of one sender is one range
        self.own.append((start, stop))

    def advance(self, octets: int) -> None:
        """Moves on over so many octets that were sent, and over the own ones behind them."""
        if self.private:
            taken = min(octets, len(self.private))
            self.private = self.private[taken:]
            octets -= taken
        while self.own and octets >= self.own[0][0] - self.position:
            start, stop = self.own.popleft()
            octets -= start - self.position
            self.own_octets -= stop - start
            self.position = stop
        self.position += octets


class Log:
    """The octets that some member has still to be sent.

    Attributes:
        end: the position behind what is sealed.
        newest: the chunk that was sealed last, which is all that those who keep up have still to be sent.
        newest_start: its position; -1 if nobody has still to be sent anything.
    """

    def __init__(self) -> None:
        self.end = 0
        self.newest = b""
        self.newest_start = -1
        self._chunks: list[bytes] = []
        self._starts: list[int] = []
        self._open: list[bytes] = []
        self._open_end = 0
        self._cursors: set[Cursor] = set()

    @property
    def retained(self) -> int:
        """How many sealed octets the log holds."""
        return self.end - self._starts[0] if self._starts else 0

    @property
    def open_octets(self) -> int:
        """How many octets have been appended since the last `seal`."""
        return self._open_end - self.end

    def append(self, octets: bytes, author: Cursor | None = None) -> int:
        """Adds whole frames; they are sent after the next `seal`.

        Args:
            octets: at least one.
            author: the cursor of a member who is not to be sent them (RELAY-2).

        Returns:
            The position of their first octet.
        """
        start = self._open_end
        self._open.append(octets)
        self._open_end = start + len(octets)
        if author is not None:
            author.skip(start, self._open_end)
        return start

    def seal(self) -> None:
        """Makes everything appended one chunk."""
        if not self._open:
            return
        self._merge()
        self.newest = self._open[0] if len(self._open) == 1 else b"".join(self._open)
        self.newest_start = self.end
        self._starts.append(self.end)
        self._chunks.append(self.newest)
        self._open.clear()
        self.end = self._open_end

    def _merge(self) -> None:
        # A laggard in a quiet room keeps thousands of small chunks alive, each an object to hold and a buffer to
        # pass. The two newest are merged when a third comes: that one must stay whole for those who keep up.
        if len(self._chunks) > 1 and len(self._chunks[-2]) + len(self._chunks[-1]) <= MERGED_OCTETS:
            newest = self._chunks.pop()
            self._chunks[-1] += newest
            self._starts.pop()

    def follow(self, position: int) -> Cursor:
        """A cursor for a new member; it starts at its own join announcement (JOIN-3), sealed or not."""
        cursor = Cursor(position)
        self._cursors.add(cursor)
        return cursor

    def leave(self, cursor: Cursor, until: int) -> bytes:
        """Forgets a cursor.

        Args:
            until: the position where its interest ended, not behind `end`.

        Returns:
            What was still to be sent to it.
        """
        self._cursors.discard(cursor)
        return b"".join(self._pieces(cursor, until))

    def pending(self, cursor: Cursor) -> Sequence[Buffer]:
        """What to send next, in order, at most SEND_BUFFERS and about SEND_OCTETS; empty if there is nothing."""
        found: list[Buffer] = []
        room = SEND_OCTETS
        for piece in self._pieces(cursor, self.end):
            found.append(piece)
            room -= len(piece)
            if room <= 0 or len(found) == SEND_BUFFERS:
                break
        return found

    def _pieces(self, cursor: Cursor, until: int) -> Iterator[Buffer]:
        if cursor.private:
            yield cursor.private
        position = cursor.position
        for start, stop in cursor.own:
            yield from self._cut(position, min(start, until))
            position = stop
        yield from self._cut(position, until)

    def _cut(self, start: int, stop: int) -> Iterator[Buffer]:
        index = bisect_right(self._starts, start) - 1
        while start < stop:
            chunk = self._chunks[index]
            offset = start - self._starts[index]
            taken = min(len(chunk) - offset, stop - start)
            yield chunk if taken == len(chunk) else memoryview(chunk)[offset : offset + taken]
            start += taken
            index += 1

    def idle(self, cursor: Cursor) -> bool:
        """Whether there is nothing to send to it."""
        return cursor.position >= self.end and not cursor.private

    def behind(self, cursor: Cursor) -> int:
        """Sealed octets that it has still to be sent; its own do not count (ROBUST-3)."""
        own = cursor.own_octets - sum(stop - start for start, stop in self._unsealed(cursor))
        return max(0, self.end - cursor.position - own) + len(cursor.private)

    def _unsealed(self, cursor: Cursor) -> list[tuple[int, int]]:
        """The parts of its own ranges that were appended since the last `seal`."""
        return [(max(start, self.end), stop) for start, stop in cursor.own if stop > self.end]

    def held_by(self, cursor: Cursor) -> int:
        """How many sealed octets the log has to keep for a cursor, its own included."""
        return max(0, self.end - cursor.position)

    def detach(self, cursor: Cursor) -> None:
        """Copies what a cursor has still to be sent, so that the log need not keep the member's own octets for it.

        The copy is as long as the member is behind, which the server bounds; the log is as long as everything said
        since, which the member itself can make as long as it likes by talking without reading.
        """
        cursor.private = memoryview(b"".join(self._pieces(cursor, self.end)))
        later = self._unsealed(cursor)
        cursor.position = max(cursor.position, self.end)
        cursor.own.clear()
        cursor.own_octets = 0
        for start, stop in later:
            cursor.skip(start, stop)

    def trim(self, slowest: int | None = None) -> None:
        """Forgets the chunks that every cursor is past.

        Args:
            slowest: the least position of all cursors, or `end`, if the caller knows it; else each of them is asked.
        """
        if slowest is None:
            slowest = min((cursor.position for cursor in self._cursors), default=self.end)
        gone = bisect_right(self._starts, slowest) - 1 if slowest < self.end else len(self._starts)
        del self._chunks[:gone]
        del self._starts[:gone]
        if not self._chunks:  # nobody is to be sent it any more, so it need not be held
            self.newest, self.newest_start = b"", -1
