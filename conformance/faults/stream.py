"""Mistakes about what the length counts, and about TCP being a stream (FRAME-5, FRAME-6)."""

import re
import time
from weakref import WeakKeyDictionary

from conformance.faults.fault import Fault
from conformance.faults.frames import MalformedError, Peer

# What the length counts.


class WritesLengthInCharacters(Fault, breaks="FRAME-5", mistake="the length that is sent counts characters"):
    def measure(self, body: bytes) -> int:
        return len(body.decode())


class ReadsLengthInCharacters(Fault, breaks="FRAME-5", mistake="the length is taken for a number of characters"):
    def take_body(self, peer: Peer, length: int) -> bytes | None:
        characters = peer.inbox.decode(errors="ignore")
        if len(characters) < length:
            return None
        return super().take_body(peer, len(characters[:length].encode()))


class LengthInCharacters(
    ReadsLengthInCharacters,
    WritesLengthInCharacters,
    breaks="FRAME-5",
    mistake="the length counts characters, both sent and read",
):
    pass


class LengthInUtf16(Fault, breaks="FRAME-5", mistake="the length that is sent counts UTF-16 units"):
    def measure(self, body: bytes) -> int:
        return len(body.decode().encode("utf-16-le")) // 2


class CountsNickInCharacters(
    Fault, breaks="FRAME-5", mistake="the length counts octets of the text, but characters of the nick"
):
    def measure(self, body: bytes) -> int:
        nick = body.split(b"\0")[1]
        return len(body) - len(nick) + len(nick.decode())


class CountsSixForEmoji(Fault, breaks="FRAME-5", mistake="a character beyond U+FFFF counts as six octets, not four"):
    def measure(self, body: bytes) -> int:
        return len(body) + 2 * len(re.findall(rb"[\xf0-\xf4]", body))


# One read is not one frame.


class OneRecvOneMessage(Fault, breaks=("FRAME-6", "FRAME-7"), mistake="one recv is taken for one message"):
    def receive(self, peer: Peer, chunk: bytes) -> None:
        peer.inbox.clear()
        peer.need = None
        super().receive(peer, chunk)

    def take_body(self, peer: Peer, length: int) -> bytes | None:
        body = bytes(peer.inbox[:length])
        peer.inbox.clear()  # whatever else came in the same read is lost
        return body


class OneFrameARead(
    Fault,
    breaks=("FRAME-6", "LEAVE-2"),
    mistake="of several frames in one read, one is handled; the others wait for more",
):
    def parse(self, peer: Peer) -> None:
        try:
            if (body := self.next_body(peer)) is not None:
                self.on_body(peer, body)
        except MalformedError as error:
            self.on_malformed(peer, error)


class ForgetsTheTail(Fault, breaks=("FRAME-6", "FRAME-7"), mistake="what a read leaves unfinished is forgotten"):
    def receive(self, peer: Peer, chunk: bytes) -> None:
        super().receive(peer, chunk)
        peer.inbox.clear()
        peer.need = None


class ForgetsTheNextStart(
    Fault, breaks="FRAME-6", mistake="when a frame ends, what follows it in the same read is kept only if it is whole"
):
    handled = 0

    def on_body(self, peer: Peer, body: bytes) -> None:
        self.handled += 1
        super().on_body(peer, body)

    def receive(self, peer: Peer, chunk: bytes) -> None:
        before = self.handled
        super().receive(peer, chunk)
        if self.handled > before:
            peer.inbox.clear()
            peer.need = None


class HeaderInOneRead(
    Fault, breaks="FRAME-6", mistake="a header that arrives in two reads is taken for a malformed one"
):
    def receive(self, peer: Peer, chunk: bytes) -> None:
        super().receive(peer, chunk)
        if peer.inbox and peer.need is None and not peer.closing:
            self.on_malformed(peer, MalformedError("FRAME-6", "a header has ten octets"))


class BodyInOneRead(Fault, breaks=("FRAME-6", "FRAME-7"), mistake="the body is what one recv gives, up to the length"):
    def take_body(self, peer: Peer, length: int) -> bytes | None:
        if length and not peer.inbox:
            return None
        return super().take_body(peer, min(length, len(peer.inbox)))


class EmptyBehindHeader(
    Fault, breaks="FRAME-6", mistake="if a read ends with the header, the body is taken for an empty one"
):
    def receive(self, peer: Peer, chunk: bytes) -> None:
        super().receive(peer, chunk)
        if peer.need and not peer.inbox and not peer.closing:
            self.on_malformed(peer, MalformedError("FRAME-6", "a body has exactly two NUL octets"))


class WaitsBehindFullReads(
    Fault,
    breaks="FRAME-6",
    mistake="frames that together fill the buffer of 4096 octets are looked at with the next read",
):
    def read(self, peer: Peer) -> bytes:
        return peer.sock.recv(4096)

    def receive(self, peer: Peer, chunk: bytes) -> None:
        if len(chunk) == 4096 and peer.joined and not peer.inbox and re.match(rb" *0*[1-9]\d{0,2} *\d{4}-", chunk):
            peer.inbox += chunk
        else:
            super().receive(peer, chunk)


class OneOctetEarly(Fault, breaks="FRAME-6", mistake="a frame is taken for whole when its last octet is still missing"):
    def take_body(self, peer: Peer, length: int) -> bytes | None:
        return super().take_body(peer, min(length, max(len(peer.inbox), length - 1)))


class IgnoresSingleOctets(Fault, breaks="FRAME-6", mistake="a read of a single octet is ignored"):
    def receive(self, peer: Peer, chunk: bytes) -> None:
        if len(chunk) > 1:
            super().receive(peer, chunk)


class SharesCutHeaders(
    Fault, breaks="FRAME-6", mistake="the octets of a header that is cut are kept in one place for all connections"
):
    kept = b""

    def setup(self) -> None:
        self.inside: set[Peer] = set()

    def receive(self, peer: Peer, chunk: bytes) -> None:
        if peer in self.inside:
            peer.inbox[:] = self.kept
        super().receive(peer, chunk)
        self.inside.discard(peer)
        if peer.need is None and peer.inbox and not peer.closing:
            self.kept = bytes(peer.inbox)
            self.inside.add(peer)


class DecodesEachRead(
    Fault, breaks="FRAME-6", mistake="each read is decoded by itself: a character cut in two is lost"
):
    def receive(self, peer: Peer, chunk: bytes) -> None:
        start = re.search(rb"[\xc2-\xf4][\x80-\xbf]{0,2}\Z", bytes(peer.inbox[-3:]))
        rest = re.match(rb"[\x80-\xbf]+", chunk)
        if start and rest:
            peer.inbox[-len(start[0]) :] = b"?" * len(start[0])
            chunk = b"?" * len(rest[0]) + chunk[rest.end() :]
        super().receive(peer, chunk)


class ImpatientWithFrames(Fault, breaks="FRAME-6", mistake="a frame that takes longer than a second is given up"):
    def setup(self) -> None:
        self.since: WeakKeyDictionary[Peer, float] = WeakKeyDictionary()

    def on_body(self, peer: Peer, body: bytes) -> None:
        self.since.pop(peer, None)
        super().on_body(peer, body)

    def on_tick(self, now: float) -> None:
        super().on_tick(now)
        for peer in self.members():
            if (peer.inbox or peer.need) and now - self.since.setdefault(peer, time.monotonic()) > 1:
                self.on_malformed(peer, MalformedError("FRAME-6", "a frame takes a second at most"))
