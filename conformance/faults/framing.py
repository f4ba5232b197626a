"""Mistakes about frames and headers (FRAME-1 to FRAME-4)."""

import re
from weakref import WeakSet

from conformance.faults.fault import Fault
from conformance.faults.frames import HEADER_OCTETS, MalformedError, Peer

# Frames as they are sent.


class LengthCountsHeader(Fault, breaks="FRAME-1", mistake="the length that is sent counts the header too"):
    def measure(self, body: bytes) -> int:
        return len(body) + HEADER_OCTETS


class ShortHeader(Fault, breaks=("FRAME-1", "FRAME-2"), mistake="the header that is sent has eight octets"):
    def header(self, length: int) -> bytes:
        return b"%-8d" % length


class NewlineAfterFrame(Fault, breaks=("FRAME-1", "FRAME-2"), mistake="each frame that is sent ends with a line feed"):
    def frame(self, moment: bytes, nick: bytes, text: bytes) -> bytes:
        return super().frame(moment, nick, text) + b"\n"


class MiscountsAHundred(
    Fault, breaks=("FRAME-1", "FRAME-7"), mistake="a body of exactly 100 octets is sent with the length 99"
):
    def measure(self, body: bytes) -> int:
        return 99 if len(body) == 100 else len(body)


class SignedHeader(Fault, breaks="FRAME-2", mistake="the length is sent with a plus sign"):
    def header(self, length: int) -> bytes:
        return b"%-+10d" % length


class NulFilledHeader(Fault, breaks="FRAME-2", mistake="the header is filled with NUL octets, as a C array is"):
    def header(self, length: int) -> bytes:
        return (b"%d" % length).ljust(HEADER_OCTETS, b"\0")


class GroupedHeader(Fault, breaks="FRAME-2", mistake="from 1,000 on the length is sent with a thousands separator"):
    def header(self, length: int) -> bytes:
        return f"{length:<10,}".encode()


class ScientificHeader(
    Fault,
    breaks=("FRAME-2", "FRAME-1", "FRAME-7"),
    mistake="from 1,000,000 on the length is sent in scientific notation",
):
    def header(self, length: int) -> bytes:
        return f"{length:<10g}".encode()


# Headers as they are read: some of the legal ones are refused.


class RefusesRightJustified(Fault, breaks="FRAME-3", mistake="a header that begins with a space is refused"):
    def read_header(self, header: bytes) -> int:
        return super().read_header(header if header[:1] != b" " else b"?")


class RefusesCentred(Fault, breaks="FRAME-3", mistake="a header with spaces on both sides is refused"):
    def read_header(self, header: bytes) -> int:
        return super().read_header(header if header[:1] + header[-1:] != b"  " else b"?")


class RefusesZeroFilled(Fault, breaks="FRAME-3", mistake="a length with leading zeros is refused"):
    def read_header(self, header: bytes) -> int:
        return super().read_header(header if not re.match(rb" *0[0-9]", header) else b"?")


class WantsASpace(Fault, breaks="FRAME-3", mistake="a header of ten digits, without any space, is refused"):
    def read_header(self, header: bytes) -> int:
        return super().read_header(header if b" " in header else b"?")


class ReadsOctal(Fault, breaks="FRAME-3", mistake="a length with leading zeros is read as octal, as strtol() does"):
    def read_header(self, header: bytes) -> int:
        digits = header.strip(b" ")
        return int(digits, 8) if re.fullmatch(rb"0[0-7]+", digits) else super().read_header(header)


# Headers as they are read: some of the malformed ones are taken.


class AcceptsSign(Fault, breaks="FRAME-4", mistake="a plus sign before the length is accepted, as int() does"):
    def read_header(self, header: bytes) -> int:
        return super().read_header(re.sub(rb"^( *)\+", rb"\1", header))


class AcceptsSignBehindSpaces(
    Fault, breaks="FRAME-4", mistake="a sign is accepted behind spaces: what was passed over is looked at less strictly"
):
    def read_header(self, header: bytes) -> int:
        return super().read_header(re.sub(rb"^( +)\+", rb"\1", header))


class AcceptsUnderscore(Fault, breaks="FRAME-4", mistake="underscores within the length are accepted, as int() does"):
    def read_header(self, header: bytes) -> int:
        return super().read_header(re.sub(rb"([0-9])_(?=[0-9])", rb"\1", header))


class AcceptsTabs(Fault, breaks="FRAME-4", mistake="any ASCII white space counts as fill, as with strip()"):
    def read_header(self, header: bytes) -> int:
        return super().read_header(re.sub(rb"\s", b" ", header))


class AcceptsLineFeedAtTheEnd(
    Fault, breaks="FRAME-4", mistake="a line feed may be the tenth octet, as with `$` in a regular expression"
):
    def read_header(self, header: bytes) -> int:
        return super().read_header(header[:-1] if header.endswith(b"\n") else header)


class AcceptsNumberSuffix(
    Fault, breaks="FRAME-4", mistake="a letter that marks the type of a number may stand behind the length"
):
    def read_header(self, header: bytes) -> int:
        return super().read_header(re.sub(rb"(?<=[0-9])[dfL](?= *\Z)", b"", header))


class AcceptsNoBreakSpace(Fault, breaks="FRAME-4", mistake="the octet A0, a space in Latin-1, counts as fill"):
    def read_header(self, header: bytes) -> int:
        return super().read_header(header.replace(b"\xa0", b" "))


class AcceptsHex(Fault, breaks="FRAME-4", mistake="a length in hexadecimal, with 0x, is accepted"):
    def read_header(self, header: bytes) -> int:
        match = re.fullmatch(rb" *0[xX]([0-9a-fA-F]+) *", header)
        return int(match[1], 16) if match else super().read_header(header)


class AcceptsForeignDigits(Fault, breaks="FRAME-4", mistake="digits of other scripts are accepted, as int() does"):
    def read_header(self, header: bytes) -> int:
        digits = header.decode(errors="replace").strip(" ")
        return int(digits) if digits.isdecimal() else super().read_header(header)


class AcceptsInnerSpaces(Fault, breaks="FRAME-4", mistake="spaces within the length are left out"):
    def read_header(self, header: bytes) -> int:
        return super().read_header(header.replace(b" ", b""))


class AcceptsTrailingJunk(Fault, breaks="FRAME-4", mistake="what stands behind the digits is ignored, as atoi() does"):
    def read_header(self, header: bytes) -> int:
        match = re.match(rb" *[0-9]+", header)
        return super().read_header(match[0] if match else header)


class SkipsBlankHeader(Fault, breaks="FRAME-4", mistake="a header of spaces alone is skipped, as a sign of life"):
    def next_body(self, peer: Peer) -> bytes | None:
        while peer.need is None and peer.inbox.startswith(b" " * HEADER_OCTETS):
            del peer.inbox[:HEADER_OCTETS]
        return super().next_body(peer)


class SkipsBadHeader(
    Fault, breaks="FRAME-4", mistake="a malformed header is skipped and the next ten octets are tried"
):
    def next_body(self, peer: Peer) -> bytes | None:
        while True:
            try:
                return super().next_body(peer)
            except MalformedError as error:
                if error.requirement != "FRAME-4":
                    raise
                del peer.inbox[:HEADER_OCTETS]


class Muting(Fault):
    """Some connections stay open, as members if they are, but nothing that they send counts any more."""

    def setup(self) -> None:
        self.muted: WeakSet[Peer] = WeakSet()

    def mute(self, peer: Peer) -> None:
        self.muted.add(peer)
        peer.inbox.clear()
        peer.deadline = None

    def receive(self, peer: Peer, chunk: bytes) -> None:
        if peer not in self.muted:
            super().receive(peer, chunk)


class LeavesBadHeaderOpen(Muting, breaks="FRAME-4", mistake="after a malformed header the connection is never closed"):
    def on_malformed(self, peer: Peer, error: MalformedError) -> None:
        if error.requirement != "FRAME-4":
            super().on_malformed(peer, error)
        else:
            self.mute(peer)


class ClosesBadHeaderLate(
    Fault, breaks="FRAME-4", mistake="a malformed header is noticed only when 64 octets have come behind it"
):
    def next_body(self, peer: Peer) -> bytes | None:
        try:
            return super().next_body(peer)
        except MalformedError as error:
            if error.requirement != "FRAME-4" or len(peer.inbox) >= HEADER_OCTETS + 64:
                raise
            return None
