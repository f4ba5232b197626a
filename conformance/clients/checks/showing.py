"""What is shown of well-formed frames: any text, nick and time (CLIENT-2, CLIENT-3, FRAME-5)."""

from collections.abc import Iterable
from dataclasses import replace

from conformance.check import Plan
from conformance.clients import screen
from conformance.clients.check import check
from conformance.clients.checks.talking import SHOWS
from conformance.clients.judging import awaited as shown_frames
from conformance.clients.judging import short, showing
from conformance.clients.steps import Script, awaited, token
from conformance.clients.trace import ClientTrace
from conformance.octets import Out
from conformance.trace import Difference

COUNTS = "FRAME-5/counts-octets-that-it-reads"
# Nothing of these is a control, a bidirectional override or a line break (CLIENT-4).
TEXTS = [
    "[ann] joined the chat", "two  spaces", "  spaces in front", "<b>&amp;</b>", "[bold red]x[/] {0} %s %d \\n \\0",
    "33        2026-11-22T10:21:07Z", "'q' \"q\" `q`", "/quit", "> quoted", "~!@#$%^&*()_+=|;:,.?",
]  # fmt: skip
SCRIPTS = ["Привет", "naïve café", "東京 で", "👍🏽 👩\u200d🚀", "שלום", "مرحبا", "a\u0301\u0323", "हिन्दी"]
NICKS = ["b b", "[x]", "007", "Zoë", "дядя Вова", "東京", "👩\u200d🚀", "שלום", "x" * 64, "server2", "a: b", "<i>", "-"]


def plainly(script: Script) -> Script:
    """Plain frames in place of those of the script."""
    return Script(blocks=awaited(*(Out("ann", f"hi {token(n)}") for n in range(1, max(2, len(script.blocks) + 1)))))


@check("FRAME-5", "counts-octets-that-it-reads", showing, needs=(SHOWS,), twin=plainly)
def _counts(plan: Plan) -> Iterable[Script]:
    """Frames with characters of two, three and four octets are shown, and so is each frame behind one."""
    yield Script(blocks=awaited(*(Out("ann", f"{text} {token(n)}") for n, text in enumerate(SCRIPTS, 1))))


@check("CLIENT-2", "shows-any-text", showing, needs=(SHOWS,), twin=plainly)
def _texts(plan: Plan) -> Iterable[Script]:
    """Any text without controls is shown as it is: markup, what looks like a frame, a long line."""
    texts = [*TEXTS, "x" * plan.pick(500, 4000, 60000)]
    yield Script(blocks=awaited(*(Out("ann", f"{text} {token(n)}") for n, text in enumerate(texts, 1))))


@check("CLIENT-2", "shows-any-nick", showing, needs=(SHOWS, COUNTS), twin=plainly)
def _nicks(plan: Plan) -> Iterable[Script]:
    """Any valid nick is shown as it is, in brackets."""
    yield Script(blocks=awaited(*(Out(nick, f"hi {token(n)}") for n, nick in enumerate(NICKS, 1))))


# Times.

MOMENTS = ["2026-11-22T10:21:07.250Z", "2026-11-22T10:21:07Z", "2026-11-22T10:21:07.123456Z"]  # TIME-1
OFFSETS = ["2026-11-22T12:21:07+02:00", "2026-11-22T04:51:07.5-05:30"]  # RFC 3339 all the same
OTHERS = ["noon", "10h", "12:30", "22.11.2026", "1763806867", "2026-13-45T99:99:99Z", "вчера", "2026-11-22"]
CLOCK = "10:21"  # of all moments, in the reader's zone, UTC; the same on a clock of twelve hours


def _times(times: Iterable[str]) -> Script:
    return Script(blocks=awaited(*(Out("ann", f"hi {token(n)}", time) for n, time in enumerate(times, 1))))


def _plain_times(script: Script) -> Script:
    return _times(MOMENTS[:1] * max(1, len(script.blocks)))


def _mistimed(trace: ClientTrace, control: ClientTrace | None) -> list[Difference]:
    """A frame is not shown because of its time, or with another."""
    missing = showing(trace)
    if missing:
        return [replace(one, requirement="CLIENT-3") for one in missing]
    for frame, _ in shown_frames(trace):
        front = screen.shown_as(trace.output, frame.nick, frame.text)[0]
        is_moment = frame.time in (*MOMENTS, *OFFSETS)
        wanted = CLOCK if is_moment else frame.time
        if not (_has_clock(front) if is_moment else wanted in front):
            what = (
                f"the time {short(frame.time)} as {wanted}, the reader's zone being UTC" if is_moment else short(wanted)
            )
            return [Difference("CLIENT-3", f"{what} in front of the nick", short(front), "screen", "frame")]
    return []


def _has_clock(front: str) -> bool:
    hour, minute = CLOCK.split(":")
    return any(f"{hour}{mark}{minute}" in front for mark in ":.hH '-")


@check("CLIENT-3", "shows-moments", _mistimed, needs=(SHOWS,))
def _moments(plan: Plan) -> Iterable[Script]:
    """A time of TIME-1's form is shown in the reader's zone, which is UTC (`TZ`)."""
    yield _times(MOMENTS)


@check("CLIENT-3", "shows-offsets", _mistimed, needs=("CLIENT-3/shows-moments",), twin=_plain_times)
def _offsets(plan: Plan) -> Iterable[Script]:
    """A time of RFC 3339 with an offset is shown in the reader's zone, too."""
    yield _times(OFFSETS)


@check("CLIENT-3", "shows-any-time", _mistimed, needs=("CLIENT-3/shows-moments", COUNTS), twin=_plain_times)
def _others(plan: Plan) -> Iterable[Script]:
    """A time of any other form is shown as it is, the empty one included."""
    yield _times([*OTHERS, "", "x" * 200])
