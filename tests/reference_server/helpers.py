"""A server in a thread, a clock that tests advance, and a client made of a plain socket and the declared format."""

import contextlib
import socket
import threading
from collections.abc import Callable, Iterator
from typing import NamedTuple, Self

from reference_server.console import Console
from reference_server.pollers import available
from reference_server.server import Server
from reference_server.settings import Settings
from spec import wire

DEADLINE_S = 10.0  # for anything that is sure to happen; a test that waits so long has failed
SELECTORS = [name for name in ("select", "poll", "epoll", "kqueue") if name in available()]
MIDNIGHT_NS = 1_767_225_600 * 1_000_000_000  # 2026-01-01T00:00:00Z


class Frame(NamedTuple):
    """What a client reads."""

    time: str
    nick: str
    text: str


def frame(nick: str, text: str = "", time: str = "") -> bytes:
    """The octets of a client's frame, by the declared format."""
    octets: bytes = wire.TO_SERVER.build({"time": time, "nick": nick, "text": text})
    return octets


class Clock:
    """Seconds that pass when a test says so."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


class Lines:
    """A sink that keeps what it is given."""

    def __init__(self) -> None:
        self.octets = b""

    def __call__(self, octets: bytes) -> int:
        self.octets += octets
        return len(octets)

    @property
    def lines(self) -> list[str]:
        """The lines so far, without their stamps."""
        return [line.partition(" ")[2] for line in self.octets.decode().splitlines()]


class Client:
    """A plain socket; every wait has a deadline."""

    def __init__(self, address: tuple[str, int], nick: str | None = None, source: str = "") -> None:
        self.sock = socket.create_connection(address, timeout=DEADLINE_S, source_address=(source, 0))
        self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.octets = b""
        if nick is not None:
            self.send(frame(nick))
            assert self.read().text == f"[{nick}] joined the chat"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.sock.close()

    def send(self, octets: bytes) -> None:
        """Sends all of it."""
        self.sock.sendall(octets)

    def say(self, text: str) -> None:
        """Sends a chat frame; its nick field is as good as any (RELAY-5)."""
        self.send(frame("?", text))

    def read_octets(self, count: int) -> bytes:
        """The next so many octets; EOFError if the stream ends first."""
        while len(self.octets) < count:
            more = self.sock.recv(1 << 20)
            if not more:
                raise EOFError(self.octets)
            self.octets += more
        taken, self.octets = self.octets[:count], self.octets[count:]
        return taken

    def read(self) -> Frame:
        """The next frame; EOFError if the stream ends first."""
        header = self.read_octets(10)
        body = self.read_octets(int(header))
        assert header == b"%-10d" % len(body)  # FRAME-2: canonical
        fields = wire.TO_CLIENT.parse(header + body)
        return Frame(fields.time, fields.nick, fields.text)

    def read_until(self, text: str) -> list[tuple[str, str]]:
        """Nick and text of the frames up to the one with this text."""
        found: list[tuple[str, str]] = []
        while not found or found[-1][1] != text:
            found.append(self.read()[1:])
        return found

    def ends(self) -> str:
        """How the stream ends, with nothing before it: `FIN` or `RST`."""
        try:
            octets = self.octets + self.sock.recv(1 << 20)
        except ConnectionResetError:
            return "RST"
        assert octets == b"", octets
        return "FIN"

    def send_for_ever(self) -> None:
        """Sends until the other end is gone."""
        while True:
            self.send(b"x")

    def reset(self) -> None:
        """Closes with RST."""
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\0\0\0\0\0\0\0")
        self.sock.close()


class Running:
    """A server in a thread.

    Attributes:
        server: for looking into.
        address: for connecting.
        console: what it printed.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        shown: bool,
        prepare: Callable[[Server], object] | None = None,
        **clocks: Callable[[], float],
    ) -> None:
        self.console = Lines()
        console = Console(self.console)
        self.server = Server(settings, console if shown else None, (console,), **clocks)  # type: ignore[arg-type]
        host, _, port = self.server.address.rpartition(":")
        self.address = (host.strip("[]"), int(port))
        if prepare is not None:
            prepare(self.server)
        self._thread = threading.Thread(target=self.server.run)
        self._thread.start()

    def client(self, nick: str | None = None, source: str = "") -> Client:
        """A new connection, joined if a nick is given, from an address of this machine."""
        return Client(self.address, nick, source)

    def wake(self) -> None:
        """Makes the server look at its clock."""
        with contextlib.suppress(BlockingIOError):
            self.server.waker.send(b"\0")

    def settle(self) -> None:
        """Waits until everything that was sent or connected before this call has been dealt with, by a refusal."""
        with self.client() as canary:
            canary.send(frame(""))
            assert canary.read().nick == "Server"
            assert canary.ends() == "FIN"

    def stop(self) -> None:
        """Stops it and waits until it has; again is no mistake."""
        self.server.stop()
        self._thread.join(DEADLINE_S)
        assert not self._thread.is_alive()


@contextlib.contextmanager
def running(
    selector: str = "auto",
    *,
    settings: Settings | None = None,
    shown: bool = True,
    prepare: Callable[[Server], object] | None = None,
    **clocks: Callable[[], float],
) -> Iterator[Running]:
    """A server on a free port of loopback, stopped in the end; `prepare` is called before it runs."""
    server = Running(settings or Settings(port=0, selector=selector), shown=shown, prepare=prepare, **clocks)
    try:
        yield server
    finally:
        server.stop()
