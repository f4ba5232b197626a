"""What a session makes of playings, of strangers, and of a server that lets nobody in."""

from typing import Any
from typing import cast as cast_

import pytest

from conformance.octets import Out
from conformance.script import TAG as TAG_
from conformance.script import Open, Script, Send, cast, enter, script, sentinel
from conformance.session import Session
from conformance.trace import Entry, Trace
from tests.conformance.engines import TALK
from tests.conformance.helpers import Said
from tests.conformance.stages import (
    Bare,
    Bench,
    Startable,
    Turn,
    echoing,
    faithful,
    gone,
    heard,
    late,
    losing,
    shut,
    shut_out,
    stuck,
)


@pytest.fixture
def bench(monkeypatch: pytest.MonkeyPatch) -> Bench:
    """A session without sockets."""
    return Bench(monkeypatch)


# How long it waits.


@pytest.mark.parametrize(
    ("round_trip", "short", "hurried"), [(0.0, 2.0, 0.25), (0.04, 2.0, 1.6), (0.1, 4.0, 4.0), (1.0, 5.0, 5.0)]
)
def test_short_waits(bench: Bench, round_trip: float, short: float, hurried: float) -> None:
    """Forty round trips, but no more than the whole wait; in repetitions 2 s at least, above the delays that are allowed. In
    a hurry less: what shows then has to stand a whole wait."""
    bench.canary.round_trip = round_trip
    assert bench.session.short_patience == pytest.approx(short)
    assert bench.session.patience == 5.0
    bench.session.hurried = True
    assert bench.session.patience == pytest.approx(hurried)


def test_where_nobody_could_ever_join_waits_are_short(bench: Bench) -> None:
    """After one whole wait for the canary; it is not tried again."""
    bench.canary.lived = False
    bench.canary.begins = [False]

    assert not bench.session.alive()
    assert (bench.session.patience, bench.canary.waits) == (5.0, [5.0])
    assert not bench.session.alive()
    assert (bench.session.patience, bench.canary.waits) == (2.0, [5.0])
    assert (bench.session.gone, bench.session.deaths) == (None, [])


def test_one_wait_may_be_another(bench: Bench) -> None:
    """If it is said."""
    bench.session.play(TALK, 0.5)
    bench.session.play(TALK)
    assert bench.played == [(TALK, 0.5), (TALK, 5.0)]


def test_side_by_side_unless_gently(bench: Bench) -> None:
    """Up to the first that is as asked."""
    traces = bench.session.play_all([TALK] * 5, 3, lambda trace: True)
    bench.session.gentle = True
    bench.session.play_all([TALK], 3, lambda trace: True)
    assert (len(traces), bench.stage.widths) == (1, [3, 1])


# The canary.


def test_a_canary_that_is_there_stays(bench: Bench) -> None:
    """One question is enough."""
    assert bench.session.alive()
    assert bench.canary.waits == [5.0]


def test_a_canary_that_has_lived_is_asked_twice(bench: Bench) -> None:
    """Each time with a whole wait."""
    bench.canary.begins = [False, True]
    assert bench.session.alive()
    assert bench.canary.waits == [5.0, 5.0]
    assert bench.session.deaths == []


def test_a_canary_that_never_lived_is_asked_once(bench: Bench) -> None:
    """JOIN-2 says it better."""
    bench.canary.lived = False
    bench.canary.begins = [False, True]
    assert not bench.session.alive()
    assert len(bench.canary.waits) == 1


def test_a_first_canary_that_comes_is_there(bench: Bench) -> None:
    """And later ones too."""
    bench.canary.lived = False
    assert [bench.session.alive() for _ in range(3)] == [True] * 3


def test_a_check_alone_asks_for_no_canary(bench: Bench) -> None:
    """It sends it away; a server that is gone is not asked at all."""
    bench.session.alone = True
    bench.canary.begins = [False]
    assert bench.session.alive()
    bench.session.play(TALK)
    assert bench.canary.ends == 1

    bench.session.alone = False
    bench.session.play(TALK)
    assert bench.canary.ends == 1
    bench.session.gone = "the server ended"
    assert not bench.session.alive()
    assert bench.canary.waits == []


@pytest.mark.parametrize(
    ("turns", "begins", "alone", "plays"),
    [
        ([gone, faithful], [True], False, 2),
        ([gone, gone], [True], False, 2),
        ([gone, faithful], [False], False, 1),  # it does not come back
        ([gone, faithful], [True], True, 1),  # nobody looks
        ([faithful], [True], False, 1),
        ([losing], [True], False, 1),
    ],
)
def test_what_began_too_late_is_played_again_when_the_server_is_back(
    bench: Bench, turns: list[Turn], begins: list[bool], alone: bool, plays: int
) -> None:
    """The canary has looked whether it has gone: it would not notice by itself."""
    bench.turns[:], bench.canary.begins, bench.session.alone = turns, begins, alone
    trace = bench.session.play(TALK)
    assert len(bench.played) == plays
    assert trace.began_too_late == (turns[:plays][-1] is gone)
    assert bench.canary.trips == ([1] if turns[0] is gone and not alone else [])


def test_a_conversation_that_found_nobody_is_no_one_s_death(bench: Bench) -> None:
    """What the server died of came before it."""
    bench.turns[:] = [faithful, gone]
    session = bench.startable()
    session.play(TALK)
    bench.canary.begins, bench.target.restarts = [False], [False]
    session.play(TALK)
    assert len(session.fatal) == 1


def test_one_of_several_that_cannot_connect_has_not_begun_too_late(bench: Bench) -> None:
    """The first could."""
    trace = gone(TALK)
    assert trace.began_too_late
    del trace.ended[TALK.parties[0]]
    assert not trace.began_too_late


def test_the_canary_is_in_time_within_what_is_allowed(bench: Bench) -> None:
    """One round trip within 1 s and twenty times the median."""
    bench.canary.in_time = [True, False]
    bench.canary.round_trip = 0.05
    bench.turns = [late]
    assert bench.session.canary_in_time()
    assert not bench.session.canary_in_time()
    assert bench.canary.trips == [1, 1]
    assert bench.stage.waited == [pytest.approx(2.0)] * 2


@pytest.mark.parametrize(
    ("turn", "in_time", "is_lost"),
    [
        (faithful, [False], True),
        (faithful, [False, True], False),  # it was late, and is not any more
        (late, [False], False),  # as are all others: the machine may be busy
        (stuck, [False], False),
        (echoing, [False], False),
        (shut_out, [False], False),
    ],
)
def test_a_canary_that_alone_is_not_served_is_not_late(
    bench: Bench, turn: Turn, in_time: list[bool], is_lost: bool
) -> None:
    """Two who come are, and it still is not: the server has forgotten it. Another one takes its place."""
    bench.canary.in_time = list(in_time)
    bench.turns = [turn]
    bench.session.play(TALK)
    bench.played.clear()
    before = list(bench.session.recent)
    assert bench.session.canary_in_time() is is_lost
    assert [patience for _, patience in bench.played] == [bench.session.short_patience]
    assert bench.canary.ends == is_lost
    assert list(bench.session.recent) == before  # whoever died meanwhile has died of that


def test_without_a_canary_the_whole_wait_has_to_do(bench: Bench) -> None:
    """Nobody can say."""
    bench.canary.in_time = [False]
    bench.session.alone = True
    assert bench.session.canary_in_time()
    bench.session.alone = False
    bench.canary.alive = False
    assert bench.session.canary_in_time()
    assert bench.canary.trips == []


def test_the_canary_is_waited_for_no_longer_than_it_takes(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """The wait ends with the round trip."""

    def run(stage: Bare, playings: Any) -> list[bool]:
        [playing] = playings
        assert next(playing).condition()
        return [True]

    monkeypatch.setattr(Bare, "run", run)
    assert bench.session.canary_in_time()


def test_a_canary_that_ends_meanwhile_is_not_late(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """As one whose frames cannot be told apart any more, because the server counts wrongly: it has been sent something."""
    bench.canary.in_time = [False]

    def run(stage: Bare, playings: Any) -> list[bool]:
        [playing] = playings
        wait = next(playing)
        assert not wait.condition()
        bench.canary.alive = False
        assert wait.condition()
        return [True]

    monkeypatch.setattr(Bare, "run", run)
    assert bench.session.canary_in_time()


# Servers that die.


def test_a_server_that_is_not_ours_is_gone(bench: Bench) -> None:
    """The reason names the check."""
    bench.session.current = "FRAME-4/malformed-headers"
    bench.canary.begins = [False]
    assert not bench.session.alive()
    assert bench.session.deaths == ["lets nobody join any more, during FRAME-4/malformed-headers"]
    assert bench.session.gone == "the server lets nobody join any more, during FRAME-4/malformed-headers"


def test_a_server_that_is_ours_is_started_again(bench: Bench) -> None:
    """Its process id is another one; how it ended is told."""
    session = bench.startable()
    session.current = "FRAME-4/malformed-headers"
    bench.target.status = 3
    bench.canary.begins = [False, False, True]

    assert session.alive()
    assert session.gone is None
    assert session.deaths == ["ended with status 3, during FRAME-4/malformed-headers"]
    assert (bench.target.starts, bench.target.seconds, bench.stage.pid) == (1, [0.5], 4711)
    assert bench.canary.waits == [5.0] * 3


@pytest.mark.parametrize(("restarts", "begins"), [([False], [False]), ([True], [False])])
def test_a_server_that_does_not_come_back_is_gone(bench: Bench, restarts: list[bool], begins: list[bool]) -> None:
    """Whether it cannot be started, or lets nobody in then."""
    session = bench.startable()
    session.current = "FRAME-4/a"
    bench.target.restarts, bench.canary.begins, bench.target.status = restarts, begins, 0
    assert not session.alive()
    assert session.gone == "the server ended with status 0, during FRAME-4/a"
    assert len(bench.canary.waits) == 2 + restarts[0]


@pytest.mark.parametrize(("status", "most"), [(1, 20), (None, 3)])
def test_a_server_that_dies_at_everything_is_not_worth_more(bench: Bench, status: int | None, most: int) -> None:
    """Twenty deaths; three, if each was found out by two whole waits."""
    session = bench.startable()
    bench.target.status = status
    bench.canary.begins = [False, False, True] * (most + 1)
    assert [session.alive() for _ in range(most + 1)] == [True] * most + [False]
    assert bench.target.starts == most


def test_what_it_may_have_died_of_is_what_was_played_last(bench: Bench) -> None:
    """Before the first time; what came after a restart is another death's."""
    session = bench.startable()
    other = script(cast("ann", "bob"), sentinel("ann"))
    bench.target.status = 1
    assert session.fatal == []
    for one in (TALK, other):
        session.play(one)
        bench.canary.begins = [False, False, True]
        assert session.alive()
        assert [len(one.steps) for one in session.fatal] == [len(TALK.steps)] != [len(other.steps)]
    assert len(session.deaths) == 2


def test_the_last_octets_are_told(bench: Bench) -> None:
    """Of the last playing, the last that were sent, cut short."""

    def sent(one: Script) -> Trace:
        trace = faithful(one)
        trace.entries = [
            Entry(1.0, "ann", "sent", b"first"),
            Entry(2.0, "bob", "sent", b"x" * 100),
            Entry(3.0, "ann", "received", frame=trace.frames["ann"][0]),
        ]
        return trace

    bench.turns = [sent]
    bench.session.current = "FRAME-4/a"
    bench.session.play(TALK)
    bench.canary.begins = [False]
    bench.session.alive()
    assert bench.session.deaths == [
        f"lets nobody join any more, during FRAME-4/a; the last octets were {b'x' * 60!r} of bob"
    ]


# Servers that shut everybody out.


def test_a_server_that_shuts_out_newcomers_is_started_again(bench: Bench) -> None:
    """If two plain ones cannot come in."""
    session = bench.startable()
    bench.turns = [shut]
    assert session.shuts_out()
    assert bench.scripts == [script(cast("ann", "bob"), sentinel("ann"))]
    assert bench.target.starts == 1

    bench.target.restarts = [False]
    assert not session.shuts_out()


@pytest.mark.parametrize("turn", [faithful, late, echoing])
def test_a_server_that_lets_them_in_is_left_alone(bench: Bench, turn: object) -> None:
    """Whatever else is wrong."""
    session = bench.startable()
    bench.turns = [turn]  # type: ignore[list-item]
    assert not session.shuts_out()
    assert (len(bench.played), bench.target.starts) == (1, 0)


def test_what_cannot_be_started_again_is_not_asked(bench: Bench) -> None:
    """A server that is gone, or somebody else's, or was hung too often."""
    bench.turns = [shut]
    assert not bench.session.shuts_out()
    session = bench.startable()
    bench.target.command = None
    assert not session.shuts_out()
    bench.target.command = ["server"]
    session.gone = "the server ended"
    assert not session.shuts_out()
    assert bench.played == []

    session.gone = None
    assert [session.shuts_out() for _ in range(5)] == [True] * 3 + [False] * 2
    assert (len(bench.played), bench.target.starts) == (3, 3)


# The account.


def test_every_playing_is_counted(bench: Bench) -> None:
    """Scripts, connections, frames and cuts; the account is of all of them."""

    def cut(one: Script) -> Trace:
        trace = faithful(one)
        trace.cuts_confirmed, trace.cuts_likely = 3, 2
        return trace

    bench.turns = [cut]
    for _ in range(2):
        bench.session.play(script(cast("ann", "bob", "carl"), sentinel("ann")))
    session = bench.session
    assert (session.played, session.connections, session.frames) == (2, 6, 2 * (3 + 2 + 1 + 2))
    assert (session.cuts_confirmed, session.cuts_likely) == (6, 4)


def test_what_is_seen_in_passing_is_written_down(bench: Bench) -> None:
    """Under the check that was under way when the playing began."""
    bench.turns = [echoing]
    bench.session.current = "FRAME-3/a"
    bench.session.play(TALK)
    [one] = bench.session.suspicions.found.values()
    assert (one.check, one.script, one.difference.requirement) == ("FRAME-3/a", TALK, "RELAY-2")


# Strangers.


def visited(bench: Bench, *said: Said, gentle: bool | None = None, before: Script | None = None) -> bool:
    """Whether a run goes on gently when this is heard."""
    session = bench.session
    session.gentle = gentle
    if before is not None:
        session.play(before)
    bench.turns = [lambda one: heard(one, lambda frames: frames["bob"].extend(said))]
    session.play(TALK)
    assert ("strangers" in session.choices) is (session.gentle is True)
    return session.gentle is True


@pytest.mark.parametrize(
    ("said", "gentle"),
    [
        (("visitor", "good morning"), True),
        (("Server", "[visitor] left the chat"), True),
        (("Server", "[visitor] joined the chat"), False),
        (("Server", "the room is open until ten"), False),
        (("guest", "x"), False),
        (("", "x"), False),
        (("\ufffdx", "x"), False),  # what was no UTF-8
        (("Server", "[127.0.0.1:5000] left the chat"), False),
        (("a-abcd0001", "x"), False),
        (("A-ABCD0001", "x"), False),
        (("visitor", "of abcd0001"), False),
        (("visitor", "OF ABCD0001"), False),
        (("ann", "x"), False),
        (("ANN-", "x"), False),
        (("nn-", "x"), False),
        (("bo", "x"), False),
        (("hell", "x"), False),  # of a text that was taken for a nick
        (("evi", "x"), True),  # nobody of that name was played
        (("annabel", "x"), True),
        (("pulse-x", "x"), True),
        (("puls", "x"), False),
        (("canary-", "x"), False),
    ],
)
def test_who_is_a_stranger(bench: Bench, said: Said, gentle: bool) -> None:
    """Who speaks or leaves, and has nothing of ours in the name or the text; what is left of our names is none."""
    assert visited(bench, said) is gentle


@pytest.mark.parametrize(
    ("name", "gentle"),
    [("ann-ab", False), ("ANN-ABCD", False), ("ann-@@@@@@", False), ("ann-x", True), ("anna-ab", True), ("ab", True)],
)
def test_a_nick_that_was_cut_is_no_stranger(bench: Bench, name: str, gentle: bool) -> None:
    """Wherever: in front of what is the run's own, or in it."""
    assert visited(bench, ("Server", f"[{name}] left the chat")) is gentle


@pytest.mark.parametrize("other", ["three", "four"])
def test_what_is_left_of_any_nick_that_was_played_is_no_stranger(bench: Bench, other: str) -> None:
    """Whatever the party is called: a server that takes what it reads for a message may take half a nick for one."""
    assert visited(bench, ("thr", "x"), before=script(cast("ann", other), sentinel("ann"))) is (other == "four")


@pytest.mark.parametrize(
    ("nick", "name", "gentle"),
    [
        (f"zed-{TAG_}", "zed", False),  # not the party's own name
        (f"Zed-{TAG_}", "zE", False),
        ("q", "q", False),  # without what is the run's own
        (f"{TAG_}-x", "ab", True),  # nothing stands in front of it
    ],
)
def test_what_is_left_of_a_nick_is_no_stranger(bench: Bench, nick: str, name: str, gentle: bool) -> None:
    """Whoever has had it."""
    assert visited(bench, (name, "x"), before=script(Open("ann"), Send("ann", (Out(nick),)))) is gentle


@pytest.mark.parametrize(("length", "gentle"), [(80, False), (81, True)])
def test_of_a_long_text_the_head_is_remembered(bench: Bench, length: int, gentle: bool) -> None:
    """80 characters, as texts may have millions."""
    text = "".join(chr(0x4E00 + number) for number in range(200))
    before = script(cast("ann", "bob"), Send("ann", (Out("ann", text),)))
    assert visited(bench, (text[:length], "x"), before=before) is gentle


def test_what_is_left_of_a_nick_in_raw_octets_is_no_stranger(bench: Bench) -> None:
    """It has the name of its party."""
    assert not visited(bench, ("bod", "x"), before=script(Open("body"), Send("body", (b"38   ",))))


def test_there_are_no_strangers_on_a_server_that_was_started_for_the_run() -> None:
    """Unless it was only found; and who wants it spared may say so."""
    for command, gentle, expected in ((["server"], None, False), (None, None, None), (["server"], True, True)):
        target = Startable(command)
        assert Session(cast_(Any, Bare()), cast_(Any, target), gentle).gentle is expected


def test_the_whole_playing_is_heard(bench: Bench) -> None:
    """A stranger behind others of ours."""
    assert visited(bench, ("guest", "x"), ("ann", "y"), ("visitor", "z"))


@pytest.mark.parametrize("gentle", [True, False])
def test_who_was_told_how_to_go_on_does_so(bench: Bench, gentle: bool) -> None:
    """Nothing is recorded."""
    bench.session.gentle = gentle
    bench.turns = [lambda one: heard(one, lambda frames: frames["bob"].append(("visitor", "x")))]
    bench.session.play(TALK)
    assert bench.session.gentle is gentle
    assert bench.session.choices == {}


def test_nicks_that_were_played_are_ours(bench: Bench) -> None:
    """However short, and in a later playing too; raw octets have none."""
    short = script(enter("ann", "vi"), Open("evil"), Send("evil", (b"17", Out("wo"))))
    assert not visited(bench, ("vi", "x"), ("wo", "y"), before=short)
    assert visited(bench, ("visitor", "x"))
