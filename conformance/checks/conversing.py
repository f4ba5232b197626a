"""Drawn conversations of several members against the model of the room, plain but for one feature at a time."""

from functools import partial
from typing import Any

from conformance.check import DELIVERY, Plan, check, plainly, uncut
from conformance.checks.freeing import refused
from conformance.checks.nicks import TAKEN
from conformance.checks.ordering import all_read, orders
from conformance.checks.refusing import other_each_time
from conformance.checks.robustness import SERVED, by_fin, unserved
from conformance.conversing import conversations
from conformance.script import Script, Send, Step

drawn = partial(check, drawn=True, examples=(4, 15, 150))


def _most(plan: Plan) -> int:
    """How many moves a conversation has at most."""
    return plan.pick(14, 20, 40)


def _without(script_: Script, is_left_out: Any) -> Script:
    return Script(tuple(step for step in script_.steps if not is_left_out(step)))


def _nobody_stalls(script_: Script) -> Script:
    """The twin: the same, and who would send a part of a frame is silent."""

    def is_part(step: Step) -> bool:
        return isinstance(step, Send) and isinstance(step.parts[0], bytes)

    return _without(script_, is_part)


@drawn("JOIN-2", "conversation")
def joins(plan: Plan) -> Any:
    """Members come, talk and go as drawn: each join is announced once to everybody who is there."""
    return conversations(most=_most(plan))


@drawn("RELAY-1", "conversation")
def messages(plan: Plan) -> Any:
    """Members come, talk and go as drawn: each message reaches each other member once."""
    return conversations(most=_most(plan))


@drawn("LEAVE-1", "conversation")
def leaves(plan: Plan) -> Any:
    """Members come, talk and go as drawn: each leave is announced once to all who stay."""
    return conversations(most=_most(plan))


@drawn("RELAY-2", "conversation")
def echoes(plan: Plan) -> Any:
    """Members come, talk and go as drawn: nobody hears itself."""
    return conversations(most=_most(plan))


@drawn("JOIN-4", "conversation", quiet=True)
def visits(plan: Plan) -> Any:
    """The same with connections that come and go and never join: nobody hears of what was before its own join."""
    return conversations("visit", _most(plan))


@drawn("RELAY-6", "conversation", needs=("FRAME-6",))
def bursts(plan: Plan) -> Any:
    """Conversations with frames without a pause: they arrive in the order in which their sender sent them."""
    return conversations("burst", _most(plan))


@drawn("RELAY-7", "conversation", quiet=True, judge=orders, needs=("FRAME-6", "RELAY-6"))
def clashes(plan: Plan) -> Any:
    """Conversations in which all speak at once: what two members share, they receive in the same order."""
    return conversations("clash", _most(plan))


@drawn("FRAME-6", "conversation", scope=DELIVERY, twin=uncut)
def pieces(plan: Plan) -> Any:
    """Conversations in which frames are cut."""
    return conversations("cut", _most(plan))


@drawn("FRAME-6", "conversation-together", scope=DELIVERY, twin=uncut)
def together(plan: Plan) -> Any:
    """Conversations in which several frames go in one write."""
    return conversations("together", _most(plan))


@drawn("FRAME-7", "conversation", scope=DELIVERY, twin=plainly, needs=("FRAME-6", "RELAY-3"))
def large(plan: Plan) -> Any:
    """Conversations with large texts."""
    return conversations("large", _most(plan))


@drawn(
    "LEAVE-2",
    "conversation",
    quiet=True,
    scope=("RELAY-1", "RELAY-3", "JOIN-2"),
    twin=uncut,
    needs=("FRAME-6", "LEAVE-1"),
)
def breaths(plan: Plan) -> Any:
    """Conversations with guests who join, speak and end in one breath: all that they said is heard."""
    return conversations("breath", _most(plan))


@drawn(
    "NICK-6",
    "conversation",
    quiet=True,
    scope=TAKEN,
    judge=refused,
    twin=other_each_time,
    needs=("LEAVE-1", "NICK-2", "SERVICE-1"),
)
def returns(plan: Plan) -> Any:
    """Conversations in which members come back under nicks that have become free."""
    return conversations("return", _most(plan))


@drawn("ROBUST-2", "conversation", scope=SERVED, twin=_nobody_stalls)
def stalls(plan: Plan) -> Any:
    """Conversations beside connections that stop inside their first frame."""
    return conversations("stall", _most(plan))


@drawn("ROBUST-3", "conversation", scope=DELIVERY, twin=all_read)
def deaf(plan: Plan) -> Any:
    """Conversations in which members do not read for a while, and then get all that they are owed."""
    return conversations("deafen", _most(plan))


@drawn("ROBUST-5", "conversation", quiet=True, scope=SERVED, judge=unserved, twin=by_fin)
def resets(plan: Plan) -> Any:
    """Conversations in which members go by a reset: those who stay are served on."""
    return conversations("reset", _most(plan))
