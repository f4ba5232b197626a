"""BODY-3: bodies with another number of NULs, or that are not UTF-8."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import chain
from typing import Any

from hypothesis import strategies as st

from conformance import strategies
from conformance.check import Plan, check
from conformance.named import NOT_UTF8
from conformance.octets import Out
from conformance.script import (
    TAG,
    Ended,
    Fence,
    Open,
    Script,
    Send,
    Step,
    cast,
    nick,
    plain,
    say,
    script,
    sentinel,
)
from conformance.trace import Difference, Trace
from spec.wire import SERVER_MAX_BODY_OCTETS

MARK = f"mark{TAG}".encode()
SIDE_BY_SIDE = 4  # how many send malformed bodies in one conversation
BAD = list(chain(*NOT_UTF8.values()))  # at the boundaries of RFC 3629's table, on the wrong side
OFTEN = (b"\xff", b"\xc0\xaf", b"\xe2\x82", b"\xed\xa0\x80", b"\xf0\x80\x80\xaf", b"\xf5\x80\x80\x80")


def _framed(body: bytes) -> bytes:
    return b"%-10d" % len(body) + body


def _miscounted(name: bytes) -> list[bytes]:
    return [
        b"",
        MARK,
        b"\0" + MARK,
        name + b"\0" + MARK,
        b"\0" + name + b"\0" + MARK + b"\0",
        b"\0" + name + b"\0" + MARK + b"\0more",
        b"\0\0" + name + b"\0" + MARK,
        b"\0" + name + b"\0" + MARK + b"\0\0",
    ]


def _bodies(name: bytes, plan: Plan) -> list[bytes]:
    """Malformed bodies with a mark in them, by which they are known wherever they turn up."""
    few = OFTEN if plan.depth == "quick" else BAD
    return [
        *_miscounted(name),
        *(b"\0" + name + b"\0" + MARK + bad for bad in BAD),
        *(b"\0" + name + b"\0" + bad + MARK for bad in few),
        *(b"\0" + name + b"\0" + MARK + bad + "é€😀".encode() for bad in few),
        *(b"time" + bad + b"\0" + name + b"\0" + MARK for bad in few),
        *(bad + b"time\0" + name + b"\0" + MARK for bad in OFTEN[:2]),
        *(b"\0" + name + bad + b"\0" + MARK for bad in few),
    ]


def _long_bodies(name: bytes) -> list[bytes]:
    """Bodies that are well-formed for a long while: the last octets are not."""
    large = SERVER_MAX_BODY_OCTETS
    return [
        (b"\0" + name + b"\0" + MARK).ljust(size - len(bad), b"u") + bad
        for size, bad in ((5000, b"\xff"), (70_000, b"\xe2\x82"), (70_000, b"\xf0\x80\x80\xaf"), (large, b"\xff"))
    ]


def _relays_malformed(trace: Trace) -> list[Difference]:
    """Nothing of a malformed body reaches anybody: not its mark, and no frame under an offender's nick or without UTF-8. What
    the server tells those who sent one is its own, whatever its form."""
    told = {who for who, member in trace.room.members.items() if member.wild}
    offenders = {who: member.nick for who, member in trace.room.members.items() if who.startswith("evil")}
    sent = (entry.octets.partition(b"mark") for entry in trace.entries)
    mark = next((b"mark" + behind[: len(TAG)] for _, found, behind in sent if found), None)
    found = []
    for who, frames in trace.frames.items():
        for frame in frames:
            marked = mark is not None and mark in frame.octets
            named = bool(frame.nick) and not frame.is_service and frame.nick in offenders.values()
            broken = frame.problem is not None and who not in told
            if (marked or named or broken) and not (who in told and frame.is_service):
                found.append(Difference("BODY-3", "nothing of a malformed body", repr(frame.octets[:80]), who, "frame"))
    return found


def _well_formed(script_: Script) -> Script:
    """The twin: a well-formed message in the same place is relayed."""
    return script(cast("ann", "evil"), say("evil", plain(1)), sentinel("evil"))


def _offend(*bodies: bytes) -> Script:
    """Members who say these, one each, and one who does not; each body has the nick of its sender in place of evil's."""
    evil = [f"evil{number}" if number else "evil" for number in range(len(bodies))]
    own = [body.replace(nick("evil").encode(), nick(who).encode()) for who, body in zip(evil, bodies, strict=True)]
    sent = [Send(who, (_framed(body),)) for who, body in zip(evil, own, strict=True)]
    return script(cast("ann", *evil), sent, Fence(), sentinel("ann"), Fence())


@check("BODY-3", "not-relayed", judge=_relays_malformed, twin=_well_formed, width=3, needs=("FRAME-6",))
def malformed_not_relayed(plan: Plan) -> Iterator[Script]:
    """A body with another number of NULs, or that is not UTF-8, is not relayed, whole or in part."""
    bodies = _bodies(nick("evil").encode(), plan)
    for start in range(0, len(bodies), SIDE_BY_SIDE):
        yield _offend(*bodies[start : start + SIDE_BY_SIDE])


def _relays_beside_words(trace: Trace) -> list[Difference]:
    """The same of an offender whose other words are well-formed, and reach the others."""
    words = {
        part.text for step in trace.steps if isinstance(step, Send) for part in step.parts if isinstance(part, Out)
    }
    kept = {who: [frame for frame in frames if frame.text not in words] for who, frames in trace.frames.items()}
    return _relays_malformed(replace(trace, frames=kept))


@check("BODY-3", "not-relayed-later", judge=_relays_beside_words, twin=_well_formed, quiet=True, needs=("FRAME-6",))
def malformed_not_relayed_later(plan: Plan) -> Iterator[Script]:
    """The same behind well-formed messages of the same member, one by one or in one write, in pieces, and again and again."""
    name = nick("evil").encode()
    bad = [b"\0" + name + b"\0" + MARK + OFTEN[0], *_miscounted(name)[1:6:2], b"\0" + name + b"\0" + OFTEN[1] + MARK]
    for count in (5, 20):
        for body in bad[:: plan.pick(2, 1, 1)]:
            words = say("evil", *(plain(number) for number in range(count)))
            yield script(cast("ann", "evil"), words, Send("evil", (_framed(body),)), Fence(), sentinel("ann"), Fence())
    for body in bad:
        frames = [Out(nick("evil"), plain(number)) for number in range(3)]
        yield script(cast("ann", "evil"), Send("evil", (*frames, _framed(body))), Fence(), sentinel("ann"), Fence())
        pieces = Send("evil", (_framed(body),), (4, 12, 9 + len(body)))
        yield script(cast("ann", "evil"), pieces, Fence(), sentinel("ann"), Fence())
        again = [step for _ in range(4) for step in (Send("evil", (_framed(body),)), Fence())]
        yield script(cast("ann", "evil"), again, sentinel("ann"), Fence())


@check("BODY-3", "long-not-relayed", judge=_relays_malformed, twin=_well_formed, needs=("FRAME-7",))
def long_not_relayed(plan: Plan) -> Iterator[Script]:
    """The same where only the last octets of thousands are not UTF-8."""
    for body in _long_bodies(nick("evil").encode()):
        yield _offend(body)


def _stays(trace: Trace) -> list[Difference]:
    if not isinstance(trace.expired, Ended):
        return []
    sent = [entry.octets for entry in trace.entries if entry.what == "sent" and entry.who == trace.expired.who]
    shown = sent[-1][:80] if sent else b""
    return [Difference("BODY-3", f"the connection closed after {shown!r}", "it stays open", "evil", "deadline")]


@check(
    "BODY-3",
    "closed-as-first-frame",
    clause="MUST",
    judge=_stays,
    twin=_well_formed,
    width=20,
    quiet=True,
    decided_by="closed",
    needs=("FRAME-5",),
)
def closed_as_first_frame(plan: Plan) -> Iterator[Script]:
    """A malformed body as the first frame is a refused join: the connection is closed, also where a join and words follow in
    the same write."""
    for body in _bodies(nick("evil").encode(), plan):
        yield script(Open("evil"), Send("evil", (_framed(body),)), Ended("evil"))
    behind = Out(nick("evil")).octets + Out(nick("evil"), plain(1)).octets
    for body in (*_miscounted(nick("evil").encode())[1:5], b"\0" + MARK + b"\0" + OFTEN[0]):
        yield script(Open("evil"), Send("evil", (_framed(body) + behind,)), Ended("evil"))


@check(
    "BODY-3", "closed-after-the-join", clause="SHOULD", judge=_stays, width=20, decided_by="closed", needs=("FRAME-5",)
)
def closed_after_the_join(plan: Plan) -> Iterator[Script]:
    """After the join, a malformed body should close the connection too."""
    for body in _bodies(nick("evil").encode(), plan)[::6]:
        yield script(cast("evil"), Send("evil", (_framed(body),)), Ended("evil"))


def _relays_or_stays(trace: Trace) -> list[Difference]:
    return _relays_malformed(trace) or _stays(trace)


@check(
    "BODY-3",
    "any-malformed-body",
    judge=_relays_or_stays,
    twin=_well_formed,
    drawn=True,
    quiet=True,
    examples=(6, 24, 250),
    needs=("FRAME-6", "FRAME-5"),
)
def any_malformed_body(plan: Plan) -> Any:
    """Drawn malformed bodies of members are not relayed, and one of them, as a first frame, closes its connection."""

    def build(bad: list[strategies.Malformed]) -> Script:
        evil = [f"evil{number}" if number else "evil" for number in range(len(bad))]
        sent = [Send(who, (one.octets,)) for who, one in zip(evil, bad, strict=True)]
        first: list[Step] = [Open("first"), Send("first", (bad[0].octets,)), Ended("first")]
        return script(cast("ann", *evil), sent, Fence(), sentinel("ann"), Fence(), first)

    return st.lists(strategies.bad_bodies(), min_size=1, max_size=3).map(build)
