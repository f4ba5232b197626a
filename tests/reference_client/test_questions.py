"""Questions and the draft that they push aside."""

import pytest

from reference_client.questions import Question, Questions, yes
from tests.reference_client.desks import Record


@pytest.mark.parametrize(
    ("line", "meant"),
    [("y", True), (" YES ", True), ("n", False), ("No", False), ("", None), ("yep", None), ("ny", None)],
)
def test_yes_and_no(line: str, meant: bool | None) -> None:
    """Whole words in any case, and nothing else."""
    assert yes(line) is meant


def test_a_draft_comes_back_behind_the_last_question() -> None:
    """Also when a second question takes the place of the first, whose half-typed answer is dropped."""
    shell = Record()
    questions = Questions(shell)
    heard: list[str] = []
    shell.line = "draft"
    questions.ask(Question("one? ", heard.append))
    assert shell.line == ""
    shell.line = "half an ans"
    questions.ask(Question("two? ", heard.append))
    questions.answer("b")
    assert (heard, shell.line, questions.open) == (["b"], "draft", None)


def test_withdrawn() -> None:
    """Only the question that is meant."""
    shell = Record()
    questions = Questions(shell)
    heard: list[str] = []
    shell.line = "draft"
    questions.ask(Question("one? ", heard.append))
    questions.withdraw(print)
    assert shell.line == ""
    questions.withdraw(heard.append)
    assert (shell.line, questions.open) == ("draft", None)
