"""What a server has died of, or hangs of: whatever one connection sends, or however it ends, the others are served on."""

from collections.abc import Callable, Container

from conformance.confirm import in_passing
from conformance.passing import is_plain
from conformance.script import Rst, Script
from conformance.session import Session
from conformance.trace import Difference, Trace
from conformance.verdict import CheckResult

DEADLY = ("ROBUST-1", "ROBUST-5")  # whatever is sent, however it ends


def deadly(script: Script) -> str:
    """Of the DEADLY, the one that a conversation breaks that ends the server."""
    return "ROBUST-5" if any(isinstance(step, Rst) for step in script.steps) else "ROBUST-1"


class Deaths:
    """Finds out what has ended a server, outside of the checks that do such things on purpose.

    Args:
        session: the dealings with it.
        requirements: the ids that may be judged in passing.
        failed: the ids that have failed; only read.
        is_over: whether nothing may be played any more.
    """

    def __init__(
        self, session: Session, requirements: Container[str], failed: Container[str], is_over: Callable[[], bool]
    ) -> None:
        self._session = session
        self._requirements = requirements
        self._failed = failed
        self._is_over = is_over

    @property
    def known(self) -> str | None:
        """The id of DEADLY that has failed; None if what the server dies or hangs of is not known."""
        return next((requirement for requirement in DEADLY if requirement in self._failed), None)

    def look(self, scripts: list[Script]) -> CheckResult | None:
        """Plays once more what the server may have died of, or hang of, the latest first, until it does so again; the failure,
        or None if it does not."""
        session = self._session
        for script in reversed(scripts):
            requirement = deadly(script)
            if self._is_over() or requirement not in self._requirements:
                return None
            session.current = f"{requirement}/in-passing"
            session.looks()  # what the one before has killed late is not this one's doing
            deaths = len(session.deaths)
            trace = session.play(script, session.short_patience)
            is_dead = not session.looks() or len(session.deaths) > deaths
            if is_dead or session.hangs():
                return self._blames(trace, (2, 2), has_ended=is_dead)
        return None

    def last(self, *, has_ended: bool) -> CheckResult | None:
        """Of a server that cannot be started again, what was played when it ended, or hung, is all that is known: that did it,
        if it was out of the ordinary; None if it was not."""
        last = self._session.killing
        if last is None or is_plain(last.script) or self.known is not None:
            return None
        return self._blames(last, (1, 1), has_ended=has_ended) if deadly(last.script) in self._requirements else None

    def _blames(self, trace: Trace, repeats: tuple[int, int], *, has_ended: bool) -> CheckResult:
        requirement, how = deadly(trace.script), f"the server {self._session.deaths[-1]}"
        who = trace.script.parties[-1]
        seen = Difference(requirement, "everybody else served on", how, who, "closed" if has_ended else "deadline")
        return in_passing(requirement, seen, trace, repeats)
