"""How long the suite takes: `python -m benchmarks.suite`, against servers that are quick, threaded, slow, or silent.

Seconds of whole runs in this process, one after the other; the goals are those for a warm reference server on two cores.
"""

import socket
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from conformance.run import Options, Report, run
from conformance.target import Target, reference_command

FAULTS = [sys.executable, "-P", "-m", "conformance.faults"]
PATIENT = "ROBUST-4"  # every run that judges it takes ten seconds, because it gives an idle connection so long


@contextmanager
def black_hole() -> Iterator[tuple[str, int]]:
    """A server that accepts and never says anything."""
    listener = socket.create_server(("127.0.0.1", 0), backlog=512)
    kept: list[socket.socket] = []

    def swallow() -> None:
        while True:
            try:
                kept.append(listener.accept()[0])
            except OSError:
                return

    thread = threading.Thread(target=swallow, daemon=True)
    thread.start()
    try:
        yield listener.getsockname()
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        for sock in kept:
            sock.close()


def row(name: str, report: Report, goal: float | None) -> str:
    """One line of the table."""
    rates = f"{report.connections / report.duration:8.0f} {report.frames / report.duration:9.0f}"
    verdict = "/".join(report.verdicts.values())
    met = "" if goal is None else f"< {goal:g} s: {'met' if report.duration < goal else 'not met'}"
    return f"{name:<40} {report.duration:7.1f} {report.played:7} {report.connections:7} {rates}  {verdict:<16} {met}"


def main() -> None:
    """Prints the table."""
    print(f"{'server, depth':<40} {'seconds':>7} {'scripts':>7} {'conns':>7} {'conns/s':>8} {'frames/s':>9}  verdicts")
    reference = reference_command()
    runs: list[tuple[str, list[str], Options, float | None]] = [
        ("reference, warming up", reference, Options(depth="quick", skip=[PATIENT]), None),
        (f"reference, quick, without {PATIENT}", reference, Options(depth="quick", skip=[PATIENT]), 4.0),
        ("reference, quick", reference, Options(depth="quick"), None),
        ("reference, standard", reference, Options(), 20.0),
        (
            f"thread per client, quick, without {PATIENT}",
            _shipped("thread-per-client"),
            Options(depth="quick", skip=[PATIENT]),
            None,
        ),
        ("thread per client, standard", _shipped("thread-per-client"), Options(), None),
        ("50 ms lag, quick", _shipped("lagging"), Options(depth="quick"), None),
    ]
    if "--thorough" in sys.argv:
        runs.insert(4, ("reference, thorough", reference, Options(depth="thorough"), 120.0))
    for name, command, options, goal in runs:
        print(row(name, run(Target(None, command), options), goal), flush=True)
    with black_hole() as address:
        print(row("black hole, standard", run(Target(address), Options()), 20.0), flush=True)


def _shipped(name: str) -> list[str]:
    return [*FAULTS, name, "--port", "{port}"]


if __name__ == "__main__":
    main()
