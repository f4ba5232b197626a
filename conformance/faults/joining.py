"""Mistakes about joins and their announcements (JOIN-1 to JOIN-4, SERVICE-1)."""

from collections import deque
from functools import partial

from conformance.faults.fault import Fault
from conformance.faults.frames import SERVER, MalformedError, Peer


class RefusesJoinWithText(Fault, breaks="JOIN-1", mistake="a join whose text is not empty is refused"):
    def on_join(self, peer: Peer, claimed: bytes, nick: bytes, text: bytes) -> None:
        if text:
            self.refuse(peer, "a join has no text")
        else:
            super().on_join(peer, claimed, nick, text)


class RelaysJoinText(Fault, breaks="JOIN-1", mistake="the text of a join is relayed as a first message"):
    def on_join(self, peer: Peer, claimed: bytes, nick: bytes, text: bytes) -> None:
        super().on_join(peer, claimed, nick, text)
        if text and peer.joined:
            self.on_chat(peer, claimed, nick, text)


class RefusesLongJoin(Fault, breaks="JOIN-1", mistake="a join whose text has more than 1,000 octets is refused"):
    def on_join(self, peer: Peer, claimed: bytes, nick: bytes, text: bytes) -> None:
        if len(text) > 1000:
            self.refuse(peer, "this is too long for a join")
        else:
            super().on_join(peer, claimed, nick, text)


# The announcement.


class SixteenHearOfJoins(Fault, breaks="JOIN-2", mistake="a join is announced to the newcomer and to sixteen others"):
    def announce_join(self, peer: Peer) -> None:
        others = [member for member in self.members() if member is not peer]
        self.announce(peer, [peer, *others[:16]], b"[%b] joined the chat" % peer.nick)


class JoinsInOtherWords(
    Fault, breaks=("JOIN-2", "JOIN-3"), mistake="a join is announced as `[NICK] has joined the chat`"
):
    def announce_join(self, peer: Peer) -> None:
        self.announce(peer, self.members(), b"[%b] has joined the chat" % peer.nick)


class JoinsWithoutBrackets(
    Fault, breaks=("JOIN-2", "JOIN-3"), mistake="a join is announced without brackets around the nick"
):
    def announce_join(self, peer: Peer) -> None:
        self.announce(peer, self.members(), b"%b joined the chat" % peer.nick)


class JoinsUnderOwnNick(Fault, breaks=("JOIN-2", "JOIN-3"), mistake="a join is announced under the nick that joins"):
    def announce_join(self, peer: Peer) -> None:
        self.deliver(peer, self.members(), b"", peer.nick, b"[%b] joined the chat" % peer.nick)


class ServerInLowerCase(
    Fault, breaks=("JOIN-2", "JOIN-3", "LEAVE-1"), mistake="service messages come from `server` in lower case"
):
    def frame(self, moment: bytes, nick: bytes, text: bytes) -> bytes:
        return super().frame(moment, nick.lower() if nick == SERVER else nick, text)


class TellsTheOthersOnly(
    Fault, breaks=("JOIN-2", "JOIN-3"), mistake="a join is announced to everybody but the new member"
):
    def announce_join(self, peer: Peer) -> None:
        self.announce(peer, self.recipients(peer), b"[%b] joined the chat" % peer.nick)


class TellsTheNewcomerOnly(Fault, breaks="JOIN-2", mistake="a join is announced to the new member alone"):
    def announce_join(self, peer: Peer) -> None:
        self.announce(peer, [peer], b"[%b] joined the chat" % peer.nick)


class JoinsTwice(Fault, breaks="JOIN-2", mistake="the others are told of a join twice"):
    def announce_join(self, peer: Peer) -> None:
        super().announce_join(peer)
        self.announce(peer, self.recipients(peer), b"[%b] joined the chat" % peer.nick)


class JoinSkipsTheOldest(
    Fault, breaks="JOIN-2", mistake="the fourth join and all later ones are not announced to the first member"
):
    def announce_join(self, peer: Peer) -> None:
        members = self.members()
        self.announce(peer, members[len(members) > 3 :], b"[%b] joined the chat" % peer.nick)


class JoinSkipsBehindAGap(
    Fault,
    breaks="JOIN-2",
    mistake="who comes after a leave is not announced to those who are newer than the one that left",
):
    def setup(self) -> None:
        self.ever: list[Peer] = []  # all who have joined, in their order
        self.skipped: list[Peer] = []

    def announce_join(self, peer: Peer) -> None:
        self.ever.append(peer)
        told = [member for member in self.members() if member not in self.skipped]
        self.skipped = []
        self.announce(peer, told, b"[%b] joined the chat" % peer.nick)

    def announce_leave(self, peer: Peer) -> None:
        self.skipped = self.ever[self.ever.index(peer) + 1 :]
        super().announce_leave(peer)


# Before the announcement.


class GreetsOnConnect(Fault, breaks="JOIN-3", mistake="a new connection is greeted before it has joined"):
    def on_connect(self, peer: Peer) -> None:
        self.service(peer, b"welcome, who are you?")


class GreetsBeforeJoin(Fault, breaks="JOIN-3", mistake="a new member is greeted before its join is announced"):
    def announce_join(self, peer: Peer) -> None:
        self.service(peer, b"welcome, " + peer.nick)
        super().announce_join(peer)


class ListsMembersFirst(Fault, breaks="JOIN-3", mistake="a new member is first told who is there, if anybody is"):
    def announce_join(self, peer: Peer) -> None:
        if others := self.recipients(peer):
            self.service(peer, b"already here: " + b", ".join(other.nick for other in others))
        super().announce_join(peer)


class AnnouncesItsJoinLate(
    Fault,
    breaks=("JOIN-3", "JOIN-4", "RELAY-7"),
    mistake="a new member is in the room a while before its join is announced",
):
    def announce_join(self, peer: Peer) -> None:
        self.later(0.01, partial(super().announce_join, peer))


class UnjoinedHearChat(Fault, breaks=("JOIN-4", "JOIN-3"), mistake="chat goes to connections that have not joined too"):
    def recipients(self, sender: Peer) -> list[Peer]:
        return [peer for peer in self.peers if peer is not sender and not peer.closing]


class UnjoinedHearAnnouncements(
    Fault, breaks=("JOIN-4", "JOIN-3"), mistake="joins and leaves are announced to connections that have not joined too"
):
    def announce(self, about: Peer, recipients: list[Peer], text: bytes) -> None:
        unjoined = [peer for peer in self.peers if not (peer.joined or peer.closing)]
        super().announce(about, recipients + unjoined, text)


class LeavesReachTheUnjoined(
    Fault,
    breaks="JOIN-4",
    mistake="the leave of one that is thrown out goes to connections that have not joined, too",
):
    throwing = False

    def on_malformed(self, peer: Peer, error: MalformedError) -> None:
        self.throwing = True
        super().on_malformed(peer, error)
        self.throwing = False

    def announce_leave(self, peer: Peer) -> None:
        told = [other for other in self.peers if not other.closing and other is not peer]
        self.announce(peer, told if self.throwing else self.members(), b"[%b] left the chat" % peer.nick)


class AnnouncesConnections(
    Fault, breaks="JOIN-4", mistake="a connection is announced as a join before it has sent one"
):
    def on_connect(self, peer: Peer) -> None:
        self.announce(peer, self.members(), b"[127.0.0.1] joined the chat")


class _Remembering(Fault):
    """Keeps the last five chat frames."""

    def setup(self) -> None:
        self.past: deque[tuple[bytes, bytes]] = deque(maxlen=5)

    def deliver(self, about: Peer, recipients: list[Peer], claimed: bytes, nick: bytes, text: bytes) -> None:
        super().deliver(about, recipients, claimed, nick, text)
        if nick != SERVER and len(text) < 4096:
            self.past.append((nick, text))


class HistoryAsChat(_Remembering, breaks="JOIN-4", mistake="a new member is sent the last messages as chat"):
    def announce_join(self, peer: Peer) -> None:
        super().announce_join(peer)
        for nick, text in list(self.past):
            self.send(peer, self.frame(self.stamp(b""), nick, text))


class HistoryBeforeJoin(
    _Remembering, breaks=("JOIN-3", "JOIN-4"), mistake="history is sent before the join is announced"
):
    def announce_join(self, peer: Peer) -> None:
        for nick, text in self.past:
            self.service(peer, b"history: %b [%b] %b" % (self.stamp(b""), nick, text))
        super().announce_join(peer)


# Announcements of nobody.


class ReplaysJoins(
    Fault,
    breaks=("SERVICE-1", "JOIN-2"),
    mistake="a new member is told who is there by repeating their join announcements",
):
    def announce_join(self, peer: Peer) -> None:
        super().announce_join(peer)
        for other in self.recipients(peer):
            self.service(peer, b"[%b] joined the chat" % other.nick)


class CountsLikeAJoin(
    Fault,
    breaks=("SERVICE-1", "JOIN-2"),
    mistake="a service message of the server's own looks like a join announcement",
):
    def announce_join(self, peer: Peer) -> None:
        super().announce_join(peer)
        self.announce(
            peer, self.members(), b"[%b and %d others] joined the chat" % (peer.nick, len(self.recipients(peer)))
        )


class CountsForTheNewcomer(
    Fault, breaks="SERVICE-1", mistake="a new member is told how many are there in the words of a join announcement"
):
    def announce_join(self, peer: Peer) -> None:
        super().announce_join(peer)
        self.service(peer, b"[%d people] joined the chat" % len(self.members()))
