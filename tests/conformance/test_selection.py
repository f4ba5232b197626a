"""Which requirements are selected, and in which order their checks run."""

import random

import pytest

import conformance.checks  # noqa: F401  # registers them
from conformance.check import CHECKS, Plan
from conformance.engine import SILENCE
from conformance.script import Send
from conformance.selection import FIRST, checks_for, select
from conformance.target import UsageError
from spec.requirements import register

SERVERS = [row.id for row in register().values() if row.binds("server")]


def chosen(only: list[str] | None = None, skip: list[str] | None = None) -> list[str]:
    """The ids that are selected for a server."""
    return [row.id for row in select("server", only or [], skip or [])]


def test_everything_that_binds_a_server_is_selected_by_default() -> None:
    """In the order of the specification; what binds clients alone is not."""
    assert chosen() == SERVERS
    assert "FRAME-1" in SERVERS
    assert not any(identifier.startswith("CLIENT-") for identifier in SERVERS)
    assert "CLIENT-1" in [row.id for row in select("client")]


def test_little_is_said_where_somebody_is_left_who_does_not_read() -> None:
    """Of those who do not read, one is left alone for some seconds, as long as it is less than 1.5 MiB behind (ROBUST-3): the
    checks beside it say less than that altogether, and let the canary live, which counts it."""
    said = 0
    for check in CHECKS.values():
        if check.quiet and not check.background:
            assert not check.alone, check.name
            scripts = check.cases(Plan("standard", random.Random(1))) if check.cases is not None else []
            steps = [step for script in scripts for step in script.steps if isinstance(step, Send)]
            said += sum(len(step.octets) for step in steps)
    assert 10_000 < said < 700_000


def test_ids_and_sections() -> None:
    """One or several, separated by commas or given apart, in whatever case."""
    relays = [identifier for identifier in SERVERS if identifier.startswith("RELAY-")]

    assert chosen(["FRAME-5"]) == ["FRAME-5"]
    assert chosen(["RELAY"]) == relays
    assert chosen(["relay-2, FRAME-5"]) == ["FRAME-5", "RELAY-2"]
    assert chosen(["RELAY-2", "FRAME-5,"]) == ["FRAME-5", "RELAY-2"]
    assert chosen(["RELAY"], ["relay-1"]) == relays[1:]
    assert chosen(None, ["RELAY"]) == [identifier for identifier in SERVERS if identifier not in relays]


@pytest.mark.parametrize(
    ("word", "words"),
    [
        ("RELAI-1", "did you mean RELAY-1?"),
        ("FRAM", "did you mean FRAME?"),
        ("frame_1", "did you mean FRAME-1?"),
        ("FRAME-99", "did you mean FRAME-"),
        ("XYZZY", "`chat-conformance list` shows them all"),
    ],
)
def test_an_unknown_word_is_a_usage_error_with_a_suggestion(word: str, words: str) -> None:
    """In either list: a typing error must not select nothing, or leave out nothing, unnoticed."""
    with pytest.raises(UsageError, match="no requirement or section") as only:
        chosen([f"FRAME-1,{word}"])
    with pytest.raises(UsageError) as skip:
        chosen(None, [word])

    assert words in str(only.value)
    assert repr(word.upper()) in str(only.value)
    assert str(only.value) == str(skip.value)


@pytest.mark.parametrize("words", [[""], ["  "], ["FRAME-1", ""]])
def test_a_list_without_a_word_is_a_usage_error(words: list[str]) -> None:
    """A shell variable that is empty must not select everything; a comma too many does no harm."""
    with pytest.raises(UsageError, match="no requirement or section ''"):
        chosen(words)
    assert chosen(["FRAME-1,", ",FRAME-2"]) == ["FRAME-1", "FRAME-2"]


def test_every_check_runs_behind_those_that_it_needs() -> None:
    """As far as those are selected; what waits for the end of the run is waited for by nothing."""
    order = checks_for(register().values())
    place = {check.name: number for number, check in enumerate(order)}

    assert sorted(place) == sorted(CHECKS)
    for check in order:
        for other in order:
            waits = other.late or other.quiet or other.background or other.last
            if other.requirement in check.needs and other.requirement != check.requirement and not waits:
                assert place[other.name] < place[check.name], f"{check.name} needs {other.name}"


def test_the_first_checks_are_those_on_which_the_others_rest() -> None:
    """A server that nobody can join is told so first; one requirement's checks stay in their order."""
    order = checks_for(register().values())
    soon = [
        check for check in order if not (check.needs or check.late or check.quiet or check.background or check.last)
    ]
    firsts = [check.requirement for check in soon if check.requirement in FIRST]

    assert order[0].requirement == "JOIN-2"
    assert firsts == sorted(firsts, key=FIRST.index)
    assert [check.name for check in order if check.requirement == "RELAY-3" and not check.needs] == [
        name for name, check in CHECKS.items() if check.requirement == "RELAY-3" and not check.needs
    ]


def test_silence_is_tried_before_somebody_is_left_in_silence() -> None:
    """What is played in the background begins only when silence is known to harm nobody."""
    names = [check.name for check in checks_for(register().values())]

    assert names.index(SILENCE) < len(names) / 3
    assert all(names.index(name) > names.index(SILENCE) for name, check in CHECKS.items() if check.background)


def test_only_checks_of_selected_requirements_run() -> None:
    """What is needed and not selected is not waited for."""
    sizes = checks_for(select("server", ["FRAME-7"]))

    assert sizes
    assert {check.requirement for check in sizes} == {"FRAME-7"}
    assert any("FRAME-6" in check.needs for check in sizes)
    assert checks_for([]) == []


def test_what_waits_beside_others_runs_where_they_are_selected() -> None:
    """Its wait is theirs."""
    name = "LEAVE-3/timed-out"
    for only, is_there in ((["LEAVE-3"], False), (["ROBUST-4"], False), (["LEAVE-3", "ROBUST-4"], True), ([], True)):
        assert (name in [check.name for check in checks_for(select("server", only))]) is is_there
