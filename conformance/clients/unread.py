"""Whether a client has read what it was sent: the proof that a cut arrived as one (FRAME-6).

The client runs on this machine, so the kernel can be asked about its end of the connection: octets that wait there have
arrived and are not read. Where it cannot (not Linux; the client is a wrapper around another machine), it is only known that
the octets have been acknowledged.
"""

import errno
import fcntl
import ipaddress
import os
import socket
import struct
from typing import Literal

NETLINK_SOCK_DIAG = 4  # linux/netlink.h
SOCK_DIAG_BY_FAMILY = 20  # linux/sock_diag.h
NLM_F_REQUEST = 1
NLMSG_ERROR = 2
SIOCOUTQ = 0x5411  # linux/sockios.h
# linux/inet_diag.h: family, protocol, extensions, padding, states; then ports, addresses, interface, cookie.
_REQUEST = struct.Struct("=BBBxI 2s2s 16s16s I 8s")
_HEADER = struct.Struct("=IHHII")
_ANSWER = struct.Struct("=BBBB 2s2s16s16sI8s III")
ANY_COOKIE = b"\xff" * 8

Proof = Literal["read", "acknowledged"]


def proof(connection: socket.socket) -> Proof | None:
    """What is known of all that was sent on a connection; None: it is not even acknowledged, or not yet read."""
    if _unacknowledged(connection):
        return None
    waiting = _waiting_at_peer(connection)
    if waiting is None:
        return "acknowledged"
    return "read" if waiting == 0 else None


def _unacknowledged(connection: socket.socket) -> int:
    try:
        octets = fcntl.ioctl(connection, SIOCOUTQ, b"\0" * 4)
    except OSError:  # a system without it
        return 0
    number: int = struct.unpack("=i", octets)[0]
    return number


def _waiting_at_peer(connection: socket.socket) -> int | None:
    """Octets that the peer's end has received and the peer has not read; None if this kernel has no such end."""
    if not hasattr(socket, "AF_NETLINK"):
        return None
    try:
        (near, near_port), (far, far_port) = connection.getsockname()[:2], connection.getpeername()[:2]
        with socket.socket(socket.AF_NETLINK, socket.SOCK_DGRAM, NETLINK_SOCK_DIAG) as kernel:
            kernel.send(_question(connection.family, (far, far_port), (near, near_port)))
            answer = kernel.recv(4096)
    except OSError as error:
        if error.errno in (errno.EBADF, errno.ENOTCONN, errno.EPERM, errno.EACCES, errno.EPROTONOSUPPORT, errno.EINVAL):
            return None
        raise
    kind = _HEADER.unpack_from(answer)[1]
    if kind != SOCK_DIAG_BY_FAMILY:
        return None  # an error: no such socket here
    waiting: int = _ANSWER.unpack_from(answer, _HEADER.size)[11]
    return waiting


def _question(family: int, source: tuple[str, int], target: tuple[str, int]) -> bytes:
    ports = [struct.pack(">H", port) for _, port in (source, target)]
    addresses = [ipaddress.ip_address(host).packed.ljust(16, b"\0") for host, _ in (source, target)]
    states = 0xFFFFFFFF
    body = _REQUEST.pack(family, socket.IPPROTO_TCP, 0, states, *ports, *addresses, 0, ANY_COOKIE)
    return _HEADER.pack(_HEADER.size + len(body), SOCK_DIAG_BY_FAMILY, NLM_F_REQUEST, 1, os.getpid()) + body
