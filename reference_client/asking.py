"""The nick: from the command line, from a person, or from the first line of a pipe."""

from collections.abc import Callable

from reference_client.lines import TOO_LONG, Lines, Mark
from reference_client.standard import Source
from spec import nicks

PROMPT = "Nick: "


class NoNickError(Exception):
    """There is no nick to join with; the message says why."""


def problem(nick: str) -> str | None:
    """What is wrong with a nick, as a sentence; None for a valid one (NICK-1)."""
    try:
        nick.encode()
    except UnicodeEncodeError:  # an argument that is not UTF-8 comes with surrogates in the place of its octets
        return "a nick is UTF-8"
    return nicks.problem(nick)


def ask(
    source: Source, lines: Lines, *, terminal: bool, prompt: Callable[[str], None], tell: Callable[[str], None]
) -> str:
    """The nick from the next line of the input; a person is asked again until it is valid.

    Args:
        source: the input; waits for it.
        lines: cuts the input; what comes behind the nick stays in it.
        terminal: whether a person is there to be asked.
        prompt: shows a prompt, without a line break.
        tell: takes what is wrong with a person's answer.

    Raises:
        NoNickError: the input ended, or its first line is no valid nick and nobody can be asked again.
    """
    while True:
        if terminal:
            prompt(PROMPT)
        nick, why = _judged(_next_line(source, lines))
        if why is None:
            return nick
        # A script that is asked again would answer with its first message.
        if not terminal:
            raise NoNickError(f"the first line of standard input is no nick: {why}")
        tell(why)


def _judged(line: bytes | Mark) -> tuple[str, str | None]:
    if line is TOO_LONG:
        return "", f"a nick has at most {nicks.MAX_NICK_SCALARS} characters"
    # NICK-2: nothing is trimmed or folded, so that what is announced is what was typed.
    try:
        nick = line.decode()
    except UnicodeDecodeError:
        return "", "a nick is UTF-8"
    return nick, problem(nick)


def _next_line(source: Source, lines: Lines) -> bytes | Mark:
    # The same lines are read on once joined: an input cannot be read for the nick and put back.
    while (line := lines.next_line()) is None:
        if lines.ended:
            raise NoNickError("standard input ended before there was a nick")
        octets = source.read()
        if octets:
            lines.feed(octets)
        else:
            lines.end()
    return line
