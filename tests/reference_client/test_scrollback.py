"""Searching what was shown."""

from reference_client.frames import Frame, Kind
from reference_client.scrollback import Scrollback
from tests.reference_client.peers import TIME


def said(text: str) -> Frame:
    """A frame."""
    return Frame(Kind.CHAT, TIME, "Bob", text)


def test_all_words_in_nick_or_text_in_any_case() -> None:
    """The order does not matter; what is found comes oldest first."""
    kept = Scrollback()
    for text in ("The quick fox", "a fox", "quick"):
        kept.add(said(text))

    assert kept.find("FOX quick") == [said("The quick fox")]
    assert kept.find("bob fox") == [said("The quick fox"), said("a fox")]
    assert kept.find("wolf") == []


def test_it_is_bounded_in_frames_and_characters() -> None:
    """The oldest go first."""
    kept = Scrollback(most_frames=3)
    for number in range(5):
        kept.add(said(str(number)))
    assert [frame.text for frame in kept.find("bob")] == ["2", "3", "4"]

    kept = Scrollback(most_characters=200)
    for number in range(5):
        kept.add(said(str(number) * 50))
    assert [frame.text[0] for frame in kept.find("bob")] == ["3", "4"]
    kept.add(said("x" * 1000))
    assert len(kept) == 0
