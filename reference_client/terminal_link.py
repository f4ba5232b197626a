"""One connection of the terminal mode, on asyncio: from connecting to its end."""

import asyncio
import socket
import threading
from collections.abc import Awaitable, Callable
from contextlib import suppress

from reference_client import network
from reference_client.conversation import Conversation
from reference_client.exits import Ending, Exit
from reference_client.frames import Frame
from reference_client.line_mode import HIGH_WATER_OCTETS, Patience, reason

RECEIVE_OCTETS = 16_384  # small, so that a flood is shown in turns that are too short to be felt while typing


class Link:
    """Moves octets between a conversation and its server.

    Args:
        conversation: not yet begun.
        address: the server.
        heard: takes the frames; nothing more is read before it is done.
        patience: how long the server may take.
    """

    def __init__(
        self,
        conversation: Conversation,
        address: network.Address,
        heard: Callable[[list[Frame]], Awaitable[None]],
        patience: Patience,
    ) -> None:
        self._talk = conversation
        self._address = address
        self._heard = heard
        self._patience = patience
        self._writer: asyncio.StreamWriter | None = None
        self._limit = asyncio.Timeout(None)  # of the wait for the server, as long as something is waited for
        self._hung_up = False

    async def run(self) -> Ending:
        """Connects, joins, and receives until the conversation is over; says how it ended."""
        try:
            connection = await _connected(self._address, self._patience.connect)
        except network.UnreachableError as error:
            return Ending(Exit.UNREACHABLE, str(error))
        reader, self._writer = await asyncio.open_connection(sock=connection)
        try:
            self._writer.write(self._talk.join())
            await self._receive(reader)
        finally:
            self._writer.transport.abort()  # what is left to be sent has had its time
            with suppress(OSError):
                await self._writer.wait_closed()
        assert self._talk.ending is not None
        return self._talk.ending

    def send(self, octets: bytes) -> bool:
        """Sends octets; False, and nothing is sent, if the server has not taken what was sent before."""
        if self._writer is None or self._writer.transport.get_write_buffer_size() > HIGH_WATER_OCTETS:
            return False
        self._writer.write(octets)
        return True

    def hang_up(self) -> None:
        """Sends what is left and ends our side; `run` then returns at the server's end, or when patience does."""
        if self._writer is None or self._hung_up or self._talk.ending is not None:
            return
        self._hung_up = True
        self._talk.said_all()
        with suppress(OSError):  # the connection is gone: the reader is about to say so
            self._writer.write_eof()
        self._limit.reschedule(asyncio.get_running_loop().time() + self._patience.farewell)

    async def _receive(self, reader: asyncio.StreamReader) -> None:
        start = asyncio.get_running_loop().time()
        try:
            async with asyncio.timeout_at(start + self._patience.join) as self._limit:
                while self._talk.ending is None:
                    await self._receive_some(reader)
        except TimeoutError:
            self._out_of_patience()

    async def _receive_some(self, reader: asyncio.StreamReader) -> None:
        try:
            octets = await reader.read(RECEIVE_OCTETS)
        except OSError as error:
            self._talk.lost(reason(error))
            return
        await self._heard(self._talk.receive(octets))
        if self._talk.joined and not self._hung_up:
            self._limit.reschedule(None)  # a person may stay for days

    def _out_of_patience(self) -> None:
        if self._hung_up:
            self._talk.end(Exit.DONE)  # a half-closed client is owed nothing more
        else:
            sentence = f"the server has not announced the join within {self._patience.join:g} s"
            self._talk.end(Exit.UNREACHABLE, sentence)


async def _connected(address: network.Address, patience_s: float) -> socket.socket:
    """A connection, made in a thread: looking up a name may block for long.

    The thread is a daemon of our own, for asyncio waits for those of its pool before the process may end.

    Raises:
        network.UnreachableError: there is none to be had.
    """
    loop = asyncio.get_running_loop()
    result: asyncio.Future[socket.socket] = loop.create_future()

    def hand_over(connection: socket.socket | None, error: BaseException | None) -> None:
        if result.cancelled():  # the user has left meanwhile
            if connection is not None:
                connection.close()
        elif connection is not None:
            result.set_result(connection)
        elif error is not None:
            result.set_exception(error)

    def work() -> None:
        connection, failure = None, None
        try:
            connection = network.connect(address, patience_s)
        except network.UnreachableError as error:
            failure = error
        with suppress(RuntimeError):  # the loop is closed: the process is about to end
            loop.call_soon_threadsafe(hand_over, connection, failure)

    threading.Thread(target=work, name="connecting", daemon=True).start()
    return await result
