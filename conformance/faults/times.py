"""Mistakes about time (TIME-1, TIME-2, RELAY-4)."""

import re
import time
from datetime import UTC, datetime, timedelta

from conformance.faults.fault import Fault
from conformance.faults.frames import SERVER, MalformedError, Peer

# The form of the time that is sent.


class TimeWithOffset(Fault, breaks="TIME-1", mistake="times end with +00:00, as isoformat() writes them"):
    def written(self, moment: datetime) -> bytes:
        return moment.isoformat(timespec="milliseconds").encode()


class TimeWithoutT(Fault, breaks="TIME-1", mistake="a space stands between date and time"):
    def written(self, moment: datetime) -> bytes:
        return super().written(moment).replace(b"T", b" ")


class TimeInLowerCase(Fault, breaks="TIME-1", mistake="times have a lower-case t and z"):
    def written(self, moment: datetime) -> bytes:
        return super().written(moment).lower()


class TimeInNanoseconds(Fault, breaks="TIME-1", mistake="times have nine digits of a second"):
    def written(self, moment: datetime) -> bytes:
        return super().written(moment)[:-1] + b"000000Z"


class TimeInSecondsOf1970(Fault, breaks="TIME-1", mistake="times are seconds since 1970"):
    def written(self, moment: datetime) -> bytes:
        return b"%.3f" % moment.timestamp()


class TimeAsCtime(Fault, breaks="TIME-1", mistake="times look like `Sun Nov 22 10:21:07 2026`"):
    def written(self, moment: datetime) -> bytes:
        return moment.ctime().encode()


class ServiceWithoutTime(Fault, breaks="TIME-1", mistake="service messages have an empty time"):
    def frame(self, moment: bytes, nick: bytes, text: bytes) -> bytes:
        return super().frame(b"" if nick == SERVER else moment, nick, text)


# What is accepted as the client's time.


class _Picky(Fault):
    """Closes on times that it does not like."""

    def dislikes(self, claimed: bytes) -> bool:
        raise NotImplementedError

    def on_frame(self, peer: Peer, claimed: bytes, nick: bytes, text: bytes) -> None:
        if self.dislikes(claimed):
            raise MalformedError("TIME-2", "this is not a time")
        super().on_frame(peer, claimed, nick, text)


class RefusesEmptyTime(_Picky, breaks="TIME-2", mistake="an empty time is refused"):
    def dislikes(self, claimed: bytes) -> bool:
        return not claimed


class RefusesForeignTime(_Picky, breaks="TIME-2", mistake="a time that does not begin with a date is refused"):
    def dislikes(self, claimed: bytes) -> bool:
        return bool(claimed) and not re.match(rb"[0-9]{4}-[0-9]{2}-[0-9]{2}", claimed)


class RefusesLongTime(_Picky, breaks="TIME-2", mistake="a time of more than 32 octets is refused"):
    def dislikes(self, claimed: bytes) -> bool:
        return len(claimed) > 32


class RefusesTimesCutInside(
    _Picky, breaks="TIME-2", mistake="a time whose twentieth octet is inside a character is refused"
):
    def dislikes(self, claimed: bytes) -> bool:
        return claimed[19:20] != b"" and claimed[19] & 0xC0 == 0x80


class RefusesHugeTime(_Picky, breaks="TIME-2", mistake="a time of more than 65,535 octets is refused"):
    def dislikes(self, claimed: bytes) -> bool:
        return len(claimed) > 65535


class RefusesWrongClock(_Picky, breaks="TIME-2", mistake="a frame from a clock that is an hour off is refused"):
    def dislikes(self, claimed: bytes) -> bool:
        try:
            moment = datetime.fromisoformat(claimed.decode())
        except ValueError:
            return False
        return moment.tzinfo is not None and abs(moment - datetime.now(UTC)) > timedelta(hours=1)


# Whose time it is, and which.


class KeepsClientTime(Fault, breaks=("RELAY-4", "TIME-1"), mistake="the client's time is passed on"):
    def stamp(self, claimed: bytes) -> bytes:
        return claimed or super().stamp(claimed)


class KeepsLaterTime(
    Fault, breaks="RELAY-4", mistake="the client's time is passed on if it is later than the server's"
):
    def stamp(self, claimed: bytes) -> bytes:
        own = super().stamp(claimed)
        is_time = re.fullmatch(rb"[0-9]{4}-[0-9-]{5}T[0-9:]{8}(\.[0-9]{1,6})?Z", claimed)
        return max(own, claimed) if is_time else own


class TimeGoesBack(Fault, breaks="RELAY-4", mistake="every seventh time is three seconds in the past"):
    stamps = 0

    def stamp(self, claimed: bytes) -> bytes:
        self.stamps += 1
        return super().stamp(claimed) if self.stamps % 7 else self.written(self.clock() - timedelta(seconds=3))


class LocalTimeAsUtc(Fault, breaks="RELAY-4", mistake="local time (three hours ahead) is sold as UTC"):
    def clock(self) -> datetime:
        return super().clock() + timedelta(hours=3)


class TimeOfStart(Fault, breaks="RELAY-4", mistake="the clock is read once, when the server starts"):
    def setup(self) -> None:
        self.started = super().clock()

    def clock(self) -> datetime:
        return self.started


class ClockRunsFast(Fault, breaks="RELAY-4", mistake="the clock gains a second each second"):
    def setup(self) -> None:
        self.began = time.monotonic()

    def clock(self) -> datetime:
        return super().clock() + timedelta(seconds=time.monotonic() - self.began)


class RoundsChatTimes(
    Fault,
    breaks="RELAY-4",
    mistake="times of chat are rounded to the nearest second, those of service messages are exact",
):
    is_chat = False

    def on_chat(self, peer: Peer, claimed: bytes, nick: bytes, text: bytes) -> None:
        self.is_chat = True
        super().on_chat(peer, claimed, nick, text)
        self.is_chat = False

    def stamp(self, claimed: bytes) -> bytes:
        if not self.is_chat:
            return self.written(self.clock())
        return self.written((self.clock() + timedelta(seconds=0.5)).replace(microsecond=0))
