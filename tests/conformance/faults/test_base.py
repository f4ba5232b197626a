"""The base of the faulty servers is right, and so are the friendly odd ones."""

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor

import pytest

from conformance.faults import FRIENDS, Server
from tests.conformance.faults.probes_stamina import bounded
from tests.conformance.faults.scenarios import SCENARIOS
from tests.conformance.faults.stage import Stage, staged

Runs = dict[tuple[str, str], Future[None]]


def run(name: str, scenario: Callable[[Stage], None]) -> None:
    with staged(FRIENDS.get(name, Server)) as stage:
        scenario(stage)


@pytest.fixture(scope="module")
def runs() -> Iterator[Runs]:
    """All scenarios on all servers, begun together: most of their time is spent waiting for each other."""
    with ThreadPoolExecutor(12) as pool:
        yield {
            (name, scenario.__name__): pool.submit(run, name, scenario)
            for name in ("correct", *FRIENDS)
            for scenario in SCENARIOS
        }


@pytest.mark.parametrize("name", ["correct", "thread-per-client", "asyncio"])
def test_bounded(name: str) -> None:
    """Who does not read is thrown out before much is held for it: with each transport that has a bound of its own."""
    with staged(FRIENDS.get(name, Server)) as stage:
        bounded(stage)


@pytest.mark.parametrize("scenario", [scenario.__name__ for scenario in SCENARIOS])
@pytest.mark.parametrize("name", ["correct", *FRIENDS])
def test_conformant(name: str, scenario: str, runs: Runs) -> None:
    """Each scenario holds on the base and on each friend."""
    runs[name, scenario].result(60)
