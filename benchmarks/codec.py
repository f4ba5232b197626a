"""What decoding and encoding cost, beside the loop that one would write by hand: `python -m benchmarks.codec`.

Every figure is a ratio within this run: the contenders take turns, round after round, each round gives one ratio, and
the table shows medians. Nothing is asserted.
"""

import argparse
import itertools
import os
import platform
import re
import statistics
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from chatproto import NEED_DATA, SERVER, Chat, Codec, Connection, Joined
from spec import wire

LONG_READ, ETHERNET_READ, SHORT_READ = 65_536, 1_460, 7  # octets
TIME, NICK, TEXT_OCTETS = "2026-01-31T12:00:00.000Z", "alice", 100
ASCII = "The quick brown fox jumps over the lazy dog. "
CYRILLIC = "Съешь же ещё этих мягких булок, да выпей чаю. "
HEADER = re.compile(rb" *([0-9]+) *")

Fields = tuple[str, ...]
Runner = Callable[[list[bytes]], int]  # works through reads, and returns the number of frames


class Loop:
    """The loop by hand that the goals are ratios to: no maximum, no complaint, one format, and nothing clever."""

    def __init__(self) -> None:
        self.rest = b""

    def decode(self, octets: bytes) -> list[Fields]:
        """The frames that are whole with these octets."""
        data = self.rest + octets
        frames: list[Fields] = []
        position = 0
        while len(data) - position >= 10:
            match = HEADER.fullmatch(data, position, position + 10)
            if match is None:
                raise ValueError(data[position : position + 10])
            end = position + 10 + int(match[1])
            if end > len(data):
                break
            time, nick, text = data[position + 10 : end].split(b"\0")
            frames.append((time.decode(), nick.decode(), text.decode()))
            position = end
        self.rest = data[position:]
        return frames


def encoded_by_hand(time: str, nick: str, text: str) -> bytes:
    """The encoder by hand that the goal of `Codec.encode` is a ratio to."""
    body = b"\0".join((time.encode(), nick.encode(), text.encode()))
    return f"{len(body):<10}".encode() + body


def by_loop(reads: list[bytes]) -> int:
    """Frames found by the loop."""
    decode = Loop().decode
    return sum(len(decode(octets)) for octets in reads)


def by_codec(reads: list[bytes]) -> int:
    """Frames found by a Codec."""
    decode = Codec(wire.TO_SERVER).decode
    return sum(len(decode(octets)) for octets in reads)


def by_connection(reads: list[bytes]) -> int:
    """Events made and consumed one by one, on a server's connection that has joined."""
    connection = Connection(SERVER)
    connection.receive_data(encoded_by_hand(TIME, NICK, ""))
    connection.next_event()
    connection.send(Joined(TIME, NICK))
    next_event, count = connection.next_event, 0
    for octets in reads:
        connection.receive_data(octets)
        while next_event() is not NEED_DATA:
            count += 1
    return count


def by_definition(definition: Any) -> Runner:
    """Frames parsed one by one by a construct object; each read must be one whole frame."""
    return lambda reads: sum(1 for octets in reads if definition.parse(octets))


def by_maker(make: Callable[..., object], *values: object) -> Runner:
    """A frame or an event made for each read."""
    return lambda reads: sum(1 for _ in reads if make(*values))


@dataclass(frozen=True, slots=True)
class FrozenChat:
    """What `Chat` would be if it were not a named tuple: the other candidate for the classes of events."""

    time: str
    nick: str
    text: str


@dataclass(frozen=True)
class Row:
    """One contender."""

    name: str
    run: Runner
    reads: list[bytes]
    rival: str = ""  # the name of the row whose time is divided by this one's
    goal: float | None = None  # the ratio to reach


def sized(sample: str) -> str:
    """TEXT_OCTETS octets made of a sample."""
    text = (sample * TEXT_OCTETS).encode()[:TEXT_OCTETS].decode(errors="ignore")
    return text + "." * (TEXT_OCTETS - len(text.encode()))


def frames_of(samples: list[str], count: int) -> list[bytes]:
    """So many frames, whose texts go round the samples."""
    texts = itertools.cycle([sized(sample) for sample in samples])
    return [encoded_by_hand(TIME, NICK, text) for text in itertools.islice(texts, count)]


def cut(frames: list[bytes], size: int) -> list[bytes]:
    """The frames, one behind the other, as reads of one size."""
    octets = b"".join(frames)
    return [octets[start : start + size] for start in range(0, len(octets), size)]


def spelled(count: int) -> list[bytes]:
    """Frames whose headers are all spelled differently (FRAME-3), more ways than a memo keeps."""
    ways = [(zeros, left) for zeros in range(8) for left in range(8 - zeros)]
    frames = []
    for index, (zeros, left) in zip(range(count), itertools.cycle(ways), strict=False):
        body = b"\0".join((b"", NICK.encode(), b"x" * (TEXT_OCTETS + index // len(ways))))
        frames.append((b" " * left + b"0" * zeros + b"%d" % len(body)).ljust(10) + body)
    return frames


def decoding(count: int) -> Iterator[Row]:
    """The rows with a goal for decoding."""
    frames = frames_of([ASCII], count)
    base = f"loop, {LONG_READ}-octet reads"
    for size, goal in ((LONG_READ, 2.0), (ETHERNET_READ, 1.0), (SHORT_READ, 1.5)):
        reads = cut(frames if size > SHORT_READ else frames[: count // 10], size)
        yield Row(f"loop, {size}-octet reads", by_loop, reads)
        yield Row(f"Codec.decode, {size}-octet reads", by_codec, reads, f"loop, {size}-octet reads", goal)
    for name, definition in (("interpreted", wire.TO_SERVER), ("compile()d", wire.TO_SERVER.compile())):
        yield Row(f"definition, {name}", by_definition(definition), frames[: count // 20], base)
    long = cut(frames, LONG_READ)
    yield Row("Codec.decode, against the definition", by_codec, long, "definition, interpreted", 20.0)
    yield Row("Connection.next_event", by_connection, long, base, 0.7)


def variants(count: int) -> Iterator[Row]:
    """Other texts and other headers, all in long reads; no goals."""
    kinds = {
        "Cyrillic texts": frames_of([CYRILLIC], count),
        "1 text in 10 Cyrillic": frames_of([CYRILLIC] + [ASCII] * 9, count),
        "no header like another": spelled(count),
    }
    for kind, frames in kinds.items():
        reads = cut(frames, LONG_READ)
        yield Row(f"loop, {kind}", by_loop, reads)
        yield Row(f"Codec.decode, {kind}", by_codec, reads, f"loop, {kind}")


def encoding(count: int) -> Iterator[Row]:
    """Encoding, and what an event costs."""
    turns = [b""] * count
    for kind, sample, goal in (("ASCII", ASCII, 1.0), ("Cyrillic", CYRILLIC, None)):
        fields = (TIME, NICK, sized(sample))
        yield Row(f"encode by hand, {kind}", by_maker(encoded_by_hand, *fields), turns)
        encode = Codec(wire.TO_CLIENT).encode
        yield Row(f"Codec.encode, {kind}", by_maker(encode, *fields), turns, f"encode by hand, {kind}", goal)
    fields = (TIME, NICK, ASCII)
    frozen = "event: frozen dataclass with slots"
    yield Row(frozen, by_maker(FrozenChat, *fields), turns)
    yield Row("event: named tuple", by_maker(Chat, *fields), turns, frozen)
    yield Row("event: named tuple, of a decoded tuple", by_maker(tuple.__new__, Chat, fields), turns, frozen)


def measured(rows: list[Row], rounds: int) -> dict[str, list[float]]:
    """Microseconds a frame of each row in each round; the rows take turns within a round."""
    times: dict[str, list[float]] = {row.name: [] for row in rows}
    for _ in range(rounds):
        for row in rows:
            start, count = time.perf_counter(), row.run(row.reads)
            times[row.name].append((time.perf_counter() - start) / count * 1e6)
    return times


def table(rows: list[Row], times: dict[str, list[float]]) -> Iterator[str]:
    """The lines of the table, in Markdown."""
    yield "| | µs a frame | times as fast as | ratio | goal | |"
    yield "|---|---:|---|---:|---:|---|"
    for row in rows:
        cells = [row.name, f"{statistics.median(times[row.name]):.3f}", row.rival, "", "", ""]
        if row.rival:
            pairs = zip(times[row.rival], times[row.name], strict=True)
            ratio = statistics.median(rival / own for rival, own in pairs)
            cells[3] = f"{ratio:.2f}"
            if row.goal is not None:
                cells[4:] = [f"{row.goal:.1f}", "PASS" if ratio >= row.goal else "below goal"]
        yield f"| {' | '.join(cells)} |"


def linearity(rounds: int) -> str:
    """How much dearer an octet of a ten times longer body is, in the shortest reads."""
    shorter, longer = (cut([encoded_by_hand("", NICK, "x" * size)], SHORT_READ) for size in (100_000, 1_000_000))
    ratios = []
    for _ in range(rounds):
        marks = [time.perf_counter()]
        for reads in (shorter, longer):
            by_codec(reads)
            marks.append(time.perf_counter())
        ratios.append((marks[2] - marks[1]) / len(longer) / ((marks[1] - marks[0]) / len(shorter)))
    verdict = "PASS" if (ratio := statistics.median(ratios)) < 2 else "below goal"  # linear is 1, quadratic is 10
    return f"An octet of a 1 MB body in {SHORT_READ}-octet reads costs {ratio:.2f} of one of a 100 kB body: {verdict}"


def machine() -> str:
    """What it ran on."""
    cpuinfo = Path("/proc/cpuinfo")
    models = re.findall(r"model name\s*: (.*)", cpuinfo.read_text()) if cpuinfo.exists() else []
    processor = models[0] if models else platform.machine()
    return f"{platform.python_implementation()} {platform.python_version()}, {os.cpu_count()} × {processor}"


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.codec", description=__doc__)
    parser.add_argument("--rounds", type=int, default=41, help="rounds; each gives one ratio (default %(default)s)")
    parser.add_argument("--frames", type=int, default=4640, help="frames a row and round (default %(default)s)")
    options = parser.parse_args()
    rows = [*decoding(options.frames), *variants(options.frames), *encoding(options.frames)]
    print(f"{machine()}; {platform.platform()}; medians of {options.rounds} rounds of {options.frames} frames\n")
    print(*table(rows, measured(rows, options.rounds)), f"\n{linearity(5)}", sep="\n")


if __name__ == "__main__":
    main()
