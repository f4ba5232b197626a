"""The room against a small model of it: nicks, refusals, entries (NICK-*, JOIN-2, RELAY-4, RELAY-5, LEAVE-1)."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule, run_state_machine_as_test

from chatproto import Join
from reference_server.room import Entry, Refusal, Room, Speech
from spec import nicks
from tests.reference_server.helpers import MIDNIGHT_NS

HOLDABLE = ["alice", "ALICE", "bob", "ａlice", "ß", "SS", "x y", "é", "e\u0301", "12", "[x] joined the chat"]
REFUSED = ["", " a", "a\u3000", "a\nb", "\x9b", "x" * 65, "Server", "sERVER", "Ｓerver"]
NICKS = st.sampled_from(HOLDABLE + REFUSED) | st.text(max_size=3)


class AgainstModel(RuleBasedStateMachine):
    """The model is a dict from member to nick; all else is worked out anew each time."""

    def __init__(self) -> None:
        super().__init__()
        self.room: Room[int] = Room()
        self.model: dict[int, str] = {}
        self.latest = ""
        self.next_member = 0

    def takes(self, nick: str) -> bool:
        """What NICK-1, NICK-4 and NICK-5 say, in the words of the specification."""
        held = [*self.model.values(), "Server"]
        return nicks.problem(nick) is None and all(nicks.key(nick) != nicks.key(other) for other in held)

    def sees(self, entry: Entry | Speech | Refusal) -> None:
        """RELAY-4: no stamp is less than one before it."""
        assert entry.time >= self.latest
        self.latest = entry.time

    @rule(nick=NICKS, now=st.integers(0, 10_000))
    def join(self, nick: str, now: int) -> None:
        """Whoever asks for a valid, free nick gets it; all others are told why not."""
        member, self.next_member = self.next_member, self.next_member + 1

        verdict = self.room.join(member, Join("not a time", nick, "ignored"), MIDNIGHT_NS + now * 1_000_000)

        self.sees(verdict)
        if self.takes(nick):
            assert verdict[1:] == ("Server", f"[{nick}] joined the chat")
            self.model[member] = nick
        else:
            assert isinstance(verdict, Refusal)
            assert verdict.reason
            assert not verdict.reason.startswith("[")  # SERVICE-1
            assert member not in self.room

    @precondition(lambda self: self.model)
    @rule(data=st.data(), texts=st.lists(st.text(max_size=3)), now=st.integers(0, 10_000))
    def chat(self, data: st.DataObject, texts: list[str], now: int) -> None:
        """RELAY-3, RELAY-5: the texts as they came, under the registered nick."""
        member = data.draw(st.sampled_from(sorted(self.model)))

        speech = self.room.chat(member, texts, MIDNIGHT_NS + now * 1_000_000)

        self.sees(speech)
        assert speech[1:] == (self.model[member], texts)

    @precondition(lambda self: self.model)
    @rule(data=st.data(), now=st.integers(0, 10_000))
    def leave(self, data: st.DataObject, now: int) -> None:
        """LEAVE-1, and NICK-6: the rule `join` finds the nick free from now on."""
        member = data.draw(st.sampled_from(sorted(self.model)))

        entry = self.room.leave(member, MIDNIGHT_NS + now * 1_000_000)

        self.sees(entry)
        assert entry[1:] == ("Server", f"[{self.model.pop(member)}] left the chat")
        with pytest.raises(KeyError):
            self.room.leave(member, 0)

    def teardown(self) -> None:
        """The members are those of the model."""
        members = [member for member in range(self.next_member) if member in self.room]
        assert {member: self.room.nick(member) for member in members} == self.model


def test_the_room_is_as_its_model() -> None:
    """Any sequence of joins, chats and leaves."""
    run_state_machine_as_test(
        AgainstModel, settings=settings(deadline=None, database=None, max_examples=60, stateful_step_count=30)
    )


@pytest.mark.parametrize(("held", "asked"), [("alice", "ALICE"), ("ß", "SS"), ("é", "e\u0301"), ("ａ", "A")])
def test_the_wide_comparison_is_used(held: str, asked: str) -> None:
    """NICK-4: what is equal under NFKC(casefold(NFKC(nick))) is refused, and free again after the leave (NICK-6)."""
    room: Room[int] = Room()
    room.join(1, Join("", held), 0)

    assert isinstance(room.join(2, Join("", asked), 0), Refusal)

    room.leave(1, 0)
    assert isinstance(room.join(2, Join("", asked), 0), Entry)


@settings(deadline=None, database=None)
@given(st.text(min_size=1, max_size=8))
def test_what_every_server_must_treat_as_equal_is_equal(nick: str) -> None:
    """NICK-4, NICK-5: nicks that differ in the case of ASCII letters only are never both held."""
    room: Room[int] = Room()
    if isinstance(room.join(1, Join("", nick), 0), Entry):
        other = nick.translate({code: code ^ 32 for code in [*range(65, 91), *range(97, 123)]})

        assert isinstance(room.join(2, Join("", other), 0), Refusal)


def test_mistakes_of_the_caller() -> None:
    """A second join, the chat of a stranger and a service message like a join are refused loudly."""
    room: Room[int] = Room()
    room.join(1, Join("", "alice"), 0)

    with pytest.raises(ValueError, match="already in the room"):
        room.join(1, Join("", "bob"), 0)
    with pytest.raises(KeyError):
        room.chat(2, ["y"], 0)
    with pytest.raises(ValueError, match="taken for a join"):
        room.service("[x] joined the chat", 0)
