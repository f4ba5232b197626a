"""What a check of clients is, and the register of all of them.

As with servers, a check belongs to one clause of one requirement, and names that of both suites are distinct. It enumerates
scripts; its judge reads what came of each. Base checks play plain conversations and have a scope: the ids that a difference
in them is about. Every other check does something unusual but legal, needs the base checks to have passed, and so blames its
own id for whatever is wrong, provided that the same conversation without the unusual thing, the twin, works.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from conformance.check import Plan
from conformance.clients.steps import Script
from conformance.clients.trace import ClientTrace
from conformance.trace import Difference
from spec.requirements import register

Judge = Callable[[ClientTrace, ClientTrace | None], list[Difference]]
Remark = Callable[[ClientTrace], dict[str, str]]


@dataclass(frozen=True, slots=True)
class ClientCheck:
    """One check.

    Attributes:
        name: stable, such as `FRAME-6/reads-cut-frames`; sub-seeds and selections rest on it.
        clause: the keyword of the clause that it judges.
        about: one sentence, for `list`.
        cases: enumerates scripts.
        judge: what is wrong with a playing, beside that of the control, if there is one.
        control: the script of another conversation that every playing is compared with.
        twin: the script with plain things in place of the unusual ones.
        scope: the ids of differences that are this check's failure; None: all of them.
        needs: names of checks that must have passed before.
        remark: choices that a playing shows, recorded and not judged.
        decided_by: how a pass is proven.
    """

    name: str
    requirement: str
    clause: str
    about: str
    cases: Callable[[Plan], Iterable[Script]]
    judge: Judge
    control: Callable[[Script], Script] | None = None
    twin: Callable[[Script], Script] | None = None
    scope: frozenset[str] | None = None
    needs: tuple[str, ...] = ()
    remark: Remark | None = None
    decided_by: str = "sentinel"

    def is_relevant(self, difference: Difference) -> bool:
        """Whether a difference is this check's failure."""
        return self.scope is None or difference.requirement in self.scope


CLIENT_CHECKS: dict[str, ClientCheck] = {}
Cases = Callable[[Plan], Iterable[Script]]


def check(
    requirement: str,
    name: str,
    judge: Judge,
    *,
    clause: str = "MUST",
    scope: Iterable[str] | None = None,
    **options: Any,
) -> Callable[[Cases], Cases]:
    """Registers a function that enumerates scripts as a check; its docstring says what it does.

    Raises:
        ValueError: there is no such requirement or clause, the name is taken, or the docstring is missing.
    """

    def register_it(function: Cases) -> Cases:
        full = f"{requirement}/{name}"
        row = register().get(requirement)
        if row is None or clause not in row.keywords:
            raise ValueError(f"{full}: no requirement {requirement} with a clause {clause}")
        if full in CLIENT_CHECKS:
            raise ValueError(f"{full} stands twice")
        if not function.__doc__:
            raise ValueError(f"{full} has no docstring")
        about = " ".join(function.__doc__.split())
        wanted = None if scope is None else frozenset(scope)
        CLIENT_CHECKS[full] = ClientCheck(full, requirement, clause, about, function, judge, scope=wanted, **options)
        return function

    return register_it
