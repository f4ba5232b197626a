"""`--rate`: the token bucket purely, and members that are delayed over real sockets on every selector."""

from collections.abc import Iterator
from typing import cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chatproto import NEED_DATA, Chat, Closed, Join, Joined, RemoteProtocolError
from reference_server.pacing import PacedConnection, Pacer
from reference_server.session import RECEIVE_OCTETS, Session
from reference_server.settings import Rate, Settings
from tests.reference_server.helpers import SELECTORS, Client, Clock, Running, frame

RATE = Rate(3, 6.0)  # so one every two seconds, after three at once


def joined(rate: Rate, clock: Clock) -> PacedConnection:
    """The connection of a member."""
    connection = PacedConnection(rate, clock)
    connection.receive_data(frame("alice"))
    assert connection.next_event() == Join("", "alice", "")
    connection.send(Joined("", "alice"))
    return connection


def taken(connection: PacedConnection) -> list[str]:
    """The texts that it hands out now."""
    found = []
    while isinstance(event := connection.next_event(), Chat):
        found.append(event.text)
    assert event is NEED_DATA
    return found


def test_all_of_a_bucket_at_once_then_one_by_one() -> None:
    """None is lost, none overtakes, and each comes at the moment that was named for it."""
    clock = Clock()
    connection = joined(RATE, clock)
    connection.receive_data(b"".join(frame("alice", str(number)) for number in range(6)))
    assert taken(connection) == ["0", "1", "2"]
    for text in ("3", "4", "5"):
        due = connection.due
        assert due == clock.now + 2.0
        clock.now = due - 0.001
        assert taken(connection) == []
        clock.now = due
        assert taken(connection) == [text]
    assert connection.due is None


def test_silence_fills_the_bucket_and_no_more() -> None:
    """Who was silent for a day may say as much at once as who was silent for `seconds`."""
    clock = Clock()
    connection = joined(RATE, clock)
    connection.receive_data(b"".join(frame("alice", str(number)) for number in range(9)))
    assert len(taken(connection)) == 3
    clock.now += 86_400
    assert len(taken(connection)) == 3


@given(
    st.builds(Rate, st.integers(1, 50), st.floats(0.1, 100.0)),
    st.lists(st.tuples(st.floats(0.0, 200.0), st.integers(0, 60)), max_size=8),
)
@settings(deadline=None, database=None, max_examples=60)
def test_no_stretch_of_time_has_more_than_its_share(rate: Rate, steps: list[tuple[float, int]]) -> None:
    """Between any two messages k apart lies the time in which all but a bucket of k are earned."""
    clock = Clock()
    connection = joined(rate, clock)
    times: list[float] = []
    said = 0
    for pause, count in steps:
        clock.now += pause
        connection.receive_data(frame("alice", "x") * count)
        said += count
        times += [clock.now] * len(taken(connection))
    while connection.due is not None:
        clock.now = max(connection.due, clock.now + 1e-9)
        times += [clock.now] * len(taken(connection))

    assert len(times) == said
    least = 0.0  # of what any message so far had in hand: its number, less what had been earned by then
    for number, moment in enumerate(times):
        in_hand = number - (moment - times[0]) * rate.messages / rate.seconds
        least = min(least, in_hand)
        assert in_hand - least + 1 <= rate.messages + 1e-3


def test_the_end_of_the_stream_waits_for_the_chat_ahead_and_for_nothing_else() -> None:
    """LEAVE-2: with an empty bucket, too."""
    clock = Clock()
    connection = joined(Rate(1, 1.0), clock)
    connection.receive_data(frame("alice", "one") * 2)
    connection.receive_eof()
    assert taken(connection) == ["one"]
    clock.now += 1
    assert connection.next_event() == Chat("", "alice", "one")
    assert connection.next_event() == Closed(0)


def test_a_malformed_frame_waits_for_the_chat_ahead_and_for_nothing_else() -> None:
    """FRAME-4, LEAVE-2."""
    clock = Clock()
    connection = joined(Rate(1, 1.0), clock)
    connection.receive_data(frame("?", "one") * 2 + b"x" * 10)
    assert taken(connection) == ["one"]
    clock.now += 1
    assert connection.next_event() == Chat("", "?", "one")
    with pytest.raises(RemoteProtocolError, match="FRAME-4"):
        connection.next_event()


def test_the_earliest_may_speak_first() -> None:
    """Cancelled ones never, restarted ones at their new time."""
    first, second, third = (cast("Session", name) for name in ("first", "second", "third"))
    pacer = Pacer()
    assert pacer.delay(0.0) is None
    pacer.start(second, 2.0)
    pacer.start(first, 1.0)
    pacer.start(third, 1.5)
    pacer.cancel(third)
    pacer.cancel(third)
    assert (len(pacer), pacer.delay(0.25)) == (2, 0.75)
    assert pacer.expired(0.25) == []
    pacer.start(first, 3.0)
    assert pacer.expired(2.5) == [second]
    assert pacer.expired(9.0) == [first]
    assert (len(pacer), pacer.delay(9.0)) == (0, None)


class Paced(Running):
    """A server with a rate, and with time that passes when a test says so."""

    def __init__(self, selector: str) -> None:
        self.clock = Clock()
        super().__init__(Settings(port=0, selector=selector, rate=RATE), shown=False, clock=self.clock)

    def pass_time(self, seconds: float) -> None:
        """Lets it pass."""
        self.clock.now += seconds
        self.wake()


@pytest.fixture(params=SELECTORS)
def server(request: pytest.FixtureRequest) -> Iterator[Paced]:
    """Such a server on each selector."""
    made = Paced(request.param)
    yield made
    made.stop()


def test_who_says_more_is_delayed_and_nobody_else_is(server: Paced) -> None:
    """Its messages come in order when their time has come (RELAY-6); it stays a member; then its FIN counts."""
    with server.client("alice") as alice, server.client("bob") as bob:
        with server.client("carol") as carol:
            alice.send(b"".join(frame("?", str(number)) for number in range(5)))
            alice.sock.shutdown(1)
            heard = [text for _, text in bob.read_until("2")]
            assert heard[-4:] == ["[carol] joined the chat", "0", "1", "2"]
            for number in range(3):
                carol.say(f"not delayed {number}")
                assert bob.read()[1:] == ("carol", f"not delayed {number}")
            server.pass_time(2.0)
            assert bob.read()[1:] == ("alice", "3")
            server.settle()
            carol.sock.close()
            assert bob.read().text == "[carol] left the chat"
        server.pass_time(2.0)
        assert [bob.read()[1:] for _ in "12"] == [("alice", "4"), ("Server", "[alice] left the chat")]


def test_it_is_not_read_meanwhile(server: Paced) -> None:
    """Its octets wait in the kernels, which stop it in the end; the server holds what it read at once, no more."""
    with server.client("alice") as alice, server.client("bob") as bob:
        alice.send(frame("?", "x" * 100) * (RATE.messages + 1))
        for _ in range(RATE.messages):
            bob.read_until("x" * 100)
        server.settle()
        alice.sock.setblocking(False)
        sent = poured(alice, frame("?", "x" * 100) * 10_000)
        server.settle()
        (session,) = (each for each in server.server.hall.members if each.held)
        connection = session.connection
        assert isinstance(connection, PacedConnection)
        held = sum(len(text) for _, _, text in connection._frames) + connection._incoming.buffered
        assert held <= RECEIVE_OCTETS < sent


def poured(client: Client, frames: bytes) -> int:
    """Sends frames again and again until the kernel takes no more; says how many octets went."""
    count = 0
    while True:
        try:
            count += client.sock.send(memoryview(frames)[count % len(frames) :])
        except BlockingIOError:
            return count


def test_a_delayed_member_can_be_reset(server: Paced) -> None:
    """ROBUST-5, LEAVE-1: its leave is announced at once where the system call says it, else when its time has come."""
    with server.client("alice") as alice, server.client("bob") as bob:
        alice.send(frame("?", "x") * 5)
        assert len(bob.read_until("x")) == 1
        assert [bob.read().text for _ in "12"] == ["x", "x"]
        alice.reset()
        if server.server.selector in ("select", "kqueue"):
            server.settle()
            server.pass_time(2.0)
        assert bob.read().text == "[alice] left the chat"
        assert len(server.server.connections.held) == 0


def test_a_delayed_member_is_told_of_a_stop(server: Paced) -> None:
    """And it is read again until its FIN, so that it gets to hear it."""
    with server.client("alice") as alice:
        alice.send(frame("?", "x") * 5 + frame("?", "x" * 1000) * 1000)
        server.settle()
        server.server.stop()
        assert alice.read().text == "the server is shutting down"
        assert alice.ends() == "FIN"
        alice.sock.close()
        server.stop()


def test_a_malformed_frame_behind_delayed_ones_ends_it_after_them(server: Paced) -> None:
    """FRAME-4, LEAVE-2."""
    with server.client("alice") as alice, server.client("bob") as bob:
        alice.read()
        alice.send(frame("?", "x") * 4 + b"+1        ")
        assert [bob.read().text for _ in "123"] == ["x"] * 3
        server.settle()
        server.pass_time(2.0)
        assert [bob.read().text for _ in "12"] == ["x", "[alice] left the chat"]
        assert "FRAME-4" in alice.read().text
        assert alice.ends() == "FIN"
