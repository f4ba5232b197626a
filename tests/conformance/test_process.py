"""What a process holds, its descendants included."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from conformance.process import Usage, family, usage

pytestmark = pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="only Linux tells")


def test_a_process_that_there_is_not_tells_nothing() -> None:
    """No number instead of a zero that would pass for good."""
    assert usage(2**22 + 1) == Usage(None, None)


def test_descriptors_and_memory_are_counted() -> None:
    """One more descriptor is one more; memory is in octets."""
    before = usage(os.getpid())
    with Path(os.devnull).open():
        after = usage(os.getpid())

    assert before.descriptors is not None
    assert after.descriptors == before.descriptors + 1
    assert before.resident is not None
    assert 1_000_000 < before.resident < 10_000_000_000


def test_descendants_belong_to_a_process() -> None:
    """A server is often started by a shell: its grandchildren count, strangers do not."""
    program = "import subprocess, sys; subprocess.run([sys.executable, '-S', '-c', 'print(1, flush=True); input()'])"
    started = subprocess.Popen([sys.executable, "-S", "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    with started as process:
        assert process.stdout is not None
        process.stdout.readline()  # both are there
        members = family(process.pid)
        held = usage(process.pid)
        process.communicate(b"\n")

    assert members[0] == process.pid
    assert len(members) == 2
    assert os.getpid() not in members
    assert held.resident is not None
    assert held.resident > 2_000_000
