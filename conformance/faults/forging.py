"""Mistakes about frames that claim another nick (RELAY-5)."""

import unicodedata

from conformance.faults.fault import Fault
from conformance.faults.frames import SERVER, Peer


class RelaysForgedNick(Fault, breaks="RELAY-5", mistake="a frame is relayed under the nick that it claims"):
    def relayed_nick(self, peer: Peer, claimed: bytes) -> bytes:
        return claimed


class RelaysForgedCase(
    Fault, breaks="RELAY-5", mistake="a frame is relayed under another spelling of the sender's nick"
):
    def relayed_nick(self, peer: Peer, claimed: bytes) -> bytes:
        return claimed if self.key(claimed) == self.key(peer.nick) else peer.nick


class RelaysForgedServer(Fault, breaks="RELAY-5", mistake="a client can speak as Server, and as nobody else"):
    def relayed_nick(self, peer: Peer, claimed: bytes) -> bytes:
        return claimed if claimed == SERVER else peer.nick


class RenamesOnForgery(Fault, breaks=("RELAY-5", "LEAVE-1"), mistake="a frame with another nick renames its sender"):
    def relayed_nick(self, peer: Peer, claimed: bytes) -> bytes:
        self.release(peer)
        peer.nick = claimed
        self.holders[self.key(claimed)] = peer
        return claimed


class RenamesWithoutText(
    Fault, breaks=("RELAY-5", "LEAVE-1"), mistake="a frame with another nick and an empty text renames its sender"
):
    def on_chat(self, peer: Peer, claimed: bytes, nick: bytes, text: bytes) -> None:
        if text or nick == peer.nick:
            super().on_chat(peer, claimed, nick, text)
            return
        self.release(peer)
        peer.nick = nick
        self.holders[self.key(nick)] = peer


class SwallowsForgedFrames(Fault, breaks="RELAY-5", mistake="a frame with another nick is silently dropped"):
    def on_chat(self, peer: Peer, claimed: bytes, nick: bytes, text: bytes) -> None:
        if nick == peer.nick:
            super().on_chat(peer, claimed, nick, text)


class BelievesLaterNicks(
    Fault, breaks="RELAY-5", mistake="the nick of the first message is checked, that of every later one is believed"
):
    def setup(self) -> None:
        self.spoken: set[int] = set()

    def relayed_nick(self, peer: Peer, claimed: bytes) -> bytes:
        later = peer.number in self.spoken
        self.spoken.add(peer.number)
        return claimed if later else peer.nick


class RelaysForgedForms(
    Fault, breaks="RELAY-5", mistake="a frame is relayed under any spelling of the sender's nick that NFKC makes equal"
):
    def relayed_nick(self, peer: Peer, claimed: bytes) -> bytes:
        same = unicodedata.normalize("NFKC", claimed.decode()) == unicodedata.normalize("NFKC", peer.nick.decode())
        return claimed if same else peer.nick


class LeavesUnderLastClaim(
    Fault, breaks=("RELAY-5", "LEAVE-1"), mistake="a leave is announced under the nick that was claimed last"
):
    def setup(self) -> None:
        self.claims: dict[Peer, bytes] = {}

    def on_chat(self, peer: Peer, claimed: bytes, nick: bytes, text: bytes) -> None:
        self.claims[peer] = nick
        super().on_chat(peer, claimed, nick, text)

    def announce_leave(self, peer: Peer) -> None:
        self.announce(peer, self.members(), b"[%b] left the chat" % self.claims.pop(peer, peer.nick))
