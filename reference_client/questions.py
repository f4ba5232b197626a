"""Questions to the user, which take the input line, and the draft that waits until they are answered."""

from collections.abc import Callable
from typing import NamedTuple

from reference_client.shell import Shell
from reference_client.view import Notice

NEITHER = "neither y nor n; what you wrote was not sent"


class Question(NamedTuple):
    """What the next line answers, instead of being a message.

    Attributes:
        prompt: stands in front of the answer.
        answer: takes it.
        draft: goes into the line if nothing comes of the question.
    """

    prompt: str
    answer: Callable[[str], None]
    draft: str = ""


def yes(line: str) -> bool | None:
    """What an answer means; None for one that is neither yes nor no."""
    return {"y": True, "yes": True, "n": False, "no": False}.get(line.strip().lower())


class Questions:
    """At most one question at a time; a newer one takes the place of an older.

    Attributes:
        open: the question that is asked; None if the next line is a message.
    """

    def __init__(self, shell: Shell) -> None:
        self.open: Question | None = None
        self._shell = shell
        self._draft = ""

    def ask(self, question: Question) -> None:
        """Asks, and puts aside what stands in the line."""
        dropped, self.open = self.open, question
        there = self._shell.swap("")
        # What was written is kept, a half-typed answer is not.
        self._draft = (dropped.draft if dropped is not None else there) or self._draft

    def ask_yes(self, prompt: str, then: Callable[[bool], None], draft: str = "") -> None:
        """Asks until the answer is a yes or a no."""

        def answer(line: str) -> None:
            meant = yes(line)
            if meant is None:
                self._shell.show(Notice(NEITHER))
                self.ask(question)
            else:
                then(meant)

        question = Question(f"{prompt} (y/n) ", answer, draft)
        self.ask(question)

    def answer(self, line: str) -> None:
        """Takes the answer to the open question."""
        assert self.open is not None
        question, self.open = self.open, None
        question.answer(line)
        self._put_back()

    def withdraw(self, answer: Callable[[str], None]) -> None:
        """Takes a question back, if it is the open one.

        Args:
            answer: that of the question.
        """
        if self.open is not None and self.open.answer == answer:
            self.open = None
            self._put_back()

    def _put_back(self) -> None:
        if self.open is None and self._draft:
            self._shell.swap(self._draft)
            self._draft = ""
