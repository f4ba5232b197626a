"""Whole checks against servers whose mistake shows only behind something else; and what their judges let pass."""

import random
from dataclasses import replace

import pytest

from conformance.check import CHECKS, Plan
from conformance.faults import FAULTS, Server
from conformance.faults.frames import Peer
from conformance.octets import joined, left
from conformance.script import Close, Fin, Open, Script, Send, cast, enter, say
from conformance.trace import Trace
from conformance.verdict import PASS
from tests.conformance.conversations import TAG, chat, named, playing, service
from tests.conformance.engines import judging
from tests.conformance.helpers import Said, heard_by_all, trace_of
from tests.conformance.judging import Found, got, judged

FOUND_BY = {
    "welcomes-back": "JOIN-3/returns",
    "second-leave-is-silent": "LEAVE-1/returns",
    "announces-refusals-too": "JOIN-2/after-a-refusal",
    "refusal-renames": "NICK-2/after-a-refusal",
    "cleans-up-late": "NICK-5/held-again",
    "text-for-the-nick": "JOIN-1/text-behind-any-time",
    "trusts-who-has-spoken": "BODY-3/not-relayed-later",
    "measures-whole-headers-only": "FRAME-8/anywhere",
    "strips-zeros": "FRAME-3/round-lengths",
    "skips-to-the-next-header": "FRAME-4/anywhere",
    "claims-once-a-read": "RELAY-5/claimed-in-one-write",
    "whispers-to-who-is-named": "RELAY-1/addressed",
    "history-in-other-words": "JOIN-4/history-form",
    "sixteen-may-be-silent": "ROBUST-1/many-silent",
}


class EchoesTheThird(Server):
    """Of several frames in one read, the third and later ones come back to their sender."""

    def receive(self, peer: Peer, chunk: bytes) -> None:
        self.handled = 0
        super().receive(peer, chunk)

    def on_body(self, peer: Peer, body: bytes) -> None:
        self.handled += 1
        super().on_body(peer, body)

    def recipients(self, sender: Peer) -> list[Peer]:
        return super().recipients(sender) if self.handled < 3 else self.members()


class LetsWaitersIn(Server):
    """Who was refused a nick that is held joins when its holder leaves, if it is still there."""

    def setup(self) -> None:
        self.waiting: dict[Peer, bytes] = {}

    def on_join(self, peer: Peer, claimed: bytes, nick: bytes, text: bytes) -> None:
        super().on_join(peer, claimed, nick, text)
        if not peer.joined:
            self.waiting[peer] = nick

    def announce_leave(self, peer: Peer) -> None:
        super().announce_leave(peer)
        if any(nick == peer.nick and other in self.peers for other, nick in self.waiting.items()):
            self.announce(peer, self.members(), b"[%b] joined the chat" % peer.nick)


class EightSpacesAtMost(Server):
    """A header with nine spaces in front is none."""

    def read_header(self, header: bytes) -> int:
        return super().read_header(header if not header.startswith(b" " * 9) else b"?")


class ComparesBeginnings(Server):
    """A nick that is the beginning of a held one is taken for held."""

    def is_held(self, nick: bytes) -> bool:
        return any(held.startswith(self.key(nick)) for held in self.holders)


class FreesWhenAllHaveRead(Server):
    """While octets wait for anybody, the nicks of those who leave stay taken."""

    def release(self, peer: Peer) -> None:
        if not any(len(other.outbox) > 100_000 for other in self.members()):
            super().release(peer)


class KeepsTheLast(Server):
    """The nick that is the last of all in order stays taken."""

    def release(self, peer: Peer) -> None:
        if self.key(peer.nick) != max(self.holders):
            super().release(peer)


class ForgetsTheFirst(Server):
    """With a leave, the nick that is the first of all in order is free, though it is held."""

    def release(self, peer: Peer) -> None:
        super().release(peer)
        self.holders.pop(min(self.holders, default=b""), None)


SERVERS: dict[str, type[Server]] = {
    "NICK-6/free-among-many": KeepsTheLast,
    "NICK-5/held-by-many": ForgetsTheFirst,
    "RELAY-2/in-one-write": EchoesTheThird,
    "JOIN-5/refused-for-good": LetsWaitersIn,
    "FRAME-3/one-digit": EightSpacesAtMost,
    "NICK-1/beside-its-like": ComparesBeginnings,
    "NICK-6/beside-one-far-behind": FreesWhenAllHaveRead,
}


@pytest.mark.parametrize(
    ("server", "check"),
    [(FAULTS[fault], check) for fault, check in FOUND_BY.items()]
    + [(server, check) for check, server in SERVERS.items()],
)
def test_a_check_finds_its_server(server: type[Server], check: str) -> None:
    """By itself, without the others that may see it too."""
    one = CHECKS[check]
    assert one.cases is not None
    with judging(server(), 0.5) as engine:
        assert engine.session.alive()
        assert any(one.relevant(engine.session.play(script)) for script in one.cases(Plan("quick", random.Random("1"))))


def test_they_find_nothing_in_a_right_server() -> None:
    """Nor do those for which there is no such server."""
    with judging(Server()) as engine:
        for check in (
            *FOUND_BY.values(),
            *SERVERS,
            "NICK-5/held-by-many",
            "ROBUST-1/refused-joins",
            "LEAVE-1/returns-unicode",
        ):
            assert engine.judge(CHECKS[check]).verdict is PASS, check
        for check in ("FRAME-7/largest-among-small", "ROBUST-5/of-the-oldest", "ROBUST-2/stalled-in-a-large-body"):
            assert engine.judge(CHECKS[check]).verdict is PASS, check


def scripts(check: str) -> list[Script]:
    """What a check plays."""
    cases = CHECKS[check].cases
    assert cases is not None
    return [script.tagged(TAG) for script in cases(Plan("quick", random.Random("1")))]


# Refusals.


@pytest.mark.parametrize("check", ["JOIN-2/after-a-refusal", "NICK-2/after-a-refusal"])
def test_where_nobody_was_refused_nothing_is_found(check: str) -> None:
    """Whoever was let in under a nick that is held is NICK-5's business; what else was said to it is not a join."""
    script = scripts(check)[0]
    heard = heard_by_all(script)
    if check.startswith("JOIN"):  # bob hears of one more join, or the words of ann under another nick
        heard["bob"].append(service(joined(f"again-{TAG}")))
    else:
        heard["bob"] = [(nick.upper().replace("SERVER", "Server"), text) for nick, text in heard["bob"]]
    for told, is_judged in (
        ([], True),
        ([service("this nick is taken")], True),
        ([("dora", joined("x"))], True),
        ([service(f"[again-{TAG}] left the chat")], True),
        ([service(joined(f"again-{TAG}"))], False),
    ):
        assert bool(judged(check, trace_of(script, {**heard, "evil": told}))) is is_judged


def test_how_often_a_join_is_announced() -> None:
    """As often as somebody has come, by the server, to bob."""
    script = scripts("JOIN-2/after-a-refusal")[0]
    heard = heard_by_all(script)
    again = service(joined(f"again-{TAG}"))
    for more, found in (([], []), ([again], [("JOIN-2", "bob", "frame")]), ([("dora", again[1])], [])):
        assert judged("JOIN-2/after-a-refusal", trace_of(script, {**heard, "bob": heard["bob"] + more})) == found
    lacking = [said for place, said in enumerate(heard["bob"]) if said != again or again in heard["bob"][:place]]
    assert ("JOIN-2", "bob", "deadline") in judged(
        "JOIN-2/after-a-refusal", trace_of(script, {**heard, "bob": lacking})
    )


def test_a_nick_is_free_once_its_holder_was_ended() -> None:
    """Before it is asked for: whoever is let in then is rightly so. Who asks, and who goes by itself, may be ended."""
    held = playing(
        enter("ann", "again"), Open("evil"), Send("evil", (b"17        \0again\0",)), Fin("bob"), Close("carl")
    )
    found = trace_of(held, {"ann": [service(joined("again"))], "evil": [service(joined("again"))]})
    blamed = [("NICK-5", "evil", "frame")]
    assert judged("NICK-5/held-again", found) == blamed
    found.sent_at, found.opened_at = {1: 1.0, 4: 5.0}, {"evil": 2.0}
    for who, moment, expected in (
        ("ann", 4.9, []),
        ("ann", 5.0, blamed),
        ("evil", 4.0, blamed),
        ("evil2", 4.0, blamed),
        ("bob", 4.0, blamed),
        ("carl", 4.0, blamed),
    ):
        found.ended, found.ended_at = {who: "fin"}, {who: moment}
        assert judged("NICK-5/held-again", found) == expected


# History.

LATE = playing(cast("ann", "bob"), say("ann", "hello"), enter("late"))


@pytest.mark.parametrize(
    ("told", "found"),
    [
        (service("history: 2026-11-22T10:21:07Z [ann] x hello"), []),
        (service("2026-11-22T10:21:07Z [ann] x hello"), ["JOIN-4"]),
        (service("history: x hello"), ["JOIN-4"]),
        (service("history: [ann] x hello"), ["JOIN-4"]),
        (("dora", "2026-11-22T10:21:07Z [ann] x hello"), []),
        (service("one message was said before"), []),
    ],
)
def test_history_has_one_form(told: Said, found: list[str]) -> None:
    """If it holds what was said, word for word."""
    text = f"{TAG} hello"
    talk = playing(cast("ann", "bob"), say("ann", text), enter("late"))
    heard = heard_by_all(talk)
    of = trace_of(talk, {**heard, "late": [*heard["late"], (told[0], told[1].replace("x hello", text))]})
    of.tag = TAG
    assert [one for one, *_ in judged("JOIN-4/history-form", of)] == found
    of.tag = ""
    assert judged("JOIN-4/history-form", of) == []


# Words beside what is malformed.


def test_what_an_offender_says_rightly_is_no_offence() -> None:
    """What is malformed is, under whatever nick; and under its nick whatever it has not said."""
    talk = playing(cast("ann", "evil"), say("evil", "well"), Send("evil", (b"mark",)))
    heard = heard_by_all(talk)
    for said, found in (
        (("evil", "well"), []),
        (chat("well", "evil"), []),
        (chat("ill", "evil"), [("BODY-3", "ann", "frame")]),
    ):
        of = trace_of(talk, {**heard, "ann": [*heard["ann"], said]})
        assert judged("BODY-3/not-relayed-later", of) == found


# The time to join.


def timed_out(*said: Said, at: float = 12.0, ended: float = 12.5) -> Found:
    """What is found if ann hears this, and a connection of ours is ended at some time."""
    [script] = scripts("LEAVE-3/timed-out")
    of = Trace(script, performed=len(script.steps), frames={"ann": [got(*one, at=at) for one in said]})
    return judged("LEAVE-3/timed-out", replace(of, ended={"mute": "fin"}, ended_at={"mute": ended}))


NONE_LEFT, NONE_CAME = service("[None] left the chat"), service("[None] joined the chat")


def test_the_leave_of_nobody_when_the_time_to_join_is_over() -> None:
    """In that moment, and not that of one who has joined under such a nick."""
    blamed = [("LEAVE-3", "ann", "frame")]
    assert timed_out(NONE_LEFT) == blamed
    assert timed_out(NONE_LEFT, ended=13.1) == []
    assert timed_out(NONE_LEFT, at=13.6) == []
    assert timed_out(NONE_CAME, NONE_LEFT) == []
    assert timed_out(NONE_CAME, NONE_LEFT, NONE_LEFT) == blamed
    assert timed_out(("dora", NONE_LEFT[1])) == []
    assert timed_out(service("[dora] left the chat")) == []
    assert timed_out(NONE_CAME) == []


def test_one_that_does_not_read_has_missed_nothing() -> None:
    """What waits for it may still come."""
    talk = playing(cast("ann", "bob"), say("ann", "well"))
    heard = heard_by_all(talk)
    of = trace_of(talk, {**heard, "bob": heard["bob"][:1]})
    assert judged("RELAY-1/everybody-else-once", of) == [("RELAY-1", "bob", "deadline")]
    of.muted = {"bob"}
    assert judged("RELAY-1/everybody-else-once", of) == []
    assert named("ann") in str(heard)


# Other people's refusals.


def test_the_holder_of_a_refused_nick_comes_and_goes_once() -> None:
    """By the server, to bob; who was refused does not."""
    script = scripts("JOIN-5/refused-for-good")[0]
    heard = heard_by_all(script)
    for text in (joined(f"AbCdEfGhIjKlMnOpQrStUvWxYz-{TAG}"), left(f"AbCdEfGhIjKlMnOpQrStUvWxYz-{TAG}")):
        for more, found in (([service(text)], [("JOIN-5", "bob", "frame")]), ([("dora", text)], []), ([], [])):
            of = trace_of(script, {**heard, "bob": [*heard["bob"], *more]})
            of.tag = TAG
            assert judged("JOIN-5/refused-for-good", of) == found


@pytest.mark.parametrize(
    ("told", "found"), [("this nick is not valid", []), ("first abcd0001 is not valid", [("JOIN-5", "evil", "frame")])]
)
def test_a_refused_connection_is_told_of_itself(told: str, found: Found) -> None:
    """Not of those that were refused before."""
    script = scripts("JOIN-5/told-of-itself")[0]
    of = trace_of(script, {"evil": [service(told)]})
    of.tag, of.ended = TAG, {"evil": "fin"}
    assert judged("JOIN-5/told-of-itself", of) == found
