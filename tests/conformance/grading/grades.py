"""Gradings of hopeless servers, as the tests start them."""

import argparse
import json
import sys
from pathlib import Path
from typing import Any

import conformance
from conformance import grading

ROOT = Path(conformance.__file__).parents[1]


def servers(path: Path, names: dict[str, str], mark: str, head: str = "", tail: str = "") -> Path:
    """Writes a SERVERS.toml of hopeless servers.

    Args:
        names: by the name of a server, what else its table has.
        mark: a word for the environment of each.
        head: goes before the tables.
    """
    ready = path / "ready"
    ready.mkdir(exist_ok=True)
    lines = [head, "[environment]", f'MARK = "{mark}"', f"PYTHONPATH = {json.dumps(str(ROOT))}"]
    lines.append(f"READY = {json.dumps(str(ready))}")
    command = [sys.executable, "-P", "-m", "tests.conformance.grading.hopeless"]
    for name, more in names.items():
        kind = name.partition("-")[0]
        lines += ["[[server]]", f'name = "{name}"', f"command = {json.dumps([*command, kind, '{port}'])}", more]
    file = path / "servers.toml"
    file.write_text("\n".join([*lines, tail]), encoding="utf-8")
    return file


def arguments(*words: str) -> argparse.Namespace:
    """What the command line gives."""
    parser = argparse.ArgumentParser()
    grading.add_arguments(parser)
    return parser.parse_args(list(words))


def grade(file: Path, out: Path, *words: str) -> tuple[int, list[str]]:
    """The status and the lines of a grading in this process."""
    lines: list[str] = []
    status = grading.main(arguments(str(file), "--out", str(out), *words), lines.append)
    return status, lines


def told(out: Path, name: str, file: str = "report.json") -> Any:
    """What a file of a server's folder says."""
    return json.loads((out / name / file).read_text(encoding="ascii"))
