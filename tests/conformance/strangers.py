"""Other people on a server: each is a thread with a socket that does something whenever it hears of somebody else."""

import contextlib
import random
import socket
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest

import conformance.checks  # noqa: F401  # registers them
from conformance.check import CHECKS, Plan
from conformance.faults import Server
from conformance.faults.frames import Peer
from conformance.octets import Got, Out, Reader, announced, left
from conformance.script import Script
from conformance.session import Session
from conformance.stage import Stage
from conformance.trace import Trace
from tests.conformance.helpers import DEADLINE_S, Said, heard_by_all, stage_for, trace_of

TAG = "test0001"
Reaction = Callable[["Stranger", Got], None]


class Crowd:
    """All the strangers on one server. They react to outsiders only, so that they do not keep each other talking."""

    def __init__(self, address: str) -> None:
        host, _, port = address.rpartition(":")
        self.address = (host, int(port))
        self.nicks: set[str] = set()
        self.members: list[Stranger] = []

    def add(self, nick: str, react: Reaction) -> "Stranger":
        """One more joins; it is there when this returns."""
        self.nicks.add(nick)
        self.members.append(Stranger(self, nick, react))
        return self.members[-1]

    def is_outside(self, frame: Got) -> bool:
        """Whether a frame is about somebody who is no stranger."""
        said = announced(frame.text) if frame.is_service else None
        return (said[1] if said is not None else frame.nick) not in self.nicks | {"Server"}

    def close(self) -> None:
        """All go; an error of one of them is raised here."""
        for member in self.members:
            member.end()
        for member in self.members:
            if member.problem is not None:
                raise member.problem


class Stranger:
    """One of them.

    Attributes:
        said: how many messages it has sent.
        visits: how often it has joined.
        problem: the error that ended it.
    """

    def __init__(self, crowd: Crowd, nick: str, react: Reaction) -> None:
        self.crowd = crowd
        self.nick = nick
        self.react = react
        self.said = 0
        self.visits = 0
        self.problem: Exception | None = None
        self._over = threading.Event()
        self._swap = threading.Lock()
        self._socket = self._connected()
        self.join(nick)
        self._thread = threading.Thread(target=self._live)
        self._thread.start()

    def say(self, text: str) -> None:
        """Sends a message."""
        self._socket.sendall(Out(self.nick, text).octets)
        self.said += 1

    def join(self, nick: str) -> None:
        """Asks for a nick, and waits until it is announced."""
        self.nick = nick
        self.crowd.nicks.add(nick)
        self._reader = Reader()
        self._socket.sendall(Out(nick).octets)
        while not self._reader.frames:
            octets = self._socket.recv(65536)
            assert octets, f"{nick!r} was not let in"
            list(self._reader.feed(octets, 0.0, 0.0))
        assert self._reader.frames[0].text == f"[{nick}] joined the chat"
        self.visits += 1
        self._socket.settimeout(None)  # it may be long until somebody is heard; end() wakes it

    def come_back(self, nick: str | None = None) -> None:
        """Leaves, and joins again at once when the server has closed its side; under another nick if one is given."""
        self._socket.shutdown(socket.SHUT_WR)
        while self._socket.recv(65536):
            pass
        with self._swap:
            self._socket.close()
            self._socket = self._connected()
        if not self._over.is_set():
            self.join(nick if nick is not None else self.nick)

    def end(self) -> None:
        """Leaves for good."""
        self._over.set()
        with self._swap, contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._thread.join(DEADLINE_S)
        self._socket.close()
        assert not self._thread.is_alive()

    def _connected(self) -> socket.socket:
        return socket.create_connection(self.crowd.address, DEADLINE_S)

    def _live(self) -> None:
        try:
            while not self._over.is_set() and (octets := self._socket.recv(65536)):
                for frame in list(self._reader.feed(octets, 0.0, 0.0)):
                    if self.crowd.is_outside(frame) and not self._over.is_set():
                        self.react(self, frame)
        except (OSError, AssertionError) as problem:
            if not self._over.is_set():  # else it is the end that broke it off
                self.problem = problem


# What they do.


def listen(stranger: Stranger, frame: Got) -> None:
    """Does nothing."""


def chatter(*texts: str) -> Reaction:
    """Says the next of some texts whenever somebody joins."""

    def react(stranger: Stranger, frame: Got) -> None:
        if frame.is_service and frame.text.endswith("] joined the chat"):
            stranger.say(texts[stranger.said % len(texts)])

    return react


def parrot(stranger: Stranger, frame: Got) -> None:
    """Says what it hears."""
    if not frame.is_service:
        stranger.say(frame.text)


def come_and_go(stranger: Stranger, frame: Got) -> None:
    """Leaves and joins again at each join of somebody else."""
    if frame.is_service and frame.text.endswith("] joined the chat"):
        stranger.come_back()


@contextlib.contextmanager
def visited(address: str, **strangers: Reaction) -> Iterator[Crowd]:
    """Strangers on a server, gone with the block."""
    crowd = Crowd(address)
    try:
        for nick, react in strangers.items():
            crowd.add(nick, react)
        yield crowd
    finally:
        crowd.close()


class Counting(Server):
    """A server that counts: `most` connections at once, `connections` in all, the strangers' included."""

    most = 0

    def on_connect(self, peer: Peer) -> None:
        self.most = max(self.most, len(self.peers))
        super().on_connect(peer)


# Strangers in traces of faithful servers, made by hand.

Manner = Callable[[Said], list[Said]]


def of(nick: str, *texts: str) -> list[Said]:
    """Somebody joins, says this and leaves."""
    return [("Server", f"[{nick}] joined the chat"), *((nick, text) for text in texts), ("Server", left(nick))]


def traces(name: str, manner: Manner) -> Iterator[Trace]:
    """What a check's first scripts give on a faithful server, on which somebody behaves so."""
    cases = CHECKS[name].cases
    assert cases is not None
    for script in [one for one in cases(Plan("quick", random.Random("1"))) if len(one.steps) < 150][:2]:
        tagged = script.tagged(TAG)
        heard = heard_by_all(tagged)
        there = {who: [one for frame in frames for one in (frame, *manner(frame))] for who, frames in heard.items()}
        trace = trace_of(tagged, there)
        trace.tag = TAG
        trace.opened_at = dict.fromkeys(tagged.parties, 0.0)
        yield trace


def blamed(manner: Manner) -> set[str]:
    """The checks that find something wrong."""
    enumerated = [name for name, one in CHECKS.items() if one.cases is not None]
    return {name for name in enumerated for trace in traces(name, manner) if CHECKS[name].relevant(trace)}


def went_gently(monkeypatch: pytest.MonkeyPatch, heard: Callable[[Said], Said], *checks: str) -> bool | None:
    """Whether a run goes on gently when every frame of some checks arrives in another spelling."""

    def play(stage: Stage, script: Script, patience: float, *, aside: bool) -> Any:
        yield from ()
        tagged = script.tagged(TAG)
        return trace_of(tagged, {who: [*map(heard, said)] for who, said in heard_by_all(tagged).items()})

    monkeypatch.setattr("conformance.session.play", play)
    with stage_for(("127.0.0.1", 9)) as stage:  # nothing connects
        session = Session(stage)
        for name in checks:
            cases = CHECKS[name].cases
            assert cases is not None
            session.play_all(list(cases(Plan("quick", random.Random("1")))), 4, lambda trace: False)
    return session.gentle


def spelled(spell: Callable[[str], str]) -> Callable[[Said], Said]:
    """Every nick in another spelling, in announcements and in messages."""

    def heard(said: Said) -> Said:
        nick, text = said
        if nick != "Server":
            return spell(nick), text
        return nick, f"[{spell(text[1 : text.rindex(']')])}{text[text.rindex(']') :]}"

    return heard


def speaks(monkeypatch: pytest.MonkeyPatch, name: str) -> bool | None:
    """Whether a run goes on gently when somebody of that name says something that is not ours."""

    def heard(said: Said) -> Said:
        return (name, "good morning") if said[0] != "Server" else said

    return went_gently(monkeypatch, heard, "RELAY-1/many-messages")
