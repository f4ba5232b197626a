"""The report as results.json: the documented fields, the points, and text that stays text."""

import json
from typing import Any

import pytest
from hypothesis import given, settings

from conformance.grading.points import Points
from conformance.reports import gradescope
from spec.display import safe
from tests.conformance.reports import samples

# https://gradescope-autograders.readthedocs.io/en/latest/specs/
FIELDS = {
    "score", "execution_time", "output", "output_format", "test_output_format", "test_name_format",
    "visibility", "stdout_visibility", "extra_data", "tests", "leaderboard",
}  # fmt: skip
FIELDS_OF_TESTS = {
    "score", "max_score", "status", "name", "name_format", "number", "output", "output_format", "tags",
    "visibility", "extra_data",
}  # fmt: skip


def read(data: samples.Data, **options: Any) -> dict[str, Any]:
    """The rendered file, as a parser gives it."""
    loaded: dict[str, Any] = json.loads(gradescope.render(data, **options))
    return loaded


def test_the_documented_fields() -> None:
    """No others; and everything is text."""
    results = read(samples.ordinary())

    assert set(results) <= FIELDS
    assert all(set(test) <= FIELDS_OF_TESTS for test in results["tests"])
    assert {test["output_format"] for test in results["tests"]} == {"text"}
    assert (results["output_format"], results["visibility"], results["stdout_visibility"]) == (
        "text",
        "visible",
        "hidden",
    )
    assert results["execution_time"] == 8


def test_a_point_each() -> None:
    """Each requirement is worth one, whatever its class; a warning earns it, no verdict does not."""
    tests = {test["name"].partition(":")[0]: test for test in read(samples.ordinary())["tests"]}

    assert {test["max_score"] for test in tests.values()} == {1.0}
    assert {name for name, test in tests.items() if not test["score"]} == {"FRAME-6", "FRAME-7", "ROBUST-3"}
    assert sum(test["score"] for test in tests.values()) == 40
    assert (tests["FRAME-6"]["status"], tests["JOIN-5"]["status"]) == ("failed", "passed")


def test_other_points() -> None:
    """As grading counts them."""
    tests = read(samples.ordinary(), points=Points({"FRAME-6": 5, "hardened": 2}, {"warn": 0.5}))["tests"]
    found = {test["name"].partition(":")[0]: (test["score"], test["max_score"]) for test in tests}

    assert (found["FRAME-6"], found["FRAME-1"], found["JOIN-5"]) == ((0.0, 5.0), (1.0, 1.0), (1.0, 2.0))


def test_what_a_student_reads() -> None:
    """The sentence, the verdict, expected and seen, the conversation, the reason; in front the diagnosis."""
    results = read(samples.ordinary())
    tests = {test["name"].partition(":")[0]: test["output"] for test in results["tests"]}

    assert results["output"].startswith("Not conformant: core fail, hardened incomplete.\nOf 43 requirements, 1 failed")
    assert "This looks like: one recv is taken for one message\n" in results["output"]
    assert "\nexpected: 'hi 0042'\nseen:     nothing; the server closed" in tests["FRAME-6"]
    assert "✂ cut inside" in tests["FRAME-6"]
    assert tests["FRAME-7"].endswith("\nnot-run, because: FRAME-6 failed")
    assert tests["FRAME-1"].endswith("\npass")


def test_visibility() -> None:
    """As is asked for; what there is not is refused."""
    assert read(samples.ordinary(), visibility="after_due_date")["visibility"] == "after_due_date"
    with pytest.raises(ValueError, match="'never' is none of visible, hidden"):
        gradescope.render(samples.ordinary(), visibility="never")


def test_without_tests_there_is_a_score() -> None:
    """Gradescope wants one of the two; trouble is said."""
    results = read(samples.report(trouble="nobody listens"))

    assert (results["score"], results["tests"]) == (0.0, [])
    assert "Trouble: nobody listens" in results["output"]
    assert "score" not in read(samples.ordinary())


@given(text=samples.ANY_TEXTS)
@settings(max_examples=60, deadline=None, database=None)
def test_hostile_texts_are_inert(text: str) -> None:
    """Any text is an ASCII file, whose strings hold nothing that could drive what shows them."""
    written = gradescope.render(samples.hostile(text))
    results = json.loads(written)
    shown = [results["output"], *(test[key] for test in results["tests"] for key in ("name", "output"))]

    assert written.isascii()
    assert all(line == safe(line) for one in shown for line in one.split("\n"))
