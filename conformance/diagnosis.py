"""What a failed run looks like: its evidence beside that of the shipped faulty servers, whose mistakes are known.

kills.json has the evidence: of each faulty server the checks that failed and warned, and marks of what was seen. (What
was not run matters of the run that is judged only.) It is written from the reports of a selftest, named after the servers:

    chat-conformance selftest --reports reports
    python -m conformance.diagnosis --collect reports/*.json
"""

import argparse
import functools
import json
import math
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any

from conformance.mistakes import MISTAKE_OF, MISTAKES

PLACE = Path(__file__).with_name("kills.json")
SCHEMA = 2
AT_MOST = 3
THRESHOLD = 0.55  # below it, nothing is said: a wrong guess costs more than none
EXTRA = 0.1  # what a fault does not explain counts little: it may be another mistake's
UNDECIDED = 0.25  # what the run could not decide speaks neither for nor against
SHAPE, LITERAL = 0.75, 0.2  # marks count less than the check that they are about: wording is chance
OTHERWISE = 0.75  # a known mark that is missing of a check that failed all the same: it failed in other words
MARK_LENGTH = 120
SEEN_LENGTH = 400  # of what was seen, so much is looked at

_NONCE = re.compile(r"[a-z2-9]{4}0[0-9a-z]{3}")
_TIME = re.compile(r"\d{4}-\d\d-\d\dT[\d:.]+Z?")
_QUOTED = re.compile(r"b?'(?:[^'\\]|\\.)*'|b?\"(?:[^\"\\]|\\.)*\"")
_NUMBER = re.compile(r"\d+")


@dataclass(frozen=True, slots=True)
class Evidence:
    """What a run says about a server's mistakes.

    Attributes:
        failed, warned, not_run: names of checks; `not_run` has the inconclusive ones too.
        marks: what was seen where, without what changes from run to run; two for each failed or warned check, one
            without and one with the octets and texts.
    """

    failed: frozenset[str]
    warned: frozenset[str]
    marks: frozenset[str]
    not_run: frozenset[str] = frozenset()

    @property
    def broken(self) -> frozenset[str]:
        """Names of the checks that failed or warned."""
        return self.failed | self.warned

    def without(self, checks: frozenset[str]) -> "Evidence":
        """What is left when some checks are explained."""
        marks = frozenset(mark for mark in self.marks if _check_of(mark) not in checks)
        return Evidence(self.failed - checks, self.warned - checks, marks, self.not_run | checks)


def gather(data: Mapping[str, Any]) -> Evidence:
    """The evidence in a report's data."""
    found: dict[str, set[str]] = {"fail": set(), "warn": set(), "not-run": set(), "inconclusive": set()}
    marks: set[str] = set()
    for row in data["requirements"]:
        for check in row["checks"]:
            found.get(check["verdict"], set()).add(check["name"])
            if check["verdict"] in ("fail", "warn") and check["failure"] is not None:
                marks.update(_marks(check))
    undecided = found["not-run"] | found["inconclusive"]
    return Evidence(*(frozenset(names) for names in (found["fail"], found["warn"], marks, undecided)))


def _marks(check: Mapping[str, Any]) -> list[str]:
    seen, expected = (check["failure"][key][:SEEN_LENGTH] for key in ("seen", "expected"))
    head = f"{check['name']} {check['decided_by']}"
    literal = _TIME.sub("T", _NONCE.sub("", f"{seen} / {expected}"))
    shape = _QUOTED.sub("…", _TIME.sub("T", seen))
    return [f"{head}: {_NUMBER.sub('#', text)}"[:MARK_LENGTH] for text in (shape, f"= {literal}")]


def _check_of(mark: str) -> str:
    return mark.partition(" ")[0]


def _id_of(check: str) -> str:
    return check.partition("/")[0]


class Matrix:
    """The kill matrix: the evidence of known mistakes, and how rare each piece of it is.

    Args:
        kills: evidence by the name of a shipped faulty server.
    """

    def __init__(self, kills: Mapping[str, Evidence]) -> None:
        self.kills = {name: kill for name, kill in sorted(kills.items()) if name in MISTAKE_OF}
        self._features = {name: _features(kill) for name, kill in self.kills.items()}
        self._seen = Counter(name for kill in kills.values() for name in kill.broken)
        self._seen.update(identifier for kill in kills.values() for identifier in set(map(_id_of, kill.broken)))

    def weight(self, feature: str) -> float:
        """How much a piece of evidence counts: the rarer, the more; an id as much as a check; a mark less than its check."""
        seen = self._seen[_check_of(feature)]
        if not seen:
            return 0.0  # no known mistake breaks it, so it tells none from another
        rarity = math.log(1 + len(self.kills) / seen)
        return rarity * (1.0 if " " not in feature else LITERAL if ": = " in feature else SHAPE)

    def likeness(self, seen: Evidence, name: str) -> float:
        """How well a known mistake explains what was seen, from 0 (not at all) to 1."""
        return self.compare(seen, name)[0]

    def compare(self, seen: Evidence, name: str) -> tuple[float, float]:
        """The likeness, and the weight of the evidence that is common to both."""
        ours, theirs = _features(seen), self._features[name]
        if not ours & theirs:
            return 0.0, 0.0
        common = sum(map(self.weight, sorted(ours & theirs)))  # sorted: floats add up the same in every process
        missing = sum(self._share(feature, seen) for feature in sorted(theirs - ours))
        extra = sum(map(self.weight, sorted(ours - theirs)))
        return round(common / (common + missing + EXTRA * extra), 6), round(common, 6)

    def _share(self, feature: str, seen: Evidence) -> float:
        check = _check_of(feature)
        return self.weight(feature) * (
            UNDECIDED if check in seen.not_run else OTHERWISE if check in seen.broken else 1.0
        )

    def best(self, seen: Evidence) -> tuple[str, str, float] | None:
        """The mistake that is most like what was seen, the faulty server that shows it, and their likeness."""
        # One that has only an id in common with what was seen explains no check.
        explaining = {mistake for mistake in MISTAKES if seen.broken & self.explained(mistake)}
        compared = {name: self.compare(seen, name) for name in self.kills if MISTAKE_OF[name] in explaining}
        # Of what is like enough, that which explains most: a consequence can be rarer than its cause, but it is less.
        rated = {name: like * common for name, (like, common) in compared.items() if like >= THRESHOLD}
        if not rated:
            return None
        highest = max(rated.values())
        names = [name for name, rating in rated.items() if rating == highest]
        support = Counter(MISTAKE_OF[name] for name in names)
        mistake = max(MISTAKES, key=lambda phrase: support[phrase])  # the first of several
        fault = next(name for name in names if MISTAKE_OF[name] == mistake)
        return mistake, fault, compared[fault][0]

    def explained(self, mistake: str) -> frozenset[str]:
        """The checks that a mistake is known to break."""
        kills = [self.kills[name].broken for name in MISTAKES[mistake] if name in self.kills]
        return frozenset().union(*kills)

    def diagnose(self, seen: Evidence) -> list[dict[str, Any]]:
        """At most three mistakes that explain what was seen: the likeliest one, then the likeliest one of the rest, and so
        on; in the order of how many checks each explains."""
        found: list[dict[str, Any]] = []
        while seen.failed and len(found) < AT_MOST:
            best = self.best(seen)
            if best is None:
                break
            mistake, fault, likeness = best
            because = sorted(seen.broken & self.explained(mistake))
            ids = list(dict.fromkeys(map(_id_of, because)))
            found.append(
                {"mistake": mistake, "likeness": round(likeness, 2), "because": because, "fault": fault, "ids": ids}
            )
            seen = seen.without(self.explained(mistake))
        return sorted(found, key=lambda entry: -len(entry["because"]))


def _features(evidence: Evidence) -> frozenset[str]:
    return evidence.broken | frozenset(map(_id_of, evidence.broken)) | evidence.marks


def diagnose(data: Mapping[str, Any]) -> list[dict[str, Any]]:
    """What the failures of a report look like.

    Args:
        data: a report as `conformance.report.as_json` gives it; nothing in it is believed but the names of checks.

    Returns:
        At most three, first the one that explains most: `mistake` (a phrase), `likeness` (0 to 1), `because` (names of
        checks that fit), `fault` (the shipped faulty server that is most like it) and `ids`. Empty if nothing failed, or
        if what failed looks like nothing known.
    """
    seen = gather(data)
    return [] if _is_mute(data, seen) else matrix().diagnose(seen)


def _is_mute(data: Mapping[str, Any], seen: Evidence) -> bool:
    """Whether nobody could join and the server said nothing at all: no chat server, or none that runs, which is no mistake
    in the words or the recipients of an announcement, though the same check fails."""
    failures = [check["failure"] for row in data["requirements"] for check in row["checks"] if check["failure"]]
    entries = [entry for failure in failures for entry in failure["transcript"]]
    heard = any(entry["what"] == "received" and entry["length"] for entry in entries)
    return "JOIN-2" in map(_id_of, seen.failed) and bool(entries) and not heard


def read(text: str) -> dict[str, Evidence]:
    """The kill matrix out of its JSON."""
    loaded: dict[str, dict[str, list[str]]] = json.loads(text)["kills"]
    return {name: Evidence(**{key: frozenset(value) for key, value in kill.items()}) for name, kill in loaded.items()}


def written(kills: Mapping[str, Evidence]) -> str:
    """The kill matrix as JSON; the same evidence gives the same octets."""
    keys = ("failed", "warned", "marks")
    rows = {name: {key: sorted(getattr(kill, key)) for key in keys} for name, kill in sorted(kills.items())}
    return json.dumps({"schema": SCHEMA, "kills": rows}, indent=1, ensure_ascii=True) + "\n"


@functools.cache
def matrix() -> Matrix:
    """The kill matrix that is shipped."""
    return Matrix(read(resources.files("conformance").joinpath("kills.json").read_text(encoding="ascii")))


def collect(reports: Iterable[Path], place: Path) -> list[str]:
    """Enters reports, each named after its faulty server, into a kill matrix; what is friendly or not shipped stays out.

    Returns:
        The names of shipped faulty servers that the matrix lacks.

    Raises:
        ValueError: a report is named after no shipped server, or nothing failed in that of a faulty one.
    """
    from conformance import selftest  # knows the friendly servers, which nothing else here needs

    kills = read(place.read_text(encoding="ascii")) if place.exists() else {}
    for path in reports:
        if path.stem not in selftest.names():
            raise ValueError(f"{path}: named after no shipped server")
        evidence = gather(json.loads(path.read_text(encoding="ascii")))
        if path.stem in MISTAKE_OF and not evidence.failed:
            raise ValueError(f"{path}: nothing failed")
        kills[path.stem] = evidence
    place.write_text(written({name: kill for name, kill in kills.items() if name in MISTAKE_OF}), encoding="ascii")
    return sorted(MISTAKE_OF.keys() - kills.keys())


def main(arguments: Sequence[str] | None = None) -> None:
    """The command; prints what is lacking."""
    parser = argparse.ArgumentParser("python -m conformance.diagnosis", description="Updates kills.json.")
    parser.add_argument("--collect", nargs="+", type=Path, required=True, metavar="REPORT.json")
    lacking = collect(parser.parse_args(arguments).collect, PLACE)
    print(f"lacking: {', '.join(lacking) or 'nothing'}")


if __name__ == "__main__":
    main()
