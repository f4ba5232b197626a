"""Finding and ending what a process has started."""

import os
import subprocess
import sys

from conformance.grading.reaper import descendants, end_all, marked, shared_out
from tests.conformance.grading.leftovers import running, until, word

# A process that adopts orphans, one of which has left it by a double fork and a session of its own.
ADOPTS = """
import os, signal
from conformance.grading.reaper import adopt_orphans, descendants, end_all, reap_orphans
print(adopt_orphans(), flush=True)
reader, writer = os.pipe()
between = os.fork()
if between == 0:
    os.setsid()
    if os.fork():
        os._exit(0)
    os.close(reader)
    os.write(writer, b"%d" % os.getppid())
    signal.alarm(60)
    signal.pause()
os.close(writer)
os.read(reader, 10)
os.waitpid(between, 0)
print(len(descendants(os.getpid())), flush=True)
print(end_all(lambda: descendants(os.getpid()), 10.0), flush=True)
print(len(os.read(reader, 10)), flush=True)
reap_orphans(0)
try:
    os.waitpid(-1, os.WNOHANG)
except ChildProcessError:
    print("no zombies", flush=True)
"""


def test_a_daemon_is_found_and_ended() -> None:
    """It has left its session and its parent, and is no child of process 1 for that; no zombie stays."""
    done = subprocess.run(
        [sys.executable, "-c", ADOPTS], stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=30, check=True
    )
    assert done.stdout.splitlines() == ["True", "1", "[]", "0", "no zombies"]


def test_descendants_of_descendants() -> None:
    """All of them with what they hold, and not the process itself."""
    mark = word()
    text = "import subprocess; subprocess.run(['sh', '-c', 'echo; read x; :'])"
    with subprocess.Popen(
        [sys.executable, "-c", text], stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=os.environ | {"MARK": mark}
    ) as process:
        assert process.stdout is not None
        process.stdout.readline()
        found = descendants(process.pid)
        everybody = descendants(os.getpid())
        memory = shared_out([one for one in everybody if one.pid == process.pid])
        by_mark = {one.pid for one in marked(mark)}
        process.communicate(b"\n")

    assert [one.parent for one in found] == [process.pid]
    assert by_mark == {process.pid, found[0].pid}
    [parent] = [one for one in everybody if one.pid == process.pid]
    assert parent.threads == 1
    assert 1_000_000 < memory <= parent.resident
    assert running(mark) == []


def test_what_forks_while_it_is_ended() -> None:
    """It is found again until nothing is left."""
    mark = word()
    text = "import os\nprint(flush=True)\nfor _ in range(300):\n    os.fork() or os.read(0, 1)"
    with subprocess.Popen(
        [sys.executable, "-c", text], stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=os.environ | {"MARK": mark}
    ) as process:
        assert process.stdout is not None
        process.stdout.readline()
        until(lambda: len(running(mark)) > 10)
        left = end_all(lambda: marked(mark), 10.0)

    assert left == []
    assert running(mark) == []


def test_what_cannot_be_ended_is_named() -> None:
    """When the time is over."""
    [found] = [one for one in marked("") if one.pid == os.getpid()]
    assert end_all(lambda: [found], 0) == [os.getpid()]
