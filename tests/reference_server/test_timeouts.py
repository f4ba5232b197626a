"""Time-outs of fixed length, with the time handed in."""

from reference_server.timeouts import Timeouts


def test_keys_expire_in_their_order() -> None:
    """Each after the length, not before it, and once."""
    timeouts: Timeouts[str] = Timeouts(15)
    timeouts.start("a", 100)
    timeouts.start("b", 101)

    assert timeouts.delay(100) == 15
    assert timeouts.expired(114.9) == []
    assert timeouts.expired(115) == ["a"]
    assert timeouts.delay(115.5) == 0.5
    assert timeouts.expired(200) == ["b"]
    assert timeouts.delay(200) is None


def test_one_that_is_started_anew_goes_to_the_end() -> None:
    """Its old time is forgotten."""
    timeouts: Timeouts[str] = Timeouts(10)
    timeouts.start("a", 0)
    timeouts.start("b", 1)
    timeouts.start("a", 2)

    assert timeouts.expired(11) == ["b"]
    assert timeouts.expired(12) == ["a"]


def test_a_cancelled_one_leaves_nothing_behind() -> None:
    """Else every closed connection would be held until its time came; cancelling twice is no mistake."""
    timeouts: Timeouts[str] = Timeouts(10)
    timeouts.start("a", 0)

    timeouts.cancel("a")
    timeouts.cancel("a")

    assert len(timeouts) == 0
    assert timeouts.expired(99) == []
