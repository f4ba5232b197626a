"""The times that the server writes into frames (TIME-1, RELAY-4)."""

from datetime import UTC, datetime

NANOSECONDS_PER_MILLISECOND = 1_000_000


class Stamps:
    """Makes canonical RFC 3339 stamps that never decrease, whatever the clock does."""

    def __init__(self) -> None:
        self._latest = -1
        self._second = -1
        self._date_and_time = ""
        self._text = ""

    def stamp(self, now_ns: int) -> str:
        """The stamp for a moment, `YYYY-MM-DDThh:mm:ss.mmmZ` (TIME-1).

        Args:
            now_ns: nanoseconds since 1970-01-01T00:00:00Z by the wall clock.

        Returns:
            The moment cut to milliseconds, never rounded, or the latest stamp again if the clock was set back:
            clients compare the times of one connection, and those must not decrease (RELAY-4).
        """
        milliseconds = now_ns // NANOSECONDS_PER_MILLISECOND
        if milliseconds > self._latest:
            self._latest = milliseconds
            self._text = self._format(milliseconds)
        return self._text

    def _format(self, milliseconds: int) -> str:
        # A busy server stamps thousands of frames in one second, and the calendar is most of the work.
        second, fraction = divmod(milliseconds, 1000)
        if second != self._second:
            self._second = second
            self._date_and_time = datetime.fromtimestamp(second, UTC).isoformat()[:19]
        return f"{self._date_and_time}.{fraction:03}Z"
