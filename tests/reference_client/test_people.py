"""Who has been heard of."""

from reference_client import people
from reference_client.frames import Frame, Kind, service
from reference_client.people import People
from tests.reference_client.peers import TIME


def heard(*frames: Frame) -> People:
    """People after some frames."""
    known = People()
    for frame in frames:
        known.hear(frame)
    return known


def joined(nick: str) -> Frame:
    """An announcement."""
    return service(TIME, f"[{nick}] joined the chat")


def test_announcements_and_messages_tell() -> None:
    """Who joins or speaks is there, who leaves is not, other service messages tell nothing."""
    known = heard(
        joined("ann"),
        Frame(Kind.CHAT, TIME, "Bob", "hi"),
        joined("carol"),
        service(TIME, "welcome"),
        service(TIME, "[carol] left the chat"),
        service(TIME, "[dave] left the chat"),
    )
    assert known.names() == ["ann", "Bob"]
    assert len(known) == 2


def test_they_are_bounded() -> None:
    """A server that announces for ever is forgotten from the front."""
    known = heard(*(joined(str(number)) for number in range(people.MOST + 3)))
    assert len(known) == people.MOST
    assert "2" not in known.names()
    assert "3" in known.names()


def test_completions() -> None:
    """The latest speaker first, in any case, not oneself, and nicks with spaces from their first word."""
    known = heard(joined("Anna Maria"), joined("anton"), joined("ann"), Frame(Kind.CHAT, TIME, "Anna Maria", "hi"))

    assert known.completions("AN", "ann") == [(2, "Anna Maria"), (2, "anton")]
    assert known.completions("hi anna m", "ann") == [(6, "Anna Maria")]
    assert known.completions("hi @ant", "ann") == [(3, "anton")]
    assert known.completions("joan", "ann") == known.completions("an ", "ann") == known.completions("", "ann") == []


def test_a_nick_that_would_drive_the_line_is_not_completed() -> None:
    """The input line is on the terminal too (CLIENT-4)."""
    assert heard(joined("an\u202eton")).completions("an", "me") == []
