"""Sessions without sockets: playings that end at once with a trace made by hand, and a canary that does as it is told."""

from collections.abc import Callable, Generator, Iterable
from dataclasses import dataclass, field
from typing import Any, cast

import pytest

from conformance import session
from conformance.engine import Engine
from conformance.octets import Out
from conformance.playing import Playing, Wait
from conformance.script import Script, Send, Settle
from conformance.session import Session
from conformance.stage import Stage
from conformance.target import Target
from conformance.trace import Difference, Trace
from tests.conformance.conversations import TAG
from tests.conformance.helpers import Said, heard_by_all, received, trace_of

Turn = Callable[[Script], Trace]


class Canary:
    """Stands in for the pulse.

    Attributes:
        begins: whether it comes back, each time that it is asked to; the last answer stands for all later ones.
        in_time: the same for its round trips.
        waits: the seconds that it was given to begin, each time.
    """

    def __init__(self, *, lived: bool = True) -> None:
        self.lived = lived
        self.alive = lived
        self.round_trip = 0.0
        self.begins = [True]
        self.in_time = [True]
        self.waits: list[float] = []
        self.trips: list[int] = []
        self.ends = 0

    def begin(self, patience: float) -> Playing[bool]:
        """Takes no time."""
        self.waits.append(patience)
        self.alive = _next(self.begins)
        self.lived = self.lived or self.alive
        return self.alive
        yield

    def end(self) -> None:
        """Counts."""
        self.ends += 1

    def ticket(self, trips: int = 2) -> Callable[[], bool]:
        """Comes true as it was told."""
        self.trips.append(trips)
        met = _next(self.in_time)
        return lambda: met


@dataclass(slots=True)
class Bare:
    """Stands in for the stage: no wait takes any time.

    Attributes:
        waited: the seconds of every wait.
        widths: of every run.
        fences: whether they were met.
    """

    patience: float = 5.0
    nonce: str = TAG[:4]
    pid: int | None = None
    awaits_leaves: bool = True
    pulse: Canary = field(default_factory=Canary)
    waited: list[float] = field(default_factory=list)
    widths: list[int] = field(default_factory=list)
    begun: list[Any] = field(default_factory=list)
    stalls: bool = False
    until: float | None = None
    fences: list[bool] = field(default_factory=list)

    def fence_over(self, *, met: bool) -> None:
        """Writes down how it went."""
        self.fences.append(met)

    def run(
        self, playings: Iterable[Playing[Any]], width: int = 1, until: Callable[[Any], bool] | None = None
    ) -> list[Any]:
        """Plays one behind the other."""
        self.widths.append(width)
        results: list[Any] = []
        for playing in playings:
            if until is None or not any(map(until, results)):
                results.append(self._result(playing))
            playing.close()
        return results

    def begin(self, playing: Playing[Any]) -> int:
        """Plays it at once."""
        self.begun.append(self._result(playing))
        return len(self.begun) - 1

    def finish(self, number: int) -> Any:
        """What was played."""
        return self.begun[number]

    def _result(self, playing: Generator[Wait, bool, Any]) -> Any:
        try:
            wait = next(playing)
            while True:
                self.waited.append(wait.seconds)
                wait = playing.send(wait.condition())
        except StopIteration as stop:
            return stop.value


@dataclass(slots=True)
class Startable:
    """Stands in for a server that can be started again, or one that only has an address.

    Attributes:
        status: how it ended, if it did.
        restarts: whether it comes back, each time.
    """

    command: list[str] | None = field(default_factory=lambda: ["server"])
    status: int | None = None
    restarts: list[bool] = field(default_factory=lambda: [True])
    pid: int | None = 4711
    seconds: list[float] = field(default_factory=list)
    starts: int = 0

    def end_within(self, seconds: float) -> int | None:
        """At once."""
        self.seconds.append(seconds)
        return self.status

    def restart(self) -> bool:
        """As it was told."""
        self.starts += 1
        return _next(self.restarts)


def _next(answers: list[bool]) -> bool:
    return answers.pop(0) if len(answers) > 1 else answers[0]


class Bench:
    """A session whose playings end as they are told.

    Attributes:
        turns: how the next playings go; the last stands for all later ones.
        played: each script that was played, with the patience that was asked for.
    """

    def __init__(self, monkeypatch: pytest.MonkeyPatch, *turns: Turn, gentle: bool | None = False) -> None:
        monkeypatch.setattr(session, "play", self._play)
        self.turns = list(turns) or [faithful]
        self.played: list[tuple[Script, float]] = []
        self.stage = Bare()
        self.canary = self.stage.pulse
        self.target = Startable()
        self.session = Session(cast("Stage", self.stage), None, gentle)

    def _play(self, stage: object, script: Script, patience: float, *, aside: bool) -> Playing[Trace]:
        self.played.append((script, patience))
        turn = self.turns.pop(0) if len(self.turns) > 1 else self.turns[0]
        return turn(script)
        yield

    @property
    def scripts(self) -> list[Script]:
        """What was played."""
        return [script for script, _ in self.played]

    def startable(self) -> Session:
        """The session, with a server that can be started again."""
        self.session.target = cast("Target", self.target)
        return self.session

    def engine(self, **options: Any) -> Engine:
        """An engine on the session."""
        return Engine(self.session, 1, options.pop("depth", "quick"), **options)


def heard(script: Script, change: Callable[[dict[str, list[Said]]], object] = lambda heard: None) -> Trace:
    """The trace of a faithful server, with one change to what the parties received."""
    tagged = script.tagged(TAG)
    said = heard_by_all(tagged)
    change(said)
    trace = trace_of(tagged, said)
    trace.tag = TAG
    return trace


def faithful(script: Script) -> Trace:
    """Nothing is wrong."""
    return heard(script)


def shut_out(script: Script) -> Trace:
    """Nobody hears anything."""
    return heard(script, lambda said: said.clear())


def unreadable(octets: bytes) -> Turn:
    """What comes to bob is no frame, or a broken one."""

    def turn(script: Script) -> Trace:
        trace = heard(script)
        reader = received([octets])
        trace.frames["bob"] = reader.frames
        if reader.garbage is not None:
            trace.garbage["bob"] = reader.garbage
        return trace

    return turn


def losing(script: Script) -> Trace:
    """A message that is no sentinel never comes, and what was said behind it does: RELAY-1, proven by the sentinel."""

    def lose(said: dict[str, list[Said]]) -> None:
        for frames in said.values():
            frames[:] = [one for one in frames if not one[1].startswith("hello")]

    return heard(script, lose)


def late(script: Script) -> Trace:
    """The last message never comes: RELAY-1, by a deadline alone."""

    def lose(said: dict[str, list[Said]]) -> None:
        for frames in said.values():
            frames[:] = [one for one in frames if not one[1].startswith("sentinel")]

    trace = heard(script, lose)
    trace.expired = Settle()
    return trace


def gone(script: Script) -> Trace:
    """The server had gone before anybody connected: RELAY-1, and whatever else was owed."""
    trace = heard(script, lambda said: said.clear())
    trace.ended = dict.fromkeys(script.parties, "unreachable")
    return trace


def echoing(script: Script) -> Trace:
    """Each hears what it said itself: RELAY-2, by a frame."""
    own = [
        (step.who, part) for step in script.tagged(TAG).steps if isinstance(step, Send) for part in step.parts if step
    ]

    def echo(said: dict[str, list[Said]]) -> None:
        for who, part in own:
            if isinstance(part, Out) and part.text:
                said[who].append((part.nick, part.text))

    return heard(script, echo)


def shut(script: Script) -> Trace:
    """Nobody hears of anybody: JOIN-2, by a deadline."""
    trace = heard(script, lambda said: said.update({who: [] for who in said}))
    trace.expired = Settle()
    return trace


def stuck(script: Script) -> Trace:
    """A wait ran out, though everything has come."""
    trace = heard(script)
    trace.expired = Settle()
    return trace


def seen(requirement: str, decided: Any = "frame") -> Difference:
    """A difference."""
    return Difference(requirement, "this", "that", "bob", decided)


def judging(*found: Difference) -> Callable[[Trace], list[Difference]]:
    """A judge that always finds these."""
    return lambda trace: list(found)
