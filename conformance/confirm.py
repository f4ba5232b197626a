"""What becomes of a failure before it is reported: whose fault is it, how small can it be, how often does it come back?"""

import time
from collections.abc import Container
from dataclasses import dataclass

from conformance.check import DELIVERY, Check
from conformance.differences import differences
from conformance.passing import Suspicion, is_its_own
from conformance.script import Script
from conformance.session import Session
from conformance.shrink import smaller
from conformance.trace import Difference, Trace
from conformance.verdict import FAIL, INCONCLUSIVE, NOT_RUN, PASS, WARN, CheckResult, Failure, Verdict
from spec.requirements import register

FRAMING = frozenset(["FRAME-1", "FRAME-2", "BODY-1", "BODY-2"])
REPLAYS = 3
REPLAYS_OF_WAITS = 1  # of a failure that shows as a wait in vain: the whole wait was the evidence
LAST_TIMES = 2  # of so many replays, in which what no check has blamed has to come back
TWIN_PLAYS = 2
OFTEN = 3  # playings in which a requirement stood in the way of others, while the canary was in time
SUSPECT_PLAYS = (
    25  # of the twin, when a failure did not come back: a server that loses one message in fifty is found out
)
SHRINK_SECONDS = 4.0


@dataclass(slots=True)
class Finding:
    """A script that failed, and what was wrong with it; or, with nothing wrong, one that is no pass either.

    Attributes:
        in_the_way: why there is no verdict, if nothing is wrong.
        at_first: what it was played like beside others, if it was, before it was played alone.
    """

    script: Script
    trace: Trace
    wrong: list[Difference]
    in_the_way: str | None = None
    at_first: Trace | None = None

    @property
    def rests_on_waits(self) -> bool:
        """Whether a longer wait might have shown something else."""
        return self.trace.expired is not None


class Memo:
    """Outcomes of a check's scripts, by script: shrinking asks for the same ones again."""

    def __init__(self, check: Check, session: Session) -> None:
        self.check = check
        self._session = session
        self._known: dict[Script, tuple[Trace, list[Difference]]] = {}

    def keep(self, script: Script, trace: Trace) -> list[Difference]:
        """Remembers a trace; gives what is wrong with it. A script without anything unusual shows nothing of its check's."""
        found = [] if self.check.twin is not None and self.check.twin(script) == script else self.check.judge(trace)
        wrong = [difference for difference in found if difference.requirement in self.check.scope]
        self._known[script] = (trace, wrong)
        if not wrong and trace.expired is None:
            for other in found[:1]:
                self._session.suspicions.wonder(Suspicion(self.check.name, script, trace, other))
        return wrong

    def wrong(self, script: Script, patience: float | None = None) -> list[Difference]:
        """What is wrong with a script, played alone if it was not played before."""
        if script not in self._known:
            wrong = self.keep(script, self._session.play(script, patience))
            if wrong:
                self._session.alive()
        return self._known[script][1]

    def knows(self, script: Script) -> bool:
        """Whether a script was played before."""
        return script in self._known

    def finding(self, script: Script) -> Finding | None:
        """The finding of a script that was played; None if it passed."""
        trace, wrong = self._known[script]
        in_the_way = None if wrong else blocked(self.check, trace)
        return Finding(script, trace, wrong, in_the_way) if wrong or in_the_way is not None else None


def confirmed(session: Session, memo: Memo, first: Finding, failed: dict[str, str]) -> CheckResult:
    """The result of a check that has found something wrong.

    Args:
        failed: the requirements that failed before, with the check that found it.
    """
    check = memo.check
    alive = session.alive()
    because = explained(check, first, failed)
    if because is not None:
        return result(check, NOT_RUN, because=because)
    blamed = twin_fails(session, check, first.script, TWIN_PLAYS)
    if blamed is not None:
        return result(check, NOT_RUN, because=blamed)
    finding = _smallest(session, memo, first) if alive else first
    times = REPLAYS_OF_WAITS if _rest_on_waits(finding.wrong) else REPLAYS
    again, made = _replay(session, check, finding.script, times)
    if again == 0 and finding is not first:
        finding, (again, made) = first, _replay(session, check, first.script, times)
    if again == 0 and _is_anonymous(finding):
        again, made = _replay(session, check, finding.script, SUSPECT_PLAYS)
    if check.every_time and again < made and {wrong.decided_by for wrong in finding.wrong} == {"process"}:
        return result(check, PASS, decided="process")
    doubt = _doubt(session, check, finding) if again == 0 and session.gone is None else None
    return doubt or failure(check, finding, again, made)


def explained(check: Check, finding: Finding, failed: Container[str]) -> str | None:
    """Why what was found may be what has failed before; None if it is not."""
    unreadable = [found.requirement for found in differences(finding.trace) if found.requirement in FRAMING]
    if unreadable and check.requirement not in FRAMING:
        unreadable += sorted(FRAMING)  # a header that is wrong in one way for one length may be in another for the next
    seen = [wrong.requirement for wrong in finding.wrong] + unreadable
    known = next((requirement for requirement in seen if requirement in failed), check.requirement)
    if known != check.requirement:
        return f"{known} failed"  # that is what was seen here, too
    if "RELAY-6" in failed and all(wrong.decided_by == "sentinel" for wrong in finding.wrong):
        return "RELAY-6 failed, and the proof rests on it"
    if (
        "ROBUST-6" in failed
        and check.requirement != "ROBUST-6"
        and {w.decided_by for w in finding.wrong} == {"process"}
    ):
        return "ROBUST-6 failed, and the process grows for that"
    return None


def failure(check: Check, finding: Finding, again: int, times: int) -> CheckResult:
    """The result of a check that fails, or warns; of so many replays, `again` failed too."""
    worst = finding.wrong[0]
    verdict: Verdict = FAIL if check.clause.startswith("MUST") else WARN
    return result(
        check,
        verdict,
        decided=worst.decided_by,
        repeats=(again + 1, times + 1),
        failure=Failure(worst.expected, worst.seen, worst.who, finding.trace),
    )


def result(
    check: Check,
    verdict: Verdict,
    *,
    because: str | None = None,
    kept_by: str | None = None,
    decided: str | None = None,
    repeats: tuple[int, int] = (0, 0),
    failure: Failure | None = None,
) -> CheckResult:
    """The result of a check; its examples and seconds are filled in by the engine."""
    return CheckResult(
        check.name,
        check.requirement,
        check.clause,
        verdict,
        because,
        decided,
        kept_by=kept_by,
        repeats=repeats,
        failure=failure,
    )


def blocked(check: Check, trace: Trace) -> str | None:
    """Why a trace without a failure of the check's own is no pass either: it could not be played to its end, or not be read.

    Gives the id that is in the way, with what was seen; None if the trace is complete.
    """
    if trace.expired is None and not trace.garbage:
        return None
    for difference in differences(trace):
        if difference.requirement != check.requirement or trace.expired is None:
            return f"{difference.requirement} is in the way: expected {difference.expected}, seen {difference.seen}"
    return "a wait ran out, though nothing was owed" if trace.expired is not None else None


def twin_fails(session: Session, check: Check, script: Script, plays: int) -> str | None:
    """The id that the twin of a script fails, if it does: then it is not the unusual octets that broke it."""
    twin = check.twin(script) if check.twin is not None else None
    if twin is None or twin == script or session.gone is not None:
        return None
    for _ in range(plays):
        trace = session.play(twin)
        wrong = [found for found in differences(trace) if found.requirement in check.scope | DELIVERY]
        if wrong:
            session.alive()
            session.suspicions.add(Suspicion(check.name, twin, trace, wrong[0]))
            if wrong[0].requirement == check.requirement:
                return None  # it is broken all the same, with the unusual octets and without
            return f"{wrong[0].requirement} fails without it: expected {wrong[0].expected}, seen {wrong[0].seen}"
        if trace.expired is not None:
            return "the same conversation in plain octets was not finished in time"
    return None


def suspected(session: Session, check: Check, finding: Finding) -> None:
    """Writes down what was in the way of a check's conversation; it is looked at again. Of an unusual conversation the twin
    is tried; where that passes, what was in the way is the last thing to be looked at."""
    if twin_fails(session, check, finding.script, 1) is not None:
        return
    is_unusual = check.twin is not None
    for difference in differences(finding.trace)[:1]:
        suspicion = Suspicion(check.name, finding.script, finding.trace, difference)
        if is_unusual and not finding.trace.canary_late:
            session.suspicions.wonder(suspicion, is_likely=True)
        elif not finding.trace.canary_late:
            session.suspicions.add(suspicion)


def second_look(session: Session, suspicion: Suspicion) -> CheckResult | None:
    """What becomes of a suspicion: its plain conversation is played again, some dozen times; None if it does not come back.
    What was seen in three playings need not come back."""
    requirement = suspicion.difference.requirement
    if suspicion.is_certain or suspicion.times >= OFTEN:
        return in_passing(requirement, suspicion.difference, suspicion.trace, (suspicion.times, session.played))
    for made in range(1, SUSPECT_PLAYS + 1):
        if session.gone is not None:
            break
        trace = session.play(suspicion.script, session.short_patience)
        found = _of(requirement, differences(trace), trace)
        if _is_proof(session, found):
            return in_passing(requirement, found[0], trace, (suspicion.times + 1, suspicion.times + made))
    return None


def last_look(session: Session, suspicion: Suspicion, check: Check) -> CheckResult | None:
    """What becomes of what no check has blamed, at the end of a run in which nothing has failed: well-formed frames, and an
    answer that is none. It has to come back twice."""
    requirement = suspicion.difference.requirement
    again = 0
    for made in range(1, REPLAYS + 1):
        if session.gone is not None:
            break
        trace = session.play(suspicion.script, session.short_patience)
        seen = check.judge(trace) + (differences(trace) if trace.expired is not None else [])
        found = _of(requirement, seen, trace)
        again += _is_proof(session, found)
        if again == LAST_TIMES:
            return in_passing(requirement, found[0], trace, (again + 1, made + 1))
    return None


def _of(requirement: str, found: list[Difference], trace: Trace) -> list[Difference]:
    """The differences of a requirement that may be its own failure."""
    return [wrong for wrong in found if wrong.requirement == requirement and is_its_own(wrong, trace)]


def _is_proof(session: Session, found: list[Difference]) -> bool:
    """Whether what was found in a playing just now says something of the server: it is there, and where a wait was in vain, the
    canary is in time."""
    return bool(found) and session.alive() and (not _rest_on_waits(found) or session.canary_in_time())


def in_passing(requirement: str, seen: Difference, trace: Trace, repeats: tuple[int, int]) -> CheckResult:
    """The result of a requirement whose own checks have passed, though it is broken."""
    clause = next(word for word in register()[requirement].keywords if word.startswith("MUST"))
    failure = Failure(seen.expected, seen.seen, seen.who, trace)
    name = f"{requirement}/in-passing"
    return CheckResult(name, requirement, clause, FAIL, None, seen.decided_by, repeats=repeats, failure=failure)


def _doubt(session: Session, check: Check, finding: Finding) -> CheckResult | None:
    """A failure that did not come back: is it another requirement's, or only lateness?"""
    blamed = twin_fails(session, check, finding.script, SUSPECT_PLAYS)
    if blamed is not None:
        return result(check, NOT_RUN, because=blamed)
    if _is_anonymous(finding):
        because = "heard once and never again, of nobody here: it may be of another conversation"
        return result(check, INCONCLUSIVE, because=because, decided="frame")
    if _rest_on_waits(finding.wrong):
        suspected(session, check, finding)
        because = "late once and never again, or the canary was late too"
        return result(check, INCONCLUSIVE, because=because, decided="deadline")
    return None


def _smallest(session: Session, memo: Memo, finding: Finding) -> Finding:
    """Shrinks a failing script. After the first full wait, shorter waits will do."""
    patience = min(session.short_patience, max(0.3, 30 * session.stage.pulse.round_trip))
    until = time.monotonic() + SHRINK_SECONDS
    best, progress = finding, True
    kind = finding.wrong[0].requirement
    while progress:
        progress = False
        for script in smaller(best.script):
            if time.monotonic() >= until or session.gone is not None:
                return best
            wrong = memo.wrong(script, patience)
            if wrong and wrong[0].requirement == kind and wrong[0].decided_by == best.wrong[0].decided_by:
                best, progress = memo.finding(script) or best, True
                break
    return best


def _replay(session: Session, check: Check, script: Script, times: int) -> tuple[int, int]:
    """How often a script fails again, of how many replays that count: one that only waited in vain, while the canary was
    late too, says nothing of the server. Where the replay that fails again ends by a wait in vain, it is the last: each costs
    the wait."""
    again, made = 0, 0
    for _ in range(times):
        if session.gone is not None:
            break
        trace = session.play(script, session.short_patience)
        wrong = check.relevant(trace)
        if session.alive() and _rest_on_waits(wrong) and not session.canary_in_time():
            continue
        again, made = again + bool(wrong), made + 1
        if wrong and trace.expired is not None and not check.every_time:
            break
    return again, made


def _is_anonymous(finding: Finding) -> bool:
    return all(wrong.is_anonymous for wrong in finding.wrong)


def _rest_on_waits(wrong: list[Difference]) -> bool:
    return bool(wrong) and all(difference.decided_by == "deadline" for difference in wrong)
