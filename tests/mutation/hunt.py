"""The hunt for one mutant: the tests first, which are cheap, and then the selftest of the servers that rest on it."""

import re
from dataclasses import dataclass, field

from tests.mutation.mutants import Mutant
from tests.mutation.outcomes import Outcome
from tests.mutation.targets import INNOCENT, Target
from tests.mutation.trees import Ran, Tree

PYTEST = ("-x", "-q", "--no-header", "--tb=no", "-p", "pytest_timeout")
SIDE_BY_SIDE = 4  # servers at once: most of a run is waiting
TEST_SECONDS = 120.0  # for the tests of one module without a mutant
SELFTEST_SECONDS = 900.0  # for a few servers without a mutant
PATIENCE = 5.0  # so many times as long as without a mutant, and the time of a wait or two, is a hang
SLACK_SECONDS = 20.0
SELFTEST = ""  # stands among the names of targets
BAD = ("survived", "wrong reason", "broken", "blamed")
KILLED_BY = re.compile(r"^(?:FAILED|ERROR) (\S+)", re.MULTILINE)


class UnfitError(Exception):
    """The unbroken tree is red itself, so nothing can be said of mutants."""


@dataclass(slots=True)
class Hunt:
    """How to look for mutants.

    Attributes:
        selftest: whether the selftest is run when the tests have seen nothing.
        seconds: what the tests of each target may take, and a selftest of as many servers as run side by side (under the
            empty name); found out by baselines.
    """

    selftest: bool
    seconds: dict[str, float] = field(default_factory=dict)

    def baseline(self, tree: Tree, target: Target) -> None:
        """Runs the tests of a target in the unbroken tree, which compiles it too.

        Raises:
            UnfitError: they fail, or import what is not in the tree.
        """
        where = tree.run("-c", "import conformance; print(conformance.__file__)", seconds=TEST_SECONDS)
        if not where.output.startswith(str(tree.place)):
            raise UnfitError(f"the copy imports {where.output.strip()} instead of its own")
        tests = self._tests(tree, target, compiling=True)
        self._measured(target.name, tests, f"the tests of {target.name} fail without a mutant")
        if self.selftest and SELFTEST not in self.seconds:
            self._measured(SELFTEST, self._judge(tree, list(INNOCENT)), "the selftest fails without a mutant")

    def _measured(self, name: str, ran: Ran, complaint: str) -> None:
        if ran.status != 0:
            raise UnfitError(f"{complaint}:\n{ran.output[-2000:]}")
        self.seconds[name] = PATIENCE * ran.seconds + SLACK_SECONDS

    def outcome(self, tree: Tree, target: Target, mutant: Mutant, known: Outcome | None) -> Outcome:
        """What becomes of a mutant.

        Args:
            known: what was found of it before; what it has survived already is not run again.
        """
        place = str(mutant)
        evidence = tree.digest(target.tests)
        survived = known is not None and known.fate == "survived" and known.evidence == evidence
        if known is not None and survived and (known.selftested or not self.selftest):
            return known
        with tree.broken(mutant.module, mutant.source):
            ran = None if survived else self._tests(tree, target)
            if ran is not None and ran.status != 0:
                return Outcome(mutant.key, place, "tests", _killer(ran))
            if not self.selftest:
                return Outcome(mutant.key, place, "survived", "selftest not run", evidence)
            names = target.servers(mutant.function)
            bad = self._selftest(tree, names)
            if bad:
                return Outcome(mutant.key, place, "selftest", bad)
        return Outcome(mutant.key, place, "survived", f"{len(names)} servers judged", evidence, selftested=True)

    def _tests(self, tree: Tree, target: Target, *, compiling: bool = False) -> Ran:
        seconds = self.seconds.get(target.name, TEST_SECONDS)
        return tree.test(*PYTEST, *target.tests, seconds=seconds, compiling=compiling)

    def _selftest(self, tree: Tree, names: list[str]) -> str:
        """The servers on which a mutant shows. A loaded machine can spoil a run, so what shows has to show twice."""
        bad, why = _bad(self._judge(tree, names))
        if why or not bad:
            return why
        again, why = _bad(self._judge(tree, bad))
        return why or ", ".join(again)

    def _judge(self, tree: Tree, names: list[str]) -> Ran:
        jobs = ("--jobs", str(SIDE_BY_SIDE))
        turns = -(-len(names) // SIDE_BY_SIDE)
        seconds = turns * self.seconds[SELFTEST] if SELFTEST in self.seconds else SELFTEST_SECONDS
        return tree.run("-m", "conformance", "selftest", *names, *jobs, seconds=seconds)


def _bad(ran: Ran) -> tuple[list[str], str]:
    """The servers of which a selftest said the wrong thing; and what was wrong with the selftest itself."""
    if ran.status is None:
        return [], "time was up"
    bad = [line[13:].split()[0] for line in ran.output.splitlines() if line[:13].strip() in BAD]
    return (bad, "") if bad or ran.status == 0 else ([], f"exit status {ran.status}")


def _killer(ran: Ran) -> str:
    if ran.status is None:
        return "time was up"
    match = KILLED_BY.search(ran.output)
    return match[1] if match is not None else f"exit status {ran.status}"
