"""How lines are put on a terminal, and in a pipe: width, colours, and line breaks that keep both."""

import contextlib
import os
import shutil
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import TextIO

from spec.display import safe

PIPE_WIDTH = 100
LEAST_WIDTH = 40
_CODES = {"red": "31", "green": "32", "yellow": "33", "cyan": "36", "bold": "1", "dim": "2"}

Piece = tuple[str, str]  # a text, and the name of its style, or ""


def forget(out: TextIO) -> None:
    """Lets whatever is still printed go nowhere: its reader has gone."""
    with contextlib.suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), out.fileno())


def is_lively(out: TextIO, environ: Mapping[str, str] = os.environ) -> bool:
    """Whether this is a terminal that can move its cursor and show colours."""
    return out.isatty() and environ.get("TERM", "") not in ("", "dumb", "unknown")


@dataclass(frozen=True, slots=True)
class Look:
    """How wide lines may be, and whether they may have colours."""

    width: int = PIPE_WIDTH
    colours: bool = False

    @classmethod
    def of(cls, out: TextIO, environ: Mapping[str, str] = os.environ) -> "Look":
        """The look for a stream. A set `NO_COLOR` and `TERM=dumb` are obeyed; a pipe is plain and of a fixed width."""
        if not out.isatty():
            return cls()
        width = shutil.get_terminal_size((PIPE_WIDTH, 24)).columns
        return cls(max(LEAST_WIDTH, width), is_lively(out, environ) and not environ.get("NO_COLOR"))

    def narrower(self, by: int) -> "Look":
        """The look for lines that are indented by so many columns."""
        return replace(self, width=max(LEAST_WIDTH, self.width - by))

    def paint(self, text: str, style: str = "") -> str:
        """The text, made safe, in a style: a colour, `bold` or `dim`; several are separated by spaces."""
        codes = ";".join(_CODES[name] for name in style.split())
        return f"\x1b[{codes}m{safe(text)}\x1b[0m" if self.colours and codes and text else safe(text)

    def wrap(self, pieces: Iterable[Piece], first: str, rest: str) -> list[str]:
        """Pieces as lines that begin with `first`, then with `rest`; they are broken between words where there are any."""
        wrapped = [safe(first)]
        room = self.width - columns(first)
        empty = True
        for text, style in pieces:
            for word in _words(safe(text)):
                while columns(word) > room:
                    if empty:  # a word longer than a line
                        head, word = _split(word, room)
                        wrapped[-1] += self.paint(head, style)
                    wrapped.append(rest)
                    room, empty = max(8, self.width - columns(rest)), True
                    word = word.lstrip(" ")
                if word:
                    wrapped[-1] += self.paint(word, style)
                    room, empty = room - columns(word), False
        return [line.rstrip(" ") for line in wrapped]


PLAIN = Look()


def columns(text: str) -> int:
    """How many columns of a terminal a text takes, as far as Unicode says."""
    if text.isascii():
        return len(text)
    wide = sum(unicodedata.east_asian_width(character) in "WF" for character in text)
    return len(text) + wide - sum(unicodedata.category(character) in ("Mn", "Me", "Cf") for character in text)


def _words(text: str) -> list[str]:
    """The words of a text, each with the spaces in front of it."""
    words: list[str] = []
    start = 0
    for place in range(1, len(text)):
        if text[place] == " " and text[place - 1] != " ":
            words.append(text[start:place])
            start = place
    return [*words, text[start:]] if text else words


def _split(word: str, room: int) -> tuple[str, str]:
    """The longest beginning of a word, of at least one character, that fits; and what is left of it."""
    taken = 0
    for place, character in enumerate(word):
        taken += columns(character)
        if taken > room and place:
            return word[:place], word[place:]
    return word, ""
