"""NICK-3 to NICK-5: which nicks a server must refuse, and which it must not."""

from collections.abc import Iterator

from conformance.check import Judge, Plan, check
from conformance.checks.nicks import JOINED, TAKEN
from conformance.differences import show
from conformance.octets import Out, announced
from conformance.script import (
    TAG,
    Answered,
    Close,
    Ended,
    Fence,
    Fin,
    Open,
    Quiet,
    Script,
    Send,
    Settle,
    Step,
    cast,
    enter,
    nick,
    script,
    sentinel,
)
from conformance.trace import Difference, Trace
from spec.nicks import FORBIDDEN, MAX_NICK_SCALARS, WHITE_SPACE, certainly_differ

# Refusals. The join is sent as raw octets: to the model of the room, such a connection is owed nothing.


def ask_for(name: str, who: str = "evil", behind: str | None = None) -> list[Step]:
    """A connection asks for a nick that it is not to get, perhaps with words behind, and has its answer."""
    parts = [Out(name).octets] + ([Out(name, behind).octets] if behind is not None else [])
    return [Open(who), Send(who, (b"".join(parts),)), Answered(who), Fence()]


def _accepted(trace: Trace, name: str) -> str | None:
    """How a connection that had to be refused was taken: its own join was announced to it, under its nick or what is left
    of that."""
    for who in trace.script.parties:
        is_asking = who.startswith("evil") and not _is_free_for(trace, who)
        for frame in trace.frames.get(who, []) if is_asking else []:
            said = announced(frame.text) if frame.is_service else None
            if said is not None and said[0] == "joined" and _is_left_of(said[1], name):
                return show(frame)
    return None


def _is_left_of(given: str, asked: str) -> bool:
    """Whether a nick is the one that was asked for, or that one trimmed, cut, folded, or without its odd characters."""
    if given == asked or not asked.strip():
        return given == asked or not given.strip()
    core = [scalar for scalar in asked.casefold() if scalar.isalnum()]
    rest = [scalar for scalar in given.casefold() if scalar.isalnum()]
    return bool(rest) and core[: len(rest)] == rest


def takes(requirement: str) -> Judge:
    """Judges whether the nick that `evil` has asked for was taken, which the requirement forbids."""

    def judge(trace: Trace) -> list[Difference]:
        name = _asked(trace)
        found = _accepted(trace, name)
        for frame in trace.frames.get("ann", []):
            said = announced(frame.text) if frame.is_service else None
            if found is None and said == ("joined", name) and frame.at >= trace.opened_at.get("evil", 0.0):
                found = show(frame)
        if found is None:
            return []
        return [Difference(requirement, f"the nick {name!a} refused", found, "evil", "frame")]

    return judge


def was_taken(trace: Trace) -> bool:
    """Whether `evil` was given the nick that it had asked for: then it was not refused, and NICK-3 to NICK-5 say so."""
    return bool(takes("NICK-5")(trace))


def stays_open(trace: Trace) -> list[Difference]:
    """A refused connection that was waited for in vain to end (JOIN-5)."""
    if not isinstance(trace.expired, Ended) or was_taken(trace):
        return []
    return [Difference("JOIN-5", "a refused connection closed", "it stays open", "evil", "deadline")]


def _is_free_for(trace: Trace, who: str) -> bool:
    """Whether the server had ended somebody else, who may have held the nick, before this one asked for it."""
    places = [place for place, step in enumerate(trace.steps) if isinstance(step, Send) and step.who == who]
    asked = max((trace.sent_at.get(place, 0.0) for place in places), default=0.0)
    gone = {step.who for step in trace.steps if isinstance(step, Fin | Close)}
    return any(
        ended < asked for other, ended in trace.ended_at.items() if other not in gone and not other.startswith("evil")
    )


def _asked(trace: Trace) -> str:
    asks = [step for step in trace.steps if isinstance(step, Send) and step.who == "evil"]
    return _nick_of(asks[0]) if asks else ""


def _nick_of(step: Send) -> str:
    assert isinstance(step.parts[0], bytes)
    return step.parts[0].split(b"\0")[1].decode()


def invalid_nicks() -> list[str]:
    """Nicks that are not valid (NICK-1): empty, too long, each forbidden character, each white space at either end."""
    forbidden = sorted(scalar for scalar in FORBIDDEN if scalar != "\0")
    spaces = sorted(WHITE_SPACE)
    names = ["", " ", "n" * (65 - len(TAG)) + TAG, "n" * 200 + TAG, "é" * (65 - len(TAG)) + TAG]
    # Of 65 scalar values, but of fewer characters for who counts neither marks nor joiners.
    names += [f"{TAG}e" + "\u0301" * (64 - len(TAG)), TAG + "👩\u200d" * ((64 - len(TAG)) // 2) + "👧"]
    names += [f"ev{scalar}il{TAG}" for scalar in forbidden]
    names += [f"{scalar}evil{TAG}" for scalar in spaces] + [f"evil{TAG}{scalar}" for scalar in spaces]
    # Farther behind in octets than in characters; and two together.
    names += [f"{'é' * 12}{TAG}{scalar}" for scalar in ("\x01", "\n", "\x7f", "\x85", "\u2028")]
    names += [f"e{two[0]}vi{two[1]}l{TAG}" for two in ("\r\n", "\n\n", "\t\n", "\x1b\x07")] + [f"ev\r\nil{TAG}"]
    return [*names, f"evil{TAG}\n", f"\nevil{TAG}", f"\t{TAG}"]


def valid(script_: Script) -> Script:
    """The twin: a valid nick in the same place is taken."""
    return script(cast("ann", "bob"), sentinel("bob"))


@check("NICK-3", "invalid", judge=takes("NICK-3"), twin=valid, width=6)
def invalid_refused(plan: Plan) -> Iterator[Script]:
    """Nicks that are not valid are refused: empty, too long, with a control or a line separator, with white space at an end."""
    for name in invalid_nicks():
        if name.isascii():
            yield script(cast("ann"), ask_for(name))


@check("NICK-3", "invalid-unicode", judge=takes("NICK-3"), twin=valid, width=6, quiet=True, needs=("FRAME-5", "BODY-2"))
def invalid_unicode_refused(plan: Plan) -> Iterator[Script]:
    """The same beyond ASCII."""
    for name in invalid_nicks():
        if not name.isascii():
            yield script(cast("ann"), ask_for(name))


@check("NICK-4", "server", judge=takes("NICK-4"), twin=valid, width=6)
def server_refused(plan: Plan) -> Iterator[Script]:
    """`Server` and its ASCII-case variants are refused."""
    for name in ("Server", "server", "SERVER", "sERVER", "SeRvEr"):
        yield script(cast("ann"), ask_for(name))


APART = [  # equal under no folding that a server may use: characters of Unicode 13, no compatibility forms
    (f"ann{TAG}", f"ann{TAG}."),
    (f"ann{TAG}", f"a nn{TAG}"),
    (f"ann{TAG}", f"ann_{TAG}"),
    (f"a_b{TAG}", f"a-b{TAG}"),
    (f"{TAG}1", f"{TAG}l"),
    (f"Servers{TAG}", f"Servers'{TAG}"),
    (f"[{TAG}]", f"{{{TAG}}}"),
    (f"{TAG}{'n' * 55}a", f"{TAG}{'n' * 55}b"),  # alike in all characters but the last of 64
    (f"a{'n' * 55}{TAG}", f"b{'n' * 55}{TAG}"),  # but the first
    (f"x@x{TAG}", f"x`x{TAG}"),  # one bit apart, like letters of either case
    (f"{TAG}{'n' * 20}", f"{TAG}{'n' * 21}"),
    (f"{TAG}^", f"{TAG}~"),
    (f"{TAG}\\", f"{TAG}|"),
    (f"a b{TAG}", f"a  b{TAG}"),
    (f"{TAG}0", f"{TAG}00"),
]


APART_UNICODE = [
    (f"ann{TAG}", f"\u0430nn{TAG}"),  # a Cyrillic a
    (f"eve{TAG}", f"évé{TAG}"),
    (f"o{TAG}", f"ø{TAG}"),
    (f"{TAG}日", f"{TAG}曰"),
    (f"di{TAG}", f"dı{TAG}"),  # alike in capitals only
    (f"dI{TAG}", f"dı{TAG}"),
    (f"di{TAG}", f"dİ{TAG}"),  # alike in Turkish, or without what follows the first scalar
    (f"к{TAG}", f"k{TAG}"),
    (f"{TAG}א", f"{TAG}ב"),
]


HELD = f"AbCdEfGhIjKlMnOpQrStUvWxYz-{TAG}"


def _beside(pairs: list[tuple[str, str]]) -> Iterator[Script]:
    for held, name in pairs:
        holder: list[Step] = [Open("ann"), Send("ann", (Out(held),)), Settle()]
        yield script(cast("bob"), holder, enter_as("carl", name), sentinel("carl", name=name))


def enter_as(who: str, name: str) -> list[Step]:
    """A party joins under a nick, and everybody hears of it."""
    return [Open(who), Send(who, (Out(name),)), Settle()]


def _holder_gone(script_: Script) -> Script:
    """The twin: the same two nicks, but the one who holds the first has left when the other is asked for."""
    place = next((number for number, step in enumerate(script_.steps) if step == Open("carl")), len(script_.steps))
    return script(script_.steps[:place], Fin("ann"), Settle(), script_.steps[place:])


NEARLY = [  # valid nicks of which one is the beginning or the end of the other
    (f"ann{TAG}.", f"ann{TAG}"),
    (f"ann{TAG}", f"ann{TAG}."),
    (f"x{TAG}", TAG),
    (TAG, f"x{TAG}"),
    (f"{TAG}{'n' * 21}", f"{TAG}{'n' * 20}"),
    (f"{TAG} {TAG}", TAG),
]


@check("NICK-1", "beside-its-like", scope=JOINED, twin=_holder_gone, width=4)
def beside_its_like(plan: Plan) -> Iterator[Script]:
    """A valid nick is taken while somebody holds one that begins or ends with it, or is its beginning or end."""
    yield from _beside(NEARLY)


@check("NICK-4", "apart", scope=TAKEN, twin=_holder_gone, width=4, needs=("NICK-1",))
def apart(plan: Plan) -> Iterator[Script]:
    """Beside a held nick, another one that no allowed folding makes equal is taken."""
    yield from _beside(APART)


@check("NICK-4", "apart-unicode", scope=TAKEN, twin=_holder_gone, needs=("FRAME-5", "BODY-2"), width=4)
def apart_unicode(plan: Plan) -> Iterator[Script]:
    """The same beyond ASCII: look-alikes and accents are other nicks."""
    yield from _beside([pair for pair in APART_UNICODE if certainly_differ(*pair)])


def _held_and_asked(held: str, asked: str) -> Script:
    """Somebody asks for a nick that is held, in one spelling or another, twice: neither a refusal nor the end of the connection
    that was refused makes it free. Between the two the holder says something."""
    first = [*ask_for(asked, "evil"), *_words_of("ann", held), Close("evil"), Fence()]
    return script(enter_as("ann", held), enter("bob"), first, ask_for(asked, "evil2"), sentinel("bob"))


def _words_of(who: str, name: str) -> list[Step]:
    return [Send(who, (Out(name, f"hello {TAG}"),)), Settle()]


@check("NICK-5", "held", judge=takes("NICK-5"), twin=valid, width=4)
def held_refused(plan: Plan) -> Iterator[Script]:
    """A nick that a joined client holds, octet for octet or in other ASCII case, is refused, and again when it is asked for
    again; it has all letters in it, or no letter, or is as long as a nick may be."""
    for name in (HELD, HELD.lower(), HELD.upper(), HELD.swapcase()):
        yield _held_and_asked(HELD, name)
    longest = "Nn" * ((MAX_NICK_SCALARS - len(TAG)) // 2) + TAG
    for held in (longest, f"[x] {TAG} y", f"{TAG}-_.!"):
        yield _held_and_asked(held, held)
        yield _held_and_asked(held, held.swapcase())


@check("NICK-5", "held-unicode", judge=takes("NICK-5"), twin=valid, width=4, needs=("FRAME-5", "BODY-2"))
def held_unicode_refused(plan: Plan) -> Iterator[Script]:
    """The same beyond ASCII: the same octets, or the same but for the case of letters from A to Z."""
    for held in (f"Ωμέγα-{TAG}", f"😀Ab{TAG}", f"Évé-{TAG}", f"e\u0301{TAG}", f"日本 Ab{TAG}", f"\u00a7\ufeffZz{TAG}"):
        ascii_swapped = "".join(scalar.swapcase() if scalar.isascii() else scalar for scalar in held)
        yield _held_and_asked(held, held)
        yield _held_and_asked(held, ascii_swapped)


@check("NICK-5", "held-again", judge=takes("NICK-5"), twin=valid, width=4, quiet=True, needs=("LEAVE-1",))
def held_again_refused(plan: Plan) -> Iterator[Script]:
    """A nick that somebody had before, and that another holds since, is refused as any other: at once, and a moment later."""
    name = f"Again-{TAG}"
    for spelled in (name, f"AGAIN-{TAG}"):
        before = [*enter_as("turn0", name), Fin("turn0"), Settle(), *enter_as("ann", spelled)]
        yield script(enter("bob"), before, ask_for(spelled), Quiet(0.3), ask_for(spelled, "evil2"), sentinel("bob"))


@check("NICK-5", "held-by-many", judge=takes("NICK-5"), twin=valid, width=2, quiet=True, needs=("LEAVE-1",))
def held_by_many_refused(plan: Plan) -> Iterator[Script]:
    """Of many who are there, in no order, one leaves: the nick of each who stays is refused, wherever that one stood."""
    letters = "dbz0ceg"  # the first and the last of all, the canary's included
    come = [step for letter in letters for step in enter_as(letter, f"{letter}-{TAG}")]
    for gone in letters[:: plan.pick(3, 2, 1)]:
        for held in letters.replace(gone, ""):
            yield script(come, Fin(gone), Settle(), ask_for(f"{held}-{TAG}"), sentinel(held))


def _one_of_many(trace: Trace) -> list[Difference]:
    name = next((_nick_of(step) for step in trace.steps if isinstance(step, Send) and step.who == "evil0"), None)
    there = 0
    for frame in trace.frames.get("ann", []):
        said = announced(frame.text) if frame.is_service else None
        if said is not None and said[1] == name:
            there += 1 if said[0] == "joined" else -1
        if there > 1:
            return [Difference("NICK-5", f"one {name!a} at a time", f"{show(frame)} again", "ann", "frame")]
    return []


@check("NICK-5", "at-once", judge=_one_of_many, twin=valid, storm=True)
def at_once(plan: Plan) -> Iterator[Script]:
    """Of several connections that ask for one nick at the same moment, one gets it."""
    for number in range(plan.pick(3, 8, 30)):
        many = [f"evil{place}" for place in range(8)]
        opened: list[Step] = [Open(who) for who in many]
        asked = [Send(who, (Out(f"same{number}-{TAG}").octets,)) for who in many]
        answered: list[Step] = [Answered(who) for who in many]
        yield script(cast("ann"), opened, Fence(), asked, answered, Fence(), sentinel("ann"))


def other_each_time(script_: Script) -> Script:
    """The twin: the same turns, each under a nick of its own."""

    def other(who: str, part: Out | bytes) -> Out | bytes:
        return Out(nick(who), part.text) if isinstance(part, Out) else part

    return Script(
        tuple(
            Send(step.who, tuple(other(step.who, part) for part in step.parts)) if isinstance(step, Send) else step
            for step in script_.steps
        )
    )
