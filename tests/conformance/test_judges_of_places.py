"""The judges of nobody's nicks, of members inside a frame, of silent ones, and of what waits for a slow reader."""

import pytest

from conformance.octets import Out
from conformance.script import Close, Hears, Mute, Open, Quiet, Rst, Send, Settle, Unmute, burst, cast, nick
from conformance.trace import Entry
from tests.conformance.conversations import JOIN, LEAVE, TAG, chat, named, playing, service
from tests.conformance.helpers import heard_by_all, trace_of
from tests.conformance.judging import got, judged, trace

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


def test_a_silent_member_that_is_thrown_out() -> None:
    """Counts while one that speaks is served; not if the server has gone, or if it never joined."""
    found = trace(
        playing(cast("ann", "silent"), Quiet(9.5)), ann=[got(*service(f"[{named('silent')}] joined the chat"))]
    )
    found.opened_at = {"ann": 0.0, "silent": 0.0}
    assert judged("ROBUST-3/silent-members", found) == []

    found.ended, found.ended_at = {"silent": "fin"}, {"silent": 6.0}
    assert judged("ROBUST-3/silent-members", found) == [("ROBUST-3", "silent", "closed")]

    found.ended["ann"] = "fin"
    assert judged("ROBUST-3/silent-members", found) == []

    del found.ended["ann"]
    found.frames["ann"] = [got(*JOIN["ann"])]
    assert judged("ROBUST-3/silent-members", found) == []


SLOW = playing(
    cast("ann", "evil"), Mute("evil"), burst("ann", "far 1", "far 2"), Unmute("evil"), Hears("evil", "far 2")
)


@pytest.mark.parametrize(
    ("texts", "last", "ended", "blamed"),
    [
        (["far 1", "far 2"], 10.0, False, False),
        (["far 1"], 10.0, False, True),
        (["far 1"], 14.0, False, False),  # it goes on, slowly
        (["far 1"], 10.0, True, False),  # it was thrown out
        (["far 2"], 10.0, True, True),
    ],
)
def test_what_a_slow_reader_gets(texts: list[str], last: float, ended: bool, blamed: bool) -> None:
    """All, or the beginning and then the end of its connection."""
    found = trace(SLOW, evil=[got(*chat(text)) for text in texts])
    found.entries = [Entry(last, "evil", "received"), Entry(15.0, "", "expired")]
    found.expired = None if len(texts) == 2 else SLOW.steps[-1]
    found.waits = {len(SLOW.steps) - 1: 5.0}
    found.ended = {"evil": "fin"} if ended else {}

    assert [row[:2] for row in judged("ROBUST-3/far-behind", found)] == ([("ROBUST-3", "evil")] if blamed else [])


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
