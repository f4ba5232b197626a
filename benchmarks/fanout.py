"""How many deliveries a second, at what latency and cost: `python -m benchmarks.fanout`, beside other servers.

One run: the cells (a server with so many members) take turns, repetition after repetition, server on one core and the
load generator on another. Figures are medians; a ratio is the median of the repetitions' ratios. Nothing is asserted.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks import fanout_report
from benchmarks.codec import machine
from benchmarks.process import FailedError, free_port, pinned, serving
from benchmarks.rivals import Rival, compiled, rivals

MEMBERS = (10, 100, 500, 900, 5000)
WINDOW = 256  # messages in flight
RATE = 40_000  # deliveries a second in the paced phase
SERVER_CORE, GENERATOR_CORE = 0, 1


@dataclass(frozen=True)
class Plan:
    """What is measured.

    Attributes:
        members: of each room.
        seconds: of a phase with a full window, and of one at a fixed rate; half of it with one message in flight.
        repetitions: of everything.
        window: messages in flight.
        rate: deliveries a second that are offered in the paced phase.
    """

    members: tuple[int, ...] = MEMBERS
    seconds: float = 0.6
    repetitions: int = 3
    window: int = WINDOW
    rate: float = RATE


def cells(plan: Plan, servers: list[Rival]) -> Iterator[tuple[Rival, int, int]]:
    """Server, members and repetition: all servers with one number of members, one after the other, then the next."""
    for repetition in range(plan.repetitions):
        for members in plan.members:
            for server in servers:
                if members <= server.most:
                    yield server, members, repetition


def measured(server: Rival, members: int, plan: Plan, folder: Path) -> dict[str, Any]:
    """The figures of one cell, as the load generator prints them; `error` if it could not be measured."""
    port = free_port()
    try:
        with serving(server.command(port, folder), port, core=SERVER_CORE) as process:
            return _loaded(server, members, plan, folder, port, process.pid)
    except FailedError as error:
        return {"error": str(error)}


def _loaded(server: Rival, members: int, plan: Plan, folder: Path, port: int, pid: int) -> dict[str, Any]:
    figures = [members, plan.window, plan.seconds, plan.rate, int(server.odd)]
    command = [str(folder / "load"), server.protocol, str(port), str(pid), *map(str, figures)]
    try:
        with pinned(GENERATOR_CORE):
            done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=180)
    except subprocess.TimeoutExpired:
        return {"error": "no end after three minutes"}
    found: dict[str, Any] = json.loads(done.stdout) if done.returncode == 0 else {"error": done.stderr.strip()}
    return found


def run(plan: Plan, servers: list[Rival]) -> dict[str, Any]:
    """Measures all cells, and says on standard error how far it is.

    Returns:
        What `fanout.json` holds.
    """
    found = []
    todo = list(cells(plan, servers))
    begun = time.monotonic()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        compiled(folder)
        for number, (server, members, repetition) in enumerate(todo, 1):
            cell = measured(server, members, plan, folder)
            found.append({"server": server.name, "members": members, "repetition": repetition, **cell})
            print(
                f"{number}/{len(todo)}  {server.name}, {members} members: {_short(cell)}", file=sys.stderr, flush=True
            )
    return {
        "machine": f"{machine()}; {os.uname().sysname} {os.uname().release}",
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "duration_seconds": round(time.monotonic() - begun, 1),
        "plan": asdict(plan),
        "cells": found,
    }


def _short(cell: dict[str, Any]) -> str:
    if "error" in cell:
        return str(cell["error"])
    rate = cell["full"]["deliveries"] / cell["full"]["seconds"]
    efficiency = cell["full"]["deliveries"] / max(cell["full"]["server_cpu_s"], 1e-9)
    return f"{rate / 1e3:,.0f} k/s, {efficiency / 1e3:,.0f} k per CPU second, p99 {cell['paced']['p99_us']:,.0f} µs"


def parser() -> argparse.ArgumentParser:
    """The command line."""
    plan = Plan()
    made = argparse.ArgumentParser(prog="python -m benchmarks.fanout", description=__doc__)
    made.add_argument("--members", type=_numbers, default=plan.members, metavar="N,N", help="sizes of the room")
    made.add_argument("--seconds", type=float, default=plan.seconds, help="of a phase (default %(default)g)")
    made.add_argument("--repetitions", type=int, default=plan.repetitions, help="(default %(default)s)")
    made.add_argument("--servers", metavar="NAME;NAME", help="only those whose names begin so (all)")
    made.add_argument("--again", type=Path, metavar="FILE", help="measure nothing: report these results again")
    made.add_argument("--out", type=Path, metavar="DIR", help="write fanout.json and fanout.md there")
    made.add_argument("--svg", type=Path, metavar="DIR", help="write the plots there")
    return made


def _numbers(text: str) -> tuple[int, ...]:
    return tuple(int(number) for number in text.split(","))


def _chosen(names: str | None) -> list[Rival]:
    wanted = tuple(names.split(";")) if names else ("",)
    chosen = [server for server in rivals() if server.name.startswith(wanted)]
    for server in chosen:
        if not server.installed:
            print(f"{server.name}: left out, {server.needs} is not installed", file=sys.stderr)
    return [server for server in chosen if server.installed]


def main() -> int:
    """Measures, prints the report, writes the files.

    Returns:
        0; 1 if a program could not be built.
    """
    options = parser().parse_args()
    if options.again is not None:
        results = json.loads(options.again.read_text())
    else:
        plan = Plan(options.members, options.seconds, options.repetitions)
        try:
            results = run(plan, _chosen(options.servers))
        except FailedError as error:
            print(error, file=sys.stderr)
            return 1
    fanout_report.write(results, options.out, options.svg)
    return 0


if __name__ == "__main__":
    sys.exit(main())
