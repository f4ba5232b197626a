"""Who may import whom: spec <- chatproto <- the references; spec <- reference_tools <- the references; spec <- conformance."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
ALLOWED = {
    "spec": {"spec"},
    "chatproto": {"chatproto", "spec"},
    "reference_tools": {"reference_tools", "spec"},  # what it starts, it starts as a command
    "reference_server": {"reference_server", "reference_tools", "chatproto", "spec"},
    "reference_client": {"reference_client", "reference_tools", "chatproto", "spec"},
    "conformance": {"conformance", "spec"},  # an independent witness: never chatproto or the references
}
OURS = {*ALLOWED, "tests", "benchmarks"}
# What is sans-IO knows neither sockets nor clocks nor threads.
IMPURE = {"socket", "select", "selectors", "time", "threading", "asyncio"}
SANS_IO = ("spec", "chatproto")


def imports(source: str, package: str) -> set[str]:
    """The top-level packages that a module imports, anywhere in it; its own for a relative import."""
    found = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found.add(package if node.level else str(node.module).partition(".")[0])
    return found


def offences(source: str, package: str) -> set[str]:
    """What a module of a package imports and may not."""
    impure = IMPURE if package in SANS_IO else set()
    return {name for name in imports(source, package) if name in (OURS - ALLOWED[package]) | impure}


@pytest.mark.parametrize("package", ALLOWED)
def test_imports_go_one_way(package: str) -> None:
    """No module imports what its package may not know."""
    modules = sorted((ROOT / package).rglob("*.py"))
    found = {str(path.relative_to(ROOT)): offences(path.read_text(encoding="utf-8"), package) for path in modules}

    assert {path: names for path, names in found.items() if names} == {}


def test_only_the_terminal_mode_knows_prompt_toolkit() -> None:
    """Its modules are called `terminal` or `terminal_`something, and nothing else of ours draws."""
    found = {
        str(path.relative_to(ROOT))
        for package in ALLOWED
        for path in (ROOT / package).rglob("*.py")
        if "prompt_toolkit" in imports(path.read_text(encoding="utf-8"), package)
    }

    assert found == {f"reference_client/terminal{part}.py" for part in ("", "_input", "_paper")}


def test_an_offence_is_found() -> None:
    """The walk sees each form of an import, at any depth, and nothing in what is allowed."""
    assert offences("def f():\n    from chatproto import Codec\n", "conformance") == {"chatproto"}
    assert offences("import reference_server.room as room", "reference_client") == {"reference_server"}
    assert offences("import os, selectors", "chatproto") == {"selectors"}
    assert offences("import selectors\nfrom . import room\nfrom spec import wire", "reference_server") == set()
    assert offences("import tests.helpers", "spec") == {"tests"}
