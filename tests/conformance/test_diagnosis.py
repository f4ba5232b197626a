"""The diagnosis: known mistakes are recognised by their evidence, unknown ones are not, and nothing hostile gets through.

What is measured here is measured on kills.json as it is; the floors are below what was found when it was written.
"""

import copy
import functools
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import conformance.checks  # noqa: F401  # registers them
from conformance.check import CHECKS
from conformance.diagnosis import (
    AT_MOST,
    PLACE,
    THRESHOLD,
    Evidence,
    Matrix,
    collect,
    diagnose,
    gather,
    main,
    matrix,
    read,
    written,
)
from conformance.faults import FAULTS
from conformance.mistakes import MISTAKE_OF, MISTAKES
from spec.requirements import register

HOSTILE = "\x1b]0;oops\x07 ]]> <script>alert(1)</script> \u202e '\" \\ \x00 " + "'\\" * 5000
CAUGHT_FLOOR, OWN_FLOOR = 0.98, 0.95
WITHOUT_ITSELF_FLOOR, WRONG_CEILING = 0.74, 0.1
SIZE_CEILING = 200_000  # octets that every installation carries


def check(
    name: str, verdict: str, seen: str = "nothing", expected: str = "'hi'", decided: str = "frame"
) -> dict[str, Any]:
    """A check as it stands in a report."""
    failure: dict[str, Any] = {"expected": expected, "seen": seen, "who": "bob", "transcript": [], "capsule": None}
    return {
        "name": name,
        "clause": "MUST",
        "verdict": verdict,
        "because": None,
        "decided_by": None if verdict == "not-run" else decided,
        "examples": 1,
        "repeats": [1, 1],
        "seconds": 0.1,
        "failure": failure if verdict in ("fail", "warn") else None,
    }


def report(*checks: dict[str, Any]) -> dict[str, Any]:
    """As much of a report as a diagnosis reads: every other check has passed."""
    rows: dict[str, list[dict[str, Any]]] = {identifier: [] for identifier in register()}
    named = {row["name"]: row for row in checks}
    for name in [*CHECKS, *(name for name in named if name not in CHECKS)]:
        rows.setdefault(name.partition("/")[0], []).append(named.get(name, check(name, "pass")))
    return {"requirements": [{"id": identifier, "checks": rows[identifier]} for identifier in rows]}


def evidence(*failed: str, marks: tuple[str, ...] = ()) -> Evidence:
    """Evidence of checks that failed."""
    return Evidence(frozenset(failed), frozenset(), frozenset(marks))


def failed_by(name: str) -> list[str]:
    """Names of the checks that a faulty server fails."""
    return sorted(matrix().kills[name].failed)


def first(found: list[dict[str, Any]]) -> str | None:
    """The mistake that is named first."""
    return found[0]["mistake"] if found else None


@functools.cache
def without_itself() -> dict[str, str | None]:
    """For each fault whose mistake others make too: what is diagnosed when the fault itself is not in the matrix."""
    kills = matrix().kills
    found = {}
    for name, kill in kills.items():
        if any(other in kills for other in MISTAKES[MISTAKE_OF[name]] if other != name):
            rest = Matrix({other: row for other, row in kills.items() if other != name})
            found[name] = first(rest.diagnose(kill))
    return found


def test_every_fault_makes_one_usual_mistake() -> None:
    """The table of usual mistakes has every shipped faulty server once, and no other name."""
    names = [name for names in MISTAKES.values() for name in names]

    assert sorted(names) == sorted(FAULTS)


def test_mistakes_are_phrases() -> None:
    """A mistake can be read behind "this looks like:" and fits a line."""
    for mistake in MISTAKES:
        assert 15 <= len(mistake) <= 100
        assert not mistake.endswith(".")
        assert mistake[0].islower()
        assert mistake.isascii()


def test_the_matrix_is_not_stale() -> None:
    """kills.json has every shipped faulty server, no other, and names checks that exist."""
    kills = read(PLACE.read_text(encoding="ascii"))

    assert sorted(FAULTS.keys() - kills.keys()) == []
    assert sorted(kills.keys() - FAULTS.keys()) == []
    named = {name for kill in kills.values() for name in kill.broken}
    assert sorted(named - CHECKS.keys() - {f"{identifier}/in-passing" for identifier in register()}) == []


def test_every_fault_was_caught() -> None:
    """Each faulty server of the matrix has failed a check, and nearly each one of an id that it breaks."""
    kills = matrix().kills
    assert [name for name, kill in kills.items() if not kill.failed] == []
    ids = {name: {check.partition("/")[0] for check in kill.failed} for name, kill in kills.items()}
    elsewhere = [name for name in kills if not ids[name] & set(FAULTS[name].breaks)]

    assert len(elsewhere) <= (1 - CAUGHT_FLOOR) * len(kills), elsewhere


def test_the_matrix_is_written_as_it_is_read() -> None:
    """Reading and writing kills.json gives the same octets."""
    text = PLACE.read_text(encoding="ascii")

    assert written(read(text)) == text


def test_the_matrix_is_small() -> None:
    """kills.json has no more than a diagnosis needs: nothing of what was not run, and not too much."""
    kills = read(PLACE.read_text(encoding="ascii"))

    assert all(not kill.not_run for kill in kills.values())
    assert PLACE.stat().st_size < SIZE_CEILING


def test_known_faults_are_recognised() -> None:
    """Nearly every faulty server's own evidence leads to its own mistake first."""
    kills = matrix().kills
    right = [name for name, kill in kills.items() if first(matrix().diagnose(kill)) == MISTAKE_OF[name]]

    assert len(right) >= OWN_FLOOR * len(kills), sorted(kills.keys() - set(right))


def test_unseen_faults_are_recognised_by_their_kin() -> None:
    """A faulty server that the matrix lacks is mostly recognised by others that make the same mistake."""
    right = [name for name, mistake in without_itself().items() if mistake == MISTAKE_OF[name]]

    assert len(right) >= WITHOUT_ITSELF_FLOOR * len(without_itself())


def test_a_wrong_guess_is_rare() -> None:
    """Of faulty servers that the matrix lacks, few are given a mistake that is not theirs; the rest are given none."""
    wrong = [name for name, mistake in without_itself().items() if mistake not in (None, MISTAKE_OF[name])]

    assert len(wrong) <= WRONG_CEILING * len(without_itself())


@pytest.mark.parametrize("name", sorted(FAULTS))
def test_a_diagnosis_is_made_of_our_own_words(name: str) -> None:
    """Each entry has a known mistake, a fault that makes it, a likeness above the threshold, and checks that failed."""
    kill = matrix().kills[name]
    found = matrix().diagnose(kill)

    assert len(found) <= AT_MOST
    assert len({entry["mistake"] for entry in found}) == len(found)
    for entry in found:
        assert entry.keys() == {"mistake", "likeness", "because", "fault", "ids"}
        assert entry["fault"] in MISTAKES[entry["mistake"]]
        assert THRESHOLD <= entry["likeness"] <= 1
        assert entry["because"]
        assert set(entry["because"]) <= kill.broken
        assert set(entry["ids"]) == {check.partition("/")[0] for check in entry["because"]}


def test_a_passing_report_has_no_diagnosis() -> None:
    """Where nothing failed, nothing is said; warnings and what was not run are no mistakes."""
    warned, unrun = check("FRAME-2/headers-canonical", "warn"), check("ROBUST-4/patient", "not-run")

    assert diagnose(report()) == []
    assert diagnose(report(warned, unrun)) == []
    assert diagnose({"requirements": []}) == []


def test_checks_that_only_one_mistake_breaks() -> None:
    """A report leads to a mistake through the names of its failed checks alone."""
    (entry,) = diagnose(report(*(check(name, "fail") for name in failed_by("echoes-to-sender"))))

    assert entry["mistake"] == MISTAKE_OF["echoes-to-sender"]
    assert entry["ids"] == ["RELAY-2"]
    assert "RELAY-2/no-echo" in entry["because"]


def test_two_mistakes_are_told_apart() -> None:
    """What the first mistake does not explain is looked at by itself; the order of rows does not matter."""
    kills = matrix().kills
    for one, other in (("echoes-to-sender", "time-as-ctime"), ("accepts-sign", "never-announces-leaves")):
        both = Evidence(
            kills[one].failed | kills[other].failed,
            kills[one].warned | kills[other].warned,
            kills[one].marks | kills[other].marks,
        )

        assert {entry["mistake"] for entry in matrix().diagnose(both)} == {MISTAKE_OF[one], MISTAKE_OF[other]}


def test_what_only_shares_an_id_is_no_second_mistake() -> None:
    """Whoever ends at malformed input ends at half a frame too, which no shipped server of that mistake is blamed for."""
    (entry,) = diagnose(report(check("ROBUST-1/rubbish", "fail"), check("ROBUST-1/silence", "fail")))

    assert entry["because"] == ["ROBUST-1/rubbish"]


def test_what_explains_most_stands_first() -> None:
    """A rare check does not put its mistake in front of one that explains more checks."""
    kills = Matrix(
        {name: evidence("A-1/x", "A-1/y") for name in MISTAKES["one recv taken for one message"]}
        | {"trims-nick": evidence("B-1/z")}
    )

    alike = Matrix({"echoes-to-sender": evidence("A-1/x", "A-1/y"), "trims-nick": evidence("B-1/z")})
    seen = evidence("A-1/x", "A-1/y", "B-1/z")

    assert [entry["ids"] for entry in kills.diagnose(seen)] == [["A-1"], ["B-1"]]
    assert [entry["ids"] for entry in alike.diagnose(seen)] == [["A-1"], ["B-1"]]


def test_no_more_than_three() -> None:
    """A server that breaks everything is given three mistakes at most."""
    everything = report(*(check(name, "fail") for name in CHECKS))
    four = {
        next(iter(names)): evidence(f"{letter}-1/x") for letter, names in zip("ABCD", MISTAKES.values(), strict=False)
    }

    assert len(diagnose(everything)) <= 3
    assert len(Matrix(four).diagnose(evidence("A-1/x", "B-1/x", "C-1/x", "D-1/x"))) == 3


def test_what_looks_like_nothing_known_is_not_named() -> None:
    """Failures that no faulty server shows together, or not at all, are left without a guess."""
    kills = {"echoes-to-sender": evidence("RELAY-2/a", "RELAY-2/b", "RELAY-2/c", "RELAY-2/d")}

    assert Matrix(kills).diagnose(evidence("RELAY-2/a")) == []
    assert Matrix(kills).diagnose(evidence("RELAY-3/a")) == []
    assert Matrix({}).diagnose(evidence("RELAY-2/a")) == []


@pytest.mark.parametrize(
    ("what", "length", "is_said"), [("received", 40, True), ("received", 0, False), ("fin", 0, False)]
)
def test_a_mute_server_is_given_no_mistake(what: str, length: int, is_said: bool) -> None:
    """Where nobody could join and not an octet came, no fault of announcements is named; else one is."""
    failed = check("JOIN-2/announced", "fail", decided="deadline")
    sent = {"ms": 0.1, "who": "ann", "what": "sent", "length": 15, "octets": "", "shown": ""}
    failed["failure"]["transcript"] = [sent, sent | {"what": what, "length": length}]
    others = [check(name, "not-run") for name in CHECKS if name != "JOIN-2/announced"]

    assert bool(diagnose(report(failed, *others))) == is_said


def test_what_was_not_run_speaks_neither_way() -> None:
    """A check that the run could not decide is held against a mistake less than one that passed."""
    known = Matrix({"echoes-to-sender": evidence("RELAY-2/a", "RELAY-2/b")})
    passed = evidence("RELAY-2/a")
    undecided = replace(passed, not_run=frozenset({"RELAY-2/b"}))

    assert known.likeness(passed, "echoes-to-sender") < known.likeness(undecided, "echoes-to-sender") < 1
    assert known.likeness(evidence("RELAY-2/a", "RELAY-2/b"), "echoes-to-sender") == 1


def test_rare_checks_count_more() -> None:
    """A check that one faulty server breaks weighs more than one that many break."""
    kills = Matrix({name: evidence("A-1/often") for name in list(FAULTS)[:20]} | {"trims-nick": evidence("A-1/once")})

    assert kills.weight("A-1/once") > 2 * kills.weight("A-1/often")


def test_marks_break_ties() -> None:
    """Two mistakes that break the same check are told apart by what was seen."""
    kills = Matrix(
        {
            "echoes-to-sender": evidence("A-1/x", marks=("A-1/x frame: loud",)),
            "trims-nick": evidence("A-1/x", marks=("A-1/x frame: quiet",)),
        }
    )

    assert kills.diagnose(evidence("A-1/x", marks=("A-1/x frame: quiet",)))[0]["fault"] == "trims-nick"


def test_marks_do_not_change_from_run_to_run() -> None:
    """Nonces, numbers and times are left out of what was seen."""
    one = report(check("RELAY-4/clock", "fail", "'hi ab2c0007 12' 2026-11-22T10:21:07.250Z", "'x ab2c000k'"))
    other = report(check("RELAY-4/clock", "fail", "'hi xyz90abc 7' 2027-01-02T00:00:00Z", "'x xyz90011'"))

    assert gather(one).marks == gather(other).marks
    assert len(gather(one).marks) == 2


def test_hostile_strings_do_not_matter() -> None:
    """What a server sent appears nowhere in a diagnosis, and takes no time."""
    failed = [check(name, "fail", HOSTILE, HOSTILE) for name in failed_by("echoes-to-sender")]
    hostile = report(*failed, check(HOSTILE, "fail"), check("X-1/y", "fail"))
    found = diagnose(hostile)

    assert first(found) == MISTAKE_OF["echoes-to-sender"]
    assert json.dumps(found).isascii()
    assert {name for entry in found for name in entry["because"]} <= CHECKS.keys()


def test_a_diagnosis_is_repeatable() -> None:
    """The same report gives the same diagnosis, in whatever order its rows stand; the report is left alone."""
    names = ["RELAY-2/no-echo", "NICK-3/invalid", "FRAME-4/malformed-headers", "TIME-1/rfc-3339"]
    data = report(*(check(name, "fail") for name in names))
    before, turned = copy.deepcopy(data), {"requirements": data["requirements"][::-1]}

    assert diagnose(data) == diagnose(turned) == diagnose(data)
    assert data == before


def test_reports_are_collected(tmp_path: Path) -> None:
    """Reports named after faulty servers are entered, older entries kept, those of servers no longer shipped dropped, and
    friendly servers left aside."""
    place = tmp_path / "kills.json"
    place.write_text(written({"gone": evidence("A-1/x"), "trims-nick": evidence("A-1/x")}), encoding="ascii")
    path = tmp_path / "echoes-to-sender.json"
    path.write_text(json.dumps(report(check("RELAY-2/no-echo", "fail"))), encoding="ascii")
    friend = tmp_path / "asyncio.json"
    friend.write_text(json.dumps(report()), encoding="ascii")
    lacking = collect([path, friend], place)

    assert sorted(read(place.read_text(encoding="ascii"))) == ["echoes-to-sender", "trims-nick"]
    assert set(lacking) == FAULTS.keys() - {"echoes-to-sender", "trims-nick"}


@pytest.mark.parametrize(
    ("name", "verdict", "message"),
    [("nobody", "fail", "named after no shipped server"), ("trims-nick", "pass", "nothing failed")],
)
def test_other_reports_are_not_collected(tmp_path: Path, name: str, verdict: str, message: str) -> None:
    """A report of something else, or in which nothing failed, changes nothing."""
    place, path = tmp_path / "kills.json", tmp_path / f"{name}.json"
    path.write_text(json.dumps(report(check("RELAY-2/no-echo", verdict))), encoding="ascii")

    with pytest.raises(ValueError, match=message):
        collect([path], place)
    assert not place.exists()


def test_the_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """It writes the matrix and says what is lacking."""
    place, path = tmp_path / "kills.json", tmp_path / "trims-nick.json"
    monkeypatch.setattr("conformance.diagnosis.PLACE", place)
    path.write_text(json.dumps(report(check("NICK-3/invalid", "fail"))), encoding="ascii")
    main(["--collect", str(path)])

    assert read(place.read_text(encoding="ascii")).keys() == {"trims-nick"}
    assert capsys.readouterr().out.startswith("lacking: accepts-any-length, ")
