"""Plays the scripts of a check until one fails: all of them in turn, or drawn ones."""

import time
from collections.abc import Callable, Container

from conformance.check import Check, Plan
from conformance.confirm import Finding, Memo, blocked
from conformance.explore import explore
from conformance.script import Script
from conformance.session import Session
from conformance.stage import OutOfTimeError
from conformance.trace import Trace

# Of a server whose answers take long, each check plays what fits into so many seconds, the first scripts at least: else a run
# would take hours. What it has played is in the report.
SLOW_SECONDS = 0.03  # for a round trip
BUDGETS = {"quick": 4.0, "standard": 8.0, "thorough": 60.0}
BRIEF_SECONDS = 0.3  # of a check, once something has failed and the run is long
TRIES = 3  # to see a server die of what it has died of
ENOUGH = 3  # checks that a requirement has stood in the way of, as a whole wait of each has shown


class Search:
    """Looks for a failure of one check.

    Args:
        session: the dealings with the server.
        plan: gives how much to play, and with which numbers: the same ones each time.
        failed: the requirements that have failed so far.
        brief: whether to play only what fits into a moment, the first scripts at least.
    """

    def __init__(self, session: Session, plan: Callable[[], Plan], failed: Container[str], *, brief: bool) -> None:
        self.session = session
        self.plan = plan
        self.failed = failed
        self.brief = brief

    def find(self, check: Check) -> tuple[Memo, Finding | None]:
        """What a check finds. What was found in a hurry, by a short wait, has to stand a whole one too.

        Raises:
            OutOfTimeError: there is no time for that, or was none for the first script.
        """
        memo = Memo(check, self.session)
        finding = self._search(memo)
        if (
            finding is not None
            and finding.rests_on_waits
            and self.session.hurried
            and not self._is_no_surprise(finding)
        ):
            if self.brief:
                raise OutOfTimeError
            memo.keep(finding.script, self.session.play(finding.script, self.session.stage.patience))
            finding = memo.finding(finding.script)
            if finding is None:
                self.session.hurried = False
                memo = Memo(check, self.session)
                finding = self._search(memo)
            elif finding.in_the_way is not None:
                self.session.in_vain[_obstacle(finding)] += 1
        return memo, finding

    def is_known(self, finding: Finding) -> bool:
        """Whether it is what has failed before: then it is nothing new, however long the wait."""
        if finding.in_the_way is not None:
            return _obstacle(finding) in self.failed
        return any(wrong.requirement in self.failed for wrong in finding.wrong)

    def _is_no_surprise(self, finding: Finding) -> bool:
        """Whether a whole wait would only show what it has shown again and again: there is no verdict then either way."""
        return self.session.in_vain[_obstacle(finding)] >= ENOUGH or self.is_known(finding)

    def _search(self, memo: Memo) -> Finding | None:
        return self._explore(memo) if memo.check.strategy is not None else self._enumerate(memo)

    def _enumerate(self, memo: Memo) -> Finding | None:
        """Plays all scripts of a check."""
        check = memo.check
        assert check.cases is not None
        scripts = list(dict.fromkeys(check.cases(self.plan())))
        if not scripts:
            raise LookupError("the check has no script at this depth")
        found = self._culprit(memo, scripts, self._first(memo, scripts, check.width))
        if found is None or check.width == 1 or (self.session.hurried and self.is_known(found)):
            return found
        # Playings side by side hear each other's broken frames: only what fails alone has failed.
        memo.keep(found.script, self.session.play(found.script, self.session.short_patience))
        alone = memo.finding(found.script)
        if alone is None:
            return self._first(memo, scripts, 1)
        alone.at_first = found.trace
        return alone

    def _culprit(self, memo: Memo, scripts: list[Script], found: Finding | None) -> Finding | None:
        """A server that had gone before a script began has died of one before it, late: what is found when those are played
        again, a few times. Else nothing is found of this check, unless it is about what others lose by that."""
        for _ in range(TRIES):
            if found is None or not self.session.is_back_for(found.trace):
                break
            place = scripts.index(found.script)
            found = self._first(memo, scripts[max(0, place - 2) : place + 1], 1) or found
        is_of_others = memo.check.requirement in ("ROBUST-1", "ROBUST-5", "ROBUST-7")
        return found if found is None or is_of_others or not found.trace.began_too_late else None

    def _first(self, memo: Memo, scripts: list[Script], width: int) -> Finding | None:
        """The first script that fails; else the first that is no pass either."""
        check = memo.check
        is_spent = self._budget()

        def is_found(trace: Trace) -> bool:
            return bool(check.relevant(trace)) or blocked(check, trace) is not None or is_spent()

        in_the_way: Finding | None = None
        for script, trace in zip(scripts, self.session.play_all(scripts, width, is_found), strict=False):
            wrong = memo.keep(script, trace)
            found = memo.finding(script)
            if wrong:
                return found
            in_the_way = in_the_way or found
        return in_the_way

    def _budget(self) -> Callable[[], bool]:
        """Whether a check that begins now has had its time, by the end of a playing."""
        until = time.monotonic() + (BRIEF_SECONDS if self.brief else BUDGETS[self.plan().depth])
        pulse = self.session.stage.pulse
        return lambda: (self.brief or pulse.round_trip > SLOW_SECONDS) and time.monotonic() >= until

    def _explore(self, memo: Memo) -> Finding | None:
        """Draws scripts."""
        check = memo.check
        assert check.strategy is not None
        in_the_way: list[Finding] = []
        is_spent = self._budget()

        def fails(script: Script) -> bool:
            if in_the_way or (is_spent() and not memo.knows(script)):
                return False  # one script could not be played to its end, at the cost of a whole wait: that will do
            wrong = memo.wrong(script)
            found = memo.finding(script)
            if found is not None and not wrong:
                in_the_way.append(found)
            return bool(wrong)

        plan = self.plan()
        script = explore(check.strategy(plan), plan.random.getrandbits(64), plan.pick(*check.examples), fails)
        return memo.finding(script) if script is not None else next(iter(in_the_way), None)


def _obstacle(finding: Finding) -> str:
    """The id that is in the way; what is wrong stands in nobody's."""
    return (finding.in_the_way or "").partition(" ")[0]
