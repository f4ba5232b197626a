"""What is wrong with a playing with a client."""

import pytest

from conformance.clients.judging import announcement, sending, showing
from conformance.clients.steps import NICK, Close, Script, awaited, spoken, token
from conformance.clients.trace import ClientTrace
from conformance.octets import Out
from conformance.trace import Difference
from tests.conformance.clients.played import chat, join, trace

TYPED = Script(blocks=spoken(["one", "two"]))
FRAMES = [Out("ann", f"hi {token(1)}"), Out("bob", f"so {token(2)}")]
SHOWN = Script(blocks=awaited(*FRAMES))
LINES = [f"10:21 [ann] hi {token(1)}\n", f"10:21 [bob] so {token(2)}\n"]


def rows(found: list[Difference]) -> list[tuple[str, str]]:
    """The ids, and how they were decided."""
    return [(one.requirement, one.decided_by) for one in found]


def test_nothing_is_wrong() -> None:
    """A join, and a frame for each line; a line for each frame."""
    assert sending(trace(TYPED, join() + chat("one", "two"))) == []
    assert showing(trace(SHOWN, join(), "".join(LINES))) == []


@pytest.mark.parametrize(
    ("octets", "found"),
    [
        (join("juno") + chat("one", "two"), [("CLIENT-1", "frame")]),  # in lower case
        (join() + chat("one\n", "two"), [("CLIENT-1", "frame")]),  # changed
        (join() + chat("one"), [("CLIENT-1", "deadline")]),  # lost, or late
        (join() + chat("two"), [("CLIENT-1", "sentinel")]),  # lost: the later one has come
        (join() + chat("two", "one"), [("CLIENT-1", "frame")]),  # in another order
        (join() + chat("one", "two", "two"), [("CLIENT-1", "frame")]),  # twice
        (join() + chat("one", "t", "wo"), [("CLIENT-1", "frame")]),  # split
        (join() + b"4         a\0\0\0", [("BODY-1", "frame")]),
        (join() + b"4         \0\0\xe9a", [("BODY-2", "frame")]),
        (b"33\t\t\t\t\t\t\t\t", [("FRAME-2", "frame")]),
        (b"30\0\0\0\0\0\0\0\0", [("FRAME-2", "frame")]),
        (b"302026-11-22T", [("FRAME-1", "frame")]),  # no padding: another length
        (join() + b"\n33       " + b"x" * 33, [("FRAME-1", "frame")]),  # a line feed behind the frame
    ],
)
def test_what_is_wrong_on_the_wire(octets: bytes, found: list[tuple[str, str]]) -> None:
    """Each deviation is one of its own requirement, and says how it is known."""
    assert rows(sending(trace(TYPED, octets))) == found


def test_no_join() -> None:
    """A client that connects and says nothing, and one that never comes; its last words are told."""
    silent, absent = trace(TYPED), trace(TYPED, errors="cannot find\n")
    absent.connected, absent.exit = False, 3

    assert rows(sending(silent)) == [("CLIENT-1", "deadline")]
    [one] = sending(absent)
    assert (one.requirement, one.decided_by) == ("CLIENT-1", "closed")
    assert "never connected" in one.seen
    assert "status 3" in one.seen
    assert "cannot find" in one.seen


def test_a_frame_that_is_too_short() -> None:
    """Its length is wrong; for certain, if as many frames have come as lines were typed."""
    half = trace(TYPED, join() + chat("one", "two")[:-1])
    half.expired = {4: TYPED.steps[4]}
    assert rows(sending(half)) == [("FRAME-1", "deadline")]

    more = trace(TYPED, join() + chat("one", "two") + b"rest")
    more.expired = {4: TYPED.steps[4]}
    assert rows(sending(more)) == [("FRAME-1", "frame")]


@pytest.mark.parametrize(
    ("output", "found"),
    [
        (LINES[0], [("CLIENT-2", "deadline")]),
        (LINES[1], [("CLIENT-2", "sentinel")]),
        (LINES[1] + LINES[0], [("CLIENT-2", "sentinel")]),
        (LINES[0] * 2 + LINES[1], [("CLIENT-2", "frame")]),
        (LINES[0].replace("[ann]", "ann:") + LINES[1], [("CLIENT-2", "frame")]),
        (LINES[0].replace("hi ", "") + LINES[1], [("CLIENT-2", "frame")]),
        (LINES[0].replace("\n", "40        ") + "\n" + LINES[1], [("CLIENT-2", "frame")]),
    ],
)
def test_what_is_wrong_on_the_screen(output: str, found: list[tuple[str, str]]) -> None:
    """Lost, in another order, twice, in another form, changed, with more behind it."""
    assert rows(showing(trace(SHOWN, join(), output))) == found


def test_what_is_on_standard_error_is_not_shown() -> None:
    """It is told that it is there."""
    [one, _] = showing(trace(SHOWN, join(), errors="".join(LINES)))
    assert "it is on standard error" in one.seen


def test_a_client_that_leaves() -> None:
    """It is told, with its last words; unless the server has gone first."""
    left = trace(SHOWN, join(), LINES[0], errors="Traceback\nValueError: no\n")
    left.left, left.exit = "fin", 1
    [one] = showing(left)
    assert (one.requirement, one.decided_by) == ("CLIENT-2", "closed")
    assert "ValueError: no" in one.seen

    asked = Script(blocks=SHOWN.blocks, tail=(Close(),))
    gone = trace(asked, join(), "".join(LINES))
    gone.left = "fin"
    assert showing(gone) == []


def test_a_client_that_was_told_nothing_shows_nothing() -> None:
    """Before its join is announced there is nothing to show."""
    untold: ClientTrace = trace(SHOWN)
    untold.announced = False
    assert showing(untold) == []


def test_the_announcement() -> None:
    """`[Server] [NICK] joined the chat`, once."""
    right = f"10:21 [Server] [{NICK}] joined the chat\n"
    assert announcement(trace(SHOWN, join(), right)) == []
    assert rows(announcement(trace(SHOWN, join(), right * 2))) == [("CLIENT-2", "frame")]
    assert rows(announcement(trace(SHOWN, join(), f"*** [{NICK}] joined the chat\n"))) == [("CLIENT-2", "frame")]
    assert rows(announcement(trace(SHOWN, join()))) == [("CLIENT-2", "deadline")]
