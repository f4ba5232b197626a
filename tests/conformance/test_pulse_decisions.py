"""When the canary is there, and when it says something, again or for the first time."""

from types import SimpleNamespace
from typing import Any

import pytest

from conformance import pulse
from conformance.octets import Got, Out
from conformance.playing import Wait
from conformance.pulse import Pulse
from tests.conformance.helpers import received


class Connection:
    """Stands in for a peer."""

    def __init__(self) -> None:
        self.ended: str | None = None
        self.reader = SimpleNamespace(garbage=None, frames=[])
        self.written: list[Got] = []
        self.retired = False

    def write(self, octets: bytes) -> None:
        """Keeps it."""
        self.written += received([octets]).frames

    def retire(self) -> None:
        """It is gone."""
        self.retired = True


class Opening:
    """Stands in for the stage: connections, a clock, and what the server says."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.at = 100.0
        monkeypatch.setattr(pulse, "time", SimpleNamespace(monotonic=lambda: self.at))
        self.peers: list[Connection] = []
        self.hear: Any = None
        self.tags = 0
        self.pulse = Pulse(self)  # type: ignore[arg-type]

    def tag(self) -> str:
        """Another one each time."""
        self.tags += 1
        return f"tag{self.tags}"

    def peer(self, on_frame: Any = None, *, small: bool = False) -> Connection:
        """A connection; only the listener's frames are heard."""
        self.peers.append(Connection())
        if on_frame is not None and on_frame.__name__ == "_heard":
            self.hear = on_frame
        return self.peers[-1]

    def says(self, nick: str, text: str) -> None:
        """The listener hears this."""
        self.hear(
            received([Out(nick, text).octets]).frames[0].__class__(b"", b"", self.at, 0.0, 0, None, "", nick, text)
        )

    def joins(self, name: str) -> None:
        """Somebody's join is announced."""
        self.says("Server", f"[{name}] joined the chat")

    def begun(self) -> "Opening":
        """With both there."""
        playing = self.pulse.begin(5.0)
        for name in (f"canary-tag{self.tags + 1}", f"pulse-tag{self.tags + 1}"):
            wait = next(playing) if name.startswith("canary") else playing.send(True)
            self.joins(name)
            assert wait.condition()
        with pytest.raises(StopIteration) as stop:
            playing.send(True)
        assert stop.value.value is True
        return self

    @property
    def said(self) -> list[str]:
        """What the speaker has said since its join."""
        return [frame.text for frame in self.peers[-1].written[1:]]


@pytest.fixture
def on(monkeypatch: pytest.MonkeyPatch) -> Opening:
    """Without sockets."""
    return Opening(monkeypatch)


def ended(playing: Any, *, met: bool) -> bool:
    """What a playing gives behind its last wait."""
    with pytest.raises(StopIteration) as stop:
        playing.send(met)
    return bool(stop.value.value)


# Whether it is there.


def test_it_is_there_when_both_have_heard_of_both(on: Opening) -> None:
    """The listener joins first, under names of their own."""
    assert not on.pulse.alive
    playing = on.pulse.begin(3.0)
    wait = next(playing)
    assert (wait.seconds, len(on.peers)) == (3.0, 1)
    assert [frame.nick for frame in on.peers[0].written] == ["canary-tag1"]
    assert not wait.condition()
    on.says("canary-tag1", "[canary-tag1] joined the chat")
    assert not wait.condition()  # no service message
    on.joins("canary-tag1")
    assert wait.condition()
    wait = playing.send(True)
    assert (wait.seconds, len(on.peers)) == (3.0, 2)
    assert [frame.nick for frame in on.peers[1].written] == ["pulse-tag1"]
    assert not wait.condition()
    assert not on.pulse.lived
    on.joins("pulse-tag1")
    assert wait.condition()
    assert ended(playing, met=True)
    assert on.pulse.alive
    assert on.pulse.lived


@pytest.mark.parametrize("which", [0, 1])
@pytest.mark.parametrize("how", ["ended", "garbage"])
def test_it_is_not_there_when_one_cannot_be_heard(on: Opening, which: int, how: str) -> None:
    """Closed, or unreadable; it has lived all the same, and begins afresh."""
    on.begun()
    peer = on.peers[which]
    if how == "ended":
        peer.ended = "fin"
    else:
        peer.reader.garbage = b"x"
    assert not on.pulse.alive
    assert on.pulse.lived

    on.begun()
    assert on.tags == 2
    assert [one.retired for one in on.peers] == [True, True, False, False]


def test_what_is_there_is_not_begun_again(on: Opening) -> None:
    """Nor are its round trips forgotten."""
    on.begun()
    on.pulse.ticket(1)
    with pytest.raises(StopIteration) as stop:
        next(on.pulse.begin(5.0))
    assert stop.value.value is True
    assert len(on.peers) == 2
    assert on.pulse.busy


def test_without_a_listener_there_is_no_speaker(on: Opening) -> None:
    """Whether the wait was in vain, or the connection closed."""
    playing = on.pulse.begin(5.0)
    next(playing)
    assert not ended(playing, met=False)
    playing = on.pulse.begin(5.0)
    wait = next(playing)
    assert not wait.condition()
    on.peers[-1].ended = "reset"
    assert wait.condition()
    assert not ended(playing, met=True)
    assert len(on.peers) == 2
    assert not on.pulse.lived


def test_a_listener_that_is_late_but_there_would_do(on: Opening) -> None:
    """It has to be in time: a wait in vain ends it."""
    playing = on.pulse.begin(5.0)
    next(playing)
    on.joins("canary-tag1")
    assert not ended(playing, met=False)
    assert len(on.peers) == 1


@pytest.mark.parametrize("how", ["ended", "garbage", "never"])
def test_a_speaker_that_cannot_come_in_is_not_there(on: Opening, how: str) -> None:
    """Closed, unreadable, or never announced."""
    playing = on.pulse.begin(5.0)
    next(playing)
    on.joins("canary-tag1")
    wait: Wait = playing.send(True)
    if how == "ended":
        on.peers[1].ended = "fin"
    elif how == "garbage":
        on.peers[1].reader.garbage = b"x"
    assert wait.condition() is (how != "never")
    assert not ended(playing, met=True)
    assert not on.pulse.alive
    assert not on.pulse.lived


def test_who_was_announced_too_early_is_not_there(on: Opening) -> None:
    """Before its connection was opened, that is."""
    playing = on.pulse.begin(5.0)
    next(playing)
    on.joins("pulse-tag1")
    on.joins("canary-tag1")
    assert not on.pulse.alive
    on.pulse.ticket()
    on.pulse.drive()
    playing.close()


def test_one_that_does_not_come_back_has_lived_all_the_same(on: Opening) -> None:
    """Of a server that nobody could ever join something else is said."""
    on.begun().peers[1].ended = "fin"
    playing = on.pulse.begin(5.0)
    next(playing)
    on.joins("canary-tag2")
    playing.send(True)
    assert not ended(playing, met=False)
    assert on.pulse.lived


def test_one_that_is_sent_away_waits_no_longer(on: Opening) -> None:
    """A check that does without it may begin while it comes."""
    wait = next(on.pulse.begin(5.0))
    assert not wait.condition()
    on.pulse.end()
    assert wait.condition()


def test_what_has_ended_is_not_there(on: Opening) -> None:
    """Nobody waits for it any more."""
    on.begun()
    done = on.pulse.ticket()
    on.pulse.drive()
    on.pulse.end()
    assert not on.pulse.alive
    assert not on.pulse.busy
    assert not done()
    assert [peer.retired for peer in on.peers] == [True, True]


# What it says.


def test_a_ticket_is_for_whole_round_trips(on: Opening) -> None:
    """One that is under way does not count: two from now on, unless it is said."""
    on.begun()
    assert not on.pulse.busy
    on.pulse.drive()
    assert on.said == []

    first = on.pulse.ticket(1)
    assert on.pulse.busy
    on.pulse.drive()
    second = on.pulse.ticket()
    for number, done in enumerate([(False, False), (True, False), (True, False), (True, True)]):
        assert (first(), second()) == done
        assert len(on.said) == min(number + 1, 3)
        on.says("pulse-tag1", on.said[-1])
    assert not on.pulse.busy
    assert on.said == [f"pulse-tag1 {number}" for number in (1, 2, 3)]


def test_a_shorter_ticket_takes_nothing_from_a_longer(on: Opening) -> None:
    """All that was wanted is done."""
    on.begun()
    longer, shorter = on.pulse.ticket(3), on.pulse.ticket(1)
    on.pulse.drive()
    for _ in range(3):
        assert not longer()
        on.says("pulse-tag1", on.said[-1])
    assert longer()
    assert shorter()


def test_other_words_are_no_round_trip(on: Opening) -> None:
    """An older one, somebody else's, or any while none is under way."""
    on.begun()
    done = on.pulse.ticket(1)
    on.says("pulse-tag1", "pulse-tag1 1")
    on.pulse.drive()
    on.says("ann", "hello")
    assert not done()
    on.says("pulse-tag1", "pulse-tag1 1")
    assert done()
    on.says("pulse-tag1", "pulse-tag1 1")
    assert len(on.pulse.trips) == 1


@pytest.mark.parametrize(("round_trip", "after"), [(0.0, 0.25), (0.01, 0.25), (0.02, 0.4), (0.04, 0.8), (3.0, 1.0)])
def test_what_seems_lost_is_said_again(on: Opening, round_trip: float, after: float) -> None:
    """After twenty round trips, but not before 0.25 s nor later than 1 s; and not before again so long."""
    on.begun()
    on.pulse.trips = [round_trip] if round_trip else []
    on.pulse.ticket(1)
    on.pulse.drive()
    for turn in (1, 2):
        on.at += after - 0.001
        on.pulse.drive()
        assert len(on.said) == turn
        on.at += 0.002
        on.pulse.drive()
        assert len(on.said) == turn + 1


def test_at_the_very_moment_it_is_said_again(on: Opening) -> None:
    """A quarter of a second is over then."""
    on.begun()
    on.pulse.ticket(1)
    on.pulse.drive()
    on.at += 0.25
    on.pulse.drive()
    assert len(on.said) == 2


def test_a_round_trip_is_measured_from_the_first_try(on: Opening) -> None:
    """And the next one from its own."""
    on.begun()
    on.pulse.ticket(2)
    on.pulse.drive()
    on.at += 0.5
    on.pulse.drive()
    on.at += 0.25
    on.says("pulse-tag1", on.said[-1])
    on.at += 0.125
    on.says("pulse-tag1", on.said[-1])
    assert on.pulse.trips == [0.75, 0.125]


def test_what_is_said_first_does_not_wait(on: Opening) -> None:
    """For no time since the last round trip."""
    on.begun()
    for number in range(3):
        on.pulse.ticket(1)
        on.pulse.drive()
        assert len(on.said) == number + 1
        on.says("pulse-tag1", on.said[-1])


def test_one_that_is_not_there_says_nothing(on: Opening) -> None:
    """Before it began, and when its connection has ended."""
    on.pulse.ticket(1)
    on.pulse.drive()
    assert on.peers == []
    on.begun()
    on.pulse.ticket(1)
    on.peers[0].ended = "fin"
    on.pulse.drive()
    assert on.said == []


def test_the_round_trip_is_the_median_of_the_last_two_hundred(on: Opening) -> None:
    """Nothing before the first."""
    assert on.pulse.round_trip == 0.0
    on.pulse.trips = [1.0, 5.0, 9.0]
    assert on.pulse.round_trip == 5.0
    on.pulse.trips = [9.0] * 300 + [1.0] * 101 + [2.0] * 99
    assert on.pulse.round_trip == 1.0
    on.pulse.trips = [9.0] + [1.0] * 100 + [3.0] * 100
    assert on.pulse.round_trip == 2.0
