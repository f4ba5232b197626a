"""Probes of the faults about octets: frames, stream, sizes, bodies, times and texts."""

from datetime import UTC, datetime, timedelta

from tests.conformance.faults.probing import (
    PROBES,
    bears,
    closes,
    closes_body,
    closes_first,
    cut,
    probe,
    relayed,
    text_arrives,
)
from tests.conformance.faults.scenarios import RFC_3339, plain_conversation, said
from tests.conformance.faults.stage import Frame, Stage, frame, header

HI = b"\0bob\0hi"
LONG = frame(b"bob", b"x" * 40)
ACCENT = frame(b"bob", "né".encode())


def hi_with(form: bytes) -> bytes:
    return form % len(HI) + HI


PROBES.update(
    {
        # Each of these garbles even the plainest conversation.
        "length-counts-header": plain_conversation,
        "short-header": plain_conversation,
        "newline-after-frame": plain_conversation,
        "signed-header": plain_conversation,
        "nul-filled-header": plain_conversation,
        "trailing-nul": plain_conversation,
        "backslash-zero": plain_conversation,
        "service-without-nick": plain_conversation,
        "time-with-offset": plain_conversation,
        "time-without-t": plain_conversation,
        "time-in-lower-case": plain_conversation,
        "time-in-nanoseconds": plain_conversation,
        "time-in-seconds-of-1970": plain_conversation,
        "time-as-ctime": plain_conversation,
        "service-without-time": plain_conversation,
        "grouped-header": text_arrives("x" * 1000),
        "miscounts-a-hundred": text_arrives("x" * (100 - 24 - 1 - 3 - 1)),
        # Headers as they are read.
        "refuses-right-justified": relayed(hi_with(b"%10d"), b"hi"),
        "refuses-centred": relayed(hi_with(b"   %d      "), b"hi"),
        "refuses-zero-filled": relayed(hi_with(b"%09d "), b"hi"),
        "wants-a-space": relayed(hi_with(b"%010d"), b"hi"),
        "reads-octal": relayed(b"%010d" % 15 + b"\0bob\0" + b"x" * 10, b"x" * 10),
        "accepts-sign": closes(hi_with(b"+%-9d")),
        "accepts-sign-behind-spaces": closes(hi_with(b" +%-8d")),
        "accepts-underscore": closes(b"1_0       \0bob\0hello"),
        "accepts-tabs": closes(hi_with(b"%d\t        ")),
        "accepts-hex": closes(hi_with(b"0x%-8x")),
        "accepts-foreign-digits": closes("７       ".encode() + HI),
        "accepts-inner-spaces": closes(b"1 0       \0bob\0hello"),
        "accepts-trailing-junk": closes(hi_with(b"%d;       ")),
        "skips-blank-header": closes(b" " * 10 + hi_with(b"%-10d")),
        "skips-bad-header": closes(b"hello you!" + hi_with(b"%-10d")),
        "leaves-bad-header-open": closes(b"hello you!"),
        "closes-bad-header-late": closes(b"hello you!"),
        # What the length counts.
        "length-in-characters": text_arrives("né"),
        "writes-length-in-characters": text_arrives("né"),
        "reads-length-in-characters": text_arrives("né"),
        "length-in-utf16": text_arrives("né"),
        "counts-nick-in-characters": bears("né"),
        "counts-six-for-emoji": text_arrives("\U0001f600"),
        # The stream.
        "one-recv-one-message": relayed(frame(b"bob", b"one") + frame(b"bob", b"two"), b"one", b"two"),
        "one-frame-a-read": relayed(frame(b"bob", b"one") + frame(b"bob", b"two"), b"one", b"two"),
        "forgets-the-tail": cut(LONG[:20], LONG[20:], text=b"x" * 40),
        "forgets-the-next-start": cut(frame(b"bob", b"first") + LONG[:20], LONG[20:], text=b"x" * 40),
        "header-in-one-read": cut(LONG[:1], LONG[1:], text=b"x" * 40),
        "body-in-one-read": cut(LONG[:20], LONG[20:], text=b"x" * 40),
        "empty-behind-header": cut(LONG[:10], LONG[10:], text=b"x" * 40),
        "one-octet-early": cut(LONG[:-1], LONG[-1:], text=b"x" * 40),
        "ignores-single-octets": cut(LONG[:1], LONG[1:], text=b"x" * 40),
        "decodes-each-read": cut(ACCENT[:-1], ACCENT[-1:], text="né".encode()),
        # Sizes.
        "stops-at-4096": text_arrives("x" * 4092),
        "stops-at-65535": text_arrives("x" * 65531),
        "stops-one-short": text_arrives("x" * (1_048_576 - 5)),
        "length-in-sixteen-bits": text_arrives("x" * 65540),
        "cuts-text-at-4096": text_arrives("x" * 4097),
        "hangs-at-4096": relayed(frame(b"bob", b"x" * 4091), b"x" * 4091),
        "refuses-ten-octets": text_arrives("hello"),
        "no-maximum": closes(header(9_999_999_999)),
        "maximum-too-high": closes(header(67_108_865)),
        "length-in-thirty-two-bits": closes(header(2**32 + 20)),
        "checks-length-late": closes(header(9_999_999_999)),
        "leaves-huge-open": closes(header(9_999_999_999)),
        # Bodies.
        "sends-latin1": text_arrives("né"),
        "sends-cesu8": text_arrives("\U0001f600"),
        "relays-invalid-utf8": closes_body(b"\0bob\0a\xffb"),
        "replaces-invalid-utf8": closes_body(b"\0bob\0a\xffb"),
        "drops-invalid-octets": closes_body(b"\0bob\0a\xffb"),
        "relays-valid-part": closes_body(b"\0bob\0a\xffb"),
        "accepts-surrogates": closes_body(b"\0bob\0\xed\xa0\x80"),
        "accepts-overlong": closes_body(b"\0bob\0\xc0\xaf"),
        "accepts-beyond-unicode": closes_body(b"\0bob\0\xf4\x90\x80\x80"),
        "time-not-checked": closes_body(b"\xff\0bob\0hi"),
        "extra-nul-in-text": closes_body(b"\0bob\0a\0b"),
        "drops-extra-fields": closes_body(b"\0bob\0a\0b"),
        "missing-text-is-empty": closes_body(b"\0bob"),
        "ignores-empty-body": closes_first(header(0)),
        "ignores-malformed-join": closes_first(header(1) + b"\0"),
        # Times as they are read.
        "refuses-empty-time": relayed(frame(b"bob", b"hi"), b"hi"),
        "refuses-foreign-time": relayed(frame(b"bob", b"hi", time=b"noon"), b"hi"),
        "refuses-long-time": relayed(frame(b"bob", b"hi", time=b"1" * 33), b"hi"),
        "refuses-wrong-clock": relayed(frame(b"bob", b"hi", time=b"1999-12-31T23:59:59Z"), b"hi"),
        # Texts.
        "strips-text": text_arrives(" hi"),
        "strips-last-newline": text_arrives("hi\n"),
        "drops-empty-text": text_arrives(""),
        "drops-blank-text": text_arrives(" "),
        "normalises-text": text_arrives("e\u0301"),
        "drops-bom": text_arrives("\ufeffhi"),
        "unifies-line-breaks": text_arrives("a\r\nb"),
        "first-line-only": text_arrives("a\nb"),
        "drops-controls": text_arrives("a\x1bb"),
        "drops-c1-controls": text_arrives("a\x85b"),
        "escapes-html": text_arrives("<b>"),
        "replaces-emoji": text_arrives("\U0001f600"),
        "drops-noncharacters": text_arrives("a\uffffb"),
        "unescapes-backslashes": text_arrives(r"a\nb"),
        "swallows-commands": text_arrives("/help"),
    }
)


def moment(one: Frame) -> datetime:
    assert RFC_3339.fullmatch(one.time), one.time
    return datetime.fromisoformat(one.time.decode())


def stamps(stage: Stage, claimed: bytes) -> None:
    """The time is the server's, and does not decrease."""
    alice, bob = stage.pair()
    latest = datetime.now(UTC) - timedelta(seconds=1)
    for _ in range(8):
        bob.send(frame(b"bob", b"hi", time=claimed))
        heard = moment(alice.until(b"hi")[-1])
        assert latest <= heard <= datetime.now(UTC) + timedelta(seconds=1)
        latest = heard


@probe("keeps-client-time", "keeps-later-time")
def own_time(stage: Stage) -> None:
    stamps(stage, b"2038-01-19T03:14:07Z")


@probe("time-goes-back", "local-time-as-utc")
def right_time(stage: Stage) -> None:
    stamps(stage, b"")


@probe("time-of-start", "clock-runs-fast")
def passing_time(stage: Stage) -> None:
    """The server's clock goes as fast as this one."""
    alice, bob = stage.pair()
    began = datetime.now(UTC)
    heard: list[datetime] = []
    while not heard or datetime.now(UTC) < began + timedelta(milliseconds=60):
        bob.send(frame(b"bob", b"hi"))
        heard.append(moment(alice.until(b"hi")[-1]))
        assert heard[-1] - heard[0] <= datetime.now(UTC) - began + timedelta(milliseconds=1)
    assert heard[0] < heard[-1]


@probe("rounds-chat-times")
def cut_time(stage: Stage) -> None:
    alice, bob = stage.pair()
    before = began = datetime.now(UTC)
    while before < began + timedelta(milliseconds=60):  # so long, since now and then a rounded time is the right one
        before = datetime.now(UTC)
        bob.send(frame(b"bob", b"hi"))
        assert before - timedelta(milliseconds=1) <= moment(alice.until(b"hi")[-1]) <= datetime.now(UTC)


@probe("impatient-with-frames")
def slow_frame(stage: Stage) -> None:
    alice, bob = stage.pair()
    carol = stage.join(b"carol")
    bob.send(LONG[:20])
    for seconds in (0, 2):
        stage.hurry(seconds)
        for _ in range(3):
            carol.send(frame(b"carol", b"round trip"))
            alice.until(b"round trip")
    bob.send(LONG[20:])
    assert said(alice.until(b"x" * 40)) == [(b"bob", b"x" * 40)]


@probe("reserves-first")
def reserves_nothing(stage: Stage) -> None:
    closes(header(9_999_999_999))(stage)
    assert not getattr(stage.server, "reserved", b"")
