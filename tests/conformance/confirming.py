"""Failures without sockets, and what is made of them."""

import pytest

from conformance.check import Check
from conformance.confirm import Memo, confirmed
from conformance.script import Script, cast, plain, say, script, sentinel
from conformance.verdict import CheckResult
from tests.conformance.stages import Bench, Turn

SMALL = script(cast("ann", "bob"), sentinel("ann"))  # nothing can be left out
ODD = script(cast("ann", "bob"), say("ann", plain(1), header="right"), sentinel("ann"))


def confirming(
    monkeypatch: pytest.MonkeyPatch,
    check: Check,
    of: Script,
    *turns: Turn,
    failed: tuple[str, ...] = (),
    bench: Bench | None = None,
) -> tuple[CheckResult, Bench]:
    """What becomes of a script that has failed, by the first of these turns."""
    on = bench if bench is not None else Bench(monkeypatch)
    on.turns = list(turns)
    memo = Memo(check, on.session)
    memo.keep(of, on.session.play(of))
    first = memo.finding(of)
    assert first is not None
    on.played.clear()
    return confirmed(on.session, memo, first, dict.fromkeys(failed, "some/check")), on
