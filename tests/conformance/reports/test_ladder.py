"""A transcript as a ladder: lanes that are open while a connection is, parts with what is wrong with them."""

from conformance import report
from conformance.reports.ladder import LANES, VISIBLE, WORDS, ladder
from tests.conformance.reports.samples import cut_conversation, entry, frame, joined, part


def test_lanes_are_open_while_a_connection_is() -> None:
    """From its begin to its end, whoever ends it; a half-closed one is still open."""
    talk = [
        entry(0.0, "ann", "opened"),
        entry(1.0, "bob", "opened"),
        entry(2.0, "ann", "finished"),
        entry(3.0, "bob", "aborted"),
        entry(4.0, "ann", "fin"),
        entry(5.0, "", "expired"),
    ]

    assert [line.lanes for line in ladder(talk).lines] == [
        ("here", ""),
        ("open", "here"),
        ("here", "open"),
        ("open", "here"),
        ("here", ""),
        ("", ""),
    ]


def test_parties_keep_their_colours() -> None:
    """In the order in which they come; nobody's line has none."""
    drawn = ladder(cut_conversation())

    assert drawn.parties == ("ann", "bob")
    assert [drawn.colour(who) for who in ("ann", "bob", "eve")] == [0, 1, None]
    assert {line.who: line.colour for line in drawn.lines} == {"ann": 0, "bob": 1, "": None}


def test_many_parties_have_names_alone() -> None:
    """There is no room for more lanes, and colours come round again."""
    drawn = ladder([entry(0.0, f"party-{number}", "opened") for number in range(LANES + 1)])

    assert {line.lanes for line in drawn.lines} == {()}
    assert drawn.colour(f"party-{LANES}") == 0


def test_a_long_conversation_is_folded_at_its_begin() -> None:
    """Its end stays open, nothing is lost, and a party that joined under the fold still has its lane."""
    talk = [*joined("ann", 0.0), *(frame(9.0, "bob", "sent", "bob", str(number)) for number in range(100))]
    drawn = ladder(talk)

    assert len(drawn.lines) == VISIBLE
    assert len(drawn.folded) == len(talk) - VISIBLE
    assert drawn.lines[0].lanes == ("open", "here")


def test_a_short_one_is_not() -> None:
    """A few lines are not worth a click."""
    assert ladder([entry(0.0, "ann", "opened")] * (VISIBLE + 1)).folded == ()


def test_parts_say_what_is_wrong_and_what_is_hidden() -> None:
    """A note that begins with an id is about something bad; a gap is not; few fonts have a picture of NUL."""
    parts = [
        part("header", b"+5        ", "+5", "FRAME-4: expected a digit"),
        part("separator", b"\0", "\0"),
        part("text", b"x" * 99, "x" * 60),
        {**part("octets", b"", "…", "9 parts are not shown"), "length": 500},
        part("cut", b"", "", "cut inside the text"),
    ]
    [line] = ladder([entry(0.0, "ann", "sent", "+5", parts)]).lines

    assert [one["mark"] for one in line.parts] == ["h", "s", "x", "g", "c"]
    assert [one["bad"] for one in line.parts] == [True, False, False, False, False]
    assert [one["hidden"] for one in line.parts] == [0, 0, 39, 500, 0]
    assert line.parts[1]["shown"] == "NUL"
    assert line.rest == 0


def test_old_reports_have_no_parts() -> None:
    """What is shown must do then, and how much is not."""
    talk = [{**entry(0.0, "ann", "sent", "12345"), "length": 1000}]
    drawn = ladder(talk)
    [line] = drawn.lines

    assert not drawn.has_parts
    assert (line.parts, line.shown, line.rest) == ((), "12345", 995)


def test_what_the_report_leaves_out_is_said() -> None:
    """In front of the entry behind the gap."""
    talk = [entry(0.0, "ann", "opened"), {**entry(1.0, "ann", "fin"), "left_out": 800}]

    assert [line.left_out for line in ladder(talk).lines] == [0, 800]


def test_everything_that_can_happen_has_words() -> None:
    """Whatever the schema lets an entry be."""
    assert set(report.schema()["$defs"]["entry"]["properties"]["what"]["enum"]) <= WORDS.keys()
