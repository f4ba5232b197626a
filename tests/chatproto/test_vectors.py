"""The codec and the test vectors of the specification, which were worked out by hand."""

import pytest

from chatproto import Codec, RemoteProtocolError
from spec import wire
from spec.vector_files import Frame, Malformed, Unfinished, Vector, load
from tests.chatproto.helpers import by_codec, one_by_one, place

VECTORS = load()


def named(kind: type[Vector]) -> list[object]:
    """The vectors of one kind, as parameters."""
    found = [pytest.param(vector, id=vector.name) for vector in VECTORS if type(vector) is kind]
    assert found
    return list(found)


@pytest.mark.parametrize("vector", named(Frame))
def test_valid_frames(vector: Frame) -> None:
    """Each is decoded to its fields, and its fields to it if it is canonical (FRAME-2)."""
    definition = wire.frame(vector.maximum)
    assert by_codec(definition, [vector.octets]) == ([vector.fields], None, 0)
    built = Codec(definition).encode(*vector.fields)
    assert (built == vector.octets) == vector.canonical


@pytest.mark.parametrize("vector", named(Malformed))
def test_malformed_frames(vector: Malformed) -> None:
    """Each is refused for its requirement at its octet, and that is the same octet by octet."""
    definition = wire.frame(vector.maximum)
    cut = [[vector.octets]] if len(vector.octets) > 10_000 else [[vector.octets], one_by_one(vector.octets)]
    for reads in cut:
        frames, error, _ = by_codec(definition, reads)
        assert frames == []
        assert error is not None
        assert place(error) == (vector.requirement, vector.part, vector.octet)


@pytest.mark.parametrize("vector", named(Unfinished))
def test_unfinished_frames(vector: Unfinished) -> None:
    """Nothing is decided before the last missing octet is there, and something is when it is."""
    codec = Codec(wire.TO_SERVER)
    assert codec.decode(vector.octets + bytes(vector.missing - 1)) == []
    assert codec.error is None
    try:
        decided = bool(codec.decode(b"\0"))
    except RemoteProtocolError:
        decided = True
    assert decided
