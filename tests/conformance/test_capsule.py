"""Capsules: what a failure leaves behind is kept whole, and a file that is none is refused in one clear line."""

import ast
import json
import re
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from conformance import capsule as capsules
from conformance.capsule import CapsuleError, file_name, from_json, of, read, schema, to_json, write_all
from conformance.differences import differences
from conformance.octets import Out
from conformance.report import SPEC_VERSION, version
from conformance.script import Open, Send, Settle, script
from conformance.verdict import FAIL, CheckResult, Failure
from spec.requirements import register
from tests.conformance.capsules import capsule, failed, first_script, report
from tests.conformance.helpers import heard_by_all, trace_of
from tests.conformance.test_report import HOSTILE

WHOLE = jsonschema.Draft202012Validator(schema())


@pytest.mark.parametrize("check", ["FRAME-6/one-cut", "RELAY-2/no-echo", "FRAME-4/malformed-headers", "FRAME-7/sizes"])
def test_a_capsule_is_kept(check: str) -> None:
    """Written, read again, and the same; it obeys its schema, and its script is the check's."""
    kept = capsule(check)
    data = json.loads(json.dumps(kept.as_json()))
    WHOLE.validate(data)

    assert from_json(data) == kept
    assert kept.script == first_script(check)
    assert (kept.requirement, kept.check) == (check.partition("/")[0], check)
    assert kept.sentence == register()[kept.requirement].sentence
    assert (kept.expected, kept.seen, kept.who, kept.decided_by, kept.repeats) == (
        "this",
        "that",
        "ann",
        "frame",
        (2, 4),
    )
    assert (kept.seed, kept.target, kept.tool, kept.spec) == (17, "127.0.0.1:5050", version(), SPEC_VERSION)
    assert [entry["what"] for entry in kept.transcript] == ["opened", "sent"]


def test_it_says_who_judged() -> None:
    """The model of the room, or a check of its own; and deviations from which ids are the failure."""
    assert (capsule("FRAME-6/one-cut").judge, "RELAY-1" in capsule("FRAME-6/one-cut").ids) == ("room", True)
    assert (capsule("RELAY-4/clock").judge, capsule("RELAY-4/clock").ids) == ("check", ("RELAY-4",))


def test_what_was_seen_in_passing_has_its_own_ids() -> None:
    """A requirement may be blamed for what deviates from another; what the model of the room does not see is no room's."""
    trace = trace_of(first_script("RELAY-2/no-echo"), {})
    [wrong, *_] = differences(trace)
    seen = CheckResult(
        "FRAME-6/in-passing", "FRAME-6", "MUST", FAIL, failure=Failure(wrong.expected, wrong.seen, wrong.who, trace)
    )
    assert (of(seen, report()).judge, of(seen, report()).ids) == ("room", (wrong.requirement,))
    assert of(seen, report()).about == ""
    passing = failed("RELAY-4/in-passing", first_script("RELAY-4/clock"))
    assert (of(passing, report()).judge, of(passing, report()).ids) == ("passing", ("RELAY-4",))


def test_without_a_playing_there_is_none() -> None:
    """A pass, and a failure that nothing was played for."""
    for result in (CheckResult("FRAME-1/x", "FRAME-1", "MUST", FAIL), failed_without_trace()):
        with pytest.raises(ValueError, match="no playing"):
            to_json(result, report())


def failed_without_trace() -> CheckResult:
    """A failure without a trace."""
    return CheckResult("FRAME-1/x", "FRAME-1", "MUST", FAIL, failure=Failure("this", "that", "ann", None))


@pytest.mark.parametrize("name", ["FRAME-6/one-cut", "RELAY-4/in-passing", "../../etc/passwd", "a b\x1b\\c:*?"])
def test_names_are_safe(name: str) -> None:
    """On every system, whatever a check is called."""
    made = file_name(CheckResult(name, "FRAME-1", "MUST", FAIL), 2)

    assert re.fullmatch(r"[A-Za-z0-9-]+-2\.json", made)
    assert file_name(CheckResult("FRAME-6/one-cut", "FRAME-6", "MUST", FAIL), 1) == "FRAME-6-one-cut-1.json"


@pytest.mark.parametrize("text", HOSTILE)
def test_files_are_written(text: str, tmp_path: Path) -> None:
    """One for each failure that was played, with a script that Python 3.8 understands; ASCII, whatever a server said."""
    talk = script(Open("ann"), Send("ann", (Out(text, text, text), text.encode())), Settle())
    results = [failed("RELAY-2/no-echo", talk, text, text), failed_without_trace(), failed("FRAME-6/one-cut")]
    written = write_all(report(*results, target=text), tmp_path / "a" / "b")

    assert written == {"RELAY-2/no-echo": "RELAY-2-no-echo-1.json", "FRAME-6/one-cut": "FRAME-6-one-cut-1.json"}
    for name in written.values():
        path = tmp_path / "a" / "b" / name
        path.read_bytes().decode("ascii")
        ast.parse(path.with_suffix(".py").read_bytes().decode("ascii"), feature_version=(3, 8))
    assert read(tmp_path / "a" / "b" / "RELAY-2-no-echo-1.json").seen == text
    assert len(list((tmp_path / "a" / "b").iterdir())) == 4


def test_nothing_is_written_for_nothing(tmp_path: Path) -> None:
    """Not even a folder."""
    assert write_all(report(), tmp_path / "new") == {}
    assert list(tmp_path.iterdir()) == []


def text_of(**changes: Any) -> bytes:
    """A capsule's file, changed."""
    return json.dumps({**capsule("RELAY-2/no-echo").as_json(), **changes}).encode()


@pytest.mark.parametrize(
    ("octets", "said"),
    [
        (b"", "it is no JSON"),
        (b"\xff\xfe", "it is no JSON"),
        (b"[" * 100_000, "it is no JSON"),
        (b"9" * 10_000, "it is no JSON"),
        (b"[]", "it is no capsule"),
        (b'{"schema": 1, "requirements": []}', "it is no capsule"),
        (text_of(schema=2), "it is of the form 2, and this version reads form 1 only"),
        (text_of(seed=None), "it is no sound capsule: seed is no integer"),
        (text_of(seed=float("nan")), "it is no JSON"),
        (text_of(script={"shared": [], "steps": []}), "it is no sound capsule: script.steps has too few entries"),
        (
            text_of(script={"shared": [], "steps": [{"step": "fin", "who": "x"}]}),
            "it is no sound capsule: script.steps[0]: 'x' has not connected",
        ),
        (
            text_of(script={"shared": [], "steps": [{"step": "quiet", "seconds": 1e9}]}),
            "it is no sound capsule: script.steps[0].seconds is above 600",
        ),
    ],
)
def test_what_is_no_capsule(octets: bytes, said: str, tmp_path: Path) -> None:
    """It is refused in one line that says why."""
    path = tmp_path / "x.json"
    path.write_bytes(octets)
    with pytest.raises(CapsuleError) as refused:
        read(path)

    assert str(refused.value).startswith(f"{path}: {said}")
    assert str(refused.value).isprintable()


def test_files_that_cannot_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Missing, a folder, too large."""
    with pytest.raises(CapsuleError, match=r"cannot read .*: No such file"):
        read(tmp_path / "none.json")
    with pytest.raises(CapsuleError, match="cannot read"):
        read(tmp_path)
    monkeypatch.setattr(capsules, "MOST_FILE_OCTETS", 10)
    (tmp_path / "large.json").write_bytes(text_of())
    with pytest.raises(CapsuleError, match="it is larger than"):
        read(tmp_path / "large.json")


def test_a_trace_is_played_again_as_it_was() -> None:
    """The script of a capsule, tagged anew, is what the faithful room of the tests understands."""
    kept = capsule("RELAY-2/no-echo")
    again = kept.script.tagged("test0002")

    assert differences(trace_of(again, heard_by_all(again))) == []
