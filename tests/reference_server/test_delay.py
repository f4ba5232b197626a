"""`--delay`: turns are so far apart, and nothing is late that need not be."""

import time

import pytest

from reference_server.delay import Delayed
from reference_server.pollers import READ, Ready
from reference_server.settings import Settings
from tests.reference_server.helpers import Clock, running
from tests.reference_server.test_cli import started


class Scripted:
    """A poller that finds what the test says."""

    name, limit = "scripted", 7

    def __init__(self, *found: Ready) -> None:
        self.found = list(found)
        self.asked: list[float | None] = []

    def register(self, fd: int, mask: int) -> None:
        """Nothing."""

    modify = register

    def unregister(self, fd: int) -> None:
        """Nothing."""

    def close(self) -> None:
        """Nothing."""

    def wait(self, timeout: float | None) -> Ready:
        """The next of them."""
        self.asked.append(timeout)
        return self.found.pop(0)


def test_what_comes_shortly_behind_something_else_waits_and_gathers() -> None:
    """It sleeps for the rest of the delay, and finds what has come meanwhile; after a silence it does not."""
    one, both = [(3, READ)], [(3, READ), (4, READ)]
    clock, slept, poller = Clock(), [], Scripted(one, one, both, one)

    def sleep(seconds: float) -> None:
        slept.append(seconds)
        clock.now += seconds

    delayed = Delayed(poller, 0.5, clock=clock, sleep=sleep)
    assert delayed.wait(None) == one
    clock.now += 0.25
    assert delayed.wait(None) == both
    clock.now += 0.5
    assert delayed.wait(None) == one
    assert slept == [0.25]
    assert poller.asked == [None, None, 0.0, None]
    assert (delayed.name, delayed.limit) == ("scripted", 7)


def test_who_has_something_to_do_is_not_delayed() -> None:
    """Neither a turn that goes on with what the one before left, nor one for a timer."""
    poller = Scripted([(3, READ)], [(3, READ)], [])
    delayed = Delayed(poller, 0.5, clock=Clock(), sleep=lambda _: pytest.fail("it slept"))
    for timeout in (None, 0.0, 0.1):
        delayed.wait(timeout)
    assert poller.found == []


def test_a_server_with_a_delay_serves() -> None:
    """Nothing is lost in it."""
    serving = running(settings=Settings(port=0, delay_s=0.002))
    with serving as server, server.client("alice") as alice, server.client("bob") as bob:
        assert alice.read().text == "[bob] joined the chat"
        for number in range(10):
            bob.say(str(number))
            alice.say(f"{number} too")
        assert [text for _, text in alice.read_until("9")] == [str(number) for number in range(10)]
        assert len(bob.read_until("9 too")) == 10


def test_the_option_is_obeyed() -> None:
    """Twenty messages, each sent when the one before has arrived, take twenty delays at least, less the first."""
    with started("--delay", "50") as server, server.client("alice") as alice, server.client("bob") as bob:
        alice.read()
        start = time.monotonic()
        for number in range(20):
            bob.say(str(number))
            assert alice.read().text == str(number)
        assert time.monotonic() - start > 19 * 0.05
