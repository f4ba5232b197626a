"""The checks, one module for each section of protocol.md. Importing this package registers them all."""

from conformance.checks import body, framing, joining, leaving, nicks, relaying, robustness

__all__ = ["body", "framing", "joining", "leaving", "nicks", "relaying", "robustness"]
