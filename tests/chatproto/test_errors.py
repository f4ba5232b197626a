"""Errors say what was expected, what came, where, and what to do."""

import copy
import pickle
from collections.abc import Callable

import pytest

from chatproto import Codec, LocalProtocolError, ProtocolError, RemoteProtocolError
from spec import wire
from tests.chatproto.helpers import place


def error_of(octets: bytes) -> RemoteProtocolError:
    """What is wrong with these octets."""
    with pytest.raises(RemoteProtocolError) as caught:
        Codec(wire.TO_SERVER).decode(octets)
    return caught.value


def test_a_remote_error_names_requirement_place_and_remedy() -> None:
    """A malformed header is told as one sentence, and its parts are attributes."""
    error = error_of(b"+5        ")
    assert place(error) == ("FRAME-4", "header", 0)
    assert error.remedy == "close"
    assert str(error) == (
        "FRAME-4: expected decimal ASCII digits with fill around them, got b'+5        ' at octet 0 of the header"
    )


def test_a_local_error_says_not_to_send() -> None:
    """What cannot be encoded is told to the caller, who should not send it."""
    with pytest.raises(LocalProtocolError) as caught:
        Codec(wire.TO_SERVER).encode("", "a", "x\0y")
    assert place(caught.value) == ("BODY-1", "body", 4)
    assert caught.value.remedy == "do not send"


def test_no_error_of_the_definition_leaves() -> None:
    """Neither kind of error drags the definition's along, as a cause or as a context."""
    with pytest.raises(ProtocolError) as caught:
        Codec(wire.TO_SERVER).encode("", "a", "\ud800")
    for error in (caught.value, error_of(b"x" * 10), error_of(b"1         \xff")):
        assert error.__cause__ is None
        assert error.__context__ is None


def test_a_sentence_fits_a_log() -> None:
    """A million characters of what was got are cut short in the sentence."""
    with pytest.raises(LocalProtocolError) as caught:
        Codec(wire.TO_SERVER).encode("", "a", "\0" * 1_000_000)
    assert len(str(caught.value)) < 300


def test_an_error_raised_again_does_not_grow() -> None:
    """The error of a stream is raised for ever, without a longer traceback each time."""
    codec = Codec(wire.TO_SERVER)
    depths = set()
    for _ in range(3):
        with pytest.raises(RemoteProtocolError) as caught:
            codec.decode(b"x" * 10)
        depths.add(len(caught.traceback))
    assert len(depths) == 1


@pytest.mark.parametrize("again", [copy.copy, lambda error: pickle.loads(pickle.dumps(error))])
def test_an_error_can_be_sent_on(again: Callable[[ProtocolError], ProtocolError]) -> None:
    """To another process, with all that it says."""
    with pytest.raises(LocalProtocolError) as caught:
        Codec(wire.TO_SERVER).encode("", "a", "x\0y")
    for error in (caught.value, error_of(b"+5        ")):
        other = again(error)
        assert (type(other), str(other), place(other)) == (type(error), str(error), place(error))
        assert other.remedy == error.remedy
