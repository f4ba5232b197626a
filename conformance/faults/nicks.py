"""Mistakes about which nicks are valid, and about carrying them (NICK-1 to NICK-3)."""

import re
import unicodedata

from conformance.faults.fault import Fault
from conformance.faults.frames import Peer

WIDE_SPACE = "\xa0\u1680\u2000-\u200a\u202f\u205f\u3000"  # within a character class: white space beyond U+0020

# Nicks that are passed on otherwise than they were asked for; more of them further down.


class KeepsFirstSpelling(
    Fault, breaks="NICK-2", mistake="a nick that comes back in another spelling is called by the first"
):
    def setup(self) -> None:
        self.spelled: dict[bytes, bytes] = {}

    def admit(self, peer: Peer, nick: bytes) -> None:
        super().admit(peer, self.spelled.setdefault(self.key(nick), nick))


# Valid nicks that are refused.


class AsciiNicksOnly(Fault, breaks="NICK-1", mistake="a nick with characters beyond ASCII is refused"):
    def nick_problem(self, nick: str) -> str | None:
        return super().nick_problem(nick) or (None if nick.isascii() else "ASCII, please")


class NoSpaceInNicks(Fault, breaks="NICK-1", mistake="a nick with a space inside is refused"):
    def nick_problem(self, nick: str) -> str | None:
        return super().nick_problem(nick) or ("one word, please" if " " in nick else None)


class NoBracketsInNicks(Fault, breaks="NICK-1", mistake="a nick with a bracket in it is refused"):
    def nick_problem(self, nick: str) -> str | None:
        return super().nick_problem(nick) or ("no brackets, please" if re.search(r"[\[\]]", nick) else None)


class NoDigitNicks(Fault, breaks="NICK-1", mistake="a nick of digits only is refused"):
    def nick_problem(self, nick: str) -> str | None:
        return super().nick_problem(nick) or ("a letter, please" if nick.isdecimal() else None)


class TwoCharactersAtLeast(Fault, breaks="NICK-1", mistake="a nick of one character is refused"):
    def nick_problem(self, nick: str) -> str | None:
        return super().nick_problem(nick if len(nick) > 1 else "")


class SixtyThreeAtMost(Fault, breaks="NICK-1", mistake="a nick of 64 characters is refused"):
    def nick_problem(self, nick: str) -> str | None:
        return super().nick_problem(nick if len(nick) != 64 else "")


class CountsNickOctets(Fault, breaks="NICK-1", mistake="a nick of more than 64 octets is refused"):
    def nick_problem(self, nick: str) -> str | None:
        return super().nick_problem(nick if len(nick.encode()) <= 64 else "")


class CountsNickUnits(Fault, breaks="NICK-1", mistake="a nick of more than 64 UTF-16 units is refused"):
    def nick_problem(self, nick: str) -> str | None:
        return super().nick_problem(nick if len(nick.encode("utf-16-le")) <= 128 else "")


class DoesNotCountMarks(
    Fault, breaks="NICK-3", mistake="combining marks do not count among the 64 characters of a nick"
):
    def nick_problem(self, nick: str) -> str | None:
        return super().nick_problem("".join(scalar for scalar in nick if not unicodedata.combining(scalar)) or nick)


class ReservesPieces(
    Fault, breaks="NICK-1", mistake="a nick that is a piece of `server` is refused as the server's own"
):
    def is_reserved(self, nick: bytes) -> bool:
        return nick.lower() in b"server"


class PrintableNicksOnly(Fault, breaks="NICK-1", mistake="a nick with a joiner or a direction mark is refused"):
    def nick_problem(self, nick: str) -> str | None:
        hidden = any(unicodedata.category(character) == "Cf" for character in nick)
        return super().nick_problem(nick) or ("printable, please" if hidden else None)


class NoOverridesInNicks(Fault, breaks="NICK-1", mistake="a nick with a character that changes direction is refused"):
    def nick_problem(self, nick: str) -> str | None:
        overrides = re.search("[\u061c\u202a-\u202e\u2066-\u2069]", nick)
        return super().nick_problem(nick) or ("left to right, please" if overrides else None)


class NoNoncharactersInNicks(Fault, breaks="NICK-1", mistake="a nick with a noncharacter, such as U+FFFE, is refused"):
    def nick_problem(self, nick: str) -> str | None:
        wrong = any(ord(scalar) & 0xFFFE == 0xFFFE or "\ufdd0" <= scalar <= "\ufdef" for scalar in nick)
        return super().nick_problem(nick) or ("characters, please" if wrong else None)


class NickIn255Octets(Fault, breaks=("NICK-1", "NICK-2"), mistake="a nick of more than 255 octets is refused"):
    def nick_problem(self, nick: str) -> str | None:
        return super().nick_problem(nick if len(nick.encode()) <= 255 else "")


class NicksAreAttributes(
    Fault, breaks="NICK-1", mistake="a nick that every object has as an attribute, such as toString, counts as held"
):
    def is_held(self, nick: bytes) -> bool:
        return nick in (b"constructor", b"toString", b"__proto__") or super().is_held(nick)


class IgnoresAccents(
    Fault, breaks=("NICK-1", "NICK-4"), mistake="nicks that differ in their accents only count as equal"
):
    def key(self, nick: bytes) -> bytes:
        letters = unicodedata.normalize("NFD", nick.decode())
        return re.sub("[\u0300-\u036f]", "", letters).encode().lower()


class ComparesThirtyTwo(Fault, breaks=("NICK-1", "NICK-4"), mistake="nicks are compared by their first 32 octets"):
    def is_held(self, nick: bytes) -> bool:
        return any(held[:32] == self.key(nick)[:32] for held in self.holders)


# Nicks that are changed on the way.


class LowerCasesNick(Fault, breaks="NICK-2", mistake="nicks are carried in lower case"):
    def admit(self, peer: Peer, nick: bytes) -> None:
        super().admit(peer, nick.decode().lower().encode())


class NormalisesNick(Fault, breaks="NICK-2", mistake="nicks are carried in normalisation form C"):
    def admit(self, peer: Peer, nick: bytes) -> None:
        super().admit(peer, unicodedata.normalize("NFC", nick.decode()).encode())


class CutsNickAtThirtyTwo(Fault, breaks="NICK-2", mistake="nicks are cut after 32 characters"):
    def admit(self, peer: Peer, nick: bytes) -> None:
        super().admit(peer, nick.decode()[:32].encode())


class CollapsesSpaces(Fault, breaks="NICK-2", mistake="several spaces inside a nick become one"):
    def admit(self, peer: Peer, nick: bytes) -> None:
        super().admit(peer, re.sub(b" +", b" ", nick))


class LowerCasesRelayedNick(Fault, breaks="NICK-2", mistake="announced as it is, a nick is relayed in lower case"):
    def relayed_nick(self, peer: Peer, claimed: bytes) -> bytes:
        return peer.nick.lower()


class LeavesInLowerCase(Fault, breaks=("NICK-2", "LEAVE-1"), mistake="the leave announces the nick in lower case"):
    def announce_leave(self, peer: Peer) -> None:
        peer.nick = peer.nick.lower()
        super().announce_leave(peer)


class CutsLongAnnouncements(
    Fault,
    breaks=("NICK-2", "JOIN-2", "BODY-2"),
    mistake="an announcement is cut behind 200 octets, though a character may end behind them",
):
    def announce(self, about: Peer, recipients: list[Peer], text: bytes) -> None:
        super().announce(about, recipients, text[:200])


class ExpandsDollarInNick(
    Fault, breaks="NICK-2", mistake="two dollar signs in a nick become one when its join or leave is announced"
):
    def announce(self, about: Peer, recipients: list[Peer], text: bytes) -> None:
        super().announce(about, recipients, text.replace(b"$$", b"$"))


class CutsAnnouncements(
    Fault, breaks=("NICK-2", "NICK-1"), mistake="the text of an announcement has 80 octets at most: the rest is cut off"
):
    def announce(self, about: Peer, recipients: list[Peer], text: bytes) -> None:
        super().announce(about, recipients, text[:80].decode(errors="ignore").encode())


class TellsLongNicksTwice(
    Fault,
    breaks=("NICK-2", "JOIN-2"),
    mistake="a new member with a nick of more than 60 octets hears of its join twice",
):
    def announce_join(self, peer: Peer) -> None:
        super().announce_join(peer)
        if len(peer.nick) > 60:
            self.announce(peer, [peer], b"[%b] joined the chat" % peer.nick)


# Invalid nicks that are accepted.


class AcceptsEmptyNick(Fault, breaks="NICK-3", mistake="an empty nick is accepted"):
    def nick_problem(self, nick: str) -> str | None:
        return super().nick_problem(nick or "x")


class AcceptsSixtyFive(Fault, breaks="NICK-3", mistake="a nick of 65 characters is accepted"):
    def nick_problem(self, nick: str) -> str | None:
        return super().nick_problem(nick[1:] if len(nick) == 65 else nick)


class AcceptsAnyLength(Fault, breaks="NICK-3", mistake="a nick may have any length"):
    def nick_problem(self, nick: str) -> str | None:
        return super().nick_problem(nick if len(nick) <= 64 else nick[:1] + nick[-1:])


class AcceptsControls(Fault, breaks="NICK-3", mistake="control characters in a nick are accepted"):
    def nick_problem(self, nick: str) -> str | None:
        return super().nick_problem(re.sub("[\x01-\x1f\x7f-\x9f]", "x", nick))


class AcceptsC1Controls(Fault, breaks="NICK-3", mistake="the controls U+0080 to U+009F in a nick are accepted"):
    def nick_problem(self, nick: str) -> str | None:
        return super().nick_problem(re.sub("[\x80-\x9f]", "x", nick))


class AcceptsLineSeparators(Fault, breaks="NICK-3", mistake="U+2028 and U+2029 in a nick are accepted"):
    def nick_problem(self, nick: str) -> str | None:
        return super().nick_problem(re.sub("[\u2028\u2029]", "x", nick))


class AcceptsOuterSpace(Fault, breaks="NICK-3", mistake="white space at either end of a nick is accepted"):
    def nick_problem(self, nick: str) -> str | None:
        return super().nick_problem(re.sub(f"[ {WIDE_SPACE}]", "x", nick))


class ChecksAsciiSpaceOnly(
    Fault, breaks="NICK-3", mistake="of white space at the ends of a nick, only U+0020 is noticed"
):
    def nick_problem(self, nick: str) -> str | None:
        return super().nick_problem(re.sub(f"[{WIDE_SPACE}]", "x", nick))


class ChecksLeadingSpaceOnly(Fault, breaks="NICK-3", mistake="white space at the end of a nick is not noticed"):
    def nick_problem(self, nick: str) -> str | None:
        return super().nick_problem(re.sub(rf"[ {WIDE_SPACE}]\Z", "x", nick))


class TrimsNick(Fault, breaks="NICK-3", mistake="white space around a nick is trimmed instead of refused"):
    def on_join(self, peer: Peer, claimed: bytes, nick: bytes, text: bytes) -> None:
        super().on_join(peer, claimed, nick.decode().strip(" \xa0\u3000").encode(), text)
