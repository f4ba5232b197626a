"""A million malformed and cut inputs, and then a conversation: `python -m benchmarks.fuzz --inputs 1000000`

Valid, invalid and unfinished frames of the vectors are changed at random, one behind the other on many connections.
An input ends its connection if it is malformed (the server closes) or cut (we do); only those are counted. Meanwhile
two members listen: whatever the server relays has to be well formed (BODY-3). Exit status 1 if the server does not
answer, relays what it must not, or grows.
"""

import argparse
import contextlib
import itertools
import random
import socket
import struct
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import psutil

from benchmarks.process import FailedError, free_port, serving
from benchmarks.rivals import reference
from chatproto import Codec, RemoteProtocolError
from spec import vector_files, wire

BATCH = 64  # connections at once
DEADLINE_S = 20.0  # for any answer of the server
WARM_UP = 2_000  # inputs before memory is looked at for the first time
MEMORY_SHARE, MEMORY_OCTETS = 1.10, 16 << 20  # ROBUST-6's
RESET = struct.pack("ii", 1, 0)  # struct linger: on, 0 seconds
MOST_OCTETS = 2_000  # of a seed: a million times a megabyte would be a test of the loopback interface
encode = Codec(wire.TO_SERVER).encode


def seeds() -> list[bytes]:
    """The octets of all vectors that are not too long."""
    framed = (vector_files.Frame, vector_files.Malformed, vector_files.Unfinished)
    found = [vector.octets for vector in vector_files.load() if isinstance(vector, framed)]
    return [octets for octets in found if 0 < len(octets) <= MOST_OCTETS]


def mutated(octets: bytes, others: list[bytes], chance: random.Random) -> bytes:
    """An input: a seed, changed in one of the ways that break parsers, or not at all."""
    at = chance.randrange(len(octets))
    match chance.randrange(9):
        case 0:
            return octets[:at]  # cut
        case 1:
            return octets[:at] + bytes([octets[at] ^ 1 << chance.randrange(8)]) + octets[at + 1 :]
        case 2:
            return octets[:at] + chance.randbytes(chance.randrange(1, 5)) + octets[at:]
        case 3:
            return octets[:at] + octets[at + chance.randrange(1, 5) :]
        case 4:
            return octets[:at] + chance.choice(others)  # spliced
        case 5:
            return chance.choice((b"%-10d", b"%010d", b"%10d", b"%+10d")) % chance.randrange(10**10) + octets[10:]
        case 6:
            return chance.choice((b"\0", b"\xff", b"\xed\xa0\x80", b"\xc0\x80", b"\xf4\x90\x80\x80")).join(
                (octets[:at], octets[at:])
            )
        case 7:
            return chance.randbytes(chance.randrange(1, 40))
        case _:
            return octets


class Plan:
    """What one connection sends: good frames perhaps, and one input that is malformed or cut.

    Attributes:
        octets: all of it.
        kind: `malformed` or `cut`.
        good: frames ahead of the bad input.
    """

    def __init__(self, nick: str, samples: list[bytes], chance: random.Random) -> None:
        codec = Codec(wire.TO_SERVER)
        self.octets = encode("", nick, "") if chance.random() < 0.5 else b""
        self.good = len(codec.decode(self.octets))
        while True:
            octets = mutated(chance.choice(samples), samples, chance)
            self.octets += octets
            with contextlib.suppress(RemoteProtocolError):
                self.good += len(codec.decode(octets))
            if codec.error is not None or codec.buffered:
                self.kind = "cut" if codec.error is None else "malformed"
                return


class Listener:
    """A member to whom all that is relayed is sent; it checks every frame."""

    def __init__(self, port: int, nick: str) -> None:
        self.sock = socket.create_connection(("127.0.0.1", port), timeout=DEADLINE_S)
        self.nick = nick
        self.codec = Codec(wire.TO_CLIENT)
        self.sock.sendall(encode("", nick, ""))
        self.hear_until("Server", f"[{nick}] joined the chat")

    def hear_until(self, nick: str, text: str) -> int:
        """Reads up to a frame; returns how many came.

        Raises:
            FailedError: the server closed, or relayed something malformed.
            TimeoutError: it does not come.
        """
        count = 0
        while octets := self.sock.recv(1 << 20):
            frames = self.codec.decode(octets)
            if self.codec.error is not None:
                raise FailedError(f"the server relayed something malformed: {self.codec.error}")
            count += len(frames)
            if any((frame[1], frame[2]) == (nick, text) for frame in frames):
                return count
        raise FailedError("the server closed the connection of a member that listens")

    def say(self, text: str) -> None:
        """A chat frame."""
        self.sock.sendall(encode("", self.nick, text))


def attack(port: int, plans: list[Plan], chance: random.Random) -> None:
    """A batch of connections: opened and written to together, then read until each is closed."""
    with contextlib.ExitStack() as stack:
        socks = []
        for plan in plans:
            # Many source addresses: those of closed connections are not to be had again for a minute.
            source = f"127.0.{chance.randrange(1, 255)}.{chance.randrange(1, 255)}"
            sock = socket.create_connection(("127.0.0.1", port), DEADLINE_S, source_address=(source, 0))
            socks.append(stack.enter_context(sock))
            with contextlib.suppress(ConnectionError):
                sock.sendall(plan.octets)
                if plan.kind == "cut":
                    sock.shutdown(socket.SHUT_WR)
        for sock in socks:
            _read_out(sock)


def _read_out(sock: socket.socket) -> None:
    with contextlib.suppress(ConnectionError):
        while sock.recv(1 << 16):
            pass
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)  # nothing of it stays behind in this system


def batches(inputs: int, seed: int) -> Iterator[tuple[list[Plan], random.Random]]:
    """So many connections, the same for the same seed."""
    samples = seeds()
    numbers = iter(range(inputs))
    for count in itertools.count():
        chance = random.Random(f"{seed} {count}")
        plans = [Plan(f"fuzz-{number}", samples, chance) for number in itertools.islice(numbers, BATCH)]
        if not plans:
            return
        yield plans, chance


def fuzz(process: psutil.Process, port: int, inputs: int, seed: int) -> list[str]:
    """All inputs, and the conversation behind them.

    Returns:
        The lines of the summary.

    Raises:
        FailedError: the server is not as it was.
    """
    ann, bob = Listener(port, "ann"), Listener(port, "bob")
    counts: Counter[str] = Counter()
    before, descriptors = process.memory_info().rss, process.num_fds()
    start = time.monotonic()
    for number, (plans, chance) in enumerate(batches(inputs, seed)):
        attack(port, plans, chance)
        counts.update(plan.kind for plan in plans)
        counts["good frames ahead of them"] += sum(plan.good for plan in plans)
        ann.say(f"still there? {number}")
        counts["frames relayed to a listener"] += bob.hear_until("ann", f"still there? {number}")
        bob.say(f"yes {number}")
        ann.hear_until("bob", f"yes {number}")
        if (number + 1) * BATCH <= WARM_UP:
            before, descriptors = process.memory_info().rss, process.num_fds()
    seconds = time.monotonic() - start
    _converse(port, ann)
    after = process.memory_info().rss
    lines = [
        ", ".join(f"{count:,} {kind}" for kind, count in counts.items()),
        f"{inputs:,} inputs in {seconds:.1f} s: {inputs / seconds:,.0f} a second",
        f"resident memory {before / 2**20:.1f} MiB before, {after / 2**20:.1f} MiB after; "
        f"{descriptors} and {process.num_fds()} descriptors",
    ]
    if after > before * MEMORY_SHARE + MEMORY_OCTETS or process.num_fds() > descriptors:
        raise FailedError("\n".join([*lines, "the server has grown"]))
    return lines


def _converse(port: int, ann: Listener) -> None:
    """A newcomer is let in, heard, answered, and its leave announced."""
    carol = Listener(port, "carol")
    carol.say("hello")
    ann.hear_until("carol", "hello")
    ann.say("welcome")
    carol.hear_until("ann", "welcome")
    carol.sock.close()
    ann.hear_until("Server", "[carol] left the chat")


def main() -> int:
    """Runs, prints the summary.

    Returns:
        0, or 1 if the server did not stand it.
    """
    parser = argparse.ArgumentParser(prog="python -m benchmarks.fuzz", description=__doc__)
    parser.add_argument("--inputs", type=int, default=1_000_000, help="malformed or cut (default %(default)s)")
    parser.add_argument("--seed", type=int, default=1, help="the same seed, the same octets (default %(default)s)")
    parser.add_argument("--selector", default="auto", help="of the server (default %(default)s)")
    options = parser.parse_args()
    port = free_port()
    with tempfile.TemporaryDirectory() as folder:
        try:
            with serving(reference("--selector", options.selector)(port, Path(folder)), port) as process:
                lines = fuzz(process, port, options.inputs, options.seed)
        except (FailedError, OSError) as error:
            print(f"seed {options.seed}: {error}")
            return 1
    print(f"seed {options.seed}", *lines, "it serves as before", sep="\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
