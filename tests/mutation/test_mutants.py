"""What is broken in a module, and what is not."""

import ast

import pytest

from tests.mutation.mutants import Mutant, mutants
from tests.mutation.targets import Target, targets


def broken(source: str) -> set[tuple[str, str]]:
    """Each change to the body of a function, as what stood there and what stands there now."""
    lines = "\n".join(f"    {line}" for line in source.splitlines())
    return {(one.original, one.mutated) for one in mutants(f"def judge(trace):\n{lines}\n", "judge.py")}


@pytest.mark.parametrize(
    ("source", "changes"),
    [
        ("if a:\n    x = b", {("a", "(not a)")}),
        ("if not a:\n    x = b", {("not a", "(a)")}),
        ("x = b if a == c else d", {("a == c", "(a != c)")}),
        ("x = [b for b in c if b.d]", {("b.d", "(not b.d)")}),
        ("x = a < b", {("a < b", "(a <= b)"), ("a < b", "(a >= b)")}),
        (
            "x = a < b < c",
            {("a < b < c", f"({change})") for change in ("a <= b < c", "a >= b < c", "a < b <= c", "a < b >= c")},
        ),
        ("x = a is None", {("a is None", "(a is not None)")}),
        ("x = a and b and c", {("a and b and c", change) for change in ("(b and c)", "(a and c)", "(a and b)")}),
        ("x = any(a)", {("any", "all")}),
        ("x = max(a, b)", {("max", "min")}),
        ("x = 9.9", {("9.9", "990.0"), ("9.9", "0")}),
        ("x = 0", {("0", "100")}),
        ("x = True", {("True", "False")}),
        ("x = a[1]", set()),  # which of several it is, is no threshold
        ("x = a[2:]", {("2", "200"), ("2", "0")}),
        ("x = a in ('JOIN-2', b)", {("a in ('JOIN-2', b)", "(a not in ('JOIN-2', b))"), ("'JOIN-2'", "'CLIENT-1'")}),
        ("x = {a, b}", {("{a, b}", "set()")}),
        ("x = frozenset(a)", {("frozenset(a)", "frozenset()")}),
        ("x = ('a', 'b')", {("('a', 'b')", "()")}),
        ("x = 'words'", set()),
        ("x = f'{a == b}'", set()),
        ("'''A docstring.'''", set()),
        ("x: list[int] = a", set()),
        ("assert a == b", set()),
        ("yield a", {("yield a", "yield from ()")}),
        ("yield from a", {("yield from a", "yield from ()")}),
        ("found.append(a)", {("found.append(a)", "pass")}),
        ("found += a", {("found += a", "pass")}),
        ("return a", set()),
        ("if a:\n    return b\nreturn c", {("a", "(not a)"), ("return b", "pass")}),
        ("for a in b:\n    continue", {("continue", "pass")}),
    ],
)
def test_the_ways_to_break(source: str, changes: set[tuple[str, str]]) -> None:
    """Each assertion in turn; neither words nor types."""
    assert broken(source) == changes


def test_a_difference_that_is_found() -> None:
    """It may be lost, blame another requirement, or rest on something else; what it says to a person is no assertion."""
    assert broken("return [Difference('BODY-1', f(1, a == b), 'seen', 'ann', 'frame')]") == {
        ("return [Difference('BODY-1', f(1, a == b), 'seen', 'ann', 'frame')]", "return []"),
        ("'BODY-1'", "'CLIENT-1'"),
        ("'frame'", "'deadline'"),
    }


def test_each_mutant_is_one_change_of_the_text() -> None:
    """In its place, whatever stands around it; the octets of a line are not its characters."""
    source = 'def judge(a):  # é\n    return ("日", a == 1)\n'
    [other] = [one for one in mutants(source, "judge.py") if one.original == "a == 1"]

    assert other.source == source.replace("a == 1", "(a != 1)")
    assert (other.line, other.function, other.statement) == (2, "judge", 'return ("日", a == 1)')


def test_only_what_is_wanted_is_broken() -> None:
    """By qualified name: functions, methods, constants of the module."""
    source = "LIMIT = 5\nOTHER = 6\nclass A:\n    def f(self):\n        return 1\n    def g(self):\n        return 2\n"
    wanted = mutants(source, "judge.py", lambda name: name in ("LIMIT", "A.f"))

    assert {(one.function, one.original) for one in wanted} == {("<module>", "5"), ("A.f", "1")}


def test_a_mutant_keeps_its_place_when_lines_move() -> None:
    """So a reason that was written for it holds; its digest is that of the whole text."""
    source = "def judge(a):\n    if a:\n        return\n    found.add(a)\n"
    before, after = mutants(source, "judge.py"), mutants(f"import re\n{source}", "judge.py")

    assert [one.place for one in before] == [one.place for one in after]
    assert {one.key for one in before}.isdisjoint(one.key for one in after)
    assert "if a: return" in {one.statement for one in before}
    assert len({one.place for one in before}) == len(before)


@pytest.mark.parametrize("target", targets(), ids=lambda target: target.name)
def test_every_mutant_of_the_judging_code_is_a_module(target: Target) -> None:
    """It compiles (one in twenty is tried), and differs from the original and from every other."""
    found: list[Mutant] = mutants(target.source, target.path, target.wanted)
    for one in found[::20]:
        ast.parse(one.source)

    assert len({target.source, *(one.source for one in found)}) == len(found) + 1
    assert found
