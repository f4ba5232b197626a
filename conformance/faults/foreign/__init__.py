"""Friendly servers in other languages, each for a runtime that may be there or not."""

import shutil
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Foreign:
    """A server that is no Python.

    Attributes:
        runtime: the program that runs it; without it there is no verdict on the server.
        oddity, warns: as of a Friend.
        source: the file beside this one.
    """

    runtime: str
    oddity: str
    warns: tuple[str, ...]
    source: str

    @property
    def is_there(self) -> bool:
        """Whether its runtime is installed."""
        return shutil.which(self.runtime) is not None

    @property
    def command(self) -> list[str]:
        """What starts it, with `{port}` for the port."""
        return [self.runtime, str(Path(__file__).with_name(self.source)), "{port}"]


FOREIGN = {
    "node-js": Foreign(
        "node",
        "callbacks of another language, right-justified headers, times of whole seconds",
        ("FRAME-2",),
        "server.js",
    ),
}
