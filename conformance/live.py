"""The live view of a run on a terminal: what is judged now, how far the run is, and above it the lines that stay.

The picture is drawn by a thread of rich's a few times a second. It only reads plain counters; nothing waits for it.
"""

import time
from collections.abc import Sequence
from types import TracebackType
from typing import TextIO

from rich.console import Console, Group
from rich.live import Live as Picture
from rich.text import Text

from conformance.clients.checks import checks_for as client_checks_for
from conformance.render import STYLES, Lines
from conformance.run import Options, Report
from conformance.selection import checks_for, select
from conformance.shapes import Counters, Named
from conformance.verdict import CheckResult, RequirementResult

REFRESHES = 8  # a second
DOTS = {"pass": "✓", "fail": "✗", "warn": "!", "inconclusive": "?", "not-run": "-"}
PENDING, NOW = "·", "▸"
SPINNER = "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏"


class Live(Lines):
    """Lines that stay, above a picture of the run that does not.

    A context manager: at its end, however it comes, the picture goes and the terminal is as it was.
    """

    def __init__(self, out: TextIO, role: str = "server") -> None:
        super().__init__(out, role)
        self._rows: dict[str, str] = {}  # requirement → its dot's verdict, or what stands for none
        self._checks = 0
        self._done = 0
        self._check: Named | None = None
        self._session: Counters | None = None
        self._pending: list[str] = []
        self._begun = time.monotonic()
        # highlight and markup would take `[alice]` for a tag: only Text goes in.
        self._console = Console(
            file=out, highlight=False, markup=False, emoji=False, color_system="auto" if self._look.colours else None
        )
        self._picture = Picture(
            console=self._console,
            get_renderable=self.picture,
            refresh_per_second=REFRESHES,
            transient=True,
            redirect_stdout=False,
            redirect_stderr=False,
        )

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._stop()

    def _stop(self) -> None:
        self._flush()
        self._picture.stop()

    def _print(self, painted: str) -> None:
        if self._picture.is_started:
            self._pending.append(painted)
        else:
            super()._print(painted)

    def _flush(self) -> None:
        """Prints what has gathered, at once: each printing draws the picture anew."""
        if self._pending:
            text = Text.from_ansi("\n".join(self._pending), no_wrap=True, overflow="ignore")
            self._pending.clear()
            self._console.print(text, crop=False)  # not soft_wrap, which would hold for the picture, too

    def begin(self, target: str, options: Options) -> None:
        super().begin(target, options)
        selected = select(self._role, options.only, options.skip)
        checks: Sequence[Named] = checks_for(selected) if self._role == "server" else client_checks_for(selected)
        checked = {check.requirement for check in checks}
        self._rows = {row.id: PENDING for row in selected if row.id in checked}
        self._checks = len(checks)
        self._begun = time.monotonic()
        self._picture.start()

    def begins(self, check: Named, session: Counters) -> None:
        self._check, self._session = check, session

    def heard(self, row: RequirementResult, result: CheckResult | None) -> None:
        self._done += result is not None
        if result is None:
            self._rows[row.requirement.id] = str(row.verdict)
        super().heard(row, result)
        self._flush()

    def end(self, report: Report, *rest: object, **named: object) -> None:
        self._stop()
        super().end(report, *rest, **named)  # type: ignore[arg-type]  # whatever it takes

    def picture(self) -> Group:
        """The view of this moment: three or four lines."""
        return Group(self._sections(), self._now(), self._counters())

    def _sections(self) -> Text:
        """The dots of each section, as many sections in a line as it takes."""
        sections: dict[str, Text] = {}
        for identifier, verdict in list(self._rows.items()):
            section = identifier.partition("-")[0]
            dots = sections.setdefault(section, Text().append(f"{section} ", "bold"))
            if self._check is not None and verdict == PENDING and identifier == self._check.requirement:
                dots.append(NOW, "cyan")
            else:
                dots.append(DOTS.get(verdict, PENDING), STYLES.get(verdict, "dim"))
        lines = [Text()]
        for dots in sections.values():
            if lines[-1] and len(lines[-1]) + 2 + len(dots) > self._console.width:
                lines.append(Text())
            lines[-1].append("  " if lines[-1] else "").append_text(dots)
        return Text("\n").join(lines)

    def _now(self) -> Text:
        check = self._check
        turn = SPINNER[int((time.monotonic() - self._begun) * REFRESHES) % len(SPINNER)]
        text = Text(f"{turn} ", "cyan", no_wrap=True, overflow="ellipsis")
        return (
            text.append(check.name, "bold").append(f"  {check.about}") if check is not None else text.append("starts")
        )

    def _counters(self) -> Text:
        session = self._session
        parts = [f"{self._done} of {self._checks} checks"]
        if session is not None:
            parts += [
                f"{session.played:,} conversations",
                f"{session.connections:,} connections",
                f"{session.frames:,} frames",
                f"{session.cuts_confirmed:,} cuts confirmed",
            ]
        return Text(" · ".join([*parts, f"{time.monotonic() - self._begun:.0f} s"]), "dim")
