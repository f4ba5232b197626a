"""What is shown can not drive a terminal (CLIENT-4), and is otherwise what was sent (CLIENT-2)."""

import sys
import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spec import display

SETTINGS = settings(deadline=None, database=None, max_examples=300)
BIDIRECTIONAL = {chr(code) for code in (0x61C, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A))}
SEPARATORS = {"\u2028", "\u2029"}
FORBIDDEN = {chr(code) for code in (*range(0x20), *range(0x7F, 0xA0))} | BIDIRECTIONAL | SEPARATORS
ANY = st.text(st.characters() | st.sampled_from(sorted(FORBIDDEN)))


def unsafe(character: str) -> bool:
    return (
        unicodedata.category(character) in ("Cc", "Cs", "Zl", "Zp")
        or unicodedata.bidirectional(character) in ("LRE", "RLE", "PDF", "LRO", "RLO", "LRI", "RLI", "FSI", "PDI")
        or character in BIDIRECTIONAL
    )


def test_no_character_of_a_forbidden_category_survives() -> None:
    """All of Unicode, one by one: controls, surrogates, separators and bidirectional controls are replaced."""
    survivors = [
        code for code in range(sys.maxunicode + 1) if unsafe(chr(code)) and display.safe(chr(code)) == chr(code)
    ]

    assert survivors == []


@SETTINGS
@given(ANY)
def test_a_safe_text_is_as_long_and_stays(text: str) -> None:
    """Each character is replaced by one visible one, so neighbours never touch; and once safe, always safe."""
    shown = display.safe(text)

    assert len(shown) == len(text)
    assert not any(map(unsafe, shown))
    assert display.safe(shown) == shown
    assert all(
        before == after or after in "\ufffd\u2421" or "\u2400" <= after <= "\u241f"
        for before, after in zip(text, shown, strict=True)
    )


@SETTINGS
@given(st.text(st.characters(categories=["L", "M", "N", "P", "S", "Zs"])))
def test_what_is_harmless_is_left_alone(text: str) -> None:
    """Letters, marks, numbers, punctuation, symbols and spaces of every script."""
    assert display.safe(text) == text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b[31mred", "␛[31mred"),
        ("a\x07b\x7f", "a␇b␡"),
        ("one\r\ntwo", "one␍␊two"),
        ("\x9b31m", "\ufffd31m"),
        ("a\u202eb", "a\ufffdb"),
        ("\x00", "␀"),
        ("👩\u200d👧", "👩\u200d👧"),
        ("\ud83d", "\ufffd"),
    ],
)
def test_pictures(text: str, shown: str) -> None:
    """C0 controls become their pictures, other dangers the replacement character; a joined emoji stays joined."""
    assert display.safe(text) == shown


@SETTINGS
@given(ANY, ANY, ANY)
def test_a_line_is_one_line(time: str, nick: str, text: str) -> None:
    """`time [nick] text` with every part safe: no line break, whatever the parts hold (CLIENT-2)."""
    line = display.line(time, nick, text)

    assert line == f"{display.safe(time)} [{display.safe(nick)}] {display.safe(text)}"
    assert len(line.splitlines()) == 1
    assert display.line("10:21:07", "ann", "hi") == "10:21:07 [ann] hi"
