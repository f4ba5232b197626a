"""How long a typed character takes to be seen while messages pour in: `python -m benchmarks.keystrokes`.

The client runs on a pseudo-terminal, and its server here sends so many messages a second. A character that was in
nothing before is typed every tenth of a second; the time until it comes back is its latency. How far the screen is
behind at the end is told in seconds. Nothing is asserted.
"""

import argparse
import os
import pty
import re
import select
import socket
import statistics
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Iterator
from contextlib import contextmanager
from fcntl import ioctl
from typing import Any

from spec import wire

TIME, TEXT = "2026-01-31T12:00:00.000Z", "The quick brown fox jumps over the lazy dog, and then again."
ASK, ANSWER = b"\x1b[6n", b"\x1b[1;1R"  # where is the cursor? what a terminal answers
FIRST = 0x0430  # Cyrillic letters: none of them is in the messages
TICK_S = 0.01
_NUMBER = re.compile(rb"(\d+) The quick brown")


def frame(nick: str, text: str) -> bytes:
    """The octets of a frame to a client."""
    octets: bytes = wire.TO_CLIENT.build({"time": TIME, "nick": nick, "text": text})
    return octets


@contextmanager
def client(port: int) -> Iterator[tuple[subprocess.Popen[bytes], int]]:
    """The client on a terminal of 80 × 24."""
    near, far = pty.openpty()
    ioctl(far, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
    command = [sys.executable, "-m", "reference_client", "--no-history", "--nick", "ann", f"127.0.0.1:{port}"]
    with subprocess.Popen(
        command, stdin=far, stdout=far, stderr=far, env=os.environ | {"TERM": "xterm-256color"}, start_new_session=True
    ) as process:
        os.close(far)
        try:
            yield process, near
        finally:
            process.kill()
            os.close(near)


class Typist:
    """Types a letter every tenth of a second and notes when it is seen."""

    def __init__(self, terminal: int) -> None:
        self.latencies: list[float] = []
        self.shown = 0  # number of the latest message on the screen
        self._terminal = terminal
        self._letter = FIRST
        self._typed_at: float | None = None
        self._next = 0.0
        self._tail = b""

    def turn(self, now: float) -> None:
        """Reads what there is, answers the terminal's questions, and types when it is time."""
        while select.select([self._terminal], [], [], 0)[0]:
            octets = os.read(self._terminal, 65_536)
            numbers = _NUMBER.findall(octets)
            self.shown = int(numbers[-1]) if numbers else self.shown
            # A question or a letter may be cut by the read.
            os.write(self._terminal, ANSWER * ((self._tail + octets).count(ASK) - self._tail.count(ASK)))
            text = self._tail + octets
            self._tail = octets[-8:]
            if self._typed_at is not None and chr(self._letter).encode() in text:
                self.latencies.append(time.monotonic() - self._typed_at)
                self._typed_at = None
                self._letter += 1
        if self._typed_at is None and now >= self._next:
            self._typed_at, self._next = now, now + 0.1
            os.write(self._terminal, chr(self._letter).encode())


def measure(rate: int, seconds: float) -> dict[str, Any]:
    """Latencies and CPU time at a rate of messages a second."""
    with (
        socket.create_server(("127.0.0.1", 0)) as listener,
        client(listener.getsockname()[1]) as (process, terminal),
        listener.accept()[0] as peer,
    ):
        peer.recv(1000)
        peer.sendall(frame("Server", "[ann] joined the chat"))
        typist = Typist(terminal)
        warm = time.monotonic() + 1.5
        while time.monotonic() < warm:
            typist.turn(0)
            time.sleep(TICK_S)
        typist.latencies.clear()
        before = _cpu_s(process.pid)
        start, sent = time.monotonic(), 0
        while (now := time.monotonic()) - start < seconds:
            due = int((now - start) * rate) - sent
            peer.sendall(b"".join(frame("bob", f"{sent + at} {TEXT}") for at in range(due)))
            sent += due
            typist.turn(now)
            time.sleep(TICK_S)
        ordered = sorted(typist.latencies)
        return {
            "rate": sent / seconds,
            "behind": (sent - typist.shown) / max(1, rate),
            "median": statistics.median(ordered) * 1000,
            "p95": ordered[int(len(ordered) * 0.95)] * 1000,
            "worst": ordered[-1] * 1000,
            "cpu": (_cpu_s(process.pid) - before) / seconds,
            "keys": len(ordered),
        }


def _cpu_s(pid: int) -> float:
    with open(f"/proc/{pid}/stat", encoding="ascii") as file:  # noqa: PTH123
        fields = file.read().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def main() -> None:
    """Prints a table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rates", type=int, nargs="+", default=[0, 100, 1000, 5000, 10_000], help="messages a second")
    parser.add_argument("--seconds", type=float, default=8, help="of each measurement")
    options = parser.parse_args()
    print("| messages a second | letters | median ms | 95 % ms | worst ms | CPU | s behind |")
    print("|---:" * 7 + "|")
    for rate in options.rates:
        row = measure(rate, options.seconds)
        print(
            f"| {row['rate']:.0f} | {row['keys']} | {row['median']:.0f} | {row['p95']:.0f} | {row['worst']:.0f} "
            f"| {row['cpu']:.0%} | {row['behind']:.2f} |",
            flush=True,
        )


if __name__ == "__main__":
    main()
