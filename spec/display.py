"""How a frame is shown so that nothing in it can drive a terminal (CLIENT-2, CLIENT-4).

The client, the server's console and the reports all show text through this module.
"""

import re

_PICTURES = {code: chr(0x2400 + code) for code in range(0x20)} | {0x7F: "\u2421"}  # ESC becomes U+241B
_REPLACED = [  # first and last code point
    (0x80, 0x9F),  # C1 controls: 0x9B is another way to write ESC [
    (0x061C, 0x061C),  # bidirectional marks, embeddings, overrides and isolates
    (0x200E, 0x200F),
    (0x202A, 0x202E),
    (0x2066, 0x2069),
    (0x2028, 0x2029),  # line and paragraph separators
    (0x206A, 0x206F),  # deprecated format controls
    (0xFEFF, 0xFEFF),  # BOM, invisible
    (0xFFF9, 0xFFFB),  # interlinear annotations
    (0xD800, 0xDFFF),  # surrogates: no UTF-8 holds them, and a terminal's encoder fails on them
    (0xE0000, 0xE007F),  # tags, invisible
]
_TABLE = _PICTURES | {code: "\ufffd" for first, last in _REPLACED for code in range(first, last + 1)}
# Ranges, not single characters: a class that lists characters beyond the BMP one by one is 80 times slower, and the
# server shows legal texts of a megabyte.
_UNSAFE = re.compile("[\\x00-\\x1f\\x7f" + "".join(f"\\U{first:08x}-\\U{last:08x}" for first, last in _REPLACED) + "]")


def safe(text: str) -> str:
    """The text with each character that could drive a terminal replaced by one visible character (CLIENT-4).

    C0 controls and DEL become their control pictures (U+2400 to U+241F, U+2421), line breaks among them; C1 controls,
    bidirectional controls, line separators, BOM, tags and surrogates become U+FFFD. All else is left as it is. The
    result has as many characters as the text, and `safe(safe(text)) == safe(text)`.
    """
    return text.translate(_TABLE) if _UNSAFE.search(text) else text


def line(time: str, nick: str, text: str) -> str:
    """One frame as one line, `time [nick] text`, safe to print; no line break at its end (CLIENT-2)."""
    return f"{safe(time)} [{safe(nick)}] {safe(text)}"
