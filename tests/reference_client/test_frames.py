"""Frames as values, as lines and as JSON."""

import json
from datetime import UTC

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reference_client.frames import Frame, Kind, as_json, plain, service
from tests.reference_client.peers import SHOWN, TIME


@pytest.mark.parametrize(
    ("text", "kind", "who"),
    [
        ("[bob] joined the chat", Kind.JOIN, "bob"),
        ("[bob] left the chat", Kind.LEAVE, "bob"),
        ("[a] joined the chat] left the chat", Kind.LEAVE, "a] joined the chat"),
        ("[[x]] joined the chat", Kind.JOIN, "[x]"),
        ("[] joined the chat", Kind.SERVICE, None),
        ("bob joined the chat", Kind.SERVICE, None),
        ("[bob] joined the chat.", Kind.SERVICE, None),
        ("shutting down", Kind.SERVICE, None),
        ("", Kind.SERVICE, None),
    ],
)
def test_announcements_are_told_by_their_ends(text: str, kind: Kind, who: str | None) -> None:
    """Join and leave name their nick whole, whatever it looks like; all else is a service message (SERVICE-1)."""
    assert service(TIME, text) == Frame(kind, TIME, "Server", text, who)


def test_a_line() -> None:
    """A frame is `TIME [NICK] TEXT`, safe to print (CLIENT-2, CLIENT-4)."""
    assert plain(UTC)(Frame(Kind.CHAT, TIME, "b\x9bb", "hi\nho\x1b[2J")) == f"{SHOWN}Z [b\ufffdb] hi\u240aho\u241b[2J"


def test_json() -> None:
    """The keys and their values, the time as it was sent; `who` only where somebody is announced."""
    assert json.loads(as_json(Frame(Kind.CHAT, TIME, "bób", "hi"))) == {
        "type": "chat",
        "time": TIME,
        "nick": "bób",
        "text": "hi",
    }
    assert json.loads(as_json(service("noon", "[bob] left the chat"))) == {
        "type": "leave",
        "time": "noon",
        "nick": "Server",
        "text": "[bob] left the chat",
        "who": "bob",
    }


ANYTHING = st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs"]))


@settings(deadline=None, database=None)
@given(ANYTHING, ANYTHING, ANYTHING | st.just("\x7f\x9b\u2028\n"))
def test_json_is_one_line_of_printable_ascii_that_holds_all(time: str, nick: str, text: str) -> None:
    """Nothing drives the terminal that JSON is printed on, and nothing is lost (CLIENT-4)."""
    line = as_json(Frame(Kind.CHAT, time, nick, text))

    assert line.isascii()
    assert line.isprintable()
    assert json.loads(line) == {"type": "chat", "time": time, "nick": nick, "text": text}
