"""All mutants of one module: its text with one assertion broken."""

import ast
import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from tests.mutation.breaks import breaks, called

# What a difference says to a person stands second and third; words are no assertions.
WORDS = {"Difference": slice(1, 3), "_difference": slice(1, 3)}


@dataclass(frozen=True, slots=True)
class Mutant:
    """One module with one assertion broken.

    Attributes:
        module: its path in the tree.
        function: the qualified name of what was broken; `<module>` for a constant of the module.
        line: the number of the first line that differs, from 1.
        statement: that line as it was, without its indentation, and for a bare return the one in front of it.
        source: the whole text, broken.
    """

    module: str
    function: str
    line: int
    statement: str
    original: str
    mutated: str
    source: str

    @property
    def key(self) -> str:
        """A digest of the module's name and broken text."""
        return hashlib.sha256(f"{self.module}\0{self.source}".encode()).hexdigest()

    @property
    def place(self) -> tuple[str, str, str, str, str]:
        """What tells it from others for as long as its line stays as it is, wherever that moves to."""
        return self.module, self.function, self.statement, self.original, self.mutated

    def __str__(self) -> str:
        return f"{self.module}:{self.line}: {self.original} → {self.mutated}  [{self.function}: {self.statement}]"


def mutants(source: str, module: str, wanted: Callable[[str], bool] = lambda name: True) -> list[Mutant]:
    """The mutants of a module, in the order of its lines, each text once.

    Args:
        wanted: whether to break a function, a constant of the module, or anything in it, by its qualified name.
    """
    tree = ast.parse(source)
    text = _Text(source)
    found: dict[str, Mutant] = {source: Mutant(module, "", 0, "", "", "", source)}
    for node, name, last in _Walk(wanted).statements(tree.body, "", last_matters=False):
        for broken, instead in breaks(node, last=last):
            changed = text.replaced(broken, instead)
            shown = text.line(broken)
            found.setdefault(
                changed,
                Mutant(module, name, _line(broken), shown, text.segment(broken), " ".join(instead.split()), changed),
            )
    del found[source]
    return sorted(found.values(), key=lambda mutant: (mutant.line, mutant.original, mutant.mutated))


def _line(node: ast.AST) -> int:
    return int(getattr(node, "lineno", 0))


class _Text:
    """A module's text; the syntax tree counts octets."""

    def __init__(self, source: str) -> None:
        self._octets = source.encode()
        self._lines = source.splitlines(keepends=True)
        self._begins = [0]
        for line in self._lines:
            self._begins.append(self._begins[-1] + len(line.encode()))

    def _span(self, node: ast.AST) -> slice:
        assert isinstance(node, ast.stmt | ast.expr)
        assert node.end_lineno is not None
        assert node.end_col_offset is not None
        begin = self._begins[node.lineno - 1] + node.col_offset
        return slice(begin, self._begins[node.end_lineno - 1] + node.end_col_offset)

    def segment(self, node: ast.AST) -> str:
        """A node as it stands, on one line."""
        return " ".join(self._octets[self._span(node)].decode().split())

    def line(self, node: ast.AST) -> str:
        """The line where it begins; with the one in front of it where it is a bare return or the like."""
        number = _line(node) - 1
        line = self._lines[number].strip()
        alone = isinstance(node, ast.Return | ast.Continue | ast.Break)
        return f"{self._lines[number - 1].strip()} {line}" if alone else line

    def replaced(self, node: ast.AST, instead: str) -> str:
        """The whole text with something else in its place."""
        span = self._span(node)
        return (self._octets[: span.start] + instead.encode() + self._octets[span.stop :]).decode()


Visited = tuple[ast.AST, str, bool]  # a node, the name of where it is, whether it is its function's last statement


class _Walk:
    """Goes through all that runs when something is judged: no annotations, decorators, docstrings or words for people."""

    def __init__(self, wanted: Callable[[str], bool]) -> None:
        self._wanted = wanted

    def statements(self, body: list[ast.stmt], name: str, *, last_matters: bool) -> Iterator[Visited]:
        for number, statement in enumerate(body):
            last = last_matters and number == len(body) - 1
            match statement:
                case ast.FunctionDef() | ast.ClassDef():
                    yield from self._defined(statement, f"{name}.{statement.name}" if name else statement.name)
                case ast.Assign(targets=[ast.Name(id=target), *_]) | ast.AnnAssign(target=ast.Name(id=target)) if (
                    not name
                ):
                    if self._wanted(target) and statement.value is not None:
                        yield from self._parts(statement.value, "<module>")
                case _ if name and self._wanted(name):
                    yield from self._parts(statement, name, last=last)
                case _:
                    pass

    def _defined(self, node: ast.FunctionDef | ast.ClassDef, name: str) -> Iterator[Visited]:
        if isinstance(node, ast.FunctionDef) and self._wanted(name):
            for default in (*node.args.defaults, *node.args.kw_defaults):
                if default is not None:
                    yield from self._parts(default, name)
        yield from self.statements(node.body, name, last_matters=isinstance(node, ast.FunctionDef))

    def _parts(self, node: ast.AST, name: str, *, last: bool = False) -> Iterator[Visited]:
        match node:
            case ast.FunctionDef():
                yield from self._defined(node, f"{name}.{node.name}")
            case ast.Expr(value=ast.Constant()) | ast.JoinedStr() | ast.Assert() | ast.Raise():
                return  # docstrings and words; in an f-string the parser gives no true places
            case ast.AnnAssign():
                yield from self._several([node.value], name)
            case ast.Subscript() if not isinstance(node.slice, ast.Slice):
                yield from self._parts(node.value, name)  # which part of a tuple it is, is no threshold
            case ast.Call() if called(node) in WORDS:
                kept = list(node.args)
                del kept[WORDS[called(node)]]
                yield from self._several([*kept, *(keyword.value for keyword in node.keywords)], name)
            case _:
                yield node, name, last
                yield from self._several(list(ast.iter_child_nodes(node)), name)

    def _several(self, nodes: "list[ast.expr | None] | list[ast.AST] | list[ast.expr]", name: str) -> Iterator[Visited]:
        for node in nodes:
            if node is not None:
                yield from self._parts(node, name)
