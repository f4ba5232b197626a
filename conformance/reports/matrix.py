"""Implementations beside each other: one row each, one column for each requirement, as interoperability is published."""

from dataclasses import dataclass
from itertools import groupby
from typing import Any

from conformance.reports import pages
from spec.requirements import register

ABSENT = "absent"  # the report does not speak of the requirement: it was not selected

Named = tuple[str, dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Result:
    """One implementation's result in one requirement, for the page that opens behind a cell."""

    number: int
    name: str
    verdict: str
    because: str | None
    failed: tuple[dict[str, Any], ...]


@dataclass(frozen=True, slots=True)
class Column:
    """One requirement, with every implementation's result in the order given."""

    id: str
    sentence: str
    cls: str
    results: tuple[Result, ...]

    @property
    def differs(self) -> bool:
        """Whether implementations that were judged differ in it; what was not decided says nothing about one."""
        return len({result.verdict for result in self.results} & {"pass", "warn", "fail"}) > 1

    @property
    def counts(self) -> dict[str, int]:
        """How many implementations have each verdict."""
        return pages.counted(result.verdict for result in self.results)

    def named(self, verdict: str) -> list[str]:
        """The implementations with this verdict."""
        return [result.name for result in self.results if result.verdict == verdict]


def render(reports: list[Named]) -> str:
    """The page of several reports.

    Args:
        reports: the name of each implementation, and its report as `conformance.report.as_json` makes it. Names may
            be the same.
    """
    columns = _columns(reports)
    grouped = groupby(columns, lambda column: pages.section_of(column.id))
    return pages.render(
        "matrix.html",
        "matrix",
        columns=columns,
        sections=[(name, list(group)) for name, group in grouped],
        implementations=[_implementation(number, named, columns) for number, named in enumerate(reports)],
        ids={column.id for column in columns},
        differing=sum(column.differs for column in columns),
        cases=sum(result.verdict != ABSENT for column in columns for result in column.results),
    )


def rows(reports: list[Named]) -> list[list[str]]:
    """The same as plain rows: a head, then for each implementation its name, both classes, and a verdict a requirement.

    What was not selected is empty. Names stand as they were given: who writes a file for a spreadsheet makes them safe
    for it.
    """
    columns = _columns(reports)
    table = [["implementation", "core", "hardened", *(column.id for column in columns)]]
    for number, (name, data) in enumerate(reports):
        verdicts = [column.results[number].verdict for column in columns]
        classes = [data["verdict"]["core"], data["verdict"]["hardened"]]
        table.append([name, *classes, *("" if verdict == ABSENT else verdict for verdict in verdicts)])
    return table


def _columns(reports: list[Named]) -> list[Column]:
    """A column for each requirement that any report speaks of: in the register's order, unknown ones behind."""
    tables = [{row["id"]: row for row in data["requirements"]} for _, data in reports]
    found: dict[str, dict[str, Any]] = {}
    for table in tables:
        for identifier, row in table.items():
            found.setdefault(identifier, row)
    known = [identifier for identifier in register() if identifier in found]
    order = [*known, *(identifier for identifier in found if identifier not in register())]
    return [_column(found[identifier], reports, tables) for identifier in order]


def _column(row: dict[str, Any], reports: list[Named], tables: list[dict[str, dict[str, Any]]]) -> Column:
    identifier = row["id"]
    results = tuple(
        _result(number, name, table.get(identifier))
        for number, ((name, _), table) in enumerate(zip(reports, tables, strict=True))
    )
    return Column(identifier, row["sentence"], row["class"], results)


def _result(number: int, name: str, row: dict[str, Any] | None) -> Result:
    if row is None:
        return Result(number, name, ABSENT, None, ())
    failed = tuple(check for check in row["checks"] if check["failure"])
    return Result(number, name, row["verdict"], row["because"], failed)


def _implementation(number: int, named: Named, columns: list[Column]) -> dict[str, Any]:
    name, data = named
    results = [column.results[number] for column in columns]
    counts = pages.counted(result.verdict for result in results)
    return {
        "number": number,
        "name": name,
        "target": data["target"],
        "started": data["started"],
        "core": data["verdict"]["core"],
        "hardened": data["verdict"]["hardened"],
        "counts": counts,
        "bar": pages.bar(counts),
        "results": list(zip(columns, results, strict=True)),
    }
