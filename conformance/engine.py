"""Runs checks against a server, one after the other: what may be judged, what was found, what it is worth."""

import dataclasses
import random
import time

from conformance.check import Check, Plan
from conformance.confirm import Finding, Memo, blocked, confirmed, failure, result
from conformance.explore import explore
from conformance.script import Script
from conformance.session import Session
from conformance.trace import Trace
from conformance.verdict import FAIL, INCONCLUSIVE, NOT_RUN, PASS, CheckResult

# What can be judged of a server that lets nobody join so that it can be seen: what is wrong with its frames.
WITHOUT_JOINING = ("JOIN-2", "JOIN-3", "FRAME-1", "FRAME-2", "BODY-1", "BODY-2", "NICK-2")


class Engine:
    """Judges one server.

    Args:
        session: the dealings with it.
        seed: of the run; each check draws from a generator seeded by it and by the check's name.
        depth: `quick`, `standard` or `thorough`.
        until: monotonic seconds from which on no further check is begun.
    """

    def __init__(self, session: Session, seed: int, depth: str, *, until: float | None = None) -> None:
        self.session = session
        self.seed = seed
        self.depth = depth
        self.until = until
        self.stopped: str | None = None  # why no further check is begun
        self.failed: dict[str, str] = {}  # requirement → the check that found it broken
        self._begun: dict[str, list[tuple[Script, int]]] = {}

    def prepare(self, check: Check) -> None:
        """Begins what a check plays in the background; called early, so that its waits cost nothing."""
        if check.background and check.name not in self._begun:
            assert check.cases is not None
            self._begun[check.name] = [
                (script, self.session.stage.begin(self.session.playing(script)))
                for script in check.cases(self._plan(check))
            ]

    def judge(self, check: Check) -> CheckResult:
        """Runs one check. An error of the suite's own is never a verdict: it makes the check inconclusive."""
        begun, before = time.monotonic(), self.session.played
        self.session.current = check.name
        try:
            found = self._judge(check)
        except Exception as error:  # noqa: BLE001  # whatever it is, it is ours and not the server's
            found = result(check, INCONCLUSIVE, because=f"an error in the suite: {type(error).__name__}: {error}")
        if found.verdict is FAIL:
            self.failed.setdefault(check.requirement, check.name)
        return dataclasses.replace(found, seconds=time.monotonic() - begun, examples=self.session.played - before)

    def _plan(self, check: Check) -> Plan:
        rng = random.Random(f"{self.seed}/{check.name}")
        return Plan(self.depth, rng, self.session.stage.patience, bool(self.session.gentle))

    def _judge(self, check: Check) -> CheckResult:
        alive = self._prevented(check) is None and self.session.alive()
        reason = self._prevented(check)
        if reason is None and not alive and check.requirement not in WITHOUT_JOINING:
            reason = "JOIN-2 failed" if "JOIN-2" in self.failed else "nobody can join, or be heard"
        if reason is not None:
            return result(check, NOT_RUN, because=reason)
        deaths = len(self.session.deaths)
        if check.background:
            return self._background(check)
        memo = Memo(check, self.session)
        finding = self._explore(memo) if check.strategy is not None else self._enumerate(memo)
        if isinstance(finding, Finding):
            return confirmed(self.session, memo, finding, self.failed)
        if isinstance(finding, str):
            return result(check, NOT_RUN, because=finding)
        if (alive and not self.session.alive()) or len(self.session.deaths) > deaths:
            return result(check, NOT_RUN, because=f"the server {self.session.deaths[-1]}")
        return result(check, PASS, decided=check.decided_by)

    def _prevented(self, check: Check) -> str | None:
        if self.stopped is not None or self.session.gone is not None:
            return self.stopped or self.session.gone
        if self.until is not None and time.monotonic() >= self.until:
            return "the time limit of the run"
        if check.storm and self.session.gentle:
            return "other people are on the server (--gentle)"
        return next((f"{need} failed" for need in check.needs if need in self.failed), None)

    def _background(self, check: Check) -> CheckResult:
        self.prepare(check)
        for script, number in self._begun[check.name]:
            trace = self.session.stage.finish(number)
            wrong = check.relevant(trace)
            if wrong and self.session.deaths:
                return result(check, NOT_RUN, because=f"the server {self.session.deaths[0]}")
            if wrong:
                return failure(check, Finding(script, trace, wrong), 0)
        return result(
            check,
            PASS if self._begun[check.name] else NOT_RUN,
            because=None if self._begun[check.name] else "waited for at depth thorough only",
            decided=check.decided_by,
        )

    def _enumerate(self, memo: Memo) -> Finding | str | None:
        """Plays all scripts of a check. A finding, or the reason why there is no verdict, or None."""
        check = memo.check
        assert check.cases is not None
        scripts = list(dict.fromkeys(check.cases(self._plan(check))))
        found = self._first(memo, scripts, check.width)
        if found is not None and check.width > 1:
            # Playings side by side hear each other's broken frames: only what fails alone has failed.
            found = self._first(memo, scripts, 1)
        return found

    def _first(self, memo: Memo, scripts: list[Script], width: int) -> Finding | str | None:
        check = memo.check
        reason: str | None = None

        def is_wrong(trace: Trace) -> bool:
            return bool(check.relevant(trace)) or blocked(check, trace) is not None

        for script, trace in zip(scripts, self.session.play_all(scripts, width, is_wrong), strict=False):
            if memo.keep(script, trace):
                return memo.finding(script)
            reason = reason or blocked(check, trace)
        return reason

    def _explore(self, memo: Memo) -> Finding | str | None:
        """Draws scripts. A finding, or the reason why there is no verdict, or None."""
        check = memo.check
        assert check.strategy is not None
        reasons: list[str] = []

        def fails(script: Script) -> bool:
            if reasons:
                return False  # one script could not be played to its end, at the cost of a whole wait: that will do
            wrong = memo.wrong(script)
            reason = blocked(check, memo.finding(script).trace) if not wrong else None
            if reason is not None:
                reasons.append(reason)
            return bool(wrong)

        plan = self._plan(check)
        script = explore(check.strategy(plan), plan.random.getrandbits(64), plan.pick(*check.examples), fails)
        return memo.finding(script) if script is not None else next(iter(reasons), None)
