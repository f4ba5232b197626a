"""What the journal adds to a message, and what the console does: `python -m benchmarks.journal`.

A turn of the server without its sockets, with and without a journal by turns: octets are heard, what follows is
recorded, sealed and forgotten. The difference is what the journal adds, by the clock, waiting for the disk included, and
in processor time, which says more when other programs run. The same with and without a console that writes to a file.
Nothing is asserted.
"""

import argparse
import contextlib
import os
import socket
import statistics
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from benchmarks.codec import ASCII, encoded_by_hand, machine, sized
from reference_server import sinks
from reference_server.console import Console
from reference_server.hall import Hall
from reference_server.journal import Journal
from reference_server.recorder import STOP, Recorder
from reference_server.session import Session
from spec import wire

TURNS = (1, 10, 100, 1_000, 4_000)  # messages in a turn
GOAL_US = {"journal": 4.0, "console": 6.0}
LARGE = 1_000  # messages in a turn for which the goal holds


class Room:
    """A hall with one member who talks.

    Args:
        folder: where its journal is made; None for no journal.
        shown: the file that its console writes to; None for no console.
    """

    def __init__(self, folder: Path | None = None, shown: int | None = None) -> None:
        self._console = Console(sinks.for_descriptor(shown)) if shown is not None else None
        self.hall = Hall(self._console, wire.SERVER_MAX_BODY_OCTETS, time.time_ns)
        self._recorder: Recorder | None = None
        if folder is not None:
            self._recorder = self.hall.recorder = Recorder(Journal(folder / "journal.db"), STOP)
            self.hall.keepers.append(self._recorder.entries.append)
        self._sockets = socket.socketpair()
        self._session = Session(self._sockets[0], "talker")
        self.turn(encoded_by_hand("", "ann", ""))

    def turn(self, octets: bytes) -> None:
        """What a turn of the loop does, but for receiving and sending."""
        self.hall.hear(self._session, octets)
        assert self.hall.record()
        self.hall.log.seal()
        assert self._session.cursor is not None
        self._session.cursor.position = self.hall.log.end
        self.hall.log.trim()
        if self._console is not None:
            self._console.flush()

    def close(self) -> None:
        """Closes what it has open."""
        if self._recorder is not None:
            self._recorder.close()
        for each in self._sockets:
            each.close()


def cost(room: Room, octets: bytes, turns: int, count: int) -> tuple[float, float]:
    """Microseconds a message, by the clock and of this process."""
    clock, process = time.perf_counter(), time.process_time()
    for _ in range(turns):
        room.turn(octets)
    messages = turns * count / 1e6
    return (time.perf_counter() - clock) / messages, (time.process_time() - process) / messages


def table(what: str, dearer: Room, rounds: int, messages: int) -> Iterator[str]:
    """The lines of a table, in Markdown."""
    yield f"| messages in a turn | without, µs a message | with | the {what} adds | of it processor | goal | |"
    yield "|---:|---:|---:|---:|---:|---:|---|"
    frame = encoded_by_hand("", "", sized(ASCII))
    with contextlib.closing(Room()) as without, contextlib.closing(dearer):
        for count in TURNS:
            turns = max(1, messages // count if count >= 100 else messages // 20 // count)
            pairs = [[cost(room, frame * count, turns, count) for room in (without, dearer)] for _ in range(rounds)]
            bare, full = (statistics.median(pair[index][0] for pair in pairs) for index in (0, 1))
            added = statistics.median(pair[1][0] - pair[0][0] for pair in pairs)
            cpu = statistics.median(pair[1][1] - pair[0][1] for pair in pairs)
            most = GOAL_US[what]
            goal = [f"{most:g}", "PASS" if cpu <= most else "above goal"] if count >= LARGE else ["", ""]
            yield f"| {count} | {bare:.2f} | {full:.2f} | {added:.2f} | {cpu:.2f} | {' | '.join(goal)} |"


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.journal", description=__doc__)
    parser.add_argument("--rounds", type=int, default=15, help="rounds; each gives one difference (%(default)s)")
    parser.add_argument("--messages", type=int, default=20_000, help="in a round of large turns (%(default)s)")
    parser.add_argument("--folder", help="on whose disk (that of temporary files)")
    options = parser.parse_args()
    load = f"; load average {os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else ""
    print(f"{machine()}{load}; medians of {options.rounds} rounds; texts of 100 octets\n")
    with tempfile.TemporaryDirectory(dir=options.folder) as name, (Path(name) / "console").open("wb") as shown:
        rooms = {"journal": Room(folder=Path(name)), "console": Room(shown=shown.fileno())}
        for what, room in rooms.items():
            print(*table(what, room, options.rounds, options.messages), sep="\n", end="\n\n")


if __name__ == "__main__":
    main()
