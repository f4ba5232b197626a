"""The model of the room: what it owes to whom, and which member a frame is about."""

import pytest

from conformance.differences import differences
from conformance.octets import Out
from conformance.room import Item, Reading, Room
from conformance.script import (
    Close,
    Fence,
    Fin,
    Open,
    Rst,
    Script,
    Send,
    Settle,
    Step,
    burst,
    cast,
    enter,
    say,
    sentinel,
)
from conformance.trace import Trace
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


MANY = [str(number) for number in range(120)]
LATE = (Open("late"), Send("late", (Out(named("late")),)))


@pytest.mark.parametrize(
    ("steps", "before", "maybe"),
    [
        ([cast("ann", "bob"), burst("ann", "a", "b")], [], ["a", "b"]),
        ([cast("ann", "bob"), burst("ann", "a", "b"), Fence()], [], ["a", "b"]),
        ([cast("ann", "bob"), burst("ann", "a", "b"), Settle()], ["a", "b"], []),
        ([cast("ann", "bob"), burst("ann", "a"), Settle(), burst("bob", "b")], ["a"], ["b"]),
        ([cast("ann"), burst("ann", *MANY), Settle()], [], MANY),
        ([cast("ann"), Open("bob"), burst("ann", "a"), Settle()], [], ["a"]),
        ([cast("ann"), burst("ann", "a"), cast("bob"), burst("ann", "b"), Settle()], ["a", "b"], []),
        ([cast("ann", "bob"), burst("ann", "a"), Fin("bob"), burst("ann", "b"), Settle()], ["a"], ["b"]),
    ],
)
def test_what_was_said_before_a_join_may_have_been_taken_behind_it(
    steps: list[Step], before: list[str], maybe: list[str]
) -> None:
    """Unless somebody was waited for who had to hear it, or what the same member said after it (RELAY-6)."""
    late = Room(playing(*steps, LATE).steps).members["late"]

    assert [item.text for item in late.before if item.kind == "chat"] == before
    assert [item.text for item in late.maybe] == maybe
    assert Item("joined", "ann") in late.before


def test_what_may_have_been_taken_behind_a_join_may_be_heard() -> None:
    """Or not; what was said again behind the join has to be."""
    steps = playing(cast("ann", "bob"), burst("ann", "a"), LATE, burst("ann", "b"))
    again = playing(cast("ann", "bob"), burst("ann", "a"), LATE, burst("ann", "a"))

    def heard(of: Script, *texts: str) -> list[str]:
        all_ = {**heard_by_all(of), "late": [JOIN["late"], *map(chat, texts)]}
        return [found.requirement for found in differences(trace_of(of, all_))]

    assert heard(steps, "b") == heard(steps, "a", "b") == heard(again, "a") == []
    assert heard(steps, "a") == heard(again) == ["RELAY-1"]


def test_raw_octets_make_a_connection_wild() -> None:
    """Nothing more is expected of what it sends, or owed to it; its end is announced if it had joined."""
    steps = playing(
        cast("ann", "evil"), Send("evil", (b"rubbish", Out("x", "chat"))), say("evil", "more"), Rst("evil")
    ).steps
    room = Room(steps)

    assert room.members["evil"].wild
    assert [item for item in room.members["ann"].owed if item.kind == "chat"] == []
    assert room.members["ann"].owed[-1] == Item("left", "evil")
    assert room.due("evil") == {}


def test_announcements_are_due_and_the_last_word_of_each() -> None:
    """RELAY-6: what a member said before its last word has arrived by then, or never will."""
    room = Room(playing(cast("ann", "bob", "carl"), say("ann", "a", "b"), say("bob", "c"), Fin("bob")).steps)

    assert list(room.due("carl").values()) == [
        Item("joined", "carl"),
        Item("chat", "ann", "b"),
        Item("chat", "bob", "c"),
        Item("left", "bob"),
    ]
    assert room.due("bob") == {}


def test_what_a_reset_has_overtaken_is_not_waited_for() -> None:
    """A join and the words behind it, nor the leave of one who may never have come; of one who had come it is."""
    lost = Room(
        playing(cast("bob"), Open("ann"), Send("ann", (Out(named("ann")), Out(named("ann"), "a"))), Rst("ann")).steps
    )
    there = Room(playing(cast("bob", "ann"), Send("ann", (Out(named("ann"), "a"),)), Rst("ann")).steps)

    assert list(lost.due("bob").values()) == [Item("joined", "bob")]
    assert list(there.due("bob").values()) == [Item("joined", "bob"), Item("joined", "ann"), Item("left", "ann")]


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


def test_a_trace_makes_its_room_once_for_the_steps_that_were_begun() -> None:
    """All who judge read the same; what is played on is taken into account."""
    script = playing(cast("ann"), say("ann", "a"))
    trace = Trace(script, performed=1)
    early = trace.room

    assert trace.room is early
    assert early.members["ann"].nick == ""
    trace.performed = len(script.steps)
    assert trace.room.members["ann"].said == ["a"]
    trace.script = playing(cast("bob"), say("bob", "a"))
    assert list(trace.room.members) == ["bob"]
