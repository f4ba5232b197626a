"""Mistakes about the text of a chat frame (RELAY-3)."""

import html
import re
import unicodedata
from urllib.parse import unquote_to_bytes

from conformance.faults.fault import Fault
from conformance.faults.frames import Peer


class StripsText(Fault, breaks="RELAY-3", mistake="white space around the text is stripped"):
    def relayed_text(self, text: bytes) -> bytes:
        return text.strip()


class StripsLastNewline(Fault, breaks="RELAY-3", mistake="a line feed at the end of the text is dropped"):
    def relayed_text(self, text: bytes) -> bytes:
        return text.removesuffix(b"\n")


class DropsEmptyText(Fault, breaks=("RELAY-3", "RELAY-1"), mistake="a message with an empty text is dropped"):
    def on_chat(self, peer: Peer, claimed: bytes, nick: bytes, text: bytes) -> None:
        if text:
            super().on_chat(peer, claimed, nick, text)


class DropsBlankText(Fault, breaks=("RELAY-3", "RELAY-1"), mistake="a message of white space alone is dropped"):
    def on_chat(self, peer: Peer, claimed: bytes, nick: bytes, text: bytes) -> None:
        if not text or text.strip():
            super().on_chat(peer, claimed, nick, text)


class NormalisesText(Fault, breaks="RELAY-3", mistake="the text is relayed in normalisation form C"):
    def relayed_text(self, text: bytes) -> bytes:
        return unicodedata.normalize("NFC", text.decode()).encode()


class DropsBom(Fault, breaks="RELAY-3", mistake="a BOM at the start of the text is dropped"):
    def relayed_text(self, text: bytes) -> bytes:
        return text.removeprefix(b"\xef\xbb\xbf")


class UnifiesLineBreaks(Fault, breaks="RELAY-3", mistake="CR LF and CR in the text become LF"):
    def relayed_text(self, text: bytes) -> bytes:
        return re.sub(rb"\r\n?", b"\n", text)


class FirstLineOnly(Fault, breaks="RELAY-3", mistake="the text ends at its first line break"):
    def relayed_text(self, text: bytes) -> bytes:
        return re.split(rb"[\r\n]", text, maxsplit=1)[0]


class DropsControls(Fault, breaks="RELAY-3", mistake="control characters other than white space are dropped"):
    def relayed_text(self, text: bytes) -> bytes:
        return re.sub(rb"[\x01-\x08\x0e-\x1f\x7f]", b"", text)


class DropsC1Controls(Fault, breaks="RELAY-3", mistake="the controls U+0080 to U+009F are dropped from the text"):
    def relayed_text(self, text: bytes) -> bytes:
        return re.sub(rb"\xc2[\x80-\x9f]", b"", text)


class EscapesHtml(Fault, breaks="RELAY-3", mistake="the text is escaped as HTML"):
    def relayed_text(self, text: bytes) -> bytes:
        return html.escape(text.decode()).encode()


class ReplacesEmoji(Fault, breaks="RELAY-3", mistake="characters beyond U+FFFF become question marks"):
    def relayed_text(self, text: bytes) -> bytes:
        return re.sub(rb"[\xf0-\xf4][\x80-\xbf]{3}", b"?", text)


class DropsNoncharacters(Fault, breaks="RELAY-3", mistake="U+FFFE and U+FFFF are dropped from the text"):
    def relayed_text(self, text: bytes) -> bytes:
        return re.sub(rb"\xef\xbf[\xbe\xbf]", b"", text)


class UnescapesBackslashes(Fault, breaks="RELAY-3", mistake="a backslash and an n in the text become a line feed"):
    def relayed_text(self, text: bytes) -> bytes:
        return text.replace(rb"\n", b"\n")


class SwallowsCommands(
    Fault, breaks=("RELAY-3", "RELAY-1"), mistake="a text that begins with a slash is taken for a command"
):
    def on_chat(self, peer: Peer, claimed: bytes, nick: bytes, text: bytes) -> None:
        if text.startswith(b"/"):
            self.service(peer, b"unknown command")
        else:
            super().on_chat(peer, claimed, nick, text)


class ExpandsReplacements(
    Fault, breaks="RELAY-3", mistake="a dollar sign in the text is a reference, as in a replacement string"
):
    def relayed_text(self, text: bytes) -> bytes:
        return re.sub(rb"\$\$", b"$", re.sub(rb"\$&", b"%", text))


class UnescapesPercent(Fault, breaks="RELAY-3", mistake="the text is decoded as a part of a URL, + and %41"):
    def relayed_text(self, text: bytes) -> bytes:
        return unquote_to_bytes(text.replace(b"+", b" "))


class UnquotesText(Fault, breaks="RELAY-3", mistake="a text in quotation marks loses them, as JSON does"):
    def relayed_text(self, text: bytes) -> bytes:
        return text[1:-1] if re.fullmatch(rb'".+"', text) else text


class EndsAtControlZ(Fault, breaks="RELAY-3", mistake="the text ends at U+001A, as files once did"):
    def relayed_text(self, text: bytes) -> bytes:
        return text.partition(b"\x1a")[0]


class EncodesTwice(
    Fault, breaks="RELAY-3", mistake="a text beyond ASCII is encoded twice when it is joined to a nick beyond ASCII"
):
    def on_chat(self, peer: Peer, claimed: bytes, nick: bytes, text: bytes) -> None:
        twice = text if peer.nick.isascii() else text.decode("latin-1").encode()
        super().on_chat(peer, claimed, nick, twice)


class DeafBehindABlankText(
    Fault,
    breaks=("RELAY-3", "RELAY-1"),
    mistake="a member that is sent a text of white space alone is sent nothing more",
):
    def setup(self) -> None:
        self.deaf: set[Peer] = set()

    def deliver(self, about: Peer, recipients: list[Peer], claimed: bytes, nick: bytes, text: bytes) -> None:
        told = [peer for peer in recipients if peer not in self.deaf]
        super().deliver(about, told, claimed, nick, text)
        if not text.strip():
            self.deaf.update(told)
