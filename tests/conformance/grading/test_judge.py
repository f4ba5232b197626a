"""The process that judges one server: its folders, its environment, its report."""

import os
from importlib.util import find_spec
from pathlib import Path

import jsonschema
import pytest

from conformance.grading import forms
from conformance.grading.job import Job, Outcome
from conformance.grading.judge import environment_of, prepare, unjudged, write_report
from conformance.grading.limits import Limits
from conformance.report import schema


def job(tmp_path: Path, source: Path | None = None) -> Job:
    """A job with a folder."""
    return Job(
        name="ann",
        command=["x"],
        host="127.0.0.1",
        port=5050,
        out=str(tmp_path),
        source=str(source) if source else None,
        environment={"OWN": "1", "LANG": "tlh"},
        limits=Limits(disk_mib=1),
        mark="m",
        options={"only": ["JOIN-2"], "seed": 0},
    )


def test_a_job_is_a_line(tmp_path: Path) -> None:
    """And so is an outcome; what is none is refused."""
    one = job(tmp_path)
    assert Job.from_line(one.as_line()) == one
    outcome = Outcome("\n", ["ü"], 1.5)
    assert Outcome.from_line(outcome.as_line()) == outcome
    for line in (b"", b"[]", b"{}", b"\xff"):
        with pytest.raises((ValueError, TypeError)):
            Outcome.from_line(line)


def test_the_working_directory(tmp_path: Path) -> None:
    """A copy of the folder, links as links: the original is not written to."""
    source = tmp_path / "source"
    source.mkdir()
    (source / "server.py").write_text("1", encoding="ascii")
    (source / "link").symlink_to("/nowhere")
    out = tmp_path / "out"

    assert prepare(job(out, source)) is None
    assert (out / "scratch" / "work" / "server.py").read_text(encoding="ascii") == "1"
    assert (out / "scratch" / "work" / "link").is_symlink()


def test_a_folder_that_is_too_large(tmp_path: Path) -> None:
    """It is not copied."""
    source = tmp_path / "source"
    source.mkdir()
    (source / "data").write_bytes(bytes(2 << 20))

    assert prepare(job(tmp_path / "out", source)) == "its folder holds more than the 1 MiB of disk_mib"
    assert not (tmp_path / "out" / "scratch" / "work").exists()


def test_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing of ours that is none of the server's business; what the file says comes first."""
    monkeypatch.setenv("SECRET", "token")
    found = environment_of(job(tmp_path))

    assert "SECRET" not in found
    assert found["PATH"] == os.environ["PATH"]
    assert found["HOME"].startswith(str(tmp_path))
    assert found["TMPDIR"].startswith(str(tmp_path))
    assert (found["OWN"], found["LANG"]) == ("1", "tlh")


def test_the_report_of_nothing(tmp_path: Path) -> None:
    """It is valid, and says of each requirement why nothing is known."""
    data = unjudged(job(tmp_path), "it hung")
    jsonschema.validate(data, schema())

    assert data["trouble"] == "it hung"
    assert [(row["verdict"], row["because"]) for row in data["requirements"]] == [("not-run", "it hung")]


def test_every_form_is_written(tmp_path: Path) -> None:
    """Beside report.json, whatever is in it."""
    there = {name for name, module in forms.FORMS.items() if find_spec(module) is not None}
    write_report(unjudged(job(tmp_path), "\x1b]]><script>\ud800"), tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == {"report.json", *there}


def test_a_form_that_fails(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """It leaves the others alone, and a line where it can be read."""
    assert forms.write_form("conformance.reports.html", {}, tmp_path / "report.html") is not None
    assert "report.html could not be written" in capsys.readouterr().err
