"""How a frame is shown so that nothing in it can drive a terminal (CLIENT-2, CLIENT-4).

The client, the server's console and the reports all show text through this module.
"""

import re

_PICTURES = {code: chr(0x2400 + code) for code in range(0x20)} | {0x7F: "\u2421"}  # ESC becomes U+241B
_REPLACED = [
    *range(0x80, 0xA0),  # C1 controls: 0x9B is another way to write ESC [
    0x061C,  # bidirectional marks, embeddings, overrides and isolates
    *range(0x200E, 0x2010),
    *range(0x202A, 0x202F),
    *range(0x2066, 0x206A),
    *range(0x2028, 0x202A),  # line and paragraph separators
    *range(0x206A, 0x2070),  # deprecated format controls
    0xFEFF,  # BOM, invisible
    *range(0xFFF9, 0xFFFC),  # interlinear annotations
    *range(0xD800, 0xE000),  # surrogates: no UTF-8 holds them, and a terminal's encoder fails on them
    *range(0xE0000, 0xE0080),  # tags, invisible
]
_TABLE = _PICTURES | dict.fromkeys(_REPLACED, "\ufffd")
_UNSAFE = re.compile("[" + "".join(f"\\U{code:08x}" for code in _TABLE) + "]")


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
