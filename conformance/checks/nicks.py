"""NICK: which nicks a server takes, and how it passes them on."""

from collections.abc import Iterator
from typing import Any

from conformance import strategies
from conformance.check import DELIVERY, Judge, Plan, check
from conformance.octets import Out, announced
from conformance.room import show
from conformance.script import (
    TAG,
    Close,
    Fence,
    Fin,
    Open,
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
from spec.nicks import FORBIDDEN, WHITE_SPACE, certainly_differ

# A nick that is not taken shows as a join that is not announced; one that is changed on its way is NICK-2's business.
TAKEN = DELIVERY - {"NICK-2"}


def _named(name: str) -> Script:
    """One member under a nick of its own says something plain and leaves."""
    enter: list[Step] = [Open("ann"), Send("ann", (Out(name),)), Settle()]
    return script(
        cast("bob"),
        enter,
        say("ann", plain(1), name=name),
        sentinel("ann", name=name),
        Fin("ann"),
        Fence(),
        sentinel("bob"),
    )


def _plain_nick(script_: Script) -> Script:
    """The twin: the same under a plain nick."""
    names = {
        part.nick for step in script_.steps if isinstance(step, Send) for part in step.parts if isinstance(part, Out)
    }
    [name] = names - {nick("bob")}
    steps: list[Step] = []
    for step in script_.steps:
        if isinstance(step, Send):
            parts = tuple(
                Out(nick("ann"), part.text, part.time) if isinstance(part, Out) and part.nick == name else part
                for part in step.parts
            )
            steps.append(Send(step.who, parts))
        else:
            steps.append(step)
    return Script(tuple(steps))


def _each(names: list[str]) -> Iterator[Script]:
    for name in names:
        yield _named(name)


@check("NICK-1", "ascii", scope=TAKEN, twin=_plain_nick, width=4)
def ascii_nicks(plan: Plan) -> Iterator[Script]:
    """Valid nicks of printable ASCII are taken: brackets, spaces inside, digits only, quotes, 64 characters."""
    yield from _each(strategies.NICKS)


@check("NICK-1", "short", scope=TAKEN, twin=_plain_nick, storm=True)
def short_nicks(plan: Plan) -> Iterator[Script]:
    """Nicks of one character and of digits that look like a header are taken."""
    yield from _each(strategies.SHORT_NICKS)


@check("NICK-1", "unicode", scope=TAKEN, twin=_plain_nick, needs=("FRAME-5", "BODY-2"), width=4)
def unicode_nicks(plan: Plan) -> Iterator[Script]:
    """Valid nicks beyond ASCII are taken: any script, emoji with joiners, right-to-left, marks, 64 scalar values."""
    yield from _each(strategies.UNICODE_NICKS)


@check("NICK-1", "any", scope=TAKEN, twin=_plain_nick, needs=("FRAME-5", "BODY-2"), drawn=True, examples=(10, 40, 300))
def any_nick(plan: Plan) -> Any:
    """Drawn valid nicks are taken."""
    return strategies.nicks().map(_named)


@check("NICK-2", "ascii", width=4)
def carried_ascii(plan: Plan) -> Iterator[Script]:
    """Nicks of printable ASCII are carried octet for octet in announcements and messages."""
    yield from _each([nick("ann"), *strategies.NICKS])


@check("NICK-2", "unicode", needs=("FRAME-5", "BODY-2"), width=4)
def carried_unicode(plan: Plan) -> Iterator[Script]:
    """Nicks beyond ASCII likewise: no normalising, folding, trimming, truncating."""
    yield from _each(strategies.UNICODE_NICKS)


@check("NICK-2", "any", needs=("FRAME-5", "BODY-2"), drawn=True, examples=(10, 40, 300))
def carried_any(plan: Plan) -> Any:
    """Drawn valid nicks likewise."""
    return strategies.nicks().map(_named)


# Refusals. The join is sent as raw octets: to the model of the room, such a connection is owed nothing.


def _asks(name: str, who: str = "evil", behind: str | None = None) -> list[Step]:
    parts = [Out(name).octets] + ([Out(name, behind).octets] if behind is not None else [])
    return [Open(who), Send(who, (b"".join(parts),)), Fence()]


def _accepted(trace: Trace, who: str = "evil") -> str | None:
    """How a connection that had to be refused was taken: it heard of a join, which only members do."""
    for frame in trace.frames.get(who, []):
        said = announced(frame.text) if frame.is_service else None
        if said is not None and said[0] == "joined":
            return show(frame)
    return None


def _takes(requirement: str) -> Judge:
    def judge(trace: Trace) -> list[Difference]:
        name = _asked(trace)
        found = _accepted(trace)
        for frame in trace.frames.get("ann", []):
            said = announced(frame.text) if frame.is_service else None
            if found is None and said == ("joined", name) and frame.at >= trace.opened_at.get("evil", 0.0):
                found = show(frame)
        if found is None:
            return []
        return [Difference(requirement, f"the nick {name!a} refused", found, "evil", "frame")]

    return judge


def _asked(trace: Trace) -> str:
    for step in trace.steps:
        if isinstance(step, Send) and step.who == "evil" and isinstance(step.parts[0], bytes):
            return step.parts[0].split(b"\0")[1].decode()
    return ""


def invalid_nicks(plan: Plan) -> list[str]:
    """Nicks that are not valid (NICK-1): empty, too long, each forbidden character, each white space at either end."""
    forbidden = sorted(scalar for scalar in FORBIDDEN if scalar != "\0")
    spaces = sorted(WHITE_SPACE)
    if plan.depth == "quick":
        forbidden = [
            "\x01",
            "\t",
            "\n",
            "\r",
            "\x1b",
            "\x1f",
            "\x7f",
            "\x80",
            "\x85",
            "\x9b",
            "\x9f",
            "\u2028",
            "\u2029",
        ]
        spaces = [" ", "\u00a0", "\u2003", "\u3000"]
    names = ["", " ", "n" * (65 - len(TAG)) + TAG, "n" * 200 + TAG, "é" * (65 - len(TAG)) + TAG]
    names += [f"ev{scalar}il{TAG}" for scalar in forbidden]
    names += [f"{scalar}evil{TAG}" for scalar in spaces] + [f"evil{TAG}{scalar}" for scalar in spaces]
    return [*names, f"evil{TAG}\n", f"\nevil{TAG}", f"\t{TAG}"]


def _valid(script_: Script) -> Script:
    """The twin: a valid nick in the same place is taken."""
    return script(cast("ann", "bob"), sentinel("bob"))


@check("NICK-3", "invalid", judge=_takes("NICK-3"), twin=_valid, width=6)
def invalid_refused(plan: Plan) -> Iterator[Script]:
    """Nicks that are not valid are refused: empty, too long, with a control or a line separator, with white space at an end."""
    for name in invalid_nicks(plan):
        if name.isascii():
            yield script(cast("ann"), _asks(name), Fence())


@check("NICK-3", "invalid-unicode", judge=_takes("NICK-3"), twin=_valid, width=6, needs=("FRAME-5", "BODY-2"))
def invalid_unicode_refused(plan: Plan) -> Iterator[Script]:
    """The same beyond ASCII."""
    for name in invalid_nicks(plan):
        if not name.isascii():
            yield script(cast("ann"), _asks(name), Fence())


@check("NICK-4", "server", judge=_takes("NICK-4"), twin=_valid, width=6)
def server_refused(plan: Plan) -> Iterator[Script]:
    """`Server` and its ASCII-case variants are refused."""
    for name in ("Server", "server", "SERVER", "sERVER", "SeRvEr"):
        yield script(cast("ann"), _asks(name), Fence())


APART = [  # equal under no folding that a server may use: characters of Unicode 13, no compatibility forms
    (f"ann{TAG}", f"ann{TAG}."),
    (f"ann{TAG}", f"a nn{TAG}"),
    (f"ann{TAG}", f"ann_{TAG}"),
    (f"a_b{TAG}", f"a-b{TAG}"),
    (f"{TAG}1", f"{TAG}l"),
    (f"Servers{TAG}", f"Servers'{TAG}"),
    (f"[{TAG}]", f"{{{TAG}}}"),
    (f"{TAG}^", f"{TAG}~"),
    (f"{TAG}\\", f"{TAG}|"),
]
APART_UNICODE = [
    (f"ann{TAG}", f"\u0430nn{TAG}"),  # a Cyrillic a
    (f"eve{TAG}", f"évé{TAG}"),
    (f"o{TAG}", f"ø{TAG}"),
    (f"{TAG}日", f"{TAG}曰"),
]


def _beside(pairs: list[tuple[str, str]]) -> Iterator[Script]:
    for held, name in pairs:
        holder: list[Step] = [Open("ann"), Send("ann", (Out(held),)), Settle()]
        yield script(cast("bob"), holder, _enter_as("carl", name), sentinel("carl", name=name))


def _enter_as(who: str, name: str) -> list[Step]:
    return [Open(who), Send(who, (Out(name),)), Settle()]


def _without_holder(script_: Script) -> Script:
    """The twin: the same nick, with nobody beside it who holds one like it."""
    return Script(tuple(step for step in script_.steps if getattr(step, "who", None) != "ann"))


@check("NICK-4", "apart", scope=TAKEN, twin=_without_holder, width=4)
def apart(plan: Plan) -> Iterator[Script]:
    """Beside a held nick, another one that no allowed folding makes equal is taken."""
    yield from _beside(APART)


@check("NICK-4", "apart-unicode", scope=TAKEN, twin=_without_holder, needs=("FRAME-5", "BODY-2"), width=4)
def apart_unicode(plan: Plan) -> Iterator[Script]:
    """The same beyond ASCII: look-alikes and accents are other nicks."""
    yield from _beside([pair for pair in APART_UNICODE if certainly_differ(*pair)])


@check("NICK-5", "held", judge=_takes("NICK-5"), twin=_valid, width=4)
def held_refused(plan: Plan) -> Iterator[Script]:
    """A nick that a joined client holds, octet for octet or in other ASCII case, is refused."""
    held = f"Holder-{TAG}"
    for name in (held, held.lower(), held.upper(), held.swapcase()):
        yield script(_enter_as("ann", held), enter("bob"), _asks(name.replace(TAG.upper(), TAG)), sentinel("bob"))


def _one_of_many(trace: Trace) -> list[Difference]:
    taken = [who for who in trace.script.parties if who.startswith("evil") and _accepted(trace, who) is not None]
    if len(taken) < 2:
        return []
    return [Difference("NICK-5", "one of them taken", f"{len(taken)} taken at once", taken[1], "frame")]


@check("NICK-5", "at-once", judge=_one_of_many, twin=_valid, storm=True)
def at_once(plan: Plan) -> Iterator[Script]:
    """Of several connections that ask for one nick at the same moment, one gets it."""
    for number in range(plan.pick(3, 8, 30)):
        many = [f"evil{place}" for place in range(8)]
        opened: list[Step] = [Open(who) for who in many]
        asked = [Send(who, (Out(f"same{number}-{TAG}").octets,)) for who in many]
        yield script(cast("ann"), opened, Fence(), asked, Fence(), Fence(), sentinel("ann"))


def _other_each_time(script_: Script) -> Script:
    """The twin: the same turns, each under a nick of its own."""
    return Script(
        tuple(
            Send(step.who, tuple(Out(nick(step.who), part.text) for part in step.parts if isinstance(part, Out)))
            if isinstance(step, Send)
            else step
            for step in script_.steps
        )
    )


@check("NICK-6", "free-again", scope=TAKEN, twin=_other_each_time, needs=("LEAVE-1",))
def free_again(plan: Plan) -> Iterator[Script]:
    """Once the leave of a nick has been announced, the nick can be taken again: after FIN, after reset, several times."""
    name = f"again-{TAG}"
    for end in (Fin, Rst, Close):
        for again in (name, name.swapcase().replace(TAG.swapcase(), TAG)):
            turns: list[Step] = []
            for turn in range(plan.pick(2, 3, 5)):
                who = f"turn{turn}"
                spelled = name if turn == 0 else again
                turns += [*_enter_as(who, spelled), *sentinel(who, name=spelled), end(who), Settle()]
            yield script(cast("bob"), turns, sentinel("bob"))
