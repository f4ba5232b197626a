"""The broadcast log: each member gets exactly its octets, however they are sent, and the log stays bounded."""

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from reference_server import broadcast
from reference_server.broadcast import Cursor, Log

ENTRIES = st.binary(min_size=1, max_size=6)


class Member:
    """A cursor, what it has been sent, and what it is to be sent in all."""

    def __init__(self, cursor: Cursor, joined: bytes) -> None:
        self.cursor = cursor
        self.sent = b""
        self.due = joined
        self.sealed = 0  # how much of `due` has been sealed


class AgainstModel(RuleBasedStateMachine):
    """The model keeps a queue for each member, which is what the log is there to avoid."""

    @initialize()
    def start(self) -> None:
        """An empty log."""
        self.log = Log()
        self.members: list[Member] = []

    def others_get(self, octets: bytes, author: Member | None) -> None:
        """What an append means."""
        for member in self.members:
            if member is not author:
                member.due += octets

    @rule(octets=ENTRIES)
    def join(self, octets: bytes) -> None:
        """JOIN-3: the first thing that a member gets is its own announcement."""
        self.others_get(octets, None)
        start = self.log.append(octets)
        self.members.append(Member(self.log.follow(start), octets))

    @rule(octets=ENTRIES, index=st.integers(0, 5), times=st.integers(1, 4))
    def chat(self, octets: bytes, index: int, times: int) -> None:
        """RELAY-2: not to the author."""
        author = self.members[index] if index < len(self.members) else None
        for _ in range(times):
            self.others_get(octets, author)
            self.log.append(octets, author.cursor if author else None)

    @rule()
    def seal(self) -> None:
        """From now on the appended octets may be sent."""
        self.log.seal()
        assert self.log.open_octets == 0
        for member in self.members:
            member.sealed = len(member.due)

    @precondition(lambda self: self.members)
    @rule(index=st.integers(0, 5), most=st.integers(0, 40))
    def send(self, index: int, most: int) -> None:
        """The kernel takes so many octets of what is pending."""
        member = self.members[index % len(self.members)]
        octets = b"".join(self.log.pending(member.cursor))[:most]
        member.cursor.advance(len(octets))
        member.sent += octets

    @precondition(lambda self: self.members)
    @rule(index=st.integers(0, 5))
    def detach(self, index: int) -> None:
        """The log no longer keeps anything for the member, who gets the same octets all the same."""
        cursor = self.members[index % len(self.members)].cursor
        self.log.detach(cursor)
        assert self.log.held_by(cursor) == 0

    @rule()
    def trim(self) -> None:
        """Everything that somebody needs is still there; if nobody needs anything, nothing is."""
        self.log.trim()
        if all(self.log.held_by(member.cursor) == 0 for member in self.members):
            assert self.log.retained == len(self.log.newest) == 0

    @precondition(lambda self: self.members)
    @rule(index=st.integers(0, 5))
    def leave(self, index: int) -> None:
        """What was due and sealed is handed over."""
        member = self.members.pop(index % len(self.members))
        assert member.sent + self.log.leave(member.cursor, self.log.end) == member.due[: member.sealed]

    @invariant()
    def exactly_the_right_octets(self) -> None:
        """Sent is a beginning of due; behind is what is sealed and not sent, own octets left out (ROBUST-3)."""
        for member in self.members:
            assert member.due.startswith(member.sent)
            assert self.log.behind(member.cursor) == member.sealed - len(member.sent)
            assert self.log.idle(member.cursor) == (member.sealed == len(member.sent))
            cursor = member.cursor
            if cursor.position == self.log.newest_start and not cursor.own and not cursor.private:
                assert member.due[len(member.sent) : member.sealed] == self.log.newest  # the fast path may send it


@pytest.mark.parametrize(("buffers", "merged"), [(64, 65_536), (2, 8)])
def test_the_log_is_as_its_model(monkeypatch: pytest.MonkeyPatch, buffers: int, merged: int) -> None:
    """Any interleaving of joins, chats, partial sends, detaching, trimming and leaves; with tight limits, too."""
    monkeypatch.setattr(broadcast, "SEND_BUFFERS", buffers)
    monkeypatch.setattr(broadcast, "MERGED_OCTETS", merged)

    run_state_machine_as_test(
        AgainstModel, settings=settings(deadline=None, database=None, max_examples=80, stateful_step_count=40)
    )


def test_everybody_who_keeps_up_sends_the_very_same_object() -> None:
    """One chunk for a turn, not copied for anybody."""
    log = Log()
    cursors = [log.follow(log.append(b"join")) for _ in range(3)]
    log.seal()
    for cursor in cursors:
        cursor.advance(sum(map(len, log.pending(cursor))))
    log.append(b"one")
    log.append(b"two")
    log.seal()

    (chunk,) = log.pending(cursors[0])

    assert chunk == b"onetwo"
    assert all(log.pending(cursor)[0] is chunk for cursor in cursors)


def test_an_author_alone_in_its_turn_has_nothing_to_send() -> None:
    """RELAY-2, and no range is kept for it."""
    log = Log()
    author = log.follow(log.append(b"join"))
    log.seal()
    author.advance(4)

    log.append(b"mine", author)
    log.append(b"mine too", author)
    log.seal()

    assert log.idle(author)
    assert not log.pending(author)
    assert not author.own


def test_a_laggard_does_not_make_small_chunks_pile_up() -> None:
    """A thousand turns of one short message each are a few buffers for whoever did not read them."""
    log = Log()
    laggard = log.follow(0)
    for _ in range(1000):
        log.append(b"a short message of 43 octets, or about that")
        log.seal()
        log.trim()

    assert len(log.pending(laggard)) < 5
    assert log.behind(laggard) == log.retained == 43_000


def test_what_is_pending_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """One call passes no more buffers than the system takes, and about SEND_OCTETS."""
    monkeypatch.setattr(broadcast, "MERGED_OCTETS", 0)
    log = Log()
    laggard = log.follow(0)
    for _ in range(100):
        log.append(b"x" * 1000)
        log.seal()

    assert len(log.pending(laggard)) == broadcast.SEND_BUFFERS
    monkeypatch.setattr(broadcast, "SEND_OCTETS", 2500)
    assert len(log.pending(laggard)) == 3


def test_leaving_hands_over_up_to_the_own_leave_and_no_more() -> None:
    """A member that is closed is not sent the announcement that it left."""
    log = Log()
    cursor = log.follow(log.append(b"join"))
    log.append(b"chat")
    until = log.append(b"left")
    log.seal()

    assert log.leave(cursor, until) == b"joinchat"
    log.trim()
    assert log.retained == 0


def test_a_member_that_talks_without_reading_does_not_hold_the_log() -> None:
    """Its own octets do not count as behind, and detached they are not kept either."""
    log = Log()
    talker = log.follow(0)
    log.append(b"for the talker")
    log.append(b"x" * 1_000_000, talker)
    log.seal()
    assert log.behind(talker) == 14
    assert log.held_by(talker) == 1_000_014

    log.detach(talker)
    log.trim()

    assert log.retained == 0
    assert b"".join(log.pending(talker)) == b"for the talker"
