"""The command `chat-conformance client`: what each option does is observed."""

import json
import shlex
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from conformance.clients import run as runs
from conformance.clients.launch import Client
from conformance.run import Options
from tests.conformance.clients.played import is_running, shipped
from tests.conformance.commands import Capture, main, rows

COMMAND = shipped().name


def asked(monkeypatch: pytest.MonkeyPatch, *words: str) -> tuple[Client, Options]:
    """What a run is asked to do by these words."""
    seen: list[tuple[Client, Options]] = []

    def look(client: Client, options: Options, *listen: object) -> None:
        seen.append((client, options))
        raise KeyboardInterrupt

    monkeypatch.setattr(runs, "judge", look)
    assert main("client", *words) == 130
    return seen[0]


def test_the_defaults(monkeypatch: pytest.MonkeyPatch) -> None:
    """As the help says."""
    client, options = asked(monkeypatch, "--command", "my client {port}")
    assert client == Client(("my", "client", "{port}"), terminal=None)
    assert options == Options(cls="hardened", depth="standard", timeout=5.0, seed=options.seed)
    assert options.seed is not None


@pytest.mark.parametrize(
    ("words", "field", "value"),
    [
        (["--class", "core"], "cls", "core"),
        (["--only", "frame-2", "--only", "TIME"], "only", ["frame-2", "TIME"]),
        (["--skip", "CLIENT"], "skip", ["CLIENT"]),
        (["--depth", "thorough"], "depth", "thorough"),
        (["--seed", "7"], "seed", 7),
        (["--timeout", "9"], "timeout", 9.0),
        (["--time-limit", "60"], "time_limit", 60.0),
        (["--strict"], "strict", True),
        (["--stop-on-first"], "stop_on_first", True),
    ],
)
def test_what_a_run_is_asked(monkeypatch: pytest.MonkeyPatch, words: list[str], field: str, value: Any) -> None:
    """Each option arrives; what it does is tested with the run."""
    assert getattr(asked(monkeypatch, "--command", "x {port}", *words)[1], field) == value


def test_pty(monkeypatch: pytest.MonkeyPatch) -> None:
    """A pseudo-terminal, a pipe, or what is found out."""
    found = [asked(monkeypatch, "--command", "x {port}", *words)[0].terminal for words in ([], ["--pty"], ["--no-pty"])]
    assert found == [None, True, False]


def test_baseline(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Read from the file."""
    known = tmp_path / "known"
    known.write_text("CLIENT-3 # the time\n")
    options = asked(monkeypatch, "--command", "x {port}", "--baseline", str(known))[1]
    assert options.baseline == frozenset(["CLIENT-3"])


def test_a_run_and_its_files(tmp_path: Path, capsys: Capture) -> None:
    """The lines of a run, the verdicts, the exit status, and a file of each form."""
    forms = ["json", "junit", "html", "markdown", "gradescope"]
    files = [word for form in forms for word in (f"--{form}", str(tmp_path / form))]
    status = main("client", "--command", COMMAND, "--only", "FRAME-2,TIME-3", "--seed", "3", *files)
    out = capsys.readouterr().out

    assert status == 0
    assert rows(out) == {"FRAME-2": "pass", "TIME-3": "pass"}
    assert "seed 3, depth standard" in out
    assert "core: pass (2 pass, 12 not selected)" in out
    assert "standard output: a pipe" in out
    assert json.loads((tmp_path / "json").read_text())["role"] == "client"
    for form in forms:
        word = "Framing" if form == "markdown" else "FRAME-2"  # which has a table of sections
        assert word in (tmp_path / form).read_text(encoding="utf-8")


def test_a_failing_client(capsys: Capture) -> None:
    """Exit status 1, and what is wrong."""
    assert main("client", "--command", shipped("fills-with-nul").name, "--only", "FRAME-2", "--depth", "quick") == 1
    out = capsys.readouterr().out
    assert rows(out) == {"FRAME-2": "fail"}
    assert "the usual mistake" in out


def test_no_client(capsys: Capture) -> None:
    """Exit status 3, with the reason."""
    assert main("client", "--command", "/nowhere/client {port}", "--only", "FRAME-2") == 3
    assert "cannot start /nowhere/client" in capsys.readouterr().out


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_run_that_is_ended_ends_the_client(number: int, tmp_path: Path) -> None:
    """Ctrl-C leaves a report, and neither leaves a process behind."""
    if signal.getsignal(number) is signal.SIG_IGN:
        pytest.skip("started in the background by a shell, which ignores Ctrl-C for it and for what it starts")
    place, report = tmp_path / "pid", tmp_path / "report.json"
    code = f"import os,time,pathlib; pathlib.Path({str(place)!r}).write_text(str(os.getpid())+'!'); time.sleep(600)"
    command = shlex.join([sys.executable, "-c", code, "{port}"])
    words = [sys.executable, "-P", "-m", "conformance", "client", "--command", command, "--json", str(report)]
    with subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as run:
        until = time.monotonic() + 60
        while not (place.exists() and place.read_text().endswith("!")):
            assert time.monotonic() < until
            assert run.poll() is None
        run.send_signal(number)
        assert run.wait(60) == (130 if number == signal.SIGINT else 128 + number)

    assert not is_running(int(place.read_text().strip("!")))
    if number == signal.SIGINT:
        assert json.loads(report.read_text())["trouble"] == "interrupted"


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ([], "the following arguments are required: --command"),
        (["--command", ""], "--command is empty"),
        (["--command", "x"], "--command of a client needs {port}"),
        (["--command", "x '{port}"], "--command cannot be read: No closing quotation"),
        (["--command", "x {port}", "--timeout", "4"], "--timeout is at least 5"),
        (["--command", "x {port}", "--timeout", "0"], "argument --timeout"),
        (["--command", "x {port}", "--only", "FRAM"], "no requirement or section 'FRAM' (did you mean FRAME?)"),
        (["--command", "x {port}", "--only", "NICK"], "leave no requirement of a client"),
        (["--command", "x {port}", "--json", "/nowhere/at/all"], "cannot write /nowhere/at/all"),
        (["--command", "x {port}", "--baseline", "/nowhere"], "cannot read /nowhere"),
        (["--command", "x {port}", "--depth", "deep"], "argument --depth"),
        (["--command", "x {port}", "--class", "soft"], "argument --class"),
        (["--command", "x {port}", "--capsules", "x"], "unrecognized arguments: --capsules"),
        (["--command", "x {port}", "127.0.0.1:1"], "unrecognized arguments"),
    ],
)
def test_usage(words: list[str], told: str, capsys: Capture) -> None:
    """One line, and exit status 2."""
    assert main("client", *words) == 2
    assert told in capsys.readouterr().err
