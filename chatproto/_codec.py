"""Octets to frames and back, at the speed of plain Python, for any definition like those of spec/wire.py."""

from collections.abc import Iterable
from typing import Any

from chatproto._errors import CLOSE, DO_NOT_SEND, LocalProtocolError, RemoteProtocolError
from chatproto._layout import layout_of
from spec.wire import WireError


class Codec:
    """Reads and writes the frames of one direction of one stream.

    A definition from `spec.wire` is the source: width, fill, maximum, separator, names and encodings are read off
    it, and whatever is not plainly well formed is judged by the definition itself.

    Args:
        definition: `spec.wire.frame(n)`, or one of the same make: Prefixed(Decimal, Fields of GreedyStrings).

    Raises:
        TypeError: the definition is of another make.

    Attributes:
        error: what was malformed, once it is known; it stands behind the frames decoded so far. None until then.
    """

    __slots__ = ("_held", "_layout", "_need", "error")

    def __init__(self, definition: Any) -> None:
        self._layout = layout_of(definition)
        self._held = bytearray()  # received, and not yet a frame
        self._need = self._layout.width  # so many octets held before anything can be decided
        self.error: RemoteProtocolError | None = None

    @property
    def buffered(self) -> int:
        """Octets of an unfinished frame that are held."""
        return len(self._held)

    def decode(self, octets: bytes | bytearray | memoryview) -> list[tuple[str, ...]]:
        """Takes the next octets of the stream, however TCP cut them (FRAME-6), and gives the frames now whole.

        A header is judged as soon as it is complete (FRAME-4, FRAME-8), and nothing is reserved for a body that
        is too long. The cost is linear in the octets, also for a long body in short reads.

        Args:
            octets: any number of them, none included.

        Returns:
            The values of the fields of each whole frame, in the order of the definition.

        Raises:
            RemoteProtocolError: a frame is malformed. The good frames ahead of it in this call are returned
                first, `error` is set, and the next call raises it; so does every later one.
            TypeError: they are no octets.
        """
        if self.error is not None:
            raise self.error.with_traceback(None)
        held = self._held
        held += octets  # a bytearray grows in place: appending costs what is appended
        if len(held) < self._need:  # by far the commonest way out for short reads, so it comes first
            return []
        frames: list[tuple[str, ...]] = []
        try:
            self._split_off(frames)
        except WireError as wire:
            self.error = RemoteProtocolError.from_wire(wire, CLOSE)
            held.clear()  # FRAME-4: where the next frame would begin is unknown
        if self.error is not None and not frames:  # raised out here, so that it has no WireError as its context
            raise self.error
        return frames

    def _split_off(self, frames: list[tuple[str, ...]]) -> None:
        """Moves the whole frames from the octets held into a list: the one fast path.

        The octets are made text once, as Latin-1, one character an octet: offsets hold in both, slices of text are
        cheap, a header is a key of the memo as it is, and a body that is ASCII needs no decoding any more. Another
        body is decoded whole and then split, which beats splitting it and decoding each field.
        """
        layout, held = self._layout, self._held
        width, separator, count, lengths = layout.width, layout.separator, len(layout.names), layout.lengths
        encoding, transparent = layout.encoding, layout.transparent
        text = held.decode("latin-1")
        size = len(text)
        all_ascii = transparent and text.isascii()  # asked once a read; a read with other octets asks for each body
        octets = b"" if all_ascii else bytes(held)  # slices of bytes are cheaper than slices of a bytearray
        position = 0
        need = width
        while (start := position + width) <= size:
            stop = start + lengths[text[position:start]]  # FRAME-3, FRAME-4, FRAME-8: the memo asks the definition
            if stop > size:
                need = stop - position  # until then a read is one comparison
                break
            body = text[start:stop]
            try:
                if all_ascii or (transparent and body.isascii()):
                    fields = body.split(separator, count)  # not more: a million separators are not a million strings
                elif encoding is not None:
                    fields = octets[start:stop].decode(encoding).split(separator, count)
                else:
                    fields = layout.split(octets[start:stop])
            except UnicodeDecodeError:
                fields = []  # BODY-2: no definition has no fields, so this one will be judged
            if len(fields) != count:  # BODY-3: the definition says what is wrong
                fields = layout.judged(bytes(held[start:stop]))
            frames.append(tuple(fields))
            position = stop
        del held[:position]  # bytearray moves its start, it does not copy what is left
        self._need = need

    def encode(self, *fields: str) -> bytes:
        """One frame, with a canonical header (FRAME-2).

        Args:
            fields: a value for each field, in the order of the definition.

        Raises:
            LocalProtocolError: a value contains the separator (BODY-1), or cannot be encoded (BODY-2), or the body
                is over the maximum (FRAME-8).
            TypeError: not as many values as fields, or one of them is no str.
        """
        layout = self._layout
        if len(fields) != len(layout.names):
            raise TypeError(f"a frame has the fields {', '.join(layout.names)}; {len(fields)} values were given")
        complaint: WireError
        try:
            if layout.encoding is not None:
                text = layout.separator.join(fields)
                if text.count(layout.separator) == len(fields) - 1:  # BODY-1: none but those between the fields
                    body = text.encode(layout.encoding)
                    return layout.headers[len(body)] + body
        except (UnicodeEncodeError, TypeError, WireError):
            pass  # the definition says what is wrong
        for name, value in zip(layout.names, fields, strict=True):
            if not isinstance(value, str):
                raise TypeError(f"the {name} is a str, not {value!r}")
        try:
            return layout.built(fields)
        except WireError as wire:
            complaint = wire
        raise LocalProtocolError.from_wire(complaint, DO_NOT_SEND)

    def encode_run(self, shared: tuple[str, ...], lasts: Iterable[str]) -> bytes:
        """Frames that differ in their last field only, one behind the other, as `encode` would make each of them.

        Args:
            shared: a value for each field but the last.
            lasts: the values of the last field, one for each frame.

        Raises:
            LocalProtocolError, TypeError: as `encode` does for the first frame that cannot be made.
        """
        layout = self._layout
        lasts = lasts if isinstance(lasts, list | tuple) else list(lasts)  # they are gone through more than once
        front = layout.separator.join((*shared, ""))
        octets = front + "".join(lasts)
        count = len(layout.names) - 1
        if layout.encoding is not None and len(shared) == octets.count(layout.separator) == count:  # BODY-1
            try:
                if octets.isascii():  # the fast path: a character is an octet, so a frame is put together as text
                    length, texts = len(front), layout.header_texts
                    return "".join([f"{texts[length + len(last)]}{front}{last}" for last in lasts]).encode("ascii")
                headers, bodies = layout.headers, [(front + last).encode(layout.encoding) for last in lasts]
                return b"".join([headers[len(body)] + body for body in bodies])
            except (UnicodeEncodeError, WireError):
                pass  # the definition says what is wrong
        return b"".join([self.encode(*shared, last) for last in lasts])
