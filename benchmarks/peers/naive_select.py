"""A chat server as it is usually written: select(), one frame at a time, one send for each delivery. `PORT`

It reads frames right and stamps them, and does without all else: no checks, no bounds, no leaves, no TCP_NODELAY, and
a join is announced to the newcomer alone.
"""

import select
import socket
import sys
from datetime import UTC, datetime


class Client:
    """One connection."""

    def __init__(self, sock: socket.socket) -> None:
        self.sock = sock
        self.nick = ""
        self.buffer = b""

    def frames(self) -> list[list[str]]:
        """The frames that are whole with what has come; raises ConnectionError at the end."""
        octets = self.sock.recv(4096)
        if not octets:
            raise ConnectionResetError
        self.buffer += octets
        found = []
        while len(self.buffer) >= 10 and len(self.buffer) >= 10 + int(self.buffer[:10]):
            stop = 10 + int(self.buffer[:10])
            found.append(self.buffer[10:stop].decode().split("\0"))
            self.buffer = self.buffer[stop:]
        return found


def encoded(nick: str, text: str) -> bytes:
    """A frame of the server."""
    time = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    body = f"{time}\0{nick}\0{text}".encode()
    return f"{len(body):<10}".encode() + body


def hear(client: Client, clients: dict[socket.socket, Client]) -> None:
    """Relays what a client has to say."""
    for _, nick, text in client.frames():
        if not client.nick:
            client.nick = nick
            client.sock.sendall(encoded("Server", f"[{nick}] joined the chat"))
            continue
        octets = encoded(client.nick, text)
        for other in clients.values():
            if other is not client and other.nick:
                other.sock.sendall(octets)


def main() -> None:
    """Serves for ever."""
    listener = socket.create_server(("127.0.0.1", int(sys.argv[1])), backlog=1024)
    clients: dict[socket.socket, Client] = {}
    while True:
        for sock in select.select([listener, *clients], [], [])[0]:
            if sock is listener:
                accepted = listener.accept()[0]
                clients[accepted] = Client(accepted)
                continue
            try:
                hear(clients[sock], clients)
            except ConnectionError:
                del clients[sock]
                sock.close()


if __name__ == "__main__":
    main()
