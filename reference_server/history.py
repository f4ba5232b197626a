"""What newcomers are shown of what was said before them (JOIN-4)."""

from collections import deque

from reference_server.room import Entry
from spec import nicks

MOST_MESSAGES = 10_000
MOST_OCTETS = 1 << 19  # of texts and nicks; a newcomer who is sent all of it is not nearly too far behind (ROBUST-3)
_FRAME_OCTETS = 64  # of each, about, for header, times and names: many empty messages are not nothing


class History:
    """The last messages, in memory, so that a join reads no file.

    Announcements are not among them: who came and went is no longer true, and the newcomer has not missed a message.

    Args:
        count: how many messages at most. It is fewer if they are longer than MOST_OCTETS together; one that is so
            long by itself is left out.
    """

    def __init__(self, count: int) -> None:
        self._entries: deque[tuple[int, Entry]] = deque()
        self._count = count
        self._octets = 0

    def keep(self, entry: Entry) -> None:
        """Takes the newest entry, and forgets what is too old."""
        size = len(entry.nick.encode()) + len(entry.text.encode()) + _FRAME_OCTETS
        if entry.nick == nicks.SERVER_NICK or size > MOST_OCTETS:
            return
        self._entries.append((size, entry))
        self._octets += size
        while len(self._entries) > self._count or self._octets > MOST_OCTETS:
            self._octets -= self._entries.popleft()[0]

    def texts(self) -> list[str]:
        """As the texts of service messages, in JOIN-4's form, the oldest first."""
        return [f"history: {time} [{nick}] {text}" for _, (time, nick, text) in self._entries]
