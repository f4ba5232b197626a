"""Drawn scripts: hypothesis under the suite's own settings, whatever the user's are."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import strategies as st

from conformance import explore as exploring
from conformance.explore import explore
from conformance.script import Script, cast, say, script, sentinel

ROOT = Path(__file__).parents[2]
NUMBERS = st.lists(st.integers(0, 1000), min_size=1, max_size=8)
SCRIPTS = NUMBERS.map(lambda numbers: script(cast("ann", "bob"), say("ann", *map(str, numbers)), sentinel("ann")))


def numbers(conversation: Script) -> list[int]:
    """The drawn numbers of a script."""
    found = [part.text for step in conversation.steps for part in getattr(step, "parts", ())]
    return [int(text) for text in found if text.isdigit()]


def drawn(seed: int, examples: int = 20) -> list[Script]:
    """What a seed draws."""
    seen: list[Script] = []

    def fails(conversation: Script) -> bool:
        seen.append(conversation)
        return False

    assert explore(SCRIPTS, seed, examples, fails) is None
    return seen


def test_nothing_fails() -> None:
    """As many scripts are tried as was asked for, and none is given."""
    assert len(drawn(1)) == 20


def test_a_planted_failure_is_found_and_shrunk() -> None:
    """The smallest script that fails has one number."""
    found = explore(SCRIPTS, 1, 100, lambda conversation: any(number >= 100 for number in numbers(conversation)))

    assert found is not None
    assert len(numbers(found)) == 1


def test_a_planted_failure_is_shrunk_within_the_same_size() -> None:
    """A number of three digits, just large enough."""
    found = explore(SCRIPTS, 1, 100, lambda conversation: any(number >= 100 for number in numbers(conversation)))

    assert found is not None
    assert numbers(found) == [100]


def test_the_seed_decides_what_is_drawn() -> None:
    """The same again for one seed, other scripts for another."""
    assert drawn(7) == drawn(7)
    assert drawn(7) != drawn(8)


def test_what_is_drawn_does_not_depend_on_the_replies() -> None:
    """Up to the first failure the same scripts are tried, whatever the server does."""
    seen: list[Script] = []

    def fails(conversation: Script) -> bool:
        seen.append(conversation)
        return len(seen) >= 10

    explore(SCRIPTS, 7, 20, fails)
    assert seen[:10] == drawn(7)[:10]


@pytest.mark.parametrize("period", [1, 2, 3])
def test_a_failure_that_comes_and_goes_is_no_exception(period: int) -> None:
    """It is given all the same: seen is seen."""
    calls: list[Script] = []

    def fails(conversation: Script) -> bool:
        calls.append(conversation)
        return len(calls) % 7 == period

    assert explore(SCRIPTS, 3, 30, fails) in calls


def test_a_failure_seen_once_is_given() -> None:
    """The very script that failed, though it never did again."""
    calls: list[Script] = []

    def fails(conversation: Script) -> bool:
        calls.append(conversation)
        return len(calls) == 5

    assert explore(SCRIPTS, 3, 30, fails) == calls[4]


def test_when_the_budget_of_shrinking_is_spent_unseen_scripts_are_not_played(monkeypatch: pytest.MonkeyPatch) -> None:
    """A failure is given at once, and only what has failed before is asked about again."""
    monkeypatch.setattr(exploring, "SHRINK_SECONDS", 0.0)
    calls: list[Script] = []

    def fails(conversation: Script) -> bool:
        calls.append(conversation)
        return len(numbers(conversation)) > 2

    found = explore(SCRIPTS, 1, 100, fails)
    failed = [conversation for conversation in calls if len(numbers(conversation)) > 2]
    assert found in failed
    assert set(failed) == {found}


def test_an_error_of_the_suite_is_raised() -> None:
    """Not a verdict, however the server is; nothing more is played then."""
    calls: list[Script] = []

    def fails(conversation: Script) -> bool:
        calls.append(conversation)
        raise OSError("no descriptors left")

    with pytest.raises(OSError, match="no descriptors"):
        explore(SCRIPTS, 1, 10, fails)
    assert len(calls) == 1


def test_an_error_of_the_suite_that_comes_once_is_raised() -> None:
    """It must not end as a pass because hypothesis could not repeat it."""
    calls: list[Script] = []

    def fails(conversation: Script) -> bool:
        calls.append(conversation)
        if len(calls) == 3:
            raise OSError("no descriptors left")
        return False

    with pytest.raises(OSError, match="no descriptors"):
        explore(SCRIPTS, 1, 10, fails)


PROGRAM = """
import hashlib
from conformance.explore import explore
from tests.conformance.test_explore import SCRIPTS
seen = []
explore(SCRIPTS, 7, 40, lambda script: bool(seen.append(script)))
assert len(seen) == 40
try:
    explore(SCRIPTS, 7, 40, lambda script: len(repr(script)) % 5 == 0)
finally:
    print(hashlib.sha256(repr(seen).encode()).hexdigest())
"""


def test_the_environment_and_the_working_directory_do_not_matter(tmp_path: Path) -> None:
    """On a CI machine hypothesis has other defaults, which do not leak in; and nothing is left behind in the folder."""
    begun = []
    for more in ({"CI": "true", "GITHUB_ACTIONS": "true"}, {}):
        kept = {name: value for name, value in os.environ.items() if name not in ("CI", "GITHUB_ACTIONS")}
        environment = {**kept, "PYTHONPATH": str(ROOT), "XDG_CACHE_HOME": str(tmp_path / "cache"), **more}
        folder = tmp_path / f"empty{len(more)}"
        folder.mkdir()
        program = [sys.executable, "-P", "-c", PROGRAM]
        process = subprocess.Popen(
            program, cwd=folder, env=environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
        begun.append((folder, process))
    prints = [process.communicate(timeout=60) for _, process in begun]

    assert [process.returncode for _, process in begun] == [0, 0], prints
    assert [list(folder.iterdir()) for folder, _ in begun] == [[], []]
    assert prints[0] == prints[1]
    assert prints[0][1] == ""
