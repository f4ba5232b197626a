"""The fan-out benchmark runs, and its load generator is no easy witness; what it measures is not judged here."""

import json
import subprocess
import sys
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from benchmarks.fanout import Plan, cells
from benchmarks.process import FailedError, free_port, serving
from benchmarks.rivals import Rival, compiled, rivals
from tests.benchmarks.helpers import needs_compiler, ran

# The naive server with another way to spell a frame; `calls` counts the frames, joins included.
FAULTY = """
import itertools, sys
from benchmarks.peers import naive_select
plain, calls = naive_select.encoded, itertools.count()
def encoded(nick, text):
    octets, call = plain(nick, text), next(calls)
    return {change} if call == 40 else octets
naive_select.encoded = encoded
sys.argv = ["", "{port}"]
naive_select.main()
"""


@pytest.fixture(scope="module")
def programs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the compiled programs are."""
    folder = tmp_path_factory.mktemp("programs")
    compiled(folder)
    return folder


@needs_compiler
def test_a_short_run_writes_table_results_and_plots(tmp_path: Path) -> None:
    """Each cell is measured, and the files can be read again."""
    servers = "C, coalesced;reference, odd"
    shape = ["--members", "3,12", "--seconds", "0.05", "--repetitions", "1", "--servers", servers]
    done = ran("fanout", *shape, "--out", str(tmp_path), "--svg", str(tmp_path))

    assert done.returncode == 0, done.stderr
    results = json.loads((tmp_path / "fanout.json").read_text())
    assert [cell for cell in results["cells"] if "error" in cell] == []
    assert len(results["cells"]) == 2 * 2
    assert all(cell["full"]["deliveries"] > 0 and cell["verified"] > 0 for cell in results["cells"])
    assert (tmp_path / "fanout.md").read_text() in done.stdout
    for name in ("fanout-throughput.svg", "fanout-latency.svg"):
        names = [text.text for text in ET.parse(tmp_path / name).iter("{http://www.w3.org/2000/svg}text")]
        assert "reference, odd frames" in names
    assert ran("fanout", "--again", str(tmp_path / "fanout.json")).stdout == done.stdout


@needs_compiler
@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ('b""', "instead of"),  # lost
        ("octets * 2", "instead of"),  # twice
        ('octets[:-1] + b"!"', "not as its first"),
        ('octets[:10] + b"1999" + octets[14:]', "the times decrease"),
    ],
)
def test_the_load_generator_sees_what_is_wrong(programs: Path, change: str, complaint: str) -> None:
    """One frame that is lost, doubled, changed or stamped wrongly ends the measurement with a sentence."""
    port = free_port()
    command = [sys.executable, "-c", FAULTY.format(change=change, port=port)]
    with serving(command, port) as process:
        load = [str(programs / "load"), "chat", str(port), str(process.pid), "3", "16", "0.2", "1000", "0"]
        done = subprocess.run(load, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 1
    assert complaint in done.stderr


def test_a_server_that_does_not_start_is_a_failure_and_says_why() -> None:
    """With its last words."""
    with (
        pytest.raises(FailedError, match="no such luck"),
        serving(["sh", "-c", "echo no such luck; exit 1"], free_port()),
    ):
        pass


def test_servers_take_turns_and_none_gets_more_members_than_it_can_have() -> None:
    """The cells of one size stand together, once for each repetition."""
    small, large = Rival("small", lambda port, folder: [], most=10), Rival("large", lambda port, folder: [])
    found = [
        (server.name, members, repetition)
        for server, members, repetition in cells(Plan((10, 20), 1, 2), [small, large])
    ]
    once = [("small", 10), ("large", 10), ("large", 20)]
    assert found == [(*cell, repetition) for repetition in range(2) for cell in once]


def test_the_names_of_the_servers_differ() -> None:
    """Results are kept by name."""
    names = [server.name for server in rivals()]
    assert len(set(names)) == len(names)
