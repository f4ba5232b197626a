"""The means of a probe: a function of a stage that passes on a right server and fails on one with the fault."""

from collections.abc import Callable

from tests.conformance.faults.scenarios import said
from tests.conformance.faults.stage import SERVER, Stage, frame, header

Probe = Callable[[Stage], None]
Attack = Callable[[Stage], None]
PROBES: dict[str, Probe] = {}  # by the name of the fault


def probe(*names: str) -> Callable[[Probe], Probe]:
    """Registers a function as the probe of some faults."""

    def register(function: Probe) -> Probe:
        for name in names:
            assert name not in PROBES, name
            PROBES[name] = function
        return function

    return register


def relayed(octets: bytes, *expected: bytes) -> Probe:
    """These octets of bob's are chat with these texts."""

    def check(stage: Stage) -> None:
        alice, bob = stage.pair()
        bob.send(octets)
        for text in expected:
            assert said(alice.until(text)) == [(b"bob", text)]

    return check


def text_arrives(text: str) -> Probe:
    """This text arrives as it is, neither lost nor altered."""

    def check(stage: Stage) -> None:
        alice, bob = stage.pair()
        bob.send(frame(b"bob", text.encode()) + frame(b"bob", b"end"))
        assert said(alice.until(b"end")) == [(b"bob", text.encode()), (b"bob", b"end")]

    return check


def closes(octets: bytes) -> Probe:
    """These octets close bob, and nothing of them is relayed."""

    def check(stage: Stage) -> None:
        alice, bob = stage.pair()
        bob.send(octets)
        bob.ends()
        assert said(alice.until(b"[bob] left the chat")) == [(SERVER, b"[bob] left the chat")]

    return check


def closes_body(body: bytes) -> Probe:
    """A frame with this body closes bob, and nothing of it is relayed."""
    return closes(header(len(body)) + body)


def closes_first(octets: bytes) -> Probe:
    """These octets close a connection that has not joined."""

    def check(stage: Stage) -> None:
        client = stage.connect()
        client.send(octets)
        client.ends()

    return check


def bears(nick: str) -> Probe:
    """This nick is accepted, and carried as it is: in join, chat and leave."""

    def check(stage: Stage) -> None:
        octets = nick.encode()
        alice = stage.join(b"alice")
        member = stage.join(octets)
        member.send(frame(octets, b"hi"))
        member.finish()
        expected = [
            (SERVER, b"[%b] joined the chat" % octets),
            (octets, b"hi"),
            (SERVER, b"[%b] left the chat" % octets),
        ]
        assert [alice.frame()[1:] for _ in expected] == expected

    return check


def refuses(*nicks: str, beside: str = "alice") -> Probe:
    """Each of these nicks is refused and closed, beside a member of another."""

    def check(stage: Stage) -> None:
        stage.join(beside.encode())
        for nick in nicks:
            client = stage.connect()
            client.send(frame(nick.encode()))
            assert not any(b"joined the chat" in each.text for each in client.ends())

    return check


def beside(held: str, free: str) -> Probe:
    """Where one nick is held, the other is free."""

    def check(stage: Stage) -> None:
        stage.join(held.encode())
        stage.join(free.encode())

    return check


def cut(*pieces: bytes, text: bytes) -> Probe:
    """Octets of bob's that arrive in these reads are chat, at last with this text."""

    def check(stage: Stage) -> None:
        alice, bob = stage.pair()
        carol = stage.join(b"carol")
        alice.until(b"[carol] joined the chat")
        heard: list[tuple[bytes, bytes]] = []
        for piece in pieces:
            bob.send(piece)
            for _ in range(2):  # two round trips: behind them, a loop has read all that was there before
                carol.send(frame(b"carol", b"round trip"))
                heard += [each for each in said(alice.until(b"round trip")) if each[0] == b"bob"]
        assert heard[-1:] == [(b"bob", text)]

    return check


def others_live(attack: Attack) -> Probe:
    """After the attack the members go on talking, and a new one can join."""

    def check(stage: Stage) -> None:
        alice, bob = stage.pair()
        attack(stage)
        stage.join(b"dave")
        bob.send(frame(b"bob", b"alive"))
        assert (b"bob", b"alive") in said(alice.until(b"alive"))

    return check


def sends(octets: bytes) -> Attack:
    """An attack: a new connection that sends octets, and is closed."""

    def attack(stage: Stage) -> None:
        client = stage.connect()
        client.send(octets)
        client.ends()

    return attack
