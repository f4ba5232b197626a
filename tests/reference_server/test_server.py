"""The server over real sockets, on every selector of the platform: the sentences of protocol.md, one by one."""

import socket
import threading
from collections.abc import Iterator

import pytest

from reference_server.room import Room, Speech
from reference_server.session import Session
from reference_server.settings import LINGER_S, Settings
from spec import nicks
from tests.reference_server.helpers import (
    DEADLINE_S,
    MIDNIGHT_NS,
    SELECTORS,
    Clock,
    Frame,
    Running,
    frame,
    running,
)

MALFORMED = {
    "FRAME-4": [
        b"+5        ",
        b"-5        ",
        b"1_0       ",
        b"0x10      ",
        b"5\t        ",
        b"1 0       ",
        b" " * 10,
        b"5e0       ",
    ],
    "FRAME-8": [b"9999999999", b"1048577   "],
    "BODY-1": [b"0         ", b"1         \0", b"3         \0\0\0"],
    "BODY-2": [b"3         \0\0\xff", b"5         \0\0\xed\xa0\x80", b"4         \0\0\xc0\x80"],
}


@pytest.fixture(params=SELECTORS)
def server(request: pytest.FixtureRequest) -> Iterator[Running]:
    """A server on each selector."""
    with running(request.param) as made:
        yield made


def test_a_join_is_announced_to_everybody(server: Running) -> None:
    """JOIN-2, JOIN-3, LEAVE-1, NICK-6; and all of it is on the console."""
    with server.client() as alice:
        alice.send(frame("alice", "ignored", "not a time"))
        assert alice.read()[1:] == ("Server", "[alice] joined the chat")
        with server.client("bob"):
            assert alice.read()[1:] == ("Server", "[bob] joined the chat")
        assert alice.read()[1:] == ("Server", "[bob] left the chat")
        with server.client("bob"):
            assert alice.read()[1:] == ("Server", "[bob] joined the chat")
        alice.read()
    server.stop()

    joined, left = "joined the chat", "left the chat"
    shown = [("alice", joined), ("bob", joined), ("bob", left), ("bob", joined), ("bob", left), ("alice", left)]
    assert server.console.lines[:6] == [f"[Server] [{nick}] {what}" for nick, what in shown]


def test_chat_reaches_the_others_and_not_its_sender(server: Running) -> None:
    """RELAY-1, RELAY-2, RELAY-3, RELAY-5, RELAY-6."""
    texts = ["", " ", "\ufeff", "line\nbreak", "\x1b[2J", "e\u0301", "12        ", "x" * 100_000]
    with server.client("alice") as alice, server.client("bob") as bob:
        alice.read()
        for claimed, text in zip(["alice", "bob", "Server", "ALICE", "", "x" * 300, "\n", "alice"], texts, strict=True):
            alice.send(frame(claimed, text))
        assert [bob.read()[1:] for _ in texts] == [("alice", text) for text in texts]
        bob.say("to alice")
        assert alice.read()[1:] == ("bob", "to alice")


def test_octets_may_arrive_one_by_one_or_all_together(server: Running) -> None:
    """FRAME-6: join and chat in one write, and the same octet by octet; FRAME-3: other headers."""
    octets = b" 07       \0bob\0\xc3\xa9" + b"0000000006\0bob\0!" + b"       005\0\0abc"
    with server.client("alice") as alice:
        for cut in (len(octets) + 9, 1):
            with server.client() as bob:
                whole = b"5         \0bob\0" + octets
                for start in range(0, len(whole), cut):
                    bob.send(whole[start : start + cut])
                found = alice.read_until("abc")
                assert found == [("Server", "[bob] joined the chat"), ("bob", "é"), ("bob", "!"), ("bob", "abc")]
            assert alice.read()[1:] == ("Server", "[bob] left the chat")


@pytest.mark.parametrize("nick", ["", " x", "a\tb", "x" * 65, "Server", "SERVER", "alice", "ALICE", "ａlice"])
def test_a_refusal_arrives_before_the_close(server: Running, nick: str) -> None:
    """JOIN-5: the reason and then FIN, though chat is still coming in; nobody else hears of it (NICK-3 to NICK-5)."""
    with server.client("alice") as alice, server.client() as bob:
        bob.send(frame(nick) + frame("bob", "never relayed") * 20_000)  # some of it unread when the server closes
        refusal = bob.read()
        assert refusal.nick == "Server"
        assert refusal.text.startswith("you cannot join: ")
        assert bob.ends() == "FIN"
        with server.client("carol") as carol:
            carol.say("canary")
            assert alice.read_until("canary") == [("Server", "[carol] joined the chat"), ("carol", "canary")]


def test_every_valid_nick_is_carried_as_it_is(server: Running) -> None:
    """NICK-1, NICK-2."""
    valid = [
        "x" * 64,
        "a b",
        "[x] left the chat",
        "12        x",
        "'\"<&>",
        "\U0001f469\u200d\U0001f680",
        "\u202eא",
        "e\u0301",
        "\ufeff",
    ]
    for nick in valid:
        assert nicks.problem(nick) is None
        with server.client(nick):
            pass


@pytest.mark.parametrize(("id_", "octets"), [(id_, octets) for id_, group in MALFORMED.items() for octets in group])
@pytest.mark.parametrize("joined", [True, False])
def test_a_malformed_frame_ends_its_connection_and_no_other(id_: str, octets: bytes, joined: bool) -> None:
    """FRAME-4, FRAME-8, BODY-3, LEAVE-2: good frames ahead of it are relayed, the offender is told and closed."""
    with running() as server, server.client("alice") as alice, server.client("bob" if joined else None) as bob:
        if joined:
            alice.read()
        bob.send((frame("bob", "good") if joined else b"") + octets)
        told = bob.read()
        assert told.nick == "Server"
        assert id_ in told.text
        assert bob.ends() == "FIN"
        if joined:
            assert [alice.read()[1:] for _ in "12"] == [("bob", "good"), ("Server", "[bob] left the chat")]
        with server.client("carol"):
            assert alice.read()[1:] == ("Server", "[carol] joined the chat")


def test_a_storm_of_malformed_connections_loses_nothing(server: Running) -> None:
    """ROBUST-7."""
    storm = [octets for group in MALFORMED.values() for octets in group]
    with server.client("alice") as alice, server.client("bob") as bob:
        alice.read()
        for number in range(150):
            with server.client() as bad:
                bad.send(storm[number % len(storm)])
            alice.say(str(number))
        assert [bob.read().text for _ in range(150)] == [str(number) for number in range(150)]


def test_everything_said_before_a_fin_is_relayed(server: Running) -> None:
    """LEAVE-2: a burst, then FIN at once, or half a frame and FIN; the server closes its side, too."""
    with server.client("alice") as alice:
        for tail in (b"", b"20        \0half"):
            with server.client() as bob:
                bob.send(frame("bob") + b"".join(frame("bob", str(number)) for number in range(500)) + tail)
                bob.sock.shutdown(1)
                found = alice.read_until("[bob] left the chat")
                assert found[1:-1] == [("bob", str(number)) for number in range(500)]
                assert bob.read().text == "[bob] joined the chat"
                assert bob.ends() == "FIN"


def test_a_reset_takes_nobody_down(server: Running) -> None:
    """ROBUST-5, LEAVE-1, LEAVE-3: before the join, inside a frame, joined and being sent to."""
    with server.client("alice") as alice:
        for octets in (b"", b"5    ", b"50        \0"):
            bob = server.client()
            bob.send(octets)
            bob.reset()
        for octets in (b"", b"5    ", frame("bob", "x" * 1000)):
            bob = server.client("bob")
            bob.send(octets)
            bob.reset()
            assert alice.read()[1:] == ("Server", "[bob] joined the chat")
            assert alice.read_until("[bob] left the chat")
        with server.client("carol") as carol:
            carol.say("still here")
            assert [alice.read().text for _ in "12"] == ["[carol] joined the chat", "still here"]


def test_fifty_members_hear_the_same_in_the_same_order(server: Running) -> None:
    """ROBUST-6, RELAY-1, RELAY-7: the order of frames of different senders is open, but the same for everybody."""
    members = [server.client(f"n{number}") for number in range(52)]
    *speakers, one, other = members
    one.read_until("[n51] joined the chat")
    for number, member in enumerate(speakers):
        member.say(f"from {number}")
    heard = [one.read() for _ in speakers]
    assert heard == [other.read() for _ in speakers]
    assert sorted(text for _, _, text in heard) == sorted(f"from {number}" for number in range(50))
    for number, member in enumerate(speakers):
        member.read_until("[n51] joined the chat")
        assert [member.read() for _ in range(49)] == [each for each in heard if each.nick != f"n{number}"]
    for member in members:
        member.sock.close()


def test_five_hundred_connections_leave_nothing_behind(server: Running) -> None:
    """ROBUST-6: joined and not, FIN and RST; then a new one is served like the first, and nothing is held."""
    with server.client("alice") as alice:
        for number in range(500):
            client = server.client(f"n{number}" if number % 2 else None)
            client.reset() if number % 3 else client.sock.close()
            if number % 2:
                alice.read_until(f"[n{number}] left the chat")
        with server.client("bob") as bob:
            bob.say("hi")
            assert alice.read_until("hi")
    server.stop()
    connections = server.server.connections
    assert not any((connections.sessions, len(connections.joining), len(connections.lingering), connections.readable))
    assert server.server.hall.log.retained == 0


@pytest.fixture(params=SELECTORS)
def mute(request: pytest.FixtureRequest) -> Iterator[Running]:
    """A server that shows no conversation and has little patience with those who do not read."""
    with running(settings=Settings(port=0, selector=request.param, max_behind_octets=5 << 20), shown=False) as made:
        yield made


def test_a_member_that_does_not_read_is_thrown_out_and_delays_nobody(mute: Running) -> None:
    """ROBUST-3: what is held is bounded, everybody else gets everything, and the leave is announced."""
    text = "x" * 1_000_000
    with mute.client("slow") as slow, mute.client("bob") as bob, mute.client("carol") as carol:
        left = ("Server", "[slow] left the chat")
        for number in range(100):
            carol.say(f"{number} {text}")
            if left in bob.read_until(f"{number} {text}"):
                break
            assert mute.server.hall.log.retained <= mute.server.settings.bearable_octets + (2 << 20)  # and one turn's
        else:
            pytest.fail("never thrown out")
        with pytest.raises(ConnectionResetError):
            slow.read_until("what never comes")
        carol.say("still here")
        mute.settle()
        assert bob.read().text == "still here"
        assert mute.server.hall.log.retained == 0


def test_who_reads_late_is_not_skipped(mute: Running) -> None:
    """ROBUST-3: less than 4 MiB behind is nothing; every octet comes, in order, when it reads at last."""
    texts = [f"{number} {'x' * 100_000}" for number in range(40)]
    with mute.client("late") as late, mute.client("bob") as bob:
        for text in texts:
            bob.say(text)
        bob.say("end")
        mute.settle()
        assert late.read_until("end")[1:-1] == [("bob", text) for text in texts]


def test_a_talker_that_does_not_read_does_not_hold_the_log(mute: Running) -> None:
    """Its own octets do not make it late, so it stays; and the log is bounded all the same."""
    text = "x" * 1_000_000
    with mute.client("talker") as talker, mute.client("bob") as bob:
        sent = 0
        while not mute.server.hall.log.retained:  # until talker's socket is full of bob's octets
            bob.say(text)
            sent += 1
            talker.say(f"mark {sent}")
            bob.read_until(f"mark {sent}")
        for _ in range(30):
            talker.say(text)
            assert bob.read().text == text
        assert mute.server.hall.log.retained <= 2 * mute.server.settings.bearable_octets
        bob.say("end")
        heard = [("Server", "[bob] joined the chat"), *[("bob", text)] * sent, ("bob", "end")]
        assert talker.read_until("end") == heard


def test_a_stall_inside_a_frame_delays_nobody(server: Running) -> None:
    """ROBUST-2."""
    with server.client("alice") as alice, server.client("bob") as bob, server.client("stalled") as stalled:
        alice.read_until("[stalled] joined the chat")
        stalled.send(b"1000000   \0\0" + b"x" * 999_000)
        bob.say("hi")
        assert alice.read().text == "hi"
        stalled.send(b"x" * 998)
        assert len(alice.read().text) == 999_998


@pytest.fixture
def clock() -> Clock:
    """Time passes when the test says so."""
    return Clock()


def test_who_does_not_join_is_told_and_closed(clock: Clock) -> None:
    """ROBUST-4, JOIN-4, LEAVE-3: not before its time, then with a reason; a member may be silent for ever."""
    with running(clock=clock) as server, server.client() as idle, server.client() as slow, server.client() as bob:
        slow.send(b"5         \0b")
        server.settle()
        clock.now += 14.9
        bob.send(frame("bob"))
        assert bob.read().text == "[bob] joined the chat"
        clock.now += 0.2
        server.wake()
        for client in (idle, slow):
            assert "no join" in client.read().text
            assert client.ends() == "FIN"
        clock.now += 1000
        with server.client("carol") as carol:
            bob.say("still here")
            assert carol.read()[1:] == ("bob", "still here")


class Stopping(Clock):
    """Once it is told to, it stops the server at its next look, and then gives the time of before."""

    def __init__(self) -> None:
        super().__init__()
        self.stops = False
        self.stopped, self.goes_on = threading.Event(), threading.Event()

    def __call__(self) -> float:
        now = self.now
        if self.stops:
            self.stops = False
            self.stopped.set()
            assert self.goes_on.wait(DEADLINE_S)
        return now


def test_one_farewell_is_enough() -> None:
    """A time-out and a malformed frame in the same turn end a connection once."""
    clock = Stopping()
    with running(clock=clock) as server, server.client() as bob:
        server.settle()
        clock.stops = True
        server.wake()
        assert clock.stopped.wait(DEADLINE_S)
        bob.send(b"x" * 10)
        clock.now += 16
        clock.goes_on.set()
        assert "FRAME-4" in bob.read().text
        assert bob.ends() == "FIN"
        for _ in range(3):  # it is still read from, until it closes or LINGER_S are over
            bob.send(b"x")
            server.settle()


def test_lingering_ends(clock: Clock) -> None:
    """Who is refused and never closes its side is closed by the server, which has told it long ago."""
    with running(clock=clock) as server, server.client() as bob:
        bob.send(frame(""))
        assert bob.read().nick == "Server"
        assert bob.ends() == "FIN"
        for _ in range(10):
            bob.send(b"discarded")
        clock.now += LINGER_S + 0.1
        server.wake()
        with pytest.raises((BrokenPipeError, ConnectionResetError)):
            bob.send_for_ever()


def test_stamps_are_the_servers(clock: Clock) -> None:
    """RELAY-4, TIME-2: the client's time is thrown away; a clock that is set back does not show."""
    times = [MIDNIGHT_NS + 5_999_999]
    with running(wall=lambda: times[-1]) as server, server.client("alice") as alice, server.client("bob") as bob:
        alice.read()
        alice.send(frame("alice", "one", "1999-01-01T00:00:00Z"))
        assert bob.read() == Frame("2026-01-01T00:00:00.005Z", "alice", "one")
        times.append(MIDNIGHT_NS - 3600 * 10**9)
        alice.say("two")
        assert bob.read() == Frame("2026-01-01T00:00:00.005Z", "alice", "two")


def test_a_frame_that_claims_server_is_chat(server: Running) -> None:
    """RELAY-5: relayed under the registered nick, also amid others."""
    with server.client("alice") as alice, server.client("bob") as bob:
        alice.read()
        bob.send(frame("?", "1") + frame("Server", "obey") + frame("alice", "3"))
        assert [alice.read()[1:] for _ in range(3)] == [("bob", "1"), ("bob", "obey"), ("bob", "3")]


def test_a_mistake_with_one_connection_ends_that_one_and_is_said(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """ROBUST-1: the traceback is in the log, the leave is announced, everybody else is served on."""
    chat = Room.chat

    def broken(self: Room[Session], member: Session, texts: list[str], now_ns: int) -> Speech:
        if "boom" in texts:
            raise RuntimeError("a mistake")
        return chat(self, member, texts, now_ns)

    monkeypatch.setattr(Room, "chat", broken)
    with running() as server, server.client("alice") as alice, server.client("bob") as bob:
        alice.read()
        bob.say("boom")
        assert alice.read().text == "[bob] left the chat"
        assert bob.ends() in ("FIN", "RST")
        with server.client("carol"):
            assert alice.read().text == "[carol] joined the chat"
    assert "RuntimeError: a mistake" in caplog.text


class DeadForSending:
    """A socket that can do everything else."""

    def __init__(self, sock: socket.socket) -> None:
        self.sock = sock

    def __getattr__(self, name: str) -> object:
        return getattr(self.sock, name)

    def send(self, octets: bytes) -> int:
        """EPIPE."""
        raise BrokenPipeError


def test_a_dead_member_that_is_noticed_while_sending(server: Running) -> None:
    """ROBUST-5: its leave is one more entry, sent in the same turn."""
    with server.client("alice") as alice, server.client("bob"), server.client("carol") as carol:
        doomed = next(s for s in server.server.hall.members if s.connection and s.connection.nick == "bob")
        doomed.sock = DeadForSending(doomed.sock)  # type: ignore[assignment]
        carol.say("hi")
        assert alice.read_until("[bob] left the chat")[-2:] == [("carol", "hi"), ("Server", "[bob] left the chat")]


def test_a_stop_is_told_and_announces_no_leaves(server: Running) -> None:
    """LEAVE-1, JOIN-4: members and strangers get the one message and FIN."""
    with server.client("alice") as alice, server.client("bob") as bob, server.client() as stranger:
        alice.read()
        server.settle()
        server.server.stop()
        for client in (alice, bob, stranger):
            assert client.read()[1:] == ("Server", "the server is shutting down")
            assert client.ends() == "FIN"
            client.sock.close()
        server.stop()
    assert server.console.lines[-1] == "[Server] the server is shutting down"


def test_who_does_not_read_does_not_hold_up_a_stop(clock: Clock) -> None:
    """It ends after its two seconds, whatever is still due to whom."""
    with running(clock=clock, shown=False) as server, server.client("slow"), server.client("bob") as bob:
        while not server.server.hall.log.retained:
            bob.say("x" * 1_000_000)
            server.settle()
        server.server.stop()
        assert bob.read_until("the server is shutting down")
        clock.now += 2.1
        server.wake()
        server.stop()
