"""The listening socket, and what it does when there are no descriptors left."""

import resource
import socket
from collections.abc import Iterator

import pytest

from reference_server.listener import ExhaustedError, Listener, name
from tests.reference_server.helpers import DEADLINE_S
from tests.reference_server.test_door import next_descriptor


@pytest.fixture
def listener() -> Iterator[Listener]:
    """On a free port."""
    made = Listener("127.0.0.1", 0)
    yield made
    made.close()


def connected(listener: Listener) -> socket.socket:
    """A client of it."""
    return socket.create_connection(listener.sock.getsockname(), DEADLINE_S)


def test_it_accepts_what_is_there(listener: Listener) -> None:
    """And says so when there is nothing."""
    assert listener.accept() is None
    with connected(listener) as client:
        accepted = listener.accept()
        assert accepted is not None
        sock, peer = accepted
        with sock:
            assert peer == name(client.getsockname())


def test_without_a_descriptor_it_turns_away_on_the_spare_one(listener: Listener) -> None:
    """EMFILE: the peer is told and closed, again and again, and later everything is as before."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    clients = [connected(listener) for _ in range(3)]
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (next_descriptor(), hard))
        for client in clients[:2]:
            with pytest.raises(ExhaustedError):
                listener.accept()
            assert listener.turn_away(b"bye")
            assert client.recv(99) == b"bye"
            assert client.recv(99) == b""
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    accepted = listener.accept()
    assert accepted is not None
    assert not listener.turn_away(b"nobody")
    for sock in (*clients, accepted[0]):
        sock.close()


def test_an_ipv6_address_is_in_brackets() -> None:
    """As people write it."""
    assert name(("::1", 5050, 0, 0)) == "[::1]:5050"
    assert name(("127.0.0.1", 5050)) == "127.0.0.1:5050"


def test_the_same_port_twice(listener: Listener) -> None:
    """An error, not a second listener that shares the connections."""
    with pytest.raises(OSError, match="in use"):
        Listener(*listener.sock.getsockname())
