"""As much of JSON Schema as the suite's own schemas use: a file of a stranger is judged without another package."""

import re
from collections.abc import Iterator
from typing import Any

_TYPES: dict[str, tuple[type, ...]] = {
    "object": (dict,),
    "array": (list,),
    "string": (str,),
    "number": (int, float),
    "boolean": (bool,),
    "null": (type(None),),
}
# What only says something about the schema itself.
SILENT = {"$schema", "$defs", "title", "description"}


def problem(schema: dict[str, Any], data: Any) -> str | None:
    """The first way in which data do not obey a schema: where, and what; None if they do.

    Raises:
        NotImplementedError: the schema uses more than is known here.
    """
    found = next(_Reader(schema).problems(schema, data, ""), None)
    return None if found is None else f"{found[0].lstrip('.') or 'the whole'} {found[1]}"


class _Reader:
    def __init__(self, root: dict[str, Any]) -> None:
        self._root = root

    def problems(self, schema: dict[str, Any], data: Any, place: str) -> Iterator[tuple[str, str]]:
        for keyword, value in schema.items():
            if keyword in SILENT or keyword in ("items", "additionalProperties"):
                continue  # these two are looked at with their containers
            look = getattr(self, f"_{keyword.lstrip('$')}", None)
            if look is None:
                raise NotImplementedError(f"{keyword} in a schema")
            yield from look(value, data, place)
        if isinstance(data, list) and "items" in schema:
            for number, one in enumerate(data):
                yield from self.problems(schema["items"], one, f"{place}[{number}]")
        if isinstance(data, dict) and schema.get("additionalProperties") is False:
            for name in data.keys() - schema["properties"].keys():
                yield place, f"has a field {name!a:.40} too many"

    def _ref(self, value: str, data: Any, place: str) -> Iterator[tuple[str, str]]:
        yield from self.problems(self._root["$defs"][value.removeprefix("#/$defs/")], data, place)

    def _type(self, value: str, data: Any, place: str) -> Iterator[tuple[str, str]]:
        if value == "integer":
            fits = isinstance(data, int | float) and not isinstance(data, bool) and data == data // 1
        else:
            fits = isinstance(data, _TYPES[value]) and (value == "boolean" or not isinstance(data, bool))
        if not fits:
            yield place, f"is no {value}"

    def _const(self, value: Any, data: Any, place: str) -> Iterator[tuple[str, str]]:
        yield from self._enum([value], data, place)

    def _enum(self, value: list[Any], data: Any, place: str) -> Iterator[tuple[str, str]]:
        if not any(one == data and isinstance(one, bool) == isinstance(data, bool) for one in value):
            yield place, f"is {_short(data)}, not {' or '.join(map(_short, value))}"

    def _required(self, value: list[str], data: Any, place: str) -> Iterator[tuple[str, str]]:
        for name in value if isinstance(data, dict) else ():
            if name not in data:
                yield place, f"has no {name}"

    def _properties(self, value: dict[str, Any], data: Any, place: str) -> Iterator[tuple[str, str]]:
        for name in value if isinstance(data, dict) else ():
            if name in data:
                yield from self.problems(value[name], data[name], f"{place}.{name}")

    def _pattern(self, value: str, data: Any, place: str) -> Iterator[tuple[str, str]]:
        if isinstance(data, str) and not re.search(value, data):
            yield place, f"is {_short(data)}, which is not of its form"

    def _minimum(self, value: float, data: Any, place: str) -> Iterator[tuple[str, str]]:
        if isinstance(data, int | float) and not isinstance(data, bool) and not data >= value:
            yield place, f"is below {value}"

    def _maximum(self, value: float, data: Any, place: str) -> Iterator[tuple[str, str]]:
        if isinstance(data, int | float) and not isinstance(data, bool) and not data <= value:
            yield place, f"is above {value}"

    def _minLength(self, value: int, data: Any, place: str) -> Iterator[tuple[str, str]]:  # noqa: N802  # the keyword
        if isinstance(data, str) and len(data) < value:
            yield place, "is too short"

    def _minItems(self, value: int, data: Any, place: str) -> Iterator[tuple[str, str]]:  # noqa: N802
        if isinstance(data, list) and len(data) < value:
            yield place, "has too few entries"

    def _maxItems(self, value: int, data: Any, place: str) -> Iterator[tuple[str, str]]:  # noqa: N802
        if isinstance(data, list) and len(data) > value:
            yield place, "has too many entries"

    def _anyOf(self, value: list[dict[str, Any]], data: Any, place: str) -> Iterator[tuple[str, str]]:  # noqa: N802
        """Nothing if one fits; else what is wrong by the ones whose names, such as that of a step, are those of the data."""
        wrongs = [list(self.problems(one, data, place)) for one in value]
        if all(wrongs):
            meant = [wrong for one, wrong in zip(value, wrongs, strict=True) if self._is_meant(one, data)]
            yield from min(meant or wrongs, key=len)

    def _is_meant(self, schema: dict[str, Any], data: Any) -> bool:
        named = {name: one for name, one in schema.get("properties", {}).items() if {"const", "enum"} & one.keys()}
        return isinstance(data, dict) and not any(
            next(self.problems(one, data.get(name), ""), None) for name, one in named.items()
        )


def _short(value: Any) -> str:
    text = ascii(value)
    return text if len(text) <= 60 else f"{text[:60]}…"
