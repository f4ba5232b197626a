"""Frames that come in pieces, slowly, or late: what the judges of what becomes of them find, and what they let pass."""

import pytest

import conformance.checks  # noqa: F401  # registers them
from conformance.check import CHECKS
from conformance.script import Fence, Hears, Mute, Settle, Unmute, burst, cast
from conformance.trace import Ending, Trace
from tests.conformance.conversations import JOIN, LEAVE, TAG, Heard, chat, playing
from tests.conformance.helpers import Said, heard_by_all, trace_of
from tests.conformance.judging import Found, got, judged, trace

TWO = playing(
    cast("ann", "bob", "carl", "dora"),
    Hears("ann", "whole"),
    Hears("ann", "bob one"),
    Hears("ann", "carl two"),
    Fence(),
)
PIECES = "FRAME-6/two-at-once"


@pytest.mark.parametrize(("expired", "how"), [(None, "closed"), (Settle(), "deadline")])
def test_frames_whose_pieces_took_turns(expired: Settle | None, how: str) -> None:
    """Each that came in pieces and was waited for; what ann cannot read at all is no matter of pieces."""
    one, none, mixed = trace(TWO, ann=[got(*chat("carl two", "carl"))]), trace(TWO), trace(TWO)
    whole = trace(TWO, ann=[got(*chat("carl two", "carl")), got(*chat("bob one", "bob"))])
    mixed.garbage = {"ann": b"xxxxxxxxxxx"}
    for found in (one, none, mixed, whole):
        found.expired = expired

    assert judged(PIECES, whole) == []
    assert judged(PIECES, one) == [("FRAME-6", "ann", how)]
    assert judged(PIECES, none) == [("FRAME-6", "ann", how)] * 2
    assert judged(PIECES, mixed) == []


@pytest.mark.parametrize("check", ["FRAME-6/many-in-one-read", "FRAME-6/at-buffers"])
@pytest.mark.parametrize(
    ("ended", "found"),
    [
        ({"bob": "fin"}, ("ROBUST-3", "bob", "closed")),
        ({"ann": "fin"}, ("RELAY-1", "bob", "closed")),
        ({"ann": "fin", "bob": "fin"}, ("RELAY-1", "bob", "closed")),
        ({"carl": "fin"}, ("RELAY-1", "bob", "deadline")),
    ],
)
def test_who_is_closed_when_many_frames_come_at_once(
    check: str, ended: dict[str, Ending], found: tuple[str, str, str]
) -> None:
    """The one that speaks, or all, for how the frames came; one that only listens for how many waited for it."""
    talk = playing(cast("ann", "bob", "carl"), burst("ann", f"lost {TAG}"), Settle())
    heard: Heard = {
        who: [one for one in said if (who, one) != ("bob", chat(f"lost {TAG}"))]
        for who, said in heard_by_all(talk).items()
    }
    lost = trace_of(talk, heard)
    lost.ended = ended

    assert judged(check, lost) == [found]


@pytest.mark.parametrize("check", ["FRAME-6/many-in-one-read", "FRAME-6/at-buffers"])
def test_what_is_missing_before_somebody_is_closed(check: str) -> None:
    """What a later frame proves is missing whoever ended then; nor is one thrown out because another was."""
    talk = playing(cast("ann", "bob", "carl"), burst("ann", f"lost {TAG}", f"last {TAG}"), Settle())
    everything = heard_by_all(talk)
    lost, unheard = trace_of(talk, everything), trace_of(talk, everything)
    lost.frames["bob"] = [frame for frame in lost.frames["bob"] if frame.text != f"lost {TAG}"]
    lost.ended = {"bob": "fin"}
    unheard.frames["bob"] = [frame for frame in unheard.frames["bob"] if frame.text != JOIN["carl"][1]]
    unheard.ended = {"carl": "fin"}

    assert judged(check, lost) == [("RELAY-1", "bob", "sentinel")]
    assert judged(check, unheard) == [("JOIN-2", "bob", "closed")]


SLOW = playing(cast("ann", "silent", "one", "two"), Hears("ann", f"slow one {TAG}"), Hears("ann", f"slow two {TAG}"))


def slowly(*ended: str, heard: tuple[str, ...] = ()) -> Trace:
    """A trace in which ann heard these slow frames, and connections ended 7.5 s after they were opened."""
    found = trace(SLOW, ann=[got(*chat(f"slow {who} {TAG}", who)) for who in heard])
    found.opened_at = dict.fromkeys(ended, 1.0)
    found.ended_at = dict.fromkeys(ended, 8.5)
    found.ended = dict.fromkeys(ended, "fin")
    return found


def test_frames_that_came_slowly() -> None:
    """Each that was waited for; of one whose connection was closed nothing more can come."""
    late, closed = ("FRAME-6", "ann", "deadline"), ("FRAME-6", "ann", "closed")
    check = "FRAME-6/slow-frames"

    assert judged(check, slowly(heard=("two", "one"))) == []
    assert judged(check, slowly(heard=("one",))) == [late]
    assert judged(check, slowly()) == [late] * 2
    assert judged(check, slowly("two")) == [late, closed]
    assert judged(check, slowly("bob")) == [late] * 2


def test_what_is_shown_of_a_slow_frame() -> None:
    """For how long its connection lasted, as far as that is known."""
    unknown = slowly("one", heard=("two",))
    unknown.opened_at, unknown.ended_at = {}, {}

    assert [one.seen for one in CHECKS["FRAME-6/slow-frames"].judge(slowly("one"))] == [
        "the connection of one closed after 7.5 s",
        "nothing",
    ]
    assert [one.seen for one in CHECKS["FRAME-6/slow-frames"].judge(unknown)] == [
        "the connection of one closed after 0.0 s"
    ]


def test_what_is_no_matter_of_slow_frames() -> None:
    """One that just says nothing is thrown out too, or ann cannot read."""
    mixed = slowly()
    mixed.garbage = {"ann": b"xxxxxxxxxxx"}

    assert judged("FRAME-6/slow-frames", slowly("silent")) == []
    assert judged("FRAME-6/slow-frames", mixed) == []


LATE = playing(cast("ann", "bob", "carl"), Mute("carl"), burst("ann", "aaa", "aab"), Unmute("carl"), Settle())


def torn(*last: Said | bytes, who: str = "carl") -> Found:
    """What is found if somebody receives this behind its own join."""
    heard: Heard = {party: list(said) for party, said in heard_by_all(LATE).items()}
    place = heard[who].index(JOIN[who]) + 1
    heard[who] = [*heard[who][:place], *last]
    return judged("RELAY-8/to-one-that-reads-late", trace_of(LATE, heard))


@pytest.mark.parametrize(
    ("last", "found"),
    [
        ([chat("aaa"), chat("aab")], []),
        ([chat("aaa")], []),  # what is missing is judged elsewhere
        ([chat("aab"), chat("aaa")], []),
        ([chat("aaa"), chat("bbb"), LEAVE["bob"]], ["RELAY-8"]),
        ([chat("aaa"), b"hello world"], ["RELAY-8"]),
        ([chat("aaa"), b"+20       x"], ["RELAY-8"]),
        ([chat("aaa"), chat("aab"), b"3         ann"], ["RELAY-8"]),
        ([chat("aaa"), chat("aab"), b"3         \0\0\xff"], ["RELAY-8"]),
    ],
)
def test_what_one_that_reads_late_receives(last: list[Said | bytes], found: list[str]) -> None:
    """Frames, and such as were sent."""
    assert [requirement for requirement, *_ in torn(*last)] == found


def test_what_others_receive_beside_one_that_reads_late() -> None:
    """Is judged elsewhere; what is found says how it was."""
    assert torn(b"hello world", who="bob") == []
    assert torn(b"hello world") == [("RELAY-8", "carl", "frame")]
