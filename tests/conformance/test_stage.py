"""Playings side by side and in the background, and nothing left open."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from conformance.octets import Out
from conformance.playing import Playing, Wait
from conformance.script import TAG
from conformance.stage import OutOfTimeError, Stage
from tests.conformance.helpers import scripted, stage_for
from tests.conformance.wires import echo, wait

# Playings side by side.


class Counted:
    """Playings that take a few turns, and how many of them ran at once."""

    def __init__(self) -> None:
        self.running = 0
        self.most = 0
        self.begun: list[int] = []

    def playing(self, number: int, waits: int = 3) -> Playing[int]:
        """Waits so many times for nothing."""
        self.begun.append(number)
        self.running += 1
        self.most = max(self.most, self.running)
        try:
            for _ in range(waits):
                assert (yield Wait(lambda: False, 0.001)) is False
        finally:
            self.running -= 1
        return number


@pytest.fixture
def stage() -> Iterator[Stage]:
    """A stage on which nobody is connected."""
    with stage_for(("127.0.0.1", 9)) as empty:
        yield empty


@pytest.mark.parametrize("width", [1, 3, 50])
def test_so_many_playings_run_side_by_side(stage: Stage, width: int) -> None:
    """Not more, and no fewer; results are in the order of the playings, however long each took."""
    counted = Counted()

    assert stage.run((counted.playing(number, 7 - number % 7) for number in range(20)), width) == list(range(20))
    assert counted.most == min(width, 20)
    assert counted.begun == list(range(20))
    assert counted.running == 0


def test_after_a_result_that_ends_it_no_playing_is_begun(stage: Stage) -> None:
    """Those under way are played to their end."""
    counted = Counted()
    results = stage.run([counted.playing(number) for number in range(20)], 3, until=lambda result: result >= 4)

    assert results == list(range(len(results)))
    assert 5 <= len(results) <= 7
    assert counted.begun == results
    assert counted.running == 0


def test_a_wait_whose_condition_is_true_does_not_wait(stage: Stage) -> None:
    """Nor does one that comes true while others wait."""

    def playing() -> Playing[list[bool]]:
        return [(yield Wait(lambda: True, 0.0)), (yield Wait(lambda: False, 0.0)), (yield Wait(lambda: True, 99.0))]

    assert stage.run([playing()]) == [[True, False, True]]
    assert stage.run([]) == []


def test_an_error_in_a_playing_reaches_the_caller_and_the_others_are_closed(stage: Stage) -> None:
    """What they have open is closed by themselves."""
    counted = Counted()

    def broken() -> Playing[int]:
        yield Wait(lambda: False, 0.001)
        raise LookupError("ours")

    with pytest.raises(LookupError, match="ours"):
        stage.run([counted.playing(0, 99), broken(), counted.playing(2, 99)], 3)

    assert counted.running == 0


def test_what_is_played_when_its_time_is_over_is_given_up(stage: Stage) -> None:
    """No wait lasts beyond that, whatever it was to last, and nothing is left open; later on all is played again."""
    counted = Counted()

    def patient() -> Playing[int]:
        return (yield from counted.playing(1, 99_999)) + (yield Wait(lambda: False, 99.0))

    stage.until = time.monotonic() + 0.05
    with pytest.raises(OutOfTimeError):
        stage.run([counted.playing(0, 1), patient(), counted.playing(2)], 2)
    assert time.monotonic() >= stage.until
    assert (counted.begun, counted.running) == ([0, 1, 2], 0)

    stage.until = None
    assert stage.run([counted.playing(3, 1)]) == [3]


def test_a_wait_ends_when_the_time_is_over(stage: Stage) -> None:
    """Not at its own end: the test's own time limit would come first."""

    def patient() -> Playing[bool]:
        return (yield Wait(lambda: False, 99_999.0))

    stage.until = time.monotonic() + 0.01
    with pytest.raises(OutOfTimeError):
        stage.run([patient()])


def test_nobody_waits_for_the_background_longer_than_that(stage: Stage) -> None:
    """It goes on, and can be fetched later."""
    counted = Counted()
    number = stage.begin(counted.playing(1, 50))
    stage.until = time.monotonic()
    with pytest.raises(OutOfTimeError):
        stage.finish(number)

    stage.until = None
    assert stage.finish(number) == 1


def test_a_playing_in_the_background_goes_on_while_others_are_run(stage: Stage) -> None:
    """Its result waits to be fetched, and fetching waits for it."""
    counted = Counted()
    first, second = stage.begin(counted.playing(1, 2)), stage.begin(counted.playing(2, 60))
    stage.run([counted.playing(3, 10)])

    assert counted.running == 1
    assert stage.finish(second) == 2
    assert stage.finish(first) == 1
    assert counted.running == 0


def test_closing_ends_what_is_in_the_background() -> None:
    """Nothing of it is left open."""
    counted = Counted()
    with stage_for(("127.0.0.1", 9)) as other:
        other.begin(counted.playing(1, 1000))
        assert counted.running == 1

    assert counted.running == 0


def test_tags_are_unique_and_as_wide_as_their_place(stage: Stage) -> None:
    """With the run's nonce in front."""
    tags = [stage.tag() for _ in range(3000)]

    assert len(set(tags)) == 3000
    assert {len(tag) for tag in tags} == {len(TAG)}
    assert all(tag.startswith(stage.nonce) and tag.isalnum() for tag in tags)


# Nothing is left.


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="only Linux tells")
def test_two_hundred_connections_and_nothing_left_open() -> None:
    """Each of them talks, some are left open: closing the stage closes them all."""
    with scripted(echo) as server:
        before = len(list(Path("/proc/self/fd").iterdir()))
        with stage_for(server.address) as on:
            peers = [on.peer() for _ in range(200)]
            for number, peer in enumerate(peers):
                peer.write(Out("ann", str(number)).octets)
            assert wait(on, lambda: all(peer.reader.frames for peer in peers))
            assert [peer.reader.frames[0].text for peer in peers] == [str(number) for number in range(200)]
            for peer in peers[::3]:
                peer.abort()
            for peer in peers[1::3]:
                peer.close()
            assert len(on.sockets.serving) == 66

        assert server.wait_for(lambda: len(server.ends) == 200)
        assert set(server.ends.values()) == {"fin", "reset"}
    assert len(list(Path("/proc/self/fd").iterdir())) == before - 1  # the listener is closed too
