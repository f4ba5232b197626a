"""A conversation under a tag, and traces of it in which one thing is wrong."""

from collections.abc import Callable

from conformance.differences import differences
from conformance.script import (
    Script,
    cast,
    say,
    script,
    sentinel,
)
from conformance.trace import Difference, Trace
from tests.conformance.helpers import Said, heard_by_all, trace_of

TAG = "abcd0001"
Heard = dict[str, list[Said | bytes]]


def playing(*parts: object) -> Script:
    """A script with a tag in it, as the player plays it."""
    return script(*parts).tagged(TAG)  # type: ignore[arg-type]


def named(who: str) -> str:
    """The plain nick of a party under that tag."""
    return f"{who}-{TAG}"


# ann says a, b, c and a sentinel to bob and carl.
TALK = playing(cast("ann", "bob", "carl"), say("ann", "a", "b", "c"), sentinel("ann"))
LAST = f"sentinel 0 {TAG}"


def altered(change: Callable[[Heard], object], of: Script = TALK) -> Trace:
    """The trace of a faithful server, with one change to what the parties received."""
    heard: Heard = {who: list(said) for who, said in heard_by_all(of).items()}
    change(heard)
    return trace_of(of, heard)


def without(said: Said, who: str = "bob") -> Trace:
    """The trace of a faithful server, but one party did not receive this."""
    return altered(lambda heard: heard[who].remove(said))


def the_only(trace: Trace) -> Difference:
    """The one difference of a trace."""
    [difference] = differences(trace)
    return difference


def chat(text: str, who: str = "ann") -> Said:
    """A message of a party."""
    return (named(who), text)


def service(text: str) -> Said:
    """A service message."""
    return ("Server", text)


JOIN = {who: service(f"[{named(who)}] joined the chat") for who in ("ann", "bob", "carl", "evil", "late")}
LEAVE = {who: service(f"[{named(who)}] left the chat") for who in ("ann", "bob", "carl", "evil")}


def replaced(old: Said, *new: Said | bytes, who: str = "bob") -> Trace:
    """The trace of a faithful server, but one party received something else instead of this."""

    def change(heard: Heard) -> None:
        place = heard[who].index(old)
        heard[who][place : place + 1] = new

    return altered(change)
