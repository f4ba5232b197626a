"""One connection of the suite: how it ends, and what is read while writing."""

import select
import socket
import threading
from collections.abc import Callable

import pytest

from conformance.octets import Got, Out
from conformance.peer import Peer
from tests.conformance.helpers import DEADLINE_S, Scripted, stage_for, texts
from tests.conformance.wires import against, connected, echo, reset, silent, wait


def test_frames_are_handed_on_as_they_come() -> None:
    """What a server sends is read into frames, and each of them is told."""
    with against(echo) as (_, stage):
        heard: list[Got] = []
        peer = connected(stage, heard)
        peer.write(Out("ann", "a").octets + Out("ann", "b").octets)

        assert wait(stage, lambda: len(heard) == 2)
        assert texts(heard) == [("ann", "a"), ("ann", "b")]
        assert peer.reader.frames == heard
        assert heard[0].at <= heard[1].at


def test_frames_that_are_passed_over_do_not_cost_those_behind_them() -> None:
    """Nor those in the same read; what is thrown away unread is counted as received."""
    with against(echo) as (_, stage):
        heard: list[Got] = []
        peer = connected(stage, heard)
        peer.reader.only = b"tag"
        sent = [
            Out("ann", "x" * 900_000),
            Out("ann", "tag"),
            Out("ann", "y" * 900_000),
            Out("ann", "z"),
            Out("ann", "tag"),
        ]
        for out in sent:
            peer.write(out.octets)

        assert wait(stage, lambda: len(heard) == 2)
        assert [frame.octets for frame in heard] == [sent[1].octets, sent[4].octets]
        assert peer.received == sum(len(out.octets) for out in sent)


def test_a_frame_tells_how_long_nobody_had_looked() -> None:
    """So much earlier than it was read it may have come: a process that was kept waiting blames nobody for that."""
    with against(echo) as (_, stage):
        heard: list[Got] = []
        peer = connected(stage, heard)
        for number in (1, 2):
            peer.write(Out("ann", "a").octets)
            assert select.select([peer.socket], [], [], DEADLINE_S)[0]
            if number == 1:
                stage.sockets.looked -= 1000.0
            assert wait(stage, lambda number=number: len(heard) == number)  # type: ignore[misc]

    assert heard[0].unseen >= 1000.0
    assert heard[1].unseen < 1000.0


def test_what_is_written_before_the_connection_stands_is_sent() -> None:
    """In order."""
    with against(echo) as (_, stage):
        peer = stage.peer()
        peer.write(Out("ann", "a").octets)
        peer.write(Out("ann", "b").octets)

        assert wait(stage, lambda: len(peer.reader.frames) == 2)
        assert peer.flushed


@pytest.mark.parametrize(("end", "ending"), [(socket.socket.close, "fin"), (reset, "reset")])
def test_how_the_server_ends_a_connection_is_told_apart(end: Callable[[socket.socket], None], ending: str) -> None:
    """FIN and RST; nothing is written to it any more."""

    def handle(server: Scripted, sock: socket.socket, number: int) -> None:
        server.recv(sock, number)
        end(sock)

    with against(handle) as (_, stage):
        peer = connected(stage)
        peer.write(b"x")

        assert wait(stage, lambda: peer.ended is not None)
        assert peer.ended == ending
        assert peer.ended_at > 0
        peer.write(b"more")
        assert peer.flushed


def test_what_was_said_before_a_close_is_read() -> None:
    """A refusal and then FIN: both are noticed, in this order."""

    def handle(server: Scripted, sock: socket.socket, number: int) -> None:
        server.recv(sock, number)
        sock.sendall(Out("Server", "go away").octets)

    with against(handle) as (_, stage):
        peer = connected(stage)
        peer.write(b"x")

        assert wait(stage, lambda: peer.ended is not None)
        assert texts(peer.reader.frames) == [("Server", "go away")]
        assert peer.ended == "fin"


def test_a_reset_that_a_write_meets_is_a_reset() -> None:
    """The system tells of it only once, to whoever asks first; what had come before it is read all the same."""
    stand = threading.Event()

    def handle(server: Scripted, sock: socket.socket, number: int) -> None:
        sock.sendall(Out("Server", "go away").octets)
        stand.wait(DEADLINE_S)
        reset(sock)
        server._ended(number, "here")

    with against(handle) as (server, stage):
        peer = connected(stage)
        assert wait(stage, lambda: len(peer.reader.frames) == 1)
        stand.set()
        assert server.wait_for(lambda: bool(server.ends))
        peer.write(b"x" * 1000)

        assert wait(stage, lambda: peer.ended is not None)
        assert peer.ended == "reset"
        assert peer.flushed


def test_a_refused_connection_is_unreachable() -> None:
    """Nobody listens: that is neither FIN nor RST, and writing is of no consequence."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        address = listener.getsockname()
    with stage_for(address) as stage:
        peer = stage.peer()
        peer.write(b"x")

        assert wait(stage, lambda: peer.ended is not None)
        assert peer.ended == "unreachable"
        peer.finish()
        peer.mute(muted=True)
        peer.abort()


@pytest.mark.parametrize(("act", "seen"), [(Peer.finish, "fin"), (Peer.close, "fin"), (Peer.abort, "reset")])
def test_how_a_peer_ends_is_seen_by_the_server(act: Callable[[Peer], None], seen: str) -> None:
    """FIN or RST."""
    with against(silent) as (server, stage):
        peer = connected(stage)
        act(peer)

        assert server.wait_for(lambda: 0 in server.ends)
        assert server.ends[0] == seen


def test_a_fin_comes_behind_all_that_was_written() -> None:
    """However much that is; and the peer reads on behind it."""
    size = 3_000_000

    def handle(server: Scripted, sock: socket.socket, number: int) -> None:
        silent(server, sock, number)
        sock.sendall(Out("Server", "bye").octets)

    with against(handle) as (server, stage):
        peer = connected(stage)
        peer.write(b"x" * size)
        peer.finish()

        assert wait(stage, lambda: peer.ended is not None)
        assert sum(server.reads[0]) == size
        assert server.ends[0] == "fin"
        assert texts(peer.reader.frames) == [("Server", "bye")]


@pytest.mark.parametrize("first", [True, False])
def test_a_connection_that_both_sides_have_ended_is_given_back(first: bool) -> None:
    """With hundreds of them descriptors would run out; while the server goes on, it is read."""
    ended = threading.Event()

    def handle(server: Scripted, sock: socket.socket, number: int) -> None:
        sock.recv(1 << 16)
        sock.sendall(Out("ann", "last").octets)
        assert ended.wait(DEADLINE_S)
        sock.close()

    with against(handle) as (_, stage):
        peer = stage.peer()
        peer.write(b"x")
        if first:
            peer.finish()
        assert wait(stage, lambda: len(peer.reader.frames) == 1)
        assert peer in stage.sockets.peers
        ended.set()
        assert wait(stage, lambda: peer.ended == "fin")
        assert (peer in stage.sockets.peers) is not first


def test_everything_is_read_while_writing() -> None:
    """A server that answers while it is written to, with blocking calls: neither waits for the other for ever."""
    octets = b"".join(Out("ann", f"{number} " + "x" * 100_000).octets for number in range(60))
    with against(echo) as (_, stage):
        peer = connected(stage)
        peer.write(octets)

        assert wait(stage, lambda: len(peer.reader.frames) == 60)
        assert b"".join(frame.octets for frame in peer.reader.frames) == octets


def test_a_muted_peer_does_not_read_until_it_is_unmuted() -> None:
    """Not even the end of the stream; a second peer is read meanwhile."""

    def handle(server: Scripted, sock: socket.socket, number: int) -> None:
        server.recv(sock, number)
        sock.sendall(Out("Server", "hi").octets)

    with against(handle) as (server, stage):
        muted, other = connected(stage, small=True), connected(stage)
        muted.mute(muted=True)
        muted.write(b"x")
        other.write(b"x")
        assert wait(stage, lambda: other.ended is not None)
        assert wait(stage, lambda: len(server.reads.get(0, [])) == 1 or len(server.reads.get(1, [])) == 1)

        assert (muted.reader.frames, muted.ended) == ([], None)
        muted.mute(muted=False)
        assert wait(stage, lambda: muted.ended is not None)
        assert len(muted.reader.frames) == 1


def test_a_muted_peer_makes_the_server_block() -> None:
    """Its buffers are small: a few megabytes do not fit."""
    done = threading.Event()

    def handle(server: Scripted, sock: socket.socket, number: int) -> None:
        server.recv(sock, number)
        sock.sendall(Out("Server", "y" * 1_000_000).octets * 6)
        done.set()

    with against(handle) as (_, stage):
        peer = connected(stage, small=True)
        peer.mute(muted=True)
        peer.write(b"x")
        assert not wait(stage, lambda: len(peer.reader.frames) > 0, 0.2)
        assert not done.is_set()

        peer.mute(muted=False)
        assert wait(stage, lambda: len(peer.reader.frames) == 6)
        assert done.wait(DEADLINE_S)


def test_a_connection_that_was_not_registered_any_more_is_closed() -> None:
    """A Ctrl-C may come between the two steps of it."""
    with against(silent) as (_, stage):
        peer = connected(stage)
        stage.sockets.selector.unregister(peer.socket)
        peer.close()

    assert peer.socket.fileno() == -1
