"""Times as shown and as sent."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reference_client import times

EAST = timezone(timedelta(hours=5, minutes=30))


@pytest.mark.parametrize(
    ("time", "expected"),
    [
        ("2026-11-22T10:21:07.123Z", "2026-11-22 10:21:07Z"),
        ("2026-11-22T10:21:07Z", "2026-11-22 10:21:07Z"),
        ("2026-11-22t10:21:07.999999999z", "2026-11-22 10:21:07Z"),
        ("2026-11-22T00:21:07+05:30", "2026-11-21 18:51:07Z"),
        ("2026-11-22T10:21:07-00:00", "2026-11-22 10:21:07Z"),
        ("2016-12-31T23:59:60Z", "2016-12-31 23:59:60Z"),
        ("0001-02-03T04:05:06Z", "0001-02-03 04:05:06Z"),
    ],
)
def test_rfc3339_is_shown_in_utc(time: str, expected: str) -> None:
    """Every form of RFC 3339 is converted, the fraction is cut, a leap second is kept (CLIENT-3)."""
    assert times.shown(time, UTC) == expected


@pytest.mark.parametrize(
    "time",
    [
        "",
        "now",
        "10:21",
        "Sun Nov 22 10:21:07 2026",
        "2026-11-22 10:21:07Z",
        "2026-11-22T10:21:07",
        "2026-11-22T10:21Z",
        "2026-02-30T10:21:07Z",
        "2026-11-22T24:00:00Z",
        "2026-11-22T10:21:61Z",
        "2026-11-22T10:21:07+25:00",
        "0001-01-01T00:00:00+23:00",
        "2026-11-22T10:21:07.Z",
        "٢٠٢٦-11-22T10:21:07Z",
        "2026-11-22T10:21:07.٣Z",
        "2026-11-22T10:21:07Z\n",
        "\x1b[2J",
    ],
)
def test_any_other_time_is_shown_as_it_is(time: str) -> None:
    """What is not RFC 3339, or no moment that there is, is left alone (CLIENT-3)."""
    assert times.shown(time, UTC) == time


def test_the_zone_is_the_readers() -> None:
    """The reader's zone decides about the date too, and only UTC is marked (CLIENT-3)."""
    assert times.shown("2026-11-22T20:21:07Z", EAST) == "2026-11-23 01:51:07"


def test_sent_is_utc_with_milliseconds() -> None:
    """The client sends TIME-1's canonical form, cut and not rounded (TIME-3)."""
    assert times.sent(datetime(2026, 11, 23, 1, 51, 7, 999_999, EAST)) == "2026-11-22T20:21:07.999Z"
    assert times.sent(datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)) == "2026-01-02T03:04:05.000Z"


def test_now_is_aware() -> None:
    """The clock knows its zone."""
    assert times.utc_now().tzinfo is UTC


@settings(deadline=None, database=None)
@given(st.datetimes(datetime(1970, 1, 1), datetime(9999, 12, 31), timezones=st.just(UTC)))
def test_sent_times_are_shown_to_the_second(moment: datetime) -> None:
    """What the client sends is RFC 3339 that it can show."""
    assert times.shown(times.sent(moment), UTC) == moment.strftime("%Y-%m-%d %H:%M:%SZ")


@settings(deadline=None, database=None)
@given(st.text() | st.from_regex(times._RFC3339, fullmatch=True))
def test_no_time_is_too_strange(time: str) -> None:
    """Any string can be shown, in the system's zone too."""
    for zone in (None, UTC, EAST):
        assert isinstance(times.shown(time, zone), str)
