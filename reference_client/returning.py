"""When to try again after a loss: the waits, and what a refusal of a rejoin means."""

import math

FIRST_S = 1.0
LONGEST_S = 60.0
HELD_S = 120.0  # a refused rejoin is tried again for so long: the lost connection may still hold the nick (NICK-5)
STEADY_S = 60.0  # a connection that lasted so long was no flicker: the waits begin again


class Returning:
    """The attempts after a loss; moments are seconds of a monotonic clock."""

    def __init__(self) -> None:
        self._attempts = 0
        self._lost_at = -math.inf
        self._joined_at = 0.0

    def joined(self, now: float) -> None:
        """Takes note of a join."""
        self._joined_at = now
        self._lost_at = -math.inf  # from now on a refusal means another nick

    def lost(self, now: float) -> None:
        """Takes note of the loss of a joined connection."""
        self._lost_at = now
        if now - self._joined_at >= STEADY_S:
            self._attempts = 0

    def wait_s(self, jitter: float) -> float:
        """Seconds until the next attempt: 1 s doubling to 60 s, each shortened by up to a quarter.

        Args:
            jitter: a random number in [0, 1): clients that lost one server must not come back all at once.
        """
        longest = min(LONGEST_S, FIRST_S * 2.0**self._attempts)
        self._attempts = min(self._attempts + 1, 10)
        return longest * (1 - jitter / 4)

    def may_be_held(self, now: float) -> bool:
        """Whether a refusal may come from the lost connection, which the server has not given up yet (NICK-5)."""
        return now - self._lost_at < HELD_S
