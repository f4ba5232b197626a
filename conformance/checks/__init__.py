"""The checks, a few modules for each section of protocol.md. Importing this package registers them all."""

from conformance.checks import (
    body,
    bystanders,
    capacity,
    clocks,
    cutting,
    forging,
    framing,
    freeing,
    joining,
    leaving,
    malformed,
    nicks,
    offending,
    ordering,
    patience,
    refused,
    refusing,
    relaying,
    robustness,
    silence,
    sizes,
    successors,
    undecodable,
)

# isort: split
# Behind the others: what a simple check shows, no crowd and no drawn conversation need show.
from conformance.checks import conversing, crowds

__all__ = [
    "body",
    "bystanders",
    "capacity",
    "clocks",
    "conversing",
    "crowds",
    "cutting",
    "forging",
    "framing",
    "freeing",
    "joining",
    "leaving",
    "malformed",
    "nicks",
    "offending",
    "ordering",
    "patience",
    "refused",
    "refusing",
    "relaying",
    "robustness",
    "silence",
    "sizes",
    "successors",
    "undecodable",
]
