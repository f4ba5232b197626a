"""A chat server as asyncio's streams invite one to write it: a task for each client, a write for each delivery. `PORT`

Frames are read right and stamped; as in `naive_select`, there are no checks and no bounds.
"""

import asyncio
import contextlib
import sys

from benchmarks.peers.naive_select import encoded

writers: dict[asyncio.StreamWriter, str] = {}


async def frame(reader: asyncio.StreamReader) -> list[str]:
    """The next frame."""
    body = await reader.readexactly(int(await reader.readexactly(10)))
    return body.decode().split("\0")


async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """One client, from its join to its end."""
    with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
        _, nick, _ = await frame(reader)
        writer.write(encoded("Server", f"[{nick}] joined the chat"))
        writers[writer] = nick
        while True:
            octets = encoded(nick, (await frame(reader))[2])
            for other in writers:
                if other is not writer:
                    other.write(octets)
    writers.pop(writer, None)
    writer.close()


async def main() -> None:
    """Serves for ever."""
    server = await asyncio.start_server(serve, "127.0.0.1", int(sys.argv[1]), backlog=1024)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main())
