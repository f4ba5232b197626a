"""Mistakes that show only behind something else: a nick's second time, a fourth frame, a header in pieces, a refusal before."""

from collections import Counter
from functools import partial

from conformance.faults.fault import Fault
from conformance.faults.frames import MalformedError, Peer

# Nicks that have been there before, or that somebody was refused.


class WelcomesBack(
    Fault,
    breaks="JOIN-3",
    mistake="who joins under a nick that was there before is welcomed back before its announcement",
):
    def setup(self) -> None:
        self.seen: set[bytes] = set()

    def announce_join(self, peer: Peer) -> None:
        if self.key(peer.nick) in self.seen:
            self.service(peer, b"welcome back")
        self.seen.add(self.key(peer.nick))
        super().announce_join(peer)


class SecondLeaveIsSilent(
    Fault,
    breaks="LEAVE-1",
    mistake="the second leave of a nick with capital letters is taken for a repetition of the first",
):
    def setup(self) -> None:
        self.left: set[bytes] = set()

    def announce_join(self, peer: Peer) -> None:
        self.left.discard(self.key(peer.nick))
        super().announce_join(peer)

    def announce_leave(self, peer: Peer) -> None:
        if peer.nick not in self.left:
            super().announce_leave(peer)
        self.left.add(peer.nick)


class AnnouncesRefusalsToo(
    Fault, breaks="JOIN-2", mistake="the join of a nick is announced once more for each time that it was refused before"
):
    def setup(self) -> None:
        self.refusals: Counter[bytes] = Counter()

    def on_join(self, peer: Peer, claimed: bytes, nick: bytes, text: bytes) -> None:
        super().on_join(peer, claimed, nick, text)
        self.refusals[self.key(nick)] += not peer.joined

    def announce_join(self, peer: Peer) -> None:
        for _ in range(1 + self.refusals.pop(self.key(peer.nick), 0)):
            super().announce_join(peer)


class RefusalRenames(
    Fault, breaks="NICK-2", mistake="a refused join in another spelling changes how the holder of the nick is called"
):
    def on_join(self, peer: Peer, claimed: bytes, nick: bytes, text: bytes) -> None:
        if self.is_held(nick):
            self.holders[self.key(nick)].nick = nick
        super().on_join(peer, claimed, nick, text)


class CleansUpLate(
    Fault,
    breaks="NICK-5",
    mistake="a tenth of a second behind a leave the nick is freed once more, whoever has it by then",
):
    def release(self, peer: Peer) -> None:
        super().release(peer)
        self.later(0.1, partial(self.free, self.key(peer.nick)))

    def free(self, key: bytes) -> None:
        """Whoever has it."""
        self.holders.pop(key, None)


class TextForTheNick(
    Fault, breaks="JOIN-1", mistake="empty fields of a join are left out, so that its text may be taken for the nick"
):
    def on_join(self, peer: Peer, claimed: bytes, nick: bytes, text: bytes) -> None:
        nick = text if not claimed and nick and text else nick
        super().on_join(peer, claimed, nick, text)


# Frames behind others, or in pieces.


class TrustsWhoHasSpoken(
    Fault, breaks="BODY-3", mistake="after a member's third message its bodies are not checked for UTF-8 any more"
):
    def setup(self) -> None:
        self.said: Counter[Peer] = Counter()

    def decoded(self, peer: Peer, body: bytes) -> bytes:
        self.said[peer] += 1
        return body if self.said[peer] > 4 else super().decoded(peer, body)


class MeasuresWholeHeadersOnly(
    Fault, breaks="FRAME-8", mistake="a length is held against the maximum only if its header came in one read"
):
    def receive(self, peer: Peer, chunk: bytes) -> None:
        self.carried = bool(peer.inbox) and peer.need is None
        super().receive(peer, chunk)

    def check_length(self, length: int) -> None:
        if not self.carried:
            super().check_length(length)


class StripsZeros(Fault, breaks="FRAME-3", mistake="zeros are stripped off both ends of a length that begins with one"):
    def read_header(self, header: bytes) -> int:
        length = super().read_header(header)
        digits = header.strip(b" ")
        return int(digits.strip(b"0") or b"0") if digits.startswith(b"0") else length


class SkipsToTheNextHeader(
    Fault, breaks="FRAME-4", mistake="a header that is none is skipped if a good one stands right behind it"
):
    def next_body(self, peer: Peer) -> bytes | None:
        while (
            peer.joined and peer.need is None and len(peer.inbox) >= 20 and self.is_bad(peer, 0) > self.is_bad(peer, 10)
        ):
            del peer.inbox[:10]
        return super().next_body(peer)

    def is_bad(self, peer: Peer, place: int) -> bool:
        """Whether no header stands there."""
        try:
            self.read_header(bytes(peer.inbox[place : place + 10]))
        except MalformedError:
            return True
        return False


class ClaimsOnceARead(
    Fault, breaks="RELAY-5", mistake="of several frames in one read only the first one's nick is looked at"
):
    looked = False

    def receive(self, peer: Peer, chunk: bytes) -> None:
        self.looked = False
        super().receive(peer, chunk)

    def relayed_nick(self, peer: Peer, claimed: bytes) -> bytes:
        nick = claimed if self.looked and claimed else peer.nick
        self.looked = True
        return nick


# What members say, and who is silent.


class WhispersToWhoIsNamed(
    Fault, breaks="RELAY-1", mistake="a text that begins with @ and a nick is delivered to that member only"
):
    named: Peer | None = None

    def on_chat(self, peer: Peer, claimed: bytes, nick: bytes, text: bytes) -> None:
        self.named = self.holders.get(self.key(text[1:].split(b" ")[0])) if text.startswith(b"@") else None
        super().on_chat(peer, claimed, nick, text)
        self.named = None

    def recipients(self, sender: Peer) -> list[Peer]:
        return [self.named] if self.named is not None else super().recipients(sender)


class HistoryInOtherWords(
    Fault, breaks="JOIN-4", mistake="a newcomer is sent what was said before, without `history: ` in front of it"
):
    def setup(self) -> None:
        self.said: list[bytes] = []

    def on_chat(self, peer: Peer, claimed: bytes, nick: bytes, text: bytes) -> None:
        self.said = [*self.said[-4:], b"%b [%b] %b" % (self.stamp(claimed), peer.nick, text[:100])]
        super().on_chat(peer, claimed, nick, text)

    def announce_join(self, peer: Peer) -> None:
        super().announce_join(peer)
        for line in self.said:
            self.service(peer, line)


class TimesOutAloud(
    Fault, breaks="LEAVE-3", mistake="the end of a connection that has not joined in time is announced"
):
    join_seconds = 11.0

    def drop(self, peer: Peer) -> None:
        waited = not (peer.joined or peer.closing or peer.ended or peer.broken) and peer in self.peers
        super().drop(peer)
        if waited:
            self.announce(peer, self.members(), b"[None] left the chat")


class SixteenMayBeSilent(
    Fault, breaks="ROBUST-1", mistake="while sixteen connections have not joined, further ones are closed"
):
    def on_connect(self, peer: Peer) -> None:
        if sum(not (other.joined or other.closing) for other in self.peers) > 16:
            self.drop(peer)
