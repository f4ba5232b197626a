"""Mistakes about nicks that are taken, and nicks that are free again (NICK-4 to NICK-6)."""

import re
from functools import partial

from conformance.faults.fault import Fault
from conformance.faults.frames import SERVER, MalformedError, Peer


class AcceptsServer(Fault, breaks="NICK-4", mistake="a client may be called Server"):
    def is_reserved(self, nick: bytes) -> bool:
        return False


class AcceptsServerInCapitals(Fault, breaks="NICK-4", mistake="a client may be called SERVER or server"):
    def is_reserved(self, nick: bytes) -> bool:
        return nick == SERVER


class AcceptsDuplicates(Fault, breaks="NICK-5", mistake="two members may have the same nick"):
    def is_held(self, nick: bytes) -> bool:
        return False


class NicksAreCaseSensitive(Fault, breaks=("NICK-5", "NICK-4"), mistake="Bob may join beside bob"):
    def is_held(self, nick: bytes) -> bool:
        return any(member.nick == nick for member in self.members())


class LaterThrowsOutEarlier(Fault, breaks="NICK-5", mistake="who joins under a held nick throws its holder out"):
    def is_held(self, nick: bytes) -> bool:
        if holder := self.holders.get(self.key(nick)):
            self.depart(holder)
            self.dismiss(holder, "somebody else has your nick now")
        return False


class HoldsNickLate(Fault, breaks="NICK-5", mistake="a nick counts as held only a tenth of a second after its join"):
    def admit(self, peer: Peer, nick: bytes) -> None:
        super().admit(peer, nick)
        self.holders.pop(self.key(nick))
        self.later(0.1, partial(self.hold, peer))

    def hold(self, peer: Peer) -> None:
        if peer.joined:
            self.holders[self.key(peer.nick)] = peer


class RefusalFreesNick(Fault, breaks="NICK-5", mistake="when a join is refused, its nick is freed, whoever holds it"):
    def on_join(self, peer: Peer, claimed: bytes, nick: bytes, text: bytes) -> None:
        super().on_join(peer, claimed, nick, text)
        if not peer.joined:
            self.holders.pop(self.key(nick), None)


class NeverFreesNick(Fault, breaks="NICK-6", mistake="a nick is never free again"):
    def release(self, peer: Peer) -> None:
        pass


class FreesNickLate(Fault, breaks="NICK-6", mistake="a nick is free ten seconds after its leave"):
    def release(self, peer: Peer) -> None:
        self.later(10, partial(super().release, peer))


class KeepsNickAfterReset(
    Fault, breaks="NICK-6", mistake="after a reset, though its leave is announced, a nick is not free"
):
    def on_reset(self, peer: Peer) -> None:
        held = dict(self.holders)
        super().on_reset(peer)
        self.holders = held if peer.nick else self.holders


class FoldsAllButZ(Fault, breaks="NICK-5", mistake="of the letters, Z is not folded when nicks are compared"):
    def key(self, nick: bytes) -> bytes:
        return re.sub(rb"[A-Y]", lambda letter: letter[0].lower(), nick)


class FoldsAsciiNicksOnly(
    Fault,
    breaks="NICK-5",
    mistake="a nick with any character beyond ASCII is compared as it is, its letters A to Z too",
):
    def key(self, nick: bytes) -> bytes:
        return nick.lower() if nick.isascii() else nick


class FoldsInTurkish(Fault, breaks=("NICK-5", "NICK-4"), mistake="nicks are folded in Turkish: I is not i"):
    def key(self, nick: bytes) -> bytes:
        return nick.replace(b"I", "ı".encode()).lower()


class FoldsBySettingABit(
    Fault, breaks="NICK-4", mistake="nicks are folded by setting a bit: @ counts as `, and [ as {"
):
    def key(self, nick: bytes) -> bytes:
        return bytes(octet | 0x20 if octet >= 0x40 else octet for octet in nick)


class FoldsToUpperCase(
    Fault, breaks="NICK-4", mistake="nicks are compared in upper case, where a dotless i is like any other"
):
    def key(self, nick: bytes) -> bytes:
        return nick.decode().upper().encode()

    def is_reserved(self, nick: bytes) -> bool:
        return nick.lower() == SERVER.lower()


class RefusalHoldsNick(
    Fault, breaks="NICK-6", mistake="when a nick is asked for in vain, it is not free after its holder's leave"
):
    def setup(self) -> None:
        self.asked: set[bytes] = set()

    def on_join(self, peer: Peer, claimed: bytes, nick: bytes, text: bytes) -> None:
        held = super().is_held(nick)
        super().on_join(peer, claimed, nick, text)
        if held:
            self.asked.add(self.key(nick))

    def is_held(self, nick: bytes) -> bool:
        return self.key(nick) in self.asked or super().is_held(nick)


class KeepsNickOfMalformed(
    Fault, breaks="NICK-6", mistake="the nick of one that is thrown out for malformed input is not free"
):
    def on_malformed(self, peer: Peer, error: MalformedError) -> None:
        held = dict(self.holders)
        super().on_malformed(peer, error)
        self.holders = held
