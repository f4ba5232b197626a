"""What no server may do, whatever it was sent, and how it is written down."""

import pytest

from conformance.octets import Out
from conformance.passing import Suspicion, Suspicions, never_allowed
from conformance.script import Open, Script, Send, burst, cast, sentinel
from conformance.trace import Trace
from tests.conformance.conversations import TAG, chat, named, playing, service
from tests.conformance.helpers import Said, heard_by_all
from tests.conformance.judging import WALL, got, raw
from tests.conformance.judging import trace as traced
from tests.conformance.stages import seen

EARLY, LATE = "2026-11-22T10:21:07.123Z", "2026-11-22T10:21:08Z"
WORD, OTHER = f"word {TAG}", f"other {TAG}"
TALK = playing(cast("ann", "bob"), burst("ann", WORD, OTHER), burst("bob", OTHER), sentinel("ann"))


def trace(script: Script = TALK, **more: list[Said]) -> Trace:
    """A faithful server's, and behind it what else was heard."""
    frames = {who: [got(*one) for one in said + more.get(who, [])] for who, said in heard_by_all(script).items()}
    found = traced(script, **frames)
    found.tag = TAG
    return found


def found(of: Trace) -> list[tuple[str, str, str]]:
    """Requirement, party and evidence of each deviation."""
    return [(one.requirement, one.who, one.decided_by) for one in never_allowed(of)]


def test_a_faithful_server_is_not_suspected() -> None:
    """Whatever is said."""
    assert found(trace()) == []


def test_nothing_is_said_where_frames_could_not_be_told_apart() -> None:
    """Everything behind is wrong then."""
    echoed = trace(ann=[chat(WORD)])
    assert found(echoed) != []

    echoed.garbage["bob"] = b"xxxxxxxxxxxx"
    assert found(echoed) == []


# Bodies and times.


def test_bodies_and_times_have_one_form() -> None:
    """Another number of NULs, and a time that is none; of a body that cannot be cut the time says nothing."""
    for frame, blamed in (
        (raw(b"\0Server"), ["BODY-1"]),
        (raw(b"a\0b\0c\0d"), ["BODY-1"]),
        (got("Server", "well", "today"), ["TIME-1"]),
        (raw(b"today\0Server\0\xff"), []),
    ):
        of = trace()
        of.frames["bob"].append(frame)
        assert found(of) == [(requirement, "bob", "frame") for requirement in blamed]


def test_lengths_in_characters_are_not_taken_for_wrong_bodies() -> None:
    """If anything else than ASCII was sent, all that follows may be shifted; raw octets count too, and steps that send
    nothing do not."""
    for said, blamed in (("word", ["TIME-1"]), ("wörd", [])):
        of = trace(playing(cast("ann", "bob"), burst("ann", f"{said} {TAG}"), sentinel("ann")))
        of.frames["bob"].append(got("Server", "well", "today"))
        assert [requirement for requirement, *_ in found(of)] == blamed


# Times that decrease.


def times(*stamps: str, walls: tuple[float, ...] = (), texts: tuple[str, ...] = ()) -> Trace:
    """bob hears service messages with these times."""
    of = traced(playing(cast("ann", "bob")))
    of.frames["bob"] = [
        got("Server", texts[place] if texts else "x", stamp, wall=WALL + (walls[place] if walls else 0.0))
        for place, stamp in enumerate(stamps)
    ]
    return of


def test_times_never_decrease() -> None:
    """On one connection; equal ones do not, and once is told once."""
    assert found(times(EARLY, EARLY, LATE)) == []
    assert found(times(EARLY, LATE, EARLY, LATE, EARLY)) == [("RELAY-4", "bob", "frame")]


def test_a_clock_that_was_set_back_is_no_fault_of_the_server() -> None:
    """This machine's; it may be the server's."""
    assert found(times(LATE, EARLY, walls=(1.0, 0.0))) == []
    assert found(times(LATE, EARLY, walls=(0.0, 0.0))) == [("RELAY-4", "bob", "frame")]
    assert found(times(LATE, EARLY, walls=(0.0, 1.0))) == [("RELAY-4", "bob", "frame")]


@pytest.mark.parametrize("stamps", [("x", EARLY), (LATE, "x"), ("x", "x")])
def test_what_is_no_time_is_not_compared(stamps: tuple[str, str]) -> None:
    """That it is none is another matter."""
    assert found(times(*stamps)) == [("TIME-1", "bob", "frame")] * stamps.count("x")


def test_what_was_said_before_the_join_is_not_due() -> None:
    """Its times say nothing (JOIN-4): but announcements are not told again, so theirs do."""
    script = playing(cast("ann", "carl"), burst("ann", WORD), Open("bob"), Send("bob", (Out(named("bob")),)))
    of = traced(script)
    join = f"[{named('ann')}] joined the chat"
    for text, blamed in ((WORD, []), (OTHER, ["RELAY-4"]), (join, ["RELAY-4"]), ("", ["RELAY-4"])):
        of.frames["bob"] = [got("Server", "x", LATE), got("Server", text, EARLY)]
        assert [requirement for requirement, *_ in found(of)] == blamed


# Twice.


def test_a_message_comes_as_often_as_it_was_said() -> None:
    """Once more is one deviation, of however many messages."""
    assert found(trace(bob=[chat(WORD)])) == [("RELAY-1", "bob", "frame")]
    assert found(trace(bob=[chat(WORD), chat(OTHER)])) == [("RELAY-1", "bob", "frame")]


def test_a_message_said_twice_may_come_twice() -> None:
    """A third time it may not."""
    script = playing(cast("ann", "bob"), burst("ann", WORD, WORD), sentinel("ann"))
    assert found(trace(script)) == []
    assert found(trace(script, bob=[chat(WORD)])) == [("RELAY-1", "bob", "frame")]


def test_who_says_so_matters() -> None:
    """The same words of another nick, or of the server, are other frames."""
    assert found(trace(bob=[chat(WORD, "carl"), service(WORD)])) == []


def test_what_has_no_tag_may_be_anybodys() -> None:
    """Of another playing, that is, or of a stranger."""
    script = playing(cast("ann", "bob"), burst("ann", "word"), sentinel("ann"))
    assert found(trace(script, bob=[chat("word")])) == []

    untagged = trace(bob=[chat(WORD)])
    untagged.tag = ""
    assert found(untagged) == []


def test_what_stands_in_raw_octets_too_is_nobodys() -> None:
    """They may be taken for a frame of that member."""
    frame = Out(named("ann"), WORD).octets
    script = playing(cast("ann", "bob"), burst("ann", WORD), sentinel("ann"), Send("ann", (frame,)))
    assert found(trace(script, bob=[chat(WORD)])) == []

    elsewhere = playing(cast("ann", "bob"), burst("ann", WORD), sentinel("ann"), Send("ann", (b"17",)))
    assert found(trace(elsewhere, bob=[chat(WORD)])) == [("RELAY-1", "bob", "frame")]


def test_a_server_named_member_is_not_counted() -> None:
    """What comes under that nick is the server's own."""
    of = trace(playing(cast("bob"), Open("ann"), Send("ann", (Out("Server"),)), burst("ann", WORD, name="Server")))
    of.frames["bob"] += [got("Server", WORD), got("Server", WORD)]
    of.frames["ann"] += [got("Server", WORD)]

    assert found(of) == []


# Echoes.


def test_nobody_hears_itself() -> None:
    """Told once; the same words under another nick, or of the server, are no echo."""
    assert found(trace(ann=[chat(WORD), chat(WORD)])) == [("RELAY-1", "ann", "frame"), ("RELAY-2", "ann", "frame")]
    assert found(trace(ann=[chat(WORD, "carl"), service(WORD)])) == []
    assert found(trace(ann=[chat("never said")])) == []


def test_words_that_another_has_said_are_no_echo() -> None:
    """They may be that one's."""
    assert [one for one, *_ in found(trace(ann=[chat(OTHER)]))] == []


def test_words_without_a_tag_are_no_echo() -> None:
    """They may be of another playing."""
    script = playing(cast("ann", "bob"), burst("ann", "word"), sentinel("ann"))
    assert found(trace(script, ann=[chat("word")])) == []


def test_of_one_who_sent_raw_octets_nothing_is_its_own() -> None:
    """A frame may have been read in them that is somebody else's."""
    script = playing(cast("ann", "bob"), burst("ann", WORD), sentinel("ann"), Send("ann", (b"17",)))
    assert found(trace(script, ann=[chat(WORD)])) == []


def test_each_party_is_looked_at() -> None:
    """One after the other."""
    assert found(trace(ann=[chat(WORD)], bob=[chat(WORD)])) == [
        ("RELAY-2", "ann", "frame"),
        ("RELAY-1", "bob", "frame"),
    ]


# How it is written down.


def suspicion(requirement: str, check: str = "FRAME-3/a", *, is_certain: bool = False) -> Suspicion:
    """One deviation, as some check has seen it."""
    if not is_certain:
        return Suspicion(check, TALK, trace(), seen(requirement))
    return Suspicion(check, TALK, trace(), seen(requirement), is_certain=True)


def test_the_first_of_each_requirement_is_kept() -> None:
    """And the others are counted."""
    suspicions = Suspicions()
    first = suspicion("RELAY-1")
    for one in (first, suspicion("RELAY-1", "FRAME-3/b"), suspicion("RELAY-2"), suspicion("RELAY-1", "FRAME-3/c")):
        suspicions.add(one)

    assert suspicions.found["RELAY-1"] is first
    assert {name: one.times for name, one in suspicions.found.items()} == {"RELAY-1": 3, "RELAY-2": 1}
    assert not first.is_certain


def test_what_proves_it_takes_the_place_of_what_does_not() -> None:
    """With the count; a second proof does not, and nor does what proves nothing."""
    suspicions = Suspicions()
    proof = suspicion("RELAY-1", is_certain=True)
    for one in (suspicion("RELAY-1"), suspicion("RELAY-1"), proof):
        suspicions.add(one)
    assert suspicions.found["RELAY-1"] is proof
    assert proof.times == 3

    for one in (suspicion("RELAY-1", is_certain=True), suspicion("RELAY-1")):
        suspicions.add(one)
    assert suspicions.found["RELAY-1"] is proof
    assert proof.times == 5


@pytest.mark.parametrize("requirement", ["FRAME-1", "FRAME-2", "BODY-1", "BODY-2"])
def test_usual_consequences_are_judged_by_their_own_checks_alone(requirement: str) -> None:
    """Every conversation may show them, whatever brought that about; unless they are certain."""
    suspicions = Suspicions()
    for one in (suspicion(requirement), suspicion("JOIN-3")):
        suspicions.add(one)
    assert list(suspicions.found) == ["JOIN-3"]

    suspicions.add(suspicion(requirement, is_certain=True))
    assert list(suspicions.found) == ["JOIN-3", requirement]


def test_what_is_no_frame_is_certain_though_nothing_else_is_said() -> None:
    """Nothing that a client sends excuses it; it is for the end of a run in which nothing has failed."""
    of = trace()
    suspicions = Suspicions()
    suspicions.watch("FRAME-3/a", TALK, of)
    assert suspicions.found == {}

    of.garbage["bob"] = b"xxxxxxxxxxxx"
    suspicions.watch("FRAME-3/a", TALK, of)
    (seen,) = suspicions.found.values()
    assert (seen.difference.requirement, seen.difference.who, seen.is_certain) == ("FRAME-1", "bob", True)


def test_a_frame_inside_of_another_is_certain() -> None:
    """Where it makes what follows no frame: RELAY-8, seen wherever one reads late."""
    long = "x" * 100
    of = trace(playing(cast("ann", "bob"), burst("ann", long), sentinel("ann")))
    [place] = [place for place, frame in enumerate(of.frames["bob"]) if frame.text == long]
    inside = Out("Server", "welcome", EARLY).octets
    of.frames["bob"][place] = raw(f"{EARLY}\0{named('ann')}\0x".encode() + inside + b"x" * (99 - len(inside)))
    of.garbage["bob"] = b"xxxxxxxxxxxx"
    suspicions = Suspicions()
    suspicions.watch("FRAME-3/a", TALK, of)

    (seen,) = suspicions.found.values()
    assert (seen.difference.requirement, seen.difference.who, seen.is_certain) == ("RELAY-8", "bob", True)


def test_what_is_never_allowed_is_certain() -> None:
    """It is written down with the check in whose playing it was seen."""
    suspicions = Suspicions()
    of = trace(bob=[chat(WORD)])
    suspicions.watch("FRAME-3/a", TALK, of)

    [one] = suspicions.found.values()
    assert (one.check, one.script, one.trace, one.is_certain, one.times) == ("FRAME-3/a", TALK, of, True, 1)
    assert one.difference.requirement == "RELAY-1"
