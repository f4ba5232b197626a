"""Newcomers: what is due of one whose join nobody has heard, of one that was refused, and of one that only some hear of."""

import pytest

import conformance.checks  # noqa: F401  # registers them
from conformance.differences import differences
from conformance.octets import Out, joined, left
from conformance.script import Fin, Open, Script, Send, Settle, cast, enter, say, sentinel
from conformance.trace import Ending
from tests.conformance.conversations import JOIN, LEAVE, TAG, Heard, altered, chat, named, playing, service
from tests.conformance.helpers import Said, heard_by_all, trace_of
from tests.conformance.judging import Found, got, judged

COMES = playing(cast("ann", "bob"), enter("carl"), say("carl", "x"), Fin("carl"), Settle(), sentinel("ann"))
WORD = chat("x", "carl")


@pytest.mark.parametrize(
    ("missing", "found"),
    [
        ([JOIN["carl"], WORD, LEAVE["carl"]], ["JOIN-2"]),
        ([JOIN["carl"], WORD], ["JOIN-2"]),
        ([JOIN["carl"], LEAVE["carl"]], ["JOIN-2"]),
        ([JOIN["carl"]], ["JOIN-2"]),
        ([WORD], ["RELAY-1"]),
        ([LEAVE["carl"]], ["LEAVE-1"]),
    ],
)
def test_of_one_who_never_came_nothing_else_is_due(missing: list[Said], found: list[str]) -> None:
    """No words, and no leave: only the join is missing."""

    def change(heard: Heard) -> None:
        heard["bob"] = [said for said in heard["bob"] if said not in missing]

    assert [(one.requirement, one.who) for one in differences(altered(change, COMES))] == [
        (row, "bob") for row in found
    ]


# A refusal where a nick should be carried.

REFUSING = playing(cast("bob"), enter("ann", "q" * 20), enter("carl"), sentinel("bob"))
OTHERS = service(joined(f"CARL-{TAG}"))


def refusing(carl: Said = JOIN["carl"], ended: dict[str, Ending] | None = None) -> Found:
    """What is found if ann is not let in; bob hears this of carl's join."""
    heard: Heard = {"bob": [JOIN["bob"], carl], "carl": [JOIN["carl"], chat(f"sentinel 0 {TAG}", "bob")], "ann": []}
    found = trace_of(REFUSING, heard)
    found.ended = ended if ended is not None else {"ann": "fin"}
    return judged("NICK-2/ascii", found)


def test_a_refusal_changes_no_nick() -> None:
    """What follows from it is NICK-1's business, and a nick of another that is changed is not."""
    assert refusing() == []
    assert refusing(OTHERS) == [("NICK-2", "bob", "frame")]


def test_one_who_is_neither_let_in_nor_closed() -> None:
    """Was not refused: its join is missing. So is that of another, whoever is closed after it was let in."""
    heard = {who: [said for said in several if said != JOIN["carl"]] for who, several in heard_by_all(REFUSING).items()}
    let_in = trace_of(REFUSING, heard | {"carl": heard_by_all(REFUSING)["carl"], "ann": heard_by_all(REFUSING)["ann"]})
    let_in.ended = {"ann": "fin"}

    assert {found for found, *_ in refusing(ended={})} == {"JOIN-2", "RELAY-1"}
    assert judged("NICK-2/ascii", let_in) == [("JOIN-2", "bob", "deadline")]


def test_somebody_who_says_that_a_member_has_joined() -> None:
    """Announces nobody."""
    heard: Heard = {who: list(said) for who, said in heard_by_all(COMES).items()}
    heard["carl"].append(("dora", JOIN["carl"][1]))

    assert judged("NICK-2/ascii", trace_of(COMES, heard)) == []


# Joins that only newcomers are told of.

THREE = playing(cast("ann", "bob", "carl"), sentinel("ann"), sentinel("bob"))
DORA = service(joined("dora"))
SAYS = ("dora", DORA[1])
INVENTED = [("SERVICE-1", "carl", "frame")]


def told(said: Said, when: float, of: Script = THREE, **others: Said) -> Found:
    """What is found if carl hears this too at a moment, and others something; the rest is heard in the first seconds: ann's
    four frames, and bob's three, one a second."""
    found = trace_of(of, heard_by_all(of))
    for who, frames in found.frames.items():
        more = {"carl": said, **others}.get(who)
        frames[:] = [got(frame.nick, frame.text, at=float(number)) for number, frame in enumerate(frames)]
        frames += [got(*more, at=when)] if more is not None else []
    return judged("SERVICE-1/no-false-announcements", found)


@pytest.mark.parametrize(("when", "found"), [(0.5, INVENTED), (1.5, INVENTED), (2.0, []), (2.5, []), (9.0, [])])
def test_how_much_an_older_member_has_heard_since(when: float, found: Found) -> None:
    """Two frames, behind which the join was never to come."""
    assert told(DORA, when) == found


def test_what_a_newcomer_alone_may_be_told() -> None:
    """Leaves, as of one who came before the older ones; and of nobody's, which is JOIN-4's business."""
    assert told(service(left("dora")), 0.5) == []
    assert told(service(joined("None")), 0.5) == []


def test_what_is_no_word_of_a_join() -> None:
    """Somebody else's, who says the same."""
    assert told(DORA, 0.5, ann=DORA, bob=DORA) == []
    assert told(DORA, 0.5, ann=SAYS, bob=SAYS) == INVENTED


def test_one_who_has_left_need_not_have_heard_of_it() -> None:
    """Only who stays is asked."""
    leaving = playing(THREE.steps, Fin("bob"), Settle())

    assert told(DORA, 0.5, leaving, ann=DORA) == []
    assert told(DORA, 0.5, ann=DORA) == INVENTED


# A crowd.

CROWD = playing(cast("ann", "bob", "carl"), Open("mute"), sentinel("ann"))


def crowded(**changed: list[Said] | None) -> Found:
    """What is found if some of a crowd hear something else, or nothing at all."""
    found = trace_of(CROWD, heard_by_all(CROWD))
    for who, said in changed.items():
        found.frames.pop(who)
        if said is not None:
            found.frames[who] = [got(*one) for one in said]
    return judged("JOIN-2/in-a-crowd", found)


def test_a_join_that_one_of_a_crowd_has_not_heard() -> None:
    """Counts where all have got in; else there may be no room. One who does not ask need not get in."""
    short = [JOIN["ann"], JOIN["bob"]]

    assert crowded() == []
    assert crowded(ann=short) == [("JOIN-2", "ann", "deadline")]
    assert crowded(ann=short, carl=[]) == []
    assert crowded(ann=short, carl=None) == []
    assert crowded(ann=short, carl=[("dora", JOIN["carl"][1])]) == []
    assert crowded(ann=short, mute=None) == [("JOIN-2", "ann", "deadline")]


def test_texts_of_the_server_are_cut_by_nobody() -> None:
    """Under its nick it says what it likes, though a member were called so."""
    talk = playing(cast("bob"), enter("ann", "Server"), Send("ann", (Out("Server", "ééé"),)), Settle())
    heard = heard_by_all(talk)
    found = judged("FRAME-5/octets-not-characters", trace_of(talk, {**heard, "bob": [*heard["bob"], service("é")]}))

    assert "FRAME-5" not in [requirement for requirement, *_ in found]
    assert named("ann") not in str(found)
