"""The report as JSON: it obeys its schema whatever a server said, and it is written whatever happened."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from conformance import report as reports
from conformance.octets import Out
from conformance.outputs import FORMS
from conformance.run import Options, Report, repeatable, run
from conformance.script import Open, Send, script
from conformance.target import Target, free_port
from conformance.trace import Entry, Trace
from conformance.verdict import FAIL, INCONCLUSIVE, NOT_RUN, PASS, WARN, CheckResult, Failure, RequirementResult
from spec.display import safe
from spec.requirements import register
from spec.wire import TO_SERVER
from tests.conformance.helpers import received

HOSTILE = [
    "\x1b[2J\x1b]0;title\x07",
    "]]><script>alert(1)</script>&amp;",
    "\u202eoverride\u2066\u2069",
    "\x01\x0b\x7f\x85\x9b",
    "\ufffe\uffff\ufeff",
    "\u2028\u2029",
    '"\\\n\r\t',
    "\U0010ffff😀",
]


VALIDATOR = jsonschema.Draft202012Validator(reports.schema())  # jsonschema.validate() checks the schema every time, too


def test_the_schema_is_one() -> None:
    """By its own schema."""
    VALIDATOR.check_schema(reports.schema())


def validated(report: Report) -> dict[str, Any]:
    """A report as a reader of the file gets it, checked against the schema."""
    loaded: dict[str, Any] = json.loads(json.dumps(reports.as_json(report)))
    VALIDATOR.validate(loaded)
    return loaded


def failing(text: str) -> CheckResult:
    """A failure with this text in every place where a server's text may come to stand."""
    frames = received([(text, text), b"3         a\x00b", b"garbage!!!!"]).frames
    entries = [Entry(1.0, "ann", "opened"), Entry(1.0, "ann", "sent", text.encode()), Entry(2.0, "ann", "fin")]
    entries += [Entry(1.5, "ann", "received", frame.octets, frame) for frame in frames]
    trace = Trace(script(Open("ann"), Send("ann", (Out(text, text),))), entries=entries, performed=2)
    failure = Failure(f"expected {text}", f"seen {text}", text, trace)
    return CheckResult("FRAME-1/test", "FRAME-1", "MUST", FAIL, None, "frame", 3, (2, 4), 0.5, failure)


def report_of(*results: RequirementResult, **options: Any) -> Report:
    """A report with these rows."""
    report = Report("127.0.0.1:5050", Options(**options), 17, datetime(2026, 11, 22, 10, 21, 7, tzinfo=UTC), 8.1234)
    report.results = list(results)
    return report


@pytest.mark.parametrize(
    ("name", "command"),
    [
        ("RELAY-4/clock", "chat-conformance 127.0.0.1:5050 --only RELAY-4 --depth quick --seed 17"),
        ("RELAY-4/in-passing", "chat-conformance 127.0.0.1:5050 --depth quick --seed 17"),
    ],
)
def test_the_command_that_plays_it_again(name: str, command: str) -> None:
    """What was seen in the conversations of other requirements would not be seen without those."""
    result = replace(failing("x"), name=name, requirement="RELAY-4")
    assert repeatable(result, Options(depth="quick", server="127.0.0.1:5050"), 17).replay == command


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_texts_are_data(text: str, tmp_path: Path) -> None:
    """In nicks, texts, octets and sentences; the file is ASCII, and reads as what it was."""
    report = report_of(RequirementResult(register()["FRAME-1"], [failing(text)]))
    report.choices = {"strangers": text}
    report.trouble = text
    loaded = validated(report)
    (tmp_path / "report.json").write_text(FORMS["json"][1](reports.as_json(report)), encoding="ascii")

    assert json.loads((tmp_path / "report.json").read_bytes().decode("ascii")) == loaded
    [check] = loaded["requirements"][0]["checks"]
    assert check["failure"]["seen"] == f"seen {text}"
    assert check["failure"]["transcript"][1]["octets"] == text.encode().hex()
    rows = check["failure"]["transcript"]
    shown = [one["shown"] for row in rows for one in (row, *row.get("parts", ()))]
    assert all(one == safe(one) for one in shown)
    assert check["failure"]["replay"] is None
    assert check["repeats"] == [2, 4]


def test_the_fields_are_those_that_were_asked_for() -> None:
    """Everything that a reader needs to judge the run again."""
    rows = [
        RequirementResult(register()["FRAME-1"], [failing("x")]),
        RequirementResult(
            register()["FRAME-4"], [CheckResult("FRAME-4/x", "FRAME-4", "MUST", NOT_RUN, "FRAME-1 failed")]
        ),
        RequirementResult(register()["RELAY-2"]),
    ]
    report = report_of(*rows, depth="quick", cls="core")
    report.cuts = (7, 3)
    loaded = validated(report)

    assert loaded["schema"] == 1
    assert loaded["tool"] == {"name": "chat-conformance", "version": reports.version()}
    assert (loaded["target"], loaded["role"], loaded["seed"], loaded["depth"]) == (
        "127.0.0.1:5050",
        "server",
        17,
        "quick",
    )
    assert (loaded["started"], loaded["duration_seconds"]) == ("2026-11-22T10:21:07Z", 8.123)
    assert loaded["selected"] == ["FRAME-1", "FRAME-4", "RELAY-2"]
    assert loaded["verdict"] == {"core": "fail", "hardened": "incomplete"}
    assert loaded["exit_status"] == 1
    assert loaded["cuts"] == {"confirmed": 7, "likely": 3, "total": 10}
    assert [row["because"] for row in loaded["requirements"]] == [None, "FRAME-1 failed", "no check"]
    assert loaded["requirements"][0]["sentence"] == register()["FRAME-1"].sentence
    assert loaded["requirements"][0]["keyword"] == ", ".join(register()["FRAME-1"].keywords)


def test_the_parts_in_the_schema_are_those_of_the_definition() -> None:
    """Its fields, and what is none."""
    names = reports.schema()["$defs"]["part"]["properties"]["part"]["enum"]

    assert set(names) == {"header", "separator", "cut", "octets", *TO_SERVER.subcon.names}


def test_long_conversations_and_old_failures_are_in_the_schema() -> None:
    """What is left out has its number; parts and a command to replay may be missing, as in reports of before."""
    result = failing("x")
    assert result.failure is not None
    assert result.failure.trace is not None
    result.failure.trace.entries[:0] = [Entry(1.0, "ann", "sent", b"x")] * 300
    loaded = validated(report_of(RequirementResult(register()["FRAME-1"], [result])))
    failure = loaded["requirements"][0]["checks"][0]["failure"]

    assert [row["left_out"] for row in failure["transcript"] if "left_out" in row] == [105]
    del failure["replay"], failure["transcript"][0]["parts"]
    VALIDATOR.validate(loaded)
    failure["transcript"][1]["parts"][0]["part"] = "body"
    assert not VALIDATOR.is_valid(loaded)


@pytest.mark.parametrize("verdict", [PASS, WARN, INCONCLUSIVE, NOT_RUN])
def test_every_verdict_is_in_the_schema(verdict: Any) -> None:
    """Without a failure."""
    check = CheckResult("FRAME-2/x", "FRAME-2", "SHOULD", verdict, "a reason", "deadline")
    loaded = validated(report_of(RequirementResult(register()["FRAME-2"], [check])))

    assert loaded["requirements"][0]["verdict"] == verdict
    assert loaded["requirements"][0]["checks"][0]["failure"] is None


def test_every_requirement_is_in_the_schema() -> None:
    """Of both roles, whatever its class and how it is observed."""
    loaded = validated(report_of(*(RequirementResult(row) for row in register().values())))

    assert [row["id"] for row in loaded["requirements"]] == list(register())


@pytest.mark.parametrize(
    ("path", "value"), [(("schema",), 2), (("verdict", "core"), "green"), (("seed",), -1), (("more",), 1)]
)
def test_the_schema_notices(path: tuple[str, ...], value: object) -> None:
    """It is no empty promise."""
    loaded = validated(report_of(RequirementResult(register()["FRAME-1"], [failing("x")])))
    place = loaded
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = value

    with pytest.raises(jsonschema.ValidationError):
        VALIDATOR.validate(loaded)


def test_a_server_that_cannot_be_reached_has_a_report_too() -> None:
    """Every row is not run, because of it; nothing is decided."""
    target = Target(("127.0.0.1", free_port()))
    report = run(target, Options(only=["FRAME"]))
    loaded = validated(report)

    assert loaded["exit_status"] == 3
    assert loaded["trouble"].startswith(f"nobody listens on {target.name}: ")
    assert loaded["verdict"] == {"core": "incomplete", "hardened": "incomplete"}
    assert {row["because"] for row in loaded["requirements"]} == {loaded["trouble"]}
    assert {row["verdict"] for row in loaded["requirements"]} == {"not-run"}
