"""Finds packages of the same generic names that stand in the way of ours.

`spec` and `conformance` are names that other distributions and a user's own folders use too.
"""

import importlib.util
import sys
from pathlib import Path

OURS = ("spec", "conformance")


def check_packages() -> None:
    """Leaves with a message if a package beside ours is not ours.

    Raises:
        SystemExit: with status 2; the message names the path of the intruder and the cure.
    """
    home = Path(__file__).resolve().parents[1]
    for name in OURS:
        found = importlib.util.find_spec(name)
        place = Path(found.origin).resolve().parent if found is not None and found.origin else None
        if place is None or place.parent != home:
            print(
                f"chat-conformance: the package {name!r} is taken from {place or 'nowhere'} instead of {home / name}.\n"
                "Another distribution or a folder of your own has the same name. Install chatproto-conformance into a\n"
                "virtual environment of its own (python3 -m venv), and do not put that folder on PYTHONPATH.",
                file=sys.stderr,
            )
            raise SystemExit(2)
