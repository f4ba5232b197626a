"""Members who come in the place of others, and what a refused connection is told: whole checks against servers that are
wrong there alone."""

import random

import pytest

from conformance.check import CHECKS, Plan
from conformance.faults import Server
from conformance.faults.frames import Peer
from conformance.faults.joining import JoinSkipsBehindAGap
from conformance.faults.refusals import QuotesHalfOfAHeldNick
from conformance.verdict import FAIL, PASS, Verdict
from tests.conformance.engines import judging


class Replacing(Server):
    """Where whoever comes after a leave is forgotten in one way."""

    def setup(self) -> None:
        self.leaves = 0
        self.late: list[Peer] = []

    def admit(self, peer: Peer, name: bytes) -> None:
        if self.leaves and name.startswith(b"new"):
            self.late.append(peer)
        super().admit(peer, name)

    def announce_leave(self, peer: Peer) -> None:
        self.leaves += 1
        super().announce_leave(peer)


class Speechless(Replacing):
    """It hears no words of those who came after it."""

    def recipients(self, sender: Peer) -> list[Peer]:
        return [peer for peer in super().recipients(sender) if not (sender in self.late and peer in self.late)]


class Lasting(Replacing):
    """Its leave is told to nobody who came after a leave."""

    def announce_leave(self, peer: Peer) -> None:
        self.leaves += 1
        told = [member for member in self.members() if not (peer in self.late and member in self.late)]
        self.announce(peer, told, b"[%b] left the chat" % peer.nick)


@pytest.mark.parametrize(
    ("server", "requirement", "is_broken"),
    [
        (Server, "JOIN-2", False),
        (Server, "RELAY-1", False),
        (Server, "LEAVE-1", False),
        (JoinSkipsBehindAGap, "JOIN-2", True),
        (Speechless, "RELAY-1", True),
        (Lasting, "LEAVE-1", True),
    ],
)
def test_members_in_the_place_of_others(server: type[Server], requirement: str, *, is_broken: bool) -> None:
    """They hear, and are heard of, like all others."""
    check = CHECKS[f"{requirement}/in-place-of-others"]
    assert check.cases is not None
    [script] = check.cases(Plan("quick", random.Random(1)))
    with judging(server(), 0.5) as engine:
        assert engine.session.alive()
        trace = engine.session.play(script)

    assert {found.requirement for found in check.relevant(trace)} == ({requirement} if is_broken else set())
    assert (trace.expired is not None) is is_broken


class MiscountsHeld(QuotesHalfOfAHeldNick):
    """The length of a refusal that quotes a nick counts characters."""

    def refuse(self, peer: Peer, reason: str) -> None:
        text = self.asked if self.is_held(self.asked) else b"no"
        frame = self.frame(self.stamp(b""), b"Server", text)
        self.send(peer, b"%-10d" % len(frame[10:].decode()) + frame[10:])
        self.hang_up(peer)


@pytest.mark.parametrize(
    ("server", "check", "verdict"),
    [
        (Server, "BODY-2/refusals", PASS),
        (Server, "FRAME-5/refusals", PASS),
        (QuotesHalfOfAHeldNick, "BODY-2/refusals", FAIL),
        (MiscountsHeld, "FRAME-5/refusals", FAIL),
    ],
)
def test_the_refusal_of_a_nick_that_is_held(server: type[Server], check: str, verdict: Verdict) -> None:
    """Whoever quotes it cuts no character, and counts octets."""
    with judging(server()) as engine:
        assert engine.judge(CHECKS[check]).verdict is verdict
