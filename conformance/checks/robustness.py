"""ROBUST: what one connection does is not the others' trouble."""

from collections.abc import Iterator

from conformance.check import DELIVERY, Plan, check, ordinary, plainly
from conformance.differences import differences
from conformance.octets import HEADER_OCTETS, Out
from conformance.script import (
    TAG,
    Close,
    Ended,
    Fence,
    Fin,
    Mute,
    Open,
    Quiet,
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

# No twins here: a server that has been damaged for good would fail them too. What the innocent lose when a server goes
# down or forgets them; that a server passes rubbish on is judged elsewhere.
SERVED = frozenset(["JOIN-2", "RELAY-1"])


def unserved(trace: Trace) -> list[Difference]:
    """What the innocent lose; what comes to them more than once, they are served."""
    return [found for found in differences(trace) if not found.seen.endswith(" times")]


RUBBISH: list[bytes] = [
    b"\x00",
    b"x",
    b"hello\r\n",
    b"          ",
    b"-5        ",
    b"+5        ",
    b"0x10      ",
    b"1_0       ",
    b"12 34     ",
    b"1e3       ",
    b"abcdefghij",
    b"\xff" * 10,
    b"9999999999",
    b"4294967295",
    b"2147483648",
    b"0         ",
    b"1         \x00",
    b"5         hello",
    b"3         \x00\x00\x00",
    b"12        " + b"\x00" * 12,
    b"4         \x00\xff\x00\xfe",
    b"6         \x00x\x00\xc3\x28y",
    b"GET / HTTP/1.1\r\nHost: x\r\n\r\n",
    b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\x00" * 40,
    b"\x00" * 4096,
    bytes(range(256)) * 16,
]


def _offence(octets: bytes, *, inside: bool) -> list[Step]:
    begin = enter("evil") if inside else [Open("evil")]
    return [*begin, Send("evil", (octets,)), Fence()]


AFTERWARDS = [*sentinel("ann", 1), *sentinel("bob", 1), *enter("carl"), *sentinel("carl", 2), *sentinel("ann", 2)]


@check("ROBUST-1", "rubbish", scope=SERVED, judge=unserved, needs=("ROBUST-2",), storm=True)
def rubbish(plan: Plan) -> Iterator[Script]:
    """Rubbish of many kinds, before and after a join, then an end of one kind or the other: all the others are served on."""
    for number, octets in enumerate(RUBBISH):
        for inside in (False, True) if plan.depth != "quick" else (bool(number % 2),):
            end: Step = Close("evil") if number % 3 == 0 else Fin("evil")  # resets are ROBUST-5's business
            yield script(cast("ann", "bob"), _offence(octets, inside=inside), sentinel("bob"), end, AFTERWARDS)


@check("ROBUST-1", "rubbish-before-pieces", scope=SERVED, judge=unserved, needs=("ROBUST-2", "FRAME-6", "FRAME-4"))
def rubbish_before_pieces(plan: Plan) -> Iterator[Script]:
    """Right behind a malformed header a frame of somebody else arrives in pieces, nothing whole between: it is heard."""
    for begin in ([Open("evil")], enter("evil")):
        pieces = Send("bob", (Out(nick("bob"), plain("pieces")),), (3, HEADER_OCTETS + 3))
        rubbish = [*begin, Send("evil", (b"no header!",)), Ended("evil")]
        yield script(cast("ann", "bob"), rubbish, pieces, Settle(), AFTERWARDS)


@check("ROBUST-1", "silence", scope=SERVED, judge=unserved, needs=("ROBUST-2",))
def silence(plan: Plan) -> Iterator[Script]:
    """Connections that send nothing, or half a header, or half a join, and stay: all the others are served on."""
    join = Out(nick("evil")).octets
    for part in (b"", join[:3], join[:12]):
        stay: list[Step] = []
        for number in range(plan.pick(2, 5, 20)):
            who = f"mute{number}"
            stay += [Open(who), *([Send(who, (part,))] if part else [])]
        yield script(cast("ann", "bob"), stay, sentinel("bob"), AFTERWARDS)


def delayed(trace: Trace) -> list[Difference]:
    """A canary between others takes more than 1 s + 20 times its median from before (protocol.md, "Delays")."""
    stalled = next(
        (number for number, step in enumerate(trace.steps) if isinstance(step, Send) and step.who == "evil"), None
    )
    begun = next((number for number, step in enumerate(trace.steps) if step == Open("evil")), len(trace.steps))
    waits = [(number, wait) for number, wait in trace.waits.items() if isinstance(trace.steps[number], Settle)]
    before = [wait for number, wait in waits if number < begun][2:]
    if not before:
        return []
    allowed = trace.delay_allowed(before)
    for number, wait in waits:
        if stalled is not None and number > stalled and wait > allowed:
            seen = f"{wait:.1f} s" if trace.steps[number] is not trace.expired else f"nothing within {wait:.1f} s"
            return [Difference("ROBUST-2", f"a message between others within {allowed:.1f} s", seen, "bob", "deadline")]
    return []


def talk(label: str, count: int) -> list[Step]:
    """So many messages of ann's, each taken before the next: how long that takes is what a stall is held against."""
    return [step for number in range(count) for step in [*burst("ann", plain(f"{label} {number}")), Settle()]]


@check("ROBUST-2", "stalled-frame", twin=ordinary, judge=delayed, decided_by="deadline")
def stalled_frame(plan: Plan) -> Iterator[Script]:
    """A connection stalls inside the header or the body of its join, or of a message: the others talk on without delay. So do
    they while four are stalled at once."""
    frame = Out(nick("evil"), f"unfinished {TAG}").octets
    for inside in (False, True):
        for place in (1, 9, 10, 11, len(frame) - 1)[: plan.pick(3, 5, 5)]:
            begin = [Open("evil"), *([Send("evil", (Out(nick("evil")),)), Settle()] if inside else [])]
            stall = Send("evil", (frame[:place],))
            told = [*begin, stall, *talk("after", 4), *enter("carl"), *sentinel("carl")]
            yield script(cast("ann", "bob"), talk("before", 5), told)
    members = [step for who in ("evil", "evil2") for step in enter(who)] + [Open("evil3"), Open("evil4")]
    several = [Send(who, (frame[:place],)) for who, place in (("evil", 4), ("evil2", 14), ("evil3", 4), ("evil4", 14))]
    told = [*members, *several, Quiet(0.3), *talk("after", 4), *enter("carl"), *sentinel("carl")]
    yield script(cast("ann", "bob"), talk("before", 5), told)


@check(
    "ROBUST-2",
    "stalled-among-large",
    late=True,
    twin=ordinary,
    judge=delayed,
    decided_by="deadline",
    needs=("FRAME-6", "FRAME-7"),
)
def stalled_among_large(plan: Plan) -> Iterator[Script]:
    """The same while the others say what takes more than one read, in one piece and in several."""
    frame = Out(nick("evil"), f"unfinished {TAG}").octets

    def large_talk(label: str) -> list[Step]:
        steps: list[Step] = []
        for size in (1100, 5000, 70_000):
            text = f"{label} {size} {TAG} {'l' * size}"
            steps += [*burst("ann", text), Settle(), Send("bob", (Out(nick("bob"), text),), (5, 600)), Settle()]
        return steps

    for inside in (False, True):
        for place in (4, HEADER_OCTETS, len(frame) - 1)[: plan.pick(2, 3, 3)]:
            begin = [Open("evil"), *([Send("evil", (Out(nick("evil")),)), Settle()] if inside else [])]
            yield script(
                cast("ann", "bob"), large_talk("before"), begin, Send("evil", (frame[:place],)), large_talk("after")
            )
    long = Out(nick("evil"), "u" * 9000).octets
    for place in (HEADER_OCTETS, 100, 5000)[: plan.pick(2, 3, 3)]:
        yield script(
            cast("ann", "bob"), large_talk("before"), enter("evil"), Send("evil", (long[:place],)), large_talk("after")
        )


def by_fin(script_: Script) -> Script:
    """The twin: the same, ended in order."""
    return Script(tuple(Fin(step.who) if isinstance(step, Rst) else step for step in script_.steps))


@check("ROBUST-5", "reset-anywhere", scope=SERVED, judge=unserved, twin=by_fin)
def reset_anywhere(plan: Plan) -> Iterator[Script]:
    """A reset before the join, right behind it, inside header and body, behind a burst, or before a refusal can be read:
    everybody else is served on."""
    frame = Out(nick("evil"), plain(1)).octets
    begin = [Open("evil")]
    for place in (0, 3, 10, 14):
        part = [Send("evil", (frame[:place],))] if place else []
        yield script(cast("ann", "bob"), begin, part, Fence(), Rst("evil"), Fence(), AFTERWARDS)
    for place in (0, 3, 10, 14):
        part = [Send("evil", (frame[:place],))] if place else []
        yield script(cast("ann", "bob"), enter("evil"), part, Fence(), Rst("evil"), Fence(), AFTERWARDS)
    yield script(cast("ann", "bob"), begin, Send("evil", (Out(nick("evil")),)), Rst("evil"), Fence(), AFTERWARDS)
    for count in (5, 50)[: plan.pick(1, 2, 2)]:
        flood = Send("evil", (Out(nick("evil")), *(Out(nick("evil"), plain(number)) for number in range(count))))
        yield script(cast("ann", "bob"), begin, flood, Rst("evil"), Fence(), AFTERWARDS)
    for name in ("", nick("ann")):
        refused = [
            [Open(who), Send(who, (Out(name).octets,)), Rst(who)] for who in (f"evil{turn}" for turn in range(5))
        ]
        yield script(cast("ann", "bob"), *refused, Fence(), AFTERWARDS)


@check("ROBUST-5", "reset-while-sending", scope=SERVED, judge=unserved, twin=by_fin, needs=("FRAME-7",), storm=True)
def reset_while_sending(plan: Plan) -> Iterator[Script]:
    """A member that has stopped reading resets while megabytes wait for it: everybody else is served on."""
    for size in (200_000, 900_000)[: plan.pick(1, 2, 2)]:
        large = Send("ann", tuple(Out(nick("ann"), f"{place} {TAG} " + "y" * size) for place in range(3)))
        pending = [Mute("evil"), large, Fence(), Rst("evil"), Fence()]
        more = [Send("ann", (Out(nick("ann"), f"more {TAG}" + "z" * 50_000),)), *sentinel("ann", 0)]
        yield script(cast("ann", "bob", "evil"), pending, more, AFTERWARDS)


@check("ROBUST-7", "storm", scope=DELIVERY | {"RELAY-2"}, twin=plainly, needs=("ROBUST-1", "ROBUST-5"), storm=True)
def storm(plan: Plan) -> Iterator[Script]:
    """A storm of malformed connections beside a normal conversation loses no frame of it."""
    for turn in range(plan.pick(1, 3, 10)):
        steps: list[Step] = []
        for number in range(plan.pick(60, 120, 200)):
            who = f"evil{number}"
            octets = RUBBISH[(number + turn) % len(RUBBISH)]
            steps += [Open(who), Send(who, (octets,)), Fin(who) if number % 3 else Close(who)]
            if number % 4 == 0:
                steps += [*burst(("ann", "bob")[number % 8 // 4], plain(f"{turn}.{number}")), Fence()]
        yield script(cast("ann", "bob", "carl"), steps, sentinel("ann"), sentinel("bob"))
        yield script(cast("ann", "bob", "carl"), _all_at_once(turn), sentinel("ann"), sentinel("bob"))


def _all_at_once(turn: int) -> list[Step]:
    """Waves of malformed octets from many connections in the same moment, and words in the midst of them."""
    steps: list[Step] = []
    for wave in range(4):
        evil = [f"evil{wave}.{number}" for number in range(30)]
        steps += [Open(who) for who in evil]
        for number, who in enumerate(evil):
            steps.append(Send(who, (RUBBISH[(number + turn) % len(RUBBISH)],)))
            if number % 10 == 5:
                steps += burst(("ann", "bob")[wave % 2], plain(f"{turn}.{wave}.{number}"))
        steps += [Settle(), *(Close(who) for who in evil)]
    return steps
