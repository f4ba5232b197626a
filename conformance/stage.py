"""The sockets of the suite, in one selector loop, and the playings that wait for what happens on them."""

import selectors
import time
from collections import deque
from collections.abc import Callable, Iterable
from typing import Any, TypeVar

from conformance.octets import Got
from conformance.peer import Peer, Sockets
from conformance.playing import Playing, Wait
from conformance.pulse import RESENT_AFTER, Pulse, shorter
from conformance.script import TAG

AGAIN = 2  # fences in vain: it is not chance, nor the machine

T = TypeVar("T")


class OutOfTimeError(Exception):
    """What was played had to be given up: its time was over."""


class Stage:
    """Runs playings against one server.

    Args:
        address: as `socket.getaddrinfo` gives it.
        patience: seconds of one wait; PROTOCOL's 5 s, longer on a slow path, never shorter but in repetitions.
        nonce: characters that no other run has.
        pid: the server's process, where it is known.

    Attributes:
        awaits_leaves: whether playings wait for announcements of leaves.
        stalls: whether the server is known to wait for one connection: at a fence, it is waited for shortly.
        until: monotonic seconds at which whatever is played is given up; None for never.
    """

    def __init__(
        self, family: int, address: tuple[str, int], patience: float, nonce: str, pid: int | None = None
    ) -> None:
        self.sockets = Sockets(family, address)
        self.patience = patience
        self.nonce = nonce
        self.pid = pid
        self.awaits_leaves = True
        self.stalls = False
        self.until: float | None = None
        self._background: list[tuple[int, Playing[Any], Wait, float]] = []
        self._finished: dict[int, Any] = {}
        self._tags = 0
        self.fence_patience = patience
        self._stalled = 0  # fences that were waited for in vain
        self.pulse = Pulse(self)

    def fence_over(self, *, met: bool) -> None:
        """Remembers how the last fence went: a server that one connection can stall must not stall the suite at every cut.

        After a fence in vain later ones wait shortly, until one is met, and cuts without an answer count as likely; ROBUST-2
        judges the stall, and once it has failed all wait shortly. A server that has been stalled again is waited for as long
        as in a repetition.
        """
        self._stalled += not met
        if not met or self.stalls:
            self.fence_patience = max(0.05, 8 * self.pulse.round_trip)
        else:
            self.fence_patience = (
                self.patience if self._stalled < AGAIN else shorter(self.patience, self.pulse.round_trip)
            )

    def tag(self) -> str:
        """Characters that no other playing has, as many as TAG has."""
        self._tags += 1
        return self.nonce[:4] + _base36(self._tags).rjust(len(TAG) - 4, "0")

    def peer(self, on_frame: Callable[[Got], None] | None = None, *, small: bool = False) -> Peer:
        """Opens a connection."""
        return Peer(self.sockets, on_frame, small=small)

    def run(self, playings: Iterable[Playing[T]], width: int = 1, until: Callable[[T], bool] | None = None) -> list[T]:
        """Runs playings, at most so many side by side, and gives their results in their order.

        Args:
            until: a condition on a result after which no further playing is begun.

        Raises:
            OutOfTimeError: `self.until` has come. Whatever was under way is closed, as with an error in a playing.
        """
        waiting = deque(enumerate(playings))
        if not waiting:
            return []
        results: dict[int, T] = {}
        running: list[tuple[int, Playing[T], Wait, float]] = []
        stop = False
        try:
            while running or (waiting and not stop):
                while waiting and len(running) < width and not stop:
                    number, playing = waiting.popleft()
                    self._advance(number, playing, None, running, results)
                    stop = stop or (until is not None and number in results and until(results[number]))
                if not running:
                    continue
                self._turn(min(deadline for *_, deadline in running + self._background))
                now = time.monotonic()
                self._look_back(now)
                for entry in list(running):
                    number, playing, wait, deadline = entry
                    met = wait.condition()
                    if met or now >= deadline:
                        running.remove(entry)
                        self._advance(number, playing, met, running, results)
                        stop = stop or (until is not None and number in results and until(results[number]))
        finally:
            for playing in [entry[1] for entry in running] + [entry[1] for entry in waiting]:
                playing.close()
        return [results[number] for number in sorted(results)]

    def begin(self, playing: Playing[T]) -> int:
        """Begins a playing in the background of all that runs later; gives its number."""
        number = len(self._background) + len(self._finished)
        self._advance(number, playing, None, self._background, self._finished)
        return number

    def finish(self, number: int) -> Any:
        """Waits for a playing of the background, and gives its result.

        Raises:
            OutOfTimeError: `self.until` has come first.
        """
        while number not in self._finished:
            self._turn(min(deadline for *_, deadline in self._background))
            self._look_back(time.monotonic())
        return self._finished[number]

    def _look_back(self, now: float) -> None:
        for entry in list(self._background):
            number, playing, wait, deadline = entry
            met = wait.condition()
            if met or now >= deadline:
                self._background.remove(entry)
                self._advance(number, playing, met, self._background, self._finished)

    def close(self) -> None:
        """Closes every connection."""
        for _, playing, _, _ in self._background:
            playing.close()
        for peer in list(self.sockets.peers):
            peer.close()
        self.sockets.selector.close()

    def _advance(
        self,
        number: int,
        playing: Playing[T],
        met: bool | None,
        running: list[tuple[int, Playing[T], Wait, float]],
        results: dict[int, T],
    ) -> None:
        try:
            wait = next(playing) if met is None else playing.send(met)
            while wait.condition():
                wait = playing.send(True)
        except StopIteration as stop:
            results[number] = stop.value
            return
        running.append((number, playing, wait, time.monotonic() + wait.seconds))

    def _turn(self, deadline: float) -> None:
        self.pulse.drive()
        now = time.monotonic()
        if self.until is not None:
            if now >= self.until:
                raise OutOfTimeError
            deadline = min(deadline, self.until)
        self.sockets.bury(now)
        timeout = max(0.0, deadline - now)
        if self.pulse.busy:
            timeout = min(timeout, RESENT_AFTER)
        ready = self.sockets.selector.select(timeout)
        looked = time.monotonic()
        for key, mask in ready:
            peer: Peer = key.data
            if mask & selectors.EVENT_WRITE and peer in self.sockets.peers:
                peer.writable()
            if mask & selectors.EVENT_READ and peer in self.sockets.peers and not peer.muted and peer.ended is None:
                peer.readable()
        self.sockets.looked = looked


def _base36(number: int) -> str:
    digits = "0123456789abcdefghijklmnopqrstuvwxyz"
    text = ""
    while number:
        number, digit = divmod(number, 36)
        text = digits[digit] + text
    return text or "0"
