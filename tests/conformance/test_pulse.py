"""The canary: round trips of two members of the suite's own."""

import pytest

from conformance.faults import Server
from conformance.pulse import shorter
from tests.conformance.helpers import DEADLINE_S, serving, stage_for
from tests.conformance.wires import against, silent, wait


def test_the_pulse_measures_round_trips() -> None:
    """Two members of the suite's own; a ticket comes true behind as many round trips as were asked for."""
    with serving(Server()) as address, stage_for(address) as on:
        assert on.run([on.pulse.begin(5.0)]) == [True]
        assert on.pulse.alive
        ticket = on.pulse.ticket(3)
        assert not ticket()
        assert wait(on, ticket)

        assert len(on.pulse.trips) == 3
        assert 0 < on.pulse.round_trip < DEADLINE_S
        assert not on.pulse.busy
        on.pulse.end()
        assert on.sockets.serving == set()
        assert not on.pulse.alive


def test_the_pulse_sends_again_what_was_lost() -> None:
    """A server that loses a message in two does not stop the suite's clock."""

    class Lossy(Server):
        heard = 0

        def on_chat(self, peer: object, claimed: bytes, nick: bytes, text: bytes) -> None:
            self.heard += 1
            if self.heard % 2 == 0:
                super().on_chat(peer, claimed, nick, text)  # type: ignore[arg-type]

    with serving(Lossy()) as address, stage_for(address) as on:
        assert on.run([on.pulse.begin(5.0)]) == [True]
        assert wait(on, on.pulse.ticket(1))
        assert on.pulse.trips[0] > 0.1  # from the first try on


def test_the_pulse_of_a_server_that_answers_nobody_does_not_begin() -> None:
    """It waits as long as it was told."""
    with against(silent) as (_, on):
        assert on.run([on.pulse.begin(0.05)]) == [False]
        assert not on.pulse.alive


def test_after_a_fence_in_vain_later_ones_wait_shortly() -> None:
    """A server that one connection can stall must not stall the suite at every cut."""
    with stage_for(("127.0.0.1", 9), patience=5.0) as on:
        assert on.fence_patience == 5.0
        on.fence_over(met=False)
        assert on.fence_patience < 1.0
        on.fence_over(met=True)
        assert on.fence_patience == 5.0


@pytest.mark.parametrize(
    ("patience", "round_trip", "seconds"), [(5.0, 0.0, 2.0), (5.0, 0.05, 2.0), (5.0, 0.1, 4.0), (5.0, 1.0, 5.0)]
)
def test_a_shorter_wait_is_forty_round_trips(patience: float, round_trip: float, seconds: float) -> None:
    """Never less than two seconds, nor longer than a whole wait."""
    assert shorter(patience, round_trip) == pytest.approx(seconds)


def test_a_server_that_was_stalled_twice_is_waited_for_as_in_a_repetition() -> None:
    """And as shortly as ever behind a fence in vain."""
    with stage_for(("127.0.0.1", 9), patience=5.0) as on:
        for met in (False, True, False):
            on.fence_over(met=met)
        assert on.fence_patience < 1.0
        on.fence_over(met=True)
        assert on.fence_patience == 2.0
