"""The report as a page: all that the report says, nothing that a server could make of it, and nothing lost."""

import json
from typing import Any

import jsonschema
import pytest
from hypothesis import given, settings

from conformance import report as reports
from conformance.hints import hint
from conformance.reports import html
from spec.display import safe
from spec.requirements import register
from tests.conformance.reports import samples
from tests.conformance.reports.browser import read

VALIDATOR = jsonschema.Draft202012Validator(reports.schema())
ORDINARY = html.render(samples.ordinary())
MAXIMUM_OCTETS = 2_000_000


def bare(text: str) -> str:
    """Without white space: what a page puts between its words is not the text's."""
    return "".join(text.split())


def text_of(page: str) -> str:
    """All text of a page that is no script and no style, bare."""
    body, script = (read(page).all(tag)[0].text for tag in ("body", "script"))
    return bare(body.removesuffix(f"{script}\n"))


@pytest.mark.parametrize(
    "data", [samples.ordinary(), samples.conformant(), samples.large(2), *map(samples.hostile, samples.HOSTILE)]
)
def test_the_samples_are_reports(data: samples.Data) -> None:
    """By the schema; a text that no file can hold as it is, such as half a surrogate pair, comes through JSON as well."""
    VALIDATOR.validate(json.loads(json.dumps(data)))


@pytest.mark.parametrize(
    ("core", "hardened", "said"),
    [
        ("pass", "pass", "Conformant, core and hardened"),
        ("pass", "fail", "Core-conformant, not hardened"),
        ("pass", "incomplete", "Core-conformant, hardened undecided"),
        ("incomplete", "fail", "Not hardened, core undecided"),
        ("incomplete", "pass", "Undecided"),
        ("incomplete", "incomplete", "Undecided"),
        ("fail", "pass", "Not conformant"),
    ],
)
def test_the_headline(core: str, hardened: str, said: str) -> None:
    """It says what both classes say together, in a heading and in the title."""
    page = read(html.render(samples.report(samples.row("FRAME-1"), core=core, hardened=hardened)))

    assert [one.text for one in page.all("h1")] == [said]
    assert page.all("title")[0].text == f"{said} · 127.0.0.1:5050"


def test_nothing_judged_is_no_verdict() -> None:
    """A server that could not be reached is not called anything, and its trouble is said."""
    data = samples.report(samples.row("FRAME-1", "not-run"), core="incomplete", trouble="cannot be reached")
    page = read(html.render(data))

    assert [one.text for one in page.all("h1")] == ["No verdict"]
    assert "cannot be reached" in page.all(cls="trouble")[0].text


def test_the_run_is_described() -> None:
    """Target, seed, depth, duration, tool, cuts, choices, counts, diagnosis, known failures."""
    data = samples.ordinary() | {"baseline": {"known": ["RELAY-1"], "stale": ["RELAY-2"]}}
    text = text_of(html.render(data))

    for said in (
        "Of 43 requirements, 1 failed, 1 warned, 1 inconclusive, 1 not run, 39 passed.",
        "target 127.0.0.1:5050",
        "started 2026-11-22 10:21:07 UTC",
        "took 8.1 s",
        "depth standard",
        "seed 17",
        f"chat-conformance {reports.version()}, protocol 1.0",
        "378 pieces sent apart, 370 confirmed",
        "strangers other people are on the server",
        "known failures RELAY-1",
        "known, but mended RELAY-2",
        "one recv is taken for one message 92 % alike FRAME-6 because 2 checks fit FRAME-6/one-cut FRAME-6/two-cuts",
    ):
        assert bare(said) in text


def test_a_diagnosis_may_be_a_sentence() -> None:
    """Reports once had no more."""
    assert "onerecv" in text_of(html.render(samples.ordinary() | {"diagnosis": ["one recv"]}))


def test_every_requirement_is_there() -> None:
    """With its verdict, its sentence and its checks, in its section."""
    page = read(ORDINARY)
    for row in samples.ordinary()["requirements"]:
        shown = page.by_id(row["id"])
        assert shown.attributes["data-v"] == row["verdict"]
        assert shown.attributes["data-c"] == row["class"]
        assert row["verdict"] in shown.text
        assert row["sentence"].replace("`", "") in shown.text
        assert all(check["name"] in shown.text for check in row["checks"])
        assert row["because"] is None or row["because"] in shown.text
    assert [one.text.split()[0] for one in page.all("h3", "section")][:2] == ["Framing", "The"]


def test_a_failure_is_told_whole() -> None:
    """Sentence, hint, how often, expected against seen, by whom, and how to play it again; failures before warnings."""
    page = read(ORDINARY)
    failures = page.all("article")
    text = bare(failures[0].text)
    told = hint("FRAME-6")

    assert [one.attributes["id"] for one in failures] == ["failure-FRAME-6", "failure-JOIN-5"]
    for said in (register()["FRAME-6"].sentence, told.means, told.mistake, told.look):
        assert bare(said.replace("`", "")) in text
    for said in (
        "FRAME-6/one-cut MUST · 4 of 4 times · decided by sentinel",
        "expected 'hi 0042' seen by bob nothing; the",
    ):
        assert bare(said) in text
    assert page.by_id("replay-FRAME-6-1").text == samples.failure()["replay"]
    assert ["open" in one.attributes for one in page.all("details", "check")] == [True, False, True]


def test_the_conversation_is_annotated() -> None:
    """A line for each entry, with its party, its direction and each part in a class of its own, notes and octets beside."""
    page = read(html.render(samples.report(samples.row("FRAME-6", "fail", [failing(samples.cut_conversation())]))))
    lines = [one for one in page.all("li") if one.parent is not None and one.parent.tag == "ol"]
    cut = next(one for one in lines if "cut inside the time" in one.text)
    parts = [one for one in page.all("b") if one.parent is not None and one.parent.parent is cut]

    assert len(lines) == len(samples.cut_conversation())
    assert lines[1].text.startswith("0.2ann→sends34")
    assert [one.classes for one in parts] == [["k-h"], ["k-t"], ["k-c"]]
    assert parts[0].text == "38        33 38 20 20 20 20 20 20 20 2038 octets follow"
    assert "k-o bad" in {one.attributes.get("class") for one in page.all("b")}
    assert "the server resets the connection (RST)" in page.all("ol")[0].text
    assert "waited 5.0 s in vain" in lines[-1].text
    assert {"c0", "c1"} <= {cls for one in lines for cls in one.classes}


def failing(transcript: list[dict[str, Any]], **changes: Any) -> samples.Data:
    """A failed check with this conversation."""
    return samples.check("FRAME-6/test", "fail", samples.failure(transcript, **changes))


def test_old_reports_can_be_read() -> None:
    """Without parts, replay and capsule: what was shown then is shown."""
    old = [{key: value for key, value in one.items() if key != "parts"} for one in samples.joined("ann", 0.0)]
    check = failing(old)
    del check["failure"]["replay"]
    check["failure"]["capsule"] = None
    text = text_of(html.render(samples.report(samples.row("FRAME-6", "fail", [check]))))

    assert bare(f"{samples.STAMP} [Server] [ann-0042] joined the chat") in text
    assert "Playitagain" not in text


def test_ids_of_other_versions_can_be_read() -> None:
    """There is no hint for them, and no title of their section."""
    row = samples.row("FRAME-6", "fail", [failing([])]) | {"id": "NEWS-1"}

    assert read(html.render(samples.report(row))).by_id("failure-NEWS-1")


def shape(page: str) -> list[tuple[str, tuple[str, ...]]]:
    """The elements of a page and the names of their attributes: all that a text could change by not being text."""
    found = read(page)
    assert found.errors == []
    return [(one.tag, tuple(one.attributes)) for one in found.elements]


HARMLESS = shape(html.render(samples.hostile("harmless")))


def stands(text: str) -> None:
    """A text in every place leaves the page built as it is, has no control character left, and can be seen."""
    page = html.render(samples.hostile(text))

    assert shape(page) == HARMLESS
    assert page == "\n".join(safe(line) for line in page.split("\n"))
    assert page.encode()
    assert bare(safe(text)) in text_of(page)


@pytest.mark.parametrize("text", [text for text in samples.HOSTILE if "`" not in text])
def test_hostile_texts_are_inert(text: str) -> None:
    """Each is text wherever it stands."""
    stands(text)


@settings(deadline=None, database=None, max_examples=25)
@given(
    samples.PLAIN_TEXTS.filter(lambda text: len(text.encode(errors="surrogatepass")) <= 60)
)  # more is cut, and says so
def test_any_text_is_inert(text: str) -> None:
    """Whatever a server says."""
    stands(text)


def test_markdown_makes_code_and_links_only() -> None:
    """Backticks and ids in a server's text can do no more than that, and only where prose is expected."""
    page = read(html.render(samples.hostile("`<b>` FRAME-6 RELAY-5")))

    assert page.errors == []
    assert "<b>" in [one.text for one in page.all("code")]
    assert {one.attributes["href"] for one in page.all("a")} <= {"#main", "#FRAME-6", "#ROBUST-3", "#failure-FRAME-6"}


def test_a_large_report_is_small() -> None:
    """Ten failures with two hundred lines each; most of their lines are folded away."""
    page = html.render(samples.large())

    assert len(page.encode()) < MAXIMUM_OCTETS
    assert page.count("earlier lines") == 10


def test_rendering_changes_nothing() -> None:
    """Not the data, and twice gives the same."""
    data = samples.ordinary()

    assert html.render(data) == html.render(data) == ORDINARY
    assert data == samples.ordinary()


def test_failures_stand_before_warnings() -> None:
    """Wherever their rows stand in the report."""
    rows = [
        samples.row("FRAME-2", "warn", [samples.check("FRAME-2/test", "warn", samples.failure())]),
        samples.row("JOIN-2", "fail", [samples.check("JOIN-2/test", "fail", samples.failure())]),
    ]
    page = read(html.render(samples.report(*rows)))

    assert [one.attributes["id"] for one in page.all("article")] == ["failure-JOIN-2", "failure-FRAME-2"]
