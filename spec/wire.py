"""The wire format, declared once.

This page is the format. The codec (`chatproto`) reads its widths, separators, names, encodings and limits
from here, and the conformance suite builds and reads its octets with it. The prose is in protocol.md.

    frame  = header body                    ; FRAME-1
    header = *SP 1*DIGIT *SP                ; FRAME-3, exactly 10 octets; canonical: digits, then spaces (FRAME-2)
    body   = time NUL nick NUL text         ; BODY-1, as many octets as the header says (FRAME-5)
    time   = nick = text = *( UTF-8 octets other than NUL )   ; BODY-2
"""

import re
from typing import Any

from construct import Adapter, Bytes, Construct, ConstructError, Container, GreedyString, Prefixed, StringError

SPACE = b" "
NUL = b"\x00"

SERVER_MAX_BODY_OCTETS = 1_048_576  # FRAME-7: what a server must accept, and its default maximum (FRAME-8)
CLIENT_MAX_BODY_OCTETS = 1_048_859  # FRAME-7: the same body with its time (+27) and nick (+256) restored
LARGEST_MAX_BODY_OCTETS = 67_108_864  # FRAME-8: no receiver's maximum is larger


class WireError(ConstructError):
    """Octets, or values to be sent, that the format does not allow.

    Attributes:
        requirement: the id of the sentence in protocol.md that they break.
        part: `header` or `body`.
        octet: the index in that part, from 0, of the first octet that cannot stand where it stands; the length of
            the part if something is missing at its end; the first octet of a sequence that is not UTF-8. For a value
            that cannot be encoded at all, where its field begins.
        expected: what the sentence wants, in words.
        got: what is there, in words; octets are shown as Python bytes.
    """

    def __init__(self, requirement: str, part: str, octet: int, expected: str, got: str) -> None:
        super().__init__(f"{requirement}: expected {expected}, got {got} at octet {octet} of the {part}")
        self.requirement = requirement
        self.part = part
        self.octet = octet
        self.expected = expected
        self.got = got


class Decimal(Adapter):  # type: ignore[type-arg]  # construct's classes take no parameters at run time
    """A number in ASCII digits in a field of fixed width, with fill on either side (FRAME-2 to FRAME-4, FRAME-8).

    Args:
        width: octets of the field.
        fill: the octet that fills it, no digit; a built field is left-justified.
        maximum: the largest number that is accepted or built.
    """

    def __init__(self, width: int, *, fill: bytes, maximum: int) -> None:
        super().__init__(Bytes(width))
        self.width = width
        self.fill = fill
        self.maximum = min(maximum, 10**width - 1)
        self.pattern = re.compile(b"%b*([0-9]+)%b*" % (re.escape(fill), re.escape(fill)))

    def _decode(self, octets: bytes, context: Any, path: str) -> int:
        match = self.pattern.fullmatch(octets)
        if match is None:
            raise WireError(
                "FRAME-4", "header", self.misfit(octets), "decimal ASCII digits with fill around them", repr(octets)
            )
        number = int(match[1])
        if number > self.maximum:
            raise WireError("FRAME-8", "header", match.start(1), f"at most {self.maximum} octets", str(number))
        return number

    def _encode(self, number: int, context: Any, path: str) -> bytes:
        if not 0 <= number <= self.maximum:
            raise WireError("FRAME-8", "header", 0, f"a body of at most {self.maximum} octets", str(number))
        return b"%d" % number + self.fill * (self.width - len(str(number)))

    def misfit(self, octets: bytes) -> int:
        """The index of the first octet that does not fit `*fill 1*DIGIT *fill`; `width` if no digit came at all."""
        found = re.match(b"%b*(?:[0-9]+%b*)?" % (re.escape(self.fill), re.escape(self.fill)), octets)
        return found.end() if found else 0


class Fields(Construct):  # type: ignore[type-arg]  # likewise
    """All octets that are left, as named strings with one separator octet between each two (BODY-1, BODY-2).

    It reads the octets once and splits them: construct's terminated strings read octet by octet, which is
    quadratic and stalls a server on one legal body of 1 MiB.
    """

    def __init__(self, *fields: Any, separator: bytes) -> None:
        super().__init__()
        self.fields = fields
        self.separator = separator
        self.names: tuple[str, ...] = tuple(field.name for field in fields)

    def _parse(self, stream: Any, context: Any, path: str) -> Any:
        octets = stream.read()
        parts = octets.split(self.separator)
        if len(parts) != len(self.fields):
            raise self.miscounted(octets)
        values: Container[Any] = Container()
        start = 0
        for field, part in zip(self.fields, parts, strict=True):
            try:
                values[field.name] = field.parse(part)
            except StringError:
                raise self.undecodable(part, start, field) from None
            start += len(part) + len(self.separator)
        return values

    def _build(self, values: Any, stream: Any, context: Any, path: str) -> Any:
        parts = []
        start = 0
        for field in self.fields:
            part = self._encoded(field, values[field.name], start)
            parts.append(part)
            start += len(part) + len(self.separator)
        stream.write(self.separator.join(parts))
        return values

    def _encoded(self, field: Any, value: str, start: int) -> bytes:
        try:
            part: bytes = field.build(value)
        except StringError:
            raise WireError(
                "BODY-2", "body", start, f"a {field.name} that {encoding(field)} can carry", ascii(value)
            ) from None
        place = part.find(self.separator)
        if place >= 0:
            raise WireError("BODY-1", "body", start + place, f"a {field.name} without {self.separator!r}", ascii(value))
        return part

    def miscounted(self, octets: bytes) -> WireError:
        """The error for a body with the wrong number of separators; its place is the first one too many, or the end."""
        wanted = len(self.fields) - 1
        count = octets.count(self.separator)
        place = len(octets)
        if count > wanted:
            place = -1
            for _ in range(wanted + 1):
                place = octets.index(self.separator, place + 1)
        return WireError("BODY-1", "body", place, f"exactly {wanted} separators {self.separator!r}", str(count))

    def undecodable(self, part: bytes, start: int, field: Any) -> WireError:
        """The error for a field that its encoding does not allow; its place is the first octet of the bad sequence."""
        try:
            part.decode(encoding(field))
        except UnicodeDecodeError as error:
            bad = part[error.start : error.end]
            return WireError("BODY-2", "body", start + error.start, f"{encoding(field)} in the {field.name}", repr(bad))
        raise AssertionError(part)  # construct refused what the encoding allows


def encoding(field: Any) -> str:
    """The name of the encoding of a named string field of the definition."""
    name: str = field.subcon.encoding
    return name


def frame(maximum_body_octets: int) -> Any:
    """The definition of a frame whose body has at most so many octets."""
    return Prefixed(
        Decimal(10, fill=SPACE, maximum=maximum_body_octets),  # FRAME-1 to FRAME-5, FRAME-8
        Fields(
            "time" / GreedyString("utf-8"),  # TIME-1, TIME-2, TIME-3
            "nick" / GreedyString("utf-8"),  # NICK-1, NICK-2
            "text" / GreedyString("utf-8"),  # RELAY-3
            separator=NUL,  # BODY-1
        ),
    )


TO_SERVER = frame(SERVER_MAX_BODY_OCTETS)
TO_CLIENT = frame(CLIENT_MAX_BODY_OCTETS)
