"""Text and nicks that would drive a terminal (CLIENT-4)."""

import re
import unicodedata
from collections.abc import Iterable

from conformance.check import Plan
from conformance.clients import screen
from conformance.clients.check import check
from conformance.clients.checks.showing import COUNTS, plainly
from conformance.clients.checks.talking import SHOWS, TALKS
from conformance.clients.judging import Decided, early_end
from conformance.clients.steps import Block, Script, Send, Shown, token
from conformance.clients.trace import ClientTrace
from conformance.octets import Out
from conformance.trace import Difference
from spec.nicks import SERVER_NICK

C0 = [chr(code) for code in (*range(1, 32), 0x7F)]
C1 = [chr(code) for code in range(0x80, 0xA0)]
OVERRIDES = ["\u202d", "\u202e"]  # the two that Unicode calls so
SEQUENCES = [
    "\x1b[2J", "\x1b]0;title\x07", "\x1b]8;;http://x\x1b\\", "\x1b[31m", "\x1bc", "\x9b31m", "\x1b[1A\x1b[2K", "\x1bP+q\x1b\\",
    "\r\n", "\n", "\r", "\x08\x08", "\x1b[6n", "\x85",
]  # fmt: skip
FORGED = "\n2026-11-22 10:21:07 [bob] "  # a line break, and what looks like another frame
# Others change what a reader sees, too, but no sentence names them.
UNNAMED = {
    "\u2028": "line separator",
    "\u2029": "paragraph separator",
    "\u2066": "bidirectional isolate",
    "\u200f": "bidirectional mark",
    "\u202b": "bidirectional embedding",
    "\u200b": "zero-width space",
    "\ufeff": "byte order mark",
    "\U000e0041": "tag",
}
_ATTACK = re.compile(r"(zq\d{4}qz)a(.*?)b(zq\d{4}qz)", re.DOTALL)  # two words, what is hostile, and its neighbours


def _in_text(number: int, hostile: str) -> Block:
    """A frame with something hostile between two words, and a plain one that shows when it has been read."""
    text = f"{token(2 * number)}a{hostile}b{token(2 * number + 1)}"
    return _told(Out("ann", text), number)


def _in_nick(number: int, hostile: str) -> Block:
    return _told(Out(f"{token(2 * number)}a{hostile}b{token(2 * number + 1)}", "hi"), number)


def _in_service(number: int, hostile: str) -> Block:
    """The nick of somebody who joins is in the text of a service message."""
    return _told(Out(SERVER_NICK, f"[{token(2 * number)}a{hostile}b{token(2 * number + 1)}] joined the chat"), number)


def _told(frame: Out, number: int) -> Block:
    # Each is waited for by itself, so that reading them together is not what is tried here (FRAME-6).
    return Send((frame,)), Shown(token(2 * number)), Send((Out("ann", _sign(number)),)), Shown(_sign(number))


def _sign(number: int) -> str:
    return f"sign{token(number)}"


def _driven(trace: ClientTrace, control: ClientTrace | None) -> list[Difference]:
    """What is between the two words of each hostile frame on the screen is raw, invisible or nothing."""
    ended = early_end(trace)
    if ended is not None:
        return [Difference("CLIENT-4", ended.expected, ended.seen, ended.who, ended.decided_by)]
    for frame in trace.sent:
        for left, hostile, right in _ATTACK.findall(f"{frame.nick}\0{frame.text}"):
            found = _judged(trace, left, hostile, right)
            if found is not None:
                return [found]
    if any(isinstance(step, Shown) and not step.soft for step in trace.expired.values()):
        seen = "it shows nothing of the frame behind"
        return [Difference("CLIENT-4", "the client goes on showing frames", seen, "screen", "deadline")]
    return []


def _judged(trace: ClientTrace, left: str, hostile: str, right: str) -> Difference | None:
    name = ascii(hostile)
    expected = f"{name} between two words is replaced by something visible"
    # Its neighbours may be apart, on different lines, or overwritten: what counts is what the terminal was sent.
    got = screen.between(trace.output, left, right)
    if got is None and not any(word.encode() in trace.output for word in (left, right)):
        decided: Decided = "deadline" if trace.ended_by_wait else "sentinel"
        return Difference("CLIENT-4", expected, "neither of the words is shown", "screen", decided)
    if got is None:
        shown = left if left.encode() in trace.output else right
        return Difference("CLIENT-4", expected, f"of the two words only {shown!r} is shown", "screen", "sentinel")
    raw = [character for character in hostile if _drives(character) and character in got]
    if raw:
        return Difference("CLIENT-4", expected, f"raw on the screen: {got!a}", "screen", "frame")
    inside = got.removeprefix("a").removesuffix("b")
    if not screen.is_visible(inside):
        return Difference("CLIENT-4", expected, f"nothing visible between its neighbours: {got!a}", "screen", "frame")
    return None


def _drives(character: str) -> bool:
    return unicodedata.category(character) == "Cc" or character in OVERRIDES


def _script(blocks: Iterable[Block]) -> Script:
    return Script(blocks=tuple(blocks))


@check("CLIENT-4", "replaces-controls", _driven, needs=(SHOWS, COUNTS), twin=plainly)
def _controls(plan: Plan) -> Iterable[Script]:
    """Each control character (C0, DEL, C1) and each bidirectional override in a text is replaced by something visible."""
    few = [*C0[::2], "\x1b", "\r", "\n", "\x7f", *C1[::5], "\x9b", *OVERRIDES]
    hostile = [*C0, *C1, *OVERRIDES] if plan.depth != "quick" else few
    yield _script(_in_text(number, one) for number, one in enumerate(dict.fromkeys(hostile), 1))


@check("CLIENT-4", "replaces-sequences", _driven, needs=(SHOWS, COUNTS), twin=plainly)
def _sequences(plan: Plan) -> Iterable[Script]:
    """Escape sequences and line breaks in a text are replaced: no colours, no title, no cursor, no forged line."""
    yield _script(_in_text(number, one) for number, one in enumerate([*SEQUENCES, FORGED], 1))


@check("CLIENT-4", "replaces-controls-in-nicks", _driven, needs=(SHOWS, COUNTS), twin=plainly)
def _nicks(plan: Plan) -> Iterable[Script]:
    """The same in a nick, as a server passes it on that does not look at nicks."""
    yield _script(
        _in_nick(number, one) for number, one in enumerate(["\x1b[31m", "\r", "\n", "\x9b", "\u202e", "\x07"], 1)
    )


@check("CLIENT-4", "replaces-controls-in-announcements", _driven, needs=(*TALKS, COUNTS), twin=plainly)
def _services(plan: Plan) -> Iterable[Script]:
    """The same in service messages."""
    yield _script(_in_service(number, one) for number, one in enumerate(["\x1b[31m", "\r", "\n", "\x9b", "\u202e"], 1))


def _unnamed(trace: ClientTrace) -> dict[str, str]:
    shown = []
    for number, (character, name) in enumerate(UNNAMED.items(), 1):
        got = screen.between(trace.output, token(2 * number), token(2 * number + 1))
        if got is not None and character in got:
            shown.append(name)
    time = screen.between(trace.output, token(900), token(901))
    where = "not shown" if time is None else "raw" if "\x1b" in time else "replaced"
    return {"characters shown as they are": ", ".join(shown) or "none of those tried", "an escape in a time": where}


def _nothing(trace: ClientTrace, control: ClientTrace | None) -> list[Difference]:
    return []


@check("CLIENT-4", "choices", _nothing, needs=(SHOWS, COUNTS), remark=_unnamed)
def _open(plan: Plan) -> Iterable[Script]:
    """What no sentence names is recorded: other invisible characters in a text, an escape in a time."""
    blocks = [_in_text(number, one) for number, one in enumerate(UNNAMED, 1)]
    timed = Out("ann", _sign(900), f"{token(900)}\x1b[31m{token(901)}")
    yield Script(blocks=(*blocks, (Send((timed,)), Shown(_sign(900), soft=True))))
