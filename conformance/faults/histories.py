"""Mistakes that show only after some history of a room, or in one place of it."""

import select
from collections import Counter

from conformance.faults.fault import Fault
from conformance.faults.frames import Peer


class SkipsLastAfterTwoLeaves(
    Fault, breaks="RELAY-1", mistake="after every second leave the newest of four or more members misses one message"
):
    leaves = 0
    owed = False

    def announce_leave(self, peer: Peer) -> None:
        self.leaves += 1
        self.owed = self.leaves % 2 == 0
        super().announce_leave(peer)

    def recipients(self, sender: Peer) -> list[Peer]:
        found = super().recipients(sender)
        if self.owed and len(found) > 2:
            self.owed = False
            return found[:-1]
        return found


class EchoesToWhoCameBack(
    Fault, breaks="RELAY-2", mistake="who joined after somebody left hears its own first message"
):
    def setup(self) -> None:
        self.fresh: set[Peer] = set()
        self.gone = False

    def announce_leave(self, peer: Peer) -> None:
        self.gone = True
        super().announce_leave(peer)

    def announce_join(self, peer: Peer) -> None:
        if self.gone:
            self.fresh.add(peer)
            self.gone = False
        super().announce_join(peer)

    def recipients(self, sender: Peer) -> list[Peer]:
        if sender in self.fresh:
            self.fresh.discard(sender)
            return self.members()
        return super().recipients(sender)


class ThirdTimeIsTaken(Fault, breaks="NICK-6", mistake="a nick that has been freed twice is refused for ever"):
    def setup(self) -> None:
        self.freed: dict[bytes, int] = {}

    def announce_leave(self, peer: Peer) -> None:
        self.freed[self.key(peer.nick)] = self.freed.get(self.key(peer.nick), 0) + 1
        super().announce_leave(peer)

    def is_held(self, nick: bytes) -> bool:
        return super().is_held(nick) or self.freed.get(self.key(nick), 0) > 1


class FifthLeaveIsSilent(Fault, breaks="LEAVE-1", mistake="every fifth leave is not announced"):
    leaves = 0

    def announce_leave(self, peer: Peer) -> None:
        self.leaves += 1
        if self.leaves % 5:
            super().announce_leave(peer)


class LeavesTwiceAfterManyWords(
    Fault, breaks="LEAVE-1", mistake="the leave of a member that has said three things or more is announced twice"
):
    def setup(self) -> None:
        self.said: dict[Peer, int] = {}

    def on_chat(self, peer: Peer, claimed: bytes, nick: bytes, text: bytes) -> None:
        self.said[peer] = self.said.get(peer, 0) + 1
        super().on_chat(peer, claimed, nick, text)

    def announce_leave(self, peer: Peer) -> None:
        for _ in range(2 if self.said.pop(peer, 0) > 2 else 1):
            super().announce_leave(peer)


# One place in the room.


class SecondMemberHearsTwice(
    Fault, breaks="RELAY-1", mistake="the second oldest member gets every sixteenth message of a sender twice"
):
    def setup(self) -> None:
        self.said: Counter[Peer] = Counter()

    def recipients(self, sender: Peer) -> list[Peer]:
        self.said[sender] += 1
        second = [peer for peer in self.members()[1:2] if peer is not sender and self.said[sender] % 16 == 0]
        return super().recipients(sender) + second


class SkipsNamesakes(
    Fault, breaks="RELAY-1", mistake="a member whose nick begins with the sender's is taken for the sender"
):
    def recipients(self, sender: Peer) -> list[Peer]:
        return [peer for peer in super().recipients(sender) if not peer.nick.startswith(sender.nick)]


class StopsAtTheDead(
    Fault, breaks="ROBUST-5", mistake="a message stops at a member that has just been reset: nobody behind it gets it"
):
    def recipients(self, sender: Peer) -> list[Peer]:
        found = super().recipients(sender)
        poll = select.poll()
        for peer in found:
            poll.register(peer.sock, 0)
        dead = {number for number, _ in poll.poll(0)}  # only errors and ends were asked for
        count = next((place for place, peer in enumerate(found) if peer.sock.fileno() in dead), len(found))
        return found[:count]
