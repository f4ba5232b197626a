"""Counting, and beginning anew."""

from reference_server.counters import Counters


def test_taking_begins_anew() -> None:
    """What was taken is as it was; the same object counts on, so that whoever holds it need not be told."""
    counters = Counters(messages=3)
    for seconds in (1.0, 3.0, 2.0):
        counters.turn(seconds)

    assert counters.take() == Counters(turns=3, turns_s=6.0, longest_turn_s=3.0, messages=3)
    assert counters == Counters()
    counters.turn(0.5)
    assert counters.take() == Counters(turns=1, turns_s=0.5, longest_turn_s=0.5)
