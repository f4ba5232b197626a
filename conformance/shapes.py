"""What those who print a run need of what they print, whoever is judged."""

from typing import Protocol


class Named(Protocol):
    """A check, of servers or of clients."""

    @property
    def name(self) -> str:
        """Its name."""

    @property
    def requirement(self) -> str:
        """Whose check it is."""

    @property
    def clause(self) -> str:
        """The keyword of the clause that it judges."""

    @property
    def about(self) -> str:
        """What it does."""


class Counters(Protocol):
    """What a run counts."""

    @property
    def played(self) -> int:
        """Conversations."""

    @property
    def connections(self) -> int:
        """Connections in them."""

    @property
    def frames(self) -> int:
        """Frames received on those."""

    @property
    def cuts_confirmed(self) -> int:
        """Pieces that were surely read apart."""


class Advice(Protocol):
    """A hint on a requirement, in plain text."""

    @property
    def mistake(self) -> str:
        """The usual mistake."""

    @property
    def look(self) -> str:
        """How to see it."""
