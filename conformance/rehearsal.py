"""Many checks side by side, against a server whose answers take long: what passes there need not be played one by one.

A fault is never found here: what does not pass is played again as if nothing had been, alone.
"""

import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from itertools import zip_longest

from conformance.check import Check, Plan
from conformance.confirm import blocked
from conformance.explore import explore
from conformance.octets import Out
from conformance.playing import Playing
from conformance.script import TAG, Script, Send
from conformance.search import BUDGETS, SLOW_SECONDS
from conformance.session import Session
from conformance.stage import OutOfTimeError

SIDE_BY_SIDE = 8  # conversations
MOST_PARTIES = 6  # of each: with the canary fifty members, for whom a server has room (ROBUST-6)
ENOUGH_TRIPS = 8  # to say that the answers take long
TROUBLE = 3  # conversations that do not pass: then it is not worth while


def is_slow(session: Session) -> bool:
    """Whether the answers of a server take so long that what is played one by one takes minutes."""
    pulse = session.stage.pulse
    return len(pulse.trips) >= ENOUGH_TRIPS and pulse.round_trip > SLOW_SECONDS


def scripts_of(check: Check, plan: Plan) -> list[Script]:
    """What of a check can be played beside others: nothing if it is a storm, measures, or takes much room. What is drawn is
    what would be drawn one by one, as long as nothing fails."""
    if check.storm or check.background or check.last or check.alone:
        return []
    if check.cases is not None:
        scripts = list(check.cases(plan))
    else:
        assert check.strategy is not None
        scripts = []
        explore(check.strategy(plan), plan.random.getrandbits(64), plan.pick(*check.examples), _keeps(scripts))
    return list(dict.fromkeys(scripts)) if all(map(_is_small, scripts)) else []


def _keeps(scripts: list[Script]) -> Callable[[Script], bool]:
    def keep(script: Script) -> bool:
        scripts.append(script)
        return False

    return keep


def _is_small(script: Script) -> bool:
    """Whether there is room for it, and others know its nicks from those of strangers."""
    parts = [part for step in script.steps if isinstance(step, Send) for part in step.parts]
    return len(script.parties) <= MOST_PARTIES and all(TAG in part.nick for part in parts if isinstance(part, Out))


class Rehearsal:
    """Plays the scripts of several checks side by side: the first of each, then the second of each, and so on.

    Args:
        session: the dealings with the server.
        depth: `quick`, `standard` or `thorough`; about as much is played as would have been played one by one.

    Attributes:
        passed: how many scripts of each check were played, by its name, of those that passed in all of them.
    """

    def __init__(self, session: Session, depth: str) -> None:
        self.passed: dict[str, int] = {}
        self._session = session
        self._depth = depth
        self._until = 0.0
        self._trouble = 0

    def play(self, checks: Iterable[Check], plan: Callable[[Check], Plan], is_over: Callable[[], bool]) -> None:
        """Plays what there is time for.

        Args:
            plan: gives how much of a check to play, and with which numbers.
            is_over: whether the run is, so that nothing more is begun.
        """
        several = [(check, scripts) for check in checks if (scripts := scripts_of(check, plan(check)))]
        self._until = time.monotonic() + BUDGETS[self._depth] * max(1.0, len(several) / SIDE_BY_SIDE)
        outcomes: dict[str, list[bool | None]] = {check.name: [] for check, _ in several}
        turns = list(_in_turn(several))
        with suppress(OutOfTimeError):
            playings = [self._playing(check, script, is_over) for check, script in turns]
            for (check, _), outcome in zip(turns, self._session.stage.run(playings, SIDE_BY_SIDE), strict=True):
                outcomes[check.name].append(outcome)
        for check, scripts in several:
            played = [outcome for outcome in outcomes[check.name] if outcome is not None]
            whole = len(played) == len(scripts)
            if played and all(played) and (whole or self._trouble < TROUBLE):
                self.passed[check.name] = len(played)

    def _playing(self, check: Check, script: Script, is_over: Callable[[], bool]) -> Playing[bool | None]:
        """Whether a script passes; None if there is no time for it any more."""
        if (
            self._trouble >= TROUBLE
            or time.monotonic() >= self._until
            or is_over()
            or not self._session.stage.pulse.alive
        ):
            return None
        self._session.current = check.name
        trace = yield from self._session.playing(script)
        is_good = not check.relevant(trace) and blocked(check, trace) is None
        self._trouble += not is_good
        return is_good


def _in_turn(several: list[tuple[Check, list[Script]]]) -> Iterator[tuple[Check, Script]]:
    """The first script of each check, then the second of each, and so on."""
    for row in zip_longest(*([(check, script) for script in scripts] for check, scripts in several)):
        yield from filter(None, row)
