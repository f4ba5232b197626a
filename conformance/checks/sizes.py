"""FRAME-1 and FRAME-7: bodies of every length."""

from collections.abc import Iterator

from conformance import strategies
from conformance.check import DELIVERY, Plan, check, plainly
from conformance.octets import HEADER_OCTETS, Out
from conformance.script import (
    TAG,
    Open,
    Script,
    Send,
    Settle,
    Step,
    burst,
    cast,
    nick,
    script,
    sentinel,
)
from spec.wire import SERVER_MAX_BODY_OCTETS


@check("FRAME-7", "sizes", scope=DELIVERY, twin=plainly, needs=("FRAME-6", "RELAY-3"))
def sizes(plan: Plan) -> Iterator[Script]:
    """Bodies of every length near powers of two and ten and usual buffer sizes, up to 1,048,576 octets, arrive whole."""
    wanted = strategies.body_sizes(SERVER_MAX_BODY_OCTETS, dense=plan.depth != "quick")
    for batch in _size_batches(wanted):
        steps = cast("ann", "bob")
        for size in batch:
            steps += [*burst("ann", _text_of_body(size)), Settle()]
        yield script(steps, sentinel("ann"))


@check("FRAME-1", "every-length", needs=("FRAME-6", "RELAY-3"))
def every_length_sent(plan: Plan) -> Iterator[Script]:
    """What the server sends is as long as its header says, for bodies of every length from the shortest on."""
    yield from every_length(plan)


@check("FRAME-7", "every-length", scope=DELIVERY, twin=plainly, needs=("FRAME-6", "RELAY-3"))
def every_length(plan: Plan) -> Iterator[Script]:
    """Bodies of every length from the shortest on, so that no single length is wrong."""
    lengths = list(range(len(Out(nick("ann"), TAG).octets) - HEADER_OCTETS, plan.pick(132, 300, 1100)))
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
    around = len(Out(nick("ann")).octets) - HEADER_OCTETS
    text = f"{TAG}" if size - around < 20 else f"{size} {TAG} "
    return text + "0123456789"[: max(0, size - around - len(text))] + "x" * max(0, size - around - len(text) - 10)
