"""The largest body that a client must accept (FRAME-7)."""

from collections.abc import Iterable
from dataclasses import replace

from conformance.check import Plan
from conformance.clients import screen
from conformance.clients.check import check
from conformance.clients.checks.talking import SHOWS
from conformance.clients.judging import Decided, early_end, short
from conformance.clients.steps import Script, Send, Shown, awaited, token
from conformance.clients.trace import ClientTrace
from conformance.octets import HEADER_OCTETS, Out
from conformance.trace import Difference
from spec.wire import CLIENT_MAX_BODY_OCTETS

TIME = "2026-11-22T10:21:07.123456Z"


def _large(octets: int) -> Out:
    """A frame whose body has so many octets."""
    frame = Out("ann", f"{token(1)}  {token(2)}", TIME)
    more = octets - (len(frame.octets) - HEADER_OCTETS)
    return replace(frame, text=f"{token(1)} {'x' * more} {token(2)}")


def _small(script: Script) -> Script:
    return Script(blocks=((Send((_large(200),)), Shown(token(2))), *awaited(Out("ann", token(3)))))


def _lost(trace: ClientTrace, control: ClientTrace | None) -> list[Difference]:
    """The frame is not read, or its text is shown without its begin, its end, or what is between."""
    ended = early_end(trace)
    if ended is not None:
        return [replace(ended, requirement="FRAME-7")]
    frame = next(part for part in trace.script.sent)
    expected = f"a body of {len(frame.octets) - HEADER_OCTETS:,} octets is read, and its text shown"
    if token(2).encode() not in trace.output:
        later = token(3).encode() in trace.output
        seen = "no such line" + (", though the next frame is shown" if later else "")
        decided: Decided = "sentinel" if later else "closed" if trace.left or trace.exit is not None else "deadline"
        return [Difference("FRAME-7", expected, seen, "screen", decided)]
    got = screen.between(trace.output, token(1), token(2))
    if got is None or got.count("x") != frame.text.count("x"):
        seen = f"between the first word and the last one {short(got or '')}"
        return [Difference("FRAME-7", expected, seen, "screen", "frame")]
    if token(3).encode() not in trace.output:
        return [Difference("FRAME-7", "the frame behind it is shown", "it is not", "screen", "deadline")]
    return []


@check("FRAME-7", "reads-the-largest-body", _lost, needs=(SHOWS, "FRAME-6/reads-cut-frames"), twin=_small)
def _largest(plan: Plan) -> Iterable[Script]:
    """Bodies of 65,536 and of 1,048,859 octets are read and shown, and so is the frame behind."""
    for octets in (65_536, CLIENT_MAX_BODY_OCTETS):
        # The next frame waits for this one: it is a client's right to read at its own pace.
        yield Script(blocks=((Send((_large(octets),)), Shown(token(2), soft=True)), *awaited(Out("ann", token(3)))))
