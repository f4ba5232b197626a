"""The stand-alone programs, in an empty folder of a machine without Python."""

import json
import os
import shlex
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
BUILT = os.environ.get("CHAT_EXECUTABLES", "")
FOLDER = ROOT / BUILT
DEADLINE_S = 280.0  # of whole runs of the suite, several at once

pytestmark = [
    pytest.mark.skipif(not BUILT, reason="`make test-executables` builds them and tries them"),
    pytest.mark.timeout(300),
]


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An empty folder, and an environment in which neither Python nor a package of ours is to be found."""
    (tmp_path / "empty").mkdir()
    monkeypatch.chdir(tmp_path / "empty")
    for name in list(os.environ):
        monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("PATH", str(tmp_path / "empty"))


def run(name: str, *words: str, said: str = "", status: int = 0) -> str:
    """Runs a program to its end, which has to be this one; its output."""
    done = subprocess.run(
        [FOLDER / name, *words],
        input=said,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=DEADLINE_S,
        check=False,
    )
    assert done.returncode == status, (done.stdout[-2000:], done.stderr)
    assert "Traceback" not in done.stderr
    return done.stdout


@contextmanager
def server() -> Iterator[tuple["subprocess.Popen[str]", str]]:
    """The server on a free port, and its address."""
    with subprocess.Popen(
        [FOLDER / "chat-server", "--port", "0"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        try:
            assert process.stdout.readline() == "---Server Started---\n"
            line = next(line for line in process.stderr if "listening on " in line)
            yield process, line.partition("listening on ")[2].split()[0]
        finally:
            process.kill()


def test_all_say_their_version() -> None:
    """The version of this distribution is inside."""
    names = ["chat-server", "chat-client", "chat-conformance"]
    assert {run(name, "--version").removeprefix(name) for name in names} == {" 0.1.0\n"}


def test_a_chat_by_pipe() -> None:
    """What one client is given, the other shows."""
    with server() as (_, address):
        listener = subprocess.Popen(
            [FOLDER / "chat-client", "--nick", "bob", address],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            encoding="utf-8",
        )
        with listener:
            assert listener.stdout is not None
            assert "[bob] joined the chat" in listener.stdout.readline()
            assert "[ann] joined the chat" in run("chat-client", "--nick", "ann", address, said="hi, 世界\n")
            shown = [listener.stdout.readline() for _ in range(3)]
            assert [line.partition("[")[2] for line in shown] == [
                "Server] [ann] joined the chat\n",
                "ann] hi, 世界\n",
                "Server] [ann] left the chat\n",
            ]


def test_they_are_ended_by_chat_stop() -> None:
    """As they note themselves like any other."""
    with server() as (process, address):
        name = f"chat-server {process.pid} ({address})"
        assert run("chat-stop") == f"asking {name} to end\nended {name}\n"
        assert process.wait(DEADLINE_S) == 0


def test_a_server_is_judged() -> None:
    """By its address; requirements, vectors, hints and schema are inside."""
    with server() as (_, address):
        said = run("chat-conformance", "--depth", "quick", "--json", "report.json", address)
    assert "hardened: pass" in said
    report = json.loads(Path("report.json").read_text(encoding="utf-8"))
    assert report["verdict"] == {"core": "pass", "hardened": "pass"}


def test_the_reference_server_is_judged() -> None:
    """Without an address: the program starts itself in the place of Python."""
    said = run("chat-conformance", "--depth", "quick")
    assert "(the reference server)" in said
    assert "hardened: pass" in said


def test_a_failure_is_explained() -> None:
    """A shipped faulty server is started, found, and what it looks like is said; templates and kill matrix are inside."""
    command = shlex.join([str(FOLDER / "chat-conformance"), "-P", "-m", "conformance.faults", "echoes-to-sender"])
    words = ["--command", f"{command} --port {{port}}", "--only", "RELAY-2", "--depth", "quick", "--html", "page.html"]
    said = run("chat-conformance", *words, "--capsules", "capsules", status=1)
    assert "this looks like:" in said
    assert "RELAY-2" in Path("page.html").read_text(encoding="utf-8")
    assert list(Path("capsules").glob("RELAY-2*.json"))


def test_a_server_has_its_own_libraries(tmp_path: Path) -> None:
    """Those of the programs are not put in front of it."""
    script = tmp_path / "server"
    script.write_text('#!/bin/sh\necho "libraries: $LD_LIBRARY_PATH."\nexit 1\n')
    script.chmod(0o755)
    said = run("chat-conformance", "--command", f"{script} {{port}}", "--only", "FRAME-1", status=3)
    assert "libraries: ." in said


def test_the_suite_proves_itself() -> None:
    """With a worker process, which is this program once more."""
    said = run("chat-conformance", "selftest", "echoes-to-sender", "--jobs", "1")
    assert "found" in said.splitlines()[0]


def test_a_folder_of_servers_is_graded(tmp_path: Path) -> None:
    """Keeper, judge and cage are started as modules of this program."""
    (tmp_path / "student").mkdir()
    plan = tmp_path / "servers.toml"
    command = [str(FOLDER / "chat-server"), "--quiet", "--port", "{port}"]
    plan.write_text(
        f'[run]\nonly = ["RELAY-2"]\n'
        f'[[server]]\nname = "ann"\nfolder = "{tmp_path}/student"\ncommand = {json.dumps(command)}\n'
    )
    run("chat-conformance", "grade", str(plan), "--out", "marks", "--depth", "quick")
    (report,) = Path("marks").rglob("report.json")
    rows = json.loads(report.read_text(encoding="utf-8"))["requirements"]
    assert [row["verdict"] for row in rows if row["id"] == "RELAY-2"] == ["pass"]


def test_the_vectors_are_inside(tmp_path: Path) -> None:
    """All of them, and their description."""
    assert "files of vectors" in run("chat-conformance", "vectors", str(tmp_path / "vectors"))
    ours = {place.name for place in (ROOT / "spec" / "vectors").rglob("*.toml")}
    assert {place.name for place in (tmp_path / "vectors").rglob("*.toml")} == ours


def test_they_are_no_python() -> None:
    """What they take in its place are modules of ours; anything else is bad usage."""
    for words in (["-P", "-m", "os"], ["-c", "print(1)"], ["-I", "-S", "script.py"]):
        assert run("chat-conformance", *words, status=2) == ""
