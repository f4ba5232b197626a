"""Outcomes that are kept, known equivalents, and the report."""

from pathlib import Path

from tests.mutation.mutants import Mutant, mutants
from tests.mutation.outcomes import Outcome, Results, equivalents, report
from tests.mutation.targets import targets

ONE = Mutant("conformance/room.py", "f", 7, "if a:", "a", "(not a)", "text")
TWO = Mutant("conformance/room.py", "f", 8, "if b:", "b", "(not b)", "other text")


def test_outcomes_are_found_again(tmp_path: Path) -> None:
    """By the digest of the text; the last one counts, and a line that was cut off does not."""
    path = tmp_path / "results.jsonl"
    results = Results(path)
    results.add(Outcome(ONE.key, str(ONE), "survived", "selftest not run", "digest"))
    results.add(Outcome(ONE.key, str(ONE), "tests", "test_room.py"))
    with path.open("a", encoding="utf-8") as file:
        file.write('{"key": "')

    again = Results(path)
    known = again.known(ONE)
    assert known is not None
    assert (known.fate, known.by) == ("tests", "test_room.py")
    assert again.known(TWO) is None


def test_outcomes_need_no_file() -> None:
    """They are remembered for the run."""
    results = Results(None)
    results.add(Outcome(ONE.key, str(ONE), "tests", ""))

    assert results.known(ONE) is not None


def test_the_report_counts_and_names_survivors() -> None:
    """What was not found out is neither killed nor survived."""
    survivor = Outcome(ONE.key, str(ONE), "survived", "11 servers judged")
    killed = Outcome(TWO.key, str(TWO), "selftest", "drops-repeats")
    lines = report([("room", [(ONE, survivor), (TWO, killed)]), ("engine", [(ONE, None)])])

    assert lines[1].split() == ["room", "2", "0", "1", "0", "1", "0", "50.0%"]
    assert lines[2].split() == ["engine", "1", "0", "0", "0", "0", "1", "–"]
    assert lines[3].split() == ["all", "3", "0", "1", "0", "1", "1", "50.0%"]
    assert lines[-1] == "conformance/room.py:7: a → (not a)  [f: if a:]  (11 servers judged)"


def test_every_known_equivalent_is_a_mutant_and_has_a_reason() -> None:
    """An entry whose line has changed has to be thought over again."""
    places = {one.place for target in targets() for one in mutants(target.source, target.path, target.wanted)}

    assert {place for place in equivalents() if place not in places} == set()
    assert all(len(reason) > 20 for reason in equivalents().values())
