"""How many are let in at once: counted purely, and seen over real sockets on every selector."""

import contextlib
import sys
from typing import cast

import pytest

from reference_server import server as loop
from reference_server.guests import FULL, TOO_MANY, Guests, origin
from reference_server.session import Session
from reference_server.settings import LINGER_S, Settings
from tests.reference_server.helpers import SELECTORS, Client, Clock, frame, running

LINUX_ONLY = pytest.mark.skipif(sys.platform != "linux", reason="only Linux has all of 127.0.0.0/8 without set-up")


class Knock:
    """As much of a session as is counted."""

    def __init__(self, peer: str) -> None:
        self.peer = peer


def knock(peer: str) -> Session:
    """A session from an address."""
    return cast("Session", Knock(peer))


def refused(client: Client) -> str:
    """What the server said before it closed its side."""
    told = client.read()
    assert told.nick == "Server"
    assert client.ends() == "FIN"
    return told.text


@pytest.mark.parametrize(
    ("peer", "expected"),
    [
        ("192.0.2.1:5050", "192.0.2.1"),
        ("[::ffff:192.0.2.1]:5050", "192.0.2.1"),
        ("[2001:db8:1:2:3:4:5:6]:5050", "2001:db8:1:2::/64"),
        ("[2001:db8:1:2::7]:1", "2001:db8:1:2::/64"),
        ("[2001:db8:1:3::7]:1", "2001:db8:1:3::/64"),
        ("[fe80::1%eth0]:1", "fe80::/64"),
        ("[::1]:1", "::/64"),
        (":0", ""),
    ],
)
def test_an_ipv6_customer_is_a_network(peer: str, expected: str) -> None:
    """A /64 is one origin, and so is an IPv4 address however it is written."""
    assert origin(peer) == expected


def test_who_leaves_makes_room() -> None:
    """For everybody, or for its own origin; whoever never came in makes none, and nothing is kept of anybody."""
    guests = Guests(3, 2)
    here = [knock("192.0.2.1:1"), knock("192.0.2.1:2"), knock("[::1]:1")]
    for session in here[:2]:
        assert guests.refusal(session.peer) is None
        guests.enter(session)
    assert guests.refusal("192.0.2.1:3") == TOO_MANY
    assert guests.refusal("192.0.2.2:3") is None
    guests.enter(here[2])
    assert guests.refusal("192.0.2.2:3") == FULL

    guests.leave(knock("192.0.2.1:3"))
    assert guests.refusal("192.0.2.2:3") == FULL
    guests.leave(here[0])
    assert guests.refusal("192.0.2.1:3") is None

    for session in here[1:]:
        guests.leave(session)
    assert (len(guests), guests._counts) == (0, {})


def test_without_limits_everybody_comes_in() -> None:
    """They are off unless asked for."""
    guests = Guests(None, None)
    for port in range(1000):
        guests.enter(knock(f"192.0.2.1:{port}"))

    assert guests.refusal("192.0.2.1:1") is None


@pytest.mark.parametrize("selector", SELECTORS)
def test_no_more_clients_than_that(selector: str) -> None:
    """One more is told so and closed, joined or not; the members go on, and who leaves makes room."""
    with (
        running(settings=Settings(port=0, selector=selector, max_clients=3)) as server,
        server.client("alice") as alice,
        server.client("bob") as bob,
        server.client() as stranger,
    ):
        alice.read()
        stranger.send(b"5   ")
        for _ in range(3):
            with server.client() as late:
                late.send(frame("late") + frame("late", "unread") * 1000)
                assert refused(late) == FULL
        bob.say("hi")
        assert alice.read().text == "hi"
        bob.sock.close()
        alice.read_until("[bob] left the chat")
        with server.client("carol"):
            assert alice.read().text == "[carol] joined the chat"


@LINUX_ONLY
@pytest.mark.parametrize("selector", SELECTORS)
def test_no_more_from_one_address_than_that(selector: str) -> None:
    """Its next one is told so and closed; another address is served."""
    with (
        running(settings=Settings(port=0, selector=selector, max_per_address=2)) as server,
        server.client("alice") as alice,
        server.client("bob"),
        server.client() as third,
    ):
        assert refused(third) == TOO_MANY
        with server.client("carol", "127.0.0.2"):
            assert alice.read_until("[carol] joined the chat")


@pytest.mark.parametrize("selector", SELECTORS)
def test_a_refused_peer_that_never_reads_is_gone_in_time(selector: str) -> None:
    """The server has said it and its FIN went; LINGER_S later the socket is closed, whatever the peer does."""
    clock = Clock()
    settings = Settings(port=0, selector=selector, max_clients=1)
    with running(settings=settings, clock=clock) as server, server.client("alice"), server.client() as deaf:
        deaf.send(b"never a frame")
        with server.client() as other:
            assert refused(other) == FULL  # so deaf's turn is over, too
        clock.now += LINGER_S + 0.1
        server.wake()
        with pytest.raises((BrokenPipeError, ConnectionResetError)):
            deaf.send_for_ever()


def test_a_storm_of_refusals_holds_few_sockets(monkeypatch: pytest.MonkeyPatch) -> None:
    """Beyond PATIENT_REFUSALS the refused are told and closed at once: they cannot take all descriptors."""
    monkeypatch.setattr(loop, "PATIENT_REFUSALS", 5)
    clock = Clock()  # so that nobody's lingering ends
    with (
        running(settings=Settings(port=0, max_clients=1), clock=clock) as server,
        contextlib.ExitStack() as clients,
    ):
        clients.enter_context(server.client("alice"))
        for _ in range(20):
            assert refused(clients.enter_context(server.client())) == FULL
            assert len(server.server.connections) <= 1 + 5
