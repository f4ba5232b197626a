"""Addresses and connecting."""

import socket

import pytest

from reference_client import network
from reference_client.network import Address, UnreachableError
from tests.reference_client.peers import Server


@pytest.mark.parametrize(
    ("text", "host", "port"),
    [
        ("localhost", "localhost", 5050),
        ("127.0.0.1:6000", "127.0.0.1", 6000),
        ("[::1]:6000", "::1", 6000),
        ("[::1]", "::1", 5050),
        ("::1", "::1", 5050),
        ("chat.example:65535", "chat.example", 65535),
        ("h:1", "h", 1),
    ],
)
def test_addresses(text: str, host: str, port: int) -> None:
    """A host, with a port or the default one; IPv6 in brackets, or bare without a port."""
    address = network.parse(text)

    assert address == Address(host, port)
    assert network.parse(str(address)) == address


@pytest.mark.parametrize(
    "text",
    [
        "",
        ":5050",
        "h:",
        "h:0",
        "h:65536",
        "h:+1",
        "h: 1",
        "h:1_0",
        "h:٣",
        "h:http",
        "5051",
        "[::1",
        "[::1]5050",
        "[]:1",
        "h:" + "1" * 9999,
    ],
)
def test_bad_addresses(text: str) -> None:
    """Anything else is refused with a sentence."""
    with pytest.raises(ValueError, match=r"."):
        network.parse(text)


def test_a_connection_is_tuned_and_does_not_block() -> None:
    """Small frames go out at once, a dead peer is noticed, and no call waits."""
    with Server() as server, network.connect(Address("127.0.0.1", server.port), 5) as connection, server.accept():
        assert connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
        assert connection.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE)
        assert not connection.getblocking()


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (socket.gaierror(socket.EAI_NONAME, "Name or service not known"), "the host of nowhere:1 is unknown: Name"),
        (TimeoutError("timed out"), "no answer from nowhere:1"),
        (OSError(113, "No route to host"), "cannot connect to nowhere:1: No route to host"),
        (OSError("strange"), "cannot connect to nowhere:1: strange"),
    ],
)
def test_unreachable(monkeypatch: pytest.MonkeyPatch, error: OSError, sentence: str) -> None:
    """Every way of not getting a connection has its sentence."""

    def fail(*_: object, **__: object) -> socket.socket:
        raise error

    monkeypatch.setattr(socket, "create_connection", fail)
    with pytest.raises(UnreachableError, match=sentence):
        network.connect(Address("nowhere", 1), 1)


def test_a_name_that_no_host_can_have() -> None:
    """A name that cannot be asked for is an unknown host, not a crash."""
    with pytest.raises(UnreachableError, match="no name of a host"):
        network.connect(Address("a" * 64 + ".example", 1), 1)
