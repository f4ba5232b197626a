"""A run against a client: its report is of the same kind as a server's."""

import io
from dataclasses import replace
from typing import Any

import jsonschema
import pytest

from conformance import outputs
from conformance.clients import session
from conformance.clients.launch import Client
from conformance.clients.run import judge
from conformance.render import Lines
from conformance.report import as_json, schema
from conformance.run import Options, Report
from conformance.verdict import FAIL, WARN
from tests.conformance.clients.played import shipped


def judged(name: str = "correct", **options: Any) -> Report:
    """A quick run."""
    return judge(shipped(name), replace(Options(depth="quick", seed=1), **options))


def verdicts(report: Report) -> dict[str, str]:
    """By id."""
    return {row.requirement.id: str(row.verdict) for row in report.results}


def test_a_report() -> None:
    """It obeys the schema, says that it is about a client, and has no verdict that nobody asked for."""
    report = judged(only=["FRAME-2", "TIME", "CLIENT-2"])
    data = as_json(report)

    jsonschema.validate(data, schema())
    assert (data["role"], data["diagnosis"], data["exit_status"]) == ("client", [], 0)
    assert data["selected"] == ["FRAME-2", "TIME-3", "CLIENT-2"]
    assert verdicts(report) == dict.fromkeys(data["selected"], "pass")
    assert data["verdict"] == {"core": "pass", "hardened": "incomplete"}
    assert report.played > 3
    assert report.frames >= report.played


def test_a_failure_in_every_form() -> None:
    """With a transcript of what was typed, sent and shown; in every form of the report and on the terminal."""
    report = judged("nick-in-the-text", only=["CLIENT-1"])
    data = as_json(report)
    jsonschema.validate(data, schema())
    [row] = data["requirements"]
    failed = next(check for check in row["checks"] if check["verdict"] == "fail")

    assert failed["name"] == "CLIENT-1/joins"
    assert failed["decided_by"] == "frame"
    assert failed["repeats"] == [3, 3]
    assert "a join with the nick 'Juno'" in failed["failure"]["expected"]
    kinds = [(entry["who"], entry["what"]) for entry in failed["failure"]["transcript"]]
    assert kinds[:4] == [("client", "started"), ("client", "opened"), ("server", "received"), ("server", "sent")]
    assert ("screen", "shown") in kinds or ("client", "left") in kinds or len(kinds) >= 4
    assert "--only CLIENT-1 --depth quick --seed 1" in failed["failure"]["replay"]
    assert "→ to the client, ← from it" in outputs.FORMS["html"][1](data)
    for name, (_, render) in outputs.FORMS.items():
        assert "CLIENT-1" in render(data), name

    out = io.StringIO()
    printer = Lines(out, "client")
    for result in report.results:
        printer.row(result)
    printer.end(report)
    assert "Conversations are shown as the suite sees them" in out.getvalue()
    assert "server gets" in out.getvalue()


def test_only_skip_and_baseline() -> None:
    """What is selected, and what is known to fail."""
    failing = judged(
        "fills-with-nul", only=["FRAME"], skip=["FRAME-3,FRAME-4", "FRAME-5,FRAME-6,FRAME-7,FRAME-8,FRAME-1"]
    )
    known = judged("fills-with-nul", only=["FRAME-2"], baseline=frozenset(["FRAME-2"]))
    stale = judged(only=["FRAME-2"], baseline=frozenset(["FRAME-2"]))

    assert verdicts(failing) == {"FRAME-2": "fail"}
    assert (failing.exit_status, known.exit_status, stale.exit_status) == (1, 0, 1)
    assert (known.known, stale.stale) == (["FRAME-2"], ["FRAME-2"])


def test_a_warning() -> None:
    """Of an unmet SHOULD; with `strict` it fails."""
    lax, strict = (judged("greets-in-its-join", only=["JOIN-1"], strict=strict) for strict in (False, True))
    assert lax.results[0].verdict is strict.results[0].verdict is WARN
    assert (lax.exit_status, strict.exit_status) == (0, 1)


def test_the_class_and_the_first_failure() -> None:
    """What the exit status is about; and nothing is begun behind the first failure."""
    stopped = judged("fills-with-nul", only=["FRAME-2", "CLIENT-4"], stop_on_first=True)

    assert verdicts(stopped) == {"FRAME-2": "fail", "CLIENT-4": "not-run"}
    assert stopped.results[1].because == "the run stopped at FRAME-2/sends-headers (--stop-on-first)"
    assert stopped.exit_status == 1
    rows = stopped.results[1:]
    assert [replace(stopped, results=rows, options=Options(cls=cls)).exit_status for cls in ("core", "hardened")] == [
        3,
        3,
    ]


def test_the_time_limit() -> None:
    """Nothing is begun behind it: the row has no verdict, and the exit status says so."""
    report = judged(only=["FRAME-2"], time_limit=0.001)
    assert report.results[0].because == "the time limit of the run"
    assert report.exit_status == 3


def test_depth_and_seed() -> None:
    """More is played at `standard`; what is drawn is drawn again with the same seed."""
    quick, standard = (judged(only=["FRAME-8"], depth=depth) for depth in ("quick", "standard"))
    assert quick.played < standard.played
    assert judged(only=["TIME"], seed=7).seed == 7
    assert judged(only=["TIME"], seed=None).seed != judged(only=["TIME"], seed=None).seed


def test_the_timeout_reaches_the_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    """Both the start's and that of anything else."""
    seen: list[float] = []
    monkeypatch.setattr(session.Session, "look", lambda self: seen.extend([self.waits.start, self.waits.other]))
    for timeout in (5.0, 30.0):
        judged(only=["TIME-3"], timeout=timeout, time_limit=0.0001)
    assert seen == [15.0, 5.0, 30.0, 30.0]


def test_a_client_that_cannot_be_started() -> None:
    """A report all the same, with no verdict."""
    report = judge(Client(("/nowhere/client", "{port}")), Options(only=["FRAME-2"]))
    assert report.trouble is not None
    assert report.trouble.startswith("cannot start /nowhere/client")
    assert (report.results[0].because, report.exit_status) == (report.trouble, 3)
    jsonschema.validate(as_json(report), schema())


@pytest.mark.parametrize(
    ("name", "row"),
    [
        ("counts-characters", "FRAME-5"),
        ("sends-the-terminator", "BODY-1"),
        ("raw-text", "CLIENT-4"),
    ],
)
def test_famous_mistakes_are_found(name: str, row: str) -> None:
    """By the requirement that they are about."""
    report = judged(name, only=[row], stop_on_first=True)
    assert report.results[0].verdict is FAIL
