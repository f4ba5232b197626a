"""Kills a server under load at random moments, and looks for what its journal lacks: `python -m benchmarks.kill9`.

Each round starts the server on the journal that the last round left behind, lets members talk as fast as they can, and
kills it (SIGKILL) after a random number of frames. Then each member's frames must be, one by one, what the journal has
from that member's join announcement on, without the member's own (RELAY-2); there may be more in the journal, not less.
"""

import argparse
import contextlib
import random
import re
import socket
import sqlite3
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from chatproto import Codec
from spec import wire

MEMBERS = 4
MOST_FRAMES = 4_000  # that are received before the kill
MOST_OCTETS = 3_000  # of a text
DEADLINE_S = 30.0
LISTENING = re.compile(rb"listening on 127\.0\.0\.1:(\d+)")

Frame = tuple[str, ...]  # time, nick, text


class Outcome(NamedTuple):
    """What a round was like.

    Attributes:
        received: frames, of all members together.
        recorded: entries.
        wal_octets: of the write-ahead log that the kill left.
        faults: sentences; none if all is well.
    """

    received: int
    recorded: int
    wal_octets: int
    faults: list[str]


class Load:
    """Members that talk and listen until the server is gone."""

    def __init__(self, port: int, seed: int, enough: int) -> None:
        self.received: dict[str, list[Frame]] = {f"m{index}": [] for index in range(MEMBERS)}
        self.enough = threading.Event()
        self._left = enough
        self._address = ("127.0.0.1", port)
        self._seed = seed
        self._threads = [threading.Thread(target=self._live, args=(nick,)) for nick in self.received]

    def start(self) -> None:
        """Lets everybody join and talk."""
        for thread in self._threads:
            thread.start()

    def join(self) -> None:
        """Waits until all have seen the end."""
        for thread in self._threads:
            thread.join(DEADLINE_S)
            assert not thread.is_alive()

    def _live(self, nick: str) -> None:
        with contextlib.suppress(OSError), socket.create_connection(self._address, timeout=DEADLINE_S) as sock:
            sock.sendall(wire.TO_SERVER.build({"time": "", "nick": nick, "text": ""}))
            talking = threading.Thread(target=self._talk, args=(sock, nick))
            talking.start()
            try:
                self._listen(sock, self.received[nick])
            finally:
                talking.join(DEADLINE_S)

    def _talk(self, sock: socket.socket, nick: str) -> None:
        draws = random.Random(f"{self._seed} {nick}")
        encode = Codec(wire.TO_SERVER).encode
        with contextlib.suppress(OSError):
            for number in range(1 << 30):
                frames = [
                    encode("", "", f"{number} {'x' * draws.randrange(MOST_OCTETS)}") for _ in range(draws.randrange(8))
                ]
                sock.sendall(b"".join(frames))

    def _listen(self, sock: socket.socket, received: list[Frame]) -> None:
        decode = Codec(wire.TO_CLIENT).decode
        while octets := sock.recv(1 << 16):
            frames = decode(octets)
            received += frames
            self._left -= len(frames)
            if self._left <= 0:
                self.enough.set()


@contextlib.contextmanager
def serving(journal: Path) -> Iterator[tuple[subprocess.Popen[bytes], int]]:
    """A server and its port; it is gone in the end."""
    command = [sys.executable, "-P", "-m", "reference_server", "--quiet", "--port", "0", "--journal", str(journal)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) as server:
        try:
            assert server.stderr is not None
            said = b""
            while not (found := LISTENING.search(said)):
                line = server.stderr.readline()
                assert line, said.decode()
                said += line
            yield server, int(found[1])
        finally:
            server.kill()


def played(journal: Path, seed: int) -> Outcome:
    """One round."""
    before = newest(journal) if journal.exists() else 0
    enough = random.Random(seed).randrange(1, MOST_FRAMES)
    with serving(journal) as (server, port):
        load = Load(port, seed, enough)
        load.start()
        arrived = load.enough.wait(DEADLINE_S)
        server.kill()
        load.join()
    wal_octets = journal.with_name(f"{journal.name}-wal").stat().st_size
    entries, soundness = recorded(journal, before)
    faults = [] if arrived else [f"{enough} frames were not received in time"]
    if soundness != "ok":
        faults.append(f"the journal is damaged: {soundness}")
    faults += [fault for nick, frames in load.received.items() for fault in judged(nick, frames, entries)]
    return Outcome(sum(map(len, load.received.values())), len(entries), wal_octets, faults)


def newest(journal: Path) -> int:
    """The number of the last entry."""
    with contextlib.closing(sqlite3.connect(journal)) as file:
        return int(file.execute("SELECT ifnull(max(number), 0) FROM entry").fetchone()[0])


def recorded(journal: Path, above: int) -> tuple[list[Frame], str]:
    """The entries behind one in their order, and what SQLite says of the whole file."""
    with contextlib.closing(sqlite3.connect(journal)) as file:
        (soundness,) = file.execute("PRAGMA integrity_check").fetchone()
        rows = file.execute("SELECT time, nick, text FROM entry WHERE number > ? ORDER BY number", (above,))
        return rows.fetchall(), soundness


def judged(nick: str, received: list[Frame], entries: list[Frame]) -> Iterator[str]:
    """What is wrong with one member's frames, in the light of the journal."""
    if not received:
        return
    joins = [index for index, entry in enumerate(entries) if entry[1:] == ("Server", f"[{nick}] joined the chat")]
    if not joins:
        yield f"{nick} received its join announcement, and the journal lacks it"
        return
    expected = [entry for entry in entries[joins[0] :] if entry[1] != nick]
    if received != expected[: len(received)]:
        missing = len(set(received) - set(entries))
        yield f"{nick}: {missing} of {len(received)} frames are not in the journal, or their order is another"


def main() -> int:
    """Plays rounds and prints what came of them; 1 if anything was missing."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.kill9", description=__doc__)
    parser.add_argument("--rounds", type=int, default=100, help="kills (%(default)s)")
    parser.add_argument("--seed", type=int, default=1, help="of the moments and texts (%(default)s)")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        outcomes = []
        for number in range(options.rounds):
            outcomes.append(played(Path(folder) / "journal.db", options.seed * 1_000_000 + number))
            for fault in outcomes[-1].faults:
                print(f"round {number}: {fault}", flush=True)
    received = sum(outcome.received for outcome in outcomes)
    entries = sum(outcome.recorded for outcome in outcomes)
    walled = sorted(outcome.wal_octets for outcome in outcomes)
    faulty = sum(bool(outcome.faults) for outcome in outcomes)
    print(
        f"{options.rounds} kills: {received} frames received, {entries} entries recorded; {faulty} rounds with faults"
    )
    print(f"write-ahead log at the kill: {walled[0]} to {walled[-1]} octets")
    return bool(faulty)


if __name__ == "__main__":
    sys.exit(main())
