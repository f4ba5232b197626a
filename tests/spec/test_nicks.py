"""Which nicks are valid and which are the same, as properties; the single cases are vectors."""

import functools
import string
import unicodedata
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spec import nicks
from tests.spec import grammar

SETTINGS = settings(deadline=None, database=None, max_examples=200)
ODD = [*sorted(nicks.FORBIDDEN | nicks.WHITE_SPACE), *"aAzZ[]@`{0é\u0301\u200b\u200d\ufeffſKİıßﬁΣς👋"]
nfkc = functools.partial(unicodedata.normalize, "NFKC")
nfd = functools.partial(unicodedata.normalize, "NFD")
SCALARS = st.characters(exclude_categories=["Cs"])
TEXT = st.text(SCALARS | st.sampled_from(ODD), max_size=70)


@SETTINGS
@given(TEXT)
def test_validity_is_that_of_the_grammar(nick: str) -> None:
    """The code and the ABNF of NICK-1 take the same nicks."""
    assert (nicks.problem(nick) is None) is grammar.matches("nick", nick)


@pytest.mark.parametrize(
    ("nick", "words"),
    [
        ("", "at least one"),
        ("a" * 65, "at most 64 characters, not 65"),
        ("a\x1bb", "U+001B"),
        (" a", "begins nor ends"),
    ],
)
def test_the_problem_is_said(nick: str, words: str) -> None:
    """The sentence for the owner of an invalid nick names what is wrong with it."""
    assert words in str(nicks.problem(nick))


def test_the_forbidden_and_the_white_are_the_lists_of_the_prose() -> None:
    """NICK-1's ranges, character by character."""
    forbidden = {*range(0x20), *range(0x7F, 0xA0), 0x2028, 0x2029}
    white = {0x20, 0xA0, 0x1680, *range(0x2000, 0x200B), 0x202F, 0x205F, 0x3000}

    assert set(map(ord, nicks.FORBIDDEN)) == forbidden
    assert set(map(ord, nicks.WHITE_SPACE)) == white


@SETTINGS
@given(TEXT)
def test_folding_touches_a_to_z_alone(nick: str) -> None:
    """`folded` is the nick's UTF-8 with A-Z as a-z, and nothing else moves."""
    expected = nick.translate(dict(zip(map(ord, string.ascii_uppercase), string.ascii_lowercase, strict=True)))

    assert nicks.folded(nick) == expected.encode()


@SETTINGS
@given(st.lists(st.tuples(SCALARS | st.sampled_from(ODD), st.booleans()), max_size=70))
def test_what_compares_equal_has_the_same_key(spelling: list[tuple[str, bool]]) -> None:
    """The key is coarser than `folded`: no server can take two nicks apart that NICK-4 says are one."""
    nick = "".join(character for character, _ in spelling)
    other = "".join(each.swapcase() if swapped and each.isascii() else each for each, swapped in spelling)

    assert nicks.folded(other) == nicks.folded(nick)
    assert nicks.key(other) == nicks.key(nick)
    assert not nicks.certainly_differ(nick, other)


@SETTINGS
@given(TEXT, TEXT)
def test_certain_difference(one: str, other: str) -> None:
    """It is symmetric, holds between no nick and itself, and implies that key and folding differ."""
    differ = nicks.certainly_differ(one, other)

    assert differ is nicks.certainly_differ(other, one)
    assert not nicks.certainly_differ(one, one)
    if differ:
        assert nicks.key(one) != nicks.key(other)
        assert nicks.folded(one) != nicks.folded(other)


@SETTINGS
@given(TEXT, st.sampled_from([str.upper, str.lower, str.casefold, nfkc, nfd, nicks.key]))
def test_what_a_server_may_treat_as_equal_never_certainly_differs(nick: str, respell: Callable[[str], str]) -> None:
    """A nick and another spelling of it that has the same key (NICK-4)."""
    other = respell(nick)

    if nicks.key(nick) == nicks.key(other):
        assert not nicks.certainly_differ(nick, other)


def test_a_surrogate_cannot_be_compared() -> None:
    """UTF-8 carries none, so `folded` refuses it."""
    with pytest.raises(UnicodeEncodeError):
        nicks.folded("\ud800")
