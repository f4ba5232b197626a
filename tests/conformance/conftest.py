"""Servers that several modules judge."""

from collections.abc import Iterator

import pytest

from conformance.faults import FAULTS, Server
from tests.conformance.helpers import serving


@pytest.fixture(scope="module")
def faithful() -> Iterator[str]:
    """The address of a server without a fault."""
    with serving(Server()) as address:
        yield address


@pytest.fixture(scope="module")
def echoing() -> Iterator[str]:
    """The address of a server that breaks RELAY-2."""
    with serving(FAULTS["echoes-to-sender"]()) as address:
        yield address
