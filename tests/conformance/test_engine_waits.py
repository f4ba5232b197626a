"""How long checks wait: shortly once a whole wait was in vain; and checks that do without the canary."""

import pytest

from conformance import confirm
from conformance.faults import Server
from conformance.faults.frames import Peer
from conformance.verdict import FAIL, NOT_RUN, PASS
from tests.conformance.engines import TALK, Talker, checking, judging


class LosesOnce(Talker):
    """Loses the sentinel of the first conversation."""

    def is_wrong(self, peer: Peer, text: bytes) -> bool:
        return self.conversations == 1 and text.startswith(b"sentinel")


def test_what_a_short_wait_shows_has_to_stand_a_whole_one() -> None:
    """Once whole waits have been in vain waits are short; what then passes with a whole wait ends the hurry."""
    with judging(LosesOnce(), patience=0.3) as engine:
        engine.session.hurried = True
        result = engine.judge(checking(TALK))

    assert (result.verdict, engine.session.hurried) == (PASS, False)
    assert engine.session.played == 3  # the short wait, the whole one, and all once more


def test_a_whole_wait_in_vain_makes_the_run_hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    """Later checks of what has failed would only say the same; the others wait shortly."""
    monkeypatch.setattr(confirm, "SHRINK_SECONDS", 0.0)

    class Losing(Talker):
        def is_wrong(self, peer: Peer, text: bytes) -> bool:
            return text.startswith(b"sentinel")

    with judging(Losing(), patience=0.3) as engine:
        first, second = engine.judge(checking(TALK)), engine.judge(checking(TALK))
        engine.session.stage.patience = 5.0
        patience = engine.session.patience

    assert (first.verdict, second.verdict) == (FAIL, NOT_RUN)
    assert (second.because, second.examples) == ("RELAY-1/test failed", 0)
    assert patience < 5.0


def test_a_check_alone_has_no_older_members_than_its_own() -> None:
    """The canary, which otherwise is there first, is away for as long as the check takes."""

    class Counting(Server):
        before: list[int]

        def setup(self) -> None:
            super().setup()
            self.before = []

        def admit(self, peer: Peer, name: bytes) -> None:
            if name.startswith(b"ann"):
                self.before.append(len(self.members()))
            super().admit(peer, name)

    server = Counting()
    with judging(server) as engine:
        for alone in (False, True, False):
            assert engine.judge(checking(TALK, alone=alone)).verdict is PASS

    assert server.before == [2, 0, 2]
