"""What the command lines of this package have in common."""

import argparse
import io
import math
import sys
from typing import NoReturn

USAGE = 2


class ArgumentParser(argparse.ArgumentParser):
    """A parser whose complaints are one line, and that takes no abbreviations: they break with the next option."""

    def __init__(self, prog: str, description: str, epilog: str) -> None:
        super().__init__(
            prog,
            description=description,
            epilog=epilog,
            formatter_class=argparse.RawDescriptionHelpFormatter,
            allow_abbrev=False,
        )

    def error(self, message: str) -> NoReturn:
        """The usage is a `--help` away, and hides what was wrong."""
        self.exit(USAGE, f"{self.prog}: {message}\n")


def write_anything() -> None:
    """Has the standard streams replace what they cannot encode: a nick must not end a command on a narrow console."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")


def seconds(text: str) -> float:
    """Reads seconds, from 0 to an hour."""
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not 0 <= number <= 3600:
        raise argparse.ArgumentTypeError(f"seconds from 0 to 3600, not {text!r}")
    return number


def whole(text: str, least: int, most: int, what: str) -> int:
    """Reads a whole number within limits."""
    try:
        number = int(text)
    except ValueError:
        number = least - 1
    if not least <= number <= most:
        raise argparse.ArgumentTypeError(f"{what} from {least} to {most}, not {text!r}")
    return number
