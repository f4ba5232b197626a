"""Probes of the faults about who is there and what they are told."""

from tests.conformance.faults.probing import (
    PROBES,
    probe,
    refuses,
    relayed,
)
from tests.conformance.faults.scenarios import ends, forgery, frames_before_fin, malformed, plain_conversation, said
from tests.conformance.faults.stage import SERVER, Client, Stage, frame

PROBES.update(
    {
        # Joining.
        "joins-in-other-words": plain_conversation,
        "joins-without-brackets": plain_conversation,
        "joins-under-own-nick": plain_conversation,
        "server-in-lower-case": plain_conversation,
        "tells-the-others-only": plain_conversation,
        "tells-the-newcomer-only": plain_conversation,
        "joins-twice": plain_conversation,
        "greets-on-connect": plain_conversation,
        "greets-before-join": plain_conversation,
        "lists-members-first": plain_conversation,
        "counts-like-a-join": plain_conversation,
        "leaves-refused-open": refuses("alice"),
        "lets-refused-try-again": refuses("alice"),
        "closes-refused-late": refuses("alice"),
        # Relaying.
        "echoes-to-sender": plain_conversation,
        "echoes-among-three": plain_conversation,
        "relays-forged-nick": forgery,
        "relays-forged-case": relayed(frame(b"BOB", b"hi"), b"hi"),
        "relays-forged-server": relayed(frame(b"Server", b"hi"), b"hi"),
        "drops-one-in-fifty": frames_before_fin,
        "delivers-twice-at-times": frames_before_fin,
        "drops-repeats": relayed(frame(b"bob", b"hi") * 2, b"hi", b"hi"),
        "misses-newest-member": plain_conversation,
        "swaps-at-times": frames_before_fin,
        "long-frames-late": relayed(frame(b"bob", b"x" * 1001) + frame(b"bob", b"hi"), b"x" * 1001, b"hi"),
        "newest-first": frames_before_fin,
        "leave-overtakes-chat": frames_before_fin,
        "chat-overtakes-join": frames_before_fin,
        "swallows-forged-frames": relayed(frame(b"alice", b"hi"), b"hi"),
        "renames-on-forgery": forgery,
        # Leaving.
        "never-announces-leaves": plain_conversation,
        "leaves-in-other-words": plain_conversation,
        "leaves-late": plain_conversation,
        "no-leave-on-reset": ends,
        "no-leave-inside-frame": ends,
        "no-leave-on-malformed": malformed,
        "drops-frames-before-malformed": malformed,
        "drops-frames-before-fin": frames_before_fin,
        "drops-frames-behind-join": frames_before_fin,
    }
)


# Joining.


@probe("refuses-join-with-text", "relays-join-text")
def join_with_text(stage: Stage) -> None:
    alice = stage.join(b"alice")
    bob = stage.join(b"bob", text=b"I am bob")
    bob.send(frame(b"bob", b"hi"))
    assert said(alice.until(b"hi")) == [(SERVER, b"[bob] joined the chat"), (b"bob", b"hi")]


@probe("join-skips-the-oldest")
def fourth_join(stage: Stage) -> None:
    alice, bob = stage.pair()
    stage.join(b"carol")
    stage.join(b"dave")
    bob.send(frame(b"bob", b"hi"))
    assert [text for _, text in said(alice.until(b"hi"))] == [
        b"[carol] joined the chat",
        b"[dave] joined the chat",
        b"hi",
    ]


@probe("join-skips-behind-a-gap")
def join_after_a_leave(stage: Stage) -> None:
    alice, bob = stage.pair()
    carol = stage.join(b"carol")
    bob.finish()
    alice.until(b"[bob] left the chat")
    stage.join(b"dave")
    alice.send(frame(b"alice", b"hi"))
    assert said(carol.until(b"hi"))[-2:] == [(SERVER, b"[dave] joined the chat"), (b"alice", b"hi")]


@probe("announces-its-join-late")
def announcement_first(stage: Stage) -> None:
    alice, bob = stage.pair()
    carol = stage.connect()
    carol.send(frame(b"carol"))
    for _ in range(50):  # so many round trips that the join has been read long since
        bob.send(frame(b"bob", b"hi"))
        alice.until(b"hi")
    assert carol.frame()[1:] == (SERVER, b"[carol] joined the chat")


@probe("unjoined-hear-chat", "unjoined-hear-announcements", "history-as-chat", "history-before-join")
def unjoined(stage: Stage) -> None:
    alice = stage.join(b"alice")
    carol = stage.connect()
    bob = stage.join(b"bob")
    bob.send(frame(b"bob", b"before"))
    alice.until(b"before")
    carol.send(frame(b"carol"))
    alice.until(b"[carol] joined the chat")
    bob.send(frame(b"bob", b"behind"))
    assert carol.frame()[1:] == (SERVER, b"[carol] joined the chat")
    assert said(carol.until(b"behind")) == [(b"bob", b"behind")]


@probe("announces-connections", "announces-unjoined")
def strangers(stage: Stage) -> None:
    alice, bob = stage.pair()
    stranger = stage.connect()
    stranger.finish()
    stranger.ends()
    bob.send(frame(b"bob", b"hi"))
    assert said(alice.until(b"hi")) == [(b"bob", b"hi")]


@probe("announces-refused", "tells-all-of-refused", "relays-chat-of-refused")
def refused(stage: Stage) -> None:
    alice, bob = stage.pair()
    stranger = stage.connect()
    stranger.send(frame(b"x\ny") + frame(b"x\ny", b"behind"))
    stranger.ends()
    bob.send(frame(b"bob", b"hi"))
    heard = [alice.frame()]
    while heard[-1].text != b"hi":
        heard.append(alice.frame())
    assert not any(b"x\ny" in each.nick + each.text for each in heard)
    assert said(heard) == [(b"bob", b"hi")]


@probe("replays-joins")
def others_joins(stage: Stage) -> None:
    alice, bob = stage.pair()
    alice.send(frame(b"alice", b"hi"))
    assert said(bob.until(b"hi")) == [(b"alice", b"hi")]


# Relaying.


@probe("misses-third-recipient")
def four_members(stage: Stage) -> None:
    members = [stage.join(b"%d" % number) for number in range(4)]
    members[0].send(frame(b"0", b"hi"))
    for member in members[1:]:
        member.until(b"hi")


@probe("skips-who-is-typing")
def typing(stage: Stage) -> None:
    alice, bob = stage.pair()
    alice.send(frame(b"alice", b"half")[:-1])
    for text in (b"one", b"two", b"three"):
        bob.send(frame(b"bob", text))
        assert said(alice.until(text)) == [(b"bob", text)]


@probe("echoes-every-tenth")
def ten_messages(stage: Stage) -> None:
    alice, bob = stage.pair()
    bob.send(b"".join(frame(b"bob", b"%d" % number) for number in range(10)))
    alice.until(b"9")
    alice.send(frame(b"alice", b"hi"))
    assert said(bob.until(b"hi")) == [(b"alice", b"hi")]


def hears(client: Client, *texts: bytes) -> list[bytes]:
    """The order in which these texts reach the client."""
    heard: list[bytes] = []
    while len(heard) < len(texts):
        heard += [text for text in [client.frame().text] if text in texts]
    return heard


@probe("order-differs")
def same_order(stage: Stage) -> None:
    alice, bob = stage.pair()
    carol, dave = stage.join(b"carol"), stage.join(b"dave")
    alice.send(frame(b"alice", b"one"))
    assert hears(dave, b"one") == [b"one"]
    bob.send(frame(b"bob", b"two"))
    assert hears(dave, b"two") == [b"two"]
    assert hears(carol, b"one", b"two") == [b"one", b"two"]


# Leaving.


@probe("leaves-twice", "leave-reaches-the-oldest-only")
def one_leave(stage: Stage) -> None:
    alice, bob = stage.pair()
    carol = stage.join(b"carol")
    carol.finish()
    for hearer, speaker, nick in ((alice, bob, b"bob"), (bob, alice, b"alice")):
        hearer.until(b"[carol] left the chat")
        speaker.send(frame(nick, b"hi"))
        assert said(hearer.until(b"hi")) == [(nick, b"hi")]


@probe("relays-unfinished-frame")
def unfinished(stage: Stage) -> None:
    alice, bob = stage.pair()
    bob.send(frame(b"bob", b"unfinished")[:-2])
    bob.finish()
    assert said(alice.until(b"[bob] left the chat")) == [(SERVER, b"[bob] left the chat")]
