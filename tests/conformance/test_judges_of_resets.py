"""RELAY-1 and LEAVE-1 after a reset: what it may have overtaken, and what is owed all the same."""

from conformance.differences import differences
from conformance.octets import Out
from conformance.script import Open, Rst, Send, Settle, burst, cast, say
from tests.conformance.conversations import JOIN, LEAVE, TAG, Heard, altered, chat, playing
from tests.conformance.helpers import Said


def after_a_reset(*said: Said) -> list[tuple[str, str]]:
    """The ids found, each with the party, if bob hears this of one who speaks and resets, and of carl who says the same."""
    steps = playing(cast("ann", "bob", "carl"), say("carl", "a"), burst("ann", "a"), Rst("ann"), Settle())

    def change(heard: Heard) -> None:
        heard["bob"] = [JOIN["bob"], JOIN["carl"], *said]

    return [(found.requirement, found.who) for found in differences(altered(change, steps))]


def test_words_that_a_reset_may_overtake() -> None:
    """They arrive or not, but not twice (RELAY-1), and the leave is owed all the same; others' words are no matter of it."""
    others, own = chat("a", "carl"), chat("a")

    assert after_a_reset(others, own, LEAVE["ann"]) == []
    assert after_a_reset(others, LEAVE["ann"]) == []
    assert after_a_reset(others, own, own, LEAVE["ann"]) == [("RELAY-1", "bob")]
    assert after_a_reset(own, LEAVE["ann"]) == [("RELAY-1", "bob")]
    assert after_a_reset(others, own) == [("LEAVE-1", "bob")]


def test_a_join_that_a_reset_may_overtake() -> None:
    """It is announced, and its leave then, or neither."""
    steps = playing(cast("bob"), Open("ann"), Send("ann", (Out(f"ann-{TAG}"),)), Rst("ann"), Settle())

    def heard(*said: Said) -> list[str]:
        trace = altered(lambda all_: all_.update(bob=[JOIN["bob"], *said]), steps)
        return [found.requirement for found in differences(trace)]

    assert heard() == []
    assert heard(JOIN["ann"], LEAVE["ann"]) == []
    assert heard(JOIN["ann"], JOIN["ann"], LEAVE["ann"]) == ["JOIN-2"]
