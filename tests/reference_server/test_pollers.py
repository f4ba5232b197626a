"""Every poller of the platform, over socket pairs."""

import functools
import selectors
import socket
from collections.abc import Callable, Iterator

import pytest

from reference_server import pollers
from reference_server.pollers import READ, WRITE, Poller, Select, Selector
from tests.reference_server.helpers import DEADLINE_S, SELECTORS

MAKERS: dict[str, Callable[[], Poller]] = {name: functools.partial(pollers.make, name) for name in SELECTORS}
MAKERS["selectors"] = lambda: Selector("any", selectors.SelectSelector())


@pytest.fixture(params=sorted(MAKERS))
def poller(request: pytest.FixtureRequest) -> Iterator[Poller]:
    """Each poller, and the wrapper that kqueue uses around another selector."""
    made = MAKERS[request.param]()
    yield made
    made.close()


@pytest.fixture
def pair() -> Iterator[tuple[socket.socket, socket.socket]]:
    """Two connected sockets."""
    one, other = socket.socketpair()
    with one, other:
        yield one, other


def test_it_reports_what_it_was_asked_for(poller: Poller, pair: tuple[socket.socket, socket.socket]) -> None:
    """Nothing, then READ, then both, then what is left after a change, then nothing any more."""
    one, other = pair
    fd = one.fileno()
    poller.register(fd, READ)
    assert poller.wait(0) == []

    other.send(b"x")
    assert poller.wait(DEADLINE_S) == [(fd, READ)]
    poller.modify(fd, READ | WRITE)
    assert poller.wait(None) == [(fd, READ | WRITE)]
    poller.modify(fd, WRITE)
    assert poller.wait(DEADLINE_S) == [(fd, WRITE)]

    poller.modify(fd, 0)
    assert poller.wait(0) == []
    poller.modify(fd, READ)
    assert poller.wait(DEADLINE_S) == [(fd, READ)]
    poller.modify(fd, 0)

    poller.unregister(fd)
    assert poller.wait(0) == []


def test_the_end_of_a_stream_is_readable(poller: Poller, pair: tuple[socket.socket, socket.socket]) -> None:
    """A hang-up is at least READ, so that somebody reads and learns of it."""
    one, other = pair
    poller.register(one.fileno(), READ)

    other.close()

    ((fd, mask),) = poller.wait(DEADLINE_S)
    assert fd == one.fileno()
    assert mask & READ


@pytest.mark.parametrize("name", [name for name in SELECTORS if name != "select"])
def test_an_error_is_both(name: str, pair: tuple[socket.socket, socket.socket]) -> None:
    """Whoever waits to write learns of a dead peer as well."""
    one, other = pair
    poller = pollers.make(name)
    poller.register(one.fileno(), WRITE)

    other.close()

    assert [mask & WRITE for _, mask in poller.wait(DEADLINE_S)] == [WRITE]
    poller.close()


def test_the_best_of_the_platform_is_chosen() -> None:
    """`auto`, and an unknown name is refused with those that exist."""
    best = pollers.make("auto")
    assert best.name == pollers.available()[0]
    best.close()

    with pytest.raises(ValueError, match="select"):
        pollers.make("kqueue" if "kqueue" not in SELECTORS else "epoll")


def test_select_has_a_limit_and_the_others_have_none() -> None:
    """FD_SETSIZE; beyond it select.select raises ValueError, so nobody is let in there."""
    assert Select.limit in (512, 1024)
    assert all(pollers.make(name).limit == pollers.NO_LIMIT for name in SELECTORS if name == "poll")
