"""The benchmark of the codec runs; what it measures is not judged here."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def test_the_benchmark_prints_a_table() -> None:
    """Every goal has a mark beside it."""
    command = [sys.executable, "-m", "benchmarks.codec", "--rounds", "1", "--frames", "40"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=True)
    goals = [line for line in done.stdout.splitlines() if line.endswith(("| PASS |", "| below goal |"))]
    assert len(goals) == 6
    assert "octet of a 1 MB body" in done.stdout
