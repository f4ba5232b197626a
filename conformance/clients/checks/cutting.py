"""Frames that arrive in pieces and together (FRAME-6). The next piece goes when the client has read the last one."""

from collections.abc import Iterable
from dataclasses import replace

from conformance.check import Plan
from conformance.clients.check import check
from conformance.clients.checks.showing import COUNTS
from conformance.clients.checks.talking import SHOWS
from conformance.clients.judging import showing
from conformance.clients.steps import Block, Script, Send, Shown, token
from conformance.octets import HEADER_OCTETS, Out


def _frame(number: int) -> Out:
    """A frame with characters of two, three and four octets in it."""
    return Out("ann", f"é東👍 {token(number)}")


def _cut(number: int, places: Iterable[int]) -> Block:
    return Send((_frame(number),), cuts=tuple(sorted(places))), Shown(token(number))


def _whole(script: Script) -> Script:
    """The same frames, each written whole."""
    blocks: list[Block] = []
    for block in script.blocks:
        for step in block:
            if isinstance(step, Send):
                frames = [part for part in step.parts if isinstance(part, Out)]
                blocks += [(Send((frame,)), Shown(frame.text.split(" ")[-1])) for frame in frames]
    return replace(script, blocks=tuple(blocks))


@check("FRAME-6", "reads-cut-frames", showing, needs=(SHOWS, COUNTS), twin=_whole)
def _one_cut(plan: Plan) -> Iterable[Script]:
    """A frame that is cut once is shown when the rest has come: at every place, in the header and in a character too."""
    places = range(1, len(_frame(0).octets))
    chosen = sorted({*places[:: plan.pick(4, 1, 1)], HEADER_OCTETS, *places[-14:-9]})
    yield Script(blocks=tuple(_cut(number, [place]) for number, place in enumerate(chosen, 1)))


@check("FRAME-6", "reads-frames-octet-by-octet", showing, needs=(SHOWS, COUNTS), twin=_whole)
def _octets(plan: Plan) -> Iterable[Script]:
    """Frames whose octets come one by one are shown."""
    places = range(1, len(_frame(0).octets))
    yield Script(blocks=tuple(_cut(number, places) for number in range(1, plan.pick(2, 3, 10))))


@check("FRAME-6", "reads-frames-cut-twice", showing, needs=(SHOWS, COUNTS), twin=_whole)
def _two_cuts(plan: Plan) -> Iterable[Script]:
    """Frames that are cut at two places, drawn at random, are shown."""
    places = range(1, len(_frame(0).octets))
    drawn = [plan.random.sample(places, 2) for _ in range(plan.pick(5, 40, 400))]
    yield Script(blocks=tuple(_cut(number, pair) for number, pair in enumerate(drawn, 1)))


@check("FRAME-6", "reads-many-frames-at-once", showing, needs=(SHOWS, COUNTS), twin=_whole)
def _coalesced(plan: Plan) -> Iterable[Script]:
    """Many frames in one write are all shown, once and in order."""
    for count in (2, 20, 300, 5000)[: plan.pick(2, 3, 4)]:
        frames = tuple(_frame(number) for number in range(1, count + 1))
        yield Script(blocks=((Send(frames), *(Shown(token(number)) for number in range(1, count + 1))),))


@check("FRAME-6", "reads-the-begin-of-the-next", showing, needs=(SHOWS, COUNTS), twin=_whole)
def _overlapping(plan: Plan) -> Iterable[Script]:
    """The end of one frame comes with the begin of the next: in its header, behind it, and in its body."""
    blocks: list[Block] = []
    size = len(_frame(1).octets)
    for number, more in enumerate((3, HEADER_OCTETS, HEADER_OCTETS + 5, size - 10)):
        frames = [_frame(3 * number + step) for step in (1, 2, 3)]
        waits = [Shown(frame.text.split(" ")[-1]) for frame in frames]
        blocks.append((Send(tuple(frames), cuts=(size - 5, size + more, 2 * size + more)), *waits))
    yield Script(blocks=tuple(blocks))
