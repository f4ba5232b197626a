"""A client under test as a process: its input, what it prints, and its end."""

import contextlib
import os
import shlex
import signal
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import spec
from conformance.target import TargetError, UsageError

STOP_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Client:
    """How a client is started.

    Attributes:
        command: its words; `{nick}`, `{host}` and `{port}` in them are replaced. Without `{nick}` the nick is the first
            line of its input.
        terminal: its standard output is a pseudo-terminal; None: a pipe, and a pseudo-terminal if nothing comes out of it.
    """

    command: Sequence[str]
    terminal: bool | None = None

    def check(self) -> None:
        """Finds out whether it can be told where the server is.

        Raises:
            UsageError: it cannot, or this system has no pipes that can be waited for.
        """
        if not any("{port}" in word for word in self.command):
            raise UsageError(
                "--command of a client needs {port}, and has it replaced by the port of the suite's server"
            )
        if sys.platform == "win32":
            raise UsageError("judging clients needs pipes that can be waited for, which Windows does not have")

    @property
    def name(self) -> str:
        """The command as a user writes it."""
        return shlex.join(self.command)

    @property
    def asks_nick(self) -> bool:
        """Whether the nick is the first line of its input."""
        return not any("{nick}" in word for word in self.command)

    def words(self, nick: str, host: str, port: int) -> list[str]:
        """The command for one playing."""
        values = {"{nick}": nick, "{host}": host, "{port}": str(port)}
        words = list(self.command)
        for mark, value in values.items():
            words = [word.replace(mark, value) for word in words]
        return words


class Program:
    """A started client. Its descriptors do not block.

    Raises:
        TargetError: it cannot be started; the message says why.
    """

    def __init__(self, client: Client, nick: str, address: tuple[str, int]) -> None:
        master = slave = None
        if client.terminal:
            master, slave = _terminal()
        try:
            self._process = subprocess.Popen(  # noqa: S603  # running the user's client is the purpose
                client.words(nick, *address),
                stdin=subprocess.PIPE,
                stdout=slave if slave is not None else subprocess.PIPE,
                stderr=subprocess.PIPE,
                env=_environment(client.command[0]),
                start_new_session=True,  # so that whatever it starts can be ended with it
                bufsize=0,
            )
        except OSError as error:
            for descriptor in (master, slave):
                if descriptor is not None:
                    os.close(descriptor)
            raise TargetError(f"cannot start {client.name}: {error.strerror or error}") from error
        if slave is not None:
            os.close(slave)
        assert self._process.stdin is not None
        assert self._process.stderr is not None
        self.input: int | None = self._process.stdin.fileno()
        self.output = master if master is not None else self._process.stdout.fileno()  # type: ignore[union-attr]
        self.errors = self._process.stderr.fileno()
        self._master = master
        for descriptor in (self.input, self.output, self.errors):
            os.set_blocking(descriptor, False)

    @property
    def ended(self) -> int | None:
        """Its exit status, negative for a signal; None while it runs."""
        return self._process.poll()

    def end_input(self) -> None:
        """Closes its standard input."""
        if self.input is not None and self._process.stdin is not None:
            self.input = None
            self._process.stdin.close()

    def close(self) -> None:
        """Ends it, with whatever it has started, and lets go of all descriptors."""
        with contextlib.suppress(OSError):
            os.killpg(self._process.pid, signal.SIGKILL)  # all that it had to show is known
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(STOP_SECONDS)
        self.end_input()
        for stream in (self._process.stdout, self._process.stderr):
            if stream is not None:
                stream.close()
        if self._master is not None:
            os.close(self._master)


def _terminal() -> tuple[int, int]:
    """A pseudo-terminal that changes nothing of what is written to it."""
    import pty  # not on every system
    import tty

    master, slave = pty.openpty()
    tty.setraw(slave)
    return master, slave


def _environment(program: str) -> dict[str, str]:
    """What a client is told of its surroundings: a reader in UTC, UTF-8, no colours, and lines that come at once."""
    environment = dict(os.environ, TZ="UTC", PYTHONUNBUFFERED="1", TERM="dumb", NO_COLOR="1")
    locale = next((environment[name] for name in ("LC_ALL", "LC_CTYPE", "LANG") if environment.get(name)), "")
    if "utf" not in locale.lower():
        environment["LC_ALL"] = "C.UTF-8"
    if program == sys.executable:  # one of ours; somebody else's client shall not find our packages
        ours = str(Path(spec.__file__).parents[1])
        environment["PYTHONPATH"] = os.pathsep.join(filter(None, [environment.get("PYTHONPATH"), ours]))
    return environment
