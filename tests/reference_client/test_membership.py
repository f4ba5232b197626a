"""Joining, losing the connection, coming back."""

from reference_client.exits import Ending, Exit
from reference_client.frames import Frame
from reference_client.membership import Phase
from tests.reference_client.desks import LOST, Table

UNREACHABLE = Ending(Exit.UNREACHABLE, "cannot connect to h:1: Connection refused")


def phase(table: Table) -> Phase:
    """Where it stands."""
    return table.desk.membership.phase


def test_a_loss_is_said_and_tried_again() -> None:
    """What happened, how long it takes, with waits that double (CLIENT-5)."""
    table = Table()
    table.lose()
    assert table.said() == ["the server closed the connection; trying again in 1 s, or at once with /reconnect"]
    assert phase(table) is Phase.AWAY
    for _ in range(3):
        table.desk.retry()
        table.desk.ended(UNREACHABLE)
    assert table.shell.waits == [1, 2, 4, 8]
    assert table.said()[0] == f"{UNREACHABLE.sentence}; trying again in 2 s, or at once with /reconnect"
    table.desk.retry()
    table.let_in()
    assert phase(table) is Phase.JOINED
    assert {talk.nick for talk in table.shell.talks} == {"ann"}


def test_reconnect_does_not_wait() -> None:
    """And the end of the wait that is no longer waited for does nothing."""
    table = Table()
    table.lose()
    table.enter("/reconnect")
    assert phase(table) is Phase.JOINING
    table.desk.retry()
    assert len(table.shell.talks) == 2


def test_no_reconnect() -> None:
    """The loss ends the client, with status 1."""
    table = Table(reconnect=False)
    table.lose()
    assert table.shell.ending == LOST
    assert table.shell.waits == []


def test_a_server_that_was_never_there() -> None:
    """The first attempt is the only one: who mistypes the address is told at once (status 3)."""
    table = Table(joined=False)
    table.desk.ended(UNREACHABLE)
    assert table.shell.ending == UNREACHABLE


def test_leaving_before_the_join_is_announced() -> None:
    """The server had not answered (status 3); after a loss it is the loss that counts (status 1)."""
    table = Table(joined=False)
    table.desk.quit()
    assert table.shell.ending == Ending(Exit.UNREACHABLE, "left before the server announced the join")
    table = Table()
    table.lose()
    table.desk.retry()
    table.desk.quit()
    assert table.shell.ending == Ending(Exit.LOST, "left while the connection was lost")


def test_a_refused_nick_is_asked_again() -> None:
    """With the server's reason, as often as it takes (JOIN-5)."""
    table = Table("Bob", joined=False)
    table.refuse("the nick is taken")
    assert table.said() == ["the server refused to let Bob join, for the reason above"]
    assert table.shown(Frame) == ["the nick is taken"]
    assert table.asks() == "Nick: "
    table.enter("bobby")
    table.refuse("it looks like another")
    table.enter("rob")
    table.let_in()
    assert [talk.nick for talk in table.shell.talks] == ["Bob", "bobby", "rob"]
    assert phase(table) is Phase.JOINED


def test_leaving_after_a_refusal() -> None:
    """The refusal is how it ended (status 4)."""
    table = Table("bob", joined=False)
    table.refuse("full")
    table.desk.quit()
    assert table.shell.ending == Ending(Exit.REFUSED, "the server refused to let bob join: full")


def test_the_lost_connection_may_still_hold_the_nick() -> None:
    """For two minutes a refused rejoin is tried again, saying so once; then another nick is asked for."""
    table = Table()
    table.shell.line = "draft"
    table.lose(after=100)
    table.said()
    for _ in range(2):
        table.desk.retry()
        table.refuse("the nick is taken")
        table.shell.time += 59
    first, *others = table.said()
    assert "may still hold the nick for the lost connection: 2 minutes" in first
    assert [sentence.partition(";")[0] for sentence in others] == [
        "the server refused to let ann join, for the reason above"
    ] * 2
    assert table.asks() is None
    table.shell.time += 3
    table.desk.retry()
    table.refuse("the nick is taken")
    assert (table.asks(), table.shell.line) == ("Nick: ", "")
    table.enter("anna")
    assert table.shell.line == "draft"
    table.let_in()
    assert phase(table) is Phase.JOINED


def test_a_question_in_the_way_of_another() -> None:
    """The text of the one that is dropped goes back into the line, not the half-typed answer."""
    table = Table()
    table.lose()
    table.enter("a\nb")
    table.shell.line = "maybe"
    table.shell.time += 1000
    table.desk.retry()
    table.refuse("banned")
    assert table.asks() == "Nick: "
    table.enter("ann2")
    assert table.shell.line == "a\nb"


def test_a_refused_change() -> None:
    """Another nick is asked for, also right after a loss; the old one is as good as any."""
    table = Table()
    table.lose()
    table.desk.retry()
    table.let_in()
    table.enter("/nick bob")
    table.enter("y")
    table.desk.ended(Ending(Exit.DONE))
    table.refuse("the nick is taken")
    assert table.asks() == "Nick: "
    table.enter("ann")
    table.let_in()
    assert phase(table) is Phase.JOINED


def test_another_nick_while_away() -> None:
    """Nobody sees anything of it: it is joined with at once."""
    table = Table()
    table.lose()
    table.enter("/nick bob")
    assert (table.asks(), table.shell.talks[-1].nick) == (None, "bob")


def test_people_are_those_of_the_present_connection() -> None:
    """Who left while nobody listened is not announced again."""
    table = Table()
    table.hear("bob", "hi")
    assert table.desk.membership.people.names() == ["ann", "bob"]
    table.lose()
    table.desk.retry()
    table.let_in()
    assert table.desk.membership.people.names() == ["ann"]
