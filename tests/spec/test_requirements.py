"""The register: every requirement is there once, says what its attributes say, and a malformed block is refused."""

import re

import pytest

from spec import requirements
from spec.requirements import RegisterError, parse, register

# The ids never change and none is used again, so this list only ever grows.
IDS = {
    section: [f"{section}-{number}" for number in range(1, count + 1)]
    for section, count in {
        "FRAME": 8,
        "BODY": 3,
        "TIME": 3,
        "NICK": 6,
        "JOIN": 5,
        "RELAY": 8,
        "LEAVE": 3,
        "SERVICE": 1,
        "ROBUST": 7,
        "CLIENT": 5,
    }.items()
}
HARDENED = {
    *("FRAME-4", "FRAME-8", "BODY-3", "TIME-1", "NICK-3", "NICK-4", "NICK-5", "NICK-6", "JOIN-5"),
    *("RELAY-5", "RELAY-7", "LEAVE-2", "ROBUST-3", "ROBUST-4", "ROBUST-7", "CLIENT-4", "CLIENT-5"),
}
BOTH = {*IDS["FRAME"], "BODY-1", "BODY-2"}
CLIENT = {*IDS["CLIENT"], "TIME-3"}
KEYWORD = re.compile(r"\b(?:MUST NOT|SHOULD NOT|MUST|SHOULD|MAY)\b")
BLOCK = '### <a id="frame-2"></a>FRAME-2\n*core · MUST, SHOULD · both · observable: yes*\n\n> A MUST and\n> a SHOULD.\n'


def test_every_id_is_there_in_order() -> None:
    """The register holds the list of ids, section by section, and nothing else."""
    assert list(register()) == [identifier for section in IDS.values() for identifier in section]
    assert {requirement.section for requirement in register().values()} == set(IDS)


def test_classes_and_roles() -> None:
    """Each requirement has the class and role that were decided for it."""
    assert {identifier for identifier, each in register().items() if each.cls == "hardened"} == HARDENED
    assert {identifier for identifier, each in register().items() if each.role == "both"} == BOTH
    assert {identifier for identifier, each in register().items() if each.role == "client"} == CLIENT
    by_client_suite = {identifier for identifier, each in register().items() if each.observable != "yes"}
    assert by_client_suite == CLIENT


def test_a_requirement_binds_its_role() -> None:
    """One for both binds both; others bind their own."""
    assert [register()[identifier].binds("server") for identifier in ("FRAME-1", "JOIN-1", "TIME-3")] == [1, 1, 0]
    assert [register()[identifier].binds("client") for identifier in ("FRAME-1", "JOIN-1", "TIME-3")] == [1, 0, 1]


@pytest.mark.parametrize("identifier", list(register()))
def test_the_keywords_are_those_of_the_sentence(identifier: str) -> None:
    """The attribute lists each capital key word of the sentence, in its order, and there is one at least."""
    requirement = register()[identifier]

    assert list(requirement.keywords) == KEYWORD.findall(requirement.sentence)
    assert requirement.keywords
    assert requirement.is_must is (identifier != "TIME-3")


@pytest.mark.parametrize("identifier", list(register()))
def test_a_sentence_is_whole(identifier: str) -> None:
    """It is on one line, ends with a full stop and refers only to requirements that exist."""
    sentence = register()[identifier].sentence

    assert "\n" not in sentence
    assert sentence.endswith(".")
    assert set(re.findall(r"\b[A-Z]+-\d+\b", sentence)) - {"UTF-8"} <= set(register())


def test_a_block_is_read() -> None:
    """Id, attributes, and the quotation as one line."""
    expected = requirements.Requirement("FRAME-2", "core", ("MUST", "SHOULD"), "both", "yes", "A MUST and a SHOULD.")

    assert parse(BLOCK + "\nIt explains.\n") == {"FRAME-2": expected}


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ("core", "soft", "'soft' is none of"),
        ("both", "all", "'all' is none of"),
        ("observable: yes", "observable: perhaps", "'perhaps' is none of"),
        (" · both", "", "has 3 attributes"),
        ('id="frame-2"', 'id="frame-3"', "the anchor of FRAME-2"),
        ("*\n\n", "*\n", "FRAME-2 is not well formed"),
        ("> A MUST and\n> a SHOULD.\n", "A MUST and a SHOULD.\n", "FRAME-2 is not well formed"),
        ('<a id="frame-2"></a>', "", "FRAME-2 is not well formed"),
        ("*core · MUST, SHOULD · both · observable: yes*", "", "FRAME-2 is not well formed"),
        (BLOCK, BLOCK + "\n" + BLOCK, "FRAME-2 stands twice"),
    ],
)
def test_a_malformed_block_is_refused(old: str, new: str, complaint: str) -> None:
    """The error names the requirement and what is wrong."""
    with pytest.raises(RegisterError) as caught:
        parse(BLOCK.replace(old, new))

    assert complaint in str(caught.value)
