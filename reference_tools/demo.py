"""The command `chat-demo`: a server and some clients, in front of one's eyes."""

import argparse
import os
import sys
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Protocol

import spec
from reference_tools import desktop, tmux
from reference_tools.awaiting import Awaited, FailedError
from reference_tools.options import ArgumentParser, whole, write_anything
from reference_tools.running import UNLISTED
from spec import display, nicks

NAMES = ("ann", "bob", "carl", "dora", "emil", "fay", "gus", "hana")
DEFAULT_CLIENTS = 3
DEFAULT_PORT = 5050
MOST_CLIENTS = 50  # ROBUST-6: as many fit into any server
PATIENCE_S = 20.0
SERVER_TITLE = "server: chat-stop ends it all"
FAILED = 1
# Terminals are started by servers of tmux and of desktops, whose environment is not ours.
PASSED_ON = ("PYTHONPATH", "XDG_STATE_HOME", UNLISTED)

_EPILOG = """\
In tmux: a new session with a pane for each, attached where there is a terminal; within tmux, a new window. On a
desktop: a window for each. auto is tmux where it is installed, and windows otherwise or where there is no terminal.
Port 0 is a free one. Windows and macOS have not been tried.

To end it: chat-stop, which ends all servers and clients of yours; or close the windows, or kill the tmux session.

exit status: 0 the demo runs, or has run, 1 it cannot be opened, 2 bad usage
"""


class Stage(Protocol):
    """Where the server and the clients appear."""

    @property
    def kind(self) -> str:
        """Where that is, for people."""

    @property
    def to_close(self) -> str:
        """A command that ends it all at once; none if there is no such command."""

    def open(self, title: str, words: Sequence[str]) -> None:
        """Runs a command in a place of its own; raises FailedError."""

    def trouble(self) -> str | None:
        """Why it cannot be expected to run there, if that is known."""

    def show(self) -> None:
        """Lets the user see it."""

    def close(self) -> None:
        """Ends what was opened."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command; gives its exit status."""
    write_anything()
    parser = _parser()
    options = parser.parse_args(arguments)
    try:
        names = names_for(options.nicks, options.clients)
    except ValueError as error:
        parser.error(str(error))
    try:
        perform(stage_for(options.place), names, options.port)
    except FailedError as error:
        print(f"chat-demo: {error}", file=sys.stderr)
        return FAILED
    return 0


def perform(stage: Stage, names: Sequence[str], port: int) -> None:
    """Opens the server and, when it listens, the clients, and shows them.

    Raises:
        FailedError: that cannot be done; then what was opened is closed.
    """
    try:
        address = _serve(stage, port)
        for name in names:
            stage.open(name, _words([*_python("reference_client"), f"--nick={name}", address]))
    except FailedError:
        stage.close()
        raise
    people = display.safe(", ".join(names))
    print(f"chat-demo: a server at {address} and the clients {people}, in {stage.kind}.")
    print(f"To end it: chat-stop{stage.to_close and f', or {stage.to_close}'}", flush=True)
    stage.show()


def _serve(stage: Stage, port: int) -> str:
    """Opens the server; its address, once it listens."""
    with closing(Awaited()) as awaited:
        report = ["--report", str(awaited.port), awaited.mark]
        stage.open(SERVER_TITLE, _words([*report, *_python("reference_server"), "--port", str(port)]))
        try:
            return awaited.address(PATIENCE_S, stage.trouble)
        except FailedError as error:
            hint = "; chat-demo --port 0 takes a free one" if "cannot listen" in str(error) else ""
            raise FailedError(f"{error}{hint}") from None


def _words(words: Sequence[str]) -> list[str]:
    """The command line for a pane with what it needs of our environment."""
    command = [*_python("reference_tools.pane"), *words]
    if sys.platform == "win32":
        return command  # a new console has our environment
    kept = {name: os.environ[name] for name in PASSED_ON if name in os.environ}
    ours = str(Path(spec.__file__).parents[1])
    kept["PYTHONPATH"] = os.pathsep.join(filter(None, [kept.get("PYTHONPATH"), ours]))
    return ["env", *(f"{name}={value}" for name, value in kept.items()), *command]


def _python(module: str) -> list[str]:
    """The command line of a module of this installation."""
    return [sys.executable, "-P", "-m", module]


def names_for(given: list[str] | None, count: int | None) -> list[str]:
    """The nicks of the clients, as many as are wanted.

    Raises:
        ValueError: they would be refused, or there are not as many as are wanted; the message says so.
    """
    if given is None:
        count = DEFAULT_CLIENTS if count is None else count
        return [*NAMES, *(f"guest{number}" for number in range(len(NAMES) + 1, count + 1))][:count]
    if count not in (None, len(given)):
        raise ValueError(f"--clients {count}, but --nicks has {len(given)}; one of the two is enough")
    if len(given) > MOST_CLIENTS:
        raise ValueError(f"--nicks has {len(given)}, and {MOST_CLIENTS} are the most")
    holders = {nicks.key(nicks.SERVER_NICK): nicks.SERVER_NICK}
    for name in given:
        if nicks.key(name) in holders:  # NICK-4, NICK-5
            raise ValueError(f"--nicks: the server would refuse {name!r} beside {holders[nicks.key(name)]!r}")
        holders[nicks.key(name)] = name
    return given


def _nicks(text: str) -> list[str]:
    try:
        text.encode()
    except UnicodeEncodeError:  # octets that are no UTF-8 come as surrogates
        raise argparse.ArgumentTypeError("a nick is UTF-8") from None
    names = [name.strip(" ") for name in text.split(",")]  # NICK-1: a space around a comma is no part of a nick
    for name in names:
        why = nicks.problem(name)
        if why is not None:
            raise argparse.ArgumentTypeError(f"{name!r}: {why}")
    return names


def stage_for(place: str) -> Stage:
    """Where the demo appears.

    Raises:
        FailedError: there is no such place here.
    """
    if place == "auto":
        is_seen = bool(os.environ.get("TMUX")) or has_terminal()
        place = "tmux" if tmux.is_there() and (is_seen or not desktop.is_there()) else "windows"
        if place == "windows" and not desktop.is_there():
            raise FailedError(
                "neither tmux nor a desktop with a terminal is here. Install tmux (apt install tmux, brew install tmux),"
                " or start chat-server and then chat-client in terminals of your own"
            )
    if place == "tmux":
        if not tmux.is_there():
            raise FailedError("tmux is not installed (apt install tmux, brew install tmux); --in windows needs none")
        return tmux.Panes()
    return desktop.Windows()


def has_terminal() -> bool:
    """Whether a session of tmux can be shown where this command was called."""
    return sys.stdin.isatty() and sys.stdout.isatty()


def _parser() -> ArgumentParser:
    parser = ArgumentParser("chat-demo", "Opens a chat server and some clients of it.", _EPILOG)
    parser.add_argument(
        "--clients",
        type=lambda text: whole(text, 1, MOST_CLIENTS, "clients"),
        metavar="N",
        help=f"how many ({DEFAULT_CLIENTS})",
    )
    parser.add_argument("--nicks", type=_nicks, metavar="A,B,…", help=f"their nicks ({','.join(NAMES[:3])},…)")
    parser.add_argument(
        "--port",
        type=lambda text: whole(text, 0, 65535, "a port"),
        default=DEFAULT_PORT,
        help="of the server, 0 for a free one (%(default)s)",
    )
    parser.add_argument(
        "--in", dest="place", choices=("auto", "tmux", "windows"), default="auto", help="where (%(default)s)"
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
