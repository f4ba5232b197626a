"""The command `chat-client`."""

import argparse
import os
import sys
from collections.abc import Sequence
from contextlib import closing, suppress
from datetime import UTC
from importlib import metadata

import platformdirs

from reference_client import asking, frames, network, standard
from reference_client.conversation import Conversation
from reference_client.exits import Ending, Exit
from reference_client.line_mode import LineMode, Patience
from reference_client.lines import Lines
from reference_tools import running
from spec import display

_EPILOG = """\
On a terminal, what is said appears above the line that you write: every line is a message, /help lists the commands,
Ctrl-D in an empty line leaves, Ctrl-C clears the line and pressed twice leaves. When the connection is lost it comes
back, with what you were writing; if the nick is refused you are asked for another.

In a pipe, or with --lines, every line of standard input is a message; every frame of the server is one line
`TIME [NICK] TEXT` on standard output. An empty line is an empty message, except on a terminal, where it is nothing. A
line ends with LF or CR LF. Without --nick the first line is the nick. At the end of the input (Ctrl-D) all that was
said is delivered, then the connection is closed; Ctrl-C leaves at once.

The server does not send your own messages back: the terminal shows them with your own clock, a pipe does not.
A message may not contain NUL or octets that are not UTF-8, and with its time and nick it has at most 1048576 octets.

exit status: 0 done, 1 the connection was lost, 2 bad usage or no valid nick, 3 the server cannot be reached or does
not answer, 4 the server refused, 130 left with Ctrl-C, 129 and 143 ended by SIGHUP and SIGTERM
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command.

    Args:
        arguments: the command line without the command; None is the process's.

    Returns:
        The exit status, one of `exits.Exit`. A bad command line raises SystemExit(2), as argparse does.
    """
    standard.occupy_missing()  # before anything opens a descriptor
    options = _parser().parse_args(arguments)
    try:
        with running.listed(running.CLIENT, _about(options)):
            ending = _converse(options)
    except KeyboardInterrupt:
        ending = Ending(Exit.INTERRUPTED)  # meant so: there is nothing to explain
    if ending.sentence:
        tell(ending.sentence)
    return ending.status


def _about(options: argparse.Namespace) -> str:
    return f"{options.nick} at {options.address}" if options.nick else str(options.address)


def tell(sentence: str) -> None:
    """Says something that is no frame to the user, on standard error, with nothing in it that drives a terminal."""
    _standard_error(f"chat-client: {display.safe(sentence)}\n")


def _standard_error(text: str) -> None:
    # None of it may change how the command ends: a script reads the status.
    try:
        print(text, end="", file=sys.stderr, flush=True)
    except OSError:  # nobody is there to hear it; nor is anybody for what the interpreter still holds at its end
        with suppress(OSError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stderr.fileno())


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="chat-client",
        description="A console chat client.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,  # an abbreviation in a script would break with the next option
    )
    parser.add_argument(
        "address",
        metavar="HOST[:PORT]",
        nargs="?",
        type=_address,
        default=network.DEFAULT_HOST,
        help=f"the server; default {network.DEFAULT_HOST}:{network.DEFAULT_PORT}; [::1]:5050 for IPv6",
    )
    parser.add_argument("--nick", type=_nick, help="the name to join with; asked for if not given")
    parser.add_argument("--utc", action="store_true", help="show times in UTC instead of the local zone")
    parser.add_argument(
        "--json",
        action="store_true",
        help="one JSON object for each frame, with type (chat, join, leave, service), time, nick, text, and who",
    )
    parser.add_argument("--lines", action="store_true", help="line by line on a terminal too, without colours and keys")
    parser.add_argument("--no-reconnect", action="store_true", help="on a terminal: leave when the connection is lost")
    parser.add_argument("--no-history", action="store_true", help="on a terminal: keep nothing for the arrow keys")
    parser.add_argument("--bell", action="store_true", help="on a terminal: ring when somebody names you")
    parser.add_argument("--version", action="version", version=f"%(prog)s {_version()}")
    return parser


def _address(text: str) -> network.Address:
    try:
        return network.parse(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(display.safe(str(error))) from None


def _nick(text: str) -> str:
    why = asking.problem(text)
    if why is not None:
        raise argparse.ArgumentTypeError(why)
    return text


def _version() -> str:
    try:
        return metadata.version("chatproto-conformance")
    except metadata.PackageNotFoundError:  # run from the source tree
        return "(not installed)"


def _converse(options: argparse.Namespace) -> Ending:
    return _on_terminal(options) if _wants_terminal(options) else _in_lines(options)


def _wants_terminal(options: argparse.Namespace) -> bool:
    """Whether there is a terminal on both sides that can do more than print lines, and nobody asked for lines."""
    if options.lines or options.json or sys.stdin is None or sys.stdout is None:
        return False
    # Without TERM nobody knows what a terminal can do; Windows has no such variable.
    able = sys.platform == "win32" or os.environ.get("TERM", "") not in ("", "dumb", "unknown")
    return able and sys.stdin.isatty() and sys.stdout.isatty()


def _on_terminal(options: argparse.Namespace) -> Ending:
    # Not at the top: nobody who pipes lines pays for what draws on a terminal.
    from reference_client.terminal import Terminal, run

    folder = None if options.no_history else platformdirs.user_state_path("chatproto")
    terminal = Terminal(
        options.address,
        zone=UTC if options.utc else None,
        reconnect=not options.no_reconnect,
        bell=options.bell,
        folder=folder,
    )
    return run(terminal, options.nick)


def _in_lines(options: argparse.Namespace) -> Ending:
    with closing(standard.source()) as source:
        terminal = sys.stdin is not None and sys.stdin.isatty()
        lines = Lines()  # one for the nick and the messages: they come in one stream
        try:
            nick = options.nick or asking.ask(source, lines, terminal=terminal, prompt=_standard_error, tell=tell)
            connection = network.connect(options.address, Patience().connect)
        except asking.NoNickError as error:
            return Ending(Exit.USAGE, str(error))
        except network.UnreachableError as error:
            return Ending(Exit.UNREACHABLE, str(error))
        with connection:
            written = frames.as_json if options.json else frames.plain(UTC if options.utc else None)
            screen = standard.screen()
            mode = LineMode(Conversation(nick), connection, source, lines, screen, written, tell, skip_empty=terminal)
            return mode.run()
