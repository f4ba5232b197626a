"""Known failures: a file of ids that a run does not count, and that it complains of once they are mended."""

from pathlib import Path

from conformance.target import UsageError
from spec.requirements import register


def read(path: Path) -> frozenset[str]:
    """The ids in a file: one a line, `#` begins a comment.

    Raises:
        UsageError: the file cannot be read, or has what is no id.
    """
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except OSError as error:
        raise UsageError(f"cannot read {path}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise UsageError(f"{path} is no text: {error}") from error
    ids = {line.partition("#")[0].strip().upper() for line in lines} - {""}
    for identifier in sorted(ids - set(register())):
        raise UsageError(f"{path}: {identifier!r} is no id of a requirement; `chat-conformance list` shows them all")
    return frozenset(ids)
