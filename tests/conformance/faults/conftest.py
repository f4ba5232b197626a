"""Threads of servers are joined once, at the end of each test file."""

from collections.abc import Iterator

import pytest

from tests.conformance.faults import stage


@pytest.fixture(scope="module", autouse=True)
def _threads() -> Iterator[None]:
    yield
    stage.join_threads()
