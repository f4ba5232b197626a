"""The ways to break one assertion: what may stand in place of a node of the syntax tree."""

import ast
import re
from collections.abc import Iterator

Break = tuple[ast.AST, str]  # what is replaced, by which text

REQUIREMENT = re.compile(r"[A-Z]+-\d+")
ELSEWHERE = "CLIENT-1"  # a real id that no judge of servers ever blames
EVIDENCE = ("frame", "sentinel", "closed", "deadline", "process")
OPPOSITES: dict[type[ast.cmpop], tuple[ast.cmpop, ...]] = {
    ast.Eq: (ast.NotEq(),),
    ast.NotEq: (ast.Eq(),),
    ast.Lt: (ast.LtE(), ast.GtE()),
    ast.LtE: (ast.Lt(), ast.Gt()),
    ast.Gt: (ast.GtE(), ast.LtE()),
    ast.GtE: (ast.Gt(), ast.Lt()),
    ast.Is: (ast.IsNot(),),
    ast.IsNot: (ast.Is(),),
    ast.In: (ast.NotIn(),),
    ast.NotIn: (ast.In(),),
}
SWAPPED = {"any": "all", "all": "any", "min": "max", "max": "min"}


def breaks(node: ast.AST, *, last: bool) -> Iterator[Break]:
    """All ways to break one node itself, not what is in it.

    Args:
        last: for a statement, whether it is the last of its function: leaving that by itself changes nothing.
    """
    match node:
        case ast.If() | ast.While() | ast.IfExp():
            yield from _negated(node.test)
        case ast.comprehension():
            for condition in node.ifs:
                yield from _negated(condition)
        case ast.Compare():
            yield from _compared(node)
        case ast.BoolOp():
            yield from _dropped(node)
        case ast.UnaryOp(op=ast.Not()):
            yield node, _text(node.operand)
        case ast.Return():
            yield from _returned(node, last=last)
        case ast.Continue() | ast.Break() | ast.AugAssign() | ast.Expr(value=ast.Call()):
            yield node, "pass"
        case ast.Yield() | ast.YieldFrom():
            yield node, "yield from ()"  # the function stays a generator
        case ast.Constant():
            yield from _constant(node)
        case ast.Set() | ast.SetComp() | ast.Call() | ast.Tuple():
            yield from _collection(node)
        case _:
            pass


def _text(node: ast.expr) -> str:
    return f"({ast.unparse(node)})"


def _negated(test: ast.expr) -> Iterator[Break]:
    match test:
        case ast.UnaryOp(op=ast.Not()):
            return  # the operator itself is taken away
        case ast.Compare(ops=[ast.Eq() | ast.NotEq() | ast.Is() | ast.IsNot() | ast.In() | ast.NotIn()]):
            return  # its opposite is the negation
        case _:
            yield test, _text(ast.UnaryOp(ast.Not(), test))


def _compared(node: ast.Compare) -> Iterator[Break]:
    for place, operator in enumerate(node.ops):
        for instead in OPPOSITES[type(operator)]:
            operators = [*node.ops[:place], instead, *node.ops[place + 1 :]]
            yield node, _text(ast.Compare(node.left, operators, node.comparators))


def _dropped(node: ast.BoolOp) -> Iterator[Break]:
    for place in range(len(node.values)):
        rest = [*node.values[:place], *node.values[place + 1 :]]
        yield node, _text(ast.BoolOp(node.op, rest) if len(rest) > 1 else rest[0])


def _returned(node: ast.Return, *, last: bool) -> Iterator[Break]:
    if node.value is not None and _blames(node.value):
        yield node, "return []"
    if not last:
        yield node, "pass"


def _blames(value: ast.expr) -> bool:
    return any(isinstance(part, ast.Call) and called(part) in ("Difference", "_difference") for part in ast.walk(value))


def called(call: ast.Call) -> str:
    """The last part of the name of what is called; empty for anything else than a name."""
    match call.func:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
        case _:
            return ""


def _constant(node: ast.Constant) -> Iterator[Break]:
    match node.value:
        case bool(value):
            yield node, repr(not value)
        case int(value) | float(value):
            yield from ((node, repr(other)) for other in (value * 100 or 100, 0) if other != value)
        case str(value) if REQUIREMENT.fullmatch(value):
            yield node, repr(ELSEWHERE)
        case str(value) if value in EVIDENCE:
            yield node, repr("deadline" if value != "deadline" else "frame")
        case _:
            pass


def _collection(node: ast.Set | ast.SetComp | ast.Call | ast.Tuple) -> Iterator[Break]:
    match node:
        case ast.Set() | ast.SetComp():
            yield node, "set()"
        case ast.Tuple(ctx=ast.Load()) if node.elts and all(isinstance(part, ast.Constant) for part in node.elts):
            yield node, "()"
        case ast.Call(func=ast.Name(id="frozenset"), args=[_]):
            yield node, "frozenset()"
        case ast.Call(func=ast.Name(id=name)) if name in SWAPPED:
            yield node.func, SWAPPED[name]
        case _:
            pass
