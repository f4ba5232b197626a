"""NICK-6: when a nick is free again."""

from collections.abc import Callable, Iterator

from conformance.check import Plan, check
from conformance.checks.nicks import TAKEN
from conformance.checks.refusing import other_each_time
from conformance.octets import Out
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
    cast,
    enter,
    script,
    sentinel,
)


@check("NICK-6", "free-again", scope=TAKEN, twin=other_each_time, needs=("LEAVE-1", "NICK-2"))
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


@check("NICK-6", "after-a-throw-out", scope=TAKEN, twin=other_each_time, needs=("LEAVE-1", "NICK-2", "FRAME-4"))
def after_a_throw_out(plan: Plan) -> Iterator[Script]:
    """The same for the nick of a member that ended inside a frame, or that sent what is malformed."""
    for octets in (b"+17       ", b"3         \0\0\0", b"4         \0\0\xff\xfe", b"0         "):
        yield _again(_behind(octets, Fin))
    for octets in (b"17", b"17        \0x"):
        yield _again(_behind(octets, Fin), _behind(octets, Rst))


def _unasked(script_: Script) -> Script:
    """The twin: the same, and nobody else asks for the nick."""
    return Script(tuple(step for step in script_.steps if getattr(step, "who", "") != "evil"))


def _asked_for(name: str) -> End:
    """An end of one whose nick somebody else has asked for, and was refused."""
    join = Out(name).octets
    return lambda who: [Open("evil"), Send("evil", (join,)), Ended("evil"), Fin(who), Settle()]


@check("NICK-6", "after-a-refusal", scope=TAKEN, twin=_unasked, needs=("LEAVE-1", "NICK-2", "NICK-5"))
def after_a_refusal(plan: Plan) -> Iterator[Script]:
    """A nick is free again also if somebody has asked for it in vain while it was held, in the same spelling or another."""
    for name in (f"again-{TAG}", f"AGAIN-{TAG}"):
        yield _again(_asked_for(name))
