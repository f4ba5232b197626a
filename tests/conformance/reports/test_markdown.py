"""The report as Markdown: what it says, that a server's text never becomes markup, and that it fits."""

import json
from collections.abc import Iterator

import pytest
from hypothesis import example, given, settings
from markdown_it import MarkdownIt
from markdown_it.token import Token

from conformance.hints import hint
from conformance.reports import markdown, plain
from spec.requirements import register
from tests.conformance.reports import samples

PARSER = MarkdownIt("commonmark").enable("table")
ORDINARY = markdown.render(samples.ordinary())
CODE = {"code_inline", "fence"}


def tokens(document: str) -> list[Token]:
    """What a parser makes of a document, inline ones in their order."""
    return [one for token in PARSER.parse(document) for one in (token.children or [token])]


def outside(document: str) -> Iterator[tuple[str, str]]:
    """The shape of a document and all text that is not in code: type and content."""
    for one in tokens(document):
        yield one.type, "" if one.type in CODE else one.content


def inside(document: str) -> list[str]:
    """The texts of code spans and fenced blocks."""
    return [one.content for one in tokens(document) if one.type in CODE]


def test_the_verdict_comes_first() -> None:
    """In a heading, with the target; then both classes and the counts."""
    lines = ORDINARY.splitlines()

    assert lines[0] == "# ✗ Not conformant: `127.0.0.1:5050`"
    assert lines[2] == (
        "core `fail`, hardened `incomplete`. "
        "Of 43 requirements, 1 failed, 1 warned, 1 inconclusive, 1 not run, 39 passed."
    )
    assert "seed `17`" in lines[4]


def test_the_table() -> None:
    """A row for each section: how many passed, and which did not."""
    assert "| Framing | 6 | FRAME-6 |  | FRAME-7 |" in ORDINARY
    assert "| Joining | 4 |  | JOIN-5 |  |" in ORDINARY
    assert "| Staying up | 6 |  |  | ROBUST-3 |" in ORDINARY
    assert sum(one.type == "tr_open" for one in tokens(ORDINARY)) == 10


def test_a_failure_is_told() -> None:
    """Sentence, expected and seen, conversation, replay, hint; failures stand before warnings, the first one is open."""
    sentence = register()["FRAME-6"].sentence
    blocks = inside(ORDINARY)
    block = next(one for one in blocks if one.startswith("check:    FRAME-6/one-cut (MUST), 4 of 4 times"))

    assert f"> {sentence}\n" in ORDINARY
    assert "expected: 'hi 0042'\n" in block
    assert "✂ cut inside" in block
    assert "replay:   chat-conformance replay FRAME-6-one-cut.json 127.0.0.1:5050\n" in block
    assert hint("FRAME-6").mistake in ORDINARY
    assert ORDINARY.index("### ✗ FRAME-6") < ORDINARY.index("### ! JOIN-5")
    assert ORDINARY.count("<details open>") == 1
    assert ORDINARY.count("<details>") == 2
    assert ORDINARY.count("</details>") == 3


def test_the_rest_of_the_report() -> None:
    """The diagnosis, what has no verdict and why, cuts, choices, baseline."""
    document = markdown.render(samples.ordinary() | {"baseline": {"known": ["FRAME-6"], "stale": ["RELAY-2"]}})

    assert "92% alike, because of `FRAME-6/one-cut`, `FRAME-6/two-cuts`" in document
    assert "- FRAME-7 not-run: `FRAME-6 failed`\n" in document
    assert "- 378 pieces sent apart, 370 confirmed to have been read apart\n" in document
    assert "- `strangers`: `other people are on the server: the run went on gently`\n" in document
    assert "### ✗ FRAME-6 (known: it is in the baseline)" in document
    assert "- in the baseline, but they do not fail any more: RELAY-2\n" in document


def test_only_known_sentences_are_markup() -> None:
    """The sentence of a requirement and a mistake stand as they are if they are this installation's own."""
    ours = samples.report(samples.row("FRAME-6", "fail", [samples.check("FRAME-6/x", "fail", samples.failure())]))
    mistake = {"mistake": "one recv taken for one message", "likeness": 0.5, "because": [], "fault": "x", "ids": []}
    other = {**ours, "requirements": [{**ours["requirements"][0], "sentence": "**another**"}]}

    assert "- **one recv taken for one message** (50% alike)" in markdown.render({**ours, "diagnosis": [mistake]})
    assert "- `old`" in markdown.render({**ours, "diagnosis": ["old"]})
    assert "> `**another**`" in markdown.render(other)


def test_no_failures_no_heading() -> None:
    """A conformant server has neither failures nor warnings; one with warnings alone has no failures."""
    passed = markdown.render(samples.conformant())
    row = samples.row("JOIN-5", "warn", [samples.check("JOIN-5/says-why", "warn", samples.failure())])
    warned = markdown.render(samples.report(row, core="pass", hardened="pass"))

    assert passed.startswith("# ✓ Conformant, core and hardened: ")
    assert "## Failures" not in passed
    assert "## Warnings" not in passed
    assert "## Warnings" in warned
    assert "## Failures" not in warned


def test_nothing_selected_and_trouble() -> None:
    """A report without a requirement says so; what stopped the run is said in front."""
    assert "No requirement was selected." in markdown.render(samples.report(core="incomplete"))
    assert "**Trouble:** `nobody listens`" in markdown.render(samples.report(trouble="nobody listens"))


def test_an_id_of_another_version() -> None:
    """It has no hint, and is shown all the same."""
    row = {**samples.row("FRAME-6", "fail"), "id": "FRAME-99"}
    row["checks"] = [samples.check("FRAME-99/x", "fail", samples.failure())]

    assert "### ✗ FRAME-99\n" in markdown.render(samples.report(row))


@example(text=" a ")
@example(text="  ")
@example(text="`a")
@given(text=samples.ANY_TEXTS)
@settings(max_examples=200, deadline=None, database=None)
def test_a_code_span_holds_any_text(text: str) -> None:
    """A parser finds one span, with exactly this text in it, made safe."""
    found = PARSER.parseInline(f"a {markdown.code(text)} b")[0].children or []

    assert [(one.type, one.content) for one in found] == [
        ("text", "a "),
        ("code_inline", plain.short(text)),
        ("text", " b"),
    ]


@pytest.mark.parametrize("text", ["```", "a\n~~~\n`````\n"])
def test_no_text_ends_its_block(text: str) -> None:
    """A fence is longer than every run of backticks behind it."""
    fences = [one for one in tokens(markdown.render(samples.hostile(text))) if one.type == "fence"]

    assert fences
    assert all(one.markup not in one.content for one in fences)
    assert all(one.markup == "`" * len(one.markup) for one in fences)


def test_few_choices() -> None:
    """As many as a person reads."""
    choices = {f"choice {number}": "made" for number in range(99)}

    assert markdown.render(samples.report(choices=choices)).count(": `made`") == markdown.FEW


def test_an_empty_code_span() -> None:
    """There is none: two backticks would begin another."""
    assert markdown.code("") == "(empty)"


@pytest.mark.parametrize("text", samples.HOSTILE)
def test_hostile_texts_are_shown(text: str) -> None:
    """Made visible, in code: as target, as trouble, as reason."""
    found = inside(markdown.render(samples.hostile(text)))

    assert found.count(plain.short(text)) >= 5


@given(text=samples.ANY_TEXTS)
@settings(max_examples=60, deadline=None, database=None)
def test_hostile_texts_are_inert(text: str) -> None:
    """Whatever a server says, the document has the same shape, and the same words outside of code."""
    found = list(outside(markdown.render(samples.hostile(text))))

    assert found == list(outside(markdown.render(samples.hostile("x"))))
    assert {kind for kind, _ in found}.isdisjoint({"html_inline", "link_open", "image"})


@pytest.mark.parametrize("text", [*samples.HOSTILE, "a|b", "*a*\n\n# b"])
def test_hostile_names(text: str) -> None:
    """Ids and names of checks, which a schema keeps in order, do no harm without it: no cell, no tag more."""
    data = samples.hostile("x")
    harmless = list(outside(markdown.render(_renamed(data, "x"))))
    found = list(outside(markdown.render(_renamed(data, text))))

    assert [kind for kind, _ in found] == [kind for kind, _ in harmless]
    assert all(content.count("<") == 5 for kind, content in found if kind == "html_block" and "<summary>" in content)


def _renamed(data: samples.Data, text: str) -> samples.Data:
    copy: samples.Data = json.loads(json.dumps(data))
    row = copy["requirements"][0]
    row["id"] = row["checks"][0]["name"] = text
    return copy


def test_it_fits() -> None:
    """A report of many long failures stays within its limit, and names what there is no room for."""
    data = samples.large(failures=40, lines=2000)
    whole, short = markdown.render(data), markdown.render(data, 50_000)

    assert len(whole.encode()) <= markdown.MOST_OCTETS
    assert len(short.encode()) <= 50_000
    assert short.startswith("# ✗ Not conformant")
    assert "### ✗ FRAME-1\n" in short
    assert "Not shown here, for want of room: " in short


@pytest.mark.parametrize("text", ["`" * 100_000, "\U0010ffff" * 100_000, "@" * 100_000])
def test_long_texts_fit(text: str) -> None:
    """However long a text is, in whatever place, the verdict fits into the least limit, and everything else too."""
    data = samples.hostile("x") | {"target": text, "trouble": text, "choices": {str(n) + text: text for n in range(99)}}
    data["requirements"][0]["checks"][0]["failure"] |= {"expected": text, "seen": text}

    assert len(markdown.render(data, markdown.LEAST_OCTETS).encode()) <= markdown.LEAST_OCTETS
    assert markdown.render(data, markdown.LEAST_OCTETS).startswith("# ✗")
    assert len(markdown.render(data).encode()) <= markdown.MOST_OCTETS
