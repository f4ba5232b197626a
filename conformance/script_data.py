"""Scripts as plain data and back: what a capsule keeps for ever.

A step is an object with its name and its fields; a frame keeps its fields and the form of its header, raw octets are in
hex, and the tokens for the tag and the time stay tokens. A long run in a text is written down once: a megabyte of one
character takes some dozen octets.
"""

import re
import time
from collections.abc import Iterator, Sequence
from dataclasses import fields, replace
from typing import Any

from conformance.octets import NOW, RFC3339, Out, instant
from conformance.packing import packed, shared, size, unpacked
from conformance.script import (
    TAG,
    Answered,
    Apart,
    Close,
    Ended,
    Entered,
    Fence,
    Fin,
    Hears,
    Idle,
    Measure,
    Mute,
    Open,
    Quiet,
    Rst,
    Script,
    Send,
    Settle,
    Step,
    Unmute,
)
from conformance.trace import Trace

STEPS: dict[str, type[Step]] = {
    kind.__name__.lower(): kind
    for kind in (
        Open,
        Send,
        Settle,
        Entered,
        Hears,
        Fence,
        Apart,
        Fin,
        Rst,
        Close,
        Ended,
        Answered,
        Measure,
        Mute,
        Unmute,
        Quiet,
        Idle,
    )
}
MOST_OCTETS = 512 * 1024 * 1024  # of one script, when all its runs are written out
_TEXTS = ("nick", "text", "time", "octets")
_TIME = re.compile(RFC3339.pattern)
_TIME_OCTETS = re.compile(RFC3339.pattern.encode())


class DataError(ValueError):
    """The data make no script; the message says where, and why."""


def ends(script: Script) -> list[str]:
    """The ends that long texts of a script share."""
    parts = (part for step in script.steps if isinstance(step, Send) for part in step.parts)
    return shared(part.text for part in parts if isinstance(part, Out))


def to_data(script: Script) -> dict[str, Any]:
    """A script as data for JSON."""
    table = ends(script)
    return {"shared": table, "steps": [_step(step, table) for step in script.steps]}


def from_data(data: dict[str, Any]) -> Script:
    """The script of data that obey the schema of capsules.

    Raises:
        DataError: a step is about a party that has not connected, a frame cannot be sent as it is, or the whole is larger
            than MOST_OCTETS.
    """
    table, steps = data["shared"], data["steps"]
    opened: set[str] = set()
    made: list[Step] = []
    room = MOST_OCTETS
    for number, one in enumerate(steps):
        place = f"script.steps[{number}]"
        who = one.get("who")
        if one["step"] == "open":
            opened.add(str(who))
        elif who is not None and who not in opened:
            raise DataError(f"{place}: {who!a} has not connected")
        try:
            room -= sum(
                size(packed, table) for packed in _texts_of(one)
            )  # before anything is written out: a run may be made as long as its number says
            if room < 0:
                raise DataError(f"the script is larger than {MOST_OCTETS // 1024 // 1024} MiB")
            made.append(_from_step(one, table))
        except (ValueError, IndexError, KeyError, OverflowError) as error:
            raise DataError(f"{place}: {error}") from error
    return Script(tuple(made))


def _texts_of(step: dict[str, Any]) -> Iterator[Any]:
    for part in (step, *step.get("parts", ())):
        yield from (value for name, value in part.items() if name in _TEXTS)


def _step(step: Step, table: Sequence[str]) -> dict[str, Any]:
    data: dict[str, Any] = {"step": type(step).__name__.lower()}
    for field in fields(step):
        value = getattr(step, field.name)
        if field.name == "parts":
            value = [_part(part, table) for part in value]
        data[field.name] = packed(value, table) if field.name == "text" else value
    return {name: list(value) if isinstance(value, tuple) else value for name, value in data.items()}


def _from_step(data: dict[str, Any], table: Sequence[str]) -> Step:
    words = {name: value for name, value in data.items() if name != "step"}
    if "parts" in words:
        words["parts"] = tuple(_from_part(part, table) for part in words["parts"])
        words["cuts"] = tuple(int(cut) for cut in words["cuts"])
    if "text" in words:
        words["text"] = unpacked(words["text"], table)
    return STEPS[data["step"]](**words)


def _part(part: Out | bytes, table: Sequence[str]) -> dict[str, Any]:
    if isinstance(part, bytes):
        return {"octets": packed(part)}
    return {field.name: packed(getattr(part, field.name), table) for field in fields(part)}


def _from_part(data: dict[str, Any], table: Sequence[str]) -> Out | bytes:
    if "octets" in data:
        return bytes.fromhex(unpacked(data["octets"]))
    out = Out(**{name: unpacked(value, table) for name, value in data.items()})
    _ = out.octets  # its header form may be unable to spell its length, or a field may be no UTF-8
    return out


def untagged(trace: Trace, since: float) -> Script:
    """The script of a trace with the tokens in place of its tag and of its time, which lies between a moment and now.

    Args:
        since: seconds since the epoch.
    """
    until = time.time() + 1
    tag = trace.tag

    def token(match: re.Match[Any]) -> Any:
        found = match[0]
        text = found if isinstance(found, str) else found.decode()
        moment = instant(text)
        if len(text) != len(NOW) or moment is None or not since - 1 <= moment <= until:
            return found  # a time that the script names itself
        return NOW if isinstance(found, str) else NOW.encode()

    def plain(text: str) -> str:
        return text.replace(tag, TAG) if tag else text

    def part(part: Out | bytes) -> Out | bytes:
        if isinstance(part, bytes):
            return _TIME_OCTETS.sub(token, part.replace(tag.encode(), TAG.encode()) if tag else part)
        return replace(part, nick=plain(part.nick), text=plain(part.text), time=_TIME.sub(token, plain(part.time)))

    def unmarked(step: Step) -> Step:
        if isinstance(step, Send):
            return replace(step, parts=tuple(map(part, step.parts)))
        return replace(step, text=plain(step.text)) if isinstance(step, Hears) else step

    return Script(tuple(map(unmarked, trace.script.steps)))
