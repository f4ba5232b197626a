"""What one connection leaves behind for another: whole checks, against servers that are wrong there alone and right ones."""

from dataclasses import replace
from typing import Any

import pytest

import conformance.checks  # noqa: F401  # registers them
from conformance.check import CHECKS
from conformance.faults import (
    Server,
    framing,
    joining,
    leaving,
    leftovers,
    nicks,
    refusals,
    relaying,
    robustness,
    sizes,
    texts,
    times,
)
from conformance.faults.frames import MalformedError, Peer
from conformance.octets import Got, joined
from conformance.passing import never_allowed
from conformance.script import TAG, Open, Send, Settle, cast, nick, script
from conformance.verdict import FAIL, PASS, Verdict
from tests.conformance.engines import judging
from tests.conformance.judging import got, judged, trace

KILLS: dict[str, type[Server]] = {
    "NICK-1/while-another-asks": leftovers.HalfAJoinReserves,
    "NICK-2/of-those-who-end": leftovers.FoldsWhomItThrowsOut,
    "NICK-4/server-later": leftovers.ResetForgetsServer,
    "NICK-5/held-beside-refusals": leftovers.RefusalFreesTheLatest,
    "NICK-5/held-in-silence": leftovers.FreesWhoIsSilent,
    "NICK-6/though-it-stays": leftovers.FreesWhenBothHaveClosed,
    "JOIN-3/after-some-seconds": leftovers.PromptsWhoIsLate,
    "JOIN-4/after-a-slow-namesake": leftovers.DeliversToTheNamesake,
    "JOIN-5/closed-though-it-sends": leftovers.DrainsForEver,
    "LEAVE-2/nothing-is-kept": leftovers.GoesOnWithHalfAFrame,
    "RELAY-1/after-a-refusal": leftovers.RefusalSilencesTheHolder,
    "RELAY-5/claimed-nicks": leftovers.ForgivesTwoForgeries,
    "BODY-3/closed-as-first-frame": leftovers.SkipsABadFirstFrame,
    "BODY-3/not-relayed-later": leftovers.SecondBadBodyPasses,
    "FRAME-2/refusals": leftovers.RefusesWithALineFeed,
    "FRAME-5/octets-not-characters": leftovers.CountsComposed,
    "FRAME-6/join-cut-with-words": leftovers.DropsBehindACutJoin,
    "RELAY-1/many-messages": relaying.WrapsTheCount,
    "ROBUST-1/rubbish-before-pieces": robustness.BlamesTheNextPiece,
    "TIME-2/any-time-unicode": times.RefusesTimesCutInside,
    "LEAVE-1/fin-of-one-that-does-not-read": leaving.LeavesWhenAllIsWritten,
    "FRAME-7/of-a-join": leftovers.LimitsTheFirstFrame,
    "ROBUST-2/stalled-frame": leftovers.AcceptsNobodyBesideTwo,
    "LEAVE-3/in-the-place-of-members": leftovers.LeavesForThePlace,
    "BODY-1/refusals": refusals.EndsRefusalsWithANull,
    "RELAY-5/claimed-nothing": sizes.DropsWhatGrowsMuch,
    "NICK-2/longest": nicks.CutsLongAnnouncements,
    "RELAY-8/to-one-that-reads-late": relaying.AnnouncesInsideAFrame,
    "FRAME-2/headers-well-formed": framing.ScientificHeader,
    "NICK-1/short": nicks.ReservesPieces,
    "NICK-3/invalid-unicode": nicks.DoesNotCountMarks,
    "JOIN-4/unjoined-hears-nothing": joining.LeavesReachTheUnjoined,
    "JOIN-5/nothing-behind-a-refusal": leftovers.KeepsRefusedWords,
    "ROBUST-3/not-for-seconds": robustness.GivesUpOnReaders,
    "RELAY-3/named-texts": texts.DeafBehindABlankText,
}


@pytest.mark.parametrize("name", KILLS)
def test_who_is_wrong_there_alone_fails(name: str) -> None:
    """Of that check."""
    with judging(KILLS[name](), 2.0) as engine:
        result = engine.judge(CHECKS[name])

    assert result.verdict is FAIL, result
    assert result.requirement == name.partition("/")[0]


@pytest.mark.parametrize(
    "name", [name for name in KILLS if not CHECKS[name].background]
)  # those wait: see `make conformance`
def test_who_is_right_passes(name: str) -> None:
    """It was decided as it says."""
    with judging(Server()) as engine:
        result = engine.judge(CHECKS[name])

    assert (result.verdict, result.because) == (PASS, None)


class LeavesLater(Server):
    """The leave of a member that sent what is malformed is announced, and its nick free, some time after its end."""

    def on_malformed(self, peer: Peer, error: MalformedError) -> None:
        self.dismiss(peer, str(error))
        self.later(0.4, lambda: self.depart(peer))


class TimesOutAtOnce(Server):
    """No time to join but three seconds, which is ROBUST-4's business."""

    join_seconds = 3.0

    def on_tick(self, now: float) -> None:
        for peer in [peer for peer in self.peers if not peer.joined and (peer.deadline or now) < now]:
            self.dismiss(peer, "too late")
        super().on_tick(now)


@pytest.mark.parametrize(
    ("server", "name"), [(LeavesLater, "NICK-6/though-it-stays"), (TimesOutAtOnce, "JOIN-3/after-some-seconds")]
)
def test_who_is_late_or_early_is_not_blamed_for_something_else(server: type[Server], name: str) -> None:
    """Nothing is said of a nick whose leave is still to be announced, nor of who was told that its time was over."""
    with judging(server()) as engine:
        assert engine.judge(CHECKS[name]).verdict is not FAIL


REFUSED = got("Server", "no")
JOINED = got("ann")


@pytest.mark.parametrize(
    ("heard", "changes", "found"),
    [
        ([REFUSED], {}, [("JOIN-5", "evil", "deadline")]),
        ([], {}, []),  # nobody has told it anything, and so it may have been refused in another way, or not at all
        ([REFUSED], {"ended": {"evil": "fin"}}, []),
        ([REFUSED], {"canary_late": True}, []),
        ([REFUSED], {"expired": Settle()}, []),
    ],
)
def test_a_refused_connection_that_goes_on_sending(
    heard: list[Got], changes: dict[str, Any], found: list[tuple[str, str, str]]
) -> None:
    """It is blamed if it was told so, is open still, and everything else went on in time."""
    conversation = script(cast("ann"), Open("evil"), Send("evil", (b"x",)))
    seen = replace(trace(conversation, ann=[JOINED], evil=heard), **changes)

    assert judged("JOIN-5/closed-though-it-sends", seen) == found


@pytest.mark.parametrize(
    ("text", "raw", "is_found"),
    [
        (f"[again] [ann-{TAG}] joined the chat", False, True),
        (f"[again] [ann-{TAG}] left the chat", False, True),
        (f"[ann-{TAG}] joined the chat", False, False),
        ("[again] [ann] joined the chat", False, False),  # of whom else?
        (f"[again] [ann-{TAG}] joined the room", False, False),
        (f"[again] [ann-{TAG}] joined the chat", True, False),  # raw octets may be taken for whatever they are
    ],
)
def test_announcements_of_nicks_that_nobody_has_asked_for(text: str, raw: bool, is_found: bool) -> None:
    """Where nothing but whole frames was sent."""
    steps = [Open("evil"), Send("evil", (b"x",))] if raw else []
    heard = [got("Server", text)] if text != joined(nick("ann")) else []
    seen = replace(trace(script(cast("ann"), steps), ann=[got("Server", joined(nick("ann"))), *heard]), tag=TAG)

    assert ("SERVICE-1" in [found.requirement for found in never_allowed(seen)]) is is_found


class JoinsAMomentLater(Server):
    """A join is announced 50 ms later, to who is there still; the leave in any case."""

    def announce_join(self, peer: Peer) -> None:
        self.later(0.05, lambda: super(JoinsAMomentLater, self).announce_join(peer) if peer.joined else None)


class TellsOthersLater(Server):
    """The others hear of a join 50 ms later, in any case: perhaps behind the leave, which is RELAY-7's business."""

    def announce_join(self, peer: Peer) -> None:
        text = b"[%b] joined the chat" % peer.nick
        others = [member for member in self.members() if member is not peer]
        self.announce(peer, [peer], text)
        self.later(0.05, lambda: self.announce(peer, [member for member in others if member in self.peers], text))


@pytest.mark.parametrize(("server", "verdict"), [(JoinsAMomentLater, FAIL), (TellsOthersLater, PASS), (Server, PASS)])
def test_a_reset_behind_the_join(server: type[Server], verdict: Verdict) -> None:
    """It is a join and a leave, or neither."""
    with judging(server()) as engine:
        result = engine.judge(CHECKS["LEAVE-3/reset-in-the-join"])

    assert result.verdict is verdict, result


def test_an_announcement_in_place_of_that_of_ours_is_no_false_one() -> None:
    """Its nick was changed on its way, which is NICK-2's business."""
    seen = replace(trace(script(cast("ann")), ann=[got("Server", joined(f"[x] ann-{TAG}"))]), tag=TAG)

    assert "SERVICE-1" not in [found.requirement for found in never_allowed(seen)]
