"""A trace as a conversation that a person, or a program, can read: every write and every frame in its order."""

import bisect
from typing import Any

from conformance.annotate import Annotator, plain
from conformance.differences import is_of_another
from conformance.entries import conversation
from conformance.octets import Got, Out
from conformance.script import Ended, Entered, Hears, Mute, Open, Send, Settle, Unmute
from conformance.trace import Entry, Trace
from spec.display import safe
from spec.wire import TO_CLIENT, TO_SERVER

SHOWN_OCTETS = 120
FIRST_ENTRIES = 60  # who joined, and how; what went wrong stands near the end
LAST_ENTRIES = 140


def transcript(trace: Trace) -> list[dict[str, Any]]:
    """The entries of a trace, with milliseconds since its begin; frames of other playings are left out.

    Long stretches of octets are cut: `octets` holds the beginning in hex, `length` how many there were. What a party sent
    or received has `parts`, which say what its octets are. Of a long conversation the first and the last entries are kept,
    and the first one behind the gap has `left_out`, the number of those between.
    """
    if not trace.entries:
        return []
    zero = trace.entries[0].at
    annotators: dict[tuple[str, str], Annotator] = {}
    rows = [
        _row(trace, entry, zero, _parts(annotators, entry))
        for entry in _with_unreadable(trace)
        if entry.frame is None or _is_ours(trace, entry.frame)
    ]
    for row in _reading(trace):
        rows.insert(bisect.bisect_right(rows, row["ms"], key=lambda one: one["ms"]), row)
    left_out = len(rows) - FIRST_ENTRIES - LAST_ENTRIES
    if left_out <= 0:
        return rows
    last = rows[-LAST_ENTRIES:]
    last[0]["left_out"] = left_out
    return [*rows[:FIRST_ENTRIES], *last]


def _reading(trace: Trace) -> list[dict[str, Any]]:
    """When a party stops reading and reads again: nothing tells of it on the wire, but it may be the attack.

    The moments are those of the steps, which begin one right behind the other.
    """
    rows, at = [], 0.0
    for number, step in enumerate(trace.steps):
        if isinstance(step, Mute | Unmute):
            what = "muted" if isinstance(step, Mute) else "unmuted"
            rows.append(
                {"ms": round(at * 1000, 1), "who": step.who, "what": what, "length": 0, "octets": "", "shown": ""}
            )
        at += trace.waits.get(number, 0.0)
    return rows


def _with_unreadable(trace: Trace) -> list[Entry]:
    """The entries, and what a party received that never became a frame: in front of the end of its connection, or last."""
    entries = list(trace.entries)
    for who in trace.frames.keys() | trace.garbage.keys() | trace.unfinished.keys():
        octets = trace.garbage.get(who) or trace.unfinished.get(who, b"")
        if octets:
            ends = [place for place, one in enumerate(entries) if one.who == who and one.what in ("fin", "reset")]
            place = ends[-1] if ends else len(entries)
            at = entries[min(place, len(entries) - 1)].at
            entries.insert(place, Entry(at, who, "received", octets))
    return entries


def _parts(annotators: dict[tuple[str, str], Annotator], entry: Entry) -> list[dict[str, Any]] | None:
    if entry.what not in ("sent", "received"):
        return None
    definition = TO_SERVER if entry.what == "sent" else TO_CLIENT
    return annotators.setdefault((entry.who, entry.what), Annotator(definition)).feed(entry.octets)


def _row(trace: Trace, entry: Entry, zero: float, parts: list[dict[str, Any]] | None) -> dict[str, Any]:
    return {
        "ms": round((entry.at - zero) * 1000, 1),
        "who": entry.who,
        "what": entry.what,
        "length": len(entry.octets),
        "octets": entry.octets[:SHOWN_OCTETS].hex(),
        "shown": _expired(trace) if entry.what == "expired" else _shown(entry.octets, entry.frame),
    } | ({"parts": parts} if parts is not None else {})


def _is_ours(trace: Trace, frame: Got) -> bool:
    if frame.problem is not None:
        return True
    nicks = {
        part.nick for step in trace.steps if isinstance(step, Send) for part in step.parts if isinstance(part, Out)
    }
    if frame.nick in nicks or any(nick and nick in frame.text for nick in nicks):
        return True
    return not (_is_canary(frame) or is_of_another(frame, trace.tag))


def _is_canary(frame: Got) -> bool:
    return "pulse-" in frame.nick + frame.text or "canary-" in frame.text


def _shown(octets: bytes, frame: Got | None) -> str:
    if frame is not None and frame.problem is None:
        text = f"{frame.time} [{frame.nick}] {frame.text}"
        return safe(text if len(text) <= SHOWN_OCTETS else f"{text[:SHOWN_OCTETS]}…")
    return plain(octets, SHOWN_OCTETS)


def _expired(trace: Trace) -> str:
    """What was waited for in vain, and for how long."""
    match trace.expired:
        case Settle():
            awaited = "for everything that is owed to arrive"
        case Entered(who=who):
            awaited = f"for {who} to hear of its own join"
        case Hears(who=who, text=text):
            awaited = f"for {who} to receive the text {text!r}"
        case Ended(who=who):
            awaited = f"for the server to close the connection of {who}"
        case Open(who=who):
            awaited = f"for the connection of {who} to be accepted"
        case _:
            return ""
    seconds = trace.waits.get(trace.performed - 1)
    return safe(f"waited {f'{seconds:.1f} s ' if seconds is not None else ''}in vain {awaited}")


def lines(trace: Trace) -> list[str]:
    """The conversation of a trace as plain lines."""
    return conversation(transcript(trace))
