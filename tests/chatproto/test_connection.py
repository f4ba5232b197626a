"""What a connection hands out, however its octets are cut, and when."""

import itertools

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from chatproto import (
    CLIENT,
    NEED_DATA,
    SERVER,
    Chat,
    Closed,
    Connection,
    Event,
    Join,
    Joined,
    LocalProtocolError,
    Refused,
    RemoteProtocolError,
    Role,
)
from spec.states import State
from tests.chatproto.helpers import CUTS, TIME, Place, events, joined, one_by_one, pieces, place

JOIN = b"7         \0alice\0"
HI = b"9         \0alice\0hi"
BAD_HEADER = b"+9        "
BAD_BODY = b"3         \0\0\xff"

Outcome = tuple[list[Event], Place | None]


def raises_again(connection: Connection, error: RemoteProtocolError) -> bool:
    """Whether the next call raises the very same error."""
    with pytest.raises(RemoteProtocolError) as again:
        connection.next_event()
    return again.value is error


def outcome(reads: list[bytes], verdict: type[Joined | Refused] = Joined, *, eof: bool = True) -> Outcome:
    """What a server's connection makes of reads, with one verdict on every join."""
    connection = Connection(SERVER)
    got: list[Event] = []
    malformed: RemoteProtocolError | None = None
    try:
        for octets in reads:
            connection.receive_data(octets)
            take_all(connection, got, verdict)
        if eof:
            connection.receive_eof()
        take_all(connection, got, verdict)
    except RemoteProtocolError as error:
        malformed = error
    assert malformed is None or raises_again(connection, malformed)  # for ever
    return got, None if malformed is None else place(malformed)


def take_all(connection: Connection, got: list[Event], verdict: type[Joined | Refused]) -> None:
    """Takes the events that are there, and answers a join."""
    for event in events(connection):
        got.append(event)
        if isinstance(event, Join):
            connection.send(verdict(TIME, event.nick))


ALICE, SAID = Join("", "alice"), Chat("", "alice", "hi")

CONVERSATIONS: list[tuple[bytes, list[Event], tuple[str, str, int] | None]] = [
    (b"", [Closed(0)], None),
    (b"7      ", [Closed(7)], None),  # closed inside the header
    (JOIN[:-1], [Closed(16)], None),  # inside the body
    (JOIN, [ALICE, Closed(0)], None),
    (JOIN + HI + HI, [ALICE, SAID, SAID, Closed(0)], None),
    (JOIN + HI + HI[:-1], [ALICE, SAID, Closed(18)], None),  # LEAVE-2
    (JOIN + HI + BAD_HEADER + HI, [ALICE, SAID], ("FRAME-4", "header", 0)),
    (JOIN + HI + BAD_BODY + HI, [ALICE, SAID], ("BODY-2", "body", 2)),
    (JOIN + b"9999999999", [ALICE], ("FRAME-8", "header", 0)),
    (BAD_BODY, [], ("BODY-2", "body", 2)),
    (JOIN + JOIN, [ALICE, Chat("", "alice", ""), Closed(0)], None),  # a second join is chat, and empty
    (JOIN + b"6         \0bob\0y", [ALICE, Chat("", "bob", "y"), Closed(0)], None),  # RELAY-5: the room decides
    (JOIN + b"9         \0Server\0x", [ALICE, Chat("", "Server", "x"), Closed(0)], None),
    (b"9         t\0Server\0", [Join("t", "Server"), Closed(0)], None),  # NICK-4: the room decides
]


@pytest.mark.parametrize(("octets", "wanted", "error"), CONVERSATIONS)
def test_a_server_reads_a_conversation(octets: bytes, wanted: list[Event], error: tuple[str, str, int] | None) -> None:
    """LEAVE-2, FRAME-6: the same events and the same error at the same place, whole, octet by octet, at every cut."""
    assert outcome([octets]) == (wanted, error)
    assert outcome(one_by_one(octets)) == (wanted, error)
    for cut in range(len(octets)):
        assert outcome(pieces(octets, [cut])) == (wanted, error)


@pytest.mark.parametrize(("octets", "wanted", "error"), CONVERSATIONS)
def test_a_tail_changes_nothing(octets: bytes, wanted: list[Event], error: tuple[str, str, int] | None) -> None:
    """What begins behind the last frame adds no event before it is whole."""
    complete = [event for event in wanted if not isinstance(event, Closed)]
    if wanted[-1:] in ([], [Closed(0)]):
        assert outcome([octets + b"12      "], eof=False) == (complete, error)


FRAMES = st.sampled_from([JOIN, HI, HI, "9         \0alice\0я".encode(), BAD_HEADER, BAD_BODY, b"1", b"\0", b"9" * 10])


@settings(max_examples=200, deadline=None, database=None, print_blob=False)
@given(st.lists(FRAMES, max_size=7), CUTS, st.sampled_from([Joined, Refused]))
def test_cuts_change_nothing(frames: list[bytes], cuts: list[int], verdict: type[Joined | Refused]) -> None:
    """FRAME-6: however TCP cuts the octets, and whatever the verdict, a server sees the same."""
    octets = b"".join(frames)
    assert outcome(pieces(octets, cuts), verdict) == outcome([octets], verdict)


def in_bulk(reads: list[bytes], verdict: type[Joined | Refused]) -> Outcome:
    """As `outcome`, with the chat taken all at once wherever there is any."""
    connection = Connection(SERVER)
    got: list[Event] = []
    try:
        for octets in [*reads, None]:
            connection.receive_eof() if octets is None else connection.receive_data(octets)
            while True:
                got += [Chat(*fields) for fields in connection.next_chats()]
                if (event := connection.next_event()) is NEED_DATA:
                    break
                assert not isinstance(event, Chat)  # all of it was taken
                got.append(event)
                if isinstance(event, Join):
                    connection.send(verdict(TIME, event.nick))
    except RemoteProtocolError as error:
        assert connection.next_chats() == []
        return got, place(error)
    return got, None


@settings(max_examples=200, deadline=None, database=None, print_blob=False)
@given(st.lists(FRAMES, max_size=7), CUTS, st.sampled_from([Joined, Refused]))
@example([JOIN, HI, HI, BAD_BODY, HI], [], Joined)
@example([JOIN, HI], [], Refused)
def test_chat_taken_all_at_once_is_the_same(
    frames: list[bytes], cuts: list[int], verdict: type[Joined | Refused]
) -> None:
    """LEAVE-2: the same events, the same error, at the same place; nothing before a verdict or after a refusal."""
    octets = b"".join(frames)
    assert in_bulk(pieces(octets, cuts), verdict) == outcome([octets], verdict)


def test_a_client_takes_one_frame_after_the_other() -> None:
    """Its frames may be service messages, which `next_event` tells apart."""
    client = joined(CLIENT)
    client.receive_data(HI)

    assert client.next_chats() == []
    assert client.next_event() == SAID


def test_every_pair_of_cuts_of_a_boundary() -> None:
    """FRAME-6: a join, chat with a multi-octet character and the next header, cut at every two places."""
    octets = JOIN + "9         \0alice\0я".encode() + HI[:4]
    whole = outcome([octets])
    for cuts in itertools.combinations(range(len(octets)), 2):
        assert outcome(pieces(octets, cuts)) == whole


def test_frames_behind_a_join_wait_for_the_verdict() -> None:
    """LEAVE-2: chat, a malformed frame and the end stay behind the join until the server has decided."""
    server = Connection(SERVER)
    server.receive_data(JOIN + HI + BAD_HEADER)
    server.receive_eof()
    assert server.next_event() == ALICE
    assert server.next_event() is NEED_DATA
    server.send(Joined(TIME, "alice"))
    assert server.next_event() == SAID
    with pytest.raises(RemoteProtocolError):
        server.next_event()
    assert server.state is State.CLOSED


def test_frames_behind_a_refused_join_are_dropped() -> None:
    """JOIN-5: what came and what comes is dropped, malformed or not, and only the end is left."""
    server = Connection(SERVER)
    server.receive_data(JOIN + HI + BAD_HEADER)
    assert server.next_event() == ALICE
    server.send(Refused(TIME, "no"))
    assert server.next_event() is NEED_DATA
    server.receive_data(HI + b"1")
    assert server.next_event() is NEED_DATA
    server.receive_eof()
    assert list(events(server)) == [Closed(0)]
    assert server.state is State.CLOSED


def test_a_join_that_cannot_be_read_can_be_refused() -> None:
    """BODY-3, JOIN-5: a malformed body as the first frame is a refused join; the error remains until it is answered. There is
    no nick that it could be let in under."""
    server = Connection(SERVER)
    server.receive_data(BAD_BODY + HI)
    for _ in range(2):
        with pytest.raises(RemoteProtocolError) as caught:
            server.next_event()
        assert caught.value.remedy == "refuse and close"
    for nick in ("alice", None):
        with pytest.raises(LocalProtocolError):
            server.send(Joined(TIME, nick))  # type: ignore[arg-type]
    assert server.send(Refused(TIME, str(caught.value)))
    assert server.next_event() is NEED_DATA
    server.receive_eof()
    assert isinstance(server.next_event(), Closed)


def test_an_error_is_raised_without_the_call_that_has_met_it() -> None:
    """A traceback of the octets' arrival would send its reader to the wrong place."""
    server = Connection(SERVER)
    server.receive_data(BAD_HEADER)
    with pytest.raises(RemoteProtocolError) as caught:
        server.next_event()
    assert "receive_data" not in [entry.name for entry in caught.traceback]


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("octets", [BAD_HEADER, BAD_BODY])
def test_behind_a_malformed_frame_there_is_nothing(role: Role, octets: bytes) -> None:
    """FRAME-4: the connection is closed to events and to sending, whatever still comes."""
    connection = joined(role)
    connection.receive_data(octets)
    for _ in range(3):
        with pytest.raises(RemoteProtocolError) as caught:
            connection.next_event()
        assert caught.value.remedy == "close"
        connection.receive_data(HI)
    connection.receive_eof()
    with pytest.raises(RemoteProtocolError):
        connection.next_event()
    assert connection.state is State.CLOSED
    with pytest.raises(LocalProtocolError, match="CLOSED"):
        connection.send(SAID)


def test_the_end_of_the_stream_comes_once() -> None:
    """LEAVE-2: Closed is one event, NEED_DATA is final, and octets behind the end are a mistake of the caller's."""
    server = joined(SERVER)
    server.receive_data(b"")
    assert server.next_event() is NEED_DATA
    server.receive_eof()
    server.receive_eof()
    assert list(events(server)) == [Closed(0)]
    assert server.next_event() is NEED_DATA
    with pytest.raises(LocalProtocolError, match="after the end"):
        server.receive_data(HI)
