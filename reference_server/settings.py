"""What a server can be told, and its fixed numbers."""

from dataclasses import dataclass
from typing import NamedTuple

from spec import wire

# A legal body grows when its time and nick are restored (FRAME-7): what is sent may be larger than what is read.
GROWTH_OCTETS = wire.CLIENT_MAX_BODY_OCTETS - wire.SERVER_MAX_BODY_OCTETS

TURN_OCTETS = 1 << 20  # read, or appended to the log, in one turn, about; then those who keep up are served first
LEAST_BEHIND_OCTETS = 4 << 20  # ROBUST-3: nobody is thrown out for less
MAX_BEHIND_OCTETS = 2 * LEAST_BEHIND_OCTETS

LEAST_CLIENTS = 50  # ROBUST-6: so many must find room

LINGER_S = 2.0  # for sending what is due to a session that ends; once more for reading what it still sends
STOP_S = 2.0  # for the same, to everybody, when the server stops
CONSOLE_RETRY_S = 0.05  # between two looks at a console that takes nothing


class Rate(NamedTuple):
    """So many messages in so many seconds; all of them may come at once."""

    messages: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Settings:
    """How a server is to be; the defaults are those of `chat-server`.

    Attributes:
        host: where it listens: a name or an address.
        port: 0 for a free one.
        selector: a name of `pollers.NAMES`.
        max_body_octets: the largest body accepted (FRAME-7, FRAME-8).
        join_timeout_s: seconds that a connection has for its join, 10 to 60 (ROBUST-4).
        max_behind_octets: how far behind a member may be before it is thrown out (ROBUST-3).
        max_clients: connections at once, joined or not; None for as many as there are descriptors for. Fewer than
            LEAST_CLIENTS break ROBUST-6.
        max_per_address: the same for those of one address; an IPv6 one counts by its /64 network.
        rate: what a member may say before it is delayed; None for all it can.
        status_interval_s: seconds between two lines of status; None for none.
        delay_s: least seconds from one turn to the next; 0 for no delay.
    """

    host: str = "127.0.0.1"
    port: int = 5050
    selector: str = "auto"
    max_body_octets: int = wire.SERVER_MAX_BODY_OCTETS
    join_timeout_s: float = 15.0
    max_behind_octets: int = MAX_BEHIND_OCTETS
    max_clients: int | None = None
    max_per_address: int | None = None
    rate: Rate | None = None
    status_interval_s: float | None = None
    delay_s: float = 0.0

    @property
    def bearable_octets(self) -> int:
        """`max_behind_octets`, but never so few that one body of the largest size throws out who keeps up."""
        return max(self.max_behind_octets, self.max_body_octets + LEAST_BEHIND_OCTETS)
