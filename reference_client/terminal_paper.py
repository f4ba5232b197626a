"""What the terminal mode shows above the input line: drawn in batches, so that a flood leaves time for typing."""

import asyncio

from prompt_toolkit import PromptSession
from prompt_toolkit.formatted_text import FormattedText
from prompt_toolkit.renderer import print_formatted_text
from prompt_toolkit.styles import Style

from reference_client.view import Item, Pieces, View

BATCH_S = 0.05  # between two drawings: each costs as much as hundreds of lines, and typing has to find its turn
MOST_PENDING = 2_000  # items that wait to be drawn, and their characters; with more the connection is not read
MOST_PENDING_CHARACTERS = 262_144

STYLE = Style.from_dict(
    {
        "time": "#878787",
        "service": "italic #878787",
        "notice": "italic #0087af",
        "kept": "italic #af5f00",
        "mention": "bold reverse",
        "question": "bold",
    }
)


class Paper:
    """What is shown above the line: items wait for the next drawing, and are drawn together.

    Each drawing takes the input line away, asks the terminal where it is, and draws the line again: with one for each
    message the screen fell behind at some hundred messages a second (benchmarks/README.md, "Keystrokes"). The terminal is
    not given back meanwhile: it would echo what is typed then, into the line that is being drawn.
    """

    def __init__(self, session: PromptSession[str], view: View, *, bell: bool) -> None:
        self._session = session
        self._view = view
        self._bell = bell
        self._items: list[Item] = []
        self._characters = 0
        self._some = asyncio.Event()
        self._room = asyncio.Event()
        self._room.set()

    def put(self, item: Item) -> None:
        """Takes an item."""
        self._items.append(item)
        self._characters += len(item.text)
        self._some.set()
        if len(self._items) >= MOST_PENDING or self._characters >= MOST_PENDING_CHARACTERS:
            self._room.clear()

    async def room(self) -> None:
        """Waits until not too much waits to be drawn."""
        await self._room.wait()

    async def run(self) -> None:
        """Draws for ever what there is."""
        while True:
            await self._some.wait()
            await self._draw_above()
            await asyncio.sleep(BATCH_S)

    async def _draw_above(self) -> None:
        app = self._session.app
        if app.output.responds_to_cpr:
            await app.renderer.wait_for_cpr_responses()  # an old answer would misplace the line
        if not app.is_running:
            self.draw()
            return
        app.renderer.erase()
        self.draw()
        if not app.is_done:  # or nobody would read the answer
            app.renderer.request_absolute_cursor_position()
        app.renderer.render(app, app.layout)

    def draw(self) -> None:
        """Draws all that waits, where the cursor is."""
        items, self._items = self._items, []
        self._characters = 0
        self._some.clear()
        self._room.set()
        output = self._session.output
        columns = output.get_size().columns
        pieces: Pieces = []
        for item in items:
            pieces += self._view.pieces(item, columns)
        print_formatted_text(output, FormattedText(pieces), STYLE, color_depth=self._session.color_depth)
        if self._bell and any(map(self._view.mentions, items)):
            output.bell()
            output.flush()

    def clear(self) -> None:
        """Clears the screen; what waits is drawn on it."""
        self._session.app.renderer.clear()
