"""Replays a capsule: whether what it shows is mended, is still so, or comes back now and then."""

import argparse
import shlex
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from conformance.arguments import positive
from conformance.capsule import Capsule, read
from conformance.check import CHECKS, Check
from conformance.confirm import TWIN_PLAYS, blocked, twin_fails
from conformance.differences import differences
from conformance.engine import WITHOUT_JOINING
from conformance.passing import never_allowed
from conformance.run import DEFAULT_PATIENCE, open_stage
from conformance.script import Quiet
from conformance.session import Session
from conformance.target import Target, TargetError, UsageError, parse_address
from conformance.trace import Difference, Trace
from conformance.transcript import lines

TIMES = 5
LONG_SECONDS = 5.0  # of a conversation that waits on purpose: it is played once, if no number is asked for
FIXED, FAILING, UNDECIDED = 0, 1, 3
Say = Callable[[str], None]


@dataclass(slots=True)
class Outcome:
    """What became of some playings.

    Attributes:
        failed, passed: how many.
        undecided: why others say nothing.
        wrong: the first deviation, and the playing that shows it.
        in_the_way: why a failure, or everything, says nothing about the requirement.
    """

    failed: int = 0
    passed: int = 0
    undecided: list[str] = field(default_factory=list)
    wrong: tuple[Difference, Trace] | None = None
    in_the_way: str | None = None

    @property
    def status(self) -> int:
        """0 fixed, 1 still failing or k of n, 3 no verdict."""
        if self.in_the_way is not None or not self.failed + self.passed:
            return UNDECIDED
        return FAILING if self.failed else UNDECIDED if self.undecided else FIXED

    @property
    def verdict(self) -> str:
        """The last line, in words."""
        of = self.failed + self.passed
        if self.status == UNDECIDED:
            return f"no verdict: {self.in_the_way or ', '.join(dict.fromkeys(self.undecided)) or 'nothing was played'}"
        if self.status == FIXED:
            return f"fixed: as expected in {of} of {of} playings"
        without = f"; {len(self.undecided)} more without a verdict" if self.undecided else ""
        begin = "still failing" if not self.passed else "fails now and then"
        return f"{begin}: {self.failed} of {of} playings{without}"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of `replay`."""
    add = parser.add_argument
    add("capsule", type=Path, metavar="CAPSULE", help="a file that a run with --capsules has written")
    add("address", nargs="?", metavar="HOST:PORT", help="the server; without it, the one that had failed")
    add("--command", metavar="'CMD … [{port}]'", help="starts the server, and starts it again when it dies")
    add("--pid", type=positive, help="the server's process: its memory and descriptors are judged too")
    add(
        "--times",
        type=positive,
        metavar="N",
        help=f"how often it is played ({TIMES}; once, if it takes long by itself)",
    )
    add("--timeout", type=float, default=DEFAULT_PATIENCE, metavar="S", help="seconds of one wait, at least 5")


def main(arguments: argparse.Namespace, say: Say) -> int:
    """Replays a capsule and says what came out; gives 0 (fixed), 1 (failed) or 3 (no verdict).

    Args:
        say: prints a line, with nothing in it that could drive a terminal.

    Raises:
        UsageError: the file is no capsule, or the server cannot be understood.
    """
    if not DEFAULT_PATIENCE <= arguments.timeout < 1e6:
        raise UsageError(f"--timeout is at least {DEFAULT_PATIENCE:g}: the specification gives a server that long")
    capsule = read(arguments.capsule)
    target = _target(arguments, capsule)
    times = arguments.times or _times(capsule)
    say(f"{capsule.requirement} ({capsule.cls}) demands: {capsule.sentence}")
    say(f"check: {capsule.check} ({capsule.clause})")
    say(f"expected then: {capsule.expected}")
    say(f"seen then: {capsule.seen}")
    say(f"playing it on {target.name}, up to {times} times")
    try:
        target.start()
        outcome = replay(capsule, target, times, arguments.timeout)
    except TargetError as error:
        say(f"no verdict: {error}")
        if arguments.address is None and arguments.command is None:
            say("this is the address at which it failed; give HOST:PORT, or --command")
        return UNDECIDED
    finally:
        target.stop()
    _tell(outcome, say)
    return outcome.status


def _tell(outcome: Outcome, say: Say) -> None:
    if outcome.wrong is not None:
        wrong, trace = outcome.wrong
        say(f"expected now: {wrong.expected}")
        say(f"seen now: {wrong.seen}")
        say("the first playing that failed:")
        for line in lines(trace):
            say(f"    {line}")
    say(outcome.verdict)


def _times(capsule: Capsule) -> int:
    waits = sum(step.seconds for step in capsule.script.steps if isinstance(step, Quiet))
    return 1 if waits > LONG_SECONDS else TIMES


def _target(arguments: argparse.Namespace, capsule: Capsule) -> Target:
    at = arguments.address if arguments.address is not None or arguments.command is not None else capsule.target
    return Target.of(parse_address(at) if at is not None else None, arguments.command, arguments.pid)


def command_line(file: str | Path, target: str, command: str | None = None) -> str:
    """What replays a capsule, for a shell.

    Args:
        target: the server's address; not said where a command starts it on a port of its own.
    """
    server = ["--command", command] if command is not None else [target]
    return shlex.join(["chat-conformance", "replay", str(file), *server])


def judge(capsule: Capsule) -> Check | None:
    """The check that judges: the installed one of that name, or one that looks for the recorded ids as it did; None if only
    a check that is no more could."""
    known = CHECKS.get(capsule.check)
    if known is not None or capsule.judge == "check":
        return known
    look = differences if capsule.judge == "room" else lambda trace: list(never_allowed(trace))
    return Check(
        capsule.check, capsule.requirement, capsule.clause, capsule.about, judge=look, scope=frozenset(capsule.ids)
    )


def replay(capsule: Capsule, target: Target, times: int, patience: float) -> Outcome:
    """Plays the script of a capsule so often against a server that listens.

    Raises:
        TargetError: the host is unknown.
    """
    check = judge(capsule)
    if check is None:
        return Outcome(in_the_way=f"this version has no check {capsule.check}, which judged it")
    if capsule.decided_by == "process" and target.pid is None:
        return Outcome(in_the_way="it is about the server's process: give --command or --pid")
    stage = open_stage(target, patience)
    try:
        session = Session(stage, target)
        session.current = check.name
        return _replay(session, check, capsule, times)
    finally:
        stage.close()


def _replay(session: Session, check: Check, capsule: Capsule, times: int) -> Outcome:
    outcome = Outcome()
    if not session.alive() and check.requirement not in WITHOUT_JOINING:
        outcome.in_the_way = "nobody can join and be heard, so that this cannot be seen"
        return outcome
    session.alone = check.alone
    for _ in range(times):
        _play(session, check, capsule, outcome)
        if session.gone is not None:
            break
    if outcome.wrong is not None:
        blamed = twin_fails(session, check, capsule.script, TWIN_PLAYS)
        outcome.in_the_way = blamed
    return outcome


def _play(session: Session, check: Check, capsule: Capsule, outcome: Outcome) -> None:
    """Plays it once. Once a whole wait has been in vain, shorter ones will do, as in the repetitions of a run."""
    deaths = len(session.deaths)
    has_waited = outcome.wrong is not None and outcome.wrong[1].expired is not None
    trace = session.play(capsule.script, session.short_patience if has_waited else session.stage.patience)
    wrong = check.relevant(trace)
    alive = session.alive()
    if wrong:
        if alive and all(one.decided_by == "deadline" for one in wrong) and not session.canary_in_time():
            outcome.undecided.append("a message between two others was late, too")
            return
        outcome.failed += 1
        outcome.wrong = outcome.wrong or (wrong[0], trace)
        return
    reason = blocked(check, trace) or _unseen(capsule, trace)
    if reason is None and len(session.deaths) > deaths:
        reason = f"the server {session.deaths[-1]}"
    if reason is None:
        outcome.passed += 1
    else:
        outcome.undecided.append(reason)


def _unseen(capsule: Capsule, trace: Trace) -> str | None:
    if capsule.decided_by == "process" and not any(one.resident is not None for one in trace.usage):
        return "this system does not tell what the server's process holds"
    return None
