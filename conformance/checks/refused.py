"""JOIN-4, JOIN-5 and SERVICE-1: what becomes of a connection whose join is refused, above all for a nick that is held."""

from collections.abc import Iterator

from conformance.check import Plan, check, ordinary
from conformance.checks.refusing import HELD, ask_for, stays_open, was_taken
from conformance.differences import misframed, show
from conformance.octets import Got, Out, announced, is_nobody, joined, left
from conformance.script import (
    TAG,
    Answered,
    Ended,
    Fence,
    Fin,
    Open,
    Rst,
    Script,
    Send,
    Settle,
    cast,
    enter,
    script,
    sentinel,
)
from conformance.trace import Difference, Trace

MARK = f"evil said {TAG}"
OTHER = f"other-{TAG}"  # valid and free, so that only what stands in front of it can keep it out
ASKED = (HELD, HELD.swapcase(), "Server", f"ev\nil{TAG}")


def _refusals() -> Iterator[Script]:
    """Joins that are refused, with words behind them, and a join and words under a nick that would be free."""
    for name in ASKED:
        frames = (Out(name), Out(name, MARK), Out(OTHER), Out(OTHER, MARK))
        asks = [Open("evil"), Send("evil", (b"".join(frame.octets for frame in frames),)), Ended("evil")]
        asks += [Fin("evil"), Fence()]  # it is gone, and the server knows
        # What was kept of it may show when somebody else comes.
        newcomer = [*enter("carl"), *sentinel("carl")]
        yield script(enter("ann", HELD), cast("bob"), asks, newcomer, sentinel("ann", name=HELD), sentinel("bob"))


def _is_of_it(frame: Got, tag: str) -> bool:
    """Whether a frame is about the refused connection: nobody else says its words under a nick of ours, or comes or goes."""
    said = announced(frame.text) if frame.is_service else None
    if said is None:
        return frame.text == MARK.replace(TAG, tag) and (tag in frame.nick or frame.is_service)
    names = [name.replace(TAG, tag) for name in ASKED]
    return said[1] == OTHER.replace(TAG, tag) or (said[0] == "left" and (said[1] in names or is_nobody(said[1])))


def _heard_of(trace: Trace) -> list[Difference]:
    """What the others heard of it; the holder of the nick is there all the time. Who got the nick was not refused."""
    if was_taken(trace):
        return []
    others = [(who, frame) for who in ("ann", "bob") for frame in trace.frames.get(who, [])]
    return [
        Difference("JOIN-5", "nothing of a refused connection", show(frame), who, "frame", _is_anonymous(frame))
        for who, frame in others
        if _is_of_it(frame, trace.tag)
    ]


def _is_anonymous(frame: Got) -> bool:
    said = announced(frame.text) if frame.is_service else None
    return said is not None and is_nobody(said[1])


@check(
    "JOIN-5",
    "closed-for-a-held-nick",
    twin=ordinary,
    judge=stays_open,
    needs=("NICK-3", "NICK-4", "NICK-5"),
    width=4,
    decided_by="closed",
)
def taken_is_closed(plan: Plan) -> Iterator[Script]:
    """A connection that asks for a nick that is held, or for `Server`, is closed, whatever it has sent behind that."""
    yield from _refusals()


@check(
    "JOIN-5",
    "nothing-behind-a-refusal",
    twin=ordinary,
    clause="MUST NOT",
    judge=_heard_of,
    needs=("NICK-3", "NICK-4", "NICK-5", "FRAME-6"),
)
def taken_is_not_heard(plan: Plan) -> Iterator[Script]:
    """Nothing behind a refused join is relayed or taken for a join, and no leave is announced: its holder has not left. Nor is
    one announced if the refused connection is reset."""
    yield from _refusals()
    for name in ASKED:
        asks = [Open("evil"), Send("evil", (Out(name).octets,)), Answered("evil"), Rst("evil"), Fence()]
        yield script(enter("ann", HELD), cast("bob"), asks, sentinel("ann", name=HELD), sentinel("bob"))


def _told(trace: Trace) -> list[Got]:
    """What a refused connection was told; nothing if it was not closed: then it was not refused, which is judged elsewhere."""
    return trace.frames.get("evil", []) if "evil" in trace.ended else []


def _is_forgery(trace: Trace) -> list[Difference]:
    return [
        Difference("SERVICE-1", "no refusal that looks like an announcement", show(frame), "evil", "frame")
        for frame in _told(trace)
        if frame.is_service and announced(frame.text) is not None
    ]


def _is_not_service(trace: Trace) -> list[Difference]:
    return [
        Difference("JOIN-4", "only service messages before a join", show(frame), "evil", "frame")
        for frame in _told(trace)
        if not (frame.is_service or frame.problem)
    ]


def _unreadable(trace: Trace) -> list[Difference]:
    """What a refused connection was told, and is no frame. Behind octets of ours that are ASCII, a number that does not fit is
    no miscount of characters (FRAME-5)."""
    found = []
    for frame in trace.frames.get("evil", []):
        if frame.problem is not None:
            expected = "UTF-8" if frame.problem == "BODY-2" else "exactly two NUL octets in the body"
            found.append(Difference(frame.problem, expected, repr(frame.body[:80]), "evil", "frame"))
    garbage = trace.garbage.get("evil")
    rest = garbage or (trace.unfinished.get("evil") if "evil" in trace.ended else None)
    if rest:
        plain = all(step.is_ascii for step in trace.steps if isinstance(step, Send))
        id_ = (misframed(garbage) if garbage else "FRAME-1") if plain else "FRAME-5"
        found.append(Difference(id_, "a header, and a body as long as it says", repr(rest[:80]), "evil", "frame"))
    return found


LONG_ODD = [f"{'x' * shift}{scalar * 70}{TAG}" for scalar in "é€😀" for shift in range(3)]


LONG_HELD = [f"{'x' * shift}{scalar * 50}{TAG}" for scalar in "é😀" for shift in range(2)]


def _told_why(*names: str, held: str | None = None) -> Iterator[Script]:
    """Joins that are refused; whoever quotes the nick to say why may cut it, fold it or count it.

    Args:
        held: the nick of the member that is there; None for that which is asked for.
    """
    for name in names:
        holder = held or name
        yield script(enter("ann", holder), ask_for(name), Fin("evil"), Fence(), sentinel("ann", name=holder))


@check("FRAME-1", "refusals", quiet=True, twin=ordinary, judge=_unreadable, width=4)
def refusals_are_frames(plan: Plan) -> Iterator[Script]:
    """What a refused connection is told is a whole frame, however long the nick is that it asked for."""
    yield from _told_why(HELD, "Server", *(f"{'n' * length}{TAG}" for length in (57, 120, 250, 1000, 5000)), held=HELD)


@check("FRAME-2", "refusals", quiet=True, twin=ordinary, judge=_unreadable, width=4)
def refusals_have_headers(plan: Plan) -> Iterator[Script]:
    """The header of what a refused connection is told is one that FRAME-3 accepts."""
    yield from _told_why(HELD, "Server", f"e\nvil{TAG}", held=HELD)


@check("BODY-1", "refusals", quiet=True, twin=ordinary, judge=_unreadable, width=4, needs=("FRAME-1", "FRAME-2"))
def refusals_have_three_fields(plan: Plan) -> Iterator[Script]:
    """The body of what a refused connection is told has exactly two NUL octets."""
    yield from _told_why(HELD, "Server", f"e\nvil{TAG}", held=HELD)


@check("FRAME-5", "refusals", quiet=True, twin=ordinary, judge=_unreadable, width=4, needs=("FRAME-1", "FRAME-2"))
def refusals_count_octets(plan: Plan) -> Iterator[Script]:
    """The length of what a refused connection is told counts octets, whatever nick it asked for: not valid, or held."""
    yield from _told_why(*LONG_ODD, f"日\n本{TAG}", held=HELD)
    yield from _told_why(*LONG_HELD)


@check(
    "BODY-2", "refusals", quiet=True, twin=ordinary, judge=_unreadable, width=4, needs=("FRAME-1", "FRAME-2", "FRAME-5")
)
def refusals_are_utf_8(plan: Plan) -> Iterator[Script]:
    """What a refused connection is told is UTF-8, also where the nick that it asked for, not valid or held, was cut to be
    quoted."""
    yield from _told_why(*LONG_ODD, f"日\n本{TAG}", held=HELD)
    yield from _told_why(*LONG_HELD)


def _just_refused() -> Iterator[Script]:
    for name in ASKED:
        asks = [Open("evil"), Send("evil", (Out(name).octets,)), Fence()]
        yield script(enter("ann", HELD), asks, sentinel("ann", name=HELD), Fence())


@check("SERVICE-1", "refusals", twin=ordinary, judge=_is_forgery, width=4)
def refusals_announce_nothing(plan: Plan) -> Iterator[Script]:
    """What a refused connection is told does not look like the announcement of a join or a leave."""
    yield from _just_refused()


@check("JOIN-4", "refused", twin=ordinary, judge=_is_not_service, width=4)
def refused_hears_service(plan: Plan) -> Iterator[Script]:
    """A refused connection receives nothing but service messages."""
    yield from _just_refused()


def _comes_after_all(trace: Trace) -> list[Difference]:
    """What bob heard of the refused nick besides its holder's coming and going."""
    name = HELD.replace(TAG, trace.tag)
    said = [frame for frame in trace.frames.get("bob", []) if frame.is_service and announced(frame.text) is not None]
    found = []
    for text in (joined(name), left(name)):
        of_it = [frame for frame in said if frame.text == text]
        found += [Difference("JOIN-5", f"{show(of_it[0])} once", "again", "bob", "frame")] if len(of_it) > 1 else []
    return found


@check(
    "JOIN-5",
    "refused-for-good",
    clause="MUST NOT",
    twin=ordinary,
    judge=_comes_after_all,
    needs=("NICK-5", "LEAVE-1"),
    quiet=True,
)
def refused_for_good(plan: Plan) -> Iterator[Script]:
    """Who was refused a nick that is held does not join when its holder leaves, though it has not ended its side yet."""
    for number in range(2):
        asks = [Open("evil"), Send("evil", (Out(HELD).octets,)), Answered("evil"), *([Fence()] if number else [])]
        gone = [Fin("ann"), Settle(), *sentinel("bob", 0), Fence(), Fin("evil"), Fence(), *sentinel("bob", 1)]
        yield script(cast("bob"), enter("ann", HELD), asks, gone)


def _told_of_others(trace: Trace) -> list[Difference]:
    """What a refused connection was told of another that was refused before."""
    first = f"first {trace.tag}"
    return [
        Difference("JOIN-5", "no frame that names another refused connection", show(frame), "evil", "frame")
        for frame in _told(trace)
        if first in frame.text
    ]


@check("JOIN-5", "told-of-itself", clause="MUST NOT", twin=ordinary, judge=_told_of_others, quiet=True)
def told_of_itself(plan: Plan) -> Iterator[Script]:
    """What a refused connection is told is not about those that were refused before."""
    for bad in ("{}\n", "{}\u00a0"):
        before = [*ask_for(bad.format(f"first {TAG}"), "first"), Fin("first"), Fence()]
        yield script(cast("ann"), before, ask_for(bad.format(f"other {TAG}")), Fin("evil"), Fence(), sentinel("ann"))
