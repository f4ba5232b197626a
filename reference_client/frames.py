"""One frame of the server as the client's own value, and the two ways that line mode writes it."""

import json
from collections.abc import Callable
from datetime import tzinfo
from enum import StrEnum
from typing import NamedTuple

from reference_client import times
from spec import display
from spec.nicks import SERVER_NICK


class Kind(StrEnum):
    """What a frame is; the values are the `type` of `--json`, on which scripts rely."""

    CHAT = "chat"
    JOIN = "join"
    LEAVE = "leave"
    SERVICE = "service"  # any other of the server's messages


# SERVICE-1: no other service message has these ends, so the announcements can be told by them (JOIN-2, LEAVE-1).
_ANNOUNCEMENTS = ((Kind.JOIN, "] joined the chat"), (Kind.LEAVE, "] left the chat"))


class Frame(NamedTuple):
    """A frame that the server sent, its fields as they came: they may hold anything (CLIENT-4).

    Attributes:
        kind: what it is.
        time: as the server wrote it, RFC 3339 or not (CLIENT-3).
        nick: whose it is; `Server` for all but chat.
        text: what is said or announced.
        who: the nick that an announcement is about; None for everything else.
    """

    kind: Kind
    time: str
    nick: str
    text: str
    who: str | None = None


def service(time: str, text: str) -> Frame:
    """A service message as the announcement that it is, if it is one (SERVICE-1)."""
    for kind, end in _ANNOUNCEMENTS:
        # A nick is never empty (NICK-1), and may itself end with `]`: only the outermost brackets count.
        if text.startswith("[") and text.endswith(end) and len(text) > len(end) + 1:
            return Frame(kind, time, SERVER_NICK, text, text[1 : -len(end)])
    return Frame(Kind.SERVICE, time, SERVER_NICK, text)


def plain(zone: tzinfo | None = None) -> Callable[[Frame], str]:
    """Writes frames as lines `TIME [NICK] TEXT` that are safe to print (CLIENT-2, CLIENT-4).

    Args:
        zone: the reader's time zone; None is the system's (CLIENT-3).
    """

    def line(frame: Frame) -> str:
        # CLIENT-4: also a time that is shown as it is can be hostile, so all three fields go through.
        return display.line(times.shown(frame.time, zone), frame.nick, frame.text)

    return line


def as_json(frame: Frame) -> str:
    """A frame as one JSON object in one line of ASCII; its fields are what the server sent, octet for octet.

    The keys are `type`, `time`, `nick`, `text`, and `who` for a join or leave.
    """
    fields = {"type": frame.kind.value, "time": frame.time, "nick": frame.nick, "text": frame.text}
    if frame.who is not None:
        fields["who"] = frame.who
    # CLIENT-4: everything but printable ASCII is escaped, DEL included.
    return json.dumps(fields, ensure_ascii=True)
