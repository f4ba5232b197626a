"""A transcript as a ladder: a lane for each party, a line for each thing that happened."""

import re
from dataclasses import dataclass
from typing import Any

COLOURS = 8  # the style has as many; more parties share them
LANES = 8  # with more parties than this there is no room for lanes, and names must do
VISIBLE = 40  # lines of a long conversation that stand open; its end is where it fails
WORDS = {
    "opened": "connects",
    "sent": "sends",
    "received": "gets",
    "fin": "the server closes (FIN)",
    "reset": "the server resets the connection (RST)",
    "unreachable": "the server cannot be reached",
    "finished": "closes its sending side (FIN)",
    "aborted": "resets its connection (RST)",
    "muted": "stops reading",
    "unmuted": "reads again",
    "expired": "the wait ran out",
    "started": "is started",
    "typed": "types",
    "input-ended": "ends the input",
    "shown": "shows",
    "said": "says on standard error",
    "left": "closes the connection (FIN)",
    "dropped": "resets the connection (RST)",
    "exited": "ends",
}
ARROWS = {"sent": "→", "received": "←", "fin": "⇤", "reset": "⇤", "finished": "⇥", "aborted": "⇥", "opened": "○"}
# What the style calls the parts: a letter each, because a report may have ten thousand.
MARKS = {"header": "h", "time": "t", "nick": "n", "text": "x", "separator": "s", "cut": "c", "octets": "o", "gap": "g"}
ENDS = {"fin", "reset", "unreachable", "aborted"}  # what a party's line ends with

_BLAME = re.compile(r"[A-Z]+-[0-9]+\b")


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the ladder.

    Attributes:
        colour: the number of the party's colour, or None where no party is meant.
        lanes: for each party, `here`, `open` or nothing.
        parts: what the octets are; empty for old reports, which have none.
        rest: octets that are not shown.
        left_out: how many lines the report does not hold in front of this one.
    """

    ms: float
    who: str
    what: str
    colour: int | None
    lanes: tuple[str, ...]
    parts: tuple[dict[str, Any], ...]
    shown: str
    octets: str
    rest: int
    left_out: int

    @property
    def words(self) -> str:
        """What happened, in words."""
        return WORDS.get(self.what, self.what)

    @property
    def arrow(self) -> str:
        """Its direction, as a character."""
        return ARROWS.get(self.what, "·")


@dataclass(frozen=True, slots=True)
class Ladder:
    """A conversation, ready to be drawn: the lines that may be folded away, and those behind them."""

    parties: tuple[str, ...]
    folded: tuple[Line, ...]
    lines: tuple[Line, ...]

    @property
    def has_parts(self) -> bool:
        """Whether the octets of a line are annotated."""
        return any(line.parts for line in (*self.folded, *self.lines))

    @property
    def has_client(self) -> bool:
        """Whether it is about a client, whose server the suite plays."""
        return any(line.what == "started" for line in (*self.folded, *self.lines))

    def colour(self, who: str) -> int | None:
        """The number of a party's colour."""
        return self.parties.index(who) % COLOURS if who in self.parties else None


def ladder(transcript: list[dict[str, Any]]) -> Ladder:
    """The ladder of a failure's `transcript`."""
    parties = tuple(dict.fromkeys(entry["who"] for entry in transcript if entry["who"]))
    is_open = dict.fromkeys(parties, False)
    lines = []
    for entry in transcript:
        who = entry["who"]
        if who:
            is_open[who] = True
        lanes = tuple("here" if name == who else "open" if is_open[name] else "" for name in parties)
        lines.append(_line(entry, parties, lanes if len(parties) <= LANES else ()))
        if entry["what"] in ENDS and who:
            is_open[who] = False
    first = len(lines) - VISIBLE if len(lines) > VISIBLE * 1.5 else 0  # nothing is folded for a few lines' sake
    return Ladder(parties, tuple(lines[:first]), tuple(lines[first:]))


def _line(entry: dict[str, Any], parties: tuple[str, ...], lanes: tuple[str, ...]) -> Line:
    who = entry["who"]
    parts = tuple(_part(part) for part in entry.get("parts", ()))
    known = sum(part["length"] for part in parts) if parts else len(entry["octets"]) // 2
    return Line(
        entry["ms"],
        who,
        entry["what"],
        parties.index(who) % COLOURS if who else None,
        lanes,
        parts,
        entry["shown"],
        entry["octets"],
        max(0, entry["length"] - known),
        entry.get("left_out") or 0,
    )


def _part(part: dict[str, Any]) -> dict[str, Any]:
    note = part.get("note")
    hidden = max(0, part["length"] - len(part["octets"]) // 2)
    # Octets of which not one is shown stand for a gap, not for something that cannot be read.
    kind = "gap" if part["part"] == "octets" and hidden and not part["octets"] else part["part"]
    shown = "NUL" if kind == "separator" and part["octets"] == "00" else part["shown"]  # few fonts have its picture
    is_bad = bool(note and _BLAME.match(note))
    return {**part, "shown": shown, "mark": MARKS.get(kind, kind), "bad": is_bad, "hidden": hidden}
