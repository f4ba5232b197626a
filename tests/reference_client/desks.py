"""A desk whose shell is a record of what it was told to do, and a server that is played by hand."""

from reference_client.conversation import Conversation
from reference_client.desk import Desk
from reference_client.exits import Ending, Exit
from reference_client.frames import Frame
from reference_client.view import Item, Kept, Notice, Own
from spec import wire
from tests.reference_client.peers import announcement, frame

LOST = Ending(Exit.LOST, "the server closed the connection")


class Record:
    """A shell that does nothing but remember."""

    def __init__(self) -> None:
        self.items: list[Item] = []
        self.talks: list[Conversation] = []
        self.sent: list[str] = []
        self.waits: list[float] = []
        self.hung_up = 0
        self.cleared = 0
        self.line = ""  # what stands in the input line
        self.ending: Ending | None = None
        self.time = 0.0
        self.takes = True

    def show(self, item: Item) -> None:
        """Remembers it."""
        self.items.append(item)

    def connect(self, conversation: Conversation) -> None:
        """Remembers it."""
        conversation.join()
        self.talks.append(conversation)

    def send(self, octets: bytes) -> bool:
        """Remembers the text of the frame."""
        if self.takes:
            self.sent.append(wire.TO_SERVER.parse(octets).text)
        return self.takes

    def hang_up(self) -> None:
        """Counts."""
        self.hung_up += 1

    def call_later(self, seconds: float) -> None:
        """Remembers it."""
        self.waits.append(seconds)

    def swap(self, draft: str) -> str:
        """Like a line."""
        there, self.line = self.line, draft
        return there

    def clear(self) -> None:
        """Counts."""
        self.cleared += 1

    def leave(self, ending: Ending) -> None:
        """Remembers it."""
        self.ending = ending

    def now(self) -> float:
        """The time that the test wants."""
        return self.time

    def jitter(self) -> float:
        """None."""
        return 0.0


_Kind = type[Own] | type[Kept] | type[Frame]


class Table:
    """A desk with its record, and the user's and the server's part."""

    def __init__(self, nick: str | None = "ann", *, reconnect: bool = True, joined: bool = True) -> None:
        self.shell = Record()
        self.desk = Desk(self.shell, reconnect=reconnect)
        self.desk.begin(nick)
        if nick is not None and joined:
            self.let_in()

    def asks(self) -> str | None:
        """What is asked."""
        return None if self.desk.questions.open is None else self.desk.questions.open.prompt

    def enter(self, line: str) -> None:
        """The user writes a line and ends it with Enter."""
        self.shell.line = ""
        self.desk.typed(line)

    def let_in(self) -> None:
        """The server announces the join of the latest connection."""
        talk = self.shell.talks[-1]
        self.desk.heard(talk.receive(announcement(talk.nick)))

    def hear(self, nick: str, text: str) -> None:
        """The server sends a frame."""
        self.desk.heard(self.shell.talks[-1].receive(frame(nick, text)))

    def refuse(self, reason: str) -> None:
        """The server refuses the latest join."""
        talk = self.shell.talks[-1]
        self.desk.heard(talk.receive(frame("Server", reason)))
        talk.receive(b"")
        assert talk.ending is not None
        self.desk.ended(talk.ending)

    def lose(self, after: float = 0) -> None:
        """The connection breaks, some seconds later."""
        self.shell.time += after
        self.desk.ended(LOST)

    def said(self) -> list[str]:
        """What the client itself has said since it was asked last."""
        found = [item.text for item in self.shell.items if isinstance(item, Notice)]
        self.shell.items = [item for item in self.shell.items if not isinstance(item, Notice)]
        return found

    def shown(self, kind: _Kind) -> list[str]:
        """The texts of the items of a kind."""
        return [item.text for item in self.shell.items if isinstance(item, kind)]
