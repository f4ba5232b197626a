"""Storms and shortages: descriptors that run out, more connections and octets than a turn takes, readers that do not read.

The server of most of these is not in a thread: the test takes its turns, so that they can be counted.
"""

import contextlib
import resource
from collections.abc import Callable, Iterator

import psutil
import pytest

from reference_server import door
from reference_server.door import ACCEPTS
from reference_server.guests import FULL
from reference_server.server import Server
from reference_server.session import RECEIVE_OCTETS
from reference_server.settings import LINGER_S, MAX_BEHIND_OCTETS, TURN_OCTETS, Rate, Settings
from tests.reference_server.helpers import DEADLINE_S, SELECTORS, Client, Clock, frame
from tests.reference_server.test_cli import started
from tests.reference_server.test_door import next_descriptor

BOTH = [name for name in SELECTORS if name in ("select", "epoll")]
FEW_TURNS = 5


class Stepped:
    """A server whose turns a test takes.

    Attributes:
        turns: how many it has taken.
    """

    def __init__(self, selector: str, **settings: object) -> None:
        self.clock = Clock()
        self.server = Server(Settings(port=0, selector=selector, **settings), clock=self.clock)  # type: ignore[arg-type]
        self.turns = 0
        self.clients = contextlib.ExitStack()
        self.clients.callback(self.server.close)

    def turn(self) -> None:
        """One turn, which does not wait."""
        self.server.waker.send(b"\0")
        self.server.turn()
        self.turns += 1

    def connect(self) -> Client:
        """A connection in the kernel's queue; the server has still to take it."""
        host, _, port = self.server.address.rpartition(":")
        return self.clients.enter_context(Client((host, int(port))))

    def until(self, condition: Callable[[], object], most: int = 100) -> int:
        """Takes turns until something is so; says how many it took."""
        for count in range(most):
            if condition():
                return count
            self.turn()
        raise AssertionError(f"not after {most} turns")

    def member(self, nick: str) -> Client:
        """One that has joined."""
        client = self.connect()
        client.send(frame(nick))
        self.until(lambda: heard(client, f"[{nick}] joined the chat"))
        return client


def heard(client: Client, text: str) -> bool:
    """Whether this has arrived; all up to it is read, if it has."""
    client.sock.setblocking(False)
    with contextlib.suppress(BlockingIOError):
        while True:
            more = client.sock.recv(1 << 20)
            if not more:
                break
            client.octets += more
    _, found, after = client.octets.partition(text.encode())
    if found:
        client.octets = after
    return bool(found)


@pytest.fixture(params=BOTH)
def stepped(request: pytest.FixtureRequest) -> Iterator[Callable[..., Stepped]]:
    """Makes such servers, on each of two selectors."""
    with contextlib.ExitStack() as made:

        def make(**settings: int) -> Stepped:
            server = Stepped(request.param, **settings)
            made.enter_context(server.clients)
            return server

        yield make


def test_a_storm_of_connections_is_let_in_little_by_little(stepped: Callable[..., Stepped]) -> None:
    """ROBUST-1: in each turn ACCEPTS of them at most, and in each what the members say gets through."""
    server = stepped()
    alice, bob = server.member("alice"), server.member("bob")
    before = len(server.server.connections)
    for _ in range(3 * ACCEPTS):
        server.connect()
    for number in range(3):
        alice.send(frame("?", f"in the storm {number}"))
        server.until(lambda said=f"in the storm {number}": heard(bob, said), 2)  # type: ignore[misc]
        assert len(server.server.connections) - before <= server.turns * ACCEPTS
    server.until(lambda: len(server.server.connections) - before == 3 * ACCEPTS)


def test_those_who_flood_keep_nobody_waiting(stepped: Callable[..., Stepped]) -> None:
    """A turn reads so much of each and so much in all; who was not read is first in the next one.

    So the word of another gets through in a few turns, while the flood goes on.
    """
    server = stepped()
    flooders = [server.member(f"flooder {number}") for number in range(40)]  # more than two turns read
    alice, bob = server.member("alice"), server.member("bob")
    before = server.server.hall.log.end
    flood = frame("?", "x" * 10_000) * ((FEW_TURNS + 1) * RECEIVE_OCTETS // 10_000)
    sent = sum(flooder.sock.send(flood) for flooder in flooders)  # without blocking: what the kernel takes
    alice.send(frame("?", "in the flood"))

    assert server.until(lambda: heard(bob, "in the flood")) <= FEW_TURNS
    assert server.server.hall.log.end - before < sent * 3 // 4


def test_a_turn_reads_so_much_from_all_also_if_nothing_is_to_be_sent(stepped: Callable[..., Stepped]) -> None:
    """The chat of members over their rate, or parts of large frames: reading them is work, too."""
    server = stepped(rate=Rate(1, 3600.0))
    members = [server.member(f"m{number}") for number in range(2 * TURN_OCTETS // RECEIVE_OCTETS)]
    for member in members:
        member.sock.send(frame("?", "x") * (RECEIVE_OCTETS // len(frame("?", "x"))))
    read, most = [server.server.hall.counters.octets_in], 0
    while not most or read[-1] > read[-2]:
        server.turn()
        read.append(server.server.hall.counters.octets_in)
        most = max(most, read[-1] - read[-2])

    assert TURN_OCTETS // 2 < most < TURN_OCTETS + RECEIVE_OCTETS


@contextlib.contextmanager
def few_descriptors(count: int) -> Iterator[None]:
    """This process gets so many more and no further one."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (next_descriptor() + count, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def test_without_descriptors_it_refuses_and_goes_on(stepped: Callable[..., Stepped]) -> None:
    """EMFILE: three more are served, the others are told and closed at once, also those that never read it."""
    server = stepped()
    alice, bob = server.member("alice"), server.member("bob")
    knocking = [server.connect() for _ in range(10)]
    with few_descriptors(3):
        for number in range(FEW_TURNS):
            alice.send(frame("?", f"still {number}"))
            server.until(lambda said=f"still {number}": heard(bob, said), 2)  # type: ignore[misc]
        assert len(server.server.connections) == 2 + 3
        for number, client in enumerate(knocking[:3]):
            client.send(frame(f"n{number}"))
        server.until(lambda: heard(bob, "[n2] joined the chat"))
    for client in knocking[3:]:
        client.sock.settimeout(DEADLINE_S)
        assert client.read().text == FULL
        assert client.ends() == "FIN"
    server.member("afterwards")


def test_on_the_last_descriptors_a_refused_peer_that_never_reads_is_gone_in_time(
    stepped: Callable[..., Stepped], monkeypatch: pytest.MonkeyPatch
) -> None:
    """They are for refusals with patience; it ends LINGER_S later, and the descriptors serve the next ones."""
    limit = next_descriptor() + 40
    monkeypatch.setattr(door, "descriptor_limit", lambda: limit)
    server = stepped()
    alice = server.member("alice")
    while next_descriptor() < limit - 20:
        server.connect()
    server.until(lambda: server.server.connections.lingering)
    refused = len(server.server.connections.lingering)
    before = len(server.server.connections)
    server.clock.now += LINGER_S + 0.1
    server.turn()
    assert len(server.server.connections) <= before - refused
    alice.send(frame("?", "goes on"))
    server.turn()


RSS_TIMES = 3  # of what may be kept: once in the log, and what turns, joined chunks and the allocator need beside it


@pytest.mark.parametrize("selector", BOTH)
def test_what_is_kept_for_slow_readers_is_bounded_in_the_process(selector: str) -> None:
    """ROBUST-3: megabytes are said past one that does not read, and past the next; the process grows by one bound.

    Measured with psutil; each is thrown out, and nothing of what was kept for it stays.
    """
    text = "x" * 1_000_000
    most = 0
    with (
        started("--quiet", "--selector", selector) as server,
        server.client("alice") as alice,
        server.client("bob") as bob,
    ):
        process = psutil.Process(server.process.pid)
        alice.say(text)  # buffers that grow once are not what is measured
        bob.read_until(text)
        before = process.memory_info().rss
        for number in range(5):
            with server.client(f"slow {number}"):
                for _ in range(60):
                    alice.say(text)
                    if ("Server", f"[slow {number}] left the chat") in bob.read_until(text):
                        break
                    most = max(most, process.memory_info().rss)
                else:
                    pytest.fail("never thrown out")
        assert most - before < RSS_TIMES * MAX_BEHIND_OCTETS
