"""The colour of a nick: the same in every run and on every machine, readable on light and on dark backgrounds."""

import zlib

from spec import nicks

# Each has a contrast of at least 3.5 : 1 against white and against black (WCAG 2.1, 1.4.3, asks 3 : 1 of bold text); a
# test computes it. They are colours of the 256-colour cube, so that terminals which have no more show them unchanged.
COLOURS = (
    "#d70000",
    "#d75f00",
    "#af5f00",
    "#af5f5f",
    "#878700",
    "#5f8700",
    "#008700",
    "#00875f",
    "#008787",
    "#5f8787",
    "#0087af",
    "#0087d7",
    "#5f5fff",
    "#5f87af",
    "#875fd7",
    "#af00ff",
    "#af5faf",
    "#d700af",
    "#d7005f",
    "#d75f87",
)


def colour(nick: str) -> str:
    """The colour of a nick, as `#rrggbb`; nicks that every server takes for one (NICK-4) have one colour."""
    # Not hash(): it differs from run to run, and people learn colours.
    return COLOURS[zlib.crc32(nicks.folded(nick)) % len(COLOURS)]
