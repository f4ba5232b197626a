"""How many connections may be there at once, in all and from one origin; without limits unless they are asked for."""

import ipaddress
from collections import Counter

from reference_server.session import Session

FULL = "the server is full"
TOO_MANY = "there are too many connections from your address"
PREFIX_BITS = 64  # of an IPv6 address: what is given to one customer, who can have 2^64 addresses in it


class Guests:
    """The connections that count, from their being let in to their socket being closed, joined or not.

    Refused ones never count: otherwise whoever knocks all the time would keep the others out.

    Args:
        most: connections at once; None for no limit.
        most_per_origin: the same for those of one `origin`.
    """

    def __init__(self, most: int | None, most_per_origin: int | None) -> None:
        self._most = most
        self._most_per_origin = most_per_origin
        self._origins: dict[Session, str] = {}
        self._counts: Counter[str] = Counter()

    def __len__(self) -> int:
        return len(self._origins)

    def refusal(self, peer: str) -> str | None:
        """Why one more from this address is not let in, in words for its peer; None if it may come in."""
        if self._most is not None and len(self._origins) >= self._most:
            return FULL
        if self._most_per_origin is not None and self._counts[origin(peer)] >= self._most_per_origin:
            return TOO_MANY
        return None

    def enter(self, session: Session) -> None:
        """Counts one that was let in."""
        self._origins[session] = found = origin(session.peer)
        self._counts[found] += 1

    def leave(self, session: Session) -> None:
        """Counts it no longer; it need not have been let in."""
        found = self._origins.pop(session, None)
        if found is None:
            return
        self._counts[found] -= 1
        if not self._counts[found]:
            del self._counts[found]  # the addresses of a year would not fit into memory


def origin(peer: str) -> str:
    """Whom a connection is counted to.

    Args:
        peer: address and port, as `listener.name` writes them.

    Returns:
        An IPv4 address, also for an IPv6 one that stands for it (`::ffff:192.0.2.1`); else the /64 network of an IPv6
        address; what is no address, as it is.
    """
    host = peer.rpartition(":")[0].strip("[]")
    try:
        address = ipaddress.ip_address(host)
    except ValueError:  # a connection that is gone already has no address on some systems
        return host
    if isinstance(address, ipaddress.IPv4Address):
        return str(address)
    if address.ipv4_mapped is not None:
        return str(address.ipv4_mapped)
    network = int(address) >> (address.max_prefixlen - PREFIX_BITS) << (address.max_prefixlen - PREFIX_BITS)
    return f"{ipaddress.IPv6Address(network)}/{PREFIX_BITS}"
