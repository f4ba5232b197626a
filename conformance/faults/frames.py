"""Frames, done right: octets in, frames out, and back. The lower half of what every faulty server inherits.

Nothing here is shared with the definition, the codec or the reference server: a mistake made there cannot hide here.
Fields are octets throughout. Every method is a hook: a fault overrides one of them, as small as it can.
"""

import re
import socket

HEADER_OCTETS = 10
SERVER = b"Server"

_HEADER = re.compile(rb" *([0-9]+) *")  # FRAME-3


class MalformedError(Exception):
    """Octets that are no frame: `requirement` is FRAME-4, FRAME-8 or BODY-3, the text is for the sender."""

    def __init__(self, requirement: str, sentence: str) -> None:
        super().__init__(sentence)
        self.requirement = requirement


class Peer:
    """One connection: what has come in, what is to go out, and where it stands."""

    def __init__(self, sock: socket.socket, number: int) -> None:
        self.sock = sock
        self.number = number  # 1 for the first connection of the server's life
        self.inbox = bytearray()
        self.need: int | None = None  # octets of the body whose header has been read
        self.outbox = bytearray()
        self.nick = b""
        self.joined = False
        self.closing = False  # nothing from it counts any more; it goes when its outbox is empty
        self.ended = False  # its stream is at its end
        self.broken = False  # writing to it has failed: the end of its stream is that of a reset
        self.deadline: float | None = None  # monotonic seconds after which it is dropped


class Frames:
    """Cuts the octets of a connection into frames, and builds frames; what they mean is decided in Room."""

    max_body = 1_048_576  # FRAME-7, FRAME-8

    def receive(self, peer: Peer, chunk: bytes) -> None:
        """Takes what one read gave."""
        if peer.closing:  # JOIN-5, LEAVE-2: what stands behind a refusal or a malformed frame is dropped
            return
        peer.inbox += chunk
        self.parse(peer)

    def parse(self, peer: Peer) -> None:
        """Acts on every whole frame that has come (FRAME-6)."""
        try:
            while not peer.closing and (body := self.next_body(peer)) is not None:
                self.on_body(peer, body)
        except MalformedError as error:
            self.on_malformed(peer, error)

    def next_body(self, peer: Peer) -> bytes | None:
        """The body of the next whole frame, or None if more has to come."""
        if peer.need is None:
            if len(peer.inbox) < HEADER_OCTETS:
                return None
            length = self.read_header(bytes(peer.inbox[:HEADER_OCTETS]))
            self.check_length(length)  # FRAME-8: judged before a single octet of the body is waited for
            peer.need = length
            del peer.inbox[:HEADER_OCTETS]
        body = self.take_body(peer, peer.need)
        if body is not None:
            peer.need = None
        return body

    def read_header(self, header: bytes) -> int:
        """The number in ten octets (FRAME-3, FRAME-4)."""
        match = _HEADER.fullmatch(header)
        if match is None:
            raise MalformedError("FRAME-4", "a header is decimal digits with spaces around them")
        return int(match[1])

    def check_length(self, length: int) -> None:
        """Raises MalformedError for a length over the maximum (FRAME-7, FRAME-8)."""
        if length > self.max_body:
            raise MalformedError("FRAME-8", f"a body has at most {self.max_body} octets")

    def take_body(self, peer: Peer, length: int) -> bytes | None:
        """Cuts the body off the inbox once it is whole (FRAME-5: octets)."""
        if len(peer.inbox) < length:
            return None
        body = bytes(peer.inbox[:length])
        del peer.inbox[:length]
        return body

    def on_body(self, peer: Peer, body: bytes) -> None:
        """Acts on one whole frame."""
        self.on_frame(peer, *self.fields(self.decoded(peer, body)))

    def decoded(self, peer: Peer, body: bytes) -> bytes:
        """The body, if it is UTF-8 (BODY-2)."""
        try:
            body.decode()  # Python's decoder takes neither surrogates nor overlong forms
        except UnicodeDecodeError:
            raise MalformedError("BODY-3", "a body is UTF-8") from None
        return body

    def fields(self, body: bytes) -> tuple[bytes, bytes, bytes]:
        """Time, nick and text (BODY-1)."""
        parts = body.split(b"\0")
        if len(parts) != 3:
            raise MalformedError("BODY-3", "a body has exactly two NUL octets")
        return parts[0], parts[1], parts[2]

    def on_frame(self, peer: Peer, claimed: bytes, nick: bytes, text: bytes) -> None:
        """Acts on the fields of a frame."""
        raise NotImplementedError

    def on_malformed(self, peer: Peer, error: MalformedError) -> None:
        """Acts on octets that are no frame."""
        raise NotImplementedError

    def frame(self, moment: bytes, nick: bytes, text: bytes) -> bytes:
        """A frame as it is sent (FRAME-1, BODY-1)."""
        body = b"%b\0%b\0%b" % (moment, nick, text)
        return self.header(self.measure(body)) + body

    def header(self, length: int) -> bytes:
        """The canonical header: digits, then spaces (FRAME-2)."""
        return b"%-10d" % length

    def measure(self, body: bytes) -> int:
        """The length that the header gives (FRAME-5)."""
        return len(body)
