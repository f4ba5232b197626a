"""Long texts, written down short."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conformance.packing import LEAST_SHARED, packed, runs, shared, size, unpacked

PROPERTY = settings(max_examples=60, deadline=None, database=None, derandomize=True)
FILLER = "".join(f"{number:07x} " for number in range(125_000))


@PROPERTY
@given(st.lists(st.tuples(st.text(max_size=9), st.integers(0, 400)), max_size=4))
def test_runs_are_the_text(drawn: list[tuple[str, int]]) -> None:
    """Of characters as of octets."""
    text = "".join(part * times for part, times in drawn)

    assert "".join(part * times for part, times in runs(text)) == text
    assert b"".join(part * times for part, times in runs(text.encode())) == text.encode()


@PROPERTY
@given(st.lists(st.text(max_size=30), min_size=1, max_size=4), st.sampled_from(["", FILLER[:3000], "x" * 3000, "é1"]))
def test_nothing_is_lost(labels: list[str], end: str) -> None:
    """Whether texts share their ends or not; how large they become is known before."""
    texts = [label + end for label in labels]
    table = shared(texts)
    for text in texts:
        data = json.loads(json.dumps(packed(text, table)))

        assert unpacked(data, table) == text
        assert size(data, table) == len(text)


def test_a_hundred_megabytes_that_differ_in_a_label() -> None:
    """They take one, of which nothing looks like another place; runs are not shared, they are short as they are."""
    texts = [f"far {number} {FILLER}" for number in range(100)]
    table = shared(texts)

    assert len(json.dumps([table, [packed(text, table) for text in texts]])) < 1_020_000
    assert [unpacked(packed(text, table), table) for text in texts[::30]] == texts[::30]
    assert shared(f"{number} " + "x" * 5000 for number in range(5)) == []


@pytest.mark.parametrize(("longer", "count"), [(0, 1), (-1, 0)])
def test_the_least_that_is_shared(longer: int, count: int) -> None:
    """A shorter end stays where it is."""
    end = FILLER[: LEAST_SHARED + longer]

    assert len(shared([f"a{end}", f"b{end}"])) == count


def test_what_is_not_in_the_table() -> None:
    """It is an error, and no other text."""
    data: Any = ["x", {"shared": 1}]
    for look in (unpacked, size):
        with pytest.raises(IndexError):
            look(data, ["y"])
