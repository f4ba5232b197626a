"""FRAME-1, FRAME-7 and JOIN-1: bodies of every length, of messages and of joins."""

from collections.abc import Iterator
from dataclasses import replace
from string import ascii_lowercase

from conformance import strategies
from conformance.check import DELIVERY, Plan, check, plainly
from conformance.octets import HEADER_FORMS, HEADER_OCTETS, Out
from conformance.script import (
    TAG,
    Open,
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
from spec.wire import SERVER_MAX_BODY_OCTETS

AROUND = len(Out(nick("ann")).octets) - HEADER_OCTETS  # octets of a body of ann's besides its text


@check("FRAME-7", "sizes", scope=DELIVERY, twin=plainly, needs=("FRAME-6", "RELAY-3"))
def sizes(plan: Plan) -> Iterator[Script]:
    """Bodies of every length near powers of two and ten and usual buffer sizes, up to 1,048,576 octets, arrive whole."""
    wanted = strategies.body_sizes(SERVER_MAX_BODY_OCTETS, dense=plan.depth != "quick")
    for batch in _size_batches(wanted):
        steps = cast("ann", "bob")
        for size in batch:
            steps += [*burst("ann", _text_of_body(size)), Settle()]
        yield script(steps, sentinel("ann"))


@check("FRAME-7", "sizes-of-texts", scope=DELIVERY, twin=plainly, needs=("FRAME-6", "RELAY-3"))
def sizes_of_texts(plan: Plan) -> Iterator[Script]:
    """The same for texts of such lengths, whatever stands in front of them."""
    wanted = strategies.text_sizes(SERVER_MAX_BODY_OCTETS - AROUND, dense=plan.depth != "quick")
    for batch in _size_batches(wanted):
        steps = cast("ann", "bob")
        for size in batch:
            steps += [*burst("ann", _text_of_body(size + AROUND)), Settle()]
        yield script(steps, sentinel("ann"))


def _short_join(script_: Script) -> Script:
    """The twin: a join whose text is much shorter."""
    return script(cast("bob"), enter("ann", text="t" * 60_000), sentinel("ann"))


@check("FRAME-7", "of-a-join", scope=DELIVERY, twin=_short_join, needs=("FRAME-6",))
def sizes_of_joins(plan: Plan) -> Iterator[Script]:
    """The body of a join, too, may have up to 1,048,576 octets."""
    for size in (65_536 + 1, SERVER_MAX_BODY_OCTETS):
        yield script(cast("bob"), enter("ann", text="t" * (size - AROUND)), sentinel("ann"))


@check("FRAME-7", "largest-among-small", scope=DELIVERY, twin=plainly, late=True, needs=("FRAME-6", "RELAY-3"))
def largest_among_small(plan: Plan) -> Iterator[Script]:
    """A body of 1,048,576 octets arrives whole with small ones in front of it and behind it, in one write and in three."""
    frames = [Out(nick("ann"), text) for text in (plain("first"), _text_of_body(SERVER_MAX_BODY_OCTETS), plain("last"))]
    for sends in ([Send("ann", tuple(frames))], [Send("ann", (frame,)) for frame in frames]):
        yield script(cast("ann", "bob"), sends, Settle(), sentinel("ann"))


@check("FRAME-3", "round-lengths", scope=DELIVERY, twin=plainly, width=2, late=True, needs=("FRAME-7",))
def round_lengths(plan: Plan) -> Iterator[Script]:
    """Every way to spell a length is accepted where its number ends in zeros, or has more digits."""
    for form in HEADER_FORMS:
        steps = cast("ann", "bob")
        for size in (60, 90, 100, 110, 200, 500, 1000, 2000, 10_000, 100_000):
            if len(HEADER_FORMS[form].format(size)) == HEADER_OCTETS:
                steps += [Send("ann", (Out(nick("ann"), _text_of_body(size), header=form),)), Settle()]
        yield script(steps, sentinel("ann"))


@check("FRAME-3", "one-digit", scope=DELIVERY, twin=plainly, quiet=True, needs=("FRAME-7", "TIME-2"), storm=True)
def one_digit(plan: Plan) -> Iterator[Script]:
    """Every way to spell a length is accepted where it has one digit: of a join, and of messages. No nick is used twice: a
    server may see late that the one before has left."""
    for form, name in zip(HEADER_FORMS, ascii_lowercase, strict=False):
        join: list[Step] = [Open("ann"), Send("ann", (Out(name, time="", header=form),)), Settle()]
        words = [step for text in ("", "x", "y2") for step in (Send("ann", (Out(name, text, "", form),)), Settle())]
        yield script(cast("bob"), join, words, sentinel("ann", name=name))


@check("FRAME-7", "growing", scope=DELIVERY, twin=plainly, needs=("FRAME-6", "RELAY-3", "TIME-2"))
def growing(plan: Plan) -> Iterator[Script]:
    """The largest bodies grow on their way when their time was left empty: they arrive whole all the same."""
    empty = Out(nick("ann"), time="")
    for size in (SERVER_MAX_BODY_OCTETS - 23, SERVER_MAX_BODY_OCTETS):
        text = _text_of_body(size - (len(empty.octets) - HEADER_OCTETS) + AROUND)
        yield script(cast("ann", "bob"), Send("ann", (replace(empty, text=text),)), Settle(), sentinel("ann"))


@check("JOIN-1", "long-texts", scope=DELIVERY, twin=plainly, needs=("FRAME-7",))
def long_texts(plan: Plan) -> Iterator[Script]:
    """The text of a join is ignored however long it is: of thousands of octets, and as long as its body may be."""
    for size in (1001, 5000, 70_000, SERVER_MAX_BODY_OCTETS - AROUND):
        yield script(enter("ann"), enter("bob", text="j" * size), burst("bob", plain(1)), sentinel("bob"))


@check("FRAME-1", "every-length")
def every_length_sent(plan: Plan) -> Iterator[Script]:
    """What the server sends is as long as its header says, for bodies of every length from the shortest on, and where a
    number gets another digit."""
    yield from every_length(plan)
    # A server whose times have another number of digits than ours sends bodies of some octets more or less.
    for power in (1000, 10_000, 100_000, 1_000_000):
        steps = cast("ann", "bob")
        for size in range(power - 3, power + 6):
            steps += [*burst("ann", _text_of_body(size)), Settle()]
        yield script(steps, sentinel("ann"))


@check("FRAME-7", "every-length", scope=DELIVERY, twin=plainly, needs=("FRAME-6", "RELAY-3"))
def every_length(plan: Plan) -> Iterator[Script]:
    """Bodies of every length from the shortest on, so that no single length is wrong."""
    lengths = list(range(len(Out(nick("ann"), TAG).octets) - HEADER_OCTETS, plan.pick(300, 1100, 4200)))
    for start in range(0, len(lengths), 30):
        steps = cast("ann", "bob")
        for size in lengths[start : start + 30]:
            steps += [*burst("ann", _text_of_body(size)), Settle()]
        yield script(steps, sentinel("ann"))


@check("FRAME-7", "tiny", scope=DELIVERY, twin=plainly, needs=("FRAME-6", "RELAY-3", "TIME-2"), storm=True)
def tiny(plan: Plan) -> Iterator[Script]:
    """Bodies of three octets and more, with an empty time and a nick of one or two characters, in joins and in messages."""
    for name in ("q", "q7"):
        enter: list[Step] = [Open("ann"), Send("ann", (Out(name, time=""),)), Settle()]
        steps: list[Step] = []
        for length in range(plan.pick(20, 30, 40)):
            steps += [Send("ann", (Out(name, ("0123456789" * 4)[:length], time=""),)), Settle()]
        yield script(cast("bob"), enter, steps, sentinel("ann", name=name))


def _size_batches(sizes: list[int]) -> Iterator[list[int]]:
    batch: list[int] = []
    for size in sizes:
        if batch and sum(batch) + size > 1_500_000:
            yield batch
            batch = []
        batch.append(size)
    yield batch


def _text_of_body(size: int) -> str:
    text = f"{TAG}" if size - AROUND < 20 else f"{size} {TAG} "
    return text + "0123456789"[: max(0, size - AROUND - len(text))] + "x" * max(0, size - AROUND - len(text) - 10)
