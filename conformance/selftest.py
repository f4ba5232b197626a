"""The suite proves itself: every shipped faulty server has to be found for what it breaks, and no friendly one blamed."""

import json
import os
import signal
import sys
import threading
from collections import Counter
from collections.abc import Callable, Iterable
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from multiprocessing import active_children, get_context, parent_process
from multiprocessing.connection import wait
from pathlib import Path

from conformance.check import CHECKS
from conformance.faults import FAULTS, FRIENDS
from conformance.faults.foreign import FOREIGN
from conformance.report import as_json
from conformance.run import Options, run
from conformance.target import Target
from conformance.verdict import FAIL, INCONCLUSIVE, NOT_RUN, WARN, RequirementResult, Verdict

MOST_LEFT = 20  # checks without a verdict that are named of a server that was not found, or was blamed

# They take ten seconds, or hundreds of megabytes, so they are left out where a faulty server has nothing to do with them, nor
# with what is judged beside them.
PATIENT = ("ROBUST-3", "ROBUST-4")
SLOW = (  # to judge: they answer late, or what is waited for never comes, in check after check
    "announces-its-join-late",
    "chat-overtakes-join",
    "clock-of-the-last-connection",
    "collapses-spaces",
    "cuts-announcements",
    "cuts-grown-bodies",
    "drops-frames-before-fin",
    "leave-overtakes-chat",
    "leave-reaches-the-oldest-only",
    "leaves-in-other-words",
    "leaves-late",
    "long-frames-late",
    "misses-newest-member",
    "misses-third-recipient",
    "never-announces-leaves",
    "order-differs",
    "own-join-last",
    "stall-blocks-all",
    "storm-loses-chat",
)
SAMPLED = (  # friends of each kind; lagging and batched-writes take minutes, asyncio the longest but them
    "history-after-join",
    "node-js",
    "resets-on-refusal",
)


@dataclass(frozen=True, slots=True)
class Proof:
    """What a run found of one shipped server.

    Attributes:
        breaks: the ids that it breaks; none for a friend.
        warns: the ids of which it leaves a SHOULD clause unmet.
        failed, warned: the ids that the run said so of.
        checks: the names of the checks that failed.
        trouble: why it could not be judged, in one line.
        skipped: it was not tried, for want of its runtime.
        undecided: how many rows had no verdict.
        left: the checks without a verdict: name, verdict, reason.
    """

    name: str
    breaks: tuple[str, ...]
    warns: tuple[str, ...]
    failed: tuple[str, ...]
    warned: tuple[str, ...]
    checks: tuple[str, ...]
    undecided: int
    seconds: float
    trouble: str | None
    skipped: bool = False
    left: tuple[tuple[str, Verdict, str | None], ...] = ()

    @property
    def verdict(self) -> str:
        """`found`, `survived`, `wrong reason` or `broken` for a fault; `passed`, `blamed` or `broken` for a friend, `skipped`
        for one whose runtime is not installed; `undecided` for both, if something was late and nothing says more."""
        if self.skipped:
            return "skipped"
        if self.trouble is not None:
            return "broken"  # what does not start has not been found
        if not self.breaks:
            blamed = self.failed or set(self.warned) - set(self.warns)
            if not blamed and self.undecided and self._is_late:
                return "undecided"
            return "blamed" if blamed or self.undecided else "passed"
        if not self.failed:
            return "undecided" if self._is_late else "survived"
        return "found" if set(self.failed) <= set(self.breaks) else "wrong reason"

    @property
    def _is_late(self) -> bool:
        return any(verdict is INCONCLUSIVE for _, verdict, _ in self.left)

    @property
    def is_good(self) -> bool:
        """Whether the suite did right by it."""
        return self.verdict in ("found", "passed", "skipped")


def names() -> set[str]:
    """The names of all shipped servers."""
    return {*FAULTS, *FRIENDS, *FOREIGN}


def sample(count: int) -> list[str]:
    """Names of so many faulty servers, every requirement that any of them breaks among them, slow ones only where there is no
    other, and of some friends."""
    seen: Counter[str] = Counter()
    names: list[str] = []
    rows = sorted(FAULTS, key=lambda name: (FAULTS[name].breaks[0], name in SLOW, name))
    while rows and len(names) < count:
        rows.sort(key=lambda name: seen[FAULTS[name].breaks[0]])  # stable: the least covered requirement first
        name = rows.pop(0)
        seen[FAULTS[name].breaks[0]] += 1
        names.append(name)
    return [*SAMPLED, *sorted(names, key=lambda name: name not in SLOW)]  # what takes long is begun first


def prove(name: str, depth: str, reports: Path | None = None) -> Proof:
    """Judges one shipped server with a whole run.

    Args:
        reports: a folder for the report, if it is to be kept.
    """
    fault, friend, foreign = FAULTS.get(name), FRIENDS.get(name), FOREIGN.get(name)
    breaks = fault.breaks if fault is not None else ()
    other = friend or foreign
    warns = other.warns if other is not None else ()
    if foreign is not None and not foreign.is_there:
        return Proof(name, (), warns, (), (), (), 0, 0.0, f"no {foreign.runtime} is installed", skipped=True)
    python = [sys.executable, "-P", "-m", "conformance.faults", name, "--port", "{port}"]
    command = foreign.command if foreign is not None else python
    skip = [
        identifier for identifier in PATIENT if fault is not None and not _with_what_waits(identifier) & set(breaks)
    ]
    report = run(Target(None, command), Options(depth=depth, skip=skip, seed=0))
    if reports is not None:
        (reports / f"{name}.json").write_text(json.dumps(as_json(report)) + "\n", encoding="ascii")
    rows = {
        verdict: tuple(r.requirement.id for r in report.results if r.verdict is verdict) for verdict in (FAIL, WARN)
    }
    checks = tuple(check.name for row in report.results for check in row.checks if check.verdict is FAIL)
    counted = [row for row in report.results if row.is_counted]
    undecided = sum(row.verdict not in (FAIL, WARN, "pass") for row in counted)
    return Proof(
        name,
        breaks,
        warns,
        rows[FAIL],
        rows[WARN],
        checks,
        undecided,
        report.duration,
        report.trouble,
        left=left_open(report.results),
    )


def left_open(results: Iterable[RequirementResult]) -> tuple[tuple[str, Verdict, str | None], ...]:
    """The checks that were to be run and have no verdict: name, verdict, reason."""
    return tuple(
        (check.name, check.verdict, check.because)
        for row in results
        if row.is_counted
        for check in row.checks
        if check.verdict in (INCONCLUSIVE, NOT_RUN)
    )


def _with_what_waits(identifier: str) -> set[str]:
    """A requirement, and those of which a check waits beside it."""
    return {identifier, *(check.requirement for check in CHECKS.values() if identifier in check.beside)}


Prove = Callable[[str, str, Path | None], Proof]


def _worker() -> None:
    """A worker that is told to end, or whose parent has ended, stops the server that it judges."""
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(128 + number))
    threading.Thread(target=_outlive, daemon=True).start()


def _outlive() -> None:
    parent = parent_process()
    if parent is not None:
        wait([parent.sentinel])
        os.kill(os.getpid(), signal.SIGTERM)


def selftest(
    names: Iterable[str],
    depth: str,
    jobs: int,
    say: Callable[[str], None],
    reports: Path | None = None,
    prove: Prove = prove,
) -> int:
    """Judges shipped servers, so many at once, and prints what was found of each, and by which check. What was undecided for
    lateness is judged once more when all others are done: the machine may have been busy.

    Args:
        reports: a folder for the report on each.
        prove: judges one; that of clients, if it is about those.

    Returns:
        0 if every fault was found for what it breaks and no friend was blamed, else 1.
    """
    proofs: list[Proof] = []
    late: list[str] = []
    with ProcessPoolExecutor(jobs, mp_context=get_context("spawn"), initializer=_worker) as pool:
        try:
            for future in as_completed([pool.submit(prove, name, depth, reports) for name in names]):
                proof = future.result()
                _say(proof, say)
                if proof.verdict == "undecided":
                    late.append(proof.name)
                else:
                    proofs.append(proof)
            for future in as_completed([pool.submit(prove, name, depth, reports) for name in late]):
                proofs.append(future.result())
                _say(proofs[-1], say)
        except BaseException:  # Ctrl-C, or told to end: what runs is ended, what waits is not begun
            pool.shutdown(wait=False, cancel_futures=True)
            for child in active_children():
                child.terminate()
            raise
    _kills(proofs, say)
    return 0 if proofs and all(proof.is_good for proof in proofs) else 1


def _say(proof: Proof, say: Callable[[str], None]) -> None:
    found = ", ".join(proof.failed or proof.warned) or proof.trouble or "nothing"
    right = f" instead of {', '.join(proof.breaks)}" if proof.breaks and not proof.is_good else ""
    say(f"{proof.verdict:<12} {proof.name:<32} {found}{right}  ({proof.seconds:.1f} s)")


def _say_again(proofs: list[Proof], say: Callable[[str], None]) -> None:
    """What was not as it should be, below all the rest, with the checks that could have said so."""
    for proof in (proof for proof in proofs if not proof.is_good):
        say("")
        _say(proof, say)
        # Those of what it breaks first.
        left = sorted(proof.left, key=lambda one: one[0].partition("/")[0] not in proof.breaks)
        for name, verdict, because in left[:MOST_LEFT]:
            say(f"  {name} {verdict}: {because}")
        if len(proof.left) > MOST_LEFT:
            say(f"  and {len(proof.left) - MOST_LEFT} more")


def _kills(proofs: list[Proof], say: Callable[[str], None]) -> None:
    """The kill matrix, by check: which faults each has found."""
    say("")
    kills: dict[str, list[str]] = {}
    for proof in proofs:
        for check in proof.checks:
            kills.setdefault(check, []).append(proof.name)
    for check in sorted(kills):
        say(f"{check:<34} {', '.join(sorted(kills[check]))}")
    _say_again(proofs, say)
    counts = Counter(proof.verdict for proof in proofs)
    say("")
    say(", ".join(f"{count} {verdict}" for verdict, count in sorted(counts.items())))


def default_jobs() -> int:
    """As many at once as there are processors: most of a run is waiting, but not all."""
    return os.cpu_count() or 1
