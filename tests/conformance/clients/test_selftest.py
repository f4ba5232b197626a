"""Judging clients proves itself with shipped clients."""

import re
from pathlib import Path
from typing import Any

import pytest

from conformance.clients import faults, selftest
from conformance.clients.faults import CLIENT_FAULTS, CLIENT_FRIENDS, Client
from conformance.clients.faults.__main__ import listing
from conformance.run import Options
from conformance.selftest import Proof
from tests.conformance.commands import Capture, main


def test_there_are_enough() -> None:
    """Each with a sentence, and a name of its own."""
    assert len(CLIENT_FAULTS) >= 60
    assert len(CLIENT_FRIENDS) >= 10
    assert not set(CLIENT_FAULTS) & set(CLIENT_FRIENDS)
    assert all(fault.mistake and not fault.mistake.endswith(".") for fault in CLIENT_FAULTS.values())
    assert all(friend.oddity and not friend.oddity.endswith(".") for friend in CLIENT_FRIENDS.values())
    assert {"correct", "perl", *CLIENT_FAULTS, *CLIENT_FRIENDS} == selftest.names()
    assert all(name in listing() for name in selftest.names() - {"perl"})


def test_a_sample_has_every_requirement() -> None:
    """As many as asked for, and friends."""
    names = selftest.sample(20)
    faults = [name for name in names if name in CLIENT_FAULTS]
    assert len(faults) == 20
    assert {CLIENT_FAULTS[name].breaks[0] for name in faults} == {fault.breaks[0] for fault in CLIENT_FAULTS.values()}
    assert "correct" in names
    assert "buffers-its-output" in names


def test_the_command(monkeypatch: pytest.MonkeyPatch, capsys: Capture) -> None:
    """`selftest --clients` is about clients, and knows their names only."""
    seen: list[tuple[Any, ...]] = []

    def look(*arguments: Any) -> int:
        seen.append(arguments)
        return 0

    monkeypatch.setattr("conformance.selftest.selftest", look)
    assert main("selftest", "--clients", "raw-text", "--jobs", "2", "--depth", "standard") == 0
    assert main("selftest", "--clients", "echoes-to-sender") == 2
    assert "no shipped client 'echoes-to-sender'" in capsys.readouterr().err
    assert seen[0][:3] == (["raw-text"], "standard", 2)
    assert seen[0][4:] == (None, selftest.prove)
    assert main("selftest", "--clients", "--sample", "18") == 0
    assert seen[1][0] == selftest.sample(18)
    assert main("selftest", "--clients") == 0
    assert set(seen[2][0]) == selftest.names()


def test_a_proof(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a fault, an unmet SHOULD counts as found; of a friend, as blamed."""
    monkeypatch.setattr(selftest, "Options", lambda **words: Options(**words, only=["JOIN-1", "FRAME-2"]))
    fault, friend, correct = (
        selftest.prove(name, "quick") for name in ("greets-in-its-join", "fills-on-the-left", "correct")
    )

    assert (fault.verdict, fault.failed, fault.checks) == ("found", ("JOIN-1",), ("JOIN-1/sends-an-empty-text",))
    assert (friend.verdict, friend.warned) == ("passed", ("FRAME-2",))
    assert (correct.verdict, correct.failed, correct.warned) == ("passed", (), ())
    assert isinstance(correct, Proof)


def test_a_language_that_is_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    """Skipped, and told; else it is started as any other."""
    assert selftest.command("perl")[1].endswith("client.pl")
    assert Path(selftest.command("perl")[1]).exists()
    monkeypatch.setattr("shutil.which", lambda name: None)
    proof = selftest.prove("perl", "quick")
    assert (proof.verdict, proof.is_good, proof.trouble) == ("skipped", True, "no perl is installed")


def test_the_base_is_small() -> None:
    """It imports nothing of the suite, nor of the codec or the references."""
    assert Client.__module__ == "conformance.clients.faults.base"
    for path in Path(faults.__file__).parent.glob("*.py"):
        source = path.read_text(encoding="utf-8")
        imported = re.findall(r"^(?:from|import) ((?:conformance|spec|chatproto|reference)\S*)", source, re.MULTILINE)
        assert all(name.startswith("conformance.clients.faults") for name in imported), path
