"""The errors.

    ProtocolError
      LocalProtocolError     you: a call that the protocol does not allow; nothing was sent and nothing changed
      RemoteProtocolError    they: octets received that cannot be a frame; the connection cannot be read any further

Errors of the definition (`spec.wire.WireError`) are translated here, once, and never leave the codec.
"""

from functools import partial
from typing import Any, Self

from spec.wire import WireError

# The remedies. They are words, so that they can stand in a log or be shown to a user as they are.
CLOSE = "close"  # FRAME-4, FRAME-8, BODY-3
REFUSE_AND_CLOSE = "refuse and close"  # BODY-3 as a first frame, JOIN-5
DO_NOT_SEND = "do not send"  # CLIENT-1: the user is told

_SHOWN_CHARACTERS = 80  # of what was got: a legal text has a million, and an error is for one line of a log


class ProtocolError(Exception):
    """What the protocol does not allow. Its string is a sentence for a human: expected, got, and where.

    Attributes:
        requirement: the id of the requirement that is broken, such as FRAME-8.
        part: `header` or `body`; None if no octet is to blame.
        octet: the index in that part of the first octet that cannot stand there, from 0; None if part is.
        remedy: what to do about it: `close`, `refuse and close`, or `do not send`.
    """

    def __init__(
        self, sentence: str, *, requirement: str, remedy: str, part: str | None = None, octet: int | None = None
    ) -> None:
        super().__init__(f"{requirement}: {sentence}")
        self.requirement = requirement
        self.part = part
        self.octet = octet
        self.remedy = remedy

    def __reduce__(self) -> tuple[Any, ...]:
        """Copies and pickles it, as between processes."""
        given: dict[str, Any] = {
            "requirement": self.requirement,
            "remedy": self.remedy,
            "part": self.part,
            "octet": self.octet,
        }
        return partial(type(self), **given), (str(self).removeprefix(f"{self.requirement}: "),)

    @classmethod
    def from_wire(cls, error: WireError, remedy: str) -> Self:
        """The same complaint as the definition's, with a remedy."""
        place = f"at octet {error.octet} of the {error.part}"
        sentence = f"expected {error.expected}, got {_shortened(error.got)} {place}"
        return cls(sentence, requirement=error.requirement, remedy=remedy, part=error.part, octet=error.octet)


class LocalProtocolError(ProtocolError):
    """You asked for something that the protocol does not allow. Nothing was sent, and no state has changed."""


class RemoteProtocolError(ProtocolError):
    """The peer sent something that cannot be a frame. Where the next one begins is unknown: close (FRAME-4)."""


def _shortened(got: str) -> str:
    if len(got) <= _SHOWN_CHARACTERS:
        return got
    return f"{got[:_SHOWN_CHARACTERS]}... ({len(got)} characters)"
