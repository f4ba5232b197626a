"""What the terminal mode shows."""

from datetime import UTC

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from wcwidth import iter_graphemes, width

from reference_client import palette
from reference_client.frames import Frame, Kind, service
from reference_client.view import Item, Kept, Notice, Own, Pieces, View
from tests.reference_client.peers import TIME


def chat(text: str, nick: str = "bob", time: str = TIME) -> Frame:
    """Something that somebody says."""
    return Frame(Kind.CHAT, time, nick, text)


def text(pieces: Pieces) -> str:
    """What is read of it."""
    return "".join(part for _, part in pieces)


def shown(item: Item, columns: int = 40) -> str:
    """An item as it is read, without the day."""
    view = View(UTC)
    view.pieces(chat(""), 80)
    return text(view.pieces(item, columns))


def test_a_frame_is_time_nick_text() -> None:
    """`<time> [nick] text`, the nick in its colour (CLIENT-2)."""
    view = View(UTC)
    view.pieces(chat(""), 80)

    assert view.pieces(chat("hi"), 80) == [
        ("class:time", "10:21:07Z "),
        (f"bold {palette.colour('bob')}", "[bob]"),
        ("", " "),
        ("", ""),
        ("", "hi"),
        ("", "\n"),
    ]


def test_the_day_is_said_when_it_changes() -> None:
    """Once for each day, also on the first line; never for a time that is no time (CLIENT-3)."""
    view = View(UTC)

    assert text(view.pieces(chat("a"), 80)) == "-- 2026-11-22\n10:21:07Z [bob] a\n"
    assert text(view.pieces(chat("b"), 80)) == "10:21:07Z [bob] b\n"
    assert text(view.pieces(chat("c", time="noon"), 80)) == "noon [bob] c\n"
    assert text(view.pieces(chat("d", time="2026-11-23T00:00:00Z"), 80)) == "-- 2026-11-23\n00:00:00Z [bob] d\n"


def test_service_messages_are_set_apart() -> None:
    """They have a style of their own, which nobody's chat has (SERVICE-1)."""
    for frame in (service(TIME, "[bob] joined the chat"), service(TIME, "shutting down")):
        styles = {style for style, part in View(UTC).pieces(frame, 80) if part.strip() and not part.startswith("--")}
        assert styles == {"class:time", "class:service"}
    assert "class:service" not in dict(View(UTC).pieces(chat("[bob] joined the chat"), 80))


@pytest.mark.parametrize(
    ("said", "highlighted"),
    [
        ("hi Ann!", ["Ann"]),
        ("ann: ANN", ["ann", "ANN"]),
        ("annual, joann", []),
        ("", []),
    ],
)
def test_the_users_nick_stands_out(said: str, highlighted: list[str]) -> None:
    """As a word of its own, in any case, in what others say, and not in announcements."""
    view = View(UTC)
    view.nick = "ann"

    assert [part for style, part in view.pieces(chat(said), 80) if style == "class:mention"] == highlighted
    assert view.mentions(chat(said)) == bool(highlighted)
    for other in (service(TIME, "[ann] joined the chat"), Own(TIME, "ann", "ann"), Kept("ann"), Notice("ann")):
        assert not view.mentions(other)
    view.nick = "annual"  # a changed nick is looked for at once
    assert view.mentions(chat(said)) == said.startswith("annual")


def test_a_nick_that_is_a_pattern() -> None:
    """It is taken as it is, also where it begins and ends with no letter."""
    view = View(UTC)
    view.nick = ".*"
    assert view.mentions(chat("who is .*?"))
    assert not view.mentions(chat("who is it?"))


def test_long_text_hangs_behind_the_time() -> None:
    """A continued line is indented, so that none can pass for the line of another."""
    assert shown(chat("one two three four five six seven eight")) == (
        "10:21:07Z [bob] one two three four five\n          six seven eight\n"
    )


def test_line_breaks_are_shown_and_marked() -> None:
    """A text of several lines is one message of several indented lines; too many are marked only (CLIENT-4)."""
    assert shown(chat("one\ntwo\n10:21:07Z [eve] three")) == (
        "10:21:07Z [bob] one\u240a\n          two\u240a\n          10:21:07Z [eve] three\n"
    )
    flood = shown(chat("\n" * 5000), 80)
    assert flood.count("\n") < 150
    assert flood.count("\u240a") == 5000


def test_own_kept_and_notices() -> None:
    """One's own words look like anybody's, what is not sent says so, and the client speaks behind dashes."""
    assert shown(Own(TIME, "ann", "hi")) == "10:21:07Z [ann] hi\n"
    assert shown(Kept("a\nb")) == "(not sent yet) a\u240a\n          b\n"
    assert shown(Notice("one\ntwo")) == "-- one\n   two\n"
    assert shown(Notice("a sentence that is longer than the line is wide")) == (
        "-- a sentence that is longer than the\n   line is wide\n"
    )


FIELD = st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs"]))
CONTROLS = {*range(0x20), *range(0x7F, 0xA0), 0x2028, 0x2029, *range(0x202A, 0x202F), *range(0x2066, 0x206A), 0x061C}
DANGEROUS = st.sampled_from([chr(code) for code in sorted(CONTROLS - {0})] + ["\x1b]0;title\x07", "\x9b31m", "\r\n"])
HOSTILE = st.lists(FIELD | DANGEROUS | st.sampled_from(["a b", "日本", "ann"])).map("".join)
ITEMS = st.one_of(
    st.builds(Frame, st.sampled_from(Kind), HOSTILE, HOSTILE, HOSTILE),
    st.builds(Own, HOSTILE, HOSTILE, HOSTILE),
    st.builds(Kept, HOSTILE),
    st.builds(Notice, HOSTILE),
)


@settings(deadline=None, database=None, max_examples=200)
@given(ITEMS, st.integers(1, 100), HOSTILE)
def test_nothing_drives_the_terminal(item: Item, columns: int, nick: str) -> None:
    """Whatever comes, no piece holds a control character or an override but the line breaks of ours (CLIENT-4)."""
    view = View()
    view.nick = nick

    pieces = view.pieces(item, columns)

    assert not (CONTROLS - {0x0A}) & set(map(ord, text(pieces)))
    assert text(pieces).endswith("\n")
    assert not {style for style, _ in pieces} - {
        "", "bold", "class:time", "class:service", "class:notice", "class:kept", "class:mention",
        *(f"bold {colour}" for colour in palette.COLOURS),
    }  # fmt: skip


@settings(deadline=None, database=None)
@given(HOSTILE, st.integers(20, 100))
def test_no_line_is_wider_than_the_terminal(said: str, columns: int) -> None:
    """Every line of a message fits, counted in cells, and only the first begins at the edge."""
    first, *others = shown(chat(said), columns).removesuffix("\n").split("\n")

    for line in (first, *others):
        assert sum(map(width, iter_graphemes(line))) <= columns
    assert all(line.startswith(" " * 10) for line in others)
