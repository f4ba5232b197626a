"""The base of the faulty clients: one thread, one select() loop. Client as it stands is hardened-conformant.

It knows nothing of the suite, nor of the reference client, and is cut into small methods so that a mistake is one of them.
"""

import os
import re
import select
import socket
import sys
from datetime import UTC, datetime

from conformance.clients.faults.clock import in_utc

HEADER_OCTETS = 10
MOST_TO_SEND = 1_048_576
MOST_TO_READ = 1_048_859
READ_OCTETS = 65_536
_FORM = re.compile(rb" *([0-9]+) *")


class MalformedError(Exception):
    """What a server sent is no frame; the message says why."""


class Client:
    """A chat client of lines.

    Args:
        nick: None: the first line of standard input.
        host, port: of the server.
    """

    def __init__(self, nick: str | None, host: str, port: int) -> None:
        self.nick = nick
        self.address = host, port
        self.buffer = b""  # received, and not yet a frame
        self.typed = b""  # typed, and not yet a line
        self.joined = False
        self.input_open = True
        self.ended = False
        self.status = 0

    def run(self) -> int:
        """Talks until the connection ends; gives the exit status."""
        if self.nick is None:
            self.nick = self.ask_nick()
        self.socket = socket.create_connection(self.address)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.join()
        while not self.ended:
            self.turn()
        self.close()
        return self.status

    def turn(self) -> None:
        """Waits for either side, and reads once from it."""
        wanted: list[int] = [self.socket.fileno()]
        if self.input_open and self.joined:
            wanted.append(0)
        ready = select.select(wanted, [], [], self.patience())[0]
        if wanted[0] in ready:
            self.on_socket()
        if 0 in ready and not self.ended:
            self.on_input()

    def patience(self) -> float | None:
        """Seconds after which turn() returns though nothing came; None: never."""
        return None

    def close(self) -> None:
        """Lets go of the connection."""
        self.socket.close()

    # What is sent.

    def ask_nick(self) -> str:
        """The first line of standard input."""
        line = b""
        while not line.endswith(b"\n") and (octet := os.read(0, 1)):
            line += octet
        return line.decode().rstrip("\n")

    def join(self) -> None:
        """Sends the join."""
        self.send(self.frame(self.now(), str(self.nick), ""))

    def now(self) -> str:
        """The time that is sent with a frame."""
        return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"

    def frame(self, time: str, nick: str, text: str) -> bytes:
        """The octets of one frame."""
        body = self.body(time, nick, text)
        return self.header(body) + body

    def body(self, time: str, nick: str, text: str) -> bytes:
        """Three fields, and two NULs between them."""
        return b"\0".join(self.encode(field) for field in (time, nick, text))

    def encode(self, field: str) -> bytes:
        """A field as octets."""
        return field.encode()

    def header(self, body: bytes) -> bytes:
        """The length of a body, in ten octets."""
        return b"%-10d" % len(body)

    def send(self, octets: bytes) -> None:
        """Octets to the server."""
        try:
            self.socket.sendall(octets)
        except OSError as error:
            self.on_broken(error)

    # What is typed.

    def on_input(self) -> None:
        """Standard input has something."""
        octets = os.read(0, READ_OCTETS)
        if not octets:
            self.input_open = False
            self.on_input_end()
            return
        self.typed += octets
        *lines, self.typed = self.typed.split(b"\n")
        for line in lines:
            self.on_line(line)

    def on_line(self, line: bytes) -> None:
        """A line was typed."""
        if (why := self.objection(line)) is not None:
            self.say(f"not sent: {why}")
        else:
            self.send(self.frame(self.now(), str(self.nick), line.decode()))

    def objection(self, line: bytes) -> str | None:
        """Why a line cannot be sent."""
        if b"\0" in line:
            return "it contains NUL"
        try:
            line.decode()
        except UnicodeDecodeError:
            return "it is not UTF-8"
        if len(line) + len(str(self.nick).encode()) + 26 > MOST_TO_SEND:
            return "it is too long"
        return None

    def on_input_end(self) -> None:
        """Standard input has ended: the last line, then nothing more is sent."""
        if self.typed:
            self.on_line(self.typed)
        self.socket.shutdown(socket.SHUT_WR)

    # What is received.

    def on_socket(self) -> None:
        """The server has sent something, or has gone."""
        try:
            octets = self.socket.recv(READ_OCTETS)
        except OSError as error:
            self.on_broken(error)
            return
        if octets:
            self.receive(octets)
        else:
            self.on_end()

    def receive(self, octets: bytes) -> None:
        """Takes octets as they come, and shows the frames that are whole."""
        self.buffer += octets
        try:
            while len(self.buffer) >= HEADER_OCTETS:
                end = HEADER_OCTETS + self.measure(self.buffer[:HEADER_OCTETS])
                if len(self.buffer) < end:
                    break
                body, self.buffer = self.buffer[HEADER_OCTETS:end], self.buffer[end:]
                self.on_frame(*self.fields(body))
        except MalformedError as error:
            self.on_malformed(error)

    def measure(self, header: bytes) -> int:
        """The length that a header says."""
        match = _FORM.fullmatch(header)
        if match is None:
            raise MalformedError(f"the header {header!r} is no number")
        number = int(match[1])
        if number > MOST_TO_READ:
            raise MalformedError(f"a body of {number} octets is too large")
        return number

    def fields(self, body: bytes) -> tuple[str, str, str]:
        """The fields of a body."""
        parts = body.split(b"\0")
        if len(parts) != 3:
            raise MalformedError(f"a body with {len(parts) - 1} NULs")
        try:
            time, nick, text = (part.decode() for part in parts)
        except UnicodeDecodeError as error:
            raise MalformedError(f"a body that is not UTF-8: {error}") from None
        return time, nick, text

    def on_frame(self, time: str, nick: str, text: str) -> None:
        """A frame is whole."""
        if nick == "Server" and text == f"[{self.nick}] joined the chat":
            self.joined = True
        self.show(time, nick, text)

    # What is shown.

    def show(self, time: str, nick: str, text: str) -> None:
        """One line for a frame."""
        self.print(f"{self.safe(self.clock(time))} [{self.safe(nick)}] {self.safe(text)}")

    def clock(self, time: str) -> str:
        """A time for a reader in UTC."""
        return in_utc(time)

    def safe(self, text: str) -> str:
        """A text without what drives a terminal (CLIENT-4)."""
        return "".join(f"<{ord(one):02x}>" if self.drives(one) else one for one in text)

    def drives(self, character: str) -> bool:
        """Whether a character drives a terminal."""
        return ord(character) < 32 or 0x7F <= ord(character) < 0xA0 or character in "\u2028\u2029\u202d\u202e"

    def print(self, line: str) -> None:
        """A line on standard output, at once."""
        print(line, flush=True)

    def say(self, sentence: str) -> None:
        """A sentence to the user that is no frame."""
        print(sentence, file=sys.stderr, flush=True)

    # How it ends.

    def on_malformed(self, error: MalformedError) -> None:
        """What the server sent is no frame."""
        self.say(f"the server sent something malformed: {error}")
        self.ended, self.status = True, 1

    def on_end(self) -> None:
        """The server has closed the connection."""
        self.say("the server has closed the connection")
        self.ended = True

    def on_broken(self, error: OSError) -> None:
        """The connection was reset."""
        self.say(f"the connection is broken: {error.strerror}")
        self.ended, self.status = True, 1
