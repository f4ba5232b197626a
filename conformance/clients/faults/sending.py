"""Mistakes in the octets that are sent (FRAME-1, FRAME-2, FRAME-5, BODY-1, BODY-2, TIME-3, JOIN-1)."""

from datetime import UTC, datetime

from conformance.clients.faults.fault import ClientFault


class UnpaddedHeader(ClientFault, breaks="FRAME-1", mistake="the header is as short as its number"):
    def header(self, body: bytes) -> bytes:
        return b"%d" % len(body)


class EndsFramesWithLineFeeds(ClientFault, breaks="FRAME-1", mistake="a line feed is sent behind each frame"):
    def frame(self, time: str, nick: str, text: str) -> bytes:
        return super().frame(time, nick, text) + b"\n"


class CountsTheHeaderToo(ClientFault, breaks="FRAME-1", mistake="the length counts the header, too"):
    def header(self, body: bytes) -> bytes:
        return b"%-10d" % (len(body) + 10)


class FillsWithNul(ClientFault, breaks="FRAME-2", mistake="the header is filled with NULs, as a C string is"):
    def header(self, body: bytes) -> bytes:
        return b"%d" % len(body) + b"\0" * (10 - len(str(len(body))))


class HexadecimalHeader(ClientFault, breaks="FRAME-2", mistake="the length is written in hexadecimal"):
    def header(self, body: bytes) -> bytes:
        return (b"0x%x" % len(body)).ljust(10)


class CountsCharacters(ClientFault, breaks="FRAME-5", mistake="the length counts characters"):
    def header(self, body: bytes) -> bytes:
        return b"%-10d" % len(body.decode())


class SendsTheTerminator(ClientFault, breaks="BODY-1", mistake="the string's terminator is sent with the text"):
    def body(self, time: str, nick: str, text: str) -> bytes:
        return super().body(time, nick, text) + b"\0"


class EscapedSeparators(ClientFault, breaks="BODY-1", mistake="the separator is a backslash and a zero"):
    def body(self, time: str, nick: str, text: str) -> bytes:
        return b"\\0".join(field.encode() for field in (time, nick, text))


class SendsLatin1(ClientFault, breaks="BODY-2", mistake="what Latin-1 can hold is sent as Latin-1"):
    def encode(self, field: str) -> bytes:
        try:
            return field.encode("latin-1")
        except UnicodeEncodeError:
            return field.encode()


class SendsAClock(ClientFault, breaks="TIME-3", mistake="the time that is sent is hours and minutes alone"):
    def now(self) -> str:
        return datetime.now(UTC).strftime("%H:%M:%S")


class SendsLocalTime(ClientFault, breaks="TIME-3", mistake="the local time is sold as UTC"):
    def now(self) -> str:
        moment = datetime.fromtimestamp(
            datetime.now(UTC).timestamp() + 7200, UTC
        )  # the clock of a zone two hours ahead
        return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


class GreetsInItsJoin(ClientFault, breaks="JOIN-1", mistake="the join has a text"):
    def join(self) -> None:
        self.send(self.frame(self.now(), str(self.nick), "hello, I am here"))


class JoinsInLowerCase(ClientFault, breaks="CLIENT-1", mistake="the nick is folded to lower case"):
    def join(self) -> None:
        self.nick = str(self.nick).lower()
        super().join()


class NickInTheText(ClientFault, breaks="CLIENT-1", mistake="the join has the nick in its text"):
    def join(self) -> None:
        self.send(self.frame(self.now(), "", str(self.nick)))
