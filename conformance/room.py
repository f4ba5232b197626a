"""The model of the room: what a faithful server owes every party of a script, and how a trace differs from it.

The model walks the steps as protocol.md reads them: the first frame of a connection is its join (JOIN-1), every later
one is chat to all the others that are joined (RELAY-1). Raw octets make a connection `wild`: nothing is owed to it.
What a party has sent since everybody last waited, and a reset of its own may have overtaken, is `doubtful` (RELAY-1):
it may arrive or not.
"""

from collections import Counter
from collections.abc import Hashable
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from conformance.octets import Got, Out, announced
from conformance.script import Close, Fence, Fin, Open, Rst, Send, Settle, Step

Decided = Literal["frame", "sentinel", "closed", "deadline", "process"]


class Item(NamedTuple):
    """One frame that a party is owed: an announcement, or a chat text, of one member."""

    kind: Literal["joined", "left", "chat"]
    who: str
    text: str = ""


@dataclass(slots=True)
class Member:
    """What the model knows of one party."""

    who: str
    state: Literal["open", "joined", "gone"] = "open"
    wild: bool = False
    nick: str = ""
    owed: list[Item] = field(default_factory=list)
    due: dict[Hashable, Item] = field(
        default_factory=dict
    )  # of that, what tells that all before it has come: see `due`
    said: list[str] = field(default_factory=list)
    before: list[Item] = field(default_factory=list)  # all that happened before it joined (JOIN-4)
    maybe: list[Item] = field(default_factory=list)  # said before it joined, and perhaps taken behind its join
    # Its words since somebody was known to have heard one, each with whether anybody was there to hear it.
    unproven: list[tuple[Item, bool]] = field(default_factory=list)
    unread: list[Item] = field(default_factory=list)  # of its own, since everybody last waited


class Room:
    """The model. Steps are applied in the order in which they are played."""

    def __init__(self, steps: tuple[Step, ...] = ()) -> None:
        self.members: dict[str, Member] = {}
        self.doubtful: set[Item] = set()
        self.holders: dict[str, list[str]] = {}  # of each nick, in the order in which they asked for it
        self._past: list[Item] = []
        for step in steps:
            self.apply(step)

    def apply(self, step: Step) -> None:
        """Takes one step into account."""
        match step:
            case Open(who=who):
                self.members[who] = Member(who, before=list(self._past))
            case Send(who=who, parts=parts):
                for part in parts:
                    self._frame(self.members[who], part)
            case Rst(who=who):
                self._overtake(self.members[who])
                self._leave(self.members[who])
            case Fin(who=who) | Close(who=who):
                self._leave(self.members[who])
            case Settle() | Fence():
                for member in self.members.values():
                    member.unread.clear()
                if isinstance(step, Settle):
                    self._prove()
            case _:
                pass

    def _frame(self, member: Member, part: Out | bytes) -> None:
        if member.wild or member.state == "gone":
            return
        if isinstance(part, bytes):
            member.wild = True
        elif member.state == "open":
            member.state, member.nick = "joined", part.nick
            if part.nick:
                self.holders.setdefault(part.nick, []).append(member.who)
            member.maybe = [item for other in self.members.values() for item, _ in other.unproven]
            if member.maybe:
                member.before = [item for item in member.before if item not in member.maybe]
            self._owe(Item("joined", member.who), besides=None)
            member.unread.append(Item("joined", member.who))
        else:
            said = Item("chat", member.who, part.text)
            member.said.append(part.text)
            self._owe(said, besides=member)
            member.unread.append(said)
            has_ears = any(other.state == "joined" for other in self.members.values() if other is not member)
            member.unproven.append((said, has_ears))

    def _prove(self) -> None:
        """What somebody has heard was taken by the server, and so was what the same member said before it (RELAY-6)."""
        for member in self.members.values():
            last = max((place for place, (_, has_ears) in enumerate(member.unproven) if has_ears), default=-1)
            del member.unproven[: last + 1]

    def _overtake(self, member: Member) -> None:
        """A server need not read what a reset has overtaken (RELAY-1); a join that was lost is not left, either."""
        self.doubtful.update(member.unread)
        if Item("joined", member.who) in member.unread:
            self.doubtful.add(Item("left", member.who))
        for other in self.members.values():
            other.due.clear()
            for item in other.owed:
                self._await(other, item)

    def _leave(self, member: Member) -> None:
        joined = member.state == "joined"
        member.state = "gone"
        if joined:
            self._owe(Item("left", member.who), besides=member)

    def _owe(self, item: Item, besides: Member | None) -> None:
        self._past.append(item)
        for other in self.members.values():
            if other is besides:
                continue
            if other.state == "joined":
                other.owed.append(item)
                self._await(other, item)
            elif other.state == "open":
                other.before.append(item)

    def _await(self, member: Member, item: Item) -> None:
        if item not in self.doubtful:
            member.due[item.who if item.kind == "chat" else item] = item

    def due(self, who: str) -> dict[Hashable, Item]:
        """What has to arrive at a party before nothing more can be said to be missing: every announcement, and the last
        chat of each member (RELAY-6: what that member said before has arrived by then, or never will). What has arrived may
        be taken out."""
        member = self.members[who]
        return member.due if member.state == "joined" and not member.wild else {}


class Reading:
    """The frames of one party, each matched with the member that it is about.

    Attributes:
        items: the frames that are items of this cast, with the frame; in the order received.
        strange: frames that could not be matched and are not plainly somebody else's.
    """

    def __init__(self, room: Room, who: str) -> None:
        self.room = room
        self.who = who
        self.items: list[tuple[Item, Got]] = []
        self.strange: list[Got] = []
        self.seen: Counter[Item] = Counter()

    def take(self, frame: Got) -> None:
        """Matches one more frame."""
        item = self._match(frame)
        if item is None:
            self.strange.append(frame)
        else:
            self.items.append((item, frame))
            self.seen[item] += 1

    def _match(self, frame: Got) -> Item | None:
        said = announced(frame.text) if frame.is_service else None
        if frame.is_service and said is None:
            return None
        name = said[1] if said is not None else frame.nick
        holders = self.room.holders.get(name)
        if holders is None:
            return None
        if said is None:
            items = [Item("chat", who, frame.text) for who in holders]
        else:
            items = [Item("joined" if said[0] == "joined" else "left", who) for who in holders]
        return items[0] if len(items) == 1 else self._first_due(items)

    def _first_due(self, items: list[Item]) -> Item:
        """Of several members who have had one nick after the other, the first of whom this was still due."""
        owed = Counter(self.room.members[self.who].owed)
        return next((item for item in items if self.seen[item] < owed[item]), items[-1])
