"""Runs one of the clients: `python -m conformance.clients.faults NAME [--nick NICK] HOST:PORT`."""

import argparse
from collections.abc import Sequence

from conformance.clients.faults import CLIENT_FAULTS, CLIENT_FRIENDS, Client


def listing() -> str:
    """One line for each client: its name, what it breaks or may warn about, and why."""
    faults = [f"{name:28} {', '.join(one.breaks):20} {one.mistake}" for name, one in sorted(CLIENT_FAULTS.items())]
    friends = [
        f"{name:28} {'warns ' + ', '.join(one.warns) if one.warns else '-':20} {one.oddity}"
        for name, one in sorted(CLIENT_FRIENDS.items())
    ]
    return "\n".join(
        [f"{'correct':28} {'-':20} the base of all the others", "", "Faulty:", *faults, "", "Friendly:", *friends]
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """The command; returns its exit status. A crash that is the fault itself ends it with a traceback."""
    parser = argparse.ArgumentParser(
        "python -m conformance.clients.faults", description="Runs a faulty or a friendly odd client."
    )
    parser.add_argument("name", nargs="?", metavar="NAME")
    parser.add_argument("address", nargs="?", metavar="HOST:PORT")
    parser.add_argument("--nick", help="default: the first line of standard input")
    parser.add_argument("--list", action="store_true", help="show all names, what each breaks, and the mistake")
    options = parser.parse_intermixed_args(arguments)
    if options.list:
        print(listing())
        return 0
    clients: dict[str, type[Client]] = {"correct": Client, **CLIENT_FAULTS, **CLIENT_FRIENDS}
    if options.name not in clients:
        parser.error(f"there is no client {options.name!r}; --list shows all" if options.name else "which NAME?")
    host, _, port = (options.address or "").rpartition(":")
    if not host or not port.isdecimal():
        parser.error("which HOST:PORT?")
    return clients[options.name](options.nick, host, int(port)).run()


if __name__ == "__main__":
    raise SystemExit(main())
