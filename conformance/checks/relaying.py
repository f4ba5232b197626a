"""RELAY and SERVICE: who receives what, in which order, unchanged, and when it was."""

from collections.abc import Iterator
from itertools import combinations, pairwise
from typing import Any

from hypothesis import strategies as st

from conformance import strategies
from conformance.check import DELIVERY, Plan, check, ordinary, plainly
from conformance.octets import Got, Out, instant
from conformance.room import Item, Reading, Room, show
from conformance.script import (
    TAG,
    Fence,
    Fin,
    Mute,
    Open,
    Script,
    Send,
    Settle,
    Step,
    Unmute,
    burst,
    cast,
    nick,
    plain,
    say,
    script,
    sentinel,
)
from conformance.trace import Difference, Trace


@check("RELAY-1", "everybody-else-once")
def everybody_else_once(plan: Plan) -> Iterator[Script]:
    """Every message reaches every other member once: two to five members, each of them talking."""
    for count in (2, 3, plan.pick(4, 5, 8)):
        members = [f"m{number}" for number in range(count)]
        talk = [
            step for turn in range(plan.pick(2, 5, 12)) for who in members for step in say(who, plain(f"{who}.{turn}"))
        ]
        yield script(cast(*members), talk, *(sentinel(who) for who in members))


@check("RELAY-1", "many-messages")
def many_messages(plan: Plan) -> Iterator[Script]:
    """Of hundreds of messages none is lost and none comes twice."""
    for number in range(plan.pick(2, 4, 12)):
        talk = [step for place in range(100) for step in [*burst("ann", plain(f"{number}.{place}")), Settle()]]
        yield script(cast("ann", "bob"), talk, sentinel("ann"))


@check("RELAY-2", "no-echo")
def no_echo(plan: Plan) -> Iterator[Script]:
    """What a member says does not come back to it; the other's answer, sent after receipt, proves it."""
    for count in range(2, plan.pick(3, 5, 8)):
        members = [f"m{number}" for number in range(count)]
        talk = [step for who in members for step in [*say(who, plain(who)), *sentinel(who, who)]]
        yield script(cast(*members), talk, sentinel("m0", "back"), sentinel("m1", "back"))


@check("RELAY-3", "named-texts", scope=DELIVERY, twin=plainly, width=4)
def named_texts(plan: Plan) -> Iterator[Script]:
    """Texts that usual mistakes change: empty, white space, line breaks, controls, brackets, digits, announcements."""
    for text in strategies.ASCII_TEXTS:
        yield script(cast("ann", "bob"), say("ann", text), sentinel("ann"))


@check("RELAY-3", "named-unicode", scope=DELIVERY, twin=plainly, needs=("FRAME-5", "BODY-2"), width=4)
def named_unicode(plan: Plan) -> Iterator[Script]:
    """The same beyond ASCII: BOM, normalisation forms, marks, joiners, right-to-left, astral, line separators."""
    for text in strategies.UNICODE_TEXTS:
        yield script(cast("ann", "bob"), say("ann", text), sentinel("ann"))


@check("RELAY-3", "any-text", scope=DELIVERY, twin=plainly, needs=("FRAME-5", "BODY-2"), drawn=True)
def any_text(plan: Plan) -> Any:
    """Drawn texts of every kind arrive octet for octet."""
    return st.lists(strategies.texts(), min_size=1, max_size=8).map(
        lambda texts: script(cast("ann", "bob"), say("ann", *texts), sentinel("ann"))
    )


OLD_TIMES = ["1999-12-31T23:59:59.000Z", "2001-01-01T00:00:00Z", "yesterday", "2099-06-30 12:00:00"]


def _keeps_clients_time(trace: Trace) -> list[Difference]:
    sent = {part.time for step in trace.steps if isinstance(step, Send) for part in step.parts if isinstance(part, Out)}
    return [
        Difference("RELAY-4", "the server's time of receipt", f"the client's own, {frame.time!a}", who, "frame")
        for who, frames in trace.frames.items()
        for frame in frames
        if frame.time and frame.time in sent
    ]


@check("RELAY-4", "not-the-clients-time", judge=_keeps_clients_time)
def not_the_clients_time(plan: Plan) -> Iterator[Script]:
    """The time that a client claims, in its join or in its messages, does not reach anybody."""
    for time in OLD_TIMES:
        join = [*cast("ann"), *cast("bob")]
        yield script(join, say("ann", plain(0), time=time), sentinel("ann"), sentinel("bob"))
        late = Send("carl", (Out(nick("carl"), time=time),))
        yield script(
            cast("ann"), [step if not isinstance(step, Send) else late for step in cast("carl")], sentinel("ann")
        )


def _clock(trace: Trace) -> list[Difference]:
    """Times never decrease on a connection, and stay at a constant distance from our clock that is no time zone's."""
    found = []
    for who, frames in trace.frames.items():
        stamps = [(frame, stamp) for frame in frames if (stamp := instant(frame.time)) is not None]
        for (earlier, before), (later, after) in pairwise(stamps):
            if after < before:
                found.append(Difference("RELAY-4", f"no earlier than {earlier.time}", later.time, who, "frame"))
        found.extend(_zone(who, stamps))
        found.extend(_drift(trace, who, stamps))
    return found


def _zone(who: str, stamps: list[tuple[Got, float]]) -> list[Difference]:
    for frame, stamp in stamps:
        offset = stamp - frame.wall
        quarters = round(offset / 900)
        if quarters and abs(offset - quarters * 900) <= 5:
            hours = f"{quarters / 4:+g} h"
            return [
                Difference("RELAY-4", "the time in UTC, as its Z says", f"{frame.time}, which is {hours}", who, "frame")
            ]
    return []


def _drift(trace: Trace, who: str, stamps: list[tuple[Got, float]]) -> list[Difference]:
    """A stamp is of the moment of receipt: between two frames, it may gain or lose 1 s and the measured delay."""
    if len(stamps) < 2 or trace.canary_late or trace.expired is not None:
        return []
    offsets = [stamp - frame.wall for frame, stamp in stamps]
    change = max(offsets) - min(offsets)
    allowed = 1.0 + max(0.1, 20 * trace.round_trip) + max(trace.waits.values(), default=0.0)
    if change <= allowed:
        return []
    return [
        Difference("RELAY-4", "the time of receipt", f"times that move {change:.1f} s against our clock", who, "frame")
    ]


@check("RELAY-4", "clock", judge=_clock)
def clock(plan: Plan) -> Iterator[Script]:
    """Times of all frames on a connection never decrease, and follow a clock in UTC."""
    for number in range(plan.pick(2, 3, 6)):
        talk = [step for place in range(20) for who in ("ann", "bob") for step in say(who, plain(f"{number}.{place}"))]
        yield script(cast("ann", "bob", "carl"), talk, sentinel("ann"), sentinel("bob"))


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


def _frames_whole(trace: Trace) -> list[Difference]:
    """Garbage, or texts that nobody said, where two senders' frames should stand one after the other."""
    found = []
    if "carl" in trace.garbage:
        found.append(
            Difference("RELAY-8", "whole frames", f"no header: {trace.garbage['carl'][:40]!r}", "carl", "frame")
        )
    room = Room(trace.steps)
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
    for number in range(plan.pick(1, 2, 6)):
        both = [
            Send(who, tuple(Out(nick(who), f"{who}{number}.{place} {TAG} " + who[0] * size) for place in range(6)))
            for who in ("ann", "bob")
        ]
        talk = [Mute("carl"), *both, Fence(), Unmute("carl")]
        yield script(cast("ann", "bob", "carl"), talk, sentinel("ann"), sentinel("bob"))


@check("SERVICE-1", "no-false-announcements")
def no_false_announcements(plan: Plan) -> Iterator[Script]:
    """No service message looks like a join or a leave of a member who did neither."""
    yield script(cast("ann", "bob", "carl"), sentinel("ann"), sentinel("bob"), sentinel("carl"))


def _forged(trace: Trace) -> list[Difference]:
    """A frame that claims another nick: delivered under it, or neither relayed under the registered one nor punished."""
    claims = [part for step in trace.steps if isinstance(step, Send) and step.who == "evil" for part in step.parts]
    forged = next((part for part in claims if isinstance(part, bytes)), None)
    if forged is None:
        return []
    _, claimed, text = forged.decode().split("\0")
    heard = [frame for frame in trace.frames.get("ann", []) if frame.text == text]
    registered = Room(trace.steps).members["evil"].nick
    for frame in heard:
        if frame.nick != registered:
            return [Difference("RELAY-5", f"nothing under the nick {claimed!a}", show(frame), "ann", "frame")]
    left = any(
        frame.is_service and frame.text == f"[{registered}] left the chat" for frame in trace.frames.get("ann", [])
    )
    if heard or left or "evil" in trace.ended or trace.expired is not None:
        return []
    expected = f"the frame relayed as {registered!a}, or the connection closed"
    return [Difference("RELAY-5", expected, "neither", "ann", "sentinel")]


def _own_nick(script_: Script) -> Script:
    """The twin: the same frame under the sender's own nick."""
    return script(cast("ann", "evil"), say("evil", plain(1)), sentinel("evil"))


@check("RELAY-5", "claimed-nicks", judge=_forged, twin=_own_nick, needs=("FRAME-6",), width=4)
def claimed_nicks(plan: Plan) -> Iterator[Script]:
    """A frame that claims another nick is relayed under the registered one, or ends the connection: a free nick, another
    member's, `Server`, other spellings of its own, none."""
    own = nick("evil")
    claims = [f"free-{TAG}", nick("ann"), "Server", "server", own.upper(), own.capitalize(), own + " ", " " + own, ""]
    claims += [own[:-1], own + "x", "x" * 65, "a\nb", f"[{own}]"]
    for claim in claims:
        forged = Out(claim, f"forged {TAG}").octets
        yield script(cast("ann", "evil"), Send("evil", (forged,)), Fence(), sentinel("ann"), Fence())


def _orders(trace: Trace) -> list[Difference]:
    """Any two frames that two parties both received stand in the same order at both; a member's join comes before its
    words, and its leave after them."""
    readings: dict[str, list[Item]] = {}
    room = Room(trace.steps)
    for who in room.members:
        reading = Reading(room, who)
        for frame in trace.frames.get(who, []):
            reading.take(frame)
        readings[who] = [item for item, _ in reading.items]
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


@check("RELAY-7", "same-order-everywhere", twin=ordinary, judge=_orders, needs=("FRAME-6",), storm=True)
def same_order_everywhere(plan: Plan) -> Iterator[Script]:
    """Three members talk at once to three others: all receive what they share in the same order."""
    for number in range(plan.pick(3, 8, 30)):
        speakers = ["ann", "bob", "carl"]
        turns: list[Send] = []
        for place in range(30):
            turns += [Send(who, (Out(nick(who), plain(f"{who}{number}.{place}")),)) for who in speakers]
        last = [step for who in speakers for step in burst(who, f"sentinel {who} {TAG}")]
        yield script(cast(*speakers, "dora", "eve", "fred"), turns, last, Settle())


@check("RELAY-7", "join-first-leave-last", twin=ordinary, judge=_orders, needs=("FRAME-6", "LEAVE-1"), storm=True)
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
