"""One run of the suite against one client: from a command to a report, of the same kind as a server's."""

import dataclasses
import shlex
import time
from collections.abc import Callable
from datetime import UTC, datetime

from conformance.clients.check import ClientCheck
from conformance.clients.checks import checks_for
from conformance.clients.engine import Engine
from conformance.clients.launch import Client
from conformance.clients.play import Waits
from conformance.clients.session import Session
from conformance.mishaps import status_of
from conformance.run import Options, Report, is_first_failure, new_seed
from conformance.selection import select
from conformance.target import TargetError
from conformance.verdict import CheckResult, RequirementResult

START_SECONDS = 15.0

Listener = Callable[[RequirementResult, CheckResult | None], None]
Begin = Callable[[ClientCheck, Session], None]


class ClientRow(RequirementResult):
    """The outcome of one requirement for a client."""

    @property
    def is_counted(self) -> bool:
        """Whether a class needs it decided: a MUST that can be observed by who plays the server."""
        return self.requirement.is_must and self.requirement.observable in ("yes", "by the client suite")


def judge(
    client: Client,
    options: Options,
    listen: Listener = lambda row, result: None,
    begin: Begin = lambda check, session: None,
) -> Report:
    """Judges a client.

    Args:
        listen: told of every check's result as it comes, with the row that it belongs to; and of a row alone when the
            last of its checks is done.
        begin: told of each check before it is judged, with the session, whose counters may be read at any time.

    Raises:
        UsageError: the selection names what there is not, or the command cannot be told where the server is.
    """
    client.check()
    seed = options.seed if options.seed is not None else new_seed()
    selected = select("client", options.only, options.skip)
    report = Report(client.name, options, seed, datetime.now(UTC), role="client")
    report.results = [ClientRow(row) for row in selected]
    begun = time.monotonic()
    session = Session(client, Waits(max(START_SECONDS, options.timeout), options.timeout))
    try:
        session.look()
        _judge(session, options, report, (listen, begin), begun)
    except TargetError as error:
        report.trouble = str(error)
        _unchecked(report, report.trouble)
    except KeyboardInterrupt as told:  # what is known by now is worth a report
        report.interrupted = status_of(told)
        _unchecked(report, "interrupted")
    report.choices = dict(session.choices)
    report.cuts = session.cuts[1], session.cuts[0] - session.cuts[1]
    report.output = list(session.output)
    report.played, report.connections, report.frames = session.played, session.connections, session.frames
    report.duration = time.monotonic() - begun
    return report


def _unchecked(report: Report, why: str) -> None:
    for row in report.results:
        row.because_unchecked = why


def _judge(session: Session, options: Options, report: Report, told: tuple[Listener, Begin], begun: float) -> None:
    listen, begin = told
    until = begun + options.time_limit if options.time_limit is not None else None
    engine = Engine(session, report.seed, options.depth, until=until)
    rows = {row.requirement.id: row for row in report.results}
    checks = checks_for([row.requirement for row in report.results])
    left = {identifier: sum(check.requirement == identifier for check in checks) for identifier in rows}
    for check in checks:
        begin(check, session)
        result = _repeatable(engine.judge(check), options, report)
        row = rows[check.requirement]
        row.checks.append(result)
        listen(row, result)
        left[check.requirement] -= 1
        if not left[check.requirement]:
            listen(row, None)
        if is_first_failure(row, result, options):
            engine.stopped = engine.stopped or f"the run stopped at {check.name} (--stop-on-first)"


def _repeatable(result: CheckResult, options: Options, report: Report) -> CheckResult:
    """The result, a failure with the command that plays it again."""
    if result.failure is None:
        return result
    words = ["chat-conformance client --command", shlex.quote(report.target)]
    words += [f"--only {result.requirement} --depth {options.depth} --seed {report.seed}"]
    return dataclasses.replace(result, replay=" ".join(words))
