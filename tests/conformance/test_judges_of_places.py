"""The judges of nobody's nicks, of members inside a frame, of silent ones, and of what waits for a slow reader."""

import pytest

from conformance.check import CHECKS
from conformance.octets import Out
from conformance.process import Usage
from conformance.script import Close, Hears, Measure, Mute, Open, Quiet, Rst, Send, Settle, Unmute, burst, cast, nick
from conformance.trace import Entry, Trace
from tests.conformance.conversations import JOIN, LEAVE, TAG, chat, named, playing, service
from tests.conformance.helpers import heard_by_all, trace_of
from tests.conformance.judging import Found, got, judged, trace

MEBIBYTE = 1_048_576
MUTES = playing(cast("ann", "bob"), Open("mute"), Open("dumb"))
COMES, GOES = service("[guest] joined the chat"), service("[guest] left the chat")


@pytest.mark.parametrize(
    ("said", "blamed"),
    [
        ([COMES], []),
        ([COMES, GOES, COMES, GOES], []),
        ([GOES, COMES, GOES], []),
        ([GOES, GOES], ["LEAVE-3"]),
        ([COMES, COMES], ["JOIN-4"]),
        ([service("[] left the chat")], ["LEAVE-3"]),
    ],
)
def test_a_stranger_with_nobodys_nick(said: list[tuple[str, str]], blamed: list[str]) -> None:
    """May come and go; two of one name at once are the server's invention, and nobody has no nick at all."""
    heard = {who: list(frames) for who, frames in heard_by_all(MUTES).items()}
    heard["ann"] += said

    assert judged("LEAVE-3/unjoined", trace_of(MUTES, heard)) == [(found, "ann", "frame") for found in blamed]


@pytest.mark.parametrize("who", ["header", "body"])
def test_what_comes_to_one_inside_its_join(who: str) -> None:
    """A refusal may; what is the room's may not."""
    inside = playing(cast("ann", "bob"), Open(who), Send(who, (b"53  ",)), burst("ann", "x"))
    heard = heard_by_all(inside)
    check = "JOIN-4/unjoined-hears-nothing"

    assert judged(check, trace_of(inside, heard | {who: [service("make haste")]})) == []
    assert judged(check, trace_of(inside, heard | {who: [chat("x")]})) == [("JOIN-4", who, "frame")]
    assert judged(check, trace_of(inside, heard | {who: [JOIN["ann"]]})) == [("JOIN-4", who, "frame")]


def test_what_a_newcomer_inherits() -> None:
    """Nothing, whole or in part."""
    late = playing(cast("ann", "evil"), Rst("evil"), Open("late"), Send("late", (Out(nick("late")),)))
    broken = trace(late)
    broken.garbage = {"late": b"yyyyyyyyyyyy"}

    assert judged("JOIN-4/after-a-slow-one", trace(late, late=[got(*JOIN["late"])])) == []
    assert judged("JOIN-4/after-a-slow-one", trace(late)) == []
    assert judged("JOIN-4/after-a-slow-one", trace(late, late=[got(*chat("y"))])) == [("JOIN-4", "late", "frame")]
    assert judged("JOIN-4/after-a-slow-one", broken) == [("JOIN-4", "late", "frame")]


def test_what_is_shown_of_an_inheritance() -> None:
    """The first frame, or else the beginning of what is none."""
    late = playing(cast("ann", "evil"), Rst("evil"), Open("late"))
    frame, octets = trace(late, late=[got(*chat("y"))]), trace(late)
    frame.garbage = octets.garbage = {"late": b"y" * 50}

    assert [one.seen for one in CHECKS["JOIN-4/after-a-slow-one"].judge(frame)] == [f"['{named('ann')}'] 'y'"]
    assert [one.seen for one in CHECKS["JOIN-4/after-a-slow-one"].judge(octets)] == [repr(b"y" * 40)]


@pytest.mark.parametrize(
    ("check", "said", "requirement"),
    [("JOIN-2/inside-a-frame", JOIN["ann"], "JOIN-2"), ("LEAVE-1/to-one-inside-a-frame", LEAVE["ann"], "LEAVE-1")],
)
def test_what_one_inside_a_frame_hears(check: str, said: tuple[str, str], requirement: str) -> None:
    """The announcement that was waited for."""
    waits = playing(cast("ann", "bob"), Hears("bob", said[1]))
    late = trace(waits)
    late.expired = waits.steps[-1]

    assert judged(check, trace(waits, bob=[got(*said)])) == []
    assert judged(check, trace(waits)) == [(requirement, "bob", "closed")]
    assert judged(check, trace(waits, bob=[got(*chat(said[1]))])) == [(requirement, "bob", "closed")]
    assert judged(check, late) == [(requirement, "bob", "deadline")]


SILENT = playing(cast("ann", "silent"), Quiet(1.9), cast("late"), Quiet(9.5))
THROWN_OUT = [("ROBUST-3", "silent", "closed")]


def silent(opened: float = 2.0, **ended: float) -> Trace:
    """A trace in which connections ended at these moments; ann has heard that the silent one joined, and one came later."""
    found = trace(SILENT, ann=[got(*service(f"[{named('silent')}] joined the chat"))])
    found.opened_at = {"ann": 0.0, "silent": 0.0, "late": opened}
    found.ended, found.ended_at = dict.fromkeys(ended, "fin"), ended
    return found


def test_a_silent_member_that_is_thrown_out() -> None:
    """Counts if it had joined, and by the word of one that speaks."""
    unheard, deaf = silent(silent=6.0), silent(silent=6.0)
    unheard.frames["ann"], deaf.frames = [got("dora", f"[{named('silent')}] joined the chat")], {}

    assert judged("ROBUST-3/silent-members", silent()) == []
    assert judged("ROBUST-3/silent-members", silent(silent=6.0)) == THROWN_OUT
    assert judged("ROBUST-3/silent-members", silent(late=6.0)) == []
    assert judged("ROBUST-3/silent-members", unheard) == []
    assert judged("ROBUST-3/silent-members", deaf) == []


@pytest.mark.parametrize(
    ("opened", "ended", "found"),
    [
        (2.0, {"ann": 6.0, "silent": 6.0, "late": 6.0}, []),
        (2.0, {"ann": 6.25, "silent": 6.0, "late": 5.75}, []),
        (2.0, {"ann": 6.5, "silent": 6.0, "late": 6.0}, THROWN_OUT),
        (2.0, {"ann": 6.0, "silent": 6.0, "late": 6.5}, THROWN_OUT),
        (2.0, {"silent": 6.0, "late": 6.0}, THROWN_OUT),
        (2.0, {"ann": 6.0, "silent": 6.0}, THROWN_OUT),
        (5.25, {"ann": 6.0, "silent": 6.0}, THROWN_OUT),
        (5.5, {"ann": 6.0, "silent": 6.0}, []),  # it may have come to another server in the same place
        (6.25, {"ann": 6.0, "silent": 6.0}, []),
        (2.0, {"ann": 6.0, "silent": 6.0, "late": 5.5}, []),  # it had ended before
    ],
)
def test_members_that_are_closed_together(opened: float, ended: dict[str, float], found: Found) -> None:
    """Within half a second, all that were there: the server has gone. One that stays shows that it has not."""
    assert judged("ROBUST-3/silent-members", silent(opened, **ended)) == found


SLOW = playing(
    cast("ann", "evil"), Mute("evil"), burst("ann", "far 1", "far 2"), Unmute("evil"), Hears("evil", "far 2")
)


def waiting(*texts: str, at: float = 0.0) -> Trace:
    """A trace of a slow reader that got this, and was waited for in vain for five seconds; what others say it gets all the
    time."""
    found = trace(SLOW, evil=[*(got(*chat(text), at=at) for text in texts), got("dora-aaaa0001", "hello", at=14.9)])
    found.expired = SLOW.steps[-1]
    found.waits = {len(SLOW.steps) - 1: 5.0}
    found.entries = [Entry(15.0, "", "expired")]
    return found


@pytest.mark.parametrize(
    ("texts", "last", "ended", "how"),
    [
        (["far 1", "far 2"], 10.0, False, None),  # whatever it was that has not come
        (["far 1"], 10.0, False, "deadline"),
        (["far 1"], 12.5, False, None),  # it goes on, slowly
        (["far 1"], 10.0, True, None),  # it was thrown out
        (["far 2"], 10.0, True, "frame"),
    ],
)
def test_what_a_slow_reader_gets(texts: list[str], last: float, ended: bool, how: str | None) -> None:
    """All, or the beginning and then the end of its connection; what others do meanwhile, and what it sends, is no
    progress of it."""
    found = waiting(*texts, at=last)
    found.ended = {"evil": "fin"} if ended else {}

    assert judged("ROBUST-3/far-behind", found) == ([("ROBUST-3", "evil", how)] if how is not None else [])


def test_a_slow_reader_that_gets_nothing() -> None:
    """Has it all to come, if it was waited for; a wait for somebody else proves nothing."""
    elsewhere = waiting()
    elsewhere.expired = Hears("bob", "far 2")

    assert judged("ROBUST-3/far-behind", waiting()) == [("ROBUST-3", "evil", "deadline")]
    assert judged("ROBUST-3/far-behind", elsewhere) == []


def test_what_is_no_gap_in_what_a_slow_reader_gets() -> None:
    """Words of others, and announcements, stand between those that are counted."""
    steps = playing(cast("evil", "bob", "ann"), Mute("evil"), burst("bob", "x"), burst("ann", "far 1"), Unmute("evil"))

    assert judged("ROBUST-3/far-behind", trace_of(steps, heard_by_all(steps))) == []
    assert judged("ROBUST-3/far-behind", trace(playing(cast("evil")))) == []
    assert judged("ROBUST-3/far-behind", trace(playing(cast("ann", "bob"), burst("ann", "far 1")))) == []


@pytest.mark.parametrize(("label", "count", "blamed"), [("far", 87, True), ("far", 86, False), ("near", 100, False)])
def test_what_comes_late_was_held(label: str, count: int, blamed: bool) -> None:
    """Whatever the process was seen to hold: so many megabytes that were said while it did not read."""
    texts = [f"{label} {number}" for number in range(count)]
    steps = playing(cast("ann", "evil"), Measure(), Mute("evil"), burst("ann", *texts), Measure(), Unmute("evil"))
    large = bytes(MEBIBYTE)
    found = trace(steps, evil=[got(*chat(text))._replace(raw=large) for text in texts])
    found.usage = [Usage(5, None, MEBIBYTE)] * 2

    assert judged("ROBUST-3/far-behind", found) == ([("ROBUST-3", "evil", "process")] if blamed else [])


def test_what_is_no_frame_to_a_slow_reader() -> None:
    """Whatever else it gets."""
    found = trace(SLOW, evil=[got(*chat("far 1")), got(*chat("far 2"))])
    found.garbage = {"evil": b"ppppppppppp"}

    assert judged("ROBUST-3/far-behind", found) == [("ROBUST-3", "evil", "frame")]


def test_the_tag_is_in_what_is_unfinished() -> None:
    """What a stranger leaves unfinished is not ours."""
    going = playing(cast("ann", "carl"), Close("carl"), Settle())
    heard = {who: list(frames) for who, frames in heard_by_all(going).items()}
    heard["ann"].append(chat("unfinished business", "dora"))
    found = trace_of(going, heard)
    found.tag = TAG
    assert judged("LEAVE-2/before-the-malformed", found) == []

    found = trace_of(going, {"ann": [*heard["ann"], chat(f"unfinished {TAG}", "x")], "carl": heard["carl"]})
    found.tag = TAG
    assert judged("LEAVE-2/before-the-malformed", found) == [("LEAVE-2", "ann", "frame")]
