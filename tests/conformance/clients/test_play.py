"""Scripts played with real processes: what a trace holds."""

import os
import sys
import threading
import time

import pytest

from conformance.clients.launch import Client
from conformance.clients.play import Waits, play
from conformance.clients.steps import (
    NICK,
    Admit,
    Close,
    EndInput,
    Greet,
    Heard,
    Left,
    Over,
    Reset,
    Script,
    Send,
    Shown,
    Told,
    Type,
    awaited,
    spoken,
    token,
)
from conformance.octets import Out
from tests.conformance.clients.played import SHORT, WAITS, is_running, played, python, shipped

FRAME = Out("ann", f"é {token(1)}")


def test_a_conversation() -> None:
    """The join, what was typed, what is shown, what is said at the end, and the exit status."""
    script = Script(blocks=(*spoken(["one"]), *awaited(FRAME)), tail=(Close(), Told(), Over()))
    trace = played(script)

    assert [(frame.nick, frame.text) for frame in trace.frames] == [(NICK, ""), (NICK, "one")]
    assert trace.texts == ["one"]
    assert [frame.text for frame in trace.sent] == [f"[{NICK}] joined the chat", FRAME.text]
    assert f"[ann] {FRAME.text}\n".encode() in trace.output
    assert trace.errors == b"the server has closed the connection\n"
    assert (trace.left, trace.exit, trace.expired) == ("fin", 0, {})
    kinds = list(dict.fromkeys(entry.what for entry in trace.entries))
    assert kinds[:7] == ["started", "opened", "received", "sent", "shown", "typed", "closed"]
    assert {"said", "left", "exited"} <= set(kinds)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells what waits at the other end")
def test_cuts_are_read_apart() -> None:
    """Each piece goes when the client has read the last one: it reports what each of its reads gave."""
    code = "say('')\nwhile True:\n r=s.recv(99)\n print(r.hex(),flush=True)\n"
    size = len(FRAME.octets)
    script = Script(blocks=((Send((FRAME,), cuts=(1, 10, size - 3)), Shown(FRAME.octets[-3:].hex())),))
    trace = play(python(code), script, WAITS, blind=True)
    reads = [len(bytes.fromhex(line.decode())) for line in trace.output.split()]

    assert reads[-4:] == [1, 9, size - 13, 3]
    assert trace.cuts == (3, 3)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells what waits at the other end")
def test_a_client_that_reads_no_more_is_sent_no_more_pieces() -> None:
    """Each would be waited for."""
    size = len(FRAME.octets)
    script = Script(blocks=((Send((FRAME,), cuts=tuple(range(1, size))),), (Type(b"x\n"),)))
    trace = play(python("say('')\ntime.sleep(600)"), script, SHORT, blind=True)

    assert trace.cuts == (0, 0)
    assert list(trace.expired) == [1]
    assert [len(entry.octets) for entry in trace.entries if entry.what == "sent"][1:] == [1]


def test_a_refusal() -> None:
    """No join is announced; what is sent instead is shown."""
    script = Script(head=(Greet(), Send((Out("Server", f"no {token(1)}"),)), Close()), tail=(Told(), Over()))
    trace = played(script)

    assert not trace.announced
    assert token(1).encode() in trace.output


def test_the_nick_is_the_first_line() -> None:
    """Where the command does not have it."""
    script = Script(nick="Zoë", tail=(Close(), Over()))
    client = shipped()
    asking = type(client)(tuple(word for word in client.command if "nick" not in word), terminal=False)
    trace = play(asking, script, WAITS)

    assert trace.frames[0].nick == "Zoë"
    assert next(entry.octets for entry in trace.entries if entry.what == "typed") == "Zoë\n".encode()


def test_a_reset() -> None:
    """The client sees that the connection was reset."""
    trace = played(Script(tail=(Reset(), Told(), Over())))
    assert trace.errors.startswith(b"the connection is broken")
    assert trace.left is None


def test_the_end_of_input() -> None:
    """All that was typed comes, and the client leaves."""
    trace = played(Script(head=(Type(b"a\nb\n"), EndInput(), Admit(shown=False)), tail=(Heard("b"), Left())))
    assert trace.texts == ["a", "b"]
    assert trace.left == "fin"


def test_a_wait_that_runs_out() -> None:
    """It ends the playing, unless it is soft."""
    hard = played(Script(blocks=((Shown("never"),), (Type(b"x\n"),))), waits=SHORT)
    soft = played(Script(blocks=((Shown("never", soft=True),), (Type(b"x\n"), Heard("x", soft=True)))), waits=SHORT)

    assert (hard.performed, list(hard.expired)) == (2, [1])
    assert soft.performed == 4
    assert "never" in next(entry.note for entry in hard.entries if entry.what == "expired")


def test_of_a_client_that_has_ended_nothing_is_waited_for() -> None:
    """What it could still show or say does not come: hours are not waited."""
    ended = play(python("say('')\ns.recv(9)"), Script(blocks=((Shown("never"),),)), Waits(20.0, 3600.0), blind=True)
    absent = Client((sys.executable, "-c", "raise SystemExit(3)", "{port}"))
    never = play(absent, Script(), Waits(3600.0, 3600.0))

    assert ended.left is not None
    assert (never.exit, never.frames) == (3, [])


def test_a_line_that_became_another_is_not_waited_for() -> None:
    """As many frames have come as lines were typed."""
    trace = played(Script(blocks=spoken(["one"])), "keeps-the-line-feed", Waits(20.0, 3600.0))
    assert trace.texts == ["one\n"]
    assert trace.expired


def test_large_frames_and_lines_go_both_ways() -> None:
    """More than any buffer of the system holds."""
    text = "x" * 1_000_000
    script = Script(
        blocks=((Send((Out("ann", f"{text} {token(1)}"),)), Type(f"{text}\n".encode()), Heard(text), Shown(token(1))),)
    )
    trace = played(script)

    assert trace.texts == [text]
    assert trace.output.count(b"x") >= 1_000_000


def test_nothing_is_left_behind() -> None:
    """Neither processes, what the client has started included, nor descriptors."""
    code = "import subprocess\np=subprocess.Popen(['sleep','600'])\nprint('pid',p.pid,'!',flush=True)\nsay('')\ntime.sleep(600)"
    before = len(os.listdir("/proc/self/fd")) if sys.platform == "linux" else 0  # noqa: PTH208  # count only
    trace = play(python(code), Script(head=(Shown("!"), Greet())), WAITS)
    pid = int(trace.output.split()[1])

    deadline = time.monotonic() + 20
    while is_running(pid):
        assert time.monotonic() < deadline
    if sys.platform == "linux":
        assert len(os.listdir("/proc/self/fd")) == before  # noqa: PTH208


def test_a_run_that_is_stopped_waits_no_longer() -> None:
    """Another thread can end every wait."""
    stop = threading.Event()
    stop.set()
    trace = play(python("time.sleep(600)"), Script(), Waits(3600.0, 3600.0), stop=stop)
    assert not trace.frames
