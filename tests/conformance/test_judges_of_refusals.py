"""Forged nicks, refused joins, and nicks on their way: what their judges find, and what they let pass."""

from random import Random

import pytest

import conformance.checks  # noqa: F401
from conformance.check import CHECKS, Plan
from conformance.octets import Got, Out, joined, left
from conformance.script import Ended, Fence, Fin, Open, Script, Send, Settle, cast, enter, sentinel
from conformance.trace import Entry, Trace
from spec.wire import TO_SERVER, WireError
from tests.conformance.conversations import JOIN, LEAVE, TAG, chat, named, playing, service
from tests.conformance.helpers import Said, heard_by_all, trace_of
from tests.conformance.judging import Found, got, judged, raw, trace

CLAIM = Out("dora", f"forged {TAG}").octets
FORGING = playing(cast("ann", "evil"), Send("evil", (CLAIM,)), Fence(), sentinel("ann"), Fin("evil"), Settle())
FORGED = [("RELAY-5", "ann", "frame")]
SWALLOWED = [("RELAY-5", "ann", "sentinel")]
SAID = f"forged {TAG}"


def forging(*said: Got | Said, expired: Settle | None = None) -> Found:
    """What is found if ann receives this; what has no time of its own comes before the forger's end at 5 s."""
    found = trace(FORGING, ann=[one if isinstance(one, Got) else got(*one) for one in said])
    found.entries = [Entry(5.0, "evil", "finished")]
    found.expired = expired
    return judged("RELAY-5/claimed-nicks", found)


@pytest.mark.parametrize(
    ("said", "found"),
    [
        ([chat(SAID, "evil"), LEAVE["evil"]], []),
        ([chat(SAID, "evil"), ("parrot", SAID)], []),  # a stranger, who repeats what it hears
        ([("parrot", SAID)], SWALLOWED),
        ([(f"EVIL-{TAG}", SAID)], FORGED),
        ([service(SAID)], FORGED),
        ([chat(SAID, "evil"), service(left("dora"))], FORGED),
        ([service(left("dora")), LEAVE["evil"]], FORGED),
        ([chat(SAID, "evil"), service(left("parrot"))], []),
        ([LEAVE["evil"]], []),
    ],
)
def test_a_forger_and_its_leave(said: list[Said], found: Found) -> None:
    """Both are under the registered nick; nobody else's words count."""
    assert forging(*said) == found


def test_a_leave_that_follows_the_forgers_own_end() -> None:
    """Is no punishment of a frame that nobody has heard; and it must follow."""
    late = got(*LEAVE["evil"], at=6.0)

    assert forging(late) == SWALLOWED
    assert forging(got(*chat(SAID, "evil")), late) == []
    assert forging(chat(SAID, "evil"), expired=Settle()) == [("RELAY-5", "ann", "deadline")]
    assert forging(chat(SAID, "evil"), LEAVE["evil"], expired=Settle()) == []


HELD, OTHER = f"AbCdEfGhIjKlMnOpQrStUvWxYz-{TAG}", f"other-{TAG}"
MARK = f"evil said {TAG}"
ASKING = playing(enter("ann", HELD), cast("bob"), Open("evil"), Send("evil", (Out(HELD).octets,)), Ended("evil"))


def asking(**heard: list[Said]) -> Trace:
    """A trace of one whose join was refused."""
    found = trace(ASKING, **{who: [got(*said) for said in several] for who, several in heard.items()})
    found.tag = TAG
    return found


@pytest.mark.parametrize(
    ("said", "blamed"),
    [
        (service(left(HELD)), True),
        (service(left(HELD.swapcase().replace(TAG.swapcase(), TAG))), True),
        (service(left("Server")), True),
        (service(left("None")), True),  # what a server calls nobody
        (service(left("dora")), False),
        (service(joined("dora")), False),
        (service(joined(OTHER)), True),
        (service(left(OTHER)), True),
        (service(joined(named("bob"))), False),
        ((HELD, MARK), True),
        ((OTHER, MARK), True),
        (service(MARK), True),
        (("parrot", MARK), False),
        ((HELD, "hello"), False),
        (("dora", left(HELD)), False),
    ],
)
def test_what_is_heard_of_a_refused_connection(said: Said, blamed: bool) -> None:
    """Nothing: not its words, nor a join behind the refused one, nor a leave of the nick that another holds."""
    for who in ("ann", "bob"):
        expected = [("JOIN-5", who, "frame")] if blamed else []
        assert judged("JOIN-5/nothing-behind-a-refusal", asking(**{who: [said]})) == expected
    assert judged("JOIN-5/nothing-behind-a-refusal", asking(evil=[said])) == []


def test_a_leave_of_nobody_may_be_of_another_conversation() -> None:
    """It has to come back; one that has a name, or its words, is the refused one's."""
    heard = asking(ann=[service(left("None")), service(left(HELD)), (HELD, MARK)])
    found = CHECKS["JOIN-5/nothing-behind-a-refusal"].judge(heard)
    assert [one.is_anonymous for one in found] == [True, False, False]


def test_a_refused_connection_that_stays() -> None:
    """Who waited for its end in vain has shown it."""
    stays, elsewhere = asking(), asking()
    stays.expired, elsewhere.expired = Ended("evil"), Settle()

    assert judged("JOIN-5/closed-for-a-held-nick", stays) == [("JOIN-5", "evil", "deadline")]
    assert judged("JOIN-5/closed-for-a-held-nick", elsewhere) == []
    assert judged("JOIN-5/closed-for-a-held-nick", asking()) == []


def test_who_was_given_the_nick_was_not_refused() -> None:
    """NICK-5 says so, or NICK-3 or NICK-4; a join under another nick behind it is no excuse."""
    for check, blamed in (("JOIN-5/closed-for-a-held-nick", "evil"), ("JOIN-5/nothing-behind-a-refusal", "ann")):
        taken = asking(evil=[service(joined(HELD))], ann=[service(left(HELD))])
        other = asking(evil=[service(joined(OTHER))], ann=[service(left(HELD))])
        taken.expired = other.expired = Ended("evil")
        assert judged(check, taken) == []
        assert [found[:2] for found in judged(check, other)] == [("JOIN-5", blamed)]


@pytest.mark.parametrize(
    ("said", "check", "found"),
    [
        (service(joined("nobody")), "SERVICE-1/refusals", "SERVICE-1"),
        (service(left(HELD)), "SERVICE-1/refusals", "SERVICE-1"),
        (service("this nick is taken"), "SERVICE-1/refusals", None),
        (("dora", joined("nobody")), "SERVICE-1/refusals", None),
        (("dora", "no"), "JOIN-4/refused", "JOIN-4"),
        (service(joined("nobody")), "JOIN-4/refused", None),
    ],
)
def test_what_a_refused_connection_is_told(said: Said, check: str, found: str | None) -> None:
    """A service message that is no announcement; of one that was not closed nobody knows that it was refused."""
    refused, taken = asking(evil=[said]), asking(evil=[said])
    refused.ended["evil"] = "fin"

    assert judged(check, refused) == ([(found, "evil", "frame")] if found else [])
    assert judged(check, taken) == []


def test_a_refusal_that_cannot_be_read() -> None:
    """Is a matter of its octets, and of no nick."""
    refused = asking()
    refused.frames["evil"], refused.ended["evil"] = [raw(b"no")], "fin"

    assert judged("JOIN-4/refused", refused) == []


THREE = playing(cast("ann", "bob", "carl"), sentinel("ann"), sentinel("bob"))


def told(when: float, *, also: tuple[str, ...] = (), to: str = "carl", gone: str | None = None) -> Found:
    """What is found if somebody is told at a moment that dora has joined; all else happens in the first seconds."""
    found = trace_of(THREE, heard_by_all(THREE))
    for frames in found.frames.values():
        for number, frame in enumerate(frames):
            frames[number] = got(frame.nick, frame.text, at=float(number))
    for who in (to, *also):
        found.frames[who].append(got(*service(joined("dora")), at=when))
    if gone is not None:
        found.ended[gone] = "fin"
    return judged("SERVICE-1/no-false-announcements", found)


def test_a_join_that_only_a_newcomer_is_told_of() -> None:
    """Nobody has joined: those who were there before have heard nothing, and several things since."""
    assert told(0.5) == [("SERVICE-1", "carl", "frame")]
    assert told(0.5, also=("ann", "bob")) == []
    assert told(9.0) == []  # it may still be on its way to the others
    assert told(0.5, to="ann") == []  # who was there first may be the only one to have heard of somebody before
    assert told(0.5, also=("bob",), gone="ann") == []


def test_a_member_that_is_told_twice_of_its_own_join() -> None:
    """Also if it has left since, when the room does not ask any more what it was owed."""
    gone = playing(cast("bob"), enter("ann"), Fin("ann"), Settle(), sentinel("bob"))
    faithful, twice = trace_of(gone, heard_by_all(gone)), trace_of(gone, heard_by_all(gone))
    twice.frames["ann"].append(got(*JOIN["ann"]))

    assert judged("NICK-2/ascii", faithful) == []
    assert judged("NICK-2/ascii", twice) == [("JOIN-2", "ann", "frame")]


def test_a_stranger_that_says_the_beginning_of_a_text() -> None:
    """Nobody knows how long its own was."""
    talk: Script = playing(cast("ann", "bob"), Send("ann", (Out(named("ann"), "ééé"),)), Settle())
    heard = heard_by_all(talk)
    stranger = trace_of(talk, {**heard, "bob": [*heard["bob"], ("dora", "é")]})
    short = trace_of(talk, {**heard, "bob": [*heard["bob"], chat("é")]})

    assert "FRAME-5" not in [found for found, *_ in judged("FRAME-5/octets-not-characters", stranger)]
    assert "FRAME-5" in [found for found, *_ in judged("FRAME-5/octets-not-characters", short)]


@pytest.mark.parametrize("name", ["not-relayed", "long-not-relayed", "closed-as-first-frame"])
def test_every_malformed_body_is_malformed(name: str) -> None:
    """By the definition; its header is right, and it has the mark in it by which it is known, but for the empty one."""
    cases = CHECKS[f"BODY-3/{name}"].cases
    assert cases is not None
    seen = set()
    for depth in ("quick", "standard"):
        for one in cases(Plan(depth, Random("1"))):
            sent = [part for step in one.steps if isinstance(step, Send) for part in step.parts]
            seen |= {part for part in sent if isinstance(part, bytes)}

    for octets in seen:
        with pytest.raises(WireError) as refused:
            TO_SERVER.parse(octets)
        assert refused.value.requirement.startswith("BODY")
        assert b"mark@@@@@@@@" in octets or octets == b"0         "
    assert len(seen) > 3
