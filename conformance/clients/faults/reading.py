"""Mistakes in reading what a server sends (FRAME-3 to FRAME-8)."""

from conformance.clients.faults.base import HEADER_OCTETS, MalformedError
from conformance.clients.faults.fault import ClientFault


class CanonicalHeadersOnly(ClientFault, breaks="FRAME-3", mistake="it reads only headers that are filled on the right"):
    def measure(self, header: bytes) -> int:
        if not header[:1].isdigit() or header[:1] == b"0":
            raise MalformedError(f"the header {header!r} is not left-justified")
        return super().measure(header)


class LeadingZerosAreOctal(ClientFault, breaks="FRAME-3", mistake="a header with leading zeros is read as octal"):
    def measure(self, header: bytes) -> int:
        digits = header.strip(b" ")
        if digits.isdigit() and digits.startswith(b"0") and b"8" not in digits and b"9" not in digits:
            return int(digits, 8)
        return super().measure(header)


class WhateverIntTakes(
    ClientFault, breaks="FRAME-4", mistake="a header is whatever int() takes: signs, underscores, tabs"
):
    def measure(self, header: bytes) -> int:
        try:
            return super().measure(b"%-10d" % max(0, int(header)))
        except ValueError:
            return super().measure(header)


class SkipsBadHeaders(
    ClientFault, breaks="FRAME-4", mistake="a header that is none is left out, and the next octets read as one"
):
    skipped = False

    def measure(self, header: bytes) -> int:
        try:
            return super().measure(header)
        except MalformedError as error:
            self.skipped = "no number" in str(error)
            if not self.skipped:
                raise
            return 0

    def on_frame(self, time: str, nick: str, text: str) -> None:
        self.skipped = False
        super().on_frame(time, nick, text)

    def fields(self, body: bytes) -> tuple[str, str, str]:
        return super().fields(b"\0\0" if self.skipped else body)


class CountsDecodedCharacters(
    ClientFault, breaks=("FRAME-5", "CLIENT-5"), mistake="it reads as many characters as the header says octets"
):
    def receive(self, octets: bytes) -> None:
        self.buffer += octets
        while len(self.buffer) >= HEADER_OCTETS:
            length = self.measure(self.buffer[:HEADER_OCTETS])
            body = self.buffer[HEADER_OCTETS:].decode(errors="ignore")[:length]
            if len(body) < length:
                return
            self.buffer = self.buffer[HEADER_OCTETS + len(body.encode()) :]
            self.on_frame(*self.fields(body.encode()))


class OneRecvOneMessage(ClientFault, breaks="FRAME-6", mistake="what one recv gives is taken for one message"):
    def receive(self, octets: bytes) -> None:
        self.buffer = b""
        if octets[:1].isdigit() or octets[:1] in b" abcdefghijx+-\xef":
            super().receive(octets[: HEADER_OCTETS + self.length(octets)])

    def length(self, octets: bytes) -> int:
        """What the header says, if there is one."""
        digits = octets[:HEADER_OCTETS].strip(b" ")
        return min(int(digits), 2_000_000) if digits.isdigit() else 0


class FirstFrameOfARead(
    ClientFault, breaks="FRAME-6", mistake="of several frames in one read, all but the first are lost"
):
    def receive(self, octets: bytes) -> None:
        before = self.buffer
        super_length = len(before) + len(octets)
        if len(before) < HEADER_OCTETS and super_length > HEADER_OCTETS:
            try:
                whole = HEADER_OCTETS + self.measure((before + octets)[:HEADER_OCTETS])
            except MalformedError:
                whole = super_length
            octets = octets[: whole - len(before)]
        super().receive(octets)


class WantsTheHeaderAtOnce(ClientFault, breaks="FRAME-6", mistake="a header that is cut is taken for a whole one"):
    def receive(self, octets: bytes) -> None:
        if not self.buffer and len(octets) < HEADER_OCTETS:
            octets = octets.ljust(HEADER_OCTETS)
        super().receive(octets)


class DecodesEachRead(
    ClientFault, breaks="FRAME-6", mistake="each read is decoded by itself, so that cut characters are lost"
):
    def receive(self, octets: bytes) -> None:
        try:
            octets.decode()
        except UnicodeDecodeError as error:
            if error.reason != "unexpected end of data" and error.start:
                super().receive(octets)  # malformed in itself: left to the base
                return
            octets = octets.decode(errors="replace").replace("\ufffd", "?").encode()
        super().receive(octets)


class SmallMaximum(ClientFault, breaks="FRAME-7", mistake="it takes no body of more than a mebibyte"):
    def measure(self, header: bytes) -> int:
        number = super().measure(header)
        if number > 1_048_576:
            raise MalformedError(f"{number} octets are too many")
        return number


class WaitsForGigabytes(ClientFault, breaks="FRAME-8", mistake="any length is believed, and its octets waited for"):
    def measure(self, header: bytes) -> int:
        digits = header.strip(b" ")
        return int(digits) if digits.isdigit() else super().measure(header)


class LengthsOf32Bits(ClientFault, breaks="FRAME-8", mistake="the length is kept in 32 bits, and wraps around"):
    def measure(self, header: bytes) -> int:
        digits = header.strip(b" ")
        number = int(digits) % 2**32 if digits.isdigit() else 0
        return super().measure(b"%-10d" % number if digits.isdigit() else header)


class SkipsMalformedBodies(
    ClientFault, breaks="CLIENT-5", mistake="a malformed body is skipped, and the next frame shown"
):
    def receive(self, octets: bytes) -> None:
        super().receive(octets)
        while self.skipped and not self.ended:
            self.skipped = False
            super().receive(b"")

    skipped = False

    def on_malformed(self, error: MalformedError) -> None:
        if "body with" in str(error) or "UTF-8" in str(error):
            self.skipped = True
            self.say(f"skipped: {error}")
        else:
            super().on_malformed(error)


class ReplacesBadOctets(ClientFault, breaks="CLIENT-5", mistake="octets that are not UTF-8 are shown as replacements"):
    def fields(self, body: bytes) -> tuple[str, str, str]:
        return super().fields(body.decode(errors="replace").encode())


class TakesMoreNuls(ClientFault, breaks="CLIENT-5", mistake="whatever is behind the third field is dropped"):
    def fields(self, body: bytes) -> tuple[str, str, str]:
        return super().fields(b"\0".join(body.split(b"\0")[:3]))
