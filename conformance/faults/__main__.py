"""Runs one of the servers: `python -m conformance.faults NAME --port PORT`."""

import argparse
import os
import signal
import sys
import threading
from collections.abc import Sequence
from typing import Protocol

from conformance.faults import FAULTS, FRIENDS, Server

GRACE_SECONDS = 2.0


class Runnable(Protocol):
    """What every server here can do."""

    port: int

    def serve(self) -> None:
        """Serves until it is stopped."""

    def stop(self) -> None:
        """Makes serve() return."""


def build(name: str, port: int) -> Runnable:
    """The server of this name, listening on 127.0.0.1.

    Raises:
        KeyError: there is none of this name.
    """
    servers: dict[str, type] = {"correct": Server, **FAULTS, **FRIENDS}
    server: Runnable = servers[name](port=port)
    return server


def listing() -> str:
    """One line for each server: its name, what it breaks or may warn about, and why."""
    faults = [f"{name:36} {', '.join(fault.breaks):26} {fault.mistake}" for name, fault in sorted(FAULTS.items())]
    friends = [
        f"{name:36} {'warns ' + ', '.join(friend.warns) if friend.warns else '-':26} {friend.oddity}"
        for name, friend in sorted(FRIENDS.items())
    ]
    return "\n".join(
        [f"{'correct':36} {'-':26} the base of all the others", "", "Faulty:", *faults, "", "Friendly:", *friends]
    )


def stop_on_signal(server: Runnable) -> None:
    """Makes SIGTERM and SIGINT end the process with status 0."""

    def stop(number: int, frame: object) -> None:
        server.stop()
        # A server whose fault is to block never gets as far as looking.
        timer = threading.Timer(GRACE_SECONDS, os._exit, (0,))
        timer.daemon = True
        timer.start()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)


def main(arguments: Sequence[str] | None = None) -> int:
    """The command; returns its exit status. A crash that is the fault itself ends it with a traceback."""
    parser = argparse.ArgumentParser(
        "python -m conformance.faults", description="Runs a faulty or a friendly odd server."
    )
    parser.add_argument("name", nargs="?", metavar="NAME")
    parser.add_argument("--port", type=int, default=0, help="default: a free one")
    parser.add_argument("--list", action="store_true", help="show all names, what each breaks, and the mistake")
    options = parser.parse_args(arguments)
    if options.list:
        try:
            print(listing(), flush=True)
        except BrokenPipeError:  # whoever read it has seen enough; what is still held back must not be tried again
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    if options.name not in {"correct", *FAULTS, *FRIENDS}:
        parser.error(f"there is no server {options.name!r}; --list shows all" if options.name else "which NAME?")
    server = build(options.name, options.port)
    stop_on_signal(server)
    print(f"listening on 127.0.0.1:{server.port}", flush=True)
    server.serve()
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
