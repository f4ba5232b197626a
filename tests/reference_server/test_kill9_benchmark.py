"""A server that is killed under load: `benchmarks/kill9.py` for a few rounds, and that it would find what is missing."""

from pathlib import Path

import pytest

from benchmarks.kill9 import Frame, judged, played

JOINED = ("t0", "Server", "[ann] joined the chat")
SAID: list[Frame] = [("t1", "bob", "one"), ("t1", "ann", "own"), ("t2", "bob", "two"), ("t3", "bob", "three")]


def test_what_members_received_is_recorded(tmp_path: Path) -> None:
    """Whenever it is killed, in the same order; and the next server opens what is left."""
    for seed in range(5):
        outcome = played(tmp_path / "j.db", seed)

        assert outcome.faults == []
        assert outcome.received > 0


@pytest.mark.parametrize("count", range(5))
def test_a_prefix_of_the_journal_is_no_fault(count: int) -> None:
    """What was recorded and not sent any more is nobody's loss; own frames are not expected."""
    received: list[Frame] = [JOINED, SAID[0], *SAID[2:]][:count]
    assert list(judged("ann", received, [("t0", "bob", "before"), JOINED, *SAID])) == []


@pytest.mark.parametrize(
    ("received", "entries"),
    [
        ([JOINED], SAID),
        ([JOINED, SAID[0]], [JOINED]),
        ([JOINED, SAID[2], SAID[0]], [JOINED, *SAID]),
        ([JOINED, SAID[2]], [JOINED, *SAID]),
        ([JOINED, SAID[1]], [JOINED, *SAID]),
        ([JOINED, ("t1", "bob", "on")], [JOINED, *SAID]),
        ([SAID[0]], [JOINED, *SAID]),
    ],
)
def test_what_is_found(received: list[Frame], entries: list[Frame]) -> None:
    """A frame that is missing, in another order, left out, the member's own, cut."""
    assert len(list(judged("ann", received, entries))) == 1
