"""Named texts, nicks, times, numbers and octets that usual mistakes change, take for something else, or do not know."""

import string
from collections.abc import Mapping, Sequence

from conformance.octets import HEADER_OCTETS
from conformance.script import TAG
from spec.nicks import MAX_NICK_SCALARS


def every(kinds: Mapping[str, Sequence[str]]) -> list[str]:
    """All of all kinds, in order."""
    return [one for kind in kinds.values() for one in kind]


ASCII_KINDS = {
    "spaces": ["", " ", "   ", " leading", "trailing ", "\ttab\t", "two  spaces"],
    "breaks": ["line\nbreak", "line\r\nbreak", "ends in a break\n", "ends in both\r\n", "\r", "\n"],
    "controls": ["\x01\x02\x1b[31mred\x1b[0m\x07", "\x7f", "".join(f"{chr(code)}c" for code in range(1, 32))],
    "announcements": ["[someone] joined the chat", "[someone] left the chat", "Server"],
    "headers": ["9         ", "0000000005", "42", "0"],
    "escapes": ["\\0", "C:\\new\\table", "\\n\\t\\r\\\\", "\\x00", "a\\0b\\0c"],
    "replacements": ["a $$ b $& c $1 d $' e $` f \\1 g \\g<0> h ${x} i & j", "100%% %d %5d %x %c %%"],
    "JSON": ['"quoted"', '{"a": 1}', "[1]", "true", "1e3", '"\\u0041\\n"'],
    "forms": ["a+b%41%20c", "a=1&b=2", "=?utf-8?q?a?=", "&#65;&amp;"],
    "all": ["".join(map(chr, range(33, 127)))],
    "code": ["{0} %s %d $x `x`", "<b>&amp;</b>", "'\"--; DROP", "/quit", "MiXeD CaSe", "None", "x"],
}
UNICODE_KINDS = {
    "forms": ["é", "e\u0301", "\u1e9b\u0323"],  # composed; decomposed; different under each normalisation form
    "BOM": ["\ufeffBOM in front", "BOM behind\ufeff"],
    "marks": ["\u0301\u0302\u0303"],  # combining ones, with nothing to stand on
    "scripts": ["日本語テキスト", "Привет", "שלום עולם", "\u202eoverride"],
    "astral": ["😀", "👩\u200d👩\u200d👧\u200d👦", "\U0010ffff"],
    "spaces": ["\u00a0no-break\u00a0", "\u2028\u2029\u0085", "\u3000wide space\u3000", "\u200bzero width\u200b"],
    "compatibility": ["ＦＵＬＬ", "ﬀ ligature", "İstanbul ı ẞ ß"],
    "controls": ["".join(f"{chr(code)}c" for code in range(0x7F, 0xA0))],
    # of controls, of surrogates, and of each length of UTF-8
    "edges": ["\ufffd", "\uffff", "\x80\x9f", "\ud7ff\ue000", "\u07ff\u0800\uffff\U00010000"],
}
TIME_KINDS = {
    "nothing": ["", "x"],
    "TIME-1": ["2026-11-22T10:21:07.123Z", "2026-11-22T10:21:07Z"],
    "offsets": ["2026-11-22T10:21:07+02:00", "2026-11-22T10:21:07.5-05:30", "2026-11-22T10:21:07-00:00"],
    "other forms": [
        "2026-11-22 10:21:07",
        "2026-11-22t10:21:07z",
        "2026-11-22T10:21:61Z",
        "2026-11-22T10:21:07.123456789Z",
        "22.11.2026",
        "10:21",
    ],
    "numbers": ["1764000000", "0", " ", "-1", "99999999999999999999"],
    "alignments": ["é" * 40, "x" + "é" * 40],  # any place is inside a character of one of them
    "words": ["Sun Nov 22 10:21:07 2026", "十時", "\n", "9999-99-99T99:99:99Z", "x" * 1000],
}
NICK_KINDS = {  # valid (NICK-1); TAG keeps them free
    "plain": [f"A{TAG}", f"{TAG}"],
    "inner spaces": [f"two words {TAG}", f"three  spaces   {TAG}"],
    "brackets": [f"[{TAG}]", f"[x] joined the chat {TAG}", f"] left the chat {TAG}"],
    "quotes": [f"'\"{TAG}`", f"<{TAG}>", f"{TAG}: hello", f"{TAG}\\0", f"%s{{0}}{TAG}", f"/nick {TAG}", f"-{TAG}"],
    "replacements": [f"$&{TAG}", f"$$ $1 {TAG}", f"&{TAG}\\1", f"%n%s%d{TAG}", f"{TAG}%41+", f"\\u0041{TAG}"],
    "look-alikes": [f"0x{TAG}", f"Server{TAG}", f"Server {TAG}", f"admin@{TAG}", f"9{TAG}"],
    "lengths": ["n" * (length - len(TAG)) + TAG for length in range(len(TAG) + 1, MAX_NICK_SCALARS + 1)],
    "punctuation": [f"{mark}{TAG}{mark}x{mark}" for mark in string.punctuation],  # first, inside and last
}
SHORT_NICKS = ["x", "7", "~", "00", "91", "0000000005", "1234567890"]  # free only if nobody holds them
SHORT_NICKS += ["constructor", "__proto__", "toString", "null", "undefined", "None", "0", "false"]
SHORT_NICKS += ["s", "er", "serve", "erver", "servers"]  # none of them is the server's, nor folds to it (NICK-4)
UNICODE_NICK_KINDS = {
    "forms": [f"é{TAG}", f"e\u0301{TAG}"],
    "scripts": [f"Ωμέγα{TAG}", f"Привет{TAG}", f"שלום{TAG}", f"日本{TAG}"],
    "astral": [f"😀{TAG}", f"{TAG}👩\u200d👩\u200d👧"],
    "invisible": [f"\u0301{TAG}", f"{TAG}\ufeff", f"\u200b{TAG}", f"a\u00a0b{TAG}", f"{TAG}\u00ad", f"x\u00ad{TAG}"],
    "not white space": [f"\u180e{TAG}", f"{TAG}\u180e", f"{TAG}\u2060"],
    "directions": [f"\u202eab{TAG}", f"{TAG}\u2066x", f"\u061c{TAG}", f"{TAG}\u200f", f"\U000e0041{TAG}"],
    "noncharacters": [f"\ufffe{TAG}", f"{TAG}\uffff", f"\U0001fffe{TAG}", f"\ufdd0{TAG}", f"{TAG}\U0010ffff"],
    # of the same, each first or last
    "edges": [f"{scalar}{TAG}" for scalar in "\u00a1\u07ff\u0800\ue000"] + [f"{TAG}\ud7ff", f"{TAG}\U00010000"],
    "compatibility": [f"ß{TAG}", f"ﬀ{TAG}", f"Ａ{TAG}", f"İ{TAG}"],
    "alignments": [
        f"x{'é' * (MAX_NICK_SCALARS - len(TAG) - 1)}{TAG}",
        f"xx{'日' * (MAX_NICK_SCALARS - len(TAG) - 2)}{TAG}",
    ],
    "lengths": [
        scalar * (MAX_NICK_SCALARS - len(TAG)) + TAG for scalar in "😀é日한Ａя\u0301"
    ],  # 64 scalar values, of one to four octets each but the tag; wide ones, and some that take no room
}


BUFFERS = (512, 1024, 1460, 2048, 4096, 8192, 16384, 32768, 65536)
ASCII_TEXTS, UNICODE_TEXTS, TIMES = every(ASCII_KINDS), every(UNICODE_KINDS), every(TIME_KINDS)
NICKS, UNICODE_NICKS = every(NICK_KINDS), every(UNICODE_NICK_KINDS)

LOOK_ALIKES = {
    "frames": ["{size:<10}{text}", "{size:>10}{text}", "{size:010}\\0Server\\0{text}", "{text}\n9999999999"],
    "announcements": ["[{text}] joined the chat", "[{text}] left the chat"],
    "lines": ["2026-11-22T10:21:07.123Z [Server] {text}", "history: 2026-11-22T10:21:07.123Z [{text}] {text}"],
}
BRACKETED = ["[{}]", "] {} [", "[{}] joined the chat", "{}] left the chat", "{}] joined the chat [x", "[Server] {}"]

BAD_NUMBERS = {  # each is filled up with spaces behind it
    "no digit": ["", "-", "abcdefghij"],
    "sign": ["-5", "+5", "-0", "0000000-12"],
    "notation": ["1_0", "0x10", "0b1", "0o7", "1e3", "12.", "1,000", "ff", '"12"'],
    "inner space": ["1 2", "12     34"],
    "suffix": ["12d", "12f", "12L", "12u", "12h", "12%"],
    "prefix": ["#10", "$10", "=12", "%12", "x10"],
    "other space": ["\t12", "12\t", "12\n", "12\r\n", "\x0b12", "\x0c12", "12\u00a0", "12       \n", "000000012\n"],
    "NUL": ["12\0", "\0\x0012", "\0" * HEADER_OCTETS],
    "other digits": ["१२", "１２", "²³"],
}
NOT_UTF8 = {  # RFC 3629; wherever one of these stands between whole characters
    "continuation alone": [b"\x80", b"\xbf", b"\xc3\xa9\x80"],
    "never used": [b"\xc0", b"\xc1", b"\xf5", b"\xfe", b"\xff"],
    "overlong": [b"\xc0\x80", b"\xc1\xbf", b"\xe0\x80\xaf", b"\xe0\x9f\xbf", b"\xf0\x80\x80\xaf", b"\xf0\x8f\xbf\xbf"],
    "surrogate": [b"\xed\xa0\x80", b"\xed\xbf\xbf", b"\xed\xa0\xbd\xed\xb8\x80"],
    "above U+10FFFF": [b"\xf4\x90\x80\x80", b"\xf4\xbf\xbf\xbf", b"\xf5\x80\x80\x80", b"\xf7\xbf\xbf\xbf"],
    "five or six octets": [b"\xf8\x88\x80\x80\x80", b"\xfc\x84\x80\x80\x80\x80"],
    "cut short": [b"\xc3", b"\xe2", b"\xe2\x82", b"\xf0", b"\xf0\x9f", b"\xf0\x9f\x98"],
    "other encoding": [b"\xe9t\xe9", b"\xcf\xf0\xe8\xe2\xe5\xf2", b"\x93\xfa", b"\xff\xfeh"],
}
