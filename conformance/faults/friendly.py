"""Servers that are odd and within their rights. Whoever fails one of them has read more than the requirements say."""

import socket
import struct
import unicodedata
from collections import deque
from datetime import datetime, timedelta
from functools import partial

from conformance.faults.base import Server
from conformance.faults.fault import Friend
from conformance.faults.frames import SERVER, MalformedError, Peer

# What it says beyond what it must.


class GreetsAfterJoin(Friend, Server, oddity="a new member is greeted, and everybody told how many they are"):
    def announce_join(self, peer: Peer) -> None:
        super().announce_join(peer)
        self.service(peer, b"Welcome, " + peer.nick + b"!\n[this is not a join] joined the chat?")
        self.count(peer)

    def announce_leave(self, peer: Peer) -> None:
        super().announce_leave(peer)
        self.count(peer)

    def count(self, peer: Peer) -> None:
        self.announce(peer, self.members(), b"members: %d" % len(self.members()))


class Ticking(Friend, Server, oddity="every member gets a service message ten times a second"):
    ticked = 0.0

    def on_tick(self, now: float) -> None:
        super().on_tick(now)
        if now - self.ticked >= 0.1:
            self.ticked = now
            for peer in self.members():
                self.service(peer, b"tick")


class HistoryAfterJoin(Friend, Server, oddity="a new member is sent the last messages, as service messages"):
    def setup(self) -> None:
        self.past: deque[bytes] = deque(maxlen=5)

    def deliver(self, about: Peer, recipients: list[Peer], claimed: bytes, nick: bytes, text: bytes) -> None:
        super().deliver(about, recipients, claimed, nick, text)
        if nick != SERVER and len(text) < 4096:  # FRAME-7: with its prefix a long one is more than clients accept
            self.past.append(b"history: %b [%b] %b" % (self.written(self.latest), nick, text))

    def announce_join(self, peer: Peer) -> None:
        super().announce_join(peer)
        for line in self.past:
            self.service(peer, line)


# What it leaves out, or does in its own way.


class ZeroFilledHeaders(Friend, Server, warns="FRAME-2", oddity="headers are filled with zeros"):
    def header(self, length: int) -> bytes:
        return b"%010d" % length


class RightJustifiedHeaders(Friend, Server, warns="FRAME-2", oddity="headers are right-justified"):
    def header(self, length: int) -> bytes:
        return b"%10d" % length


class MicrosecondTimes(Friend, Server, oddity="times have six digits of a second"):
    def written(self, moment: datetime) -> bytes:
        return moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ").encode()


class WholeSecondTimes(Friend, Server, oddity="times have no fraction of a second"):
    def written(self, moment: datetime) -> bytes:
        return moment.strftime("%Y-%m-%dT%H:%M:%SZ").encode()


class ClockIsFast(Friend, Server, oddity="the clock is seven minutes fast, all the time"):
    def clock(self) -> datetime:
        return super().clock() + timedelta(minutes=7)


class WideComparison(Friend, Server, oddity="nicks are equal under NFKC, case folding and NFKC again"):
    def key(self, nick: bytes) -> bytes:
        folded = unicodedata.normalize("NFKC", nick.decode()).casefold()
        return unicodedata.normalize("NFKC", folded).encode()


class RefusesWithoutAWord(
    Friend, Server, warns="JOIN-5", oddity="whoever is refused, or malformed, is closed without a word"
):
    def dismiss(self, peer: Peer, reason: str) -> None:
        self.hang_up(peer)


class ResetsOnRefusal(Friend, Server, oddity="whoever is refused, or malformed, is told why and then reset"):
    def finish(self, peer: Peer) -> None:
        peer.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", not peer.ended, 0))
        self.drop(peer)


class ClosesAtOnce(Friend, Server, warns="JOIN-5", oddity="malformed input is answered by closing on the spot"):
    def on_malformed(self, peer: Peer, error: MalformedError) -> None:
        self.depart(peer)
        self.drop(peer)


class ClosesOnForgery(Friend, Server, oddity="whoever sends under another nick is closed"):
    def relayed_nick(self, peer: Peer, claimed: bytes) -> bytes:
        if claimed != peer.nick:
            raise MalformedError("RELAY-5", "this is not your nick")
        return claimed


class ClosesHalfClosedLate(Friend, Server, oddity="after a client's FIN the server's own comes two seconds later"):
    def on_eof(self, peer: Peer) -> None:
        peer.ended = True
        self.depart(peer)
        self.watch(peer)
        self.later(2, partial(self.hang_up, peer))


class NeverTimesOut(Friend, Server, warns="ROBUST-4", oddity="a connection may take for ever to join"):
    join_seconds = 1e9


class TimesOutWithAWord(Friend, Server, oddity="who has not joined after 12 s is told so, and closed"):
    join_seconds = 15.0

    def on_connect(self, peer: Peer) -> None:
        self.later(12, partial(self.time_out, peer))

    def time_out(self, peer: Peer) -> None:
        if peer in self.peers and not (peer.joined or peer.closing):
            self.dismiss(peer, "you have not joined")


class GivesUpOnFrames(Friend, Server, oddity="a frame of a member that takes longer than 31 s is given up"):
    def setup(self) -> None:
        self.since: dict[Peer, float] = {}

    def on_body(self, peer: Peer, body: bytes) -> None:
        self.since.pop(peer, None)
        super().on_body(peer, body)

    def on_tick(self, now: float) -> None:
        super().on_tick(now)
        self.since = {peer: self.since.get(peer, now) for peer in self.members() if peer.inbox or peer.need}
        for peer, began in list(self.since.items()):
            if now - began > 31:
                self.on_malformed(peer, MalformedError("FRAME-6", "a frame takes 31 seconds at most"))


class RoomForSixty(Friend, Server, oddity="the 61st member is refused"):
    def admit(self, peer: Peer, nick: bytes) -> None:
        if len(self.members()) < 60:
            super().admit(peer, nick)
        else:
            self.refuse(peer, "the room is full")


class LargeMaximum(Friend, Server, warns="FRAME-8", oddity="a body may have 16 MiB"):
    max_body = 16 * 1_048_576
    max_backlog = 40 * 1_048_576  # ROBUST-3: and one body on top stays below 64 MiB


class SmallBacklog(Friend, Server, oddity="a member that is 5 MiB behind is thrown out"):
    max_backlog = 5 * 1_048_576
