"""LEAVE: how a connection ends."""

from collections import Counter
from collections.abc import Iterator

from conformance.check import Plan, check, ordinary
from conformance.checks.joining import without_nobody
from conformance.checks.ordering import all_read
from conformance.differences import differences, show
from conformance.octets import Out, announced, is_nobody, left
from conformance.script import (
    TAG,
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
    cast,
    enter,
    nick,
    plain,
    say,
    script,
    sentinel,
)
from conformance.trace import Difference, Trace

SAME_MOMENT = 1.0  # seconds


def _leaves_by(end: Fin | Rst, plan: Plan) -> Iterator[Script]:
    for count in range(plan.pick(4, 6, 12)):
        talk = say("carl", *(plain(number) for number in range(count)))
        yield script(cast("ann", "bob", "carl"), talk, Settle(), end, Settle(), sentinel("ann"), sentinel("bob"))


@check("LEAVE-1", "fin")
def after_fin(plan: Plan) -> Iterator[Script]:
    """A member ends its connection in order: every member that stays hears of it, once."""
    yield from _leaves_by(Fin("carl"), plan)


@check("LEAVE-1", "fin-of-one-that-does-not-read", late=True, twin=all_read, needs=("FRAME-7", "RELAY-6"), storm=True)
def after_fin_of_one_that_does_not_read(plan: Plan) -> Iterator[Script]:
    """The same of a member for which much waits, which it will never read."""
    much = say("ann", *(f"{place} {TAG} {'l' * 200_000}" for place in range(10)))
    yield script(cast("ann", "bob", "evil"), Mute("evil"), much, Settle(), Fin("evil"), Settle(), sentinel("ann"))


@check("LEAVE-1", "reset", needs=("ROBUST-5",))
def after_reset(plan: Plan) -> Iterator[Script]:
    """A member's connection is reset: the same."""
    yield from _leaves_by(Rst("carl"), plan)


@check("LEAVE-1", "inside-a-frame", needs=("ROBUST-5",))
def inside_a_frame(plan: Plan) -> Iterator[Script]:
    """A member ends, in order or by reset, inside the header or the body of a frame."""
    octets = Out(nick("carl"), plain(1)).octets
    for place in (1, 9, 10, 12, len(octets) - 1)[: plan.pick(3, 5, 5)]:
        for end in (Fin("carl"), Rst("carl")):
            part = Send("carl", (octets[:place],))
            yield script(cast("ann", "bob", "carl"), part, Fence(), end, Settle(), sentinel("ann"), sentinel("bob"))


@check("LEAVE-1", "malformed", needs=("ROBUST-1",))
def after_malformed(plan: Plan) -> Iterator[Script]:
    """A member sends what is malformed and ends, if the server has not ended it: the others hear of its leave once."""
    for octets in (
        b"+17       ",
        b"          ",
        b"9999999999",
        b"3         \0\0\0",
        b"4         \0\0\xff\xfe",
        b"0         ",
    ):
        for bad in (Send("carl", (octets,)), Send("carl", (octets,), (len(octets) - 2,))):  # whole, and in pieces
            come = cast("ann", "bob", "carl")
            yield script(come, bad, Fence(), Fin("carl"), Settle(), sentinel("ann"), sentinel("bob"))
    behind = Send("carl", (Out(nick("carl"), plain("behind")), b"+17       "))  # in one read with what is well-formed
    yield script(cast("ann", "bob", "carl"), behind, Fence(), Fin("carl"), Settle(), sentinel("ann"), sentinel("bob"))


@check("LEAVE-1", "everybody", alone=True, needs=("ROBUST-5",))
def everybody(plan: Plan) -> Iterator[Script]:
    """Members leave one after the other, and some come back under new nicks; the last one has heard it all."""
    for number in range(plan.pick(1, 2, 5)):
        steps = []
        for turn in range(3):
            who = f"m{number}{turn}"
            steps += [*enter(who), *sentinel(who), Fin(who) if turn % 2 else Rst(who), Settle()]
        yield script(cast("ann", "bob"), steps, Fin("bob"), Settle(), enter("carl"), sentinel("carl"))


@check("LEAVE-3", "unjoined", needs=("ROBUST-5",), judge=without_nobody)
def unjoined(plan: Plan) -> Iterator[Script]:
    """A connection that never joined ends, silent or inside its first frame, in order or by reset: nobody hears of it."""
    octets = Out(nick("mute")).octets
    for place in (0, 1, 10, len(octets) - 1):
        for end in (Fin, Rst):
            # Two of them: what is announced of nobody twice is no stranger's.
            come = [step for who in ("mute", "dumb") for step in (Open(who), *_part(who, octets[:place]))]
            gone = [end("mute"), end("dumb"), Fence()]
            yield script(cast("ann", "bob"), come, Fence(), gone, sentinel("bob"), sentinel("ann"))
            if place in (0, 10):  # somebody has come meanwhile, or gone
                news = [*enter("late"), *sentinel("late"), Fin("late"), Settle()]
                yield script(cast("ann", "bob"), come, Fence(), enter("carl"), gone, sentinel("bob"), sentinel("carl"))
                yield script(cast("ann", "bob"), come, Fence(), news, gone, sentinel("bob"), sentinel("ann"))


def _leaves_of_nobody(trace: Trace) -> list[Difference]:
    """A leave of nobody's nick in the moment in which the server has ended one of ours; not of one who has joined under it."""
    there: Counter[str] = Counter()
    found = []
    for frame in trace.frames.get("ann", []):
        said = announced(frame.text) if frame.is_service else None
        if said is None or not is_nobody(said[1]):
            continue
        there[said[1]] += 1 if said[0] == "joined" else -1
        if there[said[1]] < 0 and any(abs(frame.at - ended) < SAME_MOMENT for ended in trace.ended_at.values()):
            found.append(
                Difference("LEAVE-3", "no announcement of an unjoined connection", show(frame), "ann", "frame")
            )
    return found


@check("LEAVE-3", "timed-out", judge=_leaves_of_nobody, background=True, beside=("ROBUST-4",))
def timed_out(plan: Plan) -> Iterator[Script]:
    """Connections that do not join, silent or inside a frame, and that the server ends at some time for that: nobody hears of
    it."""
    octets = Out(nick("dumb")).octets
    inside = [Open("mute"), Open("deaf"), Open("dumb"), Send("dumb", (octets[:4],))]
    yield script(cast("ann"), inside, Quiet(plan.pick(13.0, 13.0, 62.0)), Fence())


def _part(who: str, octets: bytes) -> list[Step]:
    return [Send(who, (octets,))] if octets else []


def _words_before_leave(trace: Trace) -> list[Difference]:
    """The room's differences of one who spoke and left, and its leave in front of its words."""
    found = [d for d in differences(trace) if d.requirement in ("RELAY-1", "RELAY-3", "JOIN-2", "LEAVE-1")]
    parts = [part for step in trace.steps if isinstance(step, Send) and step.who == "carl" for part in step.parts]
    texts = {part.text for part in parts if isinstance(part, Out)}
    frames = trace.frames.get("ann", [])
    name = nick("carl").replace(TAG, trace.tag)
    over = left(name)
    leave = next((frame.number for frame in frames if frame.is_service and frame.text == over), None)
    words = [frame for frame in frames if frame.nick == name and frame.text in texts]
    late = [frame for frame in words if leave is not None and frame.number > leave]
    if late:
        found.append(Difference("LEAVE-2", "whole frames before the leave", show(late[0]), "ann", "frame"))
    return found


def _left_without_joining(trace: Trace) -> list[Difference]:
    """A leave that ann was told of, and no join: whoever was reset in the moment of its join was in, or was not."""
    said = [(frame, announced(frame.text)) for frame in trace.frames.get("ann", []) if frame.is_service]
    ours = [(frame, *of) for frame, of in said if of is not None and trace.tag in of[1]]
    there = {name for _, verb, name in ours if verb == "joined"}  # behind its leave, too: that is RELAY-7's business
    return [
        Difference("LEAVE-3", "a leave only of one that has joined", show(frame), "ann", "frame")
        for frame, _, name in ours
        if name not in there
    ][:1]


@check("LEAVE-3", "reset-in-the-join", judge=_left_without_joining, twin=ordinary, quiet=True, needs=("ROBUST-5",))
def reset_in_the_join(plan: Plan) -> Iterator[Script]:
    """Who is reset right behind its join is announced as joined and as left, or not at all."""
    brief = [step for place in range(4) for step in _reset_at_once(f"evil{place}")]
    yield script(cast("ann"), brief, Quiet(0.2), sentinel("ann"), Fence())


def _reset_at_once(who: str) -> list[Step]:
    return [Open(who), Send(who, (Out(nick(who)).octets,)), Rst(who), Fence()]


LAST_WORDS = frozenset(["LEAVE-2", "RELAY-1", "RELAY-3", "JOIN-2"])


def _one_by_one(script_: Script) -> Script:
    """The twin: the same words, one by one, and the end when all have heard them."""
    words = [part for step in script_.steps if isinstance(step, Send) for part in step.parts if isinstance(part, Out)]
    texts = [part.text for part in words if part.nick == nick("carl") and part.text]
    return script(
        cast("ann", "bob", "carl"), say("carl", *texts[:20]), Settle(), Fin("carl"), Settle(), sentinel("ann")
    )


@check(
    "LEAVE-2",
    "burst-and-fin",
    judge=_words_before_leave,
    scope=LAST_WORDS,
    twin=_one_by_one,
    needs=("FRAME-6", "LEAVE-1"),
)
def burst_and_fin(plan: Plan) -> Iterator[Script]:
    """All whole frames that precede a FIN are relayed before the leave; an unfinished one is dropped."""
    for count in (1, 2, 20, plan.pick(100, 500, 2000)):
        words = tuple(Out(nick("carl"), plain(number)) for number in range(count))
        for rest in (b"", Out(nick("carl"), f"unfinished {TAG}").octets[:-3]):
            parts: tuple[Out | bytes, ...] = (*words, rest) if rest else words
            yield script(cast("ann", "bob", "carl"), Send("carl", parts), Fin("carl"), Settle(), sentinel("ann"))
    for number in range(plan.pick(3, 6, 20)):
        # While the server is busy, so that the words and the end come in one turn of its loop.
        busy = Send("ann", tuple(Out(nick("ann"), plain(f"{number}.{place}")) for place in range(200)))
        words = tuple(Out(nick("carl"), plain(place)) for place in range(2 + number % 3))
        yield script(cast("ann", "bob", "carl"), busy, Send("carl", words), Fin("carl"), Settle(), sentinel("ann"))
    large = tuple(Out(nick("carl"), f"{number} {TAG} " + "w" * 100_000) for number in range(5))
    yield script(cast("ann", "bob", "carl"), Send("carl", large), Fin("carl"), Settle(), sentinel("ann"))


@check(
    "LEAVE-2",
    "join-words-fin",
    judge=_words_before_leave,
    scope=LAST_WORDS,
    twin=_one_by_one,
    needs=("FRAME-6", "LEAVE-1"),
)
def join_words_fin(plan: Plan) -> Iterator[Script]:
    """A join, words and a FIN in one breath: frames behind an accepted join are chat."""
    for count in (1, 5, 50):
        words = tuple(Out(nick("carl"), plain(number)) for number in range(count))
        breath = Send("carl", (Out(nick("carl")), *words))
        yield script(cast("ann", "bob"), Open("carl"), breath, Fin("carl"), Settle(), sentinel("ann"))


def _unfinished_relayed(trace: Trace) -> list[Difference]:
    found = _words_before_leave(trace)
    for who, frames in trace.frames.items():
        heard = [frame for frame in frames if f"unfinished {trace.tag}" in frame.text]
        found.extend(Difference("LEAVE-2", "an unfinished frame dropped", show(frame), who, "frame") for frame in heard)
    return found


@check(
    "LEAVE-2",
    "before-the-malformed",
    judge=_unfinished_relayed,
    scope=LAST_WORDS,
    twin=_one_by_one,
    needs=("FRAME-6", "FRAME-4", "ROBUST-1"),
)
def before_the_malformed(plan: Plan) -> Iterator[Script]:
    """Whole frames in front of a malformed one, or of an unfinished one and a FIN, are relayed before the leave."""
    for count in (1, 3, 20):
        words = tuple(Out(nick("carl"), plain(number)) for number in range(count))
        bad = b"+17       " + f"\0x\0unfinished {TAG} text".encode()
        yield script(
            cast("ann", "bob", "carl"),
            Send("carl", (*words, bad)),
            Ended("carl"),
            Fin("carl"),
            Settle(),
            sentinel("ann"),
        )
        part = Out(nick("carl"), f"unfinished {TAG} text").octets[:-1]
        yield script(
            cast("ann", "bob", "carl"), Send("carl", (*words, part)), Fence(), Fin("carl"), Settle(), sentinel("ann")
        )


def _never_closes(trace: Trace) -> list[Difference]:
    if not isinstance(trace.expired, Ended):
        return []
    return [Difference("LEAVE-2", "the server's side closed after a FIN", "it stays open", "carl", "deadline")]


@check(
    "LEAVE-2",
    "closes-its-side",
    twin=ordinary,
    clause="SHOULD",
    judge=_never_closes,
    needs=("LEAVE-1",),
    decided_by="closed",
)
def closes_its_side(plan: Plan) -> Iterator[Script]:
    """After a client's FIN the server closes its side."""
    yield script(cast("ann", "carl"), say("carl", plain(1)), Fin("carl"), Settle(), Ended("carl"))
