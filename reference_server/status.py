"""The server seen from outside: one line for operators, every so many seconds or when SIGUSR1 asks for it."""

import contextlib
import signal
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields
from types import FrameType

from reference_server.connections import Connections
from reference_server.counters import Counters
from reference_server.hall import Hall


@dataclass(frozen=True, slots=True)
class Moment:
    """How things stand; what a line begins with."""

    members: int
    connections: int
    over_rate: int
    retained_octets: int
    furthest_behind_octets: int


def moment(hall: Hall, connections: Connections) -> Moment:
    """How things stand now; its cost grows with the members, so it is for lines and not for turns."""
    return Moment(
        len(hall.members),
        len(connections),
        len(connections.held),
        hall.log.retained,
        max((hall.log.behind(cursor) for cursor in hall.members.values()), default=0),
    )


class Status:
    """When a line is due, and what it says.

    Args:
        counters: are counted by others, and begin anew with each line.
        interval_s: between two lines; None for none but those that are asked for.
        now: monotonic seconds.
    """

    def __init__(self, counters: Counters, interval_s: float | None, now: float) -> None:
        self._counters = counters
        self._interval_s = interval_s
        self._since = now
        self._due = now + interval_s if interval_s is not None else None
        self._asked = False

    def ask(self) -> None:
        """Makes a line due at once. A signal handler may ask, at any time."""
        self._asked = True

    def delay(self, now: float) -> float | None:
        """Seconds until a line is due, None for never."""
        if self._asked:
            return 0.0
        return None if self._due is None else max(0.0, self._due - now)

    def line(self, now: float, view: Callable[[], Moment]) -> str | None:
        """The line, if one is due."""
        if self.delay(now) != 0.0:
            return None
        if self._due is not None and self._due <= now:
            assert self._interval_s is not None
            self._due = now + self._interval_s  # a server that was stopped for an hour need not catch up
        self._asked = False
        seconds, self._since = now - self._since, now
        return " ".join(f"{name}={value}" for name, value in self._parts(view(), seconds))

    def _parts(self, now: Moment, seconds: float) -> Iterator[tuple[str, object]]:
        for field in fields(now):
            yield field.name, getattr(now, field.name)
        taken, per_s = self._counters.take(), 1 / max(seconds, 1e-9)
        yield "seconds", f"{seconds:.3f}"
        yield "turns", taken.turns
        yield "turn_mean_ms", f"{1000 * taken.turns_s / max(taken.turns, 1):.3f}"
        yield "turn_max_ms", f"{1000 * taken.longest_turn_s:.3f}"
        yield "thrown_out", taken.thrown_out
        yield "refused", taken.refused
        yield "messages_per_s", f"{taken.messages * per_s:.1f}"
        yield "deliveries_per_s", f"{taken.deliveries * per_s:.1f}"
        yield "octets_in_per_s", f"{taken.octets_in * per_s:.0f}"
        yield "octets_out_per_s", f"{taken.octets_out * per_s:.0f}"


@contextlib.contextmanager
def on_signal(ask: Callable[[], None]) -> Iterator[None]:
    """SIGUSR1 asks, where the platform has it."""
    if sys.platform == "win32":
        yield
        return

    def handle(number: int, frame: FrameType | None) -> None:
        ask()

    before = signal.signal(signal.SIGUSR1, handle)
    try:
        yield
    finally:
        signal.signal(signal.SIGUSR1, before)
