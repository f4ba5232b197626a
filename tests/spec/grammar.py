"""The ABNF of protocol.md as regular expressions, so that the grammar in the prose is tested and not only printed.

The grammar is not recursive, so each rule is one expression over characters; octets are read as the characters
U+0000 to U+00FF. It knows as much of RFC 5234 and RFC 7405 as the prose uses.
"""

import functools
import re

from spec.requirements import prose

_FENCE = re.compile(r"```abnf\n(.*?)```", re.DOTALL)
_RULE = re.compile(r"^([A-Za-z][\w-]*) +=", re.MULTILINE)
_TOKEN = re.compile(
    r"\s*(?:(?P<hex>%x[0-9A-F]+(?:-[0-9A-F]+)?)|(?P<string>(?:%s)?\"[^\"]*\")|(?P<repeat>\d*\*\d*|\d+)"
    r"|(?P<rule>[A-Za-z][\w-]*)|(?P<mark>[/()\[\]]))"
)


def blocks() -> list[str]:
    """The ABNF listings of protocol.md, in their order, without comments."""
    return [re.sub(r" *;.*", "", block) for block in _FENCE.findall(prose())]


def rules(block: str) -> dict[str, str]:
    """The right-hand sides of one listing by rule name."""
    heads = list(_RULE.finditer(block))
    assert len(heads) == len({head[1] for head in heads}), "a rule is defined twice"
    ends = [head.start() for head in heads[1:]] + [len(block)]
    return {head[1]: block[head.end() : end].strip() for head, end in zip(heads, ends, strict=True)}


def tokens(definition: str) -> list[tuple[str, str]]:
    """The tokens of a right-hand side, as (kind, text); fails on anything that it does not know."""
    found, place = [], 0
    while place < len(definition):
        match = _TOKEN.match(definition, place)
        assert match is not None, definition[place:]
        found.append((str(match.lastgroup), match[str(match.lastgroup)]))
        place = match.end()
    return found


def names(definition: str) -> set[str]:
    """The rules that a right-hand side refers to."""
    return {text for kind, text in tokens(definition) if kind == "rule"}


@functools.cache
def pattern(rule: str) -> re.Pattern[str]:
    """The whole-string expression of one rule of either listing."""
    (block,) = (block for block in map(rules, blocks()) if rule in block)
    return re.compile(_expression(block, rule), re.DOTALL)


def matches(rule: str, text: str | bytes) -> bool:
    """Whether a text, or octets, are what the rule describes."""
    characters = text.decode("latin-1") if isinstance(text, bytes) else text
    return pattern(rule).fullmatch(characters) is not None


def _expression(block: dict[str, str], rule: str) -> str:
    parts: list[str] = []
    repeat, outer = "", []  # ABNF repeats in front, expressions behind: a group's repeat waits for its end
    for kind, text in tokens(block[rule]):
        match kind, text:
            case "repeat", _:
                repeat = _repeat(text)
            case "mark", "(" | "[":
                parts.append("(?:")
                outer.append(repeat if text == "(" else "?")
                repeat = ""
            case "mark", ")" | "]":
                parts.append(")" + outer.pop())
            case "mark", _:
                parts.append("|")
            case _:
                parts.append(_atom(block, kind, text) + repeat)
                repeat = ""
    return f"(?:{''.join(parts)})"


def _repeat(text: str) -> str:
    if "*" not in text:
        return f"{{{text}}}"
    least, _, most = text.partition("*")
    return f"{{{least or 0},{most}}}"


def _atom(block: dict[str, str], kind: str, text: str) -> str:
    if kind == "rule":
        return _expression(block, text)
    if kind == "hex":
        first, _, last = text.removeprefix("%x").partition("-")
        return f"[{_escape(first)}-{_escape(last or first)}]"
    literal = text.removeprefix("%s").strip('"')
    # RFC 5234 strings match in either case unless RFC 7405 says %s: ours hold no letters then
    assert text.startswith("%s") or not re.search("[A-Za-z]", literal), text
    return f"(?:{re.escape(literal)})"


def _escape(number: str) -> str:
    return f"\\U{int(number, 16):08x}"
