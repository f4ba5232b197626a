"""Small servers that are started by a command."""

import contextlib
import sys
from collections.abc import Iterator

from conformance.target import Target

LISTEN = "import socket,sys,time; s=socket.create_server(('127.0.0.1',int(sys.argv[1]))); print('listening',flush=True)"


def python(program: str, *words: str) -> list[str]:
    """A command that runs a small program; `-S` starts faster."""
    return [sys.executable, "-S", "-c", program, *words]


SERVER = python(f"{LISTEN}; time.sleep(60)", "{port}")


@contextlib.contextmanager
def started(command: list[str], address: tuple[str, int] | None = None) -> Iterator[Target]:
    """A target that listens; stopped with the block."""
    target = Target(address, command)
    try:
        target.start()
        yield target
    finally:
        target.stop()
