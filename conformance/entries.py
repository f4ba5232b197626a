"""The entries of a transcript as lines for a person who has never seen one: who did what, and what the octets are.

A whole, well-formed frame is a row of a table, a column for each of its parts. Anything else is told part by part.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from conformance.terminal import PLAIN, Look, Piece, columns
from spec.wire import TO_SERVER

MOST_ENTRIES = 32  # a failure is shrunk, so that nearly all have fewer
FIRST_ENTRIES = 10
HEX_OCTETS = 24
WIDEST = 26  # columns of a column of the table; what is longer stands out

NAMES: tuple[str, ...] = ("header", *TO_SERVER.subcon.names)
_BROKEN = re.compile(r"[A-Z]+-\d+: ")  # how the note on something malformed begins
_DOES = {
    "opened": "connects",
    "sent": "sends",
    "received": "gets",
    "fin": "← the server closed the connection (FIN)",
    "reset": "← the server reset the connection (RST)",
    "unreachable": "cannot connect",
    "finished": "ends the connection (FIN)",
    "aborted": "resets the connection (RST)",
    "muted": "stops reading",
    "unmuted": "reads again",
    "expired": "the wait ran out",
    # Of a client under test, whose server and user the suite plays.
    "started": "is started",
    "typed": "types",
    "input-ended": "ends the input",
    "shown": "shows",
    "said": "says (standard error)",
    "left": "closes the connection (FIN)",
    "dropped": "resets the connection (RST)",
    "exited": "ends",
}
_TELLING = ("typed", "shown", "said", "exited")  # what they say is told with them
_STYLES = {"fin": "red", "reset": "red", "unreachable": "red", "aborted": "yellow", "muted": "yellow", "dropped": "red"}
Entry = dict[str, Any]
Frame = list[dict[str, Any]]  # the parts of one frame, or of what is there of it


@dataclass(frozen=True, slots=True)
class _Table:
    ms: int
    who: int
    cells: tuple[int, ...]  # the widths of all columns but the last

    @classmethod
    def of(cls, entries: list[Entry]) -> "_Table":
        rows = [_cells(frame) for entry in entries for frame in _frames(entry) if _is_whole(frame)]
        cells = [
            max(len(name), *(min(WIDEST, columns(row[place])) for row in rows)) if rows else len(name)
            for place, name in enumerate(NAMES[:-1])
        ]
        ms = max(5, *(len(f"{entry['ms']:.1f}") for entry in entries))
        return cls(ms, max(3, *(len(entry["who"]) for entry in entries)), tuple(cells))

    def begin(self, mark: str, ms: str, who: str, does: str = "") -> str:
        return f"{mark:<1} {ms:>{self.ms}} {who:<{self.who}} {does:<5} "

    def row(self, cells: list[str]) -> list[Piece]:
        styles = ["dim"] * len(cells[:-2]) + ["bold", ""]  # who speaks, and what
        padded = [
            *(cell + " " * (width - columns(cell)) for cell, width in zip(cells, self.cells, strict=False)),
            cells[-1],
        ]
        return [
            (f"{' ' if place else ''}{cell}", style)
            for place, (cell, style) in enumerate(zip(padded, styles, strict=True))
        ]


def conversation(entries: list[Entry], look: Look = PLAIN, most: int = MOST_ENTRIES) -> list[str]:
    """Lines for the entries of a transcript, in their order, under a line of titles.

    `!` marks what is out of the ordinary: frames that are cut or malformed, headers that are not canonical, resets.

    Args:
        entries: as `conformance.transcript.transcript` gives them.
        most: how many are shown: the first few and the last; a line says how many are missing between them.
    """
    if not entries:
        return []
    shown, gap = _ends(entries, most)
    table = _Table.of(shown)
    begin = table.begin("", "ms", "who")
    lines = look.wrap(((cell, "dim") for cell, _ in table.row(list(NAMES))), begin, " " * len(begin))
    for place, entry in enumerate(shown):
        left_out = entry.get("left_out", 0) + (gap if place == FIRST_ENTRIES else 0)
        if left_out:
            lines.append(look.paint(f"  {'…':>{table.ms}} ({left_out:,} more in between)", "dim"))
        lines += _lines(entry, table, look)
    return lines


def is_odd(entry: Entry) -> bool:
    """Whether an entry is marked: it is no plain write, or what was received cannot be read."""
    return entry["what"] in ("aborted", "muted") or any(_is_odd(frame, entry["what"]) for frame in _frames(entry))


def _ends(entries: list[Entry], most: int) -> tuple[list[Entry], int]:
    """The entries to show, and how many are left out behind the first of them."""
    gap = len(entries) - most
    if gap <= 0:
        return entries, 0
    left_out = sum(entry.get("left_out", 0) for entry in entries[FIRST_ENTRIES : FIRST_ENTRIES + gap])
    return entries[:FIRST_ENTRIES] + entries[FIRST_ENTRIES + gap :], gap + left_out


def _frames(entry: Entry) -> Iterator[Frame]:
    """The parts of an entry, frame by frame; what is behind a malformed header belongs to it."""
    frame: Frame = []
    for part in entry.get("parts") or ():
        if part["part"] == "header" and frame:
            yield frame
            frame = []
        frame.append(part)
    if frame:
        yield frame


def is_cut(entry: Entry) -> bool:
    """Whether a write ends inside a frame."""
    return any(part["part"] == "cut" for part in entry.get("parts") or ())


def _is_whole(frame: Frame) -> bool:
    """Whether this is one well-formed frame, from its header to its end."""
    names = tuple(part["part"] for part in frame if part["part"] != "separator")
    return names == NAMES and not any(map(_is_broken, frame)) and "ends" not in (frame[0]["note"] or "")


def _is_odd(frame: Frame, what: str) -> bool:
    if what == "received" or any(map(_is_gap, frame)):
        return any(map(_is_broken, frame))
    return not _is_whole(frame) or "canonical" in (frame[0]["note"] or "")


def _is_gap(part: dict[str, Any]) -> bool:
    """Whether this stands for parts that are not shown."""
    return part["part"] == "octets" and part["length"] > 0 and not part["octets"]


def _is_broken(part: dict[str, Any]) -> bool:
    return _BROKEN.match(part["note"] or "") is not None


def _lines(entry: Entry, table: _Table, look: Look) -> list[str]:
    does, what = _DOES[entry["what"]], entry["what"]
    ms = f"{entry['ms']:.1f}"
    if what == "expired":
        begin = f"  {ms:>{table.ms}} "
        return look.wrap([(entry["shown"] or does, "red")], begin, " " * len(begin))
    if what not in ("sent", "received"):
        begin = table.begin("!" if is_odd(entry) else "", ms, entry["who"]).rstrip() + " "
        told = [(f" {entry['shown']}", "")] if what in _TELLING else []
        return look.wrap([(does, _STYLES.get(what, "")), *told], begin, " " * len(begin))
    lines: list[str] = []
    for frame in list(_frames(entry)) or [[]]:
        mark = "!" if frame and _is_odd(frame, what) else ""
        lines += _frame(
            frame, entry, table, look, table.begin(mark, *(("", "") if lines else (ms, entry["who"], does)))
        )
    return lines


def _frame(frame: Frame, entry: Entry, table: _Table, look: Look, begin: str) -> list[str]:
    rest = " " * len(begin)
    if not frame:
        return look.wrap([(f'"{entry["shown"]}"' if entry["length"] else "nothing", "")], begin, rest)
    if _is_whole(frame) and not _is_odd(frame, entry["what"]):
        return look.wrap(table.row(_cells(frame)), begin, rest + "  ")
    pieces: list[Piece] = []
    for place, part in enumerate(frame):
        beside_a_cut = [one["part"] for one in frame[place + 1 : place + 2]] == ["cut"]
        pieces += [(" " if pieces else "", ""), *_part(part, has_hex=beside_a_cut)]
    return look.wrap(pieces, begin, rest + "  ")


def _cells(frame: Frame) -> list[str]:
    return [_cell(part) for part in frame if part["part"] != "separator"]


def _cell(part: dict[str, Any]) -> str:
    """What stands in the table for a part: quoted where its ends could not be seen else."""
    shown = part["shown"]
    if part["part"] == "header":
        return str(shown.strip())
    more = f" ({part['length']:,} octets)" if part["length"] > len(bytes.fromhex(part["octets"])) else ""
    if shown.strip(" ") == shown != "" and not _is_opaque(part):
        return f"{shown}{more}"
    return f'"{shown}"{_hex(part) if _is_opaque(part) else ""}{more}'


def _is_opaque(part: dict[str, Any]) -> bool:
    """Whether the octets do not show in the characters."""
    return any(not 32 <= octet < 127 for octet in bytes.fromhex(part["octets"]))


def _hex(part: dict[str, Any]) -> str:
    octets = bytes.fromhex(part["octets"])[:HEX_OCTETS]
    return f" = hex {octets.hex(' ')}{'…' if part['length'] > len(octets) else ''}" if octets else ""


def _part(part: dict[str, Any], *, has_hex: bool) -> list[Piece]:
    name, note, shown = part["part"], part["note"], part["shown"]
    if name == "cut":
        return [(f"✂ {note}", "yellow")]
    if _is_gap(part):
        return [(f"… {note} …", "dim")]
    if name == "separator" and not note:
        return [(shown, "dim")]
    is_broken = _is_broken(part)
    pieces = [(f"{name} ", "dim"), (f'"{shown}"', "yellow" if is_broken or name == "octets" else "")]
    octets = bytes.fromhex(part["octets"])
    if has_hex or is_broken or name == "octets" or _is_opaque(part):
        pieces.append((_hex(part), "dim"))
    if part["length"] > len(octets):
        pieces.append((f" ({part['length']:,} octets)", "dim"))
    if note:
        pieces.append((f" ← {note}" if is_broken else f" ({note})", "yellow" if is_broken else "dim"))
    return pieces
