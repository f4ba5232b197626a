"""What a client has printed, as a person would read it."""

import re
import unicodedata

# What a client may put there by itself, on a terminal: colours.
_COLOURS = re.compile(r"\x1b\[[0-9;]*m")
INVISIBLE = ("Cc", "Cf", "Cs", "Zs", "Zl", "Zp", "Mn", "Me")


def text_of(output: bytes | bytearray) -> str:
    """The characters; octets that are not UTF-8 as surrogates."""
    return output.decode("utf-8", "surrogateescape")


def lines(output: bytes | bytearray) -> list[str]:
    """The lines, without colours and without what ends them. Only LF ends a line, CR in front of it included."""
    return [_COLOURS.sub("", line).removesuffix("\r") for line in text_of(output).split("\n")]


def has(output: bytes | bytearray, text: str) -> bool:
    """Whether a text is on a line."""
    if text.encode() in output:
        return True
    return b"\x1b" in output and any(text in line for line in lines(output))


def shown_as(output: bytes | bytearray, nick: str, text: str) -> list[str]:
    """The lines that end in `[NICK] TEXT`, with white space behind it at most: what they have in front of it (CLIENT-2)."""
    wanted = f"[{nick}] {text}".rstrip()
    return [line.rstrip()[: -len(wanted)] for line in lines(output) if line.rstrip().endswith(wanted)]


def is_visible(text: str) -> bool:
    """Whether a person sees anything of it."""
    return any(unicodedata.category(character) not in INVISIBLE for character in text)


def between(output: bytes | bytearray, left: str, right: str) -> str | None:
    """What stands between two words, the first time that both are there in this order; None if they are not."""
    text = text_of(output)
    start = text.find(left)
    stop = text.find(right, start + len(left)) if start >= 0 else -1
    return text[start + len(left) : stop] if stop >= 0 else None
