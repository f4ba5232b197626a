"""Servers that no run may suffer from: `python -P -m tests.conformance.grading.hopeless NAME PORT`.

Each that is to be waited for makes a file `NAME` in the folder that $READY names.
"""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

FOREVER = threading.Event()
LIFE_S = 300  # what is not ended, because the code that should do so is broken, ends by itself
MIB = 1 << 20


def ready(name: str) -> None:
    """Tells the test that it has come so far."""
    if "READY" in os.environ:
        (Path(os.environ["READY"]) / name).touch()


def serve(port: int, then: Callable[[], None] = lambda: None) -> None:
    """A faithful server, with something else going on in it."""
    from conformance.faults import Server

    signal.alarm(LIFE_S)
    server = Server(port=port)
    threading.Thread(target=then, daemon=True).start()
    server.serve()


def good(port: int) -> None:
    """Nothing is wrong with it."""
    serve(port, lambda: ready("good"))


def hangs(port: int) -> None:
    """Never listens."""
    ready("hangs")
    FOREVER.wait(LIFE_S)


def forks(port: int) -> None:
    """Starts children without end, in time; each lives on."""
    for _ in range(200):
        if os.fork() == 0:
            FOREVER.wait(LIFE_S)
        time.sleep(0.005)  # a slow bomb: what is tested is the count
    FOREVER.wait(LIFE_S)


def daemon(port: int) -> None:
    """Leaves its session and its parent, and keeps the port; where it was started from, it has ended."""
    reader, writer = os.pipe()
    if os.fork():
        os.close(writer)
        os.read(reader, 1)
        time.sleep(0.3)  # the port is found open before the command is found ended
        return
    os.setsid()
    if os.fork():
        os._exit(0)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    serve(port, lambda: os.close(writer))


def prints(port: int) -> None:
    """Prints without end, and no line ever ends."""

    def flood() -> None:
        while True:
            os.write(1, b"\x1b[31m spam " * 6000)

    serve(port, flood)


def dies(port: int) -> None:
    """Ends at once."""
    sys.exit("no time")


def drops(port: int) -> None:
    """Ends at every connection."""
    with socket.create_server(("127.0.0.1", port)) as listener:
        listener.accept()
        os._exit(5)


def fills(port: int) -> None:
    """Takes memory without end."""
    held = []
    while True:
        held.append(bytearray(b"x" * 4 * MIB))
        time.sleep(0.01)


def writes(port: int) -> None:
    """Writes a file without end."""
    with Path("huge").open("wb", buffering=0) as file:
        while True:
            file.write(bytes(MIB))


def litters(port: int) -> None:
    """Writes files without end, none of them large."""
    for number in range(10_000):
        Path(f"{number}.tmp").write_bytes(bytes(MIB))
        time.sleep(0.02)


def stubborn(port: int) -> None:
    """Does not end when it is asked to, and neither does its child."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    child = subprocess.Popen(["sleep", str(LIFE_S)])
    with socket.create_server(("127.0.0.1", port)) as listener:
        ready("stubborn")
        while True:
            with contextlib.suppress(OSError):
                listener.accept()
    child.wait()


SERVERS = {
    one.__name__: one for one in (good, hangs, forks, daemon, prints, dies, drops, fills, writes, litters, stubborn)
}

if __name__ == "__main__":
    signal.alarm(LIFE_S)
    SERVERS[sys.argv[1]](int(sys.argv[2]))
