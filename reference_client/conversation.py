"""One conversation with a server, without input or output of its own.

Octets of the server become frames to show, lines of the user become octets to send, and the end of either becomes an
exit status with a sentence. Every mode of the client, on a terminal or in a pipe, stands on this.
"""

from collections.abc import Callable
from datetime import datetime
from typing import assert_never

from chatproto import (
    CLIENT,
    NEED_DATA,
    Chat,
    Closed,
    Connection,
    Event,
    Join,
    Joined,
    Refused,
    RemoteProtocolError,
    Service,
)
from reference_client import frames, times
from reference_client.exits import Ending, Exit
from reference_client.frames import Frame, Kind
from spec.wire import SERVER_MAX_BODY_OCTETS


class NotSentError(Exception):
    """A line of the user that cannot be sent; the message says what is wrong with it (CLIENT-1)."""


class Conversation:
    """What one connection says and is told, from its join to its end.

    Args:
        nick: the nick to join with; `spec.nicks.problem` has nothing against it.
        now: tells the moment, as an aware datetime.

    Attributes:
        joined: the server has announced this conversation's own join; only now may anything be said.
        ending: why the conversation is over; None as long as it is not.
        reason: the last service message before the join: why the server refuses, if it does (JOIN-5).
    """

    def __init__(self, nick: str, *, now: Callable[[], datetime] = times.utc_now) -> None:
        self.nick = nick
        self.joined = False
        self.ending: Ending | None = None
        self._now = now
        self._connection = Connection(CLIENT)
        self.reason: str | None = None
        self._said_all = False

    def join(self) -> bytes:
        """The octets of the join, the first that are sent (CLIENT-1, JOIN-1)."""
        return self._connection.send(Join(times.sent(self._now()), self.nick, ""))

    def say(self, line: bytes) -> bytes:
        """The octets of the frame that carries one line of the user; to be called once `joined`.

        Args:
            line: the octets of the text, as typed or piped.

        Raises:
            NotSentError: the line contains NUL, is not UTF-8, or makes a body that servers need not take (CLIENT-1).
        """
        time = times.sent(self._now())
        # CLIENT-1: the body counts, not the text, and it holds two separators.
        body = len(time) + len(self.nick.encode()) + len(line) + 2
        if body > SERVER_MAX_BODY_OCTETS:
            raise NotSentError(f"it would make a body of {body} octets, and the limit is {SERVER_MAX_BODY_OCTETS}")
        if b"\x00" in line:
            raise NotSentError(f"it contains NUL, at octet {line.index(0)}, which separates the fields of a frame")
        try:
            text = line.decode()
        except UnicodeDecodeError as error:
            raise NotSentError(f"it is not UTF-8 at octet {error.start}") from None
        return self._connection.send(Chat(time, self.nick, text))

    def said_all(self) -> None:
        """The user has no more to say and everything said is on its way: the server's end is now the expected one."""
        self._said_all = True

    def receive(self, octets: bytes) -> list[Frame]:
        """Takes what the server sent and gives the frames to show, each once, in order (CLIENT-2).

        Args:
            octets: as they were received; none at all is the end of the server's stream.

        Returns:
            Frames whose fields are as they came, not yet safe to print (CLIENT-4). `ending` is set when the server's
            stream has ended or went wrong.
        """
        # FRAME-6: the cuts are the connection's business; here it only matters whether the stream has ended.
        if octets:
            self._connection.receive_data(octets)
        else:
            self._connection.receive_eof()
        shown = []
        try:
            while (event := self._connection.next_event()) is not NEED_DATA:
                frame = self._frame(event)
                if frame is None:
                    break
                shown.append(frame)
        except RemoteProtocolError as error:
            # CLIENT-5: what stood before the malformed frame was good and is shown.
            self.end(Exit.LOST, f"the server sent a malformed frame: {error}")
        return shown

    def lost(self, why: str) -> None:
        """The connection broke: it was reset, or a part of it is silent for too long.

        Args:
            why: what happened, as a clause without a stop at its end.
        """
        if self.reason is not None and not self.joined:
            self._refused()  # the server had said no before it tore the connection down
        else:
            self.end(Exit.LOST, f"the connection is lost: {why}")

    def end(self, status: Exit, sentence: str = "") -> None:
        """Ends the conversation, unless it has ended before: the first cause is the true one."""
        if self.ending is None:
            self.ending = Ending(status, sentence)

    def _frame(self, event: Event) -> Frame | None:
        """The frame that an event stands for; None for the end of the stream."""
        match event:
            case Joined(time=time, nick=nick):
                self.joined = True  # JOIN-2, JOIN-3
                return frames.service(time, f"[{nick}] joined the chat")
            case Chat(time=time, nick=nick, text=text):
                return Frame(Kind.CHAT, time, nick, text)
            case Service(time=time, text=text):
                # JOIN-5: the wire cannot tell a refusal from a greeting; the close that follows does.
                if not self.joined:
                    self.reason = text
                return frames.service(time, text)
            case Closed(unfinished=unfinished):
                self._closed(unfinished)
                return None
            case Join() | Refused():
                raise AssertionError(event)  # no client receives them
        assert_never(event)

    def _closed(self, unfinished: int) -> None:
        # LEAVE-2 lets a server drop what it has not read; one that ends inside a frame did not end in order, so that
        # nobody can say what became of our last lines, even if all was said.
        if unfinished:
            self.end(Exit.LOST, f"the server closed the connection inside a frame, after {unfinished} octets of it")
        elif not self.joined:
            self._refused()  # JOIN-5: a server that closes before the join is announced has refused it
        elif self._said_all:
            self.end(Exit.DONE)
        else:
            self.end(Exit.LOST, "the server closed the connection")

    def _refused(self) -> None:
        reason = f": {self.reason}" if self.reason is not None else ", and gave no reason"
        self.end(Exit.REFUSED, f"the server refused to let {self.nick} join{reason}")
