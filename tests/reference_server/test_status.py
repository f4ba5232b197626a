"""The line of status: when it comes, and that each of its numbers is what happened."""

import logging
import queue
import signal
import sys
from collections.abc import Callable, Iterator

import pytest

from reference_server.counters import Counters
from reference_server.settings import Rate, Settings
from reference_server.status import Moment, Status
from tests.reference_server.helpers import DEADLINE_S, Clock, Running, frame, running
from tests.reference_server.test_cli import started

NOTHING = Moment(0, 0, 0, 0, 0)
FIELDS = [
    "members", "connections", "over_rate", "retained_octets", "furthest_behind_octets", "seconds", "turns", "turn_mean_ms",
    "turn_max_ms", "thrown_out", "refused", "messages_per_s", "deliveries_per_s", "octets_in_per_s", "octets_out_per_s",
]  # fmt: skip


def test_a_line_comes_when_it_is_due() -> None:
    """Every so many seconds; a late one does not make the next ones hurry; one that is asked for is one more."""
    status = Status(Counters(), 10.0, 100.0)
    assert (status.delay(103.0), status.line(103.0, lambda: NOTHING)) == (7.0, None)
    assert status.line(110.0, lambda: NOTHING)
    assert status.delay(110.0) == 10.0
    assert status.line(145.0, lambda: NOTHING)
    assert status.delay(145.0) == 10.0

    status.ask()
    assert status.delay(146.0) == 0.0
    assert status.line(146.0, lambda: NOTHING)
    assert status.delay(146.0) == 9.0


def test_without_an_interval_it_comes_when_asked_for() -> None:
    """And else never."""
    status = Status(Counters(), None, 100.0)
    assert (status.delay(9e9), status.line(9e9, lambda: NOTHING)) == (None, None)
    status.ask()
    assert status.line(9e9, lambda: NOTHING)
    assert status.delay(9e9) is None


def test_what_it_says() -> None:
    """How things stand, then what has happened since the last line, a second where that makes sense."""
    counters = Counters(10, 0.5, 0.2, 3, 4, 50, 500, 6_000, 60_000)
    status = Status(counters, 10.0, 100.0)

    line = status.line(120.0, lambda: Moment(1, 2, 3, 4, 5))

    assert line == (
        "members=1 connections=2 over_rate=3 retained_octets=4 furthest_behind_octets=5 seconds=20.000 turns=10 "
        "turn_mean_ms=50.000 turn_max_ms=200.000 thrown_out=3 refused=4 messages_per_s=2.5 deliveries_per_s=25.0 "
        "octets_in_per_s=300 octets_out_per_s=3000"
    )
    status.ask()
    assert "turns=0 turn_mean_ms=0.000" in str(status.line(120.0, lambda: NOTHING))


Ask = Callable[[Running], dict[str, float]]


@pytest.fixture
def ask() -> Iterator[Ask]:
    """Asks a server for a line, and reads it; ten seconds pass before."""
    lines: queue.SimpleQueue[str] = queue.SimpleQueue()
    handler = logging.Handler()
    handler.emit = lambda record: lines.put(record.getMessage())  # type: ignore[method-assign]

    def asked(server: Running) -> dict[str, float]:
        clock = server.server._clock
        assert isinstance(clock, Clock)
        clock.now += 10.0
        server.server.report()
        while not (line := lines.get(timeout=DEADLINE_S)).startswith("status: "):
            pass
        found = dict(part.split("=") for part in line.removeprefix("status: ").split())
        assert list(found) == FIELDS
        return {name: float(value) for name, value in found.items()}

    logging.getLogger("reference_server").addHandler(handler)
    yield asked
    logging.getLogger("reference_server").removeHandler(handler)


def test_its_numbers_are_what_happened(ask: Ask) -> None:
    """Three members, and what one of them says; a stranger is refused."""
    with (
        running(clock=Clock()) as server,
        server.client("alice") as alice,
        server.client("bob") as bob,
        server.client("carol") as carol,
        server.client() as stranger,
    ):
        bob.read_until("[carol] joined the chat")
        server.settle()
        ask(server)
        alice.send(frame("?", "x" * 1000) * 5)
        octets = 10 * len("1030      2026-01-01T00:00:00.000Z?alice?" + "x" * 1000)
        for client in (bob, carol):
            assert [len(client.read().text) for _ in range(5)] == [1000] * 5
        stranger.send(b"malformed!")
        assert "FRAME-4" in stranger.read().text
        assert stranger.ends() == "FIN"
        server.settle()
        found = ask(server)

    assert [found[name] for name in ("members", "over_rate", "thrown_out", "refused")] == [3, 0, 0, 2]
    assert (found["messages_per_s"], found["deliveries_per_s"]) == (0.5, 1.0)
    assert found["seconds"] == pytest.approx(10)
    assert found["turns"] >= 2
    read = 5 * len(frame("?", "x" * 1000)) + len("malformed!") + len(frame(""))
    assert found["octets_in_per_s"] == round(read / 10)
    assert octets / 10 < found["octets_out_per_s"] < octets / 10 + 50
    assert (found["retained_octets"], found["furthest_behind_octets"]) == (0, 0)


def test_slow_readers_show(ask: Ask) -> None:
    """What is kept for one, and that it is thrown out in the end."""
    settings = Settings(port=0, max_behind_octets=5 << 20)
    text = "x" * 1_000_000
    with (
        running(settings=settings, shown=False, clock=Clock()) as server,
        server.client("slow"),
        server.client("bob") as bob,
        server.client("carol") as carol,
    ):
        bob.read_until("[carol] joined the chat")
        while not (found := ask(server))["furthest_behind_octets"]:
            carol.say(text)
            bob.read_until(text)
        assert found["retained_octets"] >= found["furthest_behind_octets"]
        left = ("Server", "[slow] left the chat")
        for _ in range(100):
            carol.say(text)
            if left in bob.read_until(text):
                break
        found = ask(server)
        assert (found["thrown_out"], found["members"]) == (1, 2)


def test_refusals_for_want_of_room_show(ask: Ask) -> None:
    """Those at the door are counted like others."""
    with running(settings=Settings(port=0, max_clients=1), clock=Clock()) as server, server.client("alice"):
        for _ in range(7):
            server.settle()
        assert ask(server)["refused"] == 7


def test_who_is_over_its_rate_shows(ask: Ask) -> None:
    """So many members are delayed now."""
    settings = Settings(port=0, rate=Rate(1, 3600.0))
    with running(settings=settings, clock=Clock()) as server, server.client("alice") as alice:
        alice.send(frame("?", "x") * 2)
        server.settle()
        assert ask(server)["over_rate"] == 1


def test_status_interval() -> None:
    """`--status-interval`: line after line on standard error, while nothing else happens."""
    with started("--status-interval", "0.1") as server:
        lines = server.errors_until(rb"INFO status: members=0 .* seconds=(\S+) ", 3)
        assert all(0 < float(seconds) <= DEADLINE_S for seconds in lines)  # since the last one, or the start


@pytest.mark.skipif(sys.platform == "win32", reason="no SIGUSR1 there")
def test_sigusr1() -> None:
    """It asks for one line, and the server goes on."""
    with started() as server, server.client("alice") as alice, server.client("bob") as bob:
        alice.read()
        for number in range(1, 3):
            server.process.send_signal(signal.SIGUSR1)
            assert server.errors_until(rb"INFO status: (.*)", number)[-1].startswith(b"members=2 ")
            bob.say("still here")
            assert alice.read().text == "still here"
        server.process.send_signal(signal.SIGTERM)
        for client in (alice, bob):
            assert client.read().text == "the server is shutting down"
            client.sock.close()
        assert server.ends() == 0
        assert server.errors.count(b"status: ") == 2
