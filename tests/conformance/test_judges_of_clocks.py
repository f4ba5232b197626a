"""RELAY-4 and TIME-1: what the judges of times find, and what they let pass."""

import datetime as dt

import pytest

from conformance.octets import Got, Out
from conformance.script import Fence, Send, Settle, cast, enter, nick, script
from conformance.trace import Trace
from tests.conformance.conversations import chat
from tests.conformance.judging import WALL, got, judged, raw, trace

TALK = script(cast("ann", "bob"))
BLAMED = [("RELAY-4", "bob", "frame")]


def stamped(offset: float, after: float = 0.0, moment: float | None = None) -> Got:
    """A frame received so many seconds after the begin, whose stamp is so many seconds off."""
    wall = WALL + after
    stamp = dt.datetime.fromtimestamp((moment if moment is not None else wall) + offset, dt.UTC)
    return got(*chat("a"), stamp.strftime("%Y-%m-%dT%H:%M:%S.%fZ"), wall=wall)


def clocked(*frames: Got, **others: list[Got]) -> Trace:
    """A trace in which bob received these."""
    return trace(TALK, bob=list(frames), **others)


@pytest.mark.parametrize(("claimed", "received", "found"), [("yesterday", "yesterday", BLAMED), ("", "yesterday", [])])
def test_a_clients_time_that_comes_back(claimed: str, received: str, found: list[tuple[str, str, str]]) -> None:
    """It is blamed where somebody has claimed it, in whatever company."""
    said = Send("ann", (b"octets", Out(nick("ann"), "a", claimed)))

    heard = trace(script(cast("ann", "bob"), said, Fence()), bob=[got(*chat("a"), received)])

    assert judged("RELAY-4/not-the-clients-time", heard) == found


def test_a_clients_true_time_may_be_the_servers() -> None:
    """Only times that no right clock shows are anybody's for sure."""
    said = Send("ann", (Out(nick("ann"), "a", "2026-11-22T10:21:07.123Z"),))

    assert judged("RELAY-4/not-the-clients-time", trace(script(said), bob=[got(*chat("a"))])) == []


@pytest.mark.parametrize(
    "offsets",
    [
        (0.0, 0.0),
        (420.0, 420.0),  # seven minutes fast all the time
        (0.0, 1.0625),  # within the tenth of a second that is always allowed
        (-2000.0, -2000.0),
        (906.0, 906.0),
        (1350.0, 1350.0),
        (-894.0, -894.0),
    ],
)
def test_a_clock_within_its_rights(offsets: tuple[float, float]) -> None:
    """A constant offset that is no time zone's, and a small change of it."""
    assert judged("RELAY-4/clock", clocked(*(stamped(offset, place) for place, offset in enumerate(offsets)))) == []


@pytest.mark.parametrize("offset", [3600.0, -3600.0, 905.0, 895.0, -900.0, 20_700.0, 3_600.0 * 14])
def test_local_time_sold_as_utc(offset: float) -> None:
    """A quarter of an hour, or several, give or take five seconds."""
    assert judged("RELAY-4/clock", clocked(stamped(offset))) == BLAMED
    assert judged("RELAY-4/clock", clocked(stamped(450.0, moment=WALL), stamped(offset, 2.0)))[-2:][:1] == BLAMED


def test_times_that_go_back() -> None:
    """A later frame has an earlier time; the same time is none."""
    same, before = stamped(0.0, 0.5), stamped(-0.75, 0.5)

    assert judged("RELAY-4/clock", clocked(same, same)) == []
    assert judged("RELAY-4/clock", clocked(same, before)) == BLAMED
    assert judged("RELAY-4/clock", clocked(same, got(*chat("b"), "noon"), before)) == BLAMED


def test_times_of_no_form_are_not_judged() -> None:
    """What is not RFC 3339 is no clock's business; nor is a single stamp, or none."""
    assert judged("RELAY-4/clock", clocked(got(*chat("a"), "noon"), got(*chat("b"), "yesterday"))) == []
    assert judged("RELAY-4/clock", clocked(stamped(7.0), ann=[])) == []


def drifting(change: float, **facts: object) -> Trace:
    """A trace in which the clock gains so many seconds between two frames."""
    found = clocked(stamped(0.0), stamped(change, 1.0))
    for name, value in facts.items():
        setattr(found, name, value)
    return found


SETTLE, SEND = 2, 1  # steps of the script
assert isinstance(TALK.steps[SETTLE], Settle)
assert isinstance(TALK.steps[SEND], Send)


@pytest.mark.parametrize(
    ("change", "facts", "blamed"),
    [
        (1.25, {}, True),
        (5.0, {}, True),
        (1.0625, {"round_trip": 0.0}, False),
        (2.0, {"round_trip": 0.05}, False),
        (2.25, {"round_trip": 0.05}, True),
        (2.5, {"waits": {SETTLE: 2.0}}, False),
        (2.5, {"waits": {SETTLE: 2.0, 5: 0.0}}, False),
        (3.25, {"waits": {SETTLE: 2.0}}, True),
        (2.5, {"waits": {SEND: 2.0}}, True),
        (30.0, {"canary_late": True}, False),
        (30.0, {"expired": Settle()}, False),
    ],
)
def test_a_clock_that_changes_its_distance(change: float, facts: dict[str, object], blamed: bool) -> None:
    """It may by a second and what the way to us has been seen to take, and by anything while the canary is late."""
    assert judged("RELAY-4/clock-goes-on", drifting(change, **facts)) == (BLAMED if blamed else [])


def test_a_clock_that_falls_behind() -> None:
    """A loss counts as a gain does."""
    assert judged("RELAY-4/clock", clocked(stamped(0.0), stamped(-1.5, 4.0))) == BLAMED


@pytest.mark.parametrize(("unseen", "blamed"), [(0.0, True), (0.5, True), (0.75, False), (9.0, False)])
@pytest.mark.parametrize("change", [1.75, -1.75])
def test_a_frame_that_lay_unseen(unseen: float, change: float, blamed: bool) -> None:
    """It may have come at any moment since the last look; the one that speaks for the server counts."""
    early, late = stamped(0.0), stamped(change, 4.0)
    heard = [early._replace(unseen=unseen), late] if change > 0 else [early, late._replace(unseen=unseen)]

    assert judged("RELAY-4/clock", clocked(*heard)) == (BLAMED if blamed else [])
    assert judged("RELAY-4/clock", clocked(early, late._replace(unseen=9.0))) == (BLAMED if change > 0 else [])


def test_delays_of_other_conversations_are_not_judged() -> None:
    """Nobody has waited for those frames, so nobody knows who was late."""
    heard = clocked(stamped(0.0)._replace(text="a tag"), stamped(5.0, 1.0)._replace(text="another"))
    assert judged("RELAY-4/clock", heard) == BLAMED

    heard.tag = "tag"

    assert judged("RELAY-4/clock", heard) == []


@pytest.mark.parametrize(("time", "blamed"), [("2026-11-22T10:21:07Z", False), ("noon", True), ("", True)])
def test_times_that_are_rfc_3339(time: str, blamed: bool) -> None:
    """Of a frame that can be read; one that cannot is judged by what is wrong with it."""
    heard = trace(script(enter("bob")), bob=[got(*chat("a"), time), raw(b"no fields")])

    assert judged("TIME-1/rfc-3339", heard) == ([("TIME-1", "bob", "frame")] if blamed else [])
