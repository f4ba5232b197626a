"""Drawn conversations: a faithful server never differs from the model, and each single change of it always does."""

from collections.abc import Callable
from dataclasses import dataclass

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conformance.differences import differences
from conformance.octets import Out
from conformance.script import Close, Fin, Open, Rst, Script, Send, Settle, Step, nick
from tests.conformance.helpers import Said, heard_by_all, ids, trace_of

TAG = "abcd0001"
WHO = ("ann", "bob", "carl", "dora")
TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=12)


@dataclass
class Draft:
    """A conversation under construction: every step in it is possible where it stands."""

    steps: list[Step]
    state: dict[str, str]
    said: int = 0

    def take(self, who: str, verb: str, text: str) -> None:
        """One more step of a party, if it can take it."""
        state = self.state.get(who, "away")
        if state == "away":
            self.steps.append(Open(who))
            self.state[who] = "open"
        elif verb == "end":
            self.steps.append((Fin, Rst, Close)[len(text) % 3](who))
            self.state[who] = "gone"
        elif state == "open" and verb == "join":
            self.steps.append(Send(who, (Out(nick(who)),)))
            self.state[who] = "joined"
        elif state == "joined" and verb in ("say", "burst"):
            self.said += 1  # texts are unique, so that each change is one change
            several = tuple(Out(nick(who), f"{self.said}.{part} {text}") for part in range(1 if verb == "say" else 3))
            self.steps.append(Send(who, several))
        elif verb == "rubbish" and state != "gone":
            self.steps.append(Send(who, (text.encode() + b"!",)))
            self.state[who] = "wild"
        self.steps.append(Settle())


def _build(actions: list[tuple[str, str, str]]) -> Script:
    draft = Draft([], {})
    for who, verb, text in actions:
        if draft.state.get(who) not in ("gone", "wild"):
            draft.take(who, verb, text)
    return Script(tuple(draft.steps)).tagged(TAG)


VERBS = st.sampled_from(["join", "join", "say", "say", "say", "burst", "rubbish", "end"])
ACTIONS = st.lists(st.tuples(st.sampled_from(WHO), VERBS, TEXTS), min_size=4, max_size=30)
SCRIPTS = ACTIONS.map(_build)
# The same between two members who stay, a third who comes and goes, and last words: there is something of every kind.
BEGIN = [(who, verb, "") for who in ("yves", "zoe", "xena") for verb in ("open", "join")]
END = [("yves", "burst", ""), ("xena", "end", ""), ("zoe", "burst", "")]
RICH = ACTIONS.map(lambda actions: _build([*BEGIN, *actions, *END]))


@settings(deadline=None, database=None, max_examples=80)
@given(SCRIPTS)
def test_a_faithful_server_never_differs(conversation: Script) -> None:
    """Whatever the conversation: joins, leaves, bursts and rubbish of four parties in any order."""
    assert differences(trace_of(conversation, heard_by_all(conversation))) == []


@settings(deadline=None, database=None, max_examples=40)
@given(SCRIPTS, st.data())
def test_a_faithful_server_never_differs_however_far_the_player_came(conversation: Script, data: st.DataObject) -> None:
    """A playing that was broken off owes what its steps owe."""
    performed = data.draw(st.integers(0, len(conversation.steps)))
    trace = trace_of(conversation, heard_by_all(Script(conversation.steps[:performed])))
    trace.performed = performed

    assert differences(trace) == []


def _wild(conversation: Script) -> set[str]:
    """The parties that have sent rubbish."""
    return {step.who for step in conversation.steps if isinstance(step, Send) and isinstance(step.parts[0], bytes)}


def _judged(conversation: Script) -> list[str]:
    """The parties that are there to the end and keep to the protocol."""
    wild = _wild(conversation)
    gone = {step.who for step in conversation.steps if isinstance(step, Fin | Rst | Close)}
    joined = {step.who for step in conversation.steps if isinstance(step, Send)}
    return [who for who in conversation.parties if who in joined - wild - gone]


def _drop(heard: list[Said], place: int) -> None:
    del heard[place]


def _repeat(heard: list[Said], place: int) -> None:
    heard.insert(place + 1, heard[place])


def _alter(heard: list[Said], place: int) -> None:
    heard[place] = (heard[place][0], f"{heard[place][1]}?")


def _swap(heard: list[Said], place: int) -> None:
    later = next(other for other in range(place + 1, len(heard)) if heard[other][0] == heard[place][0])
    heard[place], heard[later] = heard[later], heard[place]


def _kind(said: Said) -> str:
    if said[0] != "Server":
        return "chat"
    return "joined" if said[1].endswith("joined the chat") else "left"


CHANGES = [
    (_drop, "chat", "RELAY-1"),
    (_drop, "joined", "JOIN-2"),
    (_drop, "left", "LEAVE-1"),
    (_repeat, "chat", "RELAY-1"),
    (_repeat, "joined", "JOIN-2"),
    (_repeat, "left", "LEAVE-1"),
    (_alter, "chat", "RELAY-3"),
    (_alter, "joined", "JOIN-2"),
    (_alter, "left", "LEAVE-1"),
    (_swap, "chat", "RELAY-6"),
]


@pytest.mark.parametrize(("change", "kind", "requirement"), CHANGES)
@settings(deadline=None, database=None, max_examples=40)
@given(st.data())
def test_a_single_change_is_found_and_named(
    change: Callable[[list[Said], int], None], kind: str, requirement: str, data: st.DataObject
) -> None:
    """One frame of one party dropped, repeated, altered or swapped with the sender's next: its own id, and no other's."""
    conversation = data.draw(RICH)
    heard = heard_by_all(conversation)
    # A text that nobody said, from one who has sent rubbish, may be what became of it: there, it only counts as missing.
    unsure = {f"{who}-{TAG}" for who in _wild(conversation)} if change is _alter else set()
    places = [
        (who, place)
        for who in _judged(conversation)
        for place, said in enumerate(heard[who])
        if _kind(said) == kind
        and said[0] not in unsure
        and (change is not _swap or any(later[0] == said[0] for later in heard[who][place + 1 :]))
    ]
    who, place = data.draw(st.sampled_from(places))
    change(heard[who], place)
    found = differences(trace_of(conversation, heard))

    assert ids(found) - ({"JOIN-3"} if kind == "joined" else set()) == {requirement}
    assert {one.who for one in found} == {who}


@settings(deadline=None, database=None, max_examples=40)
@given(RICH, st.data())
def test_an_echo_is_found(conversation: Script, data: st.DataObject) -> None:
    """A party's own words come back to it, anywhere behind its join."""
    heard = heard_by_all(conversation)
    mine = [
        (step.who, (part.nick, part.text))
        for step in conversation.steps
        if isinstance(step, Send) and step.who in _judged(conversation)
        for part in step.parts
        if isinstance(part, Out) and part.text
    ]
    who, said = data.draw(st.sampled_from(mine))
    heard[who].insert(data.draw(st.integers(1, len(heard[who]))), said)

    assert ids(differences(trace_of(conversation, heard))) == {"RELAY-2"}
