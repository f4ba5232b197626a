"""The reader of schemas says what a whole one says."""

import copy
import json
from typing import Any

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conformance import report
from conformance.capsule import schema
from conformance.schemas import problem
from tests.conformance.capsules import capsule

WHOLE = jsonschema.Draft202012Validator(schema())
SOUND: dict[str, Any] = json.loads(json.dumps(capsule("FRAME-6/one-cut").as_json()))
VALUES: list[Any] = [
    None,
    True,
    0,
    -1,
    1.5,
    2.0,
    1000.0,
    "",
    "zz",
    "00",
    [],
    [1],
    [""],
    {},
    {"repeat": "a", "times": 1},
]


def places(data: Any, at: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The paths to everything in some data."""
    inner = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    return [at] * bool(at) + [path for key, value in inner for path in places(value, (*at, key))]


def changed(at: tuple[Any, ...], value: Any, *, gone: bool) -> dict[str, Any]:
    """A sound capsule in which something stands that does not belong there, or is missing."""
    data = copy.deepcopy(SOUND)
    place: Any = data
    for key in at[:-1]:
        place = place[key]
    if gone:
        del place[at[-1]]
    else:
        place[at[-1]] = value
    return data


def test_it_is_sound() -> None:
    """The schema is one, and the capsule that is changed below obeys it."""
    WHOLE.check_schema(schema())
    WHOLE.validate(SOUND)

    assert problem(schema(), SOUND) is None


@settings(max_examples=300, deadline=None, database=None, derandomize=True)
@given(st.sampled_from(places(SOUND)), st.sampled_from(VALUES), st.booleans())
def test_both_say_the_same(at: tuple[Any, ...], value: Any, gone: bool) -> None:
    """Of whatever is changed in a capsule."""
    data = changed(at, value, gone=gone)

    assert (problem(schema(), data) is None) == WHOLE.is_valid(data)


@pytest.mark.parametrize(
    ("at", "value", "said"),
    [
        (("seed",), -1, "seed is below 0"),
        (("seed",), "1", "seed is no integer"),
        (("seed",), True, "seed is no integer"),
        (("more",), 1, "the whole has a field 'more' too many"),
        (("script", "steps", 0), {"step": "opens"}, "script.steps[0]"),
        (("script", "steps", 1, "parts", 0, "nick"), 5, "script.steps[1].parts[0].nick is no"),
        (("script", "steps", 1, "cuts"), [0, -1], "script.steps[1].cuts[1] is below 0"),
        (("script", "steps", 0, "who"), "\x1b[2J", "script.steps[0].who is '\\x1b[2J', which is not of its form"),
        (("check", "clause"), "MAY", "check.clause is 'MAY', not 'MUST' or"),
    ],
)
def test_it_says_where(at: tuple[Any, ...], value: Any, said: str) -> None:
    """And what, in one line of printable characters."""
    found = problem(schema(), changed(at, value, gone=False))

    assert found is not None
    assert found.startswith(said)
    assert found.isprintable()


def test_what_it_does_not_know_is_no_silence() -> None:
    """A keyword that is not implemented would else let everything through."""
    with pytest.raises(NotImplementedError, match="oneOf"):
        problem({"oneOf": []}, 1)
    assert problem({"const": 1}, True) is not None
    assert report.schema()["title"]
