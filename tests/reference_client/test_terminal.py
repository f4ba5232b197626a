"""The terminal mode for real: in tmux, against the reference server and against one that is played by hand."""

import re
import signal
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest

from tests.reference_client.peers import DEADLINE_S, SHOWN, Peer, Server, frame
from tests.reference_client.rooms import RealServer
from tests.terminals import Screen, Tmux, needs_tmux, python

pytestmark = needs_tmux

CLOCK = r"\d\d:\d\d:\d\d"
AT = SHOWN[11:]  # the clock of the frames of a played server


@pytest.fixture
def tmux(tmp_path: Path) -> Iterator[Tmux]:
    """A tmux of its own, in which nothing of the user's is read or written."""
    with Tmux({"XDG_STATE_HOME": str(tmp_path)}) as own:
        yield own


@pytest.fixture
def real() -> Iterator[RealServer]:
    """A running reference server."""
    server = RealServer()
    yield server
    server.stop()


@pytest.fixture
def server() -> Iterator[Server]:
    """A server that is played by hand."""
    with Server() as listening:
        yield listening


def client(tmux: Tmux, address: str, *options: str, columns: int = 80) -> Screen:
    """The client on a screen."""
    return tmux.start(python("reference_client", *options, address), columns=columns)


def joined(tmux: Tmux, address: str, nick: str, *options: str, columns: int = 80) -> Screen:
    """A client that has joined."""
    screen = client(tmux, address, "--nick", nick, *options, columns=columns)
    screen.until(f"[{nick}] joined the chat")
    return screen


@contextmanager
def played(tmux: Tmux, server: Server, *options: str, columns: int = 80) -> Iterator[tuple[Screen, Peer]]:
    """A client called ann that a played server has let in."""
    screen = client(tmux, server.address, "--nick", "ann", *options, columns=columns)
    with server.accept() as peer:
        peer.let_in()
        screen.until("[ann] joined the chat")
        yield screen, peer
    screen.close()  # it would come back


def written(text: str) -> str:
    """The line that is being written, with its prompt; nothing while the screen is between two drawings."""
    return next((line for line in reversed(text.split("\n")) if line.startswith((">", "Nick:"))), "")


def status(screen: Screen) -> int:
    """The exit status, once it has ended."""
    match = re.search(r"^status (\d+)$", screen.until("\nstatus "), re.MULTILINE)
    assert match is not None
    return int(match[1])


def test_three_people_chat(tmux: Tmux, real: RealServer) -> None:
    """Each sees the others' words with their nicks and their own with the local clock; Ctrl-D and /quit leave."""
    ann, bob, eve = (joined(tmux, real.address, nick) for nick in ("ann", "bob", "eve"))
    ann.until("[eve] joined the chat")
    ann.enter("hello, who is there?")
    bob.until("[ann] hello, who is there?")
    bob.enter("bob is")
    eve.until("[bob] bob is")
    eve.enter("日本語 and 👋 too")
    text = ann.until("[eve] 日本語 and 👋 too")
    assert re.search(rf"^{CLOCK} \[ann\] hello, who is there\?\n{CLOCK} \[bob\] bob is\n", text, re.MULTILINE)
    assert text.count("hello") == 1

    bob.enter("/who")
    bob.until("heard of since you joined: ann, bob (you), eve")
    eve.press("C-d")
    assert status(eve) == 0
    bob.until("[eve] left the chat")
    bob.enter("/quit")
    assert status(bob) == 0
    ann.until("[bob] left the chat")


def test_a_nick_is_asked_for_and_asked_again(tmux: Tmux, real: RealServer) -> None:
    """An invalid one by the client, a refused one with the server's reason (JOIN-5, CLIENT-5)."""
    joined(tmux, real.address, "ann")
    other = client(tmux, real.address)
    other.until("Nick:")
    other.enter(" ann")
    other.until("neither begins nor ends with white space")
    other.enter("ANN")
    other.until("[Server] you cannot join: the nick is taken")
    other.until("-- the server refused to let ANN join, for the reason above")
    other.until(lambda text: written(text) == "Nick:")
    other.enter("ann2")
    other.until("[ann2] joined the chat")


def test_leaving_instead_of_another_nick(tmux: Tmux, real: RealServer) -> None:
    """A refusal that is not answered is status 4; no nick at all is status 2."""
    joined(tmux, real.address, "ann")
    other = client(tmux, real.address, "--nick", "ann")
    other.until("refused")
    other.press("C-d")
    assert status(other) == 4
    nobody = client(tmux, real.address)
    nobody.until("Nick:")
    nobody.press("C-c")
    nobody.until("Ctrl-C once more leaves")
    nobody.press("C-d")
    assert status(nobody) == 2


@pytest.mark.parametrize("key", ["M-Enter", "C-o"])
def test_other_keys_that_mean_enter(tmux: Tmux, real: RealServer, key: str) -> None:
    """They send the line, and the next one can be written."""
    ann, bob = (joined(tmux, real.address, nick) for nick in ("ann", "bob"))
    bob.type("first")
    bob.press(key)
    ann.until("[bob] first")
    bob.type("# no comment")
    bob.press("M-#")
    bob.enter("!")
    ann.until("[bob] # no comment!")


def test_a_prompt_that_ends_is_followed_by_another(tmux: Tmux, real: RealServer, tmp_path: Path) -> None:
    """Whatever key has ended it: its line is a line."""
    program = tmp_path / "client.py"
    program.write_text(
        "import sys\n"
        "from reference_client import terminal_input\n"
        "def accept(self, event):\n"
        "    event.app.current_buffer.validate_and_handle()\n"
        "terminal_input.Keyboard._enter = accept\n"
        "from reference_client.cli import main\n"
        "sys.exit(main(sys.argv[1:]))\n",
        encoding="ascii",
    )
    ann = joined(tmux, real.address, "ann")
    bob = tmux.start([sys.executable, str(program), "--nick", "bob", real.address])
    bob.until("[bob] joined the chat")
    for line in ("one", "two"):
        bob.enter(line)
        ann.until(f"[bob] {line}")
    bob.press("C-d")
    assert status(bob) == 0


def test_unreachable(tmux: Tmux) -> None:
    """It is told at once and not tried again."""
    with socket.create_server(("127.0.0.1", 0)) as bound:
        port = bound.getsockname()[1]
    screen = client(tmux, f"127.0.0.1:{port}", "--nick", "ann")
    assert status(screen) == 3
    assert f"cannot connect to 127.0.0.1:{port}: Connection refused" in screen.text()


def test_a_server_restart(tmux: Tmux, real: RealServer) -> None:
    """It is said, the draft stays, what is sent meanwhile is kept, and after the return sent if the user says so."""
    ann = joined(tmux, real.address, "ann")
    ann.type("half a sent")
    ann.until("> half a sent")
    real.stop()
    text = ann.until("trying again in 1 s")
    assert "the server closed the connection" in text
    ann.until("| /reconnect: at once")
    assert written(ann.text()) == "> half a sent"
    ann.enter("ence")
    ann.until("(not sent yet) half a sentence")
    ann.type("a draft")
    real.start()
    bob = joined(tmux, real.address, "bob")
    ann.until("Send what you wrote meanwhile (1 message)? (y/n)")
    assert "half a sentence" not in bob.text()
    ann.enter("y")
    bob.until("[ann] half a sentence")
    ann.until(lambda text: written(text) == "> a draft")


def test_reconnect_now_and_the_countdown(tmux: Tmux, server: Server) -> None:
    """The toolbar counts, /reconnect does not wait, and a held nick is tried again with a word of why."""
    with played(tmux, server) as (screen, peer):
        peer.close()
        screen.until("reconnecting in")
        screen.enter("/reconnect")
        with server.accept() as again:
            again.read_frame()
            again.send(frame("Server", "the nick is taken"))
        screen.until("the server may still hold the nick")
        screen.until("trying again in 2 s")
        with server.accept() as third:
            third.let_in()
            screen.until("ann at 127.0.0.1")


def test_no_reconnect(tmux: Tmux, server: Server) -> None:
    """The loss ends it with status 1, and the draft is not lost."""
    with played(tmux, server, "--no-reconnect") as (screen, peer):
        screen.type("half a sent")
        screen.until("> half a sent")
        peer.close()
        assert status(screen) == 1
        assert "-- you were writing: half a sent" in screen.text()
        assert "the server closed the connection" in screen.text()


HOSTILE = "red\x1b[31m \x1b[2J\x1b]0;owned\x07 \x9b5A up\rover\x08\x08 \u202egnirts\u202c \ufeffend\x7f"
SEEN = "red␛[31m ␛[2J␛]0;owned␇ �5A up␍over␈␈ �gnirts� �end␡"


def test_hostile_text_is_only_seen(tmux: Tmux, server: Server) -> None:
    """The screen is what it would be had they been letters: in texts, nicks, announcements and times (CLIENT-4)."""
    with played(tmux, server, columns=120) as (screen, peer):
        peer.send(frame("b\x9bo\x1bb", HOSTILE) + frame("Server", f"[{HOSTILE}] joined the chat"))
        peer.send(frame("eve", "hi", "\x1b[2Jnoon"))
        text = screen.until("[eve] hi")
        assert screen.title() != "owned"

    lines = text.split("\n")
    assert lines[lines.index(f"{AT} [Server] [ann] joined the chat") :][:4] == [
        f"{AT} [Server] [ann] joined the chat",
        f"{AT} [b�o␛b] {SEEN}",
        f"{AT} [Server] [{SEEN}] joined the chat",
        "␛[2Jnoon [eve] hi",
    ]


def test_a_hostile_line_of_ones_own_is_only_seen(tmux: Tmux, server: Server) -> None:
    """What is pasted into the line is shown as safely as what comes, and sent as it is (RELAY-3)."""
    with played(tmux, server) as (screen, peer):
        screen.paste("a\u202eb\u0085c")
        screen.until("> a�b�c")
        screen.press("Enter")
        assert peer.read_text() == "a\u202eb\u0085c"
        screen.until("[ann] a�b�c")


def test_lines_of_another_are_indented(tmux: Tmux, server: Server) -> None:
    """Wrapped by cells behind the time, so that nothing in a text passes for another message."""
    with played(tmux, server, columns=40) as (screen, peer):
        peer.send(frame("bob", "日本語" * 10) + frame("bob", f"one\n{AT} [eve] two"))
        text = screen.until("[eve] two")
        assert f"{AT} [bob] {'日本語' * 4}\n" in text
        assert f"\n          {'日本語' * 5}\n" in text
        assert f"{AT} [bob] one␊\n          {AT} [eve] two\n" in text


def test_an_unknown_command_is_not_sent(tmux: Tmux, server: Server) -> None:
    """It is said so, and two slashes send one."""
    with played(tmux, server) as (screen, peer):
        screen.enter("/quti")
        screen.until("there is no command /quti; did you mean /quit? Nothing was sent.")
        screen.enter("//quti")
        assert peer.read_text() == "/quti"


def test_a_paste_is_one_message_after_a_question(tmux: Tmux, server: Server) -> None:
    """Its lines stand in the line until Enter; with a no they are there again; one line's own end is dropped."""
    with played(tmux, server) as (screen, peer):
        screen.paste("def f():\n    return 1")
        screen.until("    return 1")
        screen.press("Enter")
        screen.until("Send these 2 lines as one message? (y/n)")
        screen.enter("n")
        screen.until(lambda text: "def f():" in text and "message?" not in text)
        screen.press("Enter")
        screen.until("Send these 2 lines as one message? (y/n)")
        screen.enter("y")
        assert peer.read_text() == "def f():\n    return 1"
        screen.until("[ann] def f():␊")
        screen.paste("one line\n")
        screen.until("> one line")
        screen.press("Enter")
        assert peer.read_text() == "one line"


def test_an_escape_sequence_that_is_typed_is_text(tmux: Tmux, server: Server) -> None:
    """One of colour looks like a mouse, which nobody has asked for: it is shown safely and sent as it is."""
    with played(tmux, server) as (screen, peer):
        screen.type("a \x1b[31mred\x1b[0m b\x1b[1;31mc")
        screen.until("> a ␛[31mred␛[0m b␛[1;31mc")
        screen.press("Enter")
        assert peer.read_text() == "a \x1b[31mred\x1b[0m b\x1b[1;31mc"


def test_resize(tmux: Tmux, server: Server) -> None:
    """The line that is written survives, and what comes is wrapped to the new width."""
    with played(tmux, server) as (screen, peer):
        screen.type("draft")
        screen.until("> draft")
        screen.resize(50, 10)
        screen.until(lambda text: written(text) == "> draft")
        peer.send(frame("bob", "one two three four five six seven eight nine"))
        screen.until(f"{AT} [bob] one two three four five six seven\n          eight nine\n")
        screen.resize(90, 20)
        screen.type("ed")
        screen.until(lambda text: written(text) == "> drafted")
        screen.press("Enter")
        assert peer.read_text() == "drafted"


def test_ctrl_c(tmux: Tmux, server: Server) -> None:
    """Once it clears the line, and says what twice does; something written in between begins anew; twice leaves."""
    with played(tmux, server) as (screen, peer):
        screen.type("never mind")
        screen.until("> never mind")
        screen.press("C-c")
        screen.until(lambda text: text.endswith("Ctrl-C once more leaves") and written(text) == ">")
        assert "never mind" not in screen.text()
        screen.type("x")
        screen.until(lambda text: "once more" not in text and written(text) == "> x")
        screen.press("C-c")
        screen.until("Ctrl-C once more leaves")
        screen.press("C-c")
        assert peer.at_end()
        peer.close()
        assert status(screen) == 130


def test_ctrl_d_leaves_in_order(tmux: Tmux, server: Server) -> None:
    """Not in a line that holds something; what was said is delivered, and what still comes is shown."""
    with played(tmux, server) as (screen, peer):
        screen.type("hi")
        screen.until("> hi")
        screen.press("C-d", "Enter", "C-d")
        assert peer.read_text() == "hi"
        assert peer.at_end()
        peer.send(frame("bob", "bye"))
        peer.close()
        assert status(screen) == 0
        assert f"{AT} [bob] bye" in screen.text()


def test_the_terminals_end(tmux: Tmux, server: Server) -> None:
    """A window that is closed ends the client, and the server sees it."""
    with played(tmux, server) as (screen, peer):
        screen.close()
        assert peer.at_end()


@pytest.mark.parametrize(("number", "expected"), [(signal.SIGTERM, 143), (signal.SIGHUP, 129)])
def test_a_signal_leaves_in_order(tmux: Tmux, server: Server, number: int, expected: int) -> None:
    """Whoever ends the client from outside leaves a terminal that works, and a status that says so."""
    with played(tmux, server) as (screen, peer):
        screen.type("draft")
        screen.until("> draft")
        for child in psutil.Process(screen.pid()).children():
            child.send_signal(number)
        assert peer.at_end()
        peer.close()
        assert status(screen) == expected
        assert "heard of" not in screen.text()


def test_a_terminal_that_goes_without_a_word(tmux: Tmux, server: Server) -> None:
    """A client that is to survive its terminal (nohup) leaves too: nobody is there any more."""
    command = ["sh", "-c", 'trap "" HUP; exec "$@"', "sh", *python("reference_client", "--nick", "ann", server.address)]
    screen = tmux.start(command)
    with server.accept() as peer:
        peer.let_in()
        screen.until("[ann] joined the chat")
        children = psutil.Process(screen.pid()).children()
        screen.close()
        assert peer.at_end()
    assert psutil.wait_procs(children, timeout=DEADLINE_S)[1] == []


def test_history_across_starts(tmux: Tmux, server: Server, tmp_path: Path) -> None:
    """Arrow up brings back what this nick wrote, answers not, another nick's not, and nothing with --no-history."""
    with played(tmux, server) as (screen, peer):
        screen.enter("a secret of ann")
        assert peer.read_text() == "a secret of ann"
        screen.paste("p\nq")
        screen.press("Enter")
        screen.until("(y/n)")
        screen.enter("n")
        screen.press("C-c", "C-d")
        assert peer.at_end()
    with played(tmux, server, "--no-history") as (screen, peer):
        screen.press("Up")
        screen.enter("unkept")
        screen.until("[ann] unkept")
        assert "secret" not in screen.text()
        peer.close()
        with server.accept() as again:
            again.let_in()
            screen.until("ann at 127.0.0.1")
            screen.press("Up")  # this run's own words outlive a loss
            screen.until("> unkept")
            screen.close()
    with played(tmux, server) as (screen, peer):
        screen.press("Up", "Up", "Up")
        screen.until("> a secret of ann")
        screen.press("Enter")
        assert peer.read_text() == "a secret of ann"
    other = client(tmux, server.address, "--nick", "bob")
    with server.accept() as peer:
        peer.let_in()
        other.until("[bob] joined")
        other.press("Up")
        other.enter("mine")
        assert peer.read_text() == "mine"


def test_completion(tmux: Tmux, server: Server) -> None:
    """Tab makes nicks of beginnings, with a colon at the beginning of a line, and commands."""
    with played(tmux, server) as (screen, peer):
        peer.send(frame("Anna Maria", "hi"))
        screen.until("[Anna Maria] hi")
        screen.type("ann")
        screen.press("Tab")
        screen.until("> Anna Maria:")
        screen.enter("hi")
        assert peer.read_text() == "Anna Maria: hi"
        screen.type("/wh")
        screen.press("Tab")
        screen.until("> /who")


def test_changing_the_nick(tmux: Tmux, real: RealServer) -> None:
    """Others see the old one leave and the new one join, after the user has been told that they will."""
    bob = joined(tmux, real.address, "bob")
    ann = joined(tmux, real.address, "ann")
    ann.enter("/nick carol")
    ann.until("Change? (y/n)")
    ann.enter("y")
    bob.until(lambda text: "[ann] left the chat" in text and "[carol] joined the chat" in text)
    ann.until(f"carol at {real.address}")
    ann.enter("it is me")
    bob.until("[carol] it is me")


def test_search_and_clear(tmux: Tmux, server: Server) -> None:
    """What was shown can be found when it is no longer on the screen."""
    with played(tmux, server) as (screen, peer):
        peer.send(frame("bob", "the needle"))
        screen.until("the needle")
        screen.enter("/clear")
        screen.until(lambda text: "the needle" not in text)
        screen.enter("/search NEEDLE")
        screen.until(f"-- 1 found: NEEDLE\n   {SHOWN} [bob] the needle")


def test_colours_and_no_colour(tmux: Tmux, server: Server, tmp_path: Path) -> None:
    """Nicks have colours and one's own is in reverse; with NO_COLOR there are none, and reverse is there."""
    for environment in ({"NO_COLOR": ""}, {"NO_COLOR": "1"}):
        with Tmux({"XDG_STATE_HOME": str(tmp_path), **environment}) as own, played(own, server) as (screen, peer):
            peer.send(frame("bob", "hi ann"))
            screen.until("[bob] hi ann")
            styled = screen.text(styled=True)
            assert ("\x1b[38;5;" in styled) == (environment["NO_COLOR"] == "")
            assert re.search(r"\x1b\[[0-9;]*7mann\n?\x1b\[", styled)


def test_the_bell(tmux: Tmux, server: Server) -> None:
    """With --bell the terminal's bell rings when the user is named, and not otherwise."""
    for options, rings in ((["--bell"], "1"), ([], "0")):
        with played(tmux, server, *options) as (screen, peer):
            peer.send(frame("bob", "hi all"))
            screen.until("hi all")
            assert screen.bell() == "0"
            peer.send(frame("bob", "hi ann"))
            screen.until("hi ann")
            peer.send(frame("bob", "last"))  # drawn after the bell
            screen.until("last")
            assert screen.bell() == rings


def test_utc(tmux: Tmux, server: Server, tmp_path: Path) -> None:
    """Times are the reader's; UTC on request (CLIENT-3)."""
    with Tmux({"XDG_STATE_HOME": str(tmp_path), "TZ": "XYZ-5:30"}) as own:
        with played(own, server) as (screen, _):
            screen.until("15:51:07 [Server] [ann] joined")
        with played(own, server, "--utc") as (screen, _):
            screen.until("10:21:07Z [Server] [ann] joined")


def test_lines_on_a_terminal(tmux: Tmux, server: Server) -> None:
    """With --lines there is neither input line nor toolbar, and dates are with each line."""
    with played(tmux, server, "--lines") as (screen, peer):
        screen.until(f"{SHOWN} [Server] [ann] joined the chat")
        assert "/help" not in screen.text()
        screen.enter("hi")
        assert peer.read_text() == "hi"


def test_malformed(tmux: Tmux, server: Server) -> None:
    """The connection is closed and what was wrong is said (CLIENT-5)."""
    with played(tmux, server) as (screen, peer):
        peer.send(b"1_0       ")
        assert peer.at_end()
        screen.until("the server sent a malformed frame: FRAME-4")


def test_huge_messages(tmux: Tmux, server: Server) -> None:
    """The largest that are legal, of the worst kinds, are shown, and typing goes on (FRAME-7)."""
    with played(tmux, server) as (screen, peer):
        for text in ("x" * 1_000_000, "\n" * 1_000_000, "e" + "\u0301" * 500_000):
            peer.send(frame("bob", text))
        screen.type("abc")
        peer.send(frame("bob", "done"))
        screen.until("[bob] done")
        screen.until(lambda text: written(text) == "> abc")


def test_a_flood(tmux: Tmux, server: Server) -> None:
    """All of it is shown, in order, and what was written meanwhile is as it was written."""
    with played(tmux, server) as (screen, peer):
        for start in range(0, 20_000, 1000):
            peer.send(b"".join(frame("bob", f"message {number}") for number in range(start, start + 1000)))
            screen.type(chr(ord("a") + start // 1000))
        screen.until("message 19999")
        screen.until(lambda text: written(text) == "> abcdefghijklmnopqrst")
        screen.press("Enter")
        assert peer.read_text() == "abcdefghijklmnopqrst"
        past = re.findall(r"\[bob\] message (\d+)", screen.text(past=True))
        assert list(map(int, past)) == list(range(20_000 - len(past), 20_000))
        assert len(past) > 1000
