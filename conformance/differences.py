"""How a trace differs from what the room owes: the judgement that most checks share."""

import re
from collections import Counter
from collections.abc import Iterator
from difflib import SequenceMatcher

from conformance.octets import HEADER_OCTETS, Got, announced
from conformance.room import Decided, Item, Member, Reading, Room
from conformance.trace import Difference, Trace
from spec.wire import NUL

# One number, spelled as FRAME-3 does not allow; not a piece of a text.
_NUMBERLIKE = re.compile(rb"(?=.*[0-9])\s*([+\-]?(0[xX])?[0-9a-fA-F_.,]+|[0-9]{1,3}( [0-9]{3})+)\s*", re.DOTALL)
_TIMELIKE = re.compile(rb"\d{4}-\d\d-\d\dT")
_FRAMELIKE = re.compile(rb"[0-9 ]{10}\d{4}-\d\d-\d\dT[^\0]*\0[^\0]*\0")  # up to its text


def differences(trace: Trace) -> list[Difference]:
    """How a trace differs from what the room owes, worst first for each party; an empty list if it does not."""
    room = trace.room
    found: list[Difference] = []
    for member in room.members.values():
        if not member.wild:
            found.extend(_Party(trace, room, member).differences())
    return found


def is_of_another(frame: Got, tag: str) -> bool:
    """Whether a frame is about another playing of the run than that with this tag."""
    text, nonce = (frame.nick + frame.text).casefold(), tag[:4]
    if not nonce or nonce not in text:
        return False
    return not any(tag.startswith(rest[: len(tag)]) for rest in _from_each(nonce, text))


class _Party:
    """The judgement of what one party received."""

    def __init__(self, trace: Trace, room: Room, member: Member) -> None:
        self.trace = trace
        self.room = room
        self.member = member
        self.frames = trace.frames.get(member.who, [])
        self.past = {*member.before, *member.maybe}
        self.newcomers = {item.who for item in member.owed if item.kind == "joined"}
        self.reading = Reading(room, member.who)
        for frame in self.frames:
            self.reading.take(frame)
        self.strange = [frame for frame in self.reading.strange if not is_of_another(frame, trace.tag)]

    def differences(self) -> Iterator[Difference]:
        framing = list(self._framing())
        yield from framing
        if framing or self.member.who in self.trace.muted:
            return  # what else is missing here may stand in what could not be read, or was not read yet
        if self.member.state == "joined":
            yield from self._own_join()
            announcements = list(self._announcements())
            if not self.reading.items and self.member.who in self.trace.ended:
                yield from (found for found in announcements if found.requirement == "JOIN-2")
                return  # it was never in: neither words nor leaves are due to it
            yield from announcements
            for other in self.room.members.values():
                if other is not self.member and self._heard_of(other):
                    yield from self._chats(other)
            yield from self._echo()
        elif self.member.state == "open":
            yield from self._unjoined()

    def _difference(self, requirement: str, expected: str, seen: str, decided: Decided = "frame") -> Difference:
        return Difference(requirement, expected, seen, self.member.who, decided)

    def _framing(self) -> Iterator[Difference]:
        torn = next((frame for frame in self.frames if self._is_torn(frame)), None)
        if torn is not None:
            yield self._difference("RELAY-8", "frames written whole", f"another frame inside of {show(torn)}")
            return
        garbage = self.trace.garbage.get(self.member.who)
        if garbage is not None:
            yield self._difference(
                misframed(garbage),
                "a header of ten octets, digits and spaces around them, where the last frame ended",
                repr(garbage[:40]),
            )
        for frame in self.frames:
            if frame.problem == "BODY-1":
                yield self._difference("BODY-1", "exactly two NUL octets in the body", repr(frame.body[:80]))
            elif frame.problem == "BODY-2":
                yield self._difference("BODY-2", "UTF-8", repr(frame.body[:80]))
        unfinished = self.trace.unfinished.get(self.member.who)
        if (
            unfinished
            and self.member.who not in self.trace.muted
            and self.member.state != "gone"
            and self.trace.expired is not None
        ):
            yield self._difference(
                "FRAME-1", "a body as long as its header says", f"only {unfinished[:80]!r}", "deadline"
            )

    def _is_torn(self, frame: Got) -> bool:
        """Whether another frame stands inside of one that is owed, and that is as long as it should be: no length is wrong."""
        if frame.problem != "BODY-1":
            return False  # it has not more than two NULs
        fields = frame.body.split(NUL, 2)
        inside = _FRAMELIKE.search(fields[2]) if len(fields) == 3 else None
        if inside is None:
            return False
        begin, length = fields[2][: inside.start()], len(fields[2])
        texts = (item.text.encode() for item in self.member.owed if item.kind == "chat")
        return any(text.startswith(begin) and len(text) == length for text in texts)

    def _own_join(self) -> Iterator[Difference]:
        own = Item("joined", self.member.who)
        for item, frame in self.reading.items:
            if item == own:
                break
            if item in self.past:
                yield self._difference("JOIN-4", "nothing before the join", show(frame))
        first = self.frames[0] if self.frames and self.reading.seen[own] else None
        if first is None or (first.is_service and first.text == f"[{self.member.nick}] joined the chat"):
            return
        # No greeting may go before it either; but what is told of the time before the join is JOIN-4's.
        if not any(frame is first for item, frame in self.reading.items if item in self.past):
            yield self._difference("JOIN-3", "its own join announcement as the first frame", show(first))

    def _announcements(self) -> Iterator[Difference]:
        owed = Counter(item for item in self.member.owed if item.kind != "chat")
        heard = self._since_own_join()
        for other in self.room.members.values():
            for kind, requirement in (("joined", "JOIN-2"), ("left", "LEAVE-1")):
                if kind == "left" and (not self._heard_of(other) or (other.wild and other.state != "gone")):
                    continue  # it may have been thrown out
                item = Item("joined" if kind == "joined" else "left", other.who)
                wanted, seen = owed[item], heard[item]
                if item in self.room.doubtful:
                    wanted = min(wanted, seen)
                text = f"[{other.nick}] {kind} the chat"
                if seen < wanted:
                    yield self._missing_announcement(requirement, text, other)
                elif seen > wanted:
                    expected = f"{text!r} {'once' if wanted else 'never'}"
                    yield self._difference(requirement if wanted else "SERVICE-1", expected, f"{seen} times")

    def _heard_of(self, other: Member) -> bool:
        """Whether a join that was owed has arrived; of one who never got in, no words and no leave are due."""
        return other.who not in self.newcomers or self.reading.seen[Item("joined", other.who)] > 0 or self.member.wild

    def _since_own_join(self) -> Counter[Item]:
        """What was heard from the own announcement on; what came before it is judged by itself (JOIN-4)."""
        own = Item("joined", self.member.who)
        items = [item for item, _ in self.reading.items]
        return Counter(items[items.index(own) :] if own in items else items)

    def _missing_announcement(self, requirement: str, text: str, other: Member) -> Difference:
        for frame in self.strange:
            said = announced(frame.text) if frame.is_service else None
            if said is not None and text.endswith(f"] {said[0]} the chat") and _alike(said[1], other.nick):
                return self._difference("NICK-2", repr(text), repr(frame.text))
        # A frame that speaks of the nick in other words is the announcement, said wrongly.
        for frame in self.strange:
            if other.nick in frame.text or (frame.text and other.nick == frame.nick):
                return self._difference(requirement, f"Server: {text!r}", show(frame))
        return self._difference(requirement, f"Server: {text!r}", self._nothing(other), self._how(other))

    def _chats(self, other: Member) -> Iterator[Difference]:
        owed = [item.text for item in self.member.owed if item.kind == "chat" and item.who == other.who]
        seen = [item.text for item, _ in self.reading.items if item.kind == "chat" and item.who == other.who]
        if other.wild:  # what it said before its raw octets is owed; whatever came of those is judged elsewhere
            seen = [text for text in seen if text in owed]
        doubtful = {item.text for item in self.room.doubtful if item.kind == "chat" and item.who == other.who}
        owed = [text for text in owed if text not in doubtful or text in seen]
        maybe = Counter(item.text for item in self.member.maybe if item.who == other.who)
        extra_allowed = (Counter(seen) - Counter(owed)) & maybe
        seen = [text for text in seen if not _take(extra_allowed, text)]
        if owed == seen:
            return
        renamed = [frame for frame in self.strange if not frame.is_service]
        missing, extra = [], []
        for tag, start, end, first, last in SequenceMatcher(None, owed, seen, autojunk=False).get_opcodes():
            if tag == "equal":
                continue
            there, here = owed[start:end], seen[first:last]
            for text, instead in zip(there, here, strict=False):
                if text in seen or instead in owed:
                    missing.append(text)
                    extra.append(instead)
                else:
                    yield self._difference("RELAY-3", shown(text), shown(instead))
            missing.extend(there[len(here) :])
            extra.extend(here[len(there) :])
        yield from self._leftover(other, owed, seen, missing, extra, renamed)

    def _leftover(
        self, other: Member, owed: list[str], seen: list[str], missing: list[str], extra: list[str], renamed: list[Got]
    ) -> Iterator[Difference]:
        counts = Counter(seen)
        for text in missing:
            under = next((frame for frame in renamed if frame.text == text and text), None)
            if under is not None:
                yield self._difference("NICK-2", f"{shown(text)} from {shown(other.nick)}", f"from {shown(under.nick)}")
            elif text in extra:
                extra.remove(text)
                yield self._difference("RELAY-6", "frames in the order sent", f"{shown(text)} out of its place")
            else:
                later = bool(seen) and bool(owed) and owed[-1] in counts and text != owed[-1]
                how: Decided = "sentinel" if later else self._how(other)
                yield self._difference("RELAY-1", shown(text), self._nothing(other), how)
        for text in extra:
            if text in [item.text for item in self.member.before if item.who == other.who]:
                yield self._difference("JOIN-4", "no chat from before the join", shown(text))
            elif text in owed:
                yield self._difference("RELAY-1", f"{shown(text)} once", f"{counts[text]} times")
            else:
                yield self._difference("RELAY-3", "only what was said", shown(text))

    def _echo(self) -> Iterator[Difference]:
        for item, frame in self.reading.items:
            if item.kind == "chat" and item.who == self.member.who:
                yield self._difference("RELAY-2", "nothing of its own", show(frame))
                return

    def _unjoined(self) -> Iterator[Difference]:
        for item, frame in self.reading.items:
            if item in self.member.before:
                yield self._difference("JOIN-4", "only service messages addressed to it", show(frame))
                return

    def _how(self, other: Member) -> Decided:
        if self.member.who in self.trace.ended or (other.who in self.trace.ended and other.state != "gone"):
            return "closed"
        return "deadline"

    def _nothing(self, other: Member) -> str:
        for who, name in ((self.member.who, "it"), (other.who, other.who)):
            ending = self.trace.ended.get(who)
            if ending == "unreachable":
                return f"{name} could not connect"
            if ending is not None and not (who == other.who and other.state == "gone"):
                return f"nothing; the server {'closed' if ending == 'fin' else 'reset'} the connection of {who}"
        return "nothing"


def _take(counts: Counter[str], text: str) -> bool:
    """Whether there is one left, which is taken."""
    counts[text] -= 1
    return counts[text] >= 0


def _from_each(part: str, text: str) -> list[str]:
    """What stands from each place of a part on, up to the next character that is no letter or digit."""
    return [re.match(r"[a-z0-9]*", text[match.start() :]).group() for match in re.finditer(re.escape(part), text)]  # type: ignore[union-attr]


def misframed(garbage: bytes) -> str:
    """Whether what stands where a header should is a number spelled wrongly (FRAME-2) or no header of ten octets (FRAME-1).

    The time that follows most headers tells where this one ends.
    """
    time = _TIMELIKE.search(garbage[: 2 * HEADER_OCTETS + 4])
    if time is not None:
        return "FRAME-2" if time.start() == HEADER_OCTETS else "FRAME-1"
    return "FRAME-2" if _NUMBERLIKE.fullmatch(garbage[:HEADER_OCTETS]) else "FRAME-1"


def _alike(one: str, other: str) -> bool:
    """Whether one nick looks like what is left of another: it shares most of its characters."""
    one, other = one.casefold(), other.casefold()
    return bool(one) and (
        one in other or other in one or SequenceMatcher(None, one, other, autojunk=False).ratio() > 0.6
    )


def shown(text: str) -> str:
    """A text for a sentence: escaped, and cut where it is long."""
    return ascii(text) if len(text) <= 60 else f"{text[:40]!a}… ({len(text.encode())} octets)"


def show(frame: Got) -> str:
    """A frame for a sentence."""
    return f"[{frame.nick!a}] {shown(frame.text)}"
