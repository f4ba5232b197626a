"""Judging clients proves itself: every shipped faulty client has to be found for what it breaks, and no friend blamed."""

import json
import shutil
import sys
from collections import Counter
from pathlib import Path

from conformance.clients import faults
from conformance.clients.faults import CLIENT_FAULTS, CLIENT_FRIENDS
from conformance.clients.launch import Client
from conformance.clients.run import judge
from conformance.report import as_json
from conformance.run import Options
from conformance.selftest import Proof, left_open
from conformance.verdict import FAIL, WARN

CORRECT = "correct"  # the base of all the others, a friend as well
PERL = "perl"  # a friend of another hand, in another language
SAMPLED = (CORRECT, PERL, "buffers-its-output", "asks-the-nick", "resets-at-the-end")


def names() -> set[str]:
    """The names of all shipped clients."""
    return {CORRECT, PERL, *CLIENT_FAULTS, *CLIENT_FRIENDS}


def sample(count: int) -> list[str]:
    """Names of so many faulty clients, every requirement that any of them breaks among them, and of some friends."""
    seen: Counter[str] = Counter()
    chosen: list[str] = []
    rows = sorted(CLIENT_FAULTS, key=lambda name: (CLIENT_FAULTS[name].breaks[0], name))
    while rows and len(chosen) < count:
        rows.sort(key=lambda name: seen[CLIENT_FAULTS[name].breaks[0]])  # stable: the least covered requirement first
        chosen.append(rows.pop(0))
        seen[CLIENT_FAULTS[chosen[-1]].breaks[0]] += 1
    return [*chosen, *SAMPLED]


def command(name: str) -> list[str]:
    """What starts a shipped client; one that asks for the nick is told it on its standard input."""
    if name == PERL:
        return [PERL, str(Path(faults.__file__).with_name("client.pl")), "{nick}", "{host}", "{port}"]
    words = [sys.executable, "-P", "-m", "conformance.clients.faults", name]
    return [*words, *([] if name == "asks-the-nick" else ["--nick", "{nick}"]), "{host}:{port}"]


def prove(name: str, depth: str, reports: Path | None = None) -> Proof:
    """Judges one shipped client with a whole run.

    Args:
        reports: a folder for the report, if it is to be kept.
    """
    fault, friend = CLIENT_FAULTS.get(name), CLIENT_FRIENDS.get(name)
    breaks = fault.breaks if fault is not None else ()
    warns = friend.warns if friend is not None else ()
    if name == PERL and shutil.which(PERL) is None:
        return Proof(name, (), (), (), (), (), 0, 0.0, "no perl is installed", skipped=True)
    report = judge(Client(tuple(command(name))), Options(depth=depth, seed=0))
    if reports is not None:
        (reports / f"{name}.json").write_text(json.dumps(as_json(report)) + "\n", encoding="ascii")
    failed = tuple(row.requirement.id for row in report.results if row.verdict is FAIL)
    warned = tuple(row.requirement.id for row in report.results if row.verdict is WARN)
    checks = tuple(check.name for row in report.results for check in row.checks if check.verdict in (FAIL, WARN))
    undecided = sum(row.verdict not in (FAIL, WARN, "pass") for row in report.results if row.is_counted)
    found = (*failed, *warned) if fault is not None else failed  # a fault may be an unmet SHOULD
    return Proof(
        name,
        breaks,
        warns,
        found,
        warned,
        checks,
        undecided,
        report.duration,
        report.trouble,
        left=left_open(report.results),
    )
