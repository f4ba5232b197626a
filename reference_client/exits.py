"""How a client ends: the exit status and the sentence for its user."""

from enum import IntEnum
from typing import NamedTuple


class Exit(IntEnum):
    """The exit statuses of the command; scripts rely on the numbers."""

    DONE = 0
    LOST = 1  # the connection ended although the user had not, or not all was sent
    USAGE = 2  # argparse's own number for a bad command line
    UNREACHABLE = 3
    REFUSED = 4
    HUNG_UP = 129  # what shells report for a command ended by SIGHUP; the terminal mode leaves in order
    INTERRUPTED = 130  # by Ctrl-C
    TERMINATED = 143  # by SIGTERM; the terminal mode leaves in order


class Ending(NamedTuple):
    """Why a conversation is over: its status, and a sentence for the user, empty if there is nothing to say."""

    status: Exit
    sentence: str = ""
