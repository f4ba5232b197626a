"""The fine print of reading: moments, announcements, names of nobody, and which differences a failed delivery makes."""

import pytest

import conformance.checks  # noqa: F401  # registers them
from conformance.check import CHECKS, DELIVERY
from conformance.octets import LONG_TEXT, Got, Out, Reader, announced, instant, is_nobody, joined, left
from conformance.script import Send, cast, say
from conformance.trace import Trace
from tests.conformance.conversations import JOIN, TALK, altered, chat, playing, replaced, service, without
from tests.conformance.helpers import ids


@pytest.mark.parametrize(
    ("time", "seconds"), [("00:00:59", 59.0), ("00:00:58.5", 58.5), ("00:00:60", 60.0), ("00:00:60.25", 60.25)]
)
def test_the_last_seconds_of_a_minute(time: str, seconds: float) -> None:
    """Only a leap second is one more than the 59th."""
    assert instant(f"1970-01-01T{time}Z") == seconds


@pytest.mark.parametrize("text", ["ann] joined the chat", "] left the chat", "x[ann] joined the chat"])
def test_an_announcement_begins_with_a_bracket(text: str) -> None:
    """Any other text is none (SERVICE-1)."""
    assert announced(text) is None


@pytest.mark.parametrize(
    "name",
    ["", "None", "null", "nil", "undefined", "<unknown>", "Anonymous", "guest", "nobody", "?", "('127.0.0.1', 5)"],
)
def test_names_of_nobody(name: str) -> None:
    """What servers call a connection without a nick."""
    assert is_nobody(name)


@pytest.mark.parametrize("name", ["::1", "localhost:4711", " 127.0.0.1"])
def test_addresses_are_names_of_nobody(name: str) -> None:
    """In any spelling."""
    assert is_nobody(name)


@pytest.mark.parametrize("name", ["ann", "guest1", "none of it", "10.0.0.1", "x127.0.0.1"])
def test_names_of_somebody(name: str) -> None:
    """Anything else."""
    assert not is_nobody(name)


def kept(octets: bytes, known: dict[str, str] | None) -> Got:
    """What a reader keeps of one frame, if these long texts may come."""
    reader = Reader()
    reader.known = known
    [frame] = reader.feed(octets, 0.0, 0.0)
    return frame


LONG = "é" + "x" * (LONG_TEXT - 1)
SHORTER = LONG[:-1]


def test_a_frame_is_kept_as_it_came() -> None:
    """However long it is, where nothing is said of what may come; and somebody has looked all the time."""
    frame = kept(Out("ann", LONG).octets, None)

    assert (frame.octets, frame.text, frame.unseen) == (Out("ann", LONG).octets, LONG, 0.0)


def test_long_texts_of_others_are_cut() -> None:
    """Where nothing long was said; what is shorter by a character is kept whole."""
    for text in (LONG, LONG + "x"):
        frame = kept(Out("ann", text).octets, {})
        assert (frame.raw, frame.text) == (Out("ann", text).octets[10:][:LONG_TEXT], LONG)

    assert kept(Out("ann", SHORTER).octets, {}).octets == Out("ann", SHORTER).octets


def test_long_texts_that_are_known_are_kept_once() -> None:
    """Only where fields say all that there is: not short ones, other ones, nor what is no UTF-8."""
    other, broken = LONG + "y", Out("ann", LONG).octets[:-1] + b"\xff"
    known = {text: text for text in (LONG, SHORTER, f"{LONG[:-1]}\ufffd")}
    frame = kept(Out("ann", LONG).octets, known)

    assert (frame.raw, frame.octets) == (None, Out("ann", LONG).octets)
    assert frame.text is known[LONG]
    for octets in (Out("ann", SHORTER).octets, Out("ann", other).octets, broken):
        assert kept(octets, known).raw == octets[10:]


@pytest.mark.parametrize("known", [{}, {LONG: LONG}])
@pytest.mark.parametrize(
    ("body", "problem"),
    [
        (b"\0ann\0" + LONG.encode() + b"\0", "BODY-1"),
        (b"\0" + LONG.encode(), "BODY-1"),
        (LONG.encode(), "BODY-1"),
        (b"\0\xff\0" + LONG.encode(), "BODY-2"),
        (b"\xff\0ann\0" + LONG.encode(), "BODY-2"),
        (b"\0ann\0" + LONG.encode()[:-1] + b"\xff", "BODY-2"),
    ],
)
def test_long_frames_with_a_mistake_are_kept_whole(known: dict[str, str], body: bytes, problem: str) -> None:
    """And the one behind is read as if nothing had happened, with its own place and moment."""
    reader = Reader()
    reader.known = known
    frames = list(reader.feed(b"%-10d%b" % (len(body), body) + Out("ann", LONG).octets, 5.0, 7.0, 0.5))

    assert (frames[0].raw, frames[0].problem) == (body, problem)
    assert [(one.header, one.at, one.wall, one.number, one.unseen) for one in frames] == [
        (b"%-10d" % len(body), 5.0, 7.0, 0, 0.5),
        (Out("ann", LONG).octets[:10], 5.0, 7.0, 1, 0.5),
    ]
    assert (frames[1].problem, frames[1].nick, frames[1].text) == (None, "ann", LONG)


def test_a_long_frame_with_an_early_nul_too_many_is_kept_whole() -> None:
    """Wherever in its text that is."""
    for place in (0, 50, 99, 100, LONG_TEXT):
        body = b"12:00\0ann\0" + b"x" * place + b"\0" + b"x" * LONG_TEXT
        frame = kept(b"%-10d%b" % (len(body), body), {})
        assert (frame.raw, frame.problem) == (body, "BODY-1")


def test_a_long_frame_without_a_time_is_cut_as_others_are() -> None:
    """An empty time is one, as far as the body goes."""
    frame = kept(Out("ann", LONG, "").octets, {})

    assert (frame.problem, frame.time, frame.nick, frame.text) == (None, "", "ann", LONG)
    assert len(frame.raw or b"") == LONG_TEXT


def test_frames_without_what_is_asked_for_are_passed_over() -> None:
    """And not counted; but announcements are read."""
    reader = Reader()
    reader.only = b"tag"
    sent = [
        Out("ann", "a"),
        Out("ann-tag", "b"),
        Out("ann", "c tag"),
        Out("Server", joined("x")),
        Out("Server", left("x")),
    ]
    frames = list(reader.feed(b"".join(out.octets for out in sent), 0.0, 0.0))

    assert [(frame.text, frame.number) for frame in frames] == [
        ("b", 0),
        ("c tag", 1),
        ("[x] joined the chat", 2),
        ("[x] left the chat", 3),
    ]
    assert reader.frames == frames


@pytest.mark.parametrize("size", range(1, 40))
def test_frames_are_passed_over_in_whatever_pieces_they_come(size: int) -> None:
    """What follows them, and what is no frame, is told from them wherever a read ends."""
    reader = Reader()
    reader.only = b"tag"
    sent = [
        Out("ann", "a"),
        Out("ann", LONG),
        Out("bob", "tag"),
        Out("ann", "b"),
        Out("carl-tag", "c"),
        Out("ann", "d"),
    ]
    octets = b"".join(out.octets for out in sent)
    heard = [
        frame for place in range(0, len(octets), size) for frame in reader.feed(octets[place : place + size], 0, 0)
    ]
    kept_back = list(reader.feed(Out("ann-tag", "e").octets[:-1], 0, 0))

    assert ([frame.nick for frame in heard], kept_back) == (["bob", "carl-tag"], [])
    assert (reader.garbage, reader.unfinished) == (None, Out("ann-tag", "e").octets[:-1])


def test_of_a_long_frame_that_is_passed_over_only_the_first_octets_are_kept() -> None:
    """And how many more belong to it is told: what those are does not matter."""
    reader = Reader()
    reader.only = b"tag"
    long = Out("ann", "x" * 3 * LONG_TEXT).octets
    last = Out("ann-tag", "b").octets

    assert list(reader.feed(Out("ann", "a").octets + long[: LONG_TEXT + 5], 0, 0)) == []
    assert (reader.unfinished, reader.passing) == (long[:LONG_TEXT], len(long) - LONG_TEXT - 5)
    assert list(reader.feed(b"?" * (reader.passing - 1), 0, 0)) == []
    assert (reader.unfinished, reader.passing) == (long[:LONG_TEXT], 1)
    assert [frame.octets for frame in reader.feed(b"?" + last + long[:9], 0, 0)] == [last]
    assert (reader.unfinished, reader.passing, reader.garbage) == (long[:9], 0, None)


@pytest.mark.parametrize("header", [b"99999999  ", b"x         "])
def test_what_is_no_frame_is_not_passed_over(header: bytes) -> None:
    """Nor a body that is larger than any may be, if all of it were there."""
    reader = Reader()
    reader.only = b"tag"

    assert list(reader.feed(Out("ann", "a").octets + header + bytes(99999999), 0, 0)) == []
    assert reader.garbage is not None
    assert reader.garbage.startswith(header)


def test_a_tag_deep_in_a_long_frame_counts_where_long_texts_may_come() -> None:
    """Elsewhere it is not looked for: what is long there is another conversation's."""
    deep = Out("ann", LONG + "tag")
    heard = []
    for known in ({}, {deep.text: deep.text}):
        reader = Reader()
        reader.only, reader.known = b"tag", known
        heard.append([frame.text for frame in reader.feed(deep.octets, 0, 0)])

    assert heard == [[], [deep.text]]


@pytest.mark.parametrize(
    ("part", "is_ascii"),
    [(b"x", True), (b"\xff", False), (Out("é"), False), (Out("a", "é"), False), (Out("a", time="é"), False)],
)
def test_octets_below_128(part: Out | bytes, is_ascii: bool) -> None:
    """Of a stretch of frames and raw octets."""
    assert Send("ann", (Out("ann", "a"), part)).is_ascii == is_ascii


BROKEN: dict[str, Trace] = {
    "JOIN-2": replaced(JOIN["carl"], service("welcome")),
    "RELAY-1": without(chat("b")),
    "RELAY-3": replaced(chat("b"), chat("altered")),
    "NICK-2": replaced(chat("b"), ("ANN", "b")),
    "FRAME-1": altered(lambda heard: heard["bob"].append(b"hello world")),
    "FRAME-2": altered(lambda heard: heard["bob"].append(b"+20       x")),
    "BODY-1": altered(lambda heard: heard["bob"].append(b"3         ann")),
    "BODY-2": altered(lambda heard: heard["bob"].append(b"3         \0\0\xff")),
}


@pytest.mark.parametrize("requirement", BROKEN)
def test_what_an_unusual_frame_can_come_to(requirement: str) -> None:
    """Whatever becomes of it on its way is the failure of the check that sent it."""
    assert ids(CHECKS["TIME-2/any-time-ascii"].relevant(BROKEN[requirement])) == {requirement}


def test_the_order_of_frames_is_no_delivery() -> None:
    """RELAY-6 judges that, and nobody else; an echo is RELAY-2's."""
    swapped = altered(lambda heard: heard["bob"].reverse(), playing(cast("ann", "bob"), say("ann", "a", "b", "c")))
    echoed = altered(lambda heard: heard["ann"].append(chat("a")), TALK)

    assert CHECKS["TIME-2/any-time-ascii"].relevant(echoed) == []
    assert "RELAY-6" not in ids(CHECKS["TIME-2/any-time-ascii"].relevant(swapped))
    assert set(BROKEN) == DELIVERY
