"""What happened in one playing of a script: the evidence that judges read."""

import statistics
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from conformance.octets import Got
from conformance.process import Usage
from conformance.room import Room
from conformance.script import Script, Send, Step

Ending = Literal["fin", "reset", "unreachable"]


class Entry(NamedTuple):
    """One thing that happened, at so many monotonic seconds.

    Attributes:
        raw: the octets of what was sent in pieces. Those of a received frame are the frame's, and those of a step that was
            sent whole are the step's, and not kept twice: there may be hundreds of megabytes.
    """

    at: float
    who: str
    what: Literal["opened", "sent", "received", "fin", "reset", "unreachable", "finished", "aborted", "expired"]
    raw: bytes = b""
    frame: Got | None = None
    step: Send | None = None

    @property
    def octets(self) -> bytes:
        """What went over the wire."""
        if self.frame is not None:
            return self.frame.octets
        return self.step.octets if self.step is not None else self.raw


@dataclass(slots=True)
class Trace:
    """The record of a playing.

    Attributes:
        script: what was played, with its tag in it.
        tag: the characters that are unique to this playing.
        performed: how many steps were begun.
        expired: the step whose wait ran out, if one did: the steps behind it were not played.
        cuts_confirmed, cuts_likely: pieces that were sent apart, with and without proof (FRAME-6).
        canary_late: a round trip of two other members did not come back in time either.
        muted: who did not read at the end.
        usage: what the server's process held, at each step that asked.
        waits: seconds that each wait took, by the index of its step.
        round_trip: seconds that the canary's messages took, the median so far.
    """

    script: Script
    tag: str = ""
    entries: list[Entry] = field(default_factory=list)
    frames: dict[str, list[Got]] = field(default_factory=dict)
    garbage: dict[str, bytes] = field(default_factory=dict)
    unfinished: dict[str, bytes] = field(default_factory=dict)
    muted: set[str] = field(default_factory=set)
    ended: dict[str, Ending] = field(default_factory=dict)
    ended_at: dict[str, float] = field(default_factory=dict)
    opened_at: dict[str, float] = field(default_factory=dict)
    sent_at: dict[int, float] = field(default_factory=dict)
    waits: dict[int, float] = field(default_factory=dict)
    usage: list[Usage] = field(default_factory=list)
    performed: int = 0
    expired: Step | None = None
    cuts_confirmed: int = 0
    cuts_likely: int = 0
    canary_late: bool = False
    round_trip: float = 0.0
    _room: tuple[Script, int, Room] | None = field(default=None, init=False, repr=False, compare=False)

    @property
    def room(self) -> Room:
        """What a faithful server owes for the steps that were begun; made once, for all who judge: not to be changed."""
        if self._room is None or self._room[0] is not self.script or self._room[1] != self.performed:
            self._room = (self.script, self.performed, Room(self.steps))
        return self._room[2]

    @property
    def began_too_late(self) -> bool:
        """Whether nobody listened any more when it began: what is wrong then is not of this conversation's making."""
        return any(self.ended.get(who) == "unreachable" for who in self.script.parties[:1])

    def delay_allowed(self, before: list[float]) -> float:
        """Seconds that a message between others may take, where it took so long before: a second and twenty times the median
        (protocol.md, "Delays"). A server may pause now and then, so what it took in the whole run counts too."""
        return 1.0 + 20 * max(statistics.median(before), self.round_trip)

    @property
    def steps(self) -> tuple[Step, ...]:
        """The steps that were begun."""
        return self.script.steps[: self.performed]


@dataclass(frozen=True, slots=True)
class Difference:
    """One way in which a trace is not what the specification demands.

    Attributes:
        requirement: the id whose sentence it breaks when nothing unusual was sent.
        expected, seen: in words, for a person.
        who: the party at which it was seen.
        decided_by: `frame`, `sentinel`, `closed`, `deadline` or `process`.
        is_anonymous: it names nobody of the conversation, so that it may be of another one, or a stranger's: what has not come
            back proves nothing.
    """

    requirement: str
    expected: str
    seen: str
    who: str
    decided_by: Literal["frame", "sentinel", "closed", "deadline", "process"]
    is_anonymous: bool = False
