"""What each octet of one direction of a connection is: header, fields, separators, and where a frame is cut.

Everything about the format is read from the definition (spec/wire.py): an altered definition gives other parts.
"""

import codecs
from collections import deque
from typing import Any

from spec.display import safe
from spec.wire import TO_SERVER, WireError, encoding

Part = dict[str, Any]  # part, length, octets (hex), shown, note: as in report.schema.json

SHOWN_OCTETS = 60  # in hex, of one part
SHOWN_CHARACTERS = 60
FIRST_PARTS = 40  # of one stretch: hundreds of frames in one write are not shown whole,
LAST_PARTS = 20  # but how they begin and how they end is


def count(number: int) -> str:
    """So many octets, in words."""
    return "1 octet" if number == 1 else f"{number:,} octets"


def plain(octets: bytes, most: int = SHOWN_CHARACTERS) -> str:
    """Octets as printable ASCII, the others as `\\x00`."""
    return ascii(octets[:most])[2:-1] + ("…" if len(octets) > most else "")


def _text(octets: bytes, codec: str) -> str:
    # No encoding of the definition takes more than four octets for a character: what is cut off here is not shown anyway.
    text = octets[: 4 * SHOWN_CHARACTERS].decode(codec, "backslashreplace")
    return safe(text[:SHOWN_CHARACTERS] + ("…" if len(text) > SHOWN_CHARACTERS else ""))


class _Parts:
    """The parts of one stretch, the first and the last of them; in between only how much it was."""

    def __init__(self) -> None:
        self._first: list[Part] = []
        self._last: deque[Part] = deque()
        self._octets = 0
        self._left_out = 0

    def add(self, name: str, octets: bytes, shown: str, note: str | None = None) -> None:
        one = {
            "part": name,
            "length": len(octets),
            "octets": octets[:SHOWN_OCTETS].hex(),
            "shown": shown,
            "note": note,
        }
        if len(self._first) < FIRST_PARTS:
            self._first.append(one)
            return
        self._last.append(one)
        if len(self._last) > LAST_PARTS:
            self._octets += self._last.popleft()["length"]
            self._left_out += 1

    def all(self) -> list[Part]:
        between: list[Part] = []
        if self._left_out:
            note = f"{self._left_out:,} parts, {count(self._octets)}, are not shown"
            between = [{"part": "octets", "length": self._octets, "octets": "", "shown": "…", "note": note}]
        return [*self._first, *between, *self._last]


class Annotator:
    """Reads one direction of a connection, however its octets are cut, and says what they are.

    The work is linear in the octets, and what is kept of them between two stretches is at most a header and an unfinished
    character. Behind a malformed header nothing can be read any more (FRAME-4); behind a malformed body the next frame can.

    Args:
        definition: of a frame, as `spec.wire.frame` makes it; its maximum decides which header is too large (FRAME-8).
    """

    def __init__(self, definition: Any = TO_SERVER) -> None:
        self._length = definition.lengthfield
        self._fields = definition.subcon
        self._header = b""  # as much of it as has come, while the body has not begun
        self._left: int | None = None  # octets of the body still to come; None inside a header
        self._lost: str | None = None  # why nothing behind is a frame
        self._begin_body(0)

    def feed(self, octets: bytes) -> list[Part]:
        """The parts of the next stretch of octets, in their order; their lengths add up to the stretch's.

        A part that goes on in the next stretch is annotated in both. The last part is a `cut`, of no length, if the
        stretch ends inside a frame.
        """
        out = _Parts()
        place = 0
        while place < len(octets):
            if self._lost is not None:
                out.add("octets", octets[place:], plain(octets[place:]), self._lost)
                place = len(octets)
            elif self._left is None:
                place = self._read_header(octets, place, out)
            else:
                place = self._read_body(octets, place, out)
        if octets and self._is_inside:
            out.add("cut", b"", "", self._where())
        return out.all()

    @property
    def _is_inside(self) -> bool:
        return self._lost is None and (self._left is not None or bool(self._header))

    def _read_header(self, octets: bytes, place: int, out: _Parts) -> int:
        piece = octets[place : place + self._length.width - len(self._header)]
        began, self._header = bool(self._header), self._header + piece
        note: str | None = None
        if len(self._header) == self._length.width:
            note = self._measure()
            if began and self._lost is None:
                note = f"ends the header {plain(self._header)!r}: {note}"
        out.add("header", piece, plain(piece), note)
        if self._left == 0:
            self._end_body(out)
        return place + len(piece)

    def _measure(self) -> str:
        """Takes the number of a whole header; gives the note on it."""
        header = self._header
        try:
            number: int = self._length.parse(header)
        except WireError as error:
            self._lost = "behind a malformed header nothing can be read as a frame"
            return str(error)
        self._begin_body(number)
        self._left = number
        canonical = (b"%d" % number).ljust(self._length.width, self._length.fill)  # FRAME-2
        odd = "" if header == canonical else f"; the canonical header is {plain(canonical)!r}"
        return f"{count(number)} {'follows' if number == 1 else 'follow'}{odd}"

    def _begin_body(self, number: int) -> None:
        self._size = number
        self._field = 0  # the index of the field under way
        self._seen = 0  # octets of it
        self._spoiled = False  # a separator too many has come: what is behind it belongs to no field
        self._decoder = self._new_decoder()

    def _new_decoder(self) -> codecs.IncrementalDecoder | None:
        return codecs.getincrementaldecoder(encoding(self._fields.fields[self._field]))("strict")

    def _read_body(self, octets: bytes, place: int, out: _Parts) -> int:
        assert self._left is not None
        end = min(len(octets), place + self._left)
        separator = self._fields.separator
        at = -1 if self._spoiled else octets.find(separator, place, end)
        stop = end if at < 0 else at
        if self._spoiled:
            out.add("octets", octets[place:stop], plain(octets[place:stop]), "behind a separator too many")
        elif stop > place or at >= 0:
            self._piece(octets[place:stop], out, last=at >= 0 or stop - place == self._left)
        self._left -= stop - place
        if at >= 0:
            stop += len(separator)
            self._left -= len(separator)
            self._next_field(out)
        if not self._left:
            self._end_body(out)
        return stop

    def _piece(self, piece: bytes, out: _Parts, *, last: bool) -> None:
        """A stretch of a field; `last` if the field ends with it."""
        field = self._fields.fields[self._field]
        notes = self._misread(piece, field, last=last)
        if last and self._field + 1 < len(self._fields.fields) and self._left == len(piece):
            notes.append(str(self._miscounted(self._size, str(self._field))))  # the body ends before its last field
        if piece or notes or not self._seen:
            out.add(field.name, piece, _text(piece, encoding(field)), "; ".join(notes) or None)
        self._seen += len(piece)

    def _misread(self, piece: bytes, field: Any, *, last: bool) -> list[str]:
        """What is wrong with the encoding of a piece of a field; told once for a field (BODY-2)."""
        if self._decoder is None:
            return []
        pending = self._decoder.getstate()[0]
        try:
            self._decoder.decode(piece, last)
        except UnicodeDecodeError:
            self._decoder = None
            assert self._left is not None
            return [str(self._fields.undecodable(pending + piece, self._size - self._left - len(pending), field))]
        return []

    def _next_field(self, out: _Parts) -> None:
        separator = self._fields.separator
        shown = safe(separator.decode("ascii", "backslashreplace"))
        if self._field + 1 == len(self._fields.fields):
            self._spoiled = True
            assert self._left is not None
            place = self._size - self._left - len(separator)
            out.add("separator", separator, shown, str(self._miscounted(place, "one more")))
            return
        out.add("separator", separator, shown)
        self._field += 1
        self._seen = 0
        self._decoder = self._new_decoder()

    def _miscounted(self, place: int, got: str) -> WireError:
        wanted, separator = len(self._fields.fields) - 1, self._fields.separator
        return WireError("BODY-1", "body", place, f"exactly {wanted} separators {separator!r}", got)

    def _end_body(self, out: _Parts) -> None:
        if not self._spoiled and not self._seen:  # the last thing in the body was a separator, or the body is empty
            self._piece(b"", out, last=True)
        self._header, self._left = b"", None

    def _where(self) -> str:
        """Where a frame is cut."""
        if self._left is None:
            return f"cut inside the header: {count(len(self._header))} of {self._length.width} so far"
        return f"cut {self._inside()}: {count(self._left)} of the frame still to come"

    def _inside(self) -> str:
        if self._left == self._size:
            return "behind the header"
        if self._spoiled:
            return "inside the body"
        if not self._seen:
            return "behind a separator"
        inside = self._decoder is not None and self._decoder.getstate()[0]
        return f"inside the {self._fields.fields[self._field].name}{', inside a character' if inside else ''}"
