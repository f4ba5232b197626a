"""What runs in each pane or window of a demo: the command, and what its reader has to know when it ends.

`python -m reference_tools.pane [--report PORT MARK] COMMAND…`. A window that closes at once takes the reason with it,
so one whose command failed stays until somebody presses Enter. With --report the command is a server: what becomes of
it, that it listens or that it has ended, is told as one line to a port of the loopback interface.
"""

import contextlib
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Sequence
from types import FrameType

from reference_tools import running
from spec import display

STARTED = b"---Server Started---"

_ADDRESS = re.compile(rb"listening on (\S+)")
_LINE_OCTETS = 4096  # of which more is not looked at
# Done; Ctrl-C and chat-stop, as shells count them and as subprocess does; and chat-stop on Windows.
_QUIET = {0, 130, -signal.SIGINT, 143, -signal.SIGTERM, int(signal.SIGTERM)}


def main(words: Sequence[str] | None = None) -> int:
    """Runs the command to its end; gives its exit status."""
    words = list(sys.argv[1:] if words is None else words)
    # Ctrl-C is the command's to understand. Ignored, it would be so in the command too; a handler is not inherited.
    signal.signal(signal.SIGINT, _heard)
    if words[0] == "--report":
        status = _serve(words[3:], Report(int(words[1]), words[2]))
    else:
        status = subprocess.run(words, check=False).returncode  # noqa: S603  # what the demo has put together
    if status not in _QUIET and sys.stdin.isatty():
        with running.listed(running.WINDOW, "waits for Enter"), contextlib.suppress(EOFError):
            input(f"It has ended with status {status}; Enter closes this. ")
    return abs(status)


class Report:
    """The way back to the one who waits for the server.

    Args:
        port: where he listens, on the loopback interface.
        mark: tells him that it is us.
    """

    def __init__(self, port: int, mark: str) -> None:
        self._port = port
        self._mark = mark
        self.is_made = False

    def make(self, sentence: str) -> None:
        """Tells him, the first time; if he does not wait any more, nobody minds."""
        if not self.is_made:
            self.is_made = True
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self._port), 5.0) as way:
                way.sendall(f"{self._mark} {sentence}\n".encode())


def _serve(words: list[str], report: Report) -> int:
    process = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)  # noqa: S603
    last = _copied(process, report)
    report.make(f"ended {last}")
    return process.wait()


def _copied(process: "subprocess.Popen[bytes]", report: Report) -> str:
    """Shows what the server prints until its end, and reports that it listens; its last line."""
    assert process.stdout is not None
    line, address, is_up = b"", b"", False
    with process.stdout:
        while (piece := process.stdout.readline(_LINE_OCTETS)) != b"":
            sys.stdout.buffer.write(piece)  # the server has made it safe for a terminal
            sys.stdout.buffer.flush()
            line = piece.strip() or line
            # The two lines are of two streams, and come in any order.
            found = _ADDRESS.search(piece)
            address = found[1] if found is not None and not address else address
            is_up = is_up or line == STARTED
            if is_up and address:
                report.make(f"listening {address.decode(errors='replace')}")
    return display.safe(line.decode(errors="replace"))


def _heard(number: int, frame: FrameType | None) -> None:
    """Nothing: the command has got the signal too."""


if __name__ == "__main__":
    sys.exit(main())
