"""Line mode: one line per message, in and out; for pipes and scripts, and for terminals as they are.

The loop is `select.select` over standard input, the socket and standard output, in one thread.
"""

import select
import socket
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from typing import NamedTuple

from reference_client.conversation import Conversation, NotSentError
from reference_client.exits import Ending, Exit
from reference_client.frames import Frame
from reference_client.lines import TOO_LONG, Lines
from reference_client.standard import Screen, Source

RECEIVE_OCTETS = 65_536
WAKE_S = 0.5 if sys.platform == "win32" else None  # there Ctrl-C does not end a select() that lasts
HIGH_WATER_OCTETS = 1_048_576  # beyond it, on the way to either side, the side that it comes from is not read


class Patience(NamedTuple):
    """How long what is waited for may take, in seconds."""

    connect: float = 10
    join: float = 30  # six times what the protocol gives a server for anything
    stall: float = 30  # at the end of input: the server takes not one octet of what is left
    farewell: float = 30  # after the last octet: the server's own end


class LineMode:
    """Moves octets between the user and the server until the conversation is over.

    Args:
        conversation: not yet begun.
        connection: a connected non-blocking socket; the caller closes it.
        source: the input; read only once the join is announced.
        lines: cuts the input; what it holds already is sent first.
        screen: where frames are shown.
        written: a frame as one line that is safe to print.
        tell: takes each sentence for the user that is no frame.
        skip_empty: an empty line is nothing instead of an empty message (what Enter on a terminal means).
        patience: how long the server may take.
        clock: monotonic, in seconds.
    """

    def __init__(
        self,
        conversation: Conversation,
        connection: socket.socket,
        source: Source,
        lines: Lines,
        screen: Screen,
        written: Callable[[Frame], str],
        tell: Callable[[str], None],
        *,
        skip_empty: bool = False,
        patience: Patience = Patience(),  # noqa: B008  # immutable
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.conversation = conversation
        self.connection = connection
        self.source = source
        self.lines = lines
        self.screen = screen
        self.written = written
        self.tell = tell
        self.skip_empty = skip_empty
        self.patience = patience
        self.clock = clock
        self.outgoing = bytearray()
        self.used_up = False  # `lines` holds no whole line; as long as it does, reading more would only pile up
        self.unsent = 0  # lines that could not be sent
        self.shut = False  # our side of the connection is closed
        self.since = clock()  # when what is waited for now began

    def run(self) -> Ending:
        """Runs the conversation to its end, shows all of it, and says how it ended."""
        self.outgoing += self.conversation.join()
        while self.conversation.ending is None:
            reading, writing = self._interests()
            left = self._time_left()
            readable, writable, _ = select.select(reading, writing, [], WAKE_S if left is None else left)
            if self.connection in readable:
                self._receive()
            if self.source in readable:
                self._read_input()
            if self.screen in writable:
                self.screen.write_some()
            if self.connection in writable:
                self._send()
            # Last: of what may end the input, or make room for more of it, select() would not come back to tell.
            self._pull_lines()
            self._shut_when_done()
            self._check_patience()
        # The sentence about the end comes after the last frame, and a slow reader gets all of it.
        self.screen.flush()
        return self._ending(self.conversation.ending)

    def _interests(self) -> tuple[list[Source | socket.socket], list[Screen | socket.socket]]:
        """What to wait for: nothing is read that there is no room for, nothing is asked that has no work."""
        reading: list[Source | socket.socket] = []
        writing: list[Screen | socket.socket] = []
        # Unread frames stay with the server, which throws out who is too far behind (ROBUST-3).
        if self.screen.pending < HIGH_WATER_OCTETS:
            reading.append(self.connection)
        if self.used_up and not self.lines.ended:
            reading.append(self.source)
        if self.outgoing:
            writing.append(self.connection)
        if self.screen.pending:
            writing.append(self.screen)
        return reading, writing

    def _receive(self) -> None:
        try:
            octets = self.connection.recv(RECEIVE_OCTETS)
        except (BlockingIOError, InterruptedError):
            return  # select() may be wrong: it reports a state that another turn of the kernel can undo
        except OSError as error:
            self.conversation.lost(reason(error))
            return
        self._show(octets)

    def _show(self, octets: bytes) -> None:
        for frame in self.conversation.receive(octets):
            self.screen.show(self.written(frame))

    def _read_input(self) -> None:
        try:
            octets = self.source.read()
        except OSError as error:
            self.tell(f"cannot read standard input: {reason(error)}")
            octets = b""
        if octets:
            self.lines.feed(octets)
        else:
            self.lines.end()
            self.since = self.clock()

    def _pull_lines(self) -> None:
        """Turns lines into frames while there is room; what is left waits in `lines`."""
        if self.screen.failure is not None and not self.lines.ended:
            self.lines.give_up()  # nobody reads any more: as good as the end of the input
            self.since = self.clock()
        self.used_up = False
        while self.conversation.joined and not self.shut and len(self.outgoing) < HIGH_WATER_OCTETS:
            line = self.lines.next_line()
            if line is None:
                self.used_up = True
                return
            try:
                if line is TOO_LONG:
                    raise NotSentError(f"it is longer than {self.lines.maximum} octets")
                if line or not self.skip_empty:
                    self.outgoing += self.conversation.say(line)
            except NotSentError as problem:  # CLIENT-1
                self.unsent += 1
                self.tell(f"line {self.lines.number} of the input is not sent: {problem}")

    def _send(self) -> None:
        try:
            sent = self.connection.send(self.outgoing)
        except (BlockingIOError, InterruptedError):
            return
        except OSError as error:
            self._lose(error)
            return
        del self.outgoing[:sent]
        # Patience at the end is with a server that takes nothing, not with one that is slow.
        if self.lines.ended:
            self.since = self.clock()

    def _shut_when_done(self) -> None:
        """Half-closes once all input is sent: the server relays it, announces the leave and closes (LEAVE-2)."""
        if self.shut or self.outgoing or not self.conversation.joined or not self._all_said():
            return
        self.shut = True
        self.since = self.clock()
        # Before the octets leave: the server's answer to them must find it said.
        self.conversation.said_all()
        try:
            self.connection.shutdown(socket.SHUT_WR)
        except OSError as error:
            self._lose(error)

    def _lose(self, error: OSError) -> None:
        """The connection broke while we sent; what the server said before, its reason perhaps, is still shown."""
        with suppress(OSError):
            while octets := self.connection.recv(RECEIVE_OCTETS):
                self._show(octets)
        self.conversation.lost(reason(error))

    def _all_said(self) -> bool:
        return self.lines.ended and not self.lines.buffered

    def _time_left(self) -> float | None:
        """Seconds until patience ends; None if nothing in particular is waited for."""
        limit = self._limit()
        return None if limit is None else max(0.0, self.since + limit - self.clock())

    def _limit(self) -> float | None:
        # A person may stay for days, so without an end of input there is no limit once joined.
        if not self.conversation.joined:
            return self.patience.join
        if self.shut:
            return self.patience.farewell
        return self.patience.stall if self.lines.ended else None

    def _check_patience(self) -> None:
        left = self._time_left()
        if left is None or left > 0:
            return
        if not self.conversation.joined:
            self.conversation.end(Exit.UNREACHABLE, f"the server has not announced the join within {self._limit():g} s")
        elif self.shut:
            # It may be taking its time for what was said last; once we are gone, whatever it sends us may cost it that.
            sentence = f"the server has not ended its side within {self._limit():g} s: what was said last may be lost"
            self.conversation.end(Exit.LOST, sentence)
        else:
            self.conversation.lost(f"the server has taken nothing for {self._limit():g} s")

    def _ending(self, ending: Ending) -> Ending:
        """The ending, unless what the user asked to see could not be written, or not all was sent."""
        failure = self.screen.failure
        if ending.status is not Exit.DONE:
            return ending
        if failure is not None and not isinstance(failure, BrokenPipeError):
            return Ending(Exit.LOST, f"cannot write to standard output: {reason(failure)}")
        if self.unsent:
            return Ending(
                Exit.LOST, f"not all was sent: {self.unsent} line{'s' if self.unsent > 1 else ''} could not be"
            )
        return ending


def reason(error: OSError) -> str:
    if isinstance(error, BrokenPipeError):  # what a second send after a reset gets
        return "the server has closed it"
    return (error.strerror or str(error)).lower()
