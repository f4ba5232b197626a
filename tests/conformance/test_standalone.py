"""The script beside a capsule: it runs on a bare Python, plays what the capsule plays, and says what came of it."""

import ast
import dataclasses
import re
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from conformance.capsule import Capsule
from conformance.faults import FAULTS
from conformance.octets import Out
from conformance.room import Room
from conformance.script import (
    TAG,
    Close,
    Ended,
    Entered,
    Fence,
    Fin,
    Hears,
    Measure,
    Mute,
    Open,
    Quiet,
    Rst,
    Script,
    Send,
    Settle,
    Unmute,
    burst,
    cast,
    enter,
    nick,
    plain,
    say,
    script,
    sentinel,
)
from conformance.standalone import literal, source
from conformance.target import free_port
from tests.conformance.capsules import capsule
from tests.conformance.helpers import DEADLINE_S, Scripted, scripted, serving
from tests.conformance.test_report import HOSTILE

TALK = script(cast("ann", "bob"), say("ann", plain(1)), sentinel("ann"), sentinel("bob", 1))
CUT = script(cast("ann", "bob"), Send("ann", (Out(nick("ann"), f"é {TAG}"),), (5, 49)), sentinel("ann"))
CONTROLS = script(cast("ann", "bob"), say("ann", f"\x1b[2J\x07 {TAG}"), sentinel("ann"))
LEAVES = script(cast("ann", "bob", "carl"), Fin("bob"), Settle(), Rst("carl"), Settle(), sentinel("ann"))
TWICE = script(cast("ann", "bob"), burst("ann", *(plain(number) for number in range(25))), sentinel("ann"))
LARGE = script(cast("ann", "bob"), say("ann", f"{TAG} " + "x" * 1_000_000), sentinel("ann"))
EARLY = script(
    cast("ann"), Open("bob"), say("ann", plain(1)), sentinel("ann"), Send("bob", (Out(nick("bob")),)), Settle()
)
EVERYTHING = script(
    cast("ann", "bob", "mute"),
    [Mute("mute"), Measure(), Fence(), Quiet(0.01)],
    [Open("late"), Send("late", (Out(nick("late")),)), Entered("late")],
    [Send("late", (Out(nick("late"), plain(2)),)), Hears("ann", plain(2)), Unmute("mute"), Settle()],
    [Open("raw"), Send("raw", (b"-5        ",)), Ended("raw")],
    [Fin("late"), Settle(), Close("mute"), Settle(), Rst("bob"), Settle()],
)


def ran(kept: Capsule, folder: Path, *words: str, status: int, patience: float = 5.0) -> str:
    """What the script of a capsule prints in an empty folder, on a Python that has nothing but its own library."""
    path = folder / "alone" / "x.py"
    path.parent.mkdir(exist_ok=True)
    text = source(kept).replace("PATIENCE = 5.0 ", f"PATIENCE = {patience} ").replace("MOMENT = 0.3 ", "MOMENT = 0.05 ")
    path.write_text(text, encoding="ascii")
    command = [sys.executable, "-I", "-S", "-W", "error", "-X", "dev", path.name, *words]
    done = subprocess.run(command, cwd=path.parent, capture_output=True, timeout=6 * DEADLINE_S, check=False)
    printed = done.stdout.decode("ascii")

    assert (done.returncode, done.stderr) == (status, b""), printed + done.stderr.decode()
    assert re.sub(r"\n", "", printed).isprintable()
    return printed


@pytest.mark.parametrize(
    ("check", "talk", "fault", "said"),
    [
        ("RELAY-2/no-echo", TALK, "echoes-to-sender", "too many: 'ann-"),
        ("FRAME-6/one-cut", CUT, "decodes-each-read", "missing:"),
        ("FRAME-6/one-cut", CUT, "forgets-the-tail", "waited in vain; still not"),
        ("RELAY-3/named-texts", CONTROLS, "drops-controls", "missing:  'ann-"),
        ("LEAVE-1/everybody", LEAVES, "never-announces-leaves", "[bob-"),
        ("RELAY-1/many-messages", TWICE, "delivers-twice-at-times", "too many: 'ann-"),
        ("JOIN-4/history", EARLY, "unjoined-hear-chat", "too many: 'ann-"),
        ("JOIN-2/announced", TALK, "service-without-nick", "cannot be read"),
    ],
)
def test_what_is_not_mended(check: str, talk: Script, fault: str, said: str, faithful: str, tmp_path: Path) -> None:
    """Each party is told what is missing or too many, and the status is 1; a correct server has 0."""
    kept = dataclasses.replace(capsule("RELAY-1/many-messages", talk), check=check, ids=(check.partition("/")[0],))
    if check.startswith("FRAME-6"):
        kept = capsule(check, talk)
    assert ran(kept, tmp_path, faithful, status=0).endswith("as expected\n")
    with serving(FAULTS[fault]()) as address:
        printed = ran(kept, tmp_path, address, status=1, patience=1.0 if "too many" not in said else 5.0)

    assert printed.endswith("still not\n")
    assert said in printed


def test_another_requirement_is_said_to_be_another(echoing: str, tmp_path: Path) -> None:
    """Pieces arrive; that the sender hears itself is no failure of theirs."""
    printed = ran(capsule("FRAME-6/one-cut", CUT), tmp_path, echoing, status=0)

    assert "(another requirement: RELAY-2)" in printed
    assert printed.endswith("as expected\n")


@pytest.mark.parametrize("judge", ["room", "check"])
def test_every_step_is_played(judge: str, faithful: str, tmp_path: Path) -> None:
    """Whatever a script may hold; without the model of the room it only shows."""
    kept = dataclasses.replace(capsule("RELAY-1/many-messages", EVERYTHING), judge=judge)
    printed = ran(kept, tmp_path, faithful, status=0)

    assert printed.endswith("as expected\n" if judge == "room" else "judge by the sentence\n")
    for shown in (
        "late     = fin",
        "mute     = unmute",
        "bob      = rst",
        "raw      > '-5        '",
        "raw      = the server",
    ):
        assert shown in printed


def quiet(server: Scripted, sock: socket.socket, number: int) -> None:
    """Reads, and never answers."""
    while server.recv(sock, number):
        pass


def test_ends_are_those_that_are_asked_for(tmp_path: Path) -> None:
    """A reset is one, a FIN is one, and so is a close."""
    talk = script([Open("a"), Send("a", (b"x",)), Rst("a")], [Open("b"), Fin("b")], [Open("c"), Close("c")])
    with scripted(quiet) as server:
        ran(capsule("RELAY-4/clock", talk), tmp_path, f"127.0.0.1:{server.address[1]}", status=0)
        assert server.wait_for(lambda: len(server.ends) == 3)

    assert server.ends == {0: "reset", 1: "fin", 2: "fin"}


def test_what_a_reset_may_overtake_is_not_missed() -> None:
    """It may come or not; the leave is owed."""
    talk = script(cast("ann", "bob"), burst("ann", plain(1)), Rst("ann"), sentinel("bob"))
    made = source(capsule("RELAY-1/many-messages", talk))

    assert f"('maybe', 'bob', 'RELAY-1', 'ann-{TAG}', 'hello 1 {TAG}')" in made
    assert f"('owed', 'bob', 'LEAVE-1', 'Server', '[ann-{TAG}] left the chat')" in made


def test_a_megabyte(faithful: str, tmp_path: Path) -> None:
    """It is written down once, sent whole, and shown short."""
    kept = capsule("FRAME-7/sizes", LARGE)

    assert len(source(kept)) < 20_000
    assert max(map(len, ran(kept, tmp_path, faithful, status=0).splitlines())) < 1000


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_texts_stay_data(text: str, tmp_path: Path) -> None:
    """In the source and in what is printed, whatever was seen, said and sent; Python 3.8 understands it."""
    talk = script(Open("ann"), Send("ann", (Out(text, text, text), text.encode())))
    kept = dataclasses.replace(capsule("RELAY-1/many-messages", talk, expected=text, seen=text), target=text)
    tree = ast.parse(source(kept), feature_version=(3, 8))
    found = {name_of(node): node.value for node in tree.body if isinstance(node, ast.Assign)}

    assert ast.literal_eval(found["TARGET"]) == text
    assert len(found["STEPS"].elts) >= 2  # type: ignore[attr-defined]
    kept = dataclasses.replace(kept, target=f"127.0.0.1:{free_port()}")
    assert "cannot be reached" in ran(kept, tmp_path, status=3)


def name_of(node: ast.Assign) -> str:
    """The name that is given a value."""
    return node.targets[0].id if isinstance(node.targets[0], ast.Name) else ""


def rude(server: Scripted, sock: socket.socket, number: int) -> None:
    """Sends what is no frame and drives a terminal."""
    sock.sendall(b"12        \x1b[2J\x9b\0\xff\0\x07abc \x1b]0;x\x07\r\n")
    while server.recv(sock, number):
        pass


def test_what_a_server_says_drives_no_terminal(tmp_path: Path) -> None:
    """Neither as a frame nor as none; what cannot be read is no success."""
    with scripted(rude) as server:
        printed = ran(
            capsule("RELAY-2/no-echo", script(enter("ann"))), tmp_path, f"127.0.0.1:{server.address[1]}", status=1
        )

    assert "cannot be read: " in printed


@pytest.mark.parametrize("words", [["a", "b"], ["127.0.0.1"], [":5"], ["h:x"]])
def test_usage(words: list[str], tmp_path: Path) -> None:
    """One line: 2."""
    assert ran(capsule("RELAY-2/no-echo", TALK), tmp_path, *words, status=2).startswith("usage: python ")


@pytest.mark.parametrize("text", ["", "x", "x" * 5000, "\x1b\u202e😀'\"\\", "\0" * 300 + "é" * 300])
def test_literals(text: str) -> None:
    """ASCII, and worth the text, or the octets; a long run is short."""
    for value in (text, text.encode()):
        made = literal(value)
        assert made.isascii()
        assert made.isprintable()
        assert len(made) < 100
        assert eval(made, {}) == value


def test_what_is_owed_is_what_the_model_says() -> None:
    """Frame by frame, for each party."""
    tree = ast.parse(source(capsule("RELAY-1/many-messages", EVERYTHING)))
    [steps] = [node.value for node in tree.body if isinstance(node, ast.Assign) and name_of(node) == "STEPS"]
    assert isinstance(steps, ast.List)
    words = [[word.value for word in one.elts if isinstance(word, ast.Constant)] for one in steps.elts]  # type: ignore[attr-defined]
    room = Room(EVERYTHING.steps)

    for who, member in room.members.items():
        owed = [one for one in words if one[:2] in (["owed", who], ["maybe", who])]
        assert len(owed) == (0 if member.wild else len(member.owed))
