"""Clients that misbehave, for `benchmarks.soak`: each is one go at the server, a few seconds at most."""

import asyncio
import contextlib
import random
import socket
import struct
from collections.abc import AsyncIterator, Awaitable, Callable

from chatproto import Codec
from spec import vector_files, wire

encode = Codec(wire.TO_SERVER).encode
RESET = struct.pack("ii", 1, 0)  # struct linger: on, 0 seconds
HOLD_S = 2.0
MALFORMED = [
    vector.octets for vector in vector_files.load() if isinstance(vector, vector_files.Malformed) and vector.octets
]
HEAVY_OCTETS, HEAVY_FRAMES = 200_000, 60  # 12 MB: more than the server keeps for anybody


class Raw:
    """A connection on which anything can be said.

    Args:
        sock: non-blocking, connected.
    """

    def __init__(self, sock: socket.socket) -> None:
        self.sock = sock
        self._loop = asyncio.get_running_loop()

    async def send(self, octets: bytes) -> None:
        """Sends all of it; OSError once the server has closed."""
        await self._loop.sock_sendall(self.sock, octets)

    async def drain(self) -> None:
        """Reads until the server closes."""
        with contextlib.suppress(ConnectionError):
            while await self._loop.sock_recv(self.sock, 1 << 18):
                pass

    async def join(self, nick: str) -> None:
        """Joins, and waits for the first octets."""
        await self.send(encode("", nick, ""))
        await self._loop.sock_recv(self.sock, 1 << 16)

    def reset(self) -> None:
        """Closing sends RST."""
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)


@contextlib.asynccontextmanager
async def connected(port: int, receive_octets: int | None = None) -> AsyncIterator[Raw]:
    """A connection to the server, closed in the end."""
    with socket.socket() as sock:
        if receive_octets is not None:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_octets)
        sock.setblocking(False)
        await asyncio.get_running_loop().sock_connect(sock, ("127.0.0.1", port))
        yield Raw(sock)


async def talk(port: int, nick: str, chance: random.Random) -> None:
    """Joins, says hundreds of things at once, reads along, and leaves properly."""
    async with connected(port) as one:
        await one.join(nick)
        reading = asyncio.create_task(one.drain())
        await one.send(b"".join(encode("", nick, f"burst {number}") for number in range(chance.randrange(1, 400))))
        one.sock.shutdown(socket.SHUT_WR)
        await reading


async def stall(port: int, nick: str, chance: random.Random) -> None:
    """Stops inside a frame, joined or not, and is gone with a reset after a while."""
    async with connected(port) as one:
        if chance.random() < 0.7:
            await one.join(nick)
        octets = encode("", nick, "x" * chance.randrange(1, 100_000))
        await one.send(octets[: chance.randrange(1, len(octets))])
        await asyncio.sleep(chance.random() * HOLD_S)
        one.reset()


async def never_read(port: int, nick: str, chance: random.Random) -> None:
    """Joins with the smallest of receive buffers, reads nothing, and talks now and then."""
    async with connected(port, receive_octets=4096) as one:
        await one.send(encode("", nick, ""))
        for _ in range(chance.randrange(1, 20)):
            await one.send(encode("", nick, "I do not listen"))
            await asyncio.sleep(HOLD_S / 10)
        if chance.random() < 0.5:
            one.reset()


async def reset(port: int, nick: str, chance: random.Random) -> None:
    """Resets: before the join, behind it, or while the server is sending."""
    async with connected(port) as one:
        if chance.random() < 0.7:
            await one.send(encode("", nick, "") + encode("", nick, "hi") * chance.randrange(100))
        if chance.random() < 0.5:
            await asyncio.sleep(chance.random() * 0.05)
        one.reset()


async def malform(port: int, nick: str, chance: random.Random) -> None:
    """Says a few good things and then one that is no frame; reads what it is told."""
    async with connected(port) as one:
        if chance.random() < 0.7:
            await one.send(encode("", nick, "") + encode("", nick, "hi") * chance.randrange(3))
        await one.send(chance.choice(MALFORMED))
        one.sock.shutdown(socket.SHUT_WR)  # some vectors are only the beginning of something malformed
        await one.drain()


async def storm(port: int, nick: str, chance: random.Random) -> None:
    """Thirty join at once, and leave at once."""

    async def come_and_go(name: str) -> None:
        async with connected(port) as one:
            await one.join(name)

    await asyncio.gather(*(come_and_go(f"{nick}-{number}") for number in range(30)))


async def be_refused(port: int, nick: str, chance: random.Random) -> None:
    """Asks for nicks that nobody gets, and never reads the refusals."""
    async with contextlib.AsyncExitStack() as stack:
        for bad in ("Server", "", "a\nb", "x" * 65, "witness-0"):
            one = await stack.enter_async_context(connected(port, receive_octets=4096))
            await one.send(encode("", bad, "") + encode("", bad, "x" * 1000))
        await asyncio.sleep(chance.random() * HOLD_S)


async def say_nothing(port: int, nick: str, chance: random.Random) -> None:
    """Connects, and does not join."""
    async with connected(port):
        await asyncio.sleep(chance.random() * HOLD_S)


async def overwhelm(port: int, nick: str, chance: random.Random) -> None:
    """Says so much while somebody does not read that the latter has to be thrown out (ROBUST-3)."""
    async with connected(port, receive_octets=4096) as deaf, connected(port) as one:
        await deaf.send(encode("", f"{nick}-deaf", ""))
        await one.join(nick)
        reading = asyncio.create_task(one.drain())
        for _ in range(HEAVY_FRAMES):
            await one.send(encode("", nick, "x" * HEAVY_OCTETS))
            await asyncio.sleep(0.02)  # the others read along
        one.sock.shutdown(socket.SHUT_WR)
        await reading


Attack = Callable[[int, str, random.Random], Awaitable[None]]
ATTACKS: dict[Attack, float] = {  # and seconds between two goes, about
    talk: 0.5,
    stall: 0.2,
    never_read: 0.3,
    reset: 0.1,
    malform: 0.1,
    storm: 3.0,
    be_refused: 0.5,
    say_nothing: 0.2,
    overwhelm: 15.0,
}
