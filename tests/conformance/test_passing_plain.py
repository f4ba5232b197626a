"""Which conversations are so plain that whatever differs in them is suspect, and what is written down apart."""

import pytest

from conformance.octets import Out, joined
from conformance.passing import Suspicion, Suspicions, is_plain, is_well_formed
from conformance.room import Decided
from conformance.script import Close, Fin, Mute, Rst, Script, Send, Step, cast, enter, nick, say, script, sentinel
from conformance.trace import Difference
from tests.conformance.conversations import named, playing, service
from tests.conformance.helpers import STAMP, Said, heard_by_all, trace_of
from tests.conformance.stages import late, seen


def talk(*parts: Out | bytes, behind: Step | None = None) -> Script:
    """A plain conversation, and one more write in it, or another step."""
    odd = [Send("ann", parts)] if parts else []
    return script(cast("ann", "bob"), say("ann", "a"), odd, behind if behind is not None else [], sentinel("bob"))


def said(text: str = "b", name: str = nick("ann"), time: str = STAMP, header: str = "canonical") -> Script:
    """A plain conversation, and one more frame in it."""
    return talk(Out(name, text, time, header))


@pytest.mark.parametrize(
    "plain", [talk(), talk(behind=Fin("ann")), talk(behind=Close("ann")), said(), said("x" * 100), said("")]
)
def test_a_plain_conversation(plain: Script) -> None:
    """Short ASCII texts, with the time of the playing or another one, by members that end in order."""
    assert is_plain(plain)


@pytest.mark.parametrize(
    "unusual",
    [
        said("x" * 101),
        said("é"),
        said(name="é"),
        said(time="yesterday"),
        said(time=""),
        said(header="right"),
        talk(Out(nick("ann"), "b"), Out(nick("ann"), "c")),
        talk(b"17"),
        talk(behind=Mute("bob")),
        talk(behind=Rst("ann")),
        script(talk().steps, Send("ann", (Out(nick("ann"), "b"),), (3,))),
    ],
)
def test_an_unusual_conversation(unusual: Script) -> None:
    """One frame of it is enough, or one step."""
    assert not is_plain(unusual)


def suspected(requirement: str, of: Script) -> Suspicions:
    """What is written down of a deviation in a conversation, twice."""
    suspicions = Suspicions()
    for name in ("FRAME-3/a", "FRAME-3/b"):
        suspicions.add(Suspicion(name, of, late(of), seen(requirement)))
    return suspicions


def test_what_is_unusual_raises_no_suspicion() -> None:
    """Neither of what it may be about, nor of its consequences."""
    assert list(suspected("RELAY-1", talk()).found) == ["RELAY-1"]
    for requirement in ("RELAY-1", "FRAME-1"):
        of_odd = suspected(requirement, said(header="right"))
        assert (of_odd.found, of_odd.consequences) == ({}, {})


def test_what_is_certain_is_suspected_however_unusual() -> None:
    """A consequence too."""
    odd, suspicions = said(header="right"), Suspicions()
    suspicions.add(Suspicion("FRAME-3/a", odd, late(odd), seen("JOIN-2"), is_certain=True))

    assert (list(suspicions.found), suspicions.consequences) == (["JOIN-2"], {})


@pytest.mark.parametrize("requirement", ["FRAME-1", "FRAME-2", "BODY-1", "BODY-2"])
def test_usual_consequences_are_written_down_apart(requirement: str) -> None:
    """The first of each; others are not."""
    suspicions = suspected(requirement, script(enter("ann")))

    assert suspicions.found == {}
    assert [(name, one.check, one.times) for name, one in suspicions.consequences.items()] == [
        (requirement, "FRAME-3/a", 1)
    ]
    assert suspected("RELAY-1", script(enter("ann"))).consequences == {}


# Joins.

HERE = playing(cast("ann", "bob"), sentinel("ann"))
UNTOLD = f"Server: {joined(named('bob'))!r}"


@pytest.mark.parametrize(
    ("expected", "decided", "heard", "is_suspect"),
    [
        (UNTOLD, "deadline", heard_by_all(HERE)["bob"], True),  # bob is in, and somebody else was not told
        (f"{joined(named('bob'))!r} once", "frame", heard_by_all(HERE)["bob"], True),
        (UNTOLD, "deadline", [("dora", joined(named("bob")))], False),
        (UNTOLD, "deadline", [service("welcome")], False),
        (UNTOLD, "deadline", [], False),  # bob did not get in, whatever brought that about
        (UNTOLD, "closed", heard_by_all(HERE)["bob"], False),
        (f"Server: {joined(named('carl'))!r}", "deadline", heard_by_all(HERE)["bob"], False),
    ],
)
def test_a_join_is_suspect_where_the_newcomer_is_in(
    expected: str, decided: Decided, heard: list[Said], is_suspect: bool
) -> None:
    """Every conversation shows JOIN-2 of a server that lets nobody in."""
    of = trace_of(HERE, {**heard_by_all(HERE), "bob": heard})
    suspicions = Suspicions()
    suspicions.add(Suspicion("FRAME-3/a", HERE, of, Difference("JOIN-2", expected, "nothing", "ann", decided)))

    assert (list(suspicions.found), suspicions.consequences) == (["JOIN-2"] * is_suspect, {})


# What no check has blamed.


@pytest.mark.parametrize(
    ("part", "is_one"),
    [
        (Out(nick("ann"), "b"), True),
        (Out(nick("ann"), "b", header="right"), True),
        (Out("ev\nil", "b").octets, True),
        (b"17", False),
        (b"+17       ", False),
        (b"2         \0\0", True),
        (b"1         \0", False),
        (b"3         \0\0\xff", False),
        (b"2         \0", False),
    ],
)
def test_a_conversation_of_whole_and_valid_frames(part: Out | bytes, is_one: bool) -> None:
    """However they are written, by whomever; that is what a suspicion of the last kind takes."""
    of = playing(talk(part).steps)
    suspicions = Suspicions()
    suspicions.wonder(Suspicion("FRAME-3/a", of, late(of), seen("LEAVE-1")))

    assert is_well_formed(of) is is_one
    assert list(suspicions.unexplained) == ["LEAVE-1"] * is_one
    assert suspicions.found == {}


def test_frames_in_pieces_are_whole_in_the_end() -> None:
    """One after the other, each on the connection that it was begun on."""
    octets = Out(nick("ann"), "b").octets
    whole = script(cast("ann", "bob"), Send("ann", (octets[:5],)), Send("bob", (octets,)), Send("ann", (octets[5:],)))
    mixed = script(cast("ann", "bob"), Send("ann", (octets[:5],)), Send("bob", (octets[5:],)))

    assert is_well_formed(whole)
    assert not is_well_formed(mixed)


def test_what_nobody_has_blamed_is_kept() -> None:
    """Of each requirement, three conversations at most, each once; of joins, only that of somebody who is in."""
    suspicions = Suspicions()
    of = playing(talk().steps)
    for name in ("FRAME-3/a", "FRAME-3/b", "FRAME-3/a", "FRAME-3/c", "FRAME-3/d"):
        for requirement in ("LEAVE-1", "JOIN-2"):
            suspicions.wonder(Suspicion(name, of, late(of), seen(requirement)))

    assert list(suspicions.unexplained) == ["LEAVE-1"]
    assert [one.check for one in suspicions.unexplained["LEAVE-1"]] == ["FRAME-3/a", "FRAME-3/b", "FRAME-3/c"]
    suspicions.wonder(Suspicion("FRAME-3/e", of, late(of), seen("LEAVE-1")), is_likely=True)
    assert [one.check for one in suspicions.unexplained["LEAVE-1"]] == ["FRAME-3/e", "FRAME-3/a", "FRAME-3/b"]
