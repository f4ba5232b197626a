"""Two ends of a connection: what either may say, in which state, and what arrives."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chatproto import (
    CLIENT,
    NEED_DATA,
    SERVER,
    Chat,
    Closed,
    Codec,
    Connection,
    Event,
    Join,
    Joined,
    LocalProtocolError,
    Refused,
    RemoteProtocolError,
    Role,
    Service,
)
from spec import wire
from spec.states import TABLE, Input, State
from tests.chatproto.helpers import TIME, ConnectionPair, events, joined

JOIN = b"7         \0alice\0"
ALICE, SAID = Join("", "alice"), Chat("", "alice", "hi")


def in_state(role: Role, state: State) -> Connection:
    """One end of a connection in a state, brought there by its rows."""
    if state is State.JOINED:
        return joined(role)
    connection = Connection(role)
    if state is State.JOINING and role is CLIENT:
        connection.send(Join("", "alice"))
    if state is State.JOINING and role is SERVER:
        connection.receive_data(JOIN)
    if state is State.REFUSED:
        connection.send(Refused(TIME, "no room"))
    if state is State.CLOSED:
        connection.receive_eof()
    list(events(connection))
    assert connection.state is state
    return connection


SERVICE = st.builds(Service, st.just(TIME), st.sampled_from(["[bob] joined the chat", "hello", ""]))
CHAT = st.builds(Chat, st.just(TIME), st.sampled_from(["bob", "server", "я"]), st.text("aя\n", max_size=3))


@settings(max_examples=200, deadline=None, database=None, print_blob=False)
@given(st.lists(st.one_of(SERVICE, CHAT), max_size=5), st.integers(1, 70))
def test_what_a_server_says_arrives(said: list[Event], size: int) -> None:
    """SERVICE-1, RELAY-3: the events that one end sends are those that the other receives, in reads of any size."""
    pair = ConnectionPair(size)
    assert pair.say(CLIENT, ALICE) == [ALICE]
    assert pair.say(SERVER, Service(TIME, "welcome"), Joined(TIME, "alice")) == [
        Service(TIME, "welcome"),
        Joined(TIME, "alice"),
    ]
    assert pair.say(SERVER, *said) == said
    assert pair.say(CLIENT, SAID, SAID) == [SAID, SAID]
    assert pair.client.state is pair.server.state is State.JOINED


def test_states_and_nick_follow_the_events() -> None:
    """Both ends walk the same rows, one by what it sends and one by what it receives."""
    pair = ConnectionPair()
    assert (pair.client.role, pair.server.role) == (CLIENT, SERVER)
    assert (pair.client.state, pair.server.state) == (State.UNJOINED, State.UNJOINED)
    assert (pair.client.nick, pair.server.nick) == (None, None)
    pair.say(CLIENT, ALICE)
    assert (pair.client.state, pair.server.state) == (State.JOINING, State.JOINING)
    assert (pair.client.nick, pair.server.nick) == ("alice", "alice")
    pair.say(SERVER, Joined(TIME, "alice"))
    assert (pair.client.state, pair.server.state) == (State.JOINED, State.JOINED)


def test_a_refusal_arrives_as_a_service_message() -> None:
    """JOIN-5: the wire cannot tell a refusal from a greeting, so the client goes on waiting until the end."""
    pair = ConnectionPair()
    pair.say(CLIENT, ALICE)
    assert pair.say(SERVER, Refused(TIME, "the nick is held")) == [Service(TIME, "the nick is held")]
    assert (pair.server.state, pair.client.state) == (State.REFUSED, State.JOINING)
    pair.client.receive_eof()
    assert list(events(pair.client)) == [Closed(0)]


EXAMPLE_OF: dict[Input, Event] = {
    Input.JOIN: ALICE,
    Input.JOINED: Joined(TIME, "alice"),
    Input.REFUSED: Refused(TIME, "no"),
    Input.CHAT: SAID,
    Input.SERVICE: Service(TIME, "hello"),
    Input.CLOSED: Closed(0),
}
SAYS = {
    CLIENT: {Input.JOIN, Input.CHAT},
    SERVER: {Input.JOINED, Input.REFUSED, Input.CHAT, Input.SERVICE},
}


@pytest.mark.parametrize("step", EXAMPLE_OF)
@pytest.mark.parametrize("state", State)
@pytest.mark.parametrize("role", Role)
def test_only_what_has_a_row_can_be_sent(role: Role, state: State, step: Input) -> None:
    """Every role, state and event against the table: with a row it is sent and the state is the row's."""
    if role is CLIENT and state is State.REFUSED:
        return  # a client never knows
    connection, event = in_state(role, state), EXAMPLE_OF[step]
    after = TABLE.get((state, step)) if step in SAYS[role] else None
    if after is None:
        with pytest.raises(LocalProtocolError) as caught:
            connection.send(event)
        assert caught.value.remedy == "do not send"
        assert type(event).__name__ in str(caught.value)
    else:
        assert connection.send(event)
    assert connection.state is (after or state)


def test_what_is_no_event_cannot_be_sent() -> None:
    """A string is not guessed at."""
    with pytest.raises(TypeError, match="not an event"):
        Connection(CLIENT).send("hi")  # type: ignore[arg-type]


def test_what_is_no_role_makes_no_connection() -> None:
    """A word is not guessed at, nor half an octet."""
    for role in ("server", 1, None):
        with pytest.raises(TypeError, match="CLIENT or SERVER"):
            Connection(role)  # type: ignore[arg-type]
    assert Connection(SERVER, max_body_octets=21)
    for most in (20.5, "10", 21.0, True):
        with pytest.raises(TypeError, match="a whole number"):
            Connection(SERVER, max_body_octets=most)  # type: ignore[arg-type]


def test_no_octets_are_no_news_behind_the_end_either() -> None:
    """But octets are a mistake of the caller's."""
    server = Connection(SERVER)
    server.receive_eof()
    server.receive_data(b"")
    assert server.next_event() == Closed(0)
    with pytest.raises(LocalProtocolError, match="FRAME-6"):
        server.receive_data(b"x")


@pytest.mark.parametrize(
    "event", [Joined(TIME, "Alice"), Joined("\0", "alice"), Refused(TIME, "\ud800"), Refused(TIME, "x" * 1_048_900)]
)
def test_what_cannot_be_said_changes_nothing(event: Event) -> None:
    """NICK-2, BODY-1, BODY-2, FRAME-8: a refused send leaves the state, and the right verdict is still possible."""
    server = in_state(SERVER, State.JOINING)
    with pytest.raises(LocalProtocolError):
        server.send(event)
    assert server.state is State.JOINING
    assert server.send(Joined(TIME, "alice")) == b"55        " + TIME.encode() + b"\0Server\0[alice] joined the chat"


def test_nothing_sent_arrives_as_something_else() -> None:
    """SERVICE-1: a server's chat frame from Server, and a copy of the announcement, would be misread."""
    with pytest.raises(LocalProtocolError, match="SERVICE-1"):
        joined(SERVER).send(Chat(TIME, "Server", "hi"))
    with pytest.raises(LocalProtocolError, match="SERVICE-1"):
        in_state(SERVER, State.JOINING).send(Service(TIME, "[alice] joined the chat"))


def test_a_client_shows_what_comes_out_of_order() -> None:
    """CLIENT-2, JOIN-3: chat before the announcement is shown, and changes no state; the table has no row for it."""
    codec, client = Codec(wire.TO_CLIENT), Connection(CLIENT)
    client.receive_data(codec.encode(TIME, "bob", "early"))
    client.receive_data(codec.encode(TIME, "Server", "[alice] joined the chat"))  # nobody asked for that nick yet
    assert list(events(client)) == [Chat(TIME, "bob", "early"), Service(TIME, "[alice] joined the chat")]
    client.send(ALICE)
    client.receive_data(codec.encode(TIME, "bob", "still early"))
    assert list(events(client)) == [Chat(TIME, "bob", "still early")]
    assert client.state is State.JOINING


def test_only_the_own_announcement_joins_and_only_once() -> None:
    """JOIN-2, NICK-2: another spelling, another sender and a second time are other people's messages."""
    codec, client = Codec(wire.TO_CLIENT), Connection(CLIENT)
    client.send(Join("", "Alice"))
    own = "[Alice] joined the chat"
    frames = [("Server", "[alice] joined the chat"), ("bob", own), ("Server", own), ("Server", own)]
    client.receive_data(b"".join(codec.encode(TIME, nick, text) for nick, text in frames))
    assert list(events(client)) == [
        Service(TIME, "[alice] joined the chat"),
        Chat(TIME, "bob", own),
        Joined(TIME, "Alice"),
        Service(TIME, own),
    ]


@pytest.mark.parametrize(("role", "maximum"), [(SERVER, 1_048_576), (CLIENT, 1_048_859)])
def test_each_role_accepts_its_own_maximum(role: Role, maximum: int) -> None:
    """FRAME-7, FRAME-8: a body of the number is no error yet, one octet more is."""
    for number, is_error in ((maximum, False), (maximum + 1, True)):
        connection = joined(role)
        connection.receive_data(b"%-10d" % number)
        if is_error:
            with pytest.raises(RemoteProtocolError, match="FRAME-8"):
                connection.next_event()
        else:
            assert connection.next_event() is NEED_DATA


@pytest.mark.parametrize("maximum", [100, 2_000_000])
@pytest.mark.parametrize("role", Role)
def test_a_maximum_can_be_chosen(role: Role, maximum: int) -> None:
    """FRAME-8: it is implementation-defined, and concerns what is received."""
    for number, is_error in ((maximum, False), (maximum + 1, True)):
        connection = Connection(role, max_body_octets=maximum)
        connection.receive_data(b"%-10d" % number)
        if is_error:
            with pytest.raises(RemoteProtocolError, match="FRAME-8"):
                connection.next_event()
        else:
            assert connection.next_event() is NEED_DATA


def test_a_server_relays_whatever_it_accepts() -> None:
    """FRAME-7: time and nick make a body grow, and a server with a larger maximum sends larger ones."""
    for maximum in (None, 100, 2_000_000):
        server = Connection(SERVER, max_body_octets=maximum)
        server.receive_data(JOIN)
        server.next_event()
        server.send(Joined(TIME, "alice"))
        largest = max(maximum or 0, 1_048_576) + 283 - len(TIME) - len("bob") - 2
        assert server.send(Chat(TIME, "bob", "x" * largest))
        with pytest.raises(LocalProtocolError, match="FRAME-8"):
            server.send(Chat(TIME, "bob", "x" * (largest + 1)))


def test_a_client_sends_no_more_than_every_server_takes() -> None:
    """CLIENT-1: whatever it accepts."""
    client = Connection(CLIENT, max_body_octets=2_000_000)
    with pytest.raises(LocalProtocolError, match="FRAME-8"):
        client.send(Join("", "alice", "x" * 1_048_570))
    assert client.state is State.UNJOINED
    assert client.nick is None


@pytest.mark.parametrize("maximum", [0, -1, 67_108_865])
def test_a_maximum_is_in_range(maximum: int) -> None:
    """FRAME-8: no receiver's maximum is larger than 67,108,864."""
    with pytest.raises(ValueError, match="FRAME-8"):
        Connection(SERVER, max_body_octets=maximum)
