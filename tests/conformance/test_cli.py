"""The command: every exit status."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from unittest.mock import Mock

import jsonschema
import pytest

import conformance.run  # noqa: F401  # the module, which has the name of its function
from conformance import cli, report
from conformance.check import CHECKS, Check
from conformance.clients.check import CLIENT_CHECKS
from conformance.engine import Engine
from conformance.mishaps import Terminated
from conformance.target import free_port
from conformance.verdict import CheckResult
from spec.requirements import register
from tests.conformance.commands import QUICK, Capture, main, rows
from tests.conformance.helpers import DEADLINE_S

ROOT = Path(__file__).resolve().parents[2]


def test_0_is_conformant(faithful: str, capsys: Capture) -> None:
    """Over the selected rows."""
    assert main(faithful, *QUICK, "--only", "JOIN-2,RELAY-2") == 0
    out = capsys.readouterr()
    assert rows(out.out) == {"JOIN-2": "pass", "RELAY-2": "pass"}
    assert out.err == ""


def test_1_is_a_failure(echoing: str, capsys: Capture) -> None:
    """Its line has the verdict, and what was expected and seen stands beneath."""
    assert main("run", echoing, *QUICK, "--only", "JOIN-2,RELAY-2") == 1
    out = capsys.readouterr().out
    assert rows(out) == {"JOIN-2": "pass", "RELAY-2": "fail"}
    assert "expected: nothing of its own" in out


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["127.0.0.1"], "write HOST:PORT"),
        (["127.0.0.1:0"], "write HOST:PORT"),
        (["::1:5050"], "in brackets"),
        (["127.0.0.1:9", "--only", "RELAI-1"], "did you mean RELAY-1?"),
        (["127.0.0.1:9", "--skip", "FRAM"], "did you mean FRAME?"),
        (["127.0.0.1:9", "--only", ""], "no requirement or section ''"),
        (["127.0.0.1:9", "--only", "CLIENT-1"], "nothing is selected"),
        (["127.0.0.1:9", "--only", "FRAME-1", "--skip", "FRAME"], "nothing is selected"),
        (["127.0.0.1:9", "--timeout", "4.9"], "at least 5"),
        (["127.0.0.1:9", "--command", " "], "--command is empty"),
        (["--command", "server --port 5050"], "{port}"),
        (["--command", "server {port}", "--pid", "7"], "exclude each other"),
        (["--pid", "7"], "--pid goes with the address"),
        (["--command", ""], "--command is empty"),
        (["--command", "server 'x {port}"], "--command cannot be read: No closing quotation"),
        (["127.0.0.1:9", "--pid", "4194305"], "there is no process 4194305"),  # beyond the most that Linux gives
        (["127.0.0.1:9", "--pid", "99999999999"], "there is no process 99999999999"),
        ([""], "'' is no address of a server"),
        (["--only", "FRAME/x"], "no requirement or section 'FRAME/X'"),
        (["5050"], "such as 127.0.0.1:5050"),
        (["--only", ","], "no requirement or section ''"),
        (["--only", "FRAME-6/one-cut"], "FRAME-6/one-cut is a check: name its requirement, FRAME-6"),
        (["--json", "-"], "--json: write the report to a file"),
        (["127.0.0.1:9", "--depth", "deep"], "--depth"),
        (["127.0.0.1:9", "--class", "soft"], "--class"),
        (["127.0.0.1:9", "--seed", "-1"], "--seed"),
        (["127.0.0.1:9", "--seed", "x"], "--seed"),
        (["http://127.0.0.1:5050"], "but one of a page: write HOST:PORT"),
        (["127.0.0.1:9", "--pid", "0"], "--pid: 0 is not above 0"),
        (["127.0.0.1:9", "--pid", "x"], "--pid: 'x' is no whole number"),
        (["127.0.0.1:9", "--timeout", "soon"], "--timeout: soon is no number of seconds above 0"),
        (["127.0.0.1:9", "--html", ""], "--html: the name is empty"),
        (["127.0.0.1:9", "--capsules", ""], "--capsules: the name is empty"),
        (["127.0.0.1:9", "--baseline", "/nowhere/at/all"], "cannot read /nowhere/at/all: No such file or directory"),
        (["127.0.0.1:9", "--timeout", "nan"], "--timeout"),
        (["127.0.0.1:9", "--time-limit", "0"], "--time-limit"),
        (["127.0.0.1:9", "--no-such-option"], "--no-such-option"),
        (["127.0.0.1:9", "127.0.0.1:10"], "127.0.0.1:10"),
        (["list", "more"], "more"),
    ],
)
def test_2_is_usage(words: list[str], said: str, capsys: Capture) -> None:
    """The reason is on standard error, and nothing was run."""
    assert main(*words) == 2
    out = capsys.readouterr()
    assert said in out.err
    assert "Traceback" not in out.err
    assert out.out == ""


def test_3_is_undecided(capsys: Capture, tmp_path: Path) -> None:
    """Nobody listens: one clear line, no forty; and a report is written all the same."""
    address = f"127.0.0.1:{free_port()}"
    assert main(address, *QUICK, "--json", str(tmp_path / "report.json")) == 3
    out = capsys.readouterr().out
    assert [line for line in out.splitlines() if "nobody listens" in line] == [
        f"chat-conformance: nobody listens on {address}: {os.strerror(111)}"
    ]
    assert rows(out) == {}
    loaded = json.loads((tmp_path / "report.json").read_text())
    jsonschema.validate(loaded, report.schema())
    assert loaded["exit_status"] == 3


def test_130_is_an_interrupt(monkeypatch: pytest.MonkeyPatch, capsys: Capture) -> None:
    """Without a traceback; SIGTERM is 143."""
    for told, status, said in ((KeyboardInterrupt, 130, "interrupted"), (Terminated, 143, "ended by SIGTERM")):
        monkeypatch.setattr(cli, "run", Mock(side_effect=told))
        assert main("127.0.0.1:9") == status
        assert said in capsys.readouterr().err


@pytest.mark.parametrize(("told", "status"), [(KeyboardInterrupt, 130), (Terminated, 143)])
def test_an_interrupted_run_gives_its_report(
    faithful: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: Capture,
    tmp_path: Path,
    told: type[KeyboardInterrupt],
    status: int,
) -> None:
    """What had been judged by then stands in it; the rest is not run, because of the interrupt. SIGTERM is one."""
    real = Engine.judge

    def judge(engine: Engine, check: Check) -> CheckResult:
        if check.quiet:
            raise told
        return real(engine, check)

    monkeypatch.setattr(Engine, "judge", judge)
    assert main(faithful, *QUICK, "--only", "JOIN-2,TIME-1,RELAY-5", "--json", str(tmp_path / "report.json")) == status
    out = capsys.readouterr().out
    # What is judged late, as some of the first and of the last is, was not come to.
    assert rows(out) == {"JOIN-2": "not-run", "TIME-1": "pass", "RELAY-5": "not-run"}
    assert "because: interrupted" in out
    loaded = json.loads((tmp_path / "report.json").read_text())
    jsonschema.validate(loaded, report.schema())
    assert [row["verdict"] for row in loaded["requirements"]] == ["pass", "not-run", "not-run"]


def test_a_reader_that_goes_away_is_no_error(monkeypatch: pytest.MonkeyPatch) -> None:
    """As in `chat-conformance | head`."""

    def gone(*arguments: object) -> None:
        raise BrokenPipeError

    monkeypatch.setattr(cli, "run", gone)
    monkeypatch.setattr(os, "dup2", lambda *descriptors: None)
    with Path(os.devnull).open("w") as nowhere:
        monkeypatch.setattr(sys, "stdout", nowhere)
        assert main("127.0.0.1:9") == 1


def test_a_report_is_written_though_nobody_reads_the_lines(faithful: str, tmp_path: Path) -> None:
    """`chat-conformance ... --json FILE | head -1` is not red for that."""
    report = tmp_path / "report.json"
    words = [sys.executable, "-m", "conformance", faithful, *QUICK, "--only", "JOIN-2,RELAY-2", "--json", str(report)]
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=ROOT) as process:
        assert process.stdout is not None
        process.stdout.readline()
        process.stdout.close()
        process.stdout = None
        assert process.communicate(timeout=DEADLINE_S)[1] == b""
    assert process.returncode == 0
    assert json.loads(report.read_text())["exit_status"] == 0


def test_what_can_be_written_is_written(faithful: str, tmp_path: Path, capsys: Capture) -> None:
    """A disk that is full, or a folder that went away, costs that report alone."""
    full, page = Path("/dev/full"), tmp_path / "page.html"
    if not full.exists():
        pytest.skip("there is no /dev/full here")
    assert main(faithful, *QUICK, "--only", "RELAY-2", "--json", str(full), "--html", str(page)) == 2
    assert "cannot write /dev/full: No space left on device" in capsys.readouterr().err
    assert page.stat().st_size > 1000


def test_a_section_is_no_id_to_explain(capsys: Capture) -> None:
    """`--only` takes one; its first and last id are told."""
    assert main("explain", "frame") == 2
    assert "FRAME is a section: name one of its requirements, FRAME-1 to FRAME-8" in capsys.readouterr().err


def test_list(capsys: Capture) -> None:
    """Every requirement, every check, and those that have none say so."""
    assert main("list") == 0
    out = capsys.readouterr().out
    assert re.findall(r"^([A-Z]+-\d+) ", out, re.MULTILINE) == list(register())
    for name in (*CHECKS, *CLIENT_CHECKS):
        assert f"    {name} " in out
    for identifier in set(register()) - {name.partition("/")[0] for name in (*CHECKS, *CLIENT_CHECKS)}:
        assert re.search(rf"^{identifier} .*\n    \(.+\)$", out, re.MULTILINE), identifier
