"""Types of the command line's arguments. Each raises argparse.ArgumentTypeError, or ValueError, for what it does not take."""

import argparse
from pathlib import Path


def _whole(text: str) -> int:
    try:
        return int(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is no whole number") from None


def path(text: str) -> Path:
    """A file or a folder."""
    if not text:
        raise argparse.ArgumentTypeError("the name is empty")
    return Path(text)


def positive(text: str) -> int:
    """A whole number above 0."""
    number = _whole(text)
    if number <= 0:
        raise argparse.ArgumentTypeError(f"{text} is not above 0")
    return number


def seed(text: str) -> int:
    """A whole number from 0 on."""
    number = _whole(text)
    if number < 0:
        raise argparse.ArgumentTypeError(f"{text} is below 0")
    return number


def seconds(text: str) -> float:
    """A number of seconds above 0."""
    try:
        number = float(text)
    except ValueError:
        number = 0.0
    if not 0 < number < 1e6:
        raise argparse.ArgumentTypeError(f"{text} is no number of seconds above 0")
    return number
