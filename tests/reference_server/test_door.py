"""Who is let in when descriptors run out, over real sockets."""

import os

import pytest

from reference_server import door
from reference_server.door import PAUSE_S, Door
from reference_server.listener import ExhaustedError, Listener
from reference_server.pollers import Select
from tests.reference_server.helpers import Client, Clock, Running, frame, running


def next_descriptor() -> int:
    """The number that the next socket would get."""
    fd = os.dup(0)
    os.close(fd)
    return fd


def until_full(server: Running) -> list[Client]:
    """Joins members until the server refuses one, which is told why, and closed."""
    members: list[Client] = []
    for number in range(60):
        client = server.client()
        client.send(frame(f"n{number}"))
        reply = client.read()
        if reply.text == "the server is full":
            assert client.ends() == "FIN"
            client.sock.close()
            return members
        members.append(client)
    raise AssertionError("never full")


@pytest.mark.parametrize("reserved", [door.RESERVED, 0])
def test_select_refuses_politely_at_its_limit(monkeypatch: pytest.MonkeyPatch, reserved: int) -> None:
    """A descriptor that select cannot watch is refused with a reason; the members go on, and room comes free."""
    monkeypatch.setattr(Select, "limit", next_descriptor() + 40)
    monkeypatch.setattr(door, "RESERVED", reserved)
    with running("select") as server:
        members = until_full(server)
        assert len(members) >= 5
        joined = [session.fd for session in server.server.hall.members]
        assert max(joined) < Select.limit - min(reserved, Select.limit // 4)
        members[0].say("hi")
        assert members[-1].read().text == "hi"

        members.pop().sock.close()
        members[0].read_until(f"[n{len(members)}] left the chat")
        with server.client("one more"):
            pass
        for member in members:
            member.sock.close()


def test_without_resources_it_pauses_and_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    """An accept that fails again and again is not tried in every turn; later the connection is served."""
    accept = Listener.accept
    tried = []

    def exhausted(self: Listener) -> None:
        tried.append(self)
        raise ExhaustedError(24, "Too many open files")

    clock = Clock()
    with running(clock=clock) as server, server.client("alice") as alice, server.client("bob") as bob:
        monkeypatch.setattr(Listener, "accept", exhausted)
        with server.client() as carol:
            carol.send(frame("carol"))
            for number in range(5):
                bob.say(f"still served {number}")
                alice.read_until(f"still served {number}")
            bob.say("the door was tried once, and once on the spare descriptor")
            alice.read()
            assert len(tried) <= 2
            monkeypatch.setattr(Listener, "accept", accept)
            clock.now += PAUSE_S
            server.wake()
            assert carol.read().text == "[carol] joined the chat"


def test_a_paused_door_can_be_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Stopping while connections are refused."""

    def exhausted(self: Listener) -> None:
        raise ExhaustedError(24, "Too many open files")

    delays = []
    delay = Door.delay

    def seen(self: Door, now: float) -> float | None:
        delays.append(delay(self, now))
        return delays[-1]

    monkeypatch.setattr(Door, "delay", seen)
    with running() as server, server.client("alice") as alice:
        monkeypatch.setattr(Listener, "accept", exhausted)
        with server.client():
            alice.say("")
            while not any(delays):
                server.wake()
    monkeypatch.undo()
