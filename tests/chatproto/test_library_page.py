"""docs/library.md says what happens: each block of it runs, the bot as a program against servers, the others in memory."""

import contextlib
import doctest
import functools
import os
import re
import socket
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from chatproto import SERVER, Codec, Connection, State
from chatproto._errors import CLOSE, DO_NOT_SEND, REFUSE_AND_CLOSE
from spec import nicks, wire
from tests.chatproto.helpers import TIME, by_codec, one_by_one, pieces
from tests.reference_client import peers
from tests.reference_server.helpers import running

DEADLINE_S = 20.0
ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "library.md").read_text(encoding="utf-8")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
BLOCK = re.compile(r"^```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)

JOIN = b"7         \0alice\0"
HI = b"9         \0alice\0hi"
ESCAPE = b"12        \0alice\0\x1b[31m"
BAD_HEADER = b"+9        "
BAD_BODY = b"3         \0\0\xff"


def subject(block: str) -> str:
    """The function that a block is about; `session` for a dialogue with the interpreter."""
    if block.startswith(">>> "):
        return "session"
    (name,) = re.findall(r"^(?:async )?def (\w+)", block, re.MULTILINE)
    return str(name)


BLOCKS = {subject(block): block for block in BLOCK.findall(PAGE)}


@functools.cache
def defined(name: str) -> Any:
    """The function of a block, after the whole block was run."""
    names: dict[str, Any] = {"__name__": name}
    exec(compile(BLOCKS[name], "docs/library.md", "exec"), names)
    return names[name]


def test_no_block_is_left_out() -> None:
    """Whoever adds one adds a test of it here; ``` without a language holds no Python."""
    assert list(BLOCKS) == ["bot", "heard", "watch", "session"]
    assert len(BLOCK.findall(PAGE)) == len(BLOCKS) == PAGE.count("```") / 2


def test_the_session_says_what_happens() -> None:
    """Line by line."""
    session = doctest.DocTestParser().get_doctest(BLOCKS["session"], {}, "docs/library.md", None, None)
    outcome = doctest.DocTestRunner(verbose=False).run(session)

    assert outcome.failed == 0
    assert outcome.attempted == BLOCKS["session"].count(">>> ") == 6


def test_the_example_of_the_readme_prints_what_it_says(capsys: pytest.CaptureFixture[str]) -> None:
    """What stands behind `print(…)` as a comment."""
    (block,) = BLOCK.findall((ROOT / "README.md").read_text(encoding="utf-8"))
    exec(compile(block, "README.md", "exec"), {})

    assert capsys.readouterr().out.splitlines() == re.findall(r"^print\(.*\)  # (.*)$", block, re.MULTILINE) != []


# The bot


@contextlib.contextmanager
def python(folder: Path, program: str, *arguments: object) -> Iterator[subprocess.Popen[str]]:
    """A program in a folder of its own, with our packages as if they were installed; killed in the end."""
    path = folder / "program.py"
    path.write_text(program, encoding="utf-8")
    with subprocess.Popen(
        [sys.executable, "-W", "error", path, *map(str, arguments)],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "utf-8"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def ends(process: subprocess.Popen[str]) -> tuple[int, list[str]]:
    """The exit status and the lines on standard error of a process that ends by itself and prints nothing else."""
    output, errors = process.communicate(timeout=DEADLINE_S)
    assert output == ""
    return process.returncode, errors.splitlines()


def test_the_bot_tells_the_time(tmp_path: Path) -> None:
    """To whoever asks, again and again, until the server goes."""
    with running() as server, server.client("ann") as ann, python(tmp_path, BLOCKS["bot"], *server.address) as process:
        assert ann.read()[1:] == ("Server", "[clock] joined the chat")
        for _ in range(2):
            ann.say("what time is it?")
            ann.say("!time")
            answer = ann.read()
            assert answer.nick == "clock"
            assert re.fullmatch(r"\d\d:\d\d", answer.text)
        server.server.stop()

        assert ends(process) == (0, ["the server is shutting down"])


def test_the_bot_says_that_it_is_refused(tmp_path: Path) -> None:
    """JOIN-5: by the server's words, and by its exit status."""
    with running() as server, server.client("Clock"), python(tmp_path, BLOCKS["bot"], *server.address) as process:
        status, (reason, last) = ends(process)

    assert status == 1
    assert "the nick is taken" in reason
    assert last == "the server did not let me in"


def test_the_bot_waits_for_its_join(tmp_path: Path) -> None:
    """JOIN-3: what a faulty server sends it before is no question, and its frames may come octet by octet."""
    question = peers.frame("bob", "!time")
    with (
        peers.Server() as server,
        python(tmp_path, BLOCKS["bot"], "127.0.0.1", server.port) as process,
        server.accept() as peer,
    ):
        assert peer.read_frame() == ("", "clock", "")
        for octet in one_by_one(question + peers.announcement("bob") + peers.announcement("clock") + question):
            peer.send(octet)
        time, nick, text = peer.read_frame()
        assert (time, nick) == ("", "clock")
        assert re.fullmatch(r"\d\d:\d\d", text)
        peer.send(peers.frame("Server", "\x1b[2J"))
        peer.connection.shutdown(socket.SHUT_WR)

        assert ends(process) == (0, ["[bob] joined the chat", "\u241b[2J"])
        assert peer.at_end()  # so the first question had no answer


def test_the_bot_ends_at_a_malformed_frame(tmp_path: Path) -> None:
    """CLIENT-5: it closes and says what was wrong."""
    with (
        peers.Server() as server,
        python(tmp_path, BLOCKS["bot"], "127.0.0.1", server.port) as process,
        server.accept() as peer,
    ):
        peer.let_in()
        peer.send(BAD_HEADER)
        assert peer.at_end()
        status, lines = ends(process)

    assert status == 1
    assert lines[-1].startswith("chatproto._errors.RemoteProtocolError: FRAME-4: ")


# The server's side


class Door:
    """An `enter` like the one that the page describes, with bob inside.

    Attributes:
        asked: the nicks, in order.
    """

    def __init__(self) -> None:
        self.asked: list[str] = []
        self._taken = {nicks.key(nicks.SERVER_NICK), nicks.key("bob")}

    def __call__(self, nick: str) -> str | None:
        """Why not; None lets it in."""
        self.asked.append(nick)
        if problem := nicks.problem(nick):
            return problem
        key = nicks.key(nick)
        if key in self._taken:
            return "taken"
        self._taken.add(key)
        return None


Served = tuple[list[str], list[str], State]  # texts of what is sent back, texts to relay, state


def served(reads: list[bytes]) -> Served:
    """What `heard` makes of the reads of one socket and the end of its stream; it is not called beyond its own end."""
    heard, server, door = defined("heard"), Connection(SERVER), Door()
    answers, said = b"", []
    for octets in [*filter(None, reads), b""]:
        if server.state in (State.REFUSED, State.CLOSED):
            break
        answer, texts = heard(server, octets, TIME, door)
        answers += answer
        said += texts
    frames, error, unfinished = by_codec(wire.TO_CLIENT, [answers])
    assert (error, unfinished) == (None, 0)
    assert {frame[:2] for frame in frames} <= {(TIME, "Server")}
    assert len(door.asked) <= 1
    return [text for _, _, text in frames], said, server.state


IN = "[alice] joined the chat"
NOT_UTF8 = "BODY-2: expected utf-8 in the text, got b'\\xff' at octet 2 of the body"


@pytest.mark.parametrize(
    ("octets", "expected"),
    [
        pytest.param(b"", ([], [], State.CLOSED), id="nothing"),
        pytest.param(JOIN + HI + HI, ([IN], ["hi", "hi"], State.CLOSED), id="a join and chat"),
        pytest.param(JOIN + b"9         \0Server\0x", ([IN], ["x"], State.CLOSED), id="another nick"),
        pytest.param(JOIN + HI + HI[:-1], ([IN], ["hi"], State.CLOSED), id="unfinished"),
        pytest.param(JOIN + HI + BAD_HEADER + HI, ([IN], ["hi"], State.CLOSED), id="malformed later"),
        pytest.param(JOIN + HI + BAD_BODY + HI, ([IN], ["hi"], State.CLOSED), id="malformed body later"),
        pytest.param(b"5         \0BOB\0" + HI, (["taken"], [], State.REFUSED), id="a nick that is taken"),
        pytest.param(b"2         \0\0", (["a nick has at least one character"], [], State.REFUSED), id="no nick"),
        pytest.param(BAD_BODY + HI, ([NOT_UTF8], [], State.REFUSED), id="a join that cannot be read"),
        pytest.param(BAD_HEADER + HI, ([], [], State.CLOSED), id="a malformed header first"),
    ],
)
def test_heard_answers_and_relays(octets: bytes, expected: Served) -> None:
    """LEAVE-2, JOIN-5, FRAME-6: the same however the octets are cut."""
    assert served([octets]) == expected
    assert served(one_by_one(octets)) == expected
    for cut in range(len(octets)):
        assert served(pieces(octets, [cut])) == expected


def test_a_last_word_to_who_sent_a_malformed_header() -> None:
    """The page's expression is a service message."""
    names = {"Codec": Codec, "spec": sys.modules["spec"], "now": TIME, "reason": "FRAME-4: no"}
    (expression,) = re.findall(r"`(Codec\(.*\)\.encode\(.*?\))`", PAGE)
    frames, error, unfinished = by_codec(wire.TO_CLIENT, [eval(expression, names)])

    assert (frames, error, unfinished) == ([(TIME, "Server", "FRAME-4: no")], None, 0)


# The watcher


def test_watch_records_the_same_however_octets_are_cut() -> None:
    """FRAME-6: each frame once, safe to print, then the error once, and nothing behind it."""
    watch, octets = defined("watch"), JOIN + ESCAPE + HI + BAD_HEADER + HI
    recorded = [
        " [alice] ",
        " [alice] \u241b[31m",
        " [alice] hi",
        "FRAME-4: expected decimal ASCII digits with fill around them, got b'+9        ' at octet 0 of the header",
    ]
    for cut in range(len(octets)):
        codec = Codec(wire.TO_SERVER)
        assert [line for read in pieces(octets, [cut]) for line in watch(codec, read)] == recorded
    codec = Codec(wire.TO_SERVER)
    assert [line for read in one_by_one(octets) for line in watch(codec, read)] == recorded


def test_what_a_watcher_leaves_unfinished() -> None:
    """LEAVE-2: `buffered` counts the octets of a frame that has not come whole."""
    watch, codec = defined("watch"), Codec(wire.TO_CLIENT)

    assert watch(codec, HI + HI[:-1]) == [" [alice] hi"]
    assert codec.buffered == len(HI) - 1


# What stands around the blocks


def test_the_page_names_what_is_installed() -> None:
    """The distribution and each package of it; and the remedies are spelled as the errors spell them."""
    packages = PROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]

    assert [name for name in [PROJECT["project"]["name"], *packages] if f"`{name}`" not in PAGE] == []
    assert [remedy for remedy in (CLOSE, REFUSE_AND_CLOSE, DO_NOT_SEND) if f"remedy `{remedy}`" not in PAGE] == []


@pytest.mark.parametrize(("name", "hidden"), [("spec.py", True), ("spec/__init__.py", True), ("spec/other.py", False)])
def test_a_spec_of_ones_own_hides_ours(tmp_path: Path, name: str, hidden: bool) -> None:
    """If it is beside the program, and a module or a package; the page has the error's words."""
    path = tmp_path / name
    path.parent.mkdir(exist_ok=True)
    path.touch()
    with python(tmp_path, "import chatproto\n") as process:
        status, lines = ends(process)

    words = "No module named 'spec.wire'"
    assert f"`{words}`" in PAGE
    assert (status != 0, any(words in line for line in lines)) == (hidden, hidden)


def test_the_import_loads_one_dependency(tmp_path: Path) -> None:
    """Of those that the distribution brings along."""
    found = (re.match(r"[\w-]+", line) for line in PROJECT["project"]["dependencies"])
    names = {name[0].replace("-", "_") for name in found if name is not None}
    assert {"hypothesis", "pytest", "psutil", "construct"} < names
    with python(tmp_path, f"import sys, chatproto\nsys.exit(' '.join({names!r} & sys.modules.keys()))\n") as process:
        assert ends(process) == (1, ["construct"])
