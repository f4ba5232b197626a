"""RELAY-5: frames that claim another nick than their sender's."""

import math
from collections.abc import Iterator

from conformance.check import Plan, check
from conformance.differences import show
from conformance.octets import Out, left
from conformance.script import (
    TAG,
    Fence,
    Fin,
    Script,
    Send,
    Settle,
    cast,
    enter,
    nick,
    plain,
    say,
    script,
    sentinel,
)
from conformance.trace import Difference, Trace
from spec.nicks import MAX_NICK_SCALARS
from spec.wire import SERVER_MAX_BODY_OCTETS

BEHIND = f"behind {TAG}"


def _forged(trace: Trace) -> list[Difference]:
    """A frame that claims another nick: delivered under it, or neither relayed under the registered one nor punished; or
    its sender's leave announced under it, or not at all."""
    claims = [part for step in trace.steps if isinstance(step, Send) and step.who == "evil" for part in step.parts]
    raw = (part for part in claims if isinstance(part, bytes))
    forged = next((part for part in raw if b"\0forged" in part or part.endswith(b"\0")), None)
    if forged is None:
        return []
    _, claimed, text = forged.decode().split("\0")
    registered = trace.room.members["evil"].nick
    ours = registered.rpartition("-")[2]  # whoever else is there may say the same, but not under a nick with this in it
    texts = (text, BEHIND.replace(TAG, trace.tag))
    heard = [frame for frame in trace.frames.get("ann", []) if frame.text in texts]
    for frame in heard:
        is_ours = frame.nick == claimed or (frame.is_service and text) or ours in frame.nick.casefold()
        if frame.nick != registered and is_ours:
            return [Difference("RELAY-5", f"nothing under the nick {claimed!a}", show(frame), "ann", "frame")]
    # Whether an empty text is relayed at all is RELAY-3's business.
    is_heard = not text or any(frame.nick == registered and frame.text == text for frame in heard)
    return _ending(trace, registered, claimed, is_heard=is_heard)


def _ending(trace: Trace, registered: str, claimed: str, *, is_heard: bool) -> list[Difference]:
    said = [frame for frame in trace.frames.get("ann", []) if frame.is_service]
    leave = next((frame for frame in said if frame.text == left(registered)), None)
    other = next((frame for frame in said if frame.text == left(claimed)), None)
    if other is not None:
        return [Difference("RELAY-5", f"a leave of {registered!a}", show(other), "ann", "frame")]
    if leave is None and trace.expired == Settle() and Fin("evil") in trace.steps:
        return [Difference("RELAY-5", f"a leave of {registered!a}", "nothing", "ann", "deadline")]
    end = next((entry.at for entry in trace.entries if (entry.who, entry.what) == ("evil", "finished")), math.inf)
    is_out = (leave is not None and leave.at < end) or ("evil" in trace.ended and trace.ended_at.get("evil", 0.0) < end)
    if is_heard or is_out or trace.expired is not None:
        return []
    expected = f"the frame relayed as {registered!a}, or the connection closed"
    return [Difference("RELAY-5", expected, "neither", "ann", "sentinel")]


def _own_nick(script_: Script) -> Script:
    """The twin: a frame under the sender's own nick."""
    joins = (step for step in script_.steps if isinstance(step, Send) and step.who == "evil")
    own = next((part.nick for step in joins for part in step.parts if isinstance(part, Out)), nick("evil"))
    words = [*say("evil", plain(1), name=own), *sentinel("evil", name=own)]
    return script(cast("ann"), enter("evil", own), words, Fin("evil"), Settle())


def _claims(claim: str, own: str, honest: int = 0, forged_before: int = 0) -> Script:
    """One who says something under another nick, behind so many frames under its own, and others that were forged, and
    leaves."""
    words = say("evil", *(plain(number) for number in range(honest)), name=own)
    for number in range(forged_before):
        words += [Send("evil", (Out(claim, f"earlier {number} {TAG}").octets,)), Fence()]
    forged = Send("evil", (Out(claim, f"forged {TAG}").octets,))
    return script(
        cast("ann"), enter("evil", own), words, forged, Fence(), sentinel("ann"), Fence(), Fin("evil"), Settle()
    )


@check("RELAY-5", "claimed-nicks", judge=_forged, twin=_own_nick, needs=("FRAME-6",), width=4)
def claimed_nicks(plan: Plan) -> Iterator[Script]:
    """A frame that claims another nick is relayed under the registered one, or ends the connection: a free nick, another
    member's, `Server`, other spellings of its own, none; as the first frame behind the join, and as a later one; and whatever
    comes behind it, too."""
    own = nick("evil")
    claims = [f"free-{TAG}", nick("ann"), "Server", "server", own.upper(), own.capitalize(), own + " ", " " + own, ""]
    claims += [own[:-1], own + "x", "x" * 65, "a\nb", f"[{own}]"]
    for claim in claims:
        yield _claims(claim, own)
    for honest in (1, 3):
        for claim in (f"free-{TAG}", nick("ann"), "Server")[: plan.pick(1, 3, 3)]:
            yield _claims(claim, own, honest)
    yield _claims(f"free-{TAG}", own, 1, 4)
    # Who takes a frame without a text for a join, or any frame for a new name, shows it in what comes behind.
    for claim in (f"free-{TAG}", own.upper()):
        for text in ("", f"forged {TAG}"):
            words = [
                Send("evil", (Out(claim, text).octets,)),
                Fence(),
                Send("evil", (Out(own, BEHIND).octets,)),
                Fence(),
            ]
            yield script(cast("ann"), enter("evil", own), words, sentinel("ann"), Fence(), Fin("evil"), Settle())


@check("RELAY-5", "claimed-in-one-write", judge=_forged, twin=_own_nick, needs=("FRAME-6",), quiet=True, width=4)
def claimed_in_one_write(plan: Plan) -> Iterator[Script]:
    """The same of a frame that comes in one write with others of its sender, which are under its own nick."""
    own = nick("evil")
    for claim in (f"free-{TAG}", nick("ann"), "Server"):
        forged = Out(claim, f"forged {TAG}").octets
        for before, behind in ((1, 0), (0, 1), (5, 1)):
            words = [Out(own, plain(number)) for number in range(before + behind)]
            together = Send("evil", (*words[:before], forged, *(word.octets for word in words[before:])))
            end = [Fence(), *sentinel("ann"), Fence(), Fin("evil"), Settle()]
            yield script(cast("ann"), enter("evil", own), together, end)


def _passed_over(trace: Trace) -> list[Difference]:
    """A forged frame of which nothing is heard, though its sender is heard afterwards: so it was not closed."""
    texts = [frame.text.partition(" ")[0] for frame in trace.frames.get("ann", []) if trace.tag in frame.text]
    if "behind" in texts and "forged" not in texts:
        return [Difference("RELAY-5", "the frame relayed, or the connection closed", "neither", "ann", "sentinel")]
    return []


@check("RELAY-5", "claimed-nothing", judge=_passed_over, twin=_own_nick, needs=("FRAME-7", "TIME-2"), late=True)
def claimed_nothing(plan: Plan) -> Iterator[Script]:
    """The same of a frame that is as large as may be and claims nothing at all, neither a time nor a nick: it grows by both,
    and more than any other frame that is relayed."""
    own = nick("evil").ljust(MAX_NICK_SCALARS, "e")
    largest = Out("", f"forged {TAG} ".ljust(SERVER_MAX_BODY_OCTETS - 2, "x"), "")
    words = [Send("evil", (largest.octets,)), Send("evil", (Out(own, BEHIND).octets,))]
    yield script(cast("ann"), enter("evil", own), words, Fence(), Fin("evil"), Settle(), sentinel("ann"))


@check("RELAY-5", "claimed-spellings", judge=_forged, twin=_own_nick, needs=("FRAME-5", "BODY-2"), width=4)
def claimed_spellings(plan: Plan) -> Iterator[Script]:
    """The same for spellings of its own nick beyond ASCII, which some server may treat as equal (NICK-4)."""
    own, composed, decomposed = nick("evil"), f"\u00e9vil-{TAG}", f"e\u0301vil-{TAG}"
    spellings = [(own, f"\uff45vil-{TAG}"), (own, f"e\u200dvil-{TAG}"), (own, f"{own}\u00ad")]
    spellings += [(composed, decomposed), (decomposed, composed), (composed, f"\u00c9vil-{TAG}")]
    for name, claim in spellings:
        yield _claims(claim, name)
