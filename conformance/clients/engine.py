"""Runs the checks of clients, one after the other: what may be judged, what was found, what it is worth."""

import random
import time
from dataclasses import dataclass, replace

from conformance.check import Plan
from conformance.clients.check import ClientCheck
from conformance.clients.session import LONGER, SHORTER, Session
from conformance.clients.steps import Script
from conformance.clients.trace import ClientTrace
from conformance.clients.transcript import transcript
from conformance.mishaps import of_ours
from conformance.trace import Difference
from conformance.verdict import FAIL, INCONCLUSIVE, NOT_RUN, PASS, WARN, CheckResult, Failure, Verdict

REPLAYS = 2  # of the smallest playing that fails
SHRINKINGS = 12  # playings to find it with
SHRINK_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class Finding:
    """A playing in which something is wrong, and what: of the check's own, or in its way."""

    script: Script
    trace: ClientTrace
    wrong: list[Difference]
    in_the_way: list[Difference]

    @property
    def first(self) -> Difference:
        """What is told."""
        return (self.wrong or self.in_the_way)[0]

    @property
    def is_late(self) -> bool:
        """Whether it rests on a wait that ran out, and on nothing else."""
        return self.first.decided_by == "deadline"


class Engine:
    """Judges one client.

    Args:
        seed: of the run; each check draws from a generator seeded by it and by the check's name.
        until: monotonic seconds from which on no further check is begun.
    """

    def __init__(self, session: Session, seed: int, depth: str, *, until: float | None = None) -> None:
        self.session, self.seed, self.depth, self.until = session, seed, depth, until
        self.stopped: str | None = None  # why no further check is begun
        self.failed: dict[str, str] = {}  # requirement → the check that found it broken
        self.verdicts: dict[str, Verdict] = {}  # by the name of the check

    def judge(self, check: ClientCheck) -> CheckResult:
        """Runs one check. An error of the suite's own is never a verdict: it makes the check inconclusive."""
        begun, before = time.monotonic(), self.session.played
        try:
            found = self._judge(check)
        except Exception as error:  # noqa: BLE001  # whatever it is, it is ours and not the client's
            found = self._result(check, INCONCLUSIVE, of_ours(error))
        if found.verdict is FAIL:
            self.failed.setdefault(check.requirement, check.name)
        self.verdicts[check.name] = found.verdict
        return replace(found, seconds=time.monotonic() - begun, examples=self.session.played - before)

    def _result(self, check: ClientCheck, verdict: Verdict, because: str | None = None) -> CheckResult:
        decided = check.decided_by if verdict is PASS else None
        return CheckResult(check.name, check.requirement, check.clause, verdict, because, decided)

    def _prevented(self, check: ClientCheck) -> str | None:
        if self.stopped is not None:
            return self.stopped
        if self.until is not None and time.monotonic() >= self.until:
            return "the time limit of the run"
        for need in check.needs:
            verdict = self.verdicts.get(need, PASS)  # what was not selected is taken for granted
            if verdict in (FAIL, WARN):
                return f"{need} failed"
            if verdict is not PASS:
                return f"{need} has no verdict"
        return None

    def _judge(self, check: ClientCheck) -> CheckResult:
        reason = self._prevented(check)
        if reason is not None:
            return self._result(check, NOT_RUN, reason)
        scripts = list(dict.fromkeys(check.cases(Plan(self.depth, random.Random(f"{self.seed}/{check.name}")))))
        if not scripts:
            raise LookupError("the check has no script at this depth")
        for script, trace in zip(scripts, self.session.play_all(scripts), strict=True):
            found = self._finding(check, script, trace)
            known = None if found is None else check.requirement if found.wrong else found.first.requirement
            if found is not None and found.is_late and known in self.failed:
                return self._result(check, NOT_RUN, f"{self.failed[known]} failed")  # it would only cost time
            found = self._stands(check, found)
            if check.remark is not None:
                self.session.choices.update(check.remark(trace))
            if found is not None and found.wrong:
                return self._confirmed(check, found)
            if found is not None:
                return self._result(check, NOT_RUN, self._blame(found.first))
        return self._result(check, PASS)

    def _blame(self, difference: Difference) -> str:
        row = difference.requirement
        return f"{self.failed[row]} failed" if row in self.failed else f"{row}: {difference.seen}"

    def _finding(self, check: ClientCheck, script: Script, trace: ClientTrace, factor: float = 1.0) -> Finding | None:
        control = None
        if check.control is not None:
            control = self.session.play(check.control(script), factor)
        found = check.judge(trace, control)
        if not found:
            return None
        wrong = [one for one in found if check.is_relevant(one)]
        return Finding(script, trace, wrong, [one for one in found if one not in wrong])

    def _again(self, check: ClientCheck, script: Script, factor: float = LONGER) -> Finding | None:
        """Plays a script once more, alone, with other waits; what it is compared with only where they are no shorter."""
        if check.control is not None and factor >= 1.0:
            self.session.play(check.control(script), factor, anew=True)
        return self._finding(check, script, self.session.play(script, factor, anew=True), factor)

    def _stands(self, check: ClientCheck, found: Finding | None) -> Finding | None:
        """What is found on the grounds of a wait alone has to be found by a much longer one, too: a machine with much else to
        do is slow in everything."""
        if found is None or not found.is_late:
            return found
        return self._again(check, found.script)

    def _confirmed(self, check: ClientCheck, found: Finding) -> CheckResult:
        """The verdict on what was found: of the smallest playing that shows it, and only if the plain twin works."""
        if check.twin is not None:
            twin = check.twin(found.script)
            plain = self._stands(check, self._finding(check, twin, self.session.play(twin, anew=True)))
            if plain is not None:
                reason = f"the same without anything unusual did not work either: {plain.first.seen}"
                return self._result(check, INCONCLUSIVE, reason)
        found = self._smallest(check, found)
        came, of = 1, 1
        for _ in range(1 if found.is_late else REPLAYS):
            again = self._again(check, found.script, SHORTER)
            of += 1
            if again is not None and again.wrong:
                came, found = came + 1, again
        first = found.wrong[0]
        failure = Failure(first.expected, first.seen, first.who, None, tuple(transcript(found.trace)))
        verdict = FAIL if check.clause.startswith("MUST") else WARN
        result = replace(self._result(check, verdict), decided_by=first.decided_by)
        return replace(result, repeats=(came, of), failure=failure)

    def _smallest(self, check: ClientCheck, found: Finding) -> Finding:
        """Leaves out blocks of the script, halves first, as long as it fails in the same way."""
        until, left = time.monotonic() + SHRINK_SECONDS, SHRINKINGS
        size = len(found.script.blocks)
        while size > 0 and len(found.script.blocks) > 1:
            size = max(1, size // 2)
            for script in _without(found.script, size):
                if not left or time.monotonic() > until or found.is_late:
                    return found  # each try would cost a whole wait
                left -= 1
                smaller = self._again(check, script, SHORTER)
                if smaller is not None and smaller.wrong and not smaller.is_late:
                    found = smaller
                    break
            else:
                if size == 1:
                    return found
        return found


def _without(script: Script, size: int) -> list[Script]:
    """The script without so many blocks, at each place; the later ones first."""
    blocks = script.blocks
    places = range(len(blocks) - size, -1, -size)
    return [replace(script, blocks=blocks[:place] + blocks[place + size :]) for place in places if size < len(blocks)]
