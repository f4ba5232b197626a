"""The loop of line mode, in this process, against a server that does what the test tells it."""

import errno
import io
import os
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC

import pytest

from reference_client import line_mode, network
from reference_client.conversation import Conversation
from reference_client.exits import Ending, Exit
from reference_client.frames import plain
from reference_client.line_mode import LineMode, Patience
from reference_client.lines import Lines
from reference_client.network import Address
from reference_client.standard import READ_OCTETS, DescriptorSource, Screen, Source, ThreadSource
from tests.reference_client.peers import DEADLINE_S, SHOWN, Peer, Server, announcement, frame

JOINED = f"{SHOWN}Z [Server] [alice] joined the chat"
DONE = Ending(Exit.DONE)
# Long enough never to end a test that goes well.
PATIENT = Patience(join=DEADLINE_S, stall=DEADLINE_S, farewell=DEADLINE_S)


class Running:
    """A client in a thread: what goes in, what comes out, and the server's end of its connection."""

    def __init__(
        self,
        server: Server,
        kind: Callable[[io.FileIO], Source] = DescriptorSource,
        patience: Patience = PATIENT,
        *,
        skip_empty: bool = False,
        lines: Lines | None = None,
    ) -> None:
        self.told: list[str] = []
        read_in, write_in = os.pipe()
        read_out, write_out = os.pipe()
        self._files = [io.FileIO(read_in, "r"), io.FileIO(write_out, "w")]
        self.input = io.FileIO(write_in, "w")
        self.output = io.TextIOWrapper(io.BufferedReader(io.FileIO(read_out, "r")), encoding="utf-8", newline="\n")
        self.connection = network.connect(Address("127.0.0.1", server.port), DEADLINE_S)
        self.source = kind(self._files[0])
        self.mode = LineMode(
            Conversation("alice"),
            self.connection,
            self.source,
            lines or Lines(),
            Screen(self._files[1]),
            plain(UTC),
            self.told.append,
            skip_empty=skip_empty,
            patience=patience,
        )
        self._ending: list[Ending] = []
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        try:
            self._ending.append(self.mode.run())
        finally:
            self.connection.close()
            self._files[1].close()  # the end of its output

    def feed(self, octets: bytes) -> None:
        """Gives it a whole input and its end; for a thread, since a pipe takes no more than the client reads."""
        with self.input:
            left = memoryview(octets)
            while left:
                left = left[self.input.write(left) :]

    def line(self) -> str:
        """The next line of output."""
        return self.output.readline().removesuffix("\n")

    def finish(self) -> tuple[Ending, list[str]]:
        """Waits for its end: how it ended, and the rest of its output."""
        rest = self.output.read().split("\n")[:-1]
        self._thread.join(DEADLINE_S)
        return self._ending[0], rest

    def close(self) -> None:
        """Waits for its end, now that its server has gone, and lets go of everything."""
        self.output.close()  # what is left to be shown must not hold it up
        self._thread.join(DEADLINE_S)
        assert not self._thread.is_alive()
        self.input.close()
        self.source.close()
        for file in self._files:
            file.close()


@contextmanager
def running(**options: object) -> Iterator[tuple[Running, Peer]]:
    """A client that has connected, and its server."""
    with Server() as server, closing(Running(server, **options)) as client, server.accept() as peer:  # type: ignore[arg-type]
        yield client, peer


def test_a_conversation() -> None:
    """Lines in are frames out, frames in are lines out, own lines are not echoed, and the end is orderly."""
    with running() as (client, peer):
        assert peer.let_in() == "alice"
        assert client.line() == JOINED
        client.input.write(b"one\n\ntwo\r\nthr")
        assert [peer.read_text() for _ in range(3)] == ["one", "", "two"]
        client.input.write(b"ee")
        client.input.close()
        assert peer.read_text() == "three"
        assert peer.at_end()
        peer.send(frame("bob", "bye"))
        peer.close()

        assert client.finish() == (DONE, [f"{SHOWN}Z [bob] bye"])
        assert client.told == []


def test_input_through_a_thread() -> None:
    """The source for platforms whose select() takes sockets only works the same."""
    with running(kind=ThreadSource) as (client, peer):
        peer.let_in()
        client.input.write(b"hi\nho")
        client.input.close()
        assert [peer.read_text(), peer.read_text()] == ["hi", "ho"]
        assert peer.at_end()
        peer.close()

        assert client.finish() == (DONE, [JOINED])


def test_frames_however_cut() -> None:
    """Octet by octet with a character cut in two, and many at once: each frame is one line, in order (FRAME-6)."""
    with running() as (client, peer):
        peer.let_in()
        for octet in frame("bób", "hé 😀\nx"):
            peer.send(bytes([octet]))
        peer.send(b"".join(frame("bob", str(number)) for number in range(1000)) + frame("carol", "last")[:7])
        peer.send(frame("carol", "last")[7:])
        client.input.close()
        assert peer.at_end()
        peer.close()

        expected = [JOINED, f"{SHOWN}Z [bób] hé 😀\u240ax", *(f"{SHOWN}Z [bob] {number}" for number in range(1000))]
        assert client.finish() == (DONE, [*expected, f"{SHOWN}Z [carol] last"])


def test_a_frame_is_shown_at_once() -> None:
    """No line waits for the next one (CLIENT-2)."""
    with running() as (client, peer):
        peer.let_in()
        assert client.line() == JOINED
        for number in range(3):
            peer.send(frame("bob", str(number)))
            assert client.line() == f"{SHOWN}Z [bob] {number}"


def test_input_is_read_only_once_joined() -> None:
    """Until the announcement nothing of the input is touched: it might be for nobody."""
    joined_at_reads: list[bool] = []

    class Watched(DescriptorSource):
        def read(self) -> bytes:
            joined_at_reads.append(client.mode.conversation.joined)
            return super().read()

    with running(kind=Watched) as (client, peer):
        client.input.write(b"hi\n")
        client.input.close()
        peer.read_frame()
        peer.send(frame("Server", "welcome"))  # a turn of the loop in which the input is ready
        assert client.line() == f"{SHOWN}Z [Server] welcome"
        peer.send(announcement("alice"))
        assert peer.read_text() == "hi"
        assert peer.at_end()
        peer.close()
        client.finish()

    assert joined_at_reads
    assert all(joined_at_reads)


def test_what_cannot_be_sent_is_told() -> None:
    """Each bad line is told with its number and the good ones are sent (CLIENT-1)."""
    with running() as (client, peer):
        peer.let_in()
        feeder = threading.Thread(
            target=client.input.write, args=[b"1\na\0b\n2\n\xff\n3\n" + b"x" * 1_048_570 + b"\n4\n"], daemon=True
        )
        feeder.start()
        assert [peer.read_text() for _ in range(3)] == ["1", "2", "3"]
        feeder.join(DEADLINE_S)
        client.input.write(b"y" * 60_000)
        for _ in range(30):
            client.input.write(b"y" * 60_000)
        client.input.write(b"\n5\n")
        assert [peer.read_text(), peer.read_text()] == ["4", "5"]

        assert client.told == [
            "line 2 of the input is not sent: it contains NUL, at octet 1, which separates the fields of a frame",
            "line 4 of the input is not sent: it is not UTF-8 at octet 0",
            "line 6 of the input is not sent: it would make a body of 1048601 octets, and the limit is 1048576",
            "line 8 of the input is not sent: it is longer than 1048576 octets",
        ]
        client.input.close()
        assert peer.at_end()
        peer.close()
        assert client.finish()[0] == Ending(Exit.LOST, "not all was sent: 4 lines could not be")


def test_an_empty_line_of_a_person_is_nothing() -> None:
    """On a terminal Enter alone sends nothing."""
    with running(skip_empty=True) as (client, peer):
        peer.let_in()
        client.input.write(b"\n\n \n\nhi\n")
        assert [peer.read_text(), peer.read_text()] == [" ", "hi"]


def test_lines_read_before_are_sent_first() -> None:
    """What came in the same read as the nick is the first message."""
    lines = Lines()
    lines.feed(b"first\nsec")
    with running(lines=lines) as (client, peer):
        peer.let_in()
        client.input.write(b"ond\n")
        assert [peer.read_text(), peer.read_text()] == ["first", "second"]


def test_a_server_that_does_not_read_stops_the_input() -> None:
    """What waits to be sent is bounded: the input is left unread, and nothing is lost."""
    amount = 50_000
    high = line_mode.HIGH_WATER_OCTETS
    full = threading.Event()
    with running() as (client, peer):
        peer.let_in()
        assert client.line() == JOINED
        client.connection.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
        held: list[int] = []
        say = client.mode.conversation.say

        def watched(line: bytes) -> bytes:
            held.append(len(client.mode.outgoing) + client.mode.lines.buffered)
            if len(client.mode.outgoing) > high - 100:
                full.set()
            return say(line)

        client.mode.conversation.say = watched  # type: ignore[method-assign]
        numbers = b"".join(b"%d\n" % number for number in range(amount))
        threading.Thread(target=client.feed, args=[numbers], daemon=True).start()
        assert full.wait(DEADLINE_S)
        assert [peer.read_text() for _ in range(amount)] == list(map(str, range(amount)))
        assert peer.at_end()
        peer.close()

        assert client.finish() == (DONE, [])
        assert max(held) < high + READ_OCTETS + 100


def test_a_system_that_takes_all_at_once_does_not_stop_the_input(monkeypatch: pytest.MonkeyPatch) -> None:
    """Lines that waited for room have it then, though nothing else happens that could wake anybody."""
    monkeypatch.setattr(line_mode, "HIGH_WATER_OCTETS", 200)  # a socket takes as much in one go
    with running() as (client, peer):
        peer.let_in()
        assert client.line() == JOINED
        client.feed(b"".join(b"%d\n" % number for number in range(100)))
        assert [peer.read_text() for _ in range(100)] == list(map(str, range(100)))
        assert peer.at_end()
        peer.close()

        assert client.finish() == (DONE, [])


def test_a_reader_that_does_not_read_does_not_stop_the_input() -> None:
    """A bot that writes all before it reads is not locked up with a client that waits for it."""
    with running() as (client, peer):
        peer.let_in()
        peer.send(b"".join(frame("bob", "x" * 1000) for _ in range(500)))  # far more than a pipe takes
        for number in range(100):
            client.input.write(b"%d\n" % number)
            assert peer.read_text() == str(number)
        client.input.close()
        assert peer.at_end()
        peer.close()

        ending, shown = client.finish()
        assert ending == DONE
        assert shown[1:] == [f"{SHOWN}Z [bob] " + "x" * 1000] * 500


def test_frames_that_nobody_takes_stay_with_the_server() -> None:
    """Beyond the high water of the output the socket is not read, and below it is again (ROBUST-3 is the server's)."""
    near, far = socket.socketpair()
    with near, far, io.FileIO(os.devnull, "r+") as null:
        mode = LineMode(
            Conversation("alice"),
            near,
            DescriptorSource(null),
            Lines(),
            screen := Screen(null),
            plain(),
            lambda _: None,
        )
        screen.show("x" * (line_mode.HIGH_WATER_OCTETS - 2))
        assert mode._interests() == ([near], [screen])
        screen.show("")
        assert mode._interests() == ([], [screen])
        screen.flush()
        assert mode._interests() == ([near], [])


def test_a_reader_that_goes_away_ends_it() -> None:
    """`chat-client | head -1`: the client sends what it was given, and leaves in order and in silence."""
    with running() as (client, peer):
        peer.let_in()
        assert client.line() == JOINED
        client.input.write(b"hi\nhal")
        assert peer.read_text() == "hi"
        client.output.close()
        peer.send(frame("bob", "is anybody there?"))
        assert peer.at_end()
        peer.close()
        client._thread.join(DEADLINE_S)

        assert client._ending == [DONE]
        assert client.told == []


def test_output_that_cannot_be_written() -> None:
    """A full disk is told, and the status is not 0: what was asked for was not done."""
    with running() as (client, peer), io.FileIO("/dev/full", "w") as full:
        client.mode.screen = Screen(full)
        peer.let_in()
        assert peer.at_end()
        peer.close()

        ending, _ = client.finish()
        assert ending == Ending(Exit.LOST, "cannot write to standard output: no space left on device")


def test_input_that_cannot_be_read() -> None:
    """An error of the input is told and ends it."""

    class Broken(DescriptorSource):
        def read(self) -> bytes:
            raise OSError(errno.EIO, os.strerror(errno.EIO))

    with running(kind=Broken) as (client, peer):
        peer.let_in()
        client.input.write(b"hi\n")
        assert peer.at_end()
        peer.close()

        assert client.finish() == (DONE, [JOINED])
        assert client.told == ["cannot read standard input: input/output error"]


def test_refused_and_reset() -> None:
    """A reason that was received is shown and said, also if a reset follows it (CLIENT-5)."""
    with running() as (client, peer):
        peer.read_frame()
        peer.send(frame("Server", "the nick is taken"))
        assert client.line() == f"{SHOWN}Z [Server] the nick is taken"
        peer.reset()

        assert client.finish()[0] == Ending(Exit.REFUSED, "the server refused to let alice join: the nick is taken")


def test_reset() -> None:
    """A reset is a lost connection, and says what happened (CLIENT-5)."""
    with running() as (client, peer):
        peer.let_in()
        assert client.line() == JOINED
        peer.reset()

        assert client.finish() == (Ending(Exit.LOST, "the connection is lost: connection reset by peer"), [])


def test_what_was_said_before_a_reset_is_shown() -> None:
    """A send that fails does not hide what the server said before it went."""
    with running() as (client, peer):
        peer.let_in()
        assert client.line() == JOINED

        class Cut:
            """The client's socket, on which a send finds the connection reset."""

            def fileno(self) -> int:
                return client.connection.fileno()

            def send(self, _octets: bytes) -> int:
                peer.send(frame("Server", "shutting down"))
                client.connection.recv(1, socket.MSG_PEEK)
                raise ConnectionResetError(errno.ECONNRESET, os.strerror(errno.ECONNRESET))

            def recv(self, size: int) -> bytes:
                return client.connection.recv(size)

        client.mode.connection = Cut()  # type: ignore[assignment]
        peer.send(frame("bob", "wake up"))  # the loop takes the new socket in its next turn
        assert client.line() == f"{SHOWN}Z [bob] wake up"
        client.input.write(b"hi\n")

        ending, shown = client.finish()
        assert ending == Ending(Exit.LOST, "the connection is lost: connection reset by peer")
        assert shown == [f"{SHOWN}Z [Server] shutting down"]


def test_the_server_ends_while_input_is_left() -> None:
    """The input had not ended: this is no orderly end."""
    with running() as (client, peer):
        peer.let_in()
        peer.close()

        assert client.finish() == (Ending(Exit.LOST, "the server closed the connection"), [JOINED])


NOW = 0.0


def test_a_server_that_never_announces() -> None:
    """A join without an answer is given up (exit status 3)."""
    with running(patience=PATIENT._replace(join=NOW)) as (client, _peer):
        ending, shown = client.finish()
        assert ending == Ending(Exit.UNREACHABLE, "the server has not announced the join within 0 s")
        assert shown == []


def test_a_server_that_does_not_close() -> None:
    """It is waited for, and no longer than its time. Whether it has taken what was said last, nobody knows."""
    with running(patience=PATIENT._replace(farewell=NOW)) as (client, peer):
        peer.let_in()
        client.input.write(b"hi\n")
        client.input.close()
        assert peer.read_text() == "hi"
        assert peer.at_end()

        sentence = "the server has not ended its side within 0 s: what was said last may be lost"
        assert client.finish()[0] == Ending(Exit.LOST, sentence)


def test_a_server_that_takes_nothing_at_the_end() -> None:
    """What is left to be sent is not waited with for ever."""
    with running(patience=PATIENT._replace(stall=NOW)) as (client, peer):
        peer.connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        client.connection.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
        peer.let_in()
        feeder = threading.Thread(target=client.feed, args=[b"x" * 1_000_000], daemon=True)  # more than a socket holds
        feeder.start()

        ending, _ = client.finish()
        feeder.join(DEADLINE_S)
        assert ending.status is Exit.LOST
        assert ending.sentence == "the connection is lost: the server has taken nothing for 0 s"


def test_the_house_waits_long_enough() -> None:
    """For longer than the protocol gives a server; for its end too, which may lie behind much that it takes slowly."""
    assert min(Patience()) > 5
    assert Patience().farewell == 30


@pytest.mark.parametrize("octets", [b"ten chars.", b"99999999  "])
def test_malformed(octets: bytes) -> None:
    """The good frame before it is shown, the connection is closed, and the sentence says why (CLIENT-5)."""
    with running() as (client, peer):
        peer.let_in()
        peer.send(frame("bob", "hi") + octets + frame("bob", "ho"))

        ending, shown = client.finish()
        assert ending.status is Exit.LOST
        assert ending.sentence.startswith("the server sent a malformed frame: FRAME-")
        assert shown == [JOINED, f"{SHOWN}Z [bob] hi"]
        assert peer.at_end()
