"""The matrix: every implementation in every requirement, with what was expected and seen behind each failure."""

import pytest
from hypothesis import given, settings

from conformance.reports import matrix
from spec.display import safe
from spec.requirements import register
from tests.conformance.reports import samples
from tests.conformance.reports.browser import Page, Seen, needs_chromium, opened, read

FEW = samples.report(samples.row("BODY-1"), samples.row("FRAME-1"), samples.row("FRAME-2", "not-run"), core="pass")
REPORTS = [("bad", samples.ordinary()), ("good", samples.conformant()), ("Few", FEW)]
PAGE = matrix.render(REPORTS)
MAXIMUM_OCTETS = 2_000_000


def table(page: Page) -> list[list[str]]:
    """The cells of the body, names included, as they are read."""
    lines = [one for one in page.all("tr") if one.parent is not None and one.parent.tag == "tbody"]
    cells = [one for one in page.elements if one.tag in ("th", "td")]
    return [[" ".join(cell.text.split()) for cell in cells if cell.parent is line] for line in lines]


def test_a_cell_for_each() -> None:
    """A symbol and a word, in the register's order whatever the reports' order is; what was not selected says so."""
    bad, good, few = table(read(PAGE))
    ids = [one.id for one in register().values() if one.binds("server")]
    heads = ["name", "core", "hardened", "passed", *ids]

    assert (bad[:4], good[:4], few[:4]) == (
        ["bad", "fail", "incomplete", "39"],
        ["good", "pass", "pass", "43"],
        ["Few", "pass", "incomplete", "2"],
    )
    assert dict(zip(heads, bad, strict=True))["FRAME-6"] == "✗ fail"
    assert dict(zip(heads, bad, strict=True))["JOIN-5"] == "! warn"
    assert [few[heads.index(one)] for one in ("FRAME-1", "FRAME-2", "FRAME-3", "BODY-1")] == [
        "✓ pass",
        "– not-run",
        "· absent",
        "✓ pass",
    ]


def test_totals_of_each_requirement() -> None:
    """How many passed it, how many failed it."""
    page = read(PAGE)
    feet = [one for one in page.all("tr") if one.parent is not None and one.parent.tag == "tfoot"]
    totals = [[cell.text for cell in page.all("td") if cell.parent is foot][3:] for foot in feet]

    assert totals[0][:6] == ["3", "2", "2", "2", "2", "1"]
    assert totals[1][:6] == ["", "", "", "", "", "1"]


def test_a_failure_opens() -> None:
    """The cell leads to the requirement's sentence, what was expected and what was seen; who passed is named beside."""
    page = read(PAGE)
    cell = next(one for one in page.all("a") if one.attributes.get("title") == "FRAME-6: fail")
    place = page.by_id(cell.attributes["href"].removeprefix("#"))
    panel = page.by_id("FRAME-6")

    assert "bad" in place.text
    assert samples.failure()["expected"] in place.text
    assert samples.failure()["seen"] in place.text
    assert register()["FRAME-6"].sentence in panel.text
    assert "Passed 1: good" in panel.text
    assert "Not selected 1: Few" in panel.text


def test_only_what_was_judged_differs() -> None:
    """Not run and not selected say nothing about an implementation."""
    page = read(PAGE)
    same = [one for one in page.all("th", "q") if "same" not in one.classes]

    assert [one.text for one in same] == ["FRAME-6", "JOIN-5"]
    assert "2 requirements on which they differ" in page.all("p", "summary")[0].text


def test_plain_rows() -> None:
    """The same for a table elsewhere: a head, and each implementation under the name it was given."""
    head, bad, good, few = matrix.rows([("a,\x1b", samples.ordinary()), *REPORTS[1:]])

    assert head[:4] == ["implementation", "core", "hardened", "FRAME-1"]
    assert bad[:3] == ["a,\x1b", "fail", "incomplete"]
    assert dict(zip(head, bad, strict=True))["FRAME-6"] == "fail"
    assert set(good[1:]) == {"pass"}
    assert few[3:6] == ["pass", "not-run", ""]
    assert matrix.rows([]) == [["implementation", "core", "hardened"]]


def test_nothing_is_a_page_too() -> None:
    """Somebody may have no report yet."""
    page = read(matrix.render([]))

    assert page.errors == []
    assert "No report was given." in page.all("main")[0].text


def test_names_may_be_the_same() -> None:
    """Each has its own row and its own place."""
    page = read(matrix.render([("same", samples.ordinary()), ("same", samples.ordinary())]))

    assert page.by_id("FRAME-6.0").text == page.by_id("FRAME-6.1").text


def test_ids_of_other_versions_stand_behind() -> None:
    """A report of another version may have requirements that this one does not know."""
    odd = samples.report(samples.row("FRAME-1") | {"id": "AAA-1"}, samples.row("FRAME-1"))

    assert matrix.rows([("a", odd)])[0][3:] == ["FRAME-1", "AAA-1"]


def test_a_hundred_implementations_are_no_burden() -> None:
    """A course's page can still be sent by mail."""
    page = matrix.render([(f"student-{number}", samples.ordinary()) for number in range(100)])

    assert len(page.encode()) < MAXIMUM_OCTETS


def shape(text: str) -> list[tuple[str, tuple[str, ...]]]:
    """The elements and the names of attributes of a matrix with this text as a name and wherever a server's may stand."""
    page = read(matrix.render([(text, samples.hostile(text)), ("few", FEW)]))
    assert page.errors == []
    assert safe(text) in [one.text for one in page.all("bdi")]
    return [(one.tag, tuple(one.attributes)) for one in page.elements]


HARMLESS = shape("harmless")


@pytest.mark.parametrize("text", [text for text in samples.HOSTILE if "`" not in text])
def test_hostile_texts_are_inert(text: str) -> None:
    """They make no element and no attribute, and no control character is left."""
    page = matrix.render([(text, samples.hostile(text))])

    assert shape(text) == HARMLESS
    assert page == "\n".join(safe(line) for line in page.split("\n"))


@settings(deadline=None, database=None, max_examples=25)
@given(samples.PLAIN_TEXTS)
def test_any_text_is_inert(text: str) -> None:
    """Whatever a server says, or is called."""
    assert shape(text) == HARMLESS


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Seen]:
    """What a browser makes of the pages below."""
    text = "".join(samples.HOSTILE)
    pages = {
        "hostile": (matrix.render([(text, samples.hostile(text)), *REPORTS]), "#FRAME-6.0"),
        "view": (PAGE, "#only=differences&sort=name&q=oo"),
    }
    return opened(pages, tmp_path_factory.mktemp("browser"))


@needs_chromium
def test_a_browser_has_nothing_to_complain_of(browser: dict[str, Seen]) -> None:
    """Hostile names and texts, and the panel of one of them open; the table is one stop for the tabulator."""
    seen = browser["hostile"]

    assert seen.console == []
    assert seen.dom.by_id("shown").text == "4 of 4"
    assert len([one for one in seen.dom.all("a") if one.attributes.get("tabindex") == "0"]) == 1


@needs_chromium
def test_a_view_can_be_linked_to(browser: dict[str, Seen]) -> None:
    """Only differences, sorted, some of the names; sections without a difference go, the others grow narrow."""
    seen = browser["view"]
    groups = {one.attributes["data-group"]: one for one in seen.dom.all("th", "group")}
    lines = [one for one in seen.dom.all("tr") if "data-name" in one.attributes]

    assert seen.console == []
    assert "differences" in seen.dom.all("table")[0].classes
    assert [name for name, one in groups.items() if not one.is_hidden] == ["FRAME", "JOIN"]
    assert groups["FRAME"].attributes["colspan"] == "1"
    assert [one.attributes["data-name"] for one in lines] == ["bad", "Few", "good"]
    assert [one.attributes["data-name"] for one in lines if not one.is_hidden] == ["good"]
    assert seen.dom.by_id("shown").text == "1 of 3"
