"""The journal in the server: committed before anything is sent, and what happens when that fails."""

import logging

from reference_server.journal import Journal, JournalError
from reference_server.room import Entry

STOP, CONTINUE = "stop", "continue"

log = logging.getLogger(__name__)


class Recorder:
    """Collects what the room hears in a turn and commits it.

    Args:
        journal: None for one that could not even be opened, and is done without.
        on_error: STOP or CONTINUE. With CONTINUE the first failure is the end of the journal: entries behind a gap
            that nobody sees would be worse than none.

    Attributes:
        entries: of this turn.
        unrecorded: how many the journal lacks.
        failed: the server is to stop.
    """

    def __init__(self, journal: Journal | None, on_error: str) -> None:
        self.entries: list[Entry] = []
        self.unrecorded = 0
        self.failed = False
        self._journal = journal
        self._on_error = on_error

    def commit(self) -> bool:
        """Makes the turn's entries part of the journal; whether they may be sent."""
        if not self.entries:
            return not self.failed
        if self._journal is not None:
            try:
                self._journal.append(self.entries)
            except JournalError as error:
                self._give_up(error)
        if self._journal is None:
            self.unrecorded += len(self.entries)
        self.entries.clear()
        return not self.failed

    def _give_up(self, error: JournalError) -> None:
        assert self._journal is not None
        self._journal.close()
        self._journal = None
        if self._on_error == STOP:
            self.failed = True
            log.error("%s; the server stops, what was not recorded is not sent (--journal-on-error)", error)
        else:
            log.error("%s; the chat goes on and is NOT RECORDED from here on (--journal-on-error)", error)

    def close(self) -> None:
        """Says how much is missing, and lets another server have the journal."""
        if self.unrecorded and not self.failed:
            log.error("%d entries were not recorded", self.unrecorded)
        if self._journal is not None:
            self._journal.close()
