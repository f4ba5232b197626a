"""Packages of the same generic names that stand in the way of ours."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from conformance import intruders

ROOT = Path(__file__).parents[2]


def command(path: list[Path], cwd: Path) -> subprocess.CompletedProcess[str]:
    """The command as its installed script runs it, with this PYTHONPATH."""
    environment = {"PYTHONPATH": os.pathsep.join(map(str, [*path, ROOT]))}
    program = "import sys; from conformance.cli import main; sys.exit(main(['list']))"
    return subprocess.run(
        [sys.executable, "-P", "-c", program], cwd=cwd, env=environment, capture_output=True, text=True, timeout=60
    )


def test_nobody_stands_in_the_way() -> None:
    """Of this installation."""
    intruders.check_packages()


@pytest.mark.parametrize("content", [{"__init__.py": ""}, {"__init__.py": "raise SystemExit('no')"}])
@pytest.mark.parametrize("name", ["spec"])
def test_a_folder_of_the_same_name_is_named_with_the_cure(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    name: str,
    content: dict[str, str],
) -> None:
    """It is found without being imported."""
    folder = tmp_path / name
    folder.mkdir()
    for file, text in content.items():
        (folder / file).write_text(text)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, name)
    with pytest.raises(SystemExit) as leaving:
        intruders.check_packages()

    assert leaving.value.code == 2
    message = capsys.readouterr().err
    assert f"the package {name!r} is taken from {folder}" in message
    assert str(ROOT / name) in message
    assert "python3 -m venv" in message


def test_the_command_names_a_folder_called_spec(tmp_path: Path) -> None:
    """Put first on PYTHONPATH; with a message and not with a traceback."""
    (tmp_path / "spec").mkdir()
    (tmp_path / "spec" / "__init__.py").touch()
    done = command([tmp_path], tmp_path)

    assert done.returncode == 2
    assert f"the package 'spec' is taken from {tmp_path / 'spec'}" in done.stderr
    assert "Traceback" not in done.stderr


def test_the_command_does_not_mind_its_working_directory(tmp_path: Path) -> None:
    """A folder of the same name there is none on the path."""
    (tmp_path / "spec").mkdir()
    (tmp_path / "spec" / "__init__.py").touch()
    done = command([], tmp_path)

    assert (done.returncode, done.stderr) == (0, "")
    assert "FRAME-1" in done.stdout
