"""NICK-6 and who takes a nick that is free again: what the judges find, and what they let pass."""

import random

import pytest

from conformance.check import CHECKS, Plan
from conformance.octets import joined
from conformance.script import Fin, Open, Script, Settle, enter, say, sentinel
from conformance.trace import Trace
from tests.conformance.conversations import TAG, playing, service
from tests.conformance.helpers import Said, heard_by_all, trace_of
from tests.conformance.judging import got, judged, trace


def scripts(check: str) -> list[Script]:
    """What a check plays."""
    cases = CHECKS[check].cases
    assert cases is not None
    return [script.tagged(TAG) for script in cases(Plan("quick", random.Random("1")))]


@pytest.mark.parametrize("check", ["NICK-6/free-again", "NICK-6/after-a-throw-out", "NICK-6/after-a-refusal"])
def test_a_nick_that_is_not_free_again(check: str) -> None:
    """Whoever asks for it after the first is not let in, however the first has ended."""
    for script in scripts(check):
        whole = heard_by_all(script)
        refused = {who: said if who in ("bob", "turn0") else [] for who, said in whole.items()}
        refused["bob"] = [said for place, said in enumerate(refused["bob"]) if said not in refused["bob"][:place]]

        assert judged(check, trace_of(script, whole)) == []
        assert {found[:2] for found in judged(check, trace_of(script, refused))} >= {("JOIN-2", "bob")}


COMES_BACK, _ = scripts("JOIN-2/returns")
BACK = service(f"[again-{TAG}] joined the chat")


def coming_back(turn1: list[Said] | None = None, of: Script = COMES_BACK) -> Trace:
    """What is heard if bob is not told of the second who takes the nick, and this one hears something else, too."""
    heard = heard_by_all(of)
    place = [number for number, said in enumerate(heard["bob"]) if said == BACK][1]
    del heard["bob"][place]
    if turn1 is not None:
        heard["turn1"] = turn1
    return trace_of(of, heard)


@pytest.mark.parametrize(
    ("turn1", "is_refused"),
    [(None, False), ([], True), ([("dora", BACK[1])], True), ([service(BACK[1].upper())], False)],
)
def test_whose_business_a_join_is_that_is_missing(turn1: list[Said] | None, is_refused: bool) -> None:
    """Who was let in under the nick is to be announced (JOIN-2); else the nick was not free (NICK-6)."""
    found = coming_back(turn1)

    assert bool(judged("NICK-6/free-again", found)) is is_refused
    found.frames["turn2"].insert(0, got("Server", "welcome back"))
    assert bool(judged("JOIN-3/returns", found)) is not is_refused
    assert ("JOIN-2" in [one[0] for one in judged("JOIN-2/returns", found)]) is not is_refused


def test_who_has_not_asked_for_a_nick_was_not_refused_one() -> None:
    """A connection that says nothing hears nothing."""
    assert judged("NICK-6/free-again", coming_back(of=playing(COMES_BACK.steps, Open("mute")))) == []


AGAIN = (enter("one", "Again"), Fin("one"), Settle(), enter("two", "aGAIN"))
RETURNS = playing(enter("bob"), *AGAIN)
SAYS = playing(enter("bob"), *AGAIN, say("two", "hello", ""), sentinel("bob"))


@pytest.mark.parametrize(
    ("said", "blamed"),
    [
        ([service(joined("aGAIN"))], False),
        ([service(joined("Again"))], True),
        ([("dora", "hello"), service(joined("Again"))], True),
        ([service(joined("aGAIN")), service(joined("Again"))], False),  # how it was called first
        ([service(joined("other"))], False),  # that it is called something else altogether is judged elsewhere
        ([service("welcome")], False),
        ([("dora", joined("Again"))], False),
        ([], False),
    ],
)
def test_the_spelling_of_one_who_takes_a_free_nick(said: list[Said], blamed: bool) -> None:
    """Is its own, and not that of the one before."""
    found = trace(RETURNS, one=[got(*service(joined("Again")))], two=[got(*one) for one in said])

    assert judged("NICK-2/returns", found) == ([("NICK-2", "two", "frame")] if blamed else [])


@pytest.mark.parametrize(
    ("said", "blamed"),
    [
        (("aGAIN", "hello"), False),
        (("Again", "hello"), True),
        (("AGAIN", "hello"), True),
        (("other", "hello"), False),
        (("Again", "something else"), False),  # the one before may have said that
        (("Again", ""), False),  # and so may anybody
    ],
)
def test_the_spelling_over_its_words(said: Said, blamed: bool) -> None:
    """Is its own, too."""
    found = trace(SAYS, bob=[got(*said)])

    assert judged("NICK-2/returns", found) == ([("NICK-2", "bob", "frame")] if blamed else [])
