"""A trace as a conversation: in order, annotated, cut where it is long, and safe to print."""

from conformance.octets import Out
from conformance.script import Ended, Entered, Hears, Mute, Open, Quiet, Send, Settle, Step, Unmute, script
from conformance.trace import Entry, Trace
from conformance.transcript import FIRST_ENTRIES, LAST_ENTRIES, SHOWN_OCTETS, lines, transcript
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
    """Since the begin; with the octets in hex, and what they are."""
    rows = transcript(trace(Entry(100.0, "ann", "opened"), Entry(100.0125, "ann", "sent", b"\x00ab")))
    parts = rows[1].pop("parts")

    assert rows == [
        {"ms": 0.0, "who": "ann", "what": "opened", "length": 0, "octets": "", "shown": ""},
        {"ms": 12.5, "who": "ann", "what": "sent", "length": 3, "octets": "006162", "shown": "\\x00ab"},
    ]
    assert [part["part"] for part in parts] == ["header", "cut"]
    assert transcript(trace()) == []


def test_each_direction_of_each_party_is_annotated_by_itself() -> None:
    """A frame that is cut goes on in the next write of the same party, whatever comes between."""
    frame = Out("ann", "hi", "").octets
    rows = transcript(
        trace(
            Entry(1.0, "ann", "sent", frame[:4]),
            Entry(1.0, "bob", "sent", Out("bob", "", "").octets),
            got("ann", "hi"),
            Entry(2.0, "ann", "sent", frame[4:]),
        )
    )

    assert rows[0]["parts"][-1]["note"] == "cut inside the header: 4 octets of 10 so far"
    assert rows[1]["parts"][0]["note"] == "5 octets follow"
    assert [part["part"] for part in rows[2]["parts"][::2]] == ["header", "separator", "separator"]
    assert rows[3]["parts"][0]["note"] == "ends the header '7         ': 7 octets follow"


def test_long_octets_are_cut_and_their_length_is_kept() -> None:
    """A frame of a megabyte is a line like any other."""
    [row] = transcript(trace(Entry(1.0, "ann", "sent", b"x" * 100_000)))
    [frame] = transcript(trace(got("ann", "y" * 100_000)))

    assert (row["length"], len(row["octets"]), len(row["shown"])) == (100_000, 2 * SHOWN_OCTETS, SHOWN_OCTETS + 1)
    assert row["shown"].endswith("…")
    assert frame["length"] > 100_000
    assert len(frame["shown"]) == SHOWN_OCTETS + 1
    assert frame["parts"][-1]["length"] == 100_000


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


def test_what_is_said_in_other_conversations_meanwhile_is_left_out() -> None:
    """They have tags of their own; what has ours stays, however much of it is left, and so does what has none."""
    theirs = [got("bob-nqdx007a", "hello"), got("Server", "[ev\nil-NQDX007B] left the chat")]
    ours = [got("carl-nqdx007c", "hi"), got("bob-nqdx007a", "of nqdx007c"), got("x-nqdx00", "-cut"), got("dora", "hi")]
    found = trace(*theirs, *ours)
    found.tag = "nqdx007c"

    assert [row["shown"].partition("[")[2] for row in transcript(found)] == [
        "carl-nqdx007c] hi",
        "bob-nqdx007a] of nqdx007c",
        "x-nqdx00] -cut",
        "dora] hi",
    ]


def test_the_first_and_the_last_entries_are_kept() -> None:
    """The first one behind the gap says how many are missing; without a gap nothing does."""
    many = [Entry(float(number), "ann", "sent", b"%d" % number) for number in range(500)]
    rows = transcript(trace(*many))

    assert [row["shown"] for row in rows[: FIRST_ENTRIES + 1]] == [
        *map(str, range(FIRST_ENTRIES)),
        str(500 - LAST_ENTRIES),
    ]
    assert len(rows) == FIRST_ENTRIES + LAST_ENTRIES
    assert rows[-1]["shown"] == "499"
    assert [row.get("left_out") for row in rows if "left_out" in row] == [500 - FIRST_ENTRIES - LAST_ENTRIES]
    assert "left_out" in rows[FIRST_ENTRIES]
    assert not any("left_out" in row for row in transcript(trace(*many[: FIRST_ENTRIES + LAST_ENTRIES])))


def test_what_never_became_a_frame_is_there() -> None:
    """Garbage, and an unfinished frame, in front of the end of the connection, or last."""
    one = trace(
        Entry(1.0, "ann", "opened"), Entry(1.0, "bob", "opened"), Entry(2.0, "ann", "fin"), Entry(3.0, "bob", "opened")
    )
    one.frames = {"ann": [], "bob": []}
    one.garbage = {"ann": b"HTTP/1.1 400 Bad Request"}
    one.unfinished = {"bob": b"9         a"}
    rows = transcript(one)

    assert [(row["who"], row["what"]) for row in rows[2:]] == [
        ("ann", "received"),
        ("ann", "fin"),
        ("bob", "opened"),
        ("bob", "received"),
    ]
    assert rows[2]["parts"][0]["note"].startswith("FRAME-4: expected ")
    assert (rows[2]["parts"][1]["part"], rows[2]["parts"][1]["shown"]) == ("octets", "00 Bad Request")
    assert rows[5]["parts"][-1]["note"] == "cut inside the time: 8 octets of the frame still to come"


def test_who_does_not_read_is_told_of() -> None:
    """At the moments of the steps, between what was sent and received."""
    one = Trace(script(Open("ann"), Send("ann", (Out("ann"),)), Mute("ann"), Quiet(1.0), Unmute("ann")), performed=5)
    one.entries = [Entry(7.0, "ann", "opened"), Entry(7.1, "ann", "sent", b"x"), Entry(7.5, "ann", "sent", b"y")]
    one.waits = {0: 0.1, 1: 0.1, 2: 0.0, 3: 1.0, 4: 0.0}

    assert [(row["ms"], row["what"]) for row in transcript(one)] == [
        (0.0, "opened"),
        (100.0, "sent"),
        (200.0, "muted"),
        (500.0, "sent"),
        (1200.0, "unmuted"),
    ]


def test_a_wait_that_ran_out_says_what_for() -> None:
    """And how long it was."""
    said = []
    steps: list[Step] = [Settle(), Entered("ann"), Hears("ann", "hi\x1b"), Ended("ann"), Open("ann")]
    for step in steps:
        one = trace(Entry(1.0, "", "expired"))
        one.expired, one.waits = step, {1: 5.04}
        said += [row["shown"] for row in transcript(one)]

    assert said == [
        "waited 5.0 s in vain for everything that is owed to arrive",
        "waited 5.0 s in vain for ann to hear of its own join",
        "waited 5.0 s in vain for ann to receive the text 'hi\\x1b'",
        "waited 5.0 s in vain for the server to close the connection of ann",
        "waited 5.0 s in vain for the connection of ann to be accepted",
    ]


def test_nothing_in_a_line_drives_a_terminal() -> None:
    """Frames are shown through the display rules, octets are escaped."""
    hostile = "\x1b[2J\u202e\n\x9b"
    shown = lines(trace(got("ann\x1b", hostile), Entry(1.0, "ann", "sent", hostile.encode())))

    assert all(line.isprintable() for line in shown)
    assert not any(character in "".join(shown) for character in hostile if not character.isprintable())
    assert len(shown) >= 3
