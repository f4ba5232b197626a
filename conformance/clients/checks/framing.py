"""Headers that a client is sent: every legal form (FRAME-3), and what is none (FRAME-4, FRAME-8)."""

from collections.abc import Iterable

from conformance.check import Plan
from conformance.clients.check import Judge, check
from conformance.clients.checks.showing import plainly
from conformance.clients.checks.talking import SHOWS
from conformance.clients.judging import Decided, showing
from conformance.clients.steps import Left, Script, Send, Shown, awaited, token
from conformance.clients.trace import ClientTrace
from conformance.octets import HEADER_FORMS, Out
from conformance.trace import Difference
from spec.wire import LARGEST_MAX_BODY_OCTETS


@check("FRAME-3", "reads-every-header", showing, needs=(SHOWS,), twin=plainly)
def _forms(plan: Plan) -> Iterable[Script]:
    """Frames with headers of every legal form are shown: filled with spaces left, right and on both sides, and with zeros."""
    forms = [*HEADER_FORMS, " {0:<9}", "{0:<8}  ", "  {0:<8}", "{0:>9} "]
    yield Script(blocks=awaited(*(Out("ann", f"hi {token(n)}", header=form) for n, form in enumerate(forms, 1))))


# None of them is `*SP 1*DIGIT *SP`. Each has a number in it, or what some parser takes for one, of the body that follows.
OTHERS = [
    "+{0:<9}", "{0:<9}\t", "{0:<9}\n", "0x{0:<8x}", "{0:<5}    x", "          ", "abcdefghij", "-{0:<9}",
    "{0:<9}\0", "1_{0:<8}", "{0:<8}.0", "{0:<7}1e1", "1 {0:<8}", "x{0:<9}",
]  # fmt: skip
WIDE = "".join(chr(0xFF10 + digit) for digit in range(10))  # full-width digits, three octets each


def _header(form: str, length: int) -> bytes:
    return form.format(length).encode()


def _wide(length: int) -> bytes:
    """A number in full-width digits, in ten octets."""
    return "".join(WIDE[int(digit)] for digit in str(length)).encode().ljust(10)


def attacked(header: bytes, body: bytes = b"") -> Script:
    """A header and nothing behind it; if the client has not closed, then what it seems to wait for, and a plain frame."""
    steps = (Send((header,)), Left(soft=True), Send((body, Out("ann", token(2)))), Shown(token(2), soft=True))
    return Script(blocks=awaited(Out("ann", token(1))), tail=steps)


def not_closed(row: str) -> Judge:
    """The judge of what must make a client close."""

    def judge(trace: ClientTrace, control: ClientTrace | None) -> list[Difference]:
        place = next((n for n, step in enumerate(trace.script.steps) if isinstance(step, Left)), -1)
        if place not in trace.expired:
            return [] if place in trace.begun else showing(trace)
        is_sure = token(2).encode() in trace.output
        seen = "it shows the next frame instead" if is_sure else "it stays connected"
        decided: Decided = "sentinel" if is_sure else "deadline"
        return [Difference(row, "the client closes the connection, the header being complete", seen, "client", decided)]

    return judge


def _harmless(script: Script) -> Script:
    """A header in good order, with its body."""
    return Script(blocks=awaited(Out("ann", token(1)), Out("ann", token(2))))


@check("FRAME-4", "closes-on-no-header", not_closed("FRAME-4"), needs=(SHOWS,), twin=_harmless, decided_by="closed")
def _bad(plan: Plan) -> Iterable[Script]:
    """A header of any other form makes the client close at once, with nothing behind it: signs, tabs, hexadecimal, …"""
    body = Out("ann", token(3)).octets[10:]
    headers = [_header(form, len(body)) for form in OTHERS[: plan.pick(8, 14, 14)]]
    for header in [_wide(len(body)), *headers]:
        yield attacked(header, body)


@check(
    "FRAME-8", "closes-on-a-large-header", not_closed("FRAME-8"), needs=(SHOWS,), twin=_harmless, decided_by="closed"
)
def _large(plan: Plan) -> Iterable[Script]:
    """A header with a number that no client may take makes it close at once: 9999999999, and others beyond 64 MiB."""
    body = Out("ann", "x").octets[10:]
    wrapped = 2**32 + len(body)  # `len(body)` in 32 bits
    for number in (9_999_999_999, wrapped, LARGEST_MAX_BODY_OCTETS + 1)[: plan.pick(2, 3, 3)]:
        yield attacked(f"{number:<10}".encode(), body)
