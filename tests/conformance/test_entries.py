"""A conversation for a person: a table of frames, and what is out of the ordinary part by part."""

import re
from typing import Any

from conformance.entries import FIRST_ENTRIES, conversation, is_cut, is_odd
from conformance.octets import Out
from conformance.report import schema
from conformance.script import Open, Send, script
from conformance.terminal import Look, columns
from conformance.trace import Entry, Trace
from conformance.transcript import transcript
from tests.conformance.helpers import STAMP, received

WIDE = Look(400)


def entries(*told: Entry) -> list[dict[str, Any]]:
    """The transcript of a trace with these entries."""
    return transcript(Trace(script(Open("ann"), Send("ann", (Out("ann"),))), entries=list(told), performed=2))


def sent(octets: bytes, who: str = "ann") -> Entry:
    """An entry of a write."""
    return Entry(1.0, who, "sent", octets)


def got(nick: str, text: str) -> Entry:
    """An entry of a frame that was received."""
    [frame] = received([(nick, text)]).frames
    return Entry(1.0125, "bob", "received", frame.octets, frame)


def words(line: str) -> list[str]:
    """The words of a line."""
    return line.split()


def test_whole_frames_are_rows_of_a_table() -> None:
    """Under titles: who, sends or gets, and a column for each part; what could not be seen is quoted."""
    lines = conversation(
        entries(sent(Out("ann", "", STAMP).octets), got("ann", "hello all"), got("Server", " b")), WIDE
    )

    assert words(lines[0]) == ["ms", "who", "header", "time", "nick", "text"]
    assert words(lines[1]) == ["0.0", "ann", "sends", "29", STAMP, "ann", '""']
    assert words(lines[2]) == ["12.5", "bob", "gets", "38", STAMP, "ann", "hello", "all"]
    assert lines[3].endswith('Server " b"')
    assert [line.index("29" if "29" in line else "38") for line in lines[1:3]] == [lines[0].index("header")] * 2
    assert lines[0].index("text") == lines[2].index("hello") == lines[1].index('""')


def test_octets_where_they_matter() -> None:
    """Beyond printable ASCII the octets are shown, too."""
    lines = conversation(entries(got("ann", "é"), got("ann", "a\n"), got("ann", "plain")), WIDE)

    assert lines[1].endswith('"é" = hex c3 a9')
    assert lines[2].endswith('"a␊" = hex 61 0a')
    assert "hex" not in lines[3]


def test_what_is_out_of_the_ordinary_is_marked_and_told_part_by_part() -> None:
    """A cut frame, where it goes on, a header that is not canonical, a malformed one, a reset."""
    frame = Out("ann", "hi", "").octets
    rows = entries(
        sent(frame),
        sent(frame[:3]),
        sent(frame[3:]),
        sent(b"      0007\0ann\0hi"),
        sent(b"+7        \0ann"),
        Entry(2.0, "ann", "aborted"),
        sent(frame, "bob"),
    )
    lines = conversation(rows, WIDE)

    assert [line[0] for line in lines[1:]] == [" ", "!", "!", "!", "!", "!", " "]
    assert lines[2].endswith('header "7  " = hex 37 20 20 ✂ cut inside the header: 3 octets of 10 so far')
    assert "ends the header '7         ': 7 octets follow" in lines[3]
    assert "the canonical header is '7         '" in lines[4]
    assert 'header "+7        " = hex 2b 37 ' in lines[5]
    assert "← FRAME-4: expected " in lines[5]
    assert lines[6].endswith("ann resets the connection (RST)")
    assert [is_odd(row) for row in rows] == [False, True, True, True, True, True, False]
    assert [is_cut(row) for row in rows] == [False, True, False, False, False, False, False]


def test_several_frames_in_one_write() -> None:
    """Each has its line; the moment and the party stand at the first one only."""
    lines = conversation(entries(sent(Out("ann", "one", "").octets + Out("ann", "two", "").octets)), WIDE)

    assert words(lines[1]) == ["0.0", "ann", "sends", "8", '""', "ann", "one"]
    assert words(lines[2]) == ["8", '""', "ann", "two"]


def test_the_mark_stands_at_the_frame() -> None:
    """Of several in one write, at those that are out of the ordinary; a gap in a very long write is none of them."""
    frame = Out("ann", "one", "").octets
    lines = conversation(entries(sent(frame + frame[:4])), WIDE)
    assert [line[0] for line in lines[1:]] == [" ", "!"]
    assert "sends" not in lines[2]

    rows = entries(sent(frame * 500))
    lines = conversation(rows, WIDE)
    assert not is_odd(rows[0])
    assert {line[0] for line in lines} == {" "}
    assert len([line for line in lines if "… 2,940 parts, 8," in line and line.endswith('text "one"')]) == 1


def test_what_a_server_sent_malformed_is_told() -> None:
    """Marked, with the octets and the reason."""
    [frame] = received([b"3         a\x00b"]).frames
    lines = conversation(entries(Entry(1.0, "ann", "received", frame.octets, frame)), WIDE)

    assert lines[1].startswith("!")
    assert "nick \"b\" = hex 62 ← BODY-1: expected exactly 2 separators b'\\x00', got 1" in lines[1]


def test_what_became_of_the_connections() -> None:
    """In words."""
    told = ("opened", "fin", "reset", "unreachable", "finished", "aborted", "muted", "unmuted", "expired")
    of_clients = ("started", "typed", "input-ended", "shown", "said", "left", "dropped", "exited")
    assert {*told, *of_clients, "sent", "received"} == set(schema()["$defs"]["entry"]["properties"]["what"]["enum"])
    lines = conversation(entries(*(Entry(1.0, "ann", what) for what in told)), WIDE)  # type: ignore[arg-type]

    assert [re.sub(r"^.*?(ann|0\.0) ", "", line).removeprefix("ann ") for line in lines[1:]] == [
        "connects",
        "← the server closed the connection (FIN)",
        "← the server reset the connection (RST)",
        "cannot connect",
        "ends the connection (FIN)",
        "resets the connection (RST)",
        "stops reading",
        "reads again",
        "the wait ran out",
    ]


def test_a_long_conversation_has_its_begin_and_its_end() -> None:
    """With how many are missing between, those that the transcript has left out included."""
    rows = entries(*(sent(Out("ann", f"text {number}", "").octets) for number in range(400)))
    lines = conversation(rows, WIDE, most=15)

    assert len(rows) < 400
    assert len(lines) == 1 + 15 + 1
    assert lines[FIRST_ENTRIES].endswith(f"text {FIRST_ENTRIES - 1}")
    assert words(lines[FIRST_ENTRIES + 1]) == ["…", "(385", "more", "in", "between)"]
    assert lines[-1].endswith("text 399")
    assert conversation([]) == []


def test_reports_without_parts_are_readable_too() -> None:
    """Those of before."""
    rows = entries(sent(b"ab\0"))
    del rows[0]["parts"]

    assert conversation(rows, WIDE)[1].endswith('sends "ab\\x00"')


def test_lines_keep_to_the_width() -> None:
    """However long nicks and texts are."""
    rows = entries(got("n" * 64, "t" * 300), got("n" * 64, "漢" * 300), sent(b"+" + b"x" * 3000))

    for width in (40, 60, 100):
        assert all(columns(line) <= width for line in conversation(rows, Look(width)))
