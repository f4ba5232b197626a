"""How a faulty server and a friendly odd one are declared and found again."""

import re
from typing import Any, ClassVar

from conformance.faults.base import Server

FAULTS: dict[str, "type[Fault]"] = {}
FRIENDS: dict[str, "type[Friend]"] = {}


def _kebab(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])|(?<=[a-z])(?=[0-9]{3})", "-", name).lower()


class Fault(Server):
    """A server with one mistake. A subclass that says what it breaks is registered under its name in kebab-case.

    Attributes:
        name: such as `echoes-to-sender`.
        breaks: ids of protocol.md: first the one that the mistake is about, then those that it can't help breaking.
        mistake: the mistake in plain words, as a clause without a full stop.
    """

    name: ClassVar[str]
    breaks: ClassVar[tuple[str, ...]]
    mistake: ClassVar[str]

    def __init_subclass__(cls, *, breaks: str | tuple[str, ...] = (), mistake: str = "", **others: Any) -> None:
        super().__init_subclass__(**others)
        if breaks:
            cls.name = _kebab(cls.__name__)
            cls.breaks = (breaks,) if isinstance(breaks, str) else breaks
            cls.mistake = mistake
            FAULTS[cls.name] = cls


class Friend:
    """A server that is odd and within its rights: the suite must pass it. A mix-in for Server, or for any Room with
    serve(), stop() and `port`.

    Attributes:
        name: such as `thread-per-client`.
        oddity: what is odd about it, as a clause without a full stop.
        warns: ids of which it leaves a SHOULD clause unmet; no MUST clause.
    """

    name: ClassVar[str]
    oddity: ClassVar[str]
    warns: ClassVar[tuple[str, ...]]

    def __init_subclass__(cls, *, oddity: str = "", warns: str | tuple[str, ...] = (), **others: Any) -> None:
        super().__init_subclass__(**others)
        if oddity:
            cls.name = _kebab(cls.__name__)
            cls.oddity = oddity
            cls.warns = (warns,) if isinstance(warns, str) else warns
            FRIENDS[cls.name] = cls
