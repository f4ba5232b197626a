"""Draws scripts with hypothesis, and shrinks the one that fails, without any of its defaults leaking in.

The drawn input never depends on a reply; a failure that comes and goes never becomes an exception here.
"""

import time
import warnings
from collections.abc import Callable
from typing import Any

import platformdirs
from hypothesis import HealthCheck, Phase, Verbosity, configuration, given, seed, settings
from hypothesis.errors import Flaky, FlakyReplay, HypothesisWarning

from conformance.mishaps import end_if_told
from conformance.script import Script

SHRINK_SECONDS = 8.0


class _FoundError(Exception):
    """A drawn script failed: hypothesis shrinks towards the smallest that raises it."""


def explore(strategy: Any, number: int, examples: int, fails: Callable[[Script], bool]) -> Script | None:
    """Draws scripts until one fails, and gives the smallest failing one found; None if none failed.

    Args:
        strategy: of scripts.
        number: the seed.
        examples: how many to draw at most.
        fails: plays a script, or remembers how it went. What it raises is raised again here.
    """
    configuration.set_hypothesis_home_dir(str(platformdirs.user_cache_path("chat-conformance")))
    failing: list[Script] = []
    broken: list[Exception] = []  # an error of ours, which hypothesis would take for a flaky failure of the server's
    until: list[float] = []

    @seed(number)
    @settings(
        max_examples=examples,
        deadline=None,
        database=None,
        derandomize=False,
        print_blob=False,
        report_multiple_bugs=False,
        suppress_health_check=list(HealthCheck),
        phases=(Phase.explicit, Phase.generate, Phase.shrink),
        verbosity=Verbosity.quiet,
    )
    @given(strategy)
    def attempt(script: Script) -> None:
        if until and time.monotonic() >= until[0] and script not in failing:
            return  # the shrink budget is spent: unseen scripts return at once
        if broken:
            raise broken[0]  # hypothesis wants to see it again
        try:
            failed = fails(script)
        except Exception as error:
            end_if_told(error)
            broken.append(error)
            raise
        if failed:
            failing.append(script)
            if not until:
                until.append(time.monotonic() + SHRINK_SECONDS)
            raise _FoundError

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", HypothesisWarning)  # about scripts with long texts in them
            attempt()
    except (_FoundError, Flaky, FlakyReplay) as found:
        if broken:
            raise broken[0] from found
    return min(reversed(failing), key=size) if failing else None  # of equals, the last: hypothesis has simplified it


def size(script: Script) -> tuple[int, int, int]:
    """How large a script is, for choosing the smallest: steps, octets, cuts."""
    octets = sum(len(step.octets) for step in script.steps if hasattr(step, "octets"))
    return len(script.steps), octets, script.cuts
