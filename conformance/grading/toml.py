"""Reads a TOML file so that what is wrong in it is named: file, line, key, and what was probably meant."""

import difflib
import re
import tomllib
from collections.abc import Iterable
from pathlib import Path
from typing import Any, NoReturn

from conformance.target import UsageError

Key = tuple[str | int, ...]  # such as ("server", 2, "command")

_PART = r"""(?:[A-Za-z0-9_-]+|"(?:[^"\\]|\\.)*"|'[^']*')"""
_KEYS = rf"{_PART}(?:\s*\.\s*{_PART})*"
_HEADER = re.compile(rf"\s*(\[\[?)\s*({_KEYS})\s*\]")
_ASSIGNMENT = re.compile(rf"\s*({_KEYS})\s*=")


def line_of(text: str, key: Key) -> int | None:
    """The line of a key, or of what it stands in; None if neither is found. tomllib does not tell."""
    table: Key = ()
    counts: dict[Key, int] = {}
    found, depth = None, 0
    for number, line in enumerate(text.splitlines(), 1):
        if header := _HEADER.match(line):
            table = place = _table(counts, _parts(header[2]), is_array=header[1] == "[[")
        elif assignment := _ASSIGNMENT.match(line):
            place = (*table, *_parts(assignment[1]))
        else:
            continue
        if len(place) > depth and key[: len(place)] == place:
            found, depth = number, len(place)
    return found


def _parts(keys: str) -> list[str]:
    parts = re.findall(_PART, keys)
    # A part that needs quotes is a TOML string: let TOML read it.
    return [str(tomllib.loads(f"x = {part}")["x"]) if part[0] in "\"'" else part for part in parts]


def _table(counts: dict[Key, int], parts: list[str], *, is_array: bool) -> Key:
    place: Key = ()
    for at, part in enumerate(parts):
        place = (*place, part)
        if is_array and at == len(parts) - 1:
            counts[place] = counts.get(place, -1) + 1
        if place in counts:
            place = (*place, counts[place])
    return place


class Table:
    """A table of the file, whose values are taken out checked.

    Every method raises UsageError, with the line, for a value that is not as asked for.
    """

    def __init__(self, values: dict[str, Any], path: Path, text: str, key: Key = (), name: str = "") -> None:
        self.values = values
        self.name = name
        self._path = path
        self._text = text
        self._key = key

    def fail(self, key: str | None, message: str) -> NoReturn:
        """Says what is wrong with a key, or with the whole table."""
        line = line_of(self._text, self._key if key is None else (*self._key, key))
        where = f"{self._path}, line {line}" if line is not None else str(self._path)
        within = f"{self.name}: " if self.name else ""
        raise UsageError(f"{where}: {within}{f'{key}: ' if key is not None else ''}{message}")

    def allow(self, names: Iterable[str], what: str = "key") -> None:
        """Refuses any other key."""
        known = sorted(names)
        for key in self.values:
            if key not in known:
                close = difflib.get_close_matches(key, known, n=1, cutoff=0.5)
                hint = f"did you mean {close[0]}?" if close else f"it is one of {', '.join(known)}"
                self.fail(key, f"no such {what} ({hint})")

    def text(self, key: str) -> str | None:
        """A string that is not empty; None if there is none."""
        value = self.values.get(key)
        if value is not None and (not isinstance(value, str) or not value.strip() or "\0" in value):
            self.fail(key, "a text in quotes is needed")
        return value

    def choice(self, key: str, allowed: Iterable[str], default: str) -> str:
        """One of some words."""
        value = self.values.get(key, default)
        if value not in (words := list(allowed)):
            self.fail(key, f"{value!r} is none of {', '.join(words)}")
        return str(value)

    def number(self, key: str, default: float, least: float, most: float) -> float:
        """A number from `least` to `most`."""
        value = self.values.get(key, default)
        if isinstance(value, bool) or not isinstance(value, int | float) or not least <= value <= most:
            self.fail(key, f"a number from {least:g} to {most:g} is needed")
        return value

    def whole(self, key: str, default: int, least: int, most: int) -> int:
        """A whole number from `least` to `most`."""
        if not isinstance(self.values.get(key, default), int):
            self.fail(key, f"a whole number from {least} to {most} is needed")
        return int(self.number(key, default, least, most))

    def words(self, key: str) -> list[str]:
        """A list of strings; a single one will do."""
        value = self.values.get(key, [])
        listed = [value] if isinstance(value, str) else value
        if not isinstance(listed, list) or not all(isinstance(word, str) for word in listed):
            self.fail(key, "a list of texts is needed")
        return [str(word) for word in listed]

    def table(self, key: str) -> "Table":
        """A table within; an empty one if there is none."""
        value = self.values.get(key, {})
        if not isinstance(value, dict):
            self.fail(key, "a table is needed")
        return Table(value, self._path, self._text, (*self._key, key), self._within(f"[{key}]"))

    def tables(self, key: str) -> list["Table"]:
        """An array of tables; at least one."""
        value = self.values.get(key)
        if not isinstance(value, list) or not value or not all(isinstance(one, dict) for one in value):
            self.fail(key if key in self.values else None, f"at least one table [[{key}]] is needed")
        return [
            Table(
                one, self._path, self._text, (*self._key, key, at), self._within(f"{key} {one.get('name', at + 1)!r}")
            )
            for at, one in enumerate(value)
        ]

    def _within(self, name: str) -> str:
        return f"{self.name}, {name}" if self.name else name


def read(path: Path) -> Table:
    """The file as a table.

    Raises:
        UsageError: it cannot be read, or is no TOML; the message has the line.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
        return Table(tomllib.loads(text), path, text)
    except OSError as error:
        raise UsageError(f"cannot read {path}: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as error:
        raise UsageError(f"{path} is no TOML: {error}") from error
