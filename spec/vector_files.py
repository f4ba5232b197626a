"""The test vectors in `vectors/`, read and checked. Their format is described in `vectors/README.md`.

The files are the truth: nothing here computes an expected value.
"""

import tomllib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib import resources
from typing import Any, TypeVar

from spec.wire import SERVER_MAX_BODY_OCTETS

FIELDS = ("time", "nick", "text")  # BODY-1
PARTS = ("header", "body")

_Common = tuple[str, str, str]  # name, about, requirement
_T = TypeVar("_T")


class VectorError(Exception):
    """A file of `vectors/` is not of the form that README.md there describes; the message names it."""


@dataclass(frozen=True, slots=True)
class Vector:
    """What every vector has.

    Attributes:
        name: folder and file without `.toml`, such as `invalid/header-plus-sign`.
        about: its one thing, as a sentence.
        requirement: the id in protocol.md that it shows, or violates.
    """

    name: str
    about: str
    requirement: str

    @property
    def valid(self) -> bool:
        """Whether it stands in `valid/`."""
        return self.name.startswith("valid/")


@dataclass(frozen=True, slots=True)
class Frame(Vector):
    """One whole frame that a receiver with this maximum accepts.

    Attributes:
        octets: header and body.
        fields: time, nick and text.
        canonical: whether a sender that is given the fields writes these octets (FRAME-2).
        maximum: the receiver's largest body, in octets (FRAME-8).
    """

    octets: bytes
    fields: tuple[str, str, str]
    canonical: bool
    maximum: int


@dataclass(frozen=True, slots=True)
class Malformed(Vector):
    """One frame, or a header alone, that a receiver with this maximum does not accept.

    Attributes:
        octets: header and body, or a malformed header alone.
        part: `header` or `body`.
        octet: the place of the violation in that part, from 0 (protocol.md, "Malformed input").
        maximum: the receiver's largest body, in octets (FRAME-8).
    """

    octets: bytes
    part: str
    octet: int
    maximum: int


@dataclass(frozen=True, slots=True)
class Unfinished(Vector):
    """The beginning of a frame: nothing can be judged yet (FRAME-6).

    Attributes:
        octets: what has come.
        missing: how many octets complete the header, or, behind a whole header, the frame.
    """

    octets: bytes
    missing: int


@dataclass(frozen=True, slots=True)
class Nicks(Vector):
    """Nicks, as UTF-8, that are all valid (in `valid/`) or all invalid (NICK-1, NICK-3)."""

    nicks: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class NickPair(Vector):
    """Two valid nicks, as UTF-8, and whether they compare equal (NICK-4).

    Attributes:
        equal: whether every server must treat them as equal.
        choice: whether a server may treat them as equal although they do not compare equal.
    """

    one: bytes
    other: bytes
    equal: bool
    choice: bool


@dataclass(frozen=True, slots=True)
class Times(Vector):
    """Times that all are (in `valid/`) or all are not of TIME-1's form."""

    times: tuple[str, ...]


def sources() -> dict[str, str]:
    """The text of every vector file by name, sorted; `README` is the description of their format."""
    root = resources.files("spec").joinpath("vectors")
    found = {"README": root.joinpath("README.md").read_text(encoding="utf-8")}
    for folder in ("invalid", "valid"):
        entries = {entry.name.removesuffix(".toml"): entry for entry in root.joinpath(folder).iterdir()}
        for name in sorted(entries):
            found[f"{folder}/{name}"] = entries[name].read_text(encoding="utf-8")
    return found


def load() -> list[Vector]:
    """Every vector, sorted by name.

    Raises:
        VectorError: a file is malformed.
    """
    return [parse(name, text) for name, text in sources().items() if name != "README"]


def parse(name: str, text: str) -> Vector:
    """One vector out of the text of its file.

    Args:
        name: such as `valid/text-empty`; the folder decides between valid and invalid.

    Raises:
        VectorError: the text is no TOML, or a key is missing, unknown or of the wrong type.
    """
    try:
        table = _Table(name, tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise VectorError(f"{name}: {error}") from None
    kind = ("valid/" if name.startswith("valid/") else "invalid/") + table.take("kind", str)
    if kind not in _READERS:
        raise VectorError(f"{name}: no vector is of kind {kind!r}; there are {', '.join(sorted(_READERS))}")
    vector = _READERS[kind](table, (name, table.take("about", str), table.take("requirement", str)))
    table.nothing_left()
    return vector


class _Table:
    """The keys of one file, each taken once, so that a misspelt key is found and not ignored."""

    def __init__(self, name: str, keys: dict[str, Any]) -> None:
        self.name = name
        self.keys = keys

    def take(self, key: str, kind: type[_T], default: _T | None = None) -> _T:
        value = self.keys.pop(key, default)
        # bool is an int to Python, but `octet = true` is a mistake
        odd = isinstance(value, int) and (isinstance(value, bool) != (kind is bool) or value < 0)
        if odd or not isinstance(value, kind):
            raise VectorError(f"{self.name}: {key} is {value!r} instead of a {kind.__name__}")
        return value

    def octets_of(self, key: str) -> bytes:
        return self.octets(self.keys.pop(key, None))

    def octets(self, value: Any) -> bytes:
        """Octets in hex, in one piece or several."""
        try:
            return b"".join(bytes.fromhex(unit) * times for unit, times in self.pieces(value))
        except ValueError as error:
            raise VectorError(f"{self.name}: not hex: {error}") from None

    def text(self, value: Any) -> str:
        return "".join(unit * times for unit, times in self.pieces(value))

    def pieces(self, value: Any) -> Iterator[tuple[str, int]]:
        """Each piece of `"…"` or `["…", { repeat = "…", times = n }]`, and how often it stands there."""
        for piece in value if isinstance(value, list) else [value]:
            match piece:
                case str(unit):
                    yield unit, 1
                case {"repeat": str(unit), "times": int(times), **rest} if not rest and times > 0:
                    yield unit, times
                case _:
                    raise VectorError(f"{self.name}: {piece!r} is neither a string nor {{ repeat, times }}")

    def nothing_left(self) -> None:
        if self.keys:
            raise VectorError(f"{self.name}: unknown keys {', '.join(sorted(self.keys))}")


def _frame(table: _Table, common: _Common) -> Frame:
    fields, octets = _Table(table.name, table.take("fields", dict)), table.octets_of("octets")
    time, nick, text = (fields.text(fields.keys.pop(name, None)) for name in FIELDS)
    fields.nothing_left()
    canonical, maximum = table.take("canonical", bool, True), table.take("maximum", int, SERVER_MAX_BODY_OCTETS)
    return Frame(*common, octets, (time, nick, text), canonical, maximum)


def _malformed(table: _Table, common: _Common) -> Malformed:
    part = table.take("part", str)
    if part not in PARTS:
        raise VectorError(f"{table.name}: part is {part!r} instead of {' or '.join(PARTS)}")
    octets, octet = table.octets_of("octets"), table.take("octet", int)
    return Malformed(*common, octets, part, octet, table.take("maximum", int, SERVER_MAX_BODY_OCTETS))


def _unfinished(table: _Table, common: _Common) -> Unfinished:
    return Unfinished(*common, table.octets_of("octets"), table.take("missing", int))


def _nicks(table: _Table, common: _Common) -> Nicks:
    return Nicks(*common, tuple(table.octets(nick) for nick in table.take("nicks", list)))


def _nick_pair(table: _Table, common: _Common) -> NickPair:
    pair = [table.octets(nick) for nick in table.take("pair", list)]
    if len(pair) != 2:
        raise VectorError(f"{table.name}: a pair of {len(pair)} nicks")
    return NickPair(*common, pair[0], pair[1], table.take("equal", bool), table.take("choice", bool, False))


def _times(table: _Table, common: _Common) -> Times:
    return Times(*common, tuple(table.text(time) for time in table.take("times", list)))


_READERS: dict[str, Callable[[_Table, _Common], Vector]] = {
    "valid/frame": _frame,
    "valid/unfinished": _unfinished,
    "valid/nick": _nicks,
    "valid/nick-pair": _nick_pair,
    "valid/time": _times,
    "invalid/frame": _malformed,
    "invalid/nick": _nicks,
    "invalid/time": _times,
}
