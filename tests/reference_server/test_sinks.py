"""Sinks: full pipes, files, sockets, terminals and closed descriptors, none of which may block."""

import os
import pty
import select
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from reference_server import sinks
from tests.reference_server.helpers import DEADLINE_S


@pytest.fixture
def pipe() -> Iterator[tuple[int, int]]:
    """A reading and a writing end."""
    ends = os.pipe()
    yield ends
    for end in ends:
        with_suppressed_close(end)


def with_suppressed_close(fd: int) -> None:
    """Closes what a test may have closed."""
    try:
        os.close(fd)
    except OSError:
        return


def until(deadline: float, sink: sinks.Sink) -> None:
    """Offers an octet again and again."""
    while time.monotonic() < deadline:
        sink(b"x")


def fill(sink: sinks.Sink) -> int:
    """Writes until nothing more is taken."""
    total = 0
    while taken := sink(b"x" * 10_000):
        total += taken
    return total


def read_all(fd: int, octets: int) -> int:
    """Reads so many octets."""
    total = 0
    while total < octets:
        total += len(os.read(fd, octets - total))
    return total


@pytest.mark.parametrize("how", ["reopened", "asked"])
def test_a_full_pipe_takes_nothing(pipe: tuple[int, int], how: str) -> None:
    """And takes more once it has been read; the flags that others share are left alone."""
    reader, writer = pipe
    if how == "reopened":
        sink = sinks.for_descriptor(writer)
    else:

        def sink(octets: bytes) -> int:
            return sinks._asked(writer, octets)

    total = fill(sink)

    assert total >= 4096
    assert os.get_blocking(writer)
    assert read_all(reader, total) == total
    assert sink(b"again") == 5


def test_a_pipe_without_reader_is_an_error(pipe: tuple[int, int]) -> None:
    """The console then gives it up; SIGPIPE is ignored by the interpreter."""
    reader, writer = pipe
    sink = sinks.for_descriptor(writer)
    os.close(reader)

    with pytest.raises(BrokenPipeError):
        sink(b"x")


def test_a_file_takes_everything_at_its_place(tmp_path: Path) -> None:
    """It is written through the descriptor given, so that `>>` appends."""
    path = tmp_path / "log"
    path.write_bytes(b"before\n")
    fd = os.open(path, os.O_WRONLY | os.O_APPEND)

    assert sinks.for_descriptor(fd)(b"after\n") == 6

    os.close(fd)
    assert path.read_bytes() == b"before\nafter\n"


def test_a_full_socket_takes_nothing() -> None:
    """Some supervisors give a socket as standard output."""
    one, other = socket.socketpair()
    with one, other:
        sink = sinks.for_descriptor(one.fileno())
        assert fill(sink) > 0
        assert one.getblocking()


def test_a_stopped_terminal_takes_nothing() -> None:
    """A terminal whose output nobody reads does not block either."""
    master, terminal = pty.openpty()
    try:
        sink = sinks.for_descriptor(terminal)
        assert fill(sink) > 0
        assert os.get_blocking(terminal)
    finally:
        os.close(master)
        os.close(terminal)


def test_a_closed_descriptor_discards() -> None:
    """A server started with `>&-` runs on."""
    reader, writer = os.pipe()
    os.close(reader)
    os.close(writer)

    assert sinks.for_descriptor(writer)(b"gone") == 4


def test_a_thread_takes_a_portion_when_it_has_written_it(pipe: tuple[int, int]) -> None:
    """Windows' way: the same octets are offered until they count as taken, and are written once."""
    reader, writer = pipe
    sink = sinks.Threaded(writer)
    deadline = time.monotonic() + DEADLINE_S

    assert sink(b"first") == 0
    assert select.select([reader], [], [], DEADLINE_S)[0]
    while not (taken := sink(b"first and second")):
        assert time.monotonic() < deadline
    assert taken == 5

    while not sink(b" and second"):
        assert time.monotonic() < deadline
    assert os.read(reader, 99) == b"first and second"

    os.close(reader)
    with pytest.raises(BrokenPipeError):
        until(deadline, sink)
