"""Fewer turns: what comes shortly behind something else waits, so that both go out together.

A turn costs a system call for each member, however little there is to say. Under full load turns gather by themselves;
at a moderate one this trades latency for processor time (benchmarks/README.md has both). Off by default.
"""

import time
from collections.abc import Callable

from reference_server.pollers import Poller, Ready


class Delayed:
    """A poller with a least time from one turn to the next. The first thing after a silence is not delayed.

    Args:
        poller: is asked.
        delay_s: seconds; everybody waits so long, so they should be few.
        clock: monotonic seconds.
        sleep: waits.
    """

    def __init__(
        self,
        poller: Poller,
        delay_s: float,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.name, self.limit = poller.name, poller.limit
        self.register, self.modify, self.unregister = poller.register, poller.modify, poller.unregister
        self.close = poller.close
        self._poller = poller
        self._delay_s = delay_s
        self._clock, self._sleep = clock, sleep
        self._latest = -delay_s  # the end of the latest wait

    def wait(self, timeout: float | None) -> Ready:
        """See `Poller`. A caller that would not wait has something to do already, and is not kept from it."""
        ready = self._poller.wait(timeout)
        rest = self._latest + self._delay_s - self._clock()
        if ready and timeout != 0.0 and rest > 0:
            self._sleep(rest)
            ready = self._poller.wait(0.0)
        self._latest = self._clock()
        return ready
