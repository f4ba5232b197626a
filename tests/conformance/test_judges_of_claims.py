"""The judges of frames under another nick and of malformed bodies once more: what happens at their ends."""

import pytest

import conformance.checks  # noqa: F401  # registers them
from conformance.check import CHECKS
from conformance.octets import Out, joined
from conformance.script import Ended, Fence, Fin, Hears, Open, Send, Settle, cast, enter, sentinel
from conformance.trace import Entry, Trace
from tests.conformance.conversations import LEAVE, TAG, named, playing
from tests.conformance.judging import got, judged, trace

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
