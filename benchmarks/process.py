"""Starting what is measured: pinned to a core, its output kept, and gone in the end."""

import contextlib
import os
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import psutil

DEADLINE_S = 20.0


class FailedError(Exception):
    """A program ended or never listened; the string is what it had to say."""


def free_port() -> int:
    """A port of loopback that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as sock:
        port: int = sock.getsockname()[1]
        return port


@contextlib.contextmanager
def pinned(core: int | None) -> Iterator[None]:
    """Whatever is started inside runs on this core; None for any."""
    if core is None:
        yield
        return
    this = psutil.Process()
    before = this.cpu_affinity()
    this.cpu_affinity([core % (os.cpu_count() or 1)])
    try:
        yield
    finally:
        this.cpu_affinity(before)


@contextlib.contextmanager
def serving(command: Sequence[str], port: int, *, core: int | None = None) -> Iterator[psutil.Process]:
    """A server process that listens on a port of loopback, killed in the end.

    Raises:
        FailedError: it ended, or nobody listens after DEADLINE_S seconds.
    """
    with tempfile.TemporaryFile() as output:
        with pinned(core):
            process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=output, stderr=output)
        try:
            _await_listening(process, port, output.fileno())
            yield psutil.Process(process.pid)
        finally:
            process.kill()
            process.wait()


def _await_listening(process: subprocess.Popen[bytes], port: int, output: int) -> None:
    deadline = time.monotonic() + DEADLINE_S
    while not _listens(port):
        if process.poll() is not None or time.monotonic() > deadline:
            said = os.pread(output, 1000, max(0, os.fstat(output).st_size - 1000)).decode(errors="replace")
            raise FailedError(f"{Path(str(process.args[0])).name} does not listen on port {port}: {said.strip()}")  # type: ignore[index]
        time.sleep(0.02)  # there is nothing else to wait for: a port tells nobody that it is being listened on


def _listens(port: int) -> bool:
    with socket.socket() as sock:
        return sock.connect_ex(("127.0.0.1", port)) == 0
