"""Mistakes with what is typed (CLIENT-1)."""

import os
import socket

from conformance.clients.faults.base import MOST_TO_SEND, READ_OCTETS
from conformance.clients.faults.fault import ClientFault


class OneReadOneMessage(ClientFault, breaks="CLIENT-1", mistake="what one read of the input gives is one message"):
    def on_input(self) -> None:
        octets = os.read(0, READ_OCTETS)
        if octets:
            self.on_line(octets.rstrip(b"\n"))
        else:
            self.input_open = False
            self.on_input_end()


class KeepsTheLineFeed(ClientFault, breaks="CLIENT-1", mistake="the line feed of the input is left in the text"):
    def on_line(self, line: bytes) -> None:
        super().on_line(line + b"\n")


class DropsEarlyLines(ClientFault, breaks="CLIENT-1", mistake="what is typed before the join is announced is lost"):
    def turn(self) -> None:
        was_joined, self.joined = self.joined, True
        self.early = not was_joined
        super().turn()
        self.joined = was_joined or any("joined the chat" in line for line in self.seen)

    seen: list[str]

    def join(self) -> None:
        self.seen = []
        super().join()

    def print(self, line: str) -> None:
        self.seen = [*self.seen, line][:1]
        super().print(line)

    def on_line(self, line: bytes) -> None:
        if not self.early:
            super().on_line(line)


class DropsLinesAtTheEnd(
    ClientFault, breaks="CLIENT-1", mistake="at the end of input it leaves, and sends nothing more"
):
    waiting: tuple[bytes, ...] = ()

    def on_line(self, line: bytes) -> None:
        self.waiting = (*self.waiting, line)

    def patience(self) -> float | None:
        return 0.05 if self.waiting else None

    def turn(self) -> None:
        before = self.waiting
        super().turn()
        if before and self.input_open:
            self.waiting = self.waiting[1:]
            super().on_line(before[0])

    def on_input_end(self) -> None:
        self.ended = True


class SplitsLongLines(ClientFault, breaks="CLIENT-1", mistake="a line is read into a buffer of 1024 octets"):
    def on_line(self, line: bytes) -> None:
        for start in range(0, len(line) or 1, 1024):
            super().on_line(line[start : start + 1024])


class SendsTooMuch(ClientFault, breaks="CLIENT-1", mistake="it sends more than a server has to take"):
    def objection(self, line: bytes) -> str | None:
        return super().objection(line) if len(line) < MOST_TO_SEND // 2 else None


class CutsWhatIsTooLong(ClientFault, breaks="CLIENT-1", mistake="a line that is too long is cut, and its begin sent"):
    def on_line(self, line: bytes) -> None:
        super().on_line(line[: MOST_TO_SEND - 100])


class SendsNul(ClientFault, breaks="CLIENT-1", mistake="NUL in a line is sent"):
    def objection(self, line: bytes) -> str | None:
        return super().objection(line.replace(b"\0", b""))


class ReplacesWhatIsNoUtf8(ClientFault, breaks="CLIENT-1", mistake="input that is not UTF-8 is sent with replacements"):
    def on_line(self, line: bytes) -> None:
        super().on_line(line.decode(errors="replace").encode())


class DropsInSilence(ClientFault, breaks="CLIENT-1", mistake="what cannot be sent is dropped without a word"):
    def say(self, sentence: str) -> None:
        if not sentence.startswith("not sent"):
            super().say(sentence)


class DiesOfBadInput(
    ClientFault, breaks="CLIENT-1", mistake="input that is not UTF-8 ends it, and the next line is lost"
):
    def objection(self, line: bytes) -> str | None:
        line.decode()
        return super().objection(line)


class SaysEachLineTwice(ClientFault, breaks="CLIENT-1", mistake="each line is sent twice"):
    def on_line(self, line: bytes) -> None:
        super().on_line(line)
        super().on_line(line)


class TalksBackward(ClientFault, breaks="CLIENT-1", mistake="lines that are there at once are sent in reverse"):
    def on_input(self) -> None:
        octets = os.read(0, READ_OCTETS)
        for line in reversed(octets.splitlines()):
            self.on_line(line)
        if not octets:
            self.input_open = False
            self.socket.shutdown(socket.SHUT_WR)
