"""The report as a browser shows it: a script that works, a policy that holds, nothing in the console."""

import pytest

from conformance.reports import html
from tests.conformance.reports import samples
from tests.conformance.reports.browser import Page, Seen, needs_chromium, opened

ORDINARY = html.render(samples.ordinary())


def shown(page: Page) -> list[str]:
    """The requirements that a filter has left."""
    return [one.attributes["id"] for one in page.all("details", "req") if not one.is_hidden]


EVIL = '<script>document.title = "run"</script><img src="x.png" onerror="document.title = 1"><p style="color: red"></p>'
FILTERS = {
    "failures": ("#only=fail", ["FRAME-6"]),
    "hardened": ("#only=fail,warn&class=hardened", ["JOIN-5"]),
    "nothing": ("#q=manslaughter", []),
    "words": ("#q=RESET+take+nobody+down", ["ROBUST-5"]),
}


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Seen]:
    """What a browser makes of the pages below."""
    pages = {
        "hostile": (html.render(samples.hostile("".join(samples.HOSTILE))), ""),
        "evil": (ORDINARY.replace("<h1>", f"{EVIL}<h1>"), ""),
        "place": (ORDINARY, "#RELAY-1"),
        "large": (html.render(samples.large(3)), "#only=fail"),
        **{name: (ORDINARY, fragment) for name, (fragment, _) in FILTERS.items()},
    }
    return opened(pages, tmp_path_factory.mktemp("browser"))


@needs_chromium
def test_a_browser_has_nothing_to_complain_of(browser: dict[str, Seen]) -> None:
    """All hostile texts in one page, and a large one: the script runs, nothing is refused, the console is empty."""
    for name, count in (("hostile", "2 of 2"), ("large", "3 of 3")):
        seen = browser[name]
        assert seen.console == []
        assert seen.dom.by_id("shown").text == count
        assert "scripted" in seen.dom.all("html")[0].classes


@needs_chromium
def test_the_policy_holds(browser: dict[str, Seen]) -> None:
    """Were a script or a style ever to get into the page, it would not run, and the console would say so."""
    seen = browser["evil"]

    assert seen.dom.all("title")[0].text == "Not conformant · 127.0.0.1:5050"
    assert len([line for line in seen.console if "Content Security Policy" in line]) >= 3


@needs_chromium
@pytest.mark.parametrize("name", FILTERS)
def test_a_filter_can_be_linked_to(name: str, browser: dict[str, Seen]) -> None:
    """It shows the rows that fit, with their failures, and says how many; with none it says that, too."""
    seen, ids = browser[name], FILTERS[name][1]
    failures = [one.attributes["id"] for one in seen.dom.all("article") if not one.is_hidden]

    assert seen.console == []
    assert shown(seen.dom) == ids
    assert failures == [f"failure-{one}" for one in ids if one in ("FRAME-6", "JOIN-5")]
    assert seen.dom.by_id("shown").text == f"{len(ids)} of 43"
    assert seen.dom.by_id("nothing").is_hidden == bool(ids)
    assert not [one for one in seen.dom.all("section", "group") if not one.is_hidden and not ids]


@needs_chromium
def test_a_place_can_be_linked_to(browser: dict[str, Seen]) -> None:
    """A requirement is unfolded, and nothing is filtered."""
    seen = browser["place"]

    assert "open" in seen.dom.by_id("RELAY-1").attributes
    assert len(shown(seen.dom)) == 43
