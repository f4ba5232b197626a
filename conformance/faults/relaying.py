"""Mistakes about whom a chat frame reaches, and in which order (RELAY-1, -2, -6 to -8)."""

import time
from collections import Counter
from collections.abc import Callable
from functools import partial
from weakref import WeakKeyDictionary, WeakSet

from conformance.faults.fault import Fault
from conformance.faults.frames import SERVER, Peer

# Exactly once, to every other member.


class DropsOneInFifty(Fault, breaks="RELAY-1", mistake="one message in fifty is lost"):
    count = 0

    def recipients(self, sender: Peer) -> list[Peer]:
        self.count += 1
        return super().recipients(sender) if self.count % 50 else []


class WrapsTheCount(Fault, breaks="RELAY-1", mistake="every 256th message of a connection is lost"):
    def setup(self) -> None:
        self.said: WeakKeyDictionary[Peer, int] = WeakKeyDictionary()

    def recipients(self, sender: Peer) -> list[Peer]:
        self.said[sender] = self.said.get(sender, 0) + 1
        return super().recipients(sender) if self.said[sender] % 256 else []


class MissesThirdRecipient(Fault, breaks="RELAY-1", mistake="a message reaches two other members at most"):
    def on_chat(self, peer: Peer, claimed: bytes, nick: bytes, text: bytes) -> None:
        self.deliver(peer, self.recipients(peer)[:2], claimed, peer.nick, text)


class ReachesSixteen(Fault, breaks="RELAY-1", mistake="a message reaches the sixteen oldest of the others"):
    def recipients(self, sender: Peer) -> list[Peer]:
        return super().recipients(sender)[:16]


class DeliversTwiceAtTimes(Fault, breaks="RELAY-1", mistake="every twentieth message is delivered twice"):
    count = 0

    def on_chat(self, peer: Peer, claimed: bytes, nick: bytes, text: bytes) -> None:
        self.count += 1
        for _ in range(1 if self.count % 20 else 2):
            super().on_chat(peer, claimed, nick, text)


class MissesOneBehindTheThrownOut(
    Fault, breaks="RELAY-1", mistake="when a slow member is thrown out, the newest misses the next message"
):
    is_short = False

    def on_overrun(self, peer: Peer) -> None:
        super().on_overrun(peer)
        self.is_short = True

    def recipients(self, sender: Peer) -> list[Peer]:
        found = super().recipients(sender)
        if self.is_short:
            self.is_short = False
            return found[:-1]
        return found


class DropsRepeats(Fault, breaks="RELAY-1", mistake="a message with the same text as the sender's last one is dropped"):
    def setup(self) -> None:
        self.last: dict[bytes, bytes] = {}

    def on_chat(self, peer: Peer, claimed: bytes, nick: bytes, text: bytes) -> None:
        if self.last.get(peer.nick) != text:
            self.last[peer.nick] = text
            super().on_chat(peer, claimed, nick, text)


class MissesNewestMember(
    Fault, breaks="RELAY-1", mistake="a third or later member misses the first message after its join"
):
    def setup(self) -> None:
        self.known: list[Peer] = []

    def on_chat(self, peer: Peer, claimed: bytes, nick: bytes, text: bytes) -> None:
        members = self.members()
        recipients = [other for other in self.recipients(peer) if other in self.known or len(members) < 3]
        self.known = members
        self.deliver(peer, recipients, claimed, peer.nick, text)


class SkipsWhoIsTyping(Fault, breaks="RELAY-1", mistake="a member whose own frame is still unfinished gets no chat"):
    def on_chat(self, peer: Peer, claimed: bytes, nick: bytes, text: bytes) -> None:
        recipients = [other for other in self.recipients(peer) if not (other.inbox or other.need)]
        self.deliver(peer, recipients, claimed, peer.nick, text)


# Not to its sender.


class EchoesToSender(Fault, breaks="RELAY-2", mistake="the sender gets its own message back"):
    def recipients(self, sender: Peer) -> list[Peer]:
        return self.members()


class EchoesEveryTenth(Fault, breaks="RELAY-2", mistake="the sender gets every tenth message back"):
    count = 0

    def on_chat(self, peer: Peer, claimed: bytes, nick: bytes, text: bytes) -> None:
        self.count += 1
        self.deliver(peer, self.recipients(peer) if self.count % 10 else self.members(), claimed, peer.nick, text)


class EchoesAmongThree(
    Fault, breaks="RELAY-2", mistake="with three members or more, the sender gets its own message back"
):
    def on_chat(self, peer: Peer, claimed: bytes, nick: bytes, text: bytes) -> None:
        members = self.members()
        self.deliver(peer, members if len(members) > 2 else self.recipients(peer), claimed, peer.nick, text)


# In order.


class SwapsAtTimes(Fault, breaks="RELAY-6", mistake="every fifth message of a sender changes places with its next one"):
    def setup(self) -> None:
        self.counts: Counter[bytes] = Counter()
        self.held: dict[Peer, Callable[[], None]] = {}

    def deliver(self, about: Peer, recipients: list[Peer], claimed: bytes, nick: bytes, text: bytes) -> None:
        act = partial(super().deliver, about, recipients, claimed, nick, text)
        self.counts[nick] += 1
        if nick != SERVER and self.counts[nick] % 5 == 0:
            self.held[about] = act
            self.later(0.01, partial(self.let_go, about))
        else:
            act()
            self.let_go(about)

    def let_go(self, peer: Peer) -> None:
        if act := self.held.pop(peer, None):
            act()

    def depart(self, peer: Peer) -> None:
        self.let_go(peer)
        super().depart(peer)


class LongFramesLate(Fault, breaks="RELAY-6", mistake="long messages are overtaken by short ones"):
    def deliver(self, about: Peer, recipients: list[Peer], claimed: bytes, nick: bytes, text: bytes) -> None:
        if len(text) > 1000:
            self.later(0.01, partial(self._deliver_late, about, recipients, claimed, nick, text))
        else:
            super().deliver(about, recipients, claimed, nick, text)

    def _deliver_late(self, about: Peer, recipients: list[Peer], claimed: bytes, nick: bytes, text: bytes) -> None:
        super().deliver(about, [peer for peer in recipients if peer in self.peers], claimed, nick, text)

    def depart(self, peer: Peer) -> None:
        self.later(0.02, partial(super().depart, peer))  # so that its leave comes last all the same


class NewestFirst(Fault, breaks="RELAY-6", mistake="the messages of one read are relayed in reverse"):
    def setup(self) -> None:
        self.batch: list[tuple[Peer, bytes, bytes, bytes]] = []

    def on_chat(self, peer: Peer, claimed: bytes, nick: bytes, text: bytes) -> None:
        self.batch.append((peer, claimed, nick, text))

    def receive(self, peer: Peer, chunk: bytes) -> None:
        super().receive(peer, chunk)
        self.empty()

    def depart(self, peer: Peer) -> None:
        self.empty()
        super().depart(peer)

    def empty(self) -> None:
        while self.batch:
            super().on_chat(*self.batch.pop())


class OrderDiffers(
    Fault, breaks="RELAY-7", mistake="every other member hears every other sender later than the rest do"
):
    def deliver(self, about: Peer, recipients: list[Peer], claimed: bytes, nick: bytes, text: bytes) -> None:
        late = [peer for peer in recipients if peer is not about and about.number % 2 and peer.number % 2]
        super().deliver(about, [peer for peer in recipients if peer not in late], claimed, nick, text)
        if late:
            self.later(0.03, partial(super().deliver, about, late, claimed, nick, text))


class LeaveOvertakesChat(
    Fault, breaks=("RELAY-7", "LEAVE-2"), mistake="a leave overtakes the last messages of who leaves"
):
    def deliver(self, about: Peer, recipients: list[Peer], claimed: bytes, nick: bytes, text: bytes) -> None:
        if nick == SERVER:
            super().deliver(about, recipients, claimed, nick, text)
        else:
            self.later(0.002, partial(super().deliver, about, recipients, claimed, nick, text))


class ChatOvertakesJoin(Fault, breaks="RELAY-7", mistake="the others hear a new member before they hear of its join"):
    def deliver(self, about: Peer, recipients: list[Peer], claimed: bytes, nick: bytes, text: bytes) -> None:
        late = recipients if nick == SERVER else []
        super().deliver(about, [peer for peer in recipients if peer is about or peer not in late], claimed, nick, text)
        if late:
            self.later(
                0.01, partial(super().deliver, about, [peer for peer in late if peer is not about], claimed, nick, text)
            )


# Whole.


class InterleavesLargeFrames(
    Fault,
    breaks="RELAY-8",
    mistake="a frame is written into the midst of another sender's large one that is not yet out",
):
    def setup(self) -> None:
        self.speaker: Peer | None = None
        self.last: WeakKeyDictionary[Peer, Peer | None] = WeakKeyDictionary()

    def deliver(self, about: Peer, recipients: list[Peer], claimed: bytes, nick: bytes, text: bytes) -> None:
        self.speaker = about
        super().deliver(about, recipients, claimed, nick, text)

    def send(self, peer: Peer, frame: bytes) -> None:
        if len(peer.outbox) > 4096 and self.last.get(peer) is not self.speaker:
            peer.outbox[-1000:-1000] = frame
            self.wake(peer)
        else:
            super().send(peer, frame)
        self.last[peer] = self.speaker


class AnnouncesInsideAFrame(
    Fault,
    breaks="RELAY-8",
    mistake="an announcement goes in front of what waits, though a part of the frame in front has been written",
):
    def setup(self) -> None:
        self.inside: WeakSet[Peer] = WeakSet()

    def write(self, peer: Peer) -> int:
        written, whole = super().write(peer), len(peer.outbox)
        (self.inside.add if written < whole else self.inside.discard)(peer)
        return written

    def announce(self, about: Peer, recipients: list[Peer], text: bytes) -> None:
        inside = [peer for peer in recipients if peer in self.inside and peer.outbox]
        super().announce(about, [peer for peer in recipients if peer not in inside], text)
        for peer in inside:
            peer.outbox[:0] = self.frame(self.stamp(b""), SERVER, text)
            self.wake(peer)


class LosesWhatWaitsForLong(
    Fault,
    breaks=("RELAY-8", "ROBUST-3"),
    mistake="of what waits for a member that has not read for a third of a second, 1,000 octets are lost",
):
    def setup(self) -> None:
        self.waits: WeakKeyDictionary[Peer, float] = WeakKeyDictionary()

    def write(self, peer: Peer) -> int:
        written = super().write(peer)  # else it waits since when it did
        self.waits[peer] = time.monotonic()
        if written == len(peer.outbox):
            del self.waits[peer]
        return written

    def on_tick(self, now: float) -> None:
        super().on_tick(now)
        for peer in [peer for peer, since in self.waits.items() if since < now - 0.3]:
            del self.waits[peer]
            del peer.outbox[:1000]


class ForgetsShortWrites(Fault, breaks=("RELAY-8", "ROBUST-3"), mistake="what send() did not take is not sent again"):
    def write(self, peer: Peer) -> int:
        super().write(peer)
        return len(peer.outbox)
