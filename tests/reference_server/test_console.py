"""The console: lines that find no room are counted, and the sockets are never kept waiting."""

import errno
import logging

from reference_server.console import FLUSH_OCTETS, Console, ConsoleHandler
from tests.reference_server.helpers import Lines


class Stuck(Lines):
    """Takes so many octets and no more, until it is given room."""

    def __init__(self, room: int) -> None:
        super().__init__()
        self.room = room

    def __call__(self, octets: bytes) -> int:
        taken = min(self.room, len(octets))
        self.room -= taken
        return super().__call__(octets[:taken])


def test_lines_arrive_in_order_however_little_is_taken() -> None:
    """Each flush hands over what fits; half a line is continued."""
    sink = Stuck(0)
    console = Console(sink)
    for number in range(100):
        console.write(f"line {number}")
    while console.backlog:
        sink.room = 7
        console.flush()

    assert sink.octets.decode().splitlines() == [f"line {number}" for number in range(100)]


def test_lost_lines_are_counted_in_their_place() -> None:
    """The count stands where the lines are missing; nothing is lost without being counted."""
    sink = Stuck(0)
    console = Console(sink, backlog_octets=20)
    for number in range(10):
        console.write(f"line {number}")
        console.flush()
    assert console.dropped == 8

    sink.room = 1000
    console.flush()
    console.flush()
    console.write("later")
    console.flush()

    assert sink.octets.decode().splitlines() == ["line 0", "line 1", "--- 8 lines are missing here ---", "later"]
    assert console.dropped == 0


def test_the_count_is_told_even_if_nothing_more_is_said() -> None:
    """As soon as there is room again."""
    sink = Stuck(0)
    console = Console(sink, backlog_octets=3)
    console.write("a")
    console.write("bb")
    sink.room = 1000
    console.flush()
    console.flush()

    assert sink.octets == b"a\n--- 1 lines are missing here ---\n"


def test_one_flush_is_bounded_and_loses_nothing() -> None:
    """A sink that takes everything must not hold up the sockets."""
    sink = Lines()
    console = Console(sink)
    for _ in range(3):
        console.write("x" * (FLUSH_OCTETS - 10))

    console.flush()
    assert len(sink.octets) == FLUSH_OCTETS
    while console.backlog:
        console.flush()
    assert [len(line) for line in sink.octets.splitlines()] == [FLUSH_OCTETS - 10] * 3


def test_a_broken_sink_is_given_up() -> None:
    """EPIPE, ENOSPC: nothing is kept for it, and nobody hears of it."""

    def broken(octets: bytes) -> int:
        raise OSError(errno.EPIPE, "Broken pipe")

    console = Console(broken)
    console.write("a")
    console.flush()
    console.write("b")
    console.flush()

    assert console.backlog == 0


def test_what_the_encoding_lacks_is_escaped() -> None:
    """A terminal in another encoding gets an escape, not an exception."""
    sink = Lines()
    console = Console(sink, encoding="latin-1")
    console.write("ä€")
    console.flush()

    assert sink.octets == b"\xe4\\u20ac\n"


def test_operators_messages_go_through_a_console() -> None:
    """Every line of a traceback; a record that cannot be formatted does not stop the program."""
    sink = Stuck(0)
    handler = ConsoleHandler(Console(sink))
    record = logging.LogRecord("server", logging.INFO, "", 0, "one\ntwo %d", (2,), None)
    handler.handle(record)
    assert sink.octets == b""

    sink.room = 99
    handler.console.flush()
    assert sink.octets == b"one\ntwo 2\n"
