"""Every fault is there, and is the only thing that is wrong."""

import ast
import sys
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import pytest

from conformance import faults
from conformance.diagnosis import matrix
from conformance.faults import FAULTS, FRIENDS, Server
from spec.requirements import register
from tests.conformance.faults import probes_nicks, probes_room, probes_stamina, probes_wire
from tests.conformance.faults.probing import PROBES, Probe
from tests.conformance.faults.scenarios import plain_conversation
from tests.conformance.faults.stage import staged

# Importing them registers the probes.
SECTIONS = (probes_wire, probes_nicks, probes_room, probes_stamina)

Runs = dict[tuple[str, Probe], Future[None]]


# The faults that even a conversation of three short ASCII texts shows. All others leave it alone.
PLAIN = {
    "announces-connections",
    "backslash-zero",
    "chat-overtakes-join",
    "counts-like-a-join",
    "echoes-among-three",
    "echoes-to-sender",
    "greets-before-join",
    "greets-on-connect",
    "joins-in-other-words",
    "joins-twice",
    "joins-under-own-nick",
    "joins-without-brackets",
    "leaves-in-other-words",
    "leaves-late",
    "leaves-twice",
    "length-counts-header",
    "lists-members-first",
    "misses-newest-member",
    "never-announces-leaves",
    "newline-after-frame",
    "newline-after-leave",
    "nul-filled-header",
    "order-differs",
    "refuses-empty-time",
    "refuses-ten-octets",
    "replays-joins",
    "server-in-lower-case",
    "service-without-nick",
    "service-without-time",
    "short-header",
    "signed-header",
    "tells-the-newcomer-only",
    "tells-the-others-only",
    "time-as-ctime",
    "time-in-lower-case",
    "time-in-nanoseconds",
    "time-in-seconds-of-1970",
    "time-with-offset",
    "time-without-t",
    "trailing-nul",
    "counts-for-the-newcomer",
}


def run(kind: type, probe: Probe, patience: float) -> None:
    with staged(kind, patience) as stage:
        probe(stage)


def patience(name: str, probe: Probe) -> float:
    """Seconds to wait: few where the fault is expected to show, since silence takes the whole of them."""
    if name == "correct" or (probe is plain_conversation and name not in PLAIN):
        return 10.0
    return 0.5


@pytest.fixture(scope="module")
def runs() -> Iterator[Runs]:
    """Each probe on the right server and on the faulty one, and a plain conversation on each, begun together."""
    jobs = {("correct", probe) for probe in PROBES.values()}
    jobs |= {(name, probe) for name, probe in PROBES.items()} | {(name, plain_conversation) for name in FAULTS}
    with ThreadPoolExecutor(12) as pool:
        yield {
            (name, probe): pool.submit(run, FAULTS.get(name, Server), probe, patience(name, probe))
            for name, probe in jobs
        }


@pytest.mark.parametrize("name", sorted(FAULTS))
def test_plain_conversation(name: str, runs: Runs) -> None:
    """A plain conversation goes well on every faulty server but those whose fault is about it."""
    run = runs[name, plain_conversation]
    if name in PLAIN:
        assert isinstance(run.exception(60), AssertionError)
    else:
        run.result(60)


def test_every_requirement_has_a_fault() -> None:
    """For each MUST of a server that can be observed there is a fault that is about it; no fault is about another."""
    musts = {
        each.id
        for each in register().values()
        if each.binds("server") and each.is_must and each.observable in ("yes", "with the process id")
    }
    assert {fault.breaks[0] for fault in FAULTS.values()} == musts
    assert {identifier for fault in FAULTS.values() for identifier in fault.breaks} <= musts


def test_friends_warn_of_shoulds_only() -> None:
    """What a friend is warned about has a SHOULD clause."""
    warned = {identifier for friend in FRIENDS.values() for identifier in friend.warns}
    assert all("SHOULD" in register()[identifier].keywords for identifier in warned)


def test_names_and_sentences_are_unique() -> None:
    """No two servers have the same name or the same sentence."""
    assert not FAULTS.keys() & FRIENDS.keys()
    sentences = [fault.mistake for fault in FAULTS.values()] + [friend.oddity for friend in FRIENDS.values()]
    assert len(sentences) == len(set(sentences))
    assert all(sentence and not sentence.endswith(".") for sentence in sentences)


def test_no_probe_is_without_a_fault() -> None:
    """Where there is no probe, the kill matrix tells that the suite has found the fault, and no friend of the kind."""
    assert PROBES.keys() <= FAULTS.keys()
    assert FAULTS.keys() - PROBES.keys() <= matrix().kills.keys()


def test_nothing_is_shared() -> None:
    """The servers import the standard library and each other, and nothing else of the project."""
    home = Path(faults.__file__).parent
    for path in home.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom):
                names = [node.module or ""]
            for name in names:
                top = name.partition(".")[0]
                assert name.startswith("conformance.faults") or top in sys.stdlib_module_names, f"{path.name}: {name}"


@pytest.mark.parametrize("name", sorted(PROBES))
def test_fault_is_there(name: str, runs: Runs) -> None:
    """What fails on the faulty server is right on the correct one."""
    runs["correct", PROBES[name]].result(60)
    with pytest.raises(AssertionError) as caught:
        runs[name, PROBES[name]].result(60)
    assert "fell over" not in str(caught.value), "a fault is a mistake in the protocol, not in its own code"
