"""The limits that a server is started within."""

import json
import os
import subprocess
import sys
from dataclasses import asdict, replace
from pathlib import Path

import pytest

from conformance.grading import cage
from conformance.grading.limits import Limits


def caged(tmp_path: Path, limits: Limits, *command: str) -> "subprocess.CompletedProcess[str]":
    """What a command does within limits."""
    settings = {
        "folder": str(tmp_path),
        "limits": asdict(limits),
        "environment": {"PATH": os.environ["PATH"], "ONLY": "1"},
    }
    words = [sys.executable, "-I", "-S", str(cage.__file__), json.dumps(settings), *command]
    return subprocess.run(words, capture_output=True, text=True, timeout=30, check=False)


def program(text: str) -> list[str]:
    """A small program."""
    return [sys.executable, "-I", "-S", "-c", text]


def test_each_limit_holds(tmp_path: Path) -> None:
    """As the system tells them to the server itself."""
    limits = Limits(cpu_seconds=7, data_mib=300, file_mib=3, descriptors=40, nice=3)
    text = """
import os, resource as r
print(*[r.getrlimit(k)[0] for k in (r.RLIMIT_CPU, r.RLIMIT_DATA, r.RLIMIT_FSIZE, r.RLIMIT_NOFILE, r.RLIMIT_CORE)])
print(r.getrlimit(r.RLIMIT_NPROC)[0] < 100_000, os.getpriority(os.PRIO_PROCESS, 0), open("/proc/self/oom_score_adj").read())
"""
    done = caged(tmp_path, limits, *program(text))
    nice = os.getpriority(os.PRIO_PROCESS, 0)

    assert done.stdout.split() == f"7 {300 << 20} {3 << 20} 40 0 True {nice + 3} 1000".split(), done.stderr


def test_a_limit_is_never_raised(tmp_path: Path) -> None:
    """Where the system allows less, that stays."""
    narrow = replace(Limits(), descriptors=20)
    inner = {"folder": str(tmp_path), "limits": asdict(Limits()), "environment": {}}
    text = "import resource; print(resource.getrlimit(resource.RLIMIT_NOFILE))"
    within = [sys.executable, "-I", "-S", str(cage.__file__), json.dumps(inner), *program(text)]

    assert caged(tmp_path, narrow, *within).stdout == "(20, 20)\n"


def test_memory_that_is_asked_for_at_once(tmp_path: Path) -> None:
    """It is refused before any of it is used."""
    done = caged(tmp_path, Limits(data_mib=100), *program("bytearray(200 << 20)"))
    assert "MemoryError" in done.stderr


def test_only_what_it_is_given(tmp_path: Path) -> None:
    """The environment and the working directory are those of the settings."""
    done = caged(tmp_path, Limits(), *program("import os; print(*sorted(os.environ), os.getcwd())"))
    assert done.stdout.replace("LC_CTYPE ", "") == f"ONLY PATH {tmp_path}\n"


def test_no_signal_is_ignored(tmp_path: Path) -> None:
    """A server in another language learns that it has written too much as it would anywhere: it is ended by a signal."""
    done = caged(tmp_path, Limits(file_mib=1), "grep", "SigIgn", "/proc/self/status")
    ignored = int(done.stdout.split()[1], 16)
    assert ignored & ~(0b11 << 31) == 0  # 32 and 33 are the C library's own: make, for one, leaves them ignored
    done = caged(tmp_path, Limits(file_mib=1), "dd", "if=/dev/zero", "of=huge", "bs=1M", "count=9")
    assert done.returncode != 0
    assert (tmp_path / "huge").stat().st_size == 1 << 20


@pytest.mark.parametrize(("command", "reason"), [("./nothing", "No such file"), ("./text", "Permission denied")])
def test_what_cannot_be_started(tmp_path: Path, command: str, reason: str) -> None:
    """It is said in one line, and by a status as a shell's."""
    (tmp_path / "text").touch(0o644)
    done = caged(tmp_path, Limits(), command)

    assert done.returncode == 127
    assert done.stderr.startswith(f"cannot start {command}: {reason}")
    assert done.stderr.count("\n") == 1
