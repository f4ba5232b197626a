"""What the deciding part of the terminal mode can have done; the terminal does it, and in tests a record of calls."""

from typing import Protocol

from reference_client.conversation import Conversation
from reference_client.exits import Ending
from reference_client.view import Item


class Shell(Protocol):
    """Terminal, connection and clock, as seen by what decides."""

    def show(self, item: Item) -> None:
        """Shows it above the line."""

    def connect(self, conversation: Conversation) -> None:
        """Opens a connection; what comes of it goes to `Desk.heard`, and its end to `Desk.ended`."""

    def send(self, octets: bytes) -> bool:
        """Sends octets on it; False, and nothing is sent, if the server has not taken what was sent before."""

    def hang_up(self) -> None:
        """Sends what is left, ends our side, and waits a little for the server's end."""

    def call_later(self, seconds: float) -> None:
        """Calls `Desk.retry` then."""

    def swap(self, draft: str) -> str:
        """Puts a text into the line and gives the one that was there."""

    def clear(self) -> None:
        """Clears the screen."""

    def leave(self, ending: Ending) -> None:
        """Ends the client, in order if it is connected."""

    def now(self) -> float:
        """Seconds of a monotonic clock."""

    def jitter(self) -> float:
        """A random number in [0, 1)."""
