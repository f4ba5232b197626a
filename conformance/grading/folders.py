"""Names of servers as names of folders: any name will do, and no two share a folder."""

import hashlib
import re
from collections import Counter
from collections.abc import Iterable

TAKEN = {"grading.json", "grades.csv", "matrix.html", "summary.txt"}  # files beside the folders
_DEVICES = {"con", "prn", "aux", "nul", *(f"{kind}{n}" for kind in ("com", "lpt") for n in range(10))}
_LONGEST = 60


def folders(names: Iterable[str]) -> dict[str, str]:
    """A folder for each name.

    A name of ASCII letters, digits, `-`, `_` and inner dots is its own folder. Any other, and one that differs from
    another by case alone (some file systems do not tell them apart), has a part of its hash behind what is left of it.
    """
    listed = list(names)
    alike = Counter(name.casefold() for name in listed)
    return {name: _folder(name, is_unique=alike[name.casefold()] == 1) for name in listed}


def _folder(name: str, *, is_unique: bool) -> str:
    plain = re.sub(r"[^A-Za-z0-9._-]+", "_", name)[:_LONGEST].strip("._-")
    if plain and plain == name and is_unique and not _is_taken(plain):
        return plain
    return f"{plain or 'server'}~{hashlib.sha256(name.encode(errors='surrogatepass')).hexdigest()[:10]}"


def _is_taken(plain: str) -> bool:
    return plain.casefold() in TAKEN or plain.partition(".")[0].casefold() in _DEVICES
