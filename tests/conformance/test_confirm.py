"""Whose fault a failure is, and how often it comes back."""

import pytest

import conformance.checks  # noqa: F401  # registers them
from conformance import confirm
from conformance.check import CHECKS, plainly
from conformance.faults import FAULTS, Server
from conformance.faults.frames import Peer
from conformance.script import cast, plain, say, script, sentinel
from conformance.verdict import FAIL, INCONCLUSIVE, NOT_RUN, PASS
from tests.conformance.engines import TALK, Talker, checking, judging

# Whose fault it is.


def test_what_fails_in_plain_octets_too_is_not_the_unusual_octets_fault() -> None:
    """The twin fails: not run, because of the id that its difference names."""

    class Losing(Talker):
        lost = 0

        def is_wrong(self, peer: Peer, text: bytes) -> bool:
            first, self.lost = self.lost != self.conversations, self.conversations
            return first

    odd = script(cast("ann", "bob"), say("ann", plain(1), header="right"), sentinel("ann"))
    with judging(Losing()) as engine:
        result = engine.judge(checking(odd, requirement="FRAME-3", scope=frozenset(["RELAY-1"]), twin=plainly))

    assert result.verdict is NOT_RUN
    assert str(result.because).startswith("RELAY-1 fails without it")
    assert engine.failed == {}


def test_what_fails_only_with_the_unusual_octets_is_their_fault() -> None:
    """The twin passes."""
    with judging(FAULTS["wants-a-space"](), patience=0.5) as engine:
        result = engine.judge(CHECKS["FRAME-3/header-forms"])

    assert result.verdict is FAIL


def test_a_check_is_not_run_if_what_it_needs_has_failed() -> None:
    """The reason is that id."""
    with judging(Server()) as engine:
        engine.failed["FRAME-6"] = "FRAME-6/one-cut"
        result = engine.judge(checking(TALK, needs=("FRAME-5", "FRAME-6")))

    assert (result.verdict, result.because, result.examples) == (NOT_RUN, "FRAME-6 failed", 0)


# What comes and goes.


def test_a_failure_proven_by_a_frame_is_one_though_it_never_comes_back(monkeypatch: pytest.MonkeyPatch) -> None:
    """Seen is seen: k of n says how often."""
    monkeypatch.setattr(confirm, "SHRINK_SECONDS", 0.0)

    class EchoesOnce(Talker):
        def is_wrong(self, peer: Peer, text: bytes) -> bool:
            return self.said == 1

        def be_wrong(self, peer: Peer, text: bytes) -> None:
            for member in self.members():
                self.deliver(peer, [member], b"", peer.nick, text)

    with judging(EchoesOnce()) as engine:
        result = engine.judge(checking(TALK, requirement="RELAY-2"))

    assert (result.verdict, result.repeats, result.decided_by) == (FAIL, (1, 4), "frame")


def test_an_intermittent_failure_says_how_often_it_came_back(monkeypatch: pytest.MonkeyPatch) -> None:
    """Here in every second conversation."""
    monkeypatch.setattr(confirm, "SHRINK_SECONDS", 0.0)

    class EveryOther(Talker):
        def is_wrong(self, peer: Peer, text: bytes) -> bool:
            return self.conversations % 2 == 1 and b"hello 1" in text

    with judging(EveryOther()) as engine:
        result = engine.judge(checking(TALK))

    assert (result.verdict, result.repeats, result.decided_by) == (FAIL, (2, 4), "sentinel")


def test_lateness_that_never_comes_back_is_judged_once_more(monkeypatch: pytest.MonkeyPatch) -> None:
    """The evidence is a deadline alone; the report says where."""
    monkeypatch.setattr(confirm, "SHRINK_SECONDS", 0.0)

    class LosesOnce(Talker):
        def is_wrong(self, peer: Peer, text: bytes) -> bool:
            return self.conversations == 1 and text.startswith(b"sentinel")

    with judging(LosesOnce(), patience=0.3) as engine:
        result = engine.judge(checking(TALK))

    assert (result.verdict, result.decided_by) == (PASS, "sentinel")
    assert engine.session.choices == {"late once in RELAY-1/test": "judged once more"}


def test_a_replay_beside_a_late_canary_does_not_count(monkeypatch: pytest.MonkeyPatch) -> None:
    """It came back, but by a deadline alone and while nobody else was served in time either."""
    monkeypatch.setattr(confirm, "SHRINK_SECONDS", 0.0)
    monkeypatch.setattr(confirm, "SUSPECT_PLAYS", 2)

    class Stalls(Talker):
        def on_chat(self, peer: Peer, claimed: bytes, nick: bytes, text: bytes) -> None:
            """Relays nothing, the canary's words neither."""

    with judging(Stalls(), patience=0.2) as engine:
        result = engine.judge(checking(script(cast("ann", "bob"), sentinel("ann"))))

    assert (result.verdict, result.decided_by) == (INCONCLUSIVE, "deadline")
    assert "canary" in str(result.because)


def test_a_check_without_the_canary_calls_it_back_for_the_question(monkeypatch: pytest.MonkeyPatch) -> None:
    """A wait in vain that comes back while the canary is in time is a failure, of such a check too."""
    monkeypatch.setattr(confirm, "SHRINK_SECONDS", 0.0)

    class Losing(Talker):
        def is_wrong(self, peer: Peer, text: bytes) -> bool:
            return text.startswith(b"sentinel")

    with judging(Losing(), patience=0.2) as engine:
        result = engine.judge(checking(TALK, alone=True))

    assert (result.verdict, result.repeats, result.decided_by) == (FAIL, (2, 2), "deadline")


def test_a_failure_that_did_not_come_back_is_laid_at_a_known_cause(monkeypatch: pytest.MonkeyPatch) -> None:
    """If the requirement that its difference names has failed before, that is the likelier reason."""
    monkeypatch.setattr(confirm, "SHRINK_SECONDS", 0.0)

    class LosesOne(Talker):
        def is_wrong(self, peer: Peer, text: bytes) -> bool:
            return self.said == 1

    odd = script(cast("ann", "bob"), say("ann", plain(1), header="right"), sentinel("ann"))
    with judging(LosesOne()) as engine:
        engine.failed["RELAY-1"] = "RELAY-1/many-messages"
        result = engine.judge(checking(odd, requirement="FRAME-3", scope=frozenset(["RELAY-1"]), twin=plainly))

    assert (result.verdict, result.because) == (NOT_RUN, "RELAY-1 failed")
