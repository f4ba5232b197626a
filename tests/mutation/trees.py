"""Copies of the tree in which mutants live, and commands run there: the working tree is never touched."""

import contextlib
import hashlib
import json
import os
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

PARTS = ("spec", "chatproto", "reference_server", "reference_client", "conformance", "tests", "pyproject.toml")
SWEEP_SECONDS = 5.0
MARK = "CHATPROTO_MUTANT"  # stands in the environment of whatever a tree has started


@dataclass(frozen=True, slots=True)
class Ran:
    """How a command ended.

    Attributes:
        status: its exit status; None if its time was up.
        output: what it printed, on either stream.
        seconds: how long it took.
    """

    status: int | None
    output: str
    seconds: float


class Tree:
    """A copy of the packages and tests.

    Args:
        origin: the tree to copy.
        place: an empty folder, or one that is not there yet.
    """

    def __init__(self, origin: Path, place: Path) -> None:
        self.place = place
        self._mark = uuid.uuid4().hex
        self._running: int | None = None  # leads the session of what runs
        self._warm: subprocess.Popen[str] | None = None
        place.mkdir(parents=True, exist_ok=True)
        for part in PARTS:
            if (origin / part).is_dir():
                shutil.copytree(origin / part, place / part, ignore=shutil.ignore_patterns(".hypothesis"))
            else:
                shutil.copy2(origin / part, place / part)

    def digest(self, files: tuple[str, ...]) -> str:
        """A digest of some files; one that is missing counts as empty."""
        found = hashlib.sha256()
        for name in files:
            path = self.place / name
            found.update(f"{name}\0".encode() + (path.read_bytes() if path.exists() else b""))
        return found.hexdigest()

    @contextlib.contextmanager
    def broken(self, module: str, source: str) -> Iterator[None]:
        """Has another text in place of a module's, for the duration of the block."""
        path = self.place / module
        kept = path.read_bytes()
        try:
            self._write(path, source.encode())
            yield
        finally:
            self._write(path, kept)

    def _write(self, path: Path, octets: bytes) -> None:
        path.write_bytes(octets)
        for compiled in (path.parent / "__pycache__").glob(f"{path.stem}.*.pyc"):
            compiled.unlink()  # texts of one length, written within one second, look alike to the importer

    def run(self, *arguments: str, seconds: float, compiling: bool = False) -> Ran:
        """Runs Python with arguments in the tree, and ends whatever it leaves behind.

        Args:
            seconds: after which it is killed.
            compiling: whether it may keep compiled modules; not while one is broken.
        """
        begun = time.monotonic()
        with tempfile.TemporaryFile() as printed:
            process = self._started(
                *arguments, compiling=compiling, stdin=subprocess.DEVNULL, stdout=printed, stderr=subprocess.STDOUT
            )
            self._running = process.pid
            try:
                status: int | None = process.wait(seconds)
            except subprocess.TimeoutExpired:
                status = None
            finally:
                self.end()
                process.wait()
                self._running = None
                self._sweep()
            printed.seek(0)
            output = printed.read().decode(errors="replace")
        return Ran(status, output, time.monotonic() - begun)

    def _started(self, *arguments: str, compiling: bool, **options: Any) -> "subprocess.Popen[Any]":
        environment = dict(os.environ, PYTHONPATH=str(self.place), PYTHONUNBUFFERED="1") | {MARK: self._mark}
        environment["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"  # a third of the time of a short run
        if not compiling:
            environment["PYTHONDONTWRITEBYTECODE"] = "1"
        command = [sys.executable, "-P", *arguments]
        return subprocess.Popen(command, cwd=self.place, env=environment, start_new_session=True, **options)

    def test(self, *arguments: str, seconds: float, compiling: bool = False) -> Ran:
        """Runs pytest with arguments in the tree, in a fork of a process that is kept for the next ones.

        Args:
            seconds: after which it is killed.
            compiling: whether it may keep compiled modules; not while one is broken.
        """
        if self._warm is None:
            pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True, "bufsize": 1}
            self._warm = self._started("-m", "tests.mutation.warm", compiling=True, **pipes)
        assert self._warm.stdin is not None
        assert self._warm.stdout is not None
        begun, output = time.monotonic(), self.place / "printed.txt"
        request = {"arguments": arguments, "output": str(output), "compiling": compiling}
        self._warm.stdin.write(json.dumps(request) + "\n")
        self._running = int(self._warm.stdout.readline())
        in_time, _, _ = select.select([self._warm.stdout], [], [], seconds)
        self.end()  # what is left of its session too
        status = int(self._warm.stdout.readline())
        self._running = None
        self._sweep()
        printed = output.read_text(encoding="utf-8", errors="replace") if output.exists() else ""
        return Ran(status if in_time else None, printed, time.monotonic() - begun)

    def close(self) -> None:
        """Ends the process that is kept."""
        if self._warm is not None:
            assert self._warm.stdin is not None
            assert self._warm.stdout is not None
            self._warm.kill()
            self._warm.wait()
            self._warm.stdin.close()
            self._warm.stdout.close()
            self._warm = None

    def end(self) -> None:
        """Ends what runs here now, if anything does."""
        if self._running is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._running, signal.SIGKILL)

    def _sweep(self) -> None:
        """Ends servers in sessions of their own whose suite was killed; only what has this tree's mark is its own."""
        until = time.monotonic() + SWEEP_SECONDS
        kept = self._warm.pid if self._warm is not None else None
        while (left := [pid for pid in self._marked() if pid != kept]) and time.monotonic() < until:
            for pid in left:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            time.sleep(0.01)  # nothing tells when another's child has ended

    def _marked(self) -> list[int]:
        mark = f"{MARK}={self._mark}".encode()
        found = []
        for place in Path("/proc").glob("[0-9]*/environ"):
            with contextlib.suppress(OSError):
                if mark in place.read_bytes().split(b"\0"):
                    found.append(int(place.parent.name))
        return found
