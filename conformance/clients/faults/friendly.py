"""Clients that are odd and within their rights."""

import os
import select
import socket
import struct
import sys
import threading
import time

from conformance.clients.faults.base import MalformedError
from conformance.clients.faults.fault import ClientFriend

BATCH_SECONDS = 0.1


class PrintsInBatches(ClientFriend, oddity="what it shows comes late, several lines at once"):
    lines: tuple[str, ...] = ()
    due = 0.0

    def print(self, line: str) -> None:
        self.due = self.due if self.lines else time.monotonic() + BATCH_SECONDS
        self.lines = (*self.lines, line)

    def patience(self) -> float | None:
        return max(0.0, self.due - time.monotonic()) if self.lines else None

    def turn(self) -> None:
        super().turn()
        if self.lines and time.monotonic() >= self.due:
            self.flush()

    def flush(self) -> None:
        """Prints what has gathered."""
        lines, self.lines = self.lines, ()
        for line in lines:
            super().print(line)

    def close(self) -> None:
        self.flush()
        super().close()


class SendsOctetWise(ClientFriend, oddity="each octet is written by itself"):
    def send(self, octets: bytes) -> None:
        if len(octets) > 20_000:
            super().send(octets)  # it would take minutes
        else:
            for place in range(len(octets)):
                super().send(octets[place : place + 1])


class AsksTheNick(ClientFriend, oddity="it asks for the nick and prompts for each line, with times of its own layout"):
    def __init__(self, nick: str | None, host: str, port: int) -> None:
        super().__init__(None, host, port)

    def ask_nick(self) -> str:
        print("What is your name? ", end="", flush=True)
        nick = super().ask_nick()
        print(f"Welcome, {nick}!\n> ", end="", flush=True)
        return nick

    def print(self, line: str) -> None:
        print(f"\r· {line}\n> ", end="", flush=True)

    def clock(self, time: str) -> str:
        shown = super().clock(time)
        return shown if shown == time else f"({shown.replace(':', 'h', 1)})"


class FillsOnTheLeft(ClientFriend, warns="FRAME-2", oddity="its headers are filled with zeros on the left"):
    def header(self, body: bytes) -> bytes:
        return b"%010d" % len(body)


class SendsNoTimes(ClientFriend, oddity="its frames have no time, and behind the join no nick"):
    def frame(self, time: str, nick: str, text: str) -> bytes:
        return super().frame("", "" if self.joined else nick, text)


class BuffersItsOutput(
    ClientFriend, oddity="what it prints comes at once only on a terminal, else when it ends, as in C"
):
    held: tuple[str, ...] = ()

    def print(self, line: str) -> None:
        if sys.stdout.isatty():
            super().print(line)
        else:
            self.held = (*self.held, line)

    def say(self, sentence: str) -> None:
        self.print(sentence)

    def close(self) -> None:
        for line in self.held:
            super().print(line)
        super().close()


class ResetsAtTheEnd(ClientFriend, oddity="it ends connections with RST, and at the end of input it stays"):
    def close(self) -> None:
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        super().close()

    def on_input_end(self) -> None:
        if self.typed:
            self.on_line(self.typed)


class ColoursAndEchoes(ClientFriend, oddity="it has colours of its own, and repeats what was typed"):
    def show(self, time: str, nick: str, text: str) -> None:
        shown = f"\x1b[36m[{self.safe(nick)}]\x1b[0m {self.safe(text)}"
        self.print(f"\x1b[2m{self.safe(self.clock(time))}\x1b[0m {shown}")

    def on_line(self, line: bytes) -> None:
        super().on_line(line)
        if self.objection(line) is None:
            self.show(self.now(), str(self.nick), line.decode())


class ReadsSevenOctets(ClientFriend, oddity="it reads seven octets at a time, and what is large in one go"):
    def on_socket(self) -> None:
        waiting = self.socket.recv(70_000, socket.MSG_PEEK) if self.buffer else b""
        if len(waiting) > 60_000 or len(self.buffer) > 60_000:
            super().on_socket()
            return
        try:
            octets = self.socket.recv(7)
        except OSError as error:
            self.on_broken(error)
            return
        if octets:
            self.receive(octets)
        else:
            self.on_end()


class ThreadForEachSide(ClientFriend, oddity="one thread reads the connection, another one the input"):
    def run(self) -> int:
        self.nick = self.nick if self.nick is not None else self.ask_nick()
        self.socket = socket.create_connection(self.address)
        self.join()
        threading.Thread(target=self.listen, daemon=True).start()
        while self.input_open:
            if select.select([0], [], [], 0.05)[0]:
                self.on_input()
            elif self.ended:
                break
        while not self.ended:
            time.sleep(0.02)
        return self.status

    def listen(self) -> None:
        """Reads until the server goes."""
        while not self.ended:
            self.on_socket()


class StaysAfterTheEnd(ClientFriend, oddity="when the server goes away it says so, and waits for its user to leave"):
    def on_end(self) -> None:
        self.say("the server has closed the connection; Ctrl-D leaves")
        self.linger()

    def on_malformed(self, error: MalformedError) -> None:
        super().on_malformed(error)
        self.linger()

    def on_broken(self, error: OSError) -> None:
        super().on_broken(error)
        self.linger()

    def linger(self) -> None:
        """Reads the input to its end."""
        self.socket.close()
        while os.read(0, 4096):
            pass
        self.ended = True
