"""What is done with a client, as data: a script of steps, played one after the other.

A wait that runs out ends the playing, unless it is `soft`: then the next step is taken.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from conformance.octets import Out

NICK = "Juno"  # the nick that a client is given, unless the script has another


def token(number: int) -> str:
    """A word that no client prints of its own accord, and that no other token begins with."""
    return f"zq{number:04d}qz"


@dataclass(frozen=True, slots=True)
class Admit:
    """Waits for the client's first frame, and announces its join; `shown` waits until the announcement is on the screen, if
    this client shows anything at all."""

    shown: bool = True


@dataclass(frozen=True, slots=True)
class Greet:
    """Waits for the client's first frame, and answers nothing."""


@dataclass(frozen=True, slots=True)
class Send:
    """Octets to the client in one write; or, with cuts, in several, each of which the client has read before the next."""

    parts: tuple[Out | bytes, ...]
    cuts: tuple[int, ...] = ()

    @property
    def octets(self) -> bytes:
        """All of them."""
        return b"".join(part.octets if isinstance(part, Out) else part for part in self.parts)


@dataclass(frozen=True, slots=True)
class Type:
    """Octets on standard input, line breaks included."""

    octets: bytes


@dataclass(frozen=True, slots=True)
class EndInput:
    """The end of standard input."""


@dataclass(frozen=True, slots=True)
class Heard:
    """Waits until the client has sent a frame whose text ends in these characters."""

    text: str
    soft: bool = False


@dataclass(frozen=True, slots=True)
class Shown:
    """Waits until these characters are on the screen."""

    text: str
    soft: bool = False


@dataclass(frozen=True, slots=True)
class Left:
    """Waits until the client has closed the connection."""

    soft: bool = False


@dataclass(frozen=True, slots=True)
class Told:
    """Waits until the client has printed something, anywhere, that it had not before the latest write; or has ended."""

    soft: bool = True


@dataclass(frozen=True, slots=True)
class Over:
    """The end of standard input, and waits until the client's process has ended, and all that it printed is read."""

    soft: bool = True


@dataclass(frozen=True, slots=True)
class Close:
    """The server goes away: FIN, and nobody accepts a connection any more."""


@dataclass(frozen=True, slots=True)
class Reset:
    """The server resets the connection."""


Step = Admit | Greet | Send | Type | EndInput | Heard | Shown | Left | Told | Over | Close | Reset
Block = tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class Script:
    """One playing.

    Attributes:
        head, tail: what every smaller playing has too.
        blocks: what belongs together and may be left out to find the smallest playing that fails.
        nick: what the client is told to be called.
    """

    head: Block = (Admit(),)
    blocks: tuple[Block, ...] = ()
    tail: Block = ()
    nick: str = NICK

    @property
    def steps(self) -> tuple[Step, ...]:
        """All of them."""
        return (*self.head, *(step for block in self.blocks for step in block), *self.tail)

    @property
    def sent(self) -> list[Out]:
        """The well-formed frames that the client is sent, without the announcement of its join."""
        return [part for step in self.steps if isinstance(step, Send) for part in step.parts if isinstance(part, Out)]

    @property
    def typed(self) -> list[bytes]:
        """The lines on standard input, without their ends."""
        return b"".join(step.octets for step in self.steps if isinstance(step, Type)).splitlines()


def awaited(*frames: Out) -> tuple[Block, ...]:
    """A block for each frame: sent alone, and waited for on the screen by the last word of its text."""
    return tuple((Send((frame,)), Shown(frame.text.split(" ")[-1])) for frame in frames)


def spoken(texts: Iterable[str]) -> tuple[Block, ...]:
    """A block for each text: typed alone, and waited for on the wire."""
    return tuple((Type(text.encode() + b"\n"), Heard(text)) for text in texts)
