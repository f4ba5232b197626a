"""The dealings of one run with a client: it is started anew for every playing, several at once."""

import os
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace

from conformance.clients.launch import Client
from conformance.clients.play import Waits, play
from conformance.clients.steps import Close, Over, Script, Send, Shown, token
from conformance.clients.trace import ClientTrace
from conformance.octets import Out

WIDTH = min(4, os.cpu_count() or 1)  # playings side by side: most of one is the start of a process
LONGER = 2.0  # what rests on a wait alone has to stand one so many times as long, with nothing beside it
SHORTER = 0.4  # repetitions behind a whole wait may take less (protocol.md, section 9)

PIPE, TERMINAL = "a pipe", "a pseudo-terminal, because nothing came out of a pipe in time"


@dataclass
class Session:
    """One run with a client.

    Attributes:
        waits: how long its answers may take.
        blind: it shows nothing, so nothing is waited for on its screen.
        played, connections, frames: scripts played, connections that came, frames received.
        cuts: pieces that were sent apart, and how many of them were surely read apart.
        choices: what the specification leaves open, and how it is done.
    """

    client: Client
    waits: Waits
    blind: bool = False
    played: int = 0
    connections: int = 0
    frames: int = 0
    cuts: tuple[int, int] = (0, 0)
    choices: dict[str, str] = field(default_factory=dict)
    output: list[str] = field(default_factory=list)
    stop: threading.Event = field(default_factory=threading.Event)
    _known: dict[Script, ClientTrace] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def cuts_confirmed(self) -> int:
        """For the live view."""
        return self.cuts[1]

    def play(self, script: Script, factor: float = 1.0, *, anew: bool = False) -> ClientTrace:
        """Plays a script, or recalls how it went."""
        if not anew and script in self._known:
            return self._known[script]
        trace = play(self.client, script, self.waits.longer(factor), blind=self.blind, stop=self.stop)
        with self._lock:
            if factor >= 1.0:
                self._known[script] = trace
            self.played += 1
            self.connections += trace.connected
            self.frames += len(trace.frames)
            self.cuts = self.cuts[0] + trace.cuts[0], self.cuts[1] + trace.cuts[1]
            self.output = [line for line in trace.errors.decode("utf-8", "replace").splitlines() if line.strip()][-5:]
        return trace

    def play_all(self, scripts: Sequence[Script]) -> Iterator[ClientTrace]:
        """Plays scripts side by side; the traces come in their order."""
        if len(scripts) == 1:
            yield self.play(scripts[0])
            return
        with ThreadPoolExecutor(WIDTH) as pool:
            try:
                yield from pool.map(self.play, scripts)
            except (KeyboardInterrupt, SystemExit):
                self.stop.set()
                raise
            finally:
                pool.shutdown(wait=True, cancel_futures=True)

    def look(self) -> None:
        """Finds out how the client's output is to be read: what it shows must come while it runs, from a pipe or from a
        pseudo-terminal, which many languages write to line by line."""
        probe = Script(blocks=((Send((Out("probe", token(0)),)), Shown(token(0), soft=True)),), tail=(Close(), Over()))
        word = token(0).encode()
        if self.client.terminal is not None:
            self.blind = word not in self.play(probe).output
            return
        trace = self.play(probe)
        if _in_time(trace) or not trace.announced:
            self.client = replace(self.client, terminal=False)
            self.choices["standard output"] = PIPE
            return
        piped = self.client
        self.client = replace(self.client, terminal=True)
        self._known.clear()
        if _in_time(self.play(probe)):
            self.choices["standard output"] = TERMINAL
            return
        self.client, self.blind = replace(piped, terminal=False), True
        self._known.clear()


def _in_time(trace: ClientTrace) -> bool:
    """Whether the word was shown before the server left."""
    return token(0).encode() in trace.output and not any(isinstance(step, Shown) for step in trace.expired.values())
