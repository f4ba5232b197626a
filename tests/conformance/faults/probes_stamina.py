"""Probes of the faults about staying up, whatever one client does."""

from tests.conformance.faults.probing import PROBES, Attack, others_live, probe, relayed, sends
from tests.conformance.faults.scenarios import said
from tests.conformance.faults.stage import Client, Stage, frame, header

MEGABYTE = 1_000_000


def stalls(octets: bytes) -> Attack:
    """An attack: octets of a member, and then nothing."""

    def attack(stage: Stage) -> None:
        stage.join(b"mallory").send(octets)
        stage.join(b"carol")  # so that the octets have been read

    return attack


def resets(octets: bytes, *, joined: bool) -> Attack:
    """An attack: octets, and then RST."""

    def attack(stage: Stage) -> None:
        mallory = stage.join(b"mallory") if joined else stage.connect()
        mallory.send(octets)
        stage.join(b"carol")
        mallory.reset()

    return attack


PROBES.update(
    {
        "bad-header-kills": others_live(sends(b"x" * 10)),
        "bad-text-kills": others_live(sends(header(1) + b"\xff")),
        "huge-header-kills": others_live(sends(header(9_999_999_999))),
        "bans-address": others_live(sends(b"x" * 10)),
        "stall-blocks-all": others_live(stalls(b"12")),
        "stall-in-body-blocks-all": others_live(stalls(header(12))),
        "stall-delays-all": others_live(stalls(b"12")),
        "reset-before-join-kills": others_live(resets(b"", joined=False)),
        "reset-inside-frame-kills": others_live(resets(b"12", joined=False)),
        "reset-of-member-kills": others_live(resets(b"", joined=True)),
    }
)


def backlog(stage: Stage, megabytes: int) -> tuple[Client, Client]:
    """alice, who has read what bob said, and carol, who has not read it."""
    alice, bob = stage.pair()
    carol = stage.join(b"carol", receive_octets=65536)
    alice.until(b"[carol] joined the chat")
    for number in range(megabytes):
        text = b"%d" % (number % 10) * MEGABYTE
        bob.send(frame(b"bob", text))
        assert (b"bob", text) in said(alice.until(text))
    return alice, carol


@probe(
    "slow-reader-blocks-all",
    "skips-for-slow-reader",
    "throws-out-early",
    "interleaves-large-frames",
    "forgets-short-writes",
)
def slow_reader(stage: Stage) -> None:
    """Three megabytes or more wait in the server; nobody else waits, and nothing is missing."""
    alice, carol = backlog(stage, 7)
    alice.send(frame(b"alice", b"hi"))
    stage.join(b"dave")  # behind it, alice's frame is with carol's
    heard = [carol.frame() for _ in range(8)]
    assert [(each.text[:1], len(each.text)) for each in heard[:7]] == [
        (b"%d" % number, MEGABYTE) for number in range(7)
    ]
    assert heard[7].text == b"hi"


@probe("holds-everything")
def bounded(stage: Stage) -> None:
    alice, _ = backlog(stage, 24)
    stage.join(b"dave")
    assert [each.text for each in alice.until(b"[dave] joined the chat")] == [b"[dave] joined the chat"]
    assert not any(peer.nick == b"carol" for peer in stage.server.peers)


@probe("reset-while-sending-kills")
def reset_while_sending(stage: Stage) -> None:
    alice, carol = backlog(stage, 7)
    carol.reset()
    alice.until(b"[carol] left the chat")


@probe("closes-unjoined-early")
def time_to_join(stage: Stage) -> None:
    stranger = stage.connect()
    stage.join(b"alice")
    stage.hurry(9.5)
    stage.join(b"bob")
    stage.join(b"carol")
    stranger.send(frame(b"stranger"))
    assert stranger.frame().text == b"[stranger] joined the chat"


@probe("room-for-forty")
def fifty_members(stage: Stage) -> None:
    for number in range(50):
        stage.join(b"%d" % number)


@probe("deaf-after-resets", "leaks-descriptors", "leaks-memory")
def many_connections(stage: Stage) -> None:
    for _ in range(110):
        stage.connect().reset()
    stage.join(b"alice")
    stage.join(b"bob")
    assert not getattr(stage.server, "leaked", []) + getattr(stage.server, "left", [])


@probe("storm-loses-chat")
def storm(stage: Stage) -> None:
    for _ in range(12):
        sends(b"x" * 10)(stage)
    relayed(frame(b"bob", b"hi"), b"hi")(stage)
