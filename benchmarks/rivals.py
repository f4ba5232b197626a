"""The servers of `benchmarks.fanout`: how each is started, and what it can be asked."""

import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from benchmarks.process import FailedError

SERVER = [sys.executable, "-P", "-m", "reference_server"]
PEERS = Path(__file__).parent / "peers"
MOST_FOR_SELECT = 900  # and some descriptors for everything else, below FD_SETSIZE
MOST_FOR_NGIRCD = 900  # each newcomer is sent all names: the joins of 5,000 took more than three minutes
NGIRCD = """[Global]
Name = irc.bench.test
Info = bench
Listen = 127.0.0.1
Ports = {port}
MotdPhrase = x
[Limits]
MaxConnections = 0
MaxConnectionsIP = 0
MaxJoins = 0
MaxPenaltyTime = 0
PingTimeout = 600
[Options]
DNS = no
Ident = no
PAM = no
"""


@dataclass(frozen=True)
class Rival:
    """One server.

    Attributes:
        name: in the table.
        command: from the port and a folder for its files.
        needs: the program that has to be installed.
        protocol: which the load generator speaks to it.
        most: members that it can have.
        odd: it is sent legal frames that are dear to read: empty times, zero-filled headers.
    """

    name: str
    command: Callable[[int, Path], list[str]]
    needs: str = "cc"
    protocol: str = "chat"
    most: int = 100_000
    odd: bool = False

    @property
    def installed(self) -> bool:
        """Whether it can be started here."""
        return shutil.which(self.needs) is not None


def compiled(folder: Path) -> None:
    """Builds the load generator and the C servers into a folder.

    Raises:
        FailedError: there is no C compiler, or it complains.
    """
    compiler = shutil.which("cc")
    if compiler is None:
        raise FailedError("the load generator is C, and there is no C compiler (cc)")
    for program, sources in {"load": ["load.c", "room.c", "protocols.c"], "limit": ["limit.c"]}.items():
        command = [compiler, "-O2", "-o", str(folder / program), *(str(PEERS / source) for source in sources)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            raise FailedError(done.stderr)


def reference(*options: str) -> Callable[[int, Path], list[str]]:
    """The command of the reference server, without console and journal."""
    quiet = ["--quiet", *(["--journal", "none"] if "--journal" in _help() else [])]
    return lambda port, folder: [*SERVER, "--port", str(port), *quiet, *options]


@lru_cache
def _help() -> str:
    return subprocess.run([*SERVER, "--help"], capture_output=True, text=True, check=True).stdout


def _limit(mode: str) -> Callable[[int, Path], list[str]]:
    return lambda port, folder: [str(folder / "limit"), str(port), mode]


def _module(name: str) -> Callable[[int, Path], list[str]]:
    return lambda port, folder: [sys.executable, "-m", f"benchmarks.peers.{name}", str(port)]


def _ngircd(port: int, folder: Path) -> list[str]:
    (folder / "ngircd.conf").write_text(NGIRCD.format(port=port))
    return ["ngircd", "-n", "-f", str(folder / "ngircd.conf")]


def _redis(port: int, folder: Path) -> list[str]:
    command = ["redis-server", "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
    return [*command, "--client-output-buffer-limit", "pubsub 0 0 0", "--dir", str(folder)]


LIMIT, REFERENCE, ODD, REDIS, NGIRC = (
    "C, coalesced sends: the limit",
    "reference",
    "reference, odd frames",
    "Redis",
    "ngircd",
)


def rivals() -> list[Rival]:
    """All of them, in the order of the table."""
    return [
        Rival(LIMIT, _limit("coalesced")),
        Rival(REFERENCE, reference()),
        Rival("reference, select()", reference("--selector", "select"), most=MOST_FOR_SELECT),
        Rival(ODD, reference(), odd=True),
        Rival("C, one send per delivery", _limit("each")),
        Rival("naive Python, select()", _module("naive_select"), most=MOST_FOR_SELECT),
        Rival("asyncio streams", _module("asyncio_streams")),
        Rival(NGIRC, _ngircd, needs="ngircd", protocol="irc", most=MOST_FOR_NGIRCD),
        Rival(REDIS, _redis, needs="redis-server", protocol="redis"),
    ]
