"""Events are values."""

import itertools

import pytest

from chatproto import NEED_DATA, Chat, Closed, Event, Join, Joined, NeedData, Refused, Service
from tests.chatproto.helpers import TIME

ALL: list[Event] = [
    Join(TIME, "a", "b"),
    Chat(TIME, "a", "b"),
    Joined(TIME, "a"),
    Refused(TIME, "a"),
    Service(TIME, "a"),
    Closed(0),
]


@pytest.mark.parametrize(("one", "other"), list(itertools.combinations(ALL, 2)))
def test_events_of_different_classes_differ(one: Event, other: Event) -> None:
    """A join is not a chat frame, even with the same fields."""
    assert one != other
    assert not one == other  # noqa: SIM201  # __eq__ and __ne__ are two methods of a tuple
    assert len({one, other}) == 2


@pytest.mark.parametrize("event", ALL)
def test_an_event_is_no_plain_tuple(event: Event) -> None:
    """An event equals no tuple of its fields, from either side."""
    assert event != tuple(event)
    assert tuple(event) != event
    assert not tuple(event) == event  # noqa: SIM201


@pytest.mark.parametrize("event", ALL)
def test_equal_events_are_equal(event: Event) -> None:
    """An event equals one of its class with the same fields, and is the same key."""
    twin = type(event)(*event)
    assert twin is not event
    assert twin == event
    assert not twin != event  # noqa: SIM202
    assert hash(twin) == hash(event)


def test_an_event_shows_its_fields() -> None:
    """The repr is the call that makes the event, with names."""
    assert repr(Chat(time="", nick="a", text="hi")) == "Chat(time='', nick='a', text='hi')"
    assert Join("", "a") == Join(time="", nick="a", text="")


@pytest.mark.parametrize("event", ALL)
def test_an_event_cannot_be_changed(event: Event) -> None:
    """An event is complete when it is built."""
    name = event._fields[0]
    with pytest.raises(AttributeError):
        setattr(event, name, "")


def test_need_data_is_a_member_of_an_enum() -> None:
    """A type checker can tell NEED_DATA from an event."""
    assert list(NeedData) == [NEED_DATA]
