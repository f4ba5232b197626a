"""JOIN: how a connection becomes a member."""

from collections.abc import Iterator

from conformance.check import DELIVERY, Plan, check, ordinary, plainly
from conformance.differences import differences, show
from conformance.octets import Got, Out, announced, is_nobody
from conformance.room import Room
from conformance.script import (
    TAG,
    Ended,
    Entered,
    Fence,
    Fin,
    Open,
    Script,
    Send,
    Settle,
    Step,
    cast,
    enter,
    nick,
    plain,
    say,
    script,
    sentinel,
)
from conformance.trace import Difference, Trace


@check("JOIN-2", "announced", alone=True)
def announced_to_all(plan: Plan) -> Iterator[Script]:
    """Members join one after the other; each join is announced once to everybody who is there, the new one included."""
    for count in range(1, plan.pick(6, 6, 12) + 1):
        members = [f"m{number}" for number in range(count)]
        yield script(cast(*members), sentinel(members[0]) if count > 1 else [])


@check("JOIN-3", "first-frame")
def first_frame(plan: Plan) -> Iterator[Script]:
    """The first frame that a new member receives is the announcement of its own join."""
    for count in range(plan.pick(2, 3, 5)):
        members = [f"m{number}" for number in range(count + 1)]
        yield script(
            cast(*members), say("m0", *(plain(number) for number in range(count))), enter("late"), sentinel("m0")
        )


def _first_of_each(trace: Trace) -> list[Difference]:
    """Judges only what each newcomer heard first: beside a talking member nobody can say what else was due."""
    found = []
    for who, member in Room(trace.steps).members.items():
        frames = trace.frames.get(who, [])
        expected = f"[{member.nick}] joined the chat"
        if frames and not (frames[0].is_service and frames[0].text == expected):
            found.append(Difference("JOIN-3", f"Server: {expected!r} first", show(frames[0]), who, "frame"))
    return found


@check("JOIN-3", "first-frame-in-traffic", twin=ordinary, judge=_first_of_each, needs=("FRAME-6",))
def first_frame_in_traffic(plan: Plan) -> Iterator[Script]:
    """The same while another member talks without a pause."""
    for number in range(plan.pick(3, 10, 40)):
        burst = Send("ann", tuple(Out(nick("ann"), plain(f"{number}.{place}")) for place in range(20)))
        late: list[Step] = [Open("late"), burst, Send("late", (Out(nick("late")),)), burst, Entered("late")]
        yield script(cast("ann", "bob"), *late, sentinel("ann"))


def _without_strangers(trace: Trace) -> list[Difference]:
    """Besides the room's differences: an announcement of nobody's nick while an unjoined connection is the only news."""
    found = differences(trace)
    known = {member.nick for member in Room(trace.steps).members.values()}
    for frame in trace.frames.get("ann", []):
        said = announced(frame.text) if frame.is_service else None
        if said is not None and said[1] not in known and is_nobody(said[1]):
            requirement = "JOIN-4" if said[0] == "joined" else "LEAVE-3"
            found.append(
                Difference(requirement, "no announcement of an unjoined connection", show(frame), "ann", "frame")
            )
    return found


@check("JOIN-4", "unjoined-hears-nothing", judge=_without_strangers)
def unjoined_hears_nothing(plan: Plan) -> Iterator[Script]:
    """A connection that has not joined receives no chat and no announcements, not even later, and is not announced."""
    for count in range(1, plan.pick(2, 4, 8)):
        talk = say("ann", *(plain(number) for number in range(count)))
        news = [*enter("carl"), *sentinel("carl"), Fin("carl"), Settle()]
        waiting = [Open("mute"), Fence(), *talk, *sentinel("ann", 0), *news, Fence()]
        yield script(cast("ann", "bob"), waiting, Send("mute", (Out(nick("mute")),)), Settle(), sentinel("ann", 1))


@check("JOIN-1", "text-ignored", scope=DELIVERY, twin=plainly)
def text_ignored(plan: Plan) -> Iterator[Script]:
    """The first frame is the join, whatever its text says; the nick is its nick field, and the text is not relayed."""
    texts = ["hello", f"I am {TAG}", "/nick other", " ", "[x] joined the chat", "x" * 300]
    for text in texts[: plan.pick(3, 6, 6)]:
        yield script(enter("ann"), enter("bob", text=text), sentinel("bob"), sentinel("ann"))


REFUSED = [f"ev\nil{TAG}", f" evil{TAG}", f"evil{TAG}\t", "e" * 65 + TAG, f"\x1b[31mevil{TAG}"]


def _refusals(*behind: Out) -> Iterator[Script]:
    """Joins under invalid nicks, with frames right behind them, and a conversation beside."""
    for name in REFUSED:
        octets = Out(name).octets + b"".join(Out(name, frame.text).octets for frame in behind)
        yield script(cast("ann", "bob"), Open("evil"), Send("evil", (octets,)), Ended("evil"), Fence(), sentinel("ann"))


def _evil_frames(trace: Trace) -> list[Got]:
    """What the innocent heard that has to do with the refused connection: its nick or its text has the mark in it."""
    name = next(
        (part for step in trace.steps if isinstance(step, Send) and step.who == "evil" for part in step.parts), b""
    )
    mark = bytes(name).split(b"\0")[1].strip()[-12:] if isinstance(name, bytes) else b""
    others = [frame for who in ("ann", "bob") for frame in trace.frames.get(who, [])]
    return [
        frame for frame in others if b"evil" in frame.body or (mark and mark in frame.body and b"said" in frame.body)
    ]


def _not_closed(trace: Trace) -> list[Difference]:
    if not isinstance(trace.expired, Ended):
        return []
    return [Difference("JOIN-5", "a refused connection closed", "it stays open", "evil", "deadline")]


def _speaks_of_it(trace: Trace) -> list[Difference]:
    return [
        Difference("JOIN-5", "nobody told of a refused join", show(frame), "ann", "frame")
        for frame in _evil_frames(trace)
    ]


def _says_nothing(trace: Trace) -> list[Difference]:
    said = [frame for frame in trace.frames.get("evil", []) if frame.is_service]
    if said or isinstance(trace.expired, Ended):
        return []
    return [Difference("JOIN-5", "one service message that says why", "nothing before the close", "evil", "closed")]


@check("JOIN-5", "closed", twin=ordinary, judge=_not_closed, needs=("NICK-3",), width=5, decided_by="closed")
def refused_is_closed(plan: Plan) -> Iterator[Script]:
    """A connection whose join is refused is closed."""
    yield from _refusals()


@check("JOIN-5", "nothing-relayed", twin=ordinary, clause="MUST NOT", judge=_speaks_of_it, needs=("NICK-3", "FRAME-6"))
def refused_is_not_heard(plan: Plan) -> Iterator[Script]:
    """Nothing sent on a refused connection is relayed, no join or leave is announced for it, and nobody is sent its nick."""
    yield from _refusals(Out("", f"evil said 1 {TAG}"), Out("", f"evil said 2 {TAG}"))


@check("JOIN-5", "says-why", twin=ordinary, clause="SHOULD", judge=_says_nothing, needs=("NICK-3",), decided_by="frame")
def refusal_says_why(plan: Plan) -> Iterator[Script]:
    """A refused connection gets a service message that says why."""
    yield from _refusals()
