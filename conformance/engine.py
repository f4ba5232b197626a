"""Runs checks against a server, one after the other: what may be judged, what was found, what it is worth."""

import dataclasses
import random
import time
from collections.abc import Container

from conformance.check import CHECKS, Check, Plan
from conformance.confirm import (
    FRAMING,
    Finding,
    blocked,
    confirmed,
    explained,
    failure,
    last_look,
    result,
    second_look,
    suspected,
)
from conformance.deaths import DEADLY, Deaths
from conformance.mishaps import of_ours
from conformance.passing import Suspicion
from conformance.rehearsal import Rehearsal, is_slow
from conformance.script import Script
from conformance.search import Search
from conformance.session import Session
from conformance.stage import OutOfTimeError
from conformance.verdict import FAIL, INCONCLUSIVE, NOT_RUN, PASS, SPARED, UNMEASURED, CheckResult, Verdict
from spec.requirements import register

# What can be judged of a server that lets nobody join so that it can be seen: what is wrong with its frames.
WITHOUT_JOINING = ("JOIN-2", "JOIN-3", "FRAME-1", "FRAME-2", "BODY-1", "BODY-2", "NICK-2")

# Seconds after which the rest of a run is brief if something has failed: each wait in vain may be one of hundreds.
LONG_SECONDS = {"quick": 30.0, "standard": 30.0, "thorough": 300.0}
GIVEN_UP_SECONDS = 3.0  # into a check of a brief rest
IN_VAIN = 12  # checks in a row that frames which cannot be read stood in the way of: a brief rest ends with them

OF_OTHERS = ("ROBUST-1", "ROBUST-2", "ROBUST-3", "ROBUST-5", "ROBUST-6", "ROBUST-7")  # what others lose by one
SILENCE = "ROBUST-1/silence"  # the check that shows whether silent connections harm anybody


def _is_core(requirement: str) -> bool:
    return register()[requirement].cls == "core"


@dataclasses.dataclass(frozen=True, slots=True)
class _Obstacle:
    """Why a check is not run, and the id that has failed, if it is that."""

    because: str
    kept_by: str | None = None


def _not_run(check: Check, obstacle: _Obstacle) -> CheckResult:
    return result(check, NOT_RUN, because=obstacle.because, kept_by=obstacle.kept_by)


def _is_beneath(requirement: str, root: str) -> bool:
    """Whether a requirement stays decided whatever becomes of another: one of core, when the other is hardened."""
    return _is_core(requirement) and not _is_core(root)


class Engine:
    """Judges one server.

    Args:
        session: the dealings with it.
        seed: of the run; each check draws from a generator seeded by it and by the check's name.
        depth: `quick`, `standard` or `thorough`.
        until: monotonic seconds from which on no further check is begun.
        requirements: the ids that may be judged in passing; None for all.
    """

    def __init__(
        self,
        session: Session,
        seed: int,
        depth: str,
        *,
        until: float | None = None,
        requirements: Container[str] | None = None,
    ) -> None:
        self.session = session
        self.seed = seed
        self.depth = depth
        self.until = until
        self._requirements = register() if requirements is None else requirements
        self._brief_from = time.monotonic() + LONG_SECONDS[depth]
        self.stopped: str | None = None  # why no further check is begun
        self.failed: dict[str, str] = {}  # requirement → the check that found it broken
        self.undecided: dict[str, str] = {}  # requirement that was not judged → what failed that it rests on
        self._begun: dict[str, list[tuple[Script, int]]] = {}
        self.extra: list[CheckResult] = []  # of requirements that were judged in passing
        self._looked: dict[str, int] = {}
        self._verdicts: dict[str, Verdict] = {}  # by the name of the check
        self._rehearsal: Rehearsal | None = None
        self._unread = 0  # checks in a row for which frames could not be read
        self._deaths = Deaths(session, self._requirements, self.failed, self._is_over)

    def prepare_all(self, checks: list[Check]) -> None:
        """Begins what checks play in the background, once silence is known to harm nobody, or if nobody asks about that:
        a server that waits for one silent connection would be blamed for everything else. What is more than silence begins
        when only quiet checks are left, and no such thing is known to harm anybody."""
        if any(check.name == SILENCE for check in checks) and self._verdicts.get(SILENCE) is not PASS:
            return
        if all(check.name in self._verdicts for check in checks if not (check.quiet or check.background or check.last)):
            for check in checks:
                if self._prevented(check) is None and check.requirement not in self.failed:
                    self.prepare(check)
        for check in checks:
            if not check.storm:
                self.prepare(check)

    def prepare(self, check: Check) -> None:
        """Begins what a check plays in the background; called early, so that its waits cost nothing."""
        if check.background and check.name not in self._begun:
            assert check.cases is not None
            self.session.current = check.name
            self._begun[check.name] = [
                (script, self.session.stage.begin(self.session.playing(script, aside=True)))
                for script in check.cases(self._plan(check))
            ]

    def rehearse(self, checks: list[Check]) -> None:
        """Plays side by side what is still to be judged, once, if the server's answers take long and nothing has failed."""
        if self._rehearsal is not None or self.failed or self.session.hurried or not is_slow(self.session):
            return
        self._rehearsal = Rehearsal(self.session, self.depth)
        self.session.alone = False
        if self._is_over() or not self.session.alive():
            return
        left = [check for check in checks if check.name not in self._verdicts and self._prevented(check) is None]
        self.session.stage.until = self.until
        try:
            self._rehearsal.play(left, self._plan, self._is_over)
        except Exception as error:  # noqa: BLE001  # ours, as in `judge`; what it was about is played again alone
            self.session.choices["side by side"] = of_ours(error)
        finally:
            self.session.stage.until = None

    def judge(self, check: Check) -> CheckResult:
        """Runs one check. An error of the suite's own is never a verdict: it makes the check inconclusive."""
        begun, before = time.monotonic(), self.session.played
        self.session.alone = False
        self.session.current = check.name
        try:
            found = self._judge(check)
            if self._is_shut_out(found):
                found = self._judge(check)
            elif self._was_only_once(check, found):
                how = "late" if found.decided_by == "deadline" else "heard"
                self.session.choices[f"{how} once in {check.name}"] = "judged once more"
                found = self._judge(check)
        except Exception as error:  # noqa: BLE001  # whatever it is, it is ours and not the server's
            found = result(check, INCONCLUSIVE, because=of_ours(error))
        if found.verdict is FAIL:
            self._fails(check.requirement, check.name)
        if found.kept_by is not None and check.is_awaited and not _is_beneath(check.requirement, found.kept_by):
            self.undecided.setdefault(check.requirement, found.kept_by)
        self._verdicts[check.name] = found.verdict
        if self.session.played > before:
            self._unread = self._unread + 1 if self._is_unread(found) else 0
        if found.verdict in (NOT_RUN, INCONCLUSIVE):
            self.session.alone = False  # without the canary a wait in vain would prove nothing
            self._reconsider()
        examples = len(self._begun[check.name]) if check.name in self._begun else self.session.played - before
        examples += self._rehearsed(check)
        return dataclasses.replace(found, seconds=time.monotonic() - begun, examples=examples)

    def _is_unread(self, found: CheckResult) -> bool:
        """Whether there is no verdict because frames cannot be read, which has failed."""
        return found.verdict is NOT_RUN and (found.because or "").partition(" ")[0] in self.failed.keys() & FRAMING

    def _rehearsed(self, check: Check) -> int:
        """How many scripts of a check have passed side by side with others', and so need not be played any more."""
        return self._rehearsal.passed.get(check.name, 0) if self._rehearsal is not None else 0

    def _fails(self, requirement: str, name: str) -> None:
        """Remembers a failure, and what need not be waited for any more in whatever is judged next."""
        self.failed.setdefault(requirement, name)
        if requirement == "ROBUST-2":
            self.session.stage.stalls = True
            self.session.stage.fence_over(met=False)
        if requirement == "LEAVE-1":
            self.session.stage.awaits_leaves = False

    def _is_over(self) -> bool:
        late = self.until is not None and time.monotonic() >= self.until
        return late or self.stopped is not None or self.session.gone is not None or bool(self.session.gentle)

    def _reconsider(self) -> None:
        """Judges at once what stands in the way of check after check, though its own checks have passed; unless something has
        failed that it may come of."""
        for requirement, suspicion in list(self.session.suspicions.found.items()):
            if self.failed or self._is_over():
                return
            if suspicion.is_certain or suspicion.times < 2 or suspicion.times == self._looked.get(requirement):
                continue
            self._looked[requirement] = suspicion.times
            self._look(suspicion)

    def second_look(self) -> None:
        """Judges what was seen in passing, at the end of a run in which nothing has failed: else it may come of that."""
        try:
            if not self.failed and self.session.fatal and self.session.revive():
                self._adds(self._deaths.look(self.session.fatal))
            elif self.session.gone is not None and self.session.is_only_found and self.session.is_down():
                self._adds(self._deaths.last(has_ended=True))
        except Exception as error:  # noqa: BLE001  # ours, as in `judge`
            self.session.choices["second look at a death"] = of_ours(error)
        suspicions = self.session.suspicions
        for requirement, suspicion in [*suspicions.found.items(), *suspicions.consequences.items()]:
            if self.failed or self._is_over():
                return  # what else was seen may come of what has failed
            if requirement in self._requirements:
                self._look(suspicion)
        for requirement, several in suspicions.unexplained.items():
            for suspicion in several if requirement in self._requirements else []:
                if self.failed or self._is_over():
                    return
                self._look(suspicion, is_last=True)

    def _look(self, suspicion: Suspicion, *, is_last: bool = False) -> None:
        try:
            if is_last:
                found = last_look(self.session, suspicion, CHECKS[suspicion.check])
            else:
                found = second_look(self.session, suspicion)
        except Exception as error:  # noqa: BLE001  # ours, as in `judge`
            name = suspicion.difference.requirement
            self.session.choices[f"second look at {name}"] = of_ours(error)
            return
        self._adds(found)

    def _adds(self, found: CheckResult | None) -> None:
        """Takes a failure that was found in passing."""
        if found is not None:
            self._fails(found.requirement, found.name)
            self.extra.append(found)

    def _is_shut_out(self, found: CheckResult) -> bool:
        """Whether there is no verdict because nobody can join any more, and that is mended now."""
        because = found.because or ""
        blamed = found.verdict is NOT_RUN and because.startswith("JOIN-2 ") and not because.endswith("failed")
        return blamed and "JOIN-2" not in self.failed and self.session.shuts_out()

    def _was_only_once(self, check: Check, found: CheckResult) -> bool:
        """Whether something came too late once and not again, or was heard so and may be of the conversation before, while
        nothing is known to be broken: the machine may have been busy, and another script of the check may show it."""
        is_doubtful = found.verdict is INCONCLUSIVE and found.decided_by is not None and not check.background
        return is_doubtful and not self.failed and not self._is_over()

    def _plan(self, check: Check) -> Plan:
        rng = random.Random(f"{self.seed}/{check.name}")
        return Plan(self.depth, rng)

    def _judge(self, check: Check) -> CheckResult:
        alive = self._prevented(check) is None and self.session.alive()
        obstacle = self._prevented(check)
        if obstacle is None and not alive:
            obstacle = self._nobody(check)
        if obstacle is not None:
            return _not_run(check, obstacle)
        deaths = len(self.session.deaths)
        self.session.stage.until = self._given_up_at(check)
        try:
            if check.background:
                return self._background(check)
            if self._rehearsed(check):
                return result(check, PASS, decided=check.decided_by)
            self.session.alone = check.alone
            search = self._search(check)
            memo, finding = search.find(check)
        except OutOfTimeError:
            return _not_run(check, self._prevented(check) or self._too_long())
        finally:
            self.session.stage.until = None
        if finding is not None and finding.rests_on_waits and self.session.hangs():
            return self._hung(check, finding)
        if finding is not None and finding.rests_on_waits:
            self.session.hurried = True  # the next whole waits in vain would only say the same
        if finding is not None and finding.wrong:
            return confirmed(self.session, memo, finding, self.failed)
        if finding is not None:
            if not search.is_known(finding):
                suspected(self.session, check, finding)
            return result(check, NOT_RUN, because=finding.in_the_way)
        self.session.alone = False
        if (alive and not self.session.alive()) or len(self.session.deaths) > deaths:
            return result(check, NOT_RUN, because=f"the server {self.session.deaths[-1]}")
        if not alive and not self.session.frames:
            return result(check, NOT_RUN, because="the server has sent no frame")
        if check.decided_by == "process" and not self.session.measures:
            return result(check, NOT_RUN, because=UNMEASURED)
        return result(check, PASS, decided=check.decided_by)

    def _hung(self, check: Check, finding: Finding) -> CheckResult:
        """The result of a check behind which the server served nobody any more. If it is about just that, it hangs again of the
        same; else it is asked at once what it hangs of, for it would hang of that in one check after the other. Of one that
        cannot be started again the conversation behind which it hangs is all that is known."""
        how = f"the server {self.session.deaths[-1]}"
        if finding.wrong and check.requirement in OF_OTHERS:
            if self.session.gone is not None:
                return failure(check, finding, 0, 0)
            trace = self.session.play(finding.script, self.session.short_patience)
            if check.relevant(trace) and self.session.hangs():
                return failure(check, finding, 1, 1)
        if self.session.gone is not None:
            self.session.killing = finding.at_first or finding.trace
            self._adds(self._deaths.last(has_ended=False))
        elif self._deaths.known is None:
            self._adds(self._deaths.look(list(self.session.recent)))
        return result(check, NOT_RUN, because=how)

    def _search(self, check: Check) -> Search:
        return Search(self.session, lambda: self._plan(check), self.failed, brief=self._is_brief(check))

    def _is_brief(self, check: Check) -> bool:
        """Whether a check has but a moment. What the server has died of, and nobody knows yet, is looked for at length: else
        its consequences would be all that is found."""
        is_sought = bool(self.session.deaths) and check.requirement in DEADLY and check.requirement not in self.failed
        return bool(self.failed) and not is_sought and time.monotonic() >= self._brief_from

    def _given_up_at(self, check: Check) -> float | None:
        """Until when a check that begins now may play. What it has found by then is confirmed all the same."""
        limits = [self.until] if self.until is not None else []
        if self._is_brief(check):
            limits.append(time.monotonic() + GIVEN_UP_SECONDS)
        return min(limits, default=None)

    def _too_long(self) -> _Obstacle:
        return _Obstacle(f"{next(iter(self.failed.values()))} failed, and the rest of a long run is brief")

    def _prevented(self, check: Check) -> _Obstacle | None:
        """What stands against a check, whether anybody can join or not."""
        if self.stopped is not None:
            return _Obstacle(self.stopped)
        if self.session.gone is not None:
            return _Obstacle(self.session.gone)
        if self.until is not None and time.monotonic() >= self.until:
            return _Obstacle("the time limit of the run")
        if self.session.hurried and check.requirement in self.failed:
            return _Obstacle(f"{self.failed[check.requirement]} failed")
        if check.storm and self.session.gentle:
            return _Obstacle(SPARED)
        deadly = self._deaths.known
        if (
            self.session.hung
            and deadly is not None
            and (check.requirement == deadly or not _is_core(check.requirement))
        ):
            return _Obstacle(f"{self.failed[deadly]} failed, and the server would hang again", deadly)
        if self._unread >= IN_VAIN and self._is_brief(check):
            culprit = next(name for requirement, name in self.failed.items() if requirement in FRAMING)
            return _Obstacle(f"{culprit} failed, and stood in the way of the last {IN_VAIN} checks")
        return self._lacking(check)

    def _lacking(self, check: Check) -> _Obstacle | None:
        """What a check needs and what has failed, or rests on what has failed; None if it needs no such thing."""
        for need in check.needs:
            if need in self.failed:
                return _Obstacle(f"{need} failed", need)
            if need in self.undecided:
                root = self.undecided[need]
                return _Obstacle(f"{root} failed, on which {need} rests", root)
        return None

    def _nobody(self, check: Check) -> _Obstacle | None:
        """Why a check is not run while nobody can join so that it can be seen."""
        if self.failed:
            return _Obstacle(f"{next(iter(self.failed))} failed, and nobody can join and be heard")
        return None if check.requirement in WITHOUT_JOINING else _Obstacle("nobody can join and be heard")

    def _background(self, check: Check) -> CheckResult:
        if self._verdicts.get(SILENCE, PASS) is not PASS:
            return result(check, NOT_RUN, because=f"{SILENCE} did not pass")
        self.prepare(check)
        for script, number in self._begun[check.name]:
            trace = self.session.stage.finish(number)
            wrong = check.relevant(trace)
            if wrong and self.session.deaths:
                return result(check, NOT_RUN, because=f"the server {self.session.deaths[0]}")
            if wrong:
                finding = Finding(script, trace, wrong)
                because = explained(check, finding, self.failed)
                return self._alone_too(check, finding) if because is None else result(check, NOT_RUN, because=because)
            in_the_way = blocked(check, trace)
            if in_the_way is not None:
                return result(check, NOT_RUN, because=in_the_way)
        if not self._begun[check.name]:
            return result(check, NOT_RUN, because="waited for at depth thorough only")
        return result(check, PASS, decided=check.decided_by)

    def _alone_too(self, check: Check, finding: Finding) -> CheckResult:
        """What became of a failure that shows as a wait in vain, beside everything else: alone it has to come back."""
        if any(wrong.decided_by != "deadline" for wrong in finding.wrong) or not self.session.alive():
            return failure(check, finding, 0, 0)
        wrong = check.relevant(self.session.play(finding.script))
        if wrong:
            return failure(check, finding, 1, 1)
        return result(check, INCONCLUSIVE, because="late once, beside everything else", decided="deadline")
