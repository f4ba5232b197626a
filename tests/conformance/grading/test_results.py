"""The folder of a grading."""

import json
from pathlib import Path

import pytest

from conformance.grading import results
from conformance.grading.limits import Limits
from conformance.grading.plan import Entry
from conformance.grading.results import Result
from conformance.target import UsageError

ENTRY = Entry("ann", "ann", ("x", "{port}"), None, None, Limits(), ())
REPORT: dict[str, object] = {"trouble": None, "verdict": {"core": "pass", "hardened": "fail"}, "requirements": []}
RESULT = Result("ann", "ann", results.digest(ENTRY, {}), None, ["a note"], 1.5)


def test_a_folder_in_use_is_refused(tmp_path: Path) -> None:
    """Nothing is overwritten silently."""
    (tmp_path / "x").touch()
    with pytest.raises(UsageError, match=r"is not empty.*--resume"), results.opened(tmp_path, resume=False):
        pass


def test_a_folder_of_somebody_else_is_not_resumed(tmp_path: Path) -> None:
    """A home folder given by mistake would lose a folder that has a server's name."""
    (tmp_path / "ann").mkdir()
    with pytest.raises(UsageError, match="no earlier grading"), results.opened(tmp_path, resume=True):
        pass
    assert (tmp_path / "ann").is_dir()


def test_one_run_at_a_time(tmp_path: Path) -> None:
    """A second one in the same folder is refused; behind the first it may resume."""
    with (
        results.opened(tmp_path / "new", resume=True),
        pytest.raises(UsageError, match="another grading"),
        results.opened(tmp_path / "new", resume=True),
    ):
        pass
    with results.opened(tmp_path / "new", resume=True):
        pass


def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    """It is said why."""
    (tmp_path / "file").touch()
    with (
        pytest.raises(UsageError, match=r"cannot write to .*Not a directory"),
        results.opened(tmp_path / "file", resume=False),
    ):
        pass


def written(out: Path) -> None:
    """A folder with one result."""
    (out / "ann").mkdir(parents=True)
    (out / "ann" / "report.json").write_text(json.dumps(REPORT), encoding="ascii")
    results.keep(out, RESULT)


def test_what_is_done_is_found(tmp_path: Path) -> None:
    """For the same server asked the same."""
    written(tmp_path)
    assert results.done(tmp_path, ENTRY, RESULT.asked) == RESULT


@pytest.mark.parametrize("file", ["report.json", "result.json"])
@pytest.mark.parametrize("text", [None, "", "[1]", '{"name": 1}'])
def test_what_is_not_done_is_cleared(tmp_path: Path, file: str, text: str | None) -> None:
    """A result that is not whole is none."""
    written(tmp_path)
    (tmp_path / "ann" / file).unlink()
    if text is not None:
        (tmp_path / "ann" / file).write_text(text, encoding="ascii")
    assert results.done(tmp_path, ENTRY, RESULT.asked) is None
    assert not (tmp_path / "ann").exists()


def test_what_was_asked_otherwise_is_cleared(tmp_path: Path) -> None:
    """Another command, limit or depth is another question."""
    written(tmp_path)
    asked = results.digest(ENTRY, {"depth": "quick"})
    assert asked != RESULT.asked
    assert results.done(tmp_path, ENTRY, asked) is None
