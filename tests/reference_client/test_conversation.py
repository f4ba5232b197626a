"""The conversation without any socket."""

import itertools
from collections.abc import Iterable
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reference_client.conversation import Conversation, NotSentError
from reference_client.exits import Ending, Exit
from reference_client.frames import Frame, plain
from spec import display, wire
from tests.reference_client.peers import SHOWN, TIME, announcement, frame

NOW = datetime(2026, 11, 22, 10, 21, 7, 123_456, UTC)
JOINED = f"{SHOWN}Z [Server] [alice] joined the chat"


def conversation(*, joined: bool = True) -> Conversation:
    """A conversation that has sent its join, announced if so wished."""
    talk = Conversation("alice", now=lambda: NOW)
    talk.join()
    if joined:
        assert heard(talk, announcement("alice")) == [JOINED]
    return talk


def heard(talk: Conversation, octets: bytes) -> list[str]:
    """The lines that show what the server sent."""
    return list(map(plain(UTC), talk.receive(octets)))


def fields(octets: bytes) -> tuple[str, str, str]:
    """The fields of one frame to the server."""
    values = wire.TO_SERVER.parse(octets)
    return values.time, values.nick, values.text


def test_the_join_comes_first() -> None:
    """The join carries the nick, the client's own UTC time and no text (CLIENT-1, TIME-3)."""
    talk = Conversation("alice", now=lambda: NOW)

    assert fields(talk.join()) == (TIME, "alice", "")
    assert not talk.joined


def test_its_own_announcement_joins_it() -> None:
    """Only the announcement of its own nick lets it talk (JOIN-3)."""
    talk = conversation(joined=False)
    talk.receive(announcement("bob"))
    assert not talk.joined
    talk.receive(announcement("alice"))
    assert talk.joined


def test_a_line_becomes_a_frame() -> None:
    """A line is sent octet for octet, an empty one too (CLIENT-1, RELAY-3)."""
    talk = conversation()
    for text in ("hi", "", " ", "\ufeffé\r\t\x1b[0m 😀", "7         "):
        assert fields(talk.say(text.encode())) == (TIME, "alice", text)


@pytest.mark.parametrize(
    ("line", "why"),
    [
        (b"a\x00b", "it contains NUL, at octet 1"),
        (b"abc\xff", "it is not UTF-8 at octet 3"),
        (b"\xed\xa0\x80", "it is not UTF-8 at octet 0"),
        (b"\xc0\xaf", "it is not UTF-8 at octet 0"),
        (b"x" * 1_048_576, "a body of 1048607 octets, and the limit is 1048576"),
    ],
)
def test_what_cannot_be_sent(line: bytes, why: str) -> None:
    """NUL, what is not UTF-8 and what is too long is not sent, and the next line is (CLIENT-1)."""
    talk = conversation()
    with pytest.raises(NotSentError, match=why):
        talk.say(line)

    assert fields(talk.say(b"next"))[2] == "next"


def test_the_largest_body() -> None:
    """A body of exactly 1,048,576 octets is sent, one octet more is not (CLIENT-1)."""
    talk = conversation()
    room = 1_048_576 - len(TIME) - len("alice") - 2

    octets = talk.say("é".encode() * (room // 2) + b"x" * (room % 2))

    assert octets[:10] == b"1048576   "
    assert len(octets) == 10 + 1_048_576
    with pytest.raises(NotSentError):
        talk.say(b"x" * (room + 1))


def test_every_frame_is_shown_once_in_order() -> None:
    """Chat and service messages are lines `TIME [NICK] TEXT` (CLIENT-2, CLIENT-3, SERVICE-1)."""
    talk = conversation()
    octets = frame("bob", "hi") + frame("Server", "[bob] left the chat", "noon") + frame("bob", "")

    assert heard(talk, octets) == [
        f"{SHOWN}Z [bob] hi",
        "noon [Server] [bob] left the chat",
        f"{SHOWN}Z [bob] ",
    ]
    assert heard(talk, b"") == []


def test_a_frame_before_the_join_is_shown() -> None:
    """Every frame is shown, also what a server sends too early (CLIENT-2)."""
    assert heard(conversation(joined=False), frame("bob", "hi")) == [f"{SHOWN}Z [bob] hi"]


def test_refused_with_a_reason() -> None:
    """A close before the join is a refusal; the reason is a shown frame and in the sentence (CLIENT-5)."""
    talk = conversation(joined=False)

    assert heard(talk, frame("Server", "the nick is taken")) == [f"{SHOWN}Z [Server] the nick is taken"]
    assert talk.ending is None
    talk.receive(b"")
    assert talk.ending == Ending(Exit.REFUSED, "the server refused to let alice join: the nick is taken")


def test_refused_without_a_reason() -> None:
    """A server need not say why (JOIN-5)."""
    talk = conversation(joined=False)
    talk.receive(b"")
    assert talk.ending == Ending(Exit.REFUSED, "the server refused to let alice join, and gave no reason")


def test_a_reset_before_the_join() -> None:
    """With a reason it is a refusal, without one nobody can tell, and it is a loss."""
    talk = conversation(joined=False)
    talk.lost("connection reset by peer")
    assert talk.ending == Ending(Exit.LOST, "the connection is lost: connection reset by peer")

    talk = conversation(joined=False)
    talk.receive(frame("Server", "full"))
    talk.lost("connection reset by peer")
    assert talk.ending == Ending(Exit.REFUSED, "the server refused to let alice join: full")


def test_the_server_goes_away() -> None:
    """It says so, and whether a frame was cut (CLIENT-5)."""
    talk = conversation()
    talk.receive(b"")
    assert talk.ending == Ending(Exit.LOST, "the server closed the connection")

    for joined in (True, False):
        talk = conversation(joined=joined)
        assert heard(talk, frame("bob", "hi")[:13]) == []
        talk.receive(b"")
        assert talk.ending == Ending(
            Exit.LOST, "the server closed the connection inside a frame, after 13 octets of it"
        )


def test_the_end_after_all_is_said() -> None:
    """The server's end is the expected one once nothing is left to say; a cut frame or a reset is not."""
    talk = conversation()
    talk.said_all()
    assert heard(talk, frame("bob", "bye")) == [f"{SHOWN}Z [bob] bye"]
    talk.receive(b"")
    assert talk.ending == Ending(Exit.DONE)

    talk = conversation()
    talk.said_all()
    talk.receive(b"1")
    talk.receive(b"")
    assert talk.ending is not None
    assert talk.ending.status is Exit.LOST

    talk = conversation()
    talk.said_all()
    talk.lost("connection reset by peer")
    assert talk.ending is not None
    assert talk.ending.status is Exit.LOST


@pytest.mark.parametrize(
    ("octets", "requirement"),
    [
        (b"0x00000010", "FRAME-4"),
        (b"9999999999", "FRAME-8"),
        (b"1048860   ", "FRAME-8"),
        (b"0         ", "BODY-1"),
        (b"3         a\x00b", "BODY-1"),
        (b"4         \xff\x00b\x00", "BODY-2"),
    ],
)
def test_a_malformed_frame(octets: bytes, requirement: str) -> None:
    """What stood before it is shown, nothing behind it, and the sentence names what is broken (CLIENT-5)."""
    talk = conversation()

    assert heard(talk, frame("bob", "hi") + octets + frame("bob", "ho")) == [f"{SHOWN}Z [bob] hi"]
    assert talk.ending is not None
    assert talk.ending.status is Exit.LOST
    assert talk.ending.sentence.startswith(f"the server sent a malformed frame: {requirement}: ")


def test_the_first_cause_stays() -> None:
    """A conversation ends once."""
    talk = conversation()
    talk.receive(b"")
    talk.lost("something else")
    talk.end(Exit.DONE)
    assert talk.ending == Ending(Exit.LOST, "the server closed the connection")


FIELD = st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs"]))
FRAMES = st.lists(st.tuples(FIELD | st.just(TIME), FIELD | st.just("Server"), FIELD))


@settings(deadline=None, database=None)
@given(FRAMES, st.lists(st.integers(0, 400)))
def test_the_cuts_do_not_matter(frames: list[tuple[str, str, str]], places: Iterable[int]) -> None:
    """However TCP cuts the octets, the lines are the same, one for each frame (CLIENT-2, FRAME-6)."""
    octets = b"".join(frame(nick, text, time) for time, nick, text in frames)
    cuts = [0, *sorted(place for place in places if place <= len(octets)), len(octets)]
    talk = conversation()

    shown: list[Frame] = []
    for start, stop in itertools.pairwise(cuts):
        if start < stop:
            shown += talk.receive(octets[start:stop])

    assert shown == conversation().receive(octets) if octets else not shown
    assert len(shown) == len(frames)


CONTROLS = {*range(0x20), *range(0x7F, 0xA0), 0x2028, 0x2029, *range(0x202A, 0x202F), *range(0x2066, 0x206A), 0x061C}
DANGEROUS = st.sampled_from([chr(code) for code in sorted(CONTROLS - {0})] + ["\x1b[2J", "\x9b31m", "\r\n", "\ufeff"])
HOSTILE = st.lists(FIELD | DANGEROUS | st.sampled_from(["a", "😀", "é"])).map("".join)


@settings(deadline=None, database=None, max_examples=300)
@given(HOSTILE, HOSTILE, HOSTILE)
def test_nothing_drives_the_terminal(time: str, nick: str, text: str) -> None:
    """Whatever a server sends, its line has no control character and no override, and each left a mark (CLIENT-4)."""
    (line,) = heard(conversation(), frame(nick, text, time))

    assert not CONTROLS & set(map(ord, line))
    assert line.endswith(f" [{display.safe(nick)}] {display.safe(text)}")
    assert len(display.safe(text)) == len(text)
