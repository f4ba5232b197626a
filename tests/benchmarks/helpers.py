"""Starting a benchmark as its users do."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
needs_compiler = pytest.mark.skipif(shutil.which("cc") is None, reason="the load generator is C, and there is no cc")


def ran(module: str, *options: str) -> subprocess.CompletedProcess[str]:
    """A benchmark's run, whatever its exit status."""
    command = [sys.executable, "-P", "-m", f"benchmarks.{module}", *options]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=100, check=False)
