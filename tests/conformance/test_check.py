"""The register of checks, and the twin of most of them."""

import random
from collections import Counter

import pytest

import conformance.checks  # noqa: F401  # registers them
from conformance.check import CHECKS, DEPTHS, Check, Plan, check, plainly
from conformance.differences import differences
from conformance.octets import NOW, Out
from conformance.script import TAG, Apart, Fence, Fin, Open, Script, Send, Settle, cast, nick, say, script, sentinel
from conformance.trace import Trace
from spec.requirements import register
from tests.conformance.helpers import heard_by_all, trace_of


@pytest.mark.parametrize("name", CHECKS)
def test_every_check_belongs_to_a_clause_of_the_specification(name: str) -> None:
    """Its name begins with the id, its clause is one of the row's, what it needs exists, and it says what it does."""
    one = CHECKS[name]
    row = register()[one.requirement]

    assert name.partition("/")[0] == one.requirement
    assert one.clause in row.keywords
    assert row.binds("server")
    assert set(one.needs) <= set(register())
    assert one.scope <= set(register())
    assert len(one.about) > 20
    assert (one.cases is None) != (one.strategy is None)


def scripts_of(one: Check, depth: str, seed: str = "1") -> list[Script]:
    """What an enumerating check plays."""
    assert one.cases is not None
    return list(one.cases(Plan(depth, random.Random(seed))))


ENUMERATED = [name for name, one in CHECKS.items() if one.cases is not None]


@pytest.mark.parametrize("name", [name for name in ENUMERATED if CHECKS[name].clause.startswith("MUST")])
def test_every_depth_plays_something(name: str) -> None:
    """Every depth decides every MUST row; a deeper one plays no less; the scripts are the same for the same seed."""
    quick, standard = (scripts_of(CHECKS[name], depth) for depth in DEPTHS[:2])

    assert quick
    assert sum(len(one.steps) for one in standard) >= sum(len(one.steps) for one in quick)
    assert quick == scripts_of(CHECKS[name], "quick")
    assert all(one.parties for one in quick)


@pytest.mark.parametrize("depth", DEPTHS[:2])
def test_no_two_conversations_use_a_nick_without_a_tag(depth: str) -> None:
    """A correct server that is slow has not seen the end of the one when the other begins."""
    used: Counter[str] = Counter()
    for name in ENUMERATED:
        for conversation in scripts_of(CHECKS[name], depth, seed=name):
            sent = (part for step in conversation.steps if isinstance(step, Send) for part in step.parts)
            used.update({part.nick.casefold() for part in sent if isinstance(part, Out) and TAG not in part.nick})
    del used["server"]
    assert "q" in used
    assert [name for name, times in used.items() if times > 1] == []


@pytest.mark.parametrize("name", [name for name in ENUMERATED if CHECKS[name].judge is differences])
def test_a_faithful_server_has_no_difference_in_any_script(name: str) -> None:
    """What the check plays is a conversation that the model understands: in theory a faithful server passes it."""
    for conversation in scripts_of(CHECKS[name], "quick"):
        tagged = conversation.tagged("abcd0001")
        trace = trace_of(tagged, heard_by_all(tagged))
        assert CHECKS[name].relevant(trace) == []


@pytest.mark.parametrize("name", [name for name in ENUMERATED if CHECKS[name].twin is not None])
def test_every_twin_is_a_conversation(name: str) -> None:
    """It plays on a faithful server too, and is never None by accident."""
    one = CHECKS[name]
    assert one.twin is not None
    for conversation in scripts_of(one, "quick"):
        twin = one.twin(conversation)
        if twin is not None:
            tagged = twin.tagged("abcd0001")
            assert differences(trace_of(tagged, heard_by_all(tagged))) == []


def test_the_plain_twin_keeps_all_but_the_octets() -> None:
    """Canonical headers, plain texts, no times, one write for each frame, no raw octets; nicks and order stay."""
    odd = script(
        cast("ann", "bob"),
        Send("ann", (Out(nick("ann"), "é", "t", header="right"), Out(nick("ann"), "x"), b"raw"), (3, 4)),
        Fence(),
        sentinel("ann"),
        Fin("ann"),
    )
    twin = plainly(odd)
    sent = [step for step in twin.steps if isinstance(step, Send)]

    assert [step for step in twin.steps if not isinstance(step, Send | Apart)] == [
        step for step in odd.steps if not isinstance(step, Send | Apart)
    ]
    assert [step.who for step in sent] == ["ann", "bob", "ann", "ann", "ann"]
    assert all(len(step.parts) == 1 and not step.cuts for step in sent)
    assert all(
        part.time in ("", NOW) and part.header == "canonical"
        for step in sent
        for part in step.parts
        if isinstance(part, Out)
    )
    assert [part.text.isascii() for step in sent for part in step.parts if isinstance(part, Out)] == [True] * 5
    assert len({step.octets for step in sent}) == 5  # texts tell them apart
    assert plainly(twin).parties == odd.parties


def test_a_join_stays_a_join_in_the_twin() -> None:
    """The first frame of each party, whatever its text was, has none in the twin; the nick is kept."""
    odd = script(Open("ann"), Send("ann", (Out(f"é{TAG}", "ignored", "t"), Out(f"é{TAG}", "said"))), Settle())
    frames = [part for step in plainly(odd).steps if isinstance(step, Send) for part in step.parts]

    assert frames[0] == Out(f"é{TAG}")
    assert isinstance(frames[1], Out)
    assert TAG in frames[1].text


def registered(requirement: str, name: str, about: str | None = "Says so.", **options: object) -> None:
    """Tries to register a check."""

    def cases(plan: Plan) -> list[Script]:
        return [script(cast("ann"), say("ann", "x"))]

    cases.__doc__ = about
    check(requirement, name, **options)(cases)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("requirement", "name", "options", "words"),
    [
        ("FRAME-99", "x", {}, "no requirement FRAME-99"),
        ("FRAME-1", "x", {"clause": "SHOULD"}, "with a clause SHOULD"),
        ("FRAME-1", "plain-conversation", {}, "stands twice"),
        ("FRAME-1", "x", {"about": None}, "has no docstring"),
    ],
)
def test_a_check_that_cannot_be_is_refused(requirement: str, name: str, options: dict[str, str], words: str) -> None:
    """At registration, so that it cannot be forgotten at run time."""
    before = dict(CHECKS)
    with pytest.raises(ValueError, match=words):
        registered(requirement, name, **options)

    assert before == CHECKS


def test_a_check_sees_only_what_is_in_its_scope(monkeypatch: pytest.MonkeyPatch) -> None:
    """Differences of other ids are other checks' business; without a scope its own id is the scope."""
    fresh: dict[str, Check] = {}
    monkeypatch.setattr("conformance.check.CHECKS", fresh)
    registered("RELAY-2", "own")
    registered("RELAY-2", "wide", scope=["RELAY-1", "RELAY-2"])
    conversation = script(cast("ann", "bob"), say("ann", "a"), sentinel("ann")).tagged("abcd0001")
    heard = heard_by_all(conversation)
    heard["bob"].remove(("ann-abcd0001", "a"))
    trace: Trace = trace_of(conversation, heard)

    assert fresh["RELAY-2/own"].relevant(trace) == []
    assert [found.requirement for found in fresh["RELAY-2/wide"].relevant(trace)] == ["RELAY-1"]


def test_the_number_for_a_depth() -> None:
    """The first for quick, the second for standard, the third for thorough."""
    assert [Plan(depth, random.Random("")).pick(1, 2, 3) for depth in DEPTHS] == [1, 2, 3]


def _said_again(script: Script) -> set[str]:
    """Texts for which a Settle waits, though the same member has said them before: it would not wait at all."""
    said: dict[str, list[str]] = {}
    found: set[str] = set()
    for step in script.steps:
        if isinstance(step, Send):
            said.setdefault(step.who, []).extend(part.text for part in step.parts if isinstance(part, Out))
        elif isinstance(step, Settle):
            found |= {texts[-1] for texts in said.values() if texts and texts[-1] and texts[-1] in texts[:-1]}
            said = {who: list(dict.fromkeys(texts)) for who, texts in said.items()}
    return found


def test_what_is_waited_for_was_not_said_before() -> None:
    """By the same member, in any script, but for those that are about just that."""
    again = {
        name
        for name, one in CHECKS.items()
        if one.cases is not None
        for script in one.cases(Plan("quick", random.Random(1)))
        if _said_again(script)
    }
    about = {"RELAY-1/repeated-texts", "RELAY-1/repeated-in-one-write"}
    waiting_for_leaves = {"LEAVE-1/at-once", "LEAVE-1/at-once-by-reset", "ROBUST-5/reset-among-talk"}
    assert again <= {*about, *waiting_for_leaves, "FRAME-6/at-buffers", "FRAME-7/sizes"}
