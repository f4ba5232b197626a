"""Time-outs of one fixed length. Pure: the moment is handed in, so that tests advance the clock without waiting."""

from collections.abc import Hashable
from typing import Generic, TypeVar

Key = TypeVar("Key", bound=Hashable)


class Timeouts(Generic[Key]):
    """Keys that expire a fixed number of seconds after they were started.

    All have the same length, so the order of starting is the order of expiry: a dict is the whole queue, starting
    and cancelling cost the same whatever its size, and a cancelled key leaves nothing behind (a heap would keep
    every closed connection alive until its time had come).

    Args:
        seconds: the length.
    """

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self._due: dict[Key, float] = {}

    def __len__(self) -> int:
        return len(self._due)

    def start(self, key: Key, now: float) -> None:
        """Starts it, or starts it anew. `now` is monotonic, in seconds, and never less than in an earlier call."""
        self._due.pop(key, None)  # a key that is replaced in place would keep its old place in the order
        self._due[key] = now + self.seconds

    def cancel(self, key: Key) -> None:
        """Forgets a key; it need not be there."""
        self._due.pop(key, None)

    def delay(self, now: float) -> float | None:
        """Seconds until the first expires, 0 if one has; None if none was started."""
        for due in self._due.values():
            return max(0.0, due - now)
        return None

    def expired(self, now: float) -> list[Key]:
        """Takes out the keys whose time has come, the earliest first."""
        found = []
        for key, due in self._due.items():
            if due > now:
                break
            found.append(key)
        for key in found:
            del self._due[key]
        return found
