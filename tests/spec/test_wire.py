"""The definition: it reads back what it builds, every fault is an error with its place, and nothing else comes out."""

from typing import Any

import pytest
from construct import ConstructError, GreedyString, Prefixed, StreamError
from hypothesis import example, given, settings
from hypothesis import strategies as st

from spec import wire
from spec.wire import SERVER_MAX_BODY_OCTETS, TO_CLIENT, TO_SERVER, WireError, frame
from tests.spec import grammar

SETTINGS = settings(deadline=None, database=None, max_examples=200)
FIELD = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"))
NAMES = ("time", "nick", "text")
FRAME = b"7         \x00ann\x00hi"


def fields_of(values: Any) -> tuple[str, ...]:
    return tuple(values[name] for name in NAMES)


def built(*fields: str, definition: Any = TO_SERVER) -> bytes:
    octets: bytes = definition.build(dict(zip(NAMES, fields, strict=True)))
    return octets


def outcome(octets: bytes, definition: Any = TO_SERVER) -> tuple[str, ...] | WireError | None:
    """The fields, or the error of the format, or None for an unfinished frame; any other exception gets out."""
    try:
        return fields_of(definition.parse(octets))
    except WireError as error:
        return error
    except StreamError:
        return None


def refused(octets: bytes, definition: Any = TO_SERVER) -> WireError:
    with pytest.raises(WireError) as caught:
        definition.parse(octets)
    error: WireError = caught.value
    return error


def first_ill_formed(octets: bytes) -> int | None:
    """Where the first sequence begins that is not in the table of RFC 3629, section 4; None if all are."""
    place = 0
    while place < len(octets):
        # the longest sequence has four octets; UTF8-1 of the grammar leaves out NUL, which separates here
        size = next((n for n in (1, 2, 3, 4) if grammar.matches("UTF8-char", octets[place : place + n])), None)
        if size is None:
            return place
        place += size
    return None


@SETTINGS
@given(FIELD, FIELD, FIELD)
def test_what_is_built_is_read_back(time: str, nick: str, text: str) -> None:
    """Any three fields without NUL and surrogates; both directions build the same octets (FRAME-1, BODY-1)."""
    octets = built(time, nick, text)

    assert fields_of(TO_SERVER.parse(octets)) == (time, nick, text)
    assert octets == built(time, nick, text, definition=TO_CLIENT)
    assert int(octets[:10]) == len(octets) - 10


@SETTINGS
@given(FIELD, FIELD, FIELD)
def test_what_is_built_is_of_the_grammar(time: str, nick: str, text: str) -> None:
    """Header and body are those of the ABNF, the header the canonical one (FRAME-2)."""
    octets = built(time, nick, text)

    assert grammar.matches("canonical-header", octets[:10])
    assert grammar.matches("body", octets[10:])


@SETTINGS
@given(st.binary(max_size=40), st.sampled_from([b"", b"7         ", b"9         ", b"2         "]))
def test_any_octets_are_fields_or_an_error_of_ours(octets: bytes, start: bytes) -> None:
    """Nothing but WireError and StreamError is raised; a WireError names a requirement and a place inside its part."""
    result = outcome(start + octets)

    if isinstance(result, WireError):
        part, place = ("header", 10) if result.requirement.startswith("FRAME") else ("body", len(start + octets) - 10)
        assert result.requirement in ("FRAME-4", "FRAME-8", "BODY-1", "BODY-2")
        assert result.part == part
        assert 0 <= result.octet <= place
        assert str(result).startswith(f"{result.requirement}: expected {result.expected}, got {result.got} at octet ")
    elif result is not None:
        assert not any("\x00" in field for field in result)


@SETTINGS
@given(FIELD, FIELD, FIELD, st.data())
def test_a_beginning_of_a_frame_asks_for_more(time: str, nick: str, text: str, data: st.DataObject) -> None:
    """Each proper prefix is unfinished, not malformed, wherever it is cut (FRAME-6)."""
    octets = built(time, nick, text)
    cut = data.draw(st.integers(0, len(octets) - 1))

    with pytest.raises(StreamError):
        TO_SERVER.parse(octets[:cut])


@SETTINGS
@given(st.text("0179 +-_x\t\x00", min_size=10, max_size=10))
@example(" " * 10)
@example("0" * 10)
def test_the_place_of_an_error_in_the_header(header: str) -> None:
    """The first octet that cannot stand where it stands; 10 if all could, but no digit came (FRAME-3, FRAME-4)."""
    # a header that is fine so far: *SP, or *SP 1*DIGIT *SP
    fine = [not header[:n].strip(" ") or grammar.matches("header", header[:n].encode()) for n in range(11)]
    definition = frame(9_999_999_999)

    result = outcome(header.encode(), definition)

    if grammar.matches("header", header.encode()):
        # the body is waited for, but the one of length 0 is there and wrong
        assert result is None or (isinstance(result, WireError) and (result.part, int(header)) == ("body", 0))
    else:
        assert isinstance(result, WireError)
        assert (result.requirement, result.part) == ("FRAME-4", "header")
        assert result.octet == (10 if all(fine) else fine.index(False) - 1)


@SETTINGS
@given(st.lists(st.binary(max_size=6).map(lambda part: part.replace(b"\x00", b"")), min_size=1, max_size=6))
def test_the_place_of_an_error_in_the_body(parts: list[bytes]) -> None:
    """The third NUL, or the end if one is missing; else the first ill-formed sequence (BODY-1 before BODY-2)."""
    body = b"\x00".join(parts)
    octets = b"%-10d" % len(body) + body

    if len(parts) == 3 and first_ill_formed(b"\x01".join(parts)) is None:
        assert fields_of(TO_SERVER.parse(octets)) == tuple(part.decode() for part in parts)
        return
    error = refused(octets)
    if len(parts) == 3:
        assert (error.requirement, error.octet) == ("BODY-2", first_ill_formed(b"\x01".join(parts)))
    else:
        third_nul = len(b"\x00".join(parts[:3]))
        assert (error.requirement, error.octet) == ("BODY-1", min(third_nul, len(body)))


@pytest.mark.parametrize("maximum", [2, 7, 99, SERVER_MAX_BODY_OCTETS])
def test_the_maximum_is_part_of_the_definition(maximum: int) -> None:
    """A body of so many octets is asked for, one more is refused at its first digit, with no body there (FRAME-8)."""
    with pytest.raises(StreamError):
        frame(maximum).parse(b"%-10d" % maximum)

    error = refused(b"%10d" % (maximum + 1), frame(maximum))
    assert (error.requirement, error.part) == ("FRAME-8", "header")
    assert error.octet == 10 - len(str(maximum + 1))


def test_a_body_that_is_too_long_is_not_built() -> None:
    """The definition builds up to its maximum and no further (FRAME-7, FRAME-8)."""
    assert len(built("", "", "x" * (SERVER_MAX_BODY_OCTETS - 2))) == 10 + SERVER_MAX_BODY_OCTETS

    with pytest.raises(WireError) as caught:
        built("", "", "x" * (SERVER_MAX_BODY_OCTETS - 1))
    assert (caught.value.requirement, caught.value.part) == ("FRAME-8", "header")


@pytest.mark.parametrize(
    ("fields", "requirement", "octet"),
    [
        (("a\x00", "ann", "hi"), "BODY-1", 1),
        (("", "a\x00n", "hi"), "BODY-1", 2),
        (("é", "ann", "\x00"), "BODY-1", 7),
        (("", "\ud800", "hi"), "BODY-2", 1),
        (("", "ann", "\udfff"), "BODY-2", 5),
    ],
)
def test_a_field_that_cannot_be_sent_is_not_built(fields: tuple[str, ...], requirement: str, octet: int) -> None:
    """NUL at its place, a surrogate at the start of its field."""
    with pytest.raises(WireError) as caught:
        built(*fields)

    error = caught.value
    assert (error.requirement, error.part, error.octet) == (requirement, "body", octet)


def test_an_error_of_ours_is_one_of_construct() -> None:
    """So that whoever reads with construct catches it, and its text is for a human."""
    error = refused(b"+7        ")

    assert isinstance(error, ConstructError)
    assert str(error) == (
        "FRAME-4: expected decimal ASCII digits with fill around them, got b'+7        ' at octet 0 of the header"
    )


def test_octets_behind_the_frame_are_not_touched() -> None:
    """One frame is read; what follows it is the next one's (FRAME-6)."""
    assert fields_of(TO_SERVER.parse(FRAME + b"garbage")) == ("", "ann", "hi")


def test_the_definition_can_be_altered() -> None:
    """Width, fill, separator, encoding and the number of fields are parameters, not constants of the classes."""
    definition = Prefixed(
        wire.Decimal(4, fill=b".", maximum=20),
        wire.Fields("one" / GreedyString("latin-1"), "two" / GreedyString("latin-1"), separator=b"|"),
    )

    assert definition.build({"one": "é", "two": "b"}) == b"3...\xe9|b"
    assert definition.parse(b".03.\xe9|b")["one"] == "é"
    assert refused(b"  3 ", definition).octet == 0
    assert refused(b"21..", definition).requirement == "FRAME-8"
    assert refused(b"4...a|b|", definition).octet == 3


def test_the_widest_maximum_is_what_the_header_can_say() -> None:
    """A field of so many digits holds no larger number, whatever maximum it is given."""
    assert wire.Decimal(2, fill=b" ", maximum=1000).maximum == 99
