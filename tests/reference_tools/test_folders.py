"""Folders for their owner alone."""

import os
from pathlib import Path

import pytest

from reference_tools.folders import make_private

pytestmark = pytest.mark.skipif(os.name == "nt", reason="modes are not what protects a folder there")


def test_all_that_is_missing_is_private(tmp_path: Path) -> None:
    """What was there before keeps its mode, and a second time nothing happens."""
    there = tmp_path / "there"
    there.mkdir()
    there.chmod(0o755)
    for _ in range(2):
        make_private(there / "chatproto" / "running" / "host")
    modes = [(there / part).stat().st_mode & 0o777 for part in ("", "chatproto", "chatproto/running")]
    assert modes == [0o755, 0o700, 0o700]
    assert (there / "chatproto" / "running" / "host").stat().st_mode & 0o777 == 0o700


def test_what_is_in_its_place_is_an_error(tmp_path: Path) -> None:
    """A file is no folder."""
    (tmp_path / "file").touch()
    for folder in (tmp_path / "file", tmp_path / "file" / "folder"):
        with pytest.raises(OSError, match="file"):
            make_private(folder)
