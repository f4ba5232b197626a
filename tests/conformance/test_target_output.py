"""What a started server prints, and what is put in front of its command."""

import sys
import threading
import time
import tracemalloc

from conformance.target import KEPT_OCTETS, Target
from tests.conformance.commanded import LISTEN, python
from tests.conformance.helpers import DEADLINE_S


def test_a_line_without_an_end() -> None:
    """It is drained, and no more than its beginning is kept: a server may print megabytes without a line break."""
    total, enough = 0, threading.Event()

    def count(octets: bytes) -> None:
        nonlocal total
        total += len(octets)
        if total > 4_000_000:
            enough.set()

    target = Target(
        None,
        python(f"{LISTEN}; s.accept(); [print('x' * 1000, end='') for _ in range(10_000)]", "{port}"),
        listen=count,
    )
    tracemalloc.start()
    try:
        target.start()
        assert enough.wait(DEADLINE_S)
        assert target.end_within(DEADLINE_S) == 0
    finally:
        target.stop()
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()

    assert total == len("listening\n") + 10_000_000
    assert most < 2_000_000
    assert target.output[0] == "listening"
    assert {len(line) for line in list(target.output)[1:]} == {KEPT_OCTETS}


def test_all_that_is_printed_is_told() -> None:
    """Octet for octet, of both streams; of long lines too."""
    heard: list[bytes] = []
    program = f"{LISTEN}; s.accept(); sys.stderr.buffer.write(b'\\xff\\r\\n' + b'y' * 5000); sys.stderr.flush()"
    target = Target(None, python(program, "{port}"), listen=heard.append)
    try:
        target.start()
        assert target.end_within(DEADLINE_S) == 0
    finally:
        target.stop()

    assert b"".join(heard) == b"listening\n\xff\r\n" + b"y" * 5000


def test_a_wrapper_stands_before_the_command() -> None:
    """It is started with the command's words, the port among them, and is not part of the command."""
    wrapper = [
        sys.executable,
        "-S",
        "-c",
        "import os,sys; print('wrapped', flush=True); os.execvp(sys.argv[1], sys.argv[1:])",
    ]
    target = Target(None, python(f"{LISTEN}; time.sleep(60)", "{port}"), wrapper=wrapper)
    try:
        target.start()
        until = time.monotonic() + DEADLINE_S
        while len(target.output) < 2 and time.monotonic() < until:
            target.end_within(0.02)
    finally:
        target.stop()

    assert list(target.output) == ["wrapped", "listening"]
    assert target.command is not None
    assert target.command[0] == sys.executable
    assert "wrapped" not in " ".join(target.command)
