"""What is typed, and what becomes of it: CLIENT-1, and the octets that are counted (FRAME-5, BODY-2)."""

from collections.abc import Iterable
from dataclasses import replace

from conformance.check import Plan
from conformance.clients import screen
from conformance.clients.check import check
from conformance.clients.checks.talking import SAYS, TYPING
from conformance.clients.judging import Decided, sending, short
from conformance.clients.steps import Admit, Close, EndInput, Heard, Left, Over, Script, Type, spoken, token
from conformance.clients.trace import ClientTrace
from conformance.trace import Difference
from spec.wire import SERVER_MAX_BODY_OCTETS

SCRIPTS = ["Привет, мир", "naïve café", "東京 で", "thumbs 👍 up", "שלום", "a\u0301 combining"]
NON_ASCII = Script(blocks=spoken(SCRIPTS))
COUNTS = "FRAME-5/counts-octets-that-it-sends"


def _plainly(script: Script) -> Script:
    """Plain words in place of the lines."""
    return replace(TYPING, blocks=spoken(token(number) for number in range(max(1, len(script.blocks)))))


def _miscounted(trace: ClientTrace, control: ClientTrace | None) -> list[Difference]:
    """Where a frame ends, not which octets it holds."""
    return [one for one in sending(trace) if one.requirement in ("FRAME-1", "FRAME-2", "BODY-1")]


@check("FRAME-5", "counts-octets-that-it-sends", _miscounted, needs=(SAYS,), decided_by="frame")
def _counts(plan: Plan) -> Iterable[Script]:
    """Lines with characters of two, three and four octets come in frames whose headers count octets."""
    yield NON_ASCII


@check("BODY-2", "sends-utf-8", sending, scope=["BODY-2"], needs=(SAYS, COUNTS), decided_by="frame")
def _utf8(plan: Plan) -> Iterable[Script]:
    """Lines of other scripts come as UTF-8."""
    yield NON_ASCII


@check("CLIENT-1", "says-any-script", sending, needs=(SAYS, COUNTS, "BODY-2/sends-utf-8"), twin=_plainly)
def _scripts(plan: Plan) -> Iterable[Script]:
    """Lines of other scripts, and of odd ASCII, come as they were typed."""
    yield NON_ASCII
    odd = ["[ann] hi", "33        x", "100%s {0} \\0 \\n", "<b>&amp;</b> 'q' \"q\"", "two  spaces", "a\ttab", "x" * 300]
    yield Script(blocks=spoken(odd))


@check("CLIENT-1", "says-many-lines", sending, needs=(SAYS,), twin=_plainly)
def _many(plan: Plan) -> Iterable[Script]:
    """Many lines that are there at once come as one frame each, in order."""
    words = [token(number) for number in range(plan.pick(50, 300, 3000))]
    yield Script(blocks=((Type("".join(f"{word}\n" for word in words).encode()), Heard(words[-1])),))


@check("CLIENT-1", "says-what-was-typed-early", sending, needs=(SAYS,), twin=_plainly)
def _early(plan: Plan) -> Iterable[Script]:
    """Lines typed before the join is announced come behind the join."""
    words = [token(1), token(2)]
    yield Script(head=(Type("".join(f"{word}\n" for word in words).encode()), Admit()), tail=(Heard(words[-1]),))


@check("CLIENT-1", "says-all-at-the-end", sending, needs=(SAYS,), twin=_plainly)
def _end(plan: Plan) -> Iterable[Script]:
    """At the end of input, all lines are sent before the client ends: `printf 'a\\nb\\n' | client` delivers both."""
    words = [token(number) for number in range(plan.pick(3, 20, 200))]
    typed = Type("".join(f"{word}\n" for word in words).encode())
    yield Script(head=(typed, EndInput(), Admit(shown=False)), tail=(Heard(words[-1]),))
    yield Script(head=(Admit(), typed, EndInput()), tail=(Heard(words[-1]),))


@check("CLIENT-1", "says-long-lines", sending, needs=(SAYS,), twin=_plainly)
def _long(plan: Plan) -> Iterable[Script]:
    """A long line is one frame: a message has up to a megabyte."""
    for size in (5_000, 1_040_000, 1_023, 65_536)[: plan.pick(1, 2, 4)]:
        text = "x" * (size - 9) + f" {token(1)}"
        yield Script(blocks=((Type(text.encode() + b"\n"), Heard(token(1))),))


# What is not sent.


def _unsendable(line: bytes) -> Script:
    """A line between two plain ones; then the server goes away, so that all that the client has to say is said."""
    block = (Type(line + b"\n"), Type(f"{token(2)}\n".encode()), Heard(token(2)))
    return Script(
        head=(Admit(), Type(f"{token(1)}\n".encode()), Heard(token(1))), blocks=(block,), tail=(Close(), Over())
    )


_SENDABLE = _unsendable(b"plain")


def _untold(trace: ClientTrace, control: ClientTrace | None) -> list[Difference]:
    """A line was sent that must not be; or the next one was not; or the user was not told."""
    assert control is not None
    came, first, last = trace.texts, token(1), token(2)
    extra = [text for text in came if text not in (first, last)]
    if extra or trace.garbage is not None:
        seen = (
            f"a frame with the text {short(extra[0])}" if extra else f"octets that are no frame: {trace.garbage!r:.80}"
        )
        return [Difference("CLIENT-1", "nothing is sent of this line", seen, "client", "frame")]
    if last not in came:
        status = f"; its process ended with status {trace.exit}" if trace.exit is not None else ""
        decided: Decided = "closed" if trace.left is not None else "deadline"
        wanted = f"the next line, {last!r}, is sent as ever"
        return [Difference("CLIENT-1", wanted, f"it is not{status}", "client", decided)]
    usual = {_shape(line) for line in _all_lines(control)}
    told = [line for line in _all_lines(trace) if line.strip() and _shape(line) not in usual]
    if told:
        return []
    expected, seen = (
        "the user is told that the line is not sent",
        "nothing is printed that a plain line has not printed too",
    )
    return [Difference("CLIENT-1", expected, seen, "screen", "closed" if trace.exit is not None else "deadline")]


def _all_lines(trace: ClientTrace) -> list[str]:
    """What was printed; but not the line itself, which a client may repeat for its user."""
    return [line for line in [*screen.lines(trace.output), *screen.lines(trace.errors)] if "yz" not in line]


def _shape(line: str) -> str:
    """A line without what changes from playing to playing."""
    return "".join("0" if character.isdigit() else character for character in line).strip()


def _control(script: Script) -> Script:
    return _SENDABLE


@check("CLIENT-1", "does-not-send-nul", _untold, control=_control, needs=(SAYS,))
def _nul(plan: Plan) -> Iterable[Script]:
    """A line with NUL is not sent, the user is told, and the next line is sent."""
    yield _unsendable(b"yz a\0b yz")


@check("CLIENT-1", "does-not-send-other-encodings", _untold, control=_control, needs=(SAYS,))
def _latin(plan: Plan) -> Iterable[Script]:
    """A line that is not UTF-8 is not sent, the user is told, and the next line is sent."""
    yield _unsendable(b"yz caf\xe9 yz")
    if plan.depth != "quick":
        yield _unsendable(b"yz \xed\xa0\x80 \xc0\xaf yz")  # a surrogate, an overlong form


@check("CLIENT-1", "does-not-send-too-much", _untold, control=_control, needs=(SAYS,))
def _too_long(plan: Plan) -> Iterable[Script]:
    """A line that makes a body of more than 1,048,576 octets is not sent, the user is told, and the next line is sent."""
    yield _unsendable(b"yz" * (SERVER_MAX_BODY_OCTETS // 2 + 1))


def _choices(trace: ClientTrace) -> dict[str, str]:
    texts = trace.texts
    spaces = {"  both ends  ": "kept", "both ends": "taken off"}
    kept = next((how for text, how in spaces.items() if text in texts), "otherwise")
    after = "it leaves" if trace.left is not None else "it stays"
    return {
        "an empty line": "an empty message" if "" in texts else "not sent",
        "spaces at the ends of a line": kept,
        "a last line without a line feed": "sent" if "unended" in texts else "not sent",
        "at the end of input": after,
    }


def _nothing(trace: ClientTrace, control: ClientTrace | None) -> list[Difference]:
    return []


@check("CLIENT-1", "choices", _nothing, needs=(SAYS,), remark=_choices)
def _open(plan: Plan) -> Iterable[Script]:
    """What the specification leaves open is recorded: empty lines, spaces at the ends, a last line without an end."""
    typed = b"\n  both ends  \n" + token(1).encode() + b"\nunended"
    yield Script(head=(Admit(), Type(typed), Heard(token(1)), EndInput()), tail=(Left(soft=True),))
