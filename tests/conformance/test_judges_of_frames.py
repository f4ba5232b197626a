"""FRAME and BODY: what the judges of octets find, and what they let pass."""

import pytest

from conformance.check import CHECKS
from conformance.octets import Got, Out
from conformance.process import Usage
from conformance.script import Ended, Fence, Hears, Open, Script, Send, Settle, cast, nick
from conformance.trace import Entry, Trace
from tests.conformance.conversations import Heard, chat, named, playing, service
from tests.conformance.helpers import STAMP, heard_by_all, trace_of
from tests.conformance.judging import Found, got, judged, raw, trace

MEBIBYTE = 1_048_576
BODY = b"4         \0\0\xff\xfe"
CLOSING = playing(Open("evil"), Send("evil", (BODY,)), Ended("evil"))


def waited(conversation: Script, sent: bytes | None = BODY) -> Trace:
    """A trace in which the wait for the end of a connection ran out."""
    found = trace(conversation, ann=[])
    found.expired = Ended("evil")
    found.entries = [Entry(0.0, "ann", "sent", b"a" * 12)]
    if sent is not None:
        found.entries = [Entry(0.0, "evil", "sent", b"b" * 12), Entry(0.1, "evil", "sent", sent), *found.entries]
    found.entries.append(Entry(0.2, "evil", "received", b"c" * 12))
    return found


@pytest.mark.parametrize(
    ("check", "found"),
    [
        ("BODY-3/closed-as-first-frame", ("BODY-3", "evil", "deadline")),
        ("BODY-3/closed-after-the-join", ("BODY-3", "evil", "deadline")),
        ("FRAME-4/malformed-headers", ("FRAME-4", "evil", "deadline")),
    ],
)
def test_a_connection_that_stays_open(check: str, found: tuple[str, str, str]) -> None:
    """Who waited for its end in vain has shown it; a wait for something else shows nothing."""
    elsewhere = waited(CLOSING)
    elsewhere.expired = Settle()

    assert judged(check, waited(CLOSING)) == [found]
    assert judged(check, trace(CLOSING, ann=[])) == []
    assert judged(check, elsewhere) == []


@pytest.mark.parametrize("judge", ["BODY-3/closed-as-first-frame", "FRAME-4/malformed-headers"])
def test_the_offence_is_named(judge: str) -> None:
    """What the offender sent last, whatever others have sent or it has received since."""
    [found] = CHECKS[judge].judge(waited(CLOSING, b"12\t       " * 3))

    assert r"12\t       " in found.expected
    assert "closed" in found.expected


def test_an_offence_that_was_never_sent() -> None:
    """The connection stays open all the same."""
    assert judged("FRAME-4/malformed-headers", waited(CLOSING, None)) == [("FRAME-4", "evil", "deadline")]


MARKED = b"\0" + named("evil").encode() + b"\0markabcd0001\xff"
OFFENCE = playing(cast("ann", "evil"), Send("evil", (b"%-10d" % len(MARKED) + MARKED,)), Fence())
MALFORMED = [("BODY-3", "ann", "frame")]


def relayed(frame: Got, to: str = "ann", *, sent: bytes = MARKED) -> Found:
    """What is found if a party receives this after somebody else's malformed body."""
    found = trace(OFFENCE, **{to: [got(*chat("hello")), frame]})
    found.entries = [Entry(0.0, "evil", "sent", b"%-10d" % len(sent) + sent)]
    return judged("BODY-3/not-relayed", found)


@pytest.mark.parametrize(
    ("frame", "found"),
    [
        (got(named("ann"), "hello"), []),
        (got(named("ann"), "markabcd0002"), []),
        (got(named("ann"), "markabcd0001"), MALFORMED),  # its mark under whatever name
        (got(named("evil"), "hello"), MALFORMED),  # whatever is left of it under its name
        (got("Server", f"[{named('evil')}] left the chat"), []),
        (got("Server", "bad frame: markabcd0001"), MALFORMED),
        (raw(b"\0ann\0\xff"), MALFORMED),
        (raw(b"ann"), MALFORMED),
    ],
)
def test_what_is_relayed_of_a_malformed_body(frame: Got, found: Found) -> None:
    """Its mark, its sender's name, or octets that are no body either."""
    assert relayed(frame) == found


def test_what_the_offender_itself_is_told() -> None:
    """A service message may quote it; chat may not. Whether an answer has the form of a body is no question here."""
    assert relayed(got("Server", "bad frame: markabcd0001"), "evil") == []
    assert relayed(got(named("ann"), "markabcd0001"), "evil") == [("BODY-3", "evil", "frame")]
    assert relayed(raw(b"ann"), "evil") == []
    assert relayed(raw(b"\0Server\0malformed\0"), "evil") == []


def test_a_malformed_body_without_a_mark() -> None:
    """Of an empty one nothing is known by its octets; the offender's name is."""
    assert relayed(got(named("ann"), "mark"), sent=b"") == []
    assert relayed(got(named("evil"), "hello"), sent=b"") == MALFORMED


def test_an_offender_without_a_nick() -> None:
    """It has not joined: frames without a nick are nobody's."""
    unjoined = playing(cast("ann"), Open("evil"), Send("evil", (BODY,)))

    assert judged("BODY-3/not-relayed", trace(unjoined, ann=[got("", "hello")])) == []


def test_canonical_headers() -> None:
    """Digits on the left, spaces on the right."""
    body = f"{STAMP}\0ann\0hello".encode()
    spelled = [raw(body, header) for header in (b"%-10d" % len(body), b"%10d" % len(body), b"%010d" % len(body))]

    assert judged("FRAME-2/headers-canonical", trace(OFFENCE, ann=spelled[:1])) == []
    assert judged("FRAME-2/headers-canonical", trace(OFFENCE, ann=spelled)) == [("FRAME-2", "ann", "frame")] * 2


SAID = playing(cast("ann", "bob"), [Send("ann", (Out(nick("ann"), text),)) for text in ("ééé", "éé plain", "é")])


def hearing(*received: tuple[str, str] | bytes) -> Trace:
    """A trace in which bob receives this behind its own join."""
    heard: Heard = {who: list(frames) for who, frames in heard_by_all(SAID).items()}
    heard["bob"] = [*heard["bob"][:1], *received]
    return trace_of(SAID, heard)


def miscounted(*received: tuple[str, str] | bytes) -> list[str]:
    """The ids found if bob receives this of it."""
    return [found for found, *_ in judged("FRAME-5/octets-not-characters", hearing(*received))]


def test_texts_cut_short_by_a_wrong_count() -> None:
    """What arrives is the beginning of what was said; all of a text, or something else, is no matter of counting."""
    assert miscounted(chat("ééé"), chat("éé plain"), chat("é")) == []
    assert miscounted(chat("ééé"), chat("éé p"), chat("é")) == ["FRAME-5"]
    assert miscounted(chat("ééé"), chat("éé plain"), chat("")) == []
    assert miscounted(chat("ééé"), chat("<é"), chat("é")) == []
    assert "FRAME-5" not in miscounted(chat("ééé"), chat("éé plain"), chat("é"), service("éé"))


def test_what_proves_a_text_cut_short() -> None:
    """The frame itself."""
    short = hearing(chat("ééé"), chat("éé p"), chat("é"))

    assert judged("FRAME-5/octets-not-characters", short) == [("FRAME-5", "bob", "frame")]


def test_a_text_altered_in_its_place_before_a_wait_in_vain() -> None:
    """Is RELAY-3's business all the same."""
    found = hearing(chat("ééé"), chat("<é"), chat("é"))
    found.expired = Settle()

    assert judged("FRAME-5/octets-not-characters", found) == []


def test_a_text_that_is_the_beginning_of_another() -> None:
    """It was said by itself."""
    assert "FRAME-5" not in miscounted(chat("ééé"), chat("éé plain"), chat("é"), chat("é"))


def test_frames_that_a_wrong_count_runs_together() -> None:
    """What cannot be read, and what never arrives, count; a text changed in its place does not, nor one that is not UTF-8
    where everything else was read."""
    bad = f"{STAMP}\0{named('ann')}\0".encode() + b"\xc3"
    spoilt = b"%-10d" % len(bad) + bad

    assert miscounted(chat("ééé"), b"abcdefghijkl") == ["FRAME-1"]
    assert miscounted(spoilt, chat("éé plain"), chat("é")) == []
    assert miscounted(spoilt, b"abcdefghijkl") == ["FRAME-1", "BODY-2"]
    assert "RELAY-1" in miscounted(chat("ééé"))


def test_octets_that_are_not_utf8_before_a_wait_in_vain() -> None:
    """Where frames are missing too, they are a wrong count's."""
    bad = f"{STAMP}\0{named('ann')}\0".encode() + b"\xc3"
    found = hearing(b"%-10d" % len(bad) + bad)
    found.expired = Settle()

    assert [id_ for id_, *_ in judged("FRAME-5/octets-not-characters", found)] == ["BODY-2"]


@pytest.mark.parametrize(
    ("received", "found"),
    [
        (b"abcdefghijkl", ["FRAME-1"]),
        (b"+12       " + b"a" * 12, ["FRAME-2"]),
        (b"3         ann", ["BODY-1"]),
        (b"3         \0\0\xff", []),  # it is as long as it says
        (b"3         \0\0\xffabcdefghijkl", ["FRAME-1", "BODY-2"]),
        (Out("ann", "x").octets, []),  # what was said is missing, which is no matter of counting nicks
    ],
)
def test_a_nick_that_is_miscounted(received: bytes, found: list[str]) -> None:
    """Only what cannot be read is."""
    assert [id_ for id_, *_ in judged("FRAME-5/octets-of-nicks", hearing(received))] == found


def test_a_frame_that_takes_seconds() -> None:
    """Each that is waited for has to be heard, by the one who waits."""
    slow = playing(cast("ann", "bob"), Hears("ann", "slow one"), Fence(), Hears("ann", "slow two"))
    heard = [got(*chat("slow one", "bob")), got(*chat("slow two", "bob"))]

    assert judged("FRAME-6/slow-frames", trace(slow, ann=heard)) == []
    assert judged("FRAME-6/slow-frames", trace(slow, ann=heard[:1])) == [("FRAME-6", "ann", "deadline")]
    assert judged("FRAME-6/slow-frames", trace(slow, bob=heard)) == [("FRAME-6", "ann", "deadline")] * 2


@pytest.mark.parametrize(
    ("held", "blamed"),
    [
        ((100, 174), False),
        ((100, 175), True),
        ((100, 175, 100), True),
        ((1000, 1163), False),
        ((1000, 1165), True),
        ((1000, None, 1165), True),
        ((None, 1165), False),
        ((100,), False),
        ((), False),
    ],
)
def test_memory_reserved_for_what_is_announced(held: tuple[int | None, ...], blamed: bool) -> None:
    """A tenth and 64 MiB are allowed; sizes in MiB."""
    found = trace(OFFENCE)
    found.usage = [Usage(5, None, size * MEBIBYTE if size is not None else None) for size in held]

    assert judged("FRAME-8/reserves-nothing", found) == ([("FRAME-8", "evil", "process")] if blamed else [])
