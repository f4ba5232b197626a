"""A run in plain lines: one for each requirement, failures beneath, and nothing that drives a terminal."""

import io
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

import conformance.checks  # noqa: F401  # registers them
from conformance import render
from conformance import report as reports
from conformance.check import CHECKS
from conformance.clients.check import CLIENT_CHECKS
from conformance.hints import Hint
from conformance.render import Lines, listing
from conformance.run import Options, Report
from conformance.verdict import FAIL, INCONCLUSIVE, NOT_RUN, PASS, CheckResult, RequirementResult
from spec.display import safe
from spec.requirements import register
from tests.conformance.test_report import HOSTILE, failing
from tests.conformance.test_terminal import Screen


def printed(report: Report) -> list[str]:
    """The lines of a whole run, told as the engine tells it."""
    out = io.StringIO()
    printer = Lines(out)
    printer.begin(report.target, replace(report.options, seed=report.seed))
    for row in report.results:
        for result in row.checks:
            printer.heard(row, result)
        if row.checks:
            printer.heard(row, None)
    printer.end(report)
    return out.getvalue().split("\n")


def report_of(*results: RequirementResult) -> Report:
    """A report with these rows."""
    report = Report("127.0.0.1:5050", Options(), 17, datetime.now(UTC), 8.1)
    report.results = list(results)
    return report


def row(identifier: str, *checks: CheckResult) -> RequirementResult:
    """A row of the register."""
    return RequirementResult(register()[identifier], list(checks))


def passing(identifier: str) -> CheckResult:
    """A check that passed."""
    return CheckResult(f"{identifier}/x", identifier, "MUST", PASS, examples=3)


def not_run(identifier: str, because: str) -> RequirementResult:
    """A row whose check was not run."""
    return row(identifier, CheckResult(f"{identifier}/x", identifier, "MUST", NOT_RUN, because))


def test_many_rows_not_run_for_one_reason_take_little_room() -> None:
    """The first is told with the reason, the others by id, none is lost; up to three have a line each."""
    stopped = [
        not_run(identifier, "the run stopped") for identifier in ("FRAME-1", "FRAME-2", "FRAME-3", "FRAME-4", "FRAME-5")
    ]
    lines = printed(report_of(*stopped, row("FRAME-6", passing("FRAME-6")), *stopped[:4]))
    rows = [line for line in lines if line.startswith(("not-run", "pass"))]
    assert rows[0] == "not-run      FRAME-1    because: the run stopped"
    assert rows[1] == "not-run      and for the same reason 4 more: FRAME-2, FRAME-3, FRAME-4, FRAME-5"
    assert rows[2].startswith("pass         FRAME-6")
    assert rows[3:] == [f"not-run      FRAME-{number}    because: the run stopped" for number in (1, 2, 3, 4)]


def test_rows_not_run_for_other_reasons_say_which() -> None:
    """Also of checks that there are none of, which are told at the end."""
    lines = printed(report_of(*(not_run(f"FRAME-{number}", f"reason {number}") for number in range(1, 7))))
    assert [line for line in lines if line.startswith("not-run")] == [
        f"not-run      FRAME-{number}    because: reason {number}" for number in range(1, 7)
    ]


def test_one_line_for_each_requirement() -> None:
    """With its verdict in front: also those without a check, and those without a verdict, which say why."""
    lines = printed(
        report_of(
            row("FRAME-1", passing("FRAME-1"), passing("FRAME-1")),
            row("FRAME-2", CheckResult("FRAME-2/x", "FRAME-2", "MUST", NOT_RUN, "FRAME-1 failed")),
            row("FRAME-3", CheckResult("FRAME-3/x", "FRAME-3", "MUST", INCONCLUSIVE, "it was late once")),
            row("FRAME-4"),
        )
    )
    found = {
        identifier: [line for line in lines if line[13:].startswith(f"{identifier} ")]
        for identifier in ("FRAME-1", "FRAME-2", "FRAME-3", "FRAME-4")
    }

    assert [len(several) for several in found.values()] == [1, 1, 1, 1]
    assert [several[0].split()[0] for several in found.values()] == ["pass", "not-run", "inconclusive", "not-run"]
    assert "because: FRAME-1 failed" in found["FRAME-2"][0]
    assert "because: no check" in found["FRAME-4"][0]
    assert "(6 played" in found["FRAME-1"][0]


def test_a_failure_has_all_that_is_needed() -> None:
    """The whole sentence, the check and what it does, where, the proof, expected against seen, the conversation."""
    one = replace(failing("x"), name="FRAME-1/plain-conversation")
    lines = printed(report_of(row("FRAME-1", one, one)))
    text = " ".join(" ".join(lines).split())

    for part in (
        f"demands: FRAME-1 (core): {register()['FRAME-1'].sentence}",
        f"check: FRAME-1/plain-conversation (MUST): {CHECKS['FRAME-1/plain-conversation'].about}",
        "at: x expected: expected x seen: seen x",
        "proof: a frame that was received shows it; 2 of 4 times",
        "shown by: the shortest conversation that does (! = out of the ordinary; ✂ = the write ends here)",
        "ms who header time nick text",
        'ann sends header "x" = hex 78 ✂ cut inside the header',
        "ann ← the server closed the connection (FIN)",
    ):
        assert part in text
    assert text.count(register()["FRAME-1"].sentence) == 1
    assert text.count("Conversations are shown frame by frame") == 1
    assert text.count("2 of 4 times") == 2
    assert all(len(line) <= 100 for line in lines)


def test_a_failure_ends_with_the_command_that_replays_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """If the data has one."""
    real = reports.check_as_json

    def replayable(check: CheckResult) -> dict[str, Any]:
        data = real(check)
        return data | {"failure": data["failure"] | {"replay": "chat-conformance replay x.json"}}

    report = report_of(row("FRAME-1", failing("x")))
    assert not any("replay:" in line for line in printed(report))
    monkeypatch.setattr(render, "check_as_json", replayable)
    assert "    replay:   chat-conformance replay x.json" in printed(report)


def test_what_it_looks_like_and_hints() -> None:
    """Both are given to the end of a run; hints are for what failed only."""
    out = io.StringIO()
    report = report_of(row("FRAME-1", failing("x")), row("FRAME-2", passing("FRAME-2")))
    diagnosis = [{"mistake": "one recv \x1b", "likeness": 0.92, "because": ["FRAME-6/one-cut", "FRAME-6/x"]}]
    Lines(out).end(report, diagnosis, lambda identifier: Hint(identifier, "means", f"mistake of {identifier}", "look"))
    text = out.getvalue()

    assert "this looks like: one recv ␛ (92%; FRAME-6/one-cut, FRAME-6/x)" in text
    assert "the usual mistake: mistake of FRAME-1" in text
    assert "how to see it: look" in text
    assert "mistake of FRAME-2" not in text

    report.results = [row(identifier, failing("x")) for identifier in ("FRAME-1", "FRAME-3", "FRAME-4", "FRAME-5")]
    many = io.StringIO()
    Lines(many).end(report, [], lambda identifier: Hint(identifier, "means", f"mistake of {identifier}", "look"))
    assert many.getvalue().count("mistake of") == 4
    assert "how to see it" not in many.getvalue()


def test_colours_on_a_terminal_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """The verdict has its colour and the id is bold; with NO_COLOR, or on a dumb terminal, nothing has."""
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.delenv("NO_COLOR", raising=False)
    coloured = Screen()
    Lines(coloured).row(row("FRAME-1", failing("\x1b[2J")))
    assert coloured.getvalue().startswith("\x1b[31;1mfail        \x1b[0m \x1b[1mFRAME-1   \x1b[0m ")
    assert "\x1b[2J" not in coloured.getvalue()

    for name, value in (("NO_COLOR", "1"), ("TERM", "dumb")):
        monkeypatch.setenv(name, value)
        plain = Screen()
        Lines(plain).row(row("FRAME-1", failing("x")))
        assert "\x1b" not in plain.getvalue()


def test_a_stream_that_cannot_carry_a_character_gets_its_escape() -> None:
    """A console of old, or a pipe in an old locale: no line is lost."""
    raw = io.BytesIO()
    out = io.TextIOWrapper(raw, encoding="ascii")
    Lines(out).row(row("FRAME-1", failing("é")))

    assert b"\\u2190 the server closed the connection" in raw.getvalue()


@pytest.mark.parametrize("text", HOSTILE)
def test_nothing_drives_a_terminal(text: str) -> None:
    """Wherever a server's text comes to stand: sentences, conversation, reasons, choices, its own output."""
    report = report_of(
        row("FRAME-1", failing(text)), row("FRAME-2", CheckResult("FRAME-2/x", "FRAME-2", "MUST", NOT_RUN, text))
    )
    report.choices = {"strangers": text}
    report.output = [text]
    lines = printed(report)

    assert lines == [safe(line) for line in lines]
    assert not any(ord(character) < 32 or 127 <= ord(character) < 160 for line in lines for character in line)
    assert not any(character in line for line in lines for character in "\u202e\u2066\u2069\u2028\u2029\ufeff")
    assert "the server printed last:" in lines


def test_the_end_has_the_seed_the_cuts_and_the_classes() -> None:
    """All that is needed to do it again."""
    report = report_of(row("FRAME-1", passing("FRAME-1")), row("FRAME-4", failing("x")))
    report.cuts = (7, 3)
    lines = printed(report)

    assert lines[0] == "chat-conformance: 127.0.0.1:5050, seed 17, depth standard"  # first: a run may be broken off
    assert any("10 pieces sent apart, 7 confirmed" in line for line in lines)
    assert "core: pass (1 pass, 27 not selected)" in lines
    assert "hardened: fail (1 fail, 14 not selected)" in lines


def test_what_was_not_selected_may_be_to_blame() -> None:
    """A check rests on others, and nobody has looked at them."""
    found = replace(failing("x"), name="FRAME-4/malformed-headers")
    report = report_of(row("FRAME-4", found))
    assert not any("but:" in line for line in printed(report))
    report.options = replace(report.options, only=["FRAME-4"])
    assert any("but:" in line and "rests on FRAME-6, not selected here" in line for line in printed(report))
    report.options = replace(report.options, only=["FRAME"])
    assert not any("but:" in line for line in printed(report))


@pytest.mark.parametrize(("only", "doubtful"), [([], False), (["CLIENT"], False), (["CLIENT-2"], True)])
def test_what_a_check_of_clients_rests_on(only: list[str], doubtful: bool) -> None:
    """Other checks, whose requirements may not have been selected."""
    out = io.StringIO()
    printer = Lines(out, "client")
    printer.begin("a client", Options(only=only))
    failed = replace(failing("x"), name="CLIENT-2/shows-each-frame")
    assert CLIENT_CHECKS[failed.name].needs == ("CLIENT-1/joins",)
    printer.row(row("CLIENT-2", failed))
    assert ("rests on CLIENT-1, not selected here" in out.getvalue()) is doubtful


def test_what_has_no_verdict_is_named_where_the_exit_status_comes_of_it() -> None:
    """Not behind a failure, which is the reason then."""
    undecided = row("FRAME-1", CheckResult("FRAME-1/x", "FRAME-1", "MUST", NOT_RUN, "FRAME-4 failed"))
    report = report_of(undecided, row("FRAME-2", passing("FRAME-2")))
    assert "no verdict, hence exit status 3: FRAME-1" in printed(report)
    report = report_of(undecided, row("FRAME-4", failing("x")))
    assert not any("no verdict" in line for line in printed(report))


def test_an_interrupt_and_deaths_are_told_of() -> None:
    """What follows is about a part of the requirements; and each time that the server died."""
    report = report_of(row("FRAME-1", passing("FRAME-1")))
    assert not any("interrupted" in line or "death" in line for line in printed(report))

    report.interrupted = True
    report.deaths = ["ended with status 1, during FRAME-1/x"]
    lines = printed(report)
    assert "death 1: the server ended with status 1, during FRAME-1/x" in lines
    assert any(line.startswith("interrupted: ") for line in lines)


def test_trouble_is_one_line_and_no_row_is_shown() -> None:
    """Forty rows that were not run for the same reason help nobody."""
    report = report_of(row("FRAME-1"), row("FRAME-2"))
    report.trouble = "nobody listens on 127.0.0.1:5050: Connection refused"
    lines = printed(report)

    assert [line for line in lines if "nobody listens" in line] == [f"chat-conformance: {report.trouble}"]
    assert not any("FRAME-1" in line for line in lines)
    assert "the server printed last:" not in lines


def test_the_output_of_the_server_is_shown_only_if_something_is_wrong() -> None:
    """A run without a failure is short."""
    report = report_of(row("FRAME-1", passing("FRAME-1")))
    report.output = ["---Server Started---"]

    assert not any("Started" in line for line in printed(report))
    report.results[0].checks = [CheckResult("FRAME-1/x", "FRAME-1", "MUST", FAIL)]
    assert any("---Server Started---" in line for line in printed(report))


def test_the_list_has_every_requirement_and_every_check() -> None:
    """And for those without a check the reason."""
    out = io.StringIO()
    listing(out)
    lines = out.getvalue().splitlines()
    heads = [line.split()[0] for line in lines if not line.startswith(" ")]
    checks = [line.split()[0] for line in lines if line.startswith("    ") and "/" in line.split()[0]]

    assert heads == list(register())
    assert sorted(checks) == sorted([*CHECKS, *CLIENT_CHECKS])
    covered = {name.partition("/")[0] for name in (*CHECKS, *CLIENT_CHECKS)}
    for place, line in enumerate(lines):
        if not line.startswith(" ") and line.split()[0] not in covered:
            assert lines[place + 1].strip().startswith("(")
    of_clients = [line for line in lines if " client: " in line]
    assert [line.split()[0] for line in of_clients if "CLIENT-" not in line]
    assert {line.split()[0] for line in of_clients} == set(CLIENT_CHECKS)


def test_what_was_seen_in_passing_says_so() -> None:
    """It has no check of its own that could say what it is about."""
    seen = replace(failing("x"), name="FRAME-1/in-passing")
    text = " ".join(" ".join(printed(report_of(row("FRAME-1", seen)))).split())
    assert "check: FRAME-1/in-passing (MUST): seen in conversations of other checks." in text
