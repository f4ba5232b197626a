"""Folders for what is nobody else's business."""

from pathlib import Path


def make_private(folder: Path) -> None:
    """Makes a folder for its owner alone, and so those above it that are missing: `Path.mkdir` gives them any mode.

    Raises:
        OSError: it cannot be made, or is something else.
    """
    if not folder.parent.exists():
        make_private(folder.parent)
    folder.mkdir(mode=0o700, exist_ok=True)
