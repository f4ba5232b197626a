"""What reaches the terminal, octet for octet."""

import asyncio
import io
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from prompt_toolkit import PromptSession
from prompt_toolkit.application import create_app_session
from prompt_toolkit.data_structures import Size
from prompt_toolkit.input import DummyInput, create_pipe_input
from prompt_toolkit.output.vt100 import Vt100_Output

from reference_client import terminal_paper
from reference_client.frames import Frame, Kind
from reference_client.terminal_paper import Paper
from reference_client.view import Item, Kept, Notice, Own, View
from tests.reference_client.peers import TIME

# What we ourselves write: styles, and that long lines wrap.
OURS = re.compile(r"\x1b\[[0-9;]*m|\x1b\[\?7h|\r\n")
CONTROLS = {*range(0x20), *range(0x7F, 0xA0), 0x2028, 0x2029, *range(0x202A, 0x202F), *range(0x2066, 0x206A), 0x061C}

FIELD = st.text(st.characters(exclude_categories=["Cs"]))
DANGEROUS = st.sampled_from(
    [*map(chr, sorted(CONTROLS)), "\x1b[2J", "\x1b]0;title\x07", "\x9b31m", "\x1bPq\x1b\\", "\r\n"]
)
HOSTILE = st.lists(FIELD | DANGEROUS | st.sampled_from(["a b", "日本", "ann"])).map("".join)
ITEMS = st.lists(
    st.one_of(
        st.builds(Frame, st.sampled_from(Kind), HOSTILE, HOSTILE, HOSTILE),
        st.builds(Own, HOSTILE, HOSTILE, HOSTILE),
        st.builds(Kept, HOSTILE),
        st.builds(Notice, HOSTILE),
    ),
    max_size=4,
)


class Drawn:
    """A paper whose terminal is a string."""

    def __init__(self, *, bell: bool = False) -> None:
        self.screen = io.StringIO()
        output = Vt100_Output(self.screen, lambda: Size(rows=24, columns=60), term="xterm-256color")
        with create_app_session(input=DummyInput(), output=output):
            view = View()
            view.nick = "ann"
            self.paper = Paper(PromptSession(), view, bell=bell)

    def draw(self, *items: Item) -> str:
        """What a drawing of items writes."""
        before = len(self.screen.getvalue())
        for item in items:
            self.paper.put(item)
        self.paper.draw()
        return self.screen.getvalue()[before:]


@settings(deadline=None, database=None)
@given(ITEMS)
def test_nothing_but_our_own_codes_reaches_the_terminal(items: list[Item]) -> None:
    """Whatever is in nicks, texts and times, what is written is our styles, line breaks, and text (CLIENT-4)."""
    written = Drawn().draw(*items)

    assert not CONTROLS & set(map(ord, OURS.sub("", written)))


def test_styles_are_there() -> None:
    """The test above looks at something: a drawing does hold codes of ours and the text."""
    written = Drawn().draw(Frame(Kind.CHAT, TIME, "bob", "hi ann"))
    assert len(OURS.findall(written)) > 5
    assert "hi " in written


def said(text: str) -> Frame:
    """Something that somebody says."""
    return Frame(Kind.CHAT, TIME, "bob", text)


def test_one_bell_for_a_drawing() -> None:
    """However often the user is named in it; none without a name, and none unless asked for."""
    drawn = Drawn(bell=True)
    assert drawn.draw(said("ann"), said("ann: ann")).count("\x07") == 1
    assert drawn.draw(said("all")).count("\x07") == 0
    assert Drawn().draw(said("ann")).count("\x07") == 0


async def has_room(paper: Paper) -> bool:
    """Whether more may be read."""
    try:
        async with asyncio.timeout(0):
            await paper.room()
    except TimeoutError:
        return False
    return True


def test_there_is_room_again_after_a_drawing() -> None:
    """With too much that waits to be drawn, in items or characters, the connection is not read."""
    drawn = Drawn()
    paper = drawn.paper

    async def play() -> None:
        for _ in range(terminal_paper.MOST_PENDING - 1):
            paper.put(said("x"))
        assert await has_room(paper)
        paper.put(said("x"))
        assert not await has_room(paper)
        drawn.draw(said("x" * terminal_paper.MOST_PENDING_CHARACTERS))
        assert await has_room(paper)
        paper.put(said("x" * terminal_paper.MOST_PENDING_CHARACTERS))
        assert not await has_room(paper)
        drawn.draw()
        paper.put(said("x"))
        assert await has_room(paper)

    asyncio.run(play())


def test_the_terminal_is_not_given_back_for_a_drawing(monkeypatch: pytest.MonkeyPatch) -> None:
    """It would echo what is typed meanwhile, where the line is about to be drawn again."""
    screen = io.StringIO()
    output = Vt100_Output(screen, lambda: Size(rows=24, columns=60), term="xterm-256color", enable_cpr=False)

    async def play() -> str:
        session: PromptSession[str] = PromptSession(erase_when_done=True)
        paper = Paper(session, View(), bell=False)
        drawing = asyncio.create_task(paper.run())
        asking = asyncio.create_task(session.prompt_async("say:"))
        async with asyncio.timeout(20):
            while "say:" not in screen.getvalue():
                await asyncio.sleep(0)
            monkeypatch.setattr(keys, "cooked_mode", None)  # whoever gives it back fails
            monkeypatch.setattr(keys, "detach", None)
            paper.put(said("news"))
            while "say:" not in screen.getvalue().partition("news")[2]:
                await asyncio.sleep(0)
                assert not drawing.done(), drawing.exception()
            monkeypatch.undo()
            keys.send_text("typed\r")
            drawing.cancel()
            return await asking

    with create_pipe_input() as keys, create_app_session(input=keys, output=output):
        assert asyncio.run(play()) == "typed"
