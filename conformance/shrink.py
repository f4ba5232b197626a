"""Smaller scripts that might still fail: parties, steps, frames and cuts left out, halves first."""

from collections.abc import Iterator
from dataclasses import replace

from conformance.octets import Out
from conformance.script import Apart, Fence, Open, Script, Send, Settle


def smaller(script: Script) -> Iterator[Script]:
    """Scripts with less in them, the boldest first; each is a conversation that makes sense."""
    plain = all(isinstance(step, Open | Send | Settle | Fence | Apart) for step in script.steps)
    for who in script.parties:
        if len(script.parties) > 2 and plain:  # in other scripts each has its part
            yield Script(tuple(step for step in script.steps if getattr(step, "who", None) != who))
    yield from _without_steps(script)
    for number, step in enumerate(script.steps):
        if isinstance(step, Send):
            for less in _less(step):
                yield Script((*script.steps[:number], less, *script.steps[number + 1 :]))


def _without_steps(script: Script) -> Iterator[Script]:
    """Leaves out writes. Waits stay where they are: without them two connections race, and the room owes something else.
    So do joins, and the sentinel by which a missing frame is proven missing."""
    joins = {step.who: number for number, step in reversed(list(enumerate(script.steps))) if isinstance(step, Send)}
    loose = [
        number
        for number, step in enumerate(script.steps)
        if isinstance(step, Send) and joins[step.who] != number and not _is_kept(step)
    ]
    count = len(loose)
    while count:
        for start in range(0, len(loose), count):
            gone = set(loose[start : start + count])
            yield Script(tuple(step for number, step in enumerate(script.steps) if number not in gone))
        count //= 2


def _is_kept(step: Send) -> bool:
    """Whether a write is what the script is about (raw octets), or a sentinel."""
    last = step.parts[-1] if step.parts else b""
    raw = any(isinstance(part, bytes) for part in step.parts)
    return raw or (isinstance(last, Out) and last.text.startswith("sentinel "))


def _less(step: Send) -> Iterator[Send]:
    if len(step.cuts) > 1:
        half = len(step.cuts) // 2
        yield replace(step, cuts=step.cuts[:half])
        yield replace(step, cuts=step.cuts[half:])
        for cut in step.cuts if len(step.cuts) <= 24 else ():
            yield replace(step, cuts=(cut,))
    if len(step.parts) > 2 and not step.cuts:
        half = len(step.parts) // 2
        yield replace(step, parts=(step.parts[0], *step.parts[1 : 1 + half]))
        yield replace(step, parts=(step.parts[0], *step.parts[1 + half :]))
