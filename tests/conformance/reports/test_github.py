"""What a workflow of GitHub is told: commands that nobody can forge, a summary that fits, and no harm done elsewhere."""

import contextlib
import io
import json
import re
from pathlib import Path

import pytest
from hypothesis import given, settings

from conformance.reports import github, markdown, plain
from spec.display import safe
from tests.conformance.reports import samples

COMMAND = re.compile(r"::(?P<kind>error|warning|notice) title=(?P<title>[^:,\r\n]*)::(?P<text>[^\r\n]*)")


def parsed(line: str) -> tuple[str, str, list[str]]:
    """Kind, title and lines of a command, as the runner reads them."""
    found = COMMAND.fullmatch(line)
    assert found is not None, line
    return found["kind"], _decoded(found["title"]), _decoded(found["text"]).split("\n")


def _decoded(text: str) -> str:
    for code, character in (("%0D", "\r"), ("%0A", "\n"), ("%3A", ":"), ("%2C", ","), ("%25", "%")):
        text = text.replace(code, character)
    return text


def announced(data: samples.Data, environ: dict[str, str]) -> list[str]:
    """The lines that `announce` prints."""
    out = io.StringIO()
    github.announce(data, environ, out)
    return out.getvalue().splitlines()


def in_workflow(path: Path) -> dict[str, str]:
    """The variables of a step."""
    return {"GITHUB_ACTIONS": "true", "GITHUB_STEP_SUMMARY": str(path)}


def test_one_for_each_requirement() -> None:
    """An error for a broken MUST, a warning for an unmet SHOULD: sentence, expected, seen, replay, the usual mistake."""
    error, warning = map(parsed, github.annotations(samples.ordinary()))

    assert error[:2] == ("error", "FRAME-6 (core)")
    assert error[2][0].startswith("TCP is a stream.")
    assert error[2][1:4] == [
        "expected: 'hi 0042'",
        "seen: nothing; the server closed the connection of ann",
        "replay: chat-conformance replay FRAME-6-one-cut.json 127.0.0.1:5050",
    ]
    assert error[2][4].startswith("the usual mistake: ")
    assert warning[:2] == ("warning", "JOIN-5 (hardened)")


def test_the_baseline_and_trouble() -> None:
    """A known failure is a notice; one that is mended, and a server that could not be judged, are errors."""
    data = samples.ordinary() | {"baseline": {"known": ["FRAME-6"], "stale": ["RELAY-1"]}, "trouble": "it died"}
    found = [parsed(line)[:2] for line in github.annotations(data)]

    assert found == [
        ("error", "The server could not be judged"),
        ("error", "RELAY-1 does not fail any more"),
        ("warning", "JOIN-5 (hardened)"),
        ("notice", "FRAME-6 (core)"),
    ]


def test_no_more_than_are_shown() -> None:
    """Of many failures the last annotation names the rest."""
    found = list(map(parsed, github.annotations(samples.large(failures=14))))

    assert len(found) == github.MOST_ANNOTATIONS
    assert found[-1][1] == "5 more"
    assert found[-1][2] == [f"{one} (hardened)" if one in ("BODY-3", "TIME-1") else f"{one} (core)" for one in (
        "BODY-2", "BODY-3", "TIME-1", "TIME-2", "NICK-1"
    )]  # fmt: skip


def test_nothing_to_annotate() -> None:
    """A conformant server has none."""
    assert github.annotations(samples.conformant()) == []


def test_an_id_of_another_version() -> None:
    """It has no hint, and is annotated all the same."""
    row = {**samples.row("FRAME-6", "fail", [], because=None), "id": "FRAME-99"}

    assert parsed(github.annotations(samples.report(row))[0])[:2] == ("error", "FRAME-99 (core)")


@given(text=samples.ANY_TEXTS)
@settings(max_examples=100, deadline=None, database=None)
def test_no_command_can_be_forged(text: str) -> None:
    """Any text leaves as many commands as a harmless one, of the same kinds, with the text in them made safe."""
    data, harmless = samples.hostile(text), samples.hostile("x")
    data["requirements"][0]["id"] = text
    found = list(map(parsed, github.annotations(data)))

    assert [kind for kind, _, _ in found] == [parsed(line)[0] for line in github.annotations(harmless)]
    assert found[1][1] == f"{plain.short(text)} (core)"
    assert f"seen: {plain.short(text)}" in found[1][2]
    assert all(line == safe(line) for _, title, lines in found for line in (title, *lines))


def test_what_is_escaped() -> None:
    """In a text percent signs and line breaks, in a title also what ends it."""
    assert github._command("error", "a:b,c%\r\n", ["x: y, 1 %\r", "z"]) == (
        "::error title=a%3Ab%2Cc%25%0D%0A::x: y, 1 %25%0D%0Az"
    )


def test_elsewhere_nothing_is_said(tmp_path: Path) -> None:
    """Outside of a workflow there is neither a line nor a file."""
    path = tmp_path / "summary.md"

    for value in ("", "false"):
        assert announced(samples.ordinary(), {**in_workflow(path), "GITHUB_ACTIONS": value}) == []
    assert not path.exists()


def test_the_summary_is_appended(tmp_path: Path) -> None:
    """Behind what the step has put there; the annotations are printed."""
    path = tmp_path / "summary.md"
    path.write_text("before\n", encoding="utf-8")
    lines = announced(samples.ordinary(), in_workflow(path))

    assert lines == github.annotations(samples.ordinary())
    assert path.read_text(encoding="utf-8") == "before\n\n\n" + markdown.render(samples.ordinary())


def test_the_summary_fits(tmp_path: Path) -> None:
    """Together with what is there already it is not above GitHub's limit; where there is no room, that is said."""
    path = tmp_path / "summary.md"
    for size, said in ((900_000, 0), (github.SUMMARY_OCTETS - 10, 1), (github.SUMMARY_OCTETS + 10, 1)):
        path.write_bytes(b"x" * size)
        lines = announced(samples.large(failures=40, lines=100), in_workflow(path))

        assert [parsed(line)[:2] for line in lines].count(("notice", "No step summary")) == said
        assert path.stat().st_size == size if said else size < path.stat().st_size <= github.SUMMARY_OCTETS


def test_a_file_that_cannot_be_written(tmp_path: Path) -> None:
    """It is said, and that is all."""
    lines = announced(samples.conformant(), in_workflow(tmp_path / "missing" / "summary.md"))

    assert [parsed(line) for line in lines] == [("notice", "No step summary", ["No such file or directory"])]
    assert announced(samples.conformant(), {"GITHUB_ACTIONS": "true"}) == []


def test_a_half_pair_can_be_written(tmp_path: Path) -> None:
    """Neither the runner's pipe nor the file chokes on what is no UTF-8, or no ASCII."""
    out = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    github.announce(samples.hostile("\ud800 é"), in_workflow(tmp_path / "summary.md"), out)

    assert (tmp_path / "summary.md").read_text(encoding="utf-8")
    out.seek(0)
    assert all(COMMAND.fullmatch(line.rstrip("\n")) for line in out)


def test_quiet() -> None:
    """What is printed within stands between a stop and a start with a token that is new each time; errors end it too."""
    tokens = []
    for _ in range(2):
        out = io.StringIO()
        with contextlib.suppress(KeyError), github.quiet({"GITHUB_ACTIONS": "true"}, out):
            print("::error::forged", file=out)
            raise KeyError
        first, forged, last = out.getvalue().splitlines()
        tokens.append(first.removeprefix("::stop-commands::"))

        assert forged == "::error::forged"
        assert last == f"::{tokens[-1]}::"
    assert tokens[0] != tokens[1]
    assert len(tokens[0]) == 32


def test_quiet_elsewhere() -> None:
    """Outside of a workflow nothing is printed."""
    out = io.StringIO()
    with github.quiet({}, out):
        pass

    assert out.getvalue() == ""


def test_from_a_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The command announces a report that was written before, and gives the verdicts as outputs."""
    report, outputs = tmp_path / "report.json", tmp_path / "outputs"
    report.write_text(json.dumps(samples.ordinary()), encoding="ascii")
    environ = {**in_workflow(tmp_path / "summary.md"), "GITHUB_OUTPUT": str(outputs)}

    assert github.main([str(report)], environ) == 0
    assert capsys.readouterr().out.splitlines() == github.annotations(samples.ordinary())
    assert outputs.read_text(encoding="utf-8") == "core=fail\nhardened=incomplete\n"
    assert (tmp_path / "summary.md").exists()


def test_from_no_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What cannot be read is said; it is no report's failure."""
    (tmp_path / "empty.json").touch()

    for arguments in ([], [str(tmp_path / "missing.json")], [str(tmp_path / "empty.json")]):
        assert github.main(arguments, {}) == 2
        assert capsys.readouterr().err.startswith("python -m conformance.reports.github REPORT.json: ")


def test_outputs_are_words() -> None:
    """Nothing but a verdict comes to stand in a file of outputs."""
    data = samples.report(core="pass", hardened="x\nPATH=/tmp")

    assert github.outputs(data) == ["core=pass"]
