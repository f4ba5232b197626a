"""Mistakes about fields and their encoding (BODY-1 to BODY-3)."""

import re
from typing import ClassVar

from conformance.faults.fault import Fault
from conformance.faults.frames import SERVER, MalformedError, Peer

# Bodies as they are sent.


class TrailingNul(Fault, breaks="BODY-1", mistake="the text that is sent ends with a NUL, as a C string does"):
    def frame(self, moment: bytes, nick: bytes, text: bytes) -> bytes:
        return super().frame(moment, nick, text + b"\0")


class BackslashZero(Fault, breaks="BODY-1", mistake="fields are sent with a backslash and a zero between them"):
    def frame(self, moment: bytes, nick: bytes, text: bytes) -> bytes:
        body = rb"\0".join((moment, nick, text))
        return self.header(len(body)) + body


class ServiceWithoutNick(
    Fault, breaks=("BODY-1", "JOIN-2", "LEAVE-1"), mistake="service messages have two fields, time and text"
):
    def frame(self, moment: bytes, nick: bytes, text: bytes) -> bytes:
        if nick != SERVER:
            return super().frame(moment, nick, text)
        body = b"%b\0%b" % (moment, text)
        return self.header(len(body)) + body


class SendsLatin1(Fault, breaks="BODY-2", mistake="text is sent in Latin-1 where that can carry it"):
    def relayed_text(self, text: bytes) -> bytes:
        try:
            return text.decode().encode("latin-1")
        except UnicodeEncodeError:
            return text


class SendsCesu8(Fault, breaks="BODY-2", mistake="characters beyond U+FFFF are sent as two surrogates (CESU-8)"):
    def relayed_text(self, text: bytes) -> bytes:
        return re.sub(rb"[\xf0-\xf4][\x80-\xbf]{3}", self.surrogates, text)

    def surrogates(self, match: re.Match[bytes]) -> bytes:
        beyond = ord(match[0].decode()) - 0x10000
        pair = chr(0xD800 + (beyond >> 10)), chr(0xDC00 + (beyond & 0x3FF))
        return "".join(pair).encode(errors="surrogatepass")


# Malformed bodies as they are read.


class RelaysInvalidUtf8(Fault, breaks="BODY-3", mistake="text that is not UTF-8 is relayed as it is"):
    def decoded(self, peer: Peer, body: bytes) -> bytes:
        return body if peer.joined else super().decoded(peer, body)


class ReplacesInvalidUtf8(Fault, breaks="BODY-3", mistake="octets that are not UTF-8 are relayed as U+FFFD"):
    def decoded(self, peer: Peer, body: bytes) -> bytes:
        return body.decode(errors="replace").encode() if peer.joined else super().decoded(peer, body)


class DropsInvalidOctets(Fault, breaks="BODY-3", mistake="octets that are not UTF-8 are left out, the rest is relayed"):
    def decoded(self, peer: Peer, body: bytes) -> bytes:
        return body.decode(errors="ignore").encode() if peer.joined else super().decoded(peer, body)


class RelaysValidPart(Fault, breaks="BODY-3", mistake="text is relayed up to the first octet that is not UTF-8"):
    def decoded(self, peer: Peer, body: bytes) -> bytes:
        try:
            body.decode()
        except UnicodeDecodeError as error:
            body = body[: error.start] if peer.joined else body
        return super().decoded(peer, body)


class _Tolerant(Fault):
    """Some sequences that are not UTF-8 pass the check of a chat frame, and are relayed."""

    tolerated: ClassVar[bytes]

    def decoded(self, peer: Peer, body: bytes) -> bytes:
        if peer.joined:
            super().decoded(peer, re.sub(self.tolerated, b"?", body))
            return body
        return super().decoded(peer, body)


class AcceptsSurrogates(_Tolerant, breaks="BODY-3", mistake="surrogates in UTF-8 are accepted and relayed"):
    tolerated = rb"\xed[\xa0-\xbf][\x80-\xbf]"


class AcceptsOverlong(_Tolerant, breaks="BODY-3", mistake="overlong forms of UTF-8 are accepted and relayed"):
    tolerated = rb"[\xc0\xc1][\x80-\xbf]|\xe0[\x80-\x9f][\x80-\xbf]|\xf0[\x80-\x8f][\x80-\xbf]{2}"


class AcceptsBeyondUnicode(_Tolerant, breaks="BODY-3", mistake="characters beyond U+10FFFF are accepted and relayed"):
    tolerated = rb"\xf4[\x90-\xbf][\x80-\xbf]{2}|[\xf5-\xf7][\x80-\xbf]{3}"


class AcceptsOverlongOfFour(_Tolerant, breaks="BODY-3", mistake="overlong forms of four octets are accepted"):
    tolerated = rb"\xf0[\x80-\x8f][\x80-\xbf]{2}"


class AcceptsOctetF5(_Tolerant, breaks="BODY-3", mistake="F5 to F7 may begin a character of four octets"):
    tolerated = rb"[\xf5-\xf7][\x80-\xbf]{3}"


class ChecksFirst4096(Fault, breaks="BODY-3", mistake="only the first 4,096 octets of a body are checked for UTF-8"):
    def decoded(self, peer: Peer, body: bytes) -> bytes:
        checked = body[:4096]
        if checked != body:  # a character that begins there may end behind it
            checked = re.sub(rb"[\xc2-\xf4][\x80-\xbf]{0,2}\Z", b"", checked)
        super().decoded(peer, checked)
        return body


class UnfinishedCharacterPasses(
    _Tolerant, breaks="BODY-3", mistake="a character of which the end of the body is the end passes for whole"
):
    tolerated = rb"([\xc2-\xdf]|[\xe1-\xec][\x80-\xbf]?|[\xf1-\xf3][\x80-\xbf]{0,2}|\xf0[\x90-\xbf][\x80-\xbf]?)\Z"


class TimeNotChecked(Fault, breaks="BODY-3", mistake="the time, which is thrown away, may be anything but UTF-8 too"):
    def decoded(self, peer: Peer, body: bytes) -> bytes:
        super().decoded(peer, body[max(body.find(b"\0"), 0) :])
        return body


class ExtraNulInText(Fault, breaks="BODY-3", mistake="a third NUL is taken for part of the text and relayed"):
    def fields(self, body: bytes) -> tuple[bytes, bytes, bytes]:
        if body.count(b"\0") < 3:
            return super().fields(body)
        time, nick, text = body.split(b"\0", 2)
        return time, nick, text


class DropsExtraFields(
    Fault, breaks="BODY-3", mistake="what stands behind a third NUL is left out, the rest is relayed"
):
    def fields(self, body: bytes) -> tuple[bytes, bytes, bytes]:
        return super().fields(b"\0".join(body.split(b"\0")[:3]))


class MissingTextIsEmpty(Fault, breaks="BODY-3", mistake="a body with one NUL is a frame with an empty text"):
    def fields(self, body: bytes) -> tuple[bytes, bytes, bytes]:
        return super().fields(body + b"\0" if body.count(b"\0") == 1 else body)


class IgnoresEmptyBody(
    Fault, breaks=("BODY-3", "JOIN-5"), mistake="a length of 0 is taken for a sign of life, before the join too"
):
    def on_body(self, peer: Peer, body: bytes) -> None:
        if body:
            super().on_body(peer, body)


class IgnoresMalformedJoin(
    Fault,
    breaks=("BODY-3", "JOIN-5"),
    mistake="after a malformed first frame the connection stays open and may try again",
):
    def on_malformed(self, peer: Peer, error: MalformedError) -> None:
        if peer.joined or error.requirement != "BODY-3":
            super().on_malformed(peer, error)
