"""What was seen in passing: deviations that show in a playing of some check which is about something else.

A check blames its own requirement only. What else is wrong in its playings is written down here, and looked at again at
the end of a run in which nothing has failed: then there is no other failure that it could come from.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from conformance.differences import differences, show
from conformance.octets import NOW, Got, Out, Reader, announced, instant, joined
from conformance.room import Room
from conformance.script import Mute, Rst, Script, Send
from conformance.trace import Difference, Trace

# Judged by their own checks first: every conversation shows broken frames of a server that miscounts.
CONSEQUENCES = frozenset(["FRAME-1", "FRAME-2", "BODY-1", "BODY-2"])

TORN = frozenset(["FRAME-1", "RELAY-8"])  # seen where octets came that begin no frame

LAST_LOOKS = 3  # conversations of one requirement
SHORT = 100  # characters of a text that no buffer cuts


@dataclass(slots=True)
class Suspicion:
    """A deviation seen in passing.

    Attributes:
        check: the name of the check in whose playing it was seen.
        times: in how many playings.
        is_certain: whether one such playing proves it; else it has to be seen again.
    """

    check: str
    script: Script
    trace: Trace
    difference: Difference
    times: int = 1
    is_certain: bool = False


class Suspicions:
    """All that was seen in passing, the first of each requirement kept as evidence.

    Attributes:
        found: by requirement.
        consequences: of the requirements that usually fail because of others: worth a look where no other has failed.
        unexplained: what no check has blamed, though it is wrong in a conversation of well-formed frames: the last thing to
            be looked at, by requirement, the likeliest first.
    """

    def __init__(self) -> None:
        self.found: dict[str, Suspicion] = {}
        self.consequences: dict[str, Suspicion] = {}
        self.unexplained: dict[str, list[Suspicion]] = {}

    def add(self, suspicion: Suspicion) -> None:
        """Writes down one deviation; what is a usual consequence of others apart."""
        requirement = suspicion.difference.requirement
        if not suspicion.is_certain and not (
            is_plain(suspicion.script) and is_its_own(suspicion.difference, suspicion.trace)
        ):
            return
        if not suspicion.is_certain and requirement in CONSEQUENCES:
            self.consequences.setdefault(requirement, suspicion)
            return
        known = self.found.setdefault(requirement, suspicion)
        if known is not suspicion:
            known.times += 1
            if suspicion.is_certain and not known.is_certain:
                suspicion.times = known.times
                self.found[requirement] = suspicion

    def wonder(self, suspicion: Suspicion, *, is_likely: bool = False) -> None:
        """Writes down what a check has seen and cannot blame on its own requirement: in a playing beside others, where it
        may be of theirs, or, which is likelier, in the conversation that it has come back in."""
        known = self.unexplained.get(suspicion.difference.requirement, [])
        if any((suspicion.check, suspicion.script) == (other.check, other.script) for other in known):
            return
        if is_well_formed(suspicion.script) and is_its_own(suspicion.difference, suspicion.trace):
            known = [suspicion, *known] if is_likely else [*known, suspicion]
            self.unexplained[suspicion.difference.requirement] = known[:LAST_LOOKS]

    def watch(self, check: str, script: Script, trace: Trace) -> None:
        """Looks for what no server may do, whatever it was sent: not even, at the end, what is no frame."""
        garbled = [found for found in differences(trace) if found.requirement in TORN] if trace.garbage else []
        for difference in [*garbled[:1], *never_allowed(trace)]:
            self.add(Suspicion(check, script, trace, difference, is_certain=True))


def is_its_own(difference: Difference, trace: Trace) -> bool:
    """Whether what was seen may be the failure of the requirement that it is named after. Every conversation shows JOIN-2 of a
    server that lets nobody in any more, whatever brought that about: only the join of somebody who is in counts."""
    if difference.requirement != "JOIN-2":
        return True
    texts = {who: joined(member.nick) for who, member in trace.room.members.items()}
    return difference.decided_by != "closed" and any(
        text in difference.expected
        and any(frame.is_service and frame.text == text for frame in trace.frames.get(who, []))
        for who, text in texts.items()
    )


def is_well_formed(script: Script) -> bool:
    """Whether nothing but whole and valid frames is sent in a conversation."""
    sent: dict[str, list[bytes]] = {}
    for step in script.steps:
        if isinstance(step, Send):
            sent.setdefault(step.who, []).append(step.octets)
    for octets in sent.values():
        reader = Reader()
        frames = list(reader.feed(b"".join(octets), 0.0, 0.0))
        if reader.garbage is not None or reader.unfinished or any(frame.problem is not None for frame in frames):
            return False
    return True


def is_plain(script: Script) -> bool:
    """Whether nothing in a conversation could be the business of another requirement: short ASCII texts in canonical frames,
    each written whole and alone, by members that read and end in order."""
    parts = [part for step in script.steps if isinstance(step, Send) for part in step.parts]
    frames = [part for part in parts if isinstance(part, Out)]
    odd = any(isinstance(step, Mute | Rst) or (isinstance(step, Send) and len(step.parts) > 1) for step in script.steps)
    return (
        not (odd or script.cuts or len(frames) < len(parts))
        and all(part.header == "canonical" and (part.time == NOW or instant(part.time)) for part in frames)
        and all((part.nick + part.text).isascii() and len(part.text) <= SHORT for part in frames)
    )


def never_allowed(trace: Trace) -> Iterator[Difference]:
    """Deviations that no octets of a client excuse: times that decrease, echoes, messages that come twice, bodies and times
    of another form. Where frames could not be told apart nothing is said: everything behind is wrong then."""
    if trace.garbage:
        return
    room = trace.room
    said = _said(trace, room)
    asked = _asked(trace)
    # Lengths that count something else than octets shift all that follows.
    is_ascii = all(step.is_ascii for step in trace.steps if isinstance(step, Send))
    for who, frames in trace.frames.items():
        if is_ascii:
            yield from _forms(who, frames)
        yield from _decreasing(room, who, frames)
        yield from _twice(who, frames, said)
        yield from _echoed(trace, room, who, frames)
    if asked is not None:
        yield from _false_announcements(trace, asked)


def _asked(trace: Trace) -> set[str] | None:
    """The nicks that were asked for or claimed in a conversation; None where more than whole frames was sent."""
    parts = [part for step in trace.steps if isinstance(step, Send) for part in step.parts]
    if not trace.tag or any(isinstance(part, bytes) for part in parts):
        return None
    return {part.nick for part in parts if isinstance(part, Out)}


def _false_announcements(trace: Trace, asked: set[str]) -> list[Difference]:
    """Service messages that look like an announcement of a nick that nobody has asked for (SERVICE-1), one for each party."""
    found = []
    for who, frames in trace.frames.items():
        said = ((frame, announced(frame.text)) for frame in frames if frame.is_service)
        false = (frame for frame, of in said if of is not None and trace.tag in of[1] and of[1] not in asked)
        if (frame := next(false, None)) is not None:
            expected = "no announcement but of joins and leaves"
            found.append(Difference("SERVICE-1", expected, show(frame), who, "frame"))
    if found and any(other.requirement in ("NICK-2", "JOIN-2") for other in differences(trace)):
        return []  # it may stand for a nick that was changed on its way
    return found


def _forms(who: str, frames: list[Got]) -> Iterator[Difference]:
    for frame in frames:
        if frame.problem == "BODY-1":
            yield Difference("BODY-1", "exactly two NUL octets in the body", repr(frame.body[:80]), who, "frame")
        elif frame.problem is None and instant(frame.time) is None:
            yield Difference("TIME-1", "a UTC time as RFC 3339 has it", repr(frame.time), who, "frame")


def _decreasing(room: Room, who: str, frames: list[Got]) -> Iterator[Difference]:
    """RELAY-4: never, on one connection. What was said before the party joined is not due to it at all (JOIN-4)."""
    member = room.members[who]
    past = {item.text for item in (*member.before, *member.maybe) if item.kind == "chat"}
    stamped = [(frame, instant(frame.time)) for frame in frames if frame.text not in past]
    for (before, earlier), (frame, later) in pairwise(stamped):
        is_set_back = frame.wall < before.wall  # this machine's clock, and with it perhaps the server's
        if earlier is not None and later is not None and later < earlier and not is_set_back:
            yield Difference("RELAY-4", f"no earlier than {before.time}", frame.time, who, "frame")
            return


def _said(trace: Trace, room: Room) -> Counter[tuple[str, str]]:
    """How often each nick said each text with the tag of the playing; what stands in raw octets too is nobody's."""
    raw = b"".join(
        part for step in trace.steps if isinstance(step, Send) for part in step.parts if isinstance(part, bytes)
    )
    texts = Counter((member.nick, text) for member in room.members.values() for text in member.said)
    return Counter(
        {
            (nick, text): count
            for (nick, text), count in texts.items()
            if trace.tag and trace.tag in text and text.encode() not in raw
        }
    )


def _twice(who: str, frames: list[Got], said: Counter[tuple[str, str]]) -> Iterator[Difference]:
    heard = Counter((frame.nick, frame.text) for frame in frames if not frame.is_service)
    for (nick, text), count in said.items():
        if heard[nick, text] > count:
            yield Difference("RELAY-1", f"{text[:60]!a} {count} times", f"{heard[nick, text]} times", who, "frame")
            return


def _echoed(trace: Trace, room: Room, who: str, frames: list[Got]) -> Iterator[Difference]:
    member = room.members[who]
    others = {text for other in room.members.values() if other is not member for text in other.said}
    own = {text for text in member.said if trace.tag in text} - others
    for frame in frames:
        if frame.text in own and not frame.is_service and frame.nick == member.nick and not member.wild:
            yield Difference("RELAY-2", "nothing of its own", f"{frame.text[:60]!a}", who, "frame")
            return
