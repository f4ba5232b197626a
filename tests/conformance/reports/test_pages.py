"""What the pages share: words made markup, bars, one file that asks nothing of anybody, colours that can be read."""

import base64
import hashlib
import re
from importlib import resources
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conformance.reports import html, matrix, pages
from spec.display import safe
from tests.conformance.reports import samples
from tests.conformance.reports.browser import read

TEMPLATES = resources.files("conformance.reports").joinpath("templates")
PAGES = {"report": html.render(samples.ordinary()), "matrix": matrix.render([("a", samples.ordinary())])}
NORMAL_TEXT = 4.5  # WCAG 2.2, success criterion 1.4.3


def test_prose_marks_code_and_links() -> None:
    """Backticks become code, ids that the page has become links, and all else is text."""
    found = pages.prose("see FRAME-6, not BODY-9: `a <b>` & XFRAME-6", {"FRAME-6"})

    assert str(found) == ('see <a href="#FRAME-6">FRAME-6</a>, not BODY-9: <code>a &lt;b&gt;</code> &amp; XFRAME-6')


@settings(deadline=None, database=None)
@given(st.text())
def test_prose_is_text(text: str) -> None:
    """Whatever it is given: no element but its own, and every character, made safe, but the backticks around code."""
    page = read(f"<p>{pages.prose(text, {'FRAME-6'})}</p>")

    assert page.errors == []
    assert {one.tag for one in page.elements} <= {"p", "code", "a"}
    assert page.elements[0].text.replace("`", "") == safe(text).replace("`", "")


def test_a_bar_is_full() -> None:
    """Its segments follow each other, worst verdict first, and end at 100; without anything there are none."""
    counts = pages.counted(["pass", "fail", "pass", "pass"])

    assert counts == {"fail": 1, "pass": 3}
    assert pages.bar(counts) == [("fail", 0.0, 25.0), ("pass", 25.0, 75.0)]
    assert pages.bar({}) == []


def test_octets_stand_apart() -> None:
    """Two digits each."""
    assert pages.spaced("0a1b") == "0a 1b"


@pytest.mark.parametrize("name", PAGES)
def test_a_page_asks_for_nothing(name: str) -> None:
    """No address in an attribute leads out of the file, and the policy names its own style and script and nothing else."""
    page = read(PAGES[name])
    links = [one.attributes[key] for one in page.elements for key in ("href", "src") if key in one.attributes]
    [policy] = [one.attributes["content"] for one in page.all("meta") if "http-equiv" in one.attributes]
    [style], [script] = page.all("style"), page.all("script")
    hashes = [
        f"'sha256-{base64.b64encode(hashlib.sha256(one.text.encode()).digest()).decode()}'" for one in (style, script)
    ]

    assert page.errors == []
    assert all(link.startswith("#") or link == "data:," for link in links)
    assert policy.startswith("default-src 'none'; style-src " + hashes[0] + "; script-src " + hashes[1] + ";")
    assert "url(" not in style.text
    assert "@import" not in style.text


@pytest.mark.parametrize("name", PAGES)
def test_a_page_needs_no_inline_style_or_handler(name: str) -> None:
    """The policy would stop them."""
    attributes = {key for one in read(PAGES[name]).elements for key in one.attributes}

    assert "style" not in attributes
    assert not [key for key in attributes if key.startswith("on")]


@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_whole(name: str) -> None:
    """Each id stands once, and each link inside the page finds its place."""
    page = read(PAGES[name])
    ids = [one.attributes["id"] for one in page.elements if "id" in one.attributes]
    links = {one.attributes["href"] for one in page.all("a")}
    labels = {one.attributes["for"] for one in page.elements if "for" in one.attributes}

    assert len(ids) == len(set(ids))
    assert links <= {f"#{one}" for one in ids}
    assert labels <= set(ids)


@pytest.mark.parametrize("name", PAGES)
def test_what_needs_a_script_is_marked(name: str) -> None:
    """Buttons and fields that do nothing without JavaScript are not shown without it; boxes that work by CSS are."""
    page = read(PAGES[name])
    for one in page.elements:
        if one.tag in ("button", "select") or one.attributes.get("type") == "search":
            within = one
            while not ("js" in within.classes or within.is_hidden):
                assert within.parent is not None, f"{one.tag} {one.attributes} is there for nothing"
                within = within.parent


@pytest.mark.parametrize("name", ["base.css", "base.js", "report.css", "report.js", "matrix.css", "matrix.js"])
def test_styles_and_scripts_stay_inside(name: str) -> None:
    """None of them ends its own element, or holds a carriage return, which a browser changes before it counts the hash."""
    text = TEMPLATES.joinpath(name).read_text(encoding="utf-8")

    assert not re.search(r"</|<!--|\r", text)


def colours(block: str) -> dict[str, str]:
    """The colours that a block of the style sets."""
    return dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6});", block))


def contrast(one: str, other: str) -> float:
    """The ratio of WCAG 2.2 between two colours."""

    def luminance(colour: str) -> float:
        channels = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
        linear = [value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4 for value in channels]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def themes() -> list[dict[str, str]]:
    """Light; dark as the system says; dark as the reader says."""
    style = TEMPLATES.joinpath("base.css").read_text(encoding="utf-8")
    blocks: list[str] = re.findall(r":root[^{]*\{([^}]*)\}", style)
    return [found for found in map(colours, blocks) if found]


def test_both_ways_to_the_dark_are_the_same() -> None:
    """The style has them twice, because a medium and an attribute cannot be asked for at once."""
    light, system, chosen = themes()

    assert system == chosen
    assert light.keys() == system.keys()
    assert light != system


@pytest.mark.parametrize("theme", themes()[:2], ids=["light", "dark"])
def test_text_can_be_read(theme: dict[str, str]) -> None:
    """Every colour of text on every ground that it comes to stand on has the contrast that WCAG asks of normal text."""
    grounds = ["page", "card", "sunk"]
    parties = [f"c{number}" for number in range(8)]
    parts = [f"{name}-tint" for name in ("header", "nick", "text", "time", "odd")]
    pairs = [
        *product(["ink", "soft", "link", "fail", *pages.VERDICTS], grounds),
        *product(parties, ["card", "sunk", "fail-tint"]),
        *((verdict, f"{verdict}-tint") for verdict in pages.VERDICTS),
        *(("card", verdict) for verdict in pages.VERDICTS),
        *product(["ink"], [*parts, "fail-tint", "pass-tint"]),
        *product(["soft"], ["time-tint", "text-tint"]),
    ]
    weak = {(text, ground): contrast(theme[text], theme[ground]) for text, ground in pairs}

    assert {pair: ratio for pair, ratio in weak.items() if ratio < NORMAL_TEXT} == {}


def test_contrast_is_measured() -> None:
    """Black on white is 21, as WCAG says; the order does not matter."""
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#ffffff", "#767676") == pytest.approx(4.54, abs=0.01)
