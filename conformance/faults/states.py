"""Mistakes that show only in one state of a member: inside a frame, about to be told of its join, far behind, silent."""

import os
import time
from datetime import UTC, datetime
from functools import partial

from conformance.faults.fault import Fault
from conformance.faults.frames import SERVER, MalformedError, Peer


def _is_inside(peer: Peer) -> bool:
    return bool(peer.inbox) or peer.need is not None


class JoinSkipsWhoIsInsideFrame(
    Fault, breaks="JOIN-2", mistake="a join is not announced to members that are inside a frame of their own"
):
    def announce_join(self, peer: Peer) -> None:
        told = [member for member in self.members() if member is peer or not _is_inside(member)]
        self.announce(peer, told, b"[%b] joined the chat" % peer.nick)


class HalfJoinedHearsChat(Fault, breaks="JOIN-4", mistake="a connection that is inside its join is sent chat"):
    def recipients(self, sender: Peer) -> list[Peer]:
        inside = [peer for peer in self.peers if not (peer.joined or peer.closing) and _is_inside(peer)]
        return super().recipients(sender) + inside


class OwnJoinLast(
    Fault,
    breaks=("JOIN-3", "JOIN-4"),
    mistake="a new member is in the room 10 ms before its own join is announced to it",
):
    def announce_join(self, peer: Peer) -> None:
        text = b"[%b] joined the chat" % peer.nick
        self.announce(peer, [member for member in self.members() if member is not peer], text)
        self.later(0.01, partial(self.announce, peer, [peer], text))


class NextGetsWhatWaited(
    Fault, breaks="JOIN-4", mistake="what waited for a member that was reset is sent to the next connection"
):
    waiting = b""

    def on_reset(self, peer: Peer) -> None:
        if peer.joined:
            self.waiting = bytes(peer.outbox)
        super().on_reset(peer)

    def on_connect(self, peer: Peer) -> None:
        peer.outbox += self.waiting
        self.waiting = b""
        self.wake(peer)


class AnnouncementsOvertake(
    Fault, breaks=("RELAY-7", "ROBUST-3"), mistake="announcements overtake the chat that waits for a slow reader"
):
    def setup(self) -> None:
        self.chat: dict[Peer, bytearray] = {}

    def send(self, peer: Peer, frame: bytes) -> None:
        if len(peer.outbox) > 65_536 and frame.split(b"\0")[1] != SERVER:
            self.chat.setdefault(peer, bytearray()).extend(frame)
        else:
            super().send(peer, frame)

    def flush(self, peer: Peer) -> None:
        super().flush(peer)
        if not peer.outbox and peer in self.peers:
            peer.outbox += self.chat.pop(peer, b"")
            if peer.outbox:
                self.wake(peer)


class SkipsFarBehind(Fault, breaks="ROBUST-3", mistake="what a member for which 6.5 MB wait would be sent is left out"):
    def send(self, peer: Peer, frame: bytes) -> None:
        if len(peer.outbox) < 6_500_000:
            super().send(peer, frame)


class ThrowsOutTheSilent(
    Fault, breaks="ROBUST-3", mistake="a member that has sent nothing for six seconds is thrown out"
):
    def setup(self) -> None:
        self.heard: dict[Peer, float] = {}

    def receive(self, peer: Peer, chunk: bytes) -> None:
        self.heard[peer] = time.monotonic()
        super().receive(peer, chunk)

    def on_tick(self, now: float) -> None:
        super().on_tick(now)
        for peer in self.members():
            if now - self.heard[peer] > 6:
                self.on_overrun(peer)


class GivesUpFramesEarly(
    Fault, breaks="FRAME-6", mistake="a member whose frame takes more than five seconds is thrown out"
):
    def setup(self) -> None:
        self.since: dict[Peer, float] = {}

    def on_tick(self, now: float) -> None:
        super().on_tick(now)
        self.since = {peer: self.since.get(peer, now) for peer in self.members() if _is_inside(peer)}
        for peer, began in list(self.since.items()):
            if now - began > 5:
                self.on_malformed(peer, MalformedError("FRAME-6", "a frame takes five seconds at most"))


class ForgetsTheJoinTimer(
    Fault,
    breaks="ROBUST-3",
    mistake="the time in which to join is not called off by the join: a member is then thrown out",
):
    join_seconds = 10.5

    def admit(self, peer: Peer, nick: bytes) -> None:
        deadline = peer.deadline
        super().admit(peer, nick)
        peer.deadline = deadline

    def on_tick(self, now: float) -> None:
        for peer in self.members():
            if peer.deadline is not None and now > peer.deadline:
                self.on_overrun(peer)
        super().on_tick(now)


class QueueOfThousand(
    Fault, breaks="ROBUST-3", mistake="a member for which more than a thousand frames wait is thrown out"
):
    def setup(self) -> None:
        self.waiting: dict[Peer, int] = {}

    def send(self, peer: Peer, frame: bytes) -> None:
        self.waiting[peer] = self.waiting.get(peer, 0) + 1 if peer.outbox else 1
        super().send(peer, frame)

    def flush(self, peer: Peer) -> None:
        super().flush(peer)
        if peer in self.peers and peer.outbox and self.waiting[peer] > 1000:
            self.on_overrun(peer)


class ClockOfTheLastConnection(Fault, breaks="RELAY-4", mistake="the clock is read only when a connection is accepted"):
    moment = datetime.now(UTC)

    def on_connect(self, peer: Peer) -> None:
        self.moment = datetime.now(UTC)

    def clock(self) -> datetime:
        return self.moment


class TimeOfTheFirstOctet(
    Fault,
    breaks="RELAY-4",
    mistake="a message has the time of its first octet, and may be older than what was said before",
):
    def setup(self) -> None:
        self.began: dict[Peer, datetime] = {}
        self.sender: Peer | None = None

    def receive(self, peer: Peer, chunk: bytes) -> None:
        self.began.setdefault(peer, datetime.now(UTC))
        super().receive(peer, chunk)
        if not _is_inside(peer):
            self.began.pop(peer, None)

    def on_chat(self, peer: Peer, claimed: bytes, nick: bytes, text: bytes) -> None:
        self.sender = peer
        super().on_chat(peer, claimed, nick, text)
        self.sender = None

    def stamp(self, claimed: bytes) -> bytes:
        if self.sender is not None:
            return self.written(self.began[self.sender])
        return super().stamp(claimed)


# Many connections.


class LeaksRefused(Fault, breaks="ROBUST-6", mistake="each refused connection leaks a descriptor"):
    def setup(self) -> None:
        self.leaked: list[int] = []

    def refuse(self, peer: Peer, reason: str) -> None:
        self.leaked.append(os.open(os.devnull, os.O_RDONLY))
        super().refuse(peer, reason)

    def close(self) -> None:
        super().close()
        for descriptor in self.leaked:
            os.close(descriptor)


class LeaksMembers(Fault, breaks="ROBUST-6", mistake="each member leaves 256 KiB behind"):
    def setup(self) -> None:
        self.left: list[bytes] = []

    def admit(self, peer: Peer, nick: bytes) -> None:
        super().admit(peer, nick)
        self.left.append(b"\1" * 262_144)
