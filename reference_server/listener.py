"""The listening socket: taking connections in, also when there are no descriptors left."""

import contextlib
import errno
import logging
import os
import socket

BACKLOG = 1024  # connections that the kernel completes while the loop is busy

_NO_DESCRIPTORS = {errno.EMFILE, errno.ENFILE}
_NO_RESOURCES = _NO_DESCRIPTORS | {errno.ENOBUFS, errno.ENOMEM}

log = logging.getLogger(__name__)
Accepted = tuple[socket.socket, str]


class ExhaustedError(OSError):
    """The system has no resources for another connection; asking again at once would fail again."""


def name(address: tuple[str, int] | tuple[str, int, int, int]) -> str:
    """An address as people write it, an IPv6 one in brackets."""
    host, port = address[:2]
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


class Listener:
    """Listens on one address.

    Args:
        host: a name or a numeric address, IPv4 or IPv6; a name's first address is taken. `::` serves IPv4 too
            where the system can.
        port: 0 for a free one.

    Raises:
        OSError: unknown host (`socket.gaierror`), port in use, not allowed.
    """

    def __init__(self, host: str, port: int) -> None:
        family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
        both = family == socket.AF_INET6 and address[0] == "::" and socket.has_dualstack_ipv6()
        self.sock = socket.create_server(address, family=family, backlog=BACKLOG, dualstack_ipv6=both)
        self.sock.setblocking(False)
        self.fd = self.sock.fileno()
        self._spare: int | None = os.open(os.devnull, os.O_RDONLY)

    @property
    def address(self) -> str:
        """Where it listens, with the port that was found for 0."""
        return name(self.sock.getsockname())

    def accept(self) -> Accepted | None:
        """The next connection and its peer's address; None if there is none.

        A connection that was reset while it waited is passed over (ROBUST-5).

        Raises:
            ExhaustedError: there is one, and no descriptor or memory for it.
        """
        try:
            sock, address = self.sock.accept()
        except (BlockingIOError, InterruptedError):
            return None
        except OSError as error:
            if error.errno in _NO_RESOURCES:
                raise ExhaustedError(*error.args) from error
            log.info("a connection was gone before it was accepted: %s", error)
            return None
        return sock, name(address)

    def turn_away(self, farewell: bytes) -> bool:
        """Takes in one connection on the spare descriptor, says farewell and closes it.

        Without this it would stay in the queue, its peer waiting for a server that never answers.

        Returns:
            Whether there was one.

        Raises:
            ExhaustedError: not even so.
        """
        if self._spare is not None:
            os.close(self._spare)
            self._spare = None
        try:
            accepted = self.accept()
            if accepted is not None:
                dismiss(accepted[0], farewell)
            return accepted is not None
        finally:
            with contextlib.suppress(OSError):  # somebody else in the system took it: try again next time
                self._spare = os.open(os.devnull, os.O_RDONLY)

    def close(self) -> None:
        """Stops listening; connections that were not accepted yet are reset."""
        self.sock.close()
        if self._spare is not None:
            os.close(self._spare)
            self._spare = None


def dismiss(sock: socket.socket, farewell: bytes) -> None:
    """Says something to a new connection and closes it, without waiting for anything.

    What has arrived is read first, as far as it has: closing with unread input would reset the connection and could
    destroy the farewell. This is for connections that no poller can watch; all others are closed with patience.
    """
    with sock, contextlib.suppress(OSError):
        sock.setblocking(False)
        sock.send(farewell)
        sock.shutdown(socket.SHUT_WR)
        sock.recv(65_536)
