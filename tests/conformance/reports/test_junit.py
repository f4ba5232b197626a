"""The report as JUnit XML: valid, every verdict where it belongs, and nothing that a server could make of it."""

from pathlib import Path
from xml.etree import ElementTree

import pytest
import xmlschema
from hypothesis import given, settings

from conformance.reports import junit, plain
from spec.display import safe
from tests.conformance.reports import samples

SCHEMA = xmlschema.XMLSchema(Path(__file__).with_name("junit.xsd"))
ORDINARY = samples.ordinary()


def read(data: samples.Data, *, warnings_fail: bool = False) -> ElementTree.Element:
    """The rendered report, valid, as a parser gives it."""
    text = junit.render(data, warnings_fail=warnings_fail)
    SCHEMA.validate(text)
    return ElementTree.fromstring(text)


def case(root: ElementTree.Element, name: str) -> ElementTree.Element:
    """The one test case of this name."""
    (found,) = (one for one in root.iter("testcase") if one.attrib["name"] == name)
    return found


def said(element: ElementTree.Element) -> tuple[str, str, str]:
    """What is said of a test case that has not passed: the tag, the message and the type."""
    (child,) = element
    return child.tag, child.attrib["message"], child.attrib["type"]


@pytest.mark.parametrize(
    "data", [ORDINARY, samples.conformant(), samples.large(), samples.report(), *map(samples.hostile, samples.HOSTILE)]
)
def test_it_is_valid(data: samples.Data) -> None:
    """By the schema, whatever the report is."""
    assert read(data).tag == "testsuites"


def test_the_schema_judges() -> None:
    """A file without its counts, with a verdict that there is not, or with a test twice, is not valid."""
    text = junit.render(ORDINARY)

    for old, new in (
        (' tests="', ' test="'),
        (
            "<failure ",
            "<failed ",
        ),
        ('name="FRAME-6/two-cuts"', 'name="FRAME-6/one-cut"'),
    ):
        assert not SCHEMA.is_valid(
            text.replace(old, new).replace("</failure>", f"</{new[1:-1]}>" if "<" in old else "</failure>")
        )


def test_a_section_is_a_suite() -> None:
    """Every check stands in the suite of its section, under its requirement; the numbers are those of what is there."""
    root = read(ORDINARY)
    suites = {one.attrib["name"]: one for one in root}

    assert list(suites) == [
        "FRAME: Framing",
        "BODY: The body",
        "TIME: Times",
        "NICK: Nicknames",
        "JOIN: Joining",
        "RELAY: Relaying",
        "LEAVE: Leaving",
        "SERVICE: Service messages",
        "ROBUST: Staying up",
    ]
    assert case(suites["FRAME: Framing"], "FRAME-6/one-cut").attrib == {
        "classname": "FRAME.FRAME-6",
        "name": "FRAME-6/one-cut",
        "time": "0.250",
    }
    numbers = ("tests", "failures", "errors", "skipped", "time")
    assert [root.attrib[name] for name in numbers] == ["44", "2", "1", "1", "8.123"]
    assert [suites["FRAME: Framing"].attrib[name] for name in numbers] == ["9", "2", "0", "1", "2.250"]


def test_the_run_is_described() -> None:
    """By properties of each suite."""
    for suite in read(ORDINARY):
        found = {one.attrib["name"]: one.attrib["value"] for one in suite.iter("property")}

        assert found["target"] == "127.0.0.1:5050"
        assert (found["seed"], found["depth"], found["spec"]) == ("17", "standard", "1.0")
        assert found["tool"].startswith("chat-conformance ")
        assert suite.attrib["timestamp"] == "2026-11-22T10:21:07Z"


def test_a_failure() -> None:
    """What was expected and seen is the message; the text has sentence, conversation and replay too, line by line."""
    row = next(one for one in ORDINARY["requirements"] if one["id"] == "FRAME-6")
    root = read(ORDINARY)
    failed = case(root, "FRAME-6/one-cut")
    text = failed[0].text or ""

    assert said(failed) == (
        "failure",
        "expected: 'hi 0042'; seen: nothing; the server closed the connection of ann",
        "MUST",
    )
    assert text.split("\n") == plain.told(row, row["checks"][0])
    assert text.startswith(f"FRAME-6 (core): {row['sentence']}\n")
    assert "✂ cut inside" in text
    assert text.endswith("replay:   chat-conformance replay FRAME-6-one-cut.json 127.0.0.1:5050")


def test_a_warning_passes() -> None:
    """With what was seen as output; or it fails, if that is asked for."""
    passed = case(read(ORDINARY), "JOIN-5/says-why")
    failed = case(read(ORDINARY, warnings_fail=True), "JOIN-5/says-why")

    assert [one.tag for one in passed] == ["system-out"]
    assert (passed[0].text or "").startswith("warning: a SHOULD is unmet\nJOIN-5 (hardened): ")
    assert said(failed)[::2] == ("failure", "SHOULD")


def test_no_verdict() -> None:
    """What was not run is skipped, what is inconclusive an error, unless only a SHOULD is; with the reason."""
    late = samples.check("ROBUST-4/late", "inconclusive", clause="SHOULD", because="the canary was late too")
    root = read(
        samples.report(
            samples.row("FRAME-7", "not-run", [samples.check("FRAME-7/test", "not-run", because="FRAME-6 failed")]),
            samples.row("ROBUST-3", "inconclusive", [samples.check("ROBUST-3/test", "inconclusive", because="late")]),
            samples.row("ROBUST-4", "pass", [late]),
        )
    )

    assert said(case(root, "FRAME-7/test")) == ("skipped", "FRAME-6 failed", "not-run")
    assert said(case(root, "ROBUST-3/test")) == ("error", "late", "inconclusive")
    assert said(case(root, "ROBUST-4/late")) == ("skipped", "the canary was late too", "inconclusive")


def test_a_requirement_without_checks() -> None:
    """It is a test case of its own, skipped."""
    root = read(samples.report(samples.row("FRAME-1", "not-run", [], because="no check")))

    assert said(case(root, "FRAME-1")) == ("skipped", "no check", "not-run")


def test_the_baseline() -> None:
    """A known failure is skipped with all that is to be said of it; one that is mended fails until it is taken out."""
    data = ORDINARY | {"baseline": {"known": ["FRAME-6"], "stale": ["RELAY-1"]}}
    root = read(data)
    known = case(root, "FRAME-6/one-cut")

    assert said(known)[0] == "skipped"
    assert said(known)[1].startswith("known failure (baseline): expected: 'hi 0042'")
    assert "✂ cut inside" in (known[0].text or "")
    assert said(case(root, "RELAY-1/baseline"))[0] == "failure"
    assert root.attrib["failures"] == "1"


def test_trouble_is_an_error() -> None:
    """A server that could not be judged does not look like one with nothing to test."""
    row = samples.row("FRAME-1", "not-run", [], because="nobody listens")
    root = read(samples.report(row, core="incomplete", trouble="nobody listens"))

    assert said(case(root, "run")) == ("error", "nobody listens", "trouble")
    assert root.attrib["errors"] == "1"


def test_no_attachment_of_a_server() -> None:
    """GitLab makes links to files of `[[ATTACHMENT|…]]` in outputs: a server's text is none."""
    failed = samples.failure(expected="[[ATTACHMENT|/etc/passwd]]", seen="[[ attachment|x]] [[a]]")
    data = samples.report(samples.row("JOIN-5", "warn", [samples.check("JOIN-5/says-why", "warn", failed)]))
    text = case(read(data), "JOIN-5/says-why")[0].text or ""

    assert "[ [ATTACHMENT|/etc/passwd]]" in text
    assert "[ [ attachment|x]] [[a]]" in text


@given(text=samples.ANY_TEXTS)
@settings(max_examples=60, deadline=None, database=None)
def test_hostile_texts_are_inert(text: str) -> None:
    """Any text leaves a valid file of the same shape, without a character that could drive what shows it."""
    root = read(samples.hostile(text))

    assert [one.tag for one in root.iter()] == [one.tag for one in read(samples.hostile("x")).iter()]
    for element in root.iter():
        for found in (element.text or "", *element.attrib.values()):
            assert all(line == safe(line) for line in found.split("\n"))
            assert not {"\ufffe", "\uffff"} & set(found)
