"""The fine print of reading: moments, announcements, names of nobody, and which differences a failed delivery makes."""

import pytest

import conformance.checks  # noqa: F401  # registers them
from conformance.check import CHECKS, DELIVERY
from conformance.octets import announced, instant, is_nobody
from conformance.script import cast, say
from conformance.trace import Trace
from tests.conformance.conversations import JOIN, TALK, altered, chat, playing, replaced, service, without
from tests.conformance.helpers import ids


@pytest.mark.parametrize(
    ("time", "seconds"), [("00:00:59", 59.0), ("00:00:58.5", 58.5), ("00:00:60", 60.0), ("00:00:60.25", 60.25)]
)
def test_the_last_seconds_of_a_minute(time: str, seconds: float) -> None:
    """Only a leap second is one more than the 59th."""
    assert instant(f"1970-01-01T{time}Z") == seconds


@pytest.mark.parametrize("text", ["ann] joined the chat", "] left the chat", "x[ann] joined the chat"])
def test_an_announcement_begins_with_a_bracket(text: str) -> None:
    """Any other text is none (SERVICE-1)."""
    assert announced(text) is None


@pytest.mark.parametrize(
    "name",
    ["", "None", "null", "nil", "undefined", "<unknown>", "Anonymous", "guest", "nobody", "?", "('127.0.0.1', 5)"],
)
def test_names_of_nobody(name: str) -> None:
    """What servers call a connection without a nick."""
    assert is_nobody(name)


@pytest.mark.parametrize("name", ["::1", "localhost:4711", " 127.0.0.1"])
def test_addresses_are_names_of_nobody(name: str) -> None:
    """In any spelling."""
    assert is_nobody(name)


@pytest.mark.parametrize("name", ["ann", "guest1", "none of it", "10.0.0.1", "x127.0.0.1"])
def test_names_of_somebody(name: str) -> None:
    """Anything else."""
    assert not is_nobody(name)


BROKEN: dict[str, Trace] = {
    "JOIN-2": replaced(JOIN["carl"], service("welcome")),
    "RELAY-1": without(chat("b")),
    "RELAY-3": replaced(chat("b"), chat("altered")),
    "NICK-2": replaced(chat("b"), ("ANN", "b")),
    "FRAME-1": altered(lambda heard: heard["bob"].append(b"hello world")),
    "FRAME-2": altered(lambda heard: heard["bob"].append(b"+20       x")),
    "BODY-1": altered(lambda heard: heard["bob"].append(b"3         ann")),
    "BODY-2": altered(lambda heard: heard["bob"].append(b"3         \0\0\xff")),
}


@pytest.mark.parametrize("requirement", BROKEN)
def test_what_an_unusual_frame_can_come_to(requirement: str) -> None:
    """Whatever becomes of it on its way is the failure of the check that sent it."""
    assert ids(CHECKS["TIME-2/any-time-ascii"].relevant(BROKEN[requirement])) == {requirement}


def test_the_order_of_frames_is_no_delivery() -> None:
    """RELAY-6 judges that, and nobody else; an echo is RELAY-2's."""
    swapped = altered(lambda heard: heard["bob"].reverse(), playing(cast("ann", "bob"), say("ann", "a", "b", "c")))
    echoed = altered(lambda heard: heard["ann"].append(chat("a")), TALK)

    assert CHECKS["TIME-2/any-time-ascii"].relevant(echoed) == []
    assert "RELAY-6" not in ids(CHECKS["TIME-2/any-time-ascii"].relevant(swapped))
    assert set(BROKEN) == DELIVERY
