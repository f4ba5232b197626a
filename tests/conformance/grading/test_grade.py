"""What is judged next, and what comes of the results; with charges that judge nothing."""

import json
import os
import socket
from pathlib import Path

import pytest

from conformance.grading import grade as module
from conformance.grading.job import Job, Outcome
from conformance.grading.judge import unjudged, write_report
from conformance.target import UsageError
from tests.conformance.grading.grades import grade


class FakeCharge:
    """Ends at the first look; tells what was under way at its start."""

    under_way: list["FakeCharge"] = []  # noqa: RUF012  # shared on purpose
    peaks: list[set[str]] = []  # noqa: RUF012
    outcomes: dict[str, Outcome] = {}  # noqa: RUF012
    interrupts: str | None = None
    is_overdue = False

    def __init__(self, job: Job) -> None:
        self.job = job
        self.told = False
        self._reader, self._writer = os.pipe()
        os.close(self._writer)
        job.place.mkdir()
        self.under_way.append(self)
        self.peaks.append({charge.job.name for charge in self.under_way})

    def fileno(self) -> int:
        """At its end."""
        return self._reader

    def read(self) -> bool:
        """It has ended; or the user ends the run."""
        if self.interrupts == self.job.name:
            raise KeyboardInterrupt
        return True

    def tell_to_stop(self) -> None:
        """It does."""
        self.told = True

    def end(self, seconds: float) -> Outcome:
        """As the test says."""
        os.close(self._reader)
        self.under_way.remove(self)
        return self.outcomes.get(self.job.name, Outcome(None, [], 1.0))


@pytest.fixture(autouse=True)
def _fake(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "Charge", FakeCharge)
    for name, value in (("under_way", []), ("peaks", []), ("outcomes", {}), ("interrupts", None)):
        monkeypatch.setattr(FakeCharge, name, value)


def plan(tmp_path: Path, addresses: dict[str, str | None], more: str = "") -> Path:
    """A file of servers with these addresses; those without have a command with a port of its own."""
    text = "[run]\nonly = ['JOIN-2', 'FRAME-6']\n" + more
    for name, address in addresses.items():
        text += f"[[server]]\nname = '{name}'\ncommand = 'x {{port}}'\n"
        text += f"address = '127.0.0.1:{address}'\n" if address else ""
    (tmp_path / "s.toml").write_text(text, encoding="utf-8")
    return tmp_path / "s.toml"


def passing(job: Job) -> None:
    """Writes a report in which JOIN-2 has passed."""
    data = unjudged(job, "")
    data["trouble"] = None
    for row in data["requirements"]:
        row["verdict"] = "pass" if row["id"] == "JOIN-2" else "fail"
    write_report(data, job.place)


def test_servers_with_one_port_never_run_at_once(tmp_path: Path) -> None:
    """Those behind them are not held up; others run side by side, as many as there are jobs."""
    file = plan(tmp_path, {"a": "7001", "b": "7001", "c": None, "d": None, "e": "7001", "f": "7002"})
    grade(file, tmp_path / "out", "--jobs", "3")

    assert {"a", "c", "d"} in FakeCharge.peaks
    assert max(map(len, FakeCharge.peaks)) == 3
    assert not [names for names in FakeCharge.peaks if len(names & {"a", "b", "e"}) > 1]
    assert len(FakeCharge.peaks) == 6


def test_one_job(tmp_path: Path) -> None:
    """In the order of the file; --jobs counts more than the file."""
    file = plan(tmp_path, {"a": None, "b": None, "c": None})
    file.write_text(file.read_text(encoding="utf-8").replace("[run]", "[run]\njobs = 5"), encoding="utf-8")
    _, lines = grade(file, tmp_path / "out", "--jobs", "1")

    assert FakeCharge.peaks == [{"a"}, {"b"}, {"c"}]
    assert [line[:6] for line in lines[:3]] == ["1/3  a", "2/3  b", "3/3  c"]


def test_no_port_is_given_twice(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nor one that a server of the file has built in."""
    ports = iter([7001, 7002, 7002, 7003])
    monkeypatch.setattr(module, "free_port", lambda: next(ports))
    given = []
    monkeypatch.setattr(FakeCharge, "tell_to_stop", lambda self: None)
    begin = FakeCharge.__init__

    def begun(self: FakeCharge, job: Job) -> None:
        given.append(job.port)
        begin(self, job)

    monkeypatch.setattr(FakeCharge, "__init__", begun)
    grade(plan(tmp_path, {"a": "7001", "b": None, "c": None}), tmp_path / "out", "--jobs", "3")

    assert given == [7001, 7002, 7003]


def test_status_and_trouble(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """0 if all were judged, whatever the verdicts; 3 if one was not; notes stand before the trouble, once each."""
    begin = FakeCharge.__init__

    def judged(self: FakeCharge, job: Job) -> None:
        begin(self, job)
        if job.name != "b":
            passing(job)

    monkeypatch.setattr(FakeCharge, "__init__", judged)
    FakeCharge.outcomes["a"] = Outcome(None, ["left 1"], 2.0)
    FakeCharge.outcomes["b"] = Outcome("not done", ["large", "wide", "large"], 2.0)

    assert grade(plan(tmp_path, {"a": None}), tmp_path / "one")[0] == 0
    assert grade(plan(tmp_path, {"a": None, "b": None}), tmp_path / "two")[0] == 3
    [_, first, second] = (tmp_path / "two" / "grades.csv").read_text(encoding="utf-8-sig").splitlines()
    assert first.endswith(",1,2,50.0,FRAME-6,2.0,left 1,a")
    assert second.endswith(",0,2,0.0,,2.0,large (2 times); wide; not done,b")


def test_resume(tmp_path: Path) -> None:
    """What is done is not judged again, but counted anew; what is new, or asked otherwise, is judged."""
    out = tmp_path / "out"
    grade(plan(tmp_path, {"a": None, "b": None}), out)
    FakeCharge.peaks.clear()
    file = plan(tmp_path, {"a": None, "b": "7009", "c": None}, "[points]\nJOIN-2 = 9\n")
    with pytest.raises(UsageError, match="not empty"):
        grade(file, out)
    _, lines = grade(file, out, "--resume", "--jobs", "1")

    assert FakeCharge.peaks == [{"b"}, {"c"}]
    assert lines[0] == "1 of 3 were done before"
    assert ",0,10,0.0," in (out / "grades.csv").read_text(encoding="utf-8-sig").splitlines()[1]
    assert grade(file, out, "--resume")[1][0] == "3 of 3 were done before"
    grade(file, out, "--resume", "--depth", "quick", "--jobs", "1")
    assert len(FakeCharge.peaks) == 5


def test_interrupted(tmp_path: Path) -> None:
    """What is under way is ended without a result; what was done stays, and can be resumed."""
    out = tmp_path / "out"
    FakeCharge.interrupts = "b"
    file = plan(tmp_path, {"a": None, "b": None, "c": None})
    with pytest.raises(KeyboardInterrupt):
        grade(file, out, "--jobs", "1")

    assert FakeCharge.under_way == []
    assert [line.split(",")[0] for line in (out / "grades.csv").read_text(encoding="utf-8-sig").splitlines()] == [
        "name",
        "a",
    ]
    FakeCharge.interrupts = None
    assert grade(file, out, "--resume")[1][0] == "1 of 3 were done before"


def test_a_server_that_removes_its_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Or writes a report of its own there that is none: the others are judged all the same."""
    begin = FakeCharge.__init__

    def wicked(self: FakeCharge, job: Job) -> None:
        begin(self, job)
        if job.name == "a":
            job.place.rmdir()
        else:
            (job.place / "report.json").write_text(json.dumps({"trouble": None, "verdict": 5}), encoding="ascii")

    monkeypatch.setattr(FakeCharge, "__init__", wicked)
    status, lines = grade(plan(tmp_path, {"a": None, "b": None}), tmp_path / "out")

    assert status == 3
    assert len([line for line in lines[:2] if line.endswith("no report")]) == 2


def test_a_port_is_left_until_it_can_be_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A server that closed connections leaves its port behind for a minute: the next with that port waits, others do not."""
    answers = iter([False, False, True])
    monkeypatch.setattr(module, "_can_be_bound", lambda port: next(answers))
    monkeypatch.setattr(module, "LOOK_SECONDS", 0.0)
    grade(plan(tmp_path, {"a": "7001", "b": "7001", "c": None}), tmp_path / "out", "--jobs", "1")

    assert FakeCharge.peaks == [{"a"}, {"c"}, {"b"}]
    assert list(answers) == []


def test_a_port_that_is_never_free(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Some time is enough: then the server itself says what is wrong."""
    monkeypatch.setattr(module, "_can_be_bound", lambda port: False)
    monkeypatch.setattr(module, "PORT_SECONDS", -1.0)
    grade(plan(tmp_path, {"a": "7001", "b": "7001"}), tmp_path / "out")

    assert FakeCharge.peaks == [{"a"}, {"b"}]


def test_whether_a_port_can_be_bound() -> None:
    """Not while somebody listens there."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        assert not module._can_be_bound(port)
    assert module._can_be_bound(port)


def test_what_is_undecided_is_said() -> None:
    """Where nothing failed that would explain it; the most frequent reason."""
    rows = [{"verdict": "not-run", "because": reason} for reason in ("rare", "often", "often")]
    data = {"verdict": {"core": "incomplete", "hardened": "pass"}, "requirements": [*rows, {"verdict": "pass"}]}

    assert module._undecided(data) == "2 without a verdict: often"
    assert module._undecided(data | {"requirements": [*rows, {"verdict": "fail"}]}) is None
    assert module._undecided(data | {"verdict": {"core": "pass", "hardened": "pass"}}) is None
