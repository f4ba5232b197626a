"""The judges of frames under another nick and of malformed bodies once more: what happens at their ends."""

import pytest

import conformance.checks  # noqa: F401  # registers them
from conformance.check import CHECKS
from conformance.octets import Out, joined
from conformance.script import Ended, Fence, Fin, Hears, Open, Script, Send, Settle, cast, enter, sentinel
from conformance.trace import Entry, Trace
from tests.conformance.conversations import LEAVE, TAG, named, playing
from tests.conformance.judging import got, judged, raw, trace

FORGED = Send("evil", (Out("dora", "forged").octets,))
FORGING = playing(cast("ann", "evil"), FORGED, Fence(), sentinel("ann"), Fence(), Fin("evil"), Settle())
BODY = Send("evil", (b"15        \0evil\0markabcd01",))
FIRST = playing(cast("ann"), Open("evil"), BODY, Ended("evil"))
FIN = 5.0  # the moment at which the forger ends its side by itself


def forging() -> Trace:
    """A trace of one who has forged a frame, and ended a while later."""
    found = trace(FORGING)
    found.entries = [Entry(FIN, "evil", "finished")]
    return found


@pytest.mark.parametrize(("moment", "out"), [(FIN - 1, True), (FIN, False), (FIN + 1, False)])
def test_only_what_ends_before_its_own_end_was_ended_for_it(moment: float, *, out: bool) -> None:
    """A leave, or the end of its connection, behind its own FIN is no answer to what it forged."""
    expected = [] if out else [("RELAY-5", "ann", "sentinel")]
    left, closed = forging(), forging()
    left.frames["ann"] = [got(*LEAVE["evil"], at=moment)]
    closed.ended["evil"], closed.ended_at["evil"] = "fin", moment

    assert judged("RELAY-5/claimed-nicks", left) == expected
    assert judged("RELAY-5/claimed-nicks", closed) == expected


def test_a_forger_whose_leave_never_comes() -> None:
    """It was waited for in vain, after it had ended; before that nobody knows."""
    late, early = forging(), forging()
    late.expired = early.expired = Settle()
    early.performed -= 2

    assert judged("RELAY-5/claimed-nicks", late) == [("RELAY-5", "ann", "deadline")]
    assert judged("RELAY-5/claimed-nicks", early) == []


def test_a_connection_that_ended_at_no_known_moment_has_ended() -> None:
    """Before anything else."""
    closed = forging()
    closed.ended["evil"] = "fin"

    assert judged("RELAY-5/claimed-nicks", closed) == []


def test_what_another_waits_for_is_not_due_to_one_inside_a_frame() -> None:
    """Each has its own."""
    waits = playing(cast("ann", "bob"), Hears("ann", joined(named("carl"))))

    assert judged("JOIN-2/inside-a-frame", trace(waits)) == []


def test_the_join_of_a_holder_is_none_of_one_who_is_refused() -> None:
    """Its leave would be."""
    held = f"AbCdEfGhIjKlMnOpQrStUvWxYz-{TAG}"
    found = trace(playing(enter("ann", held), Open("evil")), ann=[got("Server", joined(held))])
    found.tag = TAG

    assert judged("JOIN-5/nothing-behind-a-refusal", found) == []


REFUSING = playing(enter("ann"), Open("evil"), Send("evil", (Out("ann").octets,)), Ended("evil"))
COUNTING = playing(enter("ann"), Open("evil"), Send("evil", ("Ωmega".encode(),)), Ended("evil"))


@pytest.mark.parametrize(
    ("body", "found", "expected"),
    [
        (b"t\0Server\0no", [], []),
        (b"no", ["BODY-1"], ["exactly two NUL octets in the body"]),
        (b"t\0Server\0" + b"x" * 99 + b"\xff", ["BODY-2"], ["UTF-8"]),
    ],
)
def test_the_body_of_a_refusal(body: bytes, found: list[str], expected: list[str]) -> None:
    """Is one; what others receive is judged elsewhere."""
    refused = trace(REFUSING, evil=[raw(body)], ann=[raw(b"no")])

    assert judged("FRAME-1/refusals", refused) == [(requirement, "evil", "frame") for requirement in found]
    assert [one.expected for one in CHECKS["FRAME-1/refusals"].judge(refused)] == expected
    assert all(one.seen == repr(body[:80]) for one in CHECKS["FRAME-1/refusals"].judge(refused))


@pytest.mark.parametrize(("steps", "requirement"), [(REFUSING, "FRAME-1"), (COUNTING, "FRAME-5")])
def test_the_header_of_a_refusal(steps: Script, requirement: str) -> None:
    """What is no header, or the beginning of a frame and then the end, was counted wrongly: in characters, if there are any
    that are more than one octet. While the connection is there the rest may come."""
    garbage, cut, coming = trace(steps), trace(steps), trace(steps)
    garbage.garbage, cut.ended = {"evil": b"x" * 99}, {"evil": "fin"}
    cut.unfinished = coming.unfinished = {"evil": b"40        half of it"}

    assert judged("FRAME-5/refusals", garbage) == [(requirement, "evil", "frame")]
    assert judged("FRAME-5/refusals", cut) == [(requirement, "evil", "frame")]
    assert judged("FRAME-5/refusals", coming) == []
    assert [one.seen for one in CHECKS["FRAME-5/refusals"].judge(garbage)] == [repr(b"x" * 80)]


def test_drawn_bodies_are_not_relayed_and_their_connection_is_closed() -> None:
    """Either is enough to blame; of a long body only its beginning is shown."""
    relayed, stays = trace(FIRST), trace(FIRST)
    for found in (relayed, stays):
        found.entries = [Entry(0.0, "evil", "sent", b"x" * 200 + b"markabcd0001")]
    relayed.frames["ann"] = [got(named("ann"), "markabcd0001")]
    stays.expired = Ended("evil")

    assert judged("BODY-3/any-malformed-body", trace(FIRST)) == []
    assert judged("BODY-3/any-malformed-body", relayed) == [("BODY-3", "ann", "frame")]
    assert judged("BODY-3/any-malformed-body", stays) == [("BODY-3", "evil", "deadline")]
    [one] = CHECKS["BODY-3/any-malformed-body"].judge(stays)
    assert one.expected == f"the connection closed after {b'x' * 80!r}"
