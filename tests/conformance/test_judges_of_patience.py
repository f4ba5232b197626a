"""ROBUST-4 and ROBUST-6: what the judges of patience and of many connections find, and what they let pass."""

from collections.abc import Callable

import pytest

from conformance.octets import Out
from conformance.process import Usage
from conformance.script import Ended, Fence, Idle, Mute, Open, Quiet, Rst, Send, Unmute, burst, cast, nick
from conformance.trace import Ending
from tests.conformance.conversations import TALK, Heard, chat, playing, service
from tests.conformance.helpers import Said, heard_by_all, trace_of
from tests.conformance.judging import Found, judged, trace

MEBIBYTE = 1_048_576


@pytest.mark.parametrize(("after", "blamed"), [(9.8, True), (0.0, True), (9.95, False), (12.0, False)])
def test_a_connection_closed_for_not_joining(after: float, blamed: bool) -> None:
    """Before ten seconds; a tenth of one is our own."""
    found = trace(playing(Open("silent"), Open("body"), Quiet(10.0)))
    found.opened_at = {"silent": 100.0, "body": 100.0}
    found.ended_at = {"silent": 100.0 + after}

    assert judged("ROBUST-4/patient", found) == ([("ROBUST-4", "silent", "closed")] if blamed else [])


@pytest.mark.parametrize(
    ("who", "after", "blamed"),
    [
        ("silent", 0.2, True),
        ("header", 0.29, False),
        ("body", 0.29, False),
        ("body", 0.31, True),
        ("header", 0.5, True),
    ],
)
def test_one_that_is_closed_at_once_inside_a_frame_is_no_matter_of_patience(
    who: str, after: float, blamed: bool
) -> None:
    """Such a server takes a part for the whole: FRAME-6."""
    found = trace(playing(Open("silent"), Open("header"), Open("body"), Quiet(10.0)))
    found.opened_at = {"silent": 100.0, "header": 100.0, "body": 100.0}
    found.ended_at = {who: 100.0 + after}

    assert judged("ROBUST-4/patient", found) == ([("ROBUST-4", who, "closed")] if blamed else [])


def test_a_connection_closed_at_the_very_limit() -> None:
    """Is not closed before it."""
    found = trace(playing(Open("silent"), Quiet(10.0)))
    found.opened_at, found.ended_at = {"silent": 0.0}, {"silent": 9.9}

    assert judged("ROBUST-4/patient", found) == []


def test_a_connection_that_may_stay_for_ever() -> None:
    """Who waited for its end in vain has shown it."""
    found = trace(playing(Open("silent"), Ended("silent")))
    assert judged("ROBUST-4/not-for-ever", found) == []

    found.expired = Fence()
    assert judged("ROBUST-4/not-for-ever", found) == []

    found.expired = Ended("silent")
    assert judged("ROBUST-4/not-for-ever", found) == [("ROBUST-4", "silent", "deadline")]


HUNDRED = Usage(10, 100 * MEBIBYTE)


@pytest.mark.parametrize(
    ("usage", "blamed"),
    [
        ([HUNDRED, Usage(16, 126 * MEBIBYTE)], False),
        ([HUNDRED, Usage(17, 100 * MEBIBYTE)], True),
        ([HUNDRED, Usage(10, 127 * MEBIBYTE)], True),
        ([HUNDRED, Usage(500, 0), HUNDRED], False),
        ([Usage(100, 0), HUNDRED, Usage(100, 0)], False),
        ([HUNDRED], False),
        ([], False),
    ],
)
def test_what_is_held_after_many_connections(usage: list[Usage], blamed: bool) -> None:
    """As much as before them, give or take a tenth, 5 descriptors and 16 MiB."""
    found = trace_of(TALK, heard_by_all(TALK))
    found.usage = usage
    held = [("ROBUST-6", "ann", "process")] if blamed else []

    assert judged("ROBUST-6/five-hundred-connections", found) == held
    assert judged("ROBUST-6/coming-and-going", found) == held


def test_what_is_measured_early_says_nothing_of_what_somebody_misses() -> None:
    """It may come of what has not been judged yet."""
    missing = heard_by_all(TALK)
    missing["bob"].clear()
    found = trace_of(TALK, missing)
    found.usage = [HUNDRED, HUNDRED]

    assert judged("ROBUST-6/coming-and-going", found) == []


def test_a_newcomer_after_many_connections_is_not_served() -> None:
    """The room's differences count."""
    late = playing(cast("ann"), Open("carl"), Send("carl", (Out(nick("carl")),)))
    heard = heard_by_all(late) | {"carl": []}

    assert judged("ROBUST-6/five-hundred-connections", trace_of(late, heard)) == [("JOIN-2", "carl", "deadline")]


@pytest.mark.parametrize("check", ["ROBUST-6/five-hundred-connections", "ROBUST-6/fifty-members", "ROBUST-1/rubbish"])
def test_a_message_that_comes_twice_is_no_want_of_room(check: str) -> None:
    """RELAY-1 is broken wherever it shows; one that does not come may be missing for want of room, or because the server is
    busy with something else."""
    twice, missing = heard_by_all(TALK), heard_by_all(TALK)
    place, said = next((place, said) for place, said in enumerate(twice["bob"]) if said[0] != "Server")
    twice["bob"].insert(place, said)
    missing["bob"].remove(said)
    found, lost = trace_of(TALK, twice), trace_of(TALK, missing)
    found.tag = lost.tag = said[1]  # what has no tag in it may be anybody's

    assert judged(check, found) == []
    assert [one[:2] for one in judged(check, lost)] == [("RELAY-1", "bob")]


@pytest.mark.parametrize(("ended", "found"), [(None, [("LEAVE-1", "bob", "deadline")]), ("fin", [])])
def test_who_was_thrown_out_too_misses_no_leave(ended: Ending | None, found: Found) -> None:
    """Beside one that did not read; who was not misses it."""
    leaving = playing(cast("ann", "bob", "evil"), Rst("evil"))
    heard = heard_by_all(leaving)
    del heard["bob"][-1]
    told = trace_of(leaving, heard)
    if ended is not None:
        told.ended["bob"] = ended

    assert judged("LEAVE-1/far-behind", told) == found


@pytest.mark.parametrize(
    ("now", "before"),
    [(Usage(None, None), Usage(1, 1)), (Usage(10**6, 10**12), Usage(None, None)), (Usage(1, None), Usage(None, 1))],
)
def test_what_the_system_does_not_tell_is_no_leak(now: Usage, before: Usage) -> None:
    """Only figures that both moments have can be compared."""
    assert now.is_back(before)


# One that does not read for some seconds.

WAITS = playing(cast("ann", "evil", "bob"), Mute("evil"), burst("ann", "a", "b", "c"), Idle(6.2, 1), Unmute("evil"))
A, B = chat("a"), chat("b")


@pytest.mark.parametrize(
    ("change", "blamed"),
    [
        (lambda heard: None, False),
        (lambda heard: heard.remove(B), True),
        (lambda heard: heard.__setitem__(heard.index(B), chat("altered")), True),
        (lambda heard: heard.__setitem__(slice(heard.index(A), heard.index(B) + 1), [B, A]), True),
        (lambda heard: heard.append(b"hello world"), True),
        (lambda heard: heard.append(b"+20       x"), True),
        (lambda heard: heard.append(service("[dora] left the chat")), False),
        (lambda heard: heard.append(b"3         ann"), False),
    ],
)
@pytest.mark.parametrize("who", ["evil", "bob"])
def test_what_one_that_did_not_read_for_seconds_gets(
    change: Callable[[list[Said | bytes]], object], blamed: bool, who: str
) -> None:
    """All that was said, whole and in order; what another misses, and what else is wrong, is judged elsewhere."""
    heard: Heard = {party: list(said) for party, said in heard_by_all(WAITS).items()}
    change(heard[who])
    found = judged("ROBUST-3/not-for-seconds", trace_of(WAITS, heard))

    assert {one[:2] for one in found} == ({("ROBUST-3", "evil")} if blamed and who == "evil" else set())


def test_who_was_never_left_waiting_was_not_given_up_for_it() -> None:
    """A playing that did not come so far."""
    short = playing(cast("ann", "evil", "bob"), Mute("evil"), burst("ann", "a", "b"))
    heard = heard_by_all(short)
    heard["evil"].remove(B)

    assert judged("ROBUST-3/not-for-seconds", trace_of(short, heard)) == []


@pytest.mark.parametrize(("who", "found"), [("evil", []), ("bob", [("RELAY-1", "bob", "sentinel")])])
def test_words_beside_one_that_does_not_read(who: str, found: Found) -> None:
    """The others hear each; the slow one may be thrown out."""
    heard = heard_by_all(WAITS)
    heard[who].remove(B)

    assert judged("RELAY-1/far-behind", trace_of(WAITS, heard)) == found
