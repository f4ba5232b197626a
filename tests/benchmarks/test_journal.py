"""What the journal and the console add to a message: that the tables are still made."""

import re
import subprocess
import sys


def test_a_short_run_prints_two_tables() -> None:
    """Of the journal and of the console, each with five sizes of a turn, the largest two held against a goal."""
    command = [sys.executable, "-P", "-m", "benchmarks.journal", "--rounds", "1", "--messages", "4000"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)

    assert (done.returncode, done.stderr) == (0, "")
    for what in ("journal", "console"):
        [rows] = re.findall(rf"\| the {what} adds \|.*\n\|[-:|]+\|\n((?:\|.*\|\n)+)", done.stdout)
        cells = [[cell.strip() for cell in row.strip("|").split("|")] for row in rows.splitlines()]
        assert [row[0] for row in cells] == ["1", "10", "100", "1000", "4000"]
        assert all(float(row[1]) > 0 and float(row[2]) > 0 for row in cells)
        assert [bool(row[5]) for row in cells] == [False, False, False, True, True]
