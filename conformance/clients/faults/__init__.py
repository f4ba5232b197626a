"""Faulty clients, and friendly odd ones: what judging clients proves itself with.

Each faulty client makes one known mistake, which the suite has to find; each friendly one is odd but within its rights, and
the suite has to pass it. `python -m conformance.clients.faults --list` shows them all.
"""

from conformance.clients.faults import ending, friendly, lines, reading, sending, showing
from conformance.clients.faults.base import Client
from conformance.clients.faults.fault import CLIENT_FAULTS, CLIENT_FRIENDS

# Importing a section registers what is in it.
SECTIONS = (sending, lines, reading, showing, ending, friendly)

__all__ = ["CLIENT_FAULTS", "CLIENT_FRIENDS", "SECTIONS", "Client"]
