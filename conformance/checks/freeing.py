"""NICK-6: when a nick is free again."""

from collections.abc import Callable, Iterator

from conformance.check import Judge, Plan, check
from conformance.checks.joining import first_of_each
from conformance.checks.nicks import TAKEN
from conformance.checks.refusing import ask_for, other_each_time
from conformance.differences import differences, shown
from conformance.octets import Got, Out, announced, joined
from conformance.script import (
    TAG,
    Close,
    Ended,
    Fence,
    Fin,
    Open,
    Rst,
    Script,
    Send,
    Settle,
    Step,
    burst,
    cast,
    enter,
    plain,
    script,
    sentinel,
)
from conformance.trace import Difference, Trace


def refused(trace: Trace) -> list[Difference]:
    """The room's differences, where somebody was not let in under the nick: who was, and of whom others were not told, has it
    (JOIN-2)."""
    for who, member in trace.room.members.items():
        texts = [frame.text.casefold() for frame in trace.frames.get(who, []) if frame.is_service]
        if member.nick and member.state != "open" and joined(member.nick).casefold() not in texts:
            return differences(trace)
    return []


def _untold(trace: Trace) -> list[Difference]:
    """The room's differences, where everybody was let in under the nick: else it was not free (NICK-6)."""
    return [] if refused(trace) else differences(trace)


@check("JOIN-2", "returns", judge=_untold, quiet=True, twin=other_each_time, needs=("LEAVE-1", "NICK-2"))
def returns_are_announced(plan: Plan) -> Iterator[Script]:
    """Who takes a nick that was free again is announced to all, as everybody is."""
    yield _comes_back(f"again-{TAG}")
    yield _comes_back(f"AgAin-{TAG}")


def _comes_back(name: str) -> Script:
    """One who takes the same nick three times."""
    turns = [
        step
        for turn in range(3)
        for step in (*enter(f"turn{turn}", name), *sentinel(f"turn{turn}", name=name), Fin(f"turn{turn}"), Settle())
    ]
    return script(cast("bob", "carl"), turns, sentinel("bob"))


def first_of_who_is_in(trace: Trace) -> list[Difference]:
    """Who is not let in under the nick hears something else first (NICK-6)."""
    return [] if refused(trace) else first_of_each(trace)


@check("JOIN-3", "returns", quiet=True, judge=first_of_who_is_in, twin=other_each_time, needs=("LEAVE-1", "NICK-2"))
def returns_hear_that_first(plan: Plan) -> Iterator[Script]:
    """Who takes a nick that was free again hears of its own join first, as everybody does."""
    yield _comes_back(f"again-{TAG}")


@check("LEAVE-1", "returns", quiet=True, twin=other_each_time, needs=("JOIN-2", "NICK-2"))
def leaves_again(plan: Plan) -> Iterator[Script]:
    """Who comes back under its nick leaves again, and that is announced each time, whatever letters are in it."""
    yield _comes_back(f"again-{TAG}")
    yield _comes_back(f"AgAin-{TAG}")


@check("LEAVE-1", "returns-unicode", quiet=True, twin=other_each_time, needs=("JOIN-2", "NICK-2", "FRAME-5", "BODY-2"))
def leaves_again_unicode(plan: Plan) -> Iterator[Script]:
    """The same beyond ASCII."""
    yield _comes_back(f"\u00c9t\u00e9-{TAG}")
    yield _comes_back(f"\U0001f600\u65e5-{TAG}")


@check("NICK-6", "free-again", scope=TAKEN, judge=refused, twin=other_each_time, needs=("LEAVE-1", "NICK-2"))
def free_again(plan: Plan) -> Iterator[Script]:
    """Once the leave of a nick has been announced, the nick can be taken again: after FIN, after reset, several times."""
    name = f"again-{TAG}"
    for end in (Fin, Rst, Close):
        for again in (name, name.swapcase().replace(TAG.swapcase(), TAG)):
            turns: list[Step] = []
            for turn in range(plan.pick(3, 4, 6)):
                who = f"turn{turn}"
                spelled = name if turn == 0 else again
                turns += [*enter(who, spelled), *sentinel(who, name=spelled), end(who), Settle()]
            yield script(cast("bob"), turns, sentinel("bob"))


@check(
    "NICK-6",
    "free-among-many",
    scope=TAKEN,
    judge=refused,
    twin=other_each_time,
    quiet=True,
    needs=("LEAVE-1", "NICK-2", "FRAME-5", "BODY-2"),
)
def free_among_many(plan: Plan) -> Iterator[Script]:
    """Of many who are there, in no order, one after the other leaves, and its nick is taken again, wherever it stood: the first
    of all too, and the last."""
    names = {letter: f"{letter}-{TAG}" for letter in "db0ceg"} | {"z": f"\U0010fffd-{TAG}"}
    come = [step for letter, name in names.items() for step in enter(letter, name)]
    turns: list[Step] = []
    for letter in "z0gdcbe":
        turns += [Fin(letter), Settle(), *enter(f"{letter}2", names[letter])]
    yield script(cast("bob"), come, turns, sentinel("bob"))


def _renamed(trace: Trace) -> list[Difference]:
    """Whose join or words come in the spelling of the one who had the nick before."""
    found = []
    for who, member in trace.room.members.items():
        own = next((frame for frame in trace.frames.get(who, []) if frame.is_service), None)
        said = announced(own.text) if own is not None else None
        if said is not None and _is_misspelt(said[1], member.nick):
            found.append(Difference("NICK-2", shown(joined(member.nick)), shown(joined(said[1])), who, "frame"))
        for frame in trace.frames.get("bob", []):
            if frame.text and frame.text in member.said and _is_misspelt(frame.nick, member.nick):
                expected = f"{shown(frame.text)} of {shown(member.nick)}"
                found.append(Difference("NICK-2", expected, f"of {shown(frame.nick)}", "bob", "frame"))
    return found


def _is_misspelt(given: str, asked: str) -> bool:
    return given != asked and given.casefold() == asked.casefold()


@check("JOIN-4", "returns", quiet=True, needs=("LEAVE-1", "NICK-6"))
def returns_to_nothing(plan: Plan) -> Iterator[Script]:
    """What is said while a nick is away is not delivered to the one who takes it again."""
    name = f"again-{TAG}"
    away = [Fin("turn0"), Settle(), *burst("bob", plain("away")), Settle()]
    yield script(
        cast("bob", "carl"), enter("turn0", name), away, enter("turn1", name), sentinel("bob"), sentinel("carl")
    )


@check("NICK-2", "returns", quiet=True, judge=_renamed, twin=other_each_time)
def returns_as_it_says(plan: Plan) -> Iterator[Script]:
    """Who takes a nick that was free again, in another spelling, is called by that spelling."""
    name = f"again-{TAG}"
    other = name.swapcase()
    turns: list[Step] = []
    for turn, spelled in enumerate((name, other, name)):
        who = f"turn{turn}"
        turns += [*enter(who, spelled), *burst(who, plain(turn), name=spelled), Settle(), Fin(who), Settle()]
    yield script(cast("bob"), turns, sentinel("bob"))


End = Callable[[str], list[Step]]  # how a party of that name ends


def _again(*ends: End) -> Script:
    """Members who take one nick, one after the other; each ends in one of these ways, the last one in order."""
    name = f"again-{TAG}"
    turns: list[Step] = []
    for turn, end in enumerate((*ends, _behind(b"", Fin))):
        who = f"turn{turn}"
        turns += [*enter(who, name), *sentinel(who, name=name), *end(who)]
    return script(cast("bob"), turns, sentinel("bob"))


def _behind(octets: bytes, by: type[Fin | Rst]) -> End:
    """An end behind octets that are no whole frame; the server may be the first to end it."""
    return lambda who: [Send(who, (octets,)), Fence(), by(who), Settle()]


@check(
    "NICK-6",
    "after-a-throw-out",
    scope=TAKEN,
    judge=refused,
    twin=other_each_time,
    needs=("LEAVE-1", "NICK-2", "FRAME-4"),
)
def after_a_throw_out(plan: Plan) -> Iterator[Script]:
    """The same for the nick of a member that ended inside a frame, or that sent what is malformed."""
    for octets in (b"+17       ", b"3         \0\0\0", b"4         \0\0\xff\xfe", b"0         "):
        yield _again(_behind(octets, Fin))
    for octets in (b"17", b"17        \0x"):
        yield _again(_behind(octets, Fin), _behind(octets, Rst))


def unasked(script_: Script) -> Script:
    """The twin: the same, without those that do not get in: nobody else asks for the nick."""
    return Script(tuple(step for step in script_.steps if not getattr(step, "who", "").startswith("evil")))


def _asked_for(name: str) -> End:
    """An end of one whose nick somebody else has asked for, and was refused."""
    join = Out(name).octets
    return lambda who: [Open("evil"), Send("evil", (join,)), Ended("evil"), Fin(who), Settle()]


@check("NICK-6", "after-a-refusal", scope=TAKEN, judge=refused, twin=unasked, needs=("LEAVE-1", "NICK-2", "NICK-5"))
def after_a_refusal(plan: Plan) -> Iterator[Script]:
    """A nick is free again also if somebody has asked for it in vain while it was held, in the same spelling or another."""
    for name in (f"again-{TAG}", f"AGAIN-{TAG}"):
        yield _again(_asked_for(name))


def _tried_for(name: str) -> End:
    """The same; but should it be let in, which is judged elsewhere (NICK-5), it goes."""
    return lambda who: [*_tries(name), Fin(who), Settle()]


def _tries(name: str) -> list[Step]:
    return [*ask_for(name), Close("evil"), Fence()]


def _of_a_refusal(judge: Judge) -> Judge:
    """Nothing is found where nobody was refused."""
    return lambda trace: judge(trace) if not any(_is_in(frame) for frame in trace.frames.get("evil", [])) else []


def _is_in(frame: Got) -> bool:
    said = announced(frame.text) if frame.is_service else None
    return said is not None and said[0] == "joined"


def _announced_again(trace: Trace) -> list[Difference]:
    """A join of the nick that bob was told of, and that is nobody's: all who asked for it are known."""
    members = trace.room.members.values()
    came = [member.nick for member in members if member.who.startswith("turn")]
    heard = [frame.text for frame in trace.frames.get("bob", []) if frame.is_service]
    told = sum(text == joined(came[0]) for text in heard) if came else 0
    if told <= len(came):
        return _untold(trace)
    return [Difference("JOIN-2", f"{shown(joined(came[0]))} {len(came)} times", f"{told} times", "bob", "frame")]


@check(
    "JOIN-2",
    "after-a-refusal",
    judge=_of_a_refusal(_announced_again),
    quiet=True,
    twin=unasked,
    needs=("LEAVE-1", "NICK-2"),
)
def joins_after_a_refusal(plan: Plan) -> Iterator[Script]:
    """Who takes a nick for which somebody was refused before, once or twice, is announced once to everybody."""
    name = f"again-{TAG}"
    yield _again(_tried_for(name))
    yield _again(_tried_for(name), _tried_for(f"AGAIN-{TAG}"))


@check("NICK-2", "after-a-refusal", quiet=True, judge=_of_a_refusal(differences), twin=unasked)
def keeps_its_spelling(plan: Plan) -> Iterator[Script]:
    """A member is called as it has joined, also when somebody has asked for its nick in another spelling."""
    name = f"Again-{TAG}"
    words = [*burst("ann", plain(1), name=name), Settle(), Fin("ann"), Settle()]
    yield script(cast("bob"), enter("ann", name), _tries(f"AGAIN-{TAG}"), words, sentinel("bob"))
