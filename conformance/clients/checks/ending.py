"""A refusal, and the end of the server, in order and not (CLIENT-5)."""

import re
from collections.abc import Iterable

from conformance.check import Plan
from conformance.clients import screen
from conformance.clients.check import check
from conformance.clients.checks.talking import JOINS, SHOWS
from conformance.clients.judging import Decided, sending
from conformance.clients.steps import (
    Close,
    Greet,
    Over,
    Reset,
    Script,
    Send,
    Shown,
    Step,
    Told,
    awaited,
    token,
)
from conformance.clients.trace import ClientTrace
from conformance.octets import Out
from conformance.trace import Difference
from spec.nicks import SERVER_NICK

_CHANGING = re.compile(r"\d+")


def said(trace: ClientTrace) -> list[str]:
    """The lines that were printed since the attack, but for frames, and without what changes from playing to playing."""
    step = next(n for n, one in enumerate(trace.script.steps) if isinstance(one, Told))
    begin = step - 1
    while begin and not isinstance(trace.script.steps[begin], Send | Close | Reset):
        begin -= 1
    words = [line.strip() for line in screen.lines(trace.printed_since(begin)) if "zq" not in line]
    return [_CHANGING.sub("0", line) for line in words if line]


def how_silent(trace: ClientTrace) -> Decided:
    """How it is known that the client says nothing: it has ended by itself, or a wait ran out."""
    waited = any(isinstance(step, Told) for step in trace.expired.values())
    return "deadline" if waited or trace.exit is None else "closed"


def ending(*attack: Step) -> Script:
    """A frame that is shown, an end, and time to say so."""
    return Script(blocks=awaited(Out("ann", token(1))), tail=(*attack, Told(), Over()))


GOES = ending(Close())


def _silent(trace: ClientTrace, control: ClientTrace | None) -> list[Difference]:
    """Nothing is printed when the server goes away."""
    if not any(isinstance(step, Told) for step in trace.script.steps[: trace.performed]):
        return list(sending(trace)) or [_unready(trace)]
    is_late = any(
        isinstance(step, Told) for step in trace.expired.values()
    )  # what it says when its input ends, it says of that
    if said(trace) and not is_late:
        return []
    status = "; it still runs" if is_late else f"; its process ended with status {trace.exit}"
    expected = "the client says that the server is gone"
    return [Difference("CLIENT-5", expected, f"it prints nothing{status}", "screen", how_silent(trace))]


def _unready(trace: ClientTrace) -> Difference:
    return Difference("CLIENT-2", "the frame before it is shown", "it is not", "screen", "deadline")


@check("CLIENT-5", "says-that-the-server-left", _silent, scope=["CLIENT-5"], needs=(SHOWS,), decided_by="closed")
def _fin(plan: Plan) -> Iterable[Script]:
    """When the server closes the connection, the client says so."""
    yield GOES


@check(
    "CLIENT-5", "says-that-the-connection-was-reset", _silent, scope=["CLIENT-5"], needs=(SHOWS,), decided_by="closed"
)
def _rst(plan: Plan) -> Iterable[Script]:
    """When the connection is reset, the client says so."""
    yield ending(Reset())


@check("CLIENT-5", "says-that-a-frame-was-cut-off", _silent, scope=["CLIENT-5"], needs=(SHOWS,), decided_by="closed")
def _inside(plan: Plan) -> Iterable[Script]:
    """When the server closes inside a frame, in its header or its body, the client says that it is gone."""
    octets = Out("ann", "never whole").octets
    for size in (5, len(octets) - 4)[: plan.pick(1, 2, 2)]:
        yield Script(blocks=awaited(Out("ann", token(1))), tail=(Send((octets[:size],)), Close(), Told(), Over()))


# Refusals.

REASON = f"the nick Juno is taken {token(5)}"


def _unexplained(trace: ClientTrace, control: ClientTrace | None) -> list[Difference]:
    """The reason is nowhere to be read."""
    missing = sending(trace)
    if missing:
        return missing
    if REASON in screen.text_of(trace.output) or REASON in screen.text_of(trace.errors):
        return []
    status = f"; its process ended with status {trace.exit}" if trace.exit is not None else ""
    seen = f"the reason is not shown{status}"
    return [Difference("CLIENT-5", f"the server's reason {REASON!r}", seen, "screen", how_silent(trace))]


@check("CLIENT-5", "shows-why-it-is-refused", _unexplained, scope=["CLIENT-5"], needs=(JOINS,), decided_by="frame")
def _refused(plan: Plan) -> Iterable[Script]:
    """The reason of a refused join, a service message before the server closes, is shown."""
    reason = Out(SERVER_NICK, REASON)
    yield Script(head=(Greet(), Send((reason,)), Close()), tail=(Told(), Shown(REASON, soft=True), Over()))


@check("CLIENT-5", "says-that-it-is-refused", _silent, scope=["CLIENT-5"], needs=(JOINS,), decided_by="closed")
def _unheard(plan: Plan) -> Iterable[Script]:
    """When the server closes without a word instead of announcing the join, the client says that it is gone."""
    yield Script(head=(Greet(), Close()), tail=(Told(), Over()))
