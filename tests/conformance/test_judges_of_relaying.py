"""RELAY and SERVICE: what the judges of chat and of its order find, and what they let pass."""

import pytest

from conformance.octets import Out
from conformance.script import TAG as ANY
from conformance.script import Ended, Fence, Fin, Hears, Open, Script, Send, Settle, cast, nick, plain, say, sentinel
from conformance.trace import Trace
from tests.conformance.conversations import JOIN, LEAVE, TAG, Heard, chat, playing, service
from tests.conformance.helpers import Said, heard_by_all, trace_of
from tests.conformance.judging import Found, got, judged, trace


@pytest.mark.parametrize(("expired", "how"), [(None, "closed"), (Settle(), "deadline")])
def test_what_a_typing_member_has_not_heard(expired: Settle | None, how: str) -> None:
    """Each text that it waited for."""
    waits = playing(cast("ann", "bob"), Hears("bob", "one"), Fence(), Hears("bob", "two"))
    heard, deaf = trace(waits, bob=[got(*chat("one")), got(*chat("two"))]), trace(waits, ann=[got(*chat("one"))])
    half = trace(waits, bob=[got(*chat("two"))])
    heard.expired = deaf.expired = half.expired = expired

    assert judged("RELAY-1/inside-a-frame", heard) == []
    assert judged("RELAY-1/inside-a-frame", half) == [("RELAY-1", "bob", how)]
    assert judged("RELAY-1/inside-a-frame", deaf) == [("RELAY-1", "bob", how)] * 2


TALK = playing(cast("ann", "bob"), say("ann", "a"), say("bob", "b"))


def announcing(*said: Said, who: str = "ann") -> Found:
    """What is found if a party hears this too."""
    heard: Heard = {party: list(frames) for party, frames in heard_by_all(TALK).items()}
    heard[who] += said
    return judged("SERVICE-1/no-false-announcements", trace_of(TALK, heard))


FALSE = [("SERVICE-1", "ann", "frame")]
COME, GO = service("[dora] joined the chat"), service("[dora] left the chat")


@pytest.mark.parametrize(
    ("said", "found"),
    [
        ([], []),
        ([COME], []),  # a stranger
        ([COME, GO, COME], []),
        ([COME, COME], FALSE),
        ([COME, GO, COME, COME], FALSE),
        ([COME, service("[eve] joined the chat")], []),
        ([("dora", COME[1])] * 2, []),
        ([service("[None] joined the chat")] * 2, []),  # an unjoined connection is JOIN-4's business
        ([service("hello"), service("hello")], []),
        ([service(f"[guest-{TAG}] joined the chat")], FALSE),  # nobody else knows our tag
        ([service(f"[guest-{TAG}] left the chat")], FALSE),
    ],
)
def test_announcements_of_nobody(said: list[Said], found: Found) -> None:
    """A name that joins again and again, or has our own characters in it, is nobody's."""
    assert announcing(*said) == found


def test_an_announcement_that_says_a_nick_of_ours_otherwise() -> None:
    """Is that nick's, and judged as such."""
    heard = dict(heard_by_all(TALK), ann=[JOIN["ann"], service(f"[BOB-{TAG}] joined the chat"), chat("b", "bob")])

    assert judged("SERVICE-1/no-false-announcements", trace_of(TALK, heard)) == [("NICK-2", "ann", "frame")]


def test_an_announcement_beside_one_that_is_missing() -> None:
    """It may be the missing one in other words."""
    other = service(f"[{'z' * 20}-{TAG}] joined the chat")
    heard = dict(heard_by_all(TALK), ann=[JOIN["ann"], other, chat("b", "bob")])

    assert judged("SERVICE-1/no-false-announcements", trace_of(TALK, heard)) == [("JOIN-2", "ann", "deadline")]


def test_a_member_that_is_announced_twice() -> None:
    """Has joined, and too often."""
    assert announcing(JOIN["bob"]) == [("JOIN-2", "ann", "frame")]


CLAIM = Out("dora", "forged").octets
FORGING = playing(cast("ann", "evil"), Send("evil", (CLAIM,)), Fence(), sentinel("ann"))
FORGED = [("RELAY-5", "ann", "frame")]
SWALLOWED = [("RELAY-5", "ann", "sentinel")]


@pytest.mark.parametrize(
    ("said", "found"),
    [
        ([chat("forged", "evil")], []),
        ([("dora", "forged")], FORGED),
        ([chat("forged", "evil"), ("dora", "forged")], FORGED),
        ([LEAVE["evil"]], []),
        ([], SWALLOWED),
        ([chat("other", "evil")], SWALLOWED),
        ([JOIN["evil"]], SWALLOWED),
        ([("dora", LEAVE["evil"][1])], SWALLOWED),
        ([LEAVE["ann"]], SWALLOWED),
    ],
)
def test_a_frame_under_another_nick(said: list[Said], found: Found) -> None:
    """Relayed under the registered one, or the end of its sender: nothing else."""
    assert judged("RELAY-5/claimed-nicks", trace(FORGING, ann=[got(*one) for one in said])) == found


EMPTY = playing(
    cast("ann", "evil"), Send("evil", (Out("dora", "").octets,)), Send("evil", (Out(nick("evil"), f"behind {ANY}"),)),
    sentinel("ann"), Fin("evil")
)  # fmt: skip


@pytest.mark.parametrize(
    ("said", "found"),
    [
        ([], []),  # whether a text of nothing is relayed is asked elsewhere
        ([chat("", "evil")], []),
        ([chat(f"behind {TAG}", "evil")], []),
        ([("dora", "")], FORGED),
        ([("dora", f"behind {TAG}")], FORGED),
        ([(f"x{TAG}", f"behind {TAG}")], FORGED),
        ([service("")], []),  # of a server that says nothing now and then
        ([("visitor", "")], []),
    ],
)
def test_a_frame_without_a_text_under_another_nick(said: list[Said], found: Found) -> None:
    """Neither it nor what comes behind it is relayed under that."""
    empty = trace(EMPTY, ann=[got(*one) for one in said])
    empty.tag = TAG
    assert judged("RELAY-5/claimed-nicks", empty) == found


def test_words_behind_a_forged_frame_are_not_the_frame() -> None:
    """Its sender is heard, and it is not: it was neither relayed nor the end of the connection."""
    heard = trace(FORGING, ann=[got(*chat(f"behind {TAG}", "evil"))])
    heard.tag = TAG
    assert judged("RELAY-5/claimed-nicks", heard) == SWALLOWED


def test_a_forger_that_is_closed_or_was_not_waited_for() -> None:
    """Its connection has ended, or nobody knows because a wait ran out."""
    closed, early = trace(FORGING), trace(FORGING)
    closed.ended["evil"] = "fin"
    early.expired = Ended("evil")

    assert judged("RELAY-5/claimed-nicks", closed) == []
    assert judged("RELAY-5/claimed-nicks", early) == []
    assert judged("RELAY-5/claimed-nicks", trace(TALK)) == []
    assert judged("RELAY-5/claimed-nicks", trace(playing(cast("ann"), Send("ann", (CLAIM,))))) == []


SENDERS = playing(
    cast("ann", "bob", "carl"),
    Send("ann", (Out(nick("ann"), "aaa"),)),
    Send("bob", (Out(nick("bob"), "bbb"),)),
)


def interleaved(*last: Said | bytes, who: str = "carl") -> Found:
    """What is found if a party receives this behind the joins."""
    heard: Heard = {party: list(frames) for party, frames in heard_by_all(SENDERS).items()}
    heard[who] = [JOIN["carl"], *last]
    return judged("RELAY-8/two-large-senders", trace_of(SENDERS, heard))


MIXED = [("RELAY-8", "carl", "frame")]


@pytest.mark.parametrize(
    ("last", "found"),
    [
        ([chat("aaa"), chat("bbb", "bob")], []),
        ([chat("aaa")], []),  # what is missing is judged elsewhere
        ([chat("aab"), chat("bba", "bob")], MIXED * 2),
        ([b"abcdefghijkl"], MIXED),
        ([chat("aaa"), b"3         bbb"], MIXED),
        ([("dora", "aaa")], []),
        ([JOIN["bob"]], []),
    ],
)
def test_frames_that_run_into_each_other(last: list[Said | bytes], found: Found) -> None:
    """Texts that nobody said, and octets that are no frame."""
    assert interleaved(*last) == found


def test_what_others_receive_of_two_senders() -> None:
    """Only the one that reads late is judged."""
    assert interleaved(b"abcdefghijkl", who="ann") == []
    assert judged("RELAY-8/two-large-senders", trace(TALK)) == []


MANY = playing(
    cast("ann", "bob", "carl"), say("ann", "a", "b"), Settle(), Open("late"), Send("late", (Out(nick("late")),))
)


def ordered(script: Script = MANY, **received: list[Said]) -> Found:
    """What is found if parties receive this."""
    return judged(
        "RELAY-7/same-order-everywhere", trace(script, **{k: [got(*s) for s in v] for k, v in received.items()})
    )


def test_the_same_order_everywhere() -> None:
    """Of what two parties both received; who has less of it, or one text twice, is in order."""
    a, b, c = chat("a"), chat("b"), chat("c")

    assert ordered(bob=[a, b], carl=[a, b]) == []
    assert ordered(bob=[a, b], carl=[b]) == []
    assert ordered(bob=[a, b, c], carl=[a, c]) == []
    assert ordered(bob=[a, b, a], carl=[a, b]) == []
    assert ordered(bob=[a, b], carl=[a, b, a]) == []
    assert ordered(bob=[a, b], carl=[b, a]) == [("RELAY-7", "carl", "frame")]
    assert ordered(bob=[a, b, c], carl=[a, c, b]) == [("RELAY-7", "carl", "frame")]
    assert ordered(ann=[], bob=[], carl=[]) == []


def test_what_was_said_before_a_join_has_no_order() -> None:
    """It is not due to the newcomer at all (JOIN-4)."""
    assert ordered(bob=[chat("a"), chat("b")], late=[chat("b"), chat("a"), JOIN["late"]]) == []


@pytest.mark.parametrize(
    ("received", "blamed"),
    [
        ([JOIN["carl"], chat("x", "carl"), LEAVE["carl"]], False),
        ([chat("x", "carl"), JOIN["carl"]], True),
        ([chat("x", "carl"), LEAVE["carl"]], False),  # the join was before the one who hears this
        ([LEAVE["carl"], chat("x", "carl")], True),
        ([LEAVE["carl"], chat("x", "ann")], False),
        ([JOIN["carl"], chat("x", "ann"), JOIN["ann"]], False),  # ann was there before bob
        ([JOIN["carl"], LEAVE["carl"], chat("x", "carl")], True),
        ([JOIN["carl"]], False),
        ([LEAVE["carl"], LEAVE["carl"]], False),  # only words can come too late
    ],
)
def test_join_before_words_before_leave(received: list[Said], blamed: bool) -> None:
    """At each who receives them."""
    life = playing(cast("ann", "bob", "carl"), Fin("carl"), Settle(), say("ann", plain(1)))

    assert ordered(life, bob=received) == ([("RELAY-7", "bob", "frame")] if blamed else [])


def test_traces_of_other_checks_keep_their_order() -> None:
    """What a faithful room sends is in order."""
    assert judged("RELAY-7/join-first-leave-last", Trace(MANY, performed=len(MANY.steps))) == []
    assert judged("RELAY-7/join-first-leave-last", trace_of(MANY, heard_by_all(MANY))) == []
