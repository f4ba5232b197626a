"""Mistakes about the size of a body (FRAME-7, FRAME-8)."""

from conformance.faults.fault import Fault
from conformance.faults.frames import HEADER_OCTETS, MalformedError, Peer
from conformance.faults.framing import Muting


class StopsAt4096(Fault, breaks="FRAME-7", mistake="a body of more than 4,096 octets is refused"):
    max_body = 4096


class StopsAt65535(Fault, breaks="FRAME-7", mistake="a body of more than 65,535 octets is refused"):
    max_body = 65535


class StopsOneShort(Fault, breaks="FRAME-7", mistake="a body of exactly 1,048,576 octets is refused"):
    max_body = 1_048_575


class LengthInSixteenBits(Fault, breaks="FRAME-7", mistake="the length is kept in sixteen bits"):
    def read_header(self, header: bytes) -> int:
        length = super().read_header(header)
        return length if length > self.max_body else length % 65536


class CutsTextAt4096(Fault, breaks=("FRAME-7", "RELAY-3"), mistake="the text is cut after 4,096 characters"):
    def relayed_text(self, text: bytes) -> bytes:
        return text.decode()[:4096].encode()


class LosesLastOf4096(
    Fault, breaks=("FRAME-7", "RELAY-3"), mistake="of a text of exactly 4,096 octets the last one is lost"
):
    def relayed_text(self, text: bytes) -> bytes:
        return text[:-1] if len(text) == 4096 else text


class CutsGrownBodies(
    Fault,
    breaks=("FRAME-7", "RELAY-3"),
    mistake="a body that has grown beyond 1,048,576 octets is sent without its end",
):
    def frame(self, moment: bytes, nick: bytes, text: bytes) -> bytes:
        room = self.max_body - len(moment) - len(nick) - 2
        return super().frame(moment, nick, text[:room])


class DropsWhatGrowsMuch(
    Fault,
    breaks="RELAY-5",
    mistake="a body that has grown by more than 64 octets beyond 1,048,576, as its nick was left empty, is dropped",
):
    def on_chat(self, peer: Peer, claimed: bytes, nick: bytes, text: bytes) -> None:
        if len(self.stamp(claimed)) + len(peer.nick) + len(text) + 2 <= self.max_body + 64:
            super().on_chat(peer, claimed, nick, text)


class HangsAt4096(Fault, breaks="FRAME-7", mistake="a body of exactly 4,096 octets is held back until more comes"):
    def take_body(self, peer: Peer, length: int) -> bytes | None:
        if length == len(peer.inbox) == 4096:
            return None
        return super().take_body(peer, length)


class RefusesTenOctets(Fault, breaks="FRAME-7", mistake="a body of exactly ten octets, like a header, is refused"):
    def check_length(self, length: int) -> None:
        super().check_length(self.max_body + 1 if length == HEADER_OCTETS else length)


class NoMaximum(Fault, breaks="FRAME-8", mistake="there is no maximum: the server waits for a body of any length"):
    max_body = 10**HEADER_OCTETS


class MaximumTooHigh(Fault, breaks="FRAME-8", mistake="the maximum is 128 MiB"):
    max_body = 134_217_728


class LengthInThirtyTwoBits(
    Fault, breaks="FRAME-8", mistake="the length is kept in 32 bits: 4,294,967,316 is read as 20"
):
    def read_header(self, header: bytes) -> int:
        return super().read_header(header) % 2**32


class ChecksLengthLate(
    Fault, breaks="FRAME-8", mistake="a length over the maximum is noticed when 64 KiB of the body are there"
):
    def next_body(self, peer: Peer) -> bytes | None:
        try:
            return super().next_body(peer)
        except MalformedError as error:
            if error.requirement != "FRAME-8" or len(peer.inbox) >= HEADER_OCTETS + 65536:
                raise
            return None


class LeavesHugeOpen(
    Muting, breaks="FRAME-8", mistake="after a length over the maximum the connection is never closed"
):
    def on_malformed(self, peer: Peer, error: MalformedError) -> None:
        if error.requirement != "FRAME-8":
            super().on_malformed(peer, error)
        else:
            self.service(peer, b"this is too long")
            self.mute(peer)


class ReservesFirst(Fault, breaks="FRAME-8", mistake="memory for the body is reserved before its length is judged"):
    reserved = b""

    def check_length(self, length: int) -> None:
        if length > self.max_body:
            self.reserved = b"\1" * min(length, 128 * 1_048_576)  # not NUL: pages of zeros cost nothing until used
        super().check_length(length)
