"""The command that runs one of the servers."""

import os
import re
import signal
import socket
import subprocess
import sys

import pytest

from conformance.faults import FAULTS, FRIENDS
from conformance.faults.__main__ import main

# One process that has imported everything, and a fork of it for each server: 250 interpreters would take a minute.
FORKS = """
import os, signal, sys
from conformance.faults import FAULTS, FRIENDS
from conformance.faults import __main__ as command

command.GRACE_SECONDS = 30.0  # on a busy machine, twenty at once

def start(name):
    reader, writer = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.dup2(writer, 1)
        status = 99
        try:
            status = command.main([name, "--port", "0"])
            os.write(1, b"and returned")
        finally:
            os._exit(status)
    os.close(writer)
    return name, pid, reader

names = ["correct", *FAULTS, *FRIENDS]
for at in range(0, len(names), 20):
    children = [start(name) for name in names[at : at + 20]]
    lines = [os.read(reader, 1000).decode().strip() for _, _, reader in children]
    for _, pid, _ in children:
        os.kill(pid, signal.SIGTERM)
    for (name, pid, reader), line in zip(children, lines):
        status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
        print(name, status, line, os.read(reader, 1000).decode().strip(), flush=True)
        os.close(reader)
"""


def test_each_starts_and_stops() -> None:
    """Each server prints one line once it listens, and ends with status 0 on SIGTERM."""
    done = subprocess.run([sys.executable, "-c", FORKS], capture_output=True, text=True, timeout=60, check=True)
    lines = done.stdout.splitlines()
    assert [line.split()[0] for line in lines] == ["correct", *FAULTS, *FRIENDS]
    for line in lines:
        assert re.fullmatch(r"\S+ 0 listening on 127\.0\.0\.1:[1-9][0-9]* and returned", line), line + done.stderr


@pytest.mark.parametrize("name", ["length-in-characters", "thread-per-client", "asyncio"])
def test_as_a_command(name: str) -> None:
    """`python -m conformance.faults NAME` is a server, and SIGTERM ends it quietly."""
    command = [sys.executable, "-W", "error", "-m", "conformance.faults", name]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        assert server.stderr is not None
        assert re.fullmatch(r"listening on 127\.0\.0\.1:[1-9][0-9]*\n", server.stdout.readline())
        server.send_signal(signal.SIGTERM)
        assert server.wait(10) == 0
        assert server.stderr.read() == ""


def test_blocked_server_stops() -> None:
    """A server whose fault is to block ends on SIGTERM too."""
    command = [sys.executable, "-m", "conformance.faults", "stall-blocks-all"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        port = int(server.stdout.readline().rpartition(":")[2])
        with socket.create_connection(("127.0.0.1", port)) as client:
            client.sendall(b"4         \0a\0" + b"t12")  # a join, and the start of a frame: behind the answer it waits
            assert client.recv(1)
            server.send_signal(signal.SIGTERM)
            assert server.wait(10) == 0


def test_list(capsys: pytest.CaptureFixture[str]) -> None:
    """--list shows each name with what it breaks, or may warn about, and why."""
    assert main(["--list"]) == 0
    shown = capsys.readouterr().out
    for name, fault in FAULTS.items():
        assert re.search(
            rf"^{re.escape(name)} +{', '.join(fault.breaks)} +{re.escape(fault.mistake)}", shown, re.MULTILINE
        )
    for name, friend in FRIENDS.items():
        assert re.search(rf"^{re.escape(name)} .* {re.escape(friend.oddity)}$", shown, re.MULTILINE)


def test_the_list_of_a_reader_who_has_gone() -> None:
    """`--list | head` ends without a traceback."""
    read, write = os.pipe()
    os.close(read)
    command = [sys.executable, "-m", "conformance.faults", "--list"]
    done = subprocess.run(command, stdout=write, stderr=subprocess.PIPE, check=False, timeout=10)
    os.close(write)
    assert (done.returncode, done.stderr) == (0, b"")


@pytest.mark.parametrize("arguments", [[], ["no-such-server"]])
def test_usage(arguments: list[str]) -> None:
    """An unknown name, or none, is a usage error."""
    with pytest.raises(SystemExit) as caught:
        main(arguments)
    assert caught.value.code == 2
