"""When to try again."""

from reference_client.returning import HELD_S, STEADY_S, Returning


def test_the_waits_double_from_one_second_to_sixty() -> None:
    """1 s doubling to 60 s, shortened by up to a quarter."""
    returning = Returning()
    assert [returning.wait_s(0) for _ in range(9)] == [1, 2, 4, 8, 16, 32, 60, 60, 60]
    assert Returning().wait_s(1) == 0.75
    assert [returning.wait_s(0) for _ in range(2000)][-1] == 60


def test_a_steady_connection_begins_anew() -> None:
    """Only one that lasted: a server that takes us in and throws us out at once is not hammered."""
    returning = Returning()
    returning.wait_s(0)
    returning.joined(100)
    returning.lost(100 + STEADY_S - 1)
    assert returning.wait_s(0) == 2
    returning.joined(1000)
    returning.lost(1000 + STEADY_S)
    assert returning.wait_s(0) == 1


def test_a_nick_may_be_held_for_two_minutes() -> None:
    """Counted from the loss."""
    returning = Returning()
    returning.lost(50)
    assert HELD_S == 120
    assert returning.may_be_held(169.9)
    assert not returning.may_be_held(170)
