"""Playing scripts against servers in threads: what is recorded, what is proven, and what is left behind."""

import os
import socket

import pytest

from conformance.differences import differences
from conformance.faults import Server
from conformance.faults.frames import Peer
from conformance.octets import Out
from conformance.play import play
from conformance.script import (
    TAG,
    Answered,
    Apart,
    Close,
    Ended,
    Entered,
    Fence,
    Fin,
    Hears,
    Idle,
    Measure,
    Mute,
    Open,
    Quiet,
    Rst,
    Send,
    Settle,
    Unmute,
    burst,
    cast,
    enter,
    nick,
    say,
    script,
    sentinel,
)
from tests.conformance.helpers import Scripted, ids, scripted, stage_for
from tests.conformance.plays import Closing, Deaf, Recording, performing, played
from tests.conformance.wires import silent


def test_a_faithful_server_is_played_without_a_difference() -> None:
    """Everything is recorded under a tag of its own, and every connection of the playing is closed."""
    with performing(Server()) as stage:
        trace = played(stage, cast("ann", "bob"), say("ann", f"hi {TAG}"), Fin("bob"), Settle(), sentinel("ann"))

        assert differences(trace) == []
        assert trace.expired is None
        assert trace.performed == len(trace.script.steps) == len(trace.waits)
        assert TAG not in repr(trace.script)
        assert trace.frames["bob"][1].text == f"hi {trace.script.steps[1].octets[-9:-1].decode()}"  # type: ignore[union-attr]
        assert set(trace.opened_at) == {"ann", "bob"}
        assert trace.sent_at.keys() == {number for number, step in enumerate(trace.steps) if isinstance(step, Send)}
        assert trace.round_trip > 0
        assert len(stage.sockets.serving) == 2  # the canary


def test_in_the_background_only_what_is_its_own_is_kept() -> None:
    """And who comes and goes. Others may say much meanwhile; who does not stand aside keeps that."""
    texts = []
    with performing(Server()) as stage:
        for aside in (True, False):
            listening = script(cast("ann"), Hears("ann", f"over {TAG}"))
            number = stage.begin(play(stage, listening, 1.0, aside=aside))
            played(stage, cast("bob"), say("bob", "for everybody"), Fence())
            texts.append([frame.text for frame in stage.finish(number).frames["ann"]])

    assert all(text.endswith(" the chat") for text in texts[0])
    assert len(texts[0]) >= 2
    assert "for everybody" in texts[1]


def test_in_the_background_a_connection_that_has_not_joined_keeps_all_that_it_hears() -> None:
    """It is all for it, whatever it is."""

    class Greeting(Server):
        def on_connect(self, peer: Peer) -> None:
            self.service(peer, b"good day")

    with performing(Greeting()) as stage:
        number = stage.begin(
            play(stage, script(Open("ann"), Hears("ann", "good day"), enter("ann")[1:]), 1.0, aside=True)
        )
        trace = stage.finish(number)

    assert trace.frames["ann"][0].text == "good day"
    assert trace.expired is None


def test_the_entries_are_the_conversation_in_order() -> None:
    """What was sent, received, and became of the connections."""
    with performing(Server()) as stage:
        trace = played(
            stage, enter("ann"), enter("bob"), burst("bob", "x"), Settle(), Fin("bob"), Ended("bob"), Rst("ann")
        )

        assert [entry.at for entry in trace.entries] == sorted(entry.at for entry in trace.entries)
        assert [entry.what for entry in trace.entries if entry.who == "bob"] == [
            "opened",
            "sent",
            "received",
            "sent",
            "finished",
            "fin",
        ]
        assert [entry.what for entry in trace.entries if entry.who == "ann"][:2] == ["opened", "sent"]
        assert "aborted" in [entry.what for entry in trace.entries if entry.who == "ann"]
        sent = [entry.octets for entry in trace.entries if entry.what == "sent"]
        assert sent == [step.octets for step in trace.steps if isinstance(step, Send)]
        assert trace.ended == {"bob": "fin"}


def test_each_playing_has_its_own_tag() -> None:
    """The same script twice, and side by side: no nick is taken."""
    with performing(Server()) as stage:
        twice = script(cast("ann", "bob"), sentinel("ann"))
        traces = stage.run([play(stage, twice) for _ in range(6)], 6)

        assert len({trace.script for trace in traces}) == 6
        assert [differences(trace) for trace in traces] == [[]] * 6


def test_a_wait_that_runs_out_ends_the_playing() -> None:
    """The step is named, those behind it are neither played nor owed, and it waited as long as it was told."""
    with performing(Deaf(), patience=0.15) as stage:
        trace = played(stage, cast("bob", "ann"), say("ann", "x"))

        assert trace.expired == Settle()
        assert trace.performed == 6
        assert trace.entries[-1].what == "expired"
        assert trace.waits[5] >= 0.15
        assert ids(differences(trace)) == {"JOIN-2"}
        assert {found.decided_by for found in differences(trace)} == {"deadline"}


def test_the_patience_of_one_playing() -> None:
    """Shorter than the stage's, for repetitions."""
    with performing(Deaf(), patience=500.0) as stage:
        assert played(stage, cast("ann"), patience=0.05).expired == Settle()
        assert played(
            stage, Open("ann"), Send("ann", (Out(nick("ann")),)), Entered("ann"), patience=0.05
        ).expired == Entered("ann")
        assert played(stage, Open("ann"), Ended("ann"), patience=0.05).expired == Ended("ann")


def test_entered_waits_for_the_own_join_alone() -> None:
    """Whatever else is owed, to whomever, has not arrived: ann hears nothing, and bob goes on."""
    with performing(Deaf(), patience=500.0) as stage:
        joins = [step for who in ("ann", "bob") for step in (Open(who), Send(who, (Out(nick(who)),)))]
        trace = played(stage, joins, Entered("bob"), burst("bob", "x"), Fence())

        assert trace.expired is None
        assert not any(frame.is_service for frame in trace.frames["ann"])
        assert differences(trace) != []


def test_hears_waits_for_one_text_whatever_the_party_has_done() -> None:
    """Nothing is owed to who is inside a frame of its own, and yet it may be waited for; not for ever, nor once it is over."""
    with performing(Closing(), patience=500.0) as stage:
        text = f"hi {TAG}"
        inside = [*cast("ann", "bob"), Send("bob", (b"50     ",)), Fence()]
        heard = played(stage, inside, burst("ann", text), Hears("bob", text))
        unheard = played(stage, inside, Hears("bob", text), patience=0.05)
        over = played(stage, cast("ann", "bob"), burst("bob", "close"), Hears("bob", text))

        assert heard.expired is None
        assert heard.frames["bob"][-1].text == heard.script.steps[-1].text  # type: ignore[union-attr]
        assert TAG not in heard.frames["bob"][-1].text
        assert isinstance(unheard.expired, Hears)
        assert (over.expired, over.ended["bob"]) == (None, "fin")


@pytest.mark.parametrize(("text", "ending"), [("close", "fin"), ("reset", "reset")])
def test_a_server_that_closes_midway_is_not_waited_for(text: str, ending: str) -> None:
    """What was owed cannot arrive any more: the playing goes on at once, and the trace tells how it ended."""
    with performing(Closing(), patience=500.0) as stage:
        trace = played(
            stage,
            cast("ann", "bob"),
            burst("ann", "x"),
            Settle(),
            burst("ann", text),
            Ended("ann"),
            sentinel("ann"),
            sentinel("bob"),
        )

        assert trace.expired is None
        assert trace.performed == len(trace.script.steps)
        assert trace.ended["ann"] == ending
        assert trace.ended_at["ann"] > trace.opened_at["ann"]
        assert {found.decided_by for found in differences(trace) if found.requirement == "RELAY-1"} == {"closed"}


def test_nobody_listens() -> None:
    """Every party is unreachable, nothing is waited for, and it is no error."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        address = listener.getsockname()
    with stage_for(address, patience=500.0) as stage:
        trace = played(stage, cast("ann", "bob"), sentinel("ann"), Fin("ann"), Rst("bob"), Fence())

        assert trace.ended == {"ann": "unreachable", "bob": "unreachable"}
        assert trace.expired is None
        assert ids(differences(trace)) <= {"JOIN-2", "RELAY-1", "LEAVE-1"}
        assert stage.sockets.serving == set()


@pytest.mark.parametrize(("end", "seen"), [(Fin, "fin"), (Close, "fin"), (Rst, "reset")])
def test_how_a_party_ends_is_what_the_server_sees(end: type[Fin | Close | Rst], seen: str) -> None:
    """And what was written before is there."""
    server = Recording()
    with performing(server) as stage:
        trace = played(stage, cast("ann", "bob"), burst("bob", "last"), Settle(), end("bob"), Settle(), sentinel("ann"))

        assert differences(trace) == []
        assert "last" in [frame.text for frame in trace.frames["ann"]]
        assert server.ends[f"bob-{trace.script.steps[1].octets[-9:-1].decode()}".encode()] == seen  # type: ignore[union-attr]


def test_a_mute_party_reads_when_it_is_told_to() -> None:
    """Nobody waits for it meanwhile, and then it has everything."""
    with performing(Server()) as stage:
        many = [*burst("ann", *(f"{number} " + "x" * 200_000 for number in range(8))), Settle(), Fence()]
        trace = played(
            stage, cast("ann", "bob"), Mute("bob"), many, sentinel("ann", 1), Unmute("bob"), sentinel("ann", 2)
        )

        assert differences(trace) == []
        assert len([frame for frame in trace.frames["bob"] if frame.nick.startswith("ann-")]) == 10


def test_what_the_process_holds_is_written_down() -> None:
    """Where its process is known; else nothing is."""
    with performing(Server()) as stage:
        assert played(stage, Measure()).usage == []
        stage.pid = os.getpid()
        assert len(played(stage, Measure(), cast("ann"), Measure()).usage) == 2


def test_quiet_waits_for_a_time_and_expires_nothing() -> None:
    """A requirement speaks of it."""
    with performing(Server()) as stage:
        trace = played(stage, cast("ann"), Quiet(0.05), sentinel("ann"))

        assert trace.expired is None
        assert trace.waits[3] >= 0.05


def test_garbage_and_unfinished_frames_are_kept() -> None:
    """And nothing is waited for behind garbage."""

    def handle(server: Scripted, sock: socket.socket, number: int) -> None:
        server.recv(sock, number)
        sock.sendall((b"not a header", b"50        half")[number])
        silent(server, sock, number)

    with scripted(handle) as server, stage_for(server.address, patience=0.1) as stage:
        trace = played(stage, cast("ann"))
        late = played(stage, cast("bob"))

        assert (trace.garbage, trace.expired) == ({"ann": b"not a header"}, None)
        assert (late.unfinished, late.expired) == ({"bob": b"50        half"}, Settle())
        assert "FRAME-1" in ids(differences(late))


def test_a_hundred_parties_in_one_script() -> None:
    """Each joins and is heard by all; behind it nothing is left open but the canary."""
    with performing(Server()) as stage:
        crowd = [f"m{number}" for number in range(100)]
        joining = [step for who in crowd for step in (Open(who), Send(who, (Out(nick(who)),)))]
        trace = played(stage, joining, Settle(), sentinel(crowd[0]))

        assert trace.expired is None
        assert trace.frames["m99"][-1].text.startswith("sentinel")
        assert len(trace.frames["m0"]) == 100
        assert len(stage.sockets.serving) == 2


def test_answered_waits_for_a_frame_or_the_end_and_expires_nothing() -> None:
    """Whatever it was: an acceptance, a close, or neither within a moment."""
    with performing(Closing(), patience=500.0) as stage:
        taken = played(stage, Open("ann"), Send("ann", (Out(nick("ann")),)), Answered("ann"))
        closed = played(stage, cast("ann", "bob"), burst("bob", "close"), Answered("bob"))
        assert [frame.text for frame in taken.frames["ann"]] == [
            f"[{nick('ann')}] joined the chat".replace(TAG, taken.tag)
        ]
        assert (closed.expired, closed.performed) == (None, len(closed.script.steps))
    with performing(Deaf(), patience=0.05) as stage:
        silent = played(stage, Open("ann"), Answered("ann"), Open("bob"))
        assert (silent.expired, silent.performed) == (None, 3)


def test_idle_ends_when_as_much_has_come_to_the_canary() -> None:
    """Or when it is gone; else after its time."""
    with performing(Server()) as stage:
        stage.run([stage.pulse.begin(5.0)])
        assert stage.pulse.received > 0
        begun = stage.pulse.received
        full = played(stage, cast("ann"), Open("bob"), Idle(500.0, 0), burst("ann", "x"), Fence())
        timed = played(stage, cast("ann"), Idle(0.05, 10**9))
        stage.pulse.end()
        alone = played(stage, cast("ann"), Idle(500.0, 10**9))

        assert stage.pulse.received < begun
        assert [one.expired for one in (full, timed, alone)] == [None, None, None]
        assert timed.waits[3] >= 0.05


def test_apart_waits_for_the_canary_and_of_a_slow_server_only_for_a_moment() -> None:
    """That keeps two writes apart."""
    with performing(Server(), patience=500.0) as stage:
        stage.run([stage.pulse.begin(5.0)])
        trips = len(stage.pulse.trips)
        assert played(stage, cast("ann"), Apart()).expired is None
        assert len(stage.pulse.trips) == trips + 2
        stage.pulse.trips[:] = [9.0]
        assert played(stage, cast("ann"), Apart()).waits[3] <= 1.0
