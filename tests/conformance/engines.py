"""Engines against servers in threads, and checks made by hand."""

import contextlib
import dataclasses
from collections.abc import Iterator
from typing import Any

import conformance.checks  # noqa: F401  # registers them
from conformance.check import Check
from conformance.engine import Engine
from conformance.faults import Server
from conformance.faults.frames import Peer
from conformance.script import Script, cast, plain, say, script, sentinel
from conformance.session import Session
from tests.conformance.helpers import serving, stage_for

TALK = script(cast("ann", "bob"), say("ann", plain(1), plain(2)), sentinel("ann"))


def checking(*scripts: Script, requirement: str = "RELAY-1", **options: Any) -> Check:
    """A check of these scripts, for differences of its own id unless another scope is given."""
    one = Check(
        f"{requirement}/test", requirement, "MUST", "about", cases=lambda plan: scripts, scope=frozenset([requirement])
    )
    return dataclasses.replace(one, **options)


@contextlib.contextmanager
def judging(
    server: Server, patience: float = 5.0, expected: type[BaseException] | None = None, **options: Any
) -> Iterator[Engine]:
    """An engine against a server in a thread."""
    gentle, depth = options.pop("gentle", False), options.pop("depth", "quick")
    with serving(server, expected) as address, stage_for(address, patience) as stage:
        yield Engine(Session(stage, None, gentle), 1, depth, **options)


class Talker(Server):
    """A server whose chat can be made wrong; `conversations` counts how often ann has joined."""

    conversations = 0
    said = 0

    def admit(self, peer: Peer, name: bytes) -> None:
        self.conversations += name.startswith(b"ann")
        super().admit(peer, name)

    def on_chat(self, peer: Peer, claimed: bytes, nick: bytes, text: bytes) -> None:
        if not peer.nick.startswith(b"pulse"):
            self.said += 1
            if self.is_wrong(peer, text):
                return self.be_wrong(peer, text)
        return super().on_chat(peer, claimed, nick, text)

    def is_wrong(self, peer: Peer, text: bytes) -> bool:
        """Whether this message is treated wrongly."""
        return False

    def be_wrong(self, peer: Peer, text: bytes) -> None:
        """Loses it."""
