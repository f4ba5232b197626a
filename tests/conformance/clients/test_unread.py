"""The kernel tells whether a peer on this machine has read what it was sent."""

import socket
import sys
import time

import pytest

from conformance.clients import unread

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells what waits at the other end")


def test_what_waits_is_not_read() -> None:
    """It is read when the peer has taken it, and not when it has only arrived."""
    with socket.create_server(("127.0.0.1", 0)) as listener, socket.create_connection(listener.getsockname()) as peer:
        connection, _ = listener.accept()
        with connection:
            assert unread.proof(connection) == "read"
            connection.sendall(b"12345")
            peer.recv(5, socket.MSG_PEEK)  # it has arrived
            assert unread.proof(connection) is None
            assert peer.recv(3) == b"123"
            assert unread.proof(connection) is None
            assert peer.recv(5) == b"45"
            deadline = time.monotonic() + 10
            while unread.proof(connection) is None:  # the acknowledgement may be on its way
                assert time.monotonic() < deadline
            assert unread.proof(connection) == "read"


def test_a_peer_elsewhere_is_only_known_to_have_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where this kernel does not hold the other end."""
    with socket.create_server(("127.0.0.1", 0)) as listener, socket.create_connection(listener.getsockname()) as peer:
        connection, _ = listener.accept()
        with connection:
            real = unread._question
            monkeypatch.setattr(unread, "_question", lambda family, far, near: real(family, (far[0], 1), near))
            assert peer.getsockname() == connection.getpeername()
            assert unread.proof(connection) == "acknowledged"
