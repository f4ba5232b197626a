"""The canary: two members of the suite's own, by whose round trips it knows that the server has been round its loop."""

import statistics
import time
from collections.abc import Callable
from typing import Protocol

from conformance.octets import Got, Out, now
from conformance.peer import Peer
from conformance.playing import Playing, Wait

RESENT_AFTER = 0.25  # seconds after which a round trip that did not come back is tried again: one frame may be lost


def shorter(patience: float, round_trip: float) -> float:
    """Seconds of one wait where a whole one was in vain before: above what ROBUST-2 and ROBUST-3 allow."""
    return min(patience, max(2.0, 40 * round_trip))


class Opener(Protocol):
    """What the pulse needs of the stage."""

    def tag(self) -> str:
        """Characters that no other playing has."""

    def peer(self, on_frame: Callable[[Got], None] | None = None, *, small: bool = False) -> Peer:
        """Opens a connection."""


class Pulse:
    """Two members of the suite's own, one of them talking to the other: the canary, and the clock of the server's turns.

    A server that answers their second message after an octet was queued has been round its loop with that octet in reach
    (for a server with one loop: proof; with a thread for each connection: overwhelming evidence).

    Attributes:
        lived: whether the two were ever joined.
        trips: how long each round trip took, in seconds.
    """

    def __init__(self, stage: Opener) -> None:
        self._stage = stage
        self._speaker: Peer | None = None
        self._listener: Peer | None = None
        self._names = ("", "")
        self._entered: set[str] = set()
        self._text: str | None = None
        self._sent_at = 0.0
        self._first_sent_at = 0.0
        self._completed = 0
        self._wanted = 0
        self._number = 0
        self.lived = False
        self.trips: list[float] = []

    @property
    def busy(self) -> bool:
        """Whether somebody waits for a round trip."""
        return self._completed < self._wanted

    @property
    def received(self) -> int:
        """Octets that have come to the listening one, which is owed what everybody else is."""
        return self._listener.received if self._listener is not None else 0

    @property
    def alive(self) -> bool:
        """Whether both members are joined and readable."""
        return len(self._entered) == 2 and not any(
            peer is None or peer.ended or peer.reader.garbage is not None for peer in (self._speaker, self._listener)
        )

    @property
    def round_trip(self) -> float:
        """The median of the round trips so far, in seconds; 0 before the first."""
        return statistics.median(self.trips[-200:]) if self.trips else 0.0

    def begin(self, patience: float) -> Playing[bool]:
        """Joins the two, afresh if need be, waiting so many seconds for each; gives whether they are there."""
        if self.alive:
            return True
        self.end()
        tag = self._stage.tag()
        self._names = (f"pulse-{tag}", f"canary-{tag}")
        self._entered = set()
        self._listener = self._stage.peer(self._heard)
        self._listener.reader.only = tag.encode()  # it hears the whole run
        self._listener.write(Out(self._names[1], time=now()).octets)
        met = yield Wait(lambda: self._is_settled(self._names[1], self._listener), patience)
        if not met or self._names[1] not in self._entered:
            return False
        self._speaker = self._stage.peer(self._overheard)
        self._speaker.reader.only = tag.encode()
        self._speaker.write(Out(self._names[0], time=now()).octets)
        yield Wait(lambda: self._is_settled(self._names[0], self._speaker), patience)
        self.lived = self.lived or self.alive
        return self.alive

    def _is_settled(self, name: str, peer: Peer | None) -> bool:
        return name in self._entered or peer is None or peer.ended is not None or peer.reader.garbage is not None

    def end(self) -> None:
        """Lets the two go."""
        for peer in (self._speaker, self._listener):
            if peer is not None:
                peer.retire()
        self._speaker = self._listener = None
        self._entered = set()
        self._text = None
        self._wanted = self._completed

    def ticket(self, trips: int = 2) -> Callable[[], bool]:
        """Asks for so many whole round trips from now on; the result says whether they are done."""
        goal = self._completed + (self._text is not None) + trips
        self._wanted = max(self._wanted, goal)
        return lambda: self._completed >= goal

    def drive(self) -> None:
        """Sends the next message if one is wanted and none is under way, or if the last one seems lost."""
        if not self.busy or not self.alive or self._speaker is None:
            return
        at = time.monotonic()
        if self._text is not None and at - self._sent_at < min(1.0, max(RESENT_AFTER, 20 * self.round_trip)):
            return
        if self._text is None:
            self._first_sent_at = at
        self._number += 1
        self._text = f"{self._names[0]} {self._number}"
        self._sent_at = at
        self._speaker.write(Out(self._names[0], self._text, now()).octets)

    def _overheard(self, frame: Got) -> None:
        """Nobody reads again what they have heard."""
        for peer in (self._speaker, self._listener):
            if peer is not None:
                peer.reader.frames.clear()

    def _heard(self, frame: Got) -> None:
        self._overheard(frame)
        for name in self._names:
            if frame.is_service and frame.text == f"[{name}] joined the chat":
                self._entered.add(name)
        if self._text is not None and frame.text == self._text:
            self._completed += 1
            self._text = None
            self.trips.append(frame.at - self._first_sent_at)
            self.drive()
