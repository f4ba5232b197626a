"""Which nicks are valid, and which compare equal (NICK-1, NICK-4).

Validity and `folded` need no Unicode table, so that any language can decide them the same way.
"""

import re
import unicodedata

SERVER_NICK = "Server"  # NICK-4: the nick of service messages
MAX_NICK_SCALARS = 64  # NICK-1

WHITE_SPACE = frozenset("\u0020\u00a0\u1680\u202f\u205f\u3000") | frozenset(map(chr, range(0x2000, 0x200B)))
FORBIDDEN = frozenset(map(chr, range(0x20))) | frozenset(map(chr, range(0x7F, 0xA0))) | frozenset("\u2028\u2029")


def problem(nick: str) -> str | None:
    """Says what makes a nick invalid, as a sentence for its owner; None for a valid one (NICK-1).

    Args:
        nick: any string of Unicode scalar values (what UTF-8 can carry).
    """
    if not nick:
        return "a nick has at least one character"
    if len(nick) > MAX_NICK_SCALARS:
        return f"a nick has at most {MAX_NICK_SCALARS} characters, not {len(nick)}"
    for scalar in nick:
        if scalar in FORBIDDEN:
            return f"a nick contains no control character or line separator (U+{ord(scalar):04X})"
    if nick[0] in WHITE_SPACE or nick[-1] in WHITE_SPACE:
        return "a nick neither begins nor ends with white space"
    return None


def folded(nick: str) -> bytes:
    """The octets by which every server must compare nicks: A-Z folded to a-z, nothing else (NICK-4).

    Raises:
        UnicodeEncodeError: the string holds surrogates, which UTF-8 cannot carry.
    """
    return nick.encode().lower()  # bytes.lower() touches ASCII letters only


def key(nick: str) -> str:
    """The widest comparison that NICK-4 allows a server, NFKC(casefold(NFKC(nick))): what the reference server uses."""
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", nick).casefold())


# What NFKC_Casefold drops: the code points with the property Default_Ignorable_Code_Point.
_IGNORABLE = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164"
    "\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufff8\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)


def certainly_differ(one: str, other: str) -> bool:
    """Whether no server may treat two nicks as equal (NICK-4): they differ under every order of the two foldings, and
    under NFKC_Casefold, which also drops what is invisible.

    It is meant for nicks of characters that Unicode 13 assigns: later ones may fold differently in another's tables.
    """
    return not (_foldings(one) & _foldings(other))


def _foldings(nick: str) -> set[str]:
    def nfkc(text: str) -> str:
        return unicodedata.normalize("NFKC", text)

    def orders(text: str) -> set[str]:
        cased, composed = text.casefold(), nfkc(text)
        twice = nfkc(unicodedata.normalize("NFD", text).casefold())
        return {key(text), nfkc(cased), composed.casefold(), nfkc(nfkc(cased).casefold()), text.lower(), twice}

    return orders(nick) | orders(_IGNORABLE.sub("", nick)) | {_IGNORABLE.sub("", folding) for folding in orders(nick)}
