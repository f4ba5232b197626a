"""Lines of a terminal's width."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from wcwidth import iter_graphemes, width

from reference_client.wrapping import cuts
from spec import display


def lines(text: str, first: int, rest: int) -> list[str]:
    """The lines themselves."""
    return [text[start:end] for start, end in cuts(text, first, rest)]


@pytest.mark.parametrize(
    ("text", "first", "rest", "expected"),
    [
        ("", 5, 5, [""]),
        ("hello", 5, 5, ["hello"]),
        ("hello you", 5, 5, ["hello", "you"]),
        ("hello  you", 6, 5, ["hello", "you"]),
        ("a b c d", 3, 5, ["a b", "c d"]),
        ("hello", 3, 5, ["", "hello"]),
        ("hello", -4, 5, ["", "hello"]),
        ("hello you", 3, 4, ["hel", "lo", "you"]),
        ("ab 0123456789", 5, 4, ["ab 01", "2345", "6789"]),
        ("日本語", 5, 4, ["日本", "語"]),
        ("日本 語", 5, 4, ["日本", "語"]),
        ("a👨‍👩‍👧‍👦b", 2, 2, ["a", "👨‍👩‍👧‍👦", "b"]),
        ("e\u0301e\u0301e\u0301", 2, 2, ["e\u0301e\u0301", "e\u0301"]),
    ],
)
def test_lines(text: str, first: int, rest: int, expected: list[str]) -> None:
    """Cut at spaces, inside a word only where it is wider than a line, and never inside a grapheme."""
    assert lines(text, first, rest) == expected


PARTS = st.sampled_from(
    ["a", "word", " ", "  ", "日本", "👨‍👩‍👧‍👦", "e\u0301", "longer-than-that", "\u200b", "\u0301"]
) | st.text(max_size=3)


@settings(deadline=None, database=None, max_examples=300)
@given(st.lists(PARTS, max_size=20).map("".join).map(display.safe), st.integers(-5, 30), st.integers(2, 30))
def test_nothing_is_lost_and_nothing_is_too_wide(text: str, first: int, rest: int) -> None:
    """Whatever the text, its lines hold it in order but for spaces at the cuts, and each fits its room."""
    found = lines(text, first, rest)

    assert "".join(found).replace(" ", "") == text.replace(" ", "")
    for number, line in enumerate(found):
        # A mark at the beginning of a line counts by itself, and in a word belongs to what stands before it.
        assert sum(map(width, iter_graphemes(line))) <= max(0, rest if number else first)


def test_a_million_characters_without_a_space() -> None:
    """A word as long as a frame allows is cut in one pass (FRAME-7)."""
    assert len(lines("x" * 1_000_000, 50, 70)) == 1 + (1_000_000 - 50 + 69) // 70
    assert lines("日" * 500_000, 3, 5)[1] == "日日"
