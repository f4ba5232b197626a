"""The dealings of a run with one server: playing scripts, keeping the canary alive, starting a dead server again."""

import errno
import socket
from collections import Counter, deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from conformance.differences import differences
from conformance.passing import Suspicions
from conformance.play import play
from conformance.playing import Playing, Wait
from conformance.process import usage
from conformance.pulse import shorter
from conformance.script import Script, cast, script, sentinel
from conformance.stage import Stage
from conformance.strangers import Strangers
from conformance.target import Target
from conformance.trace import Trace

MAX_KNOCKS = 1  # whole waits for the very first join of the canary
DYING_SECONDS = 0.5  # its sockets close before it has printed its traceback and ended
HURRIED_SECONDS = 0.25  # of one wait, when many are in vain; what one shows has to be shown again by a whole one
RECENT = 12  # scripts: so many may have been played side by side when a server died
SHOWN = 60  # octets of what was sent last
TRIES = 3  # of newcomers, to say that a server hangs that cannot be started again
MAX_HANGS = 3  # restarts of a server that still runs; each was found out by two whole waits
MAX_DEATHS = 20  # restarts in one run: a server that dies at everything is not worth more


class Session:
    """Plays scripts against a server and keeps account.

    Args:
        stage: the sockets.
        target: the server, to start it again should it die.
        gentle: whether to spare it; None for: as soon as a stranger is heard there, where one can be.

    Attributes:
        current: the check under way, for saying what killed the server.
        gone: why the server cannot be judged any more, once it cannot.
        deaths: how it died, each time.
        hung: whether it was found to run and to serve nobody.
        fatal: what was played last before it ended, or let nobody join any more, for the first time; the very last at the end.
        recent: the scripts played last.
        killing: what was played when it ended, or let nobody join any more, for the first time.
        choices: what the specification leaves open, as the server does it.
        cuts_confirmed, cuts_likely: pieces sent apart, with and without proof that they were read apart (FRAME-6).
        played, connections, frames: how many scripts, connections in them, and frames received on those.
        suspicions: what was seen in passing.
        hurried: whether waits are short for now.
        in_vain: of how many checks a requirement stood in the way though a whole wait was given to it, by its id.
        alone: whether to do without the canary for a while, which otherwise is the oldest member.
    """

    def __init__(self, stage: Stage, target: Target | None = None, gentle: bool | None = None) -> None:
        self.stage = stage
        self.target = target
        self.gentle = gentle if gentle is not None or self.is_only_found else False  # nobody else knows of it
        self.current = ""
        self.gone: str | None = None
        self.deaths: list[str] = []
        self.choices: dict[str, str] = {}
        self.cuts_confirmed = 0
        self.cuts_likely = 0
        self.played = 0
        self.connections = 0
        self.frames = 0
        self.alone = False
        self.hurried = False
        self.in_vain: Counter[str] = Counter()
        self.suspicions = Suspicions()
        self.fatal: list[Script] = []
        self.recent: deque[Script] = deque(maxlen=RECENT)
        self._last: Trace | None = None
        self._knocks = 0
        self._hangs = 0
        self.hung = False
        self.killing: Trace | None = None
        self._strangers = Strangers(stage.nonce)

    @property
    def patience(self) -> float:
        """Seconds of one wait: the full ones, or short ones once whole waits have been in vain."""
        if not self.hurried:
            return self.short_patience if self._knocks > MAX_KNOCKS else self.stage.patience
        return min(self.short_patience, max(HURRIED_SECONDS, 40 * self.stage.pulse.round_trip))

    @property
    def short_patience(self) -> float:
        """Seconds of one wait in repetitions, after a first full wait."""
        return shorter(self.stage.patience, self.stage.pulse.round_trip)

    def playing(self, script: Script, patience: float | None = None, *, aside: bool = False) -> Playing[Trace]:
        """A playing whose trace is accounted for; see `play`."""
        if self.alone:
            self.stage.pulse.end()
        check = self.current
        self._strangers.expect(script)
        trace = yield from play(self.stage, script, patience or self.patience, aside=aside)
        self._record(trace)
        self.suspicions.watch(check, script, trace)
        return trace

    def play(self, script: Script, patience: float | None = None) -> Trace:
        """Plays one script alone: again if the server had gone before it began, and is back."""
        [trace] = self.stage.run([self.playing(script, patience)])
        if self.is_back_for(trace):
            [trace] = self.stage.run([self.playing(script, patience)])
        return trace

    def is_back_for(self, trace: Trace) -> bool:
        """Whether a server that had gone before a script began is there again for it."""
        if not trace.began_too_late or self.alone or self.gone is not None:
            return False
        return self.looks()

    def looks(self) -> bool:
        """Sees to it that the server is there, or comes back, as `alive` does, which does not notice what ended while nobody
        read; False if it does not."""
        pulse = self.stage.pulse
        if self.gone is None and not self.alone and pulse.alive:
            done = pulse.ticket(1)
            self.stage.run([_waits_for(lambda: done() or not pulse.alive, 1.0 + 20 * pulse.round_trip)])
        return self.alive()

    def play_all(self, scripts: list[Script], width: int, until: Callable[[Trace], bool]) -> list[Trace]:
        """Plays scripts, so many side by side, until one trace is as asked; the traces of those that were begun."""
        width = 1 if self.gentle else width
        return self.stage.run([self.playing(script) for script in scripts], width=width, until=until)

    @property
    def measures(self) -> bool:
        """Whether the system tells what the server's process holds."""
        return self.stage.pid is not None and usage(self.stage.pid).resident is not None

    def alive(self) -> bool:
        """Sees to it that the canary is there, or comes back; False if nobody can join.

        Only a server that has lived is said to be gone; of one that nobody could ever join, JOIN-2 says it better.
        """
        if self.gone is not None or self.alone:
            return self.gone is None
        pulse = self.stage.pulse
        if not pulse.lived:
            self._knocks += 1
            if self._knocks > MAX_KNOCKS:
                return False  # nobody has ever been able to join; each try costs a whole wait
        for _ in range(2 if pulse.lived else 1):
            [alive] = self.stage.run([pulse.begin(self.stage.patience)])
            if alive:
                return True
        return self._again() if pulse.lived else False

    def canary_in_time(self) -> bool:
        """Whether a message between two other members comes back now as fast as a healthy server's (1 s + 20 times the
        median: protocol.md, "Delays"). Without a canary nobody can say, and the whole wait has to do; nor with one that cannot
        read any more what it is sent, or is closed; nor with one that alone is not served, while two who come are."""
        if self._canary_answers():
            return True
        with self._not_remembered():
            newcomers = self._newcomers(self.short_patience)
        is_alone = newcomers.expired is None and not differences(newcomers) and not self._canary_answers()
        if is_alone:
            self.stage.pulse.end()
        return is_alone

    def _canary_answers(self) -> bool:
        pulse = self.stage.pulse
        if self.alone or not pulse.alive:
            return True
        done = pulse.ticket(1)
        self.stage.run([_waits_for(lambda: done() or not pulse.alive, 1.0 + 20 * pulse.round_trip)])
        return done() or not pulse.alive

    @contextmanager
    def _not_remembered(self) -> Iterator[None]:
        """What is played meanwhile is nothing that a server could have died of."""
        last, recent = self._last, list(self.recent)
        yield
        self._last = last
        self.recent.clear()
        self.recent.extend(recent)

    def shuts_out(self) -> bool:
        """Whether nobody can come in any more, though those who are in are served; it is then started again, if it can be.

        Of such a server nothing more can be found out; what made it so is judged where it is done on purpose (ROBUST-1).
        """
        if self.gone is not None or self.target is None or self.target.command is None or self._hangs >= MAX_HANGS:
            return False
        return not self.serves() and self._again()

    def serves(self, patience: float | None = None) -> bool:
        """Whether two can still come in and talk; else it hangs, though those who are in may be served."""
        return not any(difference.requirement == "JOIN-2" for difference in differences(self._newcomers(patience)))

    def _newcomers(self, patience: float | None) -> Trace:
        """Two come in and talk."""
        [trace] = self.stage.run([self.playing(script(cast("ann", "bob"), sentinel("ann")), patience)])
        return trace

    def hangs(self) -> bool:
        """Whether the server runs and serves nobody any more, neither the canary nor, in a whole wait, two who come: to be
        asked behind another wait in vain. It is then started again, if it can be; else it is gone."""
        if self.gone is not None or self._canary_answers():
            return False
        tries = TRIES if self.is_only_found else 1  # nothing can be played again then
        with self._not_remembered():
            serves = any(self.serves(self.stage.patience) for _ in range(tries))
        if serves or self._canary_answers():
            return False
        self.hung = True
        self.stage.pulse.end()
        self._again()
        return True

    def _again(self) -> bool:
        status = self.target.end_within(DYING_SECONDS) if self.target is not None else None
        how = f"ended with status {status}" if status is not None else "lets nobody join any more"
        self.deaths.append(f"{how}, during {self.current}{self._last_words()}")
        self.fatal = self.fatal or list(self.recent)
        self.killing = self.killing or self._last
        self._hangs += status is None
        worth = len(self.deaths) <= MAX_DEATHS and self._hangs <= MAX_HANGS
        if worth and self.target is not None and self.target.restart():
            self.stage.pid = self.target.pid
            [alive] = self.stage.run([self.stage.pulse.begin(self.stage.patience)])
            if alive:
                return True
        self.gone = f"the server {how}, during {self.current}"
        return False

    @property
    def is_only_found(self) -> bool:
        """Whether the server was not started for the run, so that it cannot be started again."""
        return self.target is None or self.target.command is None

    def is_down(self) -> bool:
        """Whether nobody listens any more where the server was: connections are refused."""
        with socket.socket(self.stage.sockets.family, socket.SOCK_STREAM) as probe:
            probe.settimeout(self.stage.patience)
            return probe.connect_ex(self.stage.sockets.address) == errno.ECONNREFUSED

    def revive(self) -> bool:
        """Starts a server again that was given up; gives whether it is there."""
        if (
            self.gone is not None
            and self.target is not None
            and self.target.command is not None
            and self.target.restart()
        ):
            self.stage.pid, self.gone = self.target.pid, None
            self.stage.run([self.stage.pulse.begin(self.stage.patience)])
        return self.gone is None and self.stage.pulse.alive

    def _last_words(self) -> str:
        """What was sent last, which may be what has killed it."""
        sent = [entry for entry in self._last.entries if entry.what == "sent"] if self._last is not None else []
        return f"; the last octets were {sent[-1].octets[:SHOWN]!r} of {sent[-1].who}" if sent else ""

    def _record(self, trace: Trace) -> None:
        if not trace.began_too_late:
            self._last = trace
            self.recent.append(trace.script)
        self.played += 1
        self.connections += len(trace.script.parties)
        self.frames += sum(map(len, trace.frames.values()))
        self.cuts_confirmed += trace.cuts_confirmed
        self.cuts_likely += trace.cuts_likely
        stranger = self._strangers.heard(trace) if self.gentle is None else None
        if stranger is not None:
            self.gentle = True
            self.choices["strangers"] = f"other people are on the server ({stranger}): the run went on gently"


def _waits_for(condition: Callable[[], bool], seconds: float) -> Playing[bool]:
    return (yield Wait(condition, seconds))
