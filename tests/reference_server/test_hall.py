"""Journal and history in the running server: what members are sent, and what they are not."""

import contextlib
from pathlib import Path

import pytest

from reference_server.connections import NOT_RECORDED
from reference_server.history import History
from reference_server.journal import Journal
from reference_server.recorder import CONTINUE, STOP, Recorder
from reference_server.server import SHUTTING_DOWN, Server
from reference_server.settings import Settings
from tests.reference_server.helpers import SELECTORS, Client, Frame, Running, frame, running
from tests.reference_server.test_journal import stored
from tests.reference_server.test_recorder import broken

LARGE = "x" * 30_000  # more than `broken` has room for; and one read, so that what stands before it is in the same turn


def keep_history(count: int) -> "contextlib._GeneratorContextManager[Running]":
    """A running server with a history."""

    def prepare(server: Server) -> None:
        server.hall.history = History(count)
        server.hall.keepers.append(server.hall.history.keep)

    return running(prepare=prepare)


def record(server: Server, journal: Journal, on_error: str) -> Recorder:
    """Gives a server a journal."""
    server.hall.recorder = recorder = Recorder(journal, on_error)
    server.hall.keepers.append(recorder.entries.append)
    return recorder


@pytest.mark.parametrize("selector", SELECTORS)
def test_all_that_members_are_sent_is_recorded(tmp_path: Path, selector: str) -> None:
    """Frame by frame, announcements too, at the moment when somebody has received it."""
    path = tmp_path / "j.db"
    with (
        contextlib.closing(Journal(path)) as journal,
        running(selector, prepare=lambda server: record(server, journal, STOP)) as server,
        server.client() as alice,
    ):
        alice.send(b"7         \0alice\0")
        received = [alice.read()]
        with server.client("bob") as bob:
            received.append(alice.read())
            for number in range(10):
                bob.say(f"{number} \x1b[2J\n")
                received.append(alice.read())
                assert stored(path) == received
        received.append(alice.read())
        server.server.stop()
        received.append(alice.read())
        assert stored(path) == received
        assert received[-1].text == SHUTTING_DOWN


def test_nothing_of_a_turn_that_is_not_recorded_is_sent(tmp_path: Path) -> None:
    """With STOP: members, newcomers and strangers are told why, and nothing else; earlier turns have reached them."""
    journal = broken(tmp_path / "j.db")
    with running(prepare=lambda server: record(server, journal, STOP)) as server:
        with server.client("alice") as alice, server.client("bob") as bob, server.client() as stranger:
            assert alice.read().text == "[bob] joined the chat"
            server.settle()
            bob.say(LARGE)
            for client in (alice, bob, stranger):
                assert client.read()[1:] == ("Server", NOT_RECORDED)
                assert client.ends() == "FIN"
        server.stop()
        assert server.server.hall.broken_off
    assert [text for _, _, text in stored(tmp_path / "j.db")] == ["[ann] joined the chat"] + [
        f"[{nick}] joined the chat" for nick in ("alice", "bob")
    ]


@pytest.mark.parametrize("history", [0, 5])
def test_who_joined_in_that_turn_has_not(tmp_path: Path, history: int) -> None:
    """Neither its announcement nor any history is sent: it was never announced, so it stays a stranger (JOIN-3)."""
    journal = broken(tmp_path / "j.db")

    def prepare(server: Server) -> None:
        record(server, journal, STOP)
        if history:
            server.hall.history = History(history)
            server.hall.keepers.append(server.hall.history.keep)

    with running(prepare=prepare) as server:
        with server.client("alice") as alice, server.client() as bob:
            alice.say("before")
            server.settle()
            bob.send(b"5         \0bob\0" + b"%-10d\0\0" % (len(LARGE) + 2) + LARGE.encode())
            for client in (alice, bob):
                assert client.read()[1:] == ("Server", NOT_RECORDED)
                assert client.ends() == "FIN"
        server.stop()


def test_who_is_leaving_in_that_turn_is_told_too(tmp_path: Path) -> None:
    """With the reason that it was given in the first place, behind nothing that was not recorded."""
    journal = broken(tmp_path / "j.db")
    with running(prepare=lambda server: record(server, journal, STOP)) as server:
        with server.client("alice") as alice, server.client("bob") as bob:
            alice.read()
            bob.send(b"%-10d\0\0" % (len(LARGE) + 2) + LARGE.encode() + b"-1        ")
            assert bob.read().text.startswith("malformed frame: ")
            assert bob.ends() == "FIN"
            assert alice.read()[1:] == ("Server", NOT_RECORDED)
            assert alice.ends() == "FIN"
        server.stop()


def test_who_left_in_that_turn_is_sent_nothing_of_it(tmp_path: Path) -> None:
    """Neither what was said before it left; turn by turn, so that both happen in one."""
    server = Server(Settings(port=0))
    record(server, broken(tmp_path / "j.db"), STOP)
    address = ("127.0.0.1", int(server.address.rpartition(":")[2]))
    with contextlib.closing(server), Client(address) as alice, Client(address) as bob:
        for count, (client, nick) in enumerate(((alice, "alice"), (bob, "bob")), 1):
            client.send(frame(nick))
            while len(server.hall.members) < count:
                server.turn()
        alice.say(LARGE)
        bob.send(b"-1        ")
        server.connections.readable[next(iter(server.hall.members))] = None  # alice is read first
        while not server.hall.broken_off:
            server.turn()
        bob.read_until("[bob] joined the chat")
        assert bob.read().text.startswith("malformed frame: ")
        assert alice.read_until(NOT_RECORDED)[-2] == ("Server", "[bob] joined the chat")


def test_the_chat_goes_on_without_a_journal(tmp_path: Path) -> None:
    """With CONTINUE."""
    journal = broken(tmp_path / "j.db")
    recorders: list[Recorder] = []
    with (
        running(prepare=lambda server: recorders.append(record(server, journal, CONTINUE))) as server,
        server.client("alice") as alice,
        server.client("bob") as bob,
    ):
        alice.read()
        for text in (LARGE, "small"):
            bob.say(text)
            assert alice.read()[1:] == ("bob", text)
        assert recorders[0].unrecorded == 2
    assert not server.server.hall.broken_off


@pytest.mark.parametrize("selector", SELECTORS)
def test_a_newcomer_is_shown_the_last_messages(selector: str) -> None:
    """JOIN-4: behind its own join announcement (JOIN-3), before what follows, to it alone, with times that do not
    decrease (RELAY-4)."""
    with keep_history(2) as server, server.client("alice") as alice:
        for text in ("one", "two\n", "three"):
            alice.say(text)
        server.settle()
        with server.client() as bob:
            bob.send(b"5         \0bob\0" + b"5         \0\0yes")  # its own chat, in the same turn perhaps
            assert [*alice.read_until("yes")] == [("Server", "[bob] joined the chat"), ("bob", "yes")]
            alice.say("four")
            frames = [bob.read() for _ in range(4)]
    joined, two, three, four = frames
    assert joined[1:] == ("Server", "[bob] joined the chat")
    assert two.nick == three.nick == "Server"
    assert [frame.text.partition("Z ")[2] for frame in (two, three)] == ["[alice] two\n", "[alice] three"]
    assert four[1:] == ("alice", "four")
    assert [frame.time for frame in frames] == sorted(frame.time for frame in frames)
    assert all(frame.text.startswith("history: 20") for frame in (two, three))


def test_a_history_is_sent_whole_to_a_slow_reader() -> None:
    """RELAY-8: in as many pieces as the kernel likes; the chat of that time comes behind it."""
    with keep_history(100) as server, server.client("alice") as alice:
        texts = [f"{number} {'x' * 40_000}" for number in range(12)]
        with server.client("carol") as carol:
            for text in texts:
                alice.say(text)
            carol.read_until(texts[-1])
        alice.read_until("[carol] left the chat")
        with server.client() as bob:
            bob.send(b"5         \0bob\0")
            alice.read()
            for text in texts * 10:
                alice.say(text)
            assert bob.read().text == "[bob] joined the chat"
            assert [bob.read().text.partition("[alice] ")[2] for _ in texts] == texts
            assert [bob.read().text for _ in texts * 10] == texts * 10


def test_who_joins_and_goes_at_once_gets_its_history() -> None:
    """It had half-closed when it was taken in; what is due to it is sent (LEAVE-2 leaves that open)."""
    with keep_history(5) as server, server.client("alice") as alice:
        alice.say("one")
        server.settle()
        with server.client() as bob:
            bob.send(b"5         \0bob\0+")
            bob.send(b"1        ")
            texts = [bob.read().text for _ in range(3)]
    assert texts[0] == "[bob] joined the chat"
    assert texts[1].endswith("[alice] one")
    assert texts[2].startswith("malformed frame")


def test_without_a_history_nothing_is_shown() -> None:
    """The default."""
    with running() as server, server.client("alice") as alice:
        alice.say("one")
        server.settle()
        with server.client("bob") as bob:
            alice.say("two")
            assert bob.read()[1:] == Frame("", "alice", "two")[1:]
