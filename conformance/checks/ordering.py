"""RELAY-6 to RELAY-8: in which order frames arrive, and that they arrive whole."""

from collections.abc import Iterator
from itertools import combinations, pairwise

from conformance.check import Plan, check, ordinary
from conformance.differences import differences, show
from conformance.octets import Out
from conformance.room import Item, Reading
from conformance.script import (
    TAG,
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
    Step,
    Unmute,
    burst,
    cast,
    enter,
    nick,
    plain,
    say,
    script,
    sentinel,
)
from conformance.trace import Difference, Trace


@check("RELAY-6", "order")
def order(plan: Plan) -> Iterator[Script]:
    """The frames of one sender arrive in the order sent, written one by one."""
    for number in range(plan.pick(2, 4, 10)):
        yield script(
            cast("ann", "bob", "carl"),
            say("ann", *(plain(f"{number}.{place}") for place in range(10))),
            sentinel("ann"),
        )


@check("RELAY-6", "order-in-bursts", needs=("FRAME-6",))
def order_in_bursts(plan: Plan) -> Iterator[Script]:
    """The same without a pause between the frames."""
    for number in range(plan.pick(2, 4, 10)):
        texts = [plain(f"{number}.{place}") for place in range(100)]
        yield script(cast("ann", "bob", "carl"), burst("ann", *texts), sentinel("ann"))


@check("RELAY-6", "long-and-short", needs=("FRAME-6", "FRAME-7"))
def long_and_short(plan: Plan) -> Iterator[Script]:
    """Short frames do not overtake long ones of the same sender."""
    for number in range(plan.pick(2, 4, 10)):
        texts = [f"{number}.{place} {TAG} " + "l" * (0 if place % 2 else 70_000) for place in range(12)]
        heard = [Hears("bob", text) for text in texts]  # a sentinel might overtake, too
        yield script(cast("ann", "bob"), burst("ann", *texts), heard, sentinel("ann"))


def _frames_whole(trace: Trace) -> list[Difference]:
    """Garbage, or texts that nobody said, where two senders' frames should stand one after the other."""
    found = []
    if "carl" in trace.garbage:
        found.append(
            Difference("RELAY-8", "whole frames", f"no header: {trace.garbage['carl'][:40]!r}", "carl", "frame")
        )
    room = trace.room
    reading = Reading(room, "carl")
    owed = set(room.members["carl"].owed) if "carl" in room.members else set()
    for frame in trace.frames.get("carl", []):
        reading.take(frame)
    strange = [show(frame) for item, frame in reading.items if item not in owed and item.kind == "chat"]
    strange += [show(frame) for frame in reading.strange if frame.problem is not None]
    found.extend(Difference("RELAY-8", "whole frames, as they were said", seen, "carl", "frame") for seen in strange)
    return found


@check("RELAY-8", "two-large-senders", twin=ordinary, judge=_frames_whole, needs=("FRAME-7",), storm=True)
def two_large_senders(plan: Plan) -> Iterator[Script]:
    """Two members send large frames at once to one that reads late: the octets of two frames never interleave."""
    size = 120_000
    for count in plan.pick((6, 15), (6, 15, 15), (6, 15, 15, 15, 15, 15)):  # less than 4 MiB behind
        both = [Send(who, tuple(_large_and_small(who, count, size))) for who in ("ann", "bob")]
        talk = [Mute("carl"), *both, Fence(), Unmute("carl")]
        yield script(cast("ann", "bob", "carl"), talk, sentinel("ann"), sentinel("bob"))


def _large_and_small(who: str, count: int, size: int) -> Iterator[Out]:
    for place in range(count):
        yield Out(nick(who), f"{who}.{place} {TAG} " + who[0] * size)
        yield Out(nick(who), plain(f"{who}.{place}"))


def _torn(trace: Trace) -> list[Difference]:
    """What one that read late received, and is no frame, or none that was sent."""
    return [
        Difference("RELAY-8", found.expected, found.seen, found.who, found.decided_by)
        for found in differences(trace)
        if found.who == "carl" and found.requirement in ("FRAME-1", "FRAME-2", "BODY-1", "BODY-2", "RELAY-3", "RELAY-8")
    ]


def all_read(script_: Script) -> Script:
    """The twin: the same, and everybody reads all the time."""
    return Script(tuple(step for step in script_.steps if not isinstance(step, Mute | Unmute)))


@check("RELAY-8", "to-one-that-reads-late", judge=_torn, twin=all_read, needs=("FRAME-7",), storm=True)
def to_one_that_reads_late(plan: Plan) -> Iterator[Script]:
    """Frames of every size wait for a member that reads late, as a write of them that is cut short leaves them: it receives
    each whole."""
    for number in range(plan.pick(1, 2, 6)):
        sizes = [plan.random.choice((0, 1, 50, 1000, 5000, 30_000, 70_000, 200_000)) for _ in range(40)]
        talk = [Out(nick("ann"), f"{number}.{place} {TAG} " + "l" * size) for place, size in enumerate(sizes)]
        words = [step for out in talk for step in (Send("ann", (out,)), *burst("bob", plain(out.text.split()[0])))]
        yield script(
            cast("ann", "bob", "carl"), Mute("carl"), words, Fence(), Unmute("carl"), Settle(), sentinel("ann")
        )
    large = say("ann", *(f"{place} {TAG} " + "l" * 200_000 for place in range(12)))  # and then somebody comes, and goes
    news = [*enter("late"), Entered("late"), Fin("late"), Fence()]
    come = cast("ann", "bob", "carl")
    yield script(come, Mute("carl"), large, Fence(), news, Unmute("carl"), Settle(), sentinel("ann"))


def orders(trace: Trace) -> list[Difference]:
    """Any two frames that two parties both received stand in the same order at both; a member's join comes before its
    words, and its leave after them."""
    readings: dict[str, list[Item]] = {}
    room = trace.room
    for who in room.members:
        reading = Reading(room, who)
        for frame in trace.frames.get(who, []):
            reading.take(frame)
        # What was said before it joined is not due to a member at all (JOIN-4).
        readings[who] = [item for item, _ in reading.items if item not in room.members[who].before]
    found = []
    for one, other in combinations(readings, 2):
        found.extend(_disorder(one, readings[one], other, readings[other]))
    for who, items in readings.items():
        found.extend(_out_of_life(who, items))
    return found


def _disorder(one: str, here: list[Item], other: str, there: list[Item]) -> list[Difference]:
    place = {item: number for number, item in reversed(list(enumerate(there)))}
    shared = [item for item in dict.fromkeys(here) if item in place]
    for first, second in pairwise(shared):
        if place[first] > place[second]:
            expected = f"{_name(first)} before {_name(second)}, as {one} received them"
            return [Difference("RELAY-7", expected, "the other way round", other, "frame")]
    return []


def _out_of_life(who: str, items: list[Item]) -> list[Difference]:
    begun, over = set[str](), set[str]()
    joined = {item.who for item in items if item.kind == "joined"}
    for item in items:
        if item.kind == "chat" and item.who in over:
            return [Difference("RELAY-7", f"the leave of {item.who} after its last word", _name(item), who, "frame")]
        if item.kind == "chat" and item.who in joined and item.who not in begun:
            return [Difference("RELAY-7", f"the join of {item.who} before its first word", _name(item), who, "frame")]
        (begun if item.kind == "joined" else over if item.kind == "left" else set[str]()).add(item.who)
    return []


def _name(item: Item) -> str:
    return f"{item.text!a} of {item.who}" if item.kind == "chat" else f"the {item.kind} of {item.who}"


@check("RELAY-7", "same-order-everywhere", twin=ordinary, judge=orders, needs=("FRAME-6",), storm=True)
def same_order_everywhere(plan: Plan) -> Iterator[Script]:
    """Three members talk at once to three others: all receive what they share in the same order."""
    for number in range(plan.pick(3, 8, 30)):
        speakers = ["ann", "bob", "carl"]
        turns: list[Send] = []
        for place in range(30):
            turns += [Send(who, (Out(nick(who), plain(f"{who}{number}.{place}")),)) for who in speakers]
        last = [step for who in speakers for step in burst(who, f"sentinel {who} {TAG}")]
        yield script(cast(*speakers, "dora", "eve", "fred"), turns, last, Settle())


@check(
    "RELAY-7", "join-first-leave-last", twin=ordinary, judge=orders, needs=("FRAME-6", "LEAVE-1", "JOIN-4"), storm=True
)
def join_first_leave_last(plan: Plan) -> Iterator[Script]:
    """Members join, talk and leave in one breath while others talk: join before words before leave, for everybody alike."""
    for number in range(plan.pick(4, 10, 40)):
        steps: list[Step] = []
        for place in range(4):
            who = f"guest{place}"
            steps += [Open(who), *burst("ann", plain(f"{number}.{place}"))]
            words = tuple(Out(nick(who), plain(f"{who}.{word}")) for word in range(5))
            steps += [Send(who, (Out(nick(who)), *words)), Fin(who)]
        yield script(cast("ann", "bob", "carl"), steps, Settle(), sentinel("ann"), sentinel("bob"))


@check(
    "RELAY-7", "reset-behind-words", twin=ordinary, judge=orders, needs=("FRAME-6", "LEAVE-1", "ROBUST-5"), storm=True
)
def reset_behind_words(plan: Plan) -> Iterator[Script]:
    """Members are reset right behind their words: what of those is relayed is relayed before the leave."""
    for number in range(plan.pick(4, 10, 40)):
        steps: list[Step] = []
        for place in range(4):
            who = f"guest{place}"
            words = tuple(Out(nick(who), plain(f"{who}.{word}")) for word in range(3 + 8 * (number % 3)))
            steps += [*cast(who), Send(who, words), *burst("ann", plain(f"{number}.{place}")), Rst(who), Settle()]
        yield script(cast("ann", "bob", "carl"), steps, sentinel("ann"), sentinel("bob"))


@check("RELAY-7", "to-a-slow-reader", twin=ordinary, judge=orders, needs=("FRAME-6", "FRAME-7", "LEAVE-1"), storm=True)
def to_a_slow_reader(plan: Plan) -> Iterator[Script]:
    """Chat, a join, words, and a leave wait for a member that reads late: it receives them in the order of all others."""
    for number in range(plan.pick(1, 2, 6)):
        steps: list[Step] = [Mute("carl")]
        for place in range(4):
            who = f"guest{place}"
            steps += [*burst("ann", f"{number}.{place} {TAG} " + "l" * 100_000, plain(f"{number}.{place}")), Settle()]
            steps += [*cast(who), *burst(who, plain(who)), Settle(), Fin(who), Settle()]
        yield script(cast("ann", "bob", "carl"), steps, burst("bob", plain(number)), Unmute("carl"), sentinel("ann"))
