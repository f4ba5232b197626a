"""How a faulty client and a friendly odd one are declared and found again."""

import re
from typing import Any, ClassVar

from conformance.clients.faults.base import Client

CLIENT_FAULTS: dict[str, "type[ClientFault]"] = {}
CLIENT_FRIENDS: dict[str, "type[ClientFriend]"] = {}


def _kebab(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])|(?<=[a-z])(?=[0-9]{2})", "-", name).lower()


class ClientFault(Client):
    """A client with one mistake. A subclass that says what it breaks is registered under its name in kebab-case.

    Attributes:
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
            CLIENT_FAULTS[cls.name] = cls


class ClientFriend(Client):
    """A client that is odd and within its rights: the suite must pass it.

    Attributes:
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
            CLIENT_FRIENDS[cls.name] = cls
