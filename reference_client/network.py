"""Where the server is, and the connection to it."""

import socket
from typing import NamedTuple

DEFAULT_HOST = "127.0.0.1"
DEFAULT_PORT = 5050

# A peer that vanished without a word is noticed after 60 s of silence and three unanswered probes, 10 s apart.
_KEEP_ALIVE = (("TCP_KEEPIDLE", 60), ("TCP_KEEPINTVL", 10), ("TCP_KEEPCNT", 3))


class UnreachableError(Exception):
    """There is no connection to be had; the message says why."""


class Address(NamedTuple):
    """A host name or IP address, without brackets, and a TCP port."""

    host: str
    port: int

    def __str__(self) -> str:
        """The address as `parse` reads it."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


def parse(text: str) -> Address:
    """Reads `HOST`, `HOST:PORT`, `[ADDRESS]` or `[ADDRESS]:PORT`; a bare IPv6 address is a host without a port.

    Raises:
        ValueError: it is none of these, or the port is not between 1 and 65535; the message says which.
    """
    if text.startswith("["):
        host, bracket, rest = text[1:].partition("]")
        if not bracket or (rest and not rest.startswith(":")):
            raise ValueError(f"{text!r} is not of the form [ADDRESS]:PORT")
        port = rest[1:] if rest else str(DEFAULT_PORT)
    elif text.count(":") > 1:  # a bare IPv6 address; its last group is no port
        host, port = text, str(DEFAULT_PORT)
    else:
        host, colon, port = text.partition(":")
        port = port if colon else str(DEFAULT_PORT)
    if not host:
        raise ValueError(f"there is no host in {text!r}")
    if host == text and host.isdecimal():  # an address of IPv4 could be written so, and hardly anybody means that
        raise ValueError(f"{text!r} is no host; as a port it is written {DEFAULT_HOST}:{text}")
    return Address(host, _port(port))


def _port(digits: str) -> int:
    # int() would also take signs, white space, underscores and digits of other scripts.
    if not (digits.isascii() and digits.isdigit()) or not 1 <= int(digits[:6]) <= 65535:
        raise ValueError(f"{digits!r} is not a port between 1 and 65535")
    return int(digits)


def connect(address: Address, patience_s: float) -> socket.socket:
    """A non-blocking TCP connection to the first address of the host that answers.

    Args:
        address: the server.
        patience_s: seconds to wait for each of the host's addresses.

    Raises:
        UnreachableError: the host is unknown, refuses, or does not answer in time.
    """
    try:
        connection = socket.create_connection(address, timeout=patience_s)
    except TimeoutError:  # an OSError too, but its own words say nothing about the address
        raise UnreachableError(f"no answer from {address}") from None
    except socket.gaierror as error:
        raise UnreachableError(f"the host of {address} is unknown: {error.strerror}") from None
    except UnicodeError:  # a label that is empty or too long for the domain name system
        raise UnreachableError(f"{address.host!r} is no name of a host") from None
    except OSError as error:
        raise UnreachableError(f"cannot connect to {address}: {error.strerror or error}") from None
    _tune(connection)
    connection.setblocking(False)
    return connection


def _tune(connection: socket.socket) -> None:
    # Lines are small and one by one: waiting to fill a segment would delay each by the peer's delayed acknowledgement.
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for name, value in _KEEP_ALIVE:
        if hasattr(socket, name):  # not every platform can tune them
            connection.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), value)
