"""What a server has more of than it may have."""

from pathlib import Path

import pytest

from conformance.grading import keeper
from conformance.grading.limits import MIB, Limits
from conformance.grading.reaper import Process

LIMITS = Limits(processes=2, threads=5, memory_mib=100, disk_mib=2)


def of(*members: tuple[int, int]) -> list[Process]:
    """Processes with so many threads, and MiB of memory."""
    return [Process(pid, 1, threads, memory * MIB) for pid, (threads, memory) in enumerate(members, 10)]


@pytest.mark.parametrize(
    ("members", "breach"),
    [
        ([], None),
        ([(1, 50), (4, 50)], None),
        ([(1, 1), (1, 1), (1, 1)], "ended with 3 processes at once, of 2 allowed"),
        ([(1, 1), (5, 1)], "ended with 6 threads at once, of 5 allowed"),
        ([(1, 50), (1, 51)], "ended with 101 MiB of memory, of 100 allowed"),
    ],
)
def test_limits_of_all_together(
    monkeypatch: pytest.MonkeyPatch, members: list[tuple[int, int]], breach: str | None
) -> None:
    """What is allowed is allowed; one more is not."""
    monkeypatch.setattr(keeper, "shared_out", lambda found: sum(one.resident for one in found))
    assert keeper._breach(of(*members), LIMITS) == breach


def test_shared_memory_counts_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """A server that forks for each client shares most of its memory with its children."""
    monkeypatch.setattr(keeper, "shared_out", lambda found: 60 * MIB)
    assert keeper._breach(of((1, 59), (1, 59)), LIMITS) is None


def test_files_of_all_folders(tmp_path: Path) -> None:
    """They count together, by what they take: a hole takes nothing. Links are not followed."""
    assert keeper._disk_breach(tmp_path / "gone", LIMITS) is None
    deep = tmp_path / "a" / "b"
    deep.mkdir(parents=True)
    with (tmp_path / "hole").open("wb") as file:
        file.truncate(50 * MIB)
    (tmp_path / "loop").symlink_to(tmp_path)
    (deep / "one").write_bytes(b"x" * MIB)
    assert keeper._disk_breach(tmp_path, LIMITS) is None

    (tmp_path / "two").write_bytes(b"x" * MIB)
    assert keeper._disk_breach(tmp_path, LIMITS) == "ended with 3 MiB of files, of 2 allowed"


def test_files_without_number(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Counting them has an end."""
    monkeypatch.setattr(keeper, "MOST_FILES", 3)
    for number in range(4):
        (tmp_path / str(number)).touch()
    assert keeper._disk_breach(tmp_path, LIMITS) == "ended with more than 3 files"
