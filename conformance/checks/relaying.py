"""RELAY and SERVICE: who receives what, in which order, unchanged, and when it was."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

from hypothesis import strategies as st

from conformance import strategies
from conformance.check import DELIVERY, Plan, check, ordinary, plainly
from conformance.differences import differences, show, shown
from conformance.named import ASCII_KINDS, UNICODE_KINDS
from conformance.octets import Got, Out, announced, is_nobody
from conformance.room import Decided, Member
from conformance.script import (
    TAG,
    Fence,
    Fin,
    Hears,
    Open,
    Quiet,
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


@check("RELAY-1", "everybody-else-once", alone=True)
def everybody_else_once(plan: Plan) -> Iterator[Script]:
    """Every message reaches every other member once: two to eight members, each of them talking."""
    for count in range(2, 9):
        members = [f"m{number}" for number in range(count)]
        turns = [(who, turn) for turn in range(plan.pick(2, 5, 12)) for who in members]
        talk = [step for who, turn in turns for step in [*burst(who, plain(f"{who}.{turn}")), Settle()]]
        yield script(cast(*members), talk, *(sentinel(who) for who in members))


@check("RELAY-1", "many-messages")
def many_messages(plan: Plan) -> Iterator[Script]:
    """Of hundreds of messages none is lost and none comes twice: of several connections, and of one that says more than an
    octet can count."""
    for number, count in enumerate(plan.pick((100, 260), (100, 100, 260), (100, 100, 100, 520, 1100))):
        talk = [step for place in range(count) for step in [*burst("ann", plain(f"{number}.{place}")), Settle()]]
        yield script(cast("ann", "bob"), talk, sentinel("ann"))


@check("RELAY-1", "repeated-texts")
def repeated_texts(plan: Plan) -> Iterator[Script]:
    """What is said twice is delivered twice: the same text again, from the same member and from another."""
    yield script(cast("ann", "bob", "carl"), say("ann", *[plain(0)] * 4), say("bob", *[plain(0)] * 2), sentinel("ann"))


@check("RELAY-1", "addressed", twin=plainly, quiet=True, needs=("RELAY-3",))
def addressed(plan: Plan) -> Iterator[Script]:
    """What looks as if it were for one member, or a command, reaches all others all the same."""
    name = nick("bob")
    looks = [
        "@{}",
        "@{} hello",
        "{}: hello",
        "{}, hello",
        "/msg {} hi",
        "/w {} hi",
        "/me waves",
        "!{}",
        "#{}",
        ">{} hi",
        "@all",
    ]
    yield script(cast("ann", "bob", "carl"), say("ann", *(look.format(name) for look in looks)), sentinel("ann"))


@check("RELAY-1", "repeated-in-one-write", quiet=True, needs=("FRAME-6",))
def repeated_in_one_write(plan: Plan) -> Iterator[Script]:
    """The same where the repetitions arrive together."""
    yield script(cast("ann", "bob"), Send("ann", (Out(nick("ann"), plain(0)),) * 4), Settle(), sentinel("ann"))


def _unheard(trace: Trace) -> list[Difference]:
    """The member that is inside a frame of its own has not heard what was said meanwhile."""
    waits = [step for step in trace.steps if isinstance(step, Hears)]
    texts = [frame.text for frame in trace.frames.get("bob", [])]
    missing = [step.text for step in waits if step.text not in texts]
    how: Decided = "deadline" if trace.expired is not None else "closed"
    return [
        Difference("RELAY-1", shown(text), "nothing, while its own frame is unfinished", "bob", how) for text in missing
    ]


@check("RELAY-1", "inside-a-frame", judge=_unheard, twin=ordinary, needs=("FRAME-6", "ROBUST-2"))
def inside_a_frame(plan: Plan) -> Iterator[Script]:
    """A member whose own frame is unfinished receives what is said meanwhile."""
    frame = Out(nick("bob"), f"unfinished {TAG}").octets
    for place in (3, 10, len(frame) - 1):
        words = [*burst("ann", plain(place)), Hears("bob", plain(place))]
        yield script(
            cast("ann", "bob"), Send("bob", (frame[:place],)), Fence(), words, Send("bob", (frame[place:],)), Fence()
        )


@check("RELAY-2", "no-echo")
def no_echo(plan: Plan) -> Iterator[Script]:
    """What a member says does not come back to it; the other's answer, sent after receipt, proves it."""
    for count in range(2, plan.pick(3, 5, 8)):
        members = [f"m{number}" for number in range(count)]
        words = [plain(number) for number in range(plan.pick(25, 40, 120))]
        talk = [step for who in members for step in [*say(who, *words), *sentinel(who, who)]]
        yield script(cast(*members), talk, sentinel("m0", "back"), sentinel("m1", "back"))


@check("RELAY-2", "in-one-write", needs=("FRAME-6",))
def no_echo_in_one_write(plan: Plan) -> Iterator[Script]:
    """What a member says in one write, behind its join or later, does not come back to it either."""
    words = tuple(Out(nick("late"), plain(number)) for number in range(6))
    join: list[Step] = [Open("late"), Send("late", (Out(nick("late")), *words[:4])), Settle()]
    yield script(cast("ann", "bob"), join, sentinel("ann", "back"), sentinel("bob", "back"))
    yield script(
        cast("ann", "bob", "late"), Send("late", words), Settle(), sentinel("ann", "back"), sentinel("bob", "back")
    )


@check("RELAY-2", "alone", alone=True)
def no_echo_to_one_alone(plan: Plan) -> Iterator[Script]:
    """The same while nobody else is there: who comes then speaks, and nothing of its own has come before that."""
    # Nobody is there by whom a fence could know that one frame was read before the next is written.
    words = [step for number in range(3) for step in (*burst("m0", plain(number)), Quiet(0.02))]
    yield script(cast("m0"), words, cast("m1"), sentinel("m1"))


@check("RELAY-3", "named-texts", scope=DELIVERY - {"FRAME-1", "FRAME-2"}, twin=plainly, width=4)
def named_texts(plan: Plan) -> Iterator[Script]:
    """Texts that usual mistakes change: empty, white space, line breaks, controls, brackets, digits, announcements."""
    for texts in ASCII_KINDS.values():
        yield script(cast("ann", "bob"), say("ann", *texts), sentinel("ann"))


@check("RELAY-3", "round-lengths", twin=plainly)
def round_lengths(plan: Plan) -> Iterator[Script]:
    """Texts just as long as a buffer may be are not cut or emptied; whether so much is taken at all is FRAME-7's business."""
    for size in (512, 1024, 4096):
        yield script(cast("ann", "bob"), burst("ann", "b" * size), Settle(), sentinel("ann"))


@check("RELAY-3", "named-unicode", scope=DELIVERY, twin=plainly, needs=("FRAME-5", "BODY-2"), width=4)
def named_unicode(plan: Plan) -> Iterator[Script]:
    """The same beyond ASCII: BOM, normalisation forms, marks, joiners, right-to-left, astral, line separators."""
    for texts in UNICODE_KINDS.values():
        yield script(cast("ann", "bob"), say("ann", *texts), sentinel("ann"))
    name = f"é€😀{TAG}"  # a text that is put together with such a nick may be encoded twice
    yield script(cast("bob"), enter("ann", name), say("ann", "é€😀", "x", name=name), sentinel("ann", name=name))


@check("RELAY-3", "long-unicode", late=True, scope=DELIVERY, twin=plainly, needs=("FRAME-5", "FRAME-7", "BODY-2"))
def long_unicode(plan: Plan) -> Iterator[Script]:
    """Long texts of characters of two to four octets: none is lost or changed where a buffer, or a piece of whatever length,
    ends inside one, counted in octets, in characters or in UTF-16 units."""
    for count in plan.pick((3000,), (200, 3000, 15_000), (200, 3000, 15_000, 100_000)):
        texts = [f"{TAG}{'x' * shift}{'é€😀' * count}" for shift in range(5)]
        talk = [step for text in texts for step in (*burst("ann", text), Settle())]
        yield script(cast("ann", "bob"), talk, sentinel("ann"))


@check("RELAY-3", "any-text", scope=DELIVERY, twin=plainly, needs=("FRAME-5", "BODY-2"), drawn=True, quiet=True)
def any_text(plan: Plan) -> Any:
    """Drawn texts of every kind arrive octet for octet."""
    return st.lists(strategies.texts(), min_size=1, max_size=8).map(
        lambda texts: script(cast("ann", "bob"), say("ann", *texts), sentinel("ann"))
    )


def _false_announcements(trace: Trace) -> list[Difference]:
    """Besides the room's differences: an announcement of nobody. It is the server's own invention if the nick in it joins
    again and again without ever leaving, or has the characters of this playing in it, though every nick of ours was
    announced as it is."""
    found = differences(trace)
    members = trace.room.members
    ours = {member.nick for member in members.values()}
    tag = members["ann"].nick.rpartition("-")[2] if "ann" in members else ""
    there: Counter[str] = Counter()
    for frame in trace.frames.get("ann", []):
        said = announced(frame.text) if frame.is_service else None
        if said is None or said[1] in ours or is_nobody(said[1]):  # nobody's: JOIN-4
            continue
        there[said[1]] += 1 if said[0] == "joined" else -1
        invented = tag in said[1] and not any(difference.requirement in ("NICK-2", "JOIN-2") for difference in found)
        if invented or there[said[1]] > 1:
            expected = "no service message that looks like a join of nobody"
            found.append(Difference("SERVICE-1", expected, show(frame), "ann", "frame"))
    return found + _told_to_newcomers(trace, members)


def _told_to_newcomers(trace: Trace, members: dict[str, Member]) -> list[Difference]:
    """Joins of others that one of ours was told of, and one who has been there for longer was not: nobody has joined."""
    ours, found = {member.nick for member in members.values()}, []
    for place, late in enumerate(members):
        early = [who for who in list(members)[:place] if members[who].state == "joined" and who not in trace.ended]
        for frame in trace.frames.get(late, []):
            said = announced(frame.text) if frame.is_service else None
            if said is None or said[0] == "left" or said[1] in ours or is_nobody(said[1]):
                continue
            if any(_is_untold(frame, trace.frames.get(who, [])) for who in early):
                found.append(Difference("SERVICE-1", "no join that others do not hear of", show(frame), late, "frame"))
    return found


def _is_untold(frame: Got, frames: list[Got]) -> bool:
    """Whether it is not among the frames of another, who has received several since: not even late."""
    heard_since = sum(other.at > frame.at for other in frames)
    return heard_since > 1 and not any(other.is_service and other.text == frame.text for other in frames)


@check("SERVICE-1", "no-false-announcements", judge=_false_announcements)
def no_false_announcements(plan: Plan) -> Iterator[Script]:
    """No service message looks like a join or a leave of a member who did neither, however often members come and go."""
    come_and_go: list[Step] = []
    for turn in range(3):
        who = f"guest{turn}"
        come_and_go += [*cast(who), *sentinel(who), Fin(who), Settle()]
    yield script(cast("ann", "bob", "carl"), come_and_go, sentinel("ann"), sentinel("bob"), sentinel("carl"))
