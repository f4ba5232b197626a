"""Clients to play with, and traces made by hand."""

import re
import sys

from conformance.clients.launch import Client
from conformance.clients.play import Waits, play
from conformance.clients.steps import NICK, Script
from conformance.clients.trace import ClientTrace
from conformance.octets import Out, Reader

WAITS = Waits(20.0, 20.0)  # a machine with much else to do fails no test
SHORT = Waits(20.0, 0.05)  # for what does not come


def shipped(name: str = "correct", *, terminal: bool | None = False) -> Client:
    """A shipped client."""
    words = [sys.executable, "-P", "-m", "conformance.clients.faults", "--nick", "{nick}", name, "{host}:{port}"]
    return Client(tuple(words), terminal)


def python(code: str, *, terminal: bool | None = False) -> Client:
    """A client in a few lines; `s` is its connection, and its nick is read."""
    head = "import socket,sys,time,os\nnick=sys.argv[1]\ns=socket.create_connection(('127.0.0.1',int(sys.argv[2])))\n"
    head += "def say(t): b=b'\\0'.join([b'',nick.encode(),t.encode()]); s.sendall(b'%-10d'%len(b)+b)\n"
    return Client((sys.executable, "-c", head + code, "{nick}", "{port}"), terminal)


def played(script: Script, name: str = "correct", waits: Waits = WAITS) -> ClientTrace:
    """What came of a script with a shipped client."""
    return play(shipped(name), script, waits)


def trace(script: Script, octets: bytes = b"", output: str = "", errors: str = "") -> ClientTrace:
    """A playing to its end, in which the client sent these octets and printed these characters."""
    reader = Reader()
    made = ClientTrace(script, frames=list(reader.feed(octets, 1.0, 1.0)), performed=len(script.steps))
    made.garbage, made.unfinished = reader.garbage, reader.unfinished
    made.output += output.encode("utf-8", "surrogateescape")
    made.errors += errors.encode()
    made.connected = made.announced = True
    made.sent = script.sent
    made.begun = dict.fromkeys(range(made.performed), 0.0)
    return made


def join(nick: str = NICK) -> bytes:
    """The octets of a join."""
    return Out(nick, "", "").octets


def chat(*texts: str) -> bytes:
    """The octets of chat frames."""
    return b"".join(Out(NICK, text, "").octets for text in texts)


def rows(out: str) -> dict[str, str]:
    """Verdict by id, from the lines of a run."""
    return {
        row: verdict for verdict, row in re.findall(r"^(pass|fail|warn|inconclusive|not-run) +([A-Z]+-\d+) ", out, re.M)
    }


def is_running(pid: int) -> bool:
    """Whether a process is there, and no zombie that nobody has taken note of."""
    try:
        with open(f"/proc/{pid}/stat", encoding="ascii") as stat:  # noqa: PTH123
            return stat.read().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False
