"""Commands that are started, watched, and ended with all that they started."""

import contextlib
import os
import socket
import sys
import threading
from pathlib import Path

import pytest

from conformance import target as targets
from conformance.process import family
from conformance.target import KEPT_LINES, Target, TargetError, free_port, reference_command
from tests.conformance.commanded import LISTEN, SERVER, python, started
from tests.conformance.helpers import DEADLINE_S


def test_a_command_is_started_on_a_free_port_and_ended() -> None:
    """The port is put into it, its process is known, and behind `stop` nobody listens."""
    with started(SERVER) as target:
        assert target.host == "127.0.0.1"
        assert target.command is not None
        assert target.command[-1] == str(target.port)
        assert (target.starts, target.ended) == (1, None)
        pid = target.pid
        assert pid is not None
        assert family(pid)[0] == pid

    assert target.pid is None
    assert not Path(f"/proc/{pid}").exists()
    with pytest.raises(TargetError):
        Target((target.host, target.port)).start()


def test_a_command_at_its_own_address() -> None:
    """For a server that has its port built in."""
    port = free_port()
    with started(python(f"{LISTEN}; time.sleep(60)", str(port)), ("127.0.0.1", port)) as target:
        assert target.port == port


def test_a_restart_is_a_fresh_process_at_the_same_address() -> None:
    """The old one is gone."""
    with started(SERVER) as target:
        first = target.pid
        assert target.restart()
        assert target.pid != first
        assert target.starts == 2
        assert not Path(f"/proc/{first}").exists()


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="only Linux tells of descendants")
def test_descendants_end_with_the_command() -> None:
    """A shell that starts the server, which has a child of its own: none of them is left."""
    child = "import subprocess,sys; c=subprocess.Popen([sys.executable,'-S','-c','import time; time.sleep(60)'])"
    inner = f"{child}; {LISTEN}; time.sleep(60)"
    with started(["/bin/sh", "-c", f'"{sys.executable}" -S -c "$1" "$2"; true', "sh", inner, "{port}"]) as target:
        assert target.pid is not None
        members = family(target.pid)
        assert len(members) == 3

    until = threading.Event()
    while any(map(_is_alive, members)):  # killed, they end when the system comes to it
        assert not until.wait(0.01)  # the test's own time limit ends it


def _is_alive(pid: int) -> bool:
    with contextlib.suppress(OSError):
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    return False


@pytest.mark.skipif(not hasattr(os, "setsid"), reason="there are no sessions to leave")
def test_a_descendant_that_has_left_the_session_is_ended() -> None:
    """A daemon of the server's does not outlive it, nor hold its output."""
    daemon = f"{LISTEN}; time.sleep(600)"  # far beyond the time limit of a test
    leader = (
        "import subprocess,sys,time; c=subprocess.Popen([sys.executable,'-S','-c',sys.argv[2],sys.argv[1]],"
        "start_new_session=True); print('daemon',c.pid,flush=True); time.sleep(60)"
    )
    target = Target(None, python(leader, "{port}", daemon))
    target.start()
    drainer = target._drainer
    pid = 0
    try:
        until = threading.Event()
        while not pid:
            assert not until.wait(0.01)
            pid = next((int(line.split()[1]) for line in list(target.output) if line.startswith("daemon ")), 0)
        target.stop()
        while _is_alive(pid):  # killed, it ends when the system comes to it
            assert not until.wait(0.01)  # the test's own time limit ends it
    finally:
        target.stop()
    assert drainer is not None
    drainer.join(DEADLINE_S)
    assert not drainer.is_alive()


def test_a_restart_waits_until_the_port_is_let_go() -> None:
    """A child of the command may take a moment longer to end, here because it is in a session of its own."""
    server = f"{LISTEN}; sys.stdin.read(); time.sleep(0.2)"
    leader = (
        "import subprocess,sys,time; c=subprocess.Popen([sys.executable,'-S','-c',sys.argv[2],sys.argv[1]],"
        "start_new_session=True,stdin=subprocess.PIPE,stdout=-3,stderr=-3); time.sleep(60)"
    )
    with started(python(leader, "{port}", server)) as target:
        assert target.restart()


def test_a_server_that_ignores_sigterm_is_killed(monkeypatch: pytest.MonkeyPatch) -> None:
    """After a while."""
    monkeypatch.setattr(targets, "STOP_SECONDS", 0.1)
    with started(
        python(f"import signal; signal.signal(15, signal.SIG_IGN); {LISTEN}; time.sleep(60)", "{port}")
    ) as target:
        pid = target.pid

    assert not Path(f"/proc/{pid}").exists()


def test_a_command_that_cannot_be_started() -> None:
    """The message has the command as a user would type it, and the reason."""
    with (
        pytest.raises(TargetError, match=r"cannot start /no/such/server '--a b' \d+: No such file"),
        started(["/no/such/server", "--a b", "{port}"]),
    ):
        pass


def test_a_command_that_ends_at_once() -> None:
    """Its status is told; and what it printed last is kept."""
    target = Target(None, python("import sys; print('first'); sys.exit('cannot bind')", "{port}"))
    try:
        with pytest.raises(TargetError, match="ended with status 1 before it listened"):
            target.start()
        assert target.ended == 1
    finally:
        target.stop()
    assert not target.restart()
    target.stop()


def test_a_command_that_ends_at_once_is_quoted() -> None:
    """The reason that it gave stands in the message, always."""
    for _ in range(5):
        target = Target(None, ["/bin/sh", "-c", "echo cannot bind; exit 3", "{port}"])
        with pytest.raises(TargetError) as error:
            target.start()
        target.stop()
        assert str(error.value).endswith("status 3 before it listened: cannot bind")


NODE = """node:internal/modules/cjs/loader:1215
  throw err;
  ^

Error: Cannot find module '/srv/chat.js'
    at Module._resolveFilename (node:internal/modules/cjs/loader:1212:15)
    at SomeError.at (x.js:1:1)

Node.js v20.20.2"""


@pytest.mark.parametrize(
    ("printed", "quoted"),
    [
        (NODE, "Error: Cannot find module '/srv/chat.js'"),
        (
            "java.net.BindException: Address already in use\n\tat Server.main(Server.java:5)",
            "java.net.BindException: A",
        ),
        ("Traceback (most recent call last):\n  x\nOSError: [Errno 98] in use", "OSError: [Errno 98] in use"),
        ("starting\nno port given", "no port given"),
    ],
)
def test_what_is_quoted_is_the_error(printed: str, quoted: str, tmp_path: Path) -> None:
    """Not the version that an interpreter prints behind it, nor the end of its trace."""
    (tmp_path / "said").write_text(printed, encoding="ascii")
    target = Target(None, ["/bin/sh", "-c", f"cat {tmp_path}/said; exit 1", "{port}"])
    with pytest.raises(TargetError) as error:
        target.start()
    target.stop()
    assert f"before it listened: {quoted}" in str(error.value)


def test_a_command_that_never_listens(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is waited for a while, and then ended."""
    monkeypatch.setattr(targets, "START_SECONDS", 0.2)
    target = Target(None, python("import time; time.sleep(60)", "{port}"))
    with pytest.raises(TargetError, match=r"does not listen on 127\.0\.0\.1:\d+ within 0\.2 s"):
        target.start()
    pid = target.pid
    target.stop()

    assert pid is not None
    assert not Path(f"/proc/{pid}").exists()


def test_the_last_lines_of_the_output_are_kept() -> None:
    """Of both streams, whatever octets they are; however much a server prints, it never blocks on us."""
    program = (
        f"{LISTEN}; [print(n) for n in range(100_000)]; sys.stderr.buffer.write(b'\\xff last'); sys.stderr.flush()"
    )
    with started(python(f"{program}; print('\\nend', flush=True); time.sleep(60)", "{port}")) as target:
        until = threading.Event()
        while not target.output or target.output[-1] != "end":
            assert not until.wait(0.01)  # the test's own time limit ends it

        assert len(target.output) == KEPT_LINES
        assert list(target.output)[-3:] == ["99999", "\ufffd last", "end"]


def test_the_servers_output_is_not_buffered() -> None:
    """What a Python server prints is there when it is needed, not when its buffer is full."""
    with started(python(f"{LISTEN}; print('soon'); time.sleep(60)", "{port}")) as target:
        until = threading.Event()
        while "soon" not in target.output:
            assert not until.wait(0.01)


def test_the_reference_server_is_that_of_this_installation() -> None:
    """Started by the same interpreter, from wherever."""
    with started(reference_command()) as target:
        assert (target.command or [])[0] == sys.executable
        assert target.ended is None


def test_an_address_at_which_another_server_listens() -> None:
    """It must not be judged in place of the one that could not be started."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        address = listener.getsockname()
        with pytest.raises(TargetError), started(python(LISTEN, str(address[1])), address):
            pass


def test_the_environment_is_passed_on() -> None:
    """With our packages at the end of the path."""
    program = f"{LISTEN}; import os; print(os.environ['HOME'], os.environ['PYTHONPATH']); time.sleep(60)"
    with started(python(program, "{port}")) as target:
        until = threading.Event()
        while len(target.output) < 2:
            assert not until.wait(0.01)

        assert target.output[1].startswith(os.environ["HOME"])
        assert target.output[1].endswith(str(Path(targets.__file__).parents[1]))
