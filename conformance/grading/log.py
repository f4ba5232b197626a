"""What a server prints, in a file that does not outgrow its bound and that a terminal can show."""

import threading
from pathlib import Path
from types import TracebackType
from typing import Self

from spec.display import safe


class BoundedLog:
    """The first and the last octets of a stream, so many of each; made visible line by line (CLIENT-4).

    Args:
        octets: how many are kept of the stream: half from its beginning, half from its end.
    """

    def __init__(self, path: Path, octets: int) -> None:
        self._half = max(octets // 2, 1)
        self._room = self._half
        self._tail = bytearray()
        self._left_out = 0
        self._rest = b""
        self._lock = threading.Lock()
        self._file = path.open("w", encoding="utf-8", errors="replace", newline="\n")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def write(self, octets: bytes) -> None:
        """Takes what was printed; behind `close` it is dropped: somebody may still hold the other end of the pipe."""
        with self._lock:
            if not self._file.closed:
                self._write(octets)

    def close(self) -> None:
        """Writes the end of the stream."""
        with self._lock:
            if not self._file.closed:
                self._close()

    def _write(self, octets: bytes) -> None:
        first, later = octets[: self._room], octets[self._room :]
        if first:
            self._room -= len(first)
            *lines, self._rest = (self._rest + first).split(b"\n")
            self._say(lines)
            self._file.flush()  # the run may be ended from outside
        self._tail += later
        if (excess := len(self._tail) - self._half) > 0:
            self._left_out += excess
            del self._tail[:excess]

    def _close(self) -> None:
        if self._left_out:
            self._say([self._rest, b"", f"[{self._left_out} octets left out]".encode(), b""])
            self._rest = b""
        *lines, last = (self._rest + bytes(self._tail)).split(b"\n")
        self._say([*lines, *([last] if last else [])])
        self._file.close()

    def _say(self, lines: list[bytes]) -> None:
        self._file.writelines(safe(line.decode(errors="replace").removesuffix("\r")) + "\n" for line in lines)
