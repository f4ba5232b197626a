"""The table of states, row by row and as a whole."""

from itertools import product

import pytest

from spec.states import CLOSED, JOINED, JOINING, REFUSED, TABLE, UNJOINED, Input, State

EXPECTED = {
    UNJOINED: {
        Input.JOIN: JOINING,
        Input.SERVICE: UNJOINED,
        Input.REFUSED: REFUSED,
        Input.CLOSED: CLOSED,
        Input.MALFORMED: CLOSED,
    },
    JOINING: {
        Input.JOINED: JOINED,
        Input.REFUSED: REFUSED,
        Input.SERVICE: JOINING,
        Input.CLOSED: CLOSED,
        Input.MALFORMED: CLOSED,
    },
    JOINED: {Input.CHAT: JOINED, Input.SERVICE: JOINED, Input.CLOSED: CLOSED, Input.MALFORMED: CLOSED},
    REFUSED: {Input.CLOSED: CLOSED, Input.MALFORMED: CLOSED},
    CLOSED: {},
}


@pytest.mark.parametrize(("state", "given"), list(product(State, Input)))
def test_every_input_in_every_state(state: State, given: Input) -> None:
    """Each of the 35 pairs leads where it is said to, or nowhere."""
    assert TABLE.get((state, given)) is EXPECTED[state].get(given)


def test_closed_is_the_end() -> None:
    """Nothing happens to a closed connection."""
    assert not [row for row in TABLE if row[0] is CLOSED]


def test_refused_leads_to_closed_only() -> None:
    """A refused connection cannot join any more (JOIN-5)."""
    assert {after for (before, _), after in TABLE.items() if before is REFUSED} == {CLOSED}


def test_every_state_is_reachable() -> None:
    """From the first state there is a way to each other one."""
    reached = {UNJOINED}
    for _ in State:
        reached |= {after for (before, _), after in TABLE.items() if before in reached}

    assert reached == set(State)


def test_every_open_state_ends() -> None:
    """The end of the stream and malformed octets close a connection wherever it stands (LEAVE-1, LEAVE-3, FRAME-4)."""
    for state, given in product(set(State) - {CLOSED}, (Input.CLOSED, Input.MALFORMED)):
        assert TABLE[state, given] is CLOSED


def test_only_the_verdict_joins() -> None:
    """A connection is joined by its announcement alone, behind its join (JOIN-1 to JOIN-3)."""
    ways = {(before, given) for (before, given), after in TABLE.items() if after is JOINED and before is not JOINED}

    assert ways == {(JOINING, Input.JOINED)}
