"""The register of the checks of clients."""

import random

import pytest

from conformance.check import CHECKS, DEPTHS, Plan
from conformance.clients.check import CLIENT_CHECKS
from conformance.clients.checks import checks_for
from conformance.clients.steps import Script
from conformance.octets import Out
from conformance.selection import select
from spec.nicks import SERVER_NICK, problem
from spec.requirements import register


def test_every_requirement_of_a_client_has_a_check() -> None:
    """And each of its MUST rows one of a MUST."""
    rows = select("client")
    checks = checks_for(rows)

    assert {check.requirement for check in checks} == {row.id for row in rows}
    assert {"JOIN-1", "SERVICE-1"} <= {row.id for row in rows}  # of which one clause binds clients
    for row in rows:
        clauses = {check.clause for check in checks if check.requirement == row.id}
        assert "MUST" in clauses or not row.is_must or row.id == "JOIN-1"


def test_names_are_distinct_from_those_of_servers() -> None:
    """A report, a seed and a capsule name one check."""
    assert not set(CLIENT_CHECKS) & set(CHECKS)


def test_each_check_stands_behind_what_it_needs() -> None:
    """And needs what there is."""
    names = list(CLIENT_CHECKS)
    for place, check in enumerate(CLIENT_CHECKS.values()):
        assert set(check.needs) <= set(names[:place]), check.name


@pytest.mark.parametrize("depth", DEPTHS)
def test_every_check_has_scripts(depth: str) -> None:
    """At every depth, the same for the same seed; with legal frames only, where they are frames."""
    for check in CLIENT_CHECKS.values():
        if depth == "thorough" and check.name in ("FRAME-6/reads-many-frames-at-once", "CLIENT-1/says-many-lines"):
            continue  # thousands of steps
        first, second = (list(check.cases(Plan(depth, random.Random(7)))) for _ in range(2))
        assert first, check.name
        assert first == second
        for script in first:
            assert check.twin is None or isinstance(check.twin(script), Script)
            if not check.name.startswith("CLIENT-4/"):
                assert all(is_legal(frame) for frame in script.sent), check.name


def is_legal(frame: Out) -> bool:
    """Whether a server may send a frame."""
    return bool(frame.octets) and (frame.nick == SERVER_NICK or problem(frame.nick) is None)


def test_the_list_of_rows() -> None:
    """A client is bound by 18 of them, no more and no less."""
    assert len(select("client")) == 18
    assert {row.role for row in register().values() if row not in select("client")} == {"server"}
