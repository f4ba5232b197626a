"""JOIN: how a connection becomes a member."""

import re
from collections import Counter
from collections.abc import Iterator

from conformance.check import DELIVERY, Plan, check, ordinary, plainly
from conformance.checks.refusing import stays_open
from conformance.differences import differences, show
from conformance.octets import Got, Out, announced, is_nobody
from conformance.room import Reading
from conformance.script import (
    TAG,
    Ended,
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


@check("JOIN-2", "announced", alone=True)
def announced_to_all(plan: Plan) -> Iterator[Script]:
    """Members join one after the other; each join is announced once to everybody who is there, the new one included."""
    for count in range(1, plan.pick(6, 6, 12) + 1):
        members = [f"m{number}" for number in range(count)]
        yield script(cast(*members), sentinel(members[0]) if count > 1 else [])


def _strangers_to_each_other(trace: Trace) -> list[Difference]:
    """Who joined is told so. And of two who joined at the same moment one is the later, of whose join both are told."""
    room = trace.room
    if isinstance(trace.expired, Entered) and (who := trace.expired.who) not in trace.ended:
        expected = f"Server: '[{room.members[who].nick}] joined the chat'"
        return [Difference("JOIN-2", expected, "nothing", who, "deadline")]
    heard = {who: {frame.text for frame in frames if frame.is_service} for who, frames in trace.frames.items()}
    texts = {who: f"[{room.members[who].nick}] joined the chat" for who in room.members if who.startswith("m")}
    there = [who for who, text in texts.items() if text in heard.get(who, set()) and who not in trace.ended]
    met = {who: {frame.nick for frame in trace.frames.get(who, [])} for who in there}
    return [
        Difference("JOIN-2", f"Server: {texts[other]!r}, or {other} told of {one}", "neither", one, "frame")
        for number, one in enumerate(there)
        for other in there[number + 1 :]
        if texts[other] not in heard[one] and texts[one] not in heard[other]
        # Each has heard the other speak since: what was to be told before is not under way any more (RELAY-7).
        if room.members[other].nick in met[one] and room.members[one].nick in met[other]
    ]


@check(
    "JOIN-2",
    "at-once",
    quiet=True,
    judge=_strangers_to_each_other,
    twin=ordinary,
    needs=("RELAY-1", "RELAY-7", "ROBUST-2"),
    storm=True,
)
def joins_at_once(plan: Plan) -> Iterator[Script]:
    """Several join at the same moment under nicks of their own: of each two, one is told of the other."""
    for _ in range(plan.pick(3, 6, 30)):
        many = [f"m{number}" for number in range(4)]
        come: list[Step] = [Open(who) for who in many]
        come += [Fence(), *(Send(who, (Out(nick(who)),)) for who in many), *(Entered(who) for who in many)]
        talk = [step for who in many for step in burst(who, plain(who))]
        heard = [Hears(who, plain(other)) for who in many for other in many if other != who]
        yield script(cast("ann", "bob"), come, talk, heard)


@check("JOIN-3", "first-frame")
def first_frame(plan: Plan) -> Iterator[Script]:
    """The first frame that a new member receives is the announcement of its own join."""
    for count in range(plan.pick(2, 3, 5)):
        members = [f"m{number}" for number in range(count + 1)]
        yield script(
            cast(*members),
            say("m0", *(plain(number) for number in range(count))),
            Settle(),
            enter("late"),
            sentinel("m0"),
        )


def first_of_each(trace: Trace) -> list[Difference]:
    """Judges only what each newcomer heard first: beside a talking member nobody can say what else was due."""
    found = []
    for who, member in trace.room.members.items():
        frames = trace.frames.get(who, [])
        expected = f"[{member.nick}] joined the chat"
        if frames and not (frames[0].is_service and frames[0].text == expected):
            found.append(Difference("JOIN-3", f"Server: {expected!r} first", show(frames[0]), who, "frame"))
    return found


@check("JOIN-3", "first-frame-in-traffic", twin=ordinary, judge=first_of_each, needs=("FRAME-6",))
def first_frame_in_traffic(plan: Plan) -> Iterator[Script]:
    """The same while another member talks without a pause."""
    for number in range(plan.pick(3, 10, 40)):
        words = Send("ann", tuple(Out(nick("ann"), plain(f"{number}.{place}")) for place in range(20)))
        late: list[Step] = [Open("late"), words, Send("late", (Out(nick("late")),)), words, Entered("late")]
        yield script(cast("ann", "bob"), *late, sentinel("ann"))
    for number in range(plan.pick(1, 3, 10)):
        # One by one, so that something is said in whatever moment there is between being a member and hearing of it.
        single = [step for place in range(5) for step in _heard("ann", f"{number}.{place}", "bob")]
        yield script(cast("ann", "bob"), Open("late"), Send("late", (Out(nick("late")),)), single, Entered("late"))


def _heard(who: str, number: str, by: str) -> list[Step]:
    return [*burst(who, plain(number)), Hears(by, plain(number))]


# What servers call a connection without a nick, and what strangers may call themselves: two such at once are no stranger.
LIKELY_STRANGERS = ("anonymous", "guest", "nobody", "unknown")


def nobodies(trace: Trace) -> list[tuple[str, Got]]:
    """The announcements that ann heard of nobody's nick, which an unjoined connection may have got, `joined` or `left`; not
    those that one stranger may be the reason of, who has come or gone meanwhile. No two members share a nick (NICK-5), so
    that two who come, or go, one behind the other under one nick are none."""
    known = {member.nick for member in trace.room.members.values()} - {""}
    found: list[tuple[str, Got]] = []
    there: Counter[str] = Counter()
    for frame in trace.frames.get("ann", []):
        said = announced(frame.text) if frame.is_service else None
        if said is None or said[1] in known or not is_nobody(said[1]):
            continue
        name = said[1].casefold()
        there[name] += 1 if said[0] == "joined" else -1
        if name not in LIKELY_STRANGERS or abs(there[name]) > 1:
            found.append((said[0], frame))
    return found


def without_nobody(trace: Trace) -> list[Difference]:
    """Besides the room's differences: an announcement of nobody's nick while unjoined connections are the only news."""
    return differences(trace) + [
        Difference(
            "JOIN-4" if verb == "joined" else "LEAVE-3",
            "no announcement of an unjoined connection",
            show(frame),
            "ann",
            "frame",
            is_anonymous=True,
        )
        for verb, frame in nobodies(trace)
    ]


def _overheard(trace: Trace) -> list[Difference]:
    """Besides: something of the room's that came to a connection which is inside its join."""
    found = without_nobody(trace)
    room = trace.room
    for who in ("header", "body"):
        reading = Reading(room, who)
        for frame in trace.frames.get(who, []):
            reading.take(frame)
        if reading.items:
            expected = "only service messages addressed to it"
            found.append(Difference("JOIN-4", expected, show(reading.items[0][1]), who, "frame"))
    return found


@check("JOIN-4", "unjoined-hears-nothing", judge=_overheard, needs=("FRAME-6",))
def unjoined_hears_nothing(plan: Plan) -> Iterator[Script]:
    """A connection that has not joined, silent or inside its join, receives no chat and no announcements, however members
    leave, not even later, and is not announced. Who takes half a join for one is blamed for FRAME-6."""
    join = Out(nick("body")).octets
    inside = [Open("header"), Send("header", (join[:4],)), Open("body"), Send("body", (join[:-3],))]
    for count in range(1, plan.pick(2, 4, 8)):
        talk = say("ann", *(plain(number) for number in range(count)))
        news = [*enter("carl"), *sentinel("carl"), Fin("carl"), Settle()]
        waiting = [Open("mute"), *inside, Fence(), *talk, *sentinel("ann", 0), *news, Fence()]
        yield script(cast("ann", "bob"), waiting, Send("mute", (Out(nick("mute")),)), Settle(), sentinel("ann", 1))
    # Nor of those who are reset, thrown out, or refused.
    gone = [*enter("carl"), Rst("carl"), Settle(), *enter("evil"), Send("evil", (b"no header!",)), Fence()]
    gone += [Open("late"), Send("late", (Out(nick("ann")).octets,)), Fence()]
    yield script(cast("ann", "bob"), inside, Fence(), gone, sentinel("ann", 0), sentinel("bob", 0), Fence())


HISTORY = re.compile(r"history: .+ \[.+\] .*", re.DOTALL)


def _other_history(trace: Trace) -> list[Difference]:
    """A newcomer is shown what was said before, word for word, in another form."""
    said = {text for member in trace.room.members.values() for text in member.said if trace.tag and trace.tag in text}
    return [
        Difference("JOIN-4", "history as `history: <time> [nick] text`", show(frame), "late", "frame")
        for frame in trace.frames.get("late", [])
        if frame.is_service and any(text in frame.text for text in said) and not HISTORY.fullmatch(frame.text)
    ]


@check("JOIN-4", "history-form", judge=_other_history, twin=ordinary, quiet=True)
def history_form(plan: Plan) -> Iterator[Script]:
    """If a newcomer is sent what was said before, that is behind its join, in service messages of the form `history: …`."""
    talk = [*say("ann", plain(1), plain(2)), *say("bob", plain(3))]
    yield script(
        cast("ann", "bob"), talk, Settle(), Open("late"), Send("late", (Out(nick("late")),)), Entered("late"), Fence()
    )


def inherits(trace: Trace) -> list[Difference]:
    """A newcomer heard something before its own join, or what is no frame."""
    frames = trace.frames.get("late", [])
    first = show(frames[0]) if frames else None
    if "late" in trace.garbage and not frames:
        first = repr(trace.garbage["late"][:40])
    if first is None or (frames and frames[0].is_service):
        return []
    return [Difference("JOIN-4", "nothing before its join that is not for it", first, "late", "frame")]


@check("JOIN-4", "after-a-slow-one", judge=inherits, twin=ordinary, needs=("ROBUST-5", "FRAME-7"), storm=True)
def after_a_slow_one(plan: Plan) -> Iterator[Script]:
    """What waited for a member that has been reset does not go to the connection that comes next."""
    for count in (1, 6, 30)[: plan.pick(2, 3, 3)]:
        words = burst("ann", *(f"{place} {TAG} " + "y" * 50_000 for place in range(count)))
        gone = [Mute("evil"), *words, Fence(), Rst("evil"), Fence(), Open("late"), Fence()]
        join = [Send("late", (Out(nick("late")),)), Entered("late")]
        yield script(cast("ann", "bob", "evil"), gone, join, sentinel("ann"))


@check("JOIN-1", "text-ignored", scope=DELIVERY, twin=plainly)
def text_ignored(plan: Plan) -> Iterator[Script]:
    """The first frame is the join, whatever its text says; the nick is its nick field, and the text is not relayed."""
    texts = ["hello", f"I am {TAG}", "/nick other", " ", "[x] joined the chat", "x" * 300]
    for text in texts[: plan.pick(3, 6, 6)]:
        yield script(enter("ann"), enter("bob", text=text), sentinel("bob"), sentinel("ann"))


@check("JOIN-1", "text-behind-any-time", scope=DELIVERY, twin=plainly, quiet=True, needs=("TIME-2",))
def text_behind_any_time(plan: Plan) -> Iterator[Script]:
    """The nick of a join is its second field, also where the time is empty and where the text looks like a nick."""
    for time in ("", " ", "0"):
        for text in (f"other-{TAG}", f"[x] {TAG}"):
            join = [Open("ann"), Send("ann", (Out(nick("ann"), text, time),)), Settle()]
            yield script(cast("bob"), join, sentinel("bob"), sentinel("ann"))


REFUSED = ["", f"ev\nil{TAG}", f" evil{TAG}", f"evil{TAG}\t", "e" * 65 + TAG, f"\x1b[31mevil{TAG}"]


def _refusals(*behind: Out) -> Iterator[Script]:
    """Joins under invalid nicks, with frames right behind them, and a conversation beside."""
    for name in REFUSED:
        octets = Out(name).octets + b"".join(Out(name, frame.text).octets for frame in behind)
        over = [Ended("evil"), Fin("evil"), Fence()]
        yield script(cast("ann", "bob"), Open("evil"), Send("evil", (octets,)), over, sentinel("ann"), sentinel("bob"))


def _evil_frames(trace: Trace) -> list[Got]:
    """What the innocent heard that has to do with the refused connection: what it said, or its nick, or what is left of
    that. The nick and the texts have the tag of this playing in them, so that no stranger has said them."""
    return [frame for who in ("ann", "bob") for frame in trace.frames.get(who, []) if _is_evil(frame, trace)]


def _is_evil(frame: Got, trace: Trace) -> bool:
    shown = f"{frame.nick} {frame.text}"
    said = "evil" in shown and "said" in shown and trace.tag in shown
    return said or f"il{trace.tag}" in shown or "e" * 60 in shown


def _speaks_of_it(trace: Trace) -> list[Difference]:
    heard = _evil_frames(trace) + [frame for _, frame in nobodies(trace)]
    return [Difference("JOIN-5", "nobody told of a refused join", show(frame), "ann", "frame") for frame in heard]


def _says_nothing(trace: Trace) -> list[Difference]:
    said = [frame for frame in trace.frames.get("evil", []) if frame.is_service]
    if said or isinstance(trace.expired, Ended):
        return []
    return [Difference("JOIN-5", "one service message that says why", "nothing before the close", "evil", "closed")]


@check("JOIN-5", "closed", twin=ordinary, judge=stays_open, needs=("NICK-3",), width=5, decided_by="closed")
def refused_is_closed(plan: Plan) -> Iterator[Script]:
    """A connection whose join is refused is closed."""
    yield from _refusals()


@check(
    "JOIN-5",
    "closed-behind-fin",
    twin=ordinary,
    judge=stays_open,
    needs=("NICK-3",),
    width=5,
    decided_by="closed",
    quiet=True,
)
def refused_and_ended_is_closed(plan: Plan) -> Iterator[Script]:
    """The same if the client has ended its side right behind the join."""
    for name in REFUSED:
        yield script(
            cast("ann"), Open("evil"), Send("evil", (Out(name).octets,)), Fin("evil"), Ended("evil"), sentinel("ann")
        )


@check(
    "JOIN-5",
    "nothing-relayed",
    quiet=True,
    twin=ordinary,
    clause="MUST NOT",
    judge=_speaks_of_it,
    needs=("NICK-3", "FRAME-6", "JOIN-4", "LEAVE-3"),
)
def refused_is_not_heard(plan: Plan) -> Iterator[Script]:
    """Nothing sent on a refused connection is relayed, no join or leave is announced for it, and nobody is sent its nick."""
    yield from _refusals(Out("", f"evil said 1 {TAG}"), Out("", f"evil said 2 {TAG}"))


@check("JOIN-5", "says-why", twin=ordinary, clause="SHOULD", judge=_says_nothing, needs=("NICK-3",), decided_by="frame")
def refusal_says_why(plan: Plan) -> Iterator[Script]:
    """A refused connection gets a service message that says why."""
    yield from _refusals()
