"""The results of `benchmarks.fanout` as tables in Markdown and as plots."""

import json
import statistics
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks import plots
from benchmarks.rivals import LIMIT, NGIRC, ODD, REDIS, REFERENCE

FULL_SHARE = 0.9  # of its core: of a generator, that it is what was measured; of a server, that it had enough to do

Cell = dict[str, Any]
Figure = Callable[[Cell], float]


def rate(cell: Cell) -> float:
    """Deliveries a second."""
    return float(cell["full"]["deliveries"] / cell["full"]["seconds"])


def efficiency(cell: Cell) -> float:
    """Deliveries in a second of the server's processor time."""
    return float(cell["full"]["deliveries"] / max(cell["full"]["server_cpu_s"], 1e-9))


def generator(cell: Cell) -> float:
    """How much of its core the load generator took."""
    return float(cell["full"]["generator_share"])


def busy(cell: Cell) -> float:
    """How much of its core the server took."""
    return float(cell["full"]["server_cpu_s"] / cell["full"]["seconds"])


def latency(percentile: str) -> Figure:
    """Milliseconds at the fixed rate, from when a message was due."""
    return lambda cell: float(cell["paced"][f"{percentile}_us"] / 1e3)


def turn(cell: Cell) -> float:
    """Microseconds of processor time for a turn with one message in it."""
    return float(cell["single"]["server_cpu_s"] / max(cell["single"]["messages"], 1) * 1e6)


def resident(cell: Cell) -> float:
    """Octets of resident memory for a member that has just joined."""
    return float((cell["rss_joined"] - cell["rss_before"]) / cell["members"])


class Results:
    """The cells, by server and members."""

    def __init__(self, results: dict[str, Any]) -> None:
        self.all = results
        self.cells = [cell for cell in results["cells"] if "error" not in cell]
        self.errors = [cell for cell in results["cells"] if "error" in cell]
        self.servers = list(dict.fromkeys(cell["server"] for cell in results["cells"]))
        self.members = sorted({cell["members"] for cell in results["cells"]})

    def of(self, server: str, members: int) -> dict[int, Cell]:
        """The cells of one server by repetition."""
        found = (cell for cell in self.cells if (cell["server"], cell["members"]) == (server, members))
        return {cell["repetition"]: cell for cell in found}

    def median(self, server: str, members: int, figure: Figure) -> float | None:
        """Of the repetitions; None if there are none."""
        values = [figure(cell) for cell in self.of(server, members).values()]
        return statistics.median(values) if values else None

    def ratio(self, one: str, other: str, members: int, figure: Figure) -> float | None:
        """The median of the repetitions' ratios."""
        ours, theirs = self.of(one, members), self.of(other, members)
        ratios = [figure(ours[key]) / figure(theirs[key]) for key in ours.keys() & theirs.keys() if figure(theirs[key])]
        return statistics.median(ratios) if ratios else None


@dataclass(frozen=True)
class Goal:
    """What a ratio of the reference server to another is to be.

    Attributes:
        latency: the ratio is of p99, to be at most the bound; else of deliveries, to be at least.
    """

    members: int
    bound: float
    server: str = REFERENCE
    other: str = LIMIT
    latency: bool = False

    def line(self, results: Results) -> str | None:
        """A row of the table of goals; None if it was not measured."""
        figures = (latency("p99"),) if self.latency else (rate, efficiency)
        ratios = [results.ratio(self.server, self.other, self.members, figure) for figure in figures]
        if ratios[-1] is None:
            return None
        decisive = ratios[-1] if self.latency or self._cpu_decides(results) else ratios[0]
        assert decisive is not None
        met = decisive <= self.bound if self.latency else decisive >= self.bound
        what = "p99" if self.latency else "deliveries"
        shown = ["" if self.latency else f"{ratios[0]:.2f}", f"{ratios[-1]:.2f}"]
        cells = [f"{what}, {self.server}", self.other, str(self.members), *shown]
        sign = "≤" if self.latency else "≥"
        return f"| {' | '.join(cells)} | {sign} {self.bound:g} | {'met' if met else '**not met**'} |"

    def _cpu_decides(self, results: Results) -> bool:
        """Whether deliveries a second say nothing: a server had to wait, for the generator or for its core."""
        for server in (self.server, self.other):
            shares = [results.median(server, self.members, figure) for figure in (generator, busy)]
            if shares[0] is None or shares[1] is None or shares[0] >= FULL_SHARE or shares[1] < FULL_SHARE:
                return True
        return False


def goals() -> list[Goal]:
    """The reference server's."""
    found = [Goal(members, bound) for members, bound in ((10, 0.25), (100, 0.65), (500, 0.9), (900, 0.9), (5000, 0.8))]
    found += [Goal(members, 5, other=REDIS) for members in (500, 900)]
    found += [Goal(members, 8, other=NGIRC) for members in (500, 900)]
    found += [Goal(members, 0.6, ODD, REFERENCE) for members in (10, 100, 500, 900, 5000)]
    bounds = {10: 2.5, 100: 1.5, 500: 1.5, 900: 1.5, 5000: 2.5}
    return found + [Goal(members, bound, latency=True) for members, bound in bounds.items()]


def table(results: Results, title: str, figure: Figure, form: str, scale: float = 1.0) -> Iterator[str]:
    """One figure: a row for each server, a column for each number of members."""
    yield f"\n### {title}\n"
    yield "| server | " + " | ".join(f"{members:,}" for members in results.members) + " |"
    yield "|---" + "|---:" * len(results.members) + "|"
    for server in results.servers:
        values = [results.median(server, members, figure) for members in results.members]
        yield (
            f"| {server} | " + " | ".join("" if value is None else f"{value * scale:{form}}" for value in values) + " |"
        )


def idle(results: Results) -> Iterator[str]:
    """What a member costs that says nothing."""
    if len(results.members) < 2:
        return
    few, many = (
        results.members[0],
        max(members for members in results.members if members <= 900 or len(results.members) < 3),
    )
    yield "\n### A member that says nothing\n"
    yield f"Resident memory with {many:,} members, and what each adds to a turn with one message, its send included.\n"
    yield "| server | kB | µs a turn |\n|---|---:|---:|"
    for server in results.servers:
        low, high = (results.median(server, members, turn) for members in (few, many))
        memory = results.median(server, many, resident)
        if low is not None and high is not None and memory is not None:
            yield f"| {server} | {memory / 1e3:.1f} | {(high - low) / (many - few):.2f} |"


def markdown(results: Results) -> Iterator[str]:
    """The report."""
    plan = results.all["plan"]
    yield f"{results.all['machine']}; {results.all['at']}; {results.all['duration_seconds']:.0f} s in all. "
    yield f"Medians of {plan['repetitions']} repetitions, phases of {plan['seconds']:g} s; {plan['window']} messages in flight,"
    yield f"paced phases at {plan['rate']:,.0f} deliveries a second. Columns are members."
    yield "\n### Goals\n"
    yield "Deliveries a second decide; those in a second of the server's CPU where the generator was full or a server was not."
    yield ""
    yield "| | beside | members | deliveries/s | per CPU second | goal | |\n|---|---|---:|---:|---:|---:|---|"
    yield from (line for goal in goals() if (line := goal.line(results)) is not None)
    yield from table(results, "Thousand deliveries a second", rate, ",.0f", 1e-3)
    yield from table(results, "Thousand deliveries in a second of the server's CPU", efficiency, ",.0f", 1e-3)
    yield from table(results, "CPU seconds for a million deliveries", lambda cell: 1e6 / efficiency(cell), ".3f")
    yield from table(results, "p50 in ms at the fixed rate", latency("p50"), ".2f")
    yield from table(results, "p99 in ms at the fixed rate", latency("p99"), ".2f")
    yield from table(results, "Share of its core that the server took, full", busy, ".2f")
    yield from table(results, "Share of its core that the load generator took, full", generator, ".2f")
    yield from idle(results)
    if results.errors:
        yield "\nNot measured:"
        yield from (f"- {cell['server']}, {cell['members']} members: {cell['error']}" for cell in results.errors)


def write(found: dict[str, Any], out: Path | None, svg: Path | None) -> None:
    """Prints the report, and writes what is asked for."""
    results = Results(found)
    text = "\n".join(markdown(results)) + "\n"
    print(text)
    for folder in (out, svg):
        if folder is not None:
            folder.mkdir(parents=True, exist_ok=True)
    if out is not None:
        (out / "fanout.json").write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
        (out / "fanout.md").write_text(text, encoding="utf-8")
    if svg is not None:
        for name, title, figure in (
            ("fanout-throughput.svg", "Deliveries a second, 256 messages in flight", rate),
            ("fanout-latency.svg", "p99 in ms at 40,000 deliveries a second", latency("p99")),
        ):
            lines = {server: _points(results, server, figure) for server in results.servers}
            (svg / name).write_text(plots.logarithmic(title, "members", lines), encoding="utf-8")


def _points(results: Results, server: str, figure: Figure) -> list[tuple[float, float]]:
    values = ((members, results.median(server, members, figure)) for members in results.members)
    return [(members, value) for members, value in values if value]
