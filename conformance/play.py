"""Plays a script against a server and records the trace."""

import time
from collections import Counter
from collections.abc import Callable, Iterator

from conformance.octets import LONG_TEXT, Got, Out
from conformance.peer import Peer
from conformance.playing import Playing, Wait
from conformance.process import usage
from conformance.room import Item, Reading, Room
from conformance.script import (
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
    Script,
    Send,
    Settle,
    Step,
    Unmute,
)
from conformance.stage import Stage
from conformance.trace import Entry, Trace

APART_SECONDS = 0.1  # in which a server most likely reads, however long it takes to answer
MOST_WAITS = 12  # for what is owed, while some of it keeps coming
USAGE_SECONDS = 0.1  # between two looks at what a process holds


def play(stage: Stage, script: Script, patience: float | None = None, *, aside: bool = False) -> Playing[Trace]:
    """Plays a script under a tag of its own; every connection is closed behind it.

    Args:
        patience: seconds of one wait, if another than the stage's.
        aside: in the background of others: what is said there is not kept, as it may be much.
    """
    tag = stage.tag()
    player = _Player(stage, Trace(script.tagged(tag), tag), patience or stage.patience, aside=aside)
    try:
        yield from player.play()
    finally:
        player.close()
    return player.trace


def texts(script: Script) -> Iterator[str]:
    """Each text of its frames."""
    for step in script.steps:
        if isinstance(step, Send):
            yield from (part.text for part in step.parts if isinstance(part, Out))


class _Player:
    def __init__(self, stage: Stage, trace: Trace, patience: float, *, aside: bool) -> None:
        self.stage = stage
        self.only = trace.tag.encode() if aside else None
        self.patience = patience
        self.trace = trace
        self.room = Room()
        self.peers: dict[str, Peer] = {}
        self.readings: dict[str, Reading] = {}
        self.gone: set[str] = set()
        self.known = {text: text for text in texts(trace.script) if len(text) >= LONG_TEXT}
        self.muting = {step.who for step in trace.script.steps if isinstance(step, Mute)}

    def play(self) -> Playing[None]:
        for number, step in enumerate(self.trace.script.steps):
            self.trace.performed = number + 1
            begun = time.monotonic()
            met = yield from self._step(number, step)
            self.trace.waits[number] = time.monotonic() - begun
            if not met:
                self.trace.expired = step
                self._note("", "expired")
                return

    def _step(self, number: int, step: Step) -> Playing[bool]:
        match step:
            case Open(who=who):
                self.room.apply(step)
                self._open(who, small=who in self.muting)
                return (yield from self._until(lambda: self.peers[who].connected or self._over(who)))
            case Send():
                yield from self._send(number, step)
            case Settle():
                met = yield from self._while_it_goes_on(self._settled)
                self.room.apply(step)
                return met
            case Entered(who=who):
                own = Item("joined", who)
                return (yield from self._until(lambda: self.readings[who].seen[own] > 0 or self._over(who)))
            case Hears(who=who, text=text):
                frames = self.peers[who].reader.frames
                return (yield from self._until(lambda: any(f.text == text for f in frames) or self._over(who)))
            case Fence():
                yield from self._fence()
                self.room.apply(step)
            case Apart():
                yield from self._fence(apart=True)
            case Fin(who=who) | Rst(who=who) | Close(who=who):
                yield from self._until(lambda: self.peers[who].flushed)
                self.room.apply(step)
                self._leave(step)
            case Ended(who=who):
                return (yield from self._until(lambda: self._over(who)))
            case Answered(who=who):
                moment = min(self.patience, 1.0 + 20 * self.stage.pulse.round_trip)
                yield Wait(lambda: bool(self.peers[who].reader.frames) or self._over(who), moment)
            case Mute(who=who) | Unmute(who=who):
                self.peers[who].mute(muted=isinstance(step, Mute))
            case Measure(wait=wait):
                yield from self._measure(self.patience if wait else 0.0)
            case Idle(seconds=seconds, most=most):
                pulse, begun = self.stage.pulse, self.stage.pulse.received
                yield Wait(lambda: not pulse.alive or pulse.received - begun >= most, seconds)
            case Quiet(seconds=seconds):
                yield Wait(lambda: False, seconds)
        return True

    def _measure(self, seconds: float) -> Playing[None]:
        """Writes down what the process holds; where it is more than at first, once it is back or has had the time for it."""
        if self.stage.pid is None:
            return
        until = time.monotonic() + seconds
        now = usage(self.stage.pid)
        while self.trace.usage and not now.is_back(self.trace.usage[0]) and time.monotonic() < until:
            yield Wait(lambda: False, USAGE_SECONDS)  # nothing tells when a process has let go of something
            now = usage(self.stage.pid)
        self.trace.usage.append(now)

    def _until(self, condition: Callable[[], bool]) -> Playing[bool]:
        return (yield Wait(condition, self.patience))

    def _while_it_goes_on(self, condition: Callable[[], bool]) -> Playing[bool]:
        """Waits, and again for as long as what is owed keeps coming: a server may be slow, and its rate limited."""
        until = time.monotonic() + MOST_WAITS * self.patience
        came = -1
        while (now := sum(reading.seen.total() for reading in self.readings.values())) > came:
            came = now
            if (yield from self._until(condition)):
                return True
            if time.monotonic() >= until:
                break
        return condition()

    def _open(self, who: str, *, small: bool) -> None:
        def heard(frame: Got) -> None:
            self._note(who, "received", frame=frame)
            self.readings[who].take(frame)

        self.readings[who] = Reading(self.room, who)
        self._note(who, "opened")
        self.trace.opened_at[who] = time.monotonic()
        self.peers[who] = self.stage.peer(heard, small=small)
        self.peers[who].reader.known = self.known

    def _send(self, number: int, step: Send) -> Playing[None]:
        peer = self.peers[step.who]
        if any(isinstance(part, Out) for part in step.parts):
            peer.reader.only = self.only  # before, nothing was sent to it but what was for it
        pieces = step.pieces
        self.room.apply(step)  # before the first piece, which may end a frame: the answer may come while we look
        for place, piece in enumerate(pieces):
            if place == len(pieces) - 1:
                self.trace.sent_at[number] = time.monotonic()
            if peer.ended is None:  # else nothing goes out any more
                whole = step if len(pieces) == 1 else None
                self._note(step.who, "sent", b"" if whole else piece, step=whole)
            peer.write(piece)
            if place < len(pieces) - 1:
                met = yield from self._until(lambda: peer.flushed)
                if met and (yield from self._fence(apart=True)):
                    self.trace.cuts_confirmed += 1
                else:
                    self.trace.cuts_likely += 1

    def _fence(self, *, apart: bool = False) -> Playing[bool]:
        """Two round trips of the canary; or, to keep writes apart, the begin of them, if they take long."""
        pulse = self.stage.pulse
        if apart and pulse.alive and pulse.round_trip > APART_SECONDS:
            return (yield Wait(pulse.ticket(), APART_SECONDS))
        if not pulse.alive:
            self.trace.canary_late = True
            return False
        done = pulse.ticket()
        yield Wait(lambda: done() or not pulse.alive, self.stage.fence_patience)
        met = done()
        if not met:
            self.trace.canary_late = True
        self.stage.fence_over(met=met or not pulse.alive)
        return met

    def _settled(self) -> bool:
        return all(self._has_all(who) for who in self.peers)

    def _has_all(self, who: str) -> bool:
        if self._over(who) or self.peers[who].muted or self.peers[who].reader.garbage is not None:
            return True
        seen, due = self.readings[who].seen, self.room.due(who)
        for key, item in list(due.items()):
            if item in seen:
                del due[key]
            elif not self._hopeless(item, seen) and (item.kind != "left" or self.stage.awaits_leaves):
                return False
        return True

    def _hopeless(self, item: Item, seen: Counter[Item]) -> bool:
        """Whether the server has closed the connection on which something was still to be taken. The leave of one whose
        join was heard is due all the same."""
        closed = item.who not in self.gone and self.peers[item.who].ended is not None
        return closed and not (item.kind == "left" and seen[Item("joined", item.who)])

    def _over(self, who: str) -> bool:
        return self.peers[who].ended is not None

    def _leave(self, step: Fin | Rst | Close) -> None:
        peer = self.peers[step.who]
        if peer.ended is None:  # else the server was first, and nothing can be hoped for
            self.gone.add(step.who)
        if isinstance(step, Fin):
            self._note(step.who, "finished")
            peer.finish()
        elif isinstance(step, Close):
            self._note(step.who, "finished")
            self._keep(step.who)
            peer.close()
        else:
            self._note(step.who, "aborted")
            peer.abort()

    def _note(
        self, who: str, what: str, octets: bytes = b"", frame: Got | None = None, step: Send | None = None
    ) -> None:
        self.trace.entries.append(Entry(time.monotonic(), who, what, octets, frame, step))  # type: ignore[arg-type]

    def close(self) -> None:
        """Writes down how each connection stands, and closes it."""
        for who, peer in self.peers.items():
            self._keep(who)
            if peer.ended is not None:
                self.trace.ended[who] = peer.ended
                self.trace.ended_at[who] = peer.ended_at
                self.trace.entries.append(Entry(peer.ended_at, who, peer.ended))
            peer.retire()
        self.trace.entries.sort(key=lambda entry: entry.at)
        self.trace.round_trip = self.stage.pulse.round_trip

    def _keep(self, who: str) -> None:
        reader = self.peers[who].reader
        self.trace.frames[who] = reader.frames
        self.trace.unfinished[who] = reader.unfinished
        if self.peers[who].muted:
            self.trace.muted.add(who)
        if reader.garbage is not None:
            self.trace.garbage[who] = reader.garbage
