"""A plain conversation: the client joins, says three lines, and shows three frames. What everything else rests on."""

from collections.abc import Iterable
from dataclasses import replace

from conformance.check import Plan
from conformance.clients.check import check
from conformance.clients.judging import announcement, sending, short, showing
from conformance.clients.steps import Admit, Script, Send, Shown, awaited, spoken, token
from conformance.clients.trace import ClientTrace
from conformance.octets import HEADER_FORMS, Out, instant
from conformance.trace import Difference
from spec.nicks import SERVER_NICK

JOINS = "CLIENT-1/joins"
SAYS = "CLIENT-1/says-each-line"
SHOWS = "CLIENT-2/shows-each-frame"
TALKS = (JOINS, SAYS, SHOWS)

TYPING = Script(head=(Admit(),), blocks=spoken(["one", "two words", "three"]))
READING = Script(blocks=awaited(*(Out(nick, f"hi {token(n)}") for n, nick in enumerate(("ann", "bob", "bob"), 1))))
CLOCK_SECONDS = 2.0  # the client's clock is the suite's: this much may pass until a frame is read


@check("CLIENT-1", "joins", sending, scope=["CLIENT-1"], decided_by="frame")
def _joins(plan: Plan) -> Iterable[Script]:
    """The client connects, and its first frame is a join with the nick that it was given."""
    yield Script()


@check("FRAME-1", "sends-whole-frames", sending, scope=["FRAME-1"], decided_by="frame")
def _frames(plan: Plan) -> Iterable[Script]:
    """The join and three lines come as headers of ten octets, each with as many octets behind it as it says."""
    yield TYPING


@check("FRAME-2", "sends-headers", sending, scope=["FRAME-2"], decided_by="frame")
def _headers(plan: Plan) -> Iterable[Script]:
    """The headers that the client sends are decimal digits with spaces around them, if any."""
    yield TYPING


@check("BODY-1", "sends-three-fields", sending, scope=["BODY-1"], decided_by="frame")
def _fields(plan: Plan) -> Iterable[Script]:
    """The bodies that the client sends have exactly two NULs."""
    yield TYPING


def _plain(trace: ClientTrace) -> dict[str, str]:
    later = {frame.nick for frame in trace.frames[1:]}
    nicks = "its own" if later == {trace.script.nick} else "none" if later == {""} else f"{sorted(later)}"
    times = "none" if not any(frame.time for frame in trace.frames) else "its own"
    return {"nick in chat frames": nicks, "time in frames": times}


@check("CLIENT-1", "says-each-line", sending, scope=["CLIENT-1"], needs=(JOINS,), remark=_plain, decided_by="frame")
def _says(plan: Plan) -> Iterable[Script]:
    """Each of three lines, the next one typed when the last one has come, is a frame whose text is the line."""
    yield TYPING


def _uncanonical(trace: ClientTrace, control: ClientTrace | None) -> list[Difference]:
    for frame in trace.frames:
        wanted = HEADER_FORMS["canonical"].format(len(frame.body)).encode()
        if frame.header != wanted:
            return [Difference("FRAME-2", f"the header {wanted!r}", f"{frame.header!r}", "client", "frame")]
    return []


@check("FRAME-2", "sends-canonical-headers", _uncanonical, clause="SHOULD", needs=(JOINS,), decided_by="frame")
def _canonical(plan: Plan) -> Iterable[Script]:
    """The headers are left-justified, without leading zeros, filled with spaces."""
    yield TYPING


def _full_join(trace: ClientTrace, control: ClientTrace | None) -> list[Difference]:
    text = trace.frames[0].text if trace.frames else ""
    return [Difference("JOIN-1", "an empty text", short(text), "client", "frame")] if text else []


@check("JOIN-1", "sends-an-empty-text", _full_join, clause="SHOULD", needs=(JOINS,), decided_by="frame")
def _empty(plan: Plan) -> Iterable[Script]:
    """The text of the client's join is empty."""
    yield TYPING


def _odd_time(trace: ClientTrace, control: ClientTrace | None) -> list[Difference]:
    for frame in trace.frames:
        moment = instant(frame.time)
        if frame.time and moment is None:
            seen = f"the time {short(frame.time)}"
            return [Difference("TIME-3", "a time like 2026-11-22T10:21:07.250Z, or none", seen, "client", "frame")]
        # A machine with much else to do reads late: only the client's clock being ahead, or far behind, is told apart.
        if moment is not None and not -60.0 < moment - frame.wall < CLOCK_SECONDS:
            seen = f"the time {short(frame.time)}, {moment - frame.wall:+.0f} s from it"
            return [Difference("TIME-3", "the client's own UTC time of sending", seen, "client", "frame")]
    return []


@check("TIME-3", "sends-its-time", _odd_time, clause="SHOULD", needs=(JOINS,), decided_by="frame")
def _time(plan: Plan) -> Iterable[Script]:
    """The times that the client sends are the moment, in UTC and in TIME-1's form; or empty."""
    yield TYPING


@check("CLIENT-2", "shows-each-frame", showing, scope=["CLIENT-2"], needs=(JOINS,))
def _shows(plan: Plan) -> Iterable[Script]:
    """Three frames, the next one sent when the last one is on the screen, are lines that end in `[NICK] TEXT`, each once."""
    yield READING


@check("CLIENT-2", "shows-announcements", announcement, needs=(JOINS, SHOWS))
def _announces(plan: Plan) -> Iterable[Script]:
    """The announcement of the client's own join is shown like any frame, with `Server` as the nick."""
    yield READING


@check("SERVICE-1", "takes-service-messages", showing, needs=TALKS, twin=lambda script: _from(script, "ann"))
def _services(plan: Plan) -> Iterable[Script]:
    """Service messages of any text, announcements of others among them, are shown, and the client goes on."""
    one, other = token(1), token(2)
    texts = [f"[{one}] joined the chat", f"motd: {token(3)}", f"history: <09:00> [{one}] {token(4)}"]
    texts += [
        f"[{one}] left the chat",
        f"[{other}] has left {token(5)}",
        f"[{token(6)}]",
        f"] joined the chat {token(7)}",
    ]
    yield Script(blocks=tuple((Send((Out(SERVER_NICK, text),)), Shown(text)) for text in texts))


def _from(script: Script, nick: str) -> Script:
    """The same frames, said by somebody."""
    blocks = []
    for block in script.blocks:
        steps = [
            replace(step, parts=tuple(replace(part, nick=nick) for part in step.parts if isinstance(part, Out)))
            if isinstance(step, Send)
            else step
            for step in block
        ]
        blocks.append(tuple(steps))
    return replace(script, blocks=tuple(blocks))
