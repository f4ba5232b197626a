"""What newcomers are shown: how much of it, and in which form."""

import pytest

from reference_server import history as module
from reference_server.history import History
from reference_server.room import Entry


def kept(count: int, *texts: str, nick: str = "ann") -> list[str]:
    """The texts of a history that was told of these."""
    history = History(count)
    for text in texts:
        history.keep(Entry("T", nick, text))
    return history.texts()


def test_the_last_ones_in_their_order() -> None:
    """JOIN-4's form; the old time is in the text."""
    assert kept(2, "one", "two", "three") == ["history: T [ann] two", "history: T [ann] three"]
    assert kept(9, "one", "") == ["history: T [ann] one", "history: T [ann] "]


def test_announcements_are_none_of_it() -> None:
    """And push no message out."""
    history = History(1)
    history.keep(Entry("T", "ann", "hi"))
    history.keep(Entry("T", "Server", "[ann] left the chat"))

    assert history.texts() == ["history: T [ann] hi"]


@pytest.mark.parametrize("text", ["x" * 300, "\u00e9" * 150])
def test_it_is_bounded_in_octets(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    """Of UTF-8; the oldest go, and what never fits alone pushes nothing out."""
    monkeypatch.setattr(module, "MOST_OCTETS", 800)

    assert [line[-1] for line in kept(9, *(f"{text}{number}" for number in range(4)))] == ["2", "3"]
    assert kept(9, "short", text * 3) == ["history: T [ann] short"]


def test_empty_messages_are_bounded_too() -> None:
    """A frame of nothing is not nothing."""
    assert len(kept(module.MOST_MESSAGES, *[""] * 20_000)) == module.MOST_OCTETS // (64 + 3)
