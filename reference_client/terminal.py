"""The terminal mode: what is said above, what is being written below.

The only modules that know prompt_toolkit are those called `terminal` or `terminal_`something, and nothing imports them
unless there is a terminal. The loop is asyncio's on `select.select`, in one thread.
"""

import asyncio
import random
import selectors
import signal
import sys
from datetime import tzinfo
from pathlib import Path

from prompt_toolkit import PromptSession
from prompt_toolkit.document import Document
from prompt_toolkit.formatted_text import AnyFormattedText
from prompt_toolkit.shortcuts import CompleteStyle

from reference_client import histories, network
from reference_client.conversation import Conversation
from reference_client.desk import Desk
from reference_client.exits import Ending, Exit
from reference_client.frames import Frame
from reference_client.line_mode import Patience
from reference_client.membership import Phase
from reference_client.terminal_input import Completions, Keyboard, Recalled, Shown
from reference_client.terminal_link import Link
from reference_client.terminal_paper import STYLE, Paper
from reference_client.view import Item, Notice, View
from spec import display

PATIENCE = Patience(farewell=2)  # a person who leaves does not wait for a server that does not answer


def run(terminal: "Terminal", nick: str | None) -> Ending:
    """Runs a terminal until the user leaves or has to.

    Args:
        terminal: not yet run.
        nick: to join with; None asks the user.
    """
    ending = Ending(Exit.LOST)  # of a terminal that is gone: nobody is there to be told more
    try:
        with asyncio.Runner(loop_factory=lambda: asyncio.SelectorEventLoop(selectors.SelectSelector())) as runner:
            ending = runner.run(terminal.run(nick))
    except* OSError:
        pass
    return ending


class Terminal:
    """The shell of a desk.

    Args:
        address: the server.
        zone: the reader's time zone; None is the system's (CLIENT-3).
        reconnect: whether a lost connection is opened again.
        bell: whether the terminal's bell rings when somebody names the user.
        folder: where histories are kept; None keeps none.
    """

    def __init__(
        self, address: network.Address, *, zone: tzinfo | None, reconnect: bool, bell: bool, folder: Path | None
    ) -> None:
        self._address = address
        self._folder = folder
        self._ending: Ending | None = None
        self._remembered = ""  # whose history is recalled
        self._link: Link | None = None
        self._conversing: asyncio.Task[None] | None = None
        self._waiting: asyncio.Task[None] | None = None
        self.desk = Desk(self, zone=zone, reconnect=reconnect)
        self._keyboard = Keyboard(self.desk)
        self._session: PromptSession[str] = PromptSession(
            self._prompt,
            bottom_toolbar=self._toolbar,
            completer=Completions(self.desk),
            complete_while_typing=False,
            complete_style=CompleteStyle.READLINE_LIKE,
            enable_suspend=True,
            erase_when_done=True,  # what was said is shown above, with its time
            input_processors=[Shown()],
            key_bindings=self._keyboard.bindings,
            reserve_space_for_menu=0,
            style=STYLE,
        )
        self._session.default_buffer.on_text_changed += self._keyboard.written
        self._session.default_buffer.history = Recalled(None, lambda: False)  # nobody's yet
        self._view = View(zone)
        self._paper = Paper(self._session, self._view, bell=bell)

    async def run(self, nick: str | None) -> Ending:
        """Runs until the user leaves or has to; says how."""
        loop = asyncio.get_running_loop()
        if sys.platform != "win32":
            loop.add_signal_handler(signal.SIGTERM, self.leave, Ending(Exit.TERMINATED))
            if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:  # as nohup has it
                loop.add_signal_handler(signal.SIGHUP, self.leave, Ending(Exit.HUNG_UP))
        async with asyncio.TaskGroup() as self._tasks:
            drawing = self._tasks.create_task(self._paper.run())
            self.desk.begin(nick)
            await self._write()
            await self._farewell()
            drawing.cancel()
        self._paper.draw()
        assert self._ending is not None
        return self._ending

    async def _write(self) -> None:
        # One prompt for all lines: between two, the terminal would be its own for a moment, and Ctrl-C a signal. Should one
        # end all the same, by a key that nobody thought of, its line is taken like any other.
        while self._ending is None:
            try:
                line = await self._session.prompt_async()
            except EOFError:  # Ctrl-D, or the terminal is gone
                self.desk.quit()
                return
            if self._ending is None:
                self.desk.typed(line)

    async def _farewell(self) -> None:
        if self._waiting is not None:
            self._waiting.cancel()
        if self._conversing is None or self._link is None:
            return
        if self.desk.membership.phase in (Phase.JOINED, Phase.CHANGING):
            self._link.hang_up()
            await asyncio.wait([self._conversing])
        self._conversing.cancel()

    # What the desk wants to have done.

    def show(self, item: Item) -> None:
        """Shows it above the line."""
        self._paper.put(item)

    def connect(self, conversation: Conversation) -> None:
        """Opens a connection."""
        self._view.nick = conversation.nick
        self._remember(conversation.nick)
        self._link = Link(conversation, self._address, self._heard, PATIENCE)
        self._conversing = self._tasks.create_task(self._converse(self._link))

    def send(self, octets: bytes) -> bool:
        """Sends octets on it."""
        return self._link is not None and self._link.send(octets)

    def hang_up(self) -> None:
        """Ends our side."""
        if self._link is not None:
            self._link.hang_up()

    def call_later(self, seconds: float) -> None:
        """Tries again after a wait that is shown."""
        if self._waiting is not None:
            self._waiting.cancel()
        self._waiting = self._tasks.create_task(self._wait(seconds))

    def swap(self, draft: str) -> str:
        """Puts a text into the line and gives the one that was there."""
        buffer = self._session.default_buffer
        there = buffer.text
        buffer.document = Document(draft)
        return there

    def clear(self) -> None:
        """Clears the screen."""
        self._paper.clear()

    def leave(self, ending: Ending) -> None:
        """Ends the loop of lines; the first ending is the true one."""
        if self._ending is not None:
            return
        self._ending = ending
        draft = self.swap("")
        if draft and ending.status is Exit.LOST:
            self.show(Notice(f"you were writing: {draft}"))
        future = self._session.app.future
        if future is not None and not future.done():
            self._session.app.exit(result="")

    def now(self) -> float:
        """Seconds of a monotonic clock."""
        return asyncio.get_running_loop().time()

    def jitter(self) -> float:
        """A random number in [0, 1)."""
        return random.random()  # noqa: S311  # it spreads attempts, it keeps no secret

    # Its own business.

    async def _converse(self, link: Link) -> None:
        ending = await link.run()
        if self._ending is None and link is self._link:
            self.desk.ended(ending)
            self._session.app.invalidate()

    async def _heard(self, frames: list[Frame]) -> None:
        self.desk.heard(frames)
        await self._paper.room()

    async def _wait(self, seconds: float) -> None:
        end = self.now() + seconds
        while (left := end - self.now()) > 0:
            self._session.app.invalidate()  # the toolbar counts down
            await asyncio.sleep(min(1.0, left))
        self.desk.retry()

    def _remember(self, nick: str) -> None:
        """Recalls what this nick wrote, from now on."""
        if nick == self._remembered:
            return
        self._remembered = nick
        file = None if self._folder is None else histories.HistoryFile(histories.path(nick, self._folder))
        buffer = self._session.default_buffer
        buffer.history = Recalled(file, lambda: self.desk.questions.open is None)
        buffer.reset(buffer.document)  # what another nick wrote is forgotten

    def _prompt(self) -> AnyFormattedText:
        question = self.desk.questions.open
        return [("", "> ")] if question is None else [("class:question", display.safe(question.prompt))]

    def _toolbar(self) -> AnyFormattedText:
        if self._keyboard.armed:
            return [("", "Ctrl-C once more leaves")]
        member = self.desk.membership
        nick = display.safe(member.nick)
        match member.phase:
            case Phase.NICK:
                state = f"not connected to {self._address}"
            case Phase.JOINING:
                state = f"joining {self._address} as {nick}"
            case Phase.JOINED:
                state = f"{nick} at {self._address} | {len(member.people)} heard of | /help"
            case Phase.CHANGING:
                state = f"leaving, to join as {nick}"
            case Phase.AWAY:
                left = max(0, round(member.next_at - self.now()))
                state = f"reconnecting in {left} s | /reconnect: at once"
        return [("", display.safe(state))]
