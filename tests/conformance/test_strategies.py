"""What the suite says: that each kind is drawn within a bound, and that what is drawn is what it is said to be."""

import functools
import itertools
import unicodedata
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, find, given, settings
from hypothesis import strategies as st

from conformance import named, strategies
from conformance.named import BAD_NUMBERS, NOT_UTF8
from conformance.octets import HEADER, HEADER_OCTETS, Out, announced, instant, joined
from conformance.script import TAG, Send
from conformance.strategies import Malformed
from spec import vector_files
from spec.nicks import MAX_NICK_SCALARS, folded, problem
from spec.wire import LARGEST_MAX_BODY_OCTETS, SERVER_MAX_BODY_OCTETS, TO_SERVER, WireError, frame

BOUND = 600  # examples within which each kind is drawn
FIND = settings(max_examples=BOUND, deadline=None, database=None, derandomize=True)
FRAMES = (Out("ann", "é€😀", "").octets, Out("bob", "", "").octets, Out("ann", "x", "").octets)
STRETCH = b"".join(FRAMES)
EDGES = (len(FRAMES[0]), len(FRAMES[0] + FRAMES[1]))
SIZES = [0, 1, 3, 127, 128, 1023, 1024]
ANYBODY = frame(LARGEST_MAX_BODY_OCTETS)  # what this refuses, every receiver refuses (FRAME-8)
MALFORMED = st.one_of(strategies.bad_headers(), strategies.bad_bodies())
STRATEGIES = {
    "text": strategies.texts(),
    "sized": strategies.sized_texts(SIZES),
    "time": strategies.times(),
    "nick": strategies.nicks(),
    "split": strategies.splits(FRAMES),
    "cut": strategies.cuts(len(STRETCH), 3),
    "header": strategies.bad_headers(),
    "body": strategies.bad_bodies(),
    "form": strategies.header_forms(8),
}


@functools.cache
def drawn(name: str) -> list[Any]:
    """What a strategy draws, up to the bound."""
    seen = []

    @settings(FIND, phases=[Phase.generate], suppress_health_check=list(HealthCheck))
    @given(STRATEGIES[name])
    def draw(value: object) -> None:
        seen.append(value)

    draw()
    return seen


KINDS: list[tuple[str, str, Callable[[Any], bool]]] = [
    ("text", "empty", lambda text: text == ""),
    ("text", "header", lambda text: is_header(text.encode())),
    ("text", "header with something behind", lambda text: is_header(text.encode()[:10]) and len(text) > 10),
    ("text", "join", lambda text: announced(text) is not None and text.endswith("joined the chat")),
    ("text", "leave", lambda text: announced(text) is not None and text.endswith("left the chat")),
    ("text", "line of the server", lambda text: "Z [Server] " in text),
    ("text", "line of history", lambda text: text.startswith("history: ")),
    ("text", "only digits", lambda text: text.isdigit() and text.isascii() and len(text) > 10),
    ("text", "only marks", lambda text: len(text) > 1 and {*map(unicodedata.category, text)} <= {"Mn", "Me"}),
    ("text", "only astral", lambda text: text != "" and min(text) > "\uffff"),
    ("text", "BOM in front", lambda text: text[:1] == "\ufeff"),
    ("text", "BOM behind", lambda text: text[-1:] == "\ufeff"),
    ("text", "CR LF inside", lambda text: "\r\n" in text.strip()),
    ("text", "CR LF behind", lambda text: text.endswith("\r\n")),
    ("text", "only line breaks", lambda text: text != "" and set(text) <= {"\r", "\n"}),
    ("text", "only white space", lambda text: len(text) > 1 and text.isspace()),
    ("text", "space in front", lambda text: text[:1] == " " and text.strip() != ""),
    ("text", "space behind", lambda text: text[-1:] == " " and text.strip() != ""),
    ("text", "escape", lambda text: "\x1b" in text),
    ("text", "not composed", lambda text: unicodedata.normalize("NFC", text) != text),
    ("text", "not decomposed", lambda text: unicodedata.normalize("NFD", text) != text),
    ("text", "escaped NUL", lambda text: "\\0" in text),
    ("text", "octets of each number", lambda text: {len(scalar.encode()) for scalar in text} == {1, 2, 3, 4}),
    *(("sized", f"{size}", lambda text, size=size: len(text.encode()) == size) for size in SIZES),
    *(("sized", f"{at} of 4", lambda text, at=at: text.encode()[512 - at :][:1] == b"\xf0") for at in (1, 2, 3)),
    *(("sized", f"{at} of 3", lambda text, at=at: text.encode()[512 - at :][:1] == b"\xe2") for at in (1, 2)),
    ("sized", "1 of 2", lambda text: text.encode()[511:512] == b"\xc3"),
    ("time", "empty", lambda time: time == ""),
    ("time", "of TIME-1's form", lambda time: instant(time) is not None and not time.startswith("2026")),
    ("time", "of another form", lambda time: time.isascii() and len(time) > 9 and instant(time) is None),
    ("time", "not ASCII", lambda time: not time.isascii()),
    ("time", "long", lambda time: len(time) >= 1000),
    ("nick", "in brackets", lambda nick: nick[0] == "[" and nick[-1] == "]"),
    ("nick", "between brackets", lambda nick: nick[0] == "]" and nick[-1] == "["),
    ("nick", "two in one", lambda nick: "] joined the chat [" in nick),
    ("nick", "announcement", lambda nick: announced(nick) is not None),
    ("nick", "end of a leave", lambda nick: nick.endswith("] left the chat")),
    ("nick", "line of the server", lambda nick: nick.startswith("[Server] ")),
    ("nick", "spaces inside", lambda nick: "  " in nick),
    ("nick", "astral", lambda nick: max(nick) > "\uffff"),
    ("nick", "NFKC changes it", lambda nick: unicodedata.normalize("NFKC", nick) != nick),
    ("nick", "long", lambda nick: len(nick) > 32),
    ("nick", "many octets", lambda nick: len(nick.encode()) > MAX_NICK_SCALARS),
    ("split", "nowhere", lambda cuts: cuts == ()),
    ("split", "one by one", lambda cuts: cuts == EDGES),
    ("split", "every octet", lambda cuts: cuts == tuple(range(1, len(STRETCH)))),
    ("split", "first header", lambda cuts: len(cuts) == 1 and 0 < cuts[0] < HEADER_OCTETS),
    ("split", "behind a header", lambda cuts: len(cuts) == 1 and cuts[0] - HEADER_OCTETS in (0, *EDGES)),
    ("split", "inside a character", lambda cuts: STRETCH.index("😀".encode()) + 2 in cuts and len(cuts) < 9),
    ("split", "an end with a start", lambda cuts: any({edge - 1, edge + 1} <= {*cuts} - {edge} for edge in EDGES)),
    ("split", "last octet", lambda cuts: cuts == (len(STRETCH) - 1,)),
    *(("cut", f"{place}", lambda cuts, at=place: at in cuts) for place in (1, 9, 10, 11, len(STRETCH) - 1)),
    *(("header", name, lambda bad, name=name: bad.mistake == name) for name in BAD_NUMBERS),
    *(("body", name, lambda bad, name=name: bad.mistake == name) for name in NOT_UTF8),
    ("header", "too large", lambda bad: bad.mistake == "too large" and int(bad.octets) >= 2**32),
    ("header", "first octet", lambda bad: bad.mistake == "one octet" and bad.octets[1:].strip().isdigit()),
    ("header", "last octet", lambda bad: bad.mistake == "one octet" and bad.octets[:9].strip().isdigit()),
    ("header", "beyond ASCII", lambda bad: bad.mistake == "one octet" and max(bad.octets) > 127),
    ("body", "length of 0", lambda bad: bad.mistake == "too few" and int(bad.octets[:10]) == 0),
    *(("body", f"{n} NULs", lambda bad, n=n: bad[1] == "BODY-1" and bad[0].count(0) == n) for n in (0, 1, 3, 4, 5)),
    *(("body", f"in field {at}", lambda bad, at=at: undecodable(bad) == [at]) for at in range(3)),
]


def is_header(octets: bytes) -> bool:
    """Whether these are ten octets that FRAME-3 accepts."""
    return len(octets) == HEADER_OCTETS and HEADER.fullmatch(octets) is not None


def undecodable(bad: Malformed) -> list[int]:
    """Which fields of a body that breaks BODY-2 are not UTF-8."""
    fields = bad.octets[HEADER_OCTETS:].split(b"\0") if bad.requirement == "BODY-2" else []
    return [place for place, field in enumerate(fields) if "\ufffd" in field.decode(errors="replace")]


@pytest.mark.parametrize(("name", "kind", "is_it"), KINDS, ids=[f"{name}: {kind}" for name, kind, _ in KINDS])
def test_each_kind_is_drawn(name: str, kind: str, is_it: Callable[[Any], bool]) -> None:
    """Within the bound."""
    assert any(map(is_it, drawn(name)))


def test_texts_and_times_are_fields() -> None:
    """Whatever is drawn can stand in a frame: UTF-8 can carry it (BODY-2), and it has no NUL (BODY-1)."""
    for text in {*drawn("text"), *drawn("sized"), *drawn("time")}:
        values = TO_SERVER.parse(Out("ann", text, text).octets)
        assert (values.time, values.text) == (text, text)
    assert {len(text.encode()) for text in drawn("sized")} == set(SIZES)


def test_drawn_nicks_are_valid_and_free() -> None:
    """NICK-1; the tag keeps them free; and their announcement gives them back whole."""
    for nick in drawn("nick"):
        assert problem(nick) is None
        assert TAG in nick
        assert announced(joined(nick)) == ("joined", nick)


def refused(bad: Malformed) -> str | None:
    """The id by which the definition refuses a frame, or a header alone; None if it does not."""
    try:
        (ANYBODY.lengthfield if bad.requirement.startswith("FRAME") else ANYBODY).parse(bad.octets)
    except WireError as error:
        return error.requirement
    return None


def test_malformed_frames_break_what_they_are_said_to() -> None:
    """By the definition, whoever receives them, and in every way that the vectors name; a header that is whole is right."""
    for bad in [*drawn("header"), *drawn("body")]:
        assert refused(bad) == bad.requirement
        header, body = bad.octets[:HEADER_OCTETS], bad.octets[HEADER_OCTETS:]
        assert (int(header) == len(body)) if bad.requirement.startswith("BODY") else body == b""

    vectors = {vector.requirement for vector in vector_files.load() if isinstance(vector, vector_files.Malformed)}
    assert {bad.requirement for bad in [*drawn("header"), *drawn("body")]} == vectors


@pytest.mark.parametrize("mistake", ["sign", "too large", "overlong", "too many"])
def test_a_mistake_shrinks_to_itself(mistake: str) -> None:
    """The smallest frame with it has nothing else in it."""
    found = find(MALFORMED, lambda bad: bad.mistake == mistake, settings=FIND)

    assert refused(found) == found.requirement
    assert len(found.octets) <= HEADER_OCTETS + 5


@pytest.mark.parametrize("name", ["nick", "split", "form", "time"])
def test_where_nothing_is_asked_the_plainest_is_found(name: str) -> None:
    """The tag with next to nothing; no cut; the canonical header (FRAME-2); no time."""
    found = find(STRATEGIES[name], lambda value: True, settings=FIND)

    assert len(found) <= {"nick": len(TAG) + 2, "split": 0, "form": len("{0:<10}"), "time": 0}[name]


def test_every_legal_header_of_a_length_is_drawn_and_no_other() -> None:
    """All six of eight digits (FRAME-3); a shorter number is spelled legally too."""
    legal = {" " * left + "0" * zeros + "12345678" for left in range(3) for zeros in range(3 - left)}

    assert {form.format(12345678) for form in drawn("form")} == {header.ljust(HEADER_OCTETS) for header in legal}
    assert all(is_header(form.format(7).encode()) and int(form.format(7)) == 7 for form in drawn("form"))
    assert all(Out("ann", header=form).octets[HEADER_OCTETS:] for form in drawn("form"))


@pytest.mark.parametrize("around", [b"", b"x", "é😀".encode()])
def test_named_sequences_are_not_utf_8(around: bytes) -> None:
    """Alone, and between whole characters."""
    for octets in itertools.chain(*NOT_UTF8.values()):
        with pytest.raises(UnicodeDecodeError):
            (around + octets + around).decode()


@pytest.mark.parametrize("name", ["split", "cut"])
def test_cuts_lose_nothing(name: str) -> None:
    """The pieces are the frames, none of them is empty, and there are as many as the cuts say."""
    for cuts in drawn(name):
        pieces = Send("ann", FRAMES, cuts).pieces
        assert b"".join(pieces) == STRETCH
        assert len(pieces) == len(cuts) + 1
        assert list(cuts) == sorted(cuts)


def test_named_texts_and_times() -> None:
    """ASCII and others stand apart, none has NUL or stands twice, and one kind of times is of TIME-1's form."""
    assert all(map(str.isascii, named.ASCII_TEXTS))
    assert not any(map(str.isascii, named.UNICODE_TEXTS))
    for several in (named.ASCII_TEXTS + named.UNICODE_TEXTS, named.TIMES):
        assert "\0" not in "".join(several)
        assert len(several) == len(set(several))
    assert [t for t in named.TIMES if instant(t) is not None] == named.TIME_KINDS["TIME-1"]


def test_named_nicks_are_valid_and_free_beside_each_other() -> None:
    """NICK-1, and no two compare equal (NICK-4); only the short ones may be held by others; lengths are at boundaries."""
    tagged = named.NICKS + named.UNICODE_NICKS
    every = tagged + named.SHORT_NICKS

    assert [nick for nick in every if problem(nick) or problem(nick.replace(TAG, "abcd0001"))] == []
    assert [nick for nick in every if TAG in nick] == tagged
    assert len({folded(nick) for nick in [*every, "Server"]}) == len(every) + 1
    assert {len(nick) for nick in named.NICK_KINDS["lengths"]} == set(range(9, MAX_NICK_SCALARS + 1))
    assert {len(nick) for nick in named.UNICODE_NICK_KINDS["lengths"]} == {MAX_NICK_SCALARS}


def test_body_sizes_are_around_every_boundary() -> None:
    """Powers of two and ten and one on either side, and buffers with and without the header, up to the largest."""
    some, dense = (strategies.body_sizes(SERVER_MAX_BODY_OCTETS, dense=dense) for dense in (False, True))
    near = {2**power + step for power in range(5, 20) for step in (-1, 0, 1)}
    near |= {10**power + step for power in range(2, 7) for step in (-1, 0, 1)}
    near |= {buffer - HEADER_OCTETS + step for buffer in named.BUFFERS for step in (-1, 0, 1)}

    assert near | {SERVER_MAX_BODY_OCTETS - 1, SERVER_MAX_BODY_OCTETS} <= set(dense)
    assert dense == sorted(set(dense))
    assert set(some) < set(dense)
    assert strategies.body_sizes(1000, dense=True)[-2:] == [999, 1000]
