"""`--rate`: how many messages a member may say in which time. Who says more is delayed, never thrown out.

A member over its rate is not read until it may speak again: its octets wait in the kernel, then TCP stops its
sender, and nobody else notices. What was read with its last good message waits as well: at most one read and one frame
begun, however fast it sends. Its own order is kept (RELAY-6), and a FIN is behind all of it (LEAVE-2).
"""

import heapq
from collections.abc import Callable
from itertools import count

from chatproto import NEED_DATA, SERVER, Chat, Connection, Event, NeedData, Service
from reference_server.session import Session
from reference_server.settings import Rate

ROUNDING = 1e-6  # tokens: the moment that `due` names must not be too early by the last bit of a float


class PacedConnection(Connection):
    """A server's connection that hands out chat no faster than a rate, by a token bucket.

    Joins, malformed frames and the end of the stream cost nothing, but wait behind the chat ahead of them.

    Args:
        rate: the bucket holds `messages` tokens, is full at first, and is filled anew in `seconds`.
        clock: monotonic seconds; asked once a message, so it should cost nothing.
        max_body_octets: see `Connection`.
    """

    def __init__(self, rate: Rate, clock: Callable[[], float], max_body_octets: int | None = None) -> None:
        super().__init__(SERVER, max_body_octets=max_body_octets)
        self._clock = clock
        self._most = float(rate.messages)
        self._interval_s = rate.seconds / rate.messages  # for one token
        self._tokens = self._most
        self._since = clock()  # when there were so many
        self._waiting: Chat | Service | None = None

    @property
    def due(self) -> float | None:
        """When the next message may be handed out, in seconds of the clock; None if none waits."""
        if self._waiting is None:
            return None
        return self._since + (1 - self._tokens) * self._interval_s

    def next_event(self) -> Event | NeedData:
        """See `Connection`; NEED_DATA also while a message waits for its token."""
        event = super().next_event() if self._waiting is None else self._waiting
        if not isinstance(event, Chat | Service):
            return event
        self._waiting = None if self._pay() else event
        return event if self._waiting is None else NEED_DATA

    def next_chats(self) -> list[tuple[str, ...]]:
        """None: each is to pay for itself."""
        return []

    def _pay(self) -> bool:
        """Takes one token; says whether there was one."""
        now = self._clock()
        self._tokens = min(self._most, self._tokens + (now - self._since) / self._interval_s)
        self._since = now
        if self._tokens < 1 - ROUNDING:
            return False
        self._tokens -= 1
        return True


class Pacer:
    """The sessions that wait until they may speak again."""

    def __init__(self) -> None:
        self._due: dict[Session, float] = {}
        self._order: list[tuple[float, int, Session]] = []  # a heap; holds cancelled ones until their time has come
        self._number = count()  # so that sessions are never compared

    def __len__(self) -> int:
        return len(self._due)

    def start(self, session: Session, due: float) -> None:
        """Lets one wait until then, in monotonic seconds."""
        self._due[session] = due
        heapq.heappush(self._order, (due, next(self._number), session))

    def cancel(self, session: Session) -> None:
        """Forgets one; it need not wait."""
        self._due.pop(session, None)

    def delay(self, now: float) -> float | None:
        """Seconds until the first may speak, 0 if it may; None if none waits."""
        while self._order and self._stale(self._order[0]):
            heapq.heappop(self._order)
        return max(0.0, self._order[0][0] - now) if self._order else None

    def expired(self, now: float) -> list[Session]:
        """Takes out those that may speak again, the earliest first."""
        found = []
        while self.delay(now) == 0.0:
            session = heapq.heappop(self._order)[2]
            del self._due[session]
            found.append(session)
        return found

    def _stale(self, item: tuple[float, int, Session]) -> bool:
        due, _, session = item
        return self._due.get(session) != due
