"""Waiting for sockets: `select`, `poll`, `epoll`, `kqueue`, each used directly and all with one face.

A mask is `READ`, `WRITE`, both or neither; neither still reports a dead socket where the system call can.
"""

import select
import selectors
import sys
from collections.abc import Callable
from typing import Protocol

READ = 1
WRITE = 4  # the bits of POLLIN and EPOLLIN, POLLOUT and EPOLLOUT, on every system that has them

NO_LIMIT = sys.maxsize
SELECT_LIMIT = 1024  # FD_SETSIZE: a larger descriptor does not fit into the bit set of select(2)
SELECT_LIMIT_WINDOWS = 512  # there it is a number of sockets

Ready = list[tuple[int, int]]


class Poller(Protocol):
    """What the server's loop needs of the system call.

    Attributes:
        name: as on the command line.
        limit: descriptors from this number on cannot be waited for.
    """

    name: str
    limit: int

    def register(self, fd: int, mask: int) -> None:
        """Waits for a descriptor from now on."""

    def modify(self, fd: int, mask: int) -> None:
        """Waits for something else from now on."""

    def unregister(self, fd: int) -> None:
        """Forgets a descriptor; it must still be open."""

    def wait(self, timeout: float | None) -> Ready:
        """Waits until a descriptor is ready, at most so many seconds, for ever if None.

        Returns:
            Pairs of descriptor and mask. An error or a hang-up is both READ and WRITE: whoever tries, learns it.
        """

    def close(self) -> None:
        """Gives back what the system call holds."""


class Select:
    """select(2), literally: two lists of ints."""

    name = "select"
    limit = SELECT_LIMIT if sys.platform != "win32" else SELECT_LIMIT_WINDOWS

    def __init__(self) -> None:
        self._masks: dict[int, int] = {}
        self._readers: list[int] = []
        self._writers: list[int] = []
        self._stale = False

    def register(self, fd: int, mask: int) -> None:
        """See `Poller`."""
        self._masks[fd] = mask
        self._stale = True  # a burst of changes makes new lists once, at the next wait

    modify = register

    def unregister(self, fd: int) -> None:
        """See `Poller`."""
        del self._masks[fd]
        self._stale = True

    def wait(self, timeout: float | None) -> Ready:
        """See `Poller`."""
        if self._stale:
            self._readers = [fd for fd, mask in self._masks.items() if mask & READ]
            self._writers = [fd for fd, mask in self._masks.items() if mask & WRITE]
            self._stale = False
        readable, writable, _ = select.select(self._readers, self._writers, [], timeout)
        ready = dict.fromkeys(readable, READ)
        for fd in writable:
            ready[fd] = ready.get(fd, 0) | WRITE
        return list(ready.items())

    def close(self) -> None:
        """See `Poller`; select holds nothing."""


class Poll:
    """poll(2): as select, without its limit."""

    name = "poll"
    limit = NO_LIMIT

    def __init__(self) -> None:
        self._poll = select.poll()
        self.register = self._poll.register
        self.modify = self._poll.modify
        self.unregister = self._poll.unregister

    def wait(self, timeout: float | None) -> Ready:
        """See `Poller`."""
        # Rounded up: rounded down, the last millisecond before a timer would be spent in a busy loop.
        milliseconds = None if timeout is None else -int(-timeout * 1000 // 1)
        return [(fd, mask_of(events)) for fd, events in self._poll.poll(milliseconds)]

    def close(self) -> None:
        """See `Poller`; poll holds nothing."""


class Epoll:
    """epoll(7): a wait costs what is ready, not what is registered."""

    name = "epoll"
    limit = NO_LIMIT

    def __init__(self) -> None:
        self._epoll = select.epoll()
        self.register = self._epoll.register
        self.modify = self._epoll.modify
        self.unregister = self._epoll.unregister
        self.close = self._epoll.close

    def wait(self, timeout: float | None) -> Ready:
        """See `Poller`."""
        # CPython rounds its time-out up to the millisecond by itself.
        return [(fd, mask_of(events)) for fd, events in self._epoll.poll(timeout)]


class Selector:
    """Any selector of the standard library; here for kqueue(2), whose filters it turns into masks."""

    limit = NO_LIMIT

    def __init__(self, name: str, selector: selectors.BaseSelector) -> None:
        self.name = name
        self._selector = selector
        self.close = selector.close

    def register(self, fd: int, mask: int) -> None:
        """See `Poller`."""
        self._selector.register(fd, _EVENTS[mask])

    def modify(self, fd: int, mask: int) -> None:
        """See `Poller`."""
        if mask and fd in self._selector.get_map():
            self._selector.modify(fd, _EVENTS[mask])
        elif mask:
            self._selector.register(fd, _EVENTS[mask])
        else:
            self.unregister(fd)

    def unregister(self, fd: int) -> None:
        """See `Poller`."""
        if fd in self._selector.get_map():  # the standard library knows no waiting for nothing
            self._selector.unregister(fd)

    def wait(self, timeout: float | None) -> Ready:
        """See `Poller`."""
        return [
            (key.fd, (READ if events & selectors.EVENT_READ else 0) | (WRITE if events & selectors.EVENT_WRITE else 0))
            for key, events in self._selector.select(timeout)
        ]


_EVENTS = {
    READ: selectors.EVENT_READ,
    WRITE: selectors.EVENT_WRITE,
    READ | WRITE: selectors.EVENT_READ | selectors.EVENT_WRITE,
}


def mask_of(events: int) -> int:
    """The mask for what poll or epoll reports: all but the two plain bits is an error or a hang-up."""
    return events & (READ | WRITE) if not events & ~(READ | WRITE) else READ | WRITE


def _kqueue() -> Poller:
    return Selector("kqueue", selectors.KqueueSelector())  # type: ignore[attr-defined,unused-ignore]  # BSD, macOS


_MAKERS: dict[str, Callable[[], Poller]] = {"epoll": Epoll, "kqueue": _kqueue, "poll": Poll, "select": Select}
NAMES = ("auto", *sorted(_MAKERS))


def available() -> list[str]:
    """The names that this platform has, the best first."""
    return [name for name in _MAKERS if hasattr(select, name)]


def make(name: str) -> Poller:
    """The poller of that name; `auto` is the platform's best.

    Raises:
        ValueError: the name is unknown, or this platform has no such call.
    """
    if name == "auto":
        name = available()[0]
    if name not in available():
        raise ValueError(f"no selector {name} on this platform, only {', '.join(available())}")
    return _MAKERS[name]()
