"""Mistakes about what one connection leaves behind: a nick, a place, octets, an entry of a table."""

import time
import unicodedata
from collections import Counter
from contextlib import suppress
from functools import partial

from conformance.faults.fault import Fault
from conformance.faults.frames import MalformedError, Peer
from conformance.faults.framing import Muting


class HalfAJoinReserves(
    Fault, breaks="NICK-1", mistake="a nick that stands in a join whose end has not come yet counts as held"
):
    def is_held(self, nick: bytes) -> bool:
        inside = [peer for peer in self.peers if not peer.joined and peer.need is not None]
        asking = [bytes(peer.inbox).split(b"\0") for peer in inside]
        return super().is_held(nick) or any(len(parts) > 2 and parts[1] == nick for parts in asking)


class ResetForgetsServer(
    Fault, breaks="NICK-4", mistake="when a member is reset, the table of nicks loses the entry of `Server`, too"
):
    forgotten = False

    def on_reset(self, peer: Peer) -> None:
        self.forgotten = self.forgotten or peer.joined
        super().on_reset(peer)

    def is_reserved(self, nick: bytes) -> bool:
        return super().is_reserved(nick) and not self.forgotten


class RefusalFreesTheLatest(
    Fault, breaks="NICK-5", mistake="the refusal of a nick that is not valid frees the nick of whoever has joined last"
):
    def refuse(self, peer: Peer, reason: str) -> None:
        if "taken" not in reason and self.holders:
            self.holders.popitem()
        super().refuse(peer, reason)


class FoldsWhomItThrowsOut(
    Fault, breaks="NICK-2", mistake="the leave of a member that sent what is malformed has its nick in lower case"
):
    def on_malformed(self, peer: Peer, error: MalformedError) -> None:
        peer.nick = self.key(peer.nick)
        super().on_malformed(peer, error)


class FreesWhoIsSilent(
    Fault, breaks="NICK-5", mistake="the nick of a member that has said nothing for five seconds is free to be taken"
):
    def setup(self) -> None:
        self.heard: dict[Peer, float] = {}

    def on_frame(self, peer: Peer, claimed: bytes, nick: bytes, text: bytes) -> None:
        self.heard[peer] = time.monotonic()
        super().on_frame(peer, claimed, nick, text)

    def is_held(self, nick: bytes) -> bool:
        return super().is_held(nick) and time.monotonic() - self.heard[self.holders[self.key(nick)]] < 5.0


class FreesWhenBothHaveClosed(
    Fault, breaks="NICK-6", mistake="the nick of a member that sent what is malformed is free when it has closed, too"
):
    def setup(self) -> None:
        self.lingering: set[Peer] = set()

    def on_malformed(self, peer: Peer, error: MalformedError) -> None:
        if peer.joined:
            self.lingering.add(peer)
        super().on_malformed(peer, error)

    def is_held(self, nick: bytes) -> bool:
        self.lingering &= set(self.peers)
        return super().is_held(nick) or any(self.key(peer.nick) == self.key(nick) for peer in self.lingering)


class DeliversToTheNamesake(
    Fault, breaks="JOIN-4", mistake="what still waited for a member that was reset goes to the next one with its nick"
):
    def setup(self) -> None:
        self.waiting: dict[bytes, bytes] = {}

    def depart(self, peer: Peer) -> None:
        if peer.joined and peer.outbox:
            self.waiting[self.key(peer.nick)] = b"".join(whole_frames(bytes(peer.outbox)))
        super().depart(peer)

    def announce_join(self, peer: Peer) -> None:
        peer.outbox += self.waiting.pop(self.key(peer.nick), b"")
        super().announce_join(peer)


def whole_frames(octets: bytes) -> list[bytes]:
    """The frames in it, from the first header on that can be made out."""
    found = []
    place = max(octets.find(b"Z\0") - 33, 0)
    while place + 10 <= len(octets) and octets[place : place + 10].strip().isdigit():
        end = place + 10 + int(octets[place : place + 10])
        found.append(octets[place:end])
        place = end
    return found


class GoesOnWithHalfAFrame(
    Fault, breaks="LEAVE-2", mistake="the frame that a member has not finished is kept for the next one with its nick"
):
    def setup(self) -> None:
        self.halves: dict[bytes, tuple[bytes, int | None]] = {}

    def on_eof(self, peer: Peer) -> None:
        if peer.joined and (peer.inbox or peer.need is not None):
            self.halves[self.key(peer.nick)] = bytes(peer.inbox), peer.need
        super().on_eof(peer)

    def announce_join(self, peer: Peer) -> None:
        super().announce_join(peer)
        half, need = self.halves.pop(self.key(peer.nick), (b"", None))
        peer.inbox[:0] = half
        peer.need = need


class RefusalSilencesTheHolder(
    Fault,
    breaks="RELAY-1",
    mistake="the clean-up behind a refusal takes the holder of the nick off the list of receivers",
):
    def setup(self) -> None:
        self.deaf: set[Peer] = set()

    def on_join(self, peer: Peer, claimed: bytes, nick: bytes, text: bytes) -> None:
        if self.is_held(nick):
            self.deaf.add(self.holders[self.key(nick)])
        super().on_join(peer, claimed, nick, text)

    def recipients(self, sender: Peer) -> list[Peer]:
        return [peer for peer in super().recipients(sender) if peer not in self.deaf]


class LeavesForThePlace(
    Fault, breaks="LEAVE-3", mistake="a connection that never joined leaves for the member that had its place before"
):
    def setup(self) -> None:
        self.places: list[bytes] = []  # that are free, each with the nick that was there last
        self.former: dict[Peer, bytes] = {}

    def on_connect(self, peer: Peer) -> None:
        if self.places:
            self.former[peer] = self.places.pop()

    def drop(self, peer: Peer) -> None:
        former = self.former.pop(peer, b"")
        if peer in self.peers:
            self.places.append(peer.nick)
        super().drop(peer)
        if former and not peer.nick:
            self.announce(peer, self.members(), b"[%b] left the chat" % former)


class PromptsWhoIsLate(
    Fault, breaks="JOIN-3", mistake="whoever has not joined after three seconds is told how that is done"
):
    def on_connect(self, peer: Peer) -> None:
        self.later(3.0, lambda: self.prompt(peer))

    def prompt(self, peer: Peer) -> None:
        """Says so, to who is still there and not in."""
        if peer in self.peers and not (peer.joined or peer.closing):
            self.service(peer, b"please join: the nick stands in the second field")


class DrainsForEver(Muting, breaks="JOIN-5", mistake="a refused connection is closed a second behind its last octet"):
    def setup(self) -> None:
        super().setup()
        self.reads: Counter[Peer] = Counter()

    def refuse(self, peer: Peer, reason: str) -> None:
        self.service(peer, reason.encode())
        self.mute(peer)
        self.wait(peer, 0)

    def receive(self, peer: Peer, chunk: bytes) -> None:
        self.reads[peer] += 1
        super().receive(peer, chunk)

    def wait(self, peer: Peer, reads: int) -> None:
        """Closes it if nothing more has come."""
        if self.reads[peer] == reads:
            self.hang_up(peer)
        else:
            self.later(1.0, partial(self.wait, peer, self.reads[peer]))


class SkipsABadFirstFrame(
    Fault, breaks="BODY-3", mistake="a malformed body in front of a join in the same read is passed over"
):
    def on_malformed(self, peer: Peer, error: MalformedError) -> None:
        if error.requirement == "BODY-3" and not peer.joined and peer.inbox:
            self.parse(peer)
        else:
            super().on_malformed(peer, error)


class SecondBadBodyPasses(
    Fault,
    breaks="BODY-3",
    mistake="a member's first body that is not UTF-8 is dropped, the second one is relayed mended",
):
    def setup(self) -> None:
        self.strikes: Counter[Peer] = Counter()

    def decoded(self, peer: Peer, body: bytes) -> bytes:
        try:
            return super().decoded(peer, body)
        except MalformedError:
            if not peer.joined:
                raise
            self.strikes[peer] += 1
            return body.decode(errors="replace").encode() if self.strikes[peer] > 1 else b"\0\0"

    def on_chat(self, peer: Peer, claimed: bytes, nick: bytes, text: bytes) -> None:
        if nick or text:
            super().on_chat(peer, claimed, nick, text)


class DropsBehindACutJoin(
    Fault, breaks="FRAME-6", mistake="what stands behind a join in one read is lost if the join began in an earlier one"
):
    def on_join(self, peer: Peer, claimed: bytes, nick: bytes, text: bytes) -> None:
        super().on_join(peer, claimed, nick, text)
        if self.began_earlier:
            peer.inbox.clear()

    def receive(self, peer: Peer, chunk: bytes) -> None:
        self.began_earlier = bool(peer.inbox) or peer.need is not None
        super().receive(peer, chunk)


class LosesTheTailOfTheJoin(
    Fault, breaks="FRAME-6", mistake="a frame that begins in the read that ends the join is lost"
):
    def receive(self, peer: Peer, chunk: bytes) -> None:
        was_joined = peer.joined
        super().receive(peer, chunk)
        if peer.joined and not was_joined:
            peer.inbox.clear()
            peer.need = None


class AcceptsNobodyBesideTwo(
    Fault, breaks="ROBUST-2", mistake="while two connections are inside a frame no further ones are accepted"
):
    def accept(self) -> None:
        if sum(bool(peer.inbox) or peer.need is not None for peer in self.peers) < 2:
            super().accept()


class WelcomesAgainAloud(
    Fault, breaks="SERVICE-1", mistake="behind the second join of a nick all are told `[again] [NICK] joined the chat`"
):
    def setup(self) -> None:
        self.seen: set[bytes] = set()

    def announce_join(self, peer: Peer) -> None:
        super().announce_join(peer)
        if self.key(peer.nick) in self.seen:
            self.announce(peer, self.members(), b"[again] [%b] joined the chat" % peer.nick)
        self.seen.add(self.key(peer.nick))


class LimitsTheFirstFrame(Fault, breaks="FRAME-7", mistake="the first frame of a connection may have 65,536 octets"):
    def next_body(self, peer: Peer) -> bytes | None:
        self.max_body = 1_048_576 if peer.joined else 65_536
        return super().next_body(peer)


class CountsComposed(
    Fault,
    breaks=("FRAME-5", "FRAME-1"),
    mistake="the length is that of normalisation form C, and the text is sent as it came",
):
    def measure(self, body: bytes) -> int:
        return len(unicodedata.normalize("NFC", body.decode()).encode())


class RefusesWithALineFeed(Fault, breaks="FRAME-2", mistake="the header of a refusal ends in a line feed"):
    refusing = False

    def refuse(self, peer: Peer, reason: str) -> None:
        self.refusing = True
        super().refuse(peer, reason)
        self.refusing = False

    def header(self, length: int) -> bytes:
        return b"%-9d\n" % length if self.refusing else super().header(length)


class ForgivesTwoForgeries(
    Fault, breaks="RELAY-5", mistake="from the third frame on that claims another nick, such are dropped"
):
    def setup(self) -> None:
        self.forged: Counter[Peer] = Counter()

    def on_chat(self, peer: Peer, claimed: bytes, nick: bytes, text: bytes) -> None:
        self.forged[peer] += nick != peer.nick
        if nick == peer.nick or self.forged[peer] < 3:
            super().on_chat(peer, claimed, nick, text)


class KeepsRefusedWords(
    Fault, breaks="JOIN-5", mistake="what came together with a refused join is said by the next one who joins"
):
    def setup(self) -> None:
        self.kept: list[bytes] = []

    def refuse(self, peer: Peer, reason: str) -> None:
        with suppress(MalformedError):
            while (body := self.next_body(peer)) is not None:
                self.kept.append(body)
        super().refuse(peer, reason)

    def admit(self, peer: Peer, nick: bytes) -> None:
        super().admit(peer, nick)
        kept, self.kept = self.kept, []
        for body in kept:
            self.on_body(peer, body)
