"""How the time of a frame is shown, and which time the client itself sends (CLIENT-3, TIME-3)."""

import re
from datetime import UTC, datetime, tzinfo

# RFC 3339 section 5.6: T and Z in either case, any number of digits in the fraction, a numeric offset instead of Z.
_RFC3339 = re.compile(
    r"(\d{4}-\d\d-\d\d)[Tt](\d\d:\d\d):(\d\d)(?:\.\d+)?([Zz]|[+-]\d\d:\d\d)",
    re.ASCII,  # \d of Unicode strings would take digits of any script
)


def shown(time: str, zone: tzinfo | None = None) -> str:
    """A frame's time for the reader: an RFC 3339 time in the reader's zone, anything else as it is (CLIENT-3).

    Always with its date and to the second, `2026-11-22 10:21:07`, with a `Z` behind it if the zone is UTC: lines of
    one width sort by time and mean the same tomorrow. The result of another string may hold anything: it has still
    to go through `spec.display`.

    Args:
        time: the time field of a frame.
        zone: the reader's zone; None is the one that the system is set to.
    """
    day, clock_ = clock(time, zone)
    return f"{day} {clock_}" if day else clock_


def clock(time: str, zone: tzinfo | None = None) -> tuple[str, str]:
    """The same in two parts, day and time of day; a time that is shown as it is has an empty day (CLIENT-3)."""
    match = _RFC3339.fullmatch(time)
    # datetime.fromisoformat() alone reads much that is not RFC 3339, such as week dates.
    if match is None:
        return "", time
    date, minute, second, offset = match.groups()
    leap = second == "60"  # RFC 3339 allows it, datetime does not
    try:
        moment = datetime.fromisoformat(f"{date}T{minute}:{'59' if leap else second}{offset.upper()}")
        local = moment.astimezone(zone).isoformat(" ", "seconds")[:19]
    except (ValueError, OverflowError, OSError):  # no such day, or one that no calendar of the system reaches
        return "", time
    return local[:10], (local[11:17] + "60" if leap else local[11:]) + ("Z" if zone is UTC else "")


def sent(now: datetime) -> str:
    """A moment as the client sends it: UTC in TIME-1's canonical form, with milliseconds (TIME-3).

    Args:
        now: an aware datetime.
    """
    return now.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{now.microsecond // 1000:03d}Z"


def utc_now() -> datetime:
    """The moment, as an aware datetime."""
    return datetime.now(UTC)
