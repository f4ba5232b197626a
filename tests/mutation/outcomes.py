"""What became of each mutant: the file that lets a run be taken up again, the known equivalents, and the report."""

import json
import tomllib
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

from tests.mutation.mutants import Mutant

EQUIVALENTS = Path(__file__).with_name("equivalents.toml")
Fate = Literal["tests", "selftest", "survived", "equivalent"]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a mutant.

    Attributes:
        key: the digest of its text.
        fate: what killed it; `survived` if nothing did, `equivalent` if nothing can.
        by: the test or the servers that killed it; for a survivor, what has run.
        evidence: a digest of the tests that it has survived; others may kill it.
        selftested: whether the selftest has run.
    """

    key: str
    place: str
    fate: Fate
    by: str
    evidence: str = ""
    selftested: bool = False


class Results:
    """Outcomes in a file, one a line, written as they come; of several for one mutant, the last counts."""

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._known: dict[str, Outcome] = {}
        if path is not None and path.exists():
            for line in path.read_text(encoding="utf-8").splitlines():
                if line.endswith("}"):  # the last one may have been cut off
                    outcome = Outcome(**json.loads(line))
                    self._known[outcome.key] = outcome

    def known(self, mutant: Mutant) -> Outcome | None:
        """What was found of a mutant before."""
        return self._known.get(mutant.key)

    def add(self, outcome: Outcome) -> None:
        """Keeps an outcome."""
        self._known[outcome.key] = outcome
        if self._path is not None:
            with self._path.open("a", encoding="utf-8") as file:
                file.write(json.dumps(asdict(outcome)) + "\n")


def equivalents(path: Path = EQUIVALENTS) -> dict[tuple[str, ...], str]:
    """The mutants that nothing can tell from the original, by their place, each with the reason."""
    rows = tomllib.loads(path.read_text(encoding="utf-8")).get("equivalent", [])
    return {
        (row["module"], row["function"], row["statement"], row["original"], row["mutated"]): row["reason"]
        for row in rows
    }


def report(rows: Iterable[tuple[str, list[tuple[Mutant, Outcome | None]]]]) -> list[str]:
    """The table by module, and each survivor with what was broken.

    Args:
        rows: each module with its mutants, and what became of each: None if that was not found out.
    """
    lines = [f"{'module':<20} mutants  by tests  by selftest  equivalent  survivors  not run  score"]
    survivors: list[str] = []
    total = dict.fromkeys(("mutants", "tests", "selftest", "equivalent", "survived", "not run"), 0)
    for name, found in rows:
        counts = dict.fromkeys(total, 0) | {"mutants": len(found)}
        for mutant, outcome in found:
            counts[outcome.fate if outcome is not None else "not run"] += 1
            if outcome is not None and outcome.fate == "survived":
                survivors.append(f"{mutant}  ({outcome.by})")
        total = {key: total[key] + counts[key] for key in total}
        lines.append(_row(name, counts))
    return [*lines, _row("all", total), "", *survivors]


def _row(name: str, counts: dict[str, int]) -> str:
    killed = counts["tests"] + counts["selftest"]
    judged = killed + counts["survived"]
    score = f"{killed / judged:7.1%}" if judged else "      –"
    return (
        f"{name:<20} {counts['mutants']:>7}  {counts['tests']:>8}  {counts['selftest']:>11}  {counts['equivalent']:>10}"
        f"  {counts['survived']:>9}  {counts['not run']:>7}{score}"
    )
