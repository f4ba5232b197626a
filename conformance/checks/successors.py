"""What one connection leaves behind, and another must not find: a nick, a place, octets, a table without an entry."""

from collections import Counter
from collections.abc import Iterator

from conformance.check import DELIVERY, Plan, check
from conformance.checks.freeing import refused, unasked
from conformance.checks.joining import inherits
from conformance.checks.nicks import JOINED
from conformance.checks.refusing import ask_for, enter_as, other_each_time, takes, valid
from conformance.differences import show
from conformance.octets import HEADER_OCTETS, Out, announced, left
from conformance.script import (
    TAG,
    Close,
    Entered,
    Fence,
    Fin,
    Hears,
    Mute,
    Open,
    Rst,
    Script,
    Send,
    Settle,
    burst,
    cast,
    enter,
    plain,
    script,
    sentinel,
)
from conformance.trace import Difference, Trace

NAME = f"again-{TAG}"


@check("NICK-1", "while-another-asks", scope=JOINED, twin=unasked, width=4, quiet=True, needs=("ROBUST-2", "FRAME-6"))
def while_another_asks(plan: Plan) -> Iterator[Script]:
    """A nick that nobody holds is taken, though a connection is inside a join that names it."""
    join = Out(NAME, "and a text").octets
    for place in (len(join) - len("and a text"), len(join) - 1):
        asking = [Open("evil"), Send("evil", (join[:place],)), Fence()]
        yield script(cast("bob"), asking, enter_as("ann", NAME), sentinel("ann", name=NAME))


def _in_order(script_: Script) -> Script:
    """The twin: the same, without what is no frame, and ended by FIN."""
    is_raw = [isinstance(step, Send) and any(isinstance(part, bytes) for part in step.parts) for step in script_.steps]
    steps = (step for step, raw in zip(script_.steps, is_raw, strict=True) if not raw)
    return Script(tuple(Fin(step.who) if isinstance(step, Rst) else step for step in steps))


@check("NICK-2", "of-those-who-end", quiet=True, twin=_in_order, needs=("LEAVE-1", "FRAME-4", "ROBUST-5"), width=4)
def ends_as_it_came(plan: Plan) -> Iterator[Script]:
    """The leave of a member has its nick as it has joined, also behind what is malformed, inside a frame and by a reset."""
    name = f"LeaVes-{TAG}"
    for octets in (b"+17       ", b"3         \0\0\0", b"17"):
        yield script(
            cast("bob"), enter("evil", name), Send("evil", (octets,)), Fence(), Fin("evil"), Settle(), sentinel("bob")
        )
    yield script(cast("bob"), enter("evil", name), Rst("evil"), Settle(), sentinel("bob"))


def _leaves_again(trace: Trace) -> list[Difference]:
    """Who left once is not said to have left again when a connection ends that never joined."""
    found = []
    for who, frames in trace.frames.items():
        there: Counter[str] = Counter()
        for frame in frames:
            said = announced(frame.text) if frame.is_service else None
            if said is None or trace.tag not in said[1]:
                continue
            there[said[1]] += said[0] == "left"
            if there[said[1]] > 1:
                expected = "no announcement of an unjoined connection"
                found.append(Difference("LEAVE-3", expected, show(frame), who, "frame"))
    return found[:1]


@check(
    "LEAVE-3",
    "in-the-place-of-members",
    scope=frozenset(["LEAVE-3", "LEAVE-1"]),  # who leaves twice without them does it here, too
    judge=_leaves_again,
    twin=unasked,
    quiet=True,
    needs=("LEAVE-1", "ROBUST-5"),
)
def in_the_place_of_members(plan: Plan) -> Iterator[Script]:
    """Connections that never joined end where members have been before: nobody hears that those have left once more."""
    octets = Out(f"evil-{TAG}").octets
    for end in (Fin, Rst):
        members = [f"m{number}" for number in range(4)]
        nobody = [f"evil{number}" for number in range(4)]
        come = [step for who in members for step in enter(who)]
        go = [step for who in members for step in (end(who), Settle())]
        inside = [step for who in nobody for step in (Open(who), Send(who, (octets[:4],)))]
        gone = [step for who in nobody for step in (end(who), Fence())]
        yield script(cast("ann"), come, go, inside, Fence(), gone, sentinel("ann"))


@check("NICK-4", "server-later", judge=takes("NICK-4"), twin=valid, quiet=True, width=4, needs=("NICK-6",))
def server_refused_later(plan: Plan) -> Iterator[Script]:
    """`Server` is refused as before when members have ended, by FIN or by a reset, or others have been refused."""
    for end in (Fin, Rst):
        for name in ("Server", "sERVER"):
            gone = [*enter("carl"), *enter("dora"), end("carl"), Settle()]
            yield script(cast("ann"), gone, ask_for(name), sentinel("ann"))
    before = [*ask_for(f"ev\nil{TAG}", "first"), Close("first"), *ask_for("SERVER", "second"), Close("second"), Fence()]
    yield script(cast("ann"), before, ask_for("Server"), sentinel("ann"))


@check("NICK-5", "held-beside-refusals", judge=takes("NICK-5"), twin=valid, quiet=True, width=4)
def held_beside_refusals(plan: Plan) -> Iterator[Script]:
    """A nick stays held when others have been refused for other nicks, invalid ones and `Server`, or are gone."""
    held = f"Held-{TAG}"
    for bad in (f"ev\nil{TAG}", "", "Server", f"e{'v' * 70}il{TAG}"):
        before = [*ask_for(bad, "first"), Close("first"), Fence()]
        yield script(cast("bob"), enter_as("ann", held), before, ask_for(held), sentinel("bob"))
        yield script(enter_as("ann", held), cast("bob"), before, ask_for(held), sentinel("bob"))
    gone = [*enter("carl"), Rst("carl"), Settle()]
    yield script(cast("bob"), enter_as("ann", held), gone, ask_for(held), sentinel("bob"))


def _kept_open(later: str) -> Script:
    """One who sends what is malformed and leaves its own side open, and another who comes then."""
    ended = [Send("turn0", (b"+17       ",)), Hears("bob", left(NAME))]  # it may be later than the end
    return script(cast("bob"), enter("turn0", NAME), ended, enter("turn1", later), sentinel("turn1", name=later))


@check(
    "NICK-6",
    "though-it-stays",
    scope=JOINED,
    judge=refused,
    twin=lambda _: _kept_open(f"other-{TAG}"),
    quiet=True,
    needs=("LEAVE-1", "FRAME-4"),
)
def free_though_it_stays(plan: Plan) -> Iterator[Script]:
    """The nick of a member whose leave was announced can be taken, whether or not that one closes its own side."""
    yield _kept_open(NAME)


@check(
    "JOIN-4", "after-a-slow-namesake", judge=inherits, twin=other_each_time, needs=("ROBUST-5", "FRAME-7"), storm=True
)
def after_a_slow_namesake(plan: Plan) -> Iterator[Script]:
    """What waited for a member that has ended does not go to the one who takes its nick."""
    for end in (Rst, Close):
        words = burst("ann", *(f"{place} {TAG} " + "y" * 50_000 for place in range(plan.pick(12, 30, 30))))
        gone = [Mute("evil"), *words, Fence(), end("evil"), Settle(), Open("late"), Fence()]
        join = [Send("late", (Out(NAME),)), Entered("late")]
        yield script(cast("ann", "bob"), enter("evil", NAME), gone, join, sentinel("ann"))


@check(
    "LEAVE-2",
    "nothing-is-kept",
    scope=DELIVERY,
    twin=other_each_time,
    quiet=True,
    needs=("LEAVE-1", "NICK-6", "FRAME-6"),
)
def nothing_is_kept(plan: Plan) -> Iterator[Script]:
    """The frame that a member has not finished when it ends is dropped: it does not stand in front of what is said by the one
    who takes its nick, or its place."""
    half = Out(NAME, f"unfinished {TAG}").octets
    for place in (4, HEADER_OCTETS, len(half) - 3):
        for end in (Fin, Rst):
            begun = [Send("turn0", (half[:place],)), Fence(), end("turn0"), Settle()]
            words = [*enter("turn1", NAME), *sentinel("turn1", name=NAME)]
            yield script(cast("bob"), enter("turn0", NAME), begun, words, sentinel("bob"))


@check("RELAY-1", "after-a-refusal", quiet=True, twin=unasked, needs=("JOIN-2", "LEAVE-1", "NICK-5"))
def heard_after_a_refusal(plan: Plan) -> Iterator[Script]:
    """A member whose nick somebody else has asked for in vain is served as before: it hears what is said, and is heard."""
    for asked in (NAME, NAME.swapcase().replace(TAG.swapcase(), TAG)):
        tries = [*ask_for(asked), Close("evil"), Fence()]
        for steps in ([*enter("ann", NAME), *cast("bob")], [*cast("bob"), *enter("ann", NAME)]):
            yield script(steps, tries, burst("bob", plain(1)), Settle(), sentinel("ann", name=NAME), sentinel("bob"))
