"""TIME-1, RELAY-4."""

import re
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reference_server.stamps import Stamps
from tests.reference_server.helpers import MIDNIGHT_NS

MOMENTS = st.integers(0, 4_102_444_800_000_000_000)  # 1970 to 2100


@pytest.mark.parametrize(
    ("now_ns", "stamp"),
    [
        (MIDNIGHT_NS, "2026-01-01T00:00:00.000Z"),
        (MIDNIGHT_NS + 999_999, "2026-01-01T00:00:00.000Z"),
        (MIDNIGHT_NS + 1_999_999_999, "2026-01-01T00:00:01.999Z"),
        (MIDNIGHT_NS - 1, "2025-12-31T23:59:59.999Z"),
        (0, "1970-01-01T00:00:00.000Z"),
    ],
)
def test_a_stamp_is_cut_to_milliseconds(now_ns: int, stamp: str) -> None:
    """RELAY-4: coarser digits are cut, not rounded."""
    assert Stamps().stamp(now_ns) == stamp


@settings(deadline=None, database=None)
@given(st.lists(MOMENTS, min_size=1))
def test_stamps_never_decrease(moments: list[int]) -> None:
    """Whatever the clock does; each is canonical (TIME-1) and the latest moment so far, to the millisecond."""
    stamps = Stamps()

    made = [stamps.stamp(moment) for moment in moments]

    assert made == sorted(made)
    for index, stamp in enumerate(made):
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", stamp)
        instant = datetime.fromisoformat(stamp) - datetime(1970, 1, 1, tzinfo=UTC)
        assert instant.total_seconds() == pytest.approx(max(moments[: index + 1]) // 1_000_000 / 1000, abs=1e-5)
