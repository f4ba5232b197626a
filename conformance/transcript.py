"""A trace as a conversation that a person, or a program, can read: every write and every frame in its order."""

from typing import Any

from conformance.octets import Got, Out
from conformance.script import Send
from conformance.trace import Trace
from spec.display import safe

SHOWN_OCTETS = 120
SHOWN_ENTRIES = 200


def transcript(trace: Trace) -> list[dict[str, Any]]:
    """The entries of a trace, with milliseconds since its begin; frames of other playings are left out.

    Long stretches of octets are cut: `octets` holds the beginning in hex, `length` how many there were.
    """
    if not trace.entries:
        return []
    zero = trace.entries[0].at
    entries = [entry for entry in trace.entries if entry.frame is None or _is_ours(trace, entry.frame)]
    return [
        {
            "ms": round((entry.at - zero) * 1000, 1),
            "who": entry.who,
            "what": entry.what,
            "length": len(entry.octets),
            "octets": entry.octets[:SHOWN_OCTETS].hex(),
            "shown": _shown(entry.octets, entry.frame),
        }
        for entry in entries[-SHOWN_ENTRIES:]
    ]


def _is_ours(trace: Trace, frame: Got) -> bool:
    if frame.problem is not None:
        return True
    nicks = {
        part.nick for step in trace.steps if isinstance(step, Send) for part in step.parts if isinstance(part, Out)
    }
    return frame.nick in nicks or any(nick and nick in frame.text for nick in nicks) or not _is_canary(frame)


def _is_canary(frame: Got) -> bool:
    return "pulse-" in frame.nick + frame.text or "canary-" in frame.text


def _shown(octets: bytes, frame: Got | None) -> str:
    if frame is not None and frame.problem is None:
        text = f"{frame.time} [{frame.nick}] {frame.text}"
        return safe(text if len(text) <= SHOWN_OCTETS else f"{text[:SHOWN_OCTETS]}…")
    return ascii(octets[:SHOWN_OCTETS])[2:-1] + ("…" if len(octets) > SHOWN_OCTETS else "")


def lines(trace: Trace, most: int = 24) -> list[str]:
    """The last entries of a trace as lines: `>` to the server, `<` from it, `=` what became of a connection."""
    marks = {"sent": ">", "received": "<"}
    rows = transcript(trace)
    shown = [
        f"{row['ms']:9.1f} ms  {row['who']:<6} {marks.get(row['what'], '=')} {row['shown'] or row['what']}"
        for row in rows
    ]
    left_out = len(shown) - most
    return ([f"{'':14}({left_out} lines before)"] if left_out > 0 else []) + shown[-most:]
