"""Drawn conversations: every list of moves makes sense, and every feature is reached."""

from typing import Any

import pytest
from hypothesis import Phase, find, given, settings

from conformance.conversing import FEATURES, MOST_MEMBERS, Move, conversation, conversations, moves
from conformance.octets import Out
from conformance.script import Fin, Mute, Open, Rst, Script, Send, Settle, Unmute

SETTINGS = settings(deadline=None, database=None, derandomize=True, max_examples=60)
SEEKING = settings(deadline=None, database=None, derandomize=True, max_examples=2000, phases=[Phase.generate])
SHRINKING = settings(deadline=None, database=None, derandomize=True, max_examples=2000)

# What a conversation with a feature holds that a plain one never does.
SIGNS: dict[str, Any] = {
    "visit": lambda script: set(script.parties) - {step.who for step in script.steps if isinstance(step, Send)},
    "burst": lambda script: any(
        isinstance(one, Send) and isinstance(other, Send) and one.who == other.who and len(other.parts) == 1
        for one, other in zip(script.steps, script.steps[1:], strict=False)
    ),
    "clash": lambda script: any(
        isinstance(one, Send) and isinstance(other, Send) and one.who != other.who
        for one, other in zip(script.steps, script.steps[1:], strict=False)
    ),
    "cut": lambda script: script.cuts,
    "together": lambda script: any(isinstance(step, Send) and len(step.parts) > 1 for step in script.steps),
    "large": lambda script: max(len(step.octets) for step in script.steps if isinstance(step, Send)) > 60_000,
    "breath": lambda script: any(
        isinstance(one, Send) and isinstance(other, Fin) and one.who == other.who
        for one, other in zip(script.steps, script.steps[1:], strict=False)
    ),
    "reset": lambda script: any(isinstance(step, Rst) for step in script.steps),
    "return": lambda script: len(set(joins(script))) < len(joins(script)),
    "stall": lambda script: any(isinstance(step, Send) and isinstance(step.parts[0], bytes) for step in script.steps),
    "deafen": lambda script: any(isinstance(step, Mute) for step in script.steps),
}


def joins(script: Script) -> list[str]:
    """The nicks of all joins, in order."""
    seen, found = set[str](), []
    for step in script.steps:
        if isinstance(step, Send) and isinstance(step.parts[0], Out) and step.who not in seen:
            seen.add(step.who)
            found.append(step.parts[0].nick)
    return found


@pytest.mark.parametrize("feature", FEATURES)
def test_every_feature_is_reached_and_stays_out_of_plain_conversations(feature: str) -> None:
    """Its sign is found soon, and never where only plain moves are drawn."""
    assert find(moves(feature), lambda drawn: bool(SIGNS[feature](conversation(drawn))), settings=SEEKING)

    @SETTINGS
    @given(conversations())
    def plain(script: Script) -> None:
        assert not SIGNS[feature](script)

    plain()


@pytest.mark.parametrize("feature", [None, *FEATURES])
def test_every_list_of_moves_makes_sense(feature: str | None) -> None:
    """Nobody acts before it has connected or after it has gone; no nick is held twice; all who went deaf hear again."""

    @SETTINGS
    @given(moves(feature, most=30))
    def check(drawn: list[Move]) -> None:
        script = conversation(drawn)
        here, held, deaf = set[str](), dict[str, str](), set[str]()
        for step in script.steps:
            match step:
                case Open(who=who):
                    assert who not in here
                    here.add(who)
                case Send(who=who, parts=parts):
                    assert who in here
                    if who not in held and isinstance(parts[0], Out):
                        assert parts[0].nick not in held.values()
                        held[who] = parts[0].nick
                    assert all(part.nick == held[who] for part in parts if isinstance(part, Out))
                case Fin(who=who) | Rst(who=who):
                    here.remove(who)
                    held.pop(who, None)
                case Mute(who=who):
                    deaf.add(who)
                case Unmute(who=who):
                    deaf.remove(who)
                case _:
                    pass
        assert not deaf
        assert len(held) <= MOST_MEMBERS + 1

    check()


def test_rooms_fill_and_empty() -> None:
    """Conversations in which six have been, and in which three have gone, are drawn."""

    def leavers(script: Script) -> int:
        return sum(isinstance(step, Fin) for step in script.steps)

    assert find(conversations(most=20), lambda script: len(joins(script)) >= 6, settings=SEEKING)
    assert find(conversations(most=20), lambda script: leavers(script) >= 3, settings=SEEKING)


def test_a_planted_history_shrinks_to_the_moves_that_matter() -> None:
    """The smallest conversation with a leave and a message behind it has two moves."""

    def fails(drawn: list[Move]) -> bool:
        kinds = [move.kind for move in drawn]
        return "leave" in kinds and "say" in kinds[kinds.index("leave") :]

    smallest = find(moves(), fails, settings=SHRINKING)

    assert [move.kind for move in smallest] == ["leave", "say"]
    assert all((move.who, move.number) == (0, 0) for move in smallest)


def test_a_move_settles_before_the_next() -> None:
    """What one has said has arrived when the next thing happens, so that nobody can blame the order on the network."""
    script = conversation([Move("join", 0, 0), Move("say", 2, 0), Move("leave", 2, 0)])
    what = [type(step) for step in script.steps]

    assert what[6:13] == [Open, Send, Settle, Send, Settle, Fin, Settle]


def test_an_unknown_feature_is_an_error() -> None:
    """A misspelled one would silently draw plain conversations."""
    with pytest.raises(ValueError, match="no feature 'cuts'"):
        moves("cuts")
