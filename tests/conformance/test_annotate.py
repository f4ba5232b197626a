"""What each octet of a stream is: driven by the definition, the same for every cutting, bounded in what it says."""

import itertools
import re
from typing import Any

import pytest
from construct import GreedyString, Prefixed
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from conformance.annotate import FIRST_PARTS, LAST_PARTS, SHOWN_CHARACTERS, SHOWN_OCTETS, Annotator, Part
from conformance.octets import Out
from spec.display import safe
from spec.wire import TO_SERVER, Decimal, Fields, WireError

FRAME = Out("bob", "hé", "").octets  # 8         ␀bob␀hé
BROKEN = re.compile(r"([A-Z]+-\d+): expected ")
SETTINGS = settings(
    max_examples=150, deadline=None, database=None, derandomize=False, suppress_health_check=list(HealthCheck)
)


def spelt(parts: list[Part]) -> list[tuple[str, str, str | None]]:
    """Name, what is shown and note."""
    return [(part["part"], part["shown"], part["note"]) for part in parts]


def labels(pieces: list[bytes], definition: Any = TO_SERVER) -> tuple[str, list[str]]:
    """The first letter of the name of each octet's part, and the requirements that are broken, of a stream in pieces."""
    annotator = Annotator(definition)
    letters, broken = "", []
    for piece in pieces:
        parts = annotator.feed(piece)
        place = 0
        for part in parts:
            assert part["octets"] == piece[place : place + part["length"]][:SHOWN_OCTETS].hex()
            place += part["length"]
        assert place == len(piece)
        letters += "".join(part["part"][:1] * part["length"] for part in parts)
        broken += [found for part in parts for found in BROKEN.findall(part["note"] or "")]
    return letters, broken


def test_a_frame_has_its_parts() -> None:
    """With the octets of each, and an empty field named too."""
    parts = Annotator().feed(FRAME)

    assert spelt(parts) == [
        ("header", "8         ", "8 octets follow"),
        ("time", "", None),
        ("separator", "␀", None),
        ("nick", "bob", None),
        ("separator", "␀", None),
        ("text", "hé", None),
    ]
    assert [part["octets"] for part in parts] == ["38202020202020202020", "", "00", "626f62", "00", "68c3a9"]
    assert [part["length"] for part in parts] == [10, 0, 1, 3, 1, 3]
    assert Annotator().feed(b"") == []


def test_several_frames_in_one_stretch() -> None:
    """One behind the other; a field that is empty at the end of a frame is there, too."""
    parts = Annotator().feed(Out("ann", "", "").octets + FRAME)

    assert [part["part"] for part in parts] == ["header", "time", "separator", "nick", "separator", "text"] * 2
    assert parts[5]["length"] == 0


def test_a_header_that_is_not_canonical() -> None:
    """It is said what the canonical one is (FRAME-2)."""
    assert Annotator().feed(b"       003\0\0a")[0]["note"] == "3 octets follow; the canonical header is '3         '"
    assert Annotator().feed(b"1         ")[0]["note"] == "1 octet follows"


@pytest.mark.parametrize(
    ("octets", "where"),
    [
        (FRAME[:1], "cut inside the header: 1 octet of 10 so far"),
        (FRAME[:9], "cut inside the header: 9 octets of 10 so far"),
        (FRAME[:10], "cut behind the header: 8 octets of the frame still to come"),
        (FRAME[:11], "cut behind a separator: 7 octets of the frame still to come"),
        (FRAME[:13], "cut inside the nick: 5 octets of the frame still to come"),
        (FRAME[:17], "cut inside the text, inside a character: 1 octet of the frame still to come"),
        (b"9         a\0b\0c\0d", "cut inside the body: 2 octets of the frame still to come"),
    ],
)
def test_where_a_frame_is_cut(octets: bytes, where: str) -> None:
    """It is the last part, without a length."""
    last = Annotator().feed(octets)[-1]
    assert last == {"part": "cut", "length": 0, "octets": "", "shown": "", "note": where}


def test_a_frame_goes_on_behind_a_cut() -> None:
    """Over several stretches: the header is told whole where it ends, and the fields where they go on."""
    annotator = Annotator()
    parts = [annotator.feed(octets) for octets in (FRAME[:3], FRAME[3:12], FRAME[12:17], FRAME[17:])]

    assert spelt(parts[0])[0] == ("header", "8  ", None)
    assert spelt(parts[1])[0] == ("header", "       ", "ends the header '8         ': 8 octets follow")
    assert [part["part"] for part in parts[1]] == ["header", "time", "separator", "nick", "cut"]
    assert [part["part"] for part in parts[2]] == ["nick", "separator", "text", "cut"]
    assert spelt(parts[3]) == [("text", "\\xa9", None)]


@pytest.mark.parametrize(
    ("header", "broken"), [(b"+8        ", "FRAME-4"), (b"          ", "FRAME-4"), (b"9999999999", "FRAME-8")]
)
def test_nothing_is_read_behind_a_malformed_header(header: bytes, broken: str) -> None:
    """The id and the reason; what follows is octets, in later stretches too, even if it looks like a frame."""
    annotator = Annotator()
    first, rest = annotator.feed(header + FRAME), annotator.feed(FRAME)

    assert [part["part"] for part in first + rest] == ["header", "octets", "octets"]
    assert first[0]["note"].startswith(f"{broken}: expected ")
    assert "got" in first[0]["note"]
    assert first[1]["note"] == "behind a malformed header nothing can be read as a frame"
    assert first[1]["octets"] == FRAME.hex()


@pytest.mark.parametrize(
    ("body", "place", "note"),
    [
        (b"", 1, "BODY-1: expected exactly 2 separators b'\\x00', got 0 at octet 0 of the body"),
        (b"a\0b", 3, "BODY-1: expected exactly 2 separators b'\\x00', got 1 at octet 3 of the body"),
        (b"a\0", 3, "BODY-1: expected exactly 2 separators b'\\x00', got 1 at octet 2 of the body"),
        (b"a\0b\0c\0d", 6, "BODY-1: expected exactly 2 separators b'\\x00', got one more at octet 5 of the body"),
        (b"a\0b\xff\0c", 3, "BODY-2: expected utf-8 in the nick, got b'\\xff' at octet 3 of the body"),
        (b"\xc3\0b\0c", 1, "BODY-2: expected utf-8 in the time, got b'\\xc3' at octet 0 of the body"),
        (b"a\0b\0\xf0\x9f", 5, "BODY-2: expected utf-8 in the text, got b'\\xf0\\x9f' at octet 4 of the body"),
    ],
)
def test_a_malformed_body(body: bytes, place: int, note: str) -> None:
    """The note stands on the part that is wrong, with the place; the next frame is read all the same."""
    parts = Annotator().feed(b"%-10d" % len(body) + body + FRAME)

    assert parts[place]["note"] == note
    assert spelt(parts[-6:]) == spelt(Annotator().feed(FRAME))
    assert len([part for part in parts if BROKEN.match(part["note"] or "")]) == 1


def definition(*names: str, width: int = 10, fill: bytes = b" ", separator: bytes = b"\0", maximum: int = 99) -> Any:
    """Another format."""
    fields = Fields(*(name / GreedyString("utf-8") for name in names), separator=separator)
    return Prefixed(Decimal(width, fill=fill, maximum=maximum), fields)


def test_an_altered_definition_gives_other_parts() -> None:
    """A fourth field, another width, fill, separator or maximum: each is read from the definition."""
    four = definition("time", "room", "nick", "text")
    narrow = definition("time", "nick", "text", width=4, fill=b".", separator=b"|")

    assert [part["part"] for part in Annotator(four).feed(b"7         a\0b\0c\0d")][1::2] == [
        "time",
        "room",
        "nick",
        "text",
    ]
    assert "exactly 3 separators" in Annotator(four).feed(b"5         a\0b\0c")[-1]["note"]
    assert spelt(Annotator(narrow).feed(b"5...a|b|c"))[:3] == [
        ("header", "5...", "5 octets follow"),
        ("time", "a", None),
        ("separator", "|", None),
    ]
    assert Annotator(narrow).feed(b"5...a")[-1]["note"] == "cut inside the time: 4 octets of the frame still to come"
    assert "'5...'" in Annotator(narrow).feed(b"..5.a")[0]["note"]
    assert Annotator(narrow).feed(b"100.")[0]["note"].startswith("FRAME-8: expected at most 99 octets")
    assert Annotator(narrow).feed(b"5   ")[0]["note"].startswith("FRAME-4")


BODIES = st.one_of(
    st.binary(max_size=12),
    st.lists(st.sampled_from([b"\0", b"a", "é".encode(), "😀".encode(), b"\xff", b"\xc3"]), max_size=7).map(b"".join),
)
HEADERS = st.sampled_from(["{:<10}", "{:>10}", "{:010}", "+{:<9}", "{:<9}x"])


@st.composite
def streams(draw: st.DrawFn) -> bytes:
    """Frames, well-formed or not, and an unfinished one."""
    frames = []
    for body in draw(st.lists(BODIES, max_size=4)):
        header = draw(st.one_of(st.just("{:<10}"), HEADERS)).format(len(body)).encode()
        frames.append(header + body)
    whole = b"".join(frames)
    return whole[: len(whole) - draw(st.integers(0, 5))] if draw(st.booleans()) else whole


@SETTINGS
@given(streams(), st.lists(st.integers(0, 60), max_size=6))
def test_every_cutting_says_the_same(stream: bytes, cuts: list[int]) -> None:
    """Each octet is the same part, and the same requirements are broken, however the stream comes."""
    edges = [0, *sorted(min(cut, len(stream)) for cut in cuts), len(stream)]
    pieces = [stream[start:end] for start, end in itertools.pairwise(edges)]

    assert labels(pieces) == labels([stream])
    assert labels([stream[place : place + 1] for place in range(len(stream))]) == labels([stream])


@SETTINGS
@given(BODIES, HEADERS)
def test_it_agrees_with_the_definition(body: bytes, header: str) -> None:
    """A frame has a note that something is broken exactly if the definition does not read it, and the id is the same."""
    frame = header.format(len(body)).encode() + body
    _, broken = labels([frame])
    expected = None
    try:
        TO_SERVER.parse(frame)
    except WireError as error:
        expected = error.requirement
    assert (expected in broken) == bool(broken)


def test_megabytes_are_cut_and_their_length_is_kept() -> None:
    """Of a long field its beginning is shown; of many frames the first and the last parts, and how much is between."""
    text = Annotator().feed(Out("ann", "é" * 500_000, "").octets)[-1]
    many = Annotator().feed(FRAME * 5_000)

    assert (text["length"], len(text["octets"]), len(text["shown"])) == (
        1_000_000,
        2 * SHOWN_OCTETS,
        SHOWN_CHARACTERS + 1,
    )
    assert text["shown"].endswith("é…")
    assert len(many) == FIRST_PARTS + 1 + LAST_PARTS
    assert many[FIRST_PARTS]["note"].startswith("29,940 parts, ")
    assert sum(part["length"] for part in many) == len(FRAME) * 5_000
    assert spelt(many[-6:]) == spelt(Annotator().feed(FRAME))


def test_a_long_frame_in_small_pieces_is_not_kept() -> None:
    """Nothing is gathered between two stretches but a header and an unfinished character: the work is linear."""
    annotator = Annotator()
    octets = Out("ann", "x" * 100_000, "").octets
    for place in range(0, len(octets), 7):
        annotator.feed(octets[place : place + 7])
        held = [value for value in vars(annotator).values() if isinstance(value, bytes | bytearray | str | list)]
        assert sum(map(len, held)) <= 10


@pytest.mark.parametrize("text", ["\x1b[2J", "\u202e\u2066", "\n\r\u2028", "\x9b\x7f"])
def test_what_is_shown_drives_no_terminal(text: str) -> None:
    """Fields through the display rules, octets escaped."""
    octets = text.encode()
    parts = Annotator().feed(Out(text, text, text).octets + b"+" + octets.ljust(20))

    assert all(part["shown"] == safe(part["shown"]) and part["shown"].isprintable() for part in parts)
    assert all(part["note"] is None or part["note"].isprintable() for part in parts)
