"""Plays a script with a client, and records what happens."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import pairwise

from conformance.clients import screen
from conformance.clients.judging import typed_by
from conformance.clients.launch import Client
from conformance.clients.pump import Pump
from conformance.clients.steps import (
    Admit,
    Close,
    EndInput,
    Greet,
    Heard,
    Left,
    Over,
    Reset,
    Script,
    Send,
    Shown,
    Step,
    Told,
    Type,
)
from conformance.clients.trace import ClientTrace
from conformance.clients.unread import proof
from conformance.octets import NOW, Out, joined, now
from spec.nicks import SERVER_NICK

LAST_LOOK = 0.3  # seconds for a client to end by itself when all is done: its exit status is a curiosity
QUICK = 0.0005  # seconds between two looks at whether a client has read a piece


@dataclass(frozen=True, slots=True)
class Waits:
    """How long what is waited for may take, in seconds: a start, and anything else."""

    start: float = 15.0
    other: float = 5.0

    def longer(self, factor: float) -> "Waits":
        """So many times as long; but a start is given no less."""
        return Waits(self.start * max(1.0, factor), self.other * factor)


def play(
    client: Client, script: Script, waits: Waits, *, blind: bool = False, stop: threading.Event | None = None
) -> ClientTrace:
    """Plays a script from the start of the client to its end.

    Args:
        blind: nothing that this client shows is waited for where it does not matter.
        stop: set from another thread, it ends every wait.

    Raises:
        TargetError: the client cannot be started.
    """
    trace = ClientTrace(script, patience=waits.other)
    return _Playing(Pump(client, trace, stop), waits, asks_nick=client.asks_nick, blind=blind).run()


class _Playing:
    def __init__(self, pump: Pump, waits: Waits, *, asks_nick: bool, blind: bool) -> None:
        self.pump, self.trace, self.waits, self.blind = pump, pump.trace, waits, blind
        self.asks_nick = asks_nick
        self.written = (0, 0)  # what had been printed at the latest write

    def run(self) -> ClientTrace:
        try:
            if self.asks_nick:
                self.pump.type(self.trace.script.nick.encode() + b"\n")
            for number, step in enumerate(self.trace.script.steps):
                self.trace.performed = number + 1
                self.trace.marks[number] = len(self.trace.output), len(self.trace.errors)
                self.trace.begun[number] = time.monotonic()
                if not self._do(step):
                    self.trace.expired[number] = step
                    self.pump.record("expired", note=_awaited(step))
                    if not getattr(step, "soft", False):
                        break
            # What has come is read; and one that has left is given a moment to end.
            self.pump.until(lambda: self.pump.is_over, LAST_LOOK if self.trace.left is not None else 0.0)
        finally:
            self.pump.close()
        return self.trace

    def _do(self, step: Step) -> bool:
        """One step; gives whether what it waits for came in time."""
        if isinstance(step, Send | Type | Close | Reset | EndInput):
            self.written = len(self.trace.output), len(self.trace.errors)
        match step:
            case Admit(shown=shown):
                return self._admit(shown=shown)
            case Greet():
                return self._greet()
            case Send():
                return self._send(step)
            case Type(octets=octets):
                self.pump.type(octets)
            case EndInput():
                self.pump.end_input()
            case Heard(text=text):
                return self._hear(text)
            case Shown(text=text):
                return self._wait(lambda: self._is_shown(text), gone=False)
            case Left():
                return self._wait(lambda: self.trace.left is not None, gone=False)
            case Told():
                return self._wait(self._has_told, gone=False) or self.pump.is_over
            case Over():
                if self.pump.program.input is not None:
                    self.pump.end_input()
                return self.pump.until(lambda: self.pump.is_over, self.waits.other)
            case Close():
                self.pump.finish()
            case Reset():
                self.pump.reset()
        return True

    def _hear(self, text: str) -> bool:
        """Waits for a text; but not if as many frames have come as lines were typed, and this is not the last one."""

        def is_there() -> bool:
            return any(frame.text.endswith(text) if text else not frame.text for frame in self.trace.frames[1:])

        typed = len(typed_by(self.trace))
        return self._wait(lambda: is_there() or len(self.trace.frames) > typed, gone=True) and is_there()

    def _wait(self, holds: Callable[[], bool], *, gone: bool) -> bool:
        """Waits for something of a client that lives: of one that has ended, or (`gone`) cannot be heard, it does not come."""

        def is_decided() -> bool:
            return holds() or self.pump.is_over or (gone and self.pump.is_broken)

        self.pump.until(is_decided, self.waits.other)
        return holds()

    def _is_shown(self, text: str) -> bool:
        # Only what is new has to be searched; a word may have come in two pieces.
        return text.encode() in self.trace.output

    def _has_told(self) -> bool:
        output, errors = self.written
        return bool((self.trace.output[output:] + self.trace.errors[errors:]).strip())

    def _greet(self) -> bool:
        """A start may take long; what has begun to come may not."""
        begun, frames = time.monotonic(), self.trace.frames
        self.pump.until(lambda: self.pump.is_heard or self.pump.is_broken or self.pump.is_over, self.waits.start)
        self.trace.started = time.monotonic() - begun
        self.pump.until(lambda: bool(frames) or self.pump.is_broken or self.pump.is_over, self.waits.other)
        return bool(frames)

    def _admit(self, *, shown: bool) -> bool:
        if not self._greet():
            return False
        nick = self.trace.frames[0].nick or self.trace.script.nick
        announcement = Out(SERVER_NICK, joined(nick))
        self._write(announcement)
        self.trace.announced = True
        if shown and not self.blind:
            return self._wait(lambda: screen.has(self.trace.output, joined(nick)), gone=False)
        return True

    def _write(self, *parts: Out | bytes) -> None:
        stamped = [replace(part, time=now()) if isinstance(part, Out) and part.time == NOW else part for part in parts]
        self.trace.sent += [part for part in stamped if isinstance(part, Out)]
        self.pump.send(b"".join(part.octets if isinstance(part, Out) else part for part in stamped))

    def _send(self, step: Send) -> bool:
        if not step.cuts:
            self._write(*step.parts)
            # A large frame goes as the client reads; a client that does not read it has to be found out here.
            return self.pump.until(lambda: self.pump.is_idle or self.pump.is_over, self.waits.other)
        octets = step.octets.replace(NOW.encode(), now().encode())
        self.trace.sent += [part for part in step.parts if isinstance(part, Out)]
        places = [0, *step.cuts, len(octets)]
        self._confirm()  # nor does the first piece come with what was sent before
        for start, stop in pairwise(places):
            self.pump.send(octets[start:stop])
            if stop < len(octets):
                known = self._confirm()
                if known is None:
                    return False  # it reads no more: each further piece would cost a whole wait
                self.trace.cuts = self.trace.cuts[0] + 1, self.trace.cuts[1] + (known == "read")
        return True

    def _confirm(self) -> str | None:
        """Waits until the client has read what it was sent, so that the next piece comes as one; gives the proof of it."""
        known: list[str | None] = [None]

        def has_read() -> bool:
            connection = self.pump.connection
            known[0] = proof(connection) if connection is not None and self.pump.is_idle else None
            return known[0] is not None or connection is None or self.trace.left is not None

        self.pump.until(has_read, self.waits.other, QUICK)
        return known[0]


def _awaited(step: Step) -> str:
    match step:
        case Greet():
            return "the join"
        case Admit():
            return "the join, or for its announcement to be shown"
        case Heard(text=text):
            return f"a frame with the text {text[:60]!r}"
        case Shown(text=text):
            return f"{text[:60]!r} on the screen"
        case Left():
            return "the client to close the connection"
        case Told():
            return "a word of the client"
        case Over():
            return "the client to end"
        case _:
            return "the client to read"
