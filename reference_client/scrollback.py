"""What was shown, for /search; bounded in messages and in characters."""

from collections import deque

from reference_client.frames import Frame

MOST_FRAMES = 20_000
MOST_CHARACTERS = 8_388_608  # one message may have a million (FRAME-7)


class Scrollback:
    """The latest frames."""

    def __init__(self, most_frames: int = MOST_FRAMES, most_characters: int = MOST_CHARACTERS) -> None:
        self._frames: deque[Frame] = deque()
        self._characters = 0
        self._most_frames = most_frames
        self._most_characters = most_characters

    def __len__(self) -> int:
        return len(self._frames)

    def add(self, frame: Frame) -> None:
        """Keeps a frame, and forgets the oldest that are too many."""
        self._frames.append(frame)
        self._characters += _size(frame)
        while len(self._frames) > self._most_frames or self._characters > self._most_characters:
            self._characters -= _size(self._frames.popleft())

    def find(self, words: str) -> list[Frame]:
        """The frames whose nick or text hold all of the words, whatever their case; the oldest first."""
        wanted = words.casefold().split()
        return [frame for frame in self._frames if _holds(frame, wanted)]


def _size(frame: Frame) -> int:
    return len(frame.time) + len(frame.nick) + len(frame.text)


def _holds(frame: Frame, wanted: list[str]) -> bool:
    folded = f"{frame.nick} {frame.text}".casefold()
    return all(word in folded for word in wanted)
