"""The model of the room: what it owes to whom, and which member a frame is about."""

import pytest

from conformance.differences import differences
from conformance.octets import Out
from conformance.room import Item, Reading, Room
from conformance.script import (
    Close,
    Fin,
    Open,
    Rst,
    Send,
    Settle,
    cast,
    enter,
    say,
    sentinel,
)
from tests.conformance.conversations import JOIN, TALK, chat, named, playing, service
from tests.conformance.helpers import heard_by_all, received, trace_of


def test_joins_are_owed_to_everybody_and_chat_to_the_others() -> None:
    """JOIN-2: the new one included; RELAY-1 and RELAY-2: everybody but the sender, from the join on."""
    room = Room(playing(enter("ann"), say("ann", "early"), enter("bob"), say("ann", "hi"), say("bob", "yo")).steps)

    assert room.members["ann"].owed == [Item("joined", "ann"), Item("joined", "bob"), Item("chat", "bob", "yo")]
    assert room.members["bob"].owed == [Item("joined", "bob"), Item("chat", "ann", "hi")]
    assert room.members["ann"].said == ["early", "hi"]
    assert room.members["bob"].nick == named("bob")


@pytest.mark.parametrize("end", [Fin, Rst, Close])
def test_leaves_are_owed_to_those_who_stay(end: type[Fin | Rst | Close]) -> None:
    """LEAVE-1: not to who leaves, and nothing is owed to it any more; LEAVE-3: none for an unjoined one."""
    room = Room(playing(cast("ann", "bob"), Open("mute"), end("bob"), end("mute"), say("ann", "hi")).steps)

    assert room.members["ann"].owed[2:] == [Item("left", "bob")]
    assert room.members["bob"].owed == [Item("joined", "bob")]
    assert {member.state for member in room.members.values() if member.who != "ann"} == {"gone"}


def test_an_unjoined_connection_is_owed_nothing() -> None:
    """JOIN-4: what the others hear meanwhile, or heard before, is kept apart."""
    member = Room(playing(cast("ann"), Open("mute"), say("ann", "hi"), cast("bob")).steps).members["mute"]

    assert member.owed == []
    assert member.before == [Item("joined", "ann"), Item("chat", "ann", "hi"), Item("joined", "bob")]


def test_raw_octets_make_a_connection_wild() -> None:
    """Nothing more is expected of what it sends, or owed to it; its end is announced if it had joined."""
    steps = playing(
        cast("ann", "evil"), Send("evil", (b"rubbish", Out("x", "chat"))), say("evil", "more"), Rst("evil")
    ).steps
    room = Room(steps)

    assert room.members["evil"].wild
    assert [item for item in room.members["ann"].owed if item.kind == "chat"] == []
    assert room.members["ann"].owed[-1] == Item("left", "evil")
    assert room.anchors("evil") == []


def test_anchors_are_announcements_and_the_last_word_of_each() -> None:
    """RELAY-6: what a member said before its last word has arrived by then, or never will."""
    room = Room(playing(cast("ann", "bob", "carl"), say("ann", "a", "b"), say("bob", "c"), Fin("bob")).steps)

    assert room.anchors("carl") == [
        Item("joined", "carl"),
        Item("left", "bob"),
        Item("chat", "ann", "b"),
        Item("chat", "bob", "c"),
    ]
    assert room.anchors("bob") == []


def test_a_reading_matches_by_nick() -> None:
    """Frames that are about nobody of the cast are strange; service messages of other words too."""
    room = Room(TALK.steps)
    reading = Reading(room, "bob")
    for frame in received([JOIN["bob"], chat("a"), ("stranger", "a"), service("welcome"), JOIN["evil"]]).frames:
        reading.take(frame)

    assert [item for item, _ in reading.items] == [Item("joined", "bob"), Item("chat", "ann", "a")]
    assert [frame.text for frame in reading.strange] == ["a", "welcome", JOIN["evil"][1]]
    assert reading.seen[Item("chat", "ann", "a")] == 1


def test_a_nick_taken_again_is_matched_with_whom_it_is_due() -> None:
    """NICK-6: of two parties under one nick, the first announcement is about the first, the second about the second."""
    steps = playing(
        cast("ann"), enter("one", "same"), Fin("one"), Settle(), enter("two", "same"), sentinel("two", name="same")
    )

    assert differences(trace_of(steps, heard_by_all(steps))) == []
    assert [item.who for item in Room(steps.steps).members["ann"].owed[1:]] == ["one", "one", "two", "two"]
