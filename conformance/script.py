"""Conversations as data: what each party does, down to the octet, and where it waits.

A script is drawn or enumerated whole before anything is sent; nothing in it depends on a reply. Nicks and texts hold
TAG where the player puts characters that are unique to one playing, of the same width, so that cuts stay where they are.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from conformance.octets import NOW, Out, now

TAG = "@@@@@@@@"  # replaced by as many letters and digits at each playing


@dataclass(frozen=True, slots=True)
class Open:
    """A party connects."""

    who: str


@dataclass(frozen=True, slots=True)
class Send:
    """A party writes frames, or raw octets, as one stretch of octets.

    Attributes:
        parts: well-formed frames, or octets as they are.
        cuts: offsets in the stretch at which it is cut; the pieces are sent apart, with proof that the server has had
            the time to read each one alone (FRAME-6).
    """

    who: str
    parts: tuple[Out | bytes, ...]
    cuts: tuple[int, ...] = ()

    @property
    def octets(self) -> bytes:
        """The whole stretch."""
        return b"".join(part.octets if isinstance(part, Out) else part for part in self.parts)

    @property
    def is_ascii(self) -> bool:
        """Whether each octet of the stretch is below 128."""
        return all(part.isascii() if isinstance(part, bytes) else part.is_ascii for part in self.parts)

    @property
    def pieces(self) -> list[bytes]:
        """The stretch, cut."""
        octets, edges = self.octets, [0, *sorted(set(self.cuts))]
        return [octets[start:end] for start, end in zip(edges, [*edges[1:], len(octets)], strict=True) if start < end]


@dataclass(frozen=True, slots=True)
class Settle:
    """Everybody waits until all that the room owes has arrived, or cannot arrive any more."""


@dataclass(frozen=True, slots=True)
class Entered:
    """Waits only until a party has heard of its own join: beside traffic nobody can say what else it is owed."""

    who: str


@dataclass(frozen=True, slots=True)
class Hears:
    """Waits until a party, whatever it has done before, has received a chat text, or cannot any more."""

    who: str
    text: str


@dataclass(frozen=True, slots=True)
class Fence:
    """Two round trips of two other members: what was sent before has been read by the server."""


@dataclass(frozen=True, slots=True)
class Apart:
    """A fence that keeps two writes apart and proves nothing: of a server whose answers take long, only the begin of it is
    waited for."""


@dataclass(frozen=True, slots=True)
class Fin:
    """A party ends its writing side."""

    who: str


@dataclass(frozen=True, slots=True)
class Rst:
    """A party resets its connection."""

    who: str


@dataclass(frozen=True, slots=True)
class Close:
    """A party closes its connection whole: it writes and reads no more."""

    who: str


@dataclass(frozen=True, slots=True)
class Measure:
    """Writes down what the server's process holds, where its process id is known.

    Attributes:
        wait: whether it may have some time to be back at what it held at the first measure.
    """

    wait: bool = True


@dataclass(frozen=True, slots=True)
class Ended:
    """Waits until the server has closed a party's connection."""

    who: str


@dataclass(frozen=True, slots=True)
class Answered:
    """Waits for a moment until the server has said something to a party, or has closed its connection. That it does neither is
    no failure of this step."""

    who: str


@dataclass(frozen=True, slots=True)
class Mute:
    """A party stops reading, with small buffers where the system allows; `Unmute` resumes."""

    who: str


@dataclass(frozen=True, slots=True)
class Unmute:
    """A party reads again."""

    who: str


@dataclass(frozen=True, slots=True)
class Quiet:
    """Nothing happens for so many seconds, because a requirement speaks of a time (ROBUST-4)."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Idle:
    """Nothing happens for so many seconds; or until this many octets, by which one that does not read is behind, have come to
    the canary meanwhile, or it is gone."""

    seconds: float
    most: int


Step = (
    Open
    | Send
    | Settle
    | Entered
    | Hears
    | Fence
    | Apart
    | Fin
    | Rst
    | Close
    | Ended
    | Answered
    | Measure
    | Mute
    | Unmute
    | Quiet
    | Idle
)


@dataclass(frozen=True, slots=True)
class Script:
    """A whole conversation."""

    steps: tuple[Step, ...]

    @property
    def parties(self) -> list[str]:
        """Who takes part, in order of appearance."""
        return list(dict.fromkeys(step.who for step in self.steps if isinstance(step, Open)))

    @property
    def cuts(self) -> int:
        """How many cuts it asks for."""
        return sum(len(step.pieces) - 1 for step in self.steps if isinstance(step, Send))

    def tagged(self, tag: str) -> "Script":
        """The script with the tag of one playing in it, and the time."""
        if len(tag) != len(TAG):
            raise ValueError(f"a tag has {len(TAG)} characters, not {len(tag)}")

        time = now()

        def mark(part: Out | bytes) -> Out | bytes:
            if isinstance(part, bytes):
                return part.replace(TAG.encode(), tag.encode()).replace(NOW.encode(), time.encode())
            nick, text = part.nick.replace(TAG, tag), part.text.replace(TAG, tag)
            return Out(nick, text, part.time.replace(TAG, tag).replace(NOW, time), part.header)

        def mark_step(step: Step) -> Step:
            if isinstance(step, Send):
                return Send(step.who, tuple(map(mark, step.parts)), step.cuts)
            return Hears(step.who, step.text.replace(TAG, tag)) if isinstance(step, Hears) else step

        return Script(tuple(map(mark_step, self.steps)))


def nick(who: str) -> str:
    """The plain nick of a party: short ASCII, unique to one playing."""
    return f"{who}-{TAG}"


def plain(number: int | str) -> str:
    """A plain text: short ASCII, unique to one playing."""
    return f"hello {number} {TAG}"


def enter(who: str, name: str | None = None, **form: str) -> list[Step]:
    """A party connects and joins, under its plain nick if no other is given, and everybody hears of it."""
    return [Open(who), Send(who, (Out(name if name is not None else nick(who), **form),)), Settle()]


def cast(*parties: str) -> list[Step]:
    """Several parties join one after the other, plainly."""
    return [step for who in parties for step in enter(who)]


def say(who: str, *texts: str, name: str | None = None, **form: str) -> list[Step]:
    """A party says texts, one frame and one write each, and each is read before the next is written: that a server copes
    with frames that arrive together is FRAME-6's business alone."""
    registered = name if name is not None else nick(who)
    return [step for text in texts for step in (Send(who, (Out(registered, text, **form),)), Apart())]


def burst(who: str, *texts: str, name: str | None = None) -> list[Step]:
    """A party says texts without a pause, one write each; they may arrive together."""
    registered = name if name is not None else nick(who)
    return [Send(who, (Out(registered, text),)) for text in texts]


def sentinel(who: str, number: int | str = 0, name: str | None = None) -> list[Step]:
    """A party says something plain, and everybody waits for it: what it said before has arrived or never will (RELAY-6)."""
    return [*burst(who, f"sentinel {number} {TAG}", name=name), Settle()]


def script(*parts: Step | Iterable[Any]) -> Script:
    """Puts steps and lists of steps together.

    Raises:
        TypeError: something among them is no step.
    """
    steps: list[Step] = []
    for part in parts:
        steps.extend([part] if isinstance(part, Step) else part)
    for step in steps:
        if not isinstance(step, Step):
            raise TypeError(f"{step!r} is no step")
    return Script(tuple(steps))
