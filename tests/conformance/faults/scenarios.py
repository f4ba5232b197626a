"""What every conformant server does, the base as well as the friendly odd ones; one function for each matter."""

import re
from collections.abc import Callable

from tests.conformance.faults.stage import SERVER, Client, Frame, Stage, frame, header

RFC_3339 = re.compile(rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?Z")


def said(frames: list[Frame]) -> list[tuple[bytes, bytes]]:
    return [(each.nick, each.text) for each in frames]


def plain_conversation(stage: Stage) -> None:
    """Three members hear each other's joins, chat and leave; nobody hears itself."""
    alice, bob = stage.pair()
    carol = stage.join(b"carol")
    bob.send(frame(b"bob", b"hello"))
    heard = alice.until(b"hello")
    assert said(heard) == [(SERVER, b"[carol] joined the chat"), (b"bob", b"hello")]
    assert all(RFC_3339.fullmatch(each.time) for each in heard)
    assert said(carol.until(b"hello")) == [(b"bob", b"hello")]
    carol.send(frame(b"carol", b"hi"))
    assert said(bob.until(b"hi")) == [(SERVER, b"[carol] joined the chat"), (b"carol", b"hi")]
    carol.finish()
    carol.ends()
    assert said(alice.until(b"[carol] left the chat"))[-1] == (SERVER, b"[carol] left the chat")
    bob.send(frame(b"bob", b"bye"))
    assert said(alice.until(b"bye")) == [(b"bob", b"bye")]


def any_text(stage: Stage) -> None:
    """Text arrives octet for octet, whatever it is."""
    alice, bob = stage.pair()
    texts = [
        b"",
        b" ",
        b"\r\n",
        b"\x01\x1b[0m\x7f",
        "\ufeffe\u0301 \u00e9 \U0001f469\u200d\U0001f680\uffff".encode(),
        b"x" * 300_000,
    ]
    for text in [*texts, b"end"]:
        bob.send(frame(b"bob", text))
    assert said(alice.until(b"end")) == [(b"bob", text) for text in [*texts, b"end"]]


def largest_body(stage: Stage) -> None:
    """A body of 1,048,576 octets is accepted."""
    alice, bob = stage.pair()
    bob.send(frame(b"bob", b"x" * (1_048_576 - 5)))
    assert [len(each.text) for each in alice.until(b"x" * (1_048_576 - 5))] == [1_048_576 - 5]


def octet_by_octet(stage: Stage) -> None:
    """A frame that comes octet by octet is a frame."""
    alice, bob = stage.pair()
    carol = stage.join(b"carol")
    alice.until(b"[carol] joined the chat")
    text = "h\u00e9\U0001f600".encode()
    for octet in frame(b"bob", text)[:-1]:
        bob.send(bytes([octet]))
        carol.send(frame(b"carol", b"round trip"))
        assert said(alice.until(b"round trip")) == [(b"carol", b"round trip")]
    bob.send(frame(b"bob", text)[-1:])
    assert said(alice.until(text)) == [(b"bob", text)]


def headers(stage: Stage) -> None:
    """Every legal header is accepted."""
    alice, bob = stage.pair()
    body = b"\0bob\0hi"
    for form in (b"%-10d", b"%10d", b"%010d", b"   %d      ", b"  00%d     "):
        bob.send(form % len(body) + body)
        assert said(alice.until(b"hi")) == [(b"bob", b"hi")]


def refusals(stage: Stage) -> None:
    """Who asks for a nick that is held, the server's or invalid is closed; the others hear nothing of it."""
    alice, bob = stage.pair()
    for nick in (
        b"bob",
        b"BOB",
        b"Server",
        b"sERVER",
        b"",
        b" x",
        "x\u3000".encode(),
        b"a\nb",
        "\x85".encode(),
        b"x" * 65,
    ):
        other = stage.connect()
        other.send(frame(nick) + frame(nick, b"behind"))
        assert all(each.nick == SERVER for each in other.ends())
    bob.send(frame(b"bob", b"still here"))
    assert said(alice.until(b"still here")) == [(b"bob", b"still here")]


def nicks(stage: Stage) -> None:
    """Valid nicks are accepted, and carried as they are."""
    alice = stage.join(b"alice")
    for nick in (
        "a",
        "x" * 64,
        "\U0001f600" * 64,
        "0123456789",
        "a  b",
        "[x] joined the chat",
        "E\u0301ric",
        "\u200f\u05d0\u200d",
    ):
        octets = nick.encode()
        member = stage.join(octets)
        alice.until(b"[%b] joined the chat" % octets)
        member.send(frame(octets, b"I am here"))
        assert said(alice.until(b"I am here")) == [(octets, b"I am here")]


def malformed(stage: Stage) -> None:
    """Malformed input closes its sender alone, behind the whole frames that came before it."""
    alice = stage.join(b"alice")
    bodies = [b"", b"\0bob", b"\0bob\0a\0b", b"\0bob\0\xff", b"\xc0\xaf\0bob\0", b"\0bob\0\xed\xa0\x80"]
    attacks = [header(len(body)) + body for body in bodies]
    attacks += [
        b"+7        ",
        b"9999999999",
        b"67108865  ",
        b"          ",
        b"7\t        ",
        b"0x7       ",
        "\uff17       ".encode(),
    ]
    for attack in attacks:
        first = stage.connect()
        first.send(attack)
        first.ends()
        bob = stage.join(b"bob")
        bob.send(frame(b"bob", b"whole") + attack)
        bob.ends()
        expected = [(SERVER, b"[bob] joined the chat"), (b"bob", b"whole"), (SERVER, b"[bob] left the chat")]
        assert said(alice.until(b"[bob] left the chat")) == expected, attack


def ends(stage: Stage) -> None:
    """FIN and RST, before the join, inside a frame and after it, are one leave of a member, or none; the nick is free."""
    alice = stage.join(b"alice")
    for cut in (b"", b"12", frame(b"bob", b"unfinished")[:-1]):
        for how in (Client.finish, Client.reset):
            unjoined = stage.connect()
            unjoined.send(cut)
            how(unjoined)
            bob = stage.join(b"bob")
            bob.send(frame(b"bob", b"whole"))
            assert said(alice.until(b"whole")) == [(SERVER, b"[bob] joined the chat"), (b"bob", b"whole")]
            bob.send(cut)
            how(bob)
            assert said(alice.until(b"[bob] left the chat")) == [(SERVER, b"[bob] left the chat")]


def frames_before_fin(stage: Stage) -> None:
    """A join, chat and FIN in one go are all acted on."""
    alice = stage.join(b"alice")
    bob = stage.connect()
    bob.send(frame(b"bob", b"ignored") + b"".join(frame(b"bob", b"%d" % number) for number in range(50)))
    bob.finish()
    heard = said(alice.until(b"[bob] left the chat"))
    assert heard[0] == (SERVER, b"[bob] joined the chat")
    assert heard[1:-1] == [(b"bob", b"%d" % number) for number in range(50)]


def forgery(stage: Stage) -> None:
    """Nothing is delivered under a nick that is not the sender's: it is relayed under the own one, or closed."""
    alice, bob = stage.pair()
    bob.send(frame(b"alice", b"forged"))
    bob.finish()
    heard = said(alice.until(b"[bob] left the chat"))
    assert heard in ([(b"bob", b"forged"), heard[-1]], heard[-1:])


def slow_reader(stage: Stage) -> None:
    """Who does not read delays nobody; once it reads, nothing is missing."""
    alice, bob = stage.pair()
    carol = stage.join(b"carol")
    alice.until(b"[carol] joined the chat")
    bob.until(b"[carol] joined the chat")
    for number in range(3):
        bob.send(frame(b"bob", b"%d" % number * 1_000_000))
        alice.until(b"%d" % number * 1_000_000)
    assert [each.text[:1] for each in carol.until(b"2" * 1_000_000)] == [b"0", b"1", b"2"]


def flood_past_a_slow_reader(stage: Stage) -> None:
    """Who does not read at all is thrown out in the end, or kept; the others hear everything in order."""
    alice, bob = stage.pair()
    carol = stage.join(b"carol")
    alice.until(b"[carol] joined the chat")
    for number in range(14):
        bob.send(frame(b"bob", b"%02d" % number * 500_000))
        heard = said(alice.until(b"%02d" % number * 500_000))
        assert [text[:2] for nick, text in heard if nick == b"bob"] == [b"%02d" % number]
    carol.reset()


SCENARIOS: list[Callable[[Stage], None]] = [
    plain_conversation,
    any_text,
    largest_body,
    octet_by_octet,
    headers,
    refusals,
    nicks,
    malformed,
    ends,
    frames_before_fin,
    forgery,
    slow_reader,
    flood_past_a_slow_reader,
]
