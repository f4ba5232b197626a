"""The hints: one for each requirement, short, without code, and with commands that do what they say."""

import io
import re
import shlex

import pytest
from construct import ConstructError

from conformance.cli import _parser
from conformance.hints import Hint, HintError, explain, hint, hints, page, parse
from conformance.selection import checks_for, select
from spec import wire
from spec.requirements import register

SECTION = "## FRAME-1\n\n**What it means.** A\nb.\n\n**The usual mistake.** C.\n\n**How to see it.** D `e`.\n"
# Octets written on purpose that are no whole, well-formed frames.
BROKEN = {
    "FRAME-4", "FRAME-7", "FRAME-8", "BODY-3", "LEAVE-1", "LEAVE-2", "LEAVE-3", "ROBUST-1", "ROBUST-2",
    "ROBUST-4", "ROBUST-7", "CLIENT-5",
}  # fmt: skip
_PRINTF = re.compile(r"printf '([^']*)'")
_ESCAPE = re.compile(r"\\([0-7]{1,3}|n)")


def commands(found: Hint) -> list[str]:
    """What stands in backticks in `look`."""
    return re.findall(r"`([^`]*)`", found.look)


def printed(command: str) -> bytes:
    """The octets that the printf's of a command write."""

    def octet(match: re.Match[str]) -> str:
        return "\n" if match[1] == "n" else chr(int(match[1], 8))

    return b"".join(_ESCAPE.sub(octet, text).encode("latin-1") for text in _PRINTF.findall(command))


def are_frames(octets: bytes) -> bool:
    """Whether octets are whole frames of the definition, at least one, and nothing else."""
    stream = io.BytesIO(octets)
    try:
        while stream.tell() < len(octets):
            wire.TO_CLIENT.parse_stream(stream)
    except ConstructError:
        return False
    return bool(octets)


ALL = [pytest.param(found, id=identifier) for identifier, found in hints().items()]
FRAMES = [
    pytest.param(command, id=f"{identifier}-{number}")
    for identifier, found in hints().items()
    for number, command in enumerate(commands(found))
    if "printf" in command and identifier not in BROKEN
]


def test_every_requirement_has_a_hint() -> None:
    """There is one for each requirement, in the order of the specification, and no other."""
    assert list(hints()) == list(register())
    assert hint("RELAY-5") is hints()["RELAY-5"]


def test_there_is_no_other() -> None:
    """An unknown id has no hint."""
    with pytest.raises(KeyError):
        hint("FRAME-99")


@pytest.mark.parametrize("found", ALL)
def test_paragraphs_are_short_plain_text(found: Hint) -> None:
    """Three paragraphs of a few sentences, without code blocks, line breaks or any Markdown but pairs of backticks."""
    for text in (found.means, found.mistake, found.look):
        prose = re.sub(r"`[^`]*`", "", text)

        assert 80 <= len(text) <= 480
        assert text == text.strip()
        assert not re.search(r"[\n\t\r*_#<>]|\]\(", prose)
        assert "`" not in prose
        assert prose.rstrip().endswith((".", ":")) or text.endswith("`")


@pytest.mark.parametrize("found", ALL)
def test_no_code_is_given_away(found: Hint) -> None:
    """What a hint quotes is a command to look with or a short expression; never a statement in a language."""
    for text in re.findall(r"`([^`]*)`", f"{found.means} {found.mistake}"):
        assert len(text) <= 40
    for text in commands(found):
        assert not re.search(r"\b(def|import|return|lambda|function|struct|public)\b|==|\+=|:=", text)


@pytest.mark.parametrize("found", ALL)
def test_a_hint_speaks_the_specifications_language(found: Hint) -> None:
    """Octets are called octets, and every id that a hint names exists."""
    text = f"{found.means} {found.mistake} {found.look}"

    assert not re.search(r"\bbytes?\b(?! order mark)", text, re.IGNORECASE)
    assert set(re.findall(r"\b[A-Z]+-\d+\b", text)) - {"UTF-8", "UTF-16", "CESU-8"} <= register().keys()


@pytest.mark.parametrize("found", ALL)
def test_commands_of_the_suite_exist(found: Hint) -> None:
    """A chat-conformance command parses, selects this very requirement, and checks judge it."""
    for command in commands(found):
        if not command.startswith("chat-conformance"):
            assert "chat-conformance" not in command
            continue
        words = ["run", *shlex.split(command.replace("PID", "1"))[1:]]
        options = _parser().parse_args(words.copy())
        selected = select("server", options.only, options.skip)

        assert [row.id for row in selected] == [found.id]
        assert checks_for(selected)
        assert (options.pid is not None) == ("--pid" in words)


@pytest.mark.parametrize("command", FRAMES)
def test_frames_in_commands_are_well_formed(command: str) -> None:
    """What a command prints is whole frames of the definition, unless its hint is about those that are not."""
    assert are_frames(printed(command))


def test_broken_frames_are_broken() -> None:
    """The hints that are excused print something that is no whole frame; so the excuse is needed."""
    for identifier in BROKEN:
        written = [printed(command) for command in commands(hint(identifier)) if "printf" in command]

        assert not all(map(are_frames, written)), identifier


def test_a_section_is_read() -> None:
    """Line breaks within a paragraph become spaces; spaces in commands stay as they are."""
    text = SECTION.replace("`e`", "`printf '5     '`")

    assert parse(SECTION) == {"FRAME-1": Hint("FRAME-1", "A b.", "C.", "D `e`.")}
    assert parse(text)["FRAME-1"].look == "D `printf '5     '`."


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (SECTION + SECTION, "FRAME-1 stands twice"),
        (SECTION.replace("**The usual mistake.** C.\n\n", ""), "FRAME-1 is not three"),
        (SECTION.replace("A\nb.", "A\n\nb."), "FRAME-1 is not three"),
        (SECTION.replace("How to see it.", "How to mend it."), "FRAME-1 is not three"),
        (SECTION + "\n    code\n\nmore", "FRAME-1 is not three"),
    ],
)
def test_a_malformed_section_is_named(text: str, message: str) -> None:
    """A section of another form is an error that names it."""
    with pytest.raises(HintError, match=message):
        parse(text)


@pytest.mark.parametrize("identifier", register())
def test_an_explanation_is_complete(identifier: str) -> None:
    """It has the sentence with class and keywords, the hint, and every command in one piece."""
    requirement, found, text = register()[identifier], hint(identifier), explain(identifier)
    flat = " ".join(text.split("\n"))

    assert (
        text.splitlines()[0]
        == f"{identifier}  {requirement.cls} · {', '.join(requirement.keywords)} · {requirement.role}"
    )
    for part in (found.means, found.mistake, found.look):
        assert part in flat
    assert requirement.sentence.split() == text.split("\n\n")[1].split()
    assert all(command in text for command in commands(found))
    assert ("netcat" in text) == ("nc " in found.look)


def test_an_explanation_fits_a_terminal() -> None:
    """Lines are wrapped, unless a command needs more."""
    for identifier in register():
        assert [line for line in explain(identifier).splitlines() if len(line) > 100 and "`" not in line] == []


def test_the_page_is_the_only_source() -> None:
    """What hints() gives is what the page says."""
    assert parse(page()) == hints()
