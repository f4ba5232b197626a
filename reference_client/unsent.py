"""What was written while there was no connection."""

MOST = 100
MOST_CHARACTERS = 1_048_576


class Unsent:
    """Messages that wait for the user's word, bounded."""

    def __init__(self) -> None:
        self._texts: list[str] = []

    def __len__(self) -> int:
        return len(self._texts)

    def keep(self, text: str) -> bool:
        """Keeps a message; False if there is no room for it."""
        if len(self._texts) == MOST or sum(map(len, self._texts)) + len(text) > MOST_CHARACTERS:
            return False
        self._texts.append(text)
        return True

    def all(self) -> list[str]:
        """The messages, in the order written."""
        return list(self._texts)

    def take(self) -> list[str]:
        """The messages, which wait no longer."""
        taken, self._texts = self._texts, []
        return taken

    def __str__(self) -> str:
        """How many there are, in words."""
        return "1 message" if len(self) == 1 else f"{len(self)} messages"
