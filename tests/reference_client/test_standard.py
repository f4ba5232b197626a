"""Standard input and output."""

import io
import os
import pty
import select
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager

import pytest

from reference_client.standard import DescriptorSource, Screen, Source, ThreadSource
from tests.reference_client.peers import DEADLINE_S, ROOT


@contextmanager
def pipe() -> Iterator[tuple[io.FileIO, io.FileIO]]:
    """The reading and the writing end of a pipe."""
    reading, writing = os.pipe()
    with io.FileIO(reading, "r") as one, io.FileIO(writing, "w") as other:
        yield one, other


def readable(source: Source) -> bool:
    """Waits for a source with select()."""
    return bool(select.select([source], [], [], DEADLINE_S)[0])


@pytest.mark.parametrize("kind", [DescriptorSource, ThreadSource])
def test_a_source_gives_octets_and_then_the_end(kind: type[DescriptorSource] | type[ThreadSource]) -> None:
    """select() can wait for either kind, for octets and for the end of the input."""
    with pipe() as (reading, writing), closing(kind(reading)) as source:
        writing.write(b"hi\n")
        assert readable(source)
        assert source.read() == b"hi\n"
        writing.close()
        assert readable(source)
        assert source.read() == b""


@pytest.mark.parametrize("kind", [DescriptorSource, ThreadSource])
def test_a_source_that_cannot_be_read_says_so(kind: type[DescriptorSource] | type[ThreadSource]) -> None:
    """An error is told apart from the end of the input."""

    class Broken(io.RawIOBase):
        def readinto(self, _buffer: object) -> int:
            raise OSError(5, "Input/output error")

    with closing(kind(Broken())) as source, pytest.raises(OSError, match="Input/output error"):
        source.read()


def test_a_thread_stops_when_nobody_wants_its_input() -> None:
    """Closing the source ends the thread at its next write, without a traceback."""
    with pipe() as (reading, writing):
        source = ThreadSource(reading)
        source.close()
        writing.write(b"hi\n")
        source.thread.join(DEADLINE_S)
        assert not source.thread.is_alive()


def test_a_descriptor_that_somebody_made_non_blocking() -> None:
    """The source waits where a read finds nothing."""
    with pipe() as (reading, writing):
        os.set_blocking(reading.fileno(), False)
        script = f"import os, select; select.select([], [{writing.fileno()}], []); os.write({writing.fileno()}, b'x')"
        with subprocess.Popen([sys.executable, "-c", script], pass_fds=[writing.fileno()]) as late:
            assert DescriptorSource(reading).read() == b"x"
            assert late.wait(DEADLINE_S) == 0


def test_the_screen_never_waits_for_its_reader() -> None:
    """What a full pipe does not take stays pending, and comes when there is room (CLIENT-2)."""
    with pipe() as (reading, writing):
        screen = Screen(writing)
        lines = [f"line {number}" for number in range(50_000)]
        for line in lines:
            screen.show(line)
        while select.select([], [screen], [], 0)[1]:
            screen.write_some()  # would block for ever if it wrote more than the pipe takes
        assert 0 < screen.pending < sum(len(line) + 1 for line in lines)
        got = b""
        while screen.pending:
            got += os.read(reading.fileno(), 65_536)
            screen.write_some()
        screen.flush()
        writing.close()
        got += reading.readall()

        assert got.decode().splitlines() == lines


def test_a_screen_that_select_does_not_know() -> None:
    """There a line is written when it is shown (Windows)."""
    with pipe() as (reading, writing):
        Screen(writing, selectable=False).show("hi")
        assert os.read(reading.fileno(), 100) == b"hi\n"


def test_a_screen_without_a_reader() -> None:
    """A pipe whose reader is gone is a failure to be asked for, and takes what comes in silence."""
    with pipe() as (reading, writing):
        reading.close()
        screen = Screen(writing)
        screen.show("hi")
        screen.flush()
        assert isinstance(screen.failure, BrokenPipeError)
        screen.show("hi")
        assert screen.pending == 0


def test_what_the_encoding_cannot_carry() -> None:
    """It becomes a question mark, and nothing crashes."""
    with pipe() as (reading, writing):
        screen = Screen(writing, "ascii")
        screen.show("né 😀")
        screen.flush()
        assert os.read(reading.fileno(), 100) == b"n? ?\n"


SHOW = r"from reference_client import standard; screen = standard.screen(); screen.show('n\u00e9'); screen.flush()"
OLD = {"PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0", "LC_ALL": "C", "PYTHONIOENCODING": "latin-1"}


def test_a_terminal_that_is_not_utf_8_gets_its_own_encoding() -> None:
    """There the second octet of é in UTF-8 is another character, and of other letters a control (CLIENT-4)."""
    near, far = pty.openpty()
    with io.FileIO(near, "r+") as terminal:
        with io.FileIO(far, "r+") as child_end:
            subprocess.run([sys.executable, "-c", SHOW], stdout=child_end, cwd=ROOT, env=os.environ | OLD, check=True)
        assert terminal.read(100) == b"n\xe9\r\n"


def test_a_pipe_gets_utf_8_whatever_the_locale() -> None:
    """The encoding of a pipe does not depend on who runs the command."""
    done = subprocess.run([sys.executable, "-c", SHOW], capture_output=True, cwd=ROOT, env=os.environ | OLD, check=True)
    assert done.stdout == "né\n".encode()


def test_closed_descriptors_are_occupied() -> None:
    """No socket ever gets the number of a standard descriptor."""
    script = (
        "from reference_client import standard; standard.occupy_missing(); import socket, sys;"
        "sys.exit(socket.socket().fileno() < 3)"
    )
    closing_all = 'exec "$@" <&- >&- 2>&-'
    done = subprocess.run(["sh", "-c", closing_all, "sh", sys.executable, "-c", script], cwd=ROOT, check=False)
    assert done.returncode == 0
