"""What the tests of judges share: traces made by hand, and what the judge of a check says of them."""

import conformance.checks  # noqa: F401  # registers them
from conformance.check import CHECKS
from conformance.octets import Got, Out, Reader
from conformance.script import Script
from conformance.trace import Trace
from tests.conformance.helpers import STAMP

WALL = 1_795_342_867.0  # 2026-11-22T10:21:07Z, and so STAMP is 0.123 s later
Found = list[tuple[str, str, str]]


def judged(name: str, trace: Trace) -> Found:
    """What the judge of a check finds in a trace: requirement, party, and how that was decided."""
    return [(found.requirement, found.who, found.decided_by) for found in CHECKS[name].judge(trace)]


def got(nick: str, text: str = "", time: str = STAMP, *, at: float = 0.0, wall: float = WALL, number: int = 0) -> Got:
    """A frame as it is received at a moment, behind so many others."""
    [frame] = Reader().feed(Out(nick, text, time).octets, at, wall)
    return frame._replace(number=number)


def raw(body: bytes, header: bytes | None = None) -> Got:
    """A frame with this body, however wrong it is."""
    [frame] = Reader().feed((header if header is not None else b"%-10d" % len(body)) + body, 0.0, WALL)
    return frame


def trace(script: Script, **frames: list[Got]) -> Trace:
    """The trace of a script that was played to its end, in which parties received these frames."""
    return Trace(script, performed=len(script.steps), frames=frames)
