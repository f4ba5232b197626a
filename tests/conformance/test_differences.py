"""Every kind of difference from what the room owes, each by its own requirement's id: messages."""

from collections.abc import Callable

import pytest

from conformance.differences import differences
from conformance.script import (
    Fin,
    Settle,
    burst,
    cast,
    enter,
    nick,
    say,
    sentinel,
)
from conformance.trace import Ending
from tests.conformance.conversations import (
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
from tests.conformance.helpers import heard_by_all, ids, trace_of

# A faithful server.


def test_a_faithful_trace_has_no_difference() -> None:
    """Nothing is found where nothing is wrong."""
    assert differences(trace_of(TALK, heard_by_all(TALK))) == []


def test_what_strangers_say_is_no_difference() -> None:
    """Other members, and service messages of other words, may be there at any time after the join (SERVICE-1)."""

    def more(heard: Heard) -> None:
        for said in heard.values():
            said[1:1] = [("stranger", "hi"), service("[stranger] joined the chat"), service("welcome")]

    assert differences(altered(more)) == []


def test_a_greeting_before_the_join_is_a_difference() -> None:
    """JOIN-3: the announcement is the first frame that a new client receives, whenever the greeting was sent."""
    trace = altered(lambda heard: heard["bob"].insert(0, service("hello")))

    assert the_only(trace).requirement == "JOIN-3"


def test_steps_that_were_not_played_are_owed_nothing() -> None:
    """The model walks as far as the player came."""
    heard = heard_by_all(playing(cast("ann", "bob")))
    trace = trace_of(TALK, heard)
    trace.performed = 6

    assert differences(trace) == []


# Missing.


def test_a_missing_message_is_proven_by_a_later_one() -> None:
    """RELAY-1, by the sentinel of the same sender (RELAY-6)."""
    found = the_only(without(chat("b")))

    assert (found.requirement, found.who, found.decided_by) == ("RELAY-1", "bob", "sentinel")
    assert (found.expected, found.seen) == ("'b'", "nothing")


def test_a_missing_last_message_is_decided_by_the_deadline() -> None:
    """Nothing comes behind it that could prove it missing."""
    assert the_only(without(chat(LAST))).decided_by == "deadline"


@pytest.mark.parametrize(
    ("ending", "words"),
    [("fin", "the server closed"), ("reset", "the server reset"), ("unreachable", "could not connect")],
)
def test_a_missing_message_behind_a_close_is_decided_by_it(ending: Ending, words: str) -> None:
    """The receiver's connection was ended by the server: nothing can come any more."""
    trace = without(chat(LAST))
    trace.ended["bob"] = ending
    found = the_only(trace)

    assert (found.requirement, found.decided_by) == ("RELAY-1", "closed")
    assert words in found.seen


def test_a_missing_message_of_a_sender_that_was_thrown_out_is_decided_by_it() -> None:
    """The sender's connection was ended by the server while the sender stayed."""
    trace = without(chat(LAST))
    trace.ended["ann"] = "fin"

    assert the_only(trace).decided_by == "closed"
    assert "the connection of ann" in the_only(trace).seen


def test_several_missing_messages_are_several_differences() -> None:
    """Each at each party."""

    def lose(heard: Heard) -> None:
        for who in ("bob", "carl"):
            heard[who] = [said for said in heard[who] if said not in (chat("a"), chat("c"))]

    assert [(found.who, found.expected) for found in differences(altered(lose))] == [
        ("bob", "'a'"),
        ("bob", "'c'"),
        ("carl", "'a'"),
        ("carl", "'c'"),
    ]


def test_one_of_two_equal_messages_is_missed() -> None:
    """A text said twice is owed twice."""
    twice = playing(cast("ann", "bob"), say("ann", "a", "a"), sentinel("ann"))
    found = the_only(altered(lambda heard: heard["bob"].remove(chat("a")), twice))

    assert (found.requirement, found.decided_by) == ("RELAY-1", "sentinel")


# Too much, or other than it was.


def test_a_message_delivered_twice() -> None:
    """RELAY-1: exactly once."""
    found = the_only(altered(lambda heard: heard["bob"].append(chat("b"))))

    assert (found.requirement, found.expected, found.seen) == ("RELAY-1", "'b' once", "2 times")


def test_a_message_at_its_sender() -> None:
    """RELAY-2, said once however often."""
    found = the_only(altered(lambda heard: heard["ann"].extend([chat("a"), chat("b")])))

    assert (found.requirement, found.who) == ("RELAY-2", "ann")
    assert "'a'" in found.seen


@pytest.mark.parametrize("text", ["B", "", " b", "b\n", "bb"])
def test_an_altered_text(text: str) -> None:
    """RELAY-3: octet for octet."""
    found = the_only(replaced(chat("b"), chat(text)))

    assert (found.requirement, found.expected, found.seen) == ("RELAY-3", "'b'", ascii(text))


def test_a_text_that_nobody_said() -> None:
    """RELAY-3 too: only what was said."""
    assert the_only(altered(lambda heard: heard["bob"].append(chat("made up")))).requirement == "RELAY-3"


def test_an_altered_nick_of_a_message() -> None:
    """NICK-2: the text is found again under another nick."""
    found = the_only(replaced(chat("b"), (named("ann").upper(), "b")))

    assert found.requirement == "NICK-2"
    assert named("ann") in found.expected
    assert named("ann").upper() in found.seen


@pytest.mark.parametrize("kind", ["joined", "left"])
@pytest.mark.parametrize("change", [str.upper, str.strip, lambda nick: nick[:8], lambda nick: nick.replace("-", " ")])
def test_an_altered_nick_of_an_announcement(kind: str, change: Callable[[str], str]) -> None:
    """NICK-2: the announcement is there, but the nick in it looks like what is left of the right one."""
    steps = playing(cast("ann"), enter("evil", f" evil-{TAG}"), Fin("evil"), Settle(), sentinel("ann"))
    right = f" evil-{TAG}"
    old, new = (service(f"[{name}] {kind} the chat") for name in (right, change(right)))

    def swap(heard: Heard) -> None:
        heard["ann"][heard["ann"].index(old)] = new

    if old == new:
        pytest.skip("this change leaves it as it is")
    assert the_only(altered(swap, steps)).requirement == "NICK-2"


@pytest.mark.parametrize(("first", "second"), [("a", "b"), ("b", "c"), ("a", "c")])
def test_two_messages_of_one_sender_in_the_wrong_order(first: str, second: str) -> None:
    """RELAY-6."""

    def swap(heard: Heard) -> None:
        one, other = (heard["bob"].index(chat(text)) for text in (first, second))
        heard["bob"][one], heard["bob"][other] = heard["bob"][other], heard["bob"][one]

    assert ids(differences(altered(swap))) == {"RELAY-6"}


def test_messages_of_two_senders_may_come_in_any_order() -> None:
    """Only RELAY-7 speaks of that, and not of two members alone."""
    both = playing(cast("ann", "bob", "carl"), say("ann", "a"), say("bob", "b"), sentinel("ann"), sentinel("bob"))

    def swap(heard: Heard) -> None:
        heard["carl"].sort(key=lambda said: said[0] == named("ann"))

    assert differences(altered(swap, both)) == []


def test_long_texts_are_cut_in_sentences() -> None:
    """A body of a megabyte does not stand in a report's sentence."""
    long = playing(cast("ann", "bob"), burst("ann", "x" * 100_000), sentinel("ann"))
    found = the_only(altered(lambda heard: heard["bob"].remove(chat("x" * 100_000)), long))

    assert len(found.expected) < 100
    assert "100000 octets" in found.expected


def test_differences_name_the_nick_safely() -> None:
    """Sentences are ASCII, whatever the nicks and texts were."""
    name = f"\x1b[31m\u202e{TAG}"
    hostile = playing(cast("bob"), enter("ann", name), say("ann", "\x07", name=name), sentinel("ann", name=name))
    found = differences(altered(lambda heard: heard["bob"].remove((name, "\x07")), hostile))

    assert ids(found) == {"RELAY-1"}
    assert all(value.isascii() and value.isprintable() for one in found for value in (one.expected, one.seen, one.who))
    assert nick("ann") not in repr(found)
