"""A trace as a conversation: in order, annotated, cut where it is long, and safe to print."""

from conformance.octets import Out
from conformance.script import Open, Send, script
from conformance.trace import Entry, Trace
from conformance.transcript import SHOWN_ENTRIES, SHOWN_OCTETS, lines, transcript
from tests.conformance.helpers import received


def trace(*entries: Entry) -> Trace:
    """A trace of ann's with these entries."""
    conversation = script(Open("ann"), Send("ann", (Out("ann"), Out("ann", "hi"))))
    return Trace(conversation, entries=list(entries), performed=2)


def got(nick: str, text: str, at: float = 1.0) -> Entry:
    """An entry of a frame that was received."""
    [frame] = received([(nick, text)]).frames
    return Entry(at, "ann", "received", frame.octets, frame)


def test_entries_in_order_with_milliseconds() -> None:
    """Since the begin; with the octets in hex."""
    rows = transcript(trace(Entry(100.0, "ann", "opened"), Entry(100.0125, "ann", "sent", b"\x00ab")))

    assert rows == [
        {"ms": 0.0, "who": "ann", "what": "opened", "length": 0, "octets": "", "shown": ""},
        {"ms": 12.5, "who": "ann", "what": "sent", "length": 3, "octets": "006162", "shown": "\\x00ab"},
    ]
    assert transcript(trace()) == []


def test_long_octets_are_cut_and_their_length_is_kept() -> None:
    """A frame of a megabyte is a line like any other."""
    [row] = transcript(trace(Entry(1.0, "ann", "sent", b"x" * 100_000)))
    [frame] = transcript(trace(got("ann", "y" * 100_000)))

    assert (row["length"], len(row["octets"]), len(row["shown"])) == (100_000, 2 * SHOWN_OCTETS, SHOWN_OCTETS + 1)
    assert row["shown"].endswith("…")
    assert frame["length"] > 100_000
    assert len(frame["shown"]) == SHOWN_OCTETS + 1


def test_frames_of_other_playings_and_the_canary_are_left_out() -> None:
    """What is about our nicks stays, and so does what a server says of its own accord, and what is malformed."""
    broken = received([b"3         a\x00b"]).frames[0]
    rows = transcript(
        trace(
            got("ann", "hi"),
            got("Server", "[ann] joined the chat"),
            got("Server", "welcome"),
            got("pulse-abcd0001", "pulse-abcd0001 7"),
            got("Server", "[canary-abcd0001] joined the chat"),
            Entry(1.0, "ann", "received", broken.octets, broken),
        )
    )

    assert [row["shown"][-21:] for row in rows] == [
        "-22T10:21:07.123Z [ann] hi"[-21:],
        "[ann] joined the chat",
        "07.123Z [Server] welcome"[-21:],
        "3         a\\x00b",
    ]


def test_only_the_last_entries_are_kept() -> None:
    """Both of the data and of the lines, which say how many are missing."""
    many = trace(*(Entry(float(number), "ann", "sent", b"%d" % number) for number in range(500)))

    assert len(transcript(many)) == SHOWN_ENTRIES
    assert transcript(many)[-1]["shown"] == "499"
    assert len(lines(many, most=5)) == 6
    assert "lines before)" in lines(many, most=5)[0]
    assert lines(many, most=5)[-1].endswith("> 499")


def test_lines_have_marks_for_the_direction() -> None:
    """`>` to the server, `<` from it, `=` for what became of the connection."""
    shown = lines(
        trace(Entry(0.0, "ann", "opened"), Entry(0.0, "ann", "sent", b"a"), got("ann", "b"), Entry(2.0, "ann", "fin"))
    )

    assert [line.partition("ann")[2].split()[0] for line in shown] == ["=", ">", "<", "="]
    assert shown[-1].endswith("fin")
    assert shown[-1].strip().startswith("2000.0 ms")


def test_nothing_in_a_line_drives_a_terminal() -> None:
    """Frames are shown through the display rules, octets are escaped."""
    hostile = "\x1b[2J\u202e\n\x9b"
    shown = lines(trace(got("ann\x1b", hostile), Entry(1.0, "ann", "sent", hostile.encode())))

    assert all(line.isprintable() for line in shown)
    assert not any(character in "".join(shown) for character in hostile if not character.isprintable())
