"""The judges of single checks, on playings made by hand."""

import random

import pytest

from conformance.check import Plan
from conformance.clients.check import CLIENT_CHECKS
from conformance.clients.checks.ending import REASON
from conformance.clients.checks.hostile import _in_nick, _in_text
from conformance.clients.steps import NICK, Left, Script, Shown, Told, token
from conformance.clients.trace import ClientTrace
from conformance.octets import HEADER_OCTETS, Out, instant, now
from conformance.trace import Difference
from tests.conformance.clients.played import chat, join, trace

ONE, TWO, THREE = token(1), token(2), token(3)


def script(name: str, number: int = 0) -> Script:
    """A script of a check."""
    return list(CLIENT_CHECKS[name].cases(Plan("standard", random.Random(1))))[number]


def judged(name: str, made: ClientTrace, control: ClientTrace | None = None) -> list[Difference]:
    """What its judge says."""
    return CLIENT_CHECKS[name].judge(made, control)


def decided(name: str, made: ClientTrace, control: ClientTrace | None = None) -> str | None:
    """How the first difference is decided; None if there is none. It is always about the check's own requirement."""
    found = judged(name, made, control)
    assert all(CLIENT_CHECKS[name].is_relevant(one) for one in found)
    return found[0].decided_by if found else None


def expire(made: ClientTrace, kind: type) -> ClientTrace:
    """The same, but the wait of a step ran out."""
    place = next(n for n, step in enumerate(made.script.steps) if isinstance(step, kind))
    made.expired = {place: made.script.steps[place]}
    return made


# What is not sent.


@pytest.mark.parametrize("name", ["does-not-send-nul", "does-not-send-other-encodings", "does-not-send-too-much"])
def test_what_is_not_sent(name: str) -> None:
    """Nothing of the line is sent, the next one is, and something is printed that is not printed of a plain line."""
    name = f"CLIENT-1/{name}"
    played, control = script(name), trace(script(name), join() + chat(ONE, "plain", TWO), "10:21 hi\n", "bye 7\n")
    right = trace(played, join() + chat(ONE, TWO), "10:21 hi\n", "not sent\n")
    assert decided(name, right, control) is None

    assert decided(name, trace(played, join() + chat(ONE, "yz", TWO), "", "not sent\n"), control) == "frame"
    assert decided(name, trace(played, join() + chat(ONE) + b"xxxxxxxxxxxx", "", "not sent\n"), control) == "frame"
    assert decided(name, trace(played, join() + chat(ONE), "", "not sent\n"), control) == "deadline"
    dead = trace(played, join() + chat(ONE), "", "Traceback\n")
    dead.left = "fin"
    assert decided(name, dead, control) == "closed"
    silent = trace(played, join() + chat(ONE, TWO), "10:33 hi\n", "bye 8\n yz the line itself\n")
    assert decided(name, silent, control) == "deadline"


# Times.


@pytest.mark.parametrize(
    ("front", "is_right"),
    [
        ("10:21 ", True),
        ("<2026-11-22 10:21:07Z> ", True),
        ("10.21 Uhr ", True),
        ("10h21 ", True),
        ("12:21 ", False),
        ("", False),
    ],
)
def test_moments(front: str, is_right: bool) -> None:  # a table
    """In any layout, but in UTC."""
    name = "CLIENT-3/shows-moments"
    output = "".join(f"{front}[ann] hi {token(n)}\n" for n in (1, 2, 3))
    assert (decided(name, trace(script(name), join(), output)) is None) == is_right


def test_other_times() -> None:
    """As they are; and no message is lost because of one."""
    name = "CLIENT-3/shows-any-time"
    frames = script(name).sent
    lines = [f"{frame.time} [ann] {frame.text}\n" for frame in frames]
    assert decided(name, trace(script(name), join(), "".join(lines))) is None
    assert decided(name, trace(script(name), join(), "".join(lines[1:]))) == "sentinel"
    assert decided(name, trace(script(name), join(), "".join([f"? [ann] {frames[0].text}\n", *lines[1:]]))) == "frame"


@pytest.mark.parametrize(
    ("time", "is_right"),
    [("now", True), ("", True), ("12:30", False), ("2026-11-22 10:21:07", False), ("2001-01-01T00:00:00Z", False)],
)
def test_the_time_that_is_sent(time: str, is_right: bool) -> None:  # a table
    """Of TIME-1's form and of now, or none."""
    name = "TIME-3/sends-its-time"
    made = trace(script(name), Out(NICK, "", now() if time == "now" else time).octets)
    made.frames = [frame._replace(wall=instant(now()) or 0.0) for frame in made.frames]
    assert (decided(name, made) is None) == is_right


def test_a_clock_that_is_ahead() -> None:
    """As one is that says the local time is UTC."""
    name = "TIME-3/sends-its-time"
    made = trace(script(name), Out(NICK, "", "2026-11-22T10:21:07Z").octets)
    moment = instant("2026-11-22T10:21:07Z") or 0.0
    for offset, how in ((0.0, None), (30.0, None), (-3600.0, "frame"), (3600.0, "frame")):
        made.frames = [frame._replace(wall=moment + offset) for frame in made.frames]
        assert decided(name, made) == how


# What drives a terminal.


@pytest.mark.parametrize(
    ("between", "how"),
    [
        ("a\ufffdb", None),
        ("a^[b", None),
        ("<1b>", None),
        ("a\x1bb", "frame"),  # raw
        ("ab", "frame"),  # the neighbours touch
        ("a b", "frame"),  # nobody sees it
        ("a\u200bb", "frame"),
        ("a\nb?", "frame"),  # it breaks the line instead
    ],
)
def test_controls(between: str, how: str | None) -> None:
    """Replaced by something visible: never raw, never gone, never blank."""
    for made in (_in_text, _in_nick):
        hostile = "\x1b" if "\n" not in between else "\n"
        played = Script(blocks=(made(1, hostile),))
        output = f"x {token(2)}{between}{token(3)} y\nsign{token(1)}\n"
        assert decided("CLIENT-4/replaces-controls", trace(played, join(), output)) == how


def test_what_is_not_shown_at_all() -> None:
    """A frame with a control in it has to be shown."""
    name, played = "CLIENT-4/replaces-controls", Script(blocks=(_in_text(1, "\x07"),))
    assert decided(name, trace(played, join(), f"sign{token(1)}\n")) == "sentinel"
    assert decided(name, trace(played, join(), f"{token(2)}a\nsign{token(1)}\n")) == "sentinel"
    assert decided(name, expire(trace(played, join(), ""), Shown)) == "deadline"
    left = trace(played, join(), "")
    left.left = "fin"
    assert decided(name, left) == "closed"


# Sizes.


def test_the_largest_body() -> None:
    """All of it is shown, and the frame behind it."""
    name = "FRAME-7/reads-the-largest-body"
    played = script(name, 1)
    whole = f"[ann] {played.sent[0].text}\n[ann] {THREE}\n"
    assert len(played.sent[0].octets) == HEADER_OCTETS + 1_048_859
    assert decided(name, trace(played, join(), whole)) is None
    assert decided(name, trace(played, join(), whole.replace("xx", "x", 1))) == "frame"
    assert decided(name, trace(played, join(), f"[ann] {THREE}\n")) == "sentinel"
    assert decided(name, trace(played, join(), "")) == "deadline"
    assert decided(name, trace(played, join(), whole.partition("\n")[0])) == "deadline"


# Malformed frames.


@pytest.mark.parametrize("name", ["FRAME-4/closes-on-no-header", "FRAME-8/closes-on-a-large-header"])
def test_headers(name: str) -> None:
    """It closes, or the wait runs out; if it then shows the frame behind, that is the proof."""
    assert decided(name, trace(script(name), join(), f"[ann] {ONE}\n")) is None
    assert decided(name, expire(trace(script(name), join(), f"[ann] {ONE}\n"), Left)) == "deadline"
    assert decided(name, expire(trace(script(name), join(), f"[ann] {ONE}\n[ann] {TWO}\n"), Left)) == "sentinel"


def test_bodies() -> None:
    """The same; here the frame behind is sent at once."""
    name = "CLIENT-5/closes-on-a-malformed-body"
    assert decided(name, trace(script(name), join(), f"[ann] {ONE}\n")) is None
    assert decided(name, trace(script(name), join(), f"[ann] {ONE}\n[ann] {TWO}\n")) == "sentinel"
    assert decided(name, expire(trace(script(name), join(), f"[ann] {ONE}\n"), Left)) == "deadline"


# What it says.


def ended(name: str, said: str, *, number: int = 0) -> ClientTrace:
    """A playing in which the client said this at the end, and ended."""
    made = trace(script(name, number), join(), f"[ann] {ONE}\n", said)
    made.exit, made.left = 0, "fin"
    made.marks = {place: (len(made.output), 0) for place in range(made.performed)}
    return made


@pytest.mark.parametrize(
    "name", ["says-that-the-server-left", "says-that-the-connection-was-reset", "says-that-a-frame-was-cut-off"]
)
def test_an_end_is_told(name: str) -> None:
    """On either stream; before its own input ends."""
    name = f"CLIENT-5/{name}"
    assert decided(name, ended(name, "gone\n")) is None
    assert decided(name, ended(name, " \n")) == "closed"
    assert decided(name, expire(ended(name, "bye\n"), Told)) == "deadline"


def test_what_was_wrong_is_told() -> None:
    """And it is not what is said of any end."""
    name, goes = "CLIENT-5/says-what-was-wrong", ended("CLIENT-5/says-that-the-server-left", "gone after 7 s\n")
    assert decided(name, ended(name, "no header: 'abc'\n"), goes) is None
    assert decided(name, ended(name, "gone after 12 s\n"), goes) == "closed"
    assert decided(name, ended(name, ""), goes) == "closed"
    assert (
        decided(name, expire(ended(name, "gone after 12 s\n"), Left), goes) is None
    )  # which is another check's failure


def test_a_reason_is_shown() -> None:
    """On either stream."""
    name = "CLIENT-5/shows-why-it-is-refused"
    assert decided(name, trace(script(name), join(), f"10:21 [Server] {REASON}\n")) is None
    assert decided(name, trace(script(name), join(), "", f"refused: {REASON}\n")) is None
    assert decided(name, ended(name, "refused\n")) == "closed"


def test_a_join() -> None:
    """Its text is empty, and headers are canonical; or there is a warning."""
    name, header = "JOIN-1/sends-an-empty-text", "FRAME-2/sends-canonical-headers"
    assert decided(name, trace(script(name), join())) is None
    assert decided(name, trace(script(name), Out(NICK, "hello", "").octets)) == "frame"
    assert decided(header, trace(script(header), join())) is None
    assert decided(header, trace(script(header), Out(NICK, "", "", "zero-filled").octets)) == "frame"
    assert CLIENT_CHECKS[name].clause == CLIENT_CHECKS[header].clause == "SHOULD"
