"""JOIN and LEAVE: what the judges of coming and going find, and what they let pass."""

import pytest

import conformance.checks  # noqa: F401
from conformance.check import CHECKS
from conformance.octets import Out
from conformance.script import Ended, Entered, Fence, Fin, Open, Script, Send, Settle, cast, enter, nick, say, script
from conformance.trace import Trace
from tests.conformance.conversations import JOIN, LEAVE, TAG, Heard, chat, named, playing, service
from tests.conformance.helpers import Said, heard_by_all, trace_of
from tests.conformance.judging import Found, got, judged, trace

LATE = playing(cast("ann", "bob"), Open("late"), Send("late", (Out(nick("late")),)))


@pytest.mark.parametrize(
    ("first", "blamed"),
    [
        ([JOIN["late"]], False),
        ([JOIN["late"], chat("a")], False),
        ([chat("a"), JOIN["late"]], True),
        ([service("welcome"), JOIN["late"]], True),
        ([(named("ann"), JOIN["late"][1])], True),
        ([], False),  # that it never hears of its join is JOIN-2's business
    ],
)
def test_what_a_newcomer_hears_first(first: list[Said], blamed: bool) -> None:
    """The announcement of its own join, and nothing else."""
    found = trace(LATE, late=[got(*said) for said in first], ann=[got(*JOIN["ann"])])

    assert judged("JOIN-3/first-frame-in-traffic", found) == ([("JOIN-3", "late", "frame")] if blamed else [])


MUTE = playing(cast("ann", "bob"), Open("mute"), Fence())


def beside_the_unjoined(*said: Said, check: str = "JOIN-4/unjoined-hears-nothing") -> Found:
    """What is found if ann hears this too, while a connection has not joined."""
    heard: Heard = {who: list(frames) for who, frames in heard_by_all(MUTE).items()}
    heard["ann"] += said
    return judged(check, trace_of(MUTE, heard))


@pytest.mark.parametrize("check", ["JOIN-4/unjoined-hears-nothing", "LEAVE-3/unjoined"])
def test_a_connection_without_a_nick_that_is_announced(check: str) -> None:
    """Under whatever a server calls nobody. A stranger is none, nor is one who says so."""
    assert beside_the_unjoined(check=check) == []
    assert beside_the_unjoined(service("[None] joined the chat"), check=check) == [("JOIN-4", "ann", "frame")]
    assert beside_the_unjoined(service("[None] left the chat"), check=check) == [("LEAVE-3", "ann", "frame")]
    assert beside_the_unjoined(service("[dora] joined the chat"), service("hello"), check=check) == []
    assert beside_the_unjoined(("dora", "[None] joined the chat"), check=check) == []
    assert beside_the_unjoined(chat("x", "bob"), check=check) == [("RELAY-3", "ann", "frame")]


def test_what_is_heard_of_nobody_may_be_of_another_conversation() -> None:
    """What the room owes is not."""
    heard: Heard = {who: list(frames) for who, frames in heard_by_all(MUTE).items()}
    heard["ann"] += [service("[None] left the chat"), chat("x", "bob")]
    found = CHECKS["LEAVE-3/unjoined"].judge(trace_of(MUTE, heard))
    assert {one.requirement: one.is_anonymous for one in found} == {"LEAVE-3": True, "RELAY-3": False}


@pytest.mark.parametrize("name", ["guest", "null"])
def test_a_member_whose_nick_is_nobodys(name: str) -> None:
    """It may be called so."""
    guest = playing(cast("ann"), enter("bob", name=name))

    assert judged("JOIN-4/unjoined-hears-nothing", trace_of(guest, heard_by_all(guest))) == []


REFUSED = b"%-10d" % 100 + b"\0" + b"e" * 65 + TAG.encode() + b"\0"
REFUSAL = playing(cast("ann", "bob"), Open("evil"), Send("evil", (REFUSED, b"more")), Ended("evil"), say("bob", "x"))


@pytest.mark.parametrize(
    ("said", "blamed"),
    [
        (service("somebody was refused"), False),
        (service("evil was refused"), False),  # somebody else may be called so
        (("devil", "evil said 1"), False),
        (chat(f"evil said 1 {TAG}"), True),
        (chat("hi", f"evil{TAG}"), True),
        (service(f"ev?il{TAG} was refused"), True),
        (service("e" * 64 + " was refused"), True),
        (chat("ann said 1"), False),
        (chat("no evil here"), False),
    ],
)
def test_what_others_hear_of_the_refused(said: Said, blamed: bool) -> None:
    """Neither its nick nor its words."""
    for who in ("ann", "bob", "evil"):
        found = trace(REFUSAL, **{who: [got(*said)]})
        found.tag = TAG
        assert judged("JOIN-5/nothing-relayed", found) == (
            [("JOIN-5", "ann", "frame")] if blamed and who != "evil" else []
        )


def test_the_end_of_a_refused_connection() -> None:
    """Is announced under nobody's nick, either."""
    found = trace(REFUSAL, ann=[got(*service("[?] left the chat"))])
    found.tag = TAG

    assert judged("JOIN-5/nothing-relayed", found) == [("JOIN-5", "ann", "frame")]


def test_what_was_said_under_no_nick() -> None:
    """Where the refused nick is empty, `said` alone says nothing."""
    empty = playing(cast("ann"), Open("evil"), Send("evil", (b"\0\0",)))
    taken = playing(cast("ann"), Open("evil"), Send("evil", (Out(nick("evil")),)))

    assert judged("JOIN-5/nothing-relayed", trace(empty, ann=[got(*chat("bob said 1"))])) == []
    assert judged("JOIN-5/nothing-relayed", trace(taken, ann=[got(*chat("bob said 1"))])) == []


def stopped(found: Trace, step: Ended | Settle) -> Trace:
    """The same, with a wait that ran out."""
    found.expired = step
    return found


@pytest.mark.parametrize(
    ("check", "who", "requirement"),
    [("JOIN-5/closed", "evil", "JOIN-5"), ("LEAVE-2/closes-its-side", "carl", "LEAVE-2")],
)
def test_an_end_that_was_waited_for(check: str, who: str, requirement: str) -> None:
    """In vain."""
    assert judged(check, trace(REFUSAL)) == []
    assert judged(check, stopped(trace(REFUSAL), Settle())) == []
    assert judged(check, stopped(trace(REFUSAL), Ended(who))) == [(requirement, who, "deadline")]


def test_a_refusal_without_a_word() -> None:
    """A service message is one; chat is none. What stays open may still say something."""
    silent = [("JOIN-5", "evil", "closed")]

    assert judged("JOIN-5/says-why", trace(REFUSAL, evil=[got(*service("no such nick"))])) == []
    assert judged("JOIN-5/says-why", trace(REFUSAL, evil=[got(*chat("no such nick"))])) == silent
    assert judged("JOIN-5/says-why", trace(REFUSAL)) == silent
    assert judged("JOIN-5/says-why", stopped(trace(REFUSAL), Settle())) == silent
    assert judged("JOIN-5/says-why", stopped(trace(REFUSAL), Ended("evil"))) == []


OVER = LEAVE["carl"][1]  # carl says these words too, and bob says one when carl has left
WORDS = tuple(Out(nick("carl"), text.replace(TAG, "@" * 8)) for text in ("one", "two", OVER))
AFTER = (Fin("carl"), Settle(), *say("bob", "later"))
WHOLE = playing(cast("ann", "bob", "carl"), Send("carl", WORDS), AFTER)
GOING = playing(cast("ann", "bob", "carl"), Send("carl", (*WORDS, b"rest")), AFTER)


def going(*last: Said | bytes, of: Script = GOING) -> Found:
    """What is found if ann hears this of it."""
    heard: Heard = {who: list(frames) for who, frames in heard_by_all(of).items()}
    heard["ann"] = [*heard["ann"][:3], *last]
    found = trace_of(of, heard)
    found.tag = TAG
    return judged("LEAVE-2/burst-and-fin", found)


ONE, TWO, THREE = (chat(part.text.replace("@" * 8, TAG), "carl") for part in WORDS)
LATER = chat("later", "bob")


def test_words_before_a_leave() -> None:
    """Each of the one who leaves stands in front of it; the others may go on."""
    assert going(ONE, TWO, THREE, LEAVE["carl"], LATER) == []
    assert going(ONE, LEAVE["carl"], TWO, THREE, LATER) == [("LEAVE-2", "ann", "frame")]
    assert going(ONE, TWO, LEAVE["carl"], THREE, LATER) == [("LEAVE-2", "ann", "frame")]


@pytest.mark.parametrize(
    ("last", "requirement"),
    [
        ([ONE, THREE, LEAVE["carl"], LATER], "RELAY-1"),
        ([ONE, chat("tw", "carl"), THREE, LEAVE["carl"], LATER], "RELAY-3"),
        ([ONE, TWO, THREE, LATER], "LEAVE-1"),
    ],
)
def test_words_that_a_leave_costs(last: list[Said], requirement: str) -> None:
    """What is missing or changed, the leave itself too."""
    assert [found[0] for found in going(*last, of=WHOLE)] == [requirement]


def test_a_join_that_a_leave_costs() -> None:
    """Announced to nobody else."""
    heard: Heard = {who: list(frames) for who, frames in heard_by_all(GOING).items()}
    heard["bob"].remove(JOIN["carl"])

    assert [found[0] for found in judged("LEAVE-2/burst-and-fin", trace_of(GOING, heard))] == ["JOIN-2"]


def test_words_that_are_none_of_those_before_a_leave() -> None:
    """Others' under the nick of the one who has left; its own under another's; and its own that look like its leave."""
    twice = playing(
        cast("ann", "bob", "carl"), Send("carl", (*WORDS, b"rest")), Fin("carl"), Settle(), say("bob", "one")
    )

    assert going(ONE, TWO, THREE, LEAVE["carl"], chat("later", "carl"), LATER) == []
    assert going(ONE, TWO, THREE, LEAVE["carl"], chat("one", "bob"), of=twice) == []
    assert going(THREE, ONE, TWO, LEAVE["carl"], LATER) == []


def test_what_else_is_wrong_beside_a_leave() -> None:
    """Is judged elsewhere."""
    assert going(ONE, TWO, THREE, LEAVE["carl"], LATER, b"abcdefghijkl") == []


def test_an_unfinished_frame_that_is_relayed() -> None:
    """To anybody, whole or in part."""
    heard: Heard = {who: list(frames) for who, frames in heard_by_all(GOING).items()}
    assert judged("LEAVE-2/before-the-malformed", trace_of(GOING, heard)) == []

    heard["bob"].append(chat("unfinished te", "dora"))
    assert judged("LEAVE-2/before-the-malformed", trace_of(GOING, heard)) == [("LEAVE-2", "bob", "frame")]


def test_a_script_of_nobody() -> None:
    """No step was begun; nothing is found."""
    assert judged("LEAVE-2/burst-and-fin", trace(script())) == []


# Joins at the same moment.

AT_ONCE = playing(
    cast("ann", "bob"),
    [Open(who) for who in ("m0", "m1", "m2")],
    [Send(who, (Out(nick(who)),)) for who in ("m0", "m1", "m2")],
    [step for who in ("m0", "m1", "m2") for step in say(who, f"of {who}")],
)
M0, M1, M2 = (service(f"[{named(who)}] joined the chat") for who in ("m0", "m1", "m2"))
NOT_TOLD = ("m0", M1)


@pytest.mark.parametrize(
    ("changes", "blamed"),
    [
        ([], False),
        ([NOT_TOLD], True),
        ([NOT_TOLD, ("ann", M1), ("ann", JOIN["bob"])], True),  # who was there before is asked elsewhere
        ([("m0", M2)], True),
        ([("m0", M1), ("m0", M2), ("m1", M2)], True),
        ([NOT_TOLD, ("m1", M1)], False),  # it never got in
        ([NOT_TOLD, ("m0", chat("of m1", "m1"))], False),  # what was to be told may still be under way
        ([NOT_TOLD, ("m1", chat("of m0", "m0"))], False),
    ],
)
def test_two_who_join_at_the_same_moment(changes: list[tuple[str, Said]], blamed: bool) -> None:
    """One of them is the later, and the other is told of it, at the latest when both have heard each other."""
    heard: Heard = {who: list(said) for who, said in heard_by_all(AT_ONCE).items()}
    for who, said in changes:
        heard[who].remove(said)
    missing = [("JOIN-2", who, "frame") for who, said in changes if blamed and who != "ann"]

    assert judged("JOIN-2/at-once", trace_of(AT_ONCE, heard)) == missing


def test_the_later_of_two_may_be_either() -> None:
    """It is the one whose join the other was told of; words of somebody tell of no join."""
    heard: Heard = {who: list(said) for who, said in heard_by_all(AT_ONCE).items()}
    heard["m0"].remove(M1)
    heard["m1"].append(("dora", M0[1]))
    assert judged("JOIN-2/at-once", trace_of(AT_ONCE, heard)) == [("JOIN-2", "m0", "frame")]

    heard["m1"].append(M0)
    assert judged("JOIN-2/at-once", trace_of(AT_ONCE, heard)) == []


def test_one_of_several_who_is_never_told_of_its_own_join() -> None:
    """It was waited for in vain; unless its connection ended, or it was something else that was waited for."""
    untold, closed, other = (trace_of(AT_ONCE, heard_by_all(AT_ONCE)) for _ in range(3))
    untold.expired = closed.expired = Entered("m1")
    closed.ended = {"m1": "fin"}
    other.expired = Settle()

    assert judged("JOIN-2/at-once", untold) == [("JOIN-2", "m1", "deadline")]
    assert judged("JOIN-2/at-once", closed) == judged("JOIN-2/at-once", other) == []


@pytest.mark.parametrize("who", ["m0", "m1"])
def test_one_whose_connection_ended_need_not_be_told(who: str) -> None:
    """Nor be told of."""
    heard: Heard = {party: list(said) for party, said in heard_by_all(AT_ONCE).items()}
    heard["m0"].remove(M1)
    found = trace_of(AT_ONCE, heard)
    found.ended = {who: "fin"}

    assert judged("JOIN-2/at-once", found) == []


@pytest.mark.parametrize(
    ("said", "moment", "blamed"),
    [
        (service("[bob] left the chat"), 1.0, False),  # to one who had not asked to join: JOIN-4
        (("bob", "hello"), 1.0, False),
        (service("welcome"), 1.0, True),
        (service("[bob] left the chat"), 3.0, True),
        (service("[bob] left the chat"), 2.0, True),
        (service(f"[{named('late')}] joined the chat"), 3.0, False),
    ],
)
def test_what_comes_before_a_late_join(said: Said, moment: float, blamed: bool) -> None:
    """What the room says to one who has not asked to join is judged elsewhere; a greeting is not."""
    late = playing(cast("ann"), Open("late"), Send("late", (Out(nick("late")),)))
    own = {who: got(*service(f"[{named(who)}] joined the chat"), at=4.0) for who in ("ann", "late")}
    found = trace(late, ann=[own["ann"]], late=[got(*said, at=moment), own["late"]])
    found.sent_at = {
        place: 2.0 for place, step in enumerate(late.steps) if isinstance(step, Send) and step.who == "late"
    }

    assert judged("JOIN-3/after-some-seconds", found) == ([("JOIN-3", "late", "frame")] if blamed else [])
