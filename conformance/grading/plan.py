"""SERVERS.toml: which servers are judged, how, within which limits, and what for. docs/grading.md describes each key."""

import shlex
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from conformance.check import DEPTHS
from conformance.grading.folders import folders
from conformance.grading.limits import Limits, read_limits
from conformance.grading.points import Points, read_points
from conformance.grading.toml import Table, read
from conformance.run import DEFAULT_PATIENCE
from conformance.selection import select
from conformance.target import UsageError, parse_address

RUN_KEYS = ("class", "depth", "only", "skip", "seed", "timeout", "gentle", "jobs")
SERVER_KEYS = ("name", "command", "address", "folder", "limits", "environment")
LONGEST_NAME = 200
_HERE = {"localhost", "127.0.0.1", "::1", "0.0.0.0", "::"}  # noqa: S104  # compared, not listened on


@dataclass(frozen=True, slots=True)
class Entry:
    """One server.

    Attributes:
        place: the name of its folder in the output.
        command: its words, `{port}` still in them; None for one that somebody else has started.
        address: where it listens; None for a command that is given a port.
        folder: what is copied into its working directory.
        environment: variables besides the few that every server has.
    """

    name: str
    place: str
    command: tuple[str, ...] | None
    address: tuple[str, int] | None
    folder: Path | None
    limits: Limits
    environment: tuple[tuple[str, str], ...]

    @property
    def lock(self) -> tuple[str, int] | None:
        """The port of which no other entry may use the same at the same time; None if it has none of its own."""
        if self.address is None:
            return None
        host, port = self.address
        return ("", port) if self.command is not None or host.casefold() in _HERE else (host.casefold(), port)


@dataclass(frozen=True, slots=True)
class Plan:
    """What a file asks for; `run` are the arguments of `conformance.run.Options`."""

    entries: tuple[Entry, ...]
    run: dict[str, Any]
    points: Points
    jobs: int | None


def read_plan(path: Path) -> Plan:
    """Reads a file.

    Raises:
        UsageError: it is not as docs/grading.md says; the message has the line, the key, and what was probably meant.
    """
    file = read(path)
    file.allow(("run", "limits", "points", "shares", "environment", "server"), "table")
    run = file.table("run")
    limits = read_limits(file.table("limits"), Limits())
    environment = _environment(file.table("environment"))
    entries = _entries(file.tables("server"), path.resolve().parent, limits, environment)
    jobs = run.whole("jobs", 1, 1, 1000) if "jobs" in run.values else None
    return Plan(entries, _options(run), read_points(file.table("points"), file.table("shares")), jobs)


def _options(run: Table) -> dict[str, Any]:
    run.allow(RUN_KEYS)
    gentle = run.values.get("gentle")
    if gentle not in (None, True, False):
        run.fail("gentle", "true or false is needed")
    options: dict[str, Any] = {
        "cls": run.choice("class", ("core", "hardened"), "hardened"),
        "depth": run.choice("depth", DEPTHS, "standard"),
        "only": run.words("only"),
        "skip": run.words("skip"),
        "seed": run.whole("seed", 0, 0, 2**32 - 1),  # every server is to meet the same examples
        "timeout": run.number("timeout", DEFAULT_PATIENCE, DEFAULT_PATIENCE, 600),
        "gentle": gentle,
    }
    for key in ("only", "skip"):
        try:
            select("server", options[key])
        except UsageError as error:
            run.fail(key, str(error))
    if not select("server", options["only"], options["skip"]):
        run.fail("skip", "nothing is selected: `only` and `skip` leave no requirement of a server")
    return options


def _entries(tables: list[Table], here: Path, limits: Limits, environment: dict[str, str]) -> tuple[Entry, ...]:
    places = folders(dict.fromkeys(str(table.values.get("name")) for table in tables))
    seen: set[str] = set()
    found = []
    for table in tables:
        table.allow(SERVER_KEYS)
        name = table.text("name") or table.fail("name", "each server needs a name")
        if name in seen:
            table.fail("name", "another server has this name")
        if len(name) > LONGEST_NAME:
            table.fail("name", f"a name has at most {LONGEST_NAME} characters")
        seen.add(name)
        own = environment | _environment(table.table("environment"))
        within = read_limits(table.table("limits"), limits)
        command, address, folder = _command(table, here), _address(table), _folder(table, here)
        if command is None and address is None:
            table.fail(None, "a command or an address is needed")
        if command is not None and address is None and not any("{port}" in word for word in command):
            table.fail("command", "{port} is needed in it, or the address at which it listens")
        if command is None and folder is not None:
            table.fail("folder", "it goes with a command")
        found.append(Entry(name, places[name], command, address, folder, within, tuple(sorted(own.items()))))
    return tuple(found)


def _command(table: Table, here: Path) -> tuple[str, ...] | None:
    value = table.values.get("command")
    if value is None:
        return None
    try:
        words = shlex.split(table.text("command") or "") if isinstance(value, str) else table.words("command")
    except ValueError as error:
        table.fail("command", f"it cannot be split into words: {error}")
    if not words or not words[0] or any("\0" in word for word in words):
        table.fail("command", "it is empty, or has a NUL in it")
    return tuple(word.replace("{here}", str(here)) for word in words)


def _address(table: Table) -> tuple[str, int] | None:
    text = table.text("address")
    try:
        return parse_address(text) if text is not None else None
    except UsageError as error:
        table.fail("address", str(error))


def _folder(table: Table, here: Path) -> Path | None:
    text = table.text("folder")
    if text is None:
        return None
    folder = here / text
    if not folder.is_dir():
        table.fail("folder", f"there is no folder {folder}")
    return folder


def _environment(table: Table) -> dict[str, str]:
    for key in table.values:
        if not key or "=" in key or "\0" in key:
            table.fail(key, "no name of a variable")
    return {key: table.text(key) or "" for key in table.values}
