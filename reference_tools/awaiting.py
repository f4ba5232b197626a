"""Waiting for the server of a demo: it runs in a pane of somebody else's, and reports from there."""

import secrets
import socket
import time
from collections.abc import Callable
from contextlib import suppress

_LOOK_S = 0.2
_REPORT_OCTETS = 8192


class FailedError(Exception):
    """The demo cannot go on; the message says why, in one line."""


class Awaited:
    """Where the report arrives.

    Attributes:
        port: of the loopback interface.
        mark: what the report has to begin with: others may connect here too.
    """

    def __init__(self) -> None:
        self.mark = secrets.token_hex(8)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._listener.settimeout(_LOOK_S)
        self.port: int = self._listener.getsockname()[1]

    def close(self) -> None:
        """Waits for nothing any more."""
        self._listener.close()

    def address(self, patience_s: float, trouble: Callable[[], str | None]) -> str:
        """Where the server listens, once it does.

        Args:
            patience_s: seconds to wait for it.
            trouble: tells why there will be no report, if that is known.

        Raises:
            FailedError: the server has ended, or there is no report.
        """
        until = time.monotonic() + patience_s
        while time.monotonic() < until:
            kind, _, what = self._report().partition(" ")
            if kind == "listening":
                return what
            if kind == "ended":
                raise FailedError(what or "the server has ended")
            reason = trouble()
            if reason is not None:
                raise FailedError(reason)
        raise FailedError(f"the server does not listen within {patience_s:g} s")

    def _report(self) -> str:
        """The next report; none if there is none yet."""
        with suppress(TimeoutError):
            way, _ = self._listener.accept()
            with way, suppress(OSError):
                way.settimeout(_LOOK_S)
                line = way.makefile("rb").readline(_REPORT_OCTETS).decode(errors="replace").rstrip("\n")
                mark, _, sentence = line.partition(" ")
                if mark == self.mark:
                    return sentence
        return ""
