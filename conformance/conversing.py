"""Drawn conversations of several members: who comes, what is said, and how each goes, as one script.

What is drawn is a list of moves, each a kind and some numbers; `conversation` plays them out on a list of who is there,
so that any list makes sense and a shorter one is a simpler conversation. A conversation is plain but for one feature: if
it fails, and the same without the feature does not, the feature's requirement is broken.
"""

from dataclasses import dataclass, field
from typing import Any

from hypothesis import strategies as st

from conformance.octets import Out
from conformance.script import (
    TAG,
    Fence,
    Fin,
    Mute,
    Open,
    Rst,
    Script,
    Send,
    Settle,
    Step,
    Unmute,
    cast,
    nick,
    script,
    sentinel,
)

PLAIN = ("join", "say", "say", "say", "leave")  # more is said than done
FEATURES = (
    "visit",  # somebody connects, does not join, and may go again
    "burst",  # frames without a pause
    "clash",  # everybody who is there speaks at once
    "cut",  # a frame in pieces
    "together",  # frames in one write
    "large",  # a text of up to 100,000 octets
    "breath",  # a join, words and a FIN in one breath
    "reset",  # a connection is reset
    "return",  # somebody comes back under a nick that has become free
    "stall",  # somebody connects and stops inside its first frame
    "deafen",  # somebody does not read for a while
)
MOST_MEMBERS = 6
SIZES = (255, 1014, 4086, 8192, 16374, 65536, 100_000)  # octets of a large text, about


@dataclass(frozen=True, slots=True)
class Move:
    """One thing that happens: `who` chooses among those that are there, `number` sizes and places what is done."""

    kind: str
    who: int
    number: int


def moves(feature: str | None = None, most: int = 14) -> Any:
    """Lists of moves: the plain ones, and those of one feature.

    Raises:
        ValueError: there is no such feature.
    """
    if feature is not None and feature not in FEATURES:
        raise ValueError(f"no feature {feature!r}")
    kinds = PLAIN if feature is None else (*PLAIN, feature, feature, feature)
    move = st.builds(Move, st.sampled_from(kinds), st.integers(0, MOST_MEMBERS - 1), st.integers(0, 999))
    return st.lists(move, min_size=1, max_size=most)


def conversations(feature: str | None = None, most: int = 14) -> Any:
    """Scripts of drawn conversations, plain but for one feature."""
    return moves(feature, most).map(conversation)


def conversation(drawn: list[Move]) -> Script:
    """The script of a list of moves: two members are there from the begin, and at the end all who are left are heard."""
    room = _Room()
    steps = [step for move in drawn for step in room.steps(move)]
    ends = [step for who in room.deaf for step in (Unmute(who), Settle())]
    last = [sentinel(who, name=name) for who, name in room.there.items()]
    return script(cast("ann", "bob"), steps, ends, *last)


@dataclass(slots=True)
class _Room:
    """Who is there, under which nick, while moves are played out."""

    there: dict[str, str] = field(default_factory=lambda: {"ann": nick("ann"), "bob": nick("bob")})
    free: list[str] = field(default_factory=list)
    visitors: list[str] = field(default_factory=list)
    deaf: list[str] = field(default_factory=list)
    come: int = 0
    said: int = 0

    def steps(self, move: Move) -> list[Step]:
        """What a move does; nothing if there is nobody to do it."""
        found: list[Step] = getattr(self, f"_{move.kind}")(move)
        return found

    def _one(self, move: Move) -> str:
        """One of those who are there and read; there always is one."""
        able = [who for who in self.there if who not in self.deaf]
        return able[move.who % len(able)]

    def _text(self) -> str:
        self.said += 1
        return f"text {self.said} {TAG}"

    def _out(self, who: str, text: str | None = None) -> Out:
        return Out(self.there[who], self._text() if text is None else text)

    def _new(self) -> str:
        self.come += 1
        return f"m{self.come}"

    def _join(self, move: Move, name: str | None = None) -> list[Step]:
        if len(self.there) >= MOST_MEMBERS:
            return []
        who = self._new()
        self.there[who] = name if name is not None else nick(who)
        return [Open(who), Send(who, (Out(self.there[who]),)), Settle()]

    def _say(self, move: Move) -> list[Step]:
        who = self._one(move)
        return [Send(who, (self._out(who),)), Settle()]

    def _leave(self, move: Move, by: type[Fin] | type[Rst] = Fin) -> list[Step]:
        who = self._one(move)
        if len(self.there) - len(self.deaf) <= 1:
            return []
        self.free.append(self.there.pop(who))
        return [by(who), Settle()]

    def _visit(self, move: Move) -> list[Step]:
        if self.visitors and move.number % 2:
            return [Fin(self.visitors.pop()), Fence()]
        self.visitors.append(self._new())
        return [Open(self.visitors[-1]), Fence()]

    def _burst(self, move: Move) -> list[Step]:
        who = self._one(move)
        return [*(Send(who, (self._out(who),)) for _ in range(2 + move.number % 30)), Settle()]

    def _clash(self, move: Move) -> list[Step]:
        able = [who for who in self.there if who not in self.deaf]
        return [*(Send(who, (self._out(who),)) for _ in range(1 + move.number % 8) for who in able), Settle()]

    def _cut(self, move: Move) -> list[Step]:
        who = self._one(move)
        out = self._out(who)
        last = len(out.octets) - 1
        places = {1 + move.number % last, 1 + move.number // 7 % last}
        return [Send(who, (out,), tuple(sorted(places))), Settle()]

    def _together(self, move: Move) -> list[Step]:
        who = self._one(move)
        return [Send(who, tuple(self._out(who) for _ in range(2 + move.number % 5))), Settle()]

    def _large(self, move: Move) -> list[Step]:
        who = self._one(move)
        size = SIZES[move.number % len(SIZES)] + move.number // 300 - 1
        return [Send(who, (self._out(who, f"{self._text()} {'l' * size}"),)), Settle()]

    def _breath(self, move: Move) -> list[Step]:
        who = self._new()
        words = tuple(Out(nick(who), self._text()) for _ in range(1 + move.number % 6))
        return [Open(who), Send(who, (Out(nick(who)), *words)), Fin(who), Settle()]

    def _reset(self, move: Move) -> list[Step]:
        return self._leave(move, Rst)

    def _return(self, move: Move) -> list[Step]:
        if not self.free or len(self.there) >= MOST_MEMBERS:
            return self._leave(move)  # so that somebody can come back
        return self._join(move, self.free.pop(move.number % len(self.free)))

    def _stall(self, move: Move) -> list[Step]:
        who = self._new()
        octets = Out(nick(who)).octets
        return [Open(who), Send(who, (octets[: 1 + move.number % (len(octets) - 1)],)), Fence()]

    def _deafen(self, move: Move) -> list[Step]:
        if self.deaf:
            return [Unmute(self.deaf.pop()), Settle()]
        if len(self.there) < 3:
            return self._join(move)
        self.deaf.append(self._one(move))
        return [Mute(self.deaf[-1])]
