"""The checks, a few modules for each section of protocol.md. Importing this package registers them all."""

from conformance.checks import (
    body,
    clocks,
    cutting,
    framing,
    joining,
    leaving,
    malformed,
    nicks,
    ordering,
    patience,
    refusing,
    relaying,
    robustness,
    sizes,
)

__all__ = [
    "body",
    "clocks",
    "cutting",
    "framing",
    "joining",
    "leaving",
    "malformed",
    "nicks",
    "ordering",
    "patience",
    "refusing",
    "relaying",
    "robustness",
    "sizes",
]
