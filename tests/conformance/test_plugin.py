"""The pytest face: one item for each check, in a pytest of its own."""

import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import conformance.checks  # noqa: F401  # registers them
from conformance.check import CHECKS
from conformance.faults import FAULTS, Server
from conformance.target import free_port
from tests.conformance.helpers import serving

ROOT = Path(__file__).parents[2]


def pytest_run(folder: Path, *words: str) -> tuple[int, str]:
    """The exit status and the output of pytest with the plugin, from an empty folder."""
    program = [
        sys.executable,
        "-P",
        "-m",
        "pytest",
        "-p",
        "conformance.plugin",
        "-p",
        "no:cacheprovider",
        "-rs",
        *words,
    ]
    done = subprocess.run(
        [*program, "--pyargs", "conformance"],
        cwd=folder,
        env={"PYTHONPATH": str(ROOT), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},  # others would only take time
        capture_output=True,
        text=True,
        timeout=100,
    )
    assert "Traceback" not in done.stderr
    return done.returncode, done.stdout + done.stderr


def test_without_a_server_nothing_is_collected(tmp_path: Path) -> None:
    """A pytest that merely has the plugin judges nobody; status 5 is pytest's for nothing collected."""
    status, out = pytest_run(tmp_path)

    assert status == 5
    assert "no tests ran" in out


def test_every_check_is_an_item_in_the_order_of_the_suite(tmp_path: Path) -> None:
    """Collected without a connection being made."""
    status, out = pytest_run(tmp_path, "--chat-server", f"127.0.0.1:{free_port()}", "--collect-only", "-q")
    names = re.findall(r"::([A-Z]+-\d+/[a-z0-9-]+)$", out, re.MULTILINE)

    assert status == 0, out
    assert sorted(names) == sorted(CHECKS)
    assert names[0].startswith("JOIN-2/")


def test_a_faithful_server_passes(tmp_path: Path) -> None:
    """The items that were selected."""
    with serving(Server()) as address:
        status, out = pytest_run(
            tmp_path, "--chat-server", address, "--chat-depth", "quick", "-k", "JOIN-2 or RELAY-2", "-W", "error"
        )

    assert status == 0, out
    passed = re.search(r"(\d+) passed", out)
    assert passed is not None
    assert int(passed[1]) == sum(check.requirement in ("JOIN-2", "RELAY-2") for check in CHECKS.values())


def test_a_faulty_server_fails_with_the_conversation(tmp_path: Path) -> None:
    """The sentence, expected against seen, and what was sent and received; what has no verdict is skipped with its reason."""
    with serving(FAULTS["echoes-to-sender"]()) as address:
        status, out = pytest_run(
            tmp_path, "--chat-server", address, "--chat-depth", "quick", "--chat-seed", "1", "-k", "JOIN-2 or RELAY-2"
        )

    assert status == 1, out
    assert re.search(r"\d failed, \d passed", out)
    assert "RELAY-2: A chat frame MUST NOT be delivered to its sender." in out
    assert "expected: nothing of its own" in out
    assert re.search(r"\d m\d +sends ", out)


def test_a_server_that_is_not_there_ends_the_session(tmp_path: Path) -> None:
    """With one line; and so does what is no address."""
    port = free_port()
    addresses = [f"127.0.0.1:{port}", "nowhere"]
    with ThreadPoolExecutor() as pool:
        both = [pool.submit(pytest_run, tmp_path, "--chat-server", address, "-k", "JOIN-2") for address in addresses]
        (absent, said), (wrong, why) = [one.result() for one in both]

    assert (absent, wrong) == (4, 4), said + why
    assert f"nobody listens on 127.0.0.1:{port}" in said
    assert "write HOST:PORT" in why
