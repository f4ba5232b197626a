"""What a line of the user means: something to say, or a command; a mistyped command is never something to say."""

import difflib
from enum import Enum
from typing import NamedTuple


class Command(Enum):
    """The commands: name, what may stand behind it, what it does."""

    HELP = "help", "", "shows this"
    QUIT = "quit", "", "leaves (Ctrl-D too)"
    WHO = "who", "", "lists whom this client has heard of since it joined"
    NICK = "nick", "NEW", "leaves and joins again under another nick, after a question"
    SEARCH = "search", "WORDS", "finds what was shown here"
    RECONNECT = "reconnect", "", "does not wait for the next attempt"
    CLEAR = "clear", "", "clears the screen"

    def __init__(self, word: str, argument: str, does: str) -> None:
        self.word = word
        self.argument = argument
        self.does = does


class Order(NamedTuple):
    """A command with what stands behind it."""

    command: Command
    argument: str


class Say(NamedTuple):
    """A text for everybody."""

    text: str


class Mistake(NamedTuple):
    """A line that begins like a command and is none: why, as a sentence for the user."""

    why: str


_WORDS = {command.word: command for command in Command}

HELP = "\n".join(
    [
        "Every line is a message to everybody; the server does not send it back: you see it with your own clock.",
        *(f"/{each.word} {each.argument}".ljust(16) + each.does for each in Command),
        "//text".ljust(16) + "says /text",
        "Tab completes nicks and commands; arrow up brings back what you wrote. Ctrl-C clears the line, twice it leaves.",
    ]
)


def parse(line: str) -> Say | Order | Mistake:
    """What a line means.

    Args:
        line: as typed or pasted; not empty. It may hold line breaks.
    """
    if line.startswith("//"):
        return Say(line[1:])
    if not line.startswith("/"):
        return Say(line)
    word, _, argument = line[1:].partition(" ")
    command = _WORDS.get(word)
    if command is None:
        return Mistake(_unknown(word))
    return _checked(command, argument.strip(" "))


def completions(before: str) -> list[str]:
    """The commands that a line can become, with their slash."""
    if not before.startswith("/"):
        return []
    return [f"/{word}" for word in _WORDS if word.startswith(before[1:])]


def _checked(command: Command, argument: str) -> Order | Mistake:
    if command.argument and not argument:
        return Mistake(f"/{command.word} needs {command.argument} behind it. Nothing was sent.")
    if argument and not command.argument:
        return Mistake(f"/{command.word} takes nothing behind it. Nothing was sent.")
    return Order(command, argument)


def _unknown(word: str) -> str:
    near = difflib.get_close_matches(word[:20].lower(), _WORDS, n=1)
    meant = f"did you mean /{near[0]}?" if near else "/help lists them."
    shown = word[:20].partition("\n")[0]
    return f"there is no command /{shown}; {meant} Nothing was sent. //{shown} would say it as text."
