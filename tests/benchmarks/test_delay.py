"""The benchmark of the delay runs; what it measures is not judged here."""

from tests.benchmarks.helpers import needs_compiler, ran


@needs_compiler
def test_a_short_run_prints_a_table() -> None:
    """A line for each delay."""
    done = ran("delay", "--members", "3", "--rates", "2000", "--seconds", "0.05", "--repetitions", "1")
    assert done.returncode == 0, done.stderr
    lines = [line for line in done.stdout.splitlines() if line.startswith("| 3 | 2,000 |")]
    assert [line.split("|")[3].strip() for line in lines] == ["0 ms", "1 ms", "2 ms", "5 ms"]
