"""What the processes of one server are told, and what they answer."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from conformance.grading.limits import Limits


@dataclass(frozen=True, slots=True)
class Job:
    """One server to be judged.

    Attributes:
        port: of 127.0.0.1, for a command without an address.
        out: the folder of its results.
        source: what is copied into its working directory.
        mark: a word in the environment of every process of this job, by which it is found again.
        options: the arguments of `conformance.run.Options`.
    """

    name: str
    command: list[str] | None
    host: str
    port: int
    out: str
    source: str | None
    environment: dict[str, str]
    limits: Limits
    mark: str
    options: dict[str, Any]
    keep: bool = False

    @property
    def target(self) -> str:
        """What its report is about: whose it is, and where it listened."""
        return f"{self.name}, at {self.host}:{self.port}"

    @property
    def place(self) -> Path:
        """The folder of its results."""
        return Path(self.out)

    @property
    def scratch(self) -> Path:
        """The folder that the server may fill: its working directory, home and temporary files are in it."""
        return Path(self.out) / "scratch"

    def as_line(self) -> bytes:
        """The job as one line."""
        return json.dumps(asdict(self)).encode("ascii") + b"\n"

    @classmethod
    def from_line(cls, line: bytes) -> "Job":
        """The job of a line."""
        told = json.loads(line)
        return cls(**told | {"limits": Limits(**told["limits"])})


@dataclass(frozen=True, slots=True)
class Outcome:
    """How the judging of a server went.

    Attributes:
        trouble: why it was cut short; None if it was not.
        notes: what the server did beyond its limits, and what it left behind.
    """

    trouble: str | None
    notes: list[str]
    seconds: float

    def as_line(self) -> bytes:
        """The outcome as one line."""
        return json.dumps(asdict(self)).encode("ascii") + b"\n"

    @classmethod
    def from_line(cls, line: bytes) -> "Outcome":
        """The outcome of a line.

        Raises:
            ValueError, TypeError: it is none.
        """
        return cls(**json.loads(line))
