"""Mistakes about the end of a connection (LEAVE-1 to LEAVE-3)."""

from collections.abc import Callable
from contextlib import suppress
from functools import partial
from weakref import WeakKeyDictionary

from conformance.faults.fault import Fault
from conformance.faults.frames import SERVER, MalformedError, Peer

# The announcement.


class NewlineAfterLeave(
    Fault, breaks="FRAME-1", mistake="a line feed stands behind the announcement of a leave, uncounted"
):
    def announce_leave(self, peer: Peer) -> None:
        super().announce_leave(peer)
        for member in self.members():
            member.outbox += b"\n"


class _Silent(Fault):
    """Some leaves are not announced; the nick is freed all the same."""

    silent = False

    def announce_leave(self, peer: Peer) -> None:
        if not self.silent:
            super().announce_leave(peer)


class NeverAnnouncesLeaves(_Silent, breaks="LEAVE-1", mistake="leaves are not announced"):
    silent = True


class NoLeaveOnReset(_Silent, breaks="LEAVE-1", mistake="a leave by reset is not announced"):
    def on_reset(self, peer: Peer) -> None:
        self.silent = True
        super().on_reset(peer)
        self.silent = False


class NoLeaveOnMalformed(
    _Silent, breaks="LEAVE-1", mistake="the leave of a member closed for malformed input is not announced"
):
    def on_malformed(self, peer: Peer, error: MalformedError) -> None:
        self.silent = True
        super().on_malformed(peer, error)
        self.silent = False


class NoLeaveInsideFrame(
    _Silent, breaks="LEAVE-1", mistake="the leave of a member that ends inside a frame is not announced"
):
    def on_eof(self, peer: Peer) -> None:
        self.silent = bool(peer.inbox or peer.need)
        super().on_eof(peer)
        self.silent = False


class NoLeaveToOneInsideFrame(
    Fault, breaks="LEAVE-1", mistake="a leave is not announced to members that are inside a frame of their own"
):
    def announce_leave(self, peer: Peer) -> None:
        self.announce(
            peer, [p for p in self.members() if not p.inbox and p.need is None], b"[%b] left the chat" % peer.nick
        )


class LeavesWhenAllIsWritten(
    Fault,
    breaks="LEAVE-1",
    mistake="the leave of a member that sends FIN waits until all is written that it did not read",
):
    def on_eof(self, peer: Peer) -> None:
        if not peer.outbox:
            super().on_eof(peer)
        elif peer in self.peers:
            peer.ended = True
            self.watch(peer)
            self.later(0.05, partial(self.on_eof, peer))


class NoLeaveWhenTooSlow(
    _Silent, breaks="LEAVE-1", mistake="the leave of a member thrown out for reading too slowly is not announced"
):
    def on_overrun(self, peer: Peer) -> None:
        self.silent = True
        super().on_overrun(peer)
        self.silent = False


class OneLeaveInATurn(
    _Silent, breaks="LEAVE-1", mistake="of members that end in the same turn of the loop only the first is announced"
):
    def turn(self) -> None:
        self.silent = False
        super().turn()

    def announce_leave(self, peer: Peer) -> None:
        super().announce_leave(peer)
        self.silent = True


class OldestMissesLeaves(
    Fault, breaks="LEAVE-1", mistake="while five or more stay, leaves are not announced to the oldest of them"
):
    def announce_leave(self, peer: Peer) -> None:
        members = self.members()
        self.announce(peer, members[len(members) > 4 :], b"[%b] left the chat" % peer.nick)


class LeavesTwice(Fault, breaks="LEAVE-1", mistake="a leave is announced twice"):
    def announce_leave(self, peer: Peer) -> None:
        super().announce_leave(peer)
        super().announce_leave(peer)


class LeavesInOtherWords(Fault, breaks="LEAVE-1", mistake="a leave is announced as `[NICK] has left the chat`"):
    def announce_leave(self, peer: Peer) -> None:
        self.announce(peer, self.members(), b"[%b] has left the chat" % peer.nick)


class LeaveReachesTheOldestOnly(Fault, breaks="LEAVE-1", mistake="a leave is announced to the first member alone"):
    def announce_leave(self, peer: Peer) -> None:
        self.announce(peer, self.members()[:1], b"[%b] left the chat" % peer.nick)


class LeavesLate(Fault, breaks="LEAVE-1", mistake="a leave is announced after ten seconds"):
    def announce_leave(self, peer: Peer) -> None:
        self.later(10, partial(super().announce_leave, peer))


# The last frames.


class RelaysUnfinishedFrame(
    Fault, breaks="LEAVE-2", mistake="at the end of a connection, what has come of a frame is relayed"
):
    def on_eof(self, peer: Peer) -> None:
        if peer.joined and peer.need:
            with suppress(MalformedError):
                self.on_body(peer, bytes(peer.inbox))
        super().on_eof(peer)


class DropsFramesBeforeFin(
    Fault, breaks="LEAVE-2", mistake="messages that have not been relayed when their sender ends are dropped"
):
    def deliver(self, about: Peer, recipients: list[Peer], claimed: bytes, nick: bytes, text: bytes) -> None:
        act = partial(super().deliver, about, recipients, claimed, nick, text)
        if nick == SERVER:
            act()
        else:
            self.later(0.001, partial(self.act_if_joined, about, act))

    def act_if_joined(self, peer: Peer, act: Callable[[], None]) -> None:
        if peer.joined:
            act()


class DropsFramesBeforeMalformed(
    Fault, breaks="LEAVE-2", mistake="whole frames ahead of a malformed one in the same read are dropped"
):
    def parse(self, peer: Peer) -> None:
        frames: list[tuple[bytes, bytes, bytes]] = []
        malformed = None
        try:
            while (body := self.next_body(peer)) is not None:
                frames.append(self.fields(self.decoded(peer, body)))
        except MalformedError as error:
            malformed = error
            del frames[0 if peer.joined else 1 :]  # a join counts, or it would be the join that is missing
        for fields in frames:
            if not peer.closing:
                self.on_frame(peer, *fields)
        if malformed and not peer.closing:
            self.on_malformed(peer, malformed)


class DropsFramesBehindJoin(
    Fault, breaks=("LEAVE-2", "FRAME-6"), mistake="messages that come in the same read as the join are dropped"
):
    def on_join(self, peer: Peer, claimed: bytes, nick: bytes, text: bytes) -> None:
        super().on_join(peer, claimed, nick, text)
        with suppress(MalformedError):
            while self.next_body(peer) is not None:
                pass


class AnnouncesUnjoined(Fault, breaks="LEAVE-3", mistake="the leave of a connection that never joined is announced"):
    def setup(self) -> None:
        self.claims: WeakKeyDictionary[Peer, bytes] = WeakKeyDictionary()

    def receive(self, peer: Peer, chunk: bytes) -> None:
        super().receive(peer, chunk)
        if not peer.joined and peer.inbox.count(b"\0"):
            self.claims[peer] = bytes(peer.inbox.split(b"\0")[1])  # the nick of a join that is not yet whole

    def depart(self, peer: Peer) -> None:
        if not (peer.joined or peer.closing):
            self.announce(peer, self.members(), b"[%b] left the chat" % self.claims.get(peer, b"None"))
        super().depart(peer)


class AnnouncesHalfJoins(
    Fault, breaks="LEAVE-3", mistake="a connection that ends inside its join is announced with an empty nick"
):
    def depart(self, peer: Peer) -> None:
        if not (peer.joined or peer.closing) and (peer.inbox or peer.need is not None):
            self.announce(peer, self.members(), b"[] left the chat")
        super().depart(peer)


class AnnouncesRefused(
    Fault, breaks="JOIN-5", mistake="the end of a refused connection is announced as the leave of `?`"
):
    def setup(self) -> None:
        self.refused: set[Peer] = set()

    def refuse(self, peer: Peer, reason: str) -> None:
        self.refused.add(peer)
        super().refuse(peer, reason)

    def drop(self, peer: Peer) -> None:
        super().drop(peer)
        if peer in self.refused and not self.stopped:
            self.announce(peer, self.members(), b"[?] left the chat")
