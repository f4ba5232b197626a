"""The ledger: nothing observable without a check and a faulty server, and the committed page says what is."""

import pytest

from conformance import ledger
from conformance.check import CHECKS
from conformance.clients.check import CLIENT_CHECKS
from conformance.clients.faults import CLIENT_FAULTS
from conformance.faults import FAULTS
from conformance.selection import select
from spec.requirements import register


def test_nothing_is_missing() -> None:
    """Every observable requirement has a check, every one with a MUST a faulty server whose mistake it is."""
    assert list(ledger.gaps()) == []
    assert list(ledger.client_gaps()) == []


def test_the_committed_page_is_the_generated_one() -> None:
    """`python -m conformance.ledger` was run after the last change of checks or servers."""
    assert ledger.PLACE.read_text(encoding="utf-8") == ledger.ledger()


def test_every_fault_names_requirements_that_exist() -> None:
    """What a faulty server says that it breaks stands in the register."""
    assert {name for fault in FAULTS.values() for name in fault.breaks} <= set(register())
    assert {name for fault in CLIENT_FAULTS.values() for name in fault.breaks} <= {row.id for row in select("client")}


def test_a_check_less_requirement_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """A requirement whose checks are taken away is named, with what it lacks."""
    for name in [name for name in CHECKS if name.startswith("FRAME-6/")]:
        monkeypatch.delitem(CHECKS, name)

    assert list(ledger.gaps()) == ["FRAME-6 has no check"]


def test_a_fault_less_requirement_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """A requirement that no shipped server breaks first of all is named."""
    for name in [name for name, fault in FAULTS.items() if fault.breaks[0] == "RELAY-2"]:
        monkeypatch.delitem(FAULTS, name)

    assert list(ledger.gaps()) == ["RELAY-2 has no faulty server"]


def test_what_is_missing_of_clients_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same for the checks and the faults of clients."""
    monkeypatch.delitem(CLIENT_CHECKS, "FRAME-3/reads-every-header")
    monkeypatch.delitem(CLIENT_FAULTS, "small-maximum")

    assert list(ledger.client_gaps()) == ["FRAME-3 has no check of clients", "FRAME-7 has no faulty client"]
