"""What a requirement means to somebody whose server breaks it. The one source is hints.md beside this file.

A hint is a section of that page:

    ## FRAME-2

    **What it means.** One paragraph.

    **The usual mistake.** One paragraph.

    **How to see it.** One paragraph.

Like the explanations in protocol.md it binds nobody.
"""

import functools
import re
import textwrap
from dataclasses import dataclass
from importlib import resources

from spec.requirements import register

WIDTH = 100  # columns of explain()

_SECTION = re.compile(r"^## (?P<id>\S+)\n(?P<text>.*?)(?=^## |\Z)", re.MULTILINE | re.DOTALL)
_PARAGRAPHS = re.compile(
    r"\s*\*\*What it means\.\*\* (?P<means>.+)\n\n"
    r"\*\*The usual mistake\.\*\* (?P<mistake>.+)\n\n"
    r"\*\*How to see it\.\*\* (?P<look>.+?)\s*",
    re.DOTALL,
)
# A command in backticks is not broken into lines: it is there to be copied.
_WORD = re.compile(r"(?:`[^`]*`|\S)+")


class HintError(Exception):
    """hints.md has a section that is not of the form above; the message names it."""


@dataclass(frozen=True, slots=True)
class Hint:
    """The hint of one requirement: three paragraphs of plain text without line breaks, backticks around code.

    Attributes:
        id: such as FRAME-2.
        means: the requirement in other words.
        mistake: what usually breaks it, without the cure.
        look: how to see it for oneself, with commands.
    """

    id: str
    means: str
    mistake: str
    look: str


def page() -> str:
    """The text of hints.md."""
    return resources.files("conformance").joinpath("hints.md").read_text(encoding="utf-8")


def parse(markdown: str) -> dict[str, Hint]:
    """Reads the sections of a text, in their order, by id.

    Raises:
        HintError: a section is not well formed, or an id stands twice.
    """
    found: dict[str, Hint] = {}
    for section in _SECTION.finditer(markdown):
        paragraphs = _PARAGRAPHS.fullmatch(section["text"])
        if paragraphs is None or any("\n\n" in text for text in paragraphs.groups()):
            raise HintError(f"the section of {section['id']} is not three labelled paragraphs")
        if section["id"] in found:
            raise HintError(f"{section['id']} stands twice")
        means, mistake, look = (text.replace("\n", " ") for text in paragraphs.groups())
        found[section["id"]] = Hint(section["id"], means, mistake, look)
    return found


@functools.cache
def _hints() -> dict[str, Hint]:
    return parse(page())


def hints() -> dict[str, Hint]:
    """Every hint by the id of its requirement, in the order of the page."""
    return dict(_hints())


def hint(identifier: str) -> Hint:
    """The hint of a requirement.

    Raises:
        KeyError: there is no such requirement.
    """
    return _hints()[identifier]


def explain(identifier: str) -> str:
    """A requirement and its hint as plain text of several lines, without a line break at the end.

    Raises:
        KeyError: there is no such requirement.
    """
    requirement, found = register()[identifier], hint(identifier)
    keywords = ", ".join(requirement.keywords)
    head = f"{requirement.id}  {requirement.cls} · {keywords} · {requirement.role}"
    paragraphs = [
        textwrap.indent(_wrapped(requirement.sentence, WIDTH - 2), "  "),
        _wrapped(f"What it means. {found.means}"),
        _wrapped(f"The usual mistake. {found.mistake}"),
        _wrapped(f"How to see it. {found.look}"),
    ]
    if " nc " in found.look or "`nc " in found.look:
        paragraphs.append(_wrapped(TOOLS))
    return "\n\n".join([head, *paragraphs])


TOOLS = (
    "(The server is assumed on port 5050. `nc` is OpenBSD's netcat, whose `-N` sends FIN when its input ends; others do so "
    "without being told. `PID` is the server's process id.)"
)


def _wrapped(text: str, width: int = WIDTH) -> str:
    lines: list[str] = []
    for word in _WORD.findall(text):
        if lines and len(lines[-1]) + 1 + len(word) <= width:
            lines[-1] += f" {word}"
        else:
            lines.append(word)
    return "\n".join(lines)
