"""Mistakes about joins that are refused (JOIN-5, SERVICE-1)."""

from contextlib import suppress
from functools import partial
from weakref import WeakSet

from conformance.faults.fault import Fault
from conformance.faults.frames import MalformedError, Peer
from conformance.faults.framing import Muting


class LeavesRefusedOpen(Muting, breaks="JOIN-5", mistake="a refused connection is told so, and never closed"):
    def refuse(self, peer: Peer, reason: str) -> None:
        self.service(peer, reason.encode())
        self.mute(peer)


class LetsRefusedTryAgain(
    Fault, breaks="JOIN-5", mistake="a refused connection stays open and may ask for another nick"
):
    def refuse(self, peer: Peer, reason: str) -> None:
        self.service(peer, reason.encode())


class ClosesRefusedLate(Muting, breaks="JOIN-5", mistake="a refused connection is closed after ten seconds"):
    def refuse(self, peer: Peer, reason: str) -> None:
        self.service(peer, reason.encode())
        self.mute(peer)
        self.later(10, partial(self.hang_up, peer))


class AnnouncesRefused(Fault, breaks=("JOIN-5", "LEAVE-3"), mistake="the leave of a refused connection is announced"):
    def on_join(self, peer: Peer, claimed: bytes, nick: bytes, text: bytes) -> None:
        super().on_join(peer, claimed, nick, text)
        if not peer.joined:
            self.announce(peer, self.members(), b"[%b] left the chat" % nick)


class TellsAllOfRefused(Fault, breaks="JOIN-5", mistake="the others are told which nick was refused"):
    def on_join(self, peer: Peer, claimed: bytes, nick: bytes, text: bytes) -> None:
        super().on_join(peer, claimed, nick, text)
        if not peer.joined:
            self.announce(peer, self.members(), b"somebody tried to join as " + nick)


class RelaysChatOfRefused(
    Fault, breaks=("JOIN-5", "LEAVE-2"), mistake="what a refused connection has sent behind its join is relayed"
):
    def setup(self) -> None:
        self.refused: WeakSet[Peer] = WeakSet()

    def refuse(self, peer: Peer, reason: str) -> None:
        super().refuse(peer, reason)
        self.refused.add(peer)

    def receive(self, peer: Peer, chunk: bytes) -> None:
        if peer in self.refused:
            peer.inbox += chunk
        super().receive(peer, chunk)
        with suppress(MalformedError):
            while peer in self.refused and (body := self.next_body(peer)) is not None:
                claimed, nick, text = self.fields(self.decoded(peer, body))
                self.deliver(peer, self.members(), claimed, nick, text)


class LetsTakenTryAgain(
    Fault, breaks="JOIN-5", mistake="who asks for a nick that is held stays connected and may ask for another"
):
    def on_join(self, peer: Peer, claimed: bytes, nick: bytes, text: bytes) -> None:
        if not self.nick_problem(nick.decode()) and self.is_held(nick):
            self.service(peer, b"somebody has that nick, try another")
        else:
            super().on_join(peer, claimed, nick, text)


class JoinsBehindARefusal(
    Fault, breaks="JOIN-5", mistake="behind a refused join, the next frame of the same read is taken for a join"
):
    def parse(self, peer: Peer) -> None:
        super().parse(peer)
        with suppress(MalformedError):
            while peer.closing and not peer.joined and (body := self.next_body(peer)) is not None:
                _, nick, _ = self.fields(self.decoded(peer, body))
                if not (self.nick_problem(nick.decode()) or self.is_reserved(nick) or self.is_held(nick)):
                    self.announce(peer, self.members(), b"[%b] joined the chat" % nick)


class LeavesForTheHolder(
    Fault, breaks="JOIN-5", mistake="when one that was refused a held nick ends, the leave of that nick is announced"
):
    def on_join(self, peer: Peer, claimed: bytes, nick: bytes, text: bytes) -> None:
        super().on_join(peer, claimed, nick, text)
        if not peer.joined and not self.nick_problem(nick.decode()):
            peer.nick = nick

    def drop(self, peer: Peer) -> None:
        if peer.nick and not peer.joined and peer.closing and self.is_held(peer.nick):
            self.announce(peer, self.members(), b"[%b] left the chat" % peer.nick)
        super().drop(peer)


class RefusesInWordsOfAJoin(
    Fault, breaks="SERVICE-1", mistake="a refusal looks like a join announcement: `[nobody] joined the chat`"
):
    def refuse(self, peer: Peer, reason: str) -> None:
        super().refuse(peer, f"[nobody: {reason}] joined the chat")


class RefusesUnderANick(
    Fault, breaks=("JOIN-4", "JOIN-5"), mistake="a refusal comes from `admin`, and not from the server's own nick"
):
    def refuse(self, peer: Peer, reason: str) -> None:
        self.send(peer, self.frame(self.stamp(b""), b"admin", reason.encode()))
        self.hang_up(peer)


# What a refusal says.


class _QuotesTheNick(Fault):
    """Says which nick it refuses."""

    asked = b""

    def on_join(self, peer: Peer, claimed: bytes, nick: bytes, text: bytes) -> None:
        self.asked = nick
        super().on_join(peer, claimed, nick, text)

    def refuse(self, peer: Peer, reason: str) -> None:
        self.service(peer, self.asked[:40] + b": " + reason.encode())
        self.hang_up(peer)


class QuotesHalfACharacter(
    _QuotesTheNick,
    breaks="BODY-2",
    mistake="a refusal quotes forty octets of the nick, though a character may end behind them",
):
    pass


class QuotesHalfOfAHeldNick(
    _QuotesTheNick,
    breaks="BODY-2",
    mistake="the refusal of a nick that is held quotes twenty octets of it, though a character may end behind them",
):
    def refuse(self, peer: Peer, reason: str) -> None:
        self.asked = self.asked[:20] if self.is_held(self.asked) else b"that nick"
        super().refuse(peer, reason)


class MiscountsRefusals(
    _QuotesTheNick, breaks="FRAME-5", mistake="the length of a refusal counts the characters of the nick"
):
    refusing = False

    def refuse(self, peer: Peer, reason: str) -> None:
        self.asked = self.asked.decode()[:10].encode()
        self.refusing = True
        super().refuse(peer, reason)
        self.refusing = False

    def measure(self, body: bytes) -> int:
        return len(body.decode()) if self.refusing else super().measure(body)


class EndsRefusalsWithANull(
    Fault, breaks="BODY-1", mistake="a refusal ends in a third NUL, as its string does in memory"
):
    def refuse(self, peer: Peer, reason: str) -> None:
        super().refuse(peer, reason + "\0")


class RefusesInTwoLines(Fault, breaks="FRAME-1", mistake="a line feed stands behind a refusal, uncounted"):
    def refuse(self, peer: Peer, reason: str) -> None:
        self.service(peer, reason.encode())
        peer.outbox += b"\n"
        self.hang_up(peer)
