"""What a playing is: a generator that yields what it waits for, so that many run side by side and share one wait."""

from collections.abc import Callable, Generator
from dataclasses import dataclass
from typing import TypeVar

T = TypeVar("T")


@dataclass(slots=True)
class Wait:
    """What a playing waits for: a condition, for at most so many seconds. It is resumed with whether it came true."""

    condition: Callable[[], bool]
    seconds: float


Playing = Generator[Wait, bool, T]
