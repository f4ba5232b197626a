"""Bodies that are none: a client closes, and says what was wrong (CLIENT-5)."""

from collections.abc import Iterable

from conformance.check import Plan
from conformance.clients.check import check
from conformance.clients.checks.ending import GOES, how_silent, said
from conformance.clients.checks.talking import SHOWS
from conformance.clients.judging import Decided, short, showing
from conformance.clients.steps import Close, Left, Over, Script, Send, Told, awaited, token
from conformance.clients.trace import ClientTrace
from conformance.octets import HEADER_FORMS, Out
from conformance.trace import Difference

AFTER = token(2)


def _framed(body: bytes) -> bytes:
    return HEADER_FORMS["canonical"].format(len(body)).encode() + body


BODIES = {
    "one NUL": b"2026-11-22T10:21:07Z\0ann",
    "no NUL": b"hello",
    "three NULs": b"2026-11-22T10:21:07Z\0ann\0hi\0there",
    "a text that is not UTF-8": b"2026-11-22T10:21:07Z\0ann\0caf\xe9",
    "a length of 0": b"",
    "a nick that is not UTF-8": b"2026-11-22T10:21:07Z\0\xff\0hi",
    "a surrogate": b"2026-11-22T10:21:07Z\0ann\0\xed\xa0\x80",
    "an overlong form": b"2026-11-22T10:21:07Z\0ann\0\xc0\xaf",
}


def _stays(trace: ClientTrace, control: ClientTrace | None) -> list[Difference]:
    """The client does not close; shown by the frame behind, or by the wait for its end."""
    place = next((n for n, step in enumerate(trace.script.steps) if isinstance(step, Left)), -1)
    if place not in trace.begun:
        return showing(trace)
    if AFTER.encode() in trace.output:
        return [_staying("it shows the next frame", "sentinel")]
    return [_staying("it stays connected", "deadline")] if place in trace.expired else []


def _staying(seen: str, decided: Decided) -> Difference:
    return Difference("CLIENT-5", "the client closes the connection", seen, "client", decided)


def broken(octets: bytes) -> Script:
    """Octets that are no frame, with a plain frame behind them."""
    steps = (Send((octets, Out("ann", AFTER))), Left(soft=True), Told(), Close(), Over())
    return Script(blocks=awaited(Out("ann", token(1))), tail=steps)


def _harmless(script: Script) -> Script:
    return Script(blocks=awaited(Out("ann", token(1)), Out("ann", AFTER)))


@check("CLIENT-5", "closes-on-a-malformed-body", _stays, needs=(SHOWS,), twin=_harmless, decided_by="closed")
def _bodies(plan: Plan) -> Iterable[Script]:
    """A body with another number of NULs, or one that is not UTF-8, makes the client close."""
    for body in list(BODIES.values())[: plan.pick(5, 8, 8)]:
        yield broken(_framed(body))


def _wordless(trace: ClientTrace, control: ClientTrace | None) -> list[Difference]:
    """The client says nothing, or what it says when the server just goes away."""
    assert control is not None
    if any(isinstance(step, Left) for step in trace.expired.values()):
        return []  # that it stays is another check's failure
    words, usual = said(trace), said(control)
    new = [line for line in words if line not in usual]
    expected = "the client says what was wrong with the frame"
    if not words:
        return [Difference("CLIENT-5", expected, _nothing(trace), "screen", how_silent(trace))]
    if not new:
        seen = f"it says {short(words[-1])}, as when the server goes away"
        return [Difference("CLIENT-5", expected, seen, "screen", "closed")]
    return []


def _nothing(trace: ClientTrace) -> str:
    return "it says nothing" + (f", and ends with status {trace.exit}" if trace.exit is not None else "")


def _gone(script: Script) -> Script:
    """The server goes away instead."""
    return GOES


NEEDED = (SHOWS, "CLIENT-5/says-that-the-server-left")


@check("CLIENT-5", "says-what-was-wrong", _wordless, control=_gone, needs=NEEDED, decided_by="closed")
def _said(plan: Plan) -> Iterable[Script]:
    """What the client says of a malformed header or body is not what it says when the server goes away."""
    yield broken(b"abcdefghij")
    yield broken(b"9999999999")
    for body in list(BODIES.values())[: plan.pick(2, 4, 8)]:
        yield broken(_framed(body))
