"""Pieces sent apart: that they were read apart is proven, or not claimed (FRAME-6)."""

import pytest

from conformance.differences import differences
from conformance.faults import Server
from conformance.octets import Out
from conformance.play import play
from conformance.script import (
    TAG,
    Fence,
    Send,
    cast,
    nick,
    script,
    sentinel,
)
from tests.conformance.helpers import serving, stage_for
from tests.conformance.plays import Recording, performing, played


@pytest.mark.parametrize("cuts", [(3,), (10,), (1, 9, 10, 11), tuple(range(1, 40))])
def test_confirmed_pieces_arrive_alone(cuts: tuple[int, ...]) -> None:
    """A server with one loop reads each piece by itself: the proof is a proof."""
    server = Recording()
    with performing(server) as stage:
        frame = Out(nick("ann"), f"é {TAG} and more")
        cut = Send("ann", (frame,), cuts)
        trace = played(stage, cast("bob", "ann"), cut, Fence(), sentinel("ann"))
        [sent] = [step for step in trace.steps if isinstance(step, Send) and step.cuts == cuts]

        assert (trace.cuts_confirmed, trace.cuts_likely) == (len(cut.pieces) - 1, 0)
        chunks = next(chunks for chunks in server.chunks.values() if sent.pieces[0] in chunks)
        place = chunks.index(sent.pieces[0])
        assert chunks[place : place + len(sent.pieces)] == sent.pieces
        assert differences(trace) == []


def test_pieces_of_side_by_side_playings_arrive_alone_too() -> None:
    """They share the round trips."""
    server = Recording()
    with performing(server) as stage:
        cut = script(cast("bob", "ann"), Send("ann", (Out(nick("ann"), TAG),), (4, 10, 20)), Fence(), sentinel("ann"))
        traces = stage.run([play(stage, cut) for _ in range(8)], 8)
        before = len(stage.pulse.trips)

        assert [(trace.cuts_confirmed, trace.cuts_likely) for trace in traces] == [(3, 0)] * 8
        assert before < 8 * 4 * 2  # fewer round trips than each of them alone would take
        for trace in traces:
            [sent] = [step for step in trace.steps if isinstance(step, Send) and step.cuts]
            assert sum(set(sent.pieces) <= set(chunks) for chunks in server.chunks.values()) == 1


def test_without_a_canary_cuts_are_only_likely() -> None:
    """No proof is claimed where there was none, and the playing goes on."""
    with serving(Server()) as address, stage_for(address) as stage:
        trace = played(stage, cast("bob", "ann"), Send("ann", (Out(nick("ann"), TAG),), (4, 10)), sentinel("ann"))

        assert (trace.cuts_confirmed, trace.cuts_likely) == (0, 2)
        assert trace.canary_late
        assert differences(trace) == []
