"""The wrappers for Windows: they have not been tried there; what they name exists."""

import re
import tomllib
from pathlib import Path

import pytest

from reference_client import cli as client
from reference_server import cli as server
from reference_tools import demo, stop

ROOT = Path(__file__).resolve().parent.parent
SCRIPTS = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["scripts"]
WRAPPERS = {
    "server_start": ("chat-server", server.main),
    "client_start": ("chat-client", client.main),
    "test": ("chat-demo", demo.main),
    "close": ("chat-stop", stop.main),
}


def lines(name: str) -> list[str]:
    """The lines of a wrapper, which Windows wants to end with CR LF."""
    octets = (ROOT / "bat" / f"{name}.bat").read_bytes()
    assert octets.count(b"\r\n") == octets.count(b"\n")
    return octets.decode("ascii").split("\r\n")


def test_there_are_five() -> None:
    """As many as the exercise asks for, by its names."""
    assert {place.stem for place in (ROOT / "bat").glob("*.bat")} == {*WRAPPERS, "compile"}


@pytest.mark.parametrize("name", WRAPPERS)
def test_a_wrapper_calls_a_command(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    """One of ours, with options that it knows, and with all that the wrapper is given."""
    command, main = WRAPPERS[name]
    first, second, rest = lines(name)
    assert (first, rest) == ("@echo off", "")
    assert command in SCRIPTS
    assert second.split()[0] == command
    assert second.split()[-1] == "%*"
    with pytest.raises(SystemExit) as left:
        main([*second.split()[1:-1], "--help"])
    assert left.value.code == 0
    assert command in capsys.readouterr().out


def test_compiling_does_what_make_does() -> None:
    """The same program with the same folders, seen from the folder of the wrapper."""
    first, second, rest = lines("compile")
    assert (first, rest) == ("@echo off", "")
    paths = re.findall(r'"%~dp0\.\.\\([^"]*)"', second)
    assert [path.replace("\\", "/") for path in paths] == ["dist", "build/pyinstaller", "executables/chatproto.spec"]
    made = re.search(r"^\t\$\(BIN\)/(python -m PyInstaller .*)$", (ROOT / "Makefile").read_text(), re.MULTILINE)
    assert made is not None
    words = second.removesuffix(" %*").replace('"%~dp0..\\', "").replace('"', "").replace("\\", "/").split()
    assert [word for word in made[1].split() if word not in ("--log-level", "WARN")] == words
    assert (ROOT / "executables" / "chatproto.spec").exists()
