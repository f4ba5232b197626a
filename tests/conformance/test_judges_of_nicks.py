"""NICK-3 to NICK-6: what the judges of refusals find, and what they let pass."""

from dataclasses import replace

import pytest

from conformance.check import CHECKS
from conformance.faults import Server
from conformance.faults.frames import Peer
from conformance.octets import Out
from conformance.script import TAG as MARK
from conformance.script import Fence, Open, Send, cast, enter
from conformance.trace import Trace
from conformance.verdict import FAIL, PASS, Verdict
from tests.conformance.conversations import TAG, playing, service
from tests.conformance.engines import judging
from tests.conformance.helpers import Said
from tests.conformance.judging import Found, got, judged, raw, trace


def asked(name: str, *behind: bytes) -> Trace:
    """A trace in which somebody asks for a nick."""
    join = Out(name.replace(TAG, MARK)).octets
    return trace(playing(cast("ann"), Open("evil"), Send("evil", (join, *behind)), Send("evil", (b"x",)), Fence()))


def taken(name: str, *told: str, check: str = "NICK-3/invalid") -> Found:
    """What is found if the one who asks is told this by the server."""
    found = asked(name)
    found.frames["evil"] = [got(*service(text)) for text in told]
    return judged(check, found)


def joined(name: str) -> str:
    """The announcement of a join."""
    return f"[{name}] joined the chat"


@pytest.mark.parametrize("check", ["NICK-3/invalid", "NICK-4/server", "NICK-5/held"])
def test_a_nick_that_had_to_be_refused(check: str) -> None:
    """Its join is announced to the one who asked."""
    found = [(check.partition("/")[0], "evil", "frame")]

    assert taken(f"ev\nil{TAG}", joined(f"ev\nil{TAG}"), check=check) == found
    assert taken(f"ev\nil{TAG}", "no such nick", check=check) == []
    assert taken(f"ev\nil{TAG}", f"[ev\nil{TAG}] left the chat", check=check) == []
    assert taken(f"ev\nil{TAG}", check=check) == []


@pytest.mark.parametrize(
    ("name", "given"),
    [
        (f" evil{TAG}", f"evil{TAG}"),
        (f"ev\til{TAG}", f"evil{TAG}"),
        (f"EVIL{TAG}\n", f"evil{TAG}"),
        (f"{'e' * 65}", "e" * 64),
        (" ", ""),
        ("", ""),
        ("", " "),
        ("!", "!"),
    ],
)
def test_a_nick_that_is_taken_after_mending(name: str, given: str) -> None:
    """Trimmed, cut, folded, or without its odd characters, it is the one that was asked for."""
    assert taken(name, joined(given)) == [("NICK-3", "evil", "frame")]


@pytest.mark.parametrize(
    ("name", "given"),
    [("evil", "ann"), ("evil", "evil2"), ("evil", "vil"), ("evil", "??"), ("", "ann"), (" ", "ann"), ("!", "?")],
)
def test_another_nick_is_no_mended_one(name: str, given: str) -> None:
    """A guest's number, say, is the server's own choice."""
    assert taken(name, joined(given)) == []


def test_chat_announces_nobody() -> None:
    """Only the server does."""
    found = asked("evil")
    found.frames["evil"] = [got("dora", joined("evil"))]
    found.frames["ann"] = [got("dora", joined("evil"))]

    assert judged("NICK-3/invalid", found) == []


@pytest.mark.parametrize(
    ("said", "at", "blamed"),
    [
        (joined("Evil "), 5.0, True),
        (joined("Evil "), 7.0, True),
        (joined("Evil "), 4.9, False),  # before the connection was there: somebody else's
        (joined("Evil"), 5.0, False),  # others hear of other nicks
        ("[Evil ] left the chat", 5.0, False),
        ("hello", 5.0, False),
    ],
)
def test_a_join_that_only_others_hear_of(said: str, at: float, blamed: bool) -> None:
    """Octet for octet, and not from before the connection."""
    found = asked("Evil ")
    found.opened_at["evil"] = 5.0
    found.frames["ann"] = [got(*service(said), at=at)]

    assert judged("NICK-3/invalid", found) == ([("NICK-3", "evil", "frame")] if blamed else [])


def test_what_is_shown_of_both() -> None:
    """What the one who asked was told; without its time of opening, whatever others heard."""
    both = asked(" evil")
    both.frames = {"evil": [got(*service(joined("evil")))], "ann": [got(*service(joined(" evil")), at=50.0)]}
    [first] = CHECKS["NICK-3/invalid"].judge(both)
    del both.frames["evil"]

    assert first.seen == "['Server'] '[evil] joined the chat'"
    assert judged("NICK-3/invalid", both) == [("NICK-3", "evil", "frame")]


SAME = playing(
    cast("ann"),
    [Open(f"evil{place}") for place in range(2)],
    [Send(f"evil{place}", (Out(f"same-{MARK}").octets,)) for place in (1, 0)],
)
COME, GO = service(f"[same-{TAG}] joined the chat"), service(f"[same-{TAG}] left the chat")


@pytest.mark.parametrize(
    ("said", "blamed"),
    [
        ([COME], False),
        ([COME, COME], True),
        ([COME, GO, COME], False),
        ([COME, GO, COME, COME], True),
        ([COME, ("dora", COME[1])], False),
        ([COME, service("[other] joined the chat"), service("[other] joined the chat")], False),
        ([COME, service("hello"), service("hello")], False),
        ([], False),
    ],
)
def test_one_nick_for_several_at_once(said: list[Said], blamed: bool) -> None:
    """Joined again, and not left between."""
    found = trace(SAME, ann=[got(*one) for one in said])

    assert judged("NICK-5/at-once", found) == ([("NICK-5", "ann", "frame")] if blamed else [])


def test_nobody_asks() -> None:
    """A playing that did not come so far shows nothing."""
    early = trace(playing(cast("ann")), ann=[got(*COME), got(*COME)], evil=[got(*service(joined("evil")))])

    assert judged("NICK-5/at-once", early) == []
    assert judged("NICK-3/invalid", early) == []


class EndFrees(Server):
    """Where the end of a refused connection frees the nick that it asked for."""

    def setup(self) -> None:
        self.asked: dict[Peer, bytes] = {}

    def on_join(self, peer: Peer, claimed: bytes, nick: bytes, text: bytes) -> None:
        super().on_join(peer, claimed, nick, text)
        if not peer.joined:
            self.asked[peer] = nick

    def drop(self, peer: Peer) -> None:
        super().drop(peer)
        if peer in self.asked:
            self.holders.pop(self.key(self.asked[peer]), None)


@pytest.mark.parametrize(("server", "verdict"), [(Server, PASS), (EndFrees, FAIL)])
def test_the_end_of_who_was_refused_frees_no_nick(server: type[Server], verdict: Verdict) -> None:
    """It is asked for again behind that."""
    with judging(server()) as engine:
        assert engine.judge(CHECKS["NICK-5/held"]).verdict is verdict


LONG = "é😀" * 20
CUT = b"\0Server\0" + f"[{LONG}".encode()[:61] + b"\xf0\x9f"


@pytest.mark.parametrize(
    ("body", "behind", "is_cut"),
    [
        (CUT, {}, True),
        (CUT, {"garbage": {"bob": b"\x98\x80"}}, False),  # its length was too short: FRAME-5
        (CUT, {"unfinished": {"bob": b"\x98"}}, False),
        (CUT.replace(b"Server", b"server"), {}, False),  # chat
        (CUT.replace(b"[", b""), {}, False),  # of no announcement of theirs
        (CUT[:-2], {}, False),  # between two characters: the judge of all nicks finds that
    ],
)
def test_an_announcement_that_ends_inside_a_character(
    body: bytes, behind: dict[str, dict[str, bytes]], *, is_cut: bool
) -> None:
    """It names another nick, if the frame is whole."""
    found = trace(playing(cast("bob"), enter("ann", LONG)), bob=[raw(body)])
    for name, octets in behind.items():
        setattr(found, name, octets)

    assert (("NICK-2", "bob", "frame") in judged("NICK-2/longest", found)) is is_cut


GONE = service(f"[carl-{TAG}] left the chat")


@pytest.mark.parametrize(
    ("said", "is_found"),
    [
        ([GONE], False),
        ([GONE, GONE], True),
        ([GONE, service(f"[dora-{TAG}] left the chat")], False),
        ([service("[stranger] left the chat")] * 2, False),
        ([service(joined(f"carl-{TAG}")), GONE], False),
        ([GONE, ("x", GONE[1])], False),
    ],
)
def test_a_member_that_leaves_once_more(said: list[Said], *, is_found: bool) -> None:
    """Nobody leaves twice; strangers may."""
    seen = replace(trace(playing(cast("ann")), ann=[got(*one) for one in said]), tag=TAG)

    assert judged("LEAVE-3/in-the-place-of-members", seen) == ([("LEAVE-3", "ann", "frame")] if is_found else [])


@pytest.mark.parametrize(
    ("said", "is_found"),
    [
        ([], False),
        ([f"behind {TAG}"], True),
        ([f"forged {TAG} xxxx"], False),
        ([f"forged {TAG} xxxx", f"behind {TAG}"], False),
        (["forged", f"behind {TAG}"], True),
        (["behind"], False),
    ],
)
def test_a_forged_frame_that_is_passed_over(said: list[str], *, is_found: bool) -> None:
    """Whoever is heard behind it was not closed for it."""
    seen = replace(trace(playing(cast("ann")), ann=[got(f"evil-{TAG}", one) for one in said]), tag=TAG)

    assert judged("RELAY-5/claimed-nothing", seen) == ([("RELAY-5", "ann", "sentinel")] if is_found else [])
