"""NICK: which nicks a server takes, and how it passes them on."""

from collections.abc import Iterator
from typing import Any

from conformance import named, strategies
from conformance.check import DELIVERY, Plan, check
from conformance.differences import differences, show, shown
from conformance.octets import Out, joined, left
from conformance.script import (
    TAG,
    Fin,
    Script,
    Send,
    Settle,
    Step,
    burst,
    cast,
    enter,
    nick,
    plain,
    script,
    sentinel,
)
from conformance.trace import Difference, Trace
from spec.nicks import MAX_NICK_SCALARS, certainly_differ

# A nick that is not taken shows as a join that is not announced; one that is changed on its way is NICK-2's business.
TAKEN = DELIVERY - {"NICK-2"}
JOINED = frozenset(["JOIN-2"])


# Whatever becomes of a nick in an announcement: left out of it, it is the announcement that is missing.
CARRIED = frozenset(["NICK-2", "JOIN-2", "LEAVE-1"])
SIDE_BY_SIDE = 3  # nicks in one conversation


def _named(*names: str) -> Script:
    """Members under nicks of their own, one after the other: each says something plain and leaves."""
    turns: list[Step] = []
    for number, name in enumerate(names):
        who = f"ann{number}" if number else "ann"
        turns += [*enter(who, name), *burst(who, plain(1), name=name), Settle(), Fin(who)]
    return script(cast("bob"), turns, Settle(), sentinel("bob"))


def _plain_nick(script_: Script) -> Script:
    """The twin: the same under plain nicks."""
    return Script(
        tuple(
            Send(step.who, tuple(Out(nick(step.who), part.text) for part in step.parts if isinstance(part, Out)))
            if isinstance(step, Send)
            else step
            for step in script_.steps
        )
    )


def _cut(trace: Trace) -> list[Difference]:
    """Announcements that end inside a character of a nick: what is left of it is another nick. Where a length may count
    something else than octets (FRAME-5), the octets that are missing follow, and are no header."""
    texts = [text for member in trace.room.members.values() for text in (joined(member.nick), left(member.nick))]
    return [
        Difference("NICK-2", "the nick, octet for octet", show(frame), who, "frame")
        for who, frames in trace.frames.items()
        if not (trace.garbage.get(who) or trace.unfinished.get(who))
        for frame in frames
        if frame.problem == "BODY-2"
        and frame.is_service
        and any(text.startswith(frame.text.rstrip("\ufffd")) for text in texts)
    ][:1]


def _carried(trace: Trace) -> list[Difference]:
    """The room's differences, but for those that follow from a refusal (NICK-1); and a member that was told more than
    once of its own join, though it has left since."""
    found = _cut(trace) + differences(trace)
    for who, member in trace.room.members.items():
        own = [frame for frame in trace.frames.get(who, []) if frame.is_service and frame.text == joined(member.nick)]
        if not own and who in trace.ended:
            return [difference for difference in found if difference.requirement == "NICK-2"]
        if len(own) > 1:
            found.append(Difference("JOIN-2", f"{shown(own[0].text)} once", f"{len(own)} times", who, "frame"))
    return found


def _each(names: list[str]) -> Iterator[Script]:
    """Several at a time, none of which some server may take for equal to another (NICK-4)."""
    some: list[str] = []
    for name in names:
        if len(some) == SIDE_BY_SIDE or not all(certainly_differ(name, other) for other in some):
            yield _named(*some)
            some = []
        some.append(name)
    yield _named(*some)


def _longest(plan: Plan) -> Iterator[Script]:
    """Nicks of 64 scalar values and 256 octets, without a tag; drawn, so that hardly anybody holds them."""
    for number in range(plan.pick(1, 2, 6)):
        rest = "".join(chr(0x1F600 + plan.random.randrange(64)) for _ in range(MAX_NICK_SCALARS - 1))
        yield _named(rest + chr(0x1F600 + number))


@check("NICK-1", "ascii", scope=JOINED, twin=_plain_nick, width=4)
def ascii_nicks(plan: Plan) -> Iterator[Script]:
    """Valid nicks of printable ASCII are taken: brackets, spaces inside, digits only, quotes, 64 characters."""
    yield from _each(named.NICKS)


@check("NICK-1", "short", scope=JOINED, twin=_plain_nick, storm=True)
def short_nicks(plan: Plan) -> Iterator[Script]:
    """Nicks of one character, of digits that look like a header, and words that mean something to a language, are taken."""
    yield from map(_named, named.SHORT_NICKS)


@check("NICK-1", "unicode", scope=JOINED, twin=_plain_nick, needs=("FRAME-5", "BODY-2"), width=4)
def unicode_nicks(plan: Plan) -> Iterator[Script]:
    """Valid nicks beyond ASCII are taken: any script, emoji with joiners, right-to-left, marks, 64 scalar values."""
    yield from _each(named.UNICODE_NICKS)


@check("NICK-1", "longest", scope=JOINED, twin=_plain_nick, needs=("FRAME-5", "BODY-2"))
def longest_nicks(plan: Plan) -> Iterator[Script]:
    """Nicks of 64 scalar values of four octets each are taken."""
    yield from _longest(plan)


@check(
    "NICK-1",
    "any",
    scope=JOINED,
    twin=_plain_nick,
    needs=("FRAME-5", "BODY-2"),
    drawn=True,
    quiet=True,
    examples=(10, 32, 300),
)
def any_nick(plan: Plan) -> Any:
    """Drawn valid nicks are taken."""
    return strategies.nicks().map(_named)


@check("NICK-2", "plain")
def carried_plain(plan: Plan) -> Iterator[Script]:
    """Nicks of letters and digits are carried octet for octet in announcements and messages."""
    yield _named(nick("ann"), f"Carl{TAG}")


@check("NICK-2", "ascii", scope=CARRIED, judge=_carried, twin=_plain_nick, width=4)
def carried_ascii(plan: Plan) -> Iterator[Script]:
    """Nicks of printable ASCII likewise: no trimming, folding, truncating."""
    yield from _each(named.NICKS)


@check("NICK-2", "unicode", scope=CARRIED, judge=_carried, twin=_plain_nick, needs=("FRAME-5", "BODY-2"), width=4)
def carried_unicode(plan: Plan) -> Iterator[Script]:
    """Nicks beyond ASCII likewise: no normalising, folding, trimming, truncating."""
    yield from _each(named.UNICODE_NICKS)


@check("NICK-2", "longest", scope=CARRIED, judge=_carried, twin=_plain_nick, needs=("FRAME-5", "BODY-2"))
def carried_longest(plan: Plan) -> Iterator[Script]:
    """Nicks of 64 scalar values of four octets each likewise."""
    yield from _longest(plan)


@check(
    "NICK-2",
    "any",
    scope=CARRIED,
    judge=_carried,
    twin=_plain_nick,
    needs=("FRAME-5", "BODY-2"),
    drawn=True,
    quiet=True,
    examples=(10, 32, 300),
)
def carried_any(plan: Plan) -> Any:
    """Drawn valid nicks likewise."""
    return strategies.nicks().map(_named)
