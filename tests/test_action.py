"""The action of GitHub: its scripts are taken out of action.yml and run as a runner would, against shipped servers."""

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from conformance.target import reference_command
from tests.conformance.commanded import started

ROOT = Path(__file__).resolve().parent.parent
TEXT = (ROOT / "action.yml").read_text(encoding="utf-8")
BASH = ["bash", "--noprofile", "--norc", "-eo", "pipefail"]  # as `shell: bash` is run
FAULTY = f"{sys.executable} -P -m conformance.faults echoes-to-sender --port {{port}}"
SECONDS = 60

pytestmark = pytest.mark.skipif(shutil.which("bash") is None, reason="the scripts of the action are bash's")


def section(name: str) -> str:
    """What stands beneath a key that begins a line."""
    found = re.search(rf"^{name}:\n((?:[ ].*\n|\n)+)", TEXT, re.MULTILINE)
    assert found is not None
    return found[1]


def entries(text: str, indent: int) -> dict[str, str]:
    """The keys at an indentation, each with all that stands behind it and beneath it."""
    parts = re.split(rf"^ {{{indent}}}([a-z][a-z-]*|[A-Z_]+):", text, flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


INPUTS, OUTPUTS = entries(section("inputs"), 2), entries(section("outputs"), 2)
STEPS = {
    name.strip(): "\n" + rest
    for name, rest in (part.split("\n", 1) for part in section("runs").split("    - name: ")[1:])
}


def default(name: str) -> str:
    """What an input is if nothing is said."""
    return entries(INPUTS[name], 4)["default"].strip().strip('"')


def script(step: str) -> str:
    """The script of a step."""
    lines = entries(STEPS[step], 6)["run"].removeprefix(" |\n").splitlines()
    assert all(line.startswith(" " * 8) or not line for line in lines)
    return "\n".join(line[8:] for line in lines)


def variables(step: str, inputs: dict[str, str]) -> dict[str, str]:
    """The environment that a step asks for, with the inputs put in."""
    found = entries(entries(STEPS[step], 6)["env"], 8)
    names = {key: re.fullmatch(r"\s*\$\{\{ inputs\.([a-z-]+) \}\}\s*", value) for key, value in found.items()}
    return {key: inputs.get(name[1], default(name[1])) for key, name in names.items() if name is not None}


@dataclass(frozen=True, slots=True)
class Judged:
    """What the judging step leaves behind."""

    status: int
    lines: list[str]
    outputs: dict[str, str]
    summary: str
    folder: Path

    @property
    def commands(self) -> list[str]:
        """The commands that a runner would obey."""
        return list(_obeyed(self.lines))


def _obeyed(lines: list[str]) -> Iterator[str]:
    token = None
    for line in lines:
        command = line.lstrip()
        if token is None and command.startswith("::stop-commands::"):
            token = command.removeprefix("::stop-commands::")
        elif command == f"::{token}::":
            token = None
        elif token is None and command.startswith("::"):
            yield command


def judge(folder: Path, **inputs: str) -> Judged:
    """Runs the judging step in a folder of its own, with these inputs (`_` for `-`) and this installation."""
    temporary, files = folder / "temp", {name: folder / name for name in ("GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY")}
    temporary.mkdir()
    (temporary / "chat-conformance").symlink_to(sys.prefix)
    workspace = folder / "workspace"
    workspace.mkdir()
    (workspace / "conformance.py").write_text("raise SystemExit('not the suite')\n", encoding="ascii")
    environment = {
        "PATH": "/usr/local/bin:/usr/bin:/bin",
        "GITHUB_ACTIONS": "true",
        "RUNNER_TEMP": str(temporary),
        **{name: str(path) for name, path in files.items()},
        **variables("Judge the server", {key.replace("_", "-"): value for key, value in inputs.items()}),
    }
    command = [*BASH, "-c", script("Judge the server")]
    done = subprocess.run(
        command, cwd=workspace, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=SECONDS
    )
    said = {name: path.read_text(encoding="utf-8") if path.exists() else "" for name, path in files.items()}
    outputs = dict(line.split("=", 1) for line in said["GITHUB_OUTPUT"].splitlines())
    lines = done.stdout.decode().splitlines()
    return Judged(done.returncode, lines, outputs, said["GITHUB_STEP_SUMMARY"], workspace / default("reports"))


def test_inputs_and_outputs_are_described() -> None:
    """Each input has a description and a default, and is used; each output is one that the judging step writes."""
    used = set(re.findall(r"inputs\.([a-z-]+)", TEXT))

    assert {"address", "command", "class", "depth", "only", "skip", "baseline", "reports"} <= used == set(INPUTS)
    for text in INPUTS.values():
        assert set(entries(text, 4)) == {"description", "default"}
    assert set(OUTPUTS) == {"core", "hardened", "exit-status"}
    for name, text in OUTPUTS.items():
        assert entries(text, 4)["value"].strip() == f"${{{{ steps.judge.outputs.{name} }}}}"


def test_nobody_elses_actions() -> None:
    """What is used beside scripts is GitHub's own, in a version."""
    assert re.findall(r"uses: (.*)", TEXT) == ["actions/setup-python@v5", "actions/upload-artifact@v4"]


@pytest.mark.parametrize("step", [name for name, text in STEPS.items() if "run" in entries(text, 6)])
def test_scripts(step: str) -> None:
    """Bash understands them; nothing is put into their text; every variable of the step is used."""
    text = script(step)

    assert "${{" not in text
    assert "shell: bash" in STEPS[step]
    assert all(f"${name}" in text for name in entries(entries(STEPS[step], 6)["env"], 8))
    subprocess.run([*BASH, "-n"], input=text.encode(), check=True, timeout=SECONDS)


def test_a_faulty_server(tmp_path: Path) -> None:
    """The step fails as the suite does; reports, annotations, summary and outputs are there."""
    judged = judge(tmp_path, command=FAULTY, only="RELAY-2", depth="quick", seed="7")

    assert (judged.status, judged.outputs) == (
        1,
        {"exit-status": "1", "core": "fail", "hardened": "incomplete"},
    )
    names = {path.name for path in judged.folder.iterdir()}
    assert names >= {"report.json", "report.html", "report.md", "junit.xml", "capsules"}
    assert json.loads((judged.folder / "report.json").read_text(encoding="ascii"))["seed"] == 7
    assert [line.partition("::")[2].partition("::")[0] for line in judged.commands] == ["error title=RELAY-2 (core)"]
    assert judged.summary == (judged.folder / "report.md").read_text(encoding="utf-8")
    assert judged.summary.startswith("# ✗ Not conformant")


def test_a_running_server(tmp_path: Path) -> None:
    """By its address; one that passes ends with 0, and nothing is annotated."""
    with started(reference_command()) as target:
        judged = judge(tmp_path, address=target.name, only="JOIN-2", depth="quick", **{"class": "core"})

    assert (judged.status, judged.commands) == (0, [])
    assert judged.outputs["exit-status"] == "0"


def test_the_baseline(tmp_path: Path) -> None:
    """A known failure does not fail the step; it is a notice."""
    (tmp_path / "known").write_text("RELAY-2\n", encoding="ascii")
    judged = judge(tmp_path, command=FAULTY, only="RELAY-2", depth="quick", baseline=str(tmp_path / "known"))

    assert (judged.status, [line.partition(" ")[0] for line in judged.commands]) == (0, ["::notice"])


def test_what_a_server_prints_is_no_command(tmp_path: Path) -> None:
    """The suite shows its last lines; the runner does not obey them."""
    server = f"sh -c 'echo ::error::forged; exec {FAULTY}'"
    judged = judge(tmp_path, command=server, only="RELAY-2", depth="quick")

    assert any("::error::forged" in line for line in judged.lines)
    assert not any(command.startswith("::error::forged") for command in judged.commands)


@pytest.mark.parametrize("text", ["$(touch pwned)", "'; touch pwned; '", '"; touch pwned; "', "`touch pwned`"])
def test_inputs_are_no_scripts(tmp_path: Path, text: str) -> None:
    """Whatever an input says, it is one argument: here one that the suite does not know."""
    judged = judge(tmp_path, command=FAULTY, only=text)

    assert (judged.status, judged.outputs) == (2, {"exit-status": "2"})
    assert judged.commands == ["::error title=chat-conformance::no report was written; the lines above say why"]
    assert not list(tmp_path.rglob("pwned"))


@pytest.mark.parametrize("inputs", [{}, {"command": FAULTY, "working_directory": "missing"}])
def test_nothing_to_judge(tmp_path: Path, inputs: dict[str, str]) -> None:
    """Without address and command the suite would judge its own server: that is an error, like a missing folder."""
    judged = judge(tmp_path, **inputs)

    assert (judged.status, judged.outputs, len(judged.commands)) == (2, {"exit-status": "2"}, 1)
