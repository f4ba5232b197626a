"""What is wrong with a playing: what the client sent beside what was typed, what it shows beside what it was sent.

Each difference names the requirement whose sentence it breaks in a plain conversation.
"""

import re
from collections.abc import Iterator
from typing import Literal

from conformance.clients import screen
from conformance.clients.steps import Admit, Close, EndInput, Reset, Script, Shown
from conformance.clients.trace import ClientTrace
from conformance.octets import HEADER_OCTETS, Got, Out, joined
from conformance.trace import Difference
from spec.nicks import SERVER_NICK

Decided = Literal["frame", "sentinel", "closed", "deadline"]
# A header of ten octets in a form of its own, rather than one of another length or no header at all.
_OTHER_FORM = re.compile(rb"[\s\0+]*(?:0[xX])?[0-9A-Fa-f][0-9A-Fa-f_.,]*[\s\0]*")
MOST = 60  # characters of a text that are quoted


def short(text: str) -> str:
    """A text in quotes, cut where it is long."""
    return ascii(text) if len(text) <= MOST else f"{text[:MOST]!a}… ({len(text):,} characters)"


def everything(trace: ClientTrace, control: ClientTrace | None = None) -> list[Difference]:
    """All that is wrong, on the wire and on the screen."""
    return [*sending(trace), *showing(trace)]


def sending(trace: ClientTrace, control: ClientTrace | None = None) -> list[Difference]:
    """What is wrong with what the client sends."""
    found = list(wire(trace))
    if not trace.frames and not found:
        return [_no_join(trace)]
    return found or [*_join(trace), *_lines(trace)]


def wire(trace: ClientTrace, control: ClientTrace | None = None) -> Iterator[Difference]:
    """What is no frame, or none with a body of three fields of UTF-8."""
    for frame in trace.frames:
        if frame.problem is not None:
            yield _malformed(frame)
    if trace.garbage is not None:
        header = trace.garbage[:HEADER_OCTETS]
        is_form = not trace.frames and _OTHER_FORM.fullmatch(header)
        behind = f" behind frame {len(trace.frames)}" if trace.frames else ""
        seen = f"the octets {header!r}{behind}, which are no header"
        row = "FRAME-2" if is_form else "FRAME-1"
        yield Difference(row, "a header of 10 octets: digits, and spaces around them", seen, "client", "frame")
    elif trace.unfinished and trace.ended_by_wait:
        seen = f"a frame of which only {len(trace.unfinished)} octets came: {trace.unfinished[:MOST]!r}"
        # Where as many frames have come as lines were typed, what is left belongs to one of them.
        decided: Decided = "frame" if len(trace.frames) > len(typed_by(trace)) else _silence(trace)
        yield Difference("FRAME-1", "as many octets as the header says", seen, "client", decided)


def _malformed(frame: Got) -> Difference:
    seen = f"the body {frame.body[:MOST]!r}"
    if frame.problem == "BODY-1":
        return Difference("BODY-1", "three fields with exactly two NUL octets between them", seen, "client", "frame")
    return Difference("BODY-2", "fields that are UTF-8", seen, "client", "frame")


def _silence(trace: ClientTrace) -> Decided:
    """How it is known that nothing more comes."""
    return "closed" if trace.left is not None or trace.exit is not None else "deadline"


def _no_join(trace: ClientTrace) -> Difference:
    seen = "it connected, and sent nothing" if trace.connected else "it never connected"
    if trace.exit is not None:
        seen += f"; its process ended with status {trace.exit}"
    last = [line for line in screen.lines(trace.errors + trace.output) if line.strip()]
    seen += f"; it printed {short(last[-1])}" if last else ""
    return Difference("CLIENT-1", "the client connects and sends its join", seen, "client", _silence(trace))


def _join(trace: ClientTrace) -> Iterator[Difference]:
    nick = trace.script.nick
    if trace.frames[0].nick != nick:
        seen = f"a first frame with the nick {short(trace.frames[0].nick)}"
        yield Difference("CLIENT-1", f"a join with the nick {nick!r}", seen, "client", "frame")


def _lines(trace: ClientTrace) -> Iterator[Difference]:
    """The lines that were typed beside the texts that came: none is lost, changed, split or doubled, and in order."""
    typed = [line.decode("utf-8", "replace") for line in typed_by(trace)]
    came = trace.texts
    for place, wanted in enumerate(typed):
        if place >= len(came):
            seen = "no such frame came" + (f", and the client left ({trace.left})" if trace.left else "")
            yield Difference("CLIENT-1", f"a frame with the text {short(wanted)}", seen, "client", _silence(trace))
            return
        if came[place] != wanted:
            decided: Decided = "sentinel" if wanted not in came and came[place] in typed else "frame"
            seen = f"frame {place + 1} behind the join has the text {short(came[place])}"
            yield Difference("CLIENT-1", f"a frame with the text {short(wanted)}", seen, "client", decided)
            return
    if len(came) > len(typed):
        seen = f"one more frame, with the text {short(came[len(typed)])}"
        yield Difference("CLIENT-1", "one frame for each message", seen, "client", "frame")


def typed_by(trace: ClientTrace) -> list[bytes]:
    """The lines typed in the steps that were begun."""
    return Script((), (), trace.script.steps[: trace.performed]).typed


def showing(trace: ClientTrace, control: ClientTrace | None = None) -> list[Difference]:
    """What is wrong with what the client shows of the frames that it was sent."""
    if not trace.announced:
        return []  # it was never told anything
    ended = early_end(trace)
    if ended is not None:
        return [ended]
    wanted = awaited(trace)
    found = [one for place in range(len(wanted)) if (one := _shown_once(trace, wanted, place)) is not None]
    places = [place for _, word in wanted if (place := trace.output.find(word.encode())) >= 0]
    if not found and places != sorted(places):
        found = [Difference("CLIENT-2", "frames in the order sent", "they are shown in another", "screen", "sentinel")]
    return found


def awaited(trace: ClientTrace) -> list[tuple[Out, str]]:
    """The frames, as they were sent, whose ends the script waited for on the screen; each with the characters waited for."""
    ends = [step.text for step in trace.script.steps[: trace.performed] if isinstance(step, Shown)]
    found = ((frame, next((end for end in ends if frame.text.endswith(end)), None)) for frame in trace.sent)
    return [(frame, end) for frame, end in found if end is not None]


def _shown_once(trace: ClientTrace, wanted: list[tuple[Out, str]], place: int) -> Difference | None:
    frame, word = wanted[place]
    lines = screen.shown_as(trace.output, frame.nick, frame.text)
    if len(lines) == 1:
        return None
    expected = f"one line that ends in {short(f'[{frame.nick}] {frame.text}')}"
    if lines:
        return Difference("CLIENT-2", expected, f"{len(lines)} such lines", "screen", "frame")
    like = next((line for line in screen.lines(trace.output) if word in line), None)
    if like is not None:
        return Difference("CLIENT-2", expected, f"the line {short(like)}", "screen", "frame")
    if any(other.encode() in trace.output for _, other in wanted[place + 1 :]):
        return Difference("CLIENT-2", expected, "no such line, though a later frame is shown", "screen", "sentinel")
    elsewhere = "; it is on standard error" if word.encode() in trace.errors else ""
    return Difference("CLIENT-2", expected, f"no such line{elsewhere}", "screen", _silence(trace))


def early_end(trace: ClientTrace) -> Difference | None:
    """The client has closed the connection, or has died, though nobody gave it a reason to."""
    steps = trace.script.steps[: trace.performed]
    if any(isinstance(step, Close | Reset | EndInput) for step in steps) or trace.left is None:
        return None
    status = f"; its process ended with status {trace.exit}" if trace.exit is not None else ""
    last = [line for line in screen.lines(trace.errors) if line.strip()]
    said = f"; it said {short(last[-1])}" if last else ""
    seen = f"it closed the connection ({trace.left}){status}{said}"
    return Difference("CLIENT-2", "the client goes on reading", seen, "client", "closed")


def announcement(trace: ClientTrace, control: ClientTrace | None = None) -> list[Difference]:
    """What is wrong with how the client shows that it has joined."""
    text = joined(trace.frames[0].nick if trace.frames else trace.script.nick)
    if not trace.announced or any(isinstance(step, Admit) and not step.shown for step in trace.script.head):
        return []
    if len(screen.shown_as(trace.output, SERVER_NICK, text)) == 1:
        return []
    like = next((line for line in screen.lines(trace.output) if text in line), None)
    seen = "no such line" if like is None else f"the line {short(like)}"
    decided: Decided = "frame" if like is not None else "deadline"
    return [Difference("CLIENT-2", f"one line that ends in '[{SERVER_NICK}] {text}'", seen, "screen", decided)]
