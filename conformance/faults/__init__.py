"""Faulty servers, and friendly odd ones: what the conformance suite proves itself with.

Each faulty server makes one known mistake, which the suite has to find; each friendly one is odd but within its
rights, and the suite has to pass it. `python -m conformance.faults --list` shows them all.
"""

from conformance.faults import (
    body,
    delivery,
    forging,
    framing,
    friendly,
    histories,
    holding,
    joining,
    leaving,
    leftovers,
    memories,
    nicks,
    refusals,
    relaying,
    robustness,
    sizes,
    states,
    stream,
    texts,
    times,
    transports,
)
from conformance.faults.base import CrashError, Server
from conformance.faults.fault import FAULTS, FRIENDS, Fault, Friend

# Importing a section registers what is in it.
SECTIONS = (
    framing,
    stream,
    sizes,
    body,
    times,
    nicks,
    holding,
    joining,
    refusals,
    relaying,
    forging,
    texts,
    leaving,
    robustness,
    transports,
    delivery,
    friendly,
    histories,
    memories,
    leftovers,
    states,
)

__all__ = ["FAULTS", "FRIENDS", "SECTIONS", "CrashError", "Fault", "Friend", "Server"]
