"""How a client is started."""

import os
import sys

import pytest

from conformance.clients.launch import Client, Program
from conformance.target import TargetError, UsageError


def test_the_words_are_filled_in() -> None:
    """Wherever the marks stand; and nothing else in braces."""
    client = Client(("x", "--nick={nick}", "{host}:{port}", "{other}"))
    assert client.words("a b", "127.0.0.1", 80) == ["x", "--nick=a b", "127.0.0.1:80", "{other}"]
    assert not client.asks_nick
    assert Client(("x", "{port}")).asks_nick
    assert client.name == "x '--nick={nick}' '{host}:{port}' '{other}'"


def test_a_command_without_a_port() -> None:
    """It could not know where the server is."""
    with pytest.raises(UsageError, match=r"needs \{port\}"):
        Client(("x", "{nick}")).check()
    Client(("x", "{port}")).check()


def test_windows(monkeypatch: pytest.MonkeyPatch) -> None:
    """Told at once, and not in the middle of a run."""
    monkeypatch.setattr(sys, "platform", "win32")
    with pytest.raises(UsageError, match="Windows"):
        Client(("x", "{port}")).check()


def test_what_is_not_there() -> None:
    """A sentence, and no descriptor left open."""
    before = len(os.listdir("/proc/self/fd")) if sys.platform == "linux" else 0  # noqa: PTH208  # count only
    for terminal in (False, True):
        with pytest.raises(TargetError, match=r"cannot start /nowhere/client '\{port\}': No such file"):
            Program(Client(("/nowhere/client", "{port}"), terminal), "ann", ("127.0.0.1", 1))
    if sys.platform == "linux":
        assert len(os.listdir("/proc/self/fd")) == before  # noqa: PTH208


def test_its_surroundings(monkeypatch: pytest.MonkeyPatch) -> None:
    """A reader in UTC, and UTF-8 whatever is set here."""
    monkeypatch.setenv("TZ", "Asia/Kolkata")
    monkeypatch.delenv("LC_ALL", raising=False)
    monkeypatch.setenv("LC_CTYPE", "C")
    code = "import os; print(os.environ['TZ'], os.environ['LC_ALL'], os.environ['PYTHONUNBUFFERED'], os.isatty(1))"
    assert printed(Client((sys.executable, "-c", code, "{port}"))) == b"UTC C.UTF-8 1 False\n"

    monkeypatch.setenv("LC_CTYPE", "de_DE.UTF-8")
    code = "import os; print('LC_ALL' in os.environ, os.isatty(0), os.isatty(1), os.isatty(2))"
    assert printed(Client((sys.executable, "-c", code, "{port}"), terminal=True)) == b"False False True False\n"


def printed(client: Client) -> bytes:
    """What a command prints until it ends."""
    program = Program(client, "ann", ("127.0.0.1", 1))
    try:
        os.set_blocking(program.output, True)
        found = b""
        while b"\n" not in found:
            found += os.read(program.output, 4096)
        return found
    finally:
        program.close()
