"""Bounds and views of `chat-server` that are off unless asked for: their options, and what is to be said of them."""

import argparse
from collections.abc import Callable, Iterator
from typing import Any, NoReturn, TypeVar

from reference_server.settings import LEAST_CLIENTS, Rate, Settings

USAGE = 2  # the exit status of a wrong command line
MOST_CLIENTS = 1_000_000  # more than any system gives descriptors for: a slip of the hand
MOST_MESSAGES = 1_000_000

_Number = TypeVar("_Number", int, float)


class Parser(argparse.ArgumentParser):
    """Takes no abbreviations: one in a script would break with the next option."""

    def __init__(self, prog: str, **options: Any) -> None:
        super().__init__(prog, allow_abbrev=False, **options)

    def error(self, message: str) -> NoReturn:
        """One line; the usage is a `--help` away and hides what was wrong."""
        self.exit(USAGE, f"{self.prog}: {message}\n")


def within(text: str, kind: Callable[[str], _Number], least: _Number, most: _Number, what: str) -> _Number:
    """Reads a number of the command line.

    Raises:
        argparse.ArgumentTypeError: it is none, or not in that range; the message says what it should be.
    """
    try:
        number = kind(text)
    except ValueError:
        number = None
    if number is None or not least <= number <= most:
        low, high = (str(end).removesuffix(".0") for end in (least, most))
        raise argparse.ArgumentTypeError(f"{what}: {low} to {high}, not {text!r}")
    return number


def add(parser: argparse.ArgumentParser) -> None:
    """Adds the options to the command line."""
    parser.add_argument(
        "--max-clients",
        type=_clients,
        metavar="N",
        help="connections at once; more are told that it is full (no limit)",
    )
    parser.add_argument(
        "--max-per-address",
        type=_clients,
        metavar="N",
        help="the same for one IPv4 address or one IPv6 /64 network (no limit)",
    )
    parser.add_argument(
        "--rate",
        type=_rate,
        metavar="N[/S]",
        help="messages of one member in S seconds, 1 if not given; more are delayed (no limit)",
    )
    parser.add_argument(
        "--status-interval",
        type=_interval,
        metavar="S",
        help="seconds between two lines of status on standard error; SIGUSR1 asks for one (none)",
    )


def _interval(text: str) -> float:
    return within(text, float, 0.1, 86_400.0, "seconds between two lines of status")


def _rate(text: str) -> Rate:
    messages, slash, seconds = text.partition("/")
    if slash and not seconds:
        raise argparse.ArgumentTypeError(f"messages in seconds, such as 20/10, not {text!r}")
    return Rate(
        within(messages, int, 1, MOST_MESSAGES, "messages"),
        within(seconds or "1", float, 0.001, 3600.0, "the seconds for them"),
    )


def _clients(text: str) -> int:
    return within(text, int, 1, MOST_CLIENTS, "connections at once")


def warnings(settings: Settings, room: int) -> Iterator[str]:
    """What an operator should know before the server runs like this.

    Args:
        settings: what was asked for.
        room: about how many connections there are descriptors for.
    """
    for option, value in (("--max-clients", settings.max_clients), ("--max-per-address", settings.max_per_address)):
        if value is not None and value < LEAST_CLIENTS:
            yield f"{option} {value} breaks ROBUST-6: {LEAST_CLIENTS} clients can be joined at once, it says"
    if room < max(LEAST_CLIENTS, settings.max_clients or 0):
        yield f"there are descriptors for about {room} connections only; see ulimit -n, and --selector"
