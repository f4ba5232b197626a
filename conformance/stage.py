"""The sockets of the suite, in one selector loop: every one of them is read all the time, unless not reading is the attack.

Playings are generators that yield what they wait for, so that many run side by side and share one wait.
"""

import contextlib
import errno
import selectors
import socket
import statistics
import struct
import time
from collections import deque
from collections.abc import Callable, Generator, Iterable
from dataclasses import dataclass
from typing import Any, TypeVar

from conformance.octets import Got, Out, Reader
from conformance.script import TAG
from conformance.trace import Ending

READ_OCTETS = 262_144
RESENT_AFTER = 0.25  # seconds after which a round trip that did not come back is tried again: one frame may be lost
T = TypeVar("T")


@dataclass(slots=True)
class Wait:
    """What a playing waits for: a condition, for at most so many seconds. It is resumed with whether it came true."""

    condition: Callable[[], bool]
    seconds: float


Playing = Generator[Wait, bool, T]


class Peer:
    """One connection of the suite.

    Attributes:
        ended: how the server's side ended, once it has.
    """

    def __init__(self, stage: "Stage", on_frame: Callable[[Got], None] | None = None, *, small: bool = False) -> None:
        self.reader = Reader()
        self.ended: Ending | None = None
        self.ended_at = 0.0
        self.connected = False
        self.muted = False
        self._stage = stage
        self._on_frame = on_frame
        self._out: deque[memoryview] = deque()
        self._finishing = False
        self._reset = False
        self._mask = 0
        self.socket = socket.socket(stage.family, socket.SOCK_STREAM)
        self.socket.setblocking(False)
        if small:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        code = self.socket.connect_ex(stage.address)
        if code not in (0, errno.EINPROGRESS, errno.EWOULDBLOCK, getattr(errno, "WSAEWOULDBLOCK", 0)):
            self._end("unreachable")
        stage.peers.add(self)
        self._watch()

    @property
    def flushed(self) -> bool:
        """Whether the system has taken all that was written, or never will."""
        return self.ended is not None or not self._out

    def write(self, octets: bytes) -> None:
        """Queues octets; they go out while everything else is read."""
        if octets and self.ended is None:
            self._out.append(memoryview(octets))
            self.writable()

    def finish(self) -> None:
        """Ends the writing side once all is written (FIN)."""
        self._finishing = True
        self.writable()

    def abort(self) -> None:
        """Resets the connection (RST)."""
        with contextlib.suppress(OSError):
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.close()

    def close(self) -> None:
        """Closes the socket; with all read, that is a FIN."""
        if self in self._stage.peers:
            self._stage.peers.discard(self)
            if self._mask:
                self._stage.selector.unregister(self.socket)
                self._mask = 0
            self.socket.close()

    def mute(self, *, muted: bool) -> None:
        """Stops or resumes reading."""
        self.muted = muted
        self._watch()

    def readable(self) -> None:
        """Reads what is there, once."""
        try:
            octets = self.socket.recv(READ_OCTETS)
        except (BlockingIOError, InterruptedError):
            return
        except OSError:
            self._end("reset" if self.connected else "unreachable")
            return
        if not octets:
            self._end("reset" if self._reset else "fin")
            return
        for frame in self.reader.feed(octets, time.monotonic(), time.time()):
            if self._on_frame is not None:
                self._on_frame(frame)

    def writable(self) -> None:
        """Writes what the system takes."""
        try:
            if not self.connected and not self._connect():
                return
            while self._out:
                sent = self.socket.send(self._out[0])
                self._out[0] = self._out[0][sent:]
                if not self._out[0]:
                    self._out.popleft()
            if self._finishing:
                self._finishing = False
                self.socket.shutdown(socket.SHUT_WR)
        except (BlockingIOError, InterruptedError):
            pass
        except OSError as error:
            self._broken(error)
        self._watch()

    def _connect(self) -> bool:
        if self.socket.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR):
            self._end("unreachable")
            return False
        try:
            self.socket.getpeername()
        except OSError:
            return False  # under way
        self.connected = True
        return True

    def _broken(self, error: OSError) -> None:
        # What the server said before it went may still lie in our buffer: reading finds it, then the end. The system
        # tells of a reset only once, to whoever asks first.
        self._reset = error.errno in (errno.ECONNRESET, errno.EPIPE)
        self._out.clear()
        self._finishing = False
        if self.muted:
            self._end("reset")

    def _end(self, ending: Ending) -> None:
        if self.ended is None:
            self.ended, self.ended_at = ending, time.monotonic()
            self._out.clear()
            self._watch()
            self._stage.touched = True

    def _watch(self) -> None:
        mask = 0
        if self in self._stage.peers and self.ended is None:
            if not self.muted:
                mask |= selectors.EVENT_READ
            if self._out or self._finishing or not self.connected:
                mask |= selectors.EVENT_WRITE
        if mask == self._mask:
            return
        if not self._mask:
            self._stage.selector.register(self.socket, mask, self)
        elif not mask:
            self._stage.selector.unregister(self.socket)
        else:
            self._stage.selector.modify(self.socket, mask, self)
        self._mask = mask


class Stage:
    """Runs playings against one server.

    Args:
        address: as `socket.getaddrinfo` gives it.
        patience: seconds of one wait; PROTOCOL's 5 s, longer on a slow path, never shorter but in repetitions.
        nonce: characters that no other run has.
        pid: the server's process, where it is known.
    """

    def __init__(
        self, family: int, address: tuple[str, int], patience: float, nonce: str, pid: int | None = None
    ) -> None:
        self.family = family
        self.address = address
        self.patience = patience
        self.nonce = nonce
        self.pid = pid
        self.selector = selectors.DefaultSelector()
        self.peers: set[Peer] = set()
        self.touched = False
        self.opened = 0
        self._background: list[tuple[int, Playing[Any], Wait, float]] = []
        self._finished: dict[int, Any] = {}
        self.frames_read = 0
        self._tags = 0
        self.fence_patience = patience
        self.pulse = Pulse(self)

    def fence_failed(self) -> None:
        """Remembers that a fence was waited for in vain: a server that one connection can stall must not stall the suite
        at every cut. Later fences wait shortly, and cuts without an answer count as likely (ROBUST-2 judges the stall)."""
        self.fence_patience = max(0.05, 8 * self.pulse.round_trip)

    def tag(self) -> str:
        """Characters that no other playing has, as many as TAG has."""
        self._tags += 1
        return self.nonce[:4] + _base36(self._tags).rjust(len(TAG) - 4, "0")

    def peer(self, on_frame: Callable[[Got], None] | None = None, *, small: bool = False) -> Peer:
        """Opens a connection."""
        self.opened += 1
        return Peer(self, on_frame, small=small)

    def run(self, playings: Iterable[Playing[T]], width: int = 1, until: Callable[[T], bool] | None = None) -> list[T]:
        """Runs playings, at most so many side by side, and gives their results in their order.

        Args:
            until: a condition on a result after which no further playing is begun.
        """
        waiting = deque(enumerate(playings))
        if not waiting:
            return []
        results: dict[int, T] = {}
        running: list[tuple[int, Playing[T], Wait, float]] = []
        stop = False
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
        for _, playing in waiting:
            playing.close()
        return [results[number] for number in sorted(results)]

    def begin(self, playing: Playing[T]) -> int:
        """Begins a playing in the background of all that runs later; gives its number."""
        number = len(self._background) + len(self._finished)
        self._advance(number, playing, None, self._background, self._finished)
        return number

    def finish(self, number: int) -> Any:
        """Waits for a playing of the background, and gives its result."""
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
        for peer in list(self.peers):
            peer.close()
        self.selector.close()

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
        timeout = max(0.0, deadline - time.monotonic())
        if self.pulse.busy:
            timeout = min(timeout, RESENT_AFTER)
        for key, mask in self.selector.select(timeout):
            peer: Peer = key.data
            if mask & selectors.EVENT_WRITE and peer in self.peers:
                peer.writable()
            if mask & selectors.EVENT_READ and peer in self.peers and not peer.muted and peer.ended is None:
                peer.readable()


class Pulse:
    """Two members of the suite's own, one of them talking to the other: the canary, and the clock of the server's turns.

    A server that answers their second message after an octet was queued has been round its loop with that octet in reach
    (for a server with one loop: proof; with a thread for each connection: overwhelming evidence).
    """

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._speaker: Peer | None = None
        self._listener: Peer | None = None
        self._names = ("", "")
        self._entered: set[str] = set()
        self._text: str | None = None
        self._sent_at = 0.0
        self._first_sent_at = 0.0
        self._completed = 0
        self._wanted = 0
        self._number = 0
        self.trips: list[float] = []

    @property
    def busy(self) -> bool:
        """Whether somebody waits for a round trip."""
        return self._completed < self._wanted

    @property
    def alive(self) -> bool:
        """Whether both members are joined and readable."""
        return len(self._entered) == 2 and not any(
            peer is None or peer.ended or peer.reader.garbage is not None for peer in (self._speaker, self._listener)
        )

    @property
    def round_trip(self) -> float:
        """The median of the round trips so far, in seconds; 0 before the first."""
        return statistics.median(self.trips[-200:]) if self.trips else 0.0

    def begin(self, patience: float) -> Playing[bool]:
        """Joins the two, afresh if need be, waiting so many seconds for each; gives whether they are there."""
        if self.alive:
            return True
        self.end()
        tag = self._stage.tag()
        self._names = (f"pulse-{tag}", f"canary-{tag}")
        self._entered = set()
        self._listener = self._stage.peer(self._heard)
        self._listener.write(Out(self._names[1]).octets)
        met = yield Wait(lambda: self._is_settled(self._names[1], self._listener), patience)
        if not met or self._names[1] not in self._entered:
            return False
        self._speaker = self._stage.peer()
        self._speaker.write(Out(self._names[0]).octets)
        yield Wait(lambda: self._is_settled(self._names[0], self._speaker), patience)
        return self.alive

    def _is_settled(self, name: str, peer: Peer | None) -> bool:
        return name in self._entered or peer is None or peer.ended is not None or peer.reader.garbage is not None

    def end(self) -> None:
        """Lets the two go."""
        for peer in (self._speaker, self._listener):
            if peer is not None:
                peer.close()
        self._speaker = self._listener = None
        self._entered = set()
        self._text = None
        self._wanted = self._completed

    def ticket(self, trips: int = 2) -> Callable[[], bool]:
        """Asks for so many whole round trips from now on; the result says whether they are done."""
        goal = self._completed + (self._text is not None) + trips
        self._wanted = max(self._wanted, goal)
        return lambda: self._completed >= goal

    def drive(self) -> None:
        """Sends the next message if one is wanted and none is under way, or if the last one seems lost."""
        if not self.busy or not self.alive or self._speaker is None:
            return
        now = time.monotonic()
        if self._text is not None and now - self._sent_at < max(RESENT_AFTER, 20 * self.round_trip):
            return
        if self._text is None:
            self._first_sent_at = now
        self._number += 1
        self._text = f"{self._names[0]} {self._number}"
        self._sent_at = now
        self._speaker.write(Out(self._names[0], self._text).octets)

    def _heard(self, frame: Got) -> None:
        for name in self._names:
            if frame.is_service and frame.text == f"[{name}] joined the chat":
                self._entered.add(name)
        if self._text is not None and frame.text == self._text:
            self._completed += 1
            self._text = None
            self.trips.append(frame.at - self._first_sent_at)
            self.drive()


def _base36(number: int) -> str:
    digits = "0123456789abcdefghijklmnopqrstuvwxyz"
    text = ""
    while number:
        number, digit = divmod(number, 36)
        text = digits[digit] + text
    return text or "0"
