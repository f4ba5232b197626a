"""What is broken, and what has to notice: the judging code, the tests that concern it, and the servers that rest on it."""

import ast
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import conformance.checks  # noqa: F401  # registers them
from conformance.check import CHECKS
from conformance.faults import FAULTS, FRIENDS
from tests.mutation.breaks import REQUIREMENT

ROOT = Path(__file__).resolve().parent.parent.parent
HERE = "tests/conformance"

# A run of these takes minutes, whatever the suite is like.
SLOW = frozenset(["lagging", "batched-writes", "octet-wise", "holds-everything", "deaf-after-resets", "tiny-buffers"])
# A judge that blames too much shows in a server that may be as it is.
INNOCENT = ("asyncio", "whole-second-times", "greets-after-join")
GUILTY = (
    "drops-repeats",
    "strips-text",
    "never-announces-leaves",
    "accepts-sign",
    "greets-before-join",
    "bad-text-kills",
)
MOST = 8  # faulty servers for one mutant

DECISIONS = {  # of a module that does more than judge, what decides
    "engine": (
        "WITHOUT_JOINING Engine.judge Engine._judge Engine._fails Engine._prevented Engine._nobody Engine._background "
        "Engine.prepare_all Engine.rehearse Engine._rehearsed Engine._reconsider "
        "Engine.second_look Engine._hung Engine._adds Engine._is_shut_out Engine._alone_too"
    ),
    "octets": "Got.is_service Reader _got RFC3339 instant announced is_nobody",
    "pulse": "RESENT_AFTER shorter Pulse.busy Pulse.alive Pulse.round_trip Pulse.begin Pulse._is_settled Pulse.ticket "
    "Pulse.drive",
    "session": (
        "MAX_KNOCKS MAX_HANGS MAX_DEATHS Session.patience Session.short_patience Session.alive Session.canary_in_time "
        "Session.shuts_out Session.hangs Session.playing Session._again Session._record "
        "Session.serves Session.is_only_found Session._canary_answers Session._newcomers Session._not_remembered"
    ),
    "check": "DELIVERY Check.relevant plainly uncut _one_by_one ordinary",
    "process": "Usage.is_back _is_within",
    "verdict": "RequirementResult class_verdict exit_status",
}
WORDS = frozenset(["_Party._nothing", "shown", "show", "_name"])  # sentences for people

TESTS = {  # those that kill most first
    "differences": (
        "differences differences_announced differences_drawn judges_of_the_room judges_of_resets judges_of_newcomers room"
    ),
    "room": "room differences_announced differences differences_drawn judges_of_the_room judges_of_resets",
    "octets": "octets judges_of_octets",
    "check": "check judges_of_octets",
    "verdict": "verdict judges_of_verdicts",
    "passing": "passing passing_plain",
    "confirm": "confirm_decisions confirm_blame confirm_smaller second_look confirm",
    "engine": "engine_decisions engine_search engine_slow engine_hangs second_look rehearsal engine engine_waits",
    "rehearsal": "rehearsal",
    "search": "engine_search engine_slow engine_decisions engine engine_waits",
    "pulse": "pulse_decisions pulse",
    "session": "session_decisions engine_hangs session",
    "strangers": "session_decisions session",
    "deaths": "engine_slow engine_hangs",
    "process": "process judges_of_patience",
}
GROUPS = {  # which tests of judges are about a module of checks, where they do not have its name
    "body": "frames clocks",
    "capacity": "patience",
    "bystanders": "memories",
    "crowds": "places claims newcomers successors",
    "cutting": "frames pieces",
    "forging": "relaying refusals claims leftovers nicks",
    "freeing": "freeing memories",
    "framing": "frames refusals newcomers",
    "joining": "joining places memories",
    "leaving": "joining places memories",
    "malformed": "frames memories",
    "nicks": "refusals newcomers",
    "ordering": "relaying pieces",
    "patience": "delays patience places",
    "silence": "patience places leftovers",
    "refused": "refusals claims successors memories leftovers",
    "refusing": "nicks memories leftovers",
    "relaying": "relaying refusals newcomers",
    "robustness": "delays patience",
    "successors": "leftovers",
    "undecodable": "frames refusals claims memories leftovers",
}


@dataclass(frozen=True, slots=True)
class Target:
    """A module of the judging code.

    Attributes:
        name: such as `differences` or `checks/body`.
        path: in the tree.
        tests: the files of tests that concern it, those that kill most first.
    """

    name: str
    path: str
    tests: tuple[str, ...]

    @property
    def source(self) -> str:
        """The module's text."""
        return (ROOT / self.path).read_text(encoding="utf-8")

    def wanted(self, name: str) -> bool:
        """Whether a function, or a constant of the module, judges; by its qualified name."""
        if name in WORDS:
            return False
        if self.name.startswith("checks/"):
            return name.partition(".")[0] in judging(self)
        parts = DECISIONS.get(self.name, "").split()
        return not parts or any(name == part or name.startswith(f"{part}.") for part in parts)

    def servers(self, function: str) -> list[str]:
        """The shipped servers on which a mutant of a function shows: those that break what rests on it, and some innocents."""
        if self.name.startswith("checks/"):
            wanted = judging(self).get(function.partition(".")[0], frozenset())
        else:
            wanted = frozenset(REQUIREMENT.findall(self.source))
        faults = [name for name, fault in FAULTS.items() if fault.breaks[0] in wanted and name not in SLOW]
        return [*(_spread(faults, MOST) if len(faults) > 2 else [*faults, *GUILTY]), *INNOCENT]


def _spread(names: list[str], most: int) -> list[str]:
    """So many of them, of as many requirements as can be."""
    turn: dict[str, int] = {}
    ranks = []
    for name in sorted(names):
        requirement = FAULTS[name].breaks[0]
        turn[requirement] = turn.get(requirement, 0) + 1
        ranks.append((turn[requirement], requirement, name))
    chosen = sorted(ranks)
    step = max(1, sum(rank == 1 for rank, _, _ in chosen) // most)
    return [name for _, _, name in chosen[::step][:most]]


def targets() -> list[Target]:
    """All modules of the judging code."""
    found = [
        Target(name, f"conformance/{name}.py", tuple(f"{HERE}/test_{part}.py" for part in parts.split()))
        for name, parts in TESTS.items()
    ]
    for path in sorted((ROOT / "conformance/checks").glob("*.py")):
        tests = tuple(f"{HERE}/test_judges_of_{part}.py" for part in GROUPS.get(path.stem, path.stem).split())
        one = Target(f"checks/{path.stem}", f"conformance/checks/{path.name}", tests)
        if judging(one):
            found.append(one)
    return found


@cache
def judging(target: Target) -> dict[str, frozenset[str]]:
    """The functions and constants of a module of checks that judge, each with the requirements whose checks rest on it."""
    defined = _uses(ast.parse(target.source))
    module = target.path.removesuffix(".py").replace("/", ".")
    found: dict[str, frozenset[str]] = {}
    for check in CHECKS.values():
        judge = check.judge
        waiting = [judge.__qualname__.partition(".")[0]] if judge.__module__ == module else []
        seen: set[str] = set()
        while waiting:
            name = waiting.pop()
            if name in defined and name not in seen:
                seen.add(name)
                waiting.extend(defined[name])
                found[name] = found.get(name, frozenset()) | {check.requirement}
    return found


def _uses(tree: ast.Module) -> dict[str, set[str]]:
    """Each function and constant of a module, with the names in it."""
    found: dict[str, set[str]] = {}
    for node in tree.body:
        match node:
            case (
                ast.FunctionDef(name=name)
                | ast.Assign(targets=[ast.Name(id=name)])
                | ast.AnnAssign(target=ast.Name(id=name))
            ):
                found[name] = {part.id for part in ast.walk(node) if isinstance(part, ast.Name)} - {name}
            case _:
                pass
    return found


def known_servers() -> set[str]:
    """The names of all shipped servers."""
    return {*FAULTS, *FRIENDS}
