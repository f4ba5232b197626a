"""The command in this process, and servers for it to judge."""

import re

import pytest

import conformance.run  # noqa: F401  # the module, which has the name of its function
from conformance import cli

QUICK = ["--depth", "quick", "--seed", "1", "--no-gentle"]
Capture = pytest.CaptureFixture[str]


def main(*words: str) -> int:
    """The status of the command, also where argparse ends it."""
    try:
        return cli.main(list(words))
    except SystemExit as leaving:
        return int(str(leaving.code))


def rows(out: str) -> dict[str, str]:
    """Verdict by id, from the lines."""
    found = re.findall(r"^(pass|fail|warn|inconclusive|not-run) +([A-Z]+-\d+) ", out, re.MULTILINE)
    assert len(found) == len({identifier for _, identifier in found}), "a requirement has two lines"
    return {identifier: verdict for verdict, identifier in found}
