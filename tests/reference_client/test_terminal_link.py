"""The connection of the terminal mode, against a server that does what the test tells it."""

import asyncio
import selectors
import socket
import threading
from collections.abc import Callable, Iterator

import pytest

from reference_client import line_mode
from reference_client.conversation import Conversation
from reference_client.exits import Ending, Exit
from reference_client.frames import Frame
from reference_client.line_mode import Patience
from reference_client.network import Address
from reference_client.terminal_link import Link
from tests.reference_client.peers import DEADLINE_S, Server, frame

PATIENT = Patience(connect=DEADLINE_S, join=DEADLINE_S, farewell=DEADLINE_S)
NOW = 0.0


@pytest.fixture
def server() -> Iterator[Server]:
    """A listening server."""
    with Server() as listening:
        yield listening


class Running:
    """A link in a thread, and what it hears."""

    def __init__(self, port: int, patience: Patience = PATIENT, heard: Callable[[Frame], None] | None = None) -> None:
        self.talk = Conversation("ann")
        self.frames: list[Frame] = []
        self.link = Link(self.talk, Address("127.0.0.1", port), self._hear, patience)
        self._tell = heard or (lambda _: None)
        self._ending: list[Ending] = []
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        with asyncio.Runner(loop_factory=lambda: asyncio.SelectorEventLoop(selectors.SelectSelector())) as runner:
            self._ending.append(runner.run(self.link.run()))

    async def _hear(self, frames: list[Frame]) -> None:
        for each in frames:
            self.frames.append(each)
            self._tell(each)

    def finish(self) -> Ending:
        """Waits for its end."""
        self._thread.join(DEADLINE_S)
        return self._ending[0]


def test_a_conversation(server: Server) -> None:
    """Joins, hears frames however they are cut, says, and leaves in order with all said (CLIENT-1, FRAME-6)."""

    def answer(each: Frame) -> None:
        if each.text == "and you?":
            assert running.link.send(running.talk.say(b"hi"))
            running.link.hang_up()
            running.link.hang_up()

    running = Running(server.port, heard=answer)
    with server.accept() as peer:
        assert peer.let_in() == "ann"
        for octet in frame("bob", "and you?"):
            peer.send(bytes([octet]))
        assert peer.read_text() == "hi"
        assert peer.at_end()
        peer.send(frame("bob", "bye"))

    assert running.finish() == Ending(Exit.DONE)
    assert [each.text for each in running.frames] == ["[ann] joined the chat", "and you?", "bye"]


def test_unreachable() -> None:
    """The same sentence as in line mode."""
    with socket.create_server(("127.0.0.1", 0)) as bound:
        port = bound.getsockname()[1]
    assert Running(port).finish() == Ending(Exit.UNREACHABLE, f"cannot connect to 127.0.0.1:{port}: Connection refused")


def test_ends(server: Server) -> None:
    """A close, a reset and a refusal are told apart (CLIENT-5)."""
    running = Running(server.port)
    with server.accept() as peer:
        peer.let_in()
    assert running.finish() == Ending(Exit.LOST, "the server closed the connection")

    # The reset comes behind what it has heard: one that overtakes frames destroys them.
    seen = threading.Event()
    running = Running(server.port, heard=lambda _: seen.set())
    peer = server.accept()
    peer.let_in()
    assert seen.wait(DEADLINE_S)
    peer.reset()
    assert running.finish() == Ending(Exit.LOST, "the connection is lost: connection reset by peer")

    running = Running(server.port)
    with server.accept() as peer:
        peer.read_frame()
        peer.send(frame("Server", "full"))
    assert running.finish() == Ending(Exit.REFUSED, "the server refused to let ann join: full")


def test_a_server_that_never_announces(server: Server) -> None:
    """Its time is limited until the join and not after it."""
    running = Running(server.port, PATIENT._replace(join=NOW))
    assert running.finish() == Ending(Exit.UNREACHABLE, "the server has not announced the join within 0 s")


def test_a_server_that_does_not_close(server: Server) -> None:
    """A user who leaves is not held up for longer than patience says."""
    running = Running(server.port, PATIENT._replace(farewell=NOW), heard=lambda _: running.link.hang_up())
    with server.accept() as peer:
        peer.let_in()
        assert running.finish() == Ending(Exit.DONE)
        assert peer.at_end()


def test_a_server_that_takes_nothing(server: Server) -> None:
    """What waits to be sent is bounded: beyond the high water nothing is taken, and the user can be told."""
    taken: list[bool] = []

    def flood(_: Frame) -> None:
        octets = running.talk.say(b"x" * 1_000_000)
        while running.link.send(octets) and len(taken) < 100:
            taken.append(True)
        running.talk.end(Exit.DONE)

    running = Running(server.port, heard=flood)
    with server.accept() as peer:
        peer.let_in()
        assert running.finish() == Ending(Exit.DONE)
    assert 1 <= len(taken) < 100
    assert line_mode.HIGH_WATER_OCTETS == 1_048_576


def test_nothing_is_sent_before_there_is_a_connection() -> None:
    """Whoever asks too early is told so."""
    link = Link(Conversation("ann"), Address("127.0.0.1", 1), Running._hear, PATIENT)  # type: ignore[arg-type]
    assert not link.send(b"hi")
    link.hang_up()
