"""Mistakes about staying up (ROBUST-1 to ROBUST-7)."""

import os
import socket
import time
from contextlib import suppress
from weakref import WeakKeyDictionary

from conformance.faults.base import CrashError
from conformance.faults.fault import Fault
from conformance.faults.frames import MalformedError, Peer

# One takes down, or shuts out, others.


class BadHeaderKills(Fault, breaks="ROBUST-1", mistake="a malformed header ends the server"):
    def on_malformed(self, peer: Peer, error: MalformedError) -> None:
        if error.requirement == "FRAME-4":
            raise CrashError(error)
        super().on_malformed(peer, error)


class BlamesTheNextPiece(
    Fault, breaks="ROBUST-1", mistake="behind malformed input whose read ends inside a frame first is thrown out for it"
):
    is_wrong = False

    def on_malformed(self, peer: Peer, error: MalformedError) -> None:
        super().on_malformed(peer, error)
        self.is_wrong = True

    def on_frame(self, peer: Peer, claimed: bytes, nick: bytes, text: bytes) -> None:
        self.is_wrong = False
        super().on_frame(peer, claimed, nick, text)

    def receive(self, peer: Peer, chunk: bytes) -> None:
        super().receive(peer, chunk)
        if self.is_wrong and not peer.closing and (peer.inbox or peer.need is not None):
            self.is_wrong = False
            self.on_malformed(peer, MalformedError("FRAME-4", "malformed"))


class HangsOnMalformed(
    Fault, breaks="ROBUST-1", mistake="the loop over a malformed header never ends, and nobody is served any more"
):
    def on_malformed(self, peer: Peer, error: MalformedError) -> None:
        while error.requirement == "FRAME-4" and not self.stopped:
            time.sleep(0.01)
        super().on_malformed(peer, error)


class BadTextKills(Fault, breaks="ROBUST-1", mistake="a body that is not UTF-8 ends the server"):
    def decoded(self, peer: Peer, body: bytes) -> bytes:
        try:
            return super().decoded(peer, body)
        except MalformedError as error:
            raise CrashError(error) from error


class HugeHeaderKills(
    Fault, breaks="ROBUST-1", mistake="a header of 9999999999 ends the server, as out of memory does"
):
    def check_length(self, length: int) -> None:
        if length > 2**32:
            raise CrashError("out of memory")
        super().check_length(length)


class BansAddress(Fault, breaks="ROBUST-1", mistake="an address that has sent malformed input is never served again"):
    banned = False

    def on_malformed(self, peer: Peer, error: MalformedError) -> None:
        self.banned = True
        super().on_malformed(peer, error)

    def on_connect(self, peer: Peer) -> None:
        if self.banned:
            self.drop(peer)


# A stall inside a frame.


class StallBlocksAll(Fault, breaks="ROBUST-2", mistake="while a frame is unfinished, its sender alone is read"):
    patience: float | None = None  # seconds

    def stalls(self, peer: Peer) -> bool:
        return bool(peer.inbox or peer.need)

    def receive(self, peer: Peer, chunk: bytes) -> None:
        super().receive(peer, chunk)
        self.flush_all()
        if peer not in self.peers:
            return
        peer.sock.settimeout(self.patience)
        with suppress(OSError):  # a reset is noticed again by the loop, as the end of the stream
            while self.stalls(peer) and not peer.closing and (chunk := self.read(peer)):
                super().receive(peer, chunk)
                self.flush_all()
        if peer in self.peers:
            peer.sock.setblocking(False)


class StallInBodyBlocksAll(
    StallBlocksAll, breaks="ROBUST-2", mistake="once a header is there, its sender alone is read until the body is"
):
    def stalls(self, peer: Peer) -> bool:
        return bool(peer.need)


class StallDelaysAll(
    StallBlocksAll, breaks="ROBUST-2", mistake="an unfinished header is waited for, for three seconds each time"
):
    patience = 3.0

    def stalls(self, peer: Peer) -> bool:
        return bool(peer.inbox) and not peer.need


class OneBufferForBodies(
    Fault,
    breaks=("ROBUST-2", "FRAME-6"),
    mistake="while a body is unfinished, frames of others that take more than one read wait for it",
):
    def is_taken(self, peer: Peer) -> bool:
        return any(other.need for other in self.peers if other is not peer)

    def receive(self, peer: Peer, chunk: bytes) -> None:
        if (peer.need or peer.inbox) and self.is_taken(peer) and not peer.closing:
            peer.inbox += chunk
        else:
            super().receive(peer, chunk)

    def on_tick(self, now: float) -> None:
        super().on_tick(now)
        for peer in list(self.peers):
            if peer.inbox and not self.is_taken(peer):
                self.parse(peer)


# A peer that does not read.


class SlowReaderBlocksAll(
    Fault, breaks="ROBUST-3", mistake="the server waits until a slow reader has taken everything"
):
    def write(self, peer: Peer) -> int:
        peer.sock.setblocking(True)
        try:
            peer.sock.sendall(peer.outbox)
        finally:
            peer.sock.setblocking(False)
        return len(peer.outbox)


class _SmallBuffers(Fault):
    """Leaves little to the kernel, so that what it does with a backlog shows before a client is 4 MiB behind."""

    def listen(self, host: str, port: int) -> socket.socket:
        listener = super().listen(host, port)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 131_072)
        return listener


class SkipsForSlowReader(
    _SmallBuffers, breaks="ROBUST-3", mistake="a member for which 2.5 MB wait is sent no more until it reads"
):
    def send(self, peer: Peer, frame: bytes) -> None:
        if len(peer.outbox) < 2_500_000:
            super().send(peer, frame)


class ThrowsOutEarly(
    _SmallBuffers, breaks="ROBUST-3", mistake="a member for which more than 2.5 MB wait is thrown out"
):
    max_backlog = 2_500_000


class GivesUpOnReaders(
    _SmallBuffers, breaks="ROBUST-3", mistake="a member for which octets have waited for four seconds is thrown out"
):
    def setup(self) -> None:
        self.since: dict[Peer, float] = {}

    def on_tick(self, now: float) -> None:
        super().on_tick(now)
        self.since = {peer: self.since.get(peer, now) for peer in self.members() if peer.outbox}
        for peer, began in list(self.since.items()):
            if now - began > 4:
                self.on_overrun(peer)


class QueuesFiveHundred(Fault, breaks="ROBUST-3", mistake="a member for which more than 500 frames wait is thrown out"):
    def setup(self) -> None:
        self.queued: WeakKeyDictionary[Peer, int] = WeakKeyDictionary()

    def send(self, peer: Peer, frame: bytes) -> None:
        super().send(peer, frame)
        self.queued[peer] = self.queued.get(peer, 0) + 1
        if self.queued[peer] > 500 and peer.joined:
            self.on_overrun(peer)

    def flush(self, peer: Peer) -> None:
        super().flush(peer)
        if not peer.outbox:
            self.queued.pop(peer, None)


class HoldsEverything(Fault, breaks="ROBUST-3", mistake="what is held for a slow reader has no bound"):
    max_backlog = 10**12


class ClosesUnjoinedEarly(
    Fault, breaks="ROBUST-4", mistake="a connection that has not joined after three seconds is closed"
):
    join_seconds = 3.0


# Resets.


class ResetBeforeJoinKills(Fault, breaks="ROBUST-5", mistake="a reset before the join ends the server"):
    def on_reset(self, peer: Peer) -> None:
        if not peer.nick and not peer.closing:
            raise CrashError("connection reset")
        super().on_reset(peer)


class ResetInsideFrameKills(Fault, breaks="ROBUST-5", mistake="a reset inside a frame ends the server"):
    def on_reset(self, peer: Peer) -> None:
        if peer.inbox or peer.need:
            raise CrashError("connection reset")
        super().on_reset(peer)


class ResetOfMemberKills(Fault, breaks="ROBUST-5", mistake="the reset of a member ends the server"):
    def on_reset(self, peer: Peer) -> None:
        if peer.joined:
            raise CrashError("connection reset")
        super().on_reset(peer)


class ResetWhileSendingKills(
    Fault, breaks="ROBUST-5", mistake="the reset of a member to which something is being sent ends the server"
):
    def on_reset(self, peer: Peer) -> None:
        if peer.outbox:
            raise CrashError("broken pipe")
        super().on_reset(peer)

    def write(self, peer: Peer) -> int:
        try:
            return super().write(peer)
        except (BrokenPipeError, ConnectionResetError) as error:
            raise CrashError(error) from error


# Many connections.


class RoomForForty(Fault, breaks="ROBUST-6", mistake="the 41st member is refused"):
    def admit(self, peer: Peer, nick: bytes) -> None:
        if len(self.members()) < 40:
            super().admit(peer, nick)
        else:
            self.refuse(peer, "the room is full")


class DeafAfterResets(Fault, breaks="ROBUST-6", mistake="after 100 resets no new connection is accepted"):
    resets = 0

    def on_reset(self, peer: Peer) -> None:
        self.resets += 1
        super().on_reset(peer)

    def accept(self) -> None:
        if self.resets < 100:
            super().accept()
        else:
            time.sleep(0.001)  # the listener stays readable: without this the loop would take a whole core


class LeaksDescriptors(Fault, breaks="ROBUST-6", mistake="each reset leaks a descriptor"):
    def setup(self) -> None:
        self.leaked: list[int] = []

    def on_reset(self, peer: Peer) -> None:
        self.leaked.append(os.open(os.devnull, os.O_RDONLY))
        super().on_reset(peer)

    def close(self) -> None:
        super().close()
        for descriptor in self.leaked:
            os.close(descriptor)


class LeaksMemory(Fault, breaks="ROBUST-6", mistake="each connection leaves 128 KiB behind"):
    def setup(self) -> None:
        self.left: list[bytes] = []

    def drop(self, peer: Peer) -> None:
        super().drop(peer)
        self.left.append(b"\1" * 131_072)


class StormLosesChat(Fault, breaks="ROBUST-7", mistake="while malformed input comes fast, chat is lost"):
    def setup(self) -> None:
        self.storm: list[float] = []

    def on_malformed(self, peer: Peer, error: MalformedError) -> None:
        self.storm = [*self.storm[-9:], time.monotonic()]
        super().on_malformed(peer, error)

    def recipients(self, sender: Peer) -> list[Peer]:
        raging = len(self.storm) == 10 and time.monotonic() - self.storm[0] < 0.12
        return [] if raging else super().recipients(sender)
