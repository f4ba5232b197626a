"""Mistakes in showing frames (CLIENT-2 to CLIENT-4, SERVICE-1)."""

import os
import re
from datetime import UTC, datetime

from conformance.clients.faults.fault import ClientFault


class OtherLayout(ClientFault, breaks="CLIENT-2", mistake="frames are shown as `nick: text`"):
    def show(self, time: str, nick: str, text: str) -> None:
        self.print(f"{self.safe(self.clock(time))} {self.safe(nick)}: {self.safe(text)}")


class ShowsTwice(ClientFault, breaks="CLIENT-2", mistake="each message is shown twice"):
    def show(self, time: str, nick: str, text: str) -> None:
        super().show(time, nick, text)
        super().show(time, nick, text)


class AnnouncesInOwnWords(
    ClientFault, breaks="CLIENT-2", mistake="who joins is told in own words, without the server's nick"
):
    def show(self, time: str, nick: str, text: str) -> None:
        if nick == "Server" and text == f"[{self.nick}] joined the chat":
            self.print(f"*** you have joined as {self.nick} ({text})")
        else:
            super().show(time, nick, text)


class SquashesSpaces(ClientFault, breaks="CLIENT-2", mistake="runs of spaces are shown as one"):
    def show(self, time: str, nick: str, text: str) -> None:
        super().show(time, nick, re.sub(" +", " ", text))


class CutsLongTexts(
    ClientFault, breaks=("CLIENT-2", "FRAME-7"), mistake="of a text only the last 200 characters are shown"
):
    def show(self, time: str, nick: str, text: str) -> None:
        super().show(time, nick, text[-200:])


class AsciiNicks(ClientFault, breaks="CLIENT-2", mistake="what is not ASCII in a nick is shown as a question mark"):
    def show(self, time: str, nick: str, text: str) -> None:
        super().show(time, nick.encode("ascii", "replace").decode(), text)


class ShowsOnlyAfterTyping(ClientFault, breaks="CLIENT-2", mistake="input() holds up the screen until a line is typed"):
    def turn(self) -> None:
        if self.joined and self.input_open:
            self.on_input()
        super().turn()


class HidesWhatFollows(
    ClientFault, breaks="CLIENT-2", mistake="a message of the same sender as the last one is not shown"
):
    last = ""

    def show(self, time: str, nick: str, text: str) -> None:
        if nick != self.last:
            super().show(time, nick, text)
        self.last = nick


class DiesOfServiceMessages(ClientFault, breaks="SERVICE-1", mistake="a service message of another form ends it"):
    def on_frame(self, time: str, nick: str, text: str) -> None:
        if nick == "Server" and not re.fullmatch(r"\[.*\] (joined|left) the chat", text, re.DOTALL) and self.joined:
            raise RuntimeError("what is this?")
        super().on_frame(time, nick, text)


class DropsOddTimes(ClientFault, breaks="CLIENT-3", mistake="a message whose time cannot be parsed is not shown"):
    def show(self, time: str, nick: str, text: str) -> None:
        if self.clock(time) != time:
            super().show(time, nick, text)


class DiesOfOddTimes(ClientFault, breaks="CLIENT-3", mistake="a time that cannot be parsed ends it"):
    def clock(self, time: str) -> str:
        shown = super().clock(time)
        if shown == time:
            raise ValueError(time)
        return shown


class ShowsItsOwnTime(ClientFault, breaks="CLIENT-3", mistake="the time that is shown is that of showing"):
    def clock(self, time: str) -> str:
        return (datetime.now(UTC)).strftime("on %d.%m. at %H h")


class ShowsNoTime(ClientFault, breaks="CLIENT-3", mistake="the time is not shown"):
    def clock(self, time: str) -> str:
        return "-"


class IgnoresOffsets(ClientFault, breaks="CLIENT-3", mistake="the offset of a time is dropped"):
    def clock(self, time: str) -> str:
        return super().clock(re.sub(r"[+-]\d\d:\d\d$", "Z", time))


class RawText(ClientFault, breaks="CLIENT-4", mistake="texts are shown as they come, escapes and all"):
    def safe(self, text: str) -> str:
        return text


class RawNick(ClientFault, breaks="CLIENT-4", mistake="only the text is made safe, not the nick"):
    def show(self, time: str, nick: str, text: str) -> None:
        self.print(f"{self.safe(self.clock(time))} [{nick}] {self.safe(text)}")


class RawAnnouncements(ClientFault, breaks="CLIENT-4", mistake="only chat is made safe, not what the server announces"):
    def show(self, time: str, nick: str, text: str) -> None:
        shown = text if nick == "Server" else self.safe(text)
        self.print(f"{self.safe(self.clock(time))} [{self.safe(nick)}] {shown}")


class OnlyEscapesReplaced(ClientFault, breaks="CLIENT-4", mistake="only ESC is replaced: CR and line feeds go through"):
    def drives(self, character: str) -> bool:
        return character == "\x1b"


class ForgetsC1(
    ClientFault, breaks="CLIENT-4", mistake="U+0080 to U+009F go through, which terminals take for escapes"
):
    def drives(self, character: str) -> bool:
        return super().drives(character) and not 0x80 <= ord(character) < 0xA0


class ForgetsOverrides(ClientFault, breaks="CLIENT-4", mistake="bidirectional overrides go through"):
    def drives(self, character: str) -> bool:
        return ord(character) < 32 or 0x7F <= ord(character) < 0xA0


class RemovesControls(ClientFault, breaks="CLIENT-4", mistake="controls are left out, so that their neighbours touch"):
    def safe(self, text: str) -> str:
        return "".join(one for one in text if not self.drives(one))


class BlanksControls(ClientFault, breaks="CLIENT-4", mistake="controls become spaces, which nobody sees"):
    def safe(self, text: str) -> str:
        return "".join(" " if self.drives(one) else one for one in text)


class ReadsNothingMore(ClientFault, breaks="CLIENT-2", mistake="after its own join it reads only what is typed"):
    def turn(self) -> None:
        if not self.joined:
            super().turn()
        elif os.get_blocking(0):
            self.on_input()
        if not self.input_open:
            self.ended = True
