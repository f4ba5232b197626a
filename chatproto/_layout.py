"""What a codec needs to know of a definition, read off the definition (spec/wire.py) and shared between codecs.

Nothing here judges octets: a header is judged by the definition's own number, a body that looks wrong by the
definition's own fields. So the codec's errors are the definition's, by construction.
"""

import codecs
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from construct import GreedyBytes, Prefixed, Renamed, StringEncoded

from spec.wire import Decimal, Fields, encoding

# Encodings in which an ASCII octet is that ASCII character and nothing else, wherever it stands. UTF-16, UTF-7 or
# ISO-2022 are not like that; they are right too, but take the general way.
ASCII_TRANSPARENT = frozenset({"ascii", "utf-8", "iso8859-1"})

MEMO_ENTRIES = 4096  # of some 120 octets each; honest traffic has a few hundred different lengths


class Lengths(dict[str, int]):
    """A memo from a header (one character an octet) to the length that it says, as the definition reads it.

    Looking a header up costs less than any reading of it, so strict validation is free. It is bounded because a
    hostile sender can spell one length in many ways (FRAME-3), and cleared when full, not closed: else the first
    comer could fill it with spellings that nobody else uses, and slow everybody down for ever.
    """

    def __init__(self, number: Decimal) -> None:
        super().__init__()
        self._number = number

    def __missing__(self, header: str) -> int:
        length: int = self._number._decode(header.encode("latin-1"), None, "")  # raises WireError: nothing is kept
        if len(self) >= MEMO_ENTRIES:
            self.clear()
        self[header] = length
        return length


class Headers(dict[int, bytes]):
    """A memo from the length of a body to its canonical header, as the definition builds it (FRAME-2)."""

    def __init__(self, number: Decimal) -> None:
        super().__init__()
        self._number = number

    def __missing__(self, length: int) -> bytes:
        header: bytes = self._number._encode(length, None, "")  # raises WireError: the body is too long (FRAME-8)
        if len(self) >= MEMO_ENTRIES:
            self.clear()
        self[length] = header
        return header


class HeaderTexts(dict[int, str]):
    """The same headers as text, for frames that are put together as text."""

    def __init__(self, headers: Headers) -> None:
        super().__init__()
        self._headers = headers

    def __missing__(self, length: int) -> str:
        if len(self) >= MEMO_ENTRIES:
            self.clear()
        self[length] = self._headers[length].decode("latin-1")
        return self[length]


@dataclass(frozen=True, slots=True)
class Layout:
    """The parameters of one definition.

    Attributes:
        definition: the construct object itself, the judge of whatever is not plainly well formed.
        width: octets of the header.
        names: the fields, in their order.
        separator: what stands between two fields, one character an octet.
        transparent: an ASCII body may be split as it is, without decoding its fields.
        encoding: one that all fields share and in which a body can be coded whole, before splitting or after
            joining; None if there is no such encoding.
        encodings: of each field.
        lengths, headers, header_texts: the memos of this definition.
    """

    definition: Any
    width: int
    names: tuple[str, ...]
    separator: str
    transparent: bool
    encoding: str | None
    encodings: tuple[str, ...]
    lengths: Lengths
    headers: Headers
    header_texts: HeaderTexts

    def split(self, body: bytes) -> list[str]:
        """The fields of a body, decoded one by one: the general way, for any encodings and any separator.

        Returns:
            Another number of fields than there should be, if the definition must judge.

        Raises:
            UnicodeDecodeError: the definition must judge.
        """
        parts = body.split(self.separator.encode("latin-1"), len(self.names))
        if len(parts) != len(self.names):
            return []  # no decoding of octets that may stand in no field
        return [part.decode(name) for part, name in zip(parts, self.encodings, strict=True)]

    def judged(self, body: bytes) -> list[str]:
        """The fields of a body according to the definition, the slow and authoritative way.

        Raises:
            WireError: the body is malformed.
        """
        return [*self.definition.subcon.parse(body).values()]

    def built(self, fields: tuple[str, ...]) -> bytes:
        """A frame according to the definition, the slow and authoritative way.

        Raises:
            WireError: the fields cannot be sent.
        """
        octets: bytes = self.definition.build(dict(zip(self.names, fields, strict=True)))
        return octets


def layout_of(definition: Any) -> Layout:
    """The layout of a definition like those of spec/wire.py; codecs of the same definition share it.

    Raises:
        TypeError: it is of another make, and the sentence says what was expected.
    """
    _expect(isinstance(definition, Prefixed), "Prefixed(Decimal, Fields)", definition)
    return _layout(definition)


@lru_cache(maxsize=64)  # bounded: a definition made for one limit should not live for ever
def _layout(definition: Any) -> Layout:
    number, fields = _bare(definition.lengthfield), _bare(definition.subcon)
    _expect(isinstance(number, Decimal), "a Decimal as the length", number)
    _expect(isinstance(fields, Fields), "Fields as the body", fields)
    # FRAME-5 in general: the header is stripped before the body is counted.
    _expect(not definition.includelength, "a length that counts the body alone", definition)
    _expect(number.width > 0, "a header of one octet or more", number.width)
    # With a digit as fill 5 would be built as 50, and with two octets the header would outgrow its width.
    _expect(len(number.fill) == 1 and not number.fill.isdigit(), "one octet, not a digit, as fill", number.fill)
    _expect(len(fields.separator) > 0, "a separator", fields.separator)
    _expect(len(fields.fields) > 0 and len(set(fields.names)) == len(fields.names), "distinct names", fields.names)
    encodings = tuple(_encoding(field) for field in fields.fields)
    headers = Headers(number)
    return Layout(
        definition=definition,
        width=number.width,
        names=fields.names,
        separator=fields.separator.decode("latin-1"),
        transparent=ASCII_TRANSPARENT.issuperset(encodings),
        encoding=_shared(encodings, fields.separator),
        encodings=encodings,
        lengths=Lengths(number),
        headers=headers,
        header_texts=HeaderTexts(headers),
    )


def _expect(holds: bool, expected: str, got: object) -> None:
    if not holds:
        raise TypeError(f"a codec cannot be made of this definition: expected {expected}, got {got!r}")


def _bare(part: Any) -> Any:
    return part.subcon if isinstance(part, Renamed) else part


def _encoding(field: Any) -> str:
    """The normalised name of the encoding of a field, which must be a string that takes all octets it is given."""
    string: Any = _bare(field)
    greedy = isinstance(string, StringEncoded) and string.subcon is GreedyBytes  # type: ignore[attr-defined]
    _expect(greedy and bool(field.name), "named GreedyString fields", field)
    try:
        "".encode(encoding(field))  # codecs.lookup() alone would let hex and zlib pass
    except LookupError:
        _expect(False, "a text encoding", encoding(field))
    return codecs.lookup(encoding(field)).name


def _shared(encodings: tuple[str, ...], separator: bytes) -> str | None:
    """The encoding in which a whole body can be coded at once, if there is one.

    The octets of the separator must mean the separator everywhere: in Latin-1 each octet does, in UTF-8 the ASCII
    ones do, since no multi-octet character contains them.
    """
    if len(set(encodings)) > 1 or encodings[0] not in ASCII_TRANSPARENT:
        return None
    return encodings[0] if separator.isascii() or encodings[0] == "iso8859-1" else None
