"""What `chat-server --delay` saves and costs at a moderate load: `python -m benchmarks.delay`.

The paced phase of `benchmarks.fanout`, with the servers that differ in the option taking turns. Medians.
"""

import argparse
import statistics
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from benchmarks.codec import machine
from benchmarks.fanout import Plan, measured
from benchmarks.process import FailedError
from benchmarks.rivals import Rival, compiled, reference

DELAYS_MS = (0, 1, 2, 5)


def rows(members: tuple[int, ...], rates: tuple[int, ...], seconds: float, repetitions: int) -> Iterator[str]:
    """The lines of the table, in Markdown; each group of servers is measured before its lines are given.

    Raises:
        FailedError: a program cannot be built, or a measurement has failed.
    """
    servers = [Rival(f"{delay} ms", reference("--delay", str(delay))) for delay in DELAYS_MS]
    yield "| members | deliveries/s | delay | share of a core | p50 ms | p99 ms |\n|---:|---:|---:|---:|---:|---:|"
    with tempfile.TemporaryDirectory() as folder:
        compiled(Path(folder))
        for count in members:
            for rate in rates:
                plan = Plan(seconds=seconds, rate=rate)
                yield from _group(servers, count, plan, Path(folder), repetitions)


def _group(servers: list[Rival], members: int, plan: Plan, folder: Path, repetitions: int) -> Iterator[str]:
    found: dict[str, list[tuple[float, float, float]]] = {server.name: [] for server in servers}
    for _ in range(repetitions):
        for server in servers:
            cell = measured(server, members, plan, folder)
            if "error" in cell:
                raise FailedError(cell["error"])
            paced = cell["paced"]
            share = paced["server_cpu_s"] / paced["seconds"]
            found[server.name].append((share, paced["p50_us"] / 1e3, paced["p99_us"] / 1e3))
    for name, figures in found.items():
        share, p50, p99 = (statistics.median(column) for column in zip(*figures, strict=True))
        yield f"| {members} | {plan.rate:,.0f} | {name} | {share:.3f} | {p50:.2f} | {p99:.2f} |"


def main() -> int:
    """Measures and prints.

    Returns:
        0, or 1 if it cannot be measured.
    """
    parser = argparse.ArgumentParser(prog="python -m benchmarks.delay", description=__doc__)
    parser.add_argument("--members", type=int, nargs="+", default=[10, 100, 500], help="(default %(default)s)")
    parser.add_argument("--rates", type=int, nargs="+", default=[40_000, 200_000], help="deliveries a second")
    parser.add_argument("--seconds", type=float, default=0.5, help="of a phase (default %(default)g)")
    parser.add_argument("--repetitions", type=int, default=3, help="(default %(default)s)")
    options = parser.parse_args()
    print(f"{machine()}\n")
    try:
        for line in rows(tuple(options.members), tuple(options.rates), options.seconds, options.repetitions):
            print(line, flush=True)
    except FailedError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
