"""SERVERS.toml: what it may say, and what is said of a mistake in it."""

import re
from pathlib import Path

import pytest

from conformance.grading.limits import Limits
from conformance.grading.plan import Plan, read_plan
from conformance.target import UsageError

GOOD = '[[server]]\nname = "ann"\ncommand = "./ann {port}"\n'


def plan(tmp_path: Path, text: str) -> Plan:
    """The plan of a file with this text."""
    (tmp_path / "s.toml").write_text(text, encoding="utf-8")
    return read_plan(tmp_path / "s.toml")


def test_the_least_that_is_needed(tmp_path: Path) -> None:
    """A name and a command; the rest has defaults, and every server meets the same examples."""
    [entry] = (found := plan(tmp_path, GOOD)).entries

    assert (entry.name, entry.place, entry.command) == ("ann", "ann", ("./ann", "{port}"))
    assert (entry.address, entry.folder, entry.lock, entry.environment) == (None, None, None, ())
    assert entry.limits == Limits()
    assert found.run["depth"] == "standard"
    assert found.run["seed"] == 0
    assert found.jobs is None


def test_all_that_can_be_said(tmp_path: Path) -> None:
    """Limits and variables of a server are those of all with its own in place; folders are beside the file."""
    (tmp_path / "work").mkdir()
    text = """
    [run]
    class = "core"
    depth = "quick"
    only = ["FRAME", "JOIN-2"]
    skip = "FRAME-7"
    seed = 7
    timeout = 6
    gentle = false
    jobs = 3
    [limits]
    memory_mib = 100
    nice = 0
    [environment]
    A = "all"
    B = "all"
    [[server]]
    name = "ann"
    command = ["{here}/run me", "5050"]
    address = "127.0.0.1:5050"
    folder = "work"
    limits = { time_seconds = 1.5, memory_mib = 200 }
    environment = { B = "own" }
    [[server]]
    name = "far"
    address = "[2001:db8::1]:7"
    """
    found = plan(tmp_path, text)
    ann, far = found.entries

    assert found.jobs == 3
    assert found.run["cls"] == "core"
    assert found.run["only"] == ["FRAME", "JOIN-2"]
    assert found.run["skip"] == ["FRAME-7"]
    assert found.run["gentle"] is False
    assert ann.command == (f"{tmp_path}/run me", "5050")
    assert ann.folder == tmp_path / "work"
    assert ann.limits == Limits(time_seconds=1.5, memory_mib=200, nice=0)
    assert dict(ann.environment) == {"A": "all", "B": "own"}
    assert far.command is None
    assert far.address == ("2001:db8::1", 7)


def test_ports_that_are_the_same(tmp_path: Path) -> None:
    """On this machine the number counts, however the host is written; elsewhere host and number."""
    servers = {"a": "127.0.0.1:7", "b": "localhost:7", "c": "[::1]:7", "d": "far:7", "e": "Far:7", "f": "far:8"}
    text = "".join(f'[[server]]\nname = "{name}"\naddress = "{address}"\n' for name, address in servers.items())
    a, b, c, d, e, f = (entry.lock for entry in plan(tmp_path, text).entries)

    assert a == b == c != d
    assert d == e != f


MISTAKES = {
    GOOD + 'comand = "x"': r"line 4: server 'ann': comand: no such key (did you mean command?)",
    GOOD + '[[server]]\nname = "bob"': "line 4: server 'bob': a command or an address is needed",
    GOOD + GOOD: "line 5: server 'ann': name: another server has this name",
    "[[server]]\ncommand = 'x {port}'": "line 1: server 1: name: each server needs a name",
    "[[server]]\nname = 'a'\ncommand = 'x'": "line 3: server 'a': command: {port} is needed in it, or the address",
    "[[server]]\nname = 'a'\ncommand = 'x \"'": "line 3: server 'a': command: it cannot be split into words",
    "[[server]]\nname = 'a'\ncommand = []": "line 3: server 'a': command: it is empty",
    "[[server]]\nname = 'a'\naddress = 'x'": "line 3: server 'a': address: 'x' is no address of a server",
    "[[server]]\nname = 'a'\naddress = 'x:1'\nfolder = '.'": "line 4: server 'a': folder: it goes with a command",
    GOOD + "folder = 'gone'": "line 4: server 'ann': folder: there is no folder",
    GOOD
    + "limits = { memory = 5 }": "line 4: server 'ann', [limits]: memory: no such limit (did you mean memory_mib?)",
    GOOD + "[server.limits]\n\nnice = 20": "line 6: server 'ann', [limits]: nice: a number from 0 to 19 is needed",
    GOOD + "environment = { 'a=b' = 'c' }": "line 4: server 'ann', [environment]: a=b: no name of a variable",
    "[runs]\n" + GOOD: "line 1: runs: no such table (did you mean run?)",
    "[run]\ndepth = 'deep'\n" + GOOD: "line 2: [run]: depth: 'deep' is none of quick, standard, thorough",
    "[run]\nonly = 'FRAM'\n" + GOOD: "line 2: [run]: only: no requirement or section 'FRAM' (did you mean FRAME?)",
    "[run]\nonly = 'FRAME-1'\nskip = 'FRAME'\n" + GOOD: "line 3: [run]: skip: nothing is selected",
    "[run]\ngentle = 'no'\n" + GOOD: "line 2: [run]: gentle: true or false is needed",
    "[run]\ntimeout = 1\n" + GOOD: "line 2: [run]: timeout: a number from 5 to 600 is needed",
    "[points]\nFRAME-66 = 2\n"
    + GOOD: "line 2: [points]: FRAME-66: no such id, section or class (did you mean FRAME-6?)",
    "[points]\nFRAME = -1\n" + GOOD: "line 2: [points]: FRAME: a number from 0 to 1e+06 is needed",
    "[shares]\nwarn = 2\n" + GOOD: "line 2: [shares]: warn: a number from 0 to 1 is needed",
    "[shares]\nfail = 1\n" + GOOD: "line 2: [shares]: fail: no such verdict",
    "[run]": "at least one table [[server]] is needed",
    f"[[server]]\nname = '{'a' * 201}'\naddress = 'x:1'": "name: a name has at most 200 characters",
}


@pytest.mark.parametrize("text", MISTAKES)
def test_mistakes(tmp_path: Path, text: str) -> None:
    """File, line, table and key are named, and what was probably meant."""
    with pytest.raises(UsageError, match=r"s\.toml.*" + re.escape(MISTAKES[text])):
        plan(tmp_path, text)
