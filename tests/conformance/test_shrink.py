"""Smaller scripts: strictly smaller, still a conversation, and small enough in the end."""

from collections.abc import Callable

import pytest
from hypothesis import given, settings

from conformance.differences import differences
from conformance.explore import size
from conformance.octets import Out
from conformance.script import Fence, Open, Script, Send, Settle, Step, burst, cast, nick, plain, say, script, sentinel
from conformance.shrink import smaller
from tests.conformance.helpers import heard_by_all, trace_of
from tests.conformance.test_differences_drawn import SCRIPTS

FRAMES = tuple(Out(nick("ann"), plain(number)) for number in range(9))
SEVERAL = [
    script(cast("ann", "bob", "carl"), say("ann", *map(plain, range(10))), sentinel("ann"), sentinel("bob")),
    script(cast("ann", "bob"), Send("ann", FRAMES), sentinel("ann")),
    script(cast("ann", "bob"), Send("ann", FRAMES[:2], tuple(range(1, 60))), sentinel("ann")),
    script(cast("bob"), Open("ann"), Send("ann", (Out(nick("ann")), *FRAMES)), Settle(), sentinel("ann")),
]


def weight(conversation: Script) -> tuple[int, int, int]:
    """Steps, octets and cuts."""
    return size(conversation)


@pytest.mark.parametrize("conversation", SEVERAL)
def test_each_smaller_script_is_strictly_smaller(conversation: Script) -> None:
    """So shrinking ends: fewer steps, octets or cuts, and more of none."""
    found = list(smaller(conversation))

    assert found
    for less in found:
        assert weight(less) < weight(conversation)
        assert all(one <= other for one, other in zip(weight(less), weight(conversation), strict=True))


def waits(conversation: Script, *, without: str | None = None) -> list[Step]:
    """Its waits and its connections, and each party's first write and sentinels."""
    kept: list[Step] = []
    begun: set[str] = set()
    for step in conversation.steps:
        if getattr(step, "who", None) == without and without is not None:
            continue
        if not isinstance(step, Send):
            kept.append(step)
        elif step.who not in begun or any(isinstance(part, Out) and "sentinel" in part.text for part in step.parts):
            kept.append(Send(step.who, (step.parts[0],)))
            begun.add(step.who)
    return kept


@pytest.mark.parametrize("conversation", SEVERAL)
def test_joins_waits_and_sentinels_stay(conversation: Script) -> None:
    """Without them two connections race, and nothing proves that something is missing; only a whole party may go."""
    for less in smaller(conversation):
        gone = set(conversation.parties) - set(less.parties)

        assert len(gone) <= 1
        assert waits(less) == waits(conversation, without=next(iter(gone), None))


@settings(deadline=None, database=None, max_examples=60)
@given(SCRIPTS)
def test_each_smaller_script_is_a_conversation(conversation: Script) -> None:
    """A faithful server plays each of them without a difference from the model."""
    for less in smaller(conversation):
        assert weight(less) < weight(conversation)
        assert differences(trace_of(less, heard_by_all(less))) == []


def shrunk(conversation: Script, fails: Callable[[Script], bool]) -> Script:
    """The smallest that still fails, as the engine seeks it."""
    while (less := next(filter(fails, smaller(conversation)), None)) is not None:
        conversation = less
    return conversation


def test_one_culprit_is_found_among_many_writes() -> None:
    """Of ten messages and three members, what is left is the one message, its sender and a witness."""
    culprit = Send("ann", (Out(nick("ann"), plain(6)),))
    least = shrunk(SEVERAL[0], lambda conversation: culprit in conversation.steps)

    assert [step for step in least.steps if isinstance(step, Send) and "hello" in str(step)] == [culprit]
    assert len(least.parties) == 2


def test_one_culprit_is_found_among_frames_and_cuts() -> None:
    """Of frames written together the first and the culprit stay; of many cuts, one."""
    together = shrunk(
        SEVERAL[1], lambda conversation: any(FRAMES[5] in getattr(step, "parts", ()) for step in conversation.steps)
    )
    cut = Script(
        tuple(Send("ann", step.parts, (3, 9, 14)) if step == Send("ann", FRAMES) else step for step in SEVERAL[1].steps)
    )
    least = shrunk(cut, lambda conversation: any(9 in getattr(step, "cuts", ()) for step in conversation.steps))

    assert Send("ann", (FRAMES[0], FRAMES[5])) in together.steps
    assert [step.cuts for step in least.steps if isinstance(step, Send) and step.cuts] == [(9,)]


def test_the_smallest_script_has_nothing_smaller() -> None:
    """Two members, their joins and one sentinel."""
    assert list(smaller(script(cast("ann", "bob"), Fence(), sentinel("ann")))) == []
    assert list(smaller(script(cast("ann", "bob"), burst("ann", "x"), sentinel("ann")))) != []
