"""Waiting for the server, and the report that ends it."""

import socket
import threading
from collections.abc import Iterator
from contextlib import closing

import pytest

from reference_tools.awaiting import Awaited, FailedError
from reference_tools.pane import Report
from tests.reference_tools.processes import DEADLINE_S


@pytest.fixture
def awaited() -> Iterator[Awaited]:
    """Somebody who waits."""
    with closing(Awaited()) as waiting:
        yield waiting


def no_trouble() -> None:
    """All may still be well."""


def told(awaited: Awaited, *sentences: str) -> str:
    """What comes of reports that are made while somebody waits."""
    report = Report(awaited.port, awaited.mark)

    def make() -> None:
        for sentence in sentences:
            report.make(sentence)

    thread = threading.Thread(target=make)
    thread.start()
    try:
        return awaited.address(DEADLINE_S, no_trouble)
    finally:
        thread.join(DEADLINE_S)


def test_a_server_that_listens(awaited: Awaited) -> None:
    """Its address; nothing is reported a second time."""
    assert told(awaited, "listening [::1]:5050", "ended too late") == "[::1]:5050"


def test_a_server_that_ends(awaited: Awaited) -> None:
    """In its last words."""
    with pytest.raises(FailedError, match=r"^cannot listen$"):
        told(awaited, "ended cannot listen")


def test_strangers(awaited: Awaited) -> None:
    """Whoever does not know the mark is not heard, and one who says nothing holds nobody up."""
    with socket.create_connection(("127.0.0.1", awaited.port)):
        Report(awaited.port, "x" * len(awaited.mark)).make("listening 127.0.0.1:1")
        assert told(awaited, "listening 127.0.0.1:2") == "127.0.0.1:2"


def test_trouble(awaited: Awaited) -> None:
    """What is known to be in vain is not waited for."""
    with pytest.raises(FailedError, match="no window"):
        awaited.address(DEADLINE_S, lambda: "no window")


def test_silence(awaited: Awaited) -> None:
    """Is not waited for for ever."""
    with pytest.raises(FailedError, match=r"does not listen within 0\.1 s"):
        awaited.address(0.1, no_trouble)


def test_nobody_waits_any_more(awaited: Awaited) -> None:
    """The server runs on all the same."""
    awaited.close()
    Report(awaited.port, awaited.mark).make("listening 127.0.0.1:2")
