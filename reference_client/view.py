"""How the terminal mode shows what happens: pieces of text, each with a style, and no control character but LF.

It knows no terminal: the styles are those of prompt_toolkit as strings, and the escape codes are its business. Every
piece of a frame has gone through `spec.display` (CLIENT-4).
"""

import re
from collections.abc import Callable, Iterator
from datetime import tzinfo
from typing import NamedTuple

from wcwidth import width

from reference_client import palette, times
from reference_client.frames import Frame, Kind
from reference_client.wrapping import cuts
from spec import display

Pieces = list[tuple[str, str]]  # style and text, as prompt_toolkit takes them

_INDENT = 10  # of a continued line: behind the time, so that no text can pass for the line of another
_BREAKS = 40  # line breaks of one message that are shown as such: a message of nothing else would clear the screen
_NARROWEST = 20  # columns; a terminal that is narrower cuts the lines by itself


class Own(NamedTuple):
    """What the user said, with the local clock: the server does not send it back (RELAY-2)."""

    time: str
    nick: str
    text: str


class Kept(NamedTuple):
    """What the user said while there was no connection."""

    text: str


class Notice(NamedTuple):
    """What the client itself has to say, in one or more lines."""

    text: str


Item = Frame | Own | Kept | Notice


class View:
    """Turns what happens into pieces, and remembers which day the reader believes it is.

    Args:
        zone: the reader's time zone; None is the system's (CLIENT-3).

    Attributes:
        nick: the user's own, highlighted in what others say.
    """

    def __init__(self, zone: tzinfo | None = None) -> None:
        self.nick = ""
        self._zone = zone
        self._day = ""
        self._mention: tuple[str, re.Pattern[str] | None] = ("", None)

    def mentions(self, item: Item) -> bool:
        """Whether somebody else names the user in what they say."""
        return isinstance(item, Frame) and item.kind is Kind.CHAT and self._names(display.safe(item.text)) is not None

    def pieces(self, item: Item, columns: int) -> Pieces:
        """An item as pieces, its lines no wider than the terminal, with a line break at the end.

        Args:
            item: what happened.
            columns: cells of the terminal's width.
        """
        room = max(_NARROWEST, columns)
        match item:
            case Notice(text):
                return [("class:notice", line + "\n") for line in _lines(f"-- {text}", room, 3)]
            case Kept(text):
                head: Pieces = [("class:kept", "(not sent yet) ")]
                return [*head, *_hanging(text, 15, room, lambda line: [("class:kept", line)])]
            case Own(time, nick, text):
                return self._line(time, nick, text, room, "bold", lambda line: [("", line)])
            case Frame(Kind.CHAT, time, nick, text):
                return self._line(time, nick, text, room, f"bold {palette.colour(nick)}", self._highlighted)
            case Frame(_, time, nick, text):
                return self._line(time, nick, text, room, "class:service", lambda line: [("class:service", line)])

    def _line(self, time: str, nick: str, text: str, room: int, style: str, painted: Callable[[str], Pieces]) -> Pieces:
        day, clock = times.clock(time, self._zone)
        head = f"{display.safe(clock)} "
        name = f"[{display.safe(nick)}]"
        body = _hanging(text, width(head) + width(name) + 1, room, painted)
        return [*self._new_day(day), ("class:time", head), (style, name), ("", " "), *body]

    def _new_day(self, day: str) -> Pieces:
        # The clock alone is shown with each line, so that the room is the text's; a change of date is said once.
        if day in ("", self._day):
            return []
        self._day = day
        return [("class:notice", f"-- {day}\n")]

    def _highlighted(self, line: str) -> Pieces:
        pattern = self._names(line)
        if pattern is None:
            return [("", line)]
        parts = pattern.split(line)  # what matched stands at the odd places
        return [("class:mention" if at % 2 else "", part) for at, part in enumerate(parts) if part]

    def _names(self, text: str) -> re.Pattern[str] | None:
        """What finds the user's nick in a text; None where there is nothing to find."""
        if self._mention[0] != self.nick:
            own = re.escape(display.safe(self.nick))
            # As a word of its own: somebody called `al` is not meant by `although`.
            self._mention = (self.nick, re.compile(rf"((?<!\w){own}(?!\w))", re.IGNORECASE) if own else None)
        pattern = self._mention[1]
        return pattern if pattern is not None and pattern.search(text) else None


def _lines(text: str, room: int, indent: int) -> Iterator[str]:
    """A notice's lines, all but the first indented; what is in it may come from a server."""
    pad = ""
    for paragraph in text.split("\n"):
        safe = display.safe(paragraph)
        for start, end in cuts(safe, room - len(pad), room - indent):
            yield pad + safe[start:end]
            pad = " " * indent


def _hanging(text: str, head: int, room: int, painted: Callable[[str], Pieces]) -> Pieces:
    """A text behind the head of its line, continued with an indent.

    Args:
        text: as it came.
        head: cells of the line that are taken.
        room: cells of a line.
        painted: gives a line its styles.
    """
    pieces: Pieces = []
    paragraphs = text.split("\n", _BREAKS)
    for number, paragraph in enumerate(paragraphs):
        # The break is shown as a break and marked as one: the reader sees that all of it is one message.
        safe = display.safe(paragraph) + ("\u240a" if number < len(paragraphs) - 1 else "")
        pieces += _paragraph(safe, head if number == 0 else _INDENT, room, painted)
        if number < len(paragraphs) - 1:
            pieces.append(("", " " * _INDENT))
    return pieces


def _paragraph(safe: str, head: int, room: int, painted: Callable[[str], Pieces]) -> Pieces:
    pieces: Pieces = []
    pad = ""
    for start, end in cuts(safe, room - head, room - _INDENT):
        pieces += [("", pad), *painted(safe[start:end]), ("", "\n")]
        pad = " " * _INDENT
    return pieces
