"""The fuzz run ends with a conversation, and says the same for the same seed."""

import contextlib

from benchmarks.fuzz import Plan, batches, seeds
from chatproto import Codec, RemoteProtocolError
from spec import wire
from tests.benchmarks.helpers import ran


def plans(seed: int) -> list[Plan]:
    """The connections of a short run."""
    return [plan for batch, _ in batches(200, seed) for plan in batch]


def test_a_short_run_ends_well() -> None:
    """All inputs are counted, and the server serves."""
    done = ran("fuzz", "--inputs", "300", "--seed", "2")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "300 inputs in" in done.stdout
    assert done.stdout.endswith("it serves as before\n")


def test_the_same_seed_says_the_same() -> None:
    """To the octet; another says something else."""
    assert [plan.octets for plan in plans(1)] == [plan.octets for plan in plans(1)]
    assert [plan.octets for plan in plans(1)] != [plan.octets for plan in plans(2)]


def test_each_connection_ends_with_one_bad_input() -> None:
    """Malformed, or cut; the good frames ahead of it are not counted as inputs."""
    found = plans(3)
    assert {plan.kind for plan in found} == {"malformed", "cut"}
    assert any(plan.good > 1 for plan in found)
    for plan in found:
        codec, frames = Codec(wire.TO_SERVER), 0
        with contextlib.suppress(RemoteProtocolError):
            frames = len(codec.decode(plan.octets))
        assert frames == plan.good
        assert (codec.error is not None) == (plan.kind == "malformed")


def test_the_seeds_are_many_and_short() -> None:
    """A frame of a megabyte is no input."""
    assert len(seeds()) > 150
    assert max(map(len, seeds())) <= 2_000
