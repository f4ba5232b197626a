"""The command: what each option does is observed."""

import json
import os
import re
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import jsonschema
import pytest

import conformance.run  # noqa: F401  # the module, which has the name of its function
from conformance import cli, report
from conformance.check import CHECKS
from conformance.faults import FAULTS, FRIENDS
from conformance.play import play
from conformance.playing import Playing
from conformance.process import Usage
from conformance.run import Options
from conformance.script import Script
from conformance.stage import Stage
from conformance.target import Target, free_port
from conformance.trace import Trace
from tests.conformance.commands import QUICK, Capture, main, rows
from tests.conformance.helpers import serving


def options_of(monkeypatch: pytest.MonkeyPatch, *words: str) -> Options:
    """What a run is asked to do by these words."""
    seen: list[Options] = []

    def look(target: Target, options: Options, *listen: object) -> None:
        seen.append(options)
        raise KeyboardInterrupt

    monkeypatch.setattr(cli, "run", look)
    assert main("127.0.0.1:9", *words) == 130
    return seen[0]


def test_the_defaults(monkeypatch: pytest.MonkeyPatch) -> None:
    """As the help says."""
    options = options_of(monkeypatch)

    assert options == Options(cls="hardened", depth="standard", timeout=5.0, seed=options.seed, server=options.server)
    assert options.seed is not None  # it stands in the first line: a run that is broken off can be repeated


def test_only_and_skip(faithful: str, capsys: Capture) -> None:
    """Sections and ids, several times."""
    assert main(faithful, *QUICK, "--only", "relay-2", "--only", "LEAVE", "--skip", "LEAVE-1,LEAVE-2") == 0
    assert set(rows(capsys.readouterr().out)) == {"RELAY-2", "LEAVE-3"}


def test_class(capsys: Capture) -> None:
    """What the exit status is about: a broken hardened row does not fail core, and both are reported."""
    with serving(FAULTS["accepts-duplicates"]()) as address:
        only = [address, *QUICK, "--only", "JOIN-2,NICK-5"]
        statuses = [main(*only, "--class", cls) for cls in ("core", "hardened")]
        statuses.append(main(*only))
    out = capsys.readouterr().out

    assert statuses == [0, 1, 1]
    assert out.count("core: pass (1 pass, 27 not selected)") == 3
    assert out.count("hardened: fail (1 fail, 14 not selected)") == 3


def test_depth(faithful: str, tmp_path: Path) -> None:
    """More is played at `standard` than at `quick`."""
    played = []
    for depth in ("quick", "standard"):
        main(faithful, "--depth", depth, "--only", "LEAVE-1", "--json", str(tmp_path / depth))
        loaded = json.loads((tmp_path / depth).read_text())
        assert loaded["depth"] == depth
        played.append(loaded["requirements"][0]["checks"][0]["examples"])

    assert played[0] < played[1]


def test_seed(faithful: str, tmp_path: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same seed draws the same conversations; without one, each run has its own, and says which."""
    seen: list[Script] = []

    def playing(stage: Stage, script: Script, patience: float, *, aside: bool) -> Playing[Trace]:
        seen.append(script)
        return play(stage, script, patience, aside=aside)

    def drawn(*words: str) -> tuple[int, list[Script]]:
        seen.clear()
        main(faithful, "--depth", "quick", "--only", "TIME-2", "--json", str(tmp_path / "report"), *words)
        return json.loads((tmp_path / "report").read_text())["seed"], list(seen)

    monkeypatch.setattr("conformance.session.play", playing)
    one, same, other = drawn("--seed", "5"), drawn("--seed", "5"), drawn("--seed", "6")
    assert "seed 5," in capsys.readouterr().out
    assert one == same
    assert (one[0], other[0]) == (5, 6)
    assert one[1] != other[1]
    assert drawn()[0] != drawn()[0]


def test_timeout(faithful: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is one wait of the run."""
    seen: list[float] = []
    module = sys.modules["conformance.run"]
    real = module.open_stage

    def open_stage(target: Target, patience: float) -> Stage:
        seen.append(patience)
        stage: Stage = real(target, patience)
        return stage

    monkeypatch.setattr(module, "open_stage", open_stage)
    main(faithful, *QUICK, "--only", "JOIN-2", "--timeout", "7.5")
    main(faithful, *QUICK, "--only", "JOIN-2", "--timeout", "5")

    assert seen == [7.5, 5.0]


def test_time_limit(faithful: str, capsys: Capture) -> None:
    """Checks not begun by then are not run, and the run is undecided."""
    assert main(faithful, *QUICK, "--only", "JOIN-2,RELAY-2", "--time-limit", "0.000001") == 3
    out = capsys.readouterr().out
    assert rows(out) == {"JOIN-2": "not-run", "RELAY-2": "not-run"}
    assert "the time limit of the run" in out


def test_the_time_limit_ends_a_wait(faithful: str, capsys: Capture) -> None:
    """The check is begun in time, and has ten seconds to wait: it is given up."""
    assert main(faithful, *QUICK, "--only", "ROBUST-4", "--time-limit", "1") == 3
    out = capsys.readouterr().out
    assert rows(out) == {"ROBUST-4": "not-run"}
    assert "the time limit of the run" in out


def test_gentle(faithful: str, capsys: Capture) -> None:
    """No storms; with `--no-gentle` there are."""
    storms = sorted({check.requirement for check in CHECKS.values() if check.storm and check.requirement == "RELAY-8"})
    assert storms == ["RELAY-8"]
    assert main(faithful, "--depth", "quick", "--only", "RELAY-8", "--gentle") == 3
    assert "other people are on the server" in capsys.readouterr().out
    assert main(faithful, "--depth", "quick", "--only", "RELAY-8", "--no-gentle") == 0


def test_gentle_has_three_values(monkeypatch: pytest.MonkeyPatch) -> None:
    """Asked for, forbidden, or left to what is heard."""
    assert [options_of(monkeypatch, *words).gentle for words in ([], ["--gentle"], ["--no-gentle"])] == [
        None,
        True,
        False,
    ]


def test_strict(capsys: Capture) -> None:
    """A warning fails."""
    with serving(FRIENDS["zero-filled-headers"]()) as address:  # type: ignore[arg-type]
        only = [address, *QUICK, "--only", "FRAME-2"]
        assert main(*only) == 0
        assert rows(capsys.readouterr().out) == {"FRAME-2": "warn"}
        assert main(*only, "--strict") == 1
        assert "a warning fails (--strict): FRAME-2" in capsys.readouterr().out


def test_a_known_warning(tmp_path: Path, capsys: Capture) -> None:
    """With `--strict` it is a known failure like any other; else it is none, and has to go."""
    known = tmp_path / "known"
    known.write_text("FRAME-2", encoding="ascii")
    with serving(FRIENDS["zero-filled-headers"]()) as address:  # type: ignore[arg-type]
        only = [address, *QUICK, "--only", "FRAME-2", "--baseline", str(known)]
        assert main(*only, "--strict") == 0
        out = capsys.readouterr().out
        assert "known failures (--baseline): FRAME-2" in out
        assert "a warning fails" not in out
        assert main(*only) == 1
        assert "they do not fail any more: FRAME-2" in capsys.readouterr().out


def test_stop_on_first(echoing: str, capsys: Capture) -> None:
    """What comes behind the failure is not run."""
    assert main(echoing, *QUICK, "--only", "RELAY-2,LEAVE-3", "--stop-on-first") == 1
    assert rows(capsys.readouterr().out) == {"RELAY-2": "fail", "LEAVE-3": "not-run"}
    assert main(echoing, *QUICK, "--only", "RELAY-2,LEAVE-3") == 1
    assert rows(capsys.readouterr().out) == {"RELAY-2": "fail", "LEAVE-3": "pass"}


def test_stop_on_first_is_about_what_is_asked_for(tmp_path: Path, capsys: Capture) -> None:
    """A failure of another class does not stop the run, nor does a known one."""
    known = tmp_path / "known"
    known.write_text("NICK-4", encoding="ascii")
    with serving(FAULTS["accepts-server"]()) as address:
        only = [address, *QUICK, "--only", "NICK-4,LEAVE-3", "--stop-on-first"]
        for options, status, leave in [
            ([], 1, "not-run"),
            (["--class", "core"], 0, "pass"),
            (["--baseline", str(known)], 0, "pass"),
        ]:
            assert main(*only, *options) == status
            assert rows(capsys.readouterr().out) == {"NICK-4": "fail", "LEAVE-3": leave}


def test_json(echoing: str, tmp_path: Path) -> None:
    """The report, with the failure and its conversation; it obeys the schema."""
    main(echoing, *QUICK, "--only", "JOIN-2,RELAY-2", "--json", str(tmp_path / "report.json"))
    loaded: dict[str, Any] = json.loads((tmp_path / "report.json").read_text(encoding="ascii"))

    jsonschema.validate(loaded, report.schema())
    assert loaded["exit_status"] == 1
    assert loaded["selected"] == ["JOIN-2", "RELAY-2"]
    assert [row["verdict"] for row in loaded["requirements"]] == ["pass", "fail"]
    check = loaded["requirements"][1]["checks"][0]
    assert check["failure"]["transcript"]
    assert (
        check["failure"]["replay"] == f"chat-conformance {echoing} --only RELAY-2 --depth quick --seed {loaded['seed']}"
    )
    assert loaded["diagnosis"][0]["ids"] == ["RELAY-2"]


@pytest.mark.parametrize(
    ("option", "begin"),
    [("--html", "<!doctype html>"), ("--junit", "<?xml"), ("--markdown", "#"), ("--gradescope", "{")],
)
def test_other_forms_of_the_report(echoing: str, tmp_path: Path, option: str, begin: str) -> None:
    """Each is written, and tells what failed."""
    place = tmp_path / "report"
    assert main(echoing, *QUICK, "--only", "JOIN-2,RELAY-2", option, str(place)) == 1
    text = place.read_text(encoding="utf-8")

    assert text.lower().startswith(begin)
    assert "RELAY-2" in text
    assert main(echoing, *QUICK, "--only", "JOIN-2", option, str(tmp_path / "no" / "folder")) == 2


def test_capsules(echoing: str, tmp_path: Path, capsys: Capture) -> None:
    """Each failure is a file that can be replayed, and the line that does so is printed below it."""
    main(echoing, *QUICK, "--only", "JOIN-2,RELAY-2", "--capsules", str(tmp_path / "made"))
    out = capsys.readouterr().out
    named = re.search(r"chat-conformance replay\s+(\S+\.json)", out)

    assert named is not None
    assert Path(named[1]).is_file()
    assert Path(named[1]).with_suffix(".py").is_file()


def test_a_report_that_cannot_be_written_is_found_out_first(faithful: str, tmp_path: Path, capsys: Capture) -> None:
    """A whole run for nothing is too dear."""
    assert main(faithful, *QUICK, "--only", "JOIN-2", "--json", str(tmp_path / "no" / "such" / "folder")) == 2
    out = capsys.readouterr()
    assert "cannot write" in out.err
    assert rows(out.out) == {}


def test_two_reports_go_to_two_files(faithful: str, tmp_path: Path, capsys: Capture) -> None:
    """One would take the other's place; what a device swallows does not."""
    path = tmp_path / "report"
    twice = ["--json", str(path), "--html", str(tmp_path / "." / "report")]
    assert main(faithful, *QUICK, "--only", "JOIN-2", *twice) == 2
    assert "--json and --html name the same file" in capsys.readouterr().err
    assert main(faithful, *QUICK, "--only", "JOIN-2", "--json", os.devnull, "--html", os.devnull) == 0


def test_a_report_of_before_stays_until_there_is_a_new_one(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """That the file can be written is found out without emptying it."""
    path = tmp_path / "report.json"
    path.write_text("of before")
    options_of(monkeypatch, "--json", str(path))

    assert path.read_text() == "of before"


def test_pid(faithful: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The process is looked at where a check measures it."""
    seen: list[int] = []

    def usage(pid: int) -> Usage:
        seen.append(pid)
        return Usage(7, 7)

    monkeypatch.setattr("conformance.play.usage", usage)
    main(faithful, *QUICK, "--only", "FRAME-8")
    assert seen == []
    main(faithful, *QUICK, "--only", "FRAME-8", "--pid", str(os.getpid()))
    assert set(seen) == {os.getpid()}


def test_a_process_that_does_not_listen_there(faithful: str, capsys: Capture) -> None:
    """It may be somebody else's: what it holds says nothing of the server."""
    only = [faithful, *QUICK, "--only", "JOIN-2", "--pid"]
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as other:
        port = faithful.rpartition(":")[2]
        assert main(*only, str(other.pid)) == 0
        said = f"--pid: process {other.pid} does not listen on port {port}: is it the server's?"
        assert said in capsys.readouterr().out
        other.kill()
    assert main(*only, str(os.getpid())) == 0  # `faithful` is served by this one
    assert "--pid" not in capsys.readouterr().out


def test_command(capsys: Capture) -> None:
    """The server is started for the run, on a free port or on its own, and stopped behind it; its last lines are shown."""
    command = f"{sys.executable} -m conformance.faults echoes-to-sender --port "
    port = free_port()
    assert main(*QUICK, "--command", f"{command}{{port}}", "--only", "RELAY-2") == 1
    out = capsys.readouterr().out
    assert "started by --command" in out
    assert "listening on 127.0.0.1:" in out
    assert main(f"127.0.0.1:{port}", *QUICK, "--command", f"{command}{port}", "--only", "RELAY-2") == 1
    with pytest.raises(OSError, match="refused"):
        socket.create_connection(("127.0.0.1", port))


def test_a_command_that_cannot_be_started_is_undecided(capsys: Capture) -> None:
    """One line says why."""
    assert main("--command", "/no/such/server {port}") == 3
    assert "cannot start /no/such/server" in capsys.readouterr().out


def test_without_an_address_the_reference_server_is_judged(capsys: Capture) -> None:
    """Started on a free port; whatever the first word is, it is a run."""
    assert main("--only", "JOIN-2", *QUICK) == 0
    out = capsys.readouterr().out
    assert "(the reference server)" in out.splitlines()[0]


@pytest.mark.parametrize("words", [["--help"], ["run", "--help"], ["list", "-h"], ["--version"]])
def test_help_and_version(words: list[str], capsys: Capture) -> None:
    """They are no runs."""
    assert main(*words) == 0
    assert "chat-conformance" in capsys.readouterr().out


def test_every_option_is_in_the_help_and_in_these_tests(capsys: Capture) -> None:
    """None is forgotten: a test of this folder fails if an option is ignored."""
    main("run", "--help")
    offered = set(re.findall(r"--[a-z-]+", capsys.readouterr().out)) - {"--help"}
    source = "".join(path.read_text(encoding="utf-8") for path in Path(__file__).parent.glob("test_*.py"))

    assert {option for option in offered if f'"{option}"' not in source} == set()
    assert {"--only", "--skip", "--json", "--strict", "--no-gentle"} <= offered
