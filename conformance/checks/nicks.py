"""NICK: which nicks a server takes, and how it passes them on."""

from collections.abc import Iterator
from typing import Any

from conformance import strategies
from conformance.check import DELIVERY, Plan, check
from conformance.octets import Out
from conformance.script import (
    Fence,
    Fin,
    Open,
    Script,
    Send,
    Settle,
    Step,
    cast,
    nick,
    plain,
    say,
    script,
    sentinel,
)

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
