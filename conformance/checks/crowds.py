"""JOIN-2, RELAY-1, RELAY-2, LEAVE-1 and ROBUST-5 once more: for every place in the room, and every state of a member.

The suite's two canaries are always the oldest members, and nobody reads what they hear; so some checks do without.
"""

from collections.abc import Iterator

from conformance.check import Plan, check, ordinary
from conformance.checks.robustness import SERVED, by_fin, unserved
from conformance.differences import differences
from conformance.octets import Out, joined, left
from conformance.room import Decided
from conformance.script import (
    TAG,
    Fence,
    Fin,
    Hears,
    Mute,
    Open,
    Rst,
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

FIVE = [f"m{number}" for number in range(5)]
EIGHT = [f"m{number}" for number in range(8)]


def _all_speak(turns: int) -> Script:
    """Five members, each of whom says something in every turn."""
    talk = [[*(step for who in FIVE for step in burst(who, plain(f"{who}.{turn}"))), Settle()] for turn in range(turns)]
    return script(cast(*FIVE), *talk, *(sentinel(who) for who in FIVE))


@check("RELAY-1", "in-every-place", alone=True)
def in_every_place(plan: Plan) -> Iterator[Script]:
    """Five members, each saying many things: the oldest hears all the others once, as the newest does."""
    yield _all_speak(plan.pick(18, 35, 100))


@check("RELAY-2", "in-every-place", alone=True)
def no_echo_in_any_place(plan: Plan) -> Iterator[Script]:
    """Five members, each saying many things: nobody hears itself, the oldest included."""
    yield _all_speak(plan.pick(18, 35, 100))


def _alike(script_: Script) -> Script:
    """The twin: the same under nicks that have nothing to do with each other."""
    return _named(*map(nick, ("ann", "bob", "carl", "dora", "eve", "fred")))


def _named(*names: str) -> Script:
    """Members under these nicks, each of whom says something that all the others hear."""
    parties = [f"p{number}" for number in range(len(names))]
    come = [enter(who, name) for who, name in zip(parties, names, strict=True)]
    return script(*come, *(sentinel(who, name=name) for who, name in zip(parties, names, strict=True)))


@check("RELAY-1", "nicks-alike", twin=_alike, needs=("NICK-1", "NICK-2", "NICK-4"))
def nicks_alike(plan: Plan) -> Iterator[Script]:
    """Members of whose nicks one is the beginning or the end of another, or differs in one character: all hear all."""
    yield _named(TAG, f"{TAG}a", f"{TAG}ab", f"x{TAG}", f"{TAG}b", f"y{TAG}")
    long = f"{TAG}{'n' * 55}"
    yield _named(long, f"{long}b", f"{long}c", f"b{long}", f"c{long}", long[:-1])


@check("LEAVE-1", "in-every-place", alone=True)
def leave_in_every_place(plan: Plan) -> Iterator[Script]:
    """Of eight members the oldest, the newest and those between leave in turn: each who stays hears of each, once."""
    for order in ([0, 7, 4, 1, 2, 5, 6], [4, 3, 7, 0, 6, 1, 5], [7, 6, 5, 4, 3, 2, 1])[: plan.pick(2, 3, 3)]:
        yield script(cast(*EIGHT), *([Fin(EIGHT[place]), Settle()] for place in order))


def _at_once(ends: list[Step], *between: Step) -> Script:
    """Members whose connections end in one moment; one stays, and speaks and is heard."""
    gone = [step for end in ends for step in (*between, end)]
    return script(cast("ann", *EIGHT[: len(ends)]), gone, Settle(), enter("late"), sentinel("late"), sentinel("ann"))


@check("LEAVE-1", "at-once")
def leave_at_once(plan: Plan) -> Iterator[Script]:
    """Several members end at the same moment, in silence and while they are spoken to: each leave is announced once."""
    for turn in range(plan.pick(2, 4, 12)):
        yield _at_once([Fin(who) for who in EIGHT[: 5 + turn % 3]])
        yield _at_once([Fin(who) for who in EIGHT[: 5 + turn % 3]], *burst("ann", plain(turn)))


@check("LEAVE-1", "at-once-by-reset", needs=("ROBUST-5",))
def reset_at_once(plan: Plan) -> Iterator[Script]:
    """The same of members that are reset, and of some that end in order beside them."""
    for turn in range(plan.pick(2, 4, 12)):
        yield _at_once([Rst(who) for who in EIGHT[: 5 + turn % 3]])
        yield _at_once([Rst(who) if number % 2 else Fin(who) for number, who in enumerate(EIGHT[:6])])
        yield _at_once([Rst(who) for who in EIGHT[:5]], *burst("ann", plain(turn)))


def _inside_frames(*meanwhile: Step) -> Iterator[Script]:
    """Something happens while a frame of bob's is unfinished, in its header or in its body; then the rest of it comes."""
    text = f"whole {TAG}."  # the tag is not cut
    frame = Out(nick("bob"), text).octets
    for place in (3, 10, len(frame) - 1):
        rest = [Send("bob", (frame[place:],)), Hears("ann", text)]
        yield script(cast("ann", "bob"), Send("bob", (frame[:place],)), Fence(), meanwhile, rest)


def _unheard(trace: Trace) -> list[Difference]:
    """The member that is inside a frame of its own has not heard an announcement that was made meanwhile."""
    said = [step.text for step in trace.steps if isinstance(step, Hears) and step.who == "bob"]
    heard = {frame.text for frame in trace.frames.get("bob", []) if frame.is_service}
    how: Decided = "deadline" if trace.expired is not None else "closed"
    seen = "nothing, while its own frame is unfinished"
    return [
        Difference("JOIN-2" if text.endswith("joined the chat") else "LEAVE-1", f"Server: {text!r}", seen, "bob", how)
        for text in said
        if text not in heard
    ]


@check("JOIN-2", "inside-a-frame", judge=_unheard, twin=ordinary, needs=("FRAME-6", "ROBUST-2"))
def join_inside_a_frame(plan: Plan) -> Iterator[Script]:
    """A member whose own frame is unfinished hears who joins meanwhile."""
    yield from _inside_frames(Open("carl"), Send("carl", (Out(nick("carl")),)), Hears("bob", joined(nick("carl"))))


@check("LEAVE-1", "to-one-inside-a-frame", judge=_unheard, twin=ordinary, needs=("FRAME-6", "ROBUST-2", "JOIN-2"))
def leave_inside_a_frame(plan: Plan) -> Iterator[Script]:
    """A member whose own frame is unfinished hears who leaves meanwhile."""
    come: list[Step] = [Open("carl"), Send("carl", (Out(nick("carl")),)), Hears("bob", joined(nick("carl")))]
    yield from _inside_frames(*come, Fin("carl"), Hears("bob", left(nick("carl"))))


def _grows_and_shrinks(plan: Plan) -> Script:
    """A crowd comes one by one, past all sizes at which a table may be full, and goes in a drawn order; each time the newest,
    and one who is drawn, say something."""
    members = [f"m{number}" for number in range(plan.pick(34, 34, 38))]
    there: list[str] = []
    steps: list[Step] = []
    for number, who in enumerate(members):
        there.append(who)
        steps += [*enter(who), *burst(who, plain(f"new {number}"))]
        if number:  # another's: two frames of one member may arrive together, and are FRAME-6's business
            steps += burst(plan.random.choice(there[:-1]), plain(f"in {number}"))
        steps.append(Settle())
    while len(there) > 2:
        steps += [Fin(there.pop(plan.random.randrange(len(there))))]
        steps += [*burst(plan.random.choice(there), plain(f"out {len(there)}")), Settle()]
    return script(steps, *(sentinel(who) for who in there))


def _untold(trace: Trace) -> list[Difference]:
    """Joins of others that somebody did not hear of. Where one of the crowd did not get in, there may be no room (ROBUST-6)."""
    room = trace.room
    heard = {who: {frame.text for frame in frames if frame.is_service} for who, frames in trace.frames.items()}
    came = [who for who, member in room.members.items() if member.state != "open"]
    if any(joined(room.members[who].nick) not in heard.get(who, set()) for who in came):
        return []
    return differences(trace)


@check("JOIN-2", "in-a-crowd", late=True, judge=_untold, storm=True)
def joins_of_a_crowd(plan: Plan) -> Iterator[Script]:
    """A crowd of dozens comes and goes: each join is announced once to all who are there."""
    yield _grows_and_shrinks(plan)


@check("RELAY-1", "in-a-crowd", late=True, storm=True)
def talk_in_a_crowd(plan: Plan) -> Iterator[Script]:
    """A crowd of dozens comes and goes: each message reaches all others who are there, whatever their number."""
    yield _grows_and_shrinks(plan)


@check("LEAVE-1", "in-a-crowd", late=True, storm=True)
def leave_in_a_crowd(plan: Plan) -> Iterator[Script]:
    """A crowd of dozens comes and goes: each leave is announced once to all who are still there."""
    yield _grows_and_shrinks(plan)


def _others_come(plan: Plan) -> Script:
    """Of some members one leaves, wherever it stands among them, and another comes in its place; then two at once. Whoever has
    come says something."""
    there = [f"m{number}" for number in range(5)]
    fresh = (f"new{number}" for number in range(100))
    steps: list[Step] = list(cast(*there))
    for places in ((2,), (0,), (4,), (1, 2), (3,), (0, 3), (1,))[: plan.pick(6, 7, 7)]:
        gone, come = [there[place] for place in places], [next(fresh) for _ in places]
        there = [who for who in there if who not in gone] + come
        steps += [*(Fin(who) for who in gone), Settle()]
        steps += [step for who in come for step in (*enter(who), *burst(who, plain(f"here {who}")), Settle())]
    return script(steps, *(sentinel(who) for who in there))


@check("JOIN-2", "in-place-of-others", quiet=True, judge=_untold, needs=("LEAVE-1",))
def joins_in_place(plan: Plan) -> Iterator[Script]:
    """Members leave and others come in their place: each join is announced to all who stay, be they older or newer than those
    who have gone."""
    yield _others_come(plan)


@check("RELAY-1", "in-place-of-others", quiet=True, needs=("LEAVE-1", "JOIN-2"))
def talk_in_place(plan: Plan) -> Iterator[Script]:
    """Members leave and others come in their place: what those say reaches all others who are there, and the reverse."""
    yield _others_come(plan)


@check("LEAVE-1", "in-place-of-others", quiet=True, needs=("JOIN-2",))
def leaves_in_place(plan: Plan) -> Iterator[Script]:
    """Members leave, and others come in their place and leave, too: each leave is announced to all who stay."""
    yield _others_come(plan)


EVILS = ("evil", "evil2", "evil3")


def _gone_while(muted: bool, *words: Step, fin: bool = False) -> Script:
    """Those who are neither the oldest nor the newest are gone in the very moment in which others speak."""
    steps: list[Step] = [Mute(who) for who in EVILS if muted]
    for who in EVILS:
        steps += [
            *words,
            *([Fin(who)] if fin else []),
            Rst(who),
            *burst("ann", plain(who)),
            *burst("carl", plain(who)),
            Settle(),
        ]
    return script(cast("ann", *EVILS, "bob", "carl"), steps, [*sentinel("ann"), *sentinel("carl"), *sentinel("bob")])


@check(
    "ROBUST-5",
    "reset-among-talk",
    scope=SERVED,
    judge=unserved,
    twin=by_fin,
    needs=("FRAME-6", "FRAME-7"),
    storm=True,
)
def reset_among_talk(plan: Plan) -> Iterator[Script]:
    """Members are reset while others talk: behind a FIN while the server is busy, not reading, with much to be written to
    them; everybody else hears every word."""
    many = Send("ann", tuple(Out(nick("ann"), plain(f"many {number}")) for number in range(700)))
    large = burst("ann", *(f"{place} {TAG} " + "y" * 50_000 for place in range(10)))
    for turn in range(plan.pick(1, 3, 12)):
        yield _gone_while(False, many, fin=True)
        yield _gone_while(False, *burst("bob", plain(f"first {turn}")))
        yield _gone_while(True, *large)
