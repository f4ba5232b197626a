"""What a check is, and the register of all checks.

A check belongs to one clause of one requirement. It enumerates or draws scripts; a script fails it if its trace differs
from what the room owes in a way within the check's scope. Most checks send something unusual but legal and so blame
their own id for whatever that breaks, provided that the same conversation without the unusual octets, the twin, works.
"""

import random
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, TypeVar

from conformance.differences import differences
from conformance.octets import Out
from conformance.script import Apart, Script, Send, Step, cast, plain, say, sentinel
from conformance.trace import Difference, Trace
from spec.requirements import register

# What can go wrong with an ordinary frame on its way; what it takes for a variant to "work". Not its place among the
# others: frames that come in another order have come, and the order is RELAY-6's business alone.
DELIVERY = frozenset(["JOIN-2", "RELAY-1", "RELAY-3", "NICK-2", "FRAME-1", "FRAME-2", "BODY-1", "BODY-2"])
T = TypeVar("T")
DEPTHS = ("quick", "standard", "thorough")


@dataclass(slots=True)
class Plan:
    """How much to do, and with which numbers.

    Attributes:
        depth: `quick`, `standard` or `thorough`.
        random: a generator of the check's own, seeded by the run's seed and the check's name.
    """

    depth: str
    random: random.Random

    def pick(self, quick: T, standard: T, thorough: T) -> T:
        """The one for the depth."""
        return {"quick": quick, "standard": standard, "thorough": thorough}[self.depth]


Judge = Callable[[Trace], list[Difference]]
Twin = Callable[[Script], Script | None]


@dataclass(frozen=True, slots=True)
class Check:
    """One check.

    Attributes:
        name: stable, such as `FRAME-6/one-cut`; sub-seeds and selections rest on it.
        clause: the keyword of the clause that it judges.
        about: one sentence, for `list`.
        cases: enumerates scripts; or
        strategy: gives a hypothesis strategy of scripts.
        scope: the ids of differences that are this check's failure.
        twin: the script with plain octets in place of the unusual ones; None for one that is plain itself.
        needs: ids that must not have failed before; else it is not run because of them.
        width: how many scripts may be played side by side.
        storm: not to be done to a server with other people on it.
        background: its scripts are played from the begin of the run on, while everything else goes on.
        late: it rests on much, and nothing on it: it is judged behind the others, and nothing waits for it.
        quiet: little is said in it, and nothing waits for it: it is judged late, while somebody is left who does not read.
        last: it takes all the room that a server must have, or has to be without others, and waits until those of the
            background have gone.
        beside: ids that have to be selected too, as it waits for what they wait for.
        alone: without the canary, which otherwise is always the oldest member.
        every_time: what the process was measured to hold has to come back in every replay: a heap that has grown once, and
            not again, has lost nothing.
        decided_by: how a pass is proven.
    """

    name: str
    requirement: str
    clause: str
    about: str
    cases: Callable[[Plan], Iterable[Script]] | None = None
    strategy: Callable[[Plan], Any] | None = None
    examples: tuple[int, int, int] = (10, 32, 300)
    judge: Judge = differences
    scope: frozenset[str] = field(default_factory=frozenset)
    twin: Twin | None = None
    needs: tuple[str, ...] = ()
    width: int = 1
    storm: bool = False
    background: bool = False
    late: bool = False
    quiet: bool = False
    last: bool = False
    beside: tuple[str, ...] = ()
    alone: bool = False
    every_time: bool = False
    decided_by: str = "sentinel"

    @property
    def is_awaited(self) -> bool:
        """Whether those that need its requirement wait for it."""
        return not (self.late or self.quiet or self.background or self.last)

    def relevant(self, trace: Trace) -> list[Difference]:
        """The differences that are within the scope."""
        return [difference for difference in self.judge(trace) if difference.requirement in self.scope]


CHECKS: dict[str, Check] = {}


def check(
    requirement: str,
    name: str,
    *,
    clause: str | None = None,
    scope: Iterable[str] | None = None,
    drawn: bool = False,
    **options: Any,
) -> Callable[[Callable[[Plan], Any]], Callable[[Plan], Any]]:
    """Registers a function that enumerates scripts (or, `drawn`, gives a strategy of scripts) as a check.

    Its docstring says what it does. Without a scope, only differences of the requirement's own id count;
    without a clause, it is the first MUST or MUST NOT.

    Raises:
        ValueError: there is no such requirement or clause, the name is taken, or the docstring is missing.
    """

    def register_it(function: Callable[[Plan], Any]) -> Callable[[Plan], Any]:
        full = f"{requirement}/{name}"
        row = register().get(requirement)
        keyword = clause or next((word for word in row.keywords if word.startswith("MUST")), None) if row else None
        if row is None or keyword is None or keyword not in row.keywords:
            raise ValueError(f"{full}: no requirement {requirement} with a clause {clause or 'MUST'}")
        if full in CHECKS:
            raise ValueError(f"{full} stands twice")
        if not function.__doc__:
            raise ValueError(f"{full} has no docstring")
        about = " ".join(function.__doc__.split())
        kind: dict[str, Any] = {"strategy": function} if drawn else {"cases": function}
        wanted = frozenset([requirement] if scope is None else scope)
        CHECKS[full] = Check(full, requirement, keyword, about, scope=wanted, **kind, **options)
        return function

    return register_it


def plainly(script: Script) -> Script:
    """The twin of most scripts: the same conversation, each frame plain and written whole (short ASCII text, canonical
    header, no time). Nicks stay."""
    return _one_by_one(script, lambda part, number: Out(part.nick, plain(number) if number else ""))


def uncut(script: Script) -> Script:
    """The twin of cuts and of frames written together: the same frames, each written whole and alone."""
    return _one_by_one(script, lambda part, number: part)


def _one_by_one(script: Script, form: Callable[[Out, int], Out]) -> Script:
    """Every frame in a write of its own, in another form; raw octets are left out. A join has the number 0."""
    steps: list[Step] = []
    joined: set[str] = set()
    for step in script.steps:
        if not isinstance(step, Send):
            steps.append(step)
            continue
        for part in step.parts:
            if isinstance(part, Out):
                steps += [Send(step.who, (form(part, len(steps) if step.who in joined else 0),)), Apart()]
                joined.add(step.who)
    return Script(tuple(steps))


def ordinary(_: Script) -> Script:
    """The twin of what has no shape in common with plain conversations: two members, each of whom says something."""
    steps: list[Step] = [*cast("ann", "bob"), *say("ann", plain(1)), *sentinel("ann"), *sentinel("bob")]
    return Script(tuple(steps))
