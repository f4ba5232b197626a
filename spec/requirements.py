"""The register of requirements, read out of protocol.md. There is no second list anywhere.

A requirement is one block of the prose:

    ### <a id="frame-2"></a>FRAME-2
    *core · MUST, SHOULD · both · observable: yes*

    > A sender MUST emit a header that FRAME-3 accepts, and SHOULD emit the canonical one.

Its sentence is the block quotation; what follows the quotation explains and binds nobody.
"""

import functools
import re
from dataclasses import dataclass
from importlib import resources

CLASSES = ("core", "hardened")
KEYWORDS = ("MUST", "MUST NOT", "SHOULD", "SHOULD NOT", "MAY")
ROLES = ("server", "client", "both")
OBSERVABLE = ("yes", "with the process id", "by the client suite", "no")

_BLOCK = re.compile(
    r'^### <a id="(?P<anchor>[a-z]+-\d+)"></a>(?P<id>[A-Z]+-\d+)\n'
    r"\*(?P<attributes>[^*\n]+)\*\n\n"
    r"(?P<sentence>(?:> ?[^\n]*\n)+)",
    re.MULTILINE,
)
_HEADING = re.compile(r"^### .*?\b([A-Z]+-\d+)\s*$", re.MULTILINE)


class RegisterError(Exception):
    """protocol.md has a block that is not of the form above; the message names it."""


@dataclass(frozen=True, slots=True)
class Requirement:
    """One numbered sentence of protocol.md.

    Attributes:
        id: such as FRAME-2; never changes, never reused.
        cls: `core` or `hardened`.
        keywords: one for each clause, of MUST, MUST NOT, SHOULD, SHOULD NOT, MAY.
        role: whom it binds: `server`, `client` or `both`.
        observable: `yes`, `with the process id`, `by the client suite` or `no`.
        sentence: the normative text, on one line, with Markdown's emphasis in it.
    """

    id: str
    cls: str
    keywords: tuple[str, ...]
    role: str
    observable: str
    sentence: str

    @property
    def section(self) -> str:
        """The part of the id before the hyphen, such as FRAME."""
        return self.id.partition("-")[0]

    @property
    def is_must(self) -> bool:
        """Whether a clause of it is a MUST or MUST NOT."""
        return any(keyword.startswith("MUST") for keyword in self.keywords)

    def binds(self, role: str) -> bool:
        """Whether it binds a `server` or a `client`."""
        return self.role in (role, "both")


def prose() -> str:
    """The text of protocol.md."""
    return resources.files("spec").joinpath("protocol.md").read_text(encoding="utf-8")


def parse(markdown: str) -> dict[str, Requirement]:
    """Reads the blocks of a text, in their order, by id.

    Raises:
        RegisterError: a block is not well formed, or an id stands twice.
    """
    found: dict[str, Requirement] = {}
    for match in _BLOCK.finditer(markdown):
        requirement = _requirement(match)
        if requirement.id in found:
            raise RegisterError(f"{requirement.id} stands twice")
        found[requirement.id] = requirement
    headings = _HEADING.findall(markdown)
    for identifier in headings:
        if identifier not in found or headings.count(identifier) > 1:
            raise RegisterError(f"the block of {identifier} is not well formed, or stands twice")
    return found


def _requirement(match: re.Match[str]) -> Requirement:
    identifier = match["id"]
    if match["anchor"] != identifier.lower():
        raise RegisterError(f"the anchor of {identifier} is {match['anchor']}")
    attributes = [attribute.strip() for attribute in match["attributes"].split("·")]
    if len(attributes) != 4:
        raise RegisterError(
            f"{identifier} has {len(attributes)} attributes instead of class, keywords, role, observable"
        )
    cls, listed, role, observable = attributes
    keywords = tuple(word.strip() for word in listed.split(","))
    observable = observable.removeprefix("observable:").strip()
    values = [(cls, CLASSES), (role, ROLES), (observable, OBSERVABLE), *((word, KEYWORDS) for word in keywords)]
    for value, allowed in values:
        if value not in allowed:
            raise RegisterError(f"{identifier}: {value!r} is none of {', '.join(allowed)}")
    sentence = " ".join(line.removeprefix(">").strip() for line in match["sentence"].splitlines())
    return Requirement(identifier, cls, keywords, role, observable, " ".join(sentence.split()))


@functools.cache
def register() -> dict[str, Requirement]:
    """Every requirement of protocol.md by id, in the order of the prose."""
    return parse(prose())
