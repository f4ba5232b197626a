"""A grading of servers that hang, fork, hide, flood and die: neither the run nor the others suffer, and nothing is left."""

import csv
from dataclasses import dataclass
from pathlib import Path

import jsonschema
import pytest

from conformance.report import schema
from tests.conformance.grading.grades import grade, servers, told
from tests.conformance.grading.hopeless import SERVERS
from tests.conformance.grading.leftovers import is_listening, running, word

HEAD = """
[run]
depth = "quick"
only = ["JOIN-2"]
[limits]
processes = 40
memory_mib = 100
file_mib = 2
disk_mib = 8
log_kib = 16
"""
NAMES = {name: "limits = { time_seconds = 3 }" if name == "hangs" else "" for name in SERVERS}


@dataclass(frozen=True, slots=True)
class Graded:
    """What came of the grading."""

    out: Path
    status: int
    lines: list[str]
    mark: str
    rows: dict[str, dict[str, str]]


@pytest.fixture(scope="module")
def graded(tmp_path_factory: pytest.TempPathFactory) -> Graded:
    """One grading of all of them, at once: the more they are, the more they could disturb each other."""
    place, mark = tmp_path_factory.mktemp("grading"), word()
    out = place / "out"
    status, lines = grade(servers(place, NAMES, mark, HEAD), out, "--jobs", str(len(NAMES)))
    with (out / "grades.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = {row["name"]: row for row in csv.DictReader(file)}
    return Graded(out, status, lines, mark, rows)


def test_nothing_is_left(graded: Graded) -> None:
    """No process of any of them, also of those that have left their session, and no port."""
    ports = [int(told(graded.out, name)["target"].rpartition(":")[2]) for name in NAMES]

    assert all(told(graded.out, name)["target"].startswith(f"{name}, at 127.0.0.1:") for name in NAMES)
    assert running(graded.mark) == []
    assert [port for port in ports if is_listening(port)] == []
    assert len(set(ports)) == len(NAMES)


def test_each_has_a_line_and_a_report(graded: Graded) -> None:
    """Progress counts up; every report is valid, also of one that never was judged; scratch folders have gone."""
    counts = [line.split()[0] for line in graded.lines[: len(NAMES)]]

    assert counts == [f"{n}/{len(NAMES)}" for n in range(1, len(NAMES) + 1)]
    assert list(graded.rows) == list(NAMES)
    for name in NAMES:
        jsonschema.validate(told(graded.out, name), schema())
        assert not (graded.out / name / "scratch").exists()


def test_the_tables(graded: Graded) -> None:
    """Some could not be judged, and the status says so; the good one has all points."""
    assert graded.status == 3
    assert (graded.out / "summary.txt").read_text(encoding="utf-8") in "\n".join(graded.lines) + "\n"
    assert graded.rows["good"]["points"] == graded.rows["good"]["max"] == "1"
    assert graded.rows["good"]["trouble"] == ""
    assert graded.rows["good"]["core"] == "pass"


@pytest.mark.parametrize(
    ("name", "points", "trouble"),
    [
        ("hangs", "0", "not done within 3 s"),
        ("forks", "0", "processes at once, of 40 allowed"),
        ("daemon", "1", "left 1 of its processes behind"),
        ("prints", "1", ""),
        ("dies", "0", "ended with status 1 before it listened: no time"),
        ("drops", "0", ""),
        ("fills", "0", "MiB of memory, of 100 allowed"),
        ("writes", "0", "OSError: [Errno 27] File too large"),
        ("litters", "0", "MiB of files, of 8 allowed"),
        ("stubborn", "0", ""),
    ],
)
def test_what_is_said_of_each(graded: Graded, name: str, points: str, trouble: str) -> None:
    """A server that joins people has its point, whatever else it does; of the others the trouble is named."""
    row = graded.rows[name]

    assert row["points"] == points
    assert trouble in row["trouble"]
    assert (row["trouble"] == "") == (trouble == "")


@pytest.mark.parametrize("name", ["drops", "stubborn"])
def test_what_listens_is_judged(graded: Graded, name: str) -> None:
    """Nobody can join them: that is a failure, and no trouble."""
    assert graded.rows[name]["failed"] == "JOIN-2"
    assert graded.rows[name]["core"] == "fail"


def test_a_flood_is_bounded(graded: Graded) -> None:
    """Of what it printed, the beginning and the end are kept, with nothing in it that drives a terminal."""
    text = (graded.out / "prints" / "server.log").read_text(encoding="utf-8")

    assert "octets left out]" in text
    assert "\x1b" not in text
    assert len(text) < 17 * 1024
