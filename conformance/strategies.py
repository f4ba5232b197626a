"""What the suite says: texts, nicks, times, sizes and cuts, named ones that usual mistakes change, and drawn ones.

The drawn ones are strategies for hypothesis; tests hold what they reach.
"""

from typing import Any

from hypothesis import strategies as st

from conformance.script import TAG
from spec.nicks import FORBIDDEN, MAX_NICK_SCALARS, WHITE_SPACE

ASCII_TEXTS = [
    "",
    " ",
    "   ",
    " leading",
    "trailing ",
    "\ttab\t",
    "two  spaces",
    "line\nbreak",
    "line\r\nbreak",
    "ends in a break\n",
    "ends in both\r\n",
    "\r",
    "\n",
    "\x01\x02\x1b[31mred\x1b[0m\x07",
    "\x7f",
    "[someone] joined the chat",
    "[someone] left the chat",
    "Server",
    "9         ",
    "0000000005",
    "42",
    "0",
    "\\0",
    "C:\\new\\table",
    "\\n\\t\\r\\\\",
    "\\x00",
    "a\\0b\\0c",
    "{0} %s %d $x `x`",
    "<b>&amp;</b>",
    "'\"--; DROP",
    "/quit",
    "MiXeD CaSe",
    "None",
    "x",
]

UNICODE_TEXTS = [
    "é",
    "e\u0301",  # the same, decomposed
    "\u1e9b\u0323",  # different under each normalisation form
    "\ufeffBOM in front",
    "BOM behind\ufeff",
    "\u0301\u0302\u0303",  # only combining marks
    "日本語テキスト",
    "Привет",
    "שלום עולם",
    "\u202eoverride",
    "😀",
    "👩\u200d👩\u200d👧\u200d👦",
    "\U0010ffff",
    "\u00a0no-break\u00a0",
    "\u2028\u2029\u0085",
    "\u3000wide space\u3000",
    "\u200bzero width\u200b",
    "ＦＵＬＬ",
    "ﬀ ligature",
    "İstanbul ı ẞ ß",
    "\ufffd",
    "\uffff",
    "\x80\x9f",
    "\u07ff\u0800\uffff\U00010000",  # on both sides of each length of UTF-8
]

TIMES = [
    "",
    "x",
    "2026-11-22T10:21:07.123Z",
    "2026-11-22T10:21:07Z",
    "2026-11-22 10:21:07",
    "22.11.2026",
    "10:21",
    "1764000000",
    "0",
    " ",
    "-1",
    "99999999999999999999",
    "Sun Nov 22 10:21:07 2026",
    "十時",
    "\n",
    "9999-99-99T99:99:99Z",
    "x" * 1000,
]

NICKS = [  # valid (NICK-1); TAG keeps them free
    f"A{TAG}",
    f"{TAG}",
    f"two words {TAG}",
    f"three  spaces   {TAG}",
    f"[{TAG}]",
    f"[x] joined the chat {TAG}",
    f"] left the chat {TAG}",
    f"'\"{TAG}`",
    f"<{TAG}>",
    f"{TAG}: hello",
    f"{TAG}\\0",
    f"%s{{0}}{TAG}",
    f"/nick {TAG}",
    f"-{TAG}",
    f"0x{TAG}",
    f"Server{TAG}",
    f"Server {TAG}",
    f"admin@{TAG}",
    "9" + TAG,
    "n" * (MAX_NICK_SCALARS - len(TAG)) + TAG,  # 64 characters
    "n" * (MAX_NICK_SCALARS - len(TAG) - 1) + TAG,
    "n" * (32 - len(TAG)) + TAG,
    "n" * (33 - len(TAG)) + TAG,
    "n" * (20 - len(TAG)) + TAG,
    "n" * (21 - len(TAG)) + TAG,
    "n" * (16 - len(TAG)) + TAG,
    "n" * (17 - len(TAG)) + TAG,
]

SHORT_NICKS = [
    "x",
    "7",
    "~",
    "00",
    "9         "[0:1] + "1",
    "0000000005",
    "1234567890",
]  # free only if nobody holds them

UNICODE_NICKS = [
    f"é{TAG}",
    f"e\u0301{TAG}",
    f"Ωμέγα{TAG}",
    f"Привет{TAG}",
    f"שלום{TAG}",
    f"日本{TAG}",
    f"😀{TAG}",
    f"{TAG}👩\u200d👩\u200d👧",
    f"\u0301{TAG}",
    f"{TAG}\ufeff",
    f"\u200b{TAG}",
    f"a\u00a0b{TAG}",
    f"ß{TAG}",
    f"ﬀ{TAG}",
    f"Ａ{TAG}",
    f"İ{TAG}",
    "😀" * (MAX_NICK_SCALARS - len(TAG)) + TAG,  # 64 scalar values, four octets each but the tag
    "é" * (MAX_NICK_SCALARS - len(TAG)) + TAG,
]

SCALARS = st.characters(exclude_categories=["Cs"], exclude_characters="\x00")


def texts() -> Any:
    """Short texts of every kind: named ones, plain ones, digits, marks, breaks, any scalar values but NUL."""
    return st.one_of(
        st.sampled_from(ASCII_TEXTS + UNICODE_TEXTS),
        st.text(SCALARS, max_size=40),
        st.text(st.characters(min_codepoint=1, max_codepoint=126), max_size=40),
        st.text("0123456789 ", min_size=1, max_size=30),
        st.text(st.characters(categories=["Mn", "Me", "Cf"]), min_size=1, max_size=10),
        st.text("\r\n\t \u00a0\u2028", min_size=1, max_size=6),
        st.text(st.characters(min_codepoint=0x10000, exclude_categories=["Cs"]), min_size=1, max_size=10),
    )


def nicks() -> Any:
    """Valid nicks (NICK-1) of every kind, kept free by the tag somewhere inside."""
    inner = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="".join(FORBIDDEN)), max_size=28)
    plain = st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=28)
    part = st.one_of(plain, inner)
    return (
        st.tuples(part, part)
        .map(lambda sides: f"{sides[0]}{TAG}{sides[1]}")
        .filter(lambda nick: nick[0] not in WHITE_SPACE and nick[-1] not in WHITE_SPACE)
    )


def cuts(length: int, most: int = 8) -> Any:
    """Offsets at which a stretch of octets is cut."""
    return st.lists(st.integers(1, max(1, length - 1)), min_size=1, max_size=most, unique=True).map(
        lambda offsets: tuple(sorted(offsets))
    )


BUFFERS = (512, 1024, 1460, 2048, 4096, 8192, 16384, 32768, 65536)


def body_sizes(largest: int, *, dense: bool) -> list[int]:
    """Lengths of bodies near powers of two and ten and near usual buffer sizes, with and without the header, in order."""
    powers = [2**power for power in range(5, 21)] + [10**power for power in range(2, 7)]
    near = (-1, 0, 1) if dense else (0, 1)
    sizes = {power + step for power in powers for step in near}
    sizes |= {buffer + step for buffer in BUFFERS for step in (-11, -10, -9, 0)}
    return sorted(size for size in sizes | {largest, largest - 1} if size <= largest)
