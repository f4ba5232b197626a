"""FRAME: headers, lengths, and frames however the octets arrive."""

from collections.abc import Iterator
from itertools import combinations
from typing import Any

from hypothesis import strategies as st

from conformance import strategies
from conformance.check import DELIVERY, Plan, check, plainly, uncut
from conformance.octets import HEADER_FORMS, HEADER_OCTETS, Out
from conformance.room import Room, differences
from conformance.script import (
    TAG,
    Ended,
    Fence,
    Measure,
    Open,
    Script,
    Send,
    Settle,
    Step,
    burst,
    cast,
    enter,
    nick,
    plain,
    say,
    script,
    sentinel,
)
from conformance.trace import Difference, Trace
from spec.wire import SERVER_MAX_BODY_OCTETS


def _one_text(text: str) -> Script:
    return script(cast("ann", "bob"), say("ann", text), sentinel("ann"))


@check("FRAME-1", "plain-conversation")
def plain_conversation(plan: Plan) -> Iterator[Script]:
    """Every frame of a plain conversation is a header of ten octets and a body as long as it says."""
    texts = [plain(number) for number in range(plan.pick(3, 6, 20))]
    yield script(cast("ann", "bob", "carl"), say("ann", *texts), sentinel("ann"), sentinel("bob"))


@check("FRAME-2", "headers-well-formed", scope=["FRAME-2"])
def headers_well_formed(plan: Plan) -> Iterator[Script]:
    """Every header that the server sends is digits with spaces around them, for bodies of two to five digits' length."""
    for size in (1, 20, 50, 60, 70, 200, 900, 1000, 9000, 11000)[: plan.pick(8, 10, 10)]:
        yield _one_text(TAG + "x" * size)


def _not_canonical(trace: Trace) -> list[Difference]:
    return [
        Difference("FRAME-2", repr(b"%-10d" % len(frame.body)), repr(frame.header), who, "frame")
        for who, frames in trace.frames.items()
        for frame in frames
        if frame.header != b"%-10d" % len(frame.body)
    ]


@check("FRAME-2", "headers-canonical", clause="SHOULD", judge=_not_canonical)
def headers_canonical(plan: Plan) -> Iterator[Script]:
    """The headers that the server sends are canonical: digits, no leading zero, then spaces."""
    for size in (1, 60, 900):
        yield _one_text(TAG + "x" * size)


@check("FRAME-3", "header-forms", scope=DELIVERY, twin=plainly, width=4)
def header_forms(plan: Plan) -> Iterator[Script]:
    """Every way to spell a length is accepted, in a join and in a message: justified, centred, zero-filled."""
    for form in HEADER_FORMS:
        yield script(cast("ann", "bob"), say("ann", plain(1), header=form), sentinel("ann"))
        yield script(enter("bob"), enter("ann", header=form), sentinel("ann"))


@check("FRAME-3", "any-padding", scope=DELIVERY, twin=plainly, drawn=True, examples=(10, 40, 200))
def any_padding(plan: Plan) -> Any:
    """Drawn numbers of spaces in front, zeros, and spaces behind."""

    def form(left: int, zeros: int) -> str:
        digits = min(2 + zeros, HEADER_OCTETS - left)
        return " " * left + f"{{0:0{digits}}}" + " " * (HEADER_OCTETS - left - digits)

    forms = st.builds(form, st.integers(0, HEADER_OCTETS - 2), st.integers(0, HEADER_OCTETS - 2))
    return st.lists(forms, min_size=1, max_size=6).map(
        lambda several: script(
            cast("ann", "bob"),
            *(say("ann", plain(number), header=form) for number, form in enumerate(several)),
            sentinel("ann"),
        )
    )


def _miscounted(trace: Trace) -> list[Difference]:
    """The differences that a wrong count makes: lost, cut short, or run into the next frame; neither a text changed in its
    place nor, where the frames stand one behind the other, one that is not UTF-8."""
    in_place = {"RELAY-3"} if trace.garbage or trace.expired is not None else {"RELAY-3", "BODY-2"}
    found = [difference for difference in differences(trace) if difference.requirement not in in_place]
    room = Room(trace.steps)
    for member in room.members.values():
        said = {item.text for item in member.owed if item.kind == "chat"}
        for frame in trace.frames.get(member.who, []):
            cut = [text for text in said if frame.text and frame.text != text and text.startswith(frame.text)]
            if cut and not frame.is_service and frame.text not in said:
                found.append(
                    Difference(
                        "FRAME-5", f"{len(cut[0].encode())} octets of text", frame.text[:60], member.who, "frame"
                    )
                )
    return found


COUNTED = ["é", "ééé", "я" * 10, "日本語", "😀", "aé", "x" * 60 + "é", "é" * 50, "日" * 40 + "z", "😀" * 30]


@check("FRAME-5", "octets-not-characters", scope=DELIVERY | {"FRAME-5"}, twin=plainly, judge=_miscounted)
def octets_not_characters(plan: Plan) -> Iterator[Script]:
    """Texts and nicks whose octets outnumber their characters: the length counts octets."""
    for text in COUNTED:
        yield _one_text(text + TAG)
    for name in (f"é{TAG}", f"日本{TAG}"):
        yield script(cast("bob"), [Open("ann"), Send("ann", (Out(name),))], Settle(), sentinel("ann", name=name))


# The frame that is cut in every place: as short as a frame with a tag can be, with characters of two to four octets.
BOUNDARY = Out(nick("ann"), f"é€😀{TAG}")


def _cut(steps: list[Step], offsets: list[tuple[int, ...]], frame: Out) -> Script:
    """One conversation in which a frame is sent again and again, each time cut elsewhere; a number tells them apart."""
    for number, places in enumerate(offsets):
        marked = Out(frame.nick, f"{frame.text} {number:03}", frame.time)
        steps.append(Send("ann", (marked,), places))
    return script(steps, sentinel("ann"))


def _batches(offsets: list[tuple[int, ...]], size: int) -> Iterator[list[tuple[int, ...]]]:
    for start in range(0, len(offsets), size):
        yield offsets[start : start + size]


def _length(frame: Out) -> int:
    return len(frame.octets) + 4  # with the number that tells the copies apart


@check("FRAME-6", "one-cut", scope=DELIVERY, twin=uncut, width=3)
def one_cut(plan: Plan) -> Iterator[Script]:
    """A message cut in two at every octet: inside the header, between header and body, inside a character."""
    frame = BOUNDARY if plan.depth != "quick" else Out(nick("ann"), f"hi {TAG}")
    offsets: list[tuple[int, ...]] = [(place,) for place in range(1, _length(frame))]
    for batch in _batches(offsets, 12):
        yield _cut(cast("ann", "bob"), batch, frame)


@check("FRAME-6", "join-cut", scope=DELIVERY, twin=uncut, width=8)
def join_cut(plan: Plan) -> Iterator[Script]:
    """A join cut in two at every octet."""
    length = len(Out(nick("ann")).octets)
    for place in range(1, length, plan.pick(3, 1, 1)):
        yield script(cast("bob"), Open("ann"), Send("ann", (Out(nick("ann")),), (place,)), Settle(), sentinel("ann"))


@check("FRAME-6", "two-cuts", scope=DELIVERY, twin=uncut, width=3)
def two_cuts(plan: Plan) -> Iterator[Script]:
    """A message cut in three, in every pair of places of its header and of the octets around it."""
    length = _length(BOUNDARY)
    places = range(1, length, plan.pick(9, 1, 1))
    pairs = [tuple(pair) for pair in combinations(places, 2)]
    if plan.depth == "standard":
        pairs = [pair for pair in pairs if pair[1] <= HEADER_OCTETS + 4] + plan.random.sample(pairs, 100)
    for batch in _batches(pairs, 25):
        yield _cut(cast("ann", "bob"), batch, BOUNDARY)


@check("FRAME-6", "octet-by-octet", scope=DELIVERY, twin=uncut)
def octet_by_octet(plan: Plan) -> Iterator[Script]:
    """A join and messages of which every octet arrives alone."""
    join, message = Out(nick("ann")), Out(nick("ann"), f"é€😀 {TAG}")
    every = tuple(range(1, len(join.octets)))
    steps = [Open("ann"), Send("ann", (join,), every), Settle()]
    for number in range(plan.pick(1, 2, 5)):
        one = Out(message.nick, f"{message.text}{number}")
        steps.append(Send("ann", (one,), tuple(range(1, len(one.octets)))))
    yield script(cast("bob"), steps, sentinel("ann"))


@check("FRAME-6", "many-in-one-read", scope=DELIVERY, twin=uncut)
def many_in_one_read(plan: Plan) -> Iterator[Script]:
    """Several frames in one write: two, twenty, hundreds; and a join with messages right behind it."""
    for count in (2, 3, 20, plan.pick(200, 500, 2000)):
        frames = tuple(Out(nick("ann"), plain(number)) for number in range(count))
        yield script(cast("ann", "bob"), Send("ann", frames), sentinel("ann"))
    together = (Out(nick("ann")), Out(nick("ann"), plain(1)), Out(nick("ann"), plain(2)))
    yield script(cast("bob"), Open("ann"), Send("ann", together), Settle(), sentinel("ann"))


@check("FRAME-6", "end-with-start", scope=DELIVERY, twin=uncut)
def end_with_start(plan: Plan) -> Iterator[Script]:
    """The end of one frame arrives with the start of the next: two frames in one write, cut at every octet of the second."""
    frames = (Out(nick("ann"), plain("one")), Out(nick("ann"), plain("two")))
    first = len(frames[0].octets)
    length = first + len(frames[1].octets)
    offsets: list[tuple[int, ...]] = [(place,) for place in range(first - 3, length, plan.pick(5, 1, 1))]
    for batch in _batches(offsets, 8):
        steps = cast("ann", "bob")
        for number, places in enumerate(batch):
            pair = tuple(Out(frame.nick, f"{frame.text[:-1]}{number % 10}") for frame in frames)
            steps.append(Send("ann", pair, places))
        yield script(steps, sentinel("ann"))


@check("FRAME-6", "any-cuts", scope=DELIVERY, twin=uncut, drawn=True, examples=(8, 30, 300))
def any_cuts(plan: Plan) -> Any:
    """Drawn messages, sent together and cut anywhere."""

    def build(texts: list[str], shares: list[float]) -> Script:
        frames = tuple(Out(nick("ann"), f"{number} {TAG} {text}") for number, text in enumerate(texts))
        length = sum(len(frame.octets) for frame in frames)
        places = tuple(sorted({1 + int(share * (length - 2)) for share in shares}))
        return script(cast("ann", "bob"), Send("ann", frames, places), sentinel("ann"))

    shares = st.lists(st.floats(0, 1, allow_nan=False), max_size=8)
    return st.builds(build, st.lists(strategies.texts(), min_size=1, max_size=6), shares)


@check("FRAME-7", "sizes", scope=DELIVERY, twin=plainly, needs=("FRAME-6", "RELAY-3"))
def sizes(plan: Plan) -> Iterator[Script]:
    """Bodies of every length near powers of two and ten and usual buffer sizes, up to 1,048,576 octets, arrive whole."""
    wanted = strategies.body_sizes(SERVER_MAX_BODY_OCTETS, dense=plan.depth != "quick")
    if plan.depth == "quick":
        wanted = [*wanted[::3], SERVER_MAX_BODY_OCTETS]
    for batch in _size_batches(wanted):
        steps = cast("ann", "bob")
        for size in batch:
            steps += [*burst("ann", _text_of_body(size)), Settle()]
        yield script(steps, sentinel("ann"))


@check("FRAME-7", "every-length", scope=DELIVERY, twin=plainly, needs=("FRAME-6", "RELAY-3"))
def every_length(plan: Plan) -> Iterator[Script]:
    """Bodies of every length from the shortest on, so that no single length is wrong."""
    lengths = list(range(len(Out(nick("ann"), TAG).octets) - HEADER_OCTETS, plan.pick(132, 300, 1100)))
    for start in range(0, len(lengths), 30):
        steps = cast("ann", "bob")
        for size in lengths[start : start + 30]:
            steps += [*burst("ann", _text_of_body(size)), Settle()]
        yield script(steps, sentinel("ann"))


def _size_batches(sizes: list[int]) -> Iterator[list[int]]:
    batch: list[int] = []
    for size in sizes:
        if batch and sum(batch) + size > 1_500_000:
            yield batch
            batch = []
        batch.append(size)
    yield batch


def _text_of_body(size: int) -> str:
    around = len(Out(nick("ann")).octets) - HEADER_OCTETS
    text = f"{TAG}" if size - around < 20 else f"{size} {TAG} "
    return text + "0123456789"[: max(0, size - around - len(text))] + "x" * max(0, size - around - len(text) - 10)


MALFORMED = [
    "          ",
    "-5        ",
    "+5        ",
    "+12345    ",
    "-         ",
    "1_0       ",
    "0x10      ",
    "0b1       ",
    "0o7       ",
    "12 34     ",
    "1 2       ",
    "        1 ".replace("1 ", "1\t"),
    "\t12       ",
    "12\t       ",
    "12\n       ",
    "12\r\n      ",
    "\n12       ",
    "12\0       ",
    "\0" * 10,
    "12.       ",
    "12.0      ",
    "1e3       ",
    "1,000     ",
    "1'000     ",
    "abcdefghij",
    "12abc     ",
    "ff        ",
    "१२    ",  # Devanagari digits, three octets each
    "１２    ",  # full-width digits
    "²³      ",
    "12\u00a0      ",
    "0000000-12",
    "------1234",
    '"12"      ',
]


def _closes(trace: Trace) -> list[Difference]:
    """The offender is closed; who waited for that in vain has proven the contrary, if the canary was in time."""
    if not isinstance(trace.expired, Ended):
        return []
    sent = [entry.octets for entry in trace.entries if entry.what == "sent" and entry.who == "evil"]
    expected = f"the connection closed on the header {sent[-1][:HEADER_OCTETS]!r}" if sent else "the connection closed"
    return [Difference("FRAME-4", expected, "it stays open", "evil", "deadline")]


def _offend(octets: bytes, *, inside: bool) -> Script:
    begin = enter("evil") if inside else [Open("evil")]
    return script(begin, Send("evil", (octets,)), Ended("evil"))


def _whole(script_: Script) -> Script:
    """The twin: a well-formed header, alone for a while, is waited on and not closed; then its message arrives."""
    message = Out(nick("evil"), plain(1))
    return script(cast("ann", "evil"), Send("evil", (message,), (HEADER_OCTETS,)), sentinel("evil"))


@check("FRAME-4", "malformed-headers", judge=_closes, twin=_whole, width=20, decided_by="closed", needs=("FRAME-6",))
def malformed_headers(plan: Plan) -> Iterator[Script]:
    """Every other header, before a join and after it, closes the connection as soon as it is complete."""
    for number, header in enumerate(MALFORMED):
        octets = header.encode()
        assert len(octets) == HEADER_OCTETS, header
        for inside in (True, False) if plan.depth != "quick" else (bool(number % 2),):
            yield _offend(octets, inside=inside)


@check("FRAME-4", "digits-and-one-other", judge=_closes, twin=_whole, width=20, decided_by="closed", needs=("FRAME-6",))
def digits_and_one_other(plan: Plan) -> Iterator[Script]:
    """A well-formed header with one octet that is neither digit nor space, in every place."""
    others = bytes(
        plan.random.sample([octet for octet in range(256) if octet not in b"0123456789 "], plan.pick(3, 8, 60))
    )
    for octet in others:
        for place in range(HEADER_OCTETS):
            header = bytearray(b"%-10d" % 31)
            header[place] = octet
            if place >= 2 or plan.depth != "quick":
                yield _offend(bytes(header), inside=bool(place % 2))


@check(
    "FRAME-8",
    "too-large",
    judge=_closes,
    scope=["FRAME-4"],
    twin=_whole,
    width=20,
    decided_by="closed",
    needs=("FRAME-6",),
)
def too_large(plan: Plan) -> Iterator[Script]:
    """A length beyond every allowed maximum closes the connection as soon as the header is complete."""
    for number in (67_108_865, 100_000_000, 2**31 - 1, 2**31, 2**32 - 1, 2**32, 2**32 + 20, 9_999_999_999):
        for inside in (True, False):
            yield _offend(b"%-10d" % number, inside=inside)
        yield _offend(b"%10d" % number, inside=True)


@check(
    "FRAME-8",
    "modest-maximum",
    clause="SHOULD",
    judge=_closes,
    scope=["FRAME-4"],
    width=20,
    decided_by="closed",
    needs=("FRAME-6",),
)
def modest_maximum(plan: Plan) -> Iterator[Script]:
    """By default a length above 1,048,576 closes the connection: a larger body reaches clients that close on it."""
    for number in (SERVER_MAX_BODY_OCTETS + 1, 2_000_000, 67_108_864):
        yield _offend(b"%-10d" % number, inside=True)


def _reserves(trace: Trace) -> list[Difference]:
    held = [usage.resident for usage in trace.usage if usage.resident is not None]
    if len(held) < 2 or max(held) <= held[0] * 1.1 + 64 * 1024 * 1024:
        return []
    return [Difference("FRAME-8", f"about {held[0]} octets of memory", f"{max(held)}", "evil", "process")]


@check("FRAME-8", "reserves-nothing", judge=_reserves, storm=True, decided_by="process")
def reserves_nothing(plan: Plan) -> Iterator[Script]:
    """Headers that announce gigabytes reserve no memory; judged where the process is known."""
    evil = [f"evil{number}" for number in range(20)]
    announce = [step for who in evil for step in (Open(who), Send(who, (b"9999999999",)))]
    yield script(cast("ann", "bob"), Measure(), announce, Fence(), Measure(), sentinel("ann"), Measure())
