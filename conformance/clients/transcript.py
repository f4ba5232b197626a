"""A playing with a client as a conversation that a person, or a program, can read: the rows of the reports."""

from typing import Any

from conformance.annotate import Annotator, plain
from conformance.clients.trace import ClientTrace, Entry
from conformance.transcript import FIRST_ENTRIES, LAST_ENTRIES, SHOWN_OCTETS
from spec.display import safe
from spec.wire import TO_CLIENT, TO_SERVER

# Who does it: the suite plays the server and the user, and reads the screen.
_WHO = {
    "sent": "server",
    "received": "server",
    "closed": "server",
    "aborted": "server",
    "typed": "user",
    "input-ended": "user",
    "shown": "screen",
    "said": "screen",
}


def transcript(trace: ClientTrace) -> list[dict[str, Any]]:
    """The entries of a trace, with milliseconds since its begin.

    As with servers, long stretches are cut and the middle of a long conversation is left out. What is sent has `parts`.
    """
    if not trace.entries:
        return []
    zero = trace.entries[0].at
    annotators = {"sent": Annotator(TO_CLIENT), "received": Annotator(TO_SERVER)}
    rows = [_row(entry, zero, annotators.get(entry.what)) for entry in _joined(trace.entries)]
    left_out = len(rows) - FIRST_ENTRIES - LAST_ENTRIES
    if left_out <= 0:
        return rows
    last = rows[-LAST_ENTRIES:]
    last[0]["left_out"] = left_out
    return [*rows[:FIRST_ENTRIES], *last]


def _joined(entries: list[Entry]) -> list[Entry]:
    """What was printed in several pieces at once is one thing for a reader; on the wire each piece is told."""
    rows: list[Entry] = []
    for entry in entries:
        if rows and entry.what == rows[-1].what and entry.what in ("shown", "said"):
            rows[-1] = Entry(rows[-1].at, entry.what, rows[-1].octets + entry.octets)
        else:
            rows.append(entry)
    return rows


def _row(entry: Entry, zero: float, annotator: Annotator | None) -> dict[str, Any]:
    row: dict[str, Any] = {
        "ms": round((entry.at - zero) * 1000, 1),
        "who": _WHO.get(entry.what, "client"),
        "what": "finished" if entry.what == "closed" else entry.what,
        "length": len(entry.octets),
        "octets": entry.octets[:SHOWN_OCTETS].hex(),
        "shown": _shown(entry),
    }
    return row | ({"parts": annotator.feed(entry.octets)} if annotator is not None else {})


def _shown(entry: Entry) -> str:
    if entry.what == "expired":
        return safe(f"waited in vain for {entry.note}")
    if entry.what == "exited":
        return f"with status {entry.note}"
    if entry.what in ("shown", "said", "typed"):
        text = entry.octets.decode("utf-8", "backslashreplace")
        return safe(text if len(text) <= SHOWN_OCTETS else f"{text[:SHOWN_OCTETS]}…")
    return plain(entry.octets, SHOWN_OCTETS)
