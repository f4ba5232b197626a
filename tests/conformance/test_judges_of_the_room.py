"""The fine print of the room and of differences from it: each condition decides something, and here is what."""

import pytest

from conformance.differences import differences
from conformance.octets import Out
from conformance.room import Item, Reading, Room
from conformance.script import Fence, Fin, Open, Rst, Send, Settle, cast, enter, say, sentinel
from conformance.trace import Trace
from tests.conformance.conversations import (
    JOIN,
    LAST,
    TAG,
    TALK,
    Heard,
    altered,
    chat,
    named,
    playing,
    replaced,
    service,
    the_only,
    without,
)
from tests.conformance.helpers import STAMP, Said, ids, received


def tagged(trace: Trace) -> Trace:
    """The same, of a playing that knows its tag."""
    trace.tag = TAG
    return trace


# Whose frame is it?


def test_frames_without_the_characters_of_the_run_are_not_anothers() -> None:
    """They may be what is left of our own."""
    assert the_only(tagged(replaced(chat("b"), ("ANN", "b")))).requirement == "NICK-2"


def test_a_frame_with_our_tag_and_anothers_is_ours() -> None:
    """One tag of ours is enough."""
    words = service(f"{named('carl')} joined the chat behind abcd0009")

    assert the_only(tagged(replaced(JOIN["carl"], words))).decided_by == "frame"


def test_a_service_message_in_other_words_is_about_no_member() -> None:
    """Not even about one who is called Server, or who has no nick yet."""
    room = Room(playing(enter("ann", "Server"), Open("mute")).steps)
    reading = Reading(room, "ann")
    for frame in received([service("welcome"), ("", "hello")]).frames:
        reading.take(frame)

    assert [frame.text for frame in reading.strange] == ["welcome", "hello"]


def test_who_has_gone_says_nothing_more() -> None:
    """What a script sends behind the end arrives nowhere."""
    room = Room(playing(cast("ann", "bob"), Fin("bob"), say("bob", "x")).steps)

    assert room.members["ann"].owed[-1] == Item("left", "bob")
    assert room.members["bob"].said == []


def test_to_a_wild_member_that_is_still_there_nothing_is_due() -> None:
    """Nothing is owed to it, so nothing is waited for."""
    assert Room(playing(cast("ann", "evil"), Send("evil", (b"x",)), say("ann", "a")).steps).due("evil") == {}


# Frames that are none.


def test_nothing_else_is_judged_where_octets_could_not_be_read() -> None:
    """What is missing may stand in them."""
    assert the_only(altered(lambda heard: heard.update(bob=[JOIN["bob"], b"hello world"]))).requirement == "FRAME-1"


def test_a_frame_that_a_member_did_not_stay_for() -> None:
    """Its rest is owed to nobody."""
    leaving = playing(cast("ann", "bob"), say("ann", "a"), Fin("bob"))
    trace = altered(lambda heard: heard["bob"].append(b"50        half of it"), leaving)
    trace.expired = Settle()

    assert differences(trace) == []


@pytest.mark.parametrize(
    ("header", "requirement"),
    [
        (b"5_0       ", "FRAME-2"),
        (b"fifty-one ", "FRAME-2"),  # ten octets, as the time behind them tells
        (b"+50        ", "FRAME-1"),
        (b"+50      ", "FRAME-1"),
        (b"+50          ", "FRAME-1"),  # 13
        (b"+50           ", "FRAME-2"),  # no time near where one is due: the spelling decides
    ],
)
def test_where_the_time_stands_tells_how_long_the_header_was(header: bytes, requirement: str) -> None:
    """Ten octets that are no number break FRAME-2, another number of octets FRAME-1."""
    garbage = header + STAMP.encode() + b"\0ann\0hello"

    assert the_only(altered(lambda heard: heard["bob"].append(garbage))).requirement == requirement


# Joins.


def test_words_of_a_member_are_not_the_own_join() -> None:
    """Though they say the same."""
    assert "JOIN-3" in ids(differences(replaced(JOIN["bob"], chat(JOIN["bob"][1]), JOIN["bob"])))


WAITING = playing(cast("ann"), Open("late"), say("ann", "old", "older"), Send("late", (Out(f"late-{TAG}"),)), Settle())


def before_the_join(*said: Said) -> list[str]:
    """The ids found if this reaches a newcomer before its join."""
    trace = altered(lambda heard: heard.update(late=[*said, JOIN["late"]]), WAITING)
    return [found.requirement for found in differences(trace)]


def test_what_comes_first_is_judged_once() -> None:
    """What is told of the time before the join is JOIN-4's; a greeting in front of it JOIN-3's."""
    assert set(before_the_join(chat("old"))) == {"JOIN-4"}
    assert set(before_the_join(service("welcome"), chat("old"))) == {"JOIN-4", "JOIN-3"}


def test_an_unjoined_connection_that_hears_much_is_said_once() -> None:
    """One line of the report is enough."""
    silent = playing(cast("ann"), Open("mute"), say("ann", "old", "older"))

    assert the_only(altered(lambda heard: heard["mute"].extend([chat("old"), chat("older")]), silent)).who == "mute"


# Announcements that are missing.


@pytest.mark.parametrize(
    ("instead", "requirement"),
    [
        ("[carl] joined the chat", "NICK-2"),  # part of the nick
        (f"[{'x' * 30}{named('carl')}{'x' * 30}] joined the chat", "NICK-2"),  # the nick is a part
        ("[carl-abcd00010] joined the chat", "NICK-2"),
        ("[abcd00z] joined the chat", "JOIN-2"),  # less than most of it, by a hair
        ("[gustav] joined the chat", "JOIN-2"),
        ("[] joined the chat", "JOIN-2"),
        (f"[CARL-{TAG}] left the chat", "JOIN-2"),
    ],
)
def test_an_announcement_of_what_is_left_of_a_nick(instead: str, requirement: str) -> None:
    """NICK-2 if it looks like the missing one, and says the same of it."""
    assert the_only(replaced(JOIN["carl"], service(instead))).requirement == requirement


def test_a_message_of_something_else_is_not_the_missing_announcement() -> None:
    """Whatever was said: only one that speaks of the nick is."""
    assert the_only(replaced(JOIN["carl"], service("welcome"))).decided_by == "deadline"


# Chat that is missing, or there.


def test_one_beside_very_many_equal_messages() -> None:
    """However often a text was said, the comparison does not take it for noise."""
    many = playing(cast("ann", "bob"), say("ann", "x", *["a"] * 250))

    for text in "xa":
        found = the_only(altered(lambda heard: heard["bob"].remove(chat(text)), many))  # noqa: B023  # called at once
        assert found.requirement == "RELAY-1"


def heard_by_bob(owed: str, *seen: str) -> set[tuple[str, str]]:
    """The ids found, each with how that was decided, if ann says letters and bob hears others."""
    talk = playing(cast("ann", "bob"), say("ann", *owed))

    def change(heard: Heard) -> None:
        heard["bob"] = [JOIN["bob"], *(chat(text) for text in seen)]

    return {(found.requirement, found.decided_by) for found in differences(altered(change, talk))}


def test_texts_that_stand_elsewhere_are_not_altered() -> None:
    """What was said and heard in another place is out of order, and what stands in its place is judged by itself."""
    assert heard_by_bob("abcz", *"xbcaz") == {("RELAY-6", "frame"), ("RELAY-3", "frame")}
    assert heard_by_bob("abcdz", *"dbcz") == {("RELAY-6", "frame"), ("RELAY-1", "sentinel")}


def test_what_proves_a_message_missing() -> None:
    """Only the last one of the same sender, and for any but itself."""
    assert heard_by_bob("abz", "a", "z") == {("RELAY-1", "sentinel")}
    assert heard_by_bob("abz", "a") == {("RELAY-1", "deadline")}
    assert heard_by_bob("aba", "a", "b") == {("RELAY-1", "deadline")}
    assert heard_by_bob("ab") == {("RELAY-1", "deadline")}


def test_a_strangers_words_are_not_the_missing_ones() -> None:
    """They have another text; and of an empty one nobody can say."""
    empty = playing(cast("ann", "bob"), say("ann", ""), sentinel("ann"))

    def change(heard: Heard) -> None:
        heard["bob"][heard["bob"].index(chat(""))] = ("dora", "")

    assert the_only(replaced(chat("b"), ("dora", "hello"))).requirement == "RELAY-1"
    assert the_only(altered(change, empty)).requirement == "RELAY-1"


@pytest.mark.parametrize("end", [Fin, Rst])
def test_the_end_of_a_member_by_its_own_will_proves_nothing(end: type[Fin | Rst]) -> None:
    """What it said before may still come."""
    leaving = playing(cast("ann", "bob"), say("ann", "a"), Fence(), end("ann"), Settle())
    trace = altered(lambda heard: heard["bob"].remove(chat("a")), leaving)
    trace.ended["ann"] = "fin"

    assert the_only(trace).decided_by == "deadline"


def test_the_end_of_a_member_by_the_server_proves_it() -> None:
    """Of the one who spoke, or of the one who should have heard."""
    for who in ("ann", "bob"):
        trace = without(chat(LAST))
        trace.ended[who] = "reset"
        assert the_only(trace).decided_by == "closed"
    assert differences(altered(lambda heard: None, TALK)) == []
