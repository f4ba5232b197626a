"""The stand-alone script beside a capsule: it plays the same octets on any machine that has Python, without the suite.

What it does stands in standalone.template; here its data are written, as ASCII literals in which nothing hostile is left.
Where the failure was found by the model of the room, the frames that each party is owed stand between the steps.
"""

import textwrap
from collections import Counter
from collections.abc import Iterator, Sequence
from importlib import resources
from typing import TYPE_CHECKING, Any

from conformance.check import DELIVERY
from conformance.octets import HEADER_OCTETS, NOW, Out, joined, left
from conformance.packing import runs, split_end
from conformance.room import Item, Room
from conformance.script import (
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
from conformance.script_data import ends
from spec.nicks import SERVER_NICK

if TYPE_CHECKING:
    from conformance.capsule import Capsule

FENCE_SECONDS = 0.05  # without a second member nothing proves that the server has read what was sent
# What the script tells apart by which frames came; the first frame (JOIN-3) and the order (RELAY-6) are looked at by a person.
JUDGED = DELIVERY | {"LEAVE-1", "RELAY-2", "JOIN-4", "SERVICE-1"}
_REQUIREMENTS = {"joined": "JOIN-2", "left": "LEAVE-1", "chat": "RELAY-1"}


def source(capsule: "Capsule") -> str:
    """The script of a capsule: Python 3.8 and later, ASCII only."""
    template = resources.files("conformance").joinpath("standalone.template").read_text(encoding="ascii")
    return template.replace("# DATA\n", "\n".join([*_data(capsule), ""]))


def _data(capsule: "Capsule") -> Iterator[str]:
    is_judged = capsule.judge == "room" and bool(JUDGED & set(capsule.ids))
    yield f"TARGET = {literal(capsule.target)}"
    yield f"REQUIREMENT = {literal(capsule.requirement)}  # {capsule.cls}, {capsule.clause}; found by {capsule.check}"
    yield from _wrapped("SENTENCE", capsule.sentence)
    yield from _wrapped("EXPECTED", capsule.expected)
    yield from _wrapped("SEEN", capsule.seen)
    judged = "what each party is owed stands in STEPS" if is_judged else "what came has to be judged by the sentence"
    yield f"JUDGED = {is_judged}  # {judged}"
    yield f"SCOPE = {list(capsule.ids)!a}  # whose break is this failure"
    raw = any(isinstance(part, bytes) for step in capsule.script.steps if isinstance(step, Send) for part in step.parts)
    yield f"HAS_RAW = {raw}  # octets are sent that are no whole frame: what comes of them is not judged"
    yield "SHARED = ["  # long texts
    yield from (f"    {literal(text)}," for text in ends(capsule.script))
    yield "]"
    yield "STEPS = ["
    for words in _steps(capsule.script, is_judged=is_judged):
        yield f"    ({', '.join(words)}{',' if len(words) == 1 else ''}),"
    yield "]"


def _wrapped(name: str, text: str) -> Iterator[str]:
    """A text as one literal, on several lines."""
    lines = textwrap.wrap(text, 100, drop_whitespace=False, replace_whitespace=False, expand_tabs=False)
    if len(lines) <= 1:
        yield f"{name} = {literal(text)}"
        return
    yield f"{name} = ("
    yield from (f"    {literal(line)}" for line in lines)
    yield ")"


def literal(value: str | bytes, table: Sequence[str] = ()) -> str:
    """An expression for a text, or octets, in ASCII, in which a long run is written once, and a shared end has a name."""
    rest, place = split_end(value, table)  # type: ignore[type-var]  # of one kind or the other
    parts: Iterator[tuple[Any, int]] = runs(rest)
    words = [ascii(part) if times == 1 else f"{part!a} * {times}" for part, times in parts]
    return " + ".join(words if place is None else [*words, f"SHARED[{place}]"]) or ascii(value)


def _steps(script: Script, *, is_judged: bool) -> Iterator[list[str]]:
    """The steps as words of tuples; where it is judged, with what is owed from each on."""
    owing = _Owing(script)
    before: Step | None = None
    for step in script.steps:
        # One pause says as much as several.
        if not (isinstance(step, Fence | Apart) and isinstance(before, Fence | Apart)):
            yield from _words(step, owing)
        before = step
        owed = list(owing.news(step))
        if is_judged:
            yield from owed


def _words(step: Step, owing: "_Owing") -> Iterator[list[str]]:
    match step:
        case Send(who=who, parts=parts, cuts=cuts):
            yield [
                "'send'",
                literal(who),
                f"[{', '.join(_part(part, owing.table) for part in parts)}]",
                repr(list(cuts)),
            ]
        case Hears(who=who, text=text):
            yield ["'hears'", literal(who), literal(text, owing.table)]
        case Entered(who=who):
            yield ["'hears'", literal(who), literal(joined(owing.nick(who)))]
        case Fence() | Apart():
            yield ["'pause'", repr(FENCE_SECONDS)]
        case Quiet(seconds=seconds) | Idle(seconds=seconds):
            yield ["'pause'", repr(seconds)]
        case Settle():
            yield ["'settle'"]
        case Open() | Fin() | Rst() | Close() | Ended() | Answered() | Mute() | Unmute():
            yield [literal(type(step).__name__.lower()), literal(step.who)]
        case Measure():
            return  # what the server's process holds is not known here


def _part(part: Out | bytes, table: Sequence[str]) -> str:
    """A frame as its header and its fields, or octets as they are."""
    if isinstance(part, bytes):
        return literal(part)
    header = part.octets[:HEADER_OCTETS].decode()
    time = "NOW" if part.time == NOW else literal(part.time)
    return f"({literal(header)}, {time}, {literal(part.nick)}, {literal(part.text, table)})"


class _Owing:
    """What the model of the room says that each party is owed, step by step."""

    def __init__(self, script: Script) -> None:
        self.table = ends(script)
        self._last = Room(script.steps)
        self._room = Room()
        self._told: Counter[tuple[str, str]] = Counter()

    def nick(self, who: str) -> str:
        """The nick that a party asks for."""
        return self._last.members[who].nick

    def news(self, step: Step) -> Iterator[list[str]]:
        """What is owed since the step before; what may come or not, and what must not."""
        self._room.apply(step)
        for who, member in self._room.members.items():
            if self._last.members[who].wild:
                continue
            said = [Item("chat", who, text) for text in member.said]
            for kind, items in (("owed", member.owed), ("JOIN-4", member.before), ("RELAY-2", said)):
                for item in items[self._told[who, kind] :]:
                    yield self._word(who, kind, item)
                self._told[who, kind] = len(items)

    def _word(self, who: str, kind: str, item: Item) -> list[str]:
        name = self.nick(item.who)
        nick, text = {
            "joined": (SERVER_NICK, joined(name)),
            "left": (SERVER_NICK, left(name)),
            "chat": (name, item.text),
        }[item.kind]
        if kind != "owed":
            word, requirement = "never", kind
        else:
            word, requirement = "maybe" if item in self._last.doubtful else "owed", _REQUIREMENTS[item.kind]
        return [literal(word), literal(who), literal(requirement), literal(nick), literal(text, self.table)]
