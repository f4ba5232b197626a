"""Scripts as data: nothing is lost, long runs are short, and what makes no script is refused."""

import json
import random
from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import conformance.checks  # noqa: F401  # registers them
from conformance import strategies
from conformance.capsule import schema
from conformance.check import CHECKS, Plan
from conformance.conversing import FEATURES, conversations
from conformance.octets import HEADER_FORMS, NOW, Out, instant
from conformance.schemas import problem
from conformance.script import TAG, Fence, Hears, Open, Quiet, Script, Send, Settle, script
from conformance.script_data import DataError, from_data, to_data, untagged
from conformance.trace import Trace

PROPERTY = settings(max_examples=60, deadline=None, database=None, derandomize=True)
FORM = {**schema()["properties"]["script"], "$defs": schema()["$defs"]}
LATER = "2199-01-01T00:00:00.000Z"


def outs() -> Any:
    """Frames with anything in their fields and in every form of header."""
    forms = st.one_of(st.sampled_from(sorted(HEADER_FORMS)), strategies.header_forms(5))
    texts = st.one_of(strategies.texts(), strategies.sized_texts([300, 5000]))
    return st.builds(Out, strategies.nicks(), texts, st.one_of(st.just(NOW), strategies.times()), forms)


def scripts() -> Any:
    """Conversations, plain and unusual, and stretches of frames and raw octets, cut anywhere."""
    raw = st.one_of(st.binary(max_size=40), strategies.bad_headers().map(lambda bad: bad.octets))
    parts = st.lists(st.one_of(outs(), raw), max_size=4).map(tuple)
    cuts = st.lists(st.integers(0, 10_000), max_size=5).map(tuple)
    sends = st.builds(Send, st.just("ann"), parts, cuts)
    stretches = st.lists(sends, max_size=3).map(lambda drawn: script(Open("ann"), drawn, Settle(), Hears("ann", "x")))
    talk: list[Any] = [conversations(feature) for feature in (None, *FEATURES)]
    return st.one_of(*talk, stretches)


@PROPERTY
@given(scripts())
def test_nothing_is_lost(drawn: Script) -> None:
    """A script is the same after its data were in a file, and they obey the schema."""
    data = json.loads(json.dumps(to_data(drawn)))

    assert problem(FORM, data) is None
    assert from_data(data) == drawn


@pytest.mark.parametrize("name", sorted(name for name, check in CHECKS.items() if check.cases is not None))
def test_every_check_can_be_kept(name: str) -> None:
    """Whatever a check does has a form in the data, and is not large."""
    cases = CHECKS[name].cases
    assert cases is not None
    for number, case in enumerate(cases(Plan("quick", random.Random(1)))):
        text = json.dumps(to_data(case))

        assert len(text) < 2_500_000
        assert problem(FORM, json.loads(text)) is None
        assert from_data(json.loads(text)) == case
        if number >= 5:
            break


@pytest.mark.parametrize("unit", ["x", "😀", "ab ", "\0"])
def test_a_megabyte_is_short(unit: str) -> None:
    """However long a run is, of characters or of raw octets."""
    text = f"5 {TAG} " + unit * 1_000_000 + " end"
    long = script(Open("ann"), Send("ann", (Out("ann", text), text.encode())))
    data = json.loads(json.dumps(to_data(long)))

    assert len(json.dumps(data)) < 1000
    assert from_data(data) == long


def test_the_tokens_come_back() -> None:
    """The tag and the time of a playing become tokens again; times that a script names itself stay."""
    octets = Out("raw", f"é {TAG}").octets
    parts = (Out(f"ann-{TAG}", f"{TAG}é{TAG}", NOW), Out("bob", NOW, LATER), octets, octets[:20])
    before = script(Open("ann"), Send("ann", parts), Hears("ann", f"x {TAG}"), Fence(), Quiet(0.5))
    since = datetime.now().timestamp()
    played = before.tagged("abcd0001")

    assert played.steps[1] != before.steps[1]
    assert untagged(Trace(played, "abcd0001"), since) == before
    moment = instant(LATER)
    assert moment is not None
    [_, later, *_] = untagged(Trace(played, "abcd0001"), moment).steps
    assert later == Send("ann", tuple(replace_time(part, played) for part in parts))


def replace_time(part: Out | bytes, played: Script) -> Out | bytes:
    """A part with the time of a playing in place of the token."""
    send = played.steps[1]
    assert isinstance(send, Send)
    assert isinstance(send.parts[0], Out)
    time = send.parts[0].time
    if isinstance(part, bytes):
        return part.replace(NOW.encode(), time.encode())
    return replace(part, time=part.time.replace(NOW, time))


def test_without_a_tag_nothing_is_replaced() -> None:
    """A trace made by hand has none."""
    before = script(Open("ann"), Send("ann", (Out("a", "b", ""), b"cd")))

    assert untagged(Trace(before), 0.0) == before


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ([{"step": "fin", "who": "ann"}], "script.steps[0]: 'ann' has not connected"),
        ([{"step": "open", "who": "a"}, {"step": "hears", "who": "b", "text": "x"}], "script.steps[1]: 'b'"),
        ([{"step": "send", "who": "a", "parts": [{"octets": "0"}]}], "non-hexadecimal"),
        (
            [{"step": "send", "who": "a", "parts": [{"nick": "\ud800", "text": "", "time": "", "header": "right"}]}],
            "surr",
        ),
        ([{"step": "send", "who": "a", "parts": [{"nick": "", "text": "", "time": "", "header": "{:<9}"}]}], "spell"),
        ([{"step": "send", "who": "a", "parts": [{"nick": "", "text": "", "time": "", "header": "{:d0}"}]}], "ormat"),
        ([{"step": "send", "who": "a", "parts": [{"octets": [{"repeat": "00", "times": 10**12}]}]}], "larger than"),
        ([{"step": "hears", "who": "a", "text": [{"shared": 1}]}], "out of range"),
        ([{"step": "hears", "who": "a", "text": [{"shared": 0}] * 10**6}], "larger than"),
        ([{"step": "hears", "who": "a", "text": [{"repeat": "x", "times": 10**12}]}], "larger than"),
    ],
)
def test_what_makes_no_script(data: list[dict[str, Any]], said: str) -> None:
    """Each is refused before it takes time or memory, and the reason says where."""
    first = [] if said.startswith("script.") else [{"step": "open", "who": "a"}]
    with pytest.raises(DataError) as refused:
        from_data({"shared": ["x" * 1000], "steps": first + data})

    assert said in str(refused.value)
