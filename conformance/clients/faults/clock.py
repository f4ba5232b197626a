"""A time of RFC 3339 on the clock of a reader in UTC."""

import re
from datetime import datetime, timedelta

_MOMENT = re.compile(r"(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:\.\d+)?(?:Z|([+-])(\d\d):(\d\d))", re.ASCII)


def in_utc(time: str) -> str:
    """Hours, minutes and seconds; any other time as it is."""
    match = _MOMENT.fullmatch(time)
    if match is None:
        return time
    try:
        moment = datetime(*(int(part) for part in match.groups()[:6]))  # type: ignore[arg-type]
    except ValueError:
        return time
    if match[7]:
        offset = timedelta(hours=int(match[8]), minutes=int(match[9]))
        moment = moment - offset if match[7] == "+" else moment + offset
    return moment.strftime("%H:%M:%S")
