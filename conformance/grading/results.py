"""The folder of a grading: one folder for each server, and what says which of them are done."""

import contextlib
import fcntl
import hashlib
import json
import shutil
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from conformance.grading.plan import Entry
from conformance.report import version
from conformance.target import UsageError
from spec.requirements import CLASSES

MARKER = "grading.json"  # in a folder that is ours, so that no other is ever cleared
RESULT = "result.json"
REPORT = "report.json"


@dataclass(frozen=True, slots=True)
class Result:
    """What is known of one server.

    Attributes:
        asked: a digest of what was asked, so that a result is not taken for that of another command or depth.
        trouble: why it was not judged, or not to the end; None if it was.
        notes: what it did beyond its limits, or left behind.
        seconds: of the whole run.
    """

    name: str
    place: str
    asked: str
    trouble: str | None
    notes: list[str]
    seconds: float


@contextlib.contextmanager
def opened(out: Path, *, resume: bool) -> Iterator[None]:
    """The folder, made if need be, and this run's alone.

    Raises:
        UsageError: it has something in it, or another run is writing there; to resume: it is of no earlier run.
    """
    try:
        _check(out, resume=resume)
        out.mkdir(parents=True, exist_ok=True)
        marker = (out / MARKER).open("a", encoding="ascii")
    except OSError as error:
        raise UsageError(f"cannot write to {out}: {error.strerror or error}") from error
    with marker:
        _lock(marker.fileno(), out)
        marker.truncate(0)
        marker.write(json.dumps({"tool": "chat-conformance grade", "version": version()}) + "\n")
        marker.flush()
        yield


def _check(out: Path, *, resume: bool) -> None:
    is_used = out.exists() and any(out.iterdir())
    if is_used and not resume:
        raise UsageError(f"{out} is not empty: name a new folder, or --resume what was begun there")
    if is_used and not (out / MARKER).is_file():
        raise UsageError(f"{out} is of no earlier grading, so nothing there can be resumed")


def _lock(descriptor: int, out: Path) -> None:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)  # let go by the system, however this run ends
    except OSError as error:
        raise UsageError(f"another grading is writing to {out}") from error


def digest(entry: Entry, options: dict[str, Any]) -> str:
    """A word that is the same for the same server judged in the same way."""
    asked = json.dumps([asdict(entry), options], sort_keys=True, default=str)
    return hashlib.sha256(asked.encode()).hexdigest()[:16]


def done(out: Path, entry: Entry, asked: str) -> Result | None:
    """The result of an earlier run, if there is one and it was asked the same; else its folder is cleared.

    Raises:
        UsageError: it cannot be cleared.
    """
    place = out / entry.place
    with contextlib.suppress(OSError, ValueError, TypeError):
        found = Result(**json.loads((place / RESULT).read_text(encoding="ascii")))
        if found.name == entry.name and found.asked == asked and report_of(out, found) is not None:
            return found
    try:
        if place.exists():
            shutil.rmtree(place)
    except (OSError, RecursionError) as error:
        raise UsageError(f"cannot clear {place}, remove it by hand: {error}") from error
    return None


def keep(out: Path, result: Result) -> None:
    """Writes a result, whole or not at all."""
    draft = out / result.place / f"{RESULT}.part"
    draft.write_text(json.dumps(asdict(result), indent=2) + "\n", encoding="ascii")
    draft.replace(out / result.place / RESULT)


def report_of(out: Path, result: Result) -> dict[str, Any] | None:
    """The report of a server; None if there is none, or nothing that points can be counted from."""
    try:
        data = json.loads((out / result.place / REPORT).read_text(encoding="ascii"))
        # A server runs as the same user, and may have written anything.
        told = [data["trouble"] or "", *(data["verdict"][cls] for cls in CLASSES)]
        told += [row[key] for row in data["requirements"] for key in ("id", "class", "keyword", "verdict")]
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return None
    return data if isinstance(data, dict) and all(isinstance(text, str) for text in told) else None
