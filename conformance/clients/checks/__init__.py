"""The checks of clients. Importing this registers them, in the order in which they are run: each behind what it needs."""

from collections.abc import Iterable

from conformance.clients.check import CLIENT_CHECKS, ClientCheck
from spec.requirements import Requirement

# isort: off
from conformance.clients.checks import talking  # first: what everything else rests on
from conformance.clients.checks import lines, showing, framing, cutting, sizes, hostile, malformed, ending
# isort: on

SECTIONS = (talking, lines, showing, framing, cutting, sizes, hostile, malformed, ending)


def checks_for(requirements: Iterable[Requirement]) -> list[ClientCheck]:
    """The checks of requirements, in the order in which they are registered."""
    ids = {row.id for row in requirements}
    return [check for check in CLIENT_CHECKS.values() if check.requirement in ids]
