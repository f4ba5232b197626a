"""What the tests of chatproto share: a witness by the definition, cuts, definitions to draw, and two ends joined."""

import io
import itertools
from collections.abc import Iterable, Iterator
from typing import Any

from construct import GreedyString, Prefixed, StreamError
from hypothesis import strategies as st

from chatproto import (
    CLIENT,
    NEED_DATA,
    SERVER,
    Codec,
    Connection,
    Event,
    Join,
    Joined,
    ProtocolError,
    RemoteProtocolError,
    Role,
)
from spec.wire import Decimal, Fields, WireError

TIME = "2026-01-31T12:00:00.000Z"

Frames = list[tuple[str, ...]]
Place = tuple[str, str | None, int | None]  # id, part, octet


def place(error: ProtocolError | WireError) -> Place:
    """What an error and the definition's own must have in common."""
    return error.requirement, error.part, error.octet


def by_definition(definition: Any, octets: bytes) -> tuple[Frames, WireError | None, int]:
    """The frames, the error and the octets of an unfinished frame, as the interpreted definition sees a stream."""
    stream, frames = io.BytesIO(octets), []
    while True:
        start = stream.tell()
        try:
            frames.append(tuple(definition.parse_stream(stream).values()))
        except WireError as error:
            return frames, error, 0
        except StreamError:
            return frames, None, len(octets) - start


def by_codec(definition: Any, reads: Iterable[bytes]) -> tuple[Frames, RemoteProtocolError | None, int]:
    """The same, as a codec sees the reads."""
    codec = Codec(definition)
    frames: Frames = []
    for octets in reads:
        try:
            frames += codec.decode(octets)
        except RemoteProtocolError:
            break
    return frames, codec.error, codec.buffered


def pieces(octets: bytes, cuts: Iterable[int]) -> list[bytes]:
    """The octets cut at these places."""
    places = [0, *sorted({cut % (len(octets) + 1) for cut in cuts}), len(octets)]
    return [octets[start:stop] for start, stop in itertools.pairwise(places)]


def one_by_one(octets: bytes) -> list[bytes]:
    """The octets, one a read."""
    return [octets[index : index + 1] for index in range(len(octets))]


CUTS = st.one_of(st.lists(st.integers(0, 400), max_size=6), st.just(list(range(400))))

# Fills and separators beyond ASCII, of several octets, and encodings that are not ASCII's superset: all legal in a
# definition, and each shuts a codec out of one of its short cuts.
FILLS = st.sampled_from([b" ", b"_", b"\x00", b"*", b"\xff"])
SEPARATORS = st.sampled_from([b"\x00", b"|", b"\r\n", b"\xff", b"aa", b"\xc3"])
ENCODINGS = st.sampled_from(
    ["utf-8", "utf8", "latin-1", "ascii", "cp1251", "utf-16", "utf-16-le", "utf-7", "utf-8-sig", "shift_jis"]
)


def altered(width: int, fill: bytes, maximum: int, encodings: Iterable[str], separator: bytes) -> Any:
    """A definition of our make with other parameters; the fields are named a, b, c, ..."""
    fields = ("abcdefgh"[index] / GreedyString(encoding) for index, encoding in enumerate(encodings))
    return Prefixed(Decimal(width, fill=fill, maximum=maximum), Fields(*fields, separator=separator))


@st.composite
def definitions(draw: st.DrawFn) -> Any:
    """Definitions near the standard one, and far from it."""
    shared = st.builds(lambda name, count: [name] * count, ENCODINGS, st.integers(1, 5))
    encodings = draw(st.one_of(st.just(["utf-8"] * 3), shared, st.lists(ENCODINGS, min_size=1, max_size=5)))
    width, maximum = draw(st.integers(1, 12)), draw(st.sampled_from([0, 1, 9, 30, 99, 1000]))
    return altered(width, draw(FILLS), maximum, encodings, draw(SEPARATORS))


TEXTS = st.one_of(
    st.text(st.characters(exclude_categories=["Cs"]), max_size=12),
    st.text("ab|~\x00é€😀\ufeff", max_size=8),
)


@st.composite
def streams(draw: st.DrawFn, definition: Any) -> bytes:
    """Octets of a stream: whole frames, frames with a few octets changed, and noise, one behind the other."""
    kinds = draw(st.lists(st.sampled_from(["whole", "whole", "whole", "changed", "noise", "near"]), max_size=5))
    return b"".join(_drawn(draw, kind, definition) for kind in kinds)


def _drawn(draw: st.DrawFn, kind: str, definition: Any) -> bytes:
    number, fields = definition.lengthfield, definition.subcon
    if kind == "noise":
        return draw(st.binary(max_size=20))
    if kind == "near":  # a body of octets that mean something, under a header spelled in some way
        parts = draw(st.lists(st.sampled_from([fields.separator, b"a", b"\xc3", b"\xa9", b"\xed\xa0\x80"]), max_size=9))
        body = b"".join(parts)
        digits = b"%d" % (len(body) + draw(st.sampled_from([0, 0, 0, 1, -1, 2000])))
        header = digits.rjust(draw(st.integers(0, number.width)), draw(st.sampled_from([b"0", number.fill, b"+"])))
        return header.ljust(number.width, number.fill) + body
    values = {name: draw(TEXTS) for name in fields.names}
    try:
        octets: bytes = definition.build(values)
    except WireError:
        return b""  # what cannot be built is the business of the tests of encode
    if kind == "changed" and octets:
        at = draw(st.integers(0, len(octets) - 1))
        octets = octets[:at] + draw(st.binary(max_size=3)) + octets[at + draw(st.integers(0, 2)) :]
    return octets


def events(connection: Connection) -> Iterator[Event]:
    """The events that are there."""
    for _ in range(10_000):  # a connection that never has enough is a failure, not a full memory
        event = connection.next_event()
        if event is NEED_DATA:
            return
        yield event
    raise AssertionError("no end of events")


class ConnectionPair:
    """A client's and a server's connection, joined without a socket: what one sends, the other receives.

    Args:
        size: octets of a read.
    """

    def __init__(self, size: int = 1 << 20) -> None:
        self.ends: dict[Role, Connection] = {role: Connection(role) for role in Role}
        self.size = size

    @property
    def client(self) -> Connection:
        """The client's end."""
        return self.ends[CLIENT]

    @property
    def server(self) -> Connection:
        """The server's end."""
        return self.ends[SERVER]

    def say(self, role: Role, *said: Event) -> list[Event]:
        """Sends events from one end, and returns those that arrive at the other."""
        receiver = self.ends[SERVER if role is CLIENT else CLIENT]
        octets = b"".join([self.ends[role].send(event) for event in said])
        arrived: list[Event] = []
        for start in range(0, len(octets), self.size):
            receiver.receive_data(octets[start : start + self.size])
            arrived += events(receiver)
        return arrived


def joined(role: Role) -> Connection:
    """One end of a connection on which alice has joined."""
    pair = ConnectionPair()
    pair.say(CLIENT, Join("", "alice"))
    pair.say(SERVER, Joined(TIME, "alice"))
    return pair.ends[role]
