"""The suite's own frames and reader: what it sends is what was asked for, and what it reads it reads however it comes."""

import itertools
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conformance.octets import (
    HEADER,
    HEADER_FORMS,
    HEADER_OCTETS,
    NOW,
    Got,
    Out,
    Reader,
    announced,
    instant,
    joined,
    left,
    now,
)
from spec.wire import CLIENT_MAX_BODY_OCTETS
from tests.conformance.helpers import received, texts


def read(*stretches: bytes) -> tuple[Reader, list[Got]]:
    """A reader fed with stretches, and what it gave."""
    reader = Reader()
    return reader, [frame for at, octets in enumerate(stretches) for frame in reader.feed(octets, at, 1000.0 + at)]


def frame(body: bytes) -> bytes:
    """A canonical header and a body as it is."""
    return b"%-10d" % len(body) + body


def test_a_plain_frame_is_these_octets() -> None:
    """Header, time, NUL, nick, NUL, text: counted in octets (FRAME-5), canonical unless asked otherwise (FRAME-2)."""
    assert Out("ann", "hi", "").octets == b"7         \x00ann\x00hi"
    assert Out("é", "😀", "t").octets == b"9         t\x00\xc3\xa9\x00\xf0\x9f\x98\x80"


@pytest.mark.parametrize("form", HEADER_FORMS)
def test_each_header_form_spells_the_length(form: str) -> None:
    """Every form is ten octets that FRAME-3 accepts, and names the body's length."""
    octets = Out("ann", "x" * 30, "", form).octets
    match = HEADER.fullmatch(octets[:HEADER_OCTETS])

    assert match is not None
    assert int(match[1]) == len(octets) - HEADER_OCTETS == 35
    assert octets[HEADER_OCTETS:] == Out("ann", "x" * 30, "").octets[HEADER_OCTETS:]


def test_the_header_forms_differ() -> None:
    """No two forms are the same octets, so that each one tests something."""
    assert len({Out("ann", "x" * 30, header=form).octets for form in HEADER_FORMS}) == len(HEADER_FORMS)


def test_a_format_string_is_a_header_form() -> None:
    """A form that is no name is the format itself; one that does not make ten octets is an error."""
    assert Out("a", "", "", "    {0:03}   ").octets == b"    003   \x00a\x00"
    with pytest.raises(ValueError, match="cannot spell 3"):
        _ = Out("a", "", "", "{0}").octets


def test_now_is_a_time_as_wide_as_its_place() -> None:
    """In TIME-1's form (TIME-3); of the same width, so that cuts stay where they are."""
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", now())
    assert len(now()) == len(NOW)
    assert Out("ann").time == NOW


SEVERAL = [("ann", "hi"), ("Server", "[bob] joined the chat"), ("é", ""), ("x", "\ufeff\n 😀")]


def test_frames_are_read_whole_or_octet_by_octet() -> None:
    """The frames do not depend on how the octets arrive; each carries the moment of its last octet and its place."""
    octets = b"".join(Out(nick, text, "t").octets for nick, text in SEVERAL)
    _, whole = read(octets)
    reader, slow = read(*(bytes([octet]) for octet in octets))
    lengths = itertools.accumulate(len(Out(nick, text, "t").octets) for nick, text in SEVERAL)

    assert texts(whole) == texts(slow) == SEVERAL
    assert [one.octets for one in slow] == [Out(nick, text, "t").octets for nick, text in SEVERAL]
    assert [one.at for one in slow] == [length - 1.0 for length in lengths]
    assert [one.wall - one.at for one in slow] == [1000.0] * 4
    assert [one.number for one in slow] == [0, 1, 2, 3]
    assert reader.frames == slow
    assert (reader.unfinished, reader.garbage) == (b"", None)
    assert [one.is_service for one in slow] == [False, True, False, False]


@settings(deadline=None, database=None, max_examples=60)
@given(
    st.lists(st.tuples(st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"])), st.text("ab\n"))),
    st.lists(st.integers(0, 200)),
)
def test_the_cuts_do_not_matter(said: list[tuple[str, str]], places: list[int]) -> None:
    """Drawn frames, cut anywhere, are read back."""
    octets = b"".join(Out(nick, text).octets for nick, text in said)
    edges = sorted({0, len(octets), *(place for place in places if place < len(octets))})

    assert texts(read(*(octets[start:end] for start, end in itertools.pairwise(edges)))[1]) == said


def test_every_header_of_frame_3_is_read() -> None:
    """The suite takes whatever header a server may send; that it is not canonical is for a check to say."""
    _, got = read(*(Out("ann", "hi", header=form).octets for form in HEADER_FORMS))

    assert texts(got) == [("ann", "hi")] * len(HEADER_FORMS)


@pytest.mark.parametrize(
    "header", [b"-7        ", b"7\t        ", b"          ", b"7\n        ", b"\x00" * 10, b"7        x"]
)
def test_what_is_no_header_is_garbage(header: bytes) -> None:
    """From the first header on that is none, nothing is a frame, and the frames before it stand."""
    good = Out("ann", "hi").octets
    reader, got = read(good + header, b"rest", good)

    assert texts(got) == [("ann", "hi")]
    assert reader.garbage == header + b"rest" + good
    assert reader.unfinished == b""


def test_a_length_over_a_clients_maximum_is_garbage() -> None:
    """A body of FRAME-7's length for clients is waited for, one octet more is not."""
    largest, larger = (b"%-10d" % (CLIENT_MAX_BODY_OCTETS + more) for more in (0, 1))

    assert read(largest)[0].garbage is None
    assert read(largest)[0].unfinished == largest
    assert read(larger)[0].garbage == larger


def test_garbage_is_bounded() -> None:
    """A server that sends rubbish for ever does not fill the memory: 4,096 octets are enough to show."""
    reader, got = read(b"rubbish!!!" + b"x" * 9000, *[b"y" * 9000] * 3)

    assert got == []
    assert reader.garbage is not None
    assert len(reader.garbage) == 4096
    assert len(read(b"rubbish!!!", *[b"y" * 3000] * 3)[0].garbage or b"") == 4096


@pytest.mark.parametrize("body", [b"", b"a", b"a\x00b", b"a\x00b\x00c\x00", b"\x00\x00\x00", b"\x00\xff"])
def test_a_body_without_three_fields_breaks_body_1(body: bytes) -> None:
    """It is a frame all the same, with what could be read of it, and the next one is read."""
    _, got = read(frame(body) + Out("ann", "hi").octets)

    assert [one.problem for one in got] == ["BODY-1", None]
    assert got[0].octets == frame(body)
    assert got[0].nick == [*body.split(b"\x00"), b""][1].decode(errors="replace")


@pytest.mark.parametrize("octets", [b"\xff", b"\xc3", b"\xed\xa0\x80", b"\xc0\xaf", b"\xf4\x90\x80\x80"])
@pytest.mark.parametrize("field", [0, 1, 2])
def test_a_field_that_is_no_utf_8_breaks_body_2(octets: bytes, field: int) -> None:
    """Lone octets, surrogates, overlong forms and what is beyond Unicode, in any field."""
    fields = [b"t", b"ann", b"hi"]
    fields[field] += octets
    _, got = read(frame(b"\x00".join(fields)))

    assert [one.problem for one in got] == ["BODY-2"]
    assert "\ufffd" in got[0].time + got[0].nick + got[0].text


def test_the_octets_of_an_unfinished_frame_are_kept() -> None:
    """Inside the header and inside the body."""
    octets = Out("ann", "hi").octets
    for place in range(len(octets)):
        reader, got = read(octets, octets[:place])
        assert (len(got), reader.unfinished) == (1, octets[:place])


def test_several_readers_do_not_share_anything() -> None:
    """Each connection is read by itself."""
    assert received([("ann", "a")]).frames != received([("ann", "b")]).frames


@pytest.mark.parametrize(
    ("time", "seconds"),
    [
        ("1970-01-01T00:00:00Z", 0.0),
        ("2026-11-22T10:21:07Z", 1795342867.0),
        ("2026-11-22T10:21:07.5Z", 1795342867.5),
        ("2026-11-22T10:21:07.000001Z", 1795342867.000001),
        ("2016-12-31T23:59:60Z", 1483228800.0),  # a leap second counts as the next one's begin
        ("2024-02-29T00:00:00Z", 1709164800.0),
    ],
)
def test_a_time_of_time_1_is_an_instant(time: str, seconds: float) -> None:
    """Seconds since the epoch, fractions included."""
    assert instant(time) == pytest.approx(seconds, abs=1e-7)


@pytest.mark.parametrize(
    "time",
    [
        "",
        "2026-11-22T10:21:07",
        "2026-11-22T10:21:07z",
        "2026-11-22t10:21:07Z",
        "2026-11-22 10:21:07Z",
        "2026-11-22T10:21:07+00:00",
        "2026-11-22T10:21:07.Z",
        "2026-11-22T10:21:07.1234567Z",
        "2026-11-22T10:21:07Z\n",
        " 2026-11-22T10:21:07Z",
        "2026-02-30T10:21:07Z",
        "2026-11-22T24:00:00Z",
        "2026-11-22T10:21:61Z",
        "0000-01-01T00:00:00Z",
        "２０２６-11-22T10:21:07Z",
        "1764000000",
    ],
)
def test_any_other_time_is_no_instant(time: str) -> None:
    """Neither other forms nor moments that there are not, and never an exception."""
    assert instant(time) is None


@pytest.mark.parametrize(
    "nick", ["ann", "", "[x]", "x] joined the chat", "[a] left the chat", "] left the chat", "é 😀"]
)
def test_an_announcement_is_split_again(nick: str) -> None:
    """Whatever the nick is, the text that announces it gives it back."""
    assert announced(joined(nick)) == ("joined", nick)
    assert announced(left(nick)) == ("left", nick)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[",
        "] joined the chat",
        "[ann] has joined the chat",
        "[ann] joined the chat ",
        "ann joined the chat",
        "[ann] Left the chat",
    ],
)
def test_any_other_text_is_no_announcement(text: str) -> None:
    """Other words, or something around them (SERVICE-1)."""
    assert announced(text) is None
