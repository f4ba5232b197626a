"""What the terminal mode decides about typed lines."""

import pytest

from reference_client.desk import MOST_FOUND, STALLED
from reference_client.exits import Ending, Exit
from reference_client.frames import Frame
from reference_client.view import Kept, Own
from tests.reference_client.desks import Table

YES_NO = "(y/n) "


def test_a_line_is_sent_and_shown() -> None:
    """The server does not send it back, so it is shown at once; Enter alone says nothing (RELAY-2)."""
    table = Table()
    table.enter("hi")
    table.enter("")
    table.enter("//who")

    assert table.shell.sent == ["hi", "/who"]
    assert table.shown(Own) == ["hi", "/who"]


def test_frames_are_shown_in_order() -> None:
    """Each once (CLIENT-2)."""
    table = Table()
    table.hear("bob", "one")
    table.hear("Server", "two")
    assert table.shown(Frame) == ["[ann] joined the chat", "one", "two"]


def test_asked_for_the_nick() -> None:
    """Until it is a good one; then it is joined with, and what it says next is a message (NICK-1)."""
    table = Table(None)
    assert table.asks() == "Nick: "
    table.enter(" bad")
    assert table.said() == ["a nick neither begins nor ends with white space"]
    assert table.asks() == "Nick: "
    table.enter("")
    table.enter("ann")
    assert table.asks() is None
    table.let_in()
    table.enter("hi")
    assert [talk.nick for talk in table.shell.talks] == ["ann"]
    assert table.shell.sent == ["hi"]


def test_a_nick_may_be_given_by_the_command() -> None:
    """It is asked for by those whose change to another was refused, too: nobody means to be called `/nick ann`."""
    table = Table(None)
    table.enter("/nick ann")
    table.let_in()
    assert [talk.nick for talk in table.shell.talks] == ["ann"]


def test_leaving_instead_of_a_nick() -> None:
    """Also by the command, although it would be a valid nick; nothing was connected."""
    table = Table(None)
    table.enter("/quit")
    assert table.shell.ending == Ending(Exit.USAGE, "there was no nick")
    assert table.shell.talks == []


def test_mistakes_are_never_sent() -> None:
    """A command that there is not says so."""
    table = Table()
    table.enter("/hlep")
    assert "Nothing was sent" in table.said()[0]
    assert table.shell.sent == []


def test_what_cannot_be_sent_stays_in_the_line() -> None:
    """NUL, what is not UTF-8 and what is too long is told, and can be mended (CLIENT-1)."""
    table = Table()
    for text, why in (("a\0b", "NUL"), ("a\udcff", "not UTF-8"), ("x" * 1_048_576, "limit")):
        table.enter(text)
        assert why in table.said()[0]
        assert table.shell.line == text
    table.shell.takes = False
    table.enter("hi")
    assert table.said() == [f"not sent: {STALLED}"]
    assert (table.shell.sent, table.shell.line, table.shown(Own)) == ([], "hi", [])


@pytest.mark.parametrize(("answer", "sent", "line"), [("y", ["a\nb"], ""), ("N", [], "a\nb"), (" yes ", ["a\nb"], "")])
def test_several_lines_are_one_message_after_a_question(answer: str, sent: list[str], line: str) -> None:
    """With a no they are back in the line; an answer that is neither is asked again."""
    table = Table()
    table.enter("a\nb")
    assert table.asks() == f"Send these 2 lines as one message? {YES_NO}"
    table.enter("what?")
    assert table.asks() == f"Send these 2 lines as one message? {YES_NO}"
    assert table.said() == ["neither y nor n; what you wrote was not sent"]
    table.enter(answer)
    assert (table.asks(), table.shell.sent, table.shell.line) == (None, sent, line)


def test_a_question_can_be_refused() -> None:
    """Ctrl-C is a no, but there is none to the question for the nick."""
    table = Table()
    assert not table.desk.refuse()
    table.enter("a\nb")
    assert table.desk.refuse()
    assert (table.asks(), table.shell.line) == (None, "a\nb")
    assert not Table(None).desk.refuse()


def test_who() -> None:
    """Those heard of, oneself marked, and that it may not be all."""
    table = Table()
    table.hear("bob", "hi")
    table.enter("/who")
    (said,) = table.said()
    assert said.startswith("heard of since you joined: ann (you), bob\n")
    assert "joined before you" in said


def test_search() -> None:
    """Others' and one's own words, with the day; a long result says that it is not all."""
    table = Table()
    table.hear("bob", "a fox")
    table.enter("The FOX")
    table.enter("/search fox")
    head, one, other = table.said()[0].split("\n")
    assert head == "2 found: fox"
    assert one.startswith("2026-11-22 ")
    assert one.endswith("[bob] a fox")
    assert other.endswith("[ann] The FOX")
    for _ in range(MOST_FOUND):
        table.hear("bob", "fox")
    table.enter("/search fox")
    assert table.said()[0].startswith(f"{MOST_FOUND + 2} found, the last {MOST_FOUND} of them: fox\n")


def test_other_commands() -> None:
    """Help, clearing, and leaving."""
    table = Table()
    table.enter("/help")
    assert "/search WORDS" in table.said()[0]
    table.enter("/clear")
    assert table.shell.cleared == 1
    table.enter("/reconnect")
    assert table.said() == ["there is no lost connection"]
    table.enter("/quit")
    assert table.shell.ending == Ending(Exit.DONE)
    assert table.shell.sent == []


def test_leaving_with_ctrl_c() -> None:
    """Its status is its own."""
    table = Table()
    table.desk.quit(Exit.INTERRUPTED)
    assert table.shell.ending == Ending(Exit.INTERRUPTED)


def test_changing_the_nick() -> None:
    """After a question that says what others will see: leave in order, then join."""
    table = Table()
    table.enter("/nick Ann")
    assert str(table.asks()).startswith("Everybody will see [ann] leave and [Ann] join")
    table.enter("n")
    assert table.shell.hung_up == 0
    table.enter("/nick Ann")
    table.enter("y")
    assert (table.shell.hung_up, len(table.shell.talks)) == (1, 1)
    table.enter("meanwhile")
    table.desk.ended(Ending(Exit.DONE))
    assert table.shell.talks[-1].nick == "Ann"
    table.let_in()
    assert table.asks() == f"Send what you wrote meanwhile (1 message)? {YES_NO}"
    table.enter("y")
    assert table.shell.sent == ["meanwhile"]


def test_a_bad_or_equal_nick_changes_nothing() -> None:
    """It is told."""
    table = Table()
    table.enter("/nick a\u0085b")
    assert "Nothing was changed" in table.said()[0]
    table.enter("/nick ann")
    assert table.said() == ["you are ann"]
    table = Table(joined=False)
    table.enter("/nick bob")
    assert table.said() == ["wait until you have joined"]
    assert table.asks() is None


def test_what_is_written_while_away_is_sent_only_after_asking() -> None:
    """It stays visible, is offered on return, and a draft comes back behind the question."""
    table = Table()
    table.lose()
    table.enter("one")
    table.enter("two")
    assert table.shown(Kept) == ["one", "two"]
    assert table.shell.sent == []
    table.desk.retry()
    table.shell.line = "a dra"
    table.let_in()
    assert table.shown(Kept) == ["one", "two", "one", "two"]
    assert table.asks() == f"Send what you wrote meanwhile (2 messages)? {YES_NO}"
    assert table.shell.line == ""
    table.enter("perhaps")
    assert table.shell.sent == []
    table.enter("y")
    assert table.shell.sent == ["one", "two"]
    assert (table.asks(), table.shell.line) == (None, "a dra")


def test_what_is_not_to_be_sent_is_gone() -> None:
    """It is said where it can be found again."""
    table = Table()
    table.lose()
    table.enter("one")
    table.desk.retry()
    table.let_in()
    table.said()
    table.enter("n")
    assert table.said() == ["not sent; arrow up brings it back"]
    table.enter("next")
    assert table.shell.sent == ["next"]


def test_a_loss_while_it_is_offered() -> None:
    """The offer is made again on the next connection, and the draft is there in between."""
    table = Table()
    table.lose()
    table.enter("one")
    table.desk.retry()
    table.shell.line = "draft"
    table.let_in()
    table.lose()
    assert (table.asks(), table.shell.line) == (None, "draft")
    table.desk.retry()
    table.let_in()
    assert table.asks() is not None
    table.enter("y")
    assert table.shell.sent == ["one"]


def test_an_open_question_goes_first() -> None:
    """What was pasted is decided about, then what was written while away is offered."""
    table = Table()
    table.lose()
    table.enter("one")
    table.enter("a\nb")
    table.desk.retry()
    table.let_in()
    assert table.asks() == f"Send these 2 lines as one message? {YES_NO}"
    table.enter("y")
    assert table.shell.sent == ["a\nb"]
    table.enter("y")
    assert table.shell.sent == ["a\nb", "one"]


def test_too_much_is_not_kept() -> None:
    """What waits is bounded; the line keeps what no longer fits."""
    table = Table()
    table.lose()
    table.enter("x" * 1_048_000)
    table.said()
    table.enter("y" * 1000)
    assert table.said() == ["not sent: no more can be kept until there is a connection"]
    assert table.shell.line == "y" * 1000


def test_leaving_says_what_was_not_sent() -> None:
    """And that the connection was lost is the status."""
    table = Table()
    table.lose()
    table.enter("one")
    table.said()
    table.enter("/quit")
    assert table.said() == ["not sent: 1 message, written while there was no connection"]
    assert table.shell.ending == Ending(Exit.LOST, "left while the connection was lost")
