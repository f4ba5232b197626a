"""FRAME: headers, lengths, and frames however the octets arrive."""

from collections.abc import Iterator
from typing import Any

from hypothesis import strategies as st

from conformance.check import DELIVERY, Plan, check, ordinary, plainly
from conformance.differences import differences
from conformance.octets import HEADER_FORMS, HEADER_OCTETS, Out
from conformance.script import (
    TAG,
    Fin,
    Open,
    Script,
    Send,
    Settle,
    cast,
    enter,
    plain,
    say,
    script,
    sentinel,
)
from conformance.trace import Difference, Trace

FRAMING = frozenset(["FRAME-1", "FRAME-2", "BODY-1", "BODY-2"])


def _one_text(text: str) -> Script:
    return script(cast("ann", "bob"), say("ann", text), sentinel("ann"))


@check("FRAME-1", "plain-conversation")
def plain_conversation(plan: Plan) -> Iterator[Script]:
    """Every frame of a plain conversation is a header of ten octets and a body as long as it says: chat, and announcements of
    joins and of leaves, behind which the next frame begins."""
    texts = [plain(number) for number in range(plan.pick(3, 6, 20))]
    gone = [Fin("carl"), Settle(), *sentinel("ann", "then"), *enter("dora"), *sentinel("dora")]
    yield script(cast("ann", "bob", "carl"), say("ann", *texts), sentinel("ann"), sentinel("bob"), gone)


@check("FRAME-2", "headers-well-formed", scope=["FRAME-2"])
def headers_well_formed(plan: Plan) -> Iterator[Script]:
    """Every header that the server sends is digits with spaces around them, for bodies of two to seven digits' length."""
    # The last but one makes bodies of a million octets and a few, which is 1e+06 for some.
    for size in (1, 20, 50, 60, 70, 200, 900, 1000, 9000, 11_000, 70_000, 200_000, 999_958, 1_000_100):
        yield _one_text(TAG + "x" * size)


def _not_canonical(trace: Trace) -> list[Difference]:
    return [
        Difference("FRAME-2", repr(b"%-10d" % int(frame.header)), repr(frame.header), who, "frame")
        for who, frames in trace.frames.items()
        for frame in frames
        if frame.header != b"%-10d" % int(frame.header)
    ]


@check("FRAME-2", "headers-canonical", clause="SHOULD", judge=_not_canonical)
def headers_canonical(plan: Plan) -> Iterator[Script]:
    """The headers that the server sends are canonical: digits, no leading zero, then spaces."""
    for size in (1, 60, 900):
        yield _one_text(TAG + "x" * size)


@check("FRAME-3", "header-forms", scope=DELIVERY, twin=plainly, width=4)
def header_forms(plan: Plan) -> Iterator[Script]:
    """Every way to spell a length is accepted, in a join and in a message: justified, centred, zero-filled."""
    for form in HEADER_FORMS:
        yield script(cast("ann", "bob"), say("ann", plain(1), header=form), sentinel("ann"))
        yield script(enter("bob"), enter("ann", header=form), sentinel("ann"))


@check("FRAME-3", "any-padding", scope=DELIVERY, twin=plainly, drawn=True, quiet=True, examples=(10, 32, 200))
def any_padding(plan: Plan) -> Any:
    """Drawn numbers of spaces in front, zeros, and spaces behind."""

    def form(left: int, zeros: int) -> str:
        digits = min(2 + zeros, HEADER_OCTETS - left)
        return " " * left + f"{{0:0{digits}}}" + " " * (HEADER_OCTETS - left - digits)

    forms = st.builds(form, st.integers(0, HEADER_OCTETS - 2), st.integers(0, HEADER_OCTETS - 2))
    return st.lists(forms, min_size=1, max_size=6).map(
        lambda several: script(
            cast("ann", "bob"),
            *(say("ann", plain(number), header=form) for number, form in enumerate(several)),
            sentinel("ann"),
        )
    )


def _miscounted(trace: Trace) -> list[Difference]:
    """The differences that a wrong count makes: lost, cut short, or run into the next frame; neither a text changed in its
    place nor, where the frames stand one behind the other, one that is not UTF-8."""
    in_place = {"RELAY-3"} if trace.garbage or trace.expired is not None else {"RELAY-3", "BODY-2"}
    found = [difference for difference in differences(trace) if difference.requirement not in in_place]
    room = trace.room
    for member in room.members.values():
        for frame in trace.frames.get(member.who, []):
            # Of whoever else is there, nobody knows what it has said.
            said = {i.text for i in member.owed if i.kind == "chat" and room.members[i.who].nick == frame.nick}
            cut = [text for text in said if frame.text and frame.text != text and text.startswith(frame.text)]
            if cut and not frame.is_service and frame.text not in said:
                found.append(
                    Difference(
                        "FRAME-5", f"{len(cut[0].encode())} octets of text", frame.text[:60], member.who, "frame"
                    )
                )
    return found


COUNTED = ["é", "ééé", "я" * 10, "日本語", "😀", "aé", "x" * 60 + "é", "é" * 50, "日" * 40 + "z", "😀" * 30]
# Of another length in another normalisation form: two that are composed to one, a jamo syllable, an ångström, a ligature.
COUNTED += ["e\u0301" * 3, "\u1112\u1161\u11ab", "\u212b", "ﬁ"]


@check("FRAME-5", "octets-not-characters", scope=DELIVERY | {"FRAME-5"}, twin=plainly, judge=_miscounted)
def octets_not_characters(plan: Plan) -> Iterator[Script]:
    """Texts whose octets outnumber their characters: the length counts octets."""
    for text in COUNTED:
        yield _one_text(text + TAG)


def _miscounted_nick(trace: Trace) -> list[Difference]:
    """Only what cannot be read counts: a nick beyond ASCII that is refused is NICK-1's business."""
    is_shifted = bool(trace.garbage)
    return [
        found
        for found in differences(trace)
        if found.requirement in FRAMING and (found.requirement != "BODY-2" or is_shifted)
    ]


@check("FRAME-5", "octets-of-nicks", scope=FRAMING, twin=ordinary, judge=_miscounted_nick)
def octets_of_nicks(plan: Plan) -> Iterator[Script]:
    """The same for nicks, in announcements of joins and of leaves and in messages."""
    for name in (f"é{TAG}", f"日本{TAG}", f"😀😀{TAG}"):
        come = [Open("ann"), Send("ann", (Out(name),)), Settle(), *sentinel("ann", name=name)]
        yield script(cast("bob", "carl"), come, Fin("ann"), Settle(), sentinel("carl"))
