"""A run in plain lines, the same on a terminal, in a pipe and in a log; with colours on a terminal."""

from collections.abc import Callable, Iterable
from types import TracebackType
from typing import Any, Self, TextIO

import conformance.clients.checks  # noqa: F401  # registers them
from conformance.check import CHECKS
from conformance.clients.check import CLIENT_CHECKS
from conformance.entries import conversation, is_cut, is_odd
from conformance.report import check_as_json
from conformance.run import Options, Report
from conformance.selection import select
from conformance.shapes import Advice, Counters, Named
from conformance.terminal import PIPE_WIDTH, Look, Piece, forget
from conformance.verdict import FAIL, INCONCLUSIVE, NO_VERDICT, NOT_RUN, WARN, CheckResult, RequirementResult, of_class
from spec.requirements import register

STYLES = {"pass": "green", "fail": "red bold", "warn": "yellow", "inconclusive": "yellow", "not-run": "dim"}
MOST_CHARACTERS = 900  # of what was expected or seen: a server's text may be long
FEW_FAILED = (
    3  # requirements, up to which hints are told whole: of a server that breaks many, the first thing is enough
)
FEW_ALIKE = 3  # rows that were not run for the reason of the row before: up to so many have a line each
DECIDED = {
    "frame": "a frame that was received shows it",
    "sentinel": "what was sent later on the same path arrived, so nothing more can come",
    "closed": "the connection was closed",
    "deadline": "nothing came until the wait ran out",
    "process": "the server's process was measured",
}

_FRAME = "a header, which counts the octets behind it, then time, nick and text with a NUL octet (␀) between them."
EXPLAINED = {
    "server": "Conversations are shown frame by frame, with the milliseconds since their begin: who sends to the server, or "
    f"gets from it, {_FRAME}",
    "client": "Conversations are shown as the suite sees them, with the milliseconds since their begin: what the server, which "
    f"it plays, sends to the client, or gets from it, {_FRAME} And what its user types, and what is on its screen.",
}


def _short(sentence: str, width: int) -> str:
    return sentence if len(sentence) <= width else sentence[: width - 1].rstrip() + "…"


class Lines:
    """Prints a run as it goes: one line for each requirement when its last check is done, failures beneath.

    Args:
        out: where to; how wide, and whether in colours, depends on whether it is a terminal.
        role: of what is judged: `server` or `client`.
    """

    def __init__(self, out: TextIO, role: str = "server") -> None:
        self._out = out
        self._role = role
        self._look = Look.of(out)
        self._explained = False
        self._selected: set[str] | None = None  # the ids, once they are known
        self._alike: list[RequirementResult] = []  # not run, all for the reason of the row before them
        self._because: str | None = None  # the reason of the row before, if it was not run
        self.goes_on = False  # though nobody reads any more

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        """Nothing is to be put back."""

    def line(self, text: str = "", style: str = "") -> None:
        """Prints one line, at once, with nothing in it that could drive a terminal."""
        self._print(self._look.paint(text, style))

    def _print(self, painted: str) -> None:
        encoding = getattr(self._out, "encoding", None) or "utf-8"  # a console may know neither arrows nor nicks
        try:
            print(painted.encode(encoding, "backslashreplace").decode(encoding), file=self._out, flush=True)
        except BrokenPipeError:  # `| head`
            if not self.goes_on:
                raise
            forget(self._out)

    def _wrapped(self, label: str, *pieces: Piece, indent: str = "    ") -> None:
        begin = f"{indent}{label:<10}"
        for text in self._look.wrap(pieces, begin, " " * len(begin)):
            self._print(text)

    def begin(self, target: str, options: Options) -> None:
        """The head of a run, with the seed that repeats it."""
        self._selected = {row.id for row in select(self._role, options.only, options.skip)}
        self.line(f"chat-conformance: {target}, seed {options.seed}, depth {options.depth}")

    def begins(self, check: Named, session: Counters) -> None:
        """Told of each check before it is judged; a live view shows it."""

    def heard(self, row: RequirementResult, result: CheckResult | None) -> None:
        """Told of each check, and of each row when it is complete."""
        if result is None:
            self.row(row)

    def row(self, row: RequirementResult) -> None:
        """The line of a requirement, with what is wrong beneath it. Of many in a row that were not run for one reason the first
        is told, and behind it which others."""
        if row.verdict == NOT_RUN and row.because == self._because:
            self._alike.append(row)
            return
        self._and_so()
        self._because = row.because if row.verdict == NOT_RUN else None
        self._row(row)

    def _and_so(self) -> None:
        """Tells of the rows that were held back."""
        alike, self._alike, self._because = self._alike, [], None
        if len(alike) <= FEW_ALIKE:
            for row in alike:
                self._row(row)
            return
        ids = ", ".join(row.requirement.id for row in alike)
        self._wrapped(
            f"{NOT_RUN:<12} ", (f"and for the same reason {len(alike)} more: {ids}", STYLES[NOT_RUN]), indent=""
        )

    def _row(self, row: RequirementResult) -> None:
        requirement, look = row.requirement, self._look
        head = f"{look.paint(f'{row.verdict:<12}', STYLES[row.verdict])} {look.paint(f'{requirement.id:<10}', 'bold')} "
        if row.verdict in (NOT_RUN, INCONCLUSIVE):
            self._print(f"{head}{look.paint(f'because: {row.because}')}")
        else:
            examples, seconds = (sum(getattr(check, name) for check in row.checks) for name in ("examples", "seconds"))
            tail = f"  ({examples} played, {seconds:.1f} s)"
            sentence = _short(requirement.sentence, max(20, min(look.width, PIPE_WIDTH) - 24 - len(tail)))
            self._print(f"{head}{look.paint(sentence + tail)}")
        failed = [check_as_json(check) for check in row.checks if check.failure is not None]
        if failed:
            self.line()
            self._wrapped("demands:", (f"{requirement.id} ({requirement.cls}): ", "bold"), (requirement.sentence, ""))
        for check in failed:
            self._failure(check)
            self.line()

    def _failure(self, check: dict[str, Any]) -> None:
        """What is wrong, from the data of the report: every form of it says the same."""
        failure = check["failure"]
        came, of = check["repeats"]
        known = CHECKS.get(check["name"]) or CLIENT_CHECKS.get(check["name"])
        about = known.about if known is not None else "seen in conversations of other checks."
        self._wrapped("check:", (check["name"], "bold"), (f" ({check['clause']}): {about}", ""))
        if failure["who"]:
            self._wrapped("at:", (failure["who"], ""))
        self._wrapped("expected:", (_short(failure["expected"], MOST_CHARACTERS), "green"))
        self._wrapped("seen:", (_short(failure["seen"], MOST_CHARACTERS), "red"))
        self._wrapped("proof:", (f"{DECIDED.get(check['decided_by'], '')}; {came} of {of} times", ""))
        needs = dict.fromkeys(need.partition("/")[0] for need in getattr(known, "needs", ()))  # of clients', checks
        unasked = [need for need in needs if need not in (self._selected or needs)]
        if unasked:
            told = f"it rests on {', '.join(unasked)}, not selected here: what is wrong may be theirs"
            self._wrapped("but:", (told, ""))
        self._conversation(failure["transcript"])
        if failure.get("replay"):
            self._wrapped("replay:", (failure["replay"], "bold"))

    def _conversation(self, entries: list[dict[str, Any]]) -> None:
        if not entries:
            return
        if not self._explained:
            self._explained = True
            self._wrapped("", (EXPLAINED[self._role], "dim"))
        marks = ["! = out of the ordinary"] if any(map(is_odd, entries)) else []
        marks += ["✂ = the write ends here"] if any(map(is_cut, entries)) else []
        legend = f" ({'; '.join(marks)})" if marks else ""
        self._wrapped("shown by:", (f"the shortest conversation that does{legend}", "dim"))
        for text in conversation(entries, self._look.narrower(4)):
            self._print(f"    {text}")

    def end(
        self,
        report: Report,
        diagnosis: Iterable[dict[str, Any]] = (),
        hint: Callable[[str], Advice | None] = lambda identifier: None,
    ) -> None:
        """Rows without a check, the cuts, what it looks like, and the verdicts of the classes.

        Args:
            diagnosis: what the failures look like, best first, as in the report.
            hint: the hint on a requirement, if there is one.
        """
        if report.trouble is not None:
            self.line(f"chat-conformance: {report.trouble}", "red")
        else:
            for row in report.results:
                if not row.checks:
                    self.row(row)
        self._and_so()
        self._facts(report)
        self._advice(report, diagnosis, hint)
        if report.interrupted:
            self.line("interrupted: what follows is about what had been judged by then", "yellow")
        self.line(f"{report.duration:.1f} s")
        for cls, verdict in report.verdicts.items():
            self.line(f"{cls}: {verdict}{self._count(report, cls)}", STYLES.get(verdict, "yellow"))
        ended = report.trouble is None and not report.interrupted
        warned = [row.requirement.id for row in of_class(report.options.cls, report.results) if row.verdict is WARN]
        if new := [identifier for identifier in warned if identifier not in report.known and report.options.strict]:
            self.line(f"a warning fails (--strict): {', '.join(new)}", "yellow")
        if ended and report.undecided and report.exit_status == NO_VERDICT:
            told = f"no verdict, hence exit status {NO_VERDICT}: {', '.join(report.undecided)}"
            for text in self._look.wrap([(told, "yellow")], "", "    "):
                self._print(text)

    def _facts(self, report: Report) -> None:
        for name, text in report.choices.items():
            self.line(f"{name}: {text}")
        for number, death in enumerate(report.deaths, 1):
            self.line(f"death {number}: the server {death}")
        if sum(report.cuts):
            confirmed, total = report.cuts[0], sum(report.cuts)
            self.line(f"cuts: {total} pieces sent apart, {confirmed} confirmed to have been read apart")
        if any(row.verdict in (FAIL, WARN) for row in report.results) and report.output:
            self.line(f"the {report.role} printed last:")
            for text in report.output[-5:]:
                self.line(f"    {text}")
        if report.known:
            self.line(f"known failures (--baseline): {', '.join(report.known)}")
        if report.stale:
            self.line(f"in the baseline, but they do not fail any more: {', '.join(report.stale)}")

    def _advice(
        self, report: Report, diagnosis: Iterable[dict[str, Any]], hint: Callable[[str], Advice | None]
    ) -> None:
        failed = [row.requirement.id for row in report.results if row.verdict is FAIL]
        for identifier in failed:
            found = hint(identifier)
            if found is not None:
                self._wrapped(identifier, ("the usual mistake: ", "dim"), (found.mistake, ""), indent="")
            if found is not None and len(failed) <= FEW_FAILED:
                self._wrapped("", ("how to see it: ", "dim"), (found.look, ""), indent="")
        for one in diagnosis:
            because = f" ({one['likeness']:.0%}; {', '.join(one['because'])})"
            self._wrapped("", ("this looks like: ", "bold"), (one["mistake"], "yellow"), (because, "dim"), indent="")

    def _count(self, report: Report, cls: str) -> str:
        rows = [row for row in report.results if row.requirement.cls == cls]
        counts: dict[str, int] = {}
        for row in rows:
            counts[row.verdict] = counts.get(row.verdict, 0) + 1
        there = sum(row.cls == cls for row in select(report.role))
        told = [f"{count} {verdict}" for verdict, count in counts.items()]
        told += [f"{there - len(rows)} not selected"] if there > len(rows) else []
        return f" ({', '.join(told)})" if told else ""


def listing(out: TextIO) -> None:
    """Every requirement with its checks, or with the reason why it has none."""
    printer = Lines(out)
    for row in register().values():
        printer.line(f"{row.id:<10} {row.cls:<9} {'/'.join(row.keywords):<22} {row.role:<7} {_short(row.sentence, 60)}")
        found = [check for check in CHECKS.values() if check.requirement == row.id]
        of_clients = [check for check in CLIENT_CHECKS.values() if check.requirement == row.id]
        told: list[tuple[str, Named]] = [("", check) for check in found]
        told += [("client: ", check) for check in of_clients]
        for whose, one in told:
            printer.line(f"    {one.name:<34} {one.clause:<10} {_short(whose + one.about, 80)}")
        if not told:
            why = {"yes": "no check yet"}.get(row.observable, f"not judged here: observable {row.observable}")
            printer.line(f"    ({why})")
