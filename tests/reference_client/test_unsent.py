"""What was written while away."""

from reference_client import unsent
from reference_client.unsent import Unsent


def test_kept_in_order_and_taken_once() -> None:
    """They are there until they are taken."""
    kept = Unsent()
    assert kept.keep("a")
    assert str(kept) == "1 message"
    assert kept.keep("b")
    assert str(kept) == "2 messages"
    assert kept.all() == kept.take() == ["a", "b"]
    assert len(kept) == 0


def test_bounded() -> None:
    """In messages and in characters."""
    kept = Unsent()
    assert all(kept.keep("x") for _ in range(unsent.MOST))
    assert not kept.keep("x")
    kept.take()
    assert kept.keep("x" * unsent.MOST_CHARACTERS)
    assert not kept.keep("x")
