"""The octets of the suite: frames that it sends, built from their parts, and a reader for what a server sends.

The widths and separators come from the declarative definition. The suite's own reader must never be the reason
for a verdict, so it takes octets however they arrive and says what it could not read instead of guessing.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import NamedTuple

from spec.nicks import SERVER_NICK
from spec.wire import CLIENT_MAX_BODY_OCTETS, NUL, TO_CLIENT

HEADER_OCTETS: int = TO_CLIENT.lengthfield.width
HEADER: re.Pattern[bytes] = TO_CLIENT.lengthfield.pattern  # FRAME-3

HEADER_FORMS = {
    "canonical": "{0:<10}",  # FRAME-2
    "right": "{0:>10}",
    "centred": "{0:^10}",
    "zero-filled": "{0:010}",
    "one leading zero": "0{0:<9}",
    "zeros then spaces": "{0:05}     ",
    "spaces then zeros": "     {0:05}",
    "zeros between spaces": "  {0:06}  ",
}


ANNOUNCED = b" the chat"  # the end of both announcements
LONG_TEXT = 4096  # characters of a text that is worth the trouble of not keeping it twice
NOW = "~~~~-~~-~~T~~:~~:~~.~~~Z"  # in a script: replaced by the time of the playing, of the same width


def now() -> str:
    """This moment in TIME-1's canonical form: what a client says that has nothing to prove (TIME-3)."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"


@dataclass(frozen=True, slots=True)
class Out:
    """One well-formed frame to send: what its fields say and how its header spells the length.

    The header form is a key of HEADER_FORMS or a format string of one number.
    """

    nick: str
    text: str = ""
    time: str = NOW
    header: str = "canonical"

    @property
    def octets(self) -> bytes:
        """The frame on the wire."""
        body = NUL.join(part.encode() for part in (self.time, self.nick, self.text))
        header = HEADER_FORMS.get(self.header, self.header).format(len(body)).encode()
        if len(header) != HEADER_OCTETS:
            raise ValueError(f"the header form {self.header!r} cannot spell {len(body)}")
        return header + body

    @property
    def is_ascii(self) -> bool:
        """Whether each octet of the frame is below 128."""
        return self.time.isascii() and self.nick.isascii() and self.text.isascii()


class Got(NamedTuple):
    """One frame as it was received: its octets, its place, and what is wrong with it, if anything.

    Attributes:
        raw: the body; None if its fields say it all: a long text that the suite itself has sent is not kept twice.
        at: monotonic seconds at which its last octet was read.
        wall: seconds since the epoch at the same moment.
        unseen: seconds before it in which nobody looked: so much earlier it may have come.
        number: how many frames stood before it on the connection.
        problem: the id of the framing requirement that it breaks, or None.
    """

    header: bytes
    raw: bytes | None
    at: float
    wall: float
    number: int
    problem: str | None
    time: str
    nick: str
    text: str
    unseen: float = 0.0

    @property
    def body(self) -> bytes:
        """As it was received."""
        return (
            self.raw if self.raw is not None else NUL.join(part.encode() for part in (self.time, self.nick, self.text))
        )

    @property
    def octets(self) -> bytes:
        """The whole frame."""
        return self.header + self.body

    @property
    def is_service(self) -> bool:
        """Whether it is a service message (SERVICE-1)."""
        return self.nick == SERVER_NICK


class Moment(NamedTuple):
    """When, and as the how many-th of its connection, a frame came: see Got."""

    at: float
    wall: float
    number: int
    unseen: float


class Reader:
    """Cuts a server's stream into frames (FRAME-1, FRAME-3).

    Attributes:
        frames: what was read so far.
        garbage: the octets from the first header on that is none; nothing behind them is read as a frame.
        known: long texts that may come, each by itself: what comes is not kept a second time. None: everything is kept.
        only: octets without which a frame is passed over, unless it looks like an announcement; where no long texts may
            come, whatever is long is not searched to its end. None: all are read.
        passing: how many octets that come next belong to a frame that is passed over: what they are does not matter.
    """

    def __init__(self) -> None:
        self.known: dict[str, str] | None = None
        self.only: bytes | None = None
        self.passing = 0
        self.frames: list[Got] = []
        self.garbage: bytes | None = None
        self._buffer = bytearray()
        self._need = HEADER_OCTETS

    @property
    def unfinished(self) -> bytes:
        """The octets of a frame that is not whole yet; of one that is passed over, the first."""
        return bytes(self._buffer)

    def feed(self, octets: bytes | memoryview, at: float, wall: float, unseen: float = 0.0) -> Iterator[Got]:
        """Takes octets that were read at a moment, and may have come up to `unseen` seconds earlier; gives the frames that
        they complete."""
        if self.garbage is not None:
            self.garbage += bytes(
                octets[: max(0, 4096 - len(self.garbage))]
            )  # enough to show; a server may send for ever
            return
        if self.passing:
            passed = min(self.passing, len(octets))
            self.passing -= passed
            if self.passing:
                return
            octets = octets[passed:]
            self._buffer.clear()
            self._need = HEADER_OCTETS
        self._buffer += octets
        while len(self._buffer) >= self._need:
            if self.only is not None:
                self._pass_over(self.only)
            if len(self._buffer) < HEADER_OCTETS or not self._measure() or len(self._buffer) < self._need:
                return
            length, self._need = self._need, HEADER_OCTETS
            moment = Moment(at, wall, len(self.frames), unseen)
            frame = self._light(length, moment) if self.known is not None and length >= LONG_TEXT else None
            if frame is None:
                frame = _got(bytes(self._buffer[:length]), moment)
            del self._buffer[:length]
            self.frames.append(frame)
            yield frame

    def _pass_over(self, only: bytes) -> None:
        """Drops the whole frames in front that nobody wants to read."""
        place, buffer = 0, self._buffer
        while match := HEADER.fullmatch(buffer, place, place + HEADER_OCTETS):
            end = place + HEADER_OCTETS + int(match[1])
            last = end if self.known else min(end, place + LONG_TEXT)
            if last > len(buffer) or end - place > HEADER_OCTETS + CLIENT_MAX_BODY_OCTETS:
                break
            if buffer.find(only, place, last) >= 0 or buffer.find(ANNOUNCED, place, last) >= 0:
                break
            if end > len(buffer):
                self.passing = end - len(buffer)
                del buffer[last:]
                break
            place = end
        del buffer[:place]
        self._need = HEADER_OCTETS

    def _light(self, length: int, moment: Moment) -> Got | None:
        """The long frame in front, without a second copy of a text that is known; where nothing long was said, what is long is
        another conversation's, and cut. None for a frame that has to be kept whole."""
        first = self._buffer.find(NUL, HEADER_OCTETS, length)
        second = self._buffer.find(NUL, first + 1, length)
        if not HEADER_OCTETS <= first < second or self._buffer.find(NUL, second + 1, length) >= 0:
            return None
        try:
            with memoryview(self._buffer) as whole, whole[second + 1 : length] as part:
                text = str(part, "utf-8")
            time, nick = self._buffer[HEADER_OCTETS:first].decode(), self._buffer[first + 1 : second].decode()
        except UnicodeDecodeError:
            return None
        raw, kept = None, self.known.get(text) if self.known else text[:LONG_TEXT]
        if kept is None or len(text) < LONG_TEXT:
            return None
        if not self.known:
            raw = bytes(self._buffer[HEADER_OCTETS : HEADER_OCTETS + LONG_TEXT])
        return Got(bytes(self._buffer[:HEADER_OCTETS]), raw, *moment[:3], None, time, nick, kept, moment.unseen)

    def _measure(self) -> bool:
        match = HEADER.fullmatch(self._buffer, 0, HEADER_OCTETS)
        if match is None or int(match[1]) > CLIENT_MAX_BODY_OCTETS:
            self.garbage = bytes(self._buffer[:4096])
            self._buffer.clear()
            return False
        self._need = HEADER_OCTETS + int(match[1])
        return True


def _got(octets: bytes, moment: Moment) -> Got:
    header, body = octets[:HEADER_OCTETS], octets[HEADER_OCTETS:]
    parts = body.split(NUL)
    problem = None if len(parts) == 3 else "BODY-1"
    parts = [*parts, b"", b""]
    try:
        time, nick, text = parts[0].decode(), parts[1].decode(), parts[2].decode()
    except UnicodeDecodeError:
        problem = problem or "BODY-2"
        time, nick, text = (part.decode(errors="replace") for part in parts[:3])
    at, wall, number, unseen = moment
    return Got(header, body, at, wall, number, problem, time, nick, text, unseen)


RFC3339 = re.compile(r"(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:\.(\d{1,6}))?Z")  # TIME-1


@lru_cache(maxsize=4096)  # many frames are of one moment, and each is judged more than once
def instant(time: str) -> float | None:
    """The seconds since the epoch that a time of TIME-1's form names; None for any other form, or for no such moment."""
    match = RFC3339.fullmatch(time)
    if match is None or not time.isascii():
        return None
    year, month, day, hour, minute, second, fraction = match.groups()
    micros = int((fraction or "0").ljust(6, "0"))
    try:
        whole = datetime(int(year), int(month), int(day), int(hour), int(minute), min(int(second), 59), tzinfo=UTC)
    except ValueError:
        return None
    return whole.timestamp() + (int(second) > 59) + micros / 1e6 if int(second) <= 60 else None


def joined(nick: str) -> str:
    """The text of the announcement of a join (JOIN-2)."""
    return f"[{nick}] joined the chat"


def left(nick: str) -> str:
    """The text of the announcement of a leave (LEAVE-1)."""
    return f"[{nick}] left the chat"


def announced(text: str) -> tuple[str, str] | None:
    """Splits the text of an announcement into `joined` or `left` and the nick; None if it is none (SERVICE-1)."""
    for verb in ("joined", "left"):
        tail = f"] {verb} the chat"
        if text.startswith("[") and text.endswith(tail) and len(text) > len(tail):
            return verb, text[1 : -len(tail)]
    return None


def is_nobody(name: str) -> bool:
    """Whether a nick is what servers call a connection without one: empty, None, an address …"""
    plainest = name.strip("<>()'\" ").casefold()
    placeholders = {"", "none", "null", "nil", "undefined", "unknown", "anonymous", "guest", "nobody", "?"}
    return plainest in placeholders or plainest.startswith(("127.0.0.1", "::1", "localhost"))
