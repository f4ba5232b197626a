"""Differences in announcements, in what comes before a join, and in octets that are no frame."""

from collections.abc import Callable

import pytest

from conformance.differences import differences
from conformance.octets import Out
from conformance.script import (
    Fence,
    Fin,
    Mute,
    Open,
    Rst,
    Send,
    Settle,
    burst,
    cast,
    enter,
    say,
    sentinel,
)
from conformance.trace import Difference
from tests.conformance.conversations import (
    JOIN,
    LEAVE,
    TAG,
    Heard,
    altered,
    chat,
    named,
    playing,
    replaced,
    service,
    the_only,
)
from tests.conformance.helpers import STAMP, Said, heard_by_all, ids, trace_of

# Announcements.


@pytest.mark.parametrize("of", ["ann", "bob", "carl"])
def test_a_missing_join(of: str) -> None:
    """JOIN-2, of another member, or of the own connection."""
    witness = "bob" if of == "carl" else of
    trace = altered(lambda heard: heard[witness].remove(JOIN[of]))

    assert ids(differences(trace)) == {"JOIN-2"}
    assert the_only(trace).who == witness


@pytest.mark.parametrize("ended", [True, False])
def test_who_was_never_let_in_misses_its_join_and_no_more(ended: bool) -> None:
    """The server closed its connection without a word. Where it did not, somebody is there and is told nothing."""
    trace = altered(lambda heard: heard["bob"].clear())
    if ended:
        trace.ended["bob"] = "fin"
    found = [difference for difference in differences(trace) if difference.who == "bob"]

    assert {"JOIN-2"} <= {difference.requirement for difference in found}
    assert (len({difference.requirement for difference in found}) == 1) is ended


def test_a_join_announced_twice() -> None:
    """JOIN-2: exactly one."""
    found = the_only(altered(lambda heard: heard["ann"].append(JOIN["carl"])))

    assert (found.requirement, found.seen) == ("JOIN-2", "2 times")


def test_a_join_behind_something_else() -> None:
    """JOIN-3: the own join is the first frame."""

    def late(heard: Heard) -> None:
        heard["carl"].remove(JOIN["carl"])
        heard["carl"].insert(1, JOIN["carl"])

    found = the_only(altered(late))
    assert (found.requirement, found.who) == ("JOIN-3", "carl")
    assert "'a'" in found.seen


@pytest.mark.parametrize(
    "words", ["[{0}] has joined the chat", "{0} joined the chat", "[{0}] joined the chat\n", "{0}"]
)
def test_a_join_in_other_words(words: str) -> None:
    """JOIN-2, and the sentence shows the words, which prove it without any waiting."""
    found = the_only(replaced(JOIN["carl"], service(words.format(named("carl")))))

    assert (found.requirement, found.decided_by) == ("JOIN-2", "frame")
    assert ascii(words.format(named("carl")))[1:-1] in found.seen


def test_a_join_under_the_wrong_nick() -> None:
    """JOIN-2: it is the server who announces."""
    found = differences(replaced(JOIN["carl"], (named("carl"), JOIN["carl"][1])))

    assert "JOIN-2" in ids(found)


@pytest.mark.parametrize("other", [f"carl-{TAG[:-1]}2", "canary-abcd0009", "pulse-abcd0009", "bob-abcd000z"])
def test_a_missing_join_beside_the_joins_of_another_playing(other: str) -> None:
    """JOIN-2: members of conversations played side by side, and the canary, bear similar nicks."""
    trace = replaced(JOIN["carl"], service(f"[{other}] joined the chat"))
    trace.tag = TAG

    assert the_only(trace).requirement == "JOIN-2"


def leaving(change: Callable[[Heard], object]) -> Difference:
    """The one difference of a conversation that carl leaves, with one change."""
    return the_only(altered(change, playing(cast("ann", "bob", "carl"), Fin("carl"), Settle(), sentinel("ann"))))


def test_a_missing_leave() -> None:
    """LEAVE-1."""
    assert leaving(lambda heard: heard["bob"].remove(LEAVE["carl"])).requirement == "LEAVE-1"


def test_a_leave_announced_twice() -> None:
    """LEAVE-1: exactly one."""
    found = leaving(lambda heard: heard["bob"].append(LEAVE["carl"]))

    assert (found.requirement, found.seen) == ("LEAVE-1", "2 times")


def test_a_leave_of_a_member_that_is_there() -> None:
    """SERVICE-1: no other service message looks like an announcement."""
    found = the_only(altered(lambda heard: heard["bob"].append(LEAVE["ann"])))

    assert (found.requirement, found.seen) == ("SERVICE-1", "1 times")
    assert "never" in found.expected


def test_a_wild_member_may_be_thrown_out() -> None:
    """Its leave may be announced before it ends, or not; once it has ended, it has to be."""
    offence = playing(cast("ann", "bob", "evil"), Send("evil", (b"rubbish...",)), Fence(), sentinel("ann"))
    gone = playing(cast("ann", "bob", "evil"), Send("evil", (b"rubbish...",)), Rst("evil"), sentinel("ann"))

    assert differences(altered(lambda heard: heard["bob"].append(LEAVE["evil"]), offence)) == []
    assert differences(trace_of(offence, heard_by_all(offence))) == []
    assert differences(trace_of(gone, heard_by_all(gone))) == []
    assert the_only(altered(lambda heard: heard["bob"].remove(LEAVE["evil"]), gone)).requirement == "LEAVE-1"


def test_what_a_wild_member_receives_is_not_judged() -> None:
    """It is owed nothing, and whatever comes of its raw octets at the others is not chat of its own."""
    offence = playing(cast("ann", "bob", "evil"), say("evil", "good"), Send("evil", (b"rubbish",)), sentinel("ann"))

    assert differences(altered(lambda heard: heard["evil"].clear(), offence)) == []
    assert differences(altered(lambda heard: heard["evil"].append(b"garbage here"), offence)) == []
    assert differences(altered(lambda heard: heard["bob"].append(chat("bish", "evil")), offence)) == []
    assert the_only(altered(lambda heard: heard["bob"].remove(chat("good", "evil")), offence)).requirement == "RELAY-1"


# Before the join.

WAITING = playing(
    cast("ann", "eve"),
    Open("late"),
    say("ann", "old"),
    Settle(),
    enter("bob"),
    Send("late", (Out(f"late-{TAG}"),)),
    Settle(),
    sentinel("ann"),
)


@pytest.mark.parametrize("said", [chat("old"), JOIN["bob"]])
def test_news_before_the_join(said: Said) -> None:
    """JOIN-4: an unjoined connection receives neither chat nor announcements."""
    assert "JOIN-4" in ids(differences(altered(lambda heard: heard["late"].insert(0, said), WAITING)))


def test_chat_from_before_the_join_after_it() -> None:
    """JOIN-4: not as chat; as history in service messages it may come."""
    history = service(f"history: 2026-11-22T10:21:07Z [{named('ann')}] old")

    assert the_only(altered(lambda heard: heard["late"].insert(1, chat("old")), WAITING)).requirement == "JOIN-4"
    assert differences(altered(lambda heard: heard["late"].insert(1, history), WAITING)) == []


def test_news_for_a_connection_that_never_joins() -> None:
    """JOIN-4; a service message of other words is addressed to it."""
    silent = playing(cast("ann"), Open("mute"), say("ann", "old"), sentinel("ann"))

    assert the_only(altered(lambda heard: heard["mute"].append(chat("old")), silent)).requirement == "JOIN-4"
    assert differences(altered(lambda heard: heard["mute"].append(service("join, please")), silent)) == []


# Frames that are none.


@pytest.mark.parametrize(
    ("octets", "requirement"),
    [
        (b"9,999      ", "FRAME-2"),
        (b"+20       x", "FRAME-2"),
        (b"0x14      x", "FRAME-2"),
        (b"20.0      x", "FRAME-2"),
        (b"\t20       x", "FRAME-2"),
        (b"\x00\x00\x00\x14\x00\x00\x00\x00\x00\x00", "FRAME-1"),
        (b"hello world", "FRAME-1"),
        (b"{'time': 1}", "FRAME-1"),
        (b"\n10       x", "FRAME-2"),
        (b"9 999      ", "FRAME-2"),
        (b"xxxxxxxxxxx", "FRAME-1"),
        (b"01e840 001e", "FRAME-1"),
        (b"__________x", "FRAME-1"),
    ],
)
def test_garbage_where_a_header_is_due(octets: bytes, requirement: str) -> None:
    """A number in another spelling breaks FRAME-2, anything else FRAME-1, as a piece of a text does; the octets are shown."""
    found = [
        one for one in differences(altered(lambda heard: heard["bob"].append(octets))) if one.requirement == requirement
    ]

    assert len(found) == 1
    assert repr(octets[:10])[2:-1] in found[0].seen


@pytest.mark.parametrize(
    ("body", "requirement"),
    [(b"ann\x00b", "BODY-1"), (b"t\x00ann\x00b\x00c", "BODY-1"), (b"", "BODY-1"), (b"t\x00\xff\x00b", "BODY-2")],
)
def test_a_body_that_is_none(body: bytes, requirement: str) -> None:
    """BODY-1 for the fields, BODY-2 for the encoding; also of a frame that is about nobody."""
    found = the_only(altered(lambda heard: heard["bob"].append(b"%-10d" % len(body) + body)))

    assert (found.requirement, found.decided_by) == (requirement, "frame")


OWED = "x" * 300
INSIDE = Out("Server", f"[dora-{TAG}] joined the chat", STAMP)


@pytest.mark.parametrize(
    ("inside", "length", "requirement"),
    [
        (INSIDE.octets, 300, "RELAY-8"),
        (INSIDE.octets, 300 + len(INSIDE.octets), "BODY-1"),  # it was counted: the length is wrong
        (b"\0" + b"y" * 60, 300, "BODY-1"),  # whatever that is, it is no frame
        (b"\0" + INSIDE.octets[10:], 300, "BODY-1"),
    ],
)
def test_a_frame_inside_of_another(inside: bytes, length: int, requirement: str) -> None:
    """RELAY-8, where the outer one is as long as it should be; what is behind it is none, and nobody's fault besides."""
    of = playing(cast("ann", "bob"), say("ann", OWED), sentinel("ann"))
    text = b"x" * 100 + inside + b"x" * 200
    body = f"{STAMP}\0{named('ann')}\0".encode()
    torn = b"%-10d" % (len(body) + length) + body + text

    def change(heard: Heard) -> None:
        place = heard["bob"].index(chat(OWED))
        heard["bob"][place] = torn

    found = {one.requirement for one in differences(altered(change, of)) if one.who == "bob"}
    assert found - {"FRAME-1"} == {requirement}
    assert "FRAME-1" not in found or requirement != "RELAY-8"


def test_another_text_that_is_cut_by_a_frame() -> None:
    """Nobody has said it: nothing is known of its length."""
    of = playing(cast("ann", "bob"), say("ann", OWED), sentinel("ann"))
    for text in ((b"y" * 100 + INSIDE.octets).ljust(300, b"y"), b"x" * 100 + INSIDE.octets + b"x"):
        body = f"{STAMP}\0{named('ann')}\0".encode() + text
        found = differences(altered(lambda heard: heard["bob"].append(b"%-10d" % len(body) + body), of))  # noqa: B023
        assert [one.requirement for one in found] == ["BODY-1"]


def test_a_frame_that_is_never_finished() -> None:
    """FRAME-1, if the wait ran out; while it has not, the rest may still come."""
    trace = altered(lambda heard: heard["bob"].append(b"50        half of it"))
    assert differences(trace) == []

    trace.expired = Settle()
    found = the_only(trace)
    assert (found.requirement, found.decided_by) == ("FRAME-1", "deadline")


def test_a_frame_that_a_muted_party_has_not_read_is_not_unfinished() -> None:
    """It is the suite that does not read on."""
    steps = playing(cast("ann", "bob"), Mute("bob"), *burst("ann", "x"), Settle())
    trace = altered(lambda heard: heard.update(bob=[JOIN["bob"], b"50        half of it"]), steps)
    trace.expired = Settle()
    assert "FRAME-1" in ids(differences(trace))

    trace.muted.add("bob")
    assert "FRAME-1" not in ids(differences(trace))


def test_what_a_muted_party_has_not_read_is_not_missing() -> None:
    """Neither words nor announcements."""
    steps = playing(cast("ann", "bob"), Mute("bob"), *burst("ann", "x"), *enter("carl"), Settle())
    trace = altered(lambda heard: heard.update(bob=[JOIN["bob"]]), steps)
    assert {(one.who, one.requirement) for one in differences(trace)} == {("bob", "RELAY-1"), ("bob", "JOIN-2")}

    trace.muted.add("bob")
    assert differences(trace) == []
