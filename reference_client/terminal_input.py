"""The input line of the terminal mode: keys, completion, history, and what of it may reach the screen."""

from collections.abc import Callable, Iterable

from prompt_toolkit.application import get_app
from prompt_toolkit.completion import CompleteEvent, Completer, Completion
from prompt_toolkit.document import Document
from prompt_toolkit.enums import DEFAULT_BUFFER
from prompt_toolkit.filters import has_focus
from prompt_toolkit.history import History
from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent
from prompt_toolkit.keys import Keys
from prompt_toolkit.layout.processors import Processor, Transformation, TransformationInput

from reference_client import commands
from reference_client.desk import Desk
from reference_client.exits import Exit
from reference_client.histories import HistoryFile
from spec import display


class Shown(Processor):
    """Shows the line as everything is shown: what was pasted or recalled may hold anything (CLIENT-4)."""

    def apply_transformation(self, transformation_input: TransformationInput) -> Transformation:
        """The same text, safe; it has as many characters, so the cursor stays where it was."""
        return Transformation([(style, display.safe(text)) for style, text, *_ in transformation_input.fragments])


class Completions(Completer):
    """Commands at the beginning of the line, nicks anywhere."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def get_completions(self, document: Document, complete_event: CompleteEvent) -> Iterable[Completion]:
        """What the text in front of the cursor may become."""
        before = document.text_before_cursor
        if self._desk.questions.open is not None:
            return
        for command in commands.completions(before):
            yield Completion(f"{command} ", -len(before), display=command)
        member = self._desk.membership
        for length, nick in member.people.completions(before, member.nick):
            # Who begins a message with a nick speaks to its owner.
            yield Completion(nick + (": " if length == len(before) else " "), -length, display=nick)


class Recalled(History):
    """What the arrow keys bring back; answers to questions are not among it.

    Args:
        file: where it is kept; None keeps it for this run only.
        wanted: whether what is finished now is to be recalled.
    """

    def __init__(self, file: HistoryFile | None, wanted: Callable[[], bool]) -> None:
        super().__init__()
        self._file = file
        self._wanted = wanted

    def append_string(self, string: str) -> None:
        """Takes a finished line."""
        if self._wanted():
            super().append_string(string)

    def load_history_strings(self) -> Iterable[str]:
        """The lines of the file, the latest first."""
        return reversed(self._file.load() if self._file is not None else [])

    def store_string(self, string: str) -> None:
        """Writes a line into the file."""
        if self._file is not None:
            self._file.add(string)


class Keyboard:
    """The keys that are not the library's own.

    Attributes:
        armed: Ctrl-C was the last key: another one leaves.
    """

    def __init__(self, desk: Desk) -> None:
        self.armed = False
        self.bindings = KeyBindings()
        self._desk = desk
        # Some keys of the library's own accept the line, too, and that would end the prompt.
        for keys in (("enter",), ("escape", "enter"), ("c-o",)):
            self.bindings.add(*keys, filter=has_focus(DEFAULT_BUFFER))(self._enter)
        self.bindings.add("escape", "#", filter=has_focus(DEFAULT_BUFFER))(lambda event: None)
        self.bindings.add("c-c")(self._interrupt)
        self.bindings.add("<sigint>")(self._interrupt)
        self.bindings.add(Keys.BracketedPaste)(self._paste)
        self.bindings.add(Keys.Vt100MouseEvent)(self._no_mouse)

    def written(self, _: object) -> None:
        """The line has changed."""
        self.armed = self.armed and not get_app().current_buffer.text

    def _enter(self, event: KeyPressEvent) -> None:
        buffer = event.app.current_buffer
        line = buffer.text
        buffer.reset(append_to_history=True)
        self._desk.typed(line)

    def _interrupt(self, event: KeyPressEvent) -> None:
        buffer = event.app.current_buffer
        if self.armed:
            self._desk.quit(Exit.INTERRUPTED)
        elif buffer.text or not self._desk.refuse():
            buffer.reset()
            self.armed = True

    def _no_mouse(self, event: KeyPressEvent) -> None:
        # Nobody has asked for the mouse: a sequence that looks like it, as one of colour does, was typed or pasted.
        event.current_buffer.insert_text(event.data)

    def _paste(self, event: KeyPressEvent) -> None:
        text = event.data.replace("\r\n", "\n").replace("\r", "\n")
        # A line that was copied whole brings its end along, which nobody means to send.
        event.current_buffer.insert_text(text[:-1] if text.count("\n") == 1 and text.endswith("\n") else text)
