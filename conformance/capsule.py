"""A capsule: one failure in one JSON file, with the whole conversation that shows it, to be played again at any time.

A run of the same seed plays the same only with the same version of the suite; a capsule is played by every later one.
Its schema is capsule.schema.json beside this file.
"""

import json
import re
from collections import Counter
from dataclasses import dataclass
from functools import cache
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any

from conformance import standalone
from conformance.check import CHECKS
from conformance.differences import differences
from conformance.schemas import problem
from conformance.script import Script
from conformance.script_data import DataError, from_data, to_data, untagged
from conformance.target import UsageError
from conformance.trace import Trace
from conformance.transcript import transcript
from conformance.verdict import CheckResult
from spec.requirements import register

if TYPE_CHECKING:
    from conformance.run import Report  # it needs the names of files from here

SCHEMA = 1
WHAT = "A conversation that breaks a requirement; `chat-conformance replay THIS_FILE HOST:PORT` plays it again."
MOST_FILE_OCTETS = 128 * 1024 * 1024


@cache
def schema() -> dict[str, Any]:
    """The JSON schema that every capsule obeys."""
    text = resources.files("conformance").joinpath("capsule.schema.json").read_text(encoding="utf-8")
    loaded: dict[str, Any] = json.loads(text)
    return loaded


class CapsuleError(UsageError):
    """A file that is no capsule that this version can read; the message says why, in one line."""


@dataclass(frozen=True, slots=True)
class Capsule:
    """One failure.

    Attributes:
        requirement, cls, sentence: what is broken: the id, its class, what it demands.
        check, clause, about: the check that found it; about is empty where it was seen in passing.
        judge: whose judgement it was: `room` (conformance.differences), `passing` (conformance.passing) or the `check`'s own.
        ids: a deviation from one of these requirements is the failure.
        target: the address of the server that failed.
        script: the conversation, with the tokens for the tag and the time.
        transcript: the playing that failed, as in a report.
        tool, spec: the versions that made it.
    """

    requirement: str
    cls: str
    sentence: str
    check: str
    clause: str
    about: str
    judge: str
    ids: tuple[str, ...]
    seed: int
    target: str
    expected: str
    seen: str
    who: str
    decided_by: str | None
    repeats: tuple[int, int]
    script: Script
    transcript: list[dict[str, Any]]
    tool: str
    spec: str

    def as_json(self) -> dict[str, Any]:
        """The capsule as plain data, by its schema."""
        return {
            "schema": SCHEMA,
            "what": WHAT,
            "tool": {"name": "chat-conformance", "version": self.tool},
            "spec": self.spec,
            "requirement": {"id": self.requirement, "class": self.cls, "sentence": self.sentence},
            "check": {"name": self.check, "clause": self.clause, "about": self.about},
            "judge": {"by": self.judge, "ids": list(self.ids)},
            "seed": self.seed,
            "target": self.target,
            "failure": {
                "expected": self.expected,
                "seen": self.seen,
                "who": self.who,
                "decided_by": self.decided_by,
                "repeats": list(self.repeats),
            },
            "script": to_data(self.script),
            "transcript": self.transcript,
        }


def of(result: CheckResult, report: "Report") -> Capsule:
    """The capsule of a check that failed or warned in a run.

    Raises:
        ValueError: it did not fail, or nothing was played.
    """
    from conformance.report import SPEC_VERSION, version  # which knows runs, which know the names of files from here

    failure = result.failure
    if failure is None or failure.trace is None:
        raise ValueError(f"{result.name} has no playing that failed")
    requirement, check = register()[result.requirement], CHECKS.get(result.name)
    judge, ids = _judgement(result, failure.trace)
    return Capsule(
        requirement=requirement.id,
        cls=requirement.cls,
        sentence=requirement.sentence,
        check=result.name,
        clause=result.clause,
        about=check.about if check is not None else "",
        judge=judge,
        ids=ids,
        seed=report.seed,
        target=report.target,
        expected=failure.expected,
        seen=failure.seen,
        who=failure.who,
        decided_by=result.decided_by,
        repeats=result.repeats,
        script=untagged(failure.trace, report.started.timestamp()),
        transcript=transcript(failure.trace),
        tool=version(),
        spec=SPEC_VERSION,
    )


def to_json(result: CheckResult, report: "Report") -> dict[str, Any]:
    """The capsule of a failure as plain data; raises what `of` does."""
    return of(result, report).as_json()


def _judgement(result: CheckResult, trace: Trace) -> tuple[str, tuple[str, ...]]:
    """Whose judgement a failure is, and deviations from which ids count. What was seen in passing may be blamed on
    another id than it deviates from: then only that of the check was unusual."""
    check, failure = CHECKS.get(result.name), result.failure
    if check is not None:
        return ("room" if check.judge is differences else "check"), tuple(sorted(check.scope))
    assert failure is not None
    said = (failure.expected, failure.seen, failure.who)
    ids = {found.requirement for found in differences(trace) if (found.expected, found.seen, found.who) == said}
    return ("room", tuple(sorted(ids))) if ids else ("passing", (result.requirement,))


def from_json(data: Any) -> Capsule:
    """The capsule that data are.

    Raises:
        CapsuleError: they are none, or one of a newer form.
    """
    if not isinstance(data, dict) or not {"schema", "script", "requirement"} <= data.keys():
        raise CapsuleError("it is no capsule: capsules are written by a run with --capsules, one for each failure")
    if data["schema"] != SCHEMA:
        raise CapsuleError(f"it is of the form {data['schema']!r:.40}, and this version reads form {SCHEMA} only")
    unsound = problem(schema(), data)
    if unsound is not None:
        raise CapsuleError(f"it is no sound capsule: {unsound}")
    failure, requirement, check = data["failure"], data["requirement"], data["check"]
    try:
        script = from_data(data["script"])
    except DataError as error:
        raise CapsuleError(f"it is no sound capsule: {error}") from error
    return Capsule(
        requirement=requirement["id"],
        cls=requirement["class"],
        sentence=requirement["sentence"],
        check=check["name"],
        **{name: check[name] for name in ("clause", "about")},
        judge=data["judge"]["by"],
        ids=tuple(data["judge"]["ids"]),
        seed=int(data["seed"]),
        target=data["target"],
        **{name: failure[name] for name in ("expected", "seen", "who", "decided_by")},
        repeats=(int(failure["repeats"][0]), int(failure["repeats"][1])),
        script=script,
        transcript=data["transcript"],
        tool=data["tool"]["version"],
        spec=data["spec"],
    )


def read(path: Path) -> Capsule:
    """The capsule in a file.

    Raises:
        CapsuleError: the file cannot be read, or is none.
    """
    try:
        with path.open("rb") as file:
            octets = file.read(MOST_FILE_OCTETS + 1)
        if len(octets) > MOST_FILE_OCTETS:
            raise CapsuleError(f"it is larger than {MOST_FILE_OCTETS // 1024 // 1024} MiB")
        return from_json(json.loads(octets, parse_constant=_refuse))
    except OSError as error:
        raise CapsuleError(f"cannot read {path}: {error.strerror or error}") from error
    except CapsuleError as error:
        raise CapsuleError(f"{path}: {error}") from error
    except (ValueError, RecursionError) as error:
        raise CapsuleError(f"{path}: it is no JSON ({error})") from error


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is no number")


def file_name(result: CheckResult, number: int) -> str:
    """The name of the file for a failure, such as `FRAME-6-one-cut-1.json`: safe on every system."""
    return f"{re.sub('[^A-Za-z0-9-]+', '-', result.name)}-{number}.json"


def write_all(report: "Report", folder: Path) -> dict[str, str]:
    """Writes a capsule for each failure and warning of a run that has a playing, and a stand-alone script beside each.

    Args:
        folder: made if need be; files of the same names in it are replaced.

    Returns:
        the name of the capsule's file by the name of the check.

    Raises:
        OSError: something cannot be written.
    """
    numbers: Counter[str] = Counter()
    written: dict[str, str] = {}
    for result in (check for row in report.results for check in row.checks):
        if result.failure is None or result.failure.trace is None:
            continue
        folder.mkdir(parents=True, exist_ok=True)
        numbers[result.name] += 1
        name = file_name(result, numbers[result.name])
        capsule = of(result, report)
        (folder / name).write_text(json.dumps(capsule.as_json(), indent=1) + "\n", encoding="ascii")
        (folder / name).with_suffix(".py").write_text(standalone.source(capsule), encoding="ascii")
        written.setdefault(result.name, name)
    return written
