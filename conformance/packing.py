"""Long texts, written down short: a run once with its number, and an end that several texts share once for all.

A megabyte of one character takes some dozen octets in a file, and a hundred megabytes that differ in a label one megabyte.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from typing import Any, AnyStr

LEAST_SHARED = 2000  # characters
FEW = 8  # texts with which another is compared
LEAST_RUN = 200  # characters, or octets: shorter ones are easier read as they are
_RUN = re.compile(r"(.{1,8}?)\1{31}", re.DOTALL)
_RUN_OF_OCTETS = re.compile(rb"(.{1,8}?)\1{31}", re.DOTALL)


def runs(text: AnyStr) -> Iterator[tuple[AnyStr, int]]:
    """A text, or octets, as parts with how often each comes: `text == sum of part * times`."""
    pattern: Any = _RUN if isinstance(text, str) else _RUN_OF_OCTETS
    start = 0
    while len(text) - start >= LEAST_RUN:
        match = pattern.search(text, start)
        if match is None:
            break
        unit, end = match[1], match.end()
        block = unit * 4096
        for stretch in (block, unit):  # by large steps, then by small ones
            while text.startswith(stretch, end):
                end += len(stretch)
        if match.start() > start:
            yield text[start : match.start()], 1
        yield unit, (end - match.start()) // len(unit)
        start = end
    if start < len(text):
        yield text[start:], 1


def shared(texts: Iterable[str]) -> list[str]:
    """The long ends that several texts have in common: they are written down once for all."""
    found: list[str] = []
    alone: list[str] = []
    for text in texts:
        if len(text) < LEAST_SHARED or text.endswith(tuple(found)) or _length(text) < LEAST_SHARED:
            continue
        ends = (text[len(text) - _common_end(text, other) :] for other in alone[-FEW:])
        end: str | None = next((end for end in ends if len(end) >= LEAST_SHARED), None)
        if end is not None:
            found.append(end)
        else:
            alone.append(text)
    return found


@lru_cache(maxsize=64)
def _length(text: str) -> int:
    return sum(len(part) for part, _ in runs(text))


def _common_end(one: str, other: str) -> int:
    """How many characters two texts end with alike."""
    least, most = 0, min(len(one), len(other))
    while least < most:
        middle = (least + most + 1) // 2
        if one.endswith(other[len(other) - middle :]):
            least = middle
        else:
            most = middle - 1
    return least


def split_end(text: AnyStr, table: Sequence[str]) -> tuple[AnyStr, int | None]:
    """A text without its shared end, and the place of that in the table, if it has one."""
    for place, end in enumerate(table):
        if isinstance(text, str) and text.endswith(end):
            return text[: len(text) - len(end)], place
    return text, None


def packed(text: Any, table: Sequence[str] = ()) -> Any:
    """A text, or octets in hex: as a string, or as a list of strings, runs and shared ends."""
    rest, place = split_end(text, table)
    parts = list(runs(rest))

    def shown(part: Any) -> str:
        return part if isinstance(part, str) else part.hex()

    if all(times == 1 for _, times in parts) and place is None:
        return shown(text)
    made: list[Any] = [shown(part) if times == 1 else {"repeat": shown(part), "times": times} for part, times in parts]
    return made if place is None else [*made, {"shared": place}]


def unpacked(data: Any, table: Sequence[str] = ()) -> str:
    """The text, or the hex, that was packed.

    Raises:
        IndexError: it refers to what is not in the table.
    """
    pieces = [data] if isinstance(data, str) else data
    return "".join(
        one if isinstance(one, str) else table[one["shared"]] if "shared" in one else one["repeat"] * one["times"]
        for one in pieces
    )


def size(data: Any, table: Sequence[str]) -> int:
    """How many characters it becomes, found without writing them out; raises what `unpacked` does."""
    pieces = [data] if isinstance(data, str) else data
    return sum(
        len(one)
        if isinstance(one, str)
        else len(table[one["shared"]])
        if "shared" in one
        else len(one["repeat"]) * one["times"]
        for one in pieces
    )
