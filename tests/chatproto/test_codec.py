"""The codec by literal octets: a witness that shares nothing with the definition."""

import itertools
import tracemalloc
from collections.abc import Callable

import pytest

from chatproto import Codec, LocalProtocolError, RemoteProtocolError
from spec import wire
from tests.chatproto.helpers import Frames, altered, by_codec, one_by_one, place

WELL_FORMED: list[tuple[bytes, Frames]] = [
    (b"2         \0\0", [("", "", "")]),
    (b"9         \0alice\0hi", [("", "alice", "hi")]),
    (b"         9\0alice\0hi", [("", "alice", "hi")]),  # FRAME-3: right-justified,
    (b"0000000009\0alice\0hi", [("", "alice", "hi")]),  # zero-filled,
    (b"  0009    \0alice\0hi", [("", "alice", "hi")]),  # centred
    (b"4         \0\xd0\xaf\0", [("", "Я", "")]),  # FRAME-5: octets, not characters
    (b"8         t\0a\0\xf0\x9f\x99\x82", [("t", "a", "🙂")]),
    (b"4         \0\0\r\n", [("", "", "\r\n")]),
    (b"5         \0\0\xef\xbb\xbf", [("", "", "\ufeff")]),  # RELAY-3: a BOM is text
    (b"12        \0\x002         ", [("", "", "2         ")]),  # what looks like a header
    (b"2         \0\x003         a\0\x004         \0\0\xc3\xa9", [("", "", ""), ("a", "", ""), ("", "", "é")]),
]

MALFORMED = [  # the octets, and id, part and octet; nothing more is needed to judge them
    (b"+5        ", "FRAME-4", "header", 0),
    (b"-5        ", "FRAME-4", "header", 0),
    (b" +5       ", "FRAME-4", "header", 1),
    (b"5_0       ", "FRAME-4", "header", 1),
    (b"0x10      ", "FRAME-4", "header", 1),
    (b"5 5       ", "FRAME-4", "header", 2),
    (b"5\t        ", "FRAME-4", "header", 1),
    (b"5\n        ", "FRAME-4", "header", 1),
    (b"5\0\0\0\0\0\0\0\0\0", "FRAME-4", "header", 1),
    (b"\xd9\xa5        ", "FRAME-4", "header", 0),  # ARABIC-INDIC DIGIT FIVE
    (b"\xb2         ", "FRAME-4", "header", 0),  # superscript two in Latin-1
    (b"          ", "FRAME-4", "header", 10),
    (b"GET / HTTP", "FRAME-4", "header", 0),
    (b"1048577   ", "FRAME-8", "header", 0),
    (b"   1048577", "FRAME-8", "header", 3),
    (b"9999999999", "FRAME-8", "header", 0),
    (b"0         ", "BODY-1", "body", 0),
    (b"0000000000", "BODY-1", "body", 0),
    (b"2         \0a", "BODY-1", "body", 2),
    (b"4         \0\0a\0", "BODY-1", "body", 3),
    (b"3         \0\0\xff", "BODY-2", "body", 2),
    (b"4         \xc0\x80\0\0", "BODY-2", "body", 0),  # overlong NUL
    (b"5         \0\xed\xa0\x80\0", "BODY-2", "body", 1),  # a surrogate
    (b"4         \0\xd0\0\xaf", "BODY-2", "body", 1),  # a separator inside a character
    (b"3         \0\0\xd0\xaf", "BODY-2", "body", 2),  # a length in characters
]

GOOD = b"9         \0alice\0hi"

Cutter = Callable[[bytes], list[bytes]]
CUTTERS = pytest.mark.parametrize("cut", [lambda octets: [octets], one_by_one], ids=["whole", "octet by octet"])


@CUTTERS
@pytest.mark.parametrize(("octets", "frames"), WELL_FORMED)
def test_well_formed_frames_are_decoded(octets: bytes, frames: Frames, cut: Cutter) -> None:
    """FRAME-1, FRAME-3, FRAME-5, FRAME-6: the same frames, whole and octet by octet."""
    assert by_codec(wire.TO_SERVER, cut(octets)) == (frames, None, 0)


@CUTTERS
@pytest.mark.parametrize("tail", [b"1", b"9        ", b"9         \0", b"9         \0alice\0h"])
def test_a_tail_waits(tail: bytes, cut: Cutter) -> None:
    """FRAME-6: the beginning of the next frame is held, and is nothing yet."""
    for octets, frames in WELL_FORMED:
        assert by_codec(wire.TO_SERVER, cut(octets + tail)) == (frames, None, len(tail))


@CUTTERS
@pytest.mark.parametrize(("octets", "requirement", "part", "octet"), MALFORMED)
def test_malformed_frames_are_judged(octets: bytes, requirement: str, part: str, octet: int, cut: Cutter) -> None:
    """FRAME-4, FRAME-8, BODY-3: the same id and place, whole and octet by octet, and the good frame ahead is kept."""
    for ahead, frames in ((b"", []), (GOOD, [("", "alice", "hi")])):
        got, error, held = by_codec(wire.TO_SERVER, cut(ahead + octets))
        assert error is not None
        assert (got, place(error), held) == (frames, (requirement, part, octet), 0)


@pytest.mark.parametrize("octets", [octets for octets, *_, part, _ in MALFORMED if part == "header"])
def test_a_header_is_judged_with_its_last_octet(octets: bytes) -> None:
    """FRAME-4, FRAME-8: not an octet later, and not earlier either."""
    codec = Codec(wire.TO_SERVER)
    assert codec.decode(octets[:-1]) == []
    assert codec.error is None
    with pytest.raises(RemoteProtocolError):
        codec.decode(octets[-1:])


def test_good_frames_ahead_of_a_bad_one_are_returned_first() -> None:
    """LEAVE-2: one read with a good and a bad frame gives the good one; the error is known, and raised for ever."""
    codec = Codec(wire.TO_SERVER)
    assert codec.decode(GOOD + b"x" * 10 + GOOD) == [("", "alice", "hi")]
    assert codec.error is not None
    for octets in (b"", GOOD):
        with pytest.raises(RemoteProtocolError) as caught:
            codec.decode(octets)
        assert caught.value is codec.error
    assert codec.buffered == 0


def test_the_largest_body_is_accepted_and_one_octet_more_is_not() -> None:
    """FRAME-7, FRAME-8: each role's number is the last that is accepted and the last that is sent."""
    for definition, maximum in ((wire.TO_SERVER, 1_048_576), (wire.TO_CLIENT, 1_048_859)):
        codec = Codec(definition)
        text = "x" * (maximum - 2)
        assert codec.decode(codec.encode("", "", text)) == [("", "", text)]
        with pytest.raises(LocalProtocolError) as sent:
            codec.encode("", "", text + "x")
        assert place(sent.value) == ("FRAME-8", "header", 0)
        with pytest.raises(RemoteProtocolError):
            codec.decode(b"%-10d" % (maximum + 1))


@pytest.mark.parametrize("text", ["x" * 1_048_000, "я" * 524_000], ids=["ASCII", "Cyrillic"])
def test_long_bodies_in_short_reads_are_linear(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """FRAME-6: of the 150,000 reads of one body all but two, the header's and the last, only add to what is held."""
    looks = itertools.count()
    split_off = Codec._split_off
    monkeypatch.setattr(Codec, "_split_off", lambda codec, frames: (next(looks), split_off(codec, frames)))
    codec = Codec(wire.TO_SERVER)
    octets = codec.encode("", "", text)
    frames = [frame for at in range(0, len(octets), 7) for frame in codec.decode(octets[at : at + 7])]
    assert frames == [("", "", text)]
    assert next(looks) == 2


@pytest.mark.parametrize("header", [b"1048576   ", b"9999999999"])
def test_a_header_reserves_nothing(header: bytes) -> None:
    """FRAME-8: memory is taken by the octets that came, not by those announced."""
    codec = Codec(wire.TO_SERVER)
    tracemalloc.start()
    try:
        codec.decode(header + b"x")
    except RemoteProtocolError:
        pass
    finally:
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert peak < 100_000


def test_a_malformed_body_of_separators_is_refused() -> None:
    """BODY-3, ROBUST-1: a legal length full of separators is one error, at the first separator too many."""
    codec = Codec(wire.TO_SERVER)
    with pytest.raises(RemoteProtocolError) as caught:
        codec.decode(b"1048576   " + bytes(1_048_576))
    assert place(caught.value) == ("BODY-1", "body", 2)


@pytest.mark.parametrize("kind", [bytes, bytearray, memoryview])
def test_any_buffer_can_be_decoded(kind: Callable[[bytes], bytes]) -> None:
    """What recv_into filled need not be copied first."""
    assert Codec(wire.TO_SERVER).decode(kind(GOOD)) == [("", "alice", "hi")]


@pytest.mark.parametrize(("octets", "frames"), WELL_FORMED[:2] + WELL_FORMED[5:-1])
def test_frames_are_encoded_canonically(octets: bytes, frames: Frames) -> None:
    """FRAME-2, FRAME-5: digits, then spaces, and the number of octets."""
    assert Codec(wire.TO_SERVER).encode(*frames[0]) == b"%-10d" % (len(octets) - 10) + octets[10:]


@pytest.mark.parametrize(
    ("fields", "requirement", "octet"),
    [
        (("\0", "a", ""), "BODY-1", 0),
        (("é", "a", "b\0"), "BODY-1", 6),
        (("", "\ud800", ""), "BODY-2", 1),
        (("", "a", "b\udfff"), "BODY-2", 3),
    ],
)
def test_what_cannot_be_sent_is_refused(fields: tuple[str, str, str], requirement: str, octet: int) -> None:
    """BODY-1, BODY-2: a field with a separator or a surrogate is not sent."""
    codec = Codec(wire.TO_SERVER)
    with pytest.raises(LocalProtocolError) as caught:
        codec.encode(*fields)
    assert place(caught.value) == (requirement, "body", octet)
    assert codec.encode("", "a", "") == b"3         \0a\0"


def test_a_field_is_a_string() -> None:
    """What is none is a mistake of the caller's, and no matter of the protocol's."""
    codec = Codec(wire.TO_SERVER)
    for fields, said in [
        (("", "a", None), "the text is a str, not None"),
        ((b"", "a", ""), "the time is a str, not b''"),
    ]:
        with pytest.raises(TypeError, match=said):
            codec.encode(*fields)  # type: ignore[arg-type]
    with pytest.raises(TypeError):
        codec.encode_run(("", "a"), [5])  # type: ignore[list-item]
    assert codec.encode_run(("", "a"), (text for text in "xy")) == codec.encode_run(("", "a"), ["x", "y"])
    assert codec.encode("", "a", "") == b"3         \0a\0"


def test_a_frame_has_all_its_fields() -> None:
    """Too few or too many values are a mistake of the caller's, even if their separators would add up."""
    for fields in ((), ("", "a"), ("a\0b", ""), ("", "a", "b", "c")):
        with pytest.raises(TypeError, match="time, nick, text"):
            Codec(wire.TO_SERVER).encode(*fields)


def test_an_altered_definition_is_obeyed() -> None:
    """Another width, fill, separator, encoding, number of fields and maximum, to the octet."""
    codec = Codec(altered(4, b"_", 9, ["latin-1"] * 4, b"|"))
    assert codec.encode("é", "", "c", "d") == b"6___\xe9||c|d"
    assert codec.decode(b"__06\xe9||c|d_") == [("é", "", "c", "d")]
    assert codec.buffered == 1
    with pytest.raises(RemoteProtocolError) as caught:
        codec.decode(b"_10")
    assert place(caught.value) == ("FRAME-8", "header", 2)
