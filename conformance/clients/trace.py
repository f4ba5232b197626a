"""What happened in one playing with a client: the evidence that judges read."""

from dataclasses import dataclass, field
from typing import Literal

from conformance.clients.steps import Script, Step
from conformance.octets import Got, Out

What = Literal[
    "started", "opened", "sent", "received", "typed", "input-ended", "shown", "said", "left", "dropped", "closed",
    "aborted", "exited", "expired",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that happened, at so many monotonic seconds."""

    at: float
    what: What
    octets: bytes = b""
    note: str = ""


@dataclass(slots=True)
class ClientTrace:
    """The record of a playing.

    Attributes:
        entries: all that happened, in its order.
        frames: what the client sent; `garbage`: from the first header on that is none; `unfinished`: behind the last frame.
        announced: the join was announced.
        sent: the well-formed frames that went to the client, the announcement of its join first.
        output, errors: all that it has printed.
        marks: how much of both it had printed when a step began.
        left: how it closed the connection, if it did; maybe because the server had.
        exit: the status of its process, negative for a signal; None: it still ran at the end.
        performed: how many steps were begun.
        expired: the steps whose waits ran out.
        cuts: how many pieces were sent apart, and of these how many surely were read apart.
        started: seconds from the start of the process to its first octet.
    """

    script: Script
    entries: list[Entry] = field(default_factory=list)
    frames: list[Got] = field(default_factory=list)
    garbage: bytes | None = None
    unfinished: bytes = b""
    connected: bool = False
    announced: bool = False
    sent: list[Out] = field(default_factory=list)
    output: bytearray = field(default_factory=bytearray)
    errors: bytearray = field(default_factory=bytearray)
    marks: dict[int, tuple[int, int]] = field(default_factory=dict)
    begun: dict[int, float] = field(default_factory=dict)
    left: Literal["fin", "reset"] | None = None
    exit: int | None = None
    performed: int = 0
    expired: dict[int, Step] = field(default_factory=dict)
    cuts: tuple[int, int] = (0, 0)
    started: float = 0.0
    patience: float = 0.0

    @property
    def ended_by_wait(self) -> bool:
        """Whether a wait ran out."""
        return bool(self.expired)

    @property
    def texts(self) -> list[str]:
        """The texts of the frames behind the join."""
        return [frame.text for frame in self.frames[1:]]

    def printed_since(self, step: int) -> bytes:
        """What was printed from the beginning of a step on, on both streams."""
        output, errors = self.marks.get(step, (len(self.output), len(self.errors)))
        return bytes(self.output[output:]) + b"\n" + bytes(self.errors[errors:])
