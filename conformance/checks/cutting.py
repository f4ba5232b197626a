"""FRAME-6: frames however the octets arrive."""

from collections.abc import Iterator
from itertools import combinations
from typing import Any

from hypothesis import strategies as st

from conformance import strategies
from conformance.check import DELIVERY, Plan, check, ordinary, uncut
from conformance.differences import differences, shown
from conformance.named import BUFFERS
from conformance.octets import HEADER_OCTETS, NOW, Out
from conformance.room import Decided
from conformance.script import (
    TAG,
    Fence,
    Hears,
    Open,
    Quiet,
    Script,
    Send,
    Settle,
    Step,
    burst,
    cast,
    nick,
    plain,
    script,
    sentinel,
)
from conformance.trace import Difference, Trace

# The frame that is cut in every place: as short as a frame with a tag can be, with characters of two to four octets.
BOUNDARY = Out(nick("ann"), f"é€😀{TAG}")


def _cut(steps: list[Step], offsets: list[tuple[int, ...]], frame: Out) -> Script:
    """One conversation in which a frame is sent again and again, each time cut elsewhere; a number tells them apart."""
    for number, places in enumerate(offsets):
        marked = Out(frame.nick, f"{frame.text} {number:03}", frame.time)
        steps.append(Send("ann", (marked,), places))
    return script(steps, sentinel("ann"))


def _batches(offsets: list[tuple[int, ...]], size: int) -> Iterator[list[tuple[int, ...]]]:
    for start in range(0, len(offsets), size):
        yield offsets[start : start + size]


def _length(frame: Out) -> int:
    return len(frame.octets) + 4  # with the number that tells the copies apart


@check("FRAME-6", "one-cut", scope=DELIVERY, twin=uncut, width=3)
def one_cut(plan: Plan) -> Iterator[Script]:
    """A message cut in two at every octet: inside the header, between header and body, inside a character."""
    frame = BOUNDARY if plan.depth != "quick" else Out(nick("ann"), f"hi {TAG}")
    offsets: list[tuple[int, ...]] = [(place,) for place in range(1, _length(frame))]
    for batch in _batches(offsets, 12):
        yield _cut(cast("ann", "bob"), batch, frame)


@check("FRAME-6", "join-cut", scope=DELIVERY, twin=uncut, width=8)
def join_cut(plan: Plan) -> Iterator[Script]:
    """A join cut in two at every octet."""
    length = len(Out(nick("ann")).octets)
    for place in range(1, length, plan.pick(3, 1, 1)):
        yield script(cast("bob"), Open("ann"), Send("ann", (Out(nick("ann")),), (place,)), Settle(), sentinel("ann"))


@check("FRAME-6", "join-cut-with-words", scope=DELIVERY, twin=uncut, width=8)
def join_cut_with_words(plan: Plan) -> Iterator[Script]:
    """The same where words follow in the write that ends the join, or begin in it."""
    frames = (Out(nick("ann")), Out(nick("ann"), plain(1)), Out(nick("ann"), plain(2)))
    join, behind, last = (len(frame.octets) for frame in frames)
    inside = range(join + 4, join + behind + last, plan.pick(21, 10, 1))
    for place in (*range(1, join, plan.pick(6, 3, 1)), *inside):
        yield script(cast("bob"), Open("ann"), Send("ann", frames, (place,)), Settle(), sentinel("ann"))


@check("FRAME-6", "two-cuts", scope=DELIVERY, twin=uncut, width=3)
def two_cuts(plan: Plan) -> Iterator[Script]:
    """A message cut in three, in every pair of places of its header and of the octets around it."""
    length = _length(BOUNDARY)
    places = range(1, length, plan.pick(9, 1, 1))
    pairs = [tuple(pair) for pair in combinations(places, 2)]
    if plan.depth == "standard":
        pairs = [pair for pair in pairs if pair[1] <= HEADER_OCTETS + 4] + plan.random.sample(pairs, 100)
    for batch in _batches(pairs, 25):
        yield _cut(cast("ann", "bob"), batch, BOUNDARY)


@check("FRAME-6", "octet-by-octet", scope=DELIVERY, twin=uncut)
def octet_by_octet(plan: Plan) -> Iterator[Script]:
    """A join and messages of which every octet arrives alone."""
    join, message = Out(nick("ann")), Out(nick("ann"), f"é€😀 {TAG}")
    every = tuple(range(1, len(join.octets)))
    steps = [Open("ann"), Send("ann", (join,), every), Settle()]
    for number in range(plan.pick(1, 2, 5)):
        one = Out(message.nick, f"{message.text}{number}")
        steps.append(Send("ann", (one,), tuple(range(1, len(one.octets)))))
    yield script(cast("bob"), steps, sentinel("ann"))


def _in_one_write(trace: Trace) -> list[Difference]:
    """The room's differences. That one who only listens was thrown out while the speaker stays is no matter of how the frames
    came, but of how many waited for it (ROBUST-3)."""
    return [
        Difference("ROBUST-3", "not thrown out", found.seen, found.who, found.decided_by)
        if found.decided_by == "closed" and found.who in trace.ended and "ann" not in trace.ended
        else found
        for found in differences(trace)
    ]


@check("FRAME-6", "many-in-one-read", scope=DELIVERY, twin=uncut, judge=_in_one_write)
def many_in_one_read(plan: Plan) -> Iterator[Script]:
    """Several frames in one write: two, twenty, hundreds; and a join with messages right behind it."""
    for count in (2, 3, 20, plan.pick(200, 500, 2000)):
        frames = tuple(Out(nick("ann"), plain(number)) for number in range(count))
        yield script(cast("ann", "bob"), Send("ann", frames), sentinel("ann"))
    together = (Out(nick("ann")), Out(nick("ann"), plain(1)), Out(nick("ann"), plain(2)))
    yield script(cast("bob"), Open("ann"), Send("ann", together), Settle(), sentinel("ann"))


@check("FRAME-6", "end-with-start", scope=DELIVERY, twin=uncut)
def end_with_start(plan: Plan) -> Iterator[Script]:
    """The end of one frame arrives with the start of the next: two frames in one write, cut at every octet of the second."""
    frames = (Out(nick("ann"), plain("one")), Out(nick("ann"), plain("two")))
    first = len(frames[0].octets)
    length = first + len(frames[1].octets)
    offsets: list[tuple[int, ...]] = [(place,) for place in range(first - 3, length, plan.pick(5, 1, 1))]
    for batch in _batches(offsets, 8):
        steps = cast("ann", "bob")
        for number, places in enumerate(batch):
            pair = tuple(Out(frame.nick, f"{frame.text[:-1]}{number % 10}") for frame in frames)
            steps.append(Send("ann", pair, places))
        yield script(steps, sentinel("ann"))


def _mixed_up(trace: Trace) -> list[Difference]:
    """Frames of which each came in two pieces, the other's between, and that were not heard."""
    if "ann" in trace.garbage:
        return []
    heard = [frame.text for frame in trace.frames.get("ann", [])]
    waited = [step.text for step in trace.steps if isinstance(step, Hears) and step.text.startswith(("bob ", "carl "))]
    how: Decided = "deadline" if trace.expired is not None else "closed"
    return [
        Difference(
            "FRAME-6", f"{shown(text)}, of which the rest came behind a piece of another's", "nothing", "ann", how
        )
        for text in waited
        if text not in heard
    ]


@check("FRAME-6", "two-at-once", quiet=True, judge=_mixed_up, twin=ordinary, needs=("ROBUST-2",))
def two_at_once(plan: Plan) -> Iterator[Script]:
    """Two members are inside a frame at the same time, in its header or in its body, and a third says something whole: each
    connection has its own octets."""
    frames = {who: Out(nick(who), f"{who} {TAG}.").octets for who in ("bob", "carl")}
    behind_time = HEADER_OCTETS + len(NOW) + 4
    places = (
        (3, 3),
        (3, 7),
        (9, 1),
        (HEADER_OCTETS, 4),
        (4, HEADER_OCTETS),
        (HEADER_OCTETS, behind_time),
        (behind_time, 5),
    )
    for first, second in places:
        cut = {"bob": first, "carl": second}
        for order in (("bob", "carl"), ("carl", "bob")):
            begun = [Send(who, (frames[who][: cut[who]],)) for who in ("bob", "carl")]
            between = [Fence(), *burst("dora", plain("between")), Hears("ann", plain("between"))]
            rest = [
                step for who in order for step in (Send(who, (frames[who][cut[who] :],)), Hears("ann", f"{who} {TAG}."))
            ]
            yield script(cast("ann", "bob", "carl", "dora"), begun, between, rest)


# Where a frame ends: the next header is before a buffer's edge, astride, or behind it.
AROUND_AN_EDGE = (-11, -10, -9, -5, -1, 0, 1)


def _filled(label: str, octets: int) -> Out:
    """A frame of ann's of so many octets, header and all."""
    text = f"{label} {TAG} "
    return Out(nick("ann"), text + "x" * (octets - len(Out(nick("ann"), text).octets)))


def _up_to(octets: int, *, small: bool) -> tuple[Out, ...]:
    """Frames that take so many octets together: one, or small ones."""
    count = octets // 120 if small else 1
    sizes = [120] * (count - 1)
    return tuple(_filled(f"{octets}.{place}", size) for place, size in enumerate([*sizes, octets - sum(sizes)]))


@check("FRAME-6", "at-buffers", scope=DELIVERY, twin=uncut, judge=_in_one_write)
def at_buffers(plan: Plan) -> Iterator[Script]:
    """Frames in one write, one of which ends at the edge of a usual buffer, or has its header there: one large frame and a
    small one behind it, and many small ones."""
    for size in plan.pick((1024, 4096, 65536), BUFFERS, BUFFERS):
        for small in (False, True):
            steps = cast("ann", "bob")
            for step in AROUND_AN_EDGE:
                behind = _filled(f"behind {size + step}", 100)
                filling = _up_to(size + step, small=small)
                steps += [Send("ann", (*filling, behind)), Hears("bob", filling[0].text), Settle()]
            steps += [Send("ann", _up_to(size, small=True)), Settle()]
            yield script(steps, sentinel("ann"))


@check("FRAME-6", "any-cuts", scope=DELIVERY, twin=uncut, drawn=True, quiet=True, examples=(8, 24, 300))
def any_cuts(plan: Plan) -> Any:
    """Drawn messages, sent together and cut anywhere: near the ends of headers and of bodies, and at every octet too."""

    def cut(texts: list[str]) -> Any:
        frames = tuple(Out(nick("ann"), f"{number} {TAG} {text}") for number, text in enumerate(texts))
        places = strategies.splits([frame.octets for frame in frames])
        return places.map(lambda cuts: script(cast("ann", "bob"), Send("ann", frames, cuts), sentinel("ann")))

    return st.lists(strategies.texts().filter(_is_short), min_size=1, max_size=plan.pick(2, 3, 6)).flatmap(cut)


def _is_short(text: str) -> bool:
    return len(text) <= 100  # at every octet a cut costs a round trip


def _unheard(trace: Trace) -> list[Difference]:
    """Frames that came slowly and were not heard. Where a member that just said nothing was thrown out too, it is not the
    frames that the server has no patience with (ROBUST-3)."""
    if "silent" in trace.ended or "ann" in trace.garbage:
        return []
    heard = [frame.text for frame in trace.frames.get("ann", [])]
    found = []
    for step in trace.steps:
        if isinstance(step, Hears) and step.text not in heard:
            who = next((who for who in trace.ended if f" {who} " in step.text), None)
            how: Decided = "deadline" if who is None else "closed"
            seen = "nothing" if who is None else f"the connection of {who} closed after {_lasted(trace, who):.1f} s"
            found.append(
                Difference("FRAME-6", f"{shown(step.text)}, though it took some seconds to arrive", seen, "ann", how)
            )
    return found


def _lasted(trace: Trace, who: str) -> float:
    return trace.ended_at.get(who, 0.0) - trace.opened_at.get(who, 0.0)


@check("FRAME-6", "slow-frames", judge=_unheard, background=True, decided_by="frame", needs=("ROBUST-2",))
def slow_frames(plan: Plan) -> Iterator[Script]:
    """Frames of which the second half comes ten seconds and more after the first are read whole: a server waits 30 s at
    least."""
    behind_time = HEADER_OCTETS + len(NOW) + 4  # not inside the time, which is put in when all is played
    slow = {"one": 4, "two": HEADER_OCTETS, "three": behind_time}
    frames = {who: Out(nick(who), f"slow {who} {TAG}") for who in slow}
    begun = [Send(who, (frames[who].octets[:place],)) for who, place in slow.items()]
    ended = [
        step for who in slow for step in (Send(who, (frames[who].octets[slow[who] :],)), Hears("ann", frames[who].text))
    ]
    yield script(cast("ann", "silent", *slow), begun, Quiet(plan.pick(9.8, 14.0, 25)), ended)
