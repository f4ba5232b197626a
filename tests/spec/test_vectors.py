"""The vectors agree with the definition, the nick rules and the grammar; and nothing that matters is missing."""

from datetime import datetime
from typing import TypeVar

import pytest
from construct import StreamError

from spec import nicks, vector_files, wire
from spec.requirements import register
from spec.vector_files import Frame, Malformed, NickPair, Nicks, Times, Unfinished, Vector
from tests.spec import grammar

VECTORS = vector_files.load()
LARGEST_FOR_GRAMMAR = 20_000  # octets: an expression over 1 MiB of alternatives is slow and shows nothing new
_V = TypeVar("_V", bound=Vector)


def of(kind: type[_V]) -> list[_V]:
    return [vector for vector in VECTORS if type(vector) is kind]


def name_of(vector: object) -> str:
    return vector.name if isinstance(vector, Vector) else repr(vector)


def is_time(text: str) -> bool:
    """TIME-1: the grammar, and the two conditions beside it."""
    if not grammar.matches("time", text):
        return False
    leap = text[17:19] == "60"
    if leap and (text[5:10] not in ("06-30", "12-31") or text[11:16] != "23:59"):
        return False
    try:
        datetime.fromisoformat(text[:17] + ("59" if leap else text[17:19]))
    except ValueError:
        return False
    return True


@pytest.mark.parametrize("vector", of(Frame), ids=name_of)
def test_a_valid_frame_is_read_as_its_fields(vector: Frame) -> None:
    """What the definition reads is what the file says."""
    values = wire.frame(vector.maximum).parse(vector.octets)

    assert tuple(values[name] for name in vector_files.FIELDS) == vector.fields


@pytest.mark.parametrize("vector", of(Frame), ids=name_of)
def test_a_sender_writes_the_canonical_frame(vector: Frame) -> None:
    """The definition builds the octets of a canonical vector, and others for one that is not canonical."""
    built = wire.frame(vector.maximum).build(dict(zip(vector_files.FIELDS, vector.fields, strict=True)))

    assert (built == vector.octets) is vector.canonical
    assert built[10:] == vector.octets[10:]
    assert grammar.matches("canonical-header", built[:10])


@pytest.mark.parametrize("vector", of(Malformed), ids=name_of)
def test_an_invalid_frame_is_refused_for_the_reason_and_at_the_place_given(vector: Malformed) -> None:
    """Requirement, part and octet of the error are those of the file."""
    with pytest.raises(wire.WireError) as caught:
        wire.frame(vector.maximum).parse(vector.octets)

    error = caught.value
    assert (error.requirement, error.part, error.octet) == (vector.requirement, vector.part, vector.octet)


@pytest.mark.parametrize("vector", of(Malformed), ids=name_of)
def test_a_malformed_header_needs_no_body_to_be_judged(vector: Malformed) -> None:
    """A malformed header is refused when it is complete (FRAME-4, FRAME-8); in front of a malformed body it is not."""
    try:
        wire.frame(vector.maximum).parse(vector.octets[:10])
    except wire.WireError as error:
        judged_by_header = error.part == "header"
    except StreamError:
        judged_by_header = False

    assert judged_by_header is (vector.part == "header")


@pytest.mark.parametrize("vector", of(Unfinished), ids=name_of)
def test_an_unfinished_frame_is_no_error_of_the_format(vector: Unfinished) -> None:
    """The definition asks for more octets; as many as the file says complete the header or the frame."""
    with pytest.raises(StreamError):
        wire.TO_SERVER.parse(vector.octets)

    length = len(vector.octets)
    assert vector.missing == (10 - length if length < 10 else 10 + int(vector.octets[:10]) - length)


@pytest.mark.parametrize("vector", of(Nicks), ids=name_of)
def test_nicks_are_judged_as_the_file_says(vector: Nicks) -> None:
    """Validity by code and by grammar is that of the folder."""
    assert vector.nicks
    for nick in vector.nicks:
        assert (nicks.problem(nick.decode()) is None) is vector.valid, nick
        assert grammar.matches("nick", nick.decode()) is vector.valid, nick


@pytest.mark.parametrize("vector", of(NickPair), ids=name_of)
def test_nicks_compare_as_the_file_says(vector: NickPair) -> None:
    """Equal for all, the server's choice, or different for all."""
    one, other = vector.one.decode(), vector.other.decode()

    assert nicks.problem(one) is nicks.problem(other) is None
    assert (nicks.folded(one) == nicks.folded(other)) is vector.equal
    assert (nicks.key(one) == nicks.key(other)) is (vector.equal or vector.choice)
    assert nicks.certainly_differ(one, other) is not (vector.equal or vector.choice)


@pytest.mark.parametrize("vector", of(Times), ids=name_of)
def test_times_are_of_the_form_or_not_as_the_file_says(vector: Times) -> None:
    """TIME-1's grammar with the calendar takes all of `valid/` and none of `invalid/`."""
    assert [is_time(time) for time in vector.times] == [vector.valid] * len(vector.times)


@pytest.mark.parametrize("vector", [*of(Frame), *of(Malformed)], ids=name_of)
def test_the_grammar_takes_header_and_body_as_the_definition_does(vector: Frame | Malformed) -> None:
    """The ABNF of the prose refuses exactly the malformed headers (but for their size) and bodies."""
    header, body = vector.octets[:10], vector.octets[10:]
    header_is_well_formed = not (isinstance(vector, Malformed) and vector.requirement == "FRAME-4")

    assert grammar.matches("header", header) is header_is_well_formed
    assert grammar.matches("canonical-header", header) <= header_is_well_formed
    judged_by_body = isinstance(vector, Frame) or vector.part == "body"
    if judged_by_body and len(body) < LARGEST_FOR_GRAMMAR:
        assert grammar.matches("body", body) is isinstance(vector, Frame)


@pytest.mark.parametrize("vector", VECTORS, ids=name_of)
def test_a_vector_names_a_requirement(vector: Vector) -> None:
    """The id stands in protocol.md, and an invalid one is violated by octets, a nick or a time."""
    assert vector.requirement in register()
    if not vector.valid:
        kinds = {Malformed: ("FRAME-4", "FRAME-8", "BODY-1", "BODY-2"), Nicks: ("NICK-3",), Times: ("TIME-1",)}
        assert vector.requirement in kinds[type(vector)]
    assert vector.about.endswith((".", "?"))


def test_there_are_many_and_no_two_are_the_same() -> None:
    """At least 40 valid and 60 invalid ones, each for a thing of its own."""
    assert len([vector for vector in VECTORS if vector.valid]) >= 40
    assert len([vector for vector in VECTORS if not vector.valid]) >= 60
    octets = [vector.octets for vector in VECTORS if isinstance(vector, Frame | Malformed | Unfinished)]
    assert len(set(octets)) == len(octets)
    assert len({vector.about for vector in VECTORS}) == len(VECTORS)


def test_every_boundary_of_the_length_is_there() -> None:
    """Bodies on both sides of each number of digits, the largest of both directions, and one octet more."""
    lengths = {len(vector.octets) - 10 for vector in of(Frame)}
    assert {9, 10, 99, 100, 999, 1000, 9999, 10000, 99999, 100000, 999999, 1000000} <= lengths
    assert {wire.SERVER_MAX_BODY_OCTETS, wire.CLIENT_MAX_BODY_OCTETS} <= lengths
    refused = {(vector.maximum, int(vector.octets[:10])) for vector in of(Malformed) if vector.requirement == "FRAME-8"}
    for maximum in (wire.SERVER_MAX_BODY_OCTETS, wire.CLIENT_MAX_BODY_OCTETS, wire.LARGEST_MAX_BODY_OCTETS):
        assert (maximum, maximum + 1) in refused
    assert (wire.LARGEST_MAX_BODY_OCTETS, 9_999_999_999) in refused


def test_every_number_of_separators_is_there() -> None:
    """Bodies with 0, 1, 3 and 4 NULs are refused, and the empty body; those with 2 are accepted."""
    refused = [vector.octets[10:] for vector in of(Malformed) if vector.requirement == "BODY-1"]
    assert {0, 1, 3, 4} <= {body.count(0) for body in refused}
    assert 2 not in {body.count(0) for body in refused}
    assert b"" in refused
    assert {vector.octets[10:].count(0) for vector in of(Frame)} == {2}


def test_every_kind_of_header_is_there() -> None:
    """The forms of FRAME-3 and the faults of FRAME-4 that its sentence names."""
    good = {vector.octets[:10] for vector in of(Frame)}
    assert {b"7         ", b"         7", b"    7     ", b"0000000007", b"  0007    "} <= good
    bad = b"|".join(vector.octets[:10] for vector in of(Malformed) if vector.requirement == "FRAME-4")
    for fault in (b"+7", b"-7", b"1_0", b"0x7", b"\t7", b"1 0", "７".encode(), b" " * 10, b"\x00" * 10, b"\r\n", b"."):
        assert fault in bad
    for fault in (b"1e1", b"length", b"7\xc2\xa0", b"\xef\xbb\xbf7", b"\xff"):
        assert fault in bad


def test_every_malformation_of_utf8_is_there() -> None:
    """One vector at least for each way in which RFC 3629 can be violated."""
    bodies = [vector.octets[10:] for vector in of(Malformed) if vector.requirement == "BODY-2"]
    for sequence in (
        *("80", "bf", "c080", "c1bf", "e08080", "e09fbf", "f0808080", "f08fbfbf"),  # alone; overlong
        *("eda080", "edafbf", "edb080", "edbfbf", "f4908080", "f5808080", "f7bfbfbf"),  # surrogates; too large
        *("f888808080", "fc8480808080", "fe", "ff"),  # five and six octets; octets that never occur
    ):
        assert any(body[5:] == bytes.fromhex(sequence) for body in bodies), sequence
    for cut in ("c3", "e2", "e282", "f0", "f09f", "f09f98"):
        assert any(body.endswith(b"\x00" + bytes.fromhex(cut)) for body in bodies), cut
    for cut in ("c300a9", "e28200ac", "f09f009880"):
        assert any(bytes.fromhex(cut) in body for body in bodies), cut
    for part in (0, 1, 2):
        for cut in ("c3", "e282", "f09f98"):
            assert any(body.split(b"\x00")[part].endswith(bytes.fromhex(cut)) for body in bodies), (part, cut)


def test_every_forbidden_character_of_a_nick_is_there() -> None:
    """Each control and separator inside, first and last; each white space first and last; the lengths 0, 1, 64, 65."""
    bad = {nick.decode() for vector in of(Nicks) if not vector.valid for nick in vector.nicks}
    for scalar in nicks.FORBIDDEN - {"\x00"}:
        assert {f"a{scalar}b", f"{scalar}b", f"a{scalar}"} <= bad, repr(scalar)
    assert "a\x00b" in bad
    for scalar in nicks.WHITE_SPACE:
        assert {f"{scalar}a", f"a{scalar}", scalar} <= bad, repr(scalar)
    good = {nick.decode() for vector in of(Nicks) if vector.valid for nick in vector.nicks}
    assert {1, 64} <= {len(nick) for nick in good}
    assert {0, 65} <= {len(nick) for nick in bad}
    assert 256 in {len(nick.encode()) for nick in good}


def test_every_outcome_of_a_comparison_is_there() -> None:
    """Equal, different, and the server's choice; the server's own nick in each."""
    pairs = of(NickPair)
    assert {(pair.equal, pair.choice) for pair in pairs} == {(True, False), (False, True), (False, False)}
    assert {(pair.equal, pair.choice) for pair in pairs if pair.one == b"Server"} == {
        (True, False),
        (False, True),
        (False, False),
    }
