"""One run of the suite against one server: from an address to a report."""

import dataclasses
import gc
import secrets
import shlex
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import conformance.checks  # noqa: F401  # registers them
from conformance.check import Check
from conformance.confirm import result
from conformance.engine import Engine
from conformance.mishaps import status_of
from conformance.selection import checks_for, select
from conformance.session import Session
from conformance.stage import Stage
from conformance.target import Target, TargetError
from conformance.verdict import (
    FAIL,
    NOT_RUN,
    PASS,
    WARN,
    CheckResult,
    RequirementResult,
    class_verdict,
    exit_status,
    of_class,
    undecided,
)

# A run makes hundreds of thousands of small objects that are no garbage, and is at its end soon.
GC_THRESHOLDS = (50_000, 20, 100)
DEFAULT_PATIENCE = 5.0  # protocol.md: what a row says happens within 5 s


@dataclass(slots=True)
class Options:
    """What a run is asked to do. Seconds are seconds; ids are those of the specification, or sections of them."""

    cls: str = "hardened"
    only: list[str] = field(default_factory=list)
    skip: list[str] = field(default_factory=list)
    depth: str = "standard"
    seed: int | None = None
    timeout: float = DEFAULT_PATIENCE
    time_limit: float | None = None
    gentle: bool | None = None  # None: as soon as a stranger is heard
    strict: bool = False
    stop_on_first: bool = False
    baseline: frozenset[str] | None = None  # ids of known failures
    capsules: Path | None = None  # the folder into which each failure will be written
    server: str = ""  # the words of a command line that name the same server


@dataclass(slots=True)
class Report:
    """What a run found.

    Attributes:
        trouble: why the server could not be judged at all, in one line; None if it could.
        deaths: how a server died, each time.
        interrupted: the exit status if the user, or whoever sent SIGTERM, ended it before its end; else 0.
        played, connections, frames: scripts, the connections in them, and the frames received on those.
        role: of what was judged: `server` or `client`.
        output: the last lines that what was started by the run has printed.
    """

    target: str
    options: Options
    seed: int
    started: datetime
    duration: float = 0.0
    results: list[RequirementResult] = field(default_factory=list)
    cuts: tuple[int, int] = (0, 0)
    choices: dict[str, str] = field(default_factory=dict)
    trouble: str | None = None
    output: list[str] = field(default_factory=list)
    deaths: list[str] = field(default_factory=list)
    interrupted: int = 0
    played: int = 0
    connections: int = 0
    frames: int = 0
    role: str = "server"

    @property
    def verdicts(self) -> dict[str, str]:
        """`pass`, `fail` or `incomplete` for each class, over the rows that were selected."""
        return {cls: class_verdict(cls, self.results) for cls in ("core", "hardened")}

    @property
    def known(self) -> list[str]:
        """The ids that failed as the baseline says; with `--strict`, a warning is a failure."""
        failed = (FAIL, WARN) if self.options.strict else (FAIL,)
        return [
            row.requirement.id for row in self.results if row.requirement.id in self._baseline and row.verdict in failed
        ]

    @property
    def stale(self) -> list[str]:
        """The ids of the baseline that do not fail any more."""
        mended = [row for row in self.results if row.verdict in (PASS, WARN) and row.requirement.id not in self.known]
        return [row.requirement.id for row in mended if row.requirement.id in self._baseline]

    @property
    def undecided(self) -> list[str]:
        """The ids, of the class asked for, that have to be decided and are not."""
        return [row.requirement.id for row in undecided(of_class(self.options.cls, self.results))]

    @property
    def _baseline(self) -> frozenset[str]:
        return self.options.baseline or frozenset()

    @property
    def exit_status(self) -> int:
        """0, 1 or 3; known failures do not count, a stale entry of the baseline fails."""
        rows = [row for row in self.results if row.requirement.id not in self.known]
        status = exit_status(self.options.cls, rows, strict=self.options.strict)
        return 1 if self.stale else 0 if not rows and self.known else status


Listener = Callable[[RequirementResult, CheckResult | None], None]
Begin = Callable[[Check, Session], None]


def run(
    target: Target,
    options: Options,
    listen: Listener = lambda row, result: None,
    begin: Begin = lambda check, session: None,
) -> Report:
    """Judges a server.

    Args:
        target: started if need be, and stopped again.
        listen: told of every check's result as it comes, with the row that it belongs to; and of a row alone when the
            last of its checks is done.
        begin: told of each check before it is judged, with the session, whose counters may be read at any time.

    Raises:
        UsageError: the selection names what there is not.
    """
    seed = options.seed if options.seed is not None else new_seed()
    selected = select("server", options.only, options.skip)
    report = Report(target.name, options, seed, datetime.now(UTC))
    report.results = [RequirementResult(row) for row in selected]
    begun = time.monotonic()
    thresholds = gc.get_threshold()
    gc.set_threshold(*GC_THRESHOLDS)
    try:
        target.start()
        _judge(target, options, report, (listen, begin), begun)
    except TargetError as error:
        report.trouble = str(error)
        for row in report.results:
            row.because_unchecked = report.trouble
    except KeyboardInterrupt as told:  # what is known by now is worth a report
        report.interrupted = status_of(told)
        _break_off(report, listen)
    finally:
        target.stop()
        gc.set_threshold(*thresholds)
    report.output = list(target.output)
    report.duration = time.monotonic() - begun
    return report


def new_seed() -> int:
    """A seed for a run that was given none."""
    return secrets.randbelow(2**32)


def open_stage(target: Target, patience: float) -> Stage:
    """The sockets of a run against a target, with characters of its own for every nick and text.

    Raises:
        TargetError: the host is unknown.
    """
    family, address = target.resolve()
    nonce = "".join(secrets.choice("abcdefghijkmnpqrstuvwxyz23456789") for _ in range(4))
    return Stage(family, address, patience, nonce, target.pid)


def _judge(target: Target, options: Options, report: Report, told: tuple[Listener, Begin], begun: float) -> None:
    listen, begin = told
    stage = open_stage(target, options.timeout)
    until = begun + options.time_limit if options.time_limit is not None else None
    session = Session(stage, target, options.gentle)
    if (doubt := target.doubt) is not None:
        session.choices["--pid"] = doubt
    rows = {row.requirement.id: row for row in report.results}
    engine = Engine(session, report.seed, options.depth, until=until, requirements=rows)
    checks = checks_for(row.requirement for row in report.results)
    left = {identifier: sum(check.requirement == identifier for check in checks) for identifier in rows}
    try:
        for check in checks:
            engine.prepare_all(checks)
            engine.rehearse(checks)
            begin(check, session)
            found = repeatable(engine.judge(check), options, report.seed)
            row = rows[check.requirement]
            row.checks.append(found)
            listen(row, found)
            left[check.requirement] -= 1
            if not left[check.requirement]:
                listen(row, None)
            add_extra(engine.extra, rows, left, report, listen)
            if is_first_failure(row, found, options):
                engine.stopped = engine.stopped or f"the run stopped at {check.name} (--stop-on-first)"
        engine.second_look()
        add_extra(engine.extra, rows, left, report, listen)
    finally:
        stage.close()
        report.cuts = (session.cuts_confirmed, session.cuts_likely)
        report.choices = dict(session.choices)
        report.deaths = list(session.deaths)
        report.played, report.connections, report.frames = session.played, session.connections, session.frames


def is_first_failure(row: RequirementResult, found: CheckResult, options: Options) -> bool:
    """Whether a run with `--stop-on-first` ends with this result: a failure of the class asked for that is not known."""
    is_new = found.requirement not in (options.baseline or ())
    return options.stop_on_first and found.verdict is FAIL and is_new and bool(of_class(options.cls, [row]))


def repeatable(result: CheckResult, options: Options, seed: int) -> CheckResult:
    """The result, a failure with the command that plays it again."""
    if result.failure is None:
        return result
    if options.capsules is not None:
        name = f"{result.name.replace('/', '-')}-1.json"
        words = ["replay", shlex.quote(str(options.capsules / name)), options.server]
        return dataclasses.replace(result, capsule=name, replay=_command(words))
    # What was seen in passing was seen in the conversations of other requirements.
    only = "" if result.name.endswith("/in-passing") else f"--only {result.requirement}"
    words = [options.server, only, f"--depth {options.depth} --seed {seed}"]
    return dataclasses.replace(result, replay=_command(words))


def _break_off(report: Report, listen: Listener) -> None:
    """The checks that an interrupted run did not come to are not run: a row of which some have passed has not."""
    rows = {row.requirement.id: row for row in report.results}
    for check in checks_for(row.requirement for row in report.results):
        row = rows[check.requirement]
        if all(one.name != check.name for one in row.checks):
            row.checks.append(result(check, NOT_RUN, because="interrupted"))
    for row in report.results:
        if any(one.because == "interrupted" for one in row.checks):
            listen(row, None)


def _command(words: list[str]) -> str:
    return " ".join(["chat-conformance", *filter(None, words)])


def add_extra(
    extra: list[CheckResult],
    rows: dict[str, RequirementResult],
    left: dict[str, int],
    report: Report,
    listen: Listener,
) -> None:
    """Takes what was judged in passing into its rows. A row is told when none of its checks is left to be judged; one that has
    been told already is told again."""
    while extra:
        result = repeatable(extra.pop(0), report.options, report.seed)
        if result.requirement in rows:
            rows[result.requirement].checks.append(result)
            listen(rows[result.requirement], result)
            if not left[result.requirement]:
                listen(rows[result.requirement], None)


def failures(results: Iterable[RequirementResult]) -> list[CheckResult]:
    """The checks that failed or warned, in the order of the rows."""
    return [check for row in results for check in row.checks if check.failure is not None]
