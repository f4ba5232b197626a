"""What a line of the user means."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reference_client import commands
from reference_client.commands import HELP, Command, Mistake, Order, Say, parse


@pytest.mark.parametrize(
    ("line", "meaning"),
    [
        ("hi", Say("hi")),
        (" /help", Say(" /help")),
        ("//help", Say("/help")),
        ("//", Say("/")),
        ("/help", Order(Command.HELP, "")),
        ("/quit ", Order(Command.QUIT, "")),
        ("/nick  Anna M ", Order(Command.NICK, "Anna M")),
        ("/search two words", Order(Command.SEARCH, "two words")),
    ],
)
def test_meanings(line: str, meaning: Say | Order) -> None:
    """A slash at the very beginning makes a command, two make a text with one."""
    assert parse(line) == meaning


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("/hlep", "no command /hlep; did you mean /help? Nothing was sent. //hlep would"),
        ("/xyz a", "no command /xyz; /help lists them. Nothing was sent."),
        ("/QUIT", "did you mean /quit?"),
        ("/ help", "there is no command /;"),
        ("/nick", "/nick needs NEW behind it. Nothing was sent."),
        ("/quit now", "/quit takes nothing behind it. Nothing was sent."),
        ("/usr/bin\nmore", "there is no command /usr/bin;"),
        ("/help\n", "there is no command /help;"),
    ],
)
def test_mistakes(line: str, why: str) -> None:
    """What begins like a command and is none is said so, and that nothing was sent."""
    mistake = parse(line)
    assert isinstance(mistake, Mistake)
    assert why in mistake.why


@settings(deadline=None, database=None)
@given(st.text(min_size=1) | st.text(min_size=1).map("/{}".format))
def test_what_is_said_never_comes_of_one_slash(line: str) -> None:
    """Nothing that begins with one slash is ever sent, and everything else is sent as it stands."""
    meaning = parse(line)
    if line.startswith("/") and not line.startswith("//"):
        assert not isinstance(meaning, Say)
    else:
        assert meaning == Say(line.removeprefix("/") if line.startswith("//") else line)


def test_the_help_names_every_command() -> None:
    """Also the slash itself, and that one's own words do not come back."""
    for command in Command:
        assert f"/{command.word}" in HELP
    assert "//text" in HELP
    assert "does not send it back" in HELP


def test_completions() -> None:
    """A beginning of a command becomes all that it may be."""
    assert commands.completions("/") == [f"/{command.word}" for command in Command]
    assert commands.completions("/se") == ["/search"]
    assert commands.completions("he") == commands.completions("/search x") == []
