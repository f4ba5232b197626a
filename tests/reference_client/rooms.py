"""The reference server as a process, for clients that are tried for real."""

import socket
import subprocess

from tests.reference_client.peers import DEADLINE_S
from tests.terminals import ROOT, python


class RealServer:
    """A server that can be stopped, and started again on its port.

    Args:
        port: to listen on; 0 takes a free one.
    """

    def __init__(self, port: int = 0) -> None:
        with socket.create_server(("127.0.0.1", port)) as free:
            self.port: int = free.getsockname()[1]
        self.address = f"127.0.0.1:{self.port}"
        self.start()

    def start(self) -> None:
        """Starts it and waits until it listens."""
        self.process = subprocess.Popen(
            python("reference_server", "--port", str(self.port)),
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd=ROOT,
        )
        assert self.process.stdout is not None
        assert b"Server Started" in self.process.stdout.readline()

    def stop(self) -> None:
        """Ends it as an operator does."""
        self.process.terminate()
        self.process.communicate(timeout=DEADLINE_S)
