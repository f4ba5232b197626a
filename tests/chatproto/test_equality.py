"""The codec equals its definition: values, errors and what is left over, for any octets and any cuts."""

from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from chatproto import Codec, LocalProtocolError
from spec import wire
from spec.wire import WireError
from tests.chatproto.helpers import (
    CUTS,
    TEXTS,
    Place,
    altered,
    by_codec,
    by_definition,
    definitions,
    pieces,
    place,
    streams,
)

THOROUGH = settings(
    max_examples=400,
    deadline=None,
    database=None,
    print_blob=False,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],  # two cores, and others work on them
)


def assert_equal(definition: Any, octets: bytes, cuts: list[int]) -> None:
    """Codec and definition see the same frames, the same error, and the same number of octets left over."""
    frames, wanted, left = by_definition(definition, octets)
    got, error, held = by_codec(definition, pieces(octets, cuts))
    assert got == frames
    assert (error and place(error)) == (wanted and place(wanted))
    assert held == left
    if wanted is not None and len(wanted.got) <= 80:
        assert str(error) == str(wanted)


@THOROUGH
@given(st.data(), CUTS)
def test_decoding_equals_the_standard_definition(data: st.DataObject, cuts: list[int]) -> None:
    """Valid, changed and arbitrary octets, cut anywhere, with the definition of the protocol."""
    assert_equal(wire.TO_SERVER, data.draw(streams(wire.TO_SERVER)), cuts)


@THOROUGH
@given(st.data(), definitions(), CUTS)
def test_decoding_equals_any_definition(data: st.DataObject, definition: Any, cuts: list[int]) -> None:
    """The same with another width, fill, separator, maximum, number of fields and other encodings."""
    assert_equal(definition, data.draw(streams(definition)), cuts)


@THOROUGH
@given(st.binary(max_size=40), CUTS)
@example(b"3         \0\0\xe9", [])
@example(b"3         \0\0a3         \0\0\xe9", [])
def test_decoding_equals_in_latin_1(body: bytes, cuts: list[int]) -> None:
    """Any octets are Latin-1: bodies of them differ by their separators alone."""
    definition = altered(3, b" ", 40, ["latin-1"] * 3, b"\xe9")
    assert_equal(definition, b"%-3d" % len(body) + body + b"2  \xe9\xe9", cuts)


def assert_built_equal(definition: Any, fields: list[str]) -> None:
    """Codec and definition build the same octets, or refuse with the same error."""
    codec, names = Codec(definition), definition.subcon.names
    wanted: bytes | Place
    got: bytes | Place
    try:
        wanted = definition.build(dict(zip(names, fields, strict=True)))
    except WireError as error:
        wanted = place(error)
    try:
        got = codec.encode(*fields)
    except LocalProtocolError as error:
        got = place(error)
    assert got == wanted


SENDABLE = st.one_of(TEXTS, st.text(max_size=5), st.text("\ud800\udfffa\0", max_size=4), st.just("x" * 30))


@THOROUGH
@given(st.lists(SENDABLE, min_size=3, max_size=3))
def test_encoding_equals_the_standard_definition(fields: list[str]) -> None:
    """Surrogates and separators inside are refused with the definition's own id and place."""
    assert_built_equal(wire.TO_SERVER, fields)


@THOROUGH
@given(st.data(), definitions())
def test_encoding_equals_any_definition(data: st.DataObject, definition: Any) -> None:
    """The same with other parameters, and with bodies over small maxima."""
    count = len(definition.subcon.names)
    assert_built_equal(definition, data.draw(st.lists(SENDABLE, min_size=count, max_size=count)))


def assert_runs_equal(definition: Any, shared: tuple[str, ...], lasts: list[str]) -> None:
    """A run of frames is those frames, or the error of the first that cannot be made."""
    codec = Codec(definition)
    wanted: bytes | Place
    got: bytes | Place
    try:
        wanted = b"".join([codec.encode(*shared, last) for last in lasts])
    except LocalProtocolError as error:
        wanted = place(error)
    try:
        got = codec.encode_run(shared, lasts)
    except LocalProtocolError as error:
        got = place(error)
    assert got == wanted


@THOROUGH
@given(st.tuples(SENDABLE, SENDABLE), st.lists(SENDABLE, max_size=5))
@example(("", "a"), ["b", "\0", "c"])
@example(("\0", ""), ["b"])
@example(("", "a"), ["é", "\ud800"])
def test_encoding_a_run_equals_encoding_its_frames(shared: tuple[str, str], lasts: list[str]) -> None:
    """BODY-1, BODY-2: separators and surrogates are refused at their place, wherever in the run they stand."""
    assert_runs_equal(wire.TO_SERVER, shared, lasts)


@THOROUGH
@given(st.data(), definitions())
def test_encoding_a_run_equals_with_any_definition(data: st.DataObject, definition: Any) -> None:
    """The same with other parameters, and with bodies over small maxima."""
    count = len(definition.subcon.names) - 1
    shared = data.draw(st.lists(SENDABLE, min_size=count, max_size=count))
    assert_runs_equal(definition, tuple(shared), data.draw(st.lists(SENDABLE, max_size=4)))


def test_a_run_has_all_its_fields() -> None:
    """As for a single frame, even if the separators would add up."""
    for shared in ((), ("",), ("a\0b",), ("", "a", "b")):
        with pytest.raises(TypeError, match="time, nick, text"):
            Codec(wire.TO_SERVER).encode_run(shared, ["x"])
