"""The hunt for one mutant: what has run, what counts, and what is not run again."""

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from tests.mutation.hunt import PATIENCE, PYTEST, SELFTEST, SIDE_BY_SIDE, SLACK_SECONDS, Hunt, UnfitError
from tests.mutation.mutants import Mutant
from tests.mutation.outcomes import Outcome
from tests.mutation.targets import INNOCENT, ROOT, Target
from tests.mutation.trees import Ran, Tree

TARGET = Target("checks/clocks", "conformance/checks/clocks.py", ("tests/conformance/test_judges_of_clocks.py",))
MUTANT = Mutant(TARGET.path, "_zone", 1, "if a:", "a", "(not a)", "broken")
GREEN, RED, HUNG = Ran(0, "", 1.0), Ran(1, "FAILED tests/test_a.py::test_b[1] - boom\n", 1.0), Ran(None, "", 60.0)
BLAMED = Ran(
    1, "found        keeps-client-time   RELAY-4  (9 s)\nblamed       asyncio   RELAY-4  (8.0 s)\n\n1 blamed\n", 9.0
)


def test_the_options_for_pytest_go_with_the_configuration_of_the_project() -> None:
    """Options that the configuration does not go with would end every hunt before it has begun."""
    command = [sys.executable, "-m", "pytest", *PYTEST, "--collect-only", "tests/mutation/test_mutants.py"]
    environment = {**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}  # as the trees of the hunt have it
    ran = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stdout + ran.stderr


class Stub(Tree):
    """A tree in which nothing is run: what its commands give is known."""

    def __init__(self, place: Path, *ran: Ran) -> None:
        self.place = place
        self.ran = list(ran)
        self.commands: list[tuple[str, ...]] = []
        for name in (TARGET.path, *TARGET.tests):
            (place / name).parent.mkdir(parents=True, exist_ok=True)
            (place / name).write_text("")

    def test(self, *arguments: str, seconds: float, compiling: bool = False) -> Ran:
        return self.run(*arguments, seconds=seconds, compiling=compiling)

    def run(self, *arguments: str, seconds: float, compiling: bool = False) -> Ran:
        assert compiling or (self.place / TARGET.path).read_text() == "broken"
        self.commands.append(arguments)
        return self.ran.pop(0)


def hunted(place: Path, *ran: Ran, selftest: bool = True, known: Outcome | None = None) -> tuple[Outcome, Stub]:
    """What becomes of the mutant if commands give this."""
    tree = Stub(place, *ran)
    return Hunt(selftest).outcome(tree, TARGET, MUTANT, known), tree


def test_killed_by_a_test(tmp_path: Path) -> None:
    """Which is named; no server is judged."""
    outcome, tree = hunted(tmp_path, RED)

    assert (outcome.fate, outcome.by) == ("tests", "tests/test_a.py::test_b[1]")
    assert TARGET.tests[0] in tree.commands[0]
    assert (tmp_path / TARGET.path).read_text() == ""


def test_killed_by_the_clock(tmp_path: Path) -> None:
    """A mutant that hangs is seen, in the tests or in the selftest."""
    assert hunted(tmp_path, HUNG)[0].by == "time was up"
    assert hunted(tmp_path, GREEN, HUNG)[0] == Outcome(MUTANT.key, str(MUTANT), "selftest", "time was up")


def test_killed_by_the_selftest(tmp_path: Path) -> None:
    """By a server of which it says the wrong thing twice: once may be the machine's fault."""
    outcome, tree = hunted(tmp_path, GREEN, BLAMED, BLAMED)

    assert (outcome.fate, outcome.by) == ("selftest", "asyncio")
    assert "keeps-client-time" in tree.commands[1]
    assert tree.commands[2][3:] == ("asyncio", "--jobs", str(SIDE_BY_SIDE))
    assert hunted(tmp_path, GREEN, BLAMED, GREEN)[0].fate == "survived"
    assert hunted(tmp_path, GREEN, Ran(2, "no such option", 0.1))[0].by == "exit status 2"


def test_what_has_survived_is_not_run_again(tmp_path: Path) -> None:
    """As long as the tests are the same; the selftest that was left out may follow."""
    first, _ = hunted(tmp_path, GREEN, selftest=False)
    assert (first.fate, first.selftested) == ("survived", False)

    again, tree = hunted(tmp_path, selftest=False, known=first)
    assert (again, tree.commands) == (first, [])

    second, tree = hunted(tmp_path, GREEN, known=first)
    assert (second.fate, second.selftested, len(tree.commands)) == ("survived", True, 1)

    third, tree = hunted(tmp_path, RED, known=replace(second, evidence="other tests"))
    assert (third.fate, len(tree.commands)) == ("tests", 1)


@pytest.mark.parametrize("ran", [(Ran(0, "/elsewhere/conformance", 0.1), GREEN), (Ran(0, "{place}", 0.1), RED)])
def test_an_unbroken_tree_that_is_red(tmp_path: Path, ran: tuple[Ran, Ran]) -> None:
    """Says nothing of mutants; nor does one that imports other modules than its own."""

    class Whole(Stub):
        def run(self, *arguments: str, seconds: float, compiling: bool = False) -> Ran:
            one = self.ran.pop(0)
            return replace(one, output=one.output.replace("{place}", str(tmp_path)))

    with pytest.raises(UnfitError):
        Hunt(selftest=True).baseline(Whole(tmp_path, *ran), TARGET)


def test_how_long_a_mutant_may_take(tmp_path: Path) -> None:
    """Some times as long as the unbroken tree has taken, for the tests and for as many servers as run side by side."""
    hunt = Hunt(selftest=True)
    tree = Stub(tmp_path, Ran(0, str(tmp_path), 0.1), GREEN, Ran(0, "", 30.0))
    (tmp_path / TARGET.path).write_text("broken")
    hunt.baseline(tree, TARGET)

    assert tree.commands[2][2:5] == ("selftest", *INNOCENT[:2])
    assert hunt.seconds == {TARGET.name: PATIENCE * 1.0 + SLACK_SECONDS, SELFTEST: PATIENCE * 30.0 + SLACK_SECONDS}
